//! How long a JWT may be good for, against the profile that a contract writes down for it.

use crate::calendar::{self, Unit};
use crate::checks::contract_claims::Minted;
use crate::checks::{Check, Context, Hit};
use crate::facts::{Fact, Path};

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

/// A time in the claims, and its seconds since 1970; `None` if it is not there, or in another unit: of a token that has a
/// wrong unit nothing more is said.
fn time<'a>(cx: &Context<'a>, claim: &str) -> Option<(&'a Fact, i128)> {
    let path = Path::new("jwt.claims").join(claim);
    let fact = cx.own().iter().find(|f| f.path == path).filter(|f| !f.hole)?;
    let seconds = fact.value.int().filter(|seconds| calendar::unit(*seconds) == Unit::Seconds)?;
    Some((fact, seconds))
}

/// A hit at a time that passes a limit of the profile.
fn hit(minted: &Minted, at: &Fact, limit: i128, help: &str) -> Hit {
    let mark = minted.profile.lifetime_mark.unwrap_or(minted.profile.mark).max(minted.mark);
    Hit::on(at).with("token", minted.known.words()).told("limit", calendar::span(limit)).says(
        minted.known.platform,
        &minted.profile.basis,
        Some(help),
        mark,
    )
}

/// How much more than the platform allows may come from clocks that differ, or from an `iat` that was set back for that
/// reason, in seconds.
const TOLERANCE: i128 = 60;

/// `exp` is further ahead than the platform takes.
fn lifetime(cx: &Context) -> Vec<Hit> {
    let Some(minted) = Minted::of(cx) else { return Vec::new() };
    let (Some(limit), Some((fact, exp))) = (minted.profile.lifetime.map(i128::from), time(cx, "exp")) else {
        return Vec::new();
    };
    let from_now = cx.now().map(|now| (exp.saturating_sub(now), "from now"));
    let from_iat = time(cx, "iat").map(|(_, iat)| (exp.saturating_sub(iat), "after `iat`"));
    let too_long = |(ahead, _): &(i128, &str)| *ahead > limit.saturating_add(TOLERANCE.max(cx.leeway()));
    let Some((ahead, from)) = [from_now, from_iat].into_iter().flatten().find(too_long) else { return Vec::new() };
    let help = format!(
        "set `exp` at most {} after the time of signing, in UTC, and keep the clock right (NTP)",
        calendar::span(limit)
    );
    vec![hit(&minted, fact, limit, &help).told("ahead", calendar::span(ahead)).told("from", from)]
}

/// `exp` is nearer to `iat` than the platform takes.
fn too_short(cx: &Context) -> Vec<Hit> {
    let Some(minted) = Minted::of(cx) else { return Vec::new() };
    let limit = minted.profile.min_lifetime.map(i128::from);
    let (Some(limit), Some((fact, exp)), Some((_, iat))) = (limit, time(cx, "exp"), time(cx, "iat")) else {
        return Vec::new();
    };
    let ahead = exp.saturating_sub(iat);
    if ahead >= limit || ahead <= 0 {
        return Vec::new();
    }
    let help = format!("set `exp` at least {} after `iat`", calendar::span(limit));
    vec![hit(&minted, fact, limit, &help).told("ahead", calendar::span(ahead))]
}

/// `iat` is longer ago than the platform takes, in a token that does not say itself when it ends.
fn age(cx: &Context) -> Vec<Hit> {
    let Some(minted) = Minted::of(cx) else { return Vec::new() };
    let limit = minted.profile.max_age.map(i128::from);
    let (Some(limit), Some((fact, iat)), Some(now)) = (limit, time(cx, "iat"), cx.now()) else {
        return Vec::new();
    };
    let age = now.saturating_sub(iat);
    if age <= limit.saturating_add(TOLERANCE.max(cx.leeway())) || time(cx, "exp").is_some() {
        return Vec::new();
    }
    let help =
        format!("sign a new token with the time of now in `iat`, before the old one is {} old", calendar::span(limit));
    vec![hit(&minted, fact, limit, &help).told("age", calendar::span(age))]
}
