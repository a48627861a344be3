//! Objects and arrays: where they open and close, and what a bracket without its partner means.

use super::reader::{DEPTH, Expect, Frame, Reader};
use super::trouble::Kind;
use super::{Name, Node};
use crate::facts::Value;
use crate::source::Span;

impl Reader<'_> {
    /// `{"a": [1, 2, "b": 3}`: the colon shows that the last element is a name, so the array has ended before.
    pub(super) fn array_without_end(&mut self) -> bool {
        let [.., outer, array] = self.stack.as_slice() else { return false };
        let last = self.nodes.len().saturating_sub(1);
        let opened = Some(array.opened);
        let Some(Node { value: Value::Text(text), span, hole, .. }) = self
            .nodes
            .get(last)
            .filter(|n| outer.object && n.parent == Some(array.node) && last > array.node + 1)
            .cloned()
        else {
            return false;
        };
        self.nodes.pop();
        self.troubles.add_opened(Kind::MissingBracket, Span::empty(span.start), opened);
        self.pop(span.start);
        self.name = Some((Name { text, span }, hole));
        self.expect = Expect::Colon;
        true
    }

    pub(super) fn open(&mut self, c: char) {
        let opened = self.here(c);
        if self.stack.len() == DEPTH {
            self.troubles.add(Kind::TooDeep, opened);
            return self.skip_nested();
        }
        let object = c == '{';
        let node = self.nodes.len();
        self.take(1);
        self.add(if object { Value::Object } else { Value::Array }, opened, false);
        self.stack.push(Frame { node, object, opened, bare: false });
        self.next_member(None);
    }

    /// Leaves out brackets that are nested too deep.
    fn skip_nested(&mut self) {
        let (mut depth, mut string, mut escaped, mut len) = (0_usize, false, false, 0);
        for b in self.text.rest(self.at).bytes() {
            len += 1;
            match b {
                _ if escaped => escaped = false,
                b'\\' => escaped = string,
                b'"' => string = !string,
                b'{' | b'[' if !string => depth += 1,
                b'}' | b']' if !string => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        self.take(len);
        self.name = None;
        self.expect = Expect::Comma;
    }

    pub(super) fn close_after(&mut self, c: char, after: Option<Span>) {
        if let Some(comma) = after {
            self.troubles.add(Kind::TrailingComma, comma);
        }
        self.close(c);
    }

    pub(super) fn close(&mut self, c: char) {
        let span = self.here(c);
        let fits = |f: &Frame| f.object == (c == '}');
        let Some(top) = self.stack.last() else { return };
        let opened = Some(top.opened);
        if !fits(top) {
            let more = !self.text.rest(self.text.after_space(span.end)).is_empty();
            match self.stack.iter().rposition(fits) {
                // The bracket of a list was forgotten; but if that would end the text too early, it was mistaken.
                Some(index) if index > 0 || !more => {
                    self.troubles.add_opened(Kind::MissingBracket, Span::empty(self.last), opened);
                    while self.stack.len() > index + 1 {
                        self.pop(self.last);
                    }
                }
                _ => self.troubles.add_opened(Kind::WrongBracket, span, opened),
            }
        }
        self.troubles.member_ends();
        self.take(1);
        self.pop(self.at);
    }

    /// Closes the innermost object or array at byte `end`.
    pub(super) fn pop(&mut self, end: usize) {
        let after = self.nodes.len();
        if let Some(frame) = self.stack.pop() {
            if let Some(node) = self.nodes.get_mut(frame.node) {
                node.span.end = end;
                node.after = after;
            }
        }
        self.expect = if self.stack.is_empty() { Expect::End } else { Expect::Comma };
    }
}
