//! The JSON serialisations of a JWS (RFC 7515 section 7.2): claims with one signature or several.
//!
//! Each signature becomes the compact token that says the same, built of the members where they stand, so that every
//! rule and the verification see a token like any other.

use crate::decode::credential::{self, Carrier};
use crate::decode::json::Document;
use crate::decode::{base64, json};
use crate::facts::{Fact, Facts, Path, SubjectId, Thing, Value};
use crate::source::{Builder, Place, Sources, Span};

/// A JWS of more signatures is not real.
const MOST: usize = 16;
/// Claims by which a payload is known to be that of a token. A JWS in JSON may carry anything, as in ACME.
const CLAIMS: &[&str] = &["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

/// Adds a token for each signature of the JWS that the document at `place` is; `None` if it is none that holds claims.
pub fn facts(sources: &mut Sources, facts: &mut Facts, document: &Document, place: Place) -> Option<SubjectId> {
    let payload = text(document, 0, "payload")?;
    let decoded = String::from_utf8(base64::decode(payload.0).bytes).ok()?;
    let claims = json::read(&decoded, &[]);
    if !CLAIMS.iter().any(|name| claims.member(0, name).is_some()) {
        return None;
    }
    let signatures: Vec<usize> = match document.member(0, "signatures") {
        Some((list, node)) if node.value == Value::Array => {
            document.children(list).map(|(i, _)| i).take(MOST).collect()
        }
        _ => vec![0],
    };
    let tokens: Vec<(usize, [(String, Span); 3])> = signatures
        .into_iter()
        .filter_map(|at| {
            let owned = |(text, span): (&str, Span)| (text.to_owned(), span);
            let parts = [text(document, at, "protected")?, payload, text(document, at, "signature")?];
            Some((at, parts.map(owned)))
        })
        .collect();
    if tokens.is_empty() {
        return None;
    }
    let outer = facts.subject(Thing::Json, None, place);
    json::facts(document, &Path::new("json"), place, facts, outer);
    for (at, parts) in tokens {
        let mut compact = Builder::new();
        for (i, (part, span)) in parts.iter().enumerate() {
            let span = span.shifted(place.span.start);
            if i > 0 {
                compact.instead(".", Span::empty(span.start));
            }
            compact.copy(part, span);
        }
        let (text, map) = compact.finish();
        let name = sources.get(place.source).name.clone();
        let id = sources.add_decoded(name, text, place, "JWS in JSON", map, Vec::new());
        let whole = sources.whole(id);
        let carrier = Carrier { kind: "JWS in JSON", name: None };
        let token = credential::value(sources, facts, Some(outer), carrier, whole);
        unprotected(facts, document, at, place, token);
    }
    Some(outer)
}

/// Adds the parameters of the header that is not signed, unless the signed one has them.
fn unprotected(facts: &mut Facts, document: &Document, signature: usize, place: Place, token: SubjectId) {
    let Some((header, _)) = document.member(signature, "header") else { return };
    let parameters: Vec<Fact> = document
        .children(header)
        .filter_map(|(_, node)| {
            let path = Path::new("jwt.header").join(&node.name.as_ref()?.text);
            let place = Place { source: place.source, span: node.span.shifted(place.span.start) };
            Some(Fact { path, value: node.value.clone(), place, hole: node.hole })
        })
        .collect();
    for fact in parameters {
        if facts.get(token).of_path(fact.path.as_str()).next().is_none() {
            facts.push(token, fact);
        }
    }
}

/// A member that is a text without escapes, with the place of what stands between its quotes.
fn text<'a>(document: &'a Document, object: usize, name: &str) -> Option<(&'a str, Span)> {
    let (_, node) = document.member(object, name)?;
    let text = node.value.text().filter(|text| !node.hole && node.span.len() == text.len() + 2)?;
    Some((text, Span::new(node.span.start + 1, node.span.end - 1)))
}
