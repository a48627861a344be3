//! Token responses that no client can use (RFC 6749 section 5.1).

use std::borrow::Cow;

use crate::checks::{Check, Context, Hit};
use crate::facts::Fact;
use crate::finding::Word;
use crate::platform::Mark;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "expires-in", about: &["token-response.expires_in"], offers: &["what"], run: expires_in },
    Check {
        name: "expires-in-milliseconds",
        about: &["jwt.claims.exp"],
        offers: &["lifetime", "sent"],
        run: milliseconds,
    },
    Check { name: "token-type", about: &["token-response.token_type"], offers: &[], run: token_type },
    Check { name: "same-token", about: &["token-response.refresh_token"], offers: &[], run: same_token },
    Check {
        name: "token-of-response",
        about: &["paired.response.member"],
        offers: &["member", "words"],
        run: wrong_member,
    },
];

/// A lifetime that is none: a date, a negative number, nothing.
fn expires_in(cx: &Context) -> Vec<Hit> {
    const LONGEST: i128 = 1_000_000_000;
    let Some(fact) = cx.one("token-response.expires_in").filter(|f| !f.hole) else { return Vec::new() };
    let number = fact.value.int().or_else(|| fact.value.text()?.trim().parse().ok());
    let (what, mark) = match number {
        Some(n) if n > LONGEST => ("a point in time, not a lifetime in seconds", Mark::D),
        Some(n) if n < 0 => ("negative", Mark::D),
        // Some servers mean "never expires".
        Some(0) => ("zero, as if the token were expired already", Mark::T),
        _ => return Vec::new(),
    };
    let mut hit = Hit::on(fact);
    hit.mark = mark;
    hit.variables.push(("what", Word::Text(Cow::Borrowed(what))));
    vec![hit]
}

/// `expires_in` is a thousand times the lifetime that the token itself states.
fn milliseconds(cx: &Context) -> Vec<Hit> {
    let (Some(exp), Some(iat)) = (cx.int("jwt.claims.exp"), cx.int("jwt.claims.iat")) else { return Vec::new() };
    let Some(fact) = cx.one("token-response.expires_in").filter(|_| cx.text("auth.name") == Some("access_token"))
    else {
        return Vec::new();
    };
    let (Some(sent), lifetime) = (fact.value.int(), exp.saturating_sub(iat)) else { return Vec::new() };
    let is_thousandfold = lifetime > 0 && (sent / 1000 - lifetime).abs() <= 60 && sent > 600 * 1000;
    if !is_thousandfold {
        return Vec::new();
    }
    vec![Hit::on(fact).with("lifetime", lifetime).with("sent", sent)]
}

/// A `token_type` that neither a standard nor a contract knows.
fn token_type(cx: &Context) -> Vec<Hit> {
    let Some(fact) = cx.one("token-response.token_type").filter(|f| !f.hole) else { return Vec::new() };
    let text = fact.value.text().unwrap_or_default().to_ascii_lowercase();
    let standard = ["bearer", "dpop", "mac", "n_a", "pop"].contains(&text.as_str());
    let contracts = || cx.platforms.iter().filter_map(|p| p.oauth.as_ref());
    let documented = contracts().any(|o| o.token_type.iter().any(|t| t.eq_ignore_ascii_case(&text)));
    if standard || documented { Vec::new() } else { vec![Hit::on(fact)] }
}

/// The same value as access token and refresh token.
fn same_token(cx: &Context) -> Vec<Hit> {
    let known = |path: &'static str| cx.one(path).filter(|f| !f.hole && f.value.text().is_some_and(|t| !t.is_empty()));
    match (known("token-response.refresh_token"), known("token-response.access_token")) {
        (Some(refresh), Some(access)) if refresh.value == access.value => {
            vec![Hit::on(refresh).and(access.place, "the access token")]
        }
        _ => Vec::new(),
    }
}

/// A header carries what a token response of the same source calls a refresh token or an ID token. Some APIs do take ID
/// tokens.
fn wrong_member(cx: &Context) -> Vec<Hit> {
    let members: Vec<&Fact> = cx.own().iter().filter(|f| f.path.as_str() == "paired.response.member").collect();
    let is_sent = cx.text("auth.carrier") == Some("header") && cx.text("request.message").is_none();
    let (Some(member), Some(value)) = (members.first().filter(|_| is_sent), cx.one("auth.value")) else {
        return Vec::new();
    };
    let (words, mark) = match member.value.text() {
        Some("refresh_token") => ("the refresh token", Mark::D),
        Some("id_token") => ("the ID token", Mark::M),
        _ => return Vec::new(),
    };
    let mut hit = Hit::on(value).and(member.place, "issued here");
    hit.mark = mark;
    hit.variables.push(("member", Word::Text(Cow::Owned(member.value.to_string()))));
    hit.variables.push(("words", Word::Text(Cow::Borrowed(words))));
    vec![hit]
}
