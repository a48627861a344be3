//! The times of a token against the clock: expired, not yet valid, issued in the future, and why (RFC 7519 section 4.1).
//!
//! Without a clock none of these says anything. Most times in the future are no mistake of the token but of the clock that
//! made it, so the difference itself is looked at: the offset of a time zone is named.

use crate::calendar;
use crate::checks::time::{CLAIMS, exp, iat, nbf, on};
use crate::checks::{Check, Context, Hit};
use crate::platform::Mark;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check {
        name: "time-expired",
        about: &["jwt.claims.exp"],
        offers: &["ago", "date", "lifetime", "zone"],
        run: expired,
    },
    Check { name: "time-expires-soon", about: &["jwt.claims.exp"], offers: &["left"], run: expires_soon },
    Check { name: "time-not-yet-valid", about: &["jwt.claims.nbf"], offers: &["ahead", "date"], run: not_yet_valid },
    Check { name: "time-iat-in-future", about: &["jwt.claims.iat"], offers: &["ahead", "date"], run: iat_in_future },
    Check { name: "time-clock-skew", about: CLAIMS, offers: &["claim", "ahead", "effect"], run: clock_skew },
    Check {
        name: "time-utc-offset",
        about: &["jwt.claims.iat", "jwt.claims.nbf"],
        offers: &["claim", "date", "away", "direction", "zone"],
        run: utc_offset,
    },
];

/// How near an offset the age of an expired token has to be for the hint at a time zone, in seconds.
const HINT_TOLERANCE: i128 = 20;

fn expired(cx: &Context) -> Vec<Hit> {
    let (Some(exp), Some(now)) = (exp(cx), cx.now()) else { return Vec::new() };
    if now < exp {
        return Vec::new();
    }
    // Where the whole token is shifted by a time zone, that is the mistake, unless it is too old even so.
    if let Some(shift) = shift(cx) {
        if exp.saturating_sub(i128::from(shift.minutes) * 60) > now {
            return Vec::new();
        }
    }
    let lifetime = match iat(cx).map(|iat| exp.saturating_sub(iat)).filter(|life| *life > 0) {
        Some(life) => format!("; it was valid for {}", calendar::span(life)),
        None => String::new(),
    };
    // An old token may by chance be as old as an offset, so this is only a hint.
    let minutes = iat(cx).and_then(|iat| calendar::offset(iat.saturating_sub(now), HINT_TOLERANCE));
    let zone = minutes.map_or_else(String::new, |minutes| {
        format!(
            "; if this one was made just now, its clock shows local time ({}) instead of UTC",
            calendar::zone(minutes)
        )
    });
    let ago = now.saturating_sub(exp);
    on(cx, "jwt.claims.exp")
        .into_iter()
        .map(|mut hit| {
            // Within the leeway some servers still take it.
            hit.mark = if ago < cx.leeway() { Mark::T } else { Mark::D };
            hit.told("ago", calendar::span(ago))
                .told("date", calendar::text(exp))
                .told("lifetime", lifetime.clone())
                .told("zone", zone.clone())
        })
        .collect()
}

fn expires_soon(cx: &Context) -> Vec<Hit> {
    let (Some(exp), Some(now)) = (exp(cx), cx.now()) else { return Vec::new() };
    let left = exp.saturating_sub(now);
    if !(1..60).contains(&left) {
        return Vec::new();
    }
    on(cx, "jwt.claims.exp").into_iter().map(|hit| hit.told("left", calendar::span(left))).collect()
}

fn not_yet_valid(cx: &Context) -> Vec<Hit> {
    in_future(cx, "jwt.claims.nbf", nbf(cx))
}

fn iat_in_future(cx: &Context) -> Vec<Hit> {
    in_future(cx, "jwt.claims.iat", iat(cx))
}

/// A time that is ahead of the clock by more than the leeway.
fn in_future(cx: &Context, path: &'static str, time: Option<i128>) -> Vec<Hit> {
    let (Some(time), Some(now)) = (time, cx.now()) else { return Vec::new() };
    let ahead = time.saturating_sub(now);
    if ahead <= cx.leeway() {
        return Vec::new();
    }
    let hits = on(cx, path).into_iter();
    hits.map(|hit| hit.told("ahead", calendar::span(ahead)).told("date", calendar::text(time))).collect()
}

/// An `iat` that is ahead by less is the everyday difference of two clocks.
const EVERYDAY_SKEW: i128 = 5;

fn clock_skew(cx: &Context) -> Vec<Hit> {
    let Some(now) = cx.now() else { return Vec::new() };
    let ahead = |time: Option<i128>| time.map(|t| t.saturating_sub(now)).filter(|by| *by > 0 && *by <= cx.leeway());
    if let Some(by) = ahead(nbf(cx)) {
        let effect = "a server that allows no leeway says the token is not yet valid";
        let hits = on(cx, "jwt.claims.nbf").into_iter();
        return hits
            .map(|hit| hit.told("claim", "nbf").told("ahead", calendar::span(by)).told("effect", effect))
            .collect();
    }
    let Some(by) = ahead(iat(cx)) else { return Vec::new() };
    let effect = "a library that checks `iat` without leeway rejects it";
    on(cx, "jwt.claims.iat")
        .into_iter()
        .map(|mut hit| {
            hit.mark = if by < EVERYDAY_SKEW { Mark::M } else { Mark::T };
            hit.told("claim", "iat").told("ahead", calendar::span(by)).told("effect", effect)
        })
        .collect()
}

/// A time that is wrong by the offset of a time zone.
struct Shift {
    path: &'static str,
    at: i128,
    minutes: i32,
    mark: Mark,
}

/// How far from a full offset the clocks may be, in seconds.
const SHIFT_TOLERANCE: i128 = 90;

/// Tells whether the token was issued by local time. A time in the past may be just old: it only counts if the token
/// is known to be fresh, because the user says so, or because a server refused it at a known time.
fn shift(cx: &Context) -> Option<Shift> {
    let (path, at) = match (iat(cx), nbf(cx)) {
        (Some(iat), _) => ("jwt.claims.iat", iat),
        (None, Some(nbf)) => ("jwt.claims.nbf", nbf),
        (None, None) => return None,
    };
    let by = |reference: i128| calendar::offset(at.saturating_sub(reference), SHIFT_TOLERANCE);
    if let Some(now) = cx.now() {
        let fresh = cx.all("expect.fresh").any(|f| f.value.text() == Some("yes"));
        if let Some(minutes) = by(now).filter(|minutes| *minutes > 0 || fresh) {
            return Some(Shift { path, at, minutes, mark: Mark::D });
        }
    }
    let refused = cx.int("paired.response.status").is_some_and(|s| matches!(s, 400 | 401 | 403));
    let minutes = cx.int("paired.response.date").filter(|_| refused).and_then(by)?;
    let mark = if minutes > 0 { Mark::D } else { Mark::T };
    Some(Shift { path, at, minutes, mark })
}

fn utc_offset(cx: &Context) -> Vec<Hit> {
    let Some(shift) = shift(cx) else { return Vec::new() };
    let direction = if shift.minutes > 0 { "ahead" } else { "behind" };
    on(cx, shift.path)
        .into_iter()
        .map(|mut hit| {
            hit.mark = shift.mark;
            hit.told("claim", shift.path.rsplit('.').next().unwrap_or_default())
                .told("date", calendar::text(shift.at))
                .told("away", calendar::span(i128::from(shift.minutes) * 60))
                .told("direction", direction)
                .told("zone", calendar::zone(shift.minutes))
        })
        .collect()
}
