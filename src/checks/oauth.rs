//! Authorization requests and what all OAuth messages share: parameters that are missing, repeated, empty or misspelt
//! (RFC 6749 section 4.1.1, OpenID Connect Core section 3.1.2.1).

use std::borrow::Cow;
use std::collections::HashMap;

use crate::checks::oauth_scope::{has_scope, words};
use crate::checks::url::raw;
use crate::checks::{Check, Context, Fixer, Hit};
use crate::decode::paste::{Kind, leftover};
use crate::facts::Fact;
use crate::finding::{Edit, Word};
use crate::platform::Mark;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check {
        name: "parameter-repeated",
        about: &["authorize", "token-request", "callback"],
        offers: &["parameter", "times"],
        run: repeated,
    },
    Check {
        name: "parameter-empty",
        about: &["authorize", "token-request"],
        offers: &["parameter", "advice"],
        run: empty,
    },
    Check {
        name: "parameter-leftover",
        about: &["authorize", "token-request"],
        offers: &["parameter", "what"],
        run: left_over,
    },
    Check { name: "response-type-missing", about: &["authorize"], offers: &[], run: response_type_missing },
    Check {
        name: "response-type-unknown",
        about: &["authorize.response_type"],
        offers: &["word", "wanted"],
        run: response_type_unknown,
    },
    Check { name: "redirect-uri-missing", about: &["authorize"], offers: &["reason"], run: redirect_uri_missing },
    Check {
        name: "token-parameters",
        about: &["authorize.code", "authorize.grant_type"],
        offers: &[],
        run: token_parameters,
    },
];

/// The fixers of this group.
pub const FIXERS: &[Fixer] = &[
    Fixer { name: "response-type", run: fix_response_type },
    Fixer { name: "delete-parameter", run: delete_parameter },
];

/// The parameters of authorization requests that are registered (IANA OAuth Parameters) or common.
const PARAMETERS: &[&str] = &[
    "access_type",
    "acr_values",
    "approval_prompt",
    "audience",
    "authorization_details",
    "claims",
    "claims_locales",
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "connection",
    "display",
    "domain_hint",
    "dpop_jkt",
    "hd",
    "id_token_hint",
    "identity_provider",
    "idp_hint",
    "include_granted_scopes",
    "kc_idp_hint",
    "lang",
    "locale",
    "login_hint",
    "max_age",
    "nonce",
    "organization",
    "prompt",
    "redirect_uri",
    "registration",
    "request",
    "request_uri",
    "resource",
    "response_mode",
    "response_type",
    "scope",
    "screen_hint",
    "state",
    "ui_locales",
    "user_scope",
];

/// True for the name of a parameter that authorization requests have.
pub(super) fn is_authorize_parameter(name: &str) -> bool {
    PARAMETERS.contains(&name)
}

/// The parameters of the message itself.
pub(super) fn parameters<'a>(cx: &Context<'a>) -> impl Iterator<Item = &'a Fact> + use<'a> {
    let families = ["authorize", "token-request", "callback"];
    cx.own().iter().filter(move |f| families.contains(&f.path.family()) && f.path.segments().count() == 2)
}

pub(super) fn has(cx: &Context, name: &str) -> bool {
    parameters(cx).any(|f| f.path.name() == name && f.value.text() != Some(""))
}

/// The message stands in a signed object or was pushed before (RFC 9101, RFC 9126): parameters may be there.
pub(super) fn is_by_reference(cx: &Context) -> bool {
    has(cx, "request") || has(cx, "request_uri")
}

/// True if a contract says what this endpoint needs: then it speaks, not the general rule.
fn is_in_contract(cx: &Context) -> bool {
    cx.one("endpoint.id").is_some()
}

/// Parameters that servers read once; `resource` and `audience` may be repeated (RFC 8707 section 2).
const ONCE: &[&str] = &[
    "client_assertion",
    "client_id",
    "client_secret",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "error",
    "grant_type",
    "nonce",
    "password",
    "prompt",
    "redirect_uri",
    "refresh_token",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "username",
];

fn repeated(cx: &Context) -> Vec<Hit> {
    let mut seen: HashMap<&str, (usize, &Fact)> = HashMap::new();
    for fact in parameters(cx).filter(|f| ONCE.contains(&f.path.name())) {
        seen.entry(fact.path.name()).or_insert((0, fact)).0 += 1;
    }
    let mut hits = Vec::new();
    for (name, (times, first)) in seen.into_iter().filter(|(_, (times, _))| *times > 1) {
        let mut hit = Hit::on(first).with("parameter", name).told("times", often(times));
        for again in parameters(cx).filter(|f| f.path.name() == name).skip(1).take(3) {
            hit = hit.and(again.place, "again");
        }
        hits.push(hit);
    }
    hits.sort_by_key(|hit| hit.at);
    hits
}

fn often(times: usize) -> String {
    if times == 2 { "twice".to_owned() } else { format!("{times} times") }
}

/// Without these there is no request, so an empty one is not to be left out.
const NEEDED: &[&str] =
    &["client_id", "code", "code_verifier", "grant_type", "redirect_uri", "refresh_token", "response_type"];

/// A parameter without a value counts as left out (RFC 6749 section 3.1), which matters where it is needed.
fn empty(cx: &Context) -> Vec<Hit> {
    // A public client may send an empty secret.
    let is_empty = |f: &&Fact| !f.hole && f.value.text() == Some("") && f.path.name() != "client_secret";
    let hit = |f: &Fact| {
        let mut hit = Hit::on(f).with("parameter", f.path.name());
        if NEEDED.contains(&f.path.name()) {
            return hit.told("advice", "fill it in: check the variable that should have brought it");
        }
        hit.mark = Mark::T;
        hit.told("advice", "fill it in, or leave the parameter out")
    };
    parameters(cx).filter(is_empty).map(hit).collect()
}

/// What stands for the value of a parameter that nobody filled in. Credentials among them are things of their own.
fn stand_in(fact: &Fact) -> Option<&'static str> {
    const NAMES: &[&str] = &["client_id", "code_challenge", "redirect_uri"];
    let text = fact.value.text().filter(|_| !fact.hole && NAMES.contains(&fact.path.name()))?;
    Some(match leftover(text)?.kind {
        Kind::Null => "what a program writes for an empty variable",
        Kind::Object => "what a program writes for an object",
        Kind::Masked => "a masked value",
        Kind::Ellipsis => "a value that was shortened",
        Kind::Variable => "a variable that was not replaced",
        Kind::Placeholder => "a placeholder",
        Kind::Dummy | Kind::CaseFolded => return None,
    })
}

/// True if a parameter of an OAuth message is no value at all, or one that was encoded twice: that explains whatever a
/// contract would say of it.
pub(super) fn is_ruined(cx: &Context, fact: &Fact) -> bool {
    let is_encoded = || {
        fact.path.name() == "redirect_uri"
            && fact.value.text().is_some_and(|text| text.to_ascii_lowercase().contains("%3a%2f"))
    };
    cx.one("request.message").is_some() && (stand_in(fact).is_some() || is_encoded())
}

fn left_over(cx: &Context) -> Vec<Hit> {
    let hit = |f: &Fact| {
        let mut hit = Hit::on(f).with("parameter", f.path.name());
        hit.variables.push(("what", Word::Text(Cow::Borrowed(stand_in(f)?))));
        Some(hit)
    };
    parameters(cx).filter_map(hit).collect()
}

/// Deletes the parameter that the finding is about, with the sign that joins it to the others.
fn delete_parameter(cx: &Context, hit: &Hit) -> Vec<Edit> {
    // What is needed has to be filled in.
    if hit.mark == Mark::D {
        return Vec::new();
    }
    let raw = raw(cx, hit.at);
    let Some(before) = cx.sources.get(raw.source).text.get(..raw.span.start) else { return Vec::new() };
    let whole = before.rfind(['&', '?']).map_or(0, |at| at + 1);
    let text = &cx.sources.get(raw.source).text;
    let mut place = raw;
    // The value may be the whole pair already (when it is empty).
    place.span.start = if cx.sources.text(raw).contains('=') { raw.span.start } else { whole };
    if text.get(place.span.end..).is_some_and(|rest| rest.starts_with('&')) {
        place.span.end += 1;
    } else if place.span.start > 0 && text.get(..place.span.start).is_some_and(|t| t.ends_with('&')) {
        place.span.start -= 1;
    }
    cx.sources.editable(place).map(|place| Edit { place, text: String::new(), secret: false }).into_iter().collect()
}

/// Servers that take a code request for granted, so that nothing need be said there.
const CODE_ONLY: &[&str] =
    &["facebook.com", "github.com", "myshopify.com", "slack.com", "trello.com", "linear.app", "wordpress.com"];

/// True at a server of [`CODE_ONLY`].
pub(super) fn takes_code_only(cx: &Context) -> bool {
    let host = cx.text("request.host").unwrap_or_default();
    CODE_ONLY.iter().any(|known| host.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

/// No `response_type`. OpenID Connect makes it an error; some servers of plain OAuth know only one anyway.
fn response_type_missing(cx: &Context) -> Vec<Hit> {
    let written = parameters(cx).any(|f| f.path.name() == "response_type");
    if written || takes_code_only(cx) || is_by_reference(cx) || is_in_contract(cx) || cx.facts.get(cx.subject).open {
        return Vec::new();
    }
    let mut hit = Hit::at(cx.facts.get(cx.subject).place.end());
    if !has_scope(cx, "openid") {
        hit.mark = Mark::T;
    }
    vec![hit]
}

/// What people write instead of a response type, and the response type.
const RESPONSE_TYPES: &[(&str, &str)] = &[
    ("access_token", "token"),
    ("auth_code", "code"),
    ("authorization-code", "code"),
    ("authorization_code", "code"),
    ("authorizationcode", "code"),
    ("code", "code"),
    ("id-token", "id_token"),
    ("id_token", "id_token"),
    ("idtoken", "id_token"),
    ("implicit", "token"),
    ("token", "token"),
];

/// A word that is no response type: an alias for certain, any other word perhaps an extension.
fn response_type_unknown(cx: &Context) -> Vec<Hit> {
    let Some(fact) = cx.one("authorize.response_type").filter(|f| !f.hole) else { return Vec::new() };
    let text = fact.value.text().unwrap_or_default();
    let is_known =
        |word: &str| matches!(word, "code" | "token" | "id_token" | "none" | "vp_token") || word.contains(':');
    if is_in_contract(cx) {
        return Vec::new();
    }
    let Some(word) = words(text).find(|word| !is_known(word)) else { return Vec::new() };
    let alias = RESPONSE_TYPES.iter().find(|(alias, _)| word.eq_ignore_ascii_case(alias));
    let mut hit = Hit::on(fact).with("word", word);
    let wanted = alias.map_or("code", |(_, wanted)| wanted);
    hit.variables.push(("wanted", Word::Text(Cow::Borrowed(wanted))));
    if alias.is_none() {
        hit.mark = Mark::T;
    }
    vec![hit]
}

/// Replaces a response type that is one misspelt word.
fn fix_response_type(cx: &Context, hit: &Hit) -> Vec<Edit> {
    let text = cx.sources.text(hit.at).to_owned();
    let alias = RESPONSE_TYPES.iter().find(|(alias, _)| text.eq_ignore_ascii_case(alias));
    let place = cx.sources.editable(hit.at);
    let edit = place.zip(alias).map(|(place, (_, wanted))| Edit { place, text: (*wanted).to_owned(), secret: false });
    edit.into_iter().collect()
}

/// No `redirect_uri`: OpenID Connect needs it, OAuth only where several are registered.
fn redirect_uri_missing(cx: &Context) -> Vec<Hit> {
    let written = parameters(cx).any(|f| f.path.name() == "redirect_uri");
    if written || is_by_reference(cx) || is_in_contract(cx) || cx.facts.get(cx.subject).open {
        return Vec::new();
    }
    let mut hit = Hit::at(cx.facts.get(cx.subject).place.end());
    let reason = if has_scope(cx, "openid") {
        "OpenID Connect requires it in every request"
    } else {
        hit.mark = Mark::M;
        "a server can do without it only if exactly one is registered"
    };
    hit.variables.push(("reason", Word::Text(Cow::Borrowed(reason))));
    vec![hit]
}

/// Parameters of the second step in the first one.
fn token_parameters(cx: &Context) -> Vec<Hit> {
    let found = parameters(cx).filter(|f| matches!(f.path.name(), "code" | "grant_type"));
    found.take(1).map(Hit::on).collect()
}
