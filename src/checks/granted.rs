//! Token responses against what was asked for: scopes, tokens, lifetime, and the form of the answer (RFC 6749 section 5.1,
//! OpenID Connect Core section 3.1.3.3).

use crate::checks::{Check, Context, Hit};
use crate::facts::Fact;
use crate::platform::Mark;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "scope-reduced", about: &["token-response.scope"], offers: &["missing"], run: scope_reduced },
    Check { name: "id-token-missing", about: &["token-response.access_token"], offers: &["reason"], run: no_id_token },
    Check {
        name: "refresh-token-missing",
        about: &["token-response.access_token"],
        offers: &[],
        run: no_refresh_token,
    },
    Check {
        name: "lifetime-differs",
        about: &["jwt.claims.exp"],
        offers: &["lifetime", "sent", "reason"],
        run: lifetime,
    },
    Check { name: "token-response-cached", about: &["token-response.access_token"], offers: &[], run: cached },
    Check { name: "token-response-no-json", about: &["response.status"], offers: &["found", "advice"], run: no_json },
];

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', ',']).filter(|word| !word.is_empty())
}

/// A parameter that was sent, if its value is known.
fn asked<'a>(cx: &Context<'a>, path: &'a str) -> Option<(&'a Fact, &'a str)> {
    let fact = cx.one(path).filter(|f| !f.hole)?;
    Some((fact, fact.value.text().filter(|text| !text.is_empty())?))
}

fn asked_scope<'a>(cx: &Context<'a>) -> Option<(&'a Fact, &'a str)> {
    asked(cx, "paired.token-request.scope").or_else(|| asked(cx, "paired.authorize.scope"))
}

fn is_code_exchange(cx: &Context) -> bool {
    cx.text("paired.token-request.grant_type") == Some("authorization_code")
}

/// Scopes that were asked for and not granted. Servers leave out those of OpenID Connect, and write others with a
/// prefix.
fn scope_reduced(cx: &Context) -> Vec<Hit> {
    let Some((granted, text)) =
        cx.one("token-response.scope").filter(|f| !f.hole).and_then(|f| Some((f, f.value.text()?)))
    else {
        return Vec::new();
    };
    let Some((fact, wanted)) = asked_scope(cx) else { return Vec::new() };
    let is_silent = |scope: &str| {
        matches!(scope, "openid" | "offline_access" | "profile" | "email" | "offline") || scope.ends_with("/.default")
    };
    let plain = |scope: &str| scope.rsplit('/').next().unwrap_or(scope).to_ascii_lowercase();
    let is_granted = |scope: &str| words(text).any(|have| have == scope || plain(have) == plain(scope));
    let missing: Vec<String> = words(wanted)
        .filter(|scope| !is_silent(scope) && !is_granted(scope))
        .map(|s| format!("`{s}`"))
        .take(10)
        .collect();
    // Where nothing of it is granted, scopes may be named otherwise in the answer.
    if missing.is_empty() {
        return Vec::new();
    }
    vec![Hit::on(granted).with("missing", missing.join(", ")).and(fact.place, "what was asked for")]
}

/// `openid` was asked for, and no ID token came.
fn no_id_token(cx: &Context) -> Vec<Hit> {
    let is_there = cx.own().iter().any(|f| f.path.as_str() == "token-response.id_token");
    if is_there || !is_code_exchange(cx) || cx.facts.get(cx.subject).open {
        return Vec::new();
    }
    let login = asked(cx, "paired.authorize.scope");
    let has_openid = |scope: Option<(&Fact, &str)>| scope.is_some_and(|(_, text)| words(text).any(|w| w == "openid"));
    let late = asked(cx, "paired.token-request.scope");
    let (fact, reason) = if has_openid(login) {
        (login, "although the login asked for `openid`")
    } else if has_openid(late) && cx.one("paired.authorize").is_some() {
        (late, "since `openid` stands only in the token request, not in the authorization request")
    } else {
        return Vec::new();
    };
    let mut hit = Hit::at(cx.where_missing("token-response.id_token")).told("reason", reason);
    // OpenID Connect requires one only for a login that asked for it; a server that says what it granted instead may
    // know nothing of OpenID Connect.
    let granted = cx.text("token-response.scope");
    if !has_openid(login) || granted.is_some_and(|scope| !words(scope).any(|w| w == "openid")) {
        hit.mark = Mark::T;
    }
    vec![fact.into_iter().fold(hit, |hit, (fact, _)| hit.and(fact.place, "asked for here"))]
}

fn no_refresh_token(cx: &Context) -> Vec<Hit> {
    let is_there = cx.own().iter().any(|f| f.path.as_str() == "token-response.refresh_token");
    let asks = asked_scope(cx).filter(|(_, text)| words(text).any(|w| w == "offline_access"));
    match asks {
        Some((fact, _)) if !is_there && is_code_exchange(cx) && !cx.facts.get(cx.subject).open => {
            vec![Hit::at(cx.where_missing("token-response.refresh_token")).and(fact.place, "asked for here")]
        }
        _ => Vec::new(),
    }
}

/// `expires_in` and the times in the token tell two lifetimes. A thousandfold is milliseconds, and told elsewhere.
fn lifetime(cx: &Context) -> Vec<Hit> {
    let (Some(exp), Some(iat)) = (cx.int("jwt.claims.exp"), cx.int("jwt.claims.iat")) else { return Vec::new() };
    let fact = cx.one("token-response.expires_in").filter(|f| !f.hole && cx.text("auth.name") == Some("access_token"));
    let Some((fact, sent)) = fact.and_then(|f| Some((f, f.value.int()?))) else { return Vec::new() };
    let lifetime = exp.saturating_sub(iat);
    let is_plausible = |seconds: i128| (1..=1_000_000_000).contains(&seconds);
    // Servers set `iat` back for clocks that differ, by up to five minutes.
    let differs = is_plausible(lifetime) && is_plausible(sent) && !(-60..=360).contains(&(lifetime - sent));
    if !differs || (sent / 1000 - lifetime).abs() <= 60 {
        return Vec::new();
    }
    let offset = (lifetime - sent).abs();
    let is_offset = offset % 900 <= 5 && (1800..=14 * 3600 + 5).contains(&offset);
    let reason = if is_offset { "; that is a whole time zone: local time may have been taken for UTC" } else { "" };
    vec![Hit::on(fact).told("lifetime", lifetime).told("sent", sent).told("reason", reason)]
}

/// An answer with tokens that caches may keep.
fn cached(cx: &Context) -> Vec<Hit> {
    let header = cx.facts.outward(cx.subject).find(|id| cx.facts.get(*id).thing == crate::facts::Thing::Response);
    let Some(response) = header.map(|id| cx.facts.get(id)) else { return Vec::new() };
    let control: Vec<&Fact> = response.of_path("response.header.cache-control").collect();
    let forbids = |f: &&Fact| f.hole || f.value.text().is_some_and(|t| t.to_ascii_lowercase().contains("no-store"));
    if response.open || control.iter().any(forbids) {
        return Vec::new();
    }
    // Without the header, caches keep no answer to a POST.
    control.first().map(|fact| Hit::on(fact)).into_iter().collect()
}

/// The answer to a token request is a page or a form, not JSON.
fn no_json(cx: &Context) -> Vec<Hit> {
    let is_asked = cx.text("paired.request.message") == Some("token request") && cx.int("response.status") == Some(200);
    let declared = cx.one("response.header.content-type").filter(|f| !f.hole && is_asked);
    let body = cx.text("response.body").unwrap_or_default().trim_start();
    let Some((fact, kind)) = declared.and_then(|f| Some((f, f.value.text()?.to_ascii_lowercase()))) else {
        return Vec::new();
    };
    let (found, advice) = if kind.contains("text/html") && (body.is_empty() || body.starts_with('<')) {
        ("a page", "check the URL: this is the page of a login or of an error, not the token endpoint")
    } else if kind.contains("x-www-form-urlencoded") {
        ("a form", "send `Accept: application/json` with the token request")
    } else {
        return Vec::new();
    };
    vec![Hit::on(fact).told("found", found).told("advice", advice)]
}
