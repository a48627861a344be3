//! Basic credentials: base64 of `user-id ":" password` (RFC 7617 section 2), however they went wrong.

use crate::decode::base64;
use crate::facts::{Fact, Facts, Path, SubjectId, Value};
use crate::source::{Map, Place, Sources, Span};

/// Writes the facts of the Basic credential at `place`.
pub fn facts(sources: &mut Sources, facts: &mut Facts, subject: SubjectId, place: Place) {
    let text = sources.text(place);
    if text.contains(':') {
        trouble(facts, subject, "not-encoded", place);
        pair(sources, facts, subject, place);
        return;
    }
    let decoded = base64::decode(text);
    let length = text.trim_end_matches('=').len();
    let at = |span: Span| place.part(span.start, span.end);
    if let Some(span) = decoded.illegal {
        trouble(facts, subject, "illegal-character", at(span));
    } else if decoded.impossible_length {
        trouble(facts, subject, "impossible-length", place);
    } else if length % 4 != 0 && decoded.padding.is_none() {
        trouble(facts, subject, "padding-missing", place.end());
    }
    if let Some(span) = decoded.url_safe {
        trouble(facts, subject, "url-safe-base64", at(span));
    }
    let (text, how) = characters(&decoded.bytes);
    if let Some(how) = how {
        trouble(facts, subject, how, place);
    }
    let Some(text) = text else {
        if !decoded.bytes.contains(&b':') {
            trouble(facts, subject, "no-colon", place);
        }
        return;
    };
    let map = if decoded.exact && how.is_none() { Map::Base64 } else { Map::Pieces(Vec::new()) };
    let id = sources.add_decoded("Basic credential", text, place, "base64", map, Vec::new());
    let whole = sources.whole(id);
    if !sources.text(whole).contains(':') {
        trouble(facts, subject, "no-colon", place);
    }
    pair(sources, facts, subject, whole);
}

/// True for base64 of printable text with a colon in it.
pub fn is_pair(text: &str) -> bool {
    let decoded = base64::decode(text);
    let pair = String::from_utf8(decoded.bytes).ok().filter(|_| decoded.illegal.is_none());
    pair.is_some_and(|p| p.len() >= 5 && p.contains(':') && p.chars().all(|c| c.is_ascii_graphic() || c == ' '))
}

/// Writes the facts of `user-id:password`.
pub fn pair(sources: &Sources, facts: &mut Facts, subject: SubjectId, place: Place) {
    let mut add = |path: &'static str, place: Place| {
        let hole = sources.has_hole(place);
        let value = Value::Text(sources.text(place).to_owned());
        facts.push(subject, Fact { path: Path::new(path), value, place, hole });
    };
    add("basic.text", place);
    let text = sources.text(place);
    // A colon in a hole is not known to be one.
    let hole = |at: usize| sources.has_hole(place.part(at, at + 1));
    match text.match_indices(':').map(|(at, _)| at).find(|at| !hole(*at)) {
        Some(colon) => {
            add("basic.user", place.part(0, colon));
            add("basic.password", place.part(colon + 1, text.len()));
        }
        None => add("basic.user", place),
    }
}

fn trouble(facts: &mut Facts, subject: SubjectId, kind: &str, at: Place) {
    facts.add(subject, Path::new("basic.trouble"), kind, at);
}

/// The text that the bytes are, and how they are encoded if not as UTF-8.
fn characters(bytes: &[u8]) -> (Option<String>, Option<&'static str>) {
    let wide = |bytes: &[u8], little: bool| {
        let units: Vec<u16> = bytes
            .chunks_exact(2)
            .filter_map(|pair| <[u8; 2]>::try_from(pair).ok())
            .map(|pair| if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) })
            .collect();
        String::from_utf16_lossy(&units)
    };
    if let Some(rest) = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]) {
        return (String::from_utf8(rest.to_vec()).ok(), Some("bom"));
    }
    if let Some(rest) = bytes.strip_prefix(&[0xFF, 0xFE]) {
        return (Some(wide(rest, true)), Some("utf-16"));
    }
    if let Some(rest) = bytes.strip_prefix(&[0xFE, 0xFF]) {
        return (Some(wide(rest, false)), Some("utf-16"));
    }
    let every_second = |from: usize| bytes.len() >= 4 && bytes.iter().skip(from).step_by(2).all(|b| *b == 0);
    for (from, little) in [(1, true), (0, false)] {
        if every_second(from) {
            return (Some(wide(bytes, little)), Some("utf-16"));
        }
    }
    match String::from_utf8(bytes.to_vec()) {
        Ok(text) => (Some(text), None),
        Err(_) => (None, Some("not-utf8")),
    }
}
