//! Requests that ask about a token, or end it: the introspection and the revocation endpoint of an authorization server
//! (RFC 7662 section 2.1, RFC 7009 section 2.1).

use crate::checks::url::{is_local_network, is_loopback, raw};
use crate::checks::{Check, Context, Fixer, Hit};
use crate::decode::credential::SCHEMES;
use crate::facts::Fact;
use crate::finding::Edit;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "inspected-token", about: &["request.path"], offers: &["what", "advice"], run: token },
    Check { name: "inspected-token-scheme", about: &["request.param.token"], offers: &["scheme"], run: scheme },
    Check { name: "token-type-hint", about: &["request.param.token_type_hint"], offers: &["wanted"], run: hint },
    Check { name: "introspection-client", about: &["request.path"], offers: &[], run: client },
];

/// The fixers of this group.
pub const FIXERS: &[Fixer] =
    &[Fixer { name: "token-type-hint", run: fix_hint }, Fixer { name: "delete-scheme-of-token", run: delete_scheme }];

/// Folders under which authorization servers keep their endpoints. Others revoke tokens of their own by their own rules.
const OAUTH: &[&str] =
    &["oauth", "oauth2", "oidc", "openid", "openid-connect", "connect", "protocol", "as", "token_introspection"];

/// What a request to an authorization server asks for, by the last word of its path.
fn asked(cx: &Context) -> Option<&'static str> {
    let is_post = cx.text("request.method").is_some_and(|m| m.eq_ignore_ascii_case("POST"));
    // An OAuth message of another kind, or an endpoint of which a contract speaks, is none of these.
    if !is_post || cx.one("request.message").is_some() || cx.one("endpoint.id").is_some() {
        return None;
    }
    let path = cx.text("request.path")?.trim_end_matches('/').to_ascii_lowercase();
    let mut words = path.rsplit('/');
    let what = match words.next()? {
        "introspect" | "introspection" | "token_introspection" => "introspection",
        "revoke" | "revocation" | "token_revocation" => "revocation",
        _ => return None,
    };
    // Everything may be inspected or revoked; what is said above the word tells that it is a token.
    let is_oauth = path.split('/').any(|word| OAUTH.contains(&word));
    let says = ["request.param.token_type_hint", "request.param.token"].iter().any(|path| cx.one(path).is_some());
    (is_oauth || says).then_some(what)
}

/// The parameters of the form.
fn parameters<'a>(cx: &Context<'a>) -> impl Iterator<Item = &'a Fact> + use<'a> {
    cx.own().iter().filter(|f| f.path.as_str().starts_with("request.param.") && f.path.segments().count() == 3)
}

/// Names under which the token is sent by those who take the name from elsewhere.
const MISNAMED: &[&str] = &["access_token", "accesstoken", "refresh_token", "id_token", "jwt", "bearer"];

/// No `token`, which is what the request is about.
fn token(cx: &Context) -> Vec<Hit> {
    let Some(what) = asked(cx) else { return Vec::new() };
    let written = ["request.param.token", "request.query.token"].iter().any(|path| cx.one(path).is_some());
    let kind = cx.one("request.body_kind").and_then(|f| f.value.text());
    let unseen = kind.is_some_and(|kind| kind != "form") || cx.one("request.body").is_some_and(|f| f.hole);
    if written || unseen || cx.is_open() {
        return Vec::new();
    }
    let misnamed = parameters(cx).find(|f| MISNAMED.contains(&f.path.name().to_ascii_lowercase().as_str()));
    let hit = match misnamed {
        Some(fact) => Hit::on(fact).with("advice", format!("rename `{}` to `token`", fact.path.name())),
        None => {
            let place = cx.one("request.body").or_else(|| cx.one("request.path")).map(|f| f.place);
            Hit::at(place.unwrap_or(cx.facts.get(cx.subject).place).end())
                .told("advice", "send `token=…` in a form body: the token that the question is about")
        }
    };
    vec![hit.told("what", what)]
}

/// How many characters of a raw parameter are an auth-scheme with the blank behind it.
fn scheme_length(text: &str) -> Option<usize> {
    let end = text.find([' ', '+', '%'])?;
    let (scheme, rest) = text.split_at_checked(end)?;
    let blank = ["%20", "+", " "].iter().find(|blank| rest.starts_with(**blank))?;
    SCHEMES.contains(&scheme.to_ascii_lowercase().as_str()).then_some(end + blank.len())
}

/// The header's value in place of the token.
fn scheme(cx: &Context) -> Vec<Hit> {
    let Some(fact) = cx.one("request.param.token").filter(|_| asked(cx).is_some()) else { return Vec::new() };
    let place = raw(cx, fact.place);
    let text = cx.sources.text(place);
    match scheme_length(text).and_then(|length| Some((length, text.get(..length)?))) {
        Some((length, words)) => {
            let scheme: String = words.chars().take_while(|c| c.is_ascii_alphabetic()).collect();
            vec![Hit::on(fact).moved(place.part(0, length)).with("scheme", scheme)]
        }
        None => Vec::new(),
    }
}

/// Deletes the scheme that the finding points at.
fn delete_scheme(cx: &Context, hit: &Hit) -> Vec<Edit> {
    cx.sources.editable(hit.at).map(|place| Edit { place, text: String::new(), secret: false }).into_iter().collect()
}

/// The hints that are registered (IANA OAuth Token Type Hints), and those that servers document besides.
const HINTS: &[&str] = &["access_token", "refresh_token", "pct", "id_token", "device_secret", "requesting_party_token"];

/// The hint that is meant.
fn meant(hint: &str) -> &'static str {
    if hint.to_ascii_lowercase().contains("refresh") { "refresh_token" } else { "access_token" }
}

/// A hint that no server knows.
fn hint(cx: &Context) -> Vec<Hit> {
    let Some(fact) = cx.one("request.param.token_type_hint").filter(|f| !f.hole && asked(cx).is_some()) else {
        return Vec::new();
    };
    let text = fact.value.text().unwrap_or_default();
    // A URI is the name of a server's own kind of token.
    if HINTS.contains(&text) || text.contains(':') || text.is_empty() {
        return Vec::new();
    }
    vec![Hit::on(fact).told("wanted", meant(text))]
}

fn fix_hint(cx: &Context, hit: &Hit) -> Vec<Edit> {
    let wanted = meant(cx.sources.text(hit.at)).to_owned();
    cx.sources.editable(hit.at).map(|place| Edit { place, text: wanted, secret: false }).into_iter().collect()
}

/// Nothing says who asks. Servers that answer whoever reaches them stand in a network of their own.
fn client(cx: &Context) -> Vec<Hit> {
    const PARAMETERS: &[&str] = &["client_id", "client_secret", "client_assertion"];
    // Servers take keys under many names.
    const HEADERS: &[&str] = &["auth", "key", "token", "cookie", "secret", "signature", "attestation"];
    let names = |f: &Fact| match f.path.as_str().rsplit_once('.') {
        Some(("request.header", name)) => HEADERS.iter().any(|word| name.contains(word)),
        Some(("request.param" | "request.query", name)) => PARAMETERS.contains(&name),
        // A client certificate, a signature of the command.
        Some(("request.option", _)) => true,
        _ => false,
    };
    let has_scheme = cx.facts.children(cx.subject).any(|(_, child)| child.of_path("auth.scheme").next().is_some());
    let is_named = has_scheme || cx.own().iter().any(names);
    let host = cx.text("request.host").unwrap_or_default();
    let is_inner = cx.one("request.port").is_some() || is_loopback(host) || is_local_network(host);
    let is_admin = cx.text("request.path").is_some_and(|path| path.split('/').any(|word| word == "admin"));
    let is_whole = cx.one("request.param.token").is_some() && !cx.is_open();
    if asked(cx) != Some("introspection") || is_named || is_inner || is_admin || !is_whole {
        return Vec::new();
    }
    vec![Hit::at(cx.one("request.url").map_or(cx.facts.get(cx.subject).place, |f| f.place))]
}
