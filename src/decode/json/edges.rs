//! The two ends of the text: what people put around JSON, and what is missing when it stops.

use super::reader::{Expect, Frame, Reader};
use super::text::Quote;
use super::trouble::Kind;
use super::{Document, Name, Node};
use crate::facts::Value;
use crate::source::Span;

impl Reader<'_> {
    /// A byte order mark, or quotes around it all.
    pub(super) fn begin(&mut self) {
        if self.text.text.starts_with('\u{feff}') {
            self.take('\u{feff}'.len_utf8());
            self.troubles.add(Kind::Bom, Span::new(0, self.at));
        }
        let start = self.text.after_space(self.at);
        let Some((quote, width)) = Quote::opening(self.text.rest(start)) else { return };
        let inner = self.text.after_space(start + width);
        let Some(bracket @ ('{' | '[')) = self.text.char(inner) else { return };
        let next = self.text.rest(self.text.after_space(inner + bracket.len_utf8()));
        // `"{…}"` and `"{"` are strings; with a quote right inside and more behind, it cannot be one.
        if quote != Quote::Double || next.strip_prefix('"').is_some_and(|r| !r.trim_start().is_empty()) {
            self.quoted = true;
            self.at = start;
            self.take(width);
            self.troubles.add(Kind::Quoted, Span::new(start, self.at));
        }
    }

    /// `"name": value` without braces around: takes them for written.
    pub(super) fn bare_member(&mut self, start: usize, text: String, hole: bool) {
        let span = Span::new(start, self.last);
        self.troubles.add(Kind::MissingBraces, Span::empty(start));
        self.add(Value::Object, Span::new(start, start), false);
        self.stack.push(Frame { node: 0, object: true, opened: Span::empty(start), bare: true });
        self.name = Some((Name { text, span }, hole));
        self.expect = Expect::Colon;
    }

    /// The text begins like nothing that JSON knows.
    pub(super) fn no_json(&mut self) {
        let rest = self.text.rest(self.at);
        let line = rest.lines().next().unwrap_or("").trim_end().len();
        self.troubles.add(Kind::NotJson, Span::new(self.at, self.at + line));
        self.take(rest.len());
        self.expect = Expect::End;
    }

    /// Something stands behind the value; nothing further is read.
    pub(super) fn end(&mut self, c: char) {
        if self.text.hole_at(self.at).is_some() || self.left_out() {
            return;
        }
        if self.quoted && Quote::opening(self.text.rest(self.at)).is_some() {
            return;
        }
        let rest = self.text.rest(self.at);
        let behind = rest.get(c.len_utf8()..).unwrap_or("").trim_start();
        let brackets = rest.len() - rest.trim_start_matches(['}', ']', ' ', '\t', '\r', '\n']).len();
        let (kind, len) =
            if matches!(c, '{' | '[') || Quote::opening(rest).is_some() || c == ',' && behind.starts_with(['{', '[']) {
                (Kind::ConcatenatedValues, c.len_utf8())
            } else if brackets == rest.len() {
                (Kind::ExtraClosing, rest.trim_end().len())
            } else {
                (Kind::TrailingText, rest.lines().next().unwrap_or("").trim_end().len())
            };
        self.troubles.add(kind, Span::new(self.at, self.at + len));
    }

    /// Nothing is left to read.
    pub(super) fn finish(mut self) -> Document {
        let open = self.stack.iter().rev().find(|f| !f.bare).map(|f| f.opened);
        let end = Span::empty(self.last);
        match self.expect {
            Expect::Value if self.nodes.is_empty() => {
                self.troubles.add(Kind::Empty, Span::new(0, self.text.text.len()));
            }
            _ if self.troubles.has(Kind::Cut) || open.is_none() => {}
            Expect::Comma | Expect::Name { after: None } | Expect::Element { after: None } => {
                self.troubles.add_opened(Kind::MissingBracket, end, open);
            }
            _ => self.troubles.add(Kind::Cut, end),
        }
        while !self.stack.is_empty() {
            self.pop(self.last);
        }
        let quotes = self.quotes;
        let mut nodes = self.nodes;
        mark_duplicates(&mut nodes);
        Document { nodes, troubles: self.troubles.finish(quotes) }
    }
}

/// Marks the members whose name occurred before in their object. Sorts rather than hashes: the core takes no
/// randomness, and hashing without it is open to attack.
fn mark_duplicates(nodes: &mut [Node]) {
    let key = |i: usize| nodes.get(i).and_then(|n| n.name.as_ref().map(|name| (n.parent, name.text.as_str())));
    let mut order: Vec<usize> = (0..nodes.len()).filter(|i| key(*i).is_some()).collect();
    order.sort_by_key(|i| key(*i));
    let again: Vec<usize> =
        order.windows(2).filter_map(|w| (key(*w.first()?) == key(*w.last()?)).then_some(*w.last()?)).collect();
    for i in again {
        if let Some(node) = nodes.get_mut(i) {
            node.duplicate = true;
        }
    }
}
