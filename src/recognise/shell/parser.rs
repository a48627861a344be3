//! The reader that the three dialects share: where it is, what it is in the middle of, and what it has read.
//!
//! It keeps its own stack of [`Frame`]s, so that no text, however nested, makes it recurse, and each step goes on by at
//! least one byte.

use std::collections::{HashMap, VecDeque};

use super::{Command, Dialect, Text, TextBuilder, Word, cmd, posix, powershell};
use crate::source::Span;

/// How the text at hand is quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Plain,
    Double,
    /// Between `“` and `”`, which no shell takes for quotes.
    Smart,
    /// In a here-document; leading tabs are left out if `tabs` is set.
    HereDocument {
        tabs: bool,
    },
    /// In a PowerShell here-string `@"…"@`.
    HereString,
}

/// What opened a frame, and so what closes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Open {
    Script,
    /// `$(`, `<(` or `>(`.
    Parenthesis,
    Backtick,
    /// A here-document for the command with that id; the script goes on at `after`.
    HereDocument {
        command: usize,
        after: usize,
    },
}

/// What the next word is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Target {
    #[default]
    Word,
    /// A file to redirect to or from.
    File,
    /// The end mark of a here-document.
    HereDocument { tabs: bool },
    /// `<<<`.
    HereString,
}

/// A word being read.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub text: TextBuilder,
    pub start: usize,
    pub end: usize,
    pub quoted: bool,
    pub splits: bool,
}

/// A command being read.
#[derive(Debug, Default)]
pub(super) struct CommandDraft {
    pub words: Vec<Word>,
    /// Assignments in front of the first word.
    pub assigned: Vec<(String, Option<Text>)>,
    pub target: Target,
    pub cut: Option<Span>,
    pub slips: Vec<(&'static str, Span)>,
    pub id: usize,
}

/// A level of nesting: the script, a command substitution, a here-document.
#[derive(Debug)]
pub(super) struct Frame {
    pub open: Open,
    pub start: usize,
    /// Where the text of this frame ends at the latest.
    pub limit: usize,
    pub mode: Mode,
    /// Where the quotes began that the mode is about.
    pub quote_at: usize,
    pub word: Option<Draft>,
    pub command: CommandDraft,
    /// Plain parentheses that are open in this frame.
    pub parentheses: usize,
    /// How many blocks were open outside.
    pub blocks: usize,
    /// How many commands were known before.
    pub commands: usize,
    /// True after `||`: what is assigned may not be.
    pub perhaps: bool,
    /// True while a block for `&&` and `||` is open.
    pub list: bool,
}

/// A here-document whose text begins after the line.
#[derive(Debug)]
pub(super) struct Pending {
    pub command: usize,
    pub mark: String,
    pub tabs: bool,
    pub quoted: bool,
}

/// Reads one script.
pub(super) struct Parser<'a> {
    pub text: &'a str,
    pub at: usize,
    pub dialect: Dialect,
    /// Innermost last; never empty until the end.
    pub frames: Vec<Frame>,
    pub frame: Frame,
    pub commands: Vec<Command>,
    pub stdin: HashMap<usize, Text>,
    pub pending: VecDeque<Pending>,
    /// Known values; `None` for a variable that was assigned something unknown.
    pub variables: HashMap<String, Option<Text>>,
    /// For each open block the variables assigned in it, which are unknown after it: it may not have run.
    pub blocks: Vec<Vec<String>>,
    /// How many bytes of variables may still be inserted, so that `A=$B$B`, `B=$A$A`, … stays linear.
    pub budget: usize,
    /// True if the script is a transcript with prompts.
    pub prompts: bool,
    pub next_id: usize,
    pub cmd: cmd::Quoting,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, start: usize, dialect: Dialect) -> Self {
        let mut parser = Self {
            text,
            at: start,
            dialect,
            frames: Vec::new(),
            frame: Frame {
                open: Open::Script,
                start,
                limit: text.len(),
                mode: Mode::Plain,
                quote_at: start,
                word: None,
                command: CommandDraft::default(),
                parentheses: 0,
                blocks: 0,
                commands: 0,
                perhaps: false,
                list: false,
            },
            commands: Vec::new(),
            stdin: HashMap::new(),
            pending: VecDeque::new(),
            variables: HashMap::new(),
            blocks: Vec::new(),
            budget: text.len().saturating_mul(4).saturating_add(1 << 16),
            prompts: false,
            next_id: 1,
            cmd: cmd::Quoting::default(),
        };
        parser.skip_prompt();
        parser
    }

    /// True when the script is read; frames that are still open at their end are closed.
    pub(super) fn finished(&mut self) -> bool {
        while self.at >= self.frame.limit {
            let quoted = matches!(self.frame.mode, Mode::Double | Mode::HereString);
            if quoted || self.cmd.program {
                self.unclosed(self.frame.quote_at);
            }
            if self.frame.open == Open::Script {
                self.end_command();
                return true;
            }
            let here_document = matches!(self.frame.open, Open::HereDocument { .. });
            self.close();
            if here_document {
                self.read_here_documents();
            }
        }
        false
    }

    /// The byte `n` further on, 0 at the end.
    pub(super) fn peek(&self, n: usize) -> u8 {
        let at = self.at + n;
        if at < self.frame.limit { self.text.as_bytes().get(at).copied().unwrap_or(0) } else { 0 }
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..self.frame.limit).unwrap_or("")
    }

    pub(super) fn rest_of_line(&self) -> &'a str {
        self.rest().split('\n').next().unwrap_or("")
    }

    /// Length of the character here, at least 1.
    pub(super) fn char_len(&self) -> usize {
        self.rest().chars().next().map_or(1, char::len_utf8)
    }

    /// The word being read; a new one begins here if there is none.
    pub(super) fn word(&mut self) -> &mut Draft {
        let at = self.at;
        self.frame.word.get_or_insert_with(|| Draft { start: at, end: at, ..Draft::default() })
    }

    /// Copies the next `len` bytes into the word and goes on after them.
    pub(super) fn take(&mut self, len: usize) {
        let from = Span::new(self.at, (self.at + len).min(self.frame.limit));
        let text = self.text.get(from.range()).unwrap_or("");
        let word = self.word();
        if !text.is_empty() {
            word.text.copy(text, from);
        }
        word.end = from.end;
        self.at = from.end.max(self.at);
    }

    /// Puts `text` into the word for the next `len` bytes and goes on after them.
    pub(super) fn put(&mut self, text: &str, len: usize) {
        let from = Span::new(self.at, (self.at + len).min(self.frame.limit));
        let word = self.word();
        word.text.instead(text, from);
        word.end = from.end;
        self.at = from.end;
    }

    /// Goes on after `len` bytes that belong to the word but add nothing to it: quotes, the mark of an escape.
    pub(super) fn quote(&mut self, len: usize) {
        let end = (self.at + len).min(self.frame.limit);
        let word = self.word();
        word.quoted = true;
        word.end = end;
        self.at = end;
    }

    /// Records something that is read as it was meant.
    pub(super) fn slip(&mut self, name: &'static str, start: usize, len: usize) {
        self.frame.command.slips.push((name, Span::new(start, (start + len).min(self.text.len()))));
    }

    /// Records that the quotes which begin at `start` do not end.
    pub(super) fn unclosed(&mut self, start: usize) {
        self.slip("unclosed-quote", start, 1);
    }

    /// Copies all up to the first byte of `stop`, but at least one character.
    pub(super) fn take_until(&mut self, stop: &[u8]) {
        let rest = self.rest().as_bytes();
        let first = self.char_len();
        let len = rest.iter().skip(first).position(|b| stop.contains(b)).map_or(rest.len(), |i| i + first);
        self.take(len);
    }

    /// A hole for the next `len` bytes.
    pub(super) fn hole(&mut self, name: &str, len: usize) {
        let from = Span::new(self.at, (self.at + len).min(self.frame.limit));
        let text = self.text.get(from.range()).unwrap_or("");
        let word = self.word();
        word.text.hole(text, name, from);
        word.end = from.end;
        self.at = from.end;
    }

    pub(super) fn end_word(&mut self) {
        let Some(draft) = self.frame.word.take() else { return };
        let word = Word {
            text: draft.text.finish(),
            span: Span::new(draft.start, draft.end.max(draft.start)),
            quoted: draft.quoted,
            splits: draft.splits,
        };
        let command = &mut self.frame.command;
        match std::mem::take(&mut command.target) {
            Target::File => {}
            Target::HereDocument { tabs } => {
                let command = self.command_id();
                self.pending.push_back(Pending { command, mark: word.text.text, tabs, quoted: word.quoted });
            }
            Target::HereString => {
                let id = self.command_id();
                self.stdin.insert(id, word.text);
            }
            Target::Word if command.words.is_empty() && self.begins(&word) => {}
            Target::Word => self.frame.command.words.push(word),
        }
    }

    fn command_id(&mut self) -> usize {
        let id = &mut self.frame.command.id;
        if *id == 0 {
            *id = self.next_id;
            self.next_id += 1;
        }
        *id
    }

    /// Ends the word and the command.
    pub(super) fn end_command(&mut self) {
        self.end_word();
        let mut draft = std::mem::take(&mut self.frame.command);
        if self.dialect == Dialect::PowerShell {
            if let Some((name, _)) = draft.assigned.pop() {
                let value = powershell::assigned(&draft.words);
                let known = value.is_some();
                self.set(name, value);
                if known {
                    return;
                }
            }
        }
        let (Some(first), Some(last)) = (draft.words.first(), draft.words.last()) else {
            for (name, value) in draft.assigned {
                self.set(name, value);
            }
            return;
        };
        let span = Span::new(first.span.start, last.span.end.max(first.span.start));
        let (words, cut, slips, id) = (draft.words, draft.cut, draft.slips, draft.id);
        self.run(&words);
        self.commands.push(Command { words, span, stdin: None, cut, slips, id });
    }

    /// Skips the prompt of a transcript at the beginning of a line.
    pub(super) fn skip_prompt(&mut self) {
        let line = self.rest_of_line();
        let blanks = line.len() - line.trim_start().len();
        let line = line.trim_start();
        let len = match self.dialect {
            Dialect::Posix => posix::prompt(line),
            Dialect::Cmd => cmd::prompt(line),
            Dialect::PowerShell => powershell::prompt(line),
        };
        if len > 0 {
            self.prompts = true;
            self.at += blanks + len;
        }
    }

    /// A continuation character with nothing but blanks behind it in its line: goes on with the next line, and true.
    /// Blanks after the character are a slip: the shell would end the command there.
    pub(super) fn continuation(&mut self) -> bool {
        let blanks = self.rest().bytes().skip(1).take_while(|b| matches!(b, b' ' | b'\t' | b'\r')).count();
        let line_end = self.at + 1 + blanks;
        if self.peek(1 + blanks) != b'\n' {
            return false;
        }
        let blanks = self.text.get(self.at + 1..line_end).unwrap_or("").trim_end_matches('\r').len();
        if blanks > 0 {
            self.slip("blank-after-continuation", self.at, 1 + blanks);
            self.end_word();
        }
        self.at = line_end + 1;
        if self.prompts {
            let line = self.rest_of_line();
            let after = ["> ", ">> ", "More? "].iter().find_map(|p| line.trim_start().strip_prefix(p));
            self.at += line.len() - after.unwrap_or(line).len();
        }
        true
    }
}
