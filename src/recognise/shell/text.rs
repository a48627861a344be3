//! Text that was put together from pieces of a script, before it becomes a source.
//!
//! A shell word, a variable's value and a request body are all made of copied runs, resolved escapes, and variables
//! that stay unknown. [`Text`] keeps all three together, so that a value can be inserted into a word and a word into a
//! body without losing the way back to the script.

use crate::recognise::request::Quotes;
use crate::source::{Builder, Hole, Map, Piece, Place, Sources, Span};

/// Text with the way back to the script it came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub text: String,
    /// The way back; the bytes are those of the source that holds the script.
    pub pieces: Vec<Piece>,
    /// Variables that stay unknown, in order.
    pub holes: Vec<Hole>,
    /// Variables that nothing expands, in order.
    pub literals: Vec<Unexpanded>,
}

/// A variable that is text like any other, since its quotes say so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unexpanded {
    /// Where it stands in the text.
    pub span: Span,
    /// Its name without the marks.
    pub name: String,
    /// The quotes.
    pub quotes: Quotes,
}

impl Text {
    /// Adds this text to the sources. `from` is the part of the script it was made of.
    pub fn source(&self, sources: &mut Sources, name: &str, from: Place, how: &'static str) -> Place {
        let map = Map::Pieces(self.pieces.clone());
        let id = sources.add_decoded(name, self.text.as_str(), from, how, map, self.holes.clone());
        sources.whole(id)
    }

    /// True if the text is nothing but one hole.
    pub fn is_hole(&self) -> bool {
        matches!(self.holes.as_slice(), [hole] if hole.span == Span::new(0, self.text.len()))
    }
}

/// What becomes of a character that is carried over from one text to another.
pub enum Carried {
    /// Nothing changes.
    Same,
    /// It is left out.
    Dropped,
    /// Something else stands for it.
    As(String),
}

/// Builds a [`Text`].
#[derive(Debug, Default)]
pub struct TextBuilder {
    builder: Builder,
    holes: Vec<Hole>,
    literals: Vec<Unexpanded>,
}

impl TextBuilder {
    /// What was built so far.
    pub fn text(&self) -> &str {
        self.builder.text()
    }

    fn len(&self) -> usize {
        self.builder.text().len()
    }

    /// Appends a copy of the script's text at `from`.
    pub fn copy(&mut self, text: &str, from: Span) {
        self.builder.copy(text, from);
    }

    /// Appends text that stands for other text of the script at `from`.
    pub fn instead(&mut self, text: &str, from: Span) {
        self.builder.instead(text, from);
    }

    /// Appends a hole as it is written at `from`.
    pub fn hole(&mut self, text: &str, name: &str, from: Span) {
        let start = self.len();
        self.builder.copy(text, from);
        self.holes.push(Hole { span: Span::new(start, self.len()), name: name.to_owned() });
    }

    /// Appends a hole that is too long to be shown as it is written at `from`; `name` stands for it.
    pub fn hole_instead(&mut self, name: &str, from: Span) {
        let start = self.len();
        self.builder.instead(name, from);
        self.holes.push(Hole { span: Span::new(start, self.len()), name: name.to_owned() });
    }

    /// Appends a hole that a program fills in from what stands at `from`: `${name}`.
    pub fn variable(&mut self, name: &str, from: Span) {
        let start = self.len();
        self.builder.instead(&format!("${{{name}}}"), from);
        self.holes.push(Hole { span: Span::new(start, self.len()), name: name.to_owned() });
    }

    /// Records the variables that are written in the text from byte `start` on as sent literally; `find` names the
    /// next one at or after an offset.
    pub fn mark_literals(&mut self, start: usize, quotes: Quotes, find: fn(&str, usize) -> Option<(Span, String)>) {
        let mut at = start;
        while let Some((span, name)) = find(self.builder.text(), at) {
            at = span.end;
            self.literals.push(Unexpanded { span, name, quotes });
        }
    }

    /// Appends bytes `start..end` of another text.
    pub fn append(&mut self, other: &Text, start: usize, end: usize) {
        let shift = self.len();
        let moved = |span: Span| Span::new(span.start - start + shift, span.end - start + shift);
        let within = |span: Span| span.start >= start && span.end <= end;
        let begin = other.pieces.partition_point(|p| p.at + p.len <= start);
        for piece in other.pieces.iter().skip(begin).take_while(|p| p.at < end) {
            let from = piece.at.max(start);
            let to = (piece.at + piece.len).min(end);
            let Some(text) = other.text.get(from..to) else { continue };
            if piece.verbatim {
                let at = piece.from.start + (from - piece.at);
                self.builder.copy(text, Span::new(at, at + text.len()));
            } else {
                self.builder.instead(text, piece.from);
            }
        }
        let begin = other.holes.partition_point(|h| h.span.start < start);
        for hole in other.holes.iter().skip(begin).take_while(|h| within(h.span)) {
            self.holes.push(Hole { span: moved(hole.span), name: hole.name.clone() });
        }
        let begin = other.literals.partition_point(|l| l.span.start < start);
        for literal in other.literals.iter().skip(begin).take_while(|l| within(l.span)) {
            self.literals.push(Unexpanded { span: moved(literal.span), ..literal.clone() });
        }
    }

    /// Appends bytes `start..end` of another text character by character, as `carry` says. Holes stay as they are.
    pub fn append_changed(&mut self, other: &Text, start: usize, end: usize, carry: impl Fn(char) -> Carried) {
        let within = |span: Span| span.start >= start && span.end <= end;
        let mut holes = other.holes.iter().filter(|h| within(h.span)).peekable();
        let mut literals = other.literals.iter().filter(|l| within(l.span)).peekable();
        let mut literal_start = 0;
        let mut pieces = other.pieces.iter().skip(other.pieces.partition_point(|p| p.at + p.len <= start)).peekable();
        let mut at = start;
        while at < end {
            if let Some(hole) = holes.next_if(|h| h.span.start <= at) {
                self.append(other, at, hole.span.end);
                at = hole.span.end;
                continue;
            }
            let Some(c) = other.text.get(at..end).and_then(|t| t.chars().next()) else { break };
            while pieces.next_if(|p| p.at + p.len <= at).is_some() {}
            let from = pieces.peek().map_or(Span::empty(0), |p| {
                if p.verbatim { Span::new(at - p.at, at - p.at + c.len_utf8()).shifted(p.from.start) } else { p.from }
            });
            if literals.peek().is_some_and(|l| l.span.start == at) {
                literal_start = self.len();
            }
            match carry(c) {
                Carried::Same => {
                    let verbatim = pieces.peek().is_some_and(|p| p.verbatim);
                    let mut buffer = [0; 4];
                    let text: &str = c.encode_utf8(&mut buffer);
                    if verbatim { self.builder.copy(text, from) } else { self.builder.instead(text, from) }
                }
                Carried::Dropped => {}
                Carried::As(text) => self.builder.instead(&text, from),
            }
            at += c.len_utf8();
            if let Some(literal) = literals.next_if(|l| l.span.end == at) {
                let span = Span::new(literal_start, self.len());
                self.literals.push(Unexpanded { span, ..literal.clone() });
            }
        }
    }

    /// The text. Templates (`{{name}}`, `${{ name }}`) that somebody fills in before the shell sees them are holes.
    pub fn finish(self) -> Text {
        let (text, map) = self.builder.finish();
        let Map::Pieces(pieces) = map else { return Text::default() };
        let mut holes = self.holes;
        let known = holes.len();
        let mut next = 0;
        let mut at = 0;
        while let Some(hole) = template(&text, at) {
            at = hole.span.end;
            while next < known && holes.get(next).is_some_and(|h| h.span.end <= hole.span.start) {
                next += 1;
            }
            let free = next >= known || holes.get(next).is_some_and(|h| h.span.start >= hole.span.end);
            if free {
                holes.push(hole);
            }
        }
        if holes.len() > known {
            holes.sort_by_key(|h| h.span.start);
        }
        Text { text, pieces, holes, literals: self.literals }
    }
}

/// The next `{{name}}` or `${{ name }}` at or after `at`.
fn template(text: &str, mut at: usize) -> Option<Hole> {
    // Names are short; looking no further keeps a text of nothing but braces cheap.
    const LONGEST: usize = 100;
    loop {
        let open = at + text.get(at..)?.find("{{")?;
        let inner = open + 2;
        let dollar = text.as_bytes().get(open.wrapping_sub(1)) == Some(&b'$');
        let window = text.as_bytes().get(inner..text.len().min(inner + LONGEST)).unwrap_or_default();
        let close = window.windows(2).position(|w| w == b"}}").map(|i| inner + i);
        let name = close.and_then(|close| text.get(inner..close)).map_or("", str::trim);
        let plain = |c: char| c.is_ascii_alphanumeric() || "_.-$:".contains(c);
        let fits = !name.is_empty() && if dollar { !name.contains(['{', '}']) } else { name.chars().all(plain) };
        match close {
            Some(close) if fits => {
                let span = Span::new(open - usize::from(dollar), close + 2);
                return Some(Hole { span, name: name.to_owned() });
            }
            _ => at = open + 1,
        }
    }
}
