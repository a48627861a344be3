//! SD-JWT: its disclosures, and the JWT by which the holder signs what is presented (RFC 9901).

use crate::calendar;
use crate::checks::dpop::{own, own_text};
use crate::checks::{Check, Context, Hit, time};
use crate::decode::sd_jwt::HASHES;
use crate::facts::{Fact, Value};

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "sd-jwt-disclosure", about: &["disclosure.trouble"], offers: &["found"], run: disclosure },
    Check { name: "sd-jwt-hash-function", about: &["sd-jwt"], offers: &["found"], run: hash_function },
    Check { name: "sd-jwt-short-salt", about: &["disclosure.salt_size"], offers: &["size"], run: short_salt },
    Check { name: "key-binding-typ", about: BINDING, offers: &["found"], run: typ },
    Check { name: "key-binding-claims", about: BINDING, offers: &["found"], run: claims },
    Check { name: "key-binding-hash", about: BINDING, offers: &[], run: hash },
    Check { name: "key-binding-stale", about: BINDING, offers: &["away"], run: stale },
];

const BINDING: &[&str] = &["paired.sd-jwt"];

/// What is wrong with one disclosure by itself.
fn disclosure(cx: &Context) -> Vec<Hit> {
    let hit = |fact: &Fact| {
        let found = match fact.value.text()? {
            "not-base64url" => "is no base64url",
            "not-json" => "is no JSON once it is decoded",
            "no-array" => "is no array of salt, name and value, nor of salt and value",
            "salt-type" => "has a salt that is no text",
            "name-type" => "has a name that is no text",
            "name-reserved" => "discloses a claim that is called `_sd` or `...`, which have a meaning of their own",
            _ => return None,
        };
        Some(Hit { value: None, ..Hit::on(fact) }.told("found", found))
    };
    cx.own().iter().filter(|f| f.path.as_str() == "disclosure.trouble").filter_map(hit).collect()
}

fn hash_function(cx: &Context) -> Vec<Hit> {
    let all = cx.own().iter().filter(|f| f.path.name() == "_sd_alg" && f.path.as_str().starts_with("jwt.claims."));
    let hit = |fact: &Fact| {
        let found = match &fact.value {
            _ if fact.hole => return None,
            _ if fact.path.segments().count() > 3 => {
                "`_sd_alg` stands inside another claim, and counts only at the top"
            }
            Value::Text(name) if HASHES.contains(&name.as_str()) => return None,
            Value::Text(_) => "`_sd_alg` names no hash function that is registered",
            _ => "`_sd_alg` is no text",
        };
        Some(Hit { value: None, ..Hit::on(fact) }.told("found", found))
    };
    all.filter_map(hit).collect()
}

/// 128 bits.
const SALT: i128 = 16;

fn short_salt(cx: &Context) -> Vec<Hit> {
    let fact = own(cx, "disclosure.salt_size");
    let size = fact.and_then(|f| f.value.int()).filter(|size| *size < SALT);
    fact.zip(size).map(|(f, size)| Hit { value: None, ..Hit::on(f) }.told("size", size)).into_iter().collect()
}

fn typ(cx: &Context) -> Vec<Hit> {
    if own(cx, "jwt.header").is_none() {
        let broken = own(cx, "paired.sd-jwt.unreadable").map(|f| Hit { value: None, ..Hit::on(f) });
        return broken.map(|hit| hit.told("found", "is no JWT")).into_iter().collect();
    }
    let is_none = own_text(cx, "jwt.header.alg").is_some_and(|alg| alg.eq_ignore_ascii_case("none"));
    let of = |fact: &Fact, found| Hit { value: None, ..Hit::on(fact) }.told("found", found);
    match own(cx, "jwt.header.typ") {
        None => vec![Hit::at(cx.where_missing("jwt.header.typ")).told("found", "does not say its type")],
        Some(typ) if !typ.hole && typ.value.text() != Some("kb+jwt") => vec![of(typ, "is of another type")],
        _ => own(cx, "jwt.header.alg").filter(|_| is_none).map(|alg| of(alg, "is not signed")).into_iter().collect(),
    }
}

fn claims(cx: &Context) -> Vec<Hit> {
    if own(cx, "jwt.claims").is_none() || cx.facts.get(cx.subject).open {
        return Vec::new();
    }
    let needed = ["jwt.claims.iat", "jwt.claims.aud", "jwt.claims.nonce", "jwt.claims.sd_hash"];
    let missing: Vec<&str> = needed.into_iter().filter(|path| own(cx, path).is_none()).collect();
    if let Some(first) = missing.first() {
        let names: Vec<String> =
            missing.iter().map(|path| format!("`{}`", path.rsplit('.').next().unwrap_or_default())).collect();
        return vec![Hit::at(cx.where_missing(first)).told("found", format!("has no {}", names.join(", ")))];
    }
    let texts =
        [("jwt.claims.aud", "has several audiences or none"), ("jwt.claims.nonce", "has a nonce that is no text")];
    let wrong = texts.into_iter().filter_map(|(path, found)| {
        let fact = own(cx, path).filter(|f| !f.hole && f.value.text().is_none())?;
        Some(Hit { value: None, ..Hit::on(fact) }.told("found", found))
    });
    wrong.take(1).collect()
}

fn hash(cx: &Context) -> Vec<Hit> {
    let (Some(stated), Some(right)) = (own(cx, "jwt.claims.sd_hash"), own(cx, "paired.sd-jwt.hash")) else {
        return Vec::new();
    };
    if stated.hole || stated.value == right.value {
        return Vec::new();
    }
    vec![Hit { value: None, ..Hit::on(stated) }.and(right.place, "what has to be hashed")]
}

/// A presentation is made for one question of a verifier.
const WINDOW: i128 = 300;

fn stale(cx: &Context) -> Vec<Hit> {
    let (Some(fact), Some(iat), Some(now)) = (own(cx, "jwt.claims.iat"), time::iat(cx), cx.now()) else {
        return Vec::new();
    };
    let away = now.saturating_sub(iat);
    if away.abs() <= WINDOW {
        return Vec::new();
    }
    let side = if away > 0 { "old" } else { "ahead of time" };
    vec![Hit { value: None, ..Hit::on(fact) }.told("away", format!("{} {side}", calendar::span(away.abs())))]
}
