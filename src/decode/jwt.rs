//! JOSE compact serialisations: JWS (RFC 7515) and JWE (RFC 7516), and the JWT claims in a JWS (RFC 7519).
//!
//! A token is detected by decoding: its first segment begins a JSON object with a JOSE member. Nothing is rejected here;
//! what is wrong becomes `jwt.trouble` facts, and decoding goes on.

use crate::decode::{base64, json};
use crate::facts::{Fact, Facts, Path, SubjectId, Value};
use crate::source::{Map, Place, Sources, Span};

/// What a text is, by its first segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A JWS, whole or not.
    Jws,
    /// A JWE, whole or not.
    Jwe,
}

/// Tells whether a text is a JOSE compact serialisation, whole, cut or damaged. Never by a prefix alone.
pub fn form(text: &str) -> Option<Form> {
    let first = text.split('.').next().unwrap_or("");
    // The shortest header is {"alg":""}: 14 characters of base64url.
    if first.len() < 12 || !first.is_ascii() {
        return None;
    }
    let bytes = base64::decode(first).bytes;
    let head = String::from_utf8_lossy(&bytes);
    let trimmed = head.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    if !trimmed.starts_with('{') {
        return None;
    }
    let member = |name: &str| trimmed.contains(&format!("\"{name}\""));
    if member("enc") || (text.split('.').count() == 5 && member("alg")) {
        return Some(Form::Jwe);
    }
    ["alg", "typ", "kid", "cty"].iter().any(|name| member(name)).then_some(Form::Jws)
}

/// Writes the facts of a JOSE token at `place`.
pub fn facts(sources: &mut Sources, facts: &mut Facts, subject: SubjectId, place: Place, form: Form) {
    let text = sources.text(place).to_owned();
    let mut segments = Vec::new();
    let mut at = 0;
    for segment in text.split('.') {
        segments.push(place.part(at, at + segment.len()));
        at += segment.len() + 1;
    }
    facts.add(subject, Path::new("jwt.parts"), segments.len(), place);
    match form {
        Form::Jws => {
            for (i, segment) in segments.iter().take(2).enumerate() {
                let name = ["jwt.header", "jwt.claims"][i];
                part(sources, facts, subject, *segment, Path::new(name));
            }
            if let Some(signature) = segments.get(2) {
                let decoded = encoding_troubles(sources, facts, subject, *signature);
                facts.add(subject, Path::new("jwt.signature"), sources.text(*signature), *signature);
                facts.add(subject, Path::new("jwt.signature_size"), decoded.bytes.len(), *signature);
            }
        }
        Form::Jwe => {
            if let Some(header) = segments.first() {
                part(sources, facts, subject, *header, Path::new("jwe.header"));
            }
            for (segment, name) in segments.iter().skip(1).zip(["key", "iv", "ciphertext", "tag"]) {
                let decoded = encoding_troubles(sources, facts, subject, *segment);
                facts.add(subject, Path::new("jwe.part").join(name), decoded.bytes.len(), *segment);
            }
        }
    }
}

/// Decodes a JSON segment and writes its members, or why there are none.
fn part(sources: &mut Sources, facts: &mut Facts, subject: SubjectId, segment: Place, base: Path) {
    let decoded = encoding_troubles(sources, facts, subject, segment);
    let is_header = base.name() == "header";
    let trouble = |facts: &mut Facts, kind: &str, at: Place| {
        let which = if is_header { "header" } else { "payload" };
        facts.add(subject, Path::new("jwt.trouble"), format!("{which}-{kind}"), at);
    };
    if sources.text(segment).is_empty() {
        trouble(facts, "empty", segment);
        return;
    }
    let valid = std::str::from_utf8(&decoded.bytes).is_ok();
    let text = String::from_utf8_lossy(&decoded.bytes).into_owned();
    // Only an exact decoding of text leads back byte by byte.
    let map = if decoded.exact && valid { Map::Base64 } else { Map::Pieces(Vec::new()) };
    let name = if is_header { "JOSE header" } else { "claims" };
    let source = sources.add_decoded(name, text, segment, "base64url", map, Vec::new());
    let whole = sources.whole(source);
    if !valid {
        trouble(facts, "not-utf8", whole);
    }
    let document = json::read(sources.text(whole), &[]);
    match document.nodes.first() {
        Some(root) if root.value == Value::Object => json::facts(&document, &base, whole, facts, subject),
        root => {
            trouble(facts, if root.is_some() && document.is_valid() { "no-object" } else { "not-json" }, whole);
            if !is_header {
                let text = sources.text(whole).to_owned();
                facts.add(subject, Path::new("jwt.payload"), text, whole);
            }
        }
    }
}

/// Decodes a segment and writes a fact for each way in which it is no base64url without padding (RFC 7515 section 2).
fn encoding_troubles(sources: &Sources, facts: &mut Facts, subject: SubjectId, segment: Place) -> base64::Decoded {
    let text = sources.text(segment);
    let decoded = base64::decode(text);
    let mut say = |kind: &str, span: Option<Span>| {
        if let Some(span) = span {
            let place = segment.part(span.start, span.end);
            facts.push(subject, Fact { path: Path::new("jwt.trouble"), value: kind.into(), place, hole: false });
        }
    };
    say("standard-base64", decoded.standard);
    say("padding", decoded.padding);
    say("illegal-character", decoded.illegal);
    if decoded.impossible_length && decoded.illegal.is_none() {
        say("impossible-length", Some(Span::new(0, text.len())));
    }
    decoded
}
