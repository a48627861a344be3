//! A DPoP proof by itself: its header, its claims, and that it is one (RFC 9449 section 4.2).

use crate::checks::{Check, Context, Hit};
use crate::facts::{Fact, Value};
use crate::finding::Severity;
use crate::platform::Mark;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "dpop-not-a-proof", about: &["credential.form"], offers: &["found"], run: not_a_proof },
    Check { name: "dpop-typ", about: HEADER, offers: &["found"], run: typ },
    Check { name: "dpop-alg", about: HEADER, offers: &[], run: alg },
    Check { name: "dpop-key-missing", about: HEADER, offers: &["found"], run: key_missing },
    Check { name: "dpop-claim-missing", about: HEADER, offers: &["claims"], run: claim_missing },
    Check { name: "dpop-jti-short", about: &["jwt.claims.jti"], offers: &["length"], run: jti_short },
    Check { name: "dpop-url-with-query", about: &["jwt.claims.htu"], offers: &["part"], run: with_query },
    Check { name: "dpop-several-proofs", about: &["request.header.dpop"], offers: &["found"], run: several },
];

const HEADER: &[&str] = &["jwt.header"];

/// The first fact of the subject itself.
pub(super) fn own<'a>(cx: &Context<'a>, path: &str) -> Option<&'a Fact> {
    cx.facts.get(cx.subject).of_path(path).next()
}

/// Text of the subject itself, if it is known.
pub(super) fn own_text<'a>(cx: &Context<'a>, path: &str) -> Option<&'a str> {
    own(cx, path).filter(|f| !f.hole).and_then(|f| f.value.text())
}

fn has_type(cx: &Context) -> bool {
    own_text(cx, "jwt.header.typ").is_some_and(|typ| typ.eq_ignore_ascii_case("dpop+jwt"))
}

fn is_in_header(cx: &Context) -> bool {
    own_text(cx, "auth.name") == Some("dpop")
}

/// True for a proof: what stands in the header `DPoP`, or a bare token that says it is one.
pub(super) fn is_proof(cx: &Context) -> bool {
    is_in_header(cx) || has_type(cx) && own_text(cx, "auth.carrier") == Some("bare")
}

/// True if nothing in the token is what only a proof has.
fn has_nothing_of_a_proof(cx: &Context) -> bool {
    let marks = ["jwt.header.jwk", "jwt.claims.htm", "jwt.claims.htu"];
    !has_type(cx) && marks.iter().all(|path| own(cx, path).is_none())
}

/// The header holds something else: the access token, a key id, a nonce.
fn not_a_proof(cx: &Context) -> Vec<Hit> {
    let Some(form) = own_text(cx, "credential.form").filter(|_| is_in_header(cx)) else { return Vec::new() };
    let Some(value) = own(cx, "credential.value") else { return Vec::new() };
    let length = value.value.text().map_or(0, str::len);
    let is_broken = own(cx, "jwt.header").is_none() || cx.facts.get(cx.subject).open;
    let (found, mark) = match form {
        "jws" if !is_broken && has_nothing_of_a_proof(cx) => ("a JWT without `jwk`, `htm` and `htu`", Mark::D),
        "jwe" => ("an encrypted token", Mark::D),
        // Something short may stand for a proof that is not shown.
        "opaque" | "uuid" if length >= 20 => ("a value that is no JWT", Mark::T),
        _ => return Vec::new(),
    };
    let mut hit = Hit { value: None, ..Hit::on(value) }.told("found", found);
    hit.mark = mark;
    vec![hit]
}

fn typ(cx: &Context) -> Vec<Hit> {
    if !is_in_header(cx) || own(cx, "jwt.header").is_none() || has_nothing_of_a_proof(cx) {
        return Vec::new();
    }
    let Some(fact) = own(cx, "jwt.header.typ") else {
        return vec![Hit::at(cx.where_missing("jwt.header.typ")).told("found", "`typ` is missing")];
    };
    let text = fact.value.text().unwrap_or_default();
    let same = text.eq_ignore_ascii_case("dpop+jwt") || text.eq_ignore_ascii_case("application/dpop+jwt");
    if fact.hole || text == "dpop+jwt" {
        return Vec::new();
    }
    // Media types are the same in any case, and many servers do not know that.
    let level = if same { Severity::Warning } else { Severity::Error };
    vec![
        Hit::on(fact)
            .told("found", if same { "`typ` is spelt in another way" } else { "`typ` names another type" })
            .at_most(level),
    ]
}

fn alg(cx: &Context) -> Vec<Hit> {
    let shared = |alg: &str| alg.eq_ignore_ascii_case("none") || matches!(alg, "HS256" | "HS384" | "HS512");
    let fact = own(cx, "jwt.header.alg").filter(|f| !f.hole && f.value.text().is_some_and(shared));
    let found = fact.filter(|_| is_proof(cx) && !has_nothing_of_a_proof(cx));
    found.map(Hit::on).into_iter().collect()
}

fn key_missing(cx: &Context) -> Vec<Hit> {
    if !is_proof(cx) || own(cx, "jwt.header").is_none() || has_nothing_of_a_proof(cx) {
        return Vec::new();
    }
    match own(cx, "jwt.header.jwk") {
        None => {
            let by_name = ["jwt.header.kid", "jwt.header.jku", "jwt.header.x5c"].iter().find_map(|path| own(cx, path));
            let found = if by_name.is_some() { "only refers to its key" } else { "has no `jwk`" };
            vec![Hit::at(by_name.map_or_else(|| cx.where_missing("jwt.header.jwk"), |f| f.place)).told("found", found)]
        }
        Some(jwk) if jwk.value != Value::Object && !jwk.hole => {
            vec![Hit { value: None, ..Hit::on(jwk) }.told("found", "has a `jwk` that is no object")]
        }
        Some(_) => Vec::new(),
    }
}

/// The claims that every proof has.
const CLAIMS: &[(&str, &str)] =
    &[("jti", "jwt.claims.jti"), ("htm", "jwt.claims.htm"), ("htu", "jwt.claims.htu"), ("iat", "jwt.claims.iat")];

fn claim_missing(cx: &Context) -> Vec<Hit> {
    let is_whole = own(cx, "jwt.claims").is_some() && !cx.facts.get(cx.subject).open;
    if !is_proof(cx) || !is_whole || has_nothing_of_a_proof(cx) {
        return Vec::new();
    }
    let missing: Vec<&str> = CLAIMS.iter().filter(|(_, path)| own(cx, path).is_none()).map(|(name, _)| *name).collect();
    let (Some(first), names) = (missing.first(), missing.join("`, `")) else { return Vec::new() };
    let place = cx.where_missing(CLAIMS.iter().find(|(name, _)| name == first).map_or("jwt.claims.jti", |(_, p)| p));
    vec![Hit::at(place).told("claims", format!("`{names}`"))]
}

/// 96 bits of randomness are 16 characters in base64url, and 12 are too few in any encoding that is used.
const SHORTEST_ID: usize = 12;

fn jti_short(cx: &Context) -> Vec<Hit> {
    let fact = own(cx, "jwt.claims.jti").filter(|f| !f.hole && is_proof(cx));
    let length = fact.and_then(|f| f.value.text()).map(|text| text.chars().count());
    let short = length.filter(|length| *length < SHORTEST_ID);
    fact.zip(short).map(|(f, length)| Hit::on(f).told("length", length)).into_iter().collect()
}

fn with_query(cx: &Context) -> Vec<Hit> {
    let fact = own(cx, "jwt.claims.htu").filter(|f| !f.hole && is_proof(cx));
    let part = |text: &str| match text.find(['?', '#']).map(|at| text.as_bytes().get(at)) {
        Some(Some(b'?')) => Some("a query"),
        Some(_) => Some("a fragment"),
        None => None,
    };
    let found = fact.and_then(|f| Some((f, part(f.value.text()?)?)));
    found.map(|(f, part)| Hit::on(f).told("part", part)).into_iter().collect()
}

/// More than one header `DPoP`, or several proofs in one.
fn several(cx: &Context) -> Vec<Hit> {
    let all: Vec<&Fact> = cx.own().iter().filter(|f| f.path.as_str() == "request.header.dpop").collect();
    if let (Some(first), Some(second)) = (all.first(), all.get(1)) {
        let found = format!("{} headers `DPoP`", all.len());
        let hit = Hit { value: None, ..Hit::on(second) };
        return vec![hit.told("found", found).and(first.place, "the first one")];
    }
    let listed = all.first().filter(|f| !f.hole && f.value.text().is_some_and(is_list));
    let hit = |f: &&Fact| Hit { value: None, ..Hit::on(f) }.told("found", "several proofs in one header");
    listed.map(hit).into_iter().collect()
}

/// Two words of three parts with a comma between them.
fn is_list(text: &str) -> bool {
    let words = text.split(',').filter(|word| word.split('.').count() == 3 && word.trim().len() > 20);
    words.count() > 1
}
