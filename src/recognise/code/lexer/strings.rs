//! Strings: which marks begin one, what ends it, and where a value is put in.

use super::super::language::{Language, Marks};
use super::{Kind, Lexer, Literal, is_word};
use crate::source::Span;

/// How a string goes on: up to `count` quotes and `hashes` hashes.
#[derive(Clone, Copy)]
pub(super) struct Open {
    start: usize,
    quote: u8,
    count: usize,
    hashes: usize,
    lines: bool,
    escapes: bool,
    doubled: bool,
    marks: Marks,
}

/// Where the reader of a string is.
enum Frame {
    Text(Open),
    Hole { start: usize, close: u8, depth: usize },
}

impl Lexer<'_> {
    /// The string that begins at a place, if one does: its prefix, its quotes, and what they mean.
    pub(super) fn opening(&self, at: usize) -> Option<Open> {
        let habits = self.language.habits();
        let mut start = at;
        let (mut raw, mut marked, mut hashes) = (false, false, 0);
        let limit = at + 8;
        while start < limit {
            match (self.language, self.byte(start)) {
                (Language::Python, b'r' | b'R' | b'b' | b'B' | b'u' | b'U') if start < at + 2 => {}
                (Language::Python, b'f' | b'F' | b't' | b'T') if start < at + 2 => marked = true,
                (Language::Rust, b'b' | b'c') if start == at => {}
                (Language::Rust | Language::Dart, b'r') if start < at + 2 => raw = true,
                (Language::Rust, b'#') if raw => hashes += 1,
                (Language::Swift, b'#') => hashes += 1,
                (Language::CSharp, b'$') => marked = true,
                (Language::CSharp, b'@') => raw = true,
                _ => break,
            }
            start += 1;
        }
        let quote = self.byte(start);
        let (_, lines, escapes, marks) = habits.quotes.iter().copied().find(|(q, ..)| *q == quote)?;
        let long = habits.long.contains(&quote) && (1..3).all(|n| self.byte(start + n) == quote);
        let count = if long { 3 } else { 1 };
        let verbatim = self.language == Language::CSharp && raw;
        let marks = match self.language {
            Language::Python | Language::CSharp if marked => Marks::Brace,
            Language::Dart if raw => Marks::None,
            _ => marks,
        };
        Some(Open {
            start: start + count,
            quote,
            count,
            hashes,
            lines: lines || long || verbatim || raw && self.language == Language::Rust,
            escapes: escapes && !(raw && self.language != Language::Python) && hashes == 0 && !(long && verbatim),
            doubled: verbatim,
            marks,
        })
    }

    fn closes(&self, at: usize, open: &Open) -> bool {
        (0..open.count).all(|n| self.byte(at + n) == open.quote)
            && (0..open.hashes).all(|n| self.byte(at + open.count + n) == b'#')
    }

    /// The length of the mark that opens a hole at a place, and what closes it.
    pub(super) fn hole(&self, at: usize, marks: Marks) -> Option<(usize, u8)> {
        let (a, b) = (self.byte(at), self.byte(at + 1));
        match marks {
            Marks::DollarBrace | Marks::Dollar if a == b'$' && b == b'{' => Some((2, b'}')),
            Marks::Hash if a == b'#' && b == b'{' => Some((2, b'}')),
            Marks::Php if a == b'{' && b == b'$' => Some((1, b'}')),
            Marks::Brace if a == b'{' && b != b'{' => Some((1, b'}')),
            Marks::Backslash if a == b'\\' && b == b'(' => Some((2, b')')),
            _ => None,
        }
    }

    pub(super) fn string(&mut self, open: Open) {
        let mut at = open.start;
        let mut holes = Vec::new();
        let mut stack = vec![Frame::Text(open)];
        let mut content_end = None;
        while at < self.bytes.len() {
            let b = self.byte(at);
            // A line ends what cannot go on, and all in it.
            if b == b'\n' {
                let ends = |frame: &Frame| matches!(frame, Frame::Text(o) if !o.lines);
                let Some(keep) = stack.iter().position(ends) else {
                    at += 1;
                    continue;
                };
                stack.truncate(keep);
                if stack.is_empty() {
                    content_end = Some((at, at));
                    break;
                }
                continue;
            }
            let depth = stack.len();
            match stack.last_mut() {
                Some(Frame::Text(o)) => {
                    let o = *o;
                    if let Some((length, close)) = self.hole(at, o.marks) {
                        stack.push(Frame::Hole { start: at, close, depth: 0 });
                        at += length;
                    } else if o.marks == Marks::Brace && b == b'{' {
                        at += 2;
                    } else if b == b'\\' && o.escapes {
                        // Never beyond the line: the line break is looked at above.
                        at += if self.byte(at + 1) == b'\n' && !o.lines { 1 } else { 2 };
                    } else if self.closes(at, &o) {
                        if o.doubled && self.byte(at + 1) == o.quote {
                            at += 2;
                            continue;
                        }
                        let end = at + o.count + o.hashes;
                        stack.pop();
                        if stack.is_empty() {
                            content_end = Some((at, end));
                            break;
                        }
                        at = end;
                    } else if depth == 1 && matches!(o.marks, Marks::Dollar | Marks::Php) && b == b'$' {
                        let mut end = at + 1;
                        while self.byte(end).is_ascii_alphanumeric() || self.byte(end) == b'_' {
                            end += 1;
                        }
                        if end > at + 1 {
                            holes.push(Span::new(at, end));
                        }
                        at = end;
                    } else {
                        at += 1;
                    }
                }
                Some(Frame::Hole { start, close, depth: inner }) => {
                    let open_bracket = if *close == b')' { b'(' } else { b'{' };
                    if b == *close && *inner == 0 {
                        let start = *start;
                        stack.pop();
                        at += 1;
                        if stack.len() == 1 {
                            holes.push(Span::new(start, at));
                        }
                    } else if b == *close {
                        *inner -= 1;
                        at += 1;
                    } else if b == open_bracket {
                        *inner += 1;
                        at += 1;
                    } else if let Some(nested) = self.nested(at) {
                        at = nested.start;
                        stack.push(Frame::Text(nested));
                    } else {
                        at += 1;
                    }
                }
                None => break,
            }
        }
        let (end, after) = content_end.unwrap_or((self.bytes.len(), self.bytes.len()));
        let content = Span::new(open.start.min(end), end);
        let literal = Literal { content, quote: open.quote, marks: open.marks, holes };
        self.push(Kind::Text(literal), after);
    }

    /// A string within the hole of a string.
    fn nested(&self, at: usize) -> Option<Open> {
        let begins = !is_word(self.byte(at.saturating_sub(1))) || !is_word(self.byte(at));
        self.opening(at).filter(|_| begins)
    }

    /// `'a'` is a character, `'a` a lifetime.
    pub(super) fn rust_quote(&mut self) {
        let rest = self.text.get(self.at + 1..).unwrap_or_default();
        let mut chars = rest.char_indices();
        let end = match chars.next() {
            Some((_, '\\')) => rest.get(2..).and_then(|r| r.bytes().take(12).position(|b| b == b'\'')).map(|n| n + 3),
            Some((_, c)) => chars.next().filter(|(_, c)| *c == '\'').map(|_| c.len_utf8() + 1),
            None => None,
        };
        self.push(Kind::Sign, self.at + 1 + end.unwrap_or(0));
    }

    /// `<<~EOS` of Ruby and `<<<EOT` of PHP: their text is no code.
    pub(super) fn here_document(&mut self) -> bool {
        let marks: &[&str] = match self.language {
            Language::Ruby => &["<<~", "<<-"],
            Language::Php => &["<<<"],
            _ => return false,
        };
        let Some(mark) = marks.iter().find(|mark| self.starts(self.at, mark)) else { return false };
        let mut start = self.at + mark.len();
        let quote = self.byte(start);
        start += usize::from(matches!(quote, b'"' | b'\''));
        let mut end = start;
        while self.byte(end).is_ascii_alphanumeric() || self.byte(end) == b'_' {
            end += 1;
        }
        let Some(word) = self.text.get(start..end).filter(|word| !word.is_empty()) else { return false };
        self.here = Some(word.to_owned());
        let after = end + usize::from(end > start && self.byte(end) == quote && matches!(quote, b'"' | b'\''));
        let literal = Literal { content: Span::empty(after), quote, marks: Marks::None, holes: Vec::new() };
        self.push(Kind::Text(literal), after);
        true
    }

    pub(super) fn skip_here_document(&mut self, word: &str) {
        while self.at < self.bytes.len() {
            let end = self.line_end(self.at);
            let line = self.text.get(self.at..end).unwrap_or_default();
            let rest = line.trim_start().strip_prefix(word);
            if rest.is_some_and(|r| !r.starts_with(|c: char| c.is_alphanumeric() || c == '_')) {
                self.at += line.len() - line.trim_start().len() + word.len();
                return;
            }
            self.at = (end + 1).min(self.bytes.len());
        }
    }

    /// `%w[…]`, `%q(…)` of Ruby.
    pub(super) fn percent_string(&mut self) -> bool {
        if self.language != Language::Ruby || self.byte(self.at) != b'%' {
            return false;
        }
        if !matches!(self.byte(self.at + 1), b'w' | b'W' | b'q' | b'Q' | b'i' | b'I' | b'r') {
            return false;
        }
        let open = self.byte(self.at + 2);
        let close = match open {
            b'(' => b')',
            b'[' => b']',
            b'{' => b'}',
            b'<' => b'>',
            b'|' | b'!' | b'/' => open,
            _ => return false,
        };
        let mut depth = 0usize;
        let mut at = self.at + 3;
        while at < self.bytes.len() {
            let b = self.byte(at);
            if b == close && depth == 0 {
                break;
            }
            if b == close {
                depth -= 1;
            } else if b == open {
                depth += 1;
            }
            at += if b == b'\\' { 2 } else { 1 };
        }
        let end = at.min(self.bytes.len());
        let content = Span::new(self.at + 3, end.max(self.at + 3));
        let after = (end + 1).min(self.bytes.len()).max(content.end);
        let literal = Literal { content, quote: open, marks: Marks::None, holes: Vec::new() };
        self.push(Kind::Text(literal), after);
        true
    }
}
