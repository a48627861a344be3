//! Assertions: the JWT by which a client authenticates, and the one that stands for a grant (RFC 7521, RFC 7523).

use crate::calendar;
use crate::checks::dpop::{own, own_text};
use crate::checks::{Check, Context, Fixer, Hit, time};
use crate::facts::{Fact, Value};
use crate::finding::{Edit, Severity};

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "assertion-type", about: &["token-request"], offers: &["found", "short"], run: kind },
    Check { name: "assertion-several", about: &["paste.several"], offers: &[], run: several },
    Check { name: "assertion-claim-missing", about: CLAIMS, offers: &["claims"], run: claim_missing },
    Check { name: "assertion-client-mismatch", about: CLAIMS, offers: &["claim", "client"], run: client_mismatch },
    Check { name: "assertion-token-endpoint", about: AUDIENCE, offers: &[], run: token_endpoint },
    Check { name: "assertion-audiences", about: AUDIENCE, offers: &["count"], run: audiences },
    Check { name: "assertion-lifetime", about: &["jwt.claims.exp"], offers: &["lifetime"], run: lifetime },
    Check { name: "assertion-expired", about: &["jwt.claims.exp"], offers: &["ago"], run: expired },
    Check { name: "assertion-reused", about: &["paired.assertion.jti"], offers: &[], run: reused },
    Check { name: "assertion-method", about: &["jwt.header.alg"], offers: &["method", "wanted"], run: method },
];

/// The fixers of this group.
pub const FIXERS: &[Fixer] = &[Fixer { name: "assertion-type", run: fix_type }];

const CLAIMS: &[&str] = &["jwt.claims"];
const AUDIENCE: &[&str] = &["jwt.claims.aud"];

/// The value of `client_assertion_type` for a JWT (RFC 7523 section 2.2).
const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const OF_TYPES: &str = "urn:ietf:params:oauth:client-assertion-type:";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

fn is_client_assertion(cx: &Context) -> bool {
    own_text(cx, "auth.name") == Some("client_assertion")
}

/// A parameter of the request that carries the assertion.
fn parameter<'a>(cx: &Context<'a>, form: &'a str, json: &'a str) -> Option<&'a str> {
    cx.text(form).or_else(|| cx.text(json))
}

/// True for the JWT of a grant of its own.
fn is_grant(cx: &Context) -> bool {
    own_text(cx, "auth.name") == Some("assertion")
        && parameter(cx, "request.param.grant_type", "request.json.grant_type") == Some(GRANT)
}

/// The parameter says which kind of assertion the other one is, and neither means anything alone.
fn kind(cx: &Context) -> Vec<Hit> {
    let (assertion, kind) = (own(cx, "token-request.client_assertion"), own(cx, "token-request.client_assertion_type"));
    let is_open = cx.is_open();
    match (assertion, kind) {
        (Some(assertion), None) if !is_open => {
            vec![
                Hit::at(assertion.place.end())
                    .told("found", "`client_assertion` is sent without `client_assertion_type`")
                    .told("short", "no type beside it"),
            ]
        }
        (None, Some(kind)) if !is_open => {
            let hit = Hit { value: None, ..Hit::on(kind) };
            let found = "`client_assertion_type` is sent without a `client_assertion`";
            vec![hit.told("found", found).told("short", "no assertion beside it")]
        }
        (_, Some(kind)) if !kind.hole => {
            let text = kind.value.text().unwrap_or_default();
            // Others of this kind exist; one letter beside it is meant to be this one.
            let is_other = text.starts_with(OF_TYPES) && strsim::damerau_levenshtein(text, TYPE) > 2;
            if text == TYPE || is_other {
                return Vec::new();
            }
            let found = "`client_assertion_type` has a value that no server knows";
            vec![Hit::on(kind).told("found", found).told("short", "not the type of a JWT")]
        }
        _ => Vec::new(),
    }
}

/// Writes the right type over a wrong one.
fn fix_type(cx: &Context, hit: &Hit) -> Vec<Edit> {
    let is_value = hit.path.as_ref().is_some_and(|path| path.name() == "client_assertion_type");
    let text = cx.sources.text(hit.at);
    let at = if text.len() >= 2 && text.starts_with('"') { hit.at.part(1, text.len() - 1) } else { hit.at };
    let place = cx.sources.editable(at).filter(|_| is_value && own(cx, "token-request.client_assertion").is_some());
    place.map(|place| Edit { place, text: TYPE.to_owned(), secret: false }).into_iter().collect()
}

fn several(cx: &Context) -> Vec<Hit> {
    let found = own(cx, "paste.several").filter(|_| is_client_assertion(cx));
    found.map(|f| Hit { value: None, ..Hit::on(f) }).into_iter().collect()
}

fn claim_missing(cx: &Context) -> Vec<Hit> {
    let needed: &[(&str, &str)] = if is_client_assertion(cx) {
        &[("iss", "jwt.claims.iss"), ("sub", "jwt.claims.sub"), ("aud", "jwt.claims.aud"), ("exp", "jwt.claims.exp")]
    } else if is_grant(cx) {
        // Google takes `iss` for both where nobody else is meant.
        &[("iss", "jwt.claims.iss"), ("aud", "jwt.claims.aud"), ("exp", "jwt.claims.exp")]
    } else {
        return Vec::new();
    };
    if cx.facts.get(cx.subject).open {
        return Vec::new();
    }
    let missing: Vec<&(&str, &str)> = needed.iter().filter(|(_, path)| own(cx, path).is_none()).collect();
    let names: Vec<String> = missing.iter().map(|(name, _)| format!("`{name}`")).collect();
    let first = missing.first().map(|(_, path)| Hit::at(cx.where_missing(path)));
    first.map(|hit| hit.told("claims", names.join(", "))).into_iter().collect()
}

/// True for a token that somebody else issued to the client, as in federation of workloads: a cluster, a CI service.
fn is_issued(cx: &Context) -> bool {
    let iss = own_text(cx, "jwt.claims.iss");
    iss.is_some_and(|iss| iss.contains("://")) && iss != own_text(cx, "jwt.claims.sub")
}

fn client_mismatch(cx: &Context) -> Vec<Hit> {
    let client =
        parameter(cx, "request.param.client_id", "request.json.client_id").or_else(|| cx.text("expect.client_id"));
    let Some(client) = client.filter(|_| is_client_assertion(cx) && !is_issued(cx)) else { return Vec::new() };
    let wrong = |path: &str| own(cx, path).filter(|f| !f.hole && f.value.text().is_some_and(|text| text != client));
    let found = wrong("jwt.claims.sub").or_else(|| wrong("jwt.claims.iss"));
    found.map(|f| Hit::on(f).told("claim", f.path.name().to_owned()).with("client", client)).into_iter().collect()
}

/// The audiences, one or several.
fn audience<'a>(cx: &Context<'a>) -> Vec<&'a Fact> {
    let subject = cx.facts.get(cx.subject);
    let all = subject.of_path("jwt.claims.aud").chain(subject.of_path("jwt.claims.aud.*"));
    all.filter(|f| !f.hole && f.value.text().is_some()).collect()
}

/// The URL of the token endpoint as audience, which RFC 7523 allows and its successor does not.
fn token_endpoint(cx: &Context) -> Vec<Hit> {
    let url = cx.text("request.url").map(|url| url.split(['?', '#']).next().unwrap_or(url));
    let Some(url) = url.filter(|url| is_client_assertion(cx) && !url.is_empty()) else { return Vec::new() };
    let host = cx.text("request.header.host").unwrap_or_default();
    let is_url = |f: &&Fact| {
        let text = f.value.text().unwrap_or_default();
        text == url || url.starts_with('/') && !host.is_empty() && text == format!("https://{host}{url}")
    };
    audience(cx).into_iter().find(is_url).map(Hit::on).into_iter().collect()
}

fn audiences(cx: &Context) -> Vec<Hit> {
    let several = audience(cx).len();
    let found = own(cx, "jwt.claims.aud").filter(|f| f.value == Value::Array && several > 1 && is_client_assertion(cx));
    found.map(|f| Hit { value: None, ..Hit::on(f) }.told("count", several)).into_iter().collect()
}

const TEN_MINUTES: i128 = 600;
const HOUR: i128 = 3600;

fn lifetime(cx: &Context) -> Vec<Hit> {
    let (Some(exp), Some(iat)) = (time::exp(cx), time::iat(cx)) else { return Vec::new() };
    let life = exp.saturating_sub(iat);
    if life <= TEN_MINUTES || !is_client_assertion(cx) || is_issued(cx) {
        return Vec::new();
    }
    let level = if life > HOUR { Severity::Warning } else { Severity::Note };
    let hits = time::on(cx, "jwt.claims.exp").into_iter();
    hits.map(|hit| hit.told("lifetime", calendar::span(life)).at_most(level)).collect()
}

fn expired(cx: &Context) -> Vec<Hit> {
    let (Some(exp), Some(now)) = (time::exp(cx), cx.now()) else { return Vec::new() };
    let ago = now.saturating_sub(exp);
    if ago <= cx.leeway() || !is_client_assertion(cx) {
        return Vec::new();
    }
    time::on(cx, "jwt.claims.exp").into_iter().map(|hit| hit.told("ago", calendar::span(ago))).collect()
}

fn reused(cx: &Context) -> Vec<Hit> {
    let (Some(id), Some(first)) = (own(cx, "jwt.claims.jti"), own(cx, "paired.assertion.jti")) else {
        return Vec::new();
    };
    vec![Hit::on(id).and(first.place, "first used here")]
}

/// Another kind of key than the one that the client was registered for.
fn method(cx: &Context) -> Vec<Hit> {
    let Some(alg) = own(cx, "jwt.header.alg").filter(|f| !f.hole && is_client_assertion(cx)) else { return Vec::new() };
    let is_shared = alg.value.text().is_some_and(|alg| alg.starts_with("HS"));
    let (method, wanted) = match cx.text("expect.client_auth") {
        Some("private_key_jwt") if is_shared => ("private_key_jwt", "a private key, such as with ES256 or RS256"),
        Some("client_secret_jwt") if !is_shared => ("client_secret_jwt", "the client secret, such as with HS256"),
        _ => return Vec::new(),
    };
    vec![Hit::on(alg).told("method", method).told("wanted", wanted)]
}
