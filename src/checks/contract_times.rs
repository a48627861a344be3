//! How long a JWT may be good for, against the profile that a contract writes down for it.

use crate::calendar::{self, Unit};
use crate::checks::contract_claims::Known;
use crate::checks::{Check, Context, Hit};
use crate::facts::Path;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check {
        name: "contract-lifetime",
        about: &["jwt.claims.exp"],
        offers: &["token", "ahead", "from", "limit"],
        run: lifetime,
    },
    Check {
        name: "contract-lifetime-short",
        about: &["jwt.claims.exp"],
        offers: &["token", "ahead", "limit"],
        run: too_short,
    },
    Check { name: "contract-age", about: &["jwt.claims.iat"], offers: &["token", "age", "limit"], run: age },
];

/// A time in the claims, in seconds since 1970; `None` if it is not there, or in another unit.
fn seconds(cx: &Context, claim: &str) -> Option<i128> {
    let path = Path::new("jwt.claims").join(claim);
    let fact = cx.own().iter().find(|f| f.path == path).filter(|f| !f.hole)?;
    fact.value.int().filter(|seconds| calendar::unit(*seconds) == Unit::Seconds)
}

/// How much more than the platform allows may come from clocks that differ, or from an `iat` that was set back for that
/// reason, in seconds.
const TOLERANCE: i128 = 60;

/// `exp` is further ahead than the platform takes.
fn lifetime(cx: &Context) -> Vec<Hit> {
    let Some(known) = Known::of(cx) else { return Vec::new() };
    // Of a token that has a wrong unit nothing more is said.
    let (Some(limit), Some(exp)) = (known.profile.lifetime.map(i128::from), seconds(cx, "exp")) else {
        return Vec::new();
    };
    let from_now = cx.now().map(|now| (exp.saturating_sub(now), "from now"));
    let from_iat = seconds(cx, "iat").map(|iat| (exp.saturating_sub(iat), "after `iat`"));
    let too_long = |(ahead, _): &(i128, &str)| *ahead > limit.saturating_add(TOLERANCE.max(cx.leeway()));
    let Some((ahead, from)) = [from_now, from_iat].into_iter().flatten().find(too_long) else { return Vec::new() };
    let mark = known.profile.lifetime_mark.unwrap_or(known.profile.mark).max(known.mark);
    let help = format!(
        "set `exp` at most {} after the time of signing, in UTC, and keep the clock right (NTP)",
        calendar::span(limit)
    );
    cx.one("jwt.claims.exp")
        .map(|fact| {
            Hit::on(fact)
                .with("token", &known.name)
                .told("ahead", calendar::span(ahead))
                .told("from", from)
                .told("limit", calendar::span(limit))
                .says(known.platform, &known.profile.basis, Some(&help), mark)
        })
        .into_iter()
        .collect()
}

/// `exp` is nearer to `iat` than the platform takes.
fn too_short(cx: &Context) -> Vec<Hit> {
    let Some(known) = Known::of(cx) else { return Vec::new() };
    let limit = known.profile.min_lifetime.map(i128::from);
    let (Some(limit), Some(exp), Some(iat)) = (limit, seconds(cx, "exp"), seconds(cx, "iat")) else {
        return Vec::new();
    };
    let ahead = exp.saturating_sub(iat);
    if ahead >= limit || ahead <= 0 {
        return Vec::new();
    }
    let mark = known.profile.lifetime_mark.unwrap_or(known.profile.mark).max(known.mark);
    let help = format!("set `exp` at least {} after `iat`", calendar::span(limit));
    let hit = cx.one("jwt.claims.exp").map(|fact| {
        Hit::on(fact)
            .with("token", &known.name)
            .told("ahead", calendar::span(ahead))
            .told("limit", calendar::span(limit))
            .says(known.platform, &known.profile.basis, Some(&help), mark)
    });
    hit.into_iter().collect()
}

/// `iat` is longer ago than the platform takes, in a token that does not say itself when it ends.
fn age(cx: &Context) -> Vec<Hit> {
    let Some(known) = Known::of(cx) else { return Vec::new() };
    let (Some(limit), Some(iat), Some(now)) = (known.profile.max_age.map(i128::from), seconds(cx, "iat"), cx.now())
    else {
        return Vec::new();
    };
    let age = now.saturating_sub(iat);
    if age <= limit.saturating_add(TOLERANCE.max(cx.leeway())) || seconds(cx, "exp").is_some() {
        return Vec::new();
    }
    let mark = known.profile.lifetime_mark.unwrap_or(known.profile.mark).max(known.mark);
    let help =
        format!("sign a new token with the time of now in `iat`, before the old one is {} old", calendar::span(limit));
    let hit = cx.one("jwt.claims.iat").map(|fact| {
        Hit::on(fact)
            .with("token", &known.name)
            .told("age", calendar::span(age))
            .told("limit", calendar::span(limit))
            .says(known.platform, &known.profile.basis, Some(&help), mark)
    });
    hit.into_iter().collect()
}
