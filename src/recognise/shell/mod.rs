//! Shell text, split into commands and words.
//!
//! Most requests that people show each other are curl commands, and what curl is given depends on the shell: which
//! quotes are taken away, which variables are filled in, where a command ends. This is not a shell. It reads what a
//! person would read: quotes and continuations of three dialects, variables that the same script assigns, and
//! everything else (other variables, the output of commands) as holes. It runs in one pass with its own stack.
//!
//! Some slips are read as they were meant, since the shell would make confetti of the command: blanks after the
//! continuation character, smart quotes, a forgotten continuation. Each is recorded in [`Command::slips`].

use std::collections::{HashMap, VecDeque};

use crate::source::Span;

mod cmd;
mod posix;
mod powershell;
mod text;

pub use text::{Carried, Text, TextBuilder, Unexpanded};

/// Whose rules of quoting a text follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// sh, bash, zsh and the like.
    Posix,
    /// The Windows command prompt and batch files.
    Cmd,
    /// PowerShell.
    PowerShell,
}

/// A word of a command: one argument as the program gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// What the program gets.
    pub text: Text,
    /// The word in the script, with its quotes.
    pub span: Span,
    /// True if any of it was quoted or escaped.
    pub quoted: bool,
    /// True if it may become several words or none: an unquoted variable with an unknown value, `$@`.
    pub splits: bool,
}

/// One simple command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The program and its arguments; assignments in front and redirections are taken out.
    pub words: Vec<Word>,
    /// From the first word to the last.
    pub span: Span,
    /// What the command reads from standard input, if that is written in the script.
    pub stdin: Option<Text>,
    /// An unquoted `&` in the middle of a word, which ends the command there.
    pub cut: Option<Span>,
    /// What was read as it was meant: `blank-after-continuation`, `smart-quotes`.
    pub slips: Vec<(&'static str, Span)>,
    id: usize,
}

/// Guesses the dialect from the text, and from the name of the file it stands in.
pub fn dialect(text: &str, name: Option<&str>) -> Dialect {
    let name = name.unwrap_or("").to_ascii_lowercase();
    if name.ends_with(".ps1") || name.ends_with(".psm1") {
        return Dialect::PowerShell;
    }
    if name.ends_with(".bat") || name.ends_with(".cmd") {
        return Dialect::Cmd;
    }
    if name.ends_with(".sh") || name.ends_with(".bash") || name.ends_with(".zsh") || text.starts_with("#!") {
        return Dialect::Posix;
    }
    let mut lines = text.lines().map(str::trim_end);
    let first = text.trim_start();
    if first.starts_with("PS ") && first.lines().next().is_some_and(|l| l.contains('>')) {
        return Dialect::PowerShell;
    }
    if cmd::prompt(first) > 0 {
        return Dialect::Cmd;
    }
    if let Some(end) = lines.find_map(|l| l.chars().last().filter(|c| matches!(c, '^' | '`' | '\\'))) {
        match end {
            '^' => return Dialect::Cmd,
            // A line that ends in a backtick may also end a POSIX command substitution.
            '`' if text.lines().any(|l| l.trim_end().ends_with(" `")) => return Dialect::PowerShell,
            '\\' => return Dialect::Posix,
            _ => {}
        }
    }
    let lower = text.to_ascii_lowercase();
    if lower.contains("$env:") || lower.contains("${env:") {
        return Dialect::PowerShell;
    }
    if lower.contains("^\"") || lower.trim_start().starts_with("@echo off") || lower.contains("\nset \"") {
        return Dialect::Cmd;
    }
    if lower.contains("curl.exe") {
        // Both Windows shells call it so; only the command prompt has no use for single quotes.
        let percent = lower.split('%').nth(1).is_some_and(|n| n.len() > 2 && n.chars().all(is_name_char));
        return if percent && lower.matches('%').count() > 1 { Dialect::Cmd } else { Dialect::PowerShell };
    }
    Dialect::Posix
}

/// The commands in `text` from byte `start` on, in the order in which they begin. Spans are offsets in `text`.
pub fn commands(text: &str, start: usize, dialect: Dialect) -> Vec<Command> {
    let mut parser = Parser::new(text, start, dialect);
    while !parser.finished() {
        match dialect {
            Dialect::Posix => parser.posix_step(),
            Dialect::Cmd => parser.cmd_step(),
            Dialect::PowerShell => parser.powershell_step(),
        }
    }
    let mut commands = parser.commands;
    for command in &mut commands {
        if let Some(text) = parser.stdin.remove(&command.id) {
            command.stdin = Some(text);
        }
    }
    commands.sort_by_key(|c| c.span.start);
    commands
}

/// How the text at hand is quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
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
enum Open {
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
enum Target {
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
struct Draft {
    text: TextBuilder,
    start: usize,
    end: usize,
    quoted: bool,
    splits: bool,
}

/// A command being read.
#[derive(Debug, Default)]
struct CommandDraft {
    words: Vec<Word>,
    /// Assignments in front of the first word.
    assigned: Vec<(String, Option<Text>)>,
    target: Target,
    cut: Option<Span>,
    slips: Vec<(&'static str, Span)>,
    id: usize,
}

/// A level of nesting: the script, a command substitution, a here-document.
#[derive(Debug)]
struct Frame {
    open: Open,
    start: usize,
    /// Where the text of this frame ends at the latest.
    limit: usize,
    mode: Mode,
    word: Option<Draft>,
    command: CommandDraft,
    /// Plain parentheses that are open in this frame.
    parentheses: usize,
    /// How many blocks were open outside.
    blocks: usize,
    /// How many commands were known before.
    commands: usize,
    /// True after `||`: what is assigned may not be.
    perhaps: bool,
    /// True while a block for `&&` and `||` is open.
    list: bool,
}

/// A here-document whose text begins after the line.
#[derive(Debug)]
struct Pending {
    command: usize,
    mark: String,
    tabs: bool,
    quoted: bool,
}

/// Reads one script.
struct Parser<'a> {
    text: &'a str,
    at: usize,
    dialect: Dialect,
    /// Innermost last; never empty until the end.
    frames: Vec<Frame>,
    frame: Frame,
    commands: Vec<Command>,
    stdin: HashMap<usize, Text>,
    pending: VecDeque<Pending>,
    /// Known values; `None` for a variable that was assigned something unknown.
    variables: HashMap<String, Option<Text>>,
    /// For each open block the variables assigned in it, which are unknown after it: it may not have run.
    blocks: Vec<Vec<String>>,
    /// How many bytes of variables may still be inserted, so that `A=$B$B`, `B=$A$A`, … stays linear.
    budget: usize,
    /// True if the script is a transcript with prompts.
    prompts: bool,
    next_id: usize,
    cmd: cmd::Quoting,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, start: usize, dialect: Dialect) -> Self {
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
    fn finished(&mut self) -> bool {
        while self.at >= self.frame.limit {
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
    fn peek(&self, n: usize) -> u8 {
        let at = self.at + n;
        if at < self.frame.limit { self.text.as_bytes().get(at).copied().unwrap_or(0) } else { 0 }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..self.frame.limit).unwrap_or("")
    }

    fn rest_of_line(&self) -> &'a str {
        self.rest().split('\n').next().unwrap_or("")
    }

    /// Length of the character here, at least 1.
    fn char_len(&self) -> usize {
        self.rest().chars().next().map_or(1, char::len_utf8)
    }

    /// The word being read; a new one begins here if there is none.
    fn word(&mut self) -> &mut Draft {
        let at = self.at;
        self.frame.word.get_or_insert_with(|| Draft { start: at, end: at, ..Draft::default() })
    }

    /// Copies the next `len` bytes into the word and goes on after them.
    fn take(&mut self, len: usize) {
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
    fn put(&mut self, text: &str, len: usize) {
        let from = Span::new(self.at, (self.at + len).min(self.frame.limit));
        let word = self.word();
        word.text.instead(text, from);
        word.end = from.end;
        self.at = from.end;
    }

    /// Goes on after `len` bytes that belong to the word but add nothing to it: quotes, the mark of an escape.
    fn quote(&mut self, len: usize) {
        let end = (self.at + len).min(self.frame.limit);
        let word = self.word();
        word.quoted = true;
        word.end = end;
        self.at = end;
    }

    /// Copies all up to the first byte of `stop`, but at least one character.
    fn take_until(&mut self, stop: &[u8]) {
        let rest = self.rest().as_bytes();
        let first = self.char_len();
        let len = rest.iter().skip(first).position(|b| stop.contains(b)).map_or(rest.len(), |i| i + first);
        self.take(len);
    }

    /// A hole for the next `len` bytes.
    fn hole(&mut self, name: &str, len: usize) {
        let from = Span::new(self.at, (self.at + len).min(self.frame.limit));
        let text = self.text.get(from.range()).unwrap_or("");
        let word = self.word();
        word.text.hole(text, name, from);
        word.end = from.end;
        self.at = from.end;
    }

    /// A variable, written in the next `len` bytes: its value if the script assigned one, else a hole. `key` is what
    /// the dialect knows it by.
    fn variable(&mut self, key: &str, name: &str, len: usize) {
        let known = match self.variables.get(key) {
            Some(Some(text)) if text.text.len() <= self.budget => Some(text.clone()),
            _ => None,
        };
        let splitting = self.dialect == Dialect::Posix && self.frame.mode == Mode::Plain && !self.in_assignment();
        let Some(value) = known else {
            self.hole(name, len);
            self.word().splits |= splitting;
            return;
        };
        self.budget -= value.text.len();
        let end = (self.at + len).min(self.frame.limit);
        if !splitting {
            let word = self.word();
            word.text.append(&value, 0, value.text.len());
            word.quoted = true;
            word.end = end;
            self.at = end;
            return;
        }
        // An unquoted value falls apart at its blanks.
        let mut start = 0;
        let start_of_name = self.at;
        for piece in value.text.split_inclusive([' ', '\t', '\n']) {
            let text = piece.trim_end_matches([' ', '\t', '\n']);
            self.at = start_of_name;
            if !text.is_empty() {
                let word = self.word();
                word.text.append(&value, start, start + text.len());
                word.quoted = true;
                word.end = end;
            }
            start += piece.len();
            if text.len() < piece.len() {
                self.end_word();
            }
        }
        self.at = end;
    }

    /// True if the word being read is the value of an assignment, which never falls apart.
    fn in_assignment(&self) -> bool {
        let words = &self.frame.command.words;
        words.first().is_none_or(|w| DECLARE.contains(&w.text.text.as_str()))
            && self.frame.word.as_ref().is_some_and(|w| assignment(w.text.text()).is_some())
    }

    fn end_word(&mut self) {
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

    /// What a word means that stands at the beginning of a command; true if it is no part of the command itself.
    fn begins(&mut self, word: &Word) -> bool {
        if self.dialect != Dialect::Posix {
            return false;
        }
        if let Some(assigned) = self.assignment_of(word) {
            self.frame.command.assigned.push(assigned);
            return true;
        }
        if word.quoted {
            return false;
        }
        match word.text.text.as_str() {
            "if" | "while" | "until" | "{" => self.open_block(),
            "fi" | "done" | "esac" | "}" => self.close_block(),
            "else" | "elif" => {
                self.close_block();
                self.open_block();
            }
            "then" | "do" | "!" => {}
            "for" | "case" | "select" => {
                self.open_block();
                return false;
            }
            _ => return false,
        }
        true
    }

    /// The name and the value, if the word is an assignment.
    fn assignment_of(&self, word: &Word) -> Option<(String, Option<Text>)> {
        let (name, append) = assignment(&word.text.text)?;
        let written = name.len() + 1 + usize::from(append);
        // `"A"=b` and `$X=b` are no assignments.
        let raw = self.text.get(word.span.start..word.span.start + written)?;
        if word.text.text.get(..written) != Some(raw) {
            return None;
        }
        let mut value = TextBuilder::default();
        if append {
            match self.variables.get(name) {
                Some(Some(before)) if before.text.len() <= self.budget => value.append(before, 0, before.text.len()),
                _ => return Some((name.to_owned(), None)),
            }
        }
        value.append(&word.text, written, word.text.text.len());
        let value = value.finish();
        // Nothing but another variable or the output of a command: unknown under its own name.
        let known = !value.is_hole() && !word.splits;
        Some((name.to_owned(), known.then_some(value)))
    }

    fn set(&mut self, name: String, value: Option<Text>) {
        if let Some(block) = self.blocks.last_mut() {
            block.push(name.clone());
        }
        let value = value.filter(|_| !self.frame.perhaps);
        self.budget = self.budget.saturating_sub(value.as_ref().map_or(0, |v| v.text.len()));
        self.variables.insert(name, value);
    }

    fn open_block(&mut self) {
        self.blocks.push(Vec::new());
    }

    fn close_block(&mut self) {
        if self.blocks.len() > self.frame.blocks {
            for name in self.blocks.pop().unwrap_or_default() {
                self.variables.insert(name, None);
            }
        }
    }

    /// Ends the word and the command.
    fn end_command(&mut self) {
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

    /// What a command does to the variables.
    fn run(&mut self, words: &[Word]) {
        let Some((first, rest)) = words.split_first() else { return };
        match self.dialect {
            Dialect::Posix => {}
            Dialect::Cmd => return self.cmd_set(words),
            Dialect::PowerShell => return,
        }
        let program = first.text.text.as_str();
        if DECLARE.contains(&program) {
            for word in rest {
                if let Some((name, value)) = self.assignment_of(word) {
                    self.set(name, value);
                }
            }
        } else if matches!(
            program,
            "read" | "unset" | "for" | "select" | "mapfile" | "readarray" | "getopts" | "printf"
        ) {
            let names = rest.iter().take_while(|w| w.text.text != "in");
            for name in names.filter(|w| w.text.text.chars().all(is_name_char)) {
                self.set(name.text.text.clone(), None);
            }
        } else if matches!(program, "source" | "." | "eval") {
            // Anything may be different after that.
            self.variables.clear();
        }
    }

    /// Begins a level of nesting; `len` bytes open it.
    fn open(&mut self, open: Open, len: usize, limit: usize, mode: Mode) {
        let frame = Frame {
            open,
            start: self.at,
            limit,
            mode,
            word: None,
            command: CommandDraft::default(),
            parentheses: 0,
            blocks: self.blocks.len() + 1,
            commands: self.commands.len(),
            perhaps: false,
            list: false,
        };
        self.open_block();
        self.frames.push(std::mem::replace(&mut self.frame, frame));
        self.at += len;
    }

    /// Ends the innermost level; what closes it is behind us.
    fn close(&mut self) {
        if let Open::HereDocument { command, after } = self.frame.open {
            let text = self.frame.word.take().map(|w| w.text.finish()).unwrap_or_default();
            self.stdin.insert(command, text);
            self.at = after;
        }
        self.end_command();
        let Some(outer) = self.frames.pop() else { return };
        let inner = std::mem::replace(&mut self.frame, outer);
        while self.blocks.len() > self.frame.blocks && self.blocks.len() >= inner.blocks {
            self.close_block();
        }
        if let Open::HereDocument { .. } = inner.open {
            return;
        }
        let from = Span::new(inner.start, self.at.min(self.frame.limit).max(inner.start));
        let shown = self.shown_by(&inner);
        let splits = self.frame.mode == Mode::Plain && !self.in_assignment();
        let end = self.at;
        self.at = inner.start;
        let word = self.word();
        match shown {
            Some(text) => {
                let len = text.text.trim_end_matches(['\n', '\r']).len();
                word.text.append(&text, 0, len);
                word.quoted = true;
            }
            None => {
                word.text.hole_instead("$(…)", from);
                word.splits |= splits;
            }
        }
        word.end = from.end;
        self.at = end;
    }

    /// The output of a command substitution that only shows a here-document: `$(cat <<EOF …)`.
    fn shown_by(&mut self, inner: &Frame) -> Option<Text> {
        match self.commands.get(inner.commands..) {
            Some([only]) if matches!(only.words.as_slice(), [cat] if cat.text.text == "cat") => {
                let text = self.stdin.get(&only.id).filter(|t| t.text.len() <= self.budget)?.clone();
                self.budget -= text.text.len();
                Some(text)
            }
            _ => None,
        }
    }

    /// Skips the prompt of a transcript at the beginning of a line.
    fn skip_prompt(&mut self) {
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
    fn continuation(&mut self) -> bool {
        let blanks = self.rest().bytes().skip(1).take_while(|b| matches!(b, b' ' | b'\t' | b'\r')).count();
        let line_end = self.at + 1 + blanks;
        if self.peek(1 + blanks) != b'\n' {
            return false;
        }
        let blanks = self.text.get(self.at + 1..line_end).unwrap_or("").trim_end_matches('\r').len();
        if blanks > 0 {
            let span = Span::new(self.at, self.at + 1 + blanks);
            self.frame.command.slips.push(("blank-after-continuation", span));
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

/// Commands that take assignments as arguments.
const DECLARE: &[&str] = &["export", "local", "declare", "typeset", "readonly"];

/// The name in `NAME=…` or `NAME+=…`, and whether it appends.
fn assignment(text: &str) -> Option<(&str, bool)> {
    // Looking no further keeps a long word with many variables cheap.
    const LONGEST: usize = 200;
    let len = name_len(text.get(..LONGEST).unwrap_or(text));
    let (name, rest) = text.split_at_checked(len).filter(|(name, _)| !name.is_empty())?;
    let append = rest.starts_with("+=");
    (append || rest.starts_with('=')).then_some((name, append))
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The length of the name at the beginning of `text`, 0 if there is none.
fn name_len(text: &str) -> usize {
    let len = text.find(|c| !is_name_char(c)).unwrap_or(text.len());
    if text.starts_with(|c: char| c.is_ascii_digit()) { 0 } else { len }
}
