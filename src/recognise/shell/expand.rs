//! What `$` begins in a POSIX shell: variables in all their forms, commands, numbers, and `$'…'`.

use super::name_len;
use super::parser::{Mode, Open, Parser};
use super::posix::next_variable;
use crate::recognise::request::Quotes;
use crate::source::Span;

/// How far the end of `${…}` or `$((…))` is looked for; it keeps an unclosed one cheap.
const LONGEST_EXPANSION: usize = 200;

impl Parser<'_> {
    pub(super) fn dollar(&mut self) {
        let plain = self.frame.mode == Mode::Plain;
        match self.peek(1) {
            b'(' if self.peek(2) == b'(' && self.arithmetic() => {}
            b'(' => {
                self.word();
                self.open(Open::Parenthesis, 2, self.frame.limit, Mode::Plain);
            }
            b'{' => self.braces(),
            b'\'' if plain => self.ansi_c(),
            // `$"…"` is translated; nobody has a translation.
            b'"' if plain => self.quote(1),
            b'0'..=b'9' | b'@' | b'*' | b'?' | b'$' | b'!' | b'#' | b'-' => {
                let name = self.rest().get(1..2).unwrap_or("");
                self.hole(name, 2);
                self.word().splits |= plain || name == "@";
            }
            _ => match name_len(self.rest().get(1..).unwrap_or("")) {
                0 => self.take(1),
                len => {
                    let name = self.rest().get(1..1 + len).unwrap_or("");
                    self.variable(name, name, 1 + len);
                }
            },
        }
    }

    /// `$((…))` is a number nobody knows.
    fn arithmetic(&mut self) -> bool {
        let window = self.window();
        let Some(end) = window.windows(2).position(|w| w == b"))") else { return false };
        let from = Span::new(self.at, self.at + end + 2);
        let word = self.word();
        word.text.hole_instead("$((…))", from);
        word.end = from.end;
        self.at = from.end;
        true
    }

    /// As much of the text as an expansion may take.
    fn window(&self) -> &[u8] {
        let rest = self.rest().as_bytes();
        rest.get(..LONGEST_EXPANSION).unwrap_or(rest)
    }

    /// `${NAME}` and its many variations, and `${{ … }}`, which a CI system fills in before the shell sees it.
    fn braces(&mut self) {
        let mut depth = 0usize;
        let end = self.window().iter().position(|b| {
            depth = match b {
                b'{' => depth + 1,
                b'}' => depth.saturating_sub(1),
                _ => return false,
            };
            depth == 0
        });
        let Some(len) = end.map(|i| i + 1) else { return self.take(2) };
        let inner = self.rest().get(2..len - 1).unwrap_or("");
        if inner.starts_with('{') {
            // `finish` makes the template a hole.
            return self.take(len);
        }
        let name_at = inner.trim_start_matches(['!', '#']);
        let name = name_at.get(..name_len(name_at)).unwrap_or("");
        let behind = name_at.get(name.len()..).unwrap_or("");
        let defaults = [":-", "-", ":?", "?", ":="].iter().any(|op| behind.starts_with(op));
        if name_at.len() == inner.len() && !name.is_empty() && (behind.is_empty() || defaults) {
            self.variable(name, name, len);
            return;
        }
        let several = behind.starts_with("[@]") || behind.starts_with("[*]") || name_at.starts_with(['@', '*']);
        let name = if name.is_empty() { inner } else { name };
        self.hole(name, len);
        let plain = self.frame.mode == Mode::Plain && !self.in_assignment();
        self.word().splits |= plain || several;
    }

    /// `$'…'` with the escapes of C.
    fn ansi_c(&mut self) {
        let begin = self.at;
        self.quote(2);
        let start = self.word().text.text().len();
        // Bytes written as escapes, which may be one character together, and where they begin.
        let mut bytes: Vec<u8> = Vec::new();
        let mut from = self.at;
        loop {
            let escape = if self.peek(0) == b'\\' { self.escape() } else { None };
            if let Some((Escaped::Byte(byte), len)) = escape {
                if bytes.is_empty() {
                    from = self.at;
                }
                bytes.push(byte);
                self.at += len;
                continue;
            }
            if !bytes.is_empty() {
                let text = String::from_utf8_lossy(&std::mem::take(&mut bytes)).into_owned();
                let len = self.at - from;
                self.at = from;
                self.put(&text, len);
            }
            match escape {
                Some((Escaped::Char(c), len)) => self.put(c.encode_utf8(&mut [0; 4]), len),
                _ if self.at >= self.frame.limit => {
                    self.unclosed(begin);
                    break;
                }
                _ if self.peek(0) == b'\'' => break,
                _ => self.take_until(b"\\'"),
            }
        }
        self.word().text.mark_literals(start, Quotes::Single, next_variable);
        self.quote(1);
    }

    /// The escape here and its length.
    fn escape(&self) -> Option<(Escaped, usize)> {
        let digits = |from: usize, most: usize, radix: u32| {
            let run: String =
                (from..from + most).map(|i| self.peek(i) as char).take_while(|c| c.is_digit(radix)).collect();
            u32::from_str_radix(&run, radix).ok().map(|n| (n, run.len()))
        };
        let char = |c: char| Some((Escaped::Char(c), 2));
        let unicode = |most| {
            let (n, len) = digits(2, most, 16)?;
            Some((Escaped::Char(char::from_u32(n).unwrap_or('\u{FFFD}')), 2 + len))
        };
        match self.peek(1) {
            b'n' => char('\n'),
            b't' => char('\t'),
            b'r' => char('\r'),
            b'a' => char('\x07'),
            b'b' => char('\x08'),
            b'e' | b'E' => char('\x1b'),
            b'f' => char('\x0c'),
            b'v' => char('\x0b'),
            c @ (b'\\' | b'\'' | b'"' | b'?') => char(c as char),
            b'0'..=b'7' => digits(1, 3, 8).map(|(n, len)| (Escaped::Byte((n & 0xFF) as u8), 1 + len)),
            b'x' => digits(2, 2, 16).map(|(n, len)| (Escaped::Byte((n & 0xFF) as u8), 2 + len)),
            b'u' => unicode(4),
            b'U' => unicode(8),
            b'c' if self.peek(2).is_ascii_graphic() => Some((Escaped::Char((self.peek(2) & 0x1F) as char), 3)),
            _ => None,
        }
    }
}

/// What an escape in `$'…'` stands for.
#[derive(Clone, Copy)]
enum Escaped {
    Char(char),
    Byte(u8),
}
