//! Proofs of possession and what they belong to (RFC 9449): the access token sent with a proof, the nonce that the
//! server gave out before, and the proof that had the same id.
//!
//! A proof and its token are neighbours in one request, so what the token says about the proof is written at the proof:
//! `paired.token.*`, `paired.server.*`, `paired.proof.jti`. Client assertions are tied to one request just as proofs are,
//! and so are told here when they come again (`paired.assertion.jti`).

use std::collections::HashMap;

use ::base64::Engine as _;
use ::base64::engine::general_purpose::{STANDARD, URL_SAFE};
use sha2::{Digest as _, Sha256};

use super::ledger::answered;
use crate::decode::base64::{decode, encode_url};
use crate::facts::{Fact, Facts, Path, SubjectId, Thing, Value};
use crate::source::{Place, SourceId, Sources};

/// Adds what the things of one source say about its proofs.
pub fn proofs(sources: &Sources, facts: &mut Facts) {
    let named = |facts: &Facts, name: &str| -> Vec<SubjectId> {
        let of_name = |id: SubjectId| facts.get(id).of_path("auth.name").any(|f| f.value.text() == Some(name));
        let credentials = facts.subjects().filter(|(_, s)| s.thing == Thing::Credential);
        credentials.map(|(id, _)| id).filter(|id| of_name(*id)).collect()
    };
    let (proofs, assertions) = (named(facts, "dpop"), named(facts, "client_assertion"));
    for proof in &proofs {
        let request = facts.get(*proof).parent;
        if let Some(token) = request.and_then(|request| token_of(facts, request)) {
            pair(facts, token, *proof);
        }
    }
    repeated(sources, facts, &proofs, "paired.proof.jti");
    repeated(sources, facts, &assertions, "paired.assertion.jti");
    if !proofs.is_empty() {
        nonces(sources, facts, &proofs);
    }
}

/// The access token that a request carries in its `Authorization` header.
fn token_of(facts: &Facts, request: SubjectId) -> Option<SubjectId> {
    let is_token = |id: &SubjectId| {
        let own = |path: &str| facts.get(*id).of_path(path).next().and_then(|f| f.value.text()).unwrap_or_default();
        own("auth.name") == "authorization"
            && ["dpop", "bearer"].iter().any(|scheme| own("auth.scheme").eq_ignore_ascii_case(scheme))
    };
    facts.children(request).map(|(id, _)| id).find(is_token)
}

/// Says at the proof what the access token beside it is.
fn pair(facts: &mut Facts, token: SubjectId, proof: SubjectId) {
    let own = |path: &str| facts.get(token).of_path(path).next().cloned();
    let place = facts.get(token).place;
    let copies = [("paired.token.scheme", own("auth.scheme")), ("paired.token.jkt", own("jwt.claims.cnf.jkt"))];
    // What is not sent as it stands has another hash than what stands there.
    let sent = own("auth.value").map(|f| f.value);
    let value = own("credential.value").filter(|f| !f.hole && Some(&f.value) == sent.as_ref());
    let is_whole = own("credential.form").is_some();
    facts.add(proof, Path::new("paired.token"), Value::Object, place);
    for (path, fact) in copies {
        if let Some(fact) = fact {
            facts.push(proof, Fact { path: Path::new(path), ..fact });
        }
    }
    let Some((value, at)) = value.filter(|_| is_whole).and_then(|f| Some((f.value.text()?.to_owned(), f.place))) else {
        return;
    };
    facts.add(proof, Path::new("paired.token.hash"), encode_url(&Sha256::digest(&value)), at);
    let stated = facts.get(proof).of_path("jwt.claims.ath").next().and_then(|f| f.value.text());
    if let Some(how) = stated.and_then(|stated| hashed(stated, &value)) {
        facts.add(proof, Path::new("paired.token.hashed"), how, at);
    }
}

/// How a wrong hash of that token was made: `hex`, `padded`, `scheme`, `decoded`, `half`.
fn hashed(stated: &str, token: &str) -> Option<&'static str> {
    let digest = Sha256::digest(token);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    if stated.eq_ignore_ascii_case(&hex) || stated == encode_url(hex.as_bytes()) {
        return Some("hex");
    }
    if stated == STANDARD.encode(digest) || stated == URL_SAFE.encode(digest) {
        return Some("padded");
    }
    let of = |bytes: &[u8]| encode_url(&Sha256::digest(bytes)) == stated;
    if ["DPoP ", "Bearer "].iter().any(|scheme| of(format!("{scheme}{token}").as_bytes())) {
        return Some("scheme");
    }
    if of(&decode(token).bytes) || token.split('.').any(|part| of(&decode(part).bytes)) {
        return Some("decoded");
    }
    // As `at_hash` of an ID token is made.
    let half = digest.len() / 2;
    digest.get(..half).filter(|left| encode_url(left) == stated).map(|_| "half")
}

/// Says at each of these tokens that one before it, in another request of the same source, had the same id.
fn repeated(sources: &Sources, facts: &mut Facts, tokens: &[SubjectId], path: &'static str) {
    let mut seen: HashMap<(SourceId, String), (SubjectId, Place)> = HashMap::new();
    for id in tokens {
        let jti = facts.get(*id).of_path("jwt.claims.jti").next().filter(|f| !f.hole);
        let Some((jti, place)) = jti.and_then(|f| Some((f.value.text()?.to_owned(), f.place))) else { continue };
        let Some(request) = facts.get(*id).parent else { continue };
        let source = sources.given(facts.get(*id).place).source;
        let (first, at) = *seen.entry((source, jti.clone())).or_insert((request, place));
        if first != request {
            facts.add(*id, Path::new(path), jti, at);
        }
    }
}

/// The nonce that a server gave out last.
struct Given {
    nonce: Fact,
    /// It was given with the error that says so.
    demanded: bool,
}

/// Says at each proof which nonce its server gave out before (`paired.server.nonce`), and whether it insisted on it.
fn nonces(sources: &Sources, facts: &mut Facts, proofs: &[SubjectId]) {
    let origin = |facts: &Facts, request: SubjectId| {
        let source = sources.given(facts.get(request).place).source;
        let port = facts.one(request, "request.port").map(|f| f.value.to_string());
        Some((source, facts.text(request, "request.host")?.to_owned(), port))
    };
    let requests: HashMap<SubjectId, SubjectId> = answered(sources, facts).into_iter().collect();
    let mut by_request: HashMap<SubjectId, Vec<SubjectId>> = HashMap::new();
    for proof in proofs {
        if let Some(request) = facts.get(*proof).parent {
            by_request.entry(request).or_default().push(*proof);
        }
    }
    let mut given: HashMap<_, Given> = HashMap::new();
    let mut said: Vec<(SubjectId, Fact, bool)> = Vec::new();
    for (id, subject) in facts.subjects() {
        if subject.thing == Thing::Request {
            let known = by_request.get(&id).zip(origin(facts, id)).and_then(|(p, o)| Some((p, given.get(&o)?)));
            let (proofs, last) = known.map(|(p, g)| (p.as_slice(), Some(g))).unwrap_or_default();
            said.extend(last.into_iter().flat_map(|g| proofs.iter().map(|p| (*p, g.nonce.clone(), g.demanded))));
        } else if let Some(request) = requests.get(&id) {
            let nonce = subject.of_path("response.header.dpop-nonce").next().filter(|f| !f.hole);
            if let (Some(nonce), Some(origin)) = (nonce, origin(facts, *request)) {
                given.insert(origin, Given { nonce: nonce.clone(), demanded: demands(facts, id) });
            }
        }
    }
    for (proof, nonce, demanded) in said {
        let place = nonce.place;
        facts.push(proof, Fact { path: Path::new("paired.server.nonce"), ..nonce });
        facts.add(proof, Path::new("paired.server.demands"), Value::Bool(demanded), place);
    }
}

/// True if a response says that the proof needs a nonce.
fn demands(facts: &Facts, response: SubjectId) -> bool {
    let says = |path: &str| {
        facts.get(response).of_path(path).any(|f| f.value.text().is_some_and(|text| text.contains("use_dpop_nonce")))
    };
    says("response.json.error") || says("response.header.www-authenticate")
}
