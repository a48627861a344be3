//! Quoting and expansions of PowerShell (about_Quoting_Rules, about_Parsing).
//!
//! Windows PowerShell 5 loses double quotes on their way to a program, so people write `\"` in its strings. Newer
//! versions pass the backslash on. Somebody who writes `\"` has the old one, and is read so.

use super::parser::{Mode, Open, Parser, Target};
use super::{Text, Word, name_len};
use crate::recognise::request::Quotes;
use crate::source::Span;

impl Parser<'_> {
    /// Reads on by at least one byte.
    pub(super) fn powershell_step(&mut self) {
        if self.frame.mode == Mode::Plain { self.powershell_plain() } else { self.powershell_quoted() }
    }

    fn powershell_plain(&mut self) {
        match self.peek(0) {
            b' ' | b'\t' | b'\r' | b',' => {
                self.end_word();
                self.at += 1;
            }
            b'\n' => {
                self.separate(b';');
                self.at += 1;
                self.skip_prompt();
            }
            b';' => {
                self.separate(b';');
                self.at += 1;
            }
            b'#' if self.frame.word.is_none() => self.at += self.rest_of_line().len(),
            b'<' if self.peek(1) == b'#' => {
                let rest = self.rest();
                self.at += rest.find("#>").map_or(rest.len(), |i| i + 2);
            }
            b'`' => {
                if !self.continuation() {
                    self.backtick_escape();
                }
            }
            b'\'' => self.powershell_single(),
            b'"' => {
                self.frame.quote_at = self.at;
                self.quote(1);
                self.frame.mode = Mode::Double;
            }
            b'@' if self.frame.word.is_none() => self.at_sign(),
            b'$' => self.powershell_dollar(),
            b'|' => {
                let two = self.peek(1) == b'|';
                self.separate(if two { b'o' } else { b'|' });
                self.at += 1 + usize::from(two);
            }
            b'&' if self.frame.command.words.is_empty() && self.frame.word.is_none() => self.at += 1,
            b'&' => self.ampersand(),
            b'(' if self.frame.word.is_none() && !self.frame.command.words.is_empty() => {
                // An expression as an argument.
                self.word();
                self.open(Open::Parenthesis, 1, self.frame.limit, Mode::Plain);
            }
            b'(' if self.frame.word.is_none() => {
                self.separate(b'|');
                self.frame.parentheses += 1;
                self.open_block();
                self.at += 1;
            }
            b')' => self.parenthesis(),
            b'{' if self.frame.word.is_none() => {
                self.separate(b';');
                self.open_block();
                self.at += 1;
            }
            b'}' => {
                self.separate(b';');
                self.close_block();
                self.at += 1;
            }
            b'>' => {
                let stream = |t: &str| matches!(t, "1" | "2" | "3" | "4" | "5" | "6" | "*");
                if self.frame.word.as_ref().is_some_and(|w| stream(w.text.text())) {
                    self.frame.word = None;
                }
                self.end_word();
                self.frame.command.target = Target::File;
                self.at += 1 + usize::from(matches!(self.peek(1), b'>' | b'&'));
            }
            0xE2 if self.frame.word.is_none() && self.smart_quotes() => {}
            _ => self.take_until(b" \t\r\n,;`'\"$|&(){}><"),
        }
    }

    fn powershell_quoted(&mut self) {
        match (self.frame.mode, self.peek(0)) {
            (Mode::Double, b'"') if self.peek(1) == b'"' => {
                self.quote(1);
                self.take(1);
            }
            (Mode::Double, b'"') => {
                self.quote(1);
                self.frame.mode = Mode::Plain;
            }
            (Mode::Smart, 0xE2) if self.rest().starts_with(['“', '”']) => {
                self.quote('”'.len_utf8());
                self.frame.mode = Mode::Plain;
            }
            (Mode::HereString, b'\r' | b'\n') => {
                let end = if self.peek(0) == b'\r' { "\r\n\"@" } else { "\n\"@" };
                if self.rest().starts_with(end) {
                    self.quote(end.len());
                    self.frame.mode = Mode::Plain;
                } else {
                    self.take(1);
                }
            }
            (_, b'\\') if self.rest().starts_with("\\`\"") || self.rest().starts_with("\\\"\"") => self.quote(1),
            (Mode::HereString, b'\\') if self.peek(1) == b'"' => self.quote(1),
            (_, b'`') => self.backtick_escape(),
            (_, b'$') => self.powershell_dollar(),
            (Mode::Smart, _) => self.take_until(b"\\`$\xE2"),
            (Mode::HereString, _) => self.take_until(b"\\`$\r\n"),
            _ => self.take_until(b"\"\\`$"),
        }
    }

    fn backtick_escape(&mut self) {
        let to = match self.peek(1) {
            b'n' => "\n",
            b't' => "\t",
            b'r' => "\r",
            b'e' => "\x1b",
            b'a' => "\x07",
            b'b' => "\x08",
            b'f' => "\x0c",
            b'v' => "\x0b",
            _ => "",
        };
        if !to.is_empty() && self.frame.mode != Mode::Plain {
            return self.put(to, 2);
        }
        self.quote(1);
        if self.at < self.frame.limit {
            let len = self.char_len();
            self.take(len);
        }
    }

    fn powershell_single(&mut self) {
        let begin = self.at;
        self.quote(1);
        let start = self.word().text.text().len();
        while self.at < self.frame.limit {
            match (self.peek(0), self.peek(1)) {
                (b'\'', b'\'') => {
                    self.take(1);
                    self.quote(1);
                }
                (b'\'', _) => break,
                (b'\\', b'"') => {
                    self.quote(1);
                    self.take(1);
                }
                _ => self.take_until(b"'\\"),
            }
        }
        if self.at >= self.frame.limit {
            self.unclosed(begin);
        }
        self.word().text.mark_literals(start, Quotes::Single, next_variable);
        self.quote(1);
    }

    /// `@'…'@`, `@"…"@`, `@name`, `@(…)`, `@{…}`.
    fn at_sign(&mut self) {
        let rest = self.rest();
        let opens = |quote: &str| rest.strip_prefix(quote).is_some_and(|r| r.starts_with(['\n', '\r']));
        if opens("@\"") {
            let line_break = if self.peek(2) == b'\r' { 2 } else { 1 };
            self.frame.quote_at = self.at;
            self.quote(2 + line_break);
            self.frame.mode = Mode::HereString;
        } else if opens("@'") {
            let line_break = if self.peek(2) == b'\r' { 2 } else { 1 };
            self.quote(2 + line_break);
            let rest = self.rest();
            let len = rest.find("\n'@").unwrap_or(rest.len());
            let text = rest.get(..len).unwrap_or("").trim_end_matches('\r').len();
            self.take(text);
            self.word().text.mark_literals(0, Quotes::HereDocument, next_variable);
            self.quote(len - text + 3);
        } else if matches!(self.peek(1), b'(' | b'{') {
            self.at += 1;
        } else if let len @ 1.. = name_len(rest.get(1..).unwrap_or("")) {
            // Splatting: a list of arguments.
            self.hole(rest.get(1..1 + len).unwrap_or(""), 1 + len);
            self.word().splits = true;
        } else {
            self.take(1);
        }
    }

    fn powershell_dollar(&mut self) {
        if self.peek(1) == b'(' {
            self.word();
            return self.open(Open::Parenthesis, 2, self.frame.limit, Mode::Plain);
        }
        let rest = self.rest();
        let Some((len, name)) = variable(rest) else { return self.take(1) };
        let plain = self.frame.mode == Mode::Plain;
        let begins = plain && self.frame.word.is_none() && self.frame.command.words.is_empty();
        let (written, behind) = rest.split_at_checked(len).unwrap_or((rest, ""));
        let key = written.trim_matches(['$', '{', '}']).to_ascii_lowercase();
        let value = behind.trim_start_matches([' ', '\t']);
        if begins && value.starts_with('=') && !value.starts_with("==") {
            self.frame.command.assigned = vec![(key, None)];
            self.at += rest.len() - value.len() + 1;
            return;
        }
        let member = behind.strip_prefix('.').map_or(0, name_len);
        if plain && member > 0 {
            self.hole(&name, len + 1 + member);
        } else {
            self.variable(&key, &name, len);
        }
    }
}

/// The value that an assignment gives to its variable, if it is plain text.
pub(super) fn assigned(words: &[Word]) -> Option<Text> {
    match words {
        [only] if only.quoted && !only.splits && !only.text.is_hole() => Some(only.text.clone()),
        _ => None,
    }
}

/// The length of a prompt at the beginning of a line: `PS C:\Users\me> `.
pub(super) fn prompt(line: &str) -> usize {
    const LONGEST: usize = 200;
    if !line.starts_with("PS ") && !line.starts_with("PS>") {
        return 0;
    }
    match line.bytes().take(LONGEST).position(|b| matches!(b, b'>' | b'\n')) {
        Some(end) if line.as_bytes().get(end) == Some(&b'>') => end + 1,
        _ => 0,
    }
}

/// The next `$name`, `$env:NAME`, `${name}` or `${env:NAME}` at or after `at`; the name is without the scope.
fn next_variable(text: &str, mut at: usize) -> Option<(Span, String)> {
    loop {
        let start = at + text.get(at..)?.find('$')?;
        if let Some((len, name)) = variable(text.get(start..)?) {
            return Some((Span::new(start, start + len), name));
        }
        at = start + 1;
    }
}

/// The length and the name of the variable that `text` begins with.
fn variable(text: &str) -> Option<(usize, String)> {
    let rest = text.strip_prefix('$')?;
    let (inner, brace) = rest.strip_prefix('{').map_or((rest, false), |r| (r, true));
    let mut len = name_len(inner);
    let mut name_at = 0;
    if len > 0 && inner.as_bytes().get(len) == Some(&b':') {
        let second = name_len(inner.get(len + 1..)?);
        if second > 0 {
            name_at = len + 1;
            len += 1 + second;
        }
    }
    let closed = !brace || inner.as_bytes().get(len) == Some(&b'}');
    let name = inner.get(name_at..len).filter(|n| !n.is_empty() && closed)?;
    Some((1 + len + 2 * usize::from(brace), name.to_owned()))
}
