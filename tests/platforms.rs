//! Every platform's contract: what each file must hold, and that what it says of credentials is proven by its examples.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::HashSet;

use common::keys::{Pair, pem};
use common::{KEY, NOW, lint, lint_text, listing, rule_files, text};
use tokenlint::facts::Thing;
use tokenlint::finding::{Report, Severity};
use tokenlint::load::RuleSet;
use tokenlint::mint::{Members, Order, draft};
use tokenlint::platform::{self, JwtProfile, PlatformFile};
use tokenlint::rule::Example;
use tokenlint::verify::keys;

fn files() -> Vec<PlatformFile> {
    let parse = |(id, text): (String, String)| {
        let id = id.strip_prefix("platforms/")?;
        Some(platform::parse(id, &text).unwrap_or_else(|r| panic!("{id}: {r:?}")))
    };
    rule_files().into_iter().filter_map(parse).collect()
}

#[test]
fn every_platform_has_three_examples_of_each_kind() {
    let few: Vec<String> = files()
        .iter()
        .filter(|file| file.bad.len() < 3 || file.good.len() < 3)
        .map(|file| format!("{}: {} bad, {} good", file.platform.id, file.bad.len(), file.good.len()))
        .collect();
    assert!(few.is_empty(), "{few:?}");
}

/// The kinds of credential that are told in an example, as `platform:id`.
fn kinds(report: &Report) -> HashSet<String> {
    let told = report.facts.subjects().filter(|(_, s)| matches!(s.thing, Thing::Credential | Thing::Claims));
    told.filter_map(|(id, _)| {
        let platform = report.facts.text(id, "credential.platform")?;
        Some(format!("{platform}:{}", report.facts.text(id, "credential.kind")?))
    })
    .collect()
}

/// The quiet test: for each credential that can be told there is a request, or the token alone, as the documents have
/// it, in which it is told, and nothing is found. (That nothing is found in them is tested with all other examples.)
#[test]
fn every_credential_stands_in_an_example_that_is_right() {
    let set = RuleSet::builtin();
    let mut unproven = Vec::new();
    for file in files() {
        let mut told: HashSet<String> = HashSet::new();
        for example in &file.good {
            told.extend(kinds(&lint(&set, example)));
        }
        let platform = &file.platform;
        for credential in platform.credentials.iter() {
            let id = format!("{}:{}", platform.id, credential.id);
            // One that looks like others is told as the kind that stands for all of them.
            let general = platform.credentials.iter().filter(|c| c.either.contains(&credential.id));
            let is_told =
                told.contains(&id) || general.into_iter().any(|c| told.contains(&format!("{}:{}", platform.id, c.id)));
            let shape = &credential.shape;
            let has_shape = !shape.prefix.is_empty()
                || shape.matches.is_some()
                || shape.decodes_to.is_some()
                || !shape.claims.is_empty()
                || !shape.header.is_empty()
                || !shape.or.is_empty();
            // One that no API takes is there to be found in the wrong place.
            let apis = platform.apis.iter();
            let of_apis =
                apis.flat_map(|api| api.accepts.iter().chain(api.operations.iter().flat_map(|o| o.accepts.iter())));
            let is_sent = of_apis.into_iter().any(|id| *id == credential.id);
            if has_shape && is_sent && !is_told {
                unproven.push(id);
            }
        }
    }
    assert!(unproven.is_empty(), "no good example has these, or it does not tell them: {unproven:#?}");
}

/// What signs a token of this profile, as `--key`, and the algorithm.
fn signer(profile: &JwtProfile) -> (Pair, Vec<u8>, String) {
    let alg = profile.alg.first().map_or("HS256", |alg| alg.as_ref());
    let name = match alg {
        "ES256" => "p256",
        _ if alg.starts_with("HS") => KEY,
        _ => "rsa2048",
    };
    let pair = Pair::named(name);
    let bytes = match &pair {
        Pair::Secret(secret) => secret.clone(),
        _ => pem("PRIVATE KEY", &pair.pkcs8()).into_bytes(),
    };
    (pair, bytes, alg.to_owned())
}

/// The members of a JSON text as they would be typed, without those that are set by themselves.
fn typed(json: &str, without: &[&str]) -> Vec<(String, String)> {
    let members = Members::read(json).unwrap();
    let pairs = members.iter().filter(|(name, _)| !without.contains(name));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// A JWT of the platform's users, minted by its contract with the claims of an example that is right, is right too.
#[test]
fn every_token_that_users_sign_can_be_minted() {
    let set = RuleSet::builtin();
    let mut faults = Vec::new();
    for file in files() {
        for profile in file.platform.jwts.iter().filter(|jwt| jwt.key.is_some()) {
            let id = format!("{}:{}", file.platform.id, profile.id);
            let model = file.good.iter().find(|e| e.claims.is_some() && kinds(&lint(&set, e)).contains(&id));
            let Some(model) = model else {
                faults.push(format!("{id}: no good example has claims of it"));
                continue;
            };
            let plain = |json: &Option<String>| {
                json.as_ref()
                    .map_or("{}".to_owned(), |json| text(&Example { input: Some(json.clone()), ..Example::default() }))
            };
            let (header, claims) = (plain(&model.header), plain(&model.claims));
            let end = Members::read(&claims).unwrap().int("exp");
            let (_, bytes, alg) = signer(profile);
            let given = keys::read("<key>".into(), "FILE", bytes, false).unwrap();
            let order = Order {
                profile,
                header: &typed(&header, &["alg", "typ"]),
                claims: &typed(&claims, &["iat", "exp"]),
                alg: &alg,
                ttl: end.map(|end| end - NOW),
                now: NOW,
            };
            let token = given.keys.iter().find_map(|key| draft(&order).signed(key)).unwrap();
            let alone = Example { platform: Some(file.platform.id.to_string()), ..Example::default() };
            let report = lint_text(&set, &alone, &token);
            if report.findings.iter().any(|f| f.severity == Severity::Error) {
                faults.push(format!("{id}: {token}\n{}", listing(&report)));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
