//! URLs taken apart with exact places, and form-encoded text (RFC 3986, WHATWG URL).
//!
//! The `url` crate says what a host is; it cannot say where a byte stands, and it resolves, lower-cases and re-encodes.
//! So the parts are delimited here, and nothing is normalised but the scheme's and the host's case.

use crate::facts::{Fact, Facts, Path, SubjectId, Value};
use crate::source::{Builder, Hole, Place, Sources, Span};

/// The parts of a URL, each delimited in its source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Parts {
    /// Before `://`.
    pub scheme: Option<Place>,
    /// Before `@`.
    pub userinfo: Option<Place>,
    /// The host.
    pub host: Option<Place>,
    /// After the host's `:`.
    pub port: Option<Place>,
    /// From the first `/` up to `?` or `#`.
    pub path: Option<Place>,
    /// After `?` up to `#`.
    pub query: Option<Place>,
    /// After `#`.
    pub fragment: Option<Place>,
}

/// Takes a URL apart; without a scheme, what comes first is the host, or the path if it begins with `/`.
pub fn parts(sources: &Sources, place: Place) -> Parts {
    let text = sources.text(place);
    let mut parts = Parts::default();
    let mut end = text.len();
    if let Some(hash) = text.find('#') {
        parts.fragment = Some(place.part(hash + 1, end));
        end = hash;
    }
    if let Some(mark) = text[..end].find('?') {
        parts.query = Some(place.part(mark + 1, end));
        end = mark;
    }
    let mut at = 0;
    let is_scheme = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    if let Some(colon) = text[..end].find("://").filter(|c| is_scheme(&text[..*c])) {
        parts.scheme = Some(place.part(0, colon));
        at = colon + 3;
    }
    let authority_end = text[at..end].find('/').map_or(end, |i| at + i);
    if authority_end < end {
        parts.path = Some(place.part(authority_end, end));
    }
    let mut authority = &text[at..authority_end];
    if let Some(sign) = authority.rfind('@') {
        parts.userinfo = Some(place.part(at, at + sign));
        at += sign + 1;
        authority = &authority[sign + 1..];
    }
    let colon = authority.rfind(':').filter(|c| authority[c + 1..].bytes().all(|b| b.is_ascii_digit()));
    if let Some(colon) = colon {
        parts.port = Some(place.part(at + colon + 1, authority_end));
        authority = &authority[..colon];
    }
    if !authority.is_empty() {
        parts.host = Some(place.part(at, at + authority.len()));
    }
    parts
}

/// One `name=value` of a query, a fragment or a form body, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The decoded name.
    pub name: String,
    /// The whole pair as written.
    pub whole: Place,
    /// The value as written.
    pub raw: Place,
    /// The decoded value: in a decoded source if anything had to be decoded.
    pub value: Place,
    /// True if there is a `=`.
    pub has_value: bool,
}

/// Splits form-encoded text (`a=1&b=2`) and decodes names and values: `+` is a space, `%XX` a byte.
pub fn pairs(sources: &mut Sources, place: Place) -> Vec<Pair> {
    split(sources, place, false)
}

/// Like [`pairs`], for a form that is laid out one pair a line, as `.http` files do: whoever sends such a file joins
/// the lines.
pub fn pairs_in_lines(sources: &mut Sources, place: Place) -> Vec<Pair> {
    split(sources, place, true)
}

fn split(sources: &mut Sources, place: Place, in_lines: bool) -> Vec<Pair> {
    let text = sources.text(place).to_owned();
    let mut pairs = Vec::new();
    let mut at = 0;
    for piece in text.split('&') {
        let mut start = at;
        at += piece.len() + 1;
        let mut piece = piece;
        if in_lines {
            let rest = piece.trim_start();
            if piece[..piece.len() - rest.len()].contains('\n') {
                start += piece.len() - rest.len();
                piece = rest;
            }
            if piece[piece.trim_end().len()..].contains('\n') {
                piece = piece.trim_end();
            }
        }
        if piece.is_empty() {
            continue;
        }
        let whole = place.part(start, start + piece.len());
        let (name, raw, has_value) = match piece.find('=') {
            Some(sign) => (&piece[..sign], place.part(start + sign + 1, start + piece.len()), true),
            None => (piece, whole.end(), false),
        };
        let value = decode(sources, raw, true);
        pairs.push(Pair { name: decode_text(name), whole, raw, value, has_value });
    }
    pairs
}

fn decode_text(text: &str) -> String {
    percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// Percent-decodes the text at a place, with `+` as a space in forms; the place itself if there is nothing to decode.
pub fn decode(sources: &mut Sources, place: Place, form: bool) -> Place {
    let text = sources.text(place);
    if !(text.contains('%') || form && text.contains('+')) {
        return place;
    }
    let text = text.to_owned();
    let base = place.span.start;
    let mut out = Builder::new();
    let mut holes = Vec::new();
    let open: Vec<Hole> = sources.holes(place).cloned().collect();
    let mut at = 0;
    while at < text.len() {
        if let Some(hole) = open.iter().find(|h| h.span.start <= base + at && base + at < h.span.end) {
            let end = (hole.span.end - base).min(text.len());
            let start = out.text().len();
            out.copy(&text[at..end], Span::new(base + at, base + end));
            holes.push(Hole { span: Span::new(start, out.text().len()), name: hole.name.clone() });
            at = end;
            continue;
        }
        let rest = &text[at..];
        let escapes = escape_run(rest);
        if escapes > 0 {
            let bytes: Vec<u8> = percent_encoding::percent_decode_str(&rest[..escapes]).collect();
            match std::str::from_utf8(&bytes) {
                // Character by character, so that each leads back to its own escapes.
                Ok(decoded) => {
                    let mut from = base + at;
                    for c in decoded.chars() {
                        let to = from + 3 * c.len_utf8();
                        out.instead(c.encode_utf8(&mut [0; 4]), Span::new(from, to));
                        from = to;
                    }
                }
                Err(_) => out.instead(&String::from_utf8_lossy(&bytes), Span::new(base + at, base + at + escapes)),
            }
            at += escapes;
            continue;
        }
        let c = rest.chars().next().unwrap_or(' ');
        let span = Span::new(base + at, base + at + c.len_utf8());
        if form && c == '+' {
            out.instead(" ", span);
        } else {
            out.copy(&rest[..c.len_utf8()], span);
        }
        at += c.len_utf8();
    }
    let (decoded, map) = out.finish();
    let name = sources.get(place.source).name.clone();
    let id = sources.add_decoded(name, decoded, place, "percent-encoding", map, holes);
    sources.whole(id)
}

/// The length in bytes of the `%XX%XX…` that the text begins with.
fn escape_run(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some([b'%', a, b]) = bytes.get(at..at + 3).and_then(|s| <&[u8; 3]>::try_from(s).ok()) {
        if !a.is_ascii_hexdigit() || !b.is_ascii_hexdigit() {
            break;
        }
        at += 3;
    }
    at
}

/// Writes the facts of a URL at `place` to a request.
pub fn facts(sources: &mut Sources, facts: &mut Facts, subject: SubjectId, place: Place) -> Parts {
    let parts = parts(sources, place);
    let mut add = |path: &'static str, place: Option<Place>, lower: bool| {
        let Some(place) = place else { return };
        let text = sources.text(place);
        let text = if lower { text.to_ascii_lowercase() } else { text.to_owned() };
        let hole = sources.has_hole(place);
        facts.push(subject, Fact { path: Path::new(path), value: Value::Text(text), place, hole });
    };
    add("request.url", Some(place), false);
    add("request.scheme", parts.scheme, true);
    add("request.userinfo", parts.userinfo, false);
    add("request.host", parts.host, true);
    add("request.port", parts.port, false);
    add("request.path", parts.path, false);
    add("request.query", parts.query, false);
    add("request.fragment", parts.fragment, false);
    parts
}

/// Writes one fact a pair, `base.<name>`.
pub fn pair_facts(sources: &Sources, facts: &mut Facts, subject: SubjectId, base: &Path, pairs: &[Pair]) {
    for pair in pairs {
        let value = Value::Text(sources.text(pair.value).to_owned());
        // A variable may stand for whole pairs.
        let hole = sources.has_hole(if pair.has_value { pair.value } else { pair.whole });
        // A value without bytes still has a place worth pointing at.
        let place = if pair.value.span.is_empty() { pair.whole } else { pair.value };
        facts.push(subject, Fact { path: base.join(&pair.name), value, place, hole });
    }
}
