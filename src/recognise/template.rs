//! The marks of template languages: `{{token}}`, `${{ secrets.TOKEN }}`, `<%= token %>`.
//!
//! HTTP clients, CI systems and generators put a value in their place before anything is sent, so they are holes in
//! whatever text they stand; so is `{token}` in a document. `${TOKEN}` is none: only a shell replaces it, and not within
//! every kind of quotes.

use memchr::memchr3;

use crate::recognise::file::Name;
use crate::recognise::har;
use crate::source::{Hole, Span};

/// No mark is longer than this; what is, is something else.
const LONGEST: usize = 200;

/// All marks in a text, in order, without overlap. The `name` of the file tells whether `$(NAME)` is one.
pub fn holes(text: &str, name: &str) -> Vec<Hole> {
    const MARKS: &[(&str, &str)] = &[("${{", "}}"), ("{{", "}}"), ("{%", "%}"), ("<%=", "%>")];
    // What was recorded has been sent as it stands.
    if har::looks_like(text) {
        return Vec::new();
    }
    let file = Name::new(name);
    let (round, braces) = (file.has_round_variables(), file.is_document());
    let is_braced = |at: usize| braces && !text.get(..at).is_some_and(|before| before.ends_with(['$', '#', '{']));
    let mut holes = Vec::new();
    let mut at = 0;
    while let Some(start) = text.as_bytes().get(at..).and_then(|rest| memchr3(b'$', b'{', b'<', rest)).map(|i| at + i) {
        let rest = text.get(start..).unwrap_or_default();
        // Code is full of braces.
        if !braces && !matches!(rest.as_bytes().get(1), Some(b'{' | b'%' | b'(')) {
            at = start + 1;
            continue;
        }
        let length = MARKS.iter().filter(|(open, _)| rest.starts_with(open)).find_map(|(open, close)| {
            let inner = rest.get(open.len()..)?;
            let inner = inner.get(..floor(inner, LONGEST))?;
            let inner = inner.get(..inner.find(close)?).filter(|i| !i.contains(['\n', '{']))?;
            let name = inner.trim_matches(['-', '~', '#', '&', ' ', '\t']);
            // `{{"a": 1}}` is JSON with a brace too many.
            let named = name.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '$' | '.' | '@'));
            let member = name
                .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                .is_some_and(|i| name[i..].starts_with(':'));
            (named && !member).then(|| (open.len() + inner.len() + close.len(), name.to_owned()))
        });
        let length = length.or_else(|| round.then(|| round_variable(rest)).flatten());
        let length = length.or_else(|| is_braced(start).then(|| braced_name(rest)).flatten());
        match length {
            Some((length, name)) => {
                holes.push(Hole { span: Span::new(start, start + length), name });
                at = start + length;
            }
            None => at = start + 1,
        }
    }
    holes
}

/// `$(NAME)` at the beginning of a text: its length, and the name.
fn round_variable(text: &str) -> Option<(usize, String)> {
    let inner = text.strip_prefix("$(")?;
    let name = inner.get(..inner.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')))?)?;
    let ends = inner.get(name.len()..)?.starts_with(')');
    (ends && !name.is_empty()).then(|| (name.len() + 3, name.to_owned()))
}

/// `{name}`, which in a document stands for a value: its length, and the name.
fn braced_name(text: &str) -> Option<(usize, String)> {
    let inner = text.strip_prefix('{')?;
    let name = inner.get(..inner.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')))?)?;
    let ends = inner.get(name.len()..)?.starts_with('}');
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic());
    (ends && is_name).then(|| (name.len() + 2, name.to_owned()))
}

/// The nearest character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_holes_and_json_is_not() {
        let names = |text: &str| holes(text, "<stdin>").into_iter().map(|h| h.name).collect::<Vec<_>>();
        assert_eq!(names("Bearer {{token}}"), ["token"]);
        assert_eq!(names("${{ secrets.TOKEN }} and <%= t %>"), ["secrets.TOKEN", "t"]);
        assert_eq!(names("{{ lookup('env', 'X') }}"), ["lookup('env', 'X')"]);
        assert_eq!(names("{{$dotenv TOKEN}}"), ["$dotenv TOKEN"]);
        assert!(names(r#"{{"a":1}} {"a":{"b":{}}} ${TOKEN} {{a:1}} {{"#).is_empty());
        assert_eq!(holes("$(TOKEN) $(cat x)", "a/Makefile").len(), 1);
        assert!(holes("$(TOKEN)", "a.sh").is_empty());
        assert_eq!(holes("Bearer {token} ${X} {\"a\": {}}", "a.md").len(), 1);
        assert_eq!(holes("é{{a}}é", "")[0].span, Span::new(2, 7));
    }
}
