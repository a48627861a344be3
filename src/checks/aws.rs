//! The time in a signature of AWS against the clock. The signature covers it, so nothing of it can be mended afterwards.

use crate::calendar;
use crate::checks::{Check, Context, Hit};
use crate::facts::Fact;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check {
        name: "aws-presigned-expired",
        about: &["request.query.X-Amz-Expires"],
        offers: &["ago", "signed", "lifetime"],
        run: expired,
    },
    Check {
        name: "aws-signing-time",
        about: &["request.header.x-amz-date"],
        offers: &["signed", "away", "zone"],
        run: signing_time,
    },
];

/// How far the time of signing may be from the server's, in seconds: what Amazon S3 allows; others allow five minutes.
const TOLERANCE: i128 = 15 * 60;
/// How near a time has to be to that of another zone, in seconds.
const NEAR: i128 = 5 * 60;

/// The clock of the server that answered, else ours. Where there is an answer without a date, nobody knows when it was.
fn now(cx: &Context) -> Option<i128> {
    let answered = cx.int("paired.response.date");
    answered.or_else(|| cx.now().filter(|_| cx.one("paired.response.status").is_none()))
}

/// The point in time in a fact: `20270115T080000Z`.
fn time(fact: &Fact) -> Option<i128> {
    let text = fact.value.text().filter(|_| !fact.hole)?;
    let is_form = text.len() == 16 && text.ends_with('Z') && text.as_bytes().get(8) == Some(&b'T');
    calendar::parse(text).filter(|_| is_form)
}

/// True for the access key of the documents: what it signs is an example, and old.
fn is_example(cx: &Context, path: &'static str) -> bool {
    cx.text(path).is_some_and(|text| text.contains("EXAMPLE"))
}

/// A presigned URL whose time is over.
fn expired(cx: &Context) -> Vec<Hit> {
    let date = cx.one("request.query.X-Amz-Date").and_then(|fact| Some((fact, time(fact)?)));
    let expires = cx.one("request.query.X-Amz-Expires").filter(|fact| !fact.hole);
    let lifetime = expires.and_then(|fact| fact.value.text()?.parse::<u32>().ok()).map(i128::from);
    let (Some((fact, signed)), Some(expires), Some(lifetime), Some(now)) = (date, expires, lifetime, now(cx)) else {
        return Vec::new();
    };
    let is_signed = cx.one("request.query.X-Amz-Signature").is_some();
    let ago = now.saturating_sub(signed.saturating_add(lifetime));
    if ago <= cx.leeway() || !is_signed || is_example(cx, "request.query.X-Amz-Credential") {
        return Vec::new();
    }
    let hit = Hit::on(expires)
        .told("ago", calendar::span(ago))
        .told("signed", calendar::text(signed))
        .told("lifetime", calendar::span(lifetime));
    vec![hit.and(fact.place, "signed at this time")]
}

/// A request whose time of signing is far from the clock.
fn signing_time(cx: &Context) -> Vec<Hit> {
    let date = cx.one("request.header.x-amz-date").and_then(|fact| Some((fact, time(fact)?)));
    let (Some((fact, signed)), Some(now)) = (date, now(cx)) else { return Vec::new() };
    let is_signed = cx.text("request.header.authorization").is_some_and(|text| text.starts_with("AWS4-"));
    let away = signed.saturating_sub(now);
    if away.saturating_abs() <= TOLERANCE || !is_signed || is_example(cx, "request.header.authorization") {
        return Vec::new();
    }
    let zone = calendar::offset(away, NEAR).map_or_else(String::new, |minutes| {
        format!("; that is how far {} is: local time may have been taken for UTC", calendar::zone(minutes))
    });
    let side = if away > 0 { "ahead of" } else { "behind" };
    let hit = Hit::on(fact)
        .told("signed", calendar::text(signed))
        .told("away", format!("{} {side}", calendar::span(away)))
        .told("zone", zone);
    vec![hit]
}
