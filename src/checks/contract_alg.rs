//! The algorithm of a JWT against the profile that a contract writes down for it.

use crate::checks::contract_claims::Minted;
use crate::checks::{Check, Context, Hit};
use crate::facts::Value;
use crate::platform::Mark;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[Check {
    name: "contract-alg",
    about: &["jwt.header.alg"],
    offers: &["alg", "token", "expected", "key"],
    run: algorithm,
}];

/// The registered JWS algorithms by which tokens are signed (RFC 7518 section 3.1, RFC 8037, RFC 8812); what is none of
/// these is the business of the rules on the JOSE header, and so is `none`.
const ALGORITHMS: &[&str] = &[
    "ES256", "ES256K", "ES384", "ES512", "EdDSA", "Ed25519", "Ed448", "HS256", "HS384", "HS512", "PS256", "PS384",
    "PS512", "RS256", "RS384", "RS512",
];

/// The token is signed by another algorithm. One of the same family may be taken though no document says so.
fn algorithm(cx: &Context) -> Vec<Hit> {
    let (Some(minted), Some(alg)) = (Minted::of(cx), cx.one("jwt.header.alg").filter(|f| !f.hole)) else {
        return Vec::new();
    };
    let Value::Text(name) = &alg.value else { return Vec::new() };
    let wanted = &minted.profile.alg;
    if wanted.is_empty() || wanted.iter().any(|a| a == name) || !ALGORITHMS.contains(&name.as_str()) {
        return Vec::new();
    }
    let family = |alg: &str| alg.get(..2).map(str::to_owned);
    let is_relative = wanted.iter().any(|a| family(a) == family(name));
    let mark = if is_relative { minted.mark.max(Mark::T) } else { minted.mark };
    let expected = wanted.join(" or ");
    let help = match &minted.profile.key {
        Some(key) => format!("sign with {expected} and {key}"),
        None => format!("sign with {expected}"),
    };
    let hit = Hit { code: minted.profile.code.clone(), ..Hit::on(alg) }
        .with("alg", name)
        .with("token", minted.known.words())
        .with("expected", expected)
        .with("key", minted.profile.key.as_deref().unwrap_or("its key"))
        .says(minted.known.platform, &minted.profile.basis, Some(&help), mark);
    vec![hit]
}
