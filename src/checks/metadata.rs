//! The metadata of authorization servers and where they are found (RFC 8414, OpenID Connect Discovery), and two other
//! small documents of theirs: the answers of the device and the introspection endpoint (RFC 8628, RFC 7662).

use crate::checks::url::{is_local_network, is_loopback};
use crate::checks::{Check, Context, Hit};
use crate::facts::{Fact, Value};
use crate::platform::Mark;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "metadata-issuer", about: ISSUER, offers: &["what"], run: issuer },
    Check { name: "metadata-issuer-mismatch", about: ISSUER, offers: &["wanted", "reason"], run: issuer_mismatch },
    Check { name: "metadata-path", about: &["request.path"], offers: &["wanted"], run: well_known },
    Check { name: "metadata-missing", about: ISSUER, offers: &["members"], run: missing },
    Check { name: "metadata-plain-http", about: ISSUER, offers: &["member"], run: plain_http },
    Check { name: "metadata-alg-none", about: ISSUER, offers: &[], run: alg_none },
    Check { name: "metadata-signing-alg", about: ISSUER, offers: &["method"], run: signing_alg },
    Check { name: "metadata-pkce", about: ISSUER, offers: &["found"], run: pkce },
    Check {
        name: "metadata-token-issuer",
        about: &["jwt.claims.iss"],
        offers: &["wanted", "reason"],
        run: token_issuer,
    },
    Check { name: "metadata-no-json", about: &["response.status"], offers: &["found"], run: no_json },
    Check {
        name: "device-response",
        about: &["json.user_code", "response.json.user_code", "json.device_code", "response.json.device_code"],
        offers: &["what"],
        run: device,
    },
    Check {
        name: "introspection-active",
        about: &["jwt.claims.active", "response.json", "json.active"],
        offers: &["what"],
        run: active,
    },
];

const ISSUER: &[&str] = &["json.issuer", "response.json.issuer"];
const OPENID: &str = "/.well-known/openid-configuration";
const OAUTH: &str = "/.well-known/oauth-authorization-server";

/// A member of the document.
fn member<'a>(cx: &Context<'a>, name: &str) -> Option<&'a Fact> {
    let path = |base: &str| format!("{base}.{name}");
    let (bare, answer) = (path("json"), path("response.json"));
    cx.own().iter().find(|f| f.path.as_str() == bare || f.path.as_str() == answer)
}

/// The elements of a list of texts in the document.
fn elements<'a>(cx: &Context<'a>, name: &str) -> Vec<&'a Fact> {
    let (bare, answer) = (format!("json.{name}.*"), format!("response.json.{name}.*"));
    cx.own().iter().filter(|f| f.path.as_str() == bare || f.path.as_str() == answer).collect()
}

/// The issuer, if the document is metadata: it names an endpoint or keys, too.
fn metadata<'a>(cx: &Context<'a>) -> Option<(&'a Fact, &'a str)> {
    let is_metadata = ["authorization_endpoint", "token_endpoint", "jwks_uri", "response_types_supported"]
        .iter()
        .any(|name| member(cx, name).is_some());
    let fact = member(cx, "issuer").filter(|f| !f.hole && is_metadata)?;
    Some((fact, fact.value.text()?))
}

/// True for a URL of this machine or of a network that the public does not reach.
fn is_inner(url: &str) -> bool {
    let rest = url.split("://").nth(1).unwrap_or_default();
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let port = host.rfind(':').filter(|colon| !host.get(*colon..).unwrap_or_default().contains(']'));
    let host = port.and_then(|colon| host.get(..colon)).unwrap_or(host);
    is_loopback(host) || is_local_network(host)
}

fn issuer(cx: &Context) -> Vec<Hit> {
    let Some((fact, text)) = metadata(cx) else { return Vec::new() };
    let what = if text.contains(['?', '#']) {
        "has a query or a fragment"
    } else if !text.starts_with("https://") && !is_inner(text) {
        "is no https URL"
    } else {
        return Vec::new();
    };
    vec![Hit::on(fact).told("what", what)]
}

/// The issuer that belongs to the URL of a document.
fn issuer_of(url: &str) -> Option<String> {
    let url = url.split(['?', '#']).next().unwrap_or(url).trim_end_matches('/');
    if let Some(issuer) = url.strip_suffix(OPENID) {
        return Some(issuer.to_owned());
    }
    let (base, path) = url.split_once(OAUTH)?;
    Some(format!("{base}{path}"))
}

/// How two URLs of an issuer differ.
fn difference(found: &str, wanted: &str) -> &'static str {
    if found.trim_end_matches('/') == wanted.trim_end_matches('/') {
        "they differ in a slash at the end"
    } else if found.eq_ignore_ascii_case(wanted) {
        "they differ in upper and lower case"
    } else if found.split_once("://").map(|(_, rest)| rest) == wanted.split_once("://").map(|(_, rest)| rest) {
        "one has https, the other http"
    } else {
        "it is another URL"
    }
}

/// The issuer is not the URL that the document was fetched from. With one slash at its end it may be: the well-known
/// path follows without a second one.
fn issuer_mismatch(cx: &Context) -> Vec<Hit> {
    let (Some((fact, text)), Some(url)) = (metadata(cx), cx.one("paired.request.url").filter(|f| !f.hole)) else {
        return Vec::new();
    };
    let Some(wanted) = url.value.text().and_then(issuer_of) else { return Vec::new() };
    // Entra ID answers for all tenants at once; and a proxy may stand in between on one's own machine.
    let is_template = text.contains('{') || is_inner(&wanted) || !wanted.starts_with("http");
    if is_template || text.trim_end_matches('/') == wanted {
        return Vec::new();
    }
    let reason = difference(text, &wanted);
    vec![Hit::on(fact).with("wanted", &wanted).told("reason", reason).and(url.place, "fetched from here")]
}

/// The well-known path at the wrong end: that of OpenID Connect is appended to the issuer, that of RFC 8414 goes before
/// the issuer's path.
fn well_known(cx: &Context) -> Vec<Hit> {
    let Some(fact) = cx.one("request.path").filter(|f| !f.hole) else { return Vec::new() };
    let path = fact.value.text().unwrap_or_default().trim_end_matches('/');
    let appended = path.strip_suffix(OAUTH).filter(|issuer| !issuer.is_empty());
    let inserted = path.strip_prefix(OPENID).filter(|issuer| issuer.starts_with('/'));
    let wanted = match (appended, inserted) {
        (Some(issuer), _) => format!("{OAUTH}{issuer}"),
        (None, Some(issuer)) => format!("{issuer}{OPENID}"),
        (None, None) => return Vec::new(),
    };
    let mut hit = Hit::on(fact).with("wanted", wanted);
    // RFC 8414 section 5 lets servers answer at the place of OpenID Connect, and many do at both.
    let answered = cx.int("paired.response.status");
    if answered == Some(200) {
        return Vec::new();
    }
    if answered != Some(404) {
        hit.mark = Mark::T;
    }
    vec![hit]
}

fn missing(cx: &Context) -> Vec<Hit> {
    let Some((fact, _)) = metadata(cx) else { return Vec::new() };
    let grants = elements(cx, "grant_types_supported");
    let has_grant = |name: &str| grants.iter().any(|f| f.value.text() == Some(name));
    let needs_browser = grants.is_empty() || has_grant("authorization_code") || has_grant("implicit");
    let only_implicit = !grants.is_empty() && grants.iter().all(|f| f.value.text() == Some("implicit"));
    let needed = [
        ("authorization_endpoint", needs_browser),
        ("token_endpoint", !only_implicit),
        ("response_types_supported", true),
    ];
    let absent: Vec<String> = needed
        .iter()
        .filter(|(name, needed)| *needed && member(cx, name).is_none())
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    // Short settings of an application look alike; metadata has more than these.
    let is_whole = member(cx, "jwks_uri").is_some() && !cx.facts.get(cx.subject).open;
    if absent.is_empty() || !is_whole {
        return Vec::new();
    }
    vec![Hit::on(fact).told("members", absent.join(", "))]
}

fn plain_http(cx: &Context) -> Vec<Hit> {
    let Some((_, own)) = metadata(cx) else { return Vec::new() };
    let is_endpoint = |f: &&Fact| f.path.name().ends_with("_endpoint") || f.path.name() == "jwks_uri";
    let is_http = |f: &&Fact| f.value.text().is_some_and(|url| url.starts_with("http://") && !is_inner(url));
    // An issuer of http is told already.
    let found = cx.own().iter().filter(|f| own.starts_with("https://") && !f.hole && is_endpoint(f) && is_http(f));
    found.map(|f| Hit::on(f).with("member", f.path.name())).collect()
}

fn alg_none(cx: &Context) -> Vec<Hit> {
    let algs = elements(cx, "token_endpoint_auth_signing_alg_values_supported").into_iter();
    let none = algs.filter(|f| f.value.text() == Some("none") && metadata(cx).is_some());
    none.map(Hit::on).collect()
}

fn signing_alg(cx: &Context) -> Vec<Hit> {
    let methods = elements(cx, "token_endpoint_auth_methods_supported").into_iter();
    let signed = methods.filter(|f| matches!(f.value.text(), Some("private_key_jwt" | "client_secret_jwt")));
    let is_missing = member(cx, "token_endpoint_auth_signing_alg_values_supported").is_none() && metadata(cx).is_some();
    signed
        .filter(|_| is_missing)
        .take(1)
        .map(|f| Hit::on(f).with("method", f.value.text().unwrap_or_default()))
        .collect()
}

fn pkce(cx: &Context) -> Vec<Hit> {
    let Some((fact, _)) = metadata(cx) else { return Vec::new() };
    let methods = elements(cx, "code_challenge_methods_supported");
    let list = member(cx, "code_challenge_methods_supported");
    let has_code = elements(cx, "response_types_supported").iter().any(|f| f.value.text() == Some("code"));
    let found = match list {
        Some(_) if methods.iter().any(|f| f.value.text() == Some("S256")) => return Vec::new(),
        Some(_) => "the list has no `S256`",
        None => "`code_challenge_methods_supported` is missing",
    };
    if has_code { vec![Hit::on(list.unwrap_or(fact)).told("found", found)] } else { Vec::new() }
}

/// A token whose issuer is nearly the one of the metadata in the same text.
fn token_issuer(cx: &Context) -> Vec<Hit> {
    let own = cx.own().iter().find(|f| f.path.as_str() == "jwt.claims.iss");
    let (Some(fact), Some(wanted)) = (own.filter(|f| !f.hole), cx.one("paired.metadata.issuer")) else {
        return Vec::new();
    };
    let (found, issuer) = (fact.value.text().unwrap_or_default(), wanted.value.text().unwrap_or_default());
    let hit = Hit::on(fact).with("wanted", issuer).told("reason", difference(found, issuer));
    vec![hit.and(wanted.place, "the issuer of the metadata")]
}

/// What came from a well-known address is no JSON object.
fn no_json(cx: &Context) -> Vec<Hit> {
    let url = cx.text("paired.request.url").unwrap_or_default();
    let is_asked = (url.contains(OPENID) || url.contains(OAUTH)) && cx.int("response.status") == Some(200);
    let Some(body) = cx.one("response.body").filter(|f| is_asked && !f.hole) else { return Vec::new() };
    let text = body.value.text().unwrap_or_default().trim_start();
    let found = match (text.chars().next(), cx.one("response.json")) {
        (Some('<'), _) => "a page",
        (_, Some(json)) if json.value == Value::Object => return Vec::new(),
        (_, Some(_)) => "JSON, but no object",
        (None, _) => return Vec::new(),
        _ => "no JSON",
    };
    vec![Hit::at(body.place.start()).told("found", found)]
}

/// The answer of a device authorization endpoint. An old one of Google has `verification_url`.
fn device(cx: &Context) -> Vec<Hit> {
    let (code, user) = (member(cx, "device_code"), member(cx, "user_code"));
    let uri = member(cx, "verification_uri").or_else(|| member(cx, "verification_url"));
    let expires = member(cx, "expires_in");
    let there = [code, user, uri, expires].iter().flatten().count();
    if there < 3 || cx.facts.get(cx.subject).open {
        // With less than that it may be anything.
        return Vec::new();
    }
    let http = uri.filter(|f| f.value.text().is_some_and(|t| t.starts_with("http://") && !is_inner(t)));
    if let Some(fact) = http {
        return vec![Hit::on(fact).told("what", "`verification_uri` is not https")];
    }
    let what = match (code, user, uri, expires) {
        (None, ..) => "`device_code` is missing",
        (_, None, ..) => "`user_code` is missing",
        (_, _, None, _) => "`verification_uri` is missing",
        (.., None) => "`expires_in` is missing",
        _ => return Vec::new(),
    };
    let Some(near) = code.or(user) else { return Vec::new() };
    vec![Hit::at(near.place).told("what", what)]
}

/// `active` of an introspection response is true or false. The members beside it tell that it is one.
fn active(cx: &Context) -> Vec<Hit> {
    let claims = cx.own().iter().find(|f| f.path.as_str() == "jwt.claims.active");
    let path = cx.text("paired.request.url").unwrap_or_default();
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let is_asked = path.ends_with("/introspect") || path.ends_with("/introspection");
    let beside = ["client_id", "token_type", "scope", "username"].into_iter();
    let known = |name: &str| {
        member(cx, name).is_some() || cx.own().iter().any(|f| f.path.as_str() == format!("jwt.claims.{name}"))
    };
    let is_like = beside.filter(|name| known(name)).count() > 1;
    if cx.one("jwt.header").is_some() {
        return Vec::new();
    }
    let fact = claims.or_else(|| member(cx, "active"));
    match fact {
        Some(fact) if is_asked || is_like => {
            let is_right = fact.hole || matches!(fact.value, Value::Bool(_));
            // The answer and the claims in it are two things; the outer one speaks.
            let is_nested = claims.is_some() && cx.one("response.json.active").is_some();
            if is_right || is_nested { Vec::new() } else { vec![Hit::on(fact).told("what", "no boolean")] }
        }
        None if is_asked && cx.int("response.status") == Some(200) && member(cx, "error").is_none() => {
            let Some(json) = cx.own().iter().find(|f| f.path.as_str() == "response.json") else { return Vec::new() };
            vec![Hit::at(json.place.start()).told("what", "missing")]
        }
        _ => Vec::new(),
    }
}
