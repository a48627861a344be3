//! The text that an expression gives, with the way back to the code; what is not known in it is a hole.

use std::collections::HashMap;

use super::super::names::Names;
use super::super::pieces::{Piece, Pieces};
use super::super::range::Range;
use super::super::reader::Code;
use crate::decode::paste::{self, Kind};
use crate::facts::is_secret_name;
use crate::recognise::shell::{Carried, Text, TextBuilder};
use crate::recognise::text;
use crate::source::{Place, Sources, Span};

/// Names of names are followed so far.
const DEPTH: usize = 3;
/// In a value that is longer no more names are followed.
pub(super) const LONGEST: usize = 20_000;

/// An expression of more tokens is not looked into.
const MOST: usize = 500;

/// Reads the values of one text.
pub(super) struct Values<'c, 'a> {
    pub code: &'c Code<'a>,
    pub names: &'c Names<'a>,
    /// The code.
    pub place: Place,
    /// The strings that were read, which nobody else has to look at.
    pub taken: Vec<Span>,
    /// Header values by their tokens: what several requests have in common stands in one place.
    known: HashMap<(usize, usize), Place>,
}

/// How names and values of a text stand side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// `a=b&c=d`, encoded.
    Form,
    /// `a:b`, as it stands.
    Pair,
}

impl<'c, 'a> Values<'c, 'a> {
    pub fn new(code: &'c Code<'a>, names: &'c Names<'a>, place: Place) -> Self {
        Self { code, names, place, taken: Vec::new(), known: HashMap::new() }
    }

    pub fn here(&self, span: Span) -> Place {
        self.place.part(span.start, span.end)
    }

    /// Where a span of the code stands in its source.
    fn there(&self, span: Span) -> Span {
        span.shifted(self.place.span.start)
    }

    /// The text of an expression.
    pub fn text(&mut self, range: Range) -> Text {
        let mut out = TextBuilder::default();
        self.write(&mut out, range, 0);
        out.finish()
    }

    fn write(&mut self, out: &mut TextBuilder, range: Range, depth: usize) {
        let span = self.code.span_of(range);
        if range.len() == 1 && self.code.is_number(range.start) {
            return out.copy(self.code.at(range.start), self.there(span));
        }
        if range.len() > MOST {
            return out.variable("value", self.there(span));
        }
        let mut token = range.start;
        for piece in Pieces::of(self.code, range).list {
            let (value, span) = match piece {
                Piece::Text(text, span) if !text.contains('\\') => {
                    // The string that it is part of.
                    while token < range.end && self.code.span(token).end < span.end {
                        token += 1;
                    }
                    self.taken.push(self.code.span(token));
                    out.copy(text, self.there(span));
                    continue;
                }
                Piece::Text(_, span) => (String::new(), span),
                Piece::Value(value, span) => (value, span),
            };
            let known = self.names.value(self.code, &value, range.start);
            // `let token = "";`: what is put there later, or by whoever copies the example.
            let known = known.filter(|known| known.len() != 1 || self.code.content(known.start) != Some(""));
            match known.filter(|_| depth < DEPTH && out.text().len() < LONGEST) {
                Some(known) => self.write(out, known, depth + 1),
                None => out.variable(hole_name(&value), self.there(span)),
            }
        }
    }

    /// The place of a text: in the code itself if it stands there as it is.
    pub fn place_of(&self, sources: &mut Sources, text: &Text, range: Range) -> Place {
        let from = self.here(self.code.span_of(range));
        match text.pieces.as_slice() {
            [piece] if piece.verbatim && text.holes.is_empty() => Place { source: from.source, span: piece.from },
            _ => text.source(sources, "value", from, "values put together"),
        }
    }

    /// The value of a header. What only stands for a value in it is a hole.
    pub fn header(&mut self, sources: &mut Sources, range: Range) -> Place {
        if let Some(place) = self.known.get(&(range.start, range.end)) {
            return *place;
        }
        let literal = self.code.literal(range.start).filter(|l| range.len() == 1 && l.holes.is_empty());
        let place = match literal.map(|literal| literal.content) {
            Some(content) => {
                self.taken.push(self.code.span(range.start));
                text::text_of(sources, self.here(content), true)
            }
            None => {
                let text = self.text(range);
                let place = self.place_of(sources, &text, range);
                if text.holes.is_empty() { text::text_of(sources, place, false) } else { place }
            }
        };
        self.known.insert((range.start, range.end), place);
        place
    }

    /// Appends a named value to a form or a pair.
    pub fn pair(&mut self, out: &mut TextBuilder, name: (&str, Span), value: Range, sign: Sign) {
        let (name, at) = name;
        let between = if sign == Sign::Form { "=" } else { ":" };
        let taken = self.taken.len();
        let text = self.text(value);
        let span = self.there(self.code.span_of(value));
        out.copy(name, self.there(at));
        out.instead(between, Span::empty(span.start));
        if !self.append(out, &text, span, name, sign) {
            self.taken.truncate(taken);
        }
    }

    /// Appends a value of that name; false if it only stands for one, and a hole was appended.
    pub fn append(&self, out: &mut TextBuilder, text: &Text, span: Span, name: &str, sign: Sign) -> bool {
        if text.holes.is_empty() && stands_in(&text.text, name) {
            out.variable(name, span);
            return false;
        }
        let percent = |c: char| match sign {
            Sign::Form if "%+&=# ".contains(c) => Carried::As(format!("%{:02X}", u32::from(c))),
            _ => Carried::Same,
        };
        out.append_changed(text, 0, text.text.len(), percent);
        true
    }
}

/// True for what only stands for the value of that name.
pub(super) fn stands_in(text: &str, name: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let is_left = || {
        let kind = paste::leftover(text).map(|l| l.kind);
        kind.is_some_and(|kind| !matches!(kind, Kind::Null | Kind::Object | Kind::CaseFolded))
    };
    lower.starts_with("your")
        || text.contains(['<', '>', '{', '}', '…', '*'])
        || text.contains("...")
        || is_secret_name(name) && (text == "pass" || is_left())
}

/// What an expression is called that nobody can know: the variable it takes from the environment, or its last name. What
/// a function makes of a secret is not that secret.
fn hole_name(value: &str) -> &str {
    const GETTERS: &[&str] = &["get", "getenv", "env", "fetch", "lookup", "lookupenv", "str", "string"];
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let last = |text: &str| text.rsplit(|c: char| !is_part(c)).next().unwrap_or_default().to_ascii_lowercase();
    let function = value.split_once('(').map(|(function, _)| last(function));
    if function.is_some_and(|name| !GETTERS.contains(&name.as_str())) {
        return "value";
    }
    let quoted = value.split(['"', '\'']).nth(1).filter(|name| !name.is_empty() && name.chars().all(is_part));
    let last = || value.rsplit(|c: char| !is_part(c)).find(|name| !name.is_empty());
    quoted.or_else(last).unwrap_or("value")
}
