//! JOSE compact serialisations: JWS (RFC 7515) and JWE (RFC 7516), and the JWT claims in a JWS (RFC 7519).
//!
//! A token is detected by decoding: its first segment begins a JSON object with a JOSE member. Nothing is rejected here;
//! what is wrong becomes `jwt.trouble` facts, and decoding goes on.

use crate::decode::{base64, json};
use crate::facts::{Facts, Path, SubjectId, Value};
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
    let text = text.split('~').next().unwrap_or("");
    let segments: Vec<&str> = text.split('.').collect();
    let first = segments.first().copied().unwrap_or("");
    if !first.is_ascii() || first.len() < 3 {
        return None;
    }
    let whole = segments.len() == 3;
    let second = segments.get(1).copied().unwrap_or("");
    let Some(head) = object(first) else {
        // Where the first characters were not copied, the rest does not decode; with them it does.
        let lost = whole
            && (1..=3)
                .any(|n| object(&format!("{}{first}", "eyJ".get(..n).unwrap_or(""))).is_some_and(|o| has(&o, "alg")));
        return lost.then_some(Form::Jws);
    };
    if has(&head, "enc") && (has(&head, "alg") || segments.len() == 5) || segments.len() == 5 && has(&head, "alg") {
        return Some(Form::Jwe);
    }
    let named = ["alg", "algorithm"].iter().any(|name| has(&head, name));
    // Without `alg` it takes more to tell it from a signed session.
    let typed = whole && ["typ", "kid", "cty"].iter().any(|name| has(&head, name)) && !is_time_stamp(second);
    let broken = whole && first.len() > 15 && first.starts_with("eyJ") && !head.is_valid() && !is_time_stamp(second);
    let claims = || {
        let claims = object(second);
        claims.is_some_and(|c| ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"].iter().any(|name| has(&c, name)))
    };
    (named || typed || broken || whole && claims()).then_some(Form::Jws)
}

/// The object that a segment begins, read as far as possible.
fn object(segment: &str) -> Option<json::Document> {
    let bytes = base64::decode(segment).bytes;
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    text.starts_with('{').then(|| json::read(text, &[]))
}

fn has(document: &json::Document, name: &str) -> bool {
    document.children(0).any(|(_, n)| n.name.as_ref().is_some_and(|n| n.text.eq_ignore_ascii_case(name)))
}

/// True for the middle part of a token signed with itsdangerous: a time in 4 to 6 bytes.
pub fn is_time_stamp(segment: &str) -> bool {
    (4..=6).contains(&base64::decode(segment).bytes.len())
}

/// True for an SD-JWT (RFC 9901 section 4): a JWS of three parts, then disclosures, each after a `~`.
pub fn has_disclosures(text: &str) -> bool {
    text.split_once('~').is_some_and(|(token, _)| token.split('.').count() == 3 && form(token) == Some(Form::Jws))
}

/// Writes the facts of a JOSE token at `place`; of an SD-JWT, those of the JWS at its beginning.
pub fn facts(sources: &mut Sources, facts: &mut Facts, subject: SubjectId, place: Place, form: Form) {
    let text = sources.text(place).split('~').next().unwrap_or("").to_owned();
    let place = place.part(0, text.len());
    let mut segments = Vec::new();
    let mut at = 0;
    for segment in text.split('.') {
        segments.push(place.part(at, at + segment.len()));
        at += segment.len() + 1;
    }
    facts.add(subject, Path::new("jwt.parts"), segments.len(), place);
    match form {
        Form::Jws => {
            if let Some(header) = segments.first() {
                part(sources, facts, subject, *header, Path::new("jwt.header"));
            }
            match segments.get(1) {
                Some(payload) if is_unencoded(facts, subject) => {
                    let text = sources.text(*payload).to_owned();
                    facts.add(subject, Path::new("jwt.payload"), text, *payload);
                }
                Some(payload) => part(sources, facts, subject, *payload, Path::new("jwt.claims")),
                None => {}
            }
            if let Some(signature) = segments.get(2) {
                let decoded = encoding_troubles(sources, facts, subject, *signature);
                facts.add(subject, Path::new("jwt.signature"), sources.text(*signature), *signature);
                facts.add(subject, Path::new("jwt.signature_size"), decoded.bytes.len(), *signature);
            }
            // Claims that could not be read are not missing.
            let own = facts.get(subject).facts();
            if segments.len() < 3 || own.iter().any(|f| f.path.as_str() == "jwt.claims_trouble") {
                facts.set_open(subject);
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

/// True if the payload stands in the token as it is (RFC 7797).
fn is_unencoded(facts: &Facts, subject: SubjectId) -> bool {
    let own = facts.get(subject).facts();
    own.iter().any(|f| f.path.as_str() == "jwt.header.b64" && f.value == Value::Bool(false))
}

/// Decodes a JSON segment and writes its members, or why there are none.
fn part(sources: &mut Sources, facts: &mut Facts, subject: SubjectId, segment: Place, base: Path) {
    let decoded = encoding_troubles(sources, facts, subject, segment);
    let is_header = base.name() == "header";
    let which = if is_header { "header" } else { "payload" };
    let trouble = |facts: &mut Facts, kind: &str, at: Place| {
        facts.add(subject, Path::new("jwt.trouble"), format!("{which}-{kind}"), at);
    };
    if sources.text(segment).is_empty() {
        trouble(facts, "empty", segment);
        return;
    }
    let wide = utf16(&decoded.bytes);
    let valid = wide.is_none() && std::str::from_utf8(&decoded.bytes).is_ok();
    let text = wide.unwrap_or_else(|| String::from_utf8_lossy(&decoded.bytes).into_owned());
    // Only an exact decoding of text leads back byte by byte.
    let map = if decoded.exact && valid { Map::Base64 } else { Map::Pieces(Vec::new()) };
    let name = if is_header { "JOSE header" } else { "claims" };
    let source = sources.add_decoded(name, text, segment, "base64url", map, Vec::new());
    let whole = sources.whole(source);
    if !valid {
        trouble(facts, "not-utf8", whole);
    }
    let mut document = json::read(sources.text(whole), &[]);
    let is_json = document.is_valid();
    if document.nodes.first().is_some_and(|root| root.value == Value::Object) {
        let list = if is_header { "jwt.header_trouble" } else { "jwt.claims_trouble" };
        for trouble in std::mem::take(&mut document.troubles) {
            let at = whole.part(trouble.span.start, trouble.span.end);
            facts.add(subject, Path::new(list), trouble.kind.id(), at);
        }
        json::facts(&document, &base, whole, facts, subject);
        return;
    }
    trouble(facts, if is_json { "no-object" } else { "not-json" }, whole);
    if !is_header {
        let text = sources.text(whole).to_owned();
        facts.add(subject, Path::new("jwt.payload"), text, whole);
    }
}

/// JSON in UTF-16, which to a reader of UTF-8 has a zero byte beside each character.
fn utf16(bytes: &[u8]) -> Option<String> {
    let (low, high): (Vec<u8>, Vec<u8>) = bytes.chunks_exact(2).map(|pair| (pair[0], pair[1])).unzip();
    let zeros = |bytes: &[u8]| bytes.len() > 2 && bytes.iter().take(8).all(|b| *b == 0);
    let units = |low: &[u8], high: &[u8]| -> Vec<u16> {
        low.iter().zip(high).map(|(l, h)| u16::from_be_bytes([*h, *l])).collect()
    };
    match (zeros(&low), zeros(&high)) {
        (false, true) => Some(String::from_utf16_lossy(&units(&low, &high))),
        (true, false) => Some(String::from_utf16_lossy(&units(&high, &low))),
        _ => None,
    }
}

/// Decodes a segment and writes a fact for each way in which it is no base64url without padding (RFC 7515 section 2).
fn encoding_troubles(sources: &Sources, facts: &mut Facts, subject: SubjectId, segment: Place) -> base64::Decoded {
    let text = sources.text(segment);
    let decoded = base64::decode(text);
    let mut say = |kind: &str, span: Option<Span>| {
        if let Some(span) = span {
            facts.add(subject, Path::new("jwt.trouble"), kind, segment.part(span.start, span.end));
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
