//! SD-JWT (RFC 9901): the issuer's JWT, the disclosures behind it, and the JWT by which the holder signs a presentation.
//!
//! Each disclosure is a decoded text and a thing of its own, with its digest compared against those that the issuer and
//! other disclosures name. The key-binding JWT is a credential beside the SD-JWT, not within it: what it does not say must
//! not be read in the issuer's claims. What it has to fit is written there as `paired.sd-jwt.*`.

use std::collections::{HashMap, HashSet};

use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::decode::{base64, credential, json, jwt};
use crate::facts::{Fact, Facts, Path, SubjectId, Thing, Value};
use crate::source::{Map, Place, Sources};

/// The hash functions that are registered for `_sd_alg`.
pub const HASHES: &[&str] = &[
    "sha-256",
    "sha-256-128",
    "sha-256-120",
    "sha-256-96",
    "sha-256-64",
    "sha-256-32",
    "sha-384",
    "sha-512",
    "sha3-224",
    "sha3-256",
    "sha3-384",
    "sha3-512",
    "blake2s-256",
    "blake2b-256",
    "blake2b-512",
    "k12-256",
    "k12-512",
];

/// A digest that stands for something hidden.
struct Hidden {
    /// The object whose member it hides, if it is no element of a list.
    object: Option<String>,
    /// It stands at the top of the claims.
    is_top: bool,
}

/// What the issuer's claims and the disclosures hide.
#[derive(Default)]
struct Pool {
    hidden: HashMap<String, Hidden>,
    /// Digests that stand there once more.
    twice: Vec<Place>,
    /// The objects, each with a name in it.
    members: HashSet<(String, String)>,
}

impl Pool {
    fn add(&mut self, digest: &str, place: Place, hidden: Hidden) {
        if self.hidden.contains_key(digest) {
            self.twice.push(place);
        } else {
            self.hidden.insert(digest.to_owned(), hidden);
        }
    }
}

/// Writes the facts of the SD-JWT at `place`, whose JWT is already decoded into `subject`.
pub fn facts(sources: &mut Sources, facts: &mut Facts, subject: SubjectId, place: Place) {
    let text = sources.text(place).to_owned();
    let mut parts = Vec::new();
    let mut at = 0;
    for part in text.split('~') {
        parts.push(place.part(at, at + part.len()));
        at += part.len() + 1;
    }
    let last = parts.pop().filter(|last| !last.span.is_empty());
    let binding = last.filter(|last| sources.text(*last).contains('.'));
    facts.add(subject, Path::new("sd-jwt"), Value::Object, place);
    if let (Some(last), None) = (last, binding) {
        facts.add(subject, Path::new("sd-jwt.trouble"), "tilde-missing", last);
        parts.push(last);
    }
    let alg = facts.get(subject).of_path("jwt.claims._sd_alg").next().map(|f| f.value.clone());
    let alg = alg.as_ref().map_or(Some("sha-256"), Value::text).unwrap_or_default().to_owned();
    let mut pool = in_claims(facts, subject);
    let mut found: Vec<(SubjectId, String, Place)> = Vec::new();
    let disclosures: Vec<Place> = parts.iter().skip(1).copied().collect();
    for part in &disclosures {
        let id = disclosure(sources, facts, subject, *part, &mut pool);
        found.extend(hash(&alg, sources.text(*part)).map(|digest| (id, digest, *part)));
    }
    // A hash that cannot be computed here says nothing.
    if !found.is_empty() {
        compare(facts, subject, &pool, &found);
    }
    if let Some(binding) = binding {
        let presented = place.part(0, binding.span.start - place.span.start);
        let digest = hash(&alg, sources.text(presented));
        key_binding(sources, facts, subject, binding, digest.map(|digest| (digest, presented)));
    }
}

/// base64url of the hash of a text; `None` for a function that is not at hand.
fn hash(alg: &str, text: &str) -> Option<String> {
    match alg {
        "sha-256" => Some(base64::encode_url(&Sha256::digest(text))),
        "sha-384" => Some(base64::encode_url(&Sha384::digest(text))),
        "sha-512" => Some(base64::encode_url(&Sha512::digest(text))),
        _ => None,
    }
}

/// What the issuer hides: the elements of each `_sd`, and what stands for an element of a list as `{"...": digest}`.
fn in_claims(facts: &Facts, subject: SubjectId) -> Pool {
    let mut pool = Pool::default();
    for fact in facts.get(subject).facts().iter().filter(|f| f.path.as_str().starts_with("jwt.claims.")) {
        let segments: Vec<&str> = fact.path.segments().collect();
        if let [object @ .., name] = segments.as_slice() {
            pool.members.insert((object.join("\n"), (*name).to_owned()));
        }
        let Some(digest) = fact.value.text() else { continue };
        match segments.as_slice() {
            [object @ .., "_sd", "*"] => {
                let hidden = Hidden { object: Some(object.join("\n")), is_top: object.len() == 2 };
                pool.add(digest, fact.place, hidden);
            }
            [.., "..."] => pool.add(digest, fact.place, Hidden { object: None, is_top: false }),
            _ => {}
        }
    }
    pool
}

/// One disclosure: base64url of a JSON array of salt, name and value, or of salt and value (RFC 9901 section 4.2).
fn disclosure(sources: &mut Sources, facts: &mut Facts, parent: SubjectId, part: Place, pool: &mut Pool) -> SubjectId {
    let decoded = base64::decode(sources.text(part));
    let valid = std::str::from_utf8(&decoded.bytes).is_ok();
    let text = String::from_utf8_lossy(&decoded.bytes).into_owned();
    let map = if decoded.exact && valid { Map::Base64 } else { Map::Pieces(Vec::new()) };
    let source = sources.add_decoded("disclosure", text, part, "base64url", map, Vec::new());
    let whole = sources.whole(source);
    let id = facts.subject(Thing::Disclosure, Some(parent), part);
    facts.add(id, Path::new("disclosure"), Value::Array, whole);
    let document = json::read(sources.text(whole), &[]);
    let elements: Vec<&json::Node> = document.children(0).map(|(_, node)| node).collect();
    let is_array = document.nodes.first().is_some_and(|root| root.value == Value::Array);
    let at = |node: &json::Node| whole.part(node.span.start, node.span.end);
    let is_encoded = decoded.illegal.is_none() && decoded.standard.is_none() && !decoded.impossible_length;
    let trouble = match elements.as_slice() {
        _ if !is_encoded || decoded.bytes.is_empty() => Some(("not-base64url", part)),
        _ if !document.is_valid() => Some(("not-json", whole)),
        [salt, rest @ ..] if is_array && (1..=2).contains(&rest.len()) => {
            facts.add(id, Path::new("disclosure.salt"), salt.value.clone(), at(salt));
            if let Some(text) = salt.value.text() {
                let decoded = base64::decode(text);
                let size = if decoded.illegal.is_some() { text.len() } else { decoded.bytes.len() };
                facts.add(id, Path::new("disclosure.salt_size"), size, at(salt));
            }
            if let [name, _] = rest {
                facts.add(id, Path::new("disclosure.name"), name.value.clone(), at(name));
            }
            if let Some(value) = rest.last() {
                facts.add(id, Path::new("disclosure.value"), value.value.clone(), at(value));
            }
            let name = if rest.len() == 2 { rest.first() } else { None };
            if salt.value.text().is_none() {
                Some(("salt-type", at(salt)))
            } else if let Some(name) = name.filter(|name| name.value.text().is_none()) {
                Some(("name-type", at(name)))
            } else {
                name.filter(|name| matches!(name.value.text(), Some("_sd" | "..."))).map(|n| ("name-reserved", at(n)))
            }
        }
        _ => Some(("no-array", whole)),
    };
    if let Some((kind, place)) = trouble {
        facts.add(id, Path::new("disclosure.trouble"), kind, place);
    }
    // What is disclosed may hide more.
    let object = |parent: usize| format!("{} {parent}", part.span.start);
    for (index, node) in document.nodes.iter().enumerate() {
        let (Some(name), Some(parent)) = (node.name.as_ref().map(|name| name.text.as_str()), node.parent) else {
            continue;
        };
        pool.members.insert((object(parent), name.to_owned()));
        if let ("...", Some(digest)) = (name, node.value.text()) {
            pool.add(digest, at(node), Hidden { object: None, is_top: false });
        } else if name == "_sd" && node.value == Value::Array {
            for (_, element) in document.children(index) {
                let Some(digest) = element.value.text() else { continue };
                pool.add(digest, at(element), Hidden { object: Some(object(parent)), is_top: false });
            }
        }
    }
    id
}

/// Compares the disclosures with the digests that stand for them.
fn compare(facts: &mut Facts, subject: SubjectId, pool: &Pool, found: &[(SubjectId, String, Place)]) {
    for place in &pool.twice {
        facts.add(subject, Path::new("sd-jwt.trouble"), "digest-twice", *place);
    }
    let mut seen: HashSet<&str> = HashSet::new();
    let mut taken: HashSet<(&str, String)> = HashSet::new();
    for (id, digest, place) in found {
        facts.add(*id, Path::new("disclosure.digest"), digest.as_str(), *place);
        if !seen.insert(digest) {
            facts.add(*id, Path::new("disclosure.trouble"), "twice", *place);
            continue;
        }
        let Some(hidden) = pool.hidden.get(digest) else {
            facts.add(*id, Path::new("disclosure.trouble"), "unreferenced", *place);
            continue;
        };
        let name = facts.get(*id).of_path("disclosure.name").next().cloned();
        let Some((name, at)) = name.and_then(|f| Some((f.value.text()?.to_owned(), f.place))) else { continue };
        if hidden.is_top {
            facts.add(*id, Path::new("disclosure.level"), "top", at);
        }
        let is_reserved = facts.get(*id).of_path("disclosure.trouble").next().is_some();
        let Some(object) = hidden.object.as_ref().filter(|_| !is_reserved) else { continue };
        if pool.members.contains(&(object.clone(), name.clone())) || !taken.insert((object, name)) {
            facts.add(*id, Path::new("disclosure.trouble"), "name-taken", at);
        }
    }
}

/// The JWT at the end, which the holder signs (RFC 9901 section 4.3).
fn key_binding(
    sources: &mut Sources,
    facts: &mut Facts,
    subject: SubjectId,
    place: Place,
    presented: Option<(String, Place)>,
) {
    let parent = facts.get(subject).parent;
    let key: Vec<Fact> = {
        let of_key = |f: &&Fact| f.path.as_str().starts_with("jwt.claims.cnf.jwk.");
        facts.get(subject).facts().iter().filter(of_key).cloned().collect()
    };
    let whole = facts.get(subject).place;
    let carrier = credential::Carrier { kind: "sd-jwt", name: Some("key binding") };
    let binding = credential::value(sources, facts, parent, carrier, place);
    if jwt::form(sources.text(place)).is_none() {
        facts.add(binding, Path::new("paired.sd-jwt.unreadable"), Value::Bool(true), place);
    }
    facts.add(binding, Path::new("paired.sd-jwt"), Value::Object, whole);
    if let Some((digest, presented)) = presented {
        facts.add(binding, Path::new("paired.sd-jwt.hash"), digest, presented);
    }
    for fact in key {
        let name = fact.path.name().to_owned();
        facts.push(binding, Fact { path: Path::new("paired.sd-jwt.jwk").join(&name), ..fact });
    }
}
