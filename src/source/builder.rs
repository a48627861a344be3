//! Makes decoded text together with the way back.

use super::{Map, Piece, Span};

/// Builds decoded text piece by piece, and with it the way back.
///
/// ```
/// use tokenlint::source::{Builder, Span};
/// let mut b = Builder::new();
/// b.copy("dal", Span::new(0, 3));
/// b.instead(":", Span::new(3, 6)); // it was `%3A`
/// let (text, map) = b.finish();
/// assert_eq!(text, "dal:");
/// # let _ = map;
/// ```
#[derive(Debug, Default)]
pub struct Builder {
    text: String,
    pieces: Vec<Piece>,
}

impl Builder {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What was built so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Appends a copy of text that stands at `from` in the parent source (the lengths must agree).
    pub fn copy(&mut self, text: &str, from: Span) {
        debug_assert_eq!(text.len(), from.len());
        if text.is_empty() {
            return;
        }
        if let Some(last) = self.pieces.last_mut() {
            if last.verbatim && last.from.end == from.start {
                last.len += text.len();
                last.from.end = from.end;
                self.text.push_str(text);
                return;
            }
        }
        self.push(text, from, true);
    }

    /// Appends text that stands for other bytes at `from`: an escape, an encoded character.
    pub fn instead(&mut self, text: &str, from: Span) {
        if !text.is_empty() {
            self.push(text, from, false);
        }
    }

    fn push(&mut self, text: &str, from: Span, verbatim: bool) {
        self.pieces.push(Piece { at: self.text.len(), len: text.len(), from, verbatim });
        self.text.push_str(text);
    }

    /// The text and the way back.
    pub fn finish(self) -> (String, Map) {
        (self.text, Map::Pieces(self.pieces))
    }
}
