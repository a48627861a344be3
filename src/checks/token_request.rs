//! Token requests: how they are sent, which parameters their grant needs, and what the way there does to values
//! (RFC 6749 sections 3.2 and 4, appendix B).

use std::borrow::Cow;

use crate::checks::oauth::{has, parameters, takes_code_only};
use crate::checks::{Check, Context, Fixer, Hit};
use crate::finding::{Edit, Word};
use crate::platform::{Endpoint, Mark, Need};
use crate::rule::Str;

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
    Check {
        name: "token-type-uri",
        about: &["token-request.subject_token_type", "token-request.requested_token_type"],
        offers: &["parameter", "wanted"],
        run: token_type_uri,
    },
    Check { name: "actor-token-type", about: &["token-request.grant_type"], offers: &["there", "missing"], run: actor },
    Check { name: "client-missing", about: &["token-request.grant_type"], offers: &["bearer"], run: client_missing },
    Check { name: "polled-too-fast", about: &["paired.poll.seconds"], offers: &["seconds", "interval"], run: too_fast },
];

/// The fixers of this group.
pub const FIXERS: &[Fixer] = &[Fixer { name: "grant-type", run: fix_grant_type }];

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
    // Google and Supabase know the application by its API key.
    let by_key = ["request.query.key", "request.header.apikey"].iter().any(|path| cx.one(path).is_some());
    let named = by_key || parameters(cx).any(|f| names.contains(&f.path.name()));
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

/// True if the contract knows this grant type, or says which there are: then it is compared there.
fn is_told(endpoint: &Endpoint, grant_type: &str) -> bool {
    let is_sure = |need: &Need| need.with.is_none() && !(need.one_of.is_empty() && need.matches.is_none());
    let says = |(name, need): &(Str, Need)| name == "grant_type" && is_sure(need);
    endpoint.parameters.iter().any(says)
        || endpoint.grants.iter().any(|grant| grant.id.iter().any(|id| id == grant_type))
}

fn grant_type_unknown(cx: &Context) -> Vec<Hit> {
    let Some(fact) = cx.one("token-request.grant_type").filter(|f| !f.hole) else { return Vec::new() };
    let text = fact.value.text().unwrap_or_default();
    // A contract knows better; WeChat really has `client_credential`.
    let is_wechat = cx.text("request.host").is_some_and(|host| host.ends_with("weixin.qq.com"));
    let by_contract = endpoint(cx).is_some_and(|e| is_told(e, text));
    let Some((wanted, certain)) = meant(text).filter(|_| !by_contract && !is_wechat) else {
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
        Some(fact) => {
            // The header may even say that it is a form.
            let header = cx.one("request.header.content-type");
            let header = header.filter(|f| f.value.text().is_some_and(|kind| kind.contains("json")));
            vec![Hit::at(header.map_or(fact.place, |f| f.place))]
        }
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
    ("urn:ietf:params:oauth:grant-type:token-exchange", "subject_token_type"),
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

/// The types of tokens that RFC 8693 section 3 names.
const TOKEN_TYPES: &[&str] = &["access_token", "refresh_token", "id_token", "saml1", "saml2", "jwt"];

/// A type of token that is no URI: the end of one, mostly.
fn token_type_uri(cx: &Context) -> Vec<Hit> {
    const NAMES: &[&str] = &["actor_token_type", "requested_token_type", "subject_token_type"];
    // The exchanges of platforms have types of their own.
    let is_exchange =
        cx.text("token-request.grant_type").is_some_and(|grant| grant == GRANTS[7]) && endpoint(cx).is_none();
    let types = parameters(cx).filter(|f| is_exchange && !f.hole && NAMES.contains(&f.path.name()));
    let wrong = types.filter_map(|f| Some((f, f.value.text().filter(|t| !t.is_empty() && !t.contains(':'))?)));
    let hit = |(fact, text): (&crate::facts::Fact, &str)| {
        let lower = text.to_ascii_lowercase();
        let known = TOKEN_TYPES.iter().find(|name| **name == lower || name.replace('_', "") == lower);
        let wanted = format!("urn:ietf:params:oauth:token-type:{}", known.unwrap_or(&"access_token"));
        Hit::on(fact).told("parameter", fact.path.name().to_owned()).told("wanted", wanted)
    };
    wrong.map(hit).collect()
}

/// `actor_token` and its type go together (RFC 8693 section 2.1).
fn actor(cx: &Context) -> Vec<Hit> {
    let is_exchange = cx.text("token-request.grant_type").is_some_and(|grant| grant == GRANTS[7]);
    if !is_exchange || cx.facts.get(cx.subject).open {
        return Vec::new();
    }
    let find = |name: &str| parameters(cx).find(|f| f.path.name() == name);
    let (there, missing) = match (find("actor_token"), find("actor_token_type")) {
        (Some(token), None) => (token, "actor_token_type"),
        (None, Some(kind)) => (kind, "actor_token"),
        _ => return Vec::new(),
    };
    vec![Hit::on(there).told("there", there.path.name().to_owned()).told("missing", missing)]
}

/// A device asks sooner than the server wants to be asked.
fn too_fast(cx: &Context) -> Vec<Hit> {
    let own = |path: &str| cx.own().iter().find(|f| f.path.as_str() == path);
    let found = own("paired.poll.seconds").zip(own("paired.poll.interval")).zip(own("token-request.device_code"));
    let Some(((seconds, interval), code)) = found else { return Vec::new() };
    let words = |fact: &crate::facts::Fact| match fact.value.int() {
        Some(1) => "1 second".to_owned(),
        Some(0) => "less than a second".to_owned(),
        _ => format!("{} seconds", fact.value),
    };
    let hit = Hit::at(code.place).told("seconds", words(seconds)).told("interval", words(interval));
    vec![hit.and(seconds.place, "the one before").and(interval.place, "where the wait comes from")]
}
