//! YAML, read into a [`Tree`] with places. The parser is a crate; here its events become nodes.
//!
//! Aliases are left out: what they stand for is read where it is written. A text that is no YAML (a Helm template, a
//! file with tabs) gives nothing, and is searched as any other text.

use granit_parser::{Event, Parser, ScalarStyle};

use crate::recognise::tree::{Content, Scalar, Style, Tree};
use crate::source::Span;

/// More nodes than this are not read: nobody writes such a file by hand.
const MOST: usize = 2_000_000;

/// A collection that is being read, and the name that its next value has.
struct Open {
    node: usize,
    is_map: bool,
    name: Option<Scalar>,
    /// A map whose next name is no scalar: that value has none.
    nameless: bool,
}

/// Reads all documents of a text.
pub fn read(text: &str) -> Option<Tree> {
    let mut tree = Tree::default();
    let mut open: Vec<Open> = Vec::new();
    // How deep within a name that is no scalar we are.
    let mut in_name = 0_usize;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.ok()?;
        if tree.nodes.len() > MOST {
            return None;
        }
        let content = match event {
            Event::Scalar(value, style, ..) => {
                let (start, end) = (span.start.byte_offset()?, span.end.byte_offset()?);
                let span = Span::new(start, end.max(start));
                let style = match style {
                    ScalarStyle::SingleQuoted => Style::Single,
                    ScalarStyle::DoubleQuoted => Style::Double,
                    ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
                    _ => Style::Plain,
                };
                Content::Scalar(Scalar { text: value.into_owned(), span, style })
            }
            Event::MappingStart(..) => Content::Map,
            Event::SequenceStart(..) => Content::List,
            Event::Alias(..) => {
                Content::Scalar(Scalar { text: String::new(), span: Span::empty(0), style: Style::Plain })
            }
            Event::MappingEnd | Event::SequenceEnd => {
                if in_name > 0 {
                    in_name -= 1;
                } else {
                    open.pop();
                }
                continue;
            }
            _ => continue,
        };
        let is_collection = !matches!(content, Content::Scalar(_));
        if in_name > 0 {
            in_name += usize::from(is_collection);
            continue;
        }
        let mut name = None;
        if let Some(holder) = open.last_mut() {
            if holder.is_map && holder.name.is_none() && !holder.nameless {
                match content {
                    Content::Scalar(scalar) => holder.name = Some(scalar),
                    _ => {
                        holder.nameless = true;
                        in_name = 1;
                    }
                }
                continue;
            }
            name = holder.name.take();
            holder.nameless = false;
        }
        let is_map = content == Content::Map;
        let node = tree.add(open.last().map(|o| o.node), name, content);
        if is_collection {
            open.push(Open { node, is_map, name: None, nameless: false });
        }
    }
    Some(tree)
}

/// True if a text without a telling name is YAML of a kind that we know: a manifest, a compose file, a pipeline.
pub fn looks_like(text: &str) -> bool {
    const BEGINNINGS: &[&str] = &["apiVersion:", "kind:", "services:", "jobs:", "stages:", "openapi:", "asyncapi:"];
    let mut lines = text.lines().take(200).map(str::trim_end).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let first = lines.clone().find(|line| *line != "---").unwrap_or_default();
    let is_field = |line: &str| line.split_once(':').is_some_and(|(name, _)| !name.contains(' '));
    is_field(first)
        && lines.any(|line| BEGINNINGS.iter().any(|b| line.starts_with(b)))
        && text.lines().take(200).any(|line| line.starts_with(' ') || line.starts_with("- "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognise::tree;
    use crate::source::Sources;

    #[test]
    fn a_value_is_what_is_meant_and_leads_back_to_what_is_written() {
        let text = "é: ünquoted # c\na: 'it''s'\nb: \"x\\ty\\u0041z\"\nc: |\n  one\n    two\n\n  three\nd: >-\n  folded\n  line\ne: [1, {f: g}]\n? [x]\n: h\ni: two\n  lines\n---\nj: k\n";
        let tree = read(text).expect("it is YAML");
        let scalars: Vec<_> = tree.nodes.iter().filter_map(|n| n.scalar()).collect();
        let texts: Vec<_> = scalars.iter().map(|s| s.text.as_str()).collect();
        assert_eq!(
            texts,
            ["ünquoted", "it's", "x\tyAz", "one\n  two\n\nthree\n", "folded line", "1", "g", "h", "two lines", "k"]
        );
        let mut sources = Sources::new();
        let id = sources.add_given("t", text);
        let whole = sources.whole(id);
        for scalar in scalars {
            let place = tree::place(&mut sources, whole, scalar);
            assert_eq!(sources.text(place), scalar.text);
            // Each word stands in the given text where it leads back to.
            for word in scalar.text.split_whitespace().filter(|w| w.bytes().all(|b| b.is_ascii_lowercase())) {
                let at = scalar.text.find(word).expect("it does");
                let given = sources.given(place.part(at, at + word.len()));
                assert_eq!(sources.text(given), word);
            }
        }
        assert_eq!(tree.nodes.iter().filter(|n| n.parent.is_none()).count(), 2);
        assert!(read("a: b: c").is_none());
        assert!(read(&"[".repeat(100_000)).is_none());
    }
}
