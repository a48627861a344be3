//! TOML, read into a [`Tree`] with places by the crate that knows the language.

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};

use crate::recognise::tree::{Content, Scalar, Style, Tree};
use crate::source::Span;

/// Reads a document.
pub fn read(text: &str) -> Option<Tree> {
    let document = DeTable::parse(text).ok()?;
    let mut tree = Tree::default();
    let root = tree.add(None, None, Content::Map);
    let mut todo: Vec<(usize, Option<Scalar>, &Spanned<DeValue>)> = Vec::new();
    let scalar = |meaning: &str, span: std::ops::Range<usize>| {
        let style = match text.as_bytes().get(span.start) {
            Some(b'\'') => Style::Single,
            Some(b'"') => Style::Double,
            _ => Style::Plain,
        };
        Scalar { text: meaning.to_owned(), span: Span::new(span.start, span.end.max(span.start)), style }
    };
    let members = |table: &'_ DeTable<'_>| -> Vec<Scalar> {
        table.iter().map(|(name, _)| scalar(name.get_ref().as_ref(), name.span())).collect()
    };
    // The last that is put on the pile is the first that is taken.
    let pile = |todo: &mut Vec<_>, node: usize, names: Vec<Option<Scalar>>, values: Vec<_>| {
        todo.extend(names.into_iter().zip(values).rev().map(|(name, value)| (node, name, value)));
    };
    let table = document.get_ref();
    pile(&mut todo, root, members(table).into_iter().map(Some).collect(), table.values().collect());
    while let Some((parent, name, value)) = todo.pop() {
        match value.get_ref() {
            DeValue::String(meaning) => {
                tree.add(Some(parent), name, Content::Scalar(scalar(meaning.as_ref(), value.span())));
            }
            DeValue::Array(list) => {
                let node = tree.add(Some(parent), name, Content::List);
                pile(&mut todo, node, vec![None; list.len()], list.iter().collect());
            }
            DeValue::Table(table) => {
                let node = tree.add(Some(parent), name, Content::Map);
                pile(&mut todo, node, members(table).into_iter().map(Some).collect(), table.values().collect());
            }
            // No credential is a number, a date or a truth value.
            _ => {}
        }
    }
    Some(tree)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognise::tree;
    use crate::source::Sources;

    #[test]
    fn a_value_is_what_is_meant_and_leads_back_to_what_is_written() {
        let text =
            "\"é\" = 'ünquoted'\n[a.b]\nc = \"x\\ty\" # z\nd = \"\"\"\none\ntwo\"\"\"\ne = [1, 'f', {g = 'h'}]\n";
        let tree = read(text).expect("it is TOML");
        let mut sources = Sources::new();
        let id = sources.add_given("t", text);
        let whole = sources.whole(id);
        let scalars: Vec<_> = tree.nodes.iter().filter_map(|n| n.scalar()).collect();
        let mut texts: Vec<_> = scalars.iter().map(|s| s.text.as_str()).collect();
        texts.sort_unstable();
        assert_eq!(texts, ["f", "h", "one\ntwo", "x\ty", "ünquoted"]);
        for scalar in scalars {
            let place = tree::place(&mut sources, whole, scalar);
            assert_eq!(sources.text(place), scalar.text);
            for word in scalar.text.split_whitespace() {
                let at = scalar.text.find(word).expect("it does");
                assert_eq!(sources.text(sources.given(place.part(at, at + word.len()))), word);
            }
        }
        assert!(read("a = b = c").is_none());
        assert!(read(&format!("a = {}", "[".repeat(100_000))).is_none());
    }
}
