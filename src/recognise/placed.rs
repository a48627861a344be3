//! A JSON document and where it stands: what the recognisers of files of requests read their parts from.

use crate::decode::http::json_string;
use crate::decode::json::{self, Document};
use crate::facts::Value;
use crate::source::{Place, Sources};

/// A document that was read from a place. Nodes are named by their index; the root is 0.
pub struct Placed {
    document: Document,
    place: Place,
}

impl Placed {
    /// Reads what stands at a place.
    pub fn read(sources: &Sources, place: Place) -> Self {
        Self { document: json::read(sources.text(place), &[]), place }
    }

    /// Where a value stands; a string with its quotes.
    pub fn place(&self, node: usize) -> Place {
        let span = self.document.nodes.get(node).map_or_else(Default::default, |n| n.span);
        self.place.part(span.start, span.end)
    }

    /// The member of that name.
    pub fn member(&self, node: usize, name: &str) -> Option<usize> {
        self.document.member(node, name).map(|(index, _)| index)
    }

    /// What an object or array holds.
    pub fn children(&self, node: usize) -> Vec<usize> {
        self.document.children(node).map(|(index, _)| index).collect()
    }

    /// The value of a node.
    pub fn value(&self, node: usize) -> &Value {
        self.document.nodes.get(node).map_or(&Value::Null, |n| &n.value)
    }

    /// What a string member says.
    pub fn said(&self, node: usize, name: &str) -> Option<&str> {
        self.value(self.member(node, name)?).text()
    }

    /// The text of a string member, in a decoded source if it has escapes.
    pub fn text(&self, sources: &mut Sources, node: usize, name: &str) -> Option<Place> {
        self.text_of(sources, self.member(node, name)?)
    }

    /// The text of a node that is a string.
    pub fn text_of(&self, sources: &mut Sources, node: usize) -> Option<Place> {
        self.value(node).text()?;
        Some(json_string(sources, self.place(node)))
    }
}
