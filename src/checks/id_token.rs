//! ID tokens against the login that asked for them: client, nonce, hashes, the time of the login (OpenID Connect Core
//! sections 2 and 3.1.3.7).

use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::checks::profile::{Profile, profile};
use crate::checks::{Check, Context, Hit};
use crate::decode::base64;
use crate::facts::{Fact, Value};
use crate::platform::Mark;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "id-token-issuer", about: &["jwt.claims.iss"], offers: &["what"], run: issuer },
    Check { name: "id-token-subject", about: &["jwt.claims.sub"], offers: &["what"], run: subject },
    Check { name: "id-token-audience", about: &["jwt.claims.aud"], offers: &["client"], run: audience },
    Check { name: "id-token-azp", about: &["jwt.claims.azp"], offers: &["client"], run: authorized_party },
    Check { name: "id-token-nonce-missing", about: CLAIMS, offers: &[], run: nonce_missing },
    Check { name: "id-token-nonce", about: &["jwt.claims.nonce"], offers: &["reason"], run: nonce },
    Check { name: "id-token-hash", about: &["jwt.claims.at_hash"], offers: &["reason"], run: access_token_hash },
    Check {
        name: "id-token-hash-length",
        about: &["jwt.claims.at_hash", "jwt.claims.c_hash"],
        offers: &["claim", "bytes", "wanted"],
        run: hash_length,
    },
    Check { name: "id-token-hash-missing", about: CLAIMS, offers: &["claim", "beside"], run: hash_missing },
    Check { name: "id-token-auth-time", about: CLAIMS, offers: &[], run: auth_time_missing },
    Check { name: "id-token-login-old", about: &["jwt.claims.auth_time"], offers: &["age", "limit"], run: login_old },
    Check { name: "id-token-key-header", about: &["jwt.header"], offers: &["member"], run: key_header },
    Check {
        name: "id-token-amr",
        about: &["jwt.claims.amr", "jwt.claims.acr"],
        offers: &["claim", "wanted"],
        run: amr,
    },
];

const CLAIMS: &[&str] = &["jwt.claims"];

fn is_id_token(cx: &Context) -> bool {
    profile(cx) == Some(Profile::Id)
}

/// A fact of an ID token, if its value is known.
fn claim<'a>(cx: &Context<'a>, path: &'a str) -> Option<(&'a Fact, &'a str)> {
    let fact = cx.one(path).filter(|f| !f.hole && is_id_token(cx))?;
    Some((fact, fact.value.text()?))
}

/// The issuer is an https URL of nothing but host, port and path. Google wrote it without the scheme for years,
/// on one's own machine there is no certificate, and even the examples of OpenID Connect have `http`.
fn issuer(cx: &Context) -> Vec<Hit> {
    let Some((fact, text)) = claim(cx, "jwt.claims.iss") else { return Vec::new() };
    let own_machine = ["http://localhost", "http://127.0.0.1", "http://[::1]"];
    let (what, mark) = if text.contains(['?', '#']) {
        ("a query or a fragment", Mark::D)
    } else if text.starts_with("http://") && !own_machine.iter().any(|start| text.starts_with(start)) {
        ("plain http", Mark::M)
    } else {
        return Vec::new();
    };
    let mut hit = Hit::on(fact).told("what", what);
    hit.mark = mark;
    vec![hit]
}

fn subject(cx: &Context) -> Vec<Hit> {
    let Some((fact, text)) = claim(cx, "jwt.claims.sub") else { return Vec::new() };
    let what = if text.chars().count() > 255 {
        "longer than 255 characters"
    } else if !text.is_ascii() {
        "not plain ASCII"
    } else {
        return Vec::new();
    };
    vec![Hit::on(fact).told("what", what)]
}

/// The client that asked: what the user says, else what the requests of this login say.
fn client<'a>(cx: &Context<'a>) -> Vec<&'a Fact> {
    const PATHS: &[&str] =
        &["expect.client_id", "paired.token-request.client_id", "paired.basic.client_id", "paired.authorize.client_id"];
    let known = |path: &&'static str| cx.all(path).filter(|f| !f.hole).collect::<Vec<_>>();
    PATHS.iter().map(known).find(|found| !found.is_empty()).unwrap_or_default()
}

fn audience(cx: &Context) -> Vec<Hit> {
    let Some(aud) = cx.one("jwt.claims.aud").filter(|f| !f.hole && is_id_token(cx)) else { return Vec::new() };
    let clients = client(cx);
    let Some(first) = clients.first() else { return Vec::new() };
    let elements: Vec<&Fact> = cx.all("jwt.claims.aud.*").collect();
    let is_list = aud.value == Value::Array;
    let held: Vec<&Fact> = if is_list { elements } else { vec![aud] };
    let is_known = |f: &&Fact| f.hole || clients.iter().any(|client| client.value == f.value);
    if held.is_empty() || held.iter().any(is_known) || (!is_list && aud.value.text().is_none()) {
        return Vec::new();
    }
    vec![Hit::on(aud).with_fact("client", first).and(first.place, "the client")]
}

fn authorized_party(cx: &Context) -> Vec<Hit> {
    let Some((azp, _)) = claim(cx, "jwt.claims.azp") else { return Vec::new() };
    let clients = client(cx);
    match clients.first() {
        Some(first) if clients.iter().all(|client| client.value != azp.value) => {
            vec![Hit::on(azp).with_fact("client", first).and(first.place, "the client")]
        }
        _ => Vec::new(),
    }
}

/// A nonce was sent, so the ID token has to carry it.
fn nonce_missing(cx: &Context) -> Vec<Hit> {
    let sent = cx.one("paired.authorize.nonce").filter(|f| f.value.text() != Some(""));
    let is_there = cx.own().iter().any(|f| f.path.as_str() == "jwt.claims.nonce");
    match sent {
        Some(sent) if is_id_token(cx) && !is_there && !cx.facts.get(cx.subject).open => {
            vec![Hit::at(cx.where_missing("jwt.claims.nonce")).and(sent.place, "the nonce that was sent")]
        }
        _ => Vec::new(),
    }
}

fn nonce(cx: &Context) -> Vec<Hit> {
    let Some((fact, text)) = claim(cx, "jwt.claims.nonce") else { return Vec::new() };
    let Some(sent) = cx.one("paired.authorize.nonce").filter(|f| !f.hole && f.value.text() != Some(text)) else {
        return Vec::new();
    };
    let asked = sent.value.text().unwrap_or_default();
    let digest = Sha256::digest(asked.as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
    let is_hash = text == base64::encode_url(&digest) || text == base64::encode(&digest) || text == hex;
    let reason = if is_hash {
        "it is the SHA-256 of the one that was sent"
    } else if decoded == asked {
        "it is the one that was sent, but percent-encoded"
    } else {
        "it is the nonce of another login"
    };
    vec![Hit::on(fact).told("reason", reason).and(sent.place, "the nonce that was sent")]
}

/// The whole hash of the algorithm that signs the token.
fn hash(cx: &Context, bytes: &[u8]) -> Option<Vec<u8>> {
    let alg = cx.text("jwt.header.alg")?;
    match alg.get(2..)? {
        "256" | "256K" => Some(Sha256::digest(bytes).to_vec()),
        "384" => Some(Sha384::digest(bytes).to_vec()),
        "512" => Some(Sha512::digest(bytes).to_vec()),
        _ => None,
    }
}

/// `at_hash` is the left half of the hash of the access token, as base64url.
fn access_token_hash(cx: &Context) -> Vec<Hit> {
    let Some((fact, text)) = claim(cx, "jwt.claims.at_hash") else { return Vec::new() };
    let token = cx.one("token-response.access_token").or_else(|| cx.one("paired.callback.access_token"));
    let Some(token) = token.filter(|f| !f.hole) else { return Vec::new() };
    let Some(access) = token.value.text().filter(|t| !t.is_empty()) else { return Vec::new() };
    let Some(whole) = hash(cx, access.as_bytes()) else { return Vec::new() };
    let left = whole.get(..whole.len() / 2).unwrap_or_default();
    let wanted = base64::encode_url(left);
    if text == wanted {
        return Vec::new();
    }
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let others = [Sha256::digest(access).to_vec(), Sha384::digest(access).to_vec(), Sha512::digest(access).to_vec()];
    let half = |bytes: &Vec<u8>| base64::encode_url(bytes.get(..bytes.len() / 2).unwrap_or_default());
    let plain = text.trim_end_matches('=');
    let reason = if plain == base64::encode_url(&whole) {
        "it is the whole hash, not its left half"
    } else if text.eq_ignore_ascii_case(&hex(&whole)) || text.eq_ignore_ascii_case(&hex(left)) {
        "it is in hexadecimal digits, not base64url"
    } else if plain == wanted || text == base64::encode(left) {
        "it is standard base64, not base64url without padding"
    } else if plain == base64::encode_url(hex(&whole).get(..whole.len()).unwrap_or_default().as_bytes()) {
        "it is the left half of the hexadecimal digits, not of the bytes"
    } else if others.iter().any(|other| half(other) == plain) {
        "it was made with another hash than that of `alg`"
    } else {
        "it is the hash of another token"
    };
    vec![Hit::on(fact).told("reason", reason).and(token.place, "the access token")]
}

/// Half a hash has 16, 24 or 32 bytes, as `alg` says.
fn hash_length(cx: &Context) -> Vec<Hit> {
    // With the access token at hand, the other check says more.
    let is_checked = cx.one("token-response.access_token").or_else(|| cx.one("paired.callback.access_token")).is_some();
    let Some(wanted) = hash(cx, b"").map(|whole| whole.len() / 2) else { return Vec::new() };
    let found = [("jwt.claims.at_hash", "at_hash"), ("jwt.claims.c_hash", "c_hash")].into_iter();
    let found = found.filter(|(_, name)| !is_checked || *name == "c_hash");
    found
        .filter_map(|(path, name)| {
            let fact = cx.one(path).filter(|f| !f.hole && profile(cx) != Some(Profile::Access))?;
            let bytes = base64::decode(fact.value.text()?).bytes.len();
            let hit = || Hit::on(fact).told("claim", name).told("bytes", bytes).told("wanted", wanted);
            (bytes != wanted).then(hit)
        })
        .collect()
}

/// An ID token that came through the browser with a token or a code has to hold the hash of it.
fn hash_missing(cx: &Context) -> Vec<Hit> {
    let beside = |member: &'static str, own: &'static str| {
        let fact = cx.one(member).filter(|_| !cx.own().iter().any(|f| f.path.as_str() == own))?;
        Some((fact, own))
    };
    let found = beside("paired.callback.access_token", "jwt.claims.at_hash").map(|f| (f, "at_hash", "access token"));
    let found = found.or_else(|| beside("paired.callback.code", "jwt.claims.c_hash").map(|f| (f, "c_hash", "code")));
    match found {
        Some(((fact, path), claim, words)) if is_id_token(cx) && cx.text("auth.carrier") == Some("fragment") => {
            let hit = Hit::at(cx.where_missing(path)).told("claim", claim).told("beside", words);
            vec![hit.and(fact.place, "came with it")]
        }
        _ => Vec::new(),
    }
}

fn auth_time_missing(cx: &Context) -> Vec<Hit> {
    let asked = cx.one("paired.authorize.max_age").filter(|_| is_id_token(cx));
    let is_there = cx.own().iter().any(|f| f.path.as_str() == "jwt.claims.auth_time");
    match asked {
        Some(asked) if !is_there && !cx.facts.get(cx.subject).open => {
            vec![Hit::at(cx.where_missing("jwt.claims.auth_time")).and(asked.place, "asks for it")]
        }
        _ => Vec::new(),
    }
}

/// The login was longer ago than the request allowed, already when the token was made.
fn login_old(cx: &Context) -> Vec<Hit> {
    let Some(asked) = cx.one("paired.authorize.max_age").filter(|f| !f.hole && is_id_token(cx)) else {
        return Vec::new();
    };
    let limit = asked.value.int().or_else(|| asked.value.text()?.trim().parse().ok());
    let (Some(limit), Some(fact)) = (limit, cx.one("jwt.claims.auth_time")) else { return Vec::new() };
    let Some((login, made)) = fact.value.int().zip(cx.int("jwt.claims.iat")) else { return Vec::new() };
    let age = made.saturating_sub(login);
    // Beyond that it is no time at all, and another rule says so.
    if age <= limit.saturating_add(cx.leeway()) || age > 1_000_000_000 {
        return Vec::new();
    }
    vec![Hit::on(fact).told("age", age).told("limit", limit).and(asked.place, "the limit")]
}

/// Keys of an ID token come from the issuer's metadata, not from its header.
fn key_header(cx: &Context) -> Vec<Hit> {
    const PATHS: &[&str] = &["jwt.header.jwk", "jwt.header.jku", "jwt.header.x5u", "jwt.header.x5c"];
    let found = PATHS.iter().filter_map(|path| cx.one(path)).filter(|_| is_id_token(cx));
    found.take(1).map(|f| Hit::on(f).told("member", f.path.name().to_owned())).collect()
}

/// How somebody logged in is a list of texts, and the level reached one text.
fn amr(cx: &Context) -> Vec<Hit> {
    let amr = cx.one("jwt.claims.amr").filter(|f| !f.hole && f.value != Value::Array);
    let acr = cx.one("jwt.claims.acr").filter(|f| !f.hole && f.value.text().is_none());
    let hit =
        |f: &Fact, wanted: &'static str| Hit::on(f).told("claim", f.path.name().to_owned()).told("wanted", wanted);
    let found = amr.map(|f| hit(f, "a list of strings")).into_iter().chain(acr.map(|f| hit(f, "a string")));
    found.filter(|_| is_id_token(cx)).collect()
}
