//! What stands without quotes: numbers, the three words of JSON, holes, and all that people forget to quote.

use super::reader::{Expect, Reader, is_odd_space};
use super::text::Role;
use super::trouble::Kind;
use crate::facts::Value;
use crate::source::Span;

impl Reader<'_> {
    /// The end of what stands here without quotes, before the first of `stops`, and whether it has a hole.
    pub(super) fn run(&self, stops: impl Fn(char) -> bool) -> (usize, bool) {
        let mut at = self.at;
        let mut hole = false;
        while let Some(c) = self.text.char(at) {
            if let Some(span) = self.text.hole_at(at) {
                at = span.end;
                hole = true;
            } else if at > self.at && stops(c) {
                break;
            } else {
                at += c.len_utf8();
            }
        }
        (at, hole)
    }

    /// A value without quotes.
    pub(super) fn word(&mut self, role: Role) {
        let (mut end, mut hole) = self.run(|c| matches!(c, ',' | '}' | ']' | '[' | '{' | '"') || is_odd_space(c));
        let start = self.at;
        let (mut value, mut wrong) = word(self.text.slice(Span::new(start, end)));
        if hole {
            // Whatever comes in its place may have quotes of its own.
            (value, wrong) = (Value::Text(self.text.slice(Span::new(start, end)).to_owned()), None);
        }
        if role == Role::Root && wrong == Some(Kind::UnquotedValue) {
            return self.no_json();
        }
        if wrong == Some(Kind::UnquotedValue) {
            (end, hole) = self.run(|c| matches!(c, ',' | '}' | ']' | '"' | '\r' | '\n'));
            let written = self.text.slice(Span::new(start, end)).trim_end();
            end = start + written.len();
            value = Value::Text(written.to_owned());
            wrong = Some(self.unquoted(end, written, role));
        }
        self.take(end - start);
        if let Some(kind) = wrong {
            self.troubles.add(kind, Span::new(start, end));
        }
        if wrong == Some(Kind::UnopenedString) {
            self.take(1);
        }
        self.add(value, Span::new(start, self.last), hole);
    }

    /// What is wrong with words that lack quotes: maybe only one quote is missing, or the text stops here.
    fn unquoted(&self, end: usize, written: &str, role: Role) -> Kind {
        let stops = self.text.rest(self.text.after_space(end)).is_empty();
        let begun = ["true", "false", "null"].iter().any(|w| w.starts_with(written));
        if self.text.ends_string(end, role) {
            Kind::UnopenedString
        } else if stops && (begun || written == "-" || written.ends_with('…') || written.ends_with("...")) {
            Kind::Cut
        } else {
            Kind::UnquotedValue
        }
    }

    /// `...` for something that was left out.
    pub(super) fn left_out(&mut self) -> bool {
        let rest = self.text.rest(self.at);
        let dots = rest.len() - rest.trim_start_matches(['.', '…']).len();
        let behind = rest.get(dots..).and_then(|r| r.chars().next());
        if !(rest.starts_with('…') || dots > 2) || behind.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            return false;
        }
        self.troubles.add(Kind::Cut, Span::new(self.at, self.at + dots));
        self.take(dots);
        self.name = None;
        self.expect = if self.stack.is_empty() { Expect::End } else { Expect::Comma };
        true
    }

    /// A name without quotes, and whether it has a hole.
    pub(super) fn bare_name(&mut self) -> (String, bool) {
        let (end, hole) = self.run(|c| matches!(c, ':' | '=' | ',' | '{' | '}' | '[' | ']' | '"') || is_odd_space(c));
        let span = Span::new(self.at, end);
        let half = self.text.ends_string(end, Role::Name);
        self.take(span.len());
        if !hole {
            self.troubles.add(if half { Kind::UnopenedString } else { Kind::UnquotedName }, span);
        }
        if half {
            self.take(1);
        }
        (self.text.slice(span).to_owned(), hole)
    }
}

/// What a word without quotes is: its value, and what is wrong with it.
pub(super) fn word(word: &str) -> (Value, Option<Kind>) {
    let number = || Value::Number(word.to_owned());
    match word {
        "true" => (Value::Bool(true), None),
        "false" => (Value::Bool(false), None),
        "null" => (Value::Null, None),
        "True" => (Value::Bool(true), Some(Kind::PythonLiteral)),
        "False" => (Value::Bool(false), Some(Kind::PythonLiteral)),
        "None" => (Value::Null, Some(Kind::PythonLiteral)),
        "NaN" | "nan" | "Infinity" | "+Infinity" | "-Infinity" | "inf" | "-inf" => {
            (word.into(), Some(Kind::NotANumber))
        }
        _ if is_number(word) => (word.parse().map_or_else(|_| number(), Value::Int), None),
        _ if is_bad_number(word) => (number(), Some(Kind::BadNumber)),
        _ => (word.into(), Some(Kind::UnquotedValue)),
    }
}

/// A number as RFC 8259 section 6 has it.
fn is_number(word: &str) -> bool {
    let word = word.strip_prefix('-').unwrap_or(word);
    let (mantissa, exponent) = word.split_once(['e', 'E']).map_or((word, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    digits(whole)
        && (whole.len() == 1 || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|e| digits(e.strip_prefix(['+', '-']).unwrap_or(e)))
}

/// A number as other languages have it: `007`, `+1`, `.5`, `1.`, `0x1F`, `1_000`.
fn is_bad_number(word: &str) -> bool {
    let word = word.strip_prefix(['+', '-']).unwrap_or(word);
    if let Some(hex) = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
        return !hex.is_empty() && hex.bytes().all(|b| b.is_ascii_hexdigit());
    }
    let (mantissa, exponent) = word.split_once(['e', 'E']).unwrap_or((word, ""));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    mantissa.bytes().any(|b| b.is_ascii_digit())
        && mantissa.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'_'))
        && mantissa.bytes().filter(|b| *b == b'.').count() <= 1
        && exponent.bytes().all(|b| b.is_ascii_digit())
}
