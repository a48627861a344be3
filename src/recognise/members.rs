//! The members of a JSON object and the elements of an array, one after the other, without reading what is in them.
//!
//! A recording of a browser is tens of megabytes, nearly all of it pages and pictures. Here they are only passed over:
//! nothing is kept and nothing decoded, so that the few parts that matter can then be read alone.

use crate::source::Span;

/// A member of an object, or an element of an array, by its offsets in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Its name, without the quotes; empty for an element.
    pub name: Span,
    /// Its value; a string with its quotes. Where the text breaks off, what there is of it.
    pub value: Span,
}

/// The members of what begins with a bracket at byte `open`; nothing if none stands there. Ends where the text is no
/// JSON any more.
pub fn members(text: &str, open: usize) -> impl Iterator<Item = Member> + '_ {
    let mut walk = Walk::new(text, open);
    std::iter::from_fn(move || {
        let name = walk.name()?;
        let value = walk.pass();
        (!value.is_empty()).then_some(Member { name, value })
    })
}

/// The value of the first member of that name in the object at `open`.
pub fn member(text: &str, open: usize, name: &str) -> Option<Span> {
    members(text, open).find(|m| text.get(m.name.range()) == Some(name)).map(|m| m.value)
}

/// Where the value of the first member of that name begins. It is not passed over: it may be the rest of the file.
pub fn enter(text: &str, open: usize, name: &str) -> Option<usize> {
    let mut walk = Walk::new(text, open);
    while let Some(found) = walk.name() {
        if text.get(found.range()) == Some(name) {
            return Some(walk.at);
        }
        if walk.pass().is_empty() {
            break;
        }
    }
    None
}

/// A walk from member to member.
struct Walk<'a> {
    bytes: &'a [u8],
    /// The bracket that ends it, if one begins it.
    closing: Option<u8>,
    at: usize,
}

impl<'a> Walk<'a> {
    fn new(text: &'a str, open: usize) -> Self {
        let bytes = text.as_bytes();
        let closing = match bytes.get(open) {
            Some(b'{') => Some(b'}'),
            Some(b'[') => Some(b']'),
            _ => None,
        };
        Self { bytes, closing, at: open + 1 }
    }

    /// Goes on to the next value, and says what its name is.
    fn name(&mut self) -> Option<Span> {
        let (bytes, closing) = (self.bytes, self.closing?);
        let mut at = blanks(bytes, self.at);
        if bytes.get(at) == Some(&b',') {
            at = blanks(bytes, at + 1);
        }
        let mut name = Span::empty(at);
        if closing == b'}' {
            if bytes.get(at) != Some(&b'"') {
                return None;
            }
            let end = string(bytes, at);
            name = Span::new(at + 1, end.saturating_sub(1).max(at + 1));
            at = blanks(bytes, end);
            if bytes.get(at) != Some(&b':') {
                return None;
            }
            at = blanks(bytes, at + 1);
        }
        self.at = at;
        Some(name)
    }

    /// Passes over the value here.
    fn pass(&mut self) -> Span {
        let span = Span::new(self.at, value(self.bytes, self.at));
        self.at = span.end;
        span
    }
}

fn blanks(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|b| !b.is_ascii_whitespace()).unwrap_or(rest.len())
}

/// The end of the string that begins at `at`.
fn string(bytes: &[u8], at: usize) -> usize {
    let mut end = at + 1;
    while let Some(i) = bytes.get(end..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        end += i + 1;
        if bytes.get(end - 1) == Some(&b'"') {
            return end;
        }
        // What an escape begins with is no quote.
        end += 1;
    }
    bytes.len()
}

/// The end of the value that begins at `at`.
fn value(bytes: &[u8], at: usize) -> usize {
    let mut depth = 0_usize;
    let mut end = at;
    while let Some(byte) = bytes.get(end) {
        match byte {
            b'"' => end = string(bytes, end),
            b'{' | b'[' => {
                depth += 1;
                end += 1;
            }
            b'}' | b']' if depth == 0 => return end,
            b'}' | b']' => {
                depth -= 1;
                end += 1;
            }
            b',' if depth == 0 => return end,
            b if depth == 0 && b.is_ascii_whitespace() => return end,
            _ => {
                end += 1;
                continue;
            }
        }
        if depth == 0 {
            return end;
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Vec<(&str, &str)> {
        members(text, 0).map(|m| (&text[m.name.range()], &text[m.value.range()])).collect()
    }

    #[test]
    fn members_are_delimited_without_being_read() {
        assert_eq!(
            list(r#"{ "a" : 1, "b":{"c":[1,"}"]} ,"d":"x\"y" }"#),
            [("a", "1"), ("b", r#"{"c":[1,"}"]}"#), ("d", r#""x\"y""#)]
        );
        assert_eq!(list(r#"[1, "a" ,{}]"#), [("", "1"), ("", "\"a\""), ("", "{}")]);
        assert_eq!(list("{}"), []);
        assert_eq!(list("x"), []);
        assert_eq!(member(r#"{"a":1,"b":2}"#, 0, "b"), Some(Span::new(11, 12)));
        assert_eq!(enter(r#"{"a":1,"b": [2"#, 0, "b"), Some(12));
        assert_eq!(enter(r#"{"a":1,"b":2}"#, 0, "c"), None);
        assert_eq!(enter("x", 0, "c"), None);
    }

    #[test]
    fn a_text_that_breaks_off_ends() {
        assert_eq!(list(r#"{"a":1,"b":{"c"#), [("a", "1"), ("b", r#"{"c"#)]);
        assert_eq!(list(r#"{"a":"b\"#), [("a", r#""b\"#)]);
        assert_eq!(list(r#"{"a"#), []);
        assert_eq!(list(r#"{"é":tru"#), [("é", "tru")]);
        assert_eq!(list("[1,,2]"), [("", "1")]);
    }
}
