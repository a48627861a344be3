//! Quoting of the Windows command prompt.
//!
//! Two readers take quotes away one after the other: `cmd.exe` knows `^`, `%NAME%` and which `"` hide its operators, and
//! the C run-time of the program splits what is left into arguments with its own rules for `\"` and `""`. Browsers that
//! copy a request "as cURL (cmd)" write for both: `^"{^\^"a^\^":1}^"`.

use super::parser::{Parser, Target};
use super::{TextBuilder, Word, name_len, posix};
use crate::recognise::request::Quotes;
use crate::source::Span;

/// Which of the two readers is within quotes.
#[derive(Debug, Default)]
pub(super) struct Quoting {
    /// `cmd.exe`: `&` and `^` are ordinary.
    shell: bool,
    /// The program: blanks are ordinary.
    pub(super) program: bool,
}

impl Parser<'_> {
    /// Reads on by at least one byte.
    pub(super) fn cmd_step(&mut self) {
        match self.peek(0) {
            b'\n' => {
                if self.cmd.program {
                    // Quotes never go on in the next line.
                    self.unclosed(self.frame.quote_at);
                }
                self.cmd_end_command();
                self.cmd = Quoting::default();
                self.at += 1;
                self.skip_prompt();
            }
            b'\r' if self.peek(1) == b'\n' => self.at += 1,
            b' ' | b'\t' if !self.cmd.program => {
                self.cmd_end_word();
                self.at += 1;
            }
            b'^' if !self.cmd.shell => self.caret(),
            b'"' => {
                self.cmd.shell = !self.cmd.shell;
                self.program_quote(1);
            }
            b'\\' => self.backslashes(),
            b'%' => self.percent(),
            b'&' | b'|' if !self.cmd.shell => {
                let next = self.peek(1);
                let two = next == self.peek(0);
                let joined = self.frame.word.is_some() && !matches!(next, 0 | b' ' | b'\t' | b'\r' | b'\n');
                if self.peek(0) == b'&' && !two && joined {
                    self.frame.command.cut = Some(Span::new(self.at, self.at + 1));
                }
                self.cmd_end_command();
                self.at += 1 + usize::from(two);
            }
            b'<' | b'>' if !self.cmd.shell => {
                if self.frame.word.as_ref().is_some_and(|w| matches!(w.text.text(), "1" | "2")) {
                    self.frame.word = None;
                }
                self.cmd_end_word();
                self.frame.command.target = Target::File;
                self.at += 1 + usize::from(matches!(self.peek(1), b'>' | b'&'));
            }
            b'(' | b')' if !self.cmd.shell && self.frame.word.is_none() => {
                self.cmd_end_command();
                self.at += 1;
            }
            0xE2 if self.frame.word.is_none() && self.cmd_smart_quotes() => {}
            _ => self.take_until(b"\r\n \t^\"\\%&|<>()"),
        }
    }

    fn cmd_end_word(&mut self) {
        if let Some(word) = &mut self.frame.word {
            // A variable as other shells write it means nothing here.
            let quotes = if word.quoted { Quotes::Double } else { Quotes::Bare };
            word.text.mark_literals(0, quotes, posix::next_variable);
        }
        self.end_word();
    }

    fn cmd_end_command(&mut self) {
        self.cmd_end_word();
        self.end_command();
    }

    /// `^`: continues the line, or takes its meaning from the next character.
    fn caret(&mut self) {
        if self.continuation() {
            // What follows a continued line is taken as it is; an empty line there is a line break.
            match (self.peek(0), self.peek(1)) {
                (b'\n', _) => self.put("\n", 1),
                (b'\r', b'\n') => self.put("\n", 2),
                _ => {}
            }
            return;
        }
        match self.peek(1) {
            b'"' => self.program_quote(2),
            b'\\' => self.backslashes(),
            b' ' | b'\t' if !self.cmd.program => {
                self.cmd_end_word();
                self.at += 2;
            }
            0 => self.at += 1,
            _ => {
                self.at += 1;
                let len = self.char_len();
                self.take(len);
            }
        }
    }

    /// A quote that the program sees, written in `len` bytes (`"` or `^"`).
    fn program_quote(&mut self, len: usize) {
        let next = if self.peek(len) == b'^' && !self.cmd.shell { len + 1 } else { len };
        if self.cmd.program && self.peek(next) == b'"' {
            // Two quotes within quotes are one that is meant.
            if next == len {
                self.cmd.shell = !self.cmd.shell;
            }
            self.quote(next);
            self.take(1);
            return;
        }
        self.cmd.program = !self.cmd.program;
        self.frame.quote_at = self.at;
        self.quote(len);
    }

    /// Backslashes are ordinary, unless a quote follows: then two are one, and an odd one keeps the quote's meaning off.
    fn backslashes(&mut self) {
        let caret = |parser: &Self, at: usize| usize::from(!parser.cmd.shell && parser.peek(at) == b'^');
        let (mut count, mut len) = (0, 0);
        while self.peek(len + caret(self, len)) == b'\\' {
            len += 1 + caret(self, len);
            count += 1;
        }
        let before_quote = caret(self, len);
        if self.peek(len + before_quote) != b'"' {
            if len == count {
                self.take(len)
            } else {
                self.put(&"\\".repeat(count), len)
            }
            return;
        }
        if count > 1 {
            self.put(&"\\".repeat(count / 2), len);
        } else {
            self.quote(len);
        }
        if count % 2 == 1 {
            if before_quote == 0 {
                self.cmd.shell = !self.cmd.shell;
            }
            self.quote(before_quote);
            self.take(1);
        }
    }

    /// `%NAME%`. Anything else with `%` is percent-encoding in a URL, or a doubled `%%` of a batch file.
    fn percent(&mut self) {
        if self.peek(1) == b'%' {
            return self.put("%", 2);
        }
        const LONGEST: usize = 100;
        let rest = self.rest();
        let window = rest.get(1..LONGEST).or(rest.get(1..)).unwrap_or("");
        let len = name_len(window);
        let name = window.get(..len).unwrap_or("");
        let encoded = len == 2 && name.bytes().all(|b| b.is_ascii_hexdigit());
        if len == 0 || encoded || self.peek(1 + len) != b'%' {
            return self.take(1);
        }
        self.variable(&name.to_ascii_uppercase(), name, len + 2);
    }

    fn cmd_smart_quotes(&mut self) -> bool {
        let rest = self.rest();
        let Some(inner) = rest.strip_prefix(['“', '”']) else { return false };
        let Some(len) = inner.find(['“', '”']) else { return false };
        let size = '“'.len_utf8();
        self.slip("smart-quotes", self.at, size);
        self.quote(size);
        self.take(len);
        self.quote(size);
        true
    }

    /// `set NAME=value` and `set "NAME=value"`.
    pub(super) fn cmd_set(&mut self, words: &[Word]) {
        let [set, first, .., last] = words else {
            if let [set, only] = words {
                if is_set(set) {
                    self.cmd_assign(only, only);
                }
            }
            return;
        };
        if is_set(set) {
            let first = if first.text.text.starts_with('/') { words.get(2).unwrap_or(first) } else { first };
            let asked = words.get(1).is_some_and(|w| w.text.text.starts_with('/'));
            self.cmd_assign(first, last);
            if asked {
                if let Some((name, _)) = first.text.text.split_once('=') {
                    self.set(name.to_ascii_uppercase(), None);
                }
            }
        }
    }

    fn cmd_assign(&mut self, first: &Word, last: &Word) {
        let Some((name, _)) = first.text.text.split_once('=') else { return };
        let begin = name.len() + 1;
        let mut value = TextBuilder::default();
        value.append(&first.text, begin, first.text.text.len());
        if last.span != first.span {
            // Without quotes the value goes on to the end of the line, blanks and all.
            let more = Span::new(first.span.end, last.span.end);
            value.copy(self.text.get(more.range()).unwrap_or(""), more);
        }
        let value = value.finish();
        self.set(name.to_ascii_uppercase(), (!value.is_hole()).then_some(value));
    }
}

fn is_set(word: &Word) -> bool {
    word.text.text.trim_start_matches('@').eq_ignore_ascii_case("set")
}

/// The length of a prompt at the beginning of a line: `C:\Users\me>`.
pub(super) fn prompt(line: &str) -> usize {
    const LONGEST: usize = 200;
    let bytes = line.as_bytes();
    let drive = bytes.first().is_some_and(u8::is_ascii_alphabetic) && bytes.get(1..3) == Some(b":\\");
    match bytes.iter().take(LONGEST).position(|b| matches!(b, b'>' | b'\n' | b'"')) {
        Some(end) if drive && bytes.get(end) == Some(&b'>') => end + 1,
        _ => 0,
    }
}
