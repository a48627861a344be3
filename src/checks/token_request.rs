//! Token requests: how they are sent, which parameters their grant needs, and what the way there does to values
//! (RFC 6749 sections 3.2 and 4, appendix B).

use std::borrow::Cow;

use crate::checks::oauth::{has, parameters, takes_code_only};
use crate::checks::url::raw;
use crate::checks::{Check, Context, Fixer, Hit};
use crate::facts::{Fact, Thing, is_secret_name};
use crate::finding::{Edit, Word};
use crate::platform::{Endpoint, Mark};
use crate::source::Place;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "grant-type-missing", about: &["token-request"], offers: &["reason"], run: grant_type_missing },
    Check {
        name: "grant-type-unknown",
        about: &["token-request.grant_type"],
        offers: &["wanted"],
        run: grant_type_unknown,
    },
    Check { name: "token-request-json", about: &["token-request"], offers: &[], run: json_body },
    Check { name: "token-request-method", about: &["token-request"], offers: &["method"], run: method },
    Check { name: "token-request-in-query", about: &["request.query.grant_type"], offers: &["secret"], run: in_query },
    Check { name: "token-request-no-content-type", about: &["token-request"], offers: &["sent"], run: content_type },
    Check {
        name: "grant-parameter-missing",
        about: &["token-request.grant_type"],
        offers: &["grant", "parameter"],
        run: grant_parameter,
    },
    Check { name: "client-missing", about: &["token-request.grant_type"], offers: &["bearer"], run: client_missing },
    Check {
        name: "value-encoded",
        about: &["token-request", "auth.name"],
        offers: &["parameter", "words"],
        run: encoded,
    },
    Check {
        name: "value-with-blank",
        about: &["authorize", "token-request", "auth.name"],
        offers: &["parameter", "what"],
        run: blank_around,
    },
    Check { name: "value-quoted", about: &["token-request", "auth.name"], offers: &["parameter"], run: quoted },
    Check { name: "code-with-rest", about: &["auth.name"], offers: &["rest"], run: code_with_rest },
    Check {
        name: "basic-not-form-encoded",
        about: &["basic.text"],
        offers: &["part", "character", "encoded"],
        run: not_form_encoded,
    },
];

/// The fixers of this group.
pub const FIXERS: &[Fixer] =
    &[Fixer { name: "grant-type", run: fix_grant_type }, Fixer { name: "value-quotes", run: fix_quotes }];

/// The endpoint in the contract, if there is one.
pub(super) fn endpoint<'a>(cx: &Context<'a>) -> Option<&'a Endpoint> {
    let id = cx.text("endpoint.id")?;
    cx.platform()?.oauth.as_ref()?.endpoints.iter().find(|e| e.id == id)
}

/// True if a contract says where the parameters stand, and this is one of the places.
pub(super) fn is_carrier(cx: &Context, carrier: &str) -> bool {
    endpoint(cx).is_some_and(|e| e.carrier.is_empty() || e.carrier.iter().any(|c| c == carrier))
}

/// True for servers that document token requests as GET, with everything in the query.
pub(super) fn takes_get(cx: &Context) -> bool {
    let host = cx.text("request.host").unwrap_or_default();
    ["facebook.com", "instagram.com", "weixin.qq.com", "foursquare.com"].iter().any(|known| host.ends_with(known))
}

/// No `grant_type`. Paths that end in `/token` are not all of OAuth, so something else must say that this one is.
fn grant_type_missing(cx: &Context) -> Vec<Hit> {
    let written = parameters(cx).any(|f| f.path.name() == "grant_type");
    if written || cx.facts.get(cx.subject).open || endpoint(cx).is_some() || takes_get(cx) {
        return Vec::new();
    }
    let path = cx.text("request.path").unwrap_or_default().to_ascii_lowercase();
    // GitHub and Shopify, on whatever host, know only one grant and ask for no name.
    if path.ends_with("/login/oauth/access_token") || path.ends_with("/admin/oauth/access_token") || takes_code_only(cx)
    {
        return Vec::new();
    }
    let is_oauth_path = ["oauth", "openid", "/connect/", "/realms/"].iter().any(|part| path.contains(part));
    let names = ["code", "client_id", "client_secret", "code_verifier", "redirect_uri", "client_assertion"];
    let count = names.iter().filter(|name| has(cx, name)).count();
    let mut hit = Hit::at(cx.facts.get(cx.subject).place.end());
    let reason = match (cx.one("request.body").is_some(), is_oauth_path, count) {
        (true, true, 1..) | (true, false, 2..) => "the server cannot tell what is asked for",
        (false, _, 2..) => "the server cannot tell what is asked for",
        (false, true, _) => "the request has no body",
        _ => return Vec::new(),
    };
    if !is_oauth_path || path.ends_with("/access_token") {
        hit.mark = Mark::T;
    }
    hit.variables.push(("reason", Word::Text(Cow::Borrowed(reason))));
    vec![hit]
}

/// Nothing says which client asks: neither `client_id` nor Basic nor an assertion.
fn client_missing(cx: &Context) -> Vec<Hit> {
    let Some(fact) = cx.one("token-request.grant_type").filter(|f| !f.hole) else { return Vec::new() };
    let grants = ["authorization_code", "client_credentials", "refresh_token", GRANTS[4]];
    let needs = fact.value.text().is_some_and(|grant| grants.contains(&grant));
    let names = ["client_id", "client_assertion", "assertion"];
    let named = parameters(cx).any(|f| names.contains(&f.path.name()));
    let header = cx.one("request.header.authorization");
    let scheme = header.and_then(|f| f.value.text()).unwrap_or_default().to_ascii_lowercase();
    let by_header = (header.is_some() && !scheme.starts_with("bearer "))
        || ["request.header.oauth-client-attestation", "request.userinfo"].iter().any(|path| cx.one(path).is_some());
    let is_whole = !cx.is_open() && !cx.facts.get(cx.subject).open && endpoint(cx).is_none();
    if !needs || named || by_header || cx.one("paired.basic").is_some() || !is_whole {
        return Vec::new();
    }
    let words = if header.is_some() { ", and a Bearer token does not say it here" } else { "" };
    let mut hit = Hit::at(cx.facts.get(cx.subject).place.end());
    hit.variables.push(("bearer", Word::Text(Cow::Borrowed(words))));
    vec![hit]
}

/// The grant types that are registered.
const GRANTS: &[&str] = &[
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "password",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:grant-type:saml2-bearer",
    "urn:ietf:params:oauth:grant-type:token-exchange",
    "urn:openid:params:grant-type:ciba",
];

/// What people write instead, letters only, and the grant type.
const ALIASES: &[(&str, &str)] = &[
    ("accesscode", "authorization_code"),
    ("authcode", "authorization_code"),
    ("authorisationcode", "authorization_code"),
    ("authorizationcode", "authorization_code"),
    ("code", "authorization_code"),
    ("refresh", "refresh_token"),
    ("refreshtoken", "refresh_token"),
    ("clientcredential", "client_credentials"),
    ("clientcredentials", "client_credentials"),
    ("resourceownerpassword", "password"),
    ("passwordcredentials", "password"),
    ("devicecode", "urn:ietf:params:oauth:grant-type:device_code"),
    ("urnietfparamsoauthgranttypedevicecode", "urn:ietf:params:oauth:grant-type:device_code"),
    ("jwtbearer", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
    ("urnietfparamsoauthgranttypejwtbearer", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
    ("saml2bearer", "urn:ietf:params:oauth:grant-type:saml2-bearer"),
    ("tokenexchange", "urn:ietf:params:oauth:grant-type:token-exchange"),
    ("urnietfparamsoauthgranttypetokenexchange", "urn:ietf:params:oauth:grant-type:token-exchange"),
];

/// The grant type that is meant, and whether that is certain.
fn meant(text: &str) -> Option<(&'static str, bool)> {
    if GRANTS.contains(&text) {
        return None;
    }
    let letters: String = text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    if letters == "password" {
        return Some(("password", true));
    }
    if let Some((_, grant)) = ALIASES.iter().find(|(alias, _)| *alias == letters) {
        return Some((grant, true));
    }
    if text.len() > 60 {
        return None;
    }
    let near = |grant: &&&str| strsim::damerau_levenshtein(grant, text) <= 2;
    GRANTS.iter().find(near).map(|grant| (*grant, false))
}

fn grant_type_unknown(cx: &Context) -> Vec<Hit> {
    let Some(fact) = cx.one("token-request.grant_type").filter(|f| !f.hole) else { return Vec::new() };
    let text = fact.value.text().unwrap_or_default();
    // A contract knows better; WeChat really has `client_credential`.
    let is_wechat = cx.text("request.host").is_some_and(|host| host.ends_with("weixin.qq.com"));
    let Some((wanted, certain)) = meant(text).filter(|_| endpoint(cx).is_none() && !is_wechat) else {
        return Vec::new();
    };
    let mut hit = Hit::on(fact);
    hit.variables.push(("wanted", Word::Text(Cow::Borrowed(wanted))));
    if !certain {
        hit.mark = Mark::T;
    }
    vec![hit]
}

fn fix_grant_type(cx: &Context, hit: &Hit) -> Vec<Edit> {
    // A JSON string is replaced within its quotes.
    let text = cx.sources.text(hit.at);
    let at = if text.len() >= 2 && text.starts_with('"') { hit.at.part(1, text.len() - 1) } else { hit.at };
    let place = cx.sources.editable(at).zip(meant(cx.sources.text(at)));
    place.map(|(place, (wanted, _))| Edit { place, text: wanted.to_owned(), secret: false }).into_iter().collect()
}

/// A JSON body, which only some servers read.
fn json_body(cx: &Context) -> Vec<Hit> {
    let is_json = cx.text("request.body_kind") == Some("json");
    let has_contract = endpoint(cx).is_some_and(|e| e.carrier.is_empty() || e.carrier.iter().any(|c| c == "json"));
    let grant = cx.own().iter().find(|f| f.path.as_str() == "token-request.grant_type");
    // Servers that document JSON.
    let host = cx.text("request.host").unwrap_or_default();
    let takes_json = ["auth0.com", "atlassian.com", "notion.com"].iter().any(|known| host.ends_with(known));
    match grant.filter(|_| is_json && !has_contract && !takes_json) {
        Some(fact) => vec![Hit::at(cx.one("request.header.content-type").map_or(fact.place, |f| f.place))],
        None => Vec::new(),
    }
}

/// A method other than POST, with the parameters where they belong or not.
fn method(cx: &Context) -> Vec<Hit> {
    let Some(fact) = cx.one("request.method").filter(|f| !f.hole) else { return Vec::new() };
    let method = fact.value.text().unwrap_or_default();
    let by_contract = endpoint(cx).is_some_and(|e| e.method.is_empty() || e.method.iter().any(|m| m == method));
    if method.eq_ignore_ascii_case("POST") || by_contract || takes_get(cx) {
        return Vec::new();
    }
    vec![Hit::on(fact).with("method", method)]
}

/// The parameters of a POST stand in the query.
fn in_query(cx: &Context) -> Vec<Hit> {
    let is_post = cx.text("request.method").is_some_and(|m| m.eq_ignore_ascii_case("POST"));
    let is_token_request = cx.text("request.message") == Some("token request");
    let Some(fact) = cx.one("request.query.grant_type").filter(|_| is_post && is_token_request) else {
        return Vec::new();
    };
    if is_carrier(cx, "query") {
        return Vec::new();
    }
    let secret = ["client_secret", "password", "refresh_token", "code_verifier", "assertion"];
    let exposed =
        secret.iter().any(|name| cx.own().iter().any(|f| f.path.as_str().strip_prefix("request.query.") == Some(name)));
    let words = if exposed { ", and a secret in it reaches every log on the way" } else { "" };
    let mut hit = Hit::at(cx.one("request.query").map_or(fact.place, |f| f.place));
    hit.variables.push(("secret", Word::Text(Cow::Borrowed(words))));
    vec![hit]
}

/// A form body that is not announced as one.
fn content_type(cx: &Context) -> Vec<Hit> {
    let kind = cx.text("request.body_kind").unwrap_or_default();
    let declared = cx.one("request.header.content-type");
    if kind == "multipart" && has(cx, "grant_type") {
        let mut hit = Hit::at(declared.map_or(cx.facts.get(cx.subject).place, |f| f.place));
        hit.variables.push(("sent", Word::Text(Cow::Borrowed("is sent as multipart/form-data"))));
        // Some servers read that, too.
        hit.mark = Mark::T;
        return vec![hit];
    }
    if kind != "form" || declared.is_some_and(|f| f.hole) || cx.is_open() {
        return Vec::new();
    }
    let text = declared.and_then(|f| f.value.text()).unwrap_or_default().to_ascii_lowercase();
    if text.contains("x-www-form-urlencoded") || text.contains("json") {
        return Vec::new(); // JSON over a form body is a mismatch of its own
    }
    let words = if text.is_empty() { "has no Content-Type" } else { "has another Content-Type than a form" };
    let mut hit = match declared {
        Some(fact) => Hit::on(fact),
        None => Hit::at(cx.facts.get(cx.subject).place.start()),
    };
    hit.variables.push(("sent", Word::Text(Cow::Borrowed(words))));
    vec![hit]
}

/// What each of the rarer grants exchanges (RFC 6749 section 4.3, RFC 7521, RFC 8628, RFC 8693, CIBA).
const EXCHANGED: &[(&str, &str)] = &[
    ("password", "username"),
    ("password", "password"),
    ("urn:ietf:params:oauth:grant-type:device_code", "device_code"),
    ("urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion"),
    ("urn:ietf:params:oauth:grant-type:saml2-bearer", "assertion"),
    ("urn:ietf:params:oauth:grant-type:token-exchange", "subject_token"),
    ("urn:openid:params:grant-type:ciba", "auth_req_id"),
];

/// The grant is named, but not what it exchanges.
fn grant_parameter(cx: &Context) -> Vec<Hit> {
    let Some(fact) = cx.one("token-request.grant_type").filter(|f| !f.hole) else { return Vec::new() };
    let grant = fact.value.text().unwrap_or_default();
    let written = |name: &str| parameters(cx).any(|f| f.path.name() == name);
    let is_missing = |row: &&(&str, &str)| row.0 == grant && !written(row.1);
    let Some((_, parameter)) = EXCHANGED.iter().find(is_missing) else { return Vec::new() };
    if cx.facts.get(cx.subject).open || endpoint(cx).is_some() {
        return Vec::new();
    }
    let mut hit = Hit::on(fact).with("grant", grant);
    hit.variables.push(("parameter", Word::Text(Cow::Borrowed(parameter))));
    vec![hit]
}

/// True if the text holds a percent-encoded byte.
fn is_encoded(text: &str) -> bool {
    text.match_indices('%')
        .any(|(at, _)| text.get(at + 1..at + 3).is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit())))
}

/// The values of a token request with their names. A credential among the parameters is a thing of its own, so that
/// what is found there explains whatever else is odd about it.
fn values<'a>(cx: &Context<'a>) -> Vec<(&'a str, &'a Fact, &'a str)> {
    let is_token_request = cx.text("request.message") == Some(Thing::TokenRequest.name())
        || cx.facts.carrier(cx.subject, Thing::TokenRequest).is_some();
    if !is_token_request {
        return Vec::new();
    }
    let named: Vec<(&str, &Fact)> = match parameter(cx) {
        Some(found) => vec![found],
        None => parameters(cx).map(|f| (f.path.name(), f)).filter(|(name, _)| !is_secret_name(name)).collect(),
    };
    let known = |(name, fact): (&'a str, &'a Fact)| Some((name, fact, fact.value.text().filter(|_| !fact.hole)?));
    named.into_iter().filter_map(known).collect()
}

/// The credential that a parameter carries, with the parameter's name.
pub(super) fn parameter<'a>(cx: &Context<'a>) -> Option<(&'a str, &'a Fact)> {
    let own = |path: &str| cx.own().iter().find(|f| f.path.as_str() == path);
    let carrier = own("auth.carrier")?.value.text()?;
    let name = own("auth.name")?.value.text()?;
    matches!(carrier, "query" | "form" | "json" | "fragment").then_some((name, own("auth.value")?))
}

/// A value that is percent-encoded after it was decoded. A redirect URI with `%3A%2F%2F` was encoded twice for certain.
fn encoded(cx: &Context) -> Vec<Hit> {
    let names = ["assertion", "client_assertion", "client_secret", "code", "refresh_token"];
    let is_json = cx.text("request.body_kind").is_none_or(|kind| kind == "json");
    let hit = |(name, fact, text): (&str, &Fact, &str)| {
        let is_uri = name == "redirect_uri" && text.to_ascii_lowercase().contains("%3a%2f%2f");
        let mut hit = Hit::on(fact).with("parameter", name);
        if !is_uri {
            hit.mark = Mark::T;
        }
        let words = if is_json {
            "percent-encoded, which nothing undoes in JSON"
        } else {
            "still percent-encoded after decoding"
        };
        hit.variables.push(("words", Word::Text(Cow::Borrowed(words))));
        (is_uri || (names.contains(&name) && is_encoded(text))).then_some(hit)
    };
    values(cx).into_iter().filter_map(hit).collect()
}

/// A blank or line break around a value: `echo`, files and copying add them.
fn blank_around(cx: &Context) -> Vec<Hit> {
    let hit = |(name, fact, text): (&str, &Fact, &str)| {
        let (start, end) = (text.len() - text.trim_start().len(), text.trim_end().len());
        let is_whole = fact.place.span.len() == text.len();
        let at = match (is_whole, end < text.len()) {
            (true, true) => fact.place.part(end, text.len()),
            (true, false) => fact.place.part(0, start),
            (false, _) => fact.place,
        };
        let what = match text.ends_with(['\n', '\r']) {
            true => "a line break at its end",
            false if end < text.len() => "a blank at its end",
            false => "a blank at its beginning",
        };
        let mut hit = Hit::on(fact).with("parameter", name).moved(at);
        hit.variables.push(("what", Word::Text(Cow::Borrowed(what))));
        ((start > 0 || end < text.len()) && start < end).then_some(hit)
    };
    let of_authorize = || {
        let names = ["client_id", "redirect_uri", "response_type", "code_challenge", "code_challenge_method"];
        parameters(cx).filter(move |f| f.path.family() == "authorize" && names.contains(&f.path.name()) && !f.hole)
    };
    let first = of_authorize().filter_map(|f| hit((f.path.name(), f, f.value.text()?)));
    first.chain(values(cx).into_iter().filter(|(name, ..)| *name != "scope").filter_map(hit)).collect()
}

/// A value in quotes, which are sent as a part of it.
fn quoted(cx: &Context) -> Vec<Hit> {
    let is_quoted = |text: &str| {
        let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
        text.len() > 2 && quote.is_some_and(|quote| text.ends_with(quote))
    };
    // Names in quotes: all of it was written as JSON. Paths write `'` for `"`.
    let name = |fact: &Fact| fact.path.name().starts_with('\'');
    if let Some(fact) = parameters(cx).find(|f| name(f)) {
        return vec![Hit::on(fact).with("parameter", fact.path.name().trim_matches('\''))];
    }
    let found = values(cx).into_iter().filter(|(name, _, text)| *name != "password" && is_quoted(text));
    found.map(|(name, fact, _)| Hit::on(fact).with("parameter", name)).collect()
}

/// Takes the quotes away.
fn fix_quotes(cx: &Context, hit: &Hit) -> Vec<Edit> {
    let raw = raw(cx, hit.at);
    let text = cx.sources.text(raw);
    let ends = ["%22", "%27", "\"", "'"];
    let Some(quote) = ends.iter().find(|q| text.starts_with(*q) && text.ends_with(*q)) else { return Vec::new() };
    let places = [raw.part(0, quote.len()), raw.part(text.len() - quote.len(), text.len())];
    let places: Option<Vec<Place>> = places.into_iter().map(|place| cx.sources.editable(place)).collect();
    let edit = |place| Edit { place, text: String::new(), secret: false };
    places.unwrap_or_default().into_iter().map(edit).collect()
}

/// More than the code: the URL was cut apart by hand.
fn code_with_rest(cx: &Context) -> Vec<Hit> {
    let is_oauth = cx.one("request.message").is_some() || cx.facts.carrier(cx.subject, Thing::TokenRequest).is_some();
    let Some(("code", fact)) = parameter(cx).filter(|(_, f)| is_oauth && !f.hole) else { return Vec::new() };
    let text = fact.value.text().unwrap_or_default();
    let marks = [("#", "`#` and what follows it"), ("&", "the next parameter of the URL")];
    let found = marks.iter().filter_map(|(sign, words)| Some((text.find(sign)?, *words))).min();
    let prefix = text.starts_with("code=").then_some((0, "the name of the parameter"));
    let Some((at, words)) = found.or(prefix) else { return Vec::new() };
    let is_whole = fact.place.span.len() == text.len();
    let place = if is_whole { fact.place.part(at, text.len()) } else { fact.place };
    let mut hit = Hit::on(fact).moved(place);
    hit.variables.push(("rest", Word::Text(Cow::Borrowed(words))));
    vec![hit]
}

/// Characters in a Basic credential that mean something else once it is form-decoded, as RFC 6749 section 2.3.1 has
/// servers do. A `%` that begins no escape breaks the decoding; the others are only worth a note.
fn not_form_encoded(cx: &Context) -> Vec<Hit> {
    if cx.text("request.message") != Some("token request") || cx.text("auth.name") == Some("proxy-authorization") {
        return Vec::new();
    }
    let stray = |text: &str| {
        text.match_indices('%')
            .map(|(at, _)| at)
            .find(|at| !text.get(at + 1..at + 3).is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit())))
    };
    let own = |path: &str| cx.own().iter().find(|f| f.path.as_str() == path && !f.hole);
    for (path, part) in [("basic.user", "id"), ("basic.password", "secret")] {
        let Some((fact, text)) = own(path).and_then(|f| Some((f, f.value.text()?))) else { continue };
        let percent = stray(text).map(|at| (at, "%", "%25", Mark::D));
        let other = || {
            let signs = [("+", "%2B"), (" ", "%20"), ("&", "%26"), ("=", "%3D")];
            signs.iter().find_map(|(sign, escape)| Some((text.find(sign)?, *sign, *escape, Mark::M)))
        };
        let Some((at, sign, escape, mark)) = percent.or_else(other) else { continue };
        let mut hit = Hit::on(fact).moved(fact.place.part(at, at + 1));
        hit.mark = mark;
        hit.variables.push(("part", Word::Text(Cow::Borrowed(part))));
        hit.variables.push(("character", Word::Text(Cow::Borrowed(if sign == " " { "blank" } else { sign }))));
        hit.variables.push(("encoded", Word::Text(Cow::Borrowed(escape))));
        return vec![hit];
    }
    Vec::new()
}
