//! The `scope` parameter: how scopes are written and joined (RFC 6749 section 3.3), and `openid` among them (OpenID
//! Connect Core section 3.1.2.1).

use std::borrow::Cow;

use crate::checks::oauth::{is_by_reference, parameters};
use crate::checks::url::raw;
use crate::checks::{Check, Context, Fixer, Hit};
use crate::facts::Fact;
use crate::finding::{Edit, Word};
use crate::platform::Mark;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "openid-scope-missing", about: &["authorize"], offers: &["reason"], run: openid_missing },
    Check {
        name: "scope-characters",
        about: &["authorize.scope", "token-request.scope"],
        offers: &["what"],
        run: scope_characters,
    },
    Check {
        name: "scope-misspelt",
        about: &["authorize.scope", "token-request.scope"],
        offers: &["scope", "wanted"],
        run: scope_misspelt,
    },
    Check {
        name: "scope-joined",
        about: &["authorize.scope", "token-request.scope"],
        offers: &["what"],
        run: scope_joined,
    },
    Check { name: "scope-comma", about: &["authorize.scope"], offers: &["reason"], run: scope_comma },
];

/// The fixers of this group.
pub const FIXERS: &[Fixer] = &[Fixer { name: "commas-to-blanks", run: fix_commas }];

pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(' ').filter(|word| !word.is_empty())
}

pub(super) fn has_scope(cx: &Context, wanted: &str) -> bool {
    cx.text("authorize.scope").is_some_and(|scope| scope.split([' ', ',']).any(|word| word == wanted))
}

/// An ID token is asked for, but not the scope that makes a request one of OpenID Connect.
fn openid_missing(cx: &Context) -> Vec<Hit> {
    if has_scope(cx, "openid") || is_by_reference(cx) || cx.facts.get(cx.subject).open {
        return Vec::new();
    }
    if cx.one("authorize.scope").is_some_and(|f| f.hole) {
        return Vec::new();
    }
    let response_type = cx.one("authorize.response_type").filter(|f| !f.hole);
    let asks = response_type.filter(|f| f.value.text().is_some_and(|t| words(t).any(|word| word == "id_token")));
    let hint = || parameters(cx).find(|f| matches!(f.path.name(), "id_token_hint" | "max_age"));
    let at = |fact: &Fact| cx.one("authorize.scope").map_or(fact.place, |scope| scope.place);
    let (fact, reason, mark) = match (asks, hint()) {
        (Some(fact), _) => (fact, "`response_type` asks for an ID token", Mark::D),
        (None, Some(fact)) => (fact, "the request has a parameter that only OpenID Connect knows", Mark::T),
        (None, None) => return Vec::new(),
    };
    let mut hit = Hit::at(at(fact));
    hit.mark = mark;
    hit.variables.push(("reason", Word::Text(Cow::Borrowed(reason))));
    vec![hit]
}

/// Characters that no scope has (RFC 6749 section 3.3): quotes, brackets of a JSON array, controls, letters beyond ASCII.
fn scope_characters(cx: &Context) -> Vec<Hit> {
    let own = parameters(cx).find(|f| f.path.name() == "scope").filter(|f| !f.hole);
    let Some((fact, text)) = own.and_then(|f| Some((f, f.value.text()?))) else { return Vec::new() };
    let trimmed = text.trim();
    let what = if trimmed.starts_with('[') && trimmed.ends_with(']') {
        "a JSON array"
    } else if text.contains('"') {
        "quotes"
    } else if text.contains('\\') {
        "a backslash"
    } else if text.contains(['\r', '\n', '\t']) || text.chars().any(char::is_control) {
        "a line break or another control character"
    } else if !text.is_ascii() {
        "a character beyond ASCII"
    } else {
        return Vec::new();
    };
    let mut hit = Hit::on(fact);
    hit.variables.push(("what", Word::Text(Cow::Borrowed(what))));
    vec![hit]
}

/// A scope of OpenID Connect in another spelling: they are compared exactly.
fn scope_misspelt(cx: &Context) -> Vec<Hit> {
    const KNOWN: &[&str] = &["openid", "profile", "email", "offline_access"];
    let own = parameters(cx).find(|f| f.path.name() == "scope").filter(|f| !f.hole);
    let Some((fact, text)) = own.and_then(|f| Some((f, f.value.text()?))) else { return Vec::new() };
    let letters = |text: &str| text.replace(['_', '-', '.'], "").to_ascii_lowercase();
    let known = |word: &str| KNOWN.iter().find(|known| letters(known) == letters(word) && **known != word);
    // Only where the request is one of OpenID Connect anyway: any other server may have such a scope.
    let is_oidc = text.to_ascii_lowercase().contains("open");
    let found = words(text).find_map(|word| Some((word, *known(word)?))).filter(|_| is_oidc);
    found.map(|(word, wanted)| Hit::on(fact).with("scope", word).with("wanted", wanted)).into_iter().collect()
}

/// Commas and no blank. With `openid` among the scopes it cannot be meant; else some servers want it so.
fn scope_comma(cx: &Context) -> Vec<Hit> {
    let Some(fact) = cx.one("authorize.scope").filter(|f| !f.hole) else { return Vec::new() };
    let text = fact.value.text().unwrap_or_default();
    let separator = cx.platform().and_then(|p| p.oauth.as_ref()).map(|o| o.scope_separator.as_ref());
    // Both blanks and commas are in lists of servers that do not speak OpenID Connect.
    let is_mixed = text.contains(' ') && !has_scope(cx, "openid");
    if !text.contains(',') || is_mixed || separator.is_some() {
        return Vec::new();
    }
    let mut hit = Hit::on(fact);
    let reason = if has_scope(cx, "openid") {
        "OpenID Connect separates them by spaces, so what a comma joins is read as one scope that does not exist"
    } else {
        hit.mark = Mark::M;
        "OAuth separates them by spaces, though some servers want commas"
    };
    hit.variables.push(("reason", Word::Text(Cow::Borrowed(reason))));
    vec![hit]
}

/// Scopes joined by something that is neither a space nor a comma: escapes and plus signs of a second encoding, semicolons.
fn scope_joined(cx: &Context) -> Vec<Hit> {
    const KNOWN: &[&str] = &["openid", "profile", "email", "offline_access", "read", "write"];
    let own = parameters(cx).find(|f| f.path.name() == "scope").filter(|f| !f.hole);
    let Some((fact, text)) = own.and_then(|f| Some((f, f.value.text()?))) else { return Vec::new() };
    let upper = text.to_ascii_uppercase();
    let words = |sign: char| text.split(sign).filter(|word| KNOWN.contains(word)).count();
    let what = if ["%20", "%2B", "%2C"].iter().any(|escape| upper.contains(escape)) {
        "percent-encoded twice"
    } else if text.contains('+') && !text.contains(' ') && words('+') > 0 {
        "joined by plus signs, encoded as `%2B`"
    } else if text.contains(';') && !text.contains(' ') && words(';') > 0 {
        "joined by semicolons"
    } else {
        return Vec::new();
    };
    vec![Hit::on(fact).told("what", what)]
}

/// Writes `%20` for every comma.
fn fix_commas(cx: &Context, hit: &Hit) -> Vec<Edit> {
    let raw = raw(cx, hit.at);
    let text = cx.sources.text(raw).to_ascii_uppercase();
    let commas = ["%2C", ","]
        .iter()
        .flat_map(|sign| text.match_indices(sign).map(|(at, _)| raw.part(at, at + sign.len())).collect::<Vec<_>>());
    let edits = commas.map(|place| {
        let place = cx.sources.editable(place)?;
        Some(Edit { place, text: "%20".to_owned(), secret: false })
    });
    edits.collect::<Option<Vec<_>>>().unwrap_or_default()
}
