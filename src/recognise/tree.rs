//! A configuration as a tree of names and values with their places, whatever language it is written in.
//!
//! The nodes stand in one list, each with the index of what holds it, so that neither depth nor width costs more than
//! the text. A value is delimited as it is written; where quotes, escapes or indentation stand between what is written
//! and what is meant, [`place`] makes a decoded source of it, and only for the few values that somebody asks for.

use crate::decode::json;
use crate::facts::Value;
use crate::source::{Builder, Place, Sources, Span};

/// A name, or a whole value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// What it means, without quotes and escapes.
    pub text: String,
    /// Where it stands, with its quotes; counted from the beginning of the text that was read.
    pub span: Span,
    /// How it is written.
    pub style: Style,
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In quotes within which a doubled quote stands for one (YAML), or nothing is special (TOML).
    Single,
    /// In quotes with escapes.
    Double,
    /// Indented lines below a `|` or `>`.
    Block,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A text, a number or a truth value.
    Scalar(Scalar),
    /// Named nodes.
    Map,
    /// Nodes in order.
    List,
}

/// One value of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What holds it.
    pub parent: Option<usize>,
    /// Its name, if a map holds it.
    pub name: Option<Scalar>,
    /// What it is.
    pub content: Content,
    /// The nodes it holds.
    pub children: Vec<usize>,
}

/// All nodes of a text, each after the one that holds it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    /// The nodes.
    pub nodes: Vec<Node>,
}

impl Tree {
    /// The tree of a JSON document.
    pub fn of_json(text: &str) -> Self {
        let mut tree = Self::default();
        let text_at = |span: Span| text.get(span.range()).unwrap_or_default();
        for node in json::read(text, &[]).nodes {
            let scalar = |text: String, span: Span, style| {
                // Somebody forgot the quotes.
                let is_bare = text_at(span).starts_with(|c: char| c.is_alphanumeric() || c == '_');
                Scalar { text, span, style: if is_bare { Style::Plain } else { style } }
            };
            let name = node.name.map(|name| scalar(name.text, name.span, Style::Double));
            let content = match node.value {
                Value::Object => Content::Map,
                Value::Array => Content::List,
                Value::Text(text) => Content::Scalar(scalar(text, node.span, Style::Double)),
                other => Content::Scalar(scalar(other.to_string(), node.span, Style::Plain)),
            };
            // Every value of the document is a node here, so the indices are the same.
            tree.add(node.parent, name, content);
        }
        tree
    }

    /// Where a node stands, from its first name or value to its last.
    pub fn span(&self, id: usize) -> Span {
        let Some(node) = self.nodes.get(id) else { return Span::empty(0) };
        if let Some(scalar) = node.scalar() {
            return scalar.span;
        }
        let edge = |last: bool| {
            let mut at = id;
            loop {
                let node = self.nodes.get(at)?;
                let child = if last { node.children.last() } else { node.children.first() };
                match (child, &node.name, node.scalar()) {
                    (_, Some(name), _) if !last && at != id => return Some(name.span.start),
                    (Some(child), ..) => at = *child,
                    (None, _, Some(scalar)) => return Some(if last { scalar.span.end } else { scalar.span.start }),
                    (None, name, None) => return name.as_ref().map(|name| name.span.end),
                }
            }
        };
        let start = edge(false).or(node.name.as_ref().map(|name| name.span.end)).unwrap_or(0);
        Span::new(start, edge(true).unwrap_or(start).max(start))
    }

    /// Adds a node and returns its index.
    pub fn add(&mut self, parent: Option<usize>, name: Option<Scalar>, content: Content) -> usize {
        let id = self.nodes.len();
        self.nodes.push(Node { parent, name, content, children: Vec::new() });
        if let Some(holder) = parent.and_then(|parent| self.nodes.get_mut(parent)) {
            holder.children.push(id);
        }
        id
    }

    /// The nodes that a node holds, with their indices.
    pub fn children(&self, id: usize) -> impl Iterator<Item = (usize, &Node)> {
        let children = self.nodes.get(id).map(|node| node.children.as_slice()).unwrap_or_default();
        children.iter().filter_map(|id| Some((*id, self.nodes.get(*id)?)))
    }

    /// The member of a map with that name.
    pub fn member(&self, id: usize, name: &str) -> Option<(usize, &Node)> {
        self.children(id).find(|(_, node)| node.name.as_ref().is_some_and(|n| n.text == name))
    }

    /// The text of the member of a map with that name.
    pub fn text(&self, id: usize, name: &str) -> Option<&Scalar> {
        self.member(id, name).and_then(|(_, node)| node.scalar())
    }
}

impl Node {
    /// The scalar, if it is one.
    pub fn scalar(&self) -> Option<&Scalar> {
        match &self.content {
            Content::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }
}

/// The place of what a scalar means; `whole` is the text that was read.
pub fn place(sources: &mut Sources, whole: Place, scalar: &Scalar) -> Place {
    let written = whole.part(scalar.span.start, scalar.span.end);
    let raw = sources.text(written);
    // The simple cases: no decoded source is needed.
    for cut in [0, 1, 3] {
        let inner = raw.len().checked_sub(2 * cut).and_then(|n| raw.get(cut..cut + n));
        if inner == Some(scalar.text.as_str()) {
            return written.part(cut, cut + scalar.text.len());
        }
    }
    let raw = raw.to_owned();
    let mut out = Builder::new();
    copy(&mut out, &raw, written.span.start, scalar);
    sources.decoded(written, "quoting", out.finish())
}

fn blanks(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// Appends what a scalar means to `out`, with the way back to `raw`, which stands at `offset`.
pub fn copy(out: &mut Builder, raw: &str, offset: usize, scalar: &Scalar) {
    let mut at = start(raw, scalar);
    let indent = indent(raw, at).filter(|_| scalar.style == Style::Block).unwrap_or(0);
    for c in scalar.text.chars() {
        let mut buffer = [0; 4];
        let text: &str = c.encode_utf8(&mut buffer);
        let rest = raw.get(at..).unwrap_or_default();
        let escape = escape(rest, scalar.style);
        let (skip, length, same) = match () {
            () if escape > 0 => (0, escape, false),
            () if rest.starts_with(c) => (0, c.len_utf8(), true),
            // A line break that became a blank, or a blank line that became a line break.
            () if c.is_whitespace() => (0, blanks(rest), false),
            () if rest.trim_start().starts_with(c) => (blanks(rest), c.len_utf8(), true),
            // A line continuation, or what is not understood: it stands somewhere in the rest.
            () => match rest.char_indices().take(200).find(|(_, other)| *other == c).map(|(n, _)| n) {
                Some(n) => (n, c.len_utf8(), true),
                None => (0, 0, false),
            },
        };
        let from = Span::new(at + skip, at + skip + length).shifted(offset);
        if same {
            out.copy(text, from);
        } else {
            out.instead(text, from);
        }
        at += skip + length;
        if c == '\n' && indent > 0 {
            let rest = raw.get(at..).unwrap_or_default();
            at += rest.bytes().take(indent).take_while(|b| *b == b' ').count();
        }
    }
}

/// Where the text of a scalar begins in what is written.
fn start(raw: &str, scalar: &Scalar) -> usize {
    match scalar.style {
        Style::Plain => 0,
        Style::Single | Style::Double if raw.starts_with("'''") || raw.starts_with("\"\"\"") => {
            let line_break =
                raw.get(3..).map_or(0, |r| if r.starts_with("\r\n") { 2 } else { usize::from(r.starts_with('\n')) });
            if scalar.text.starts_with('\n') { 3 } else { 3 + line_break }
        }
        // A quote of a word processor has more bytes than one.
        Style::Single | Style::Double => raw.chars().next().map_or(0, char::len_utf8),
        // The line of the `|`, and the indentation of the first line with text.
        Style::Block => {
            let line = if raw.starts_with(['|', '>']) { raw.find('\n').map_or(raw.len(), |n| n + 1) } else { 0 };
            line + indent(raw, line).unwrap_or(0)
        }
    }
}

/// The indentation of the first line that has text, from byte `at` on.
fn indent(raw: &str, at: usize) -> Option<usize> {
    let line = raw.get(at..)?.lines().find(|line| !line.trim().is_empty())?;
    Some(line.len() - line.trim_start_matches(' ').len())
}

/// The length of the escape at the beginning of a text, 0 if there is none.
fn escape(rest: &str, style: Style) -> usize {
    match style {
        Style::Single if rest.starts_with("''") => 2,
        Style::Double if rest.starts_with('\\') => {
            let length = match rest.as_bytes().get(1) {
                Some(b'x') => 4,
                // In JSON a pair of escapes stands for a character beyond the first plane.
                Some(b'u') if rest.get(2..3).is_some_and(|d| d.eq_ignore_ascii_case("d")) && is_pair(rest) => 12,
                Some(b'u') => 6,
                Some(b'U') => 10,
                // A line break that is taken away stands for nothing.
                Some(b'\n' | b'\r') | None => 0,
                Some(_) => 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
            };
            if rest.get(..length).is_some() { length } else { 0 }
        }
        _ => 0,
    }
}

/// True if a text begins with the escapes of a surrogate pair.
fn is_pair(rest: &str) -> bool {
    rest.get(3..4).is_some_and(|d| "89abAB".contains(d)) && rest.get(6..8) == Some("\\u")
}
