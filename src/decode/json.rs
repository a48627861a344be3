//! The one JSON reader of the project: iterative, in linear time, with the place of every name and value.
//!
//! Bodies and claims come to us broken, and a parser that stops at the first mistake shows neither the second one nor
//! the claim that is wrong behind it. So this one reads RFC 8259 and goes on after every trouble, keeps order and
//! duplicates, knows holes, and never recurses. Neither `serde_json` (no places, last duplicate wins) nor
//! `jsonc-parser` (recursive, stops at the first error) does that.

mod brackets;
mod edges;
mod escapes;
mod reader;
mod text;
mod trouble;
mod words;

use crate::facts::{Fact, Facts, Path, SubjectId, Value};
use crate::source::{Hole, Map, Place, Span};

pub use trouble::{Kind, Trouble};

use escapes::unescape;
use text::{Quote, Text};

/// Paths longer than this are no facts: no rule names them, and long names in deep nests would add up.
const LONGEST_PATH: usize = 400;

/// What a JSON text holds, as far as it could be read.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Values in document order; the first is the root, if there is any.
    pub nodes: Vec<Node>,
    /// What is wrong, in the order it was met; never more than twenty, and no echoes of an earlier one.
    pub troubles: Vec<Trouble>,
}

/// A value in a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Index of the object or array that holds it; `None` for the root.
    pub parent: Option<usize>,
    /// Its name, if an object holds it.
    pub name: Option<Name>,
    /// The value, escapes resolved. A hole without quotes is a text, as written.
    pub value: Value,
    /// Where the value stands in the text; a string with its quotes, an object with its braces.
    pub span: Span,
    /// True if part of its name or of its text is left to somebody else.
    pub hole: bool,
    /// True if the object has an earlier member of the same name.
    pub duplicate: bool,
    /// Index of the next node that is not within this one.
    pub after: usize,
}

/// The name of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// Its text, escapes resolved.
    pub text: String,
    /// Where it stands, with its quotes.
    pub span: Span,
}

/// Reads `text` as JSON (RFC 8259), tolerantly: goes on after every trouble.
///
/// `holes` are spans in `text` that stand for unknown text (`$TOKEN`, `{{id}}`), in order: within quotes or instead of
/// a value they are no trouble.
pub fn read(text: &str, holes: &[Hole]) -> Document {
    reader::Reader::new(text, holes).read()
}

impl Document {
    /// What an object or array holds, in order, with the index of each.
    pub fn children(&self, node: usize) -> impl Iterator<Item = (usize, &Node)> {
        let end = self.nodes.get(node).map_or(0, |n| n.after);
        let mut next = node + 1;
        std::iter::from_fn(move || {
            let index = next;
            let child = self.nodes.get(index).filter(|_| index < end)?;
            next = child.after;
            Some((index, child))
        })
    }

    /// The first member of that name in an object.
    pub fn member(&self, node: usize, name: &str) -> Option<(usize, &Node)> {
        self.children(node).find(|(_, child)| child.name.as_ref().is_some_and(|n| n.text == name))
    }

    /// True if nothing is wrong. (Duplicate names are no trouble: RFC 8259 allows them.)
    pub fn is_valid(&self) -> bool {
        self.troubles.is_empty()
    }
}

/// Adds the facts of a document that was read from the text at `place` to a subject: every value at its path below
/// `base` (array elements at `*`), the root at `base` itself if the table of paths lists that, and one `json.trouble`
/// for each trouble. Values whose path is longer than 400 bytes are left out.
pub fn facts(document: &Document, base: &Path, place: Place, facts: &mut Facts, subject: SubjectId) {
    let at = |span: Span| Place { source: place.source, span: span.shifted(place.span.start) };
    // The objects and arrays around the current node, outermost first: first index behind it, and its path.
    let mut around: Vec<(usize, Path)> = Vec::new();
    let mut index = 0;
    while let Some(node) = document.nodes.get(index) {
        while around.last().is_some_and(|(after, _)| *after <= index) {
            around.pop();
        }
        let path = match (around.last(), &node.name) {
            (None, _) => Some(base.clone()),
            (Some((_, above)), Some(name)) if name.text.len() < LONGEST_PATH => Some(above.join(&name.text)),
            (Some((_, above)), None) if holds_elements(document, node) => Some(above.join("*")),
            _ => None,
        };
        let Some(path) = path.filter(|p| p.as_str().len() <= LONGEST_PATH) else {
            index = node.after;
            continue;
        };
        if node.parent.is_some() || path.is_known() {
            let (value, place) = (node.value.clone(), at(node.span));
            facts.push(subject, Fact { path: path.clone(), value, place, hole: node.hole });
        }
        around.push((node.after, path));
        index += 1;
    }
    for trouble in &document.troubles {
        facts.add(subject, Path::new("json.trouble"), trouble.kind.id(), at(trouble.span));
    }
}

/// True if `node` is an element of an array. (In broken text an object can hold a value without a name.)
fn holds_elements(document: &Document, node: &Node) -> bool {
    node.parent.and_then(|p| document.nodes.get(p)).is_some_and(|p| p.value == Value::Array)
}

/// Decodes the string that stands at `span` of a source's whole `text` (quotes included, if it has any), with the way
/// back into that text.
pub fn string_map(text: &str, span: Span) -> (String, Map) {
    let text = Text { text, holes: &[] };
    let written = text.slice(span);
    let mut content = span;
    let mut quote = Quote::Double;
    if let Some((opening, width)) = Quote::opening(written) {
        quote = opening;
        content.start += width;
        let closing = written.char_indices().next_back().map_or(0, |(i, _)| span.start + i);
        let closing = if quote == Quote::Escaped { closing.saturating_sub(1) } else { closing };
        if closing >= content.start && quote.closing(text.rest(closing)).is_some() {
            content.end = closing;
        }
    }
    unescape(text, content, quote).0.finish()
}

/// True if `text` begins like a JSON object or array, even a broken one: a bracket, and soon behind it a quote, a
/// name with a colon, a value or the closing bracket. `{{token}}`, `[section]` and `{ echo hi; }` do not.
pub fn looks_like_json(text: &str) -> bool {
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    let first = rest;
    while let Some(inner) = rest.strip_prefix('[') {
        rest = inner.trim_start();
    }
    let in_array = rest.len() < first.len();
    if in_array {
        let word = rest.find([',', ']']).and_then(|end| rest.get(..end)).unwrap_or("").trim_end();
        let begins_value = Quote::opening(rest).is_some() || rest.starts_with(']');
        if begins_value || (!word.is_empty() && words::word(word).1.is_none()) {
            return true;
        }
    }
    let Some(inside) = rest.strip_prefix('{').map(str::trim_start) else {
        return false;
    };
    let name = inside.trim_start_matches(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '$'));
    Quote::opening(inside).is_some()
        || inside.starts_with('}')
        || inside.starts_with("//")
        || inside.starts_with("/*")
        || (name.len() < inside.len() && name.trim_start().starts_with(':'))
}
