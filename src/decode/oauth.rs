//! OAuth messages: which request is an authorization request, a token request or an authorization response, and which
//! JSON document is a token response, an error response, a claims set or a key (RFC 6749, 7517, 7519).

use crate::decode::http::json_credentials;
use crate::decode::json;
use crate::decode::url::{Pair, pair_facts};
use crate::facts::{Facts, Path, SubjectId, Thing, Value};
use crate::source::{Place, Sources};

/// Looks at the parameters of a request and adds the OAuth message that it is, if it is one.
pub fn request(
    sources: &Sources,
    facts: &mut Facts,
    request: SubjectId,
    query: &[Pair],
    fragment: &[Pair],
    form: &[Pair],
) {
    let has = |pairs: &[Pair], name: &str| pairs.iter().any(|p| p.name.trim() == name);
    let body: Vec<&str> = facts.get(request).facts().iter().filter_map(|f| json_member(&f.path)).collect();
    let path = facts.text(request, "request.path").unwrap_or_default().trim_end_matches('/').to_ascii_lowercase();
    let post = facts.text(request, "request.method").is_some_and(|m| m.eq_ignore_ascii_case("POST"));
    let to_token_endpoint = path.ends_with("/token") || path.ends_with("/access_token");
    let is_token_request = has(form, "grant_type")
        || body.contains(&"grant_type")
        // `grant_type` strays into authorization requests, too.
        || (has(query, "grant_type") && (to_token_endpoint || !has(query, "response_type")))
        || (to_token_endpoint && has(query, "client_secret") && !has(query, "response_type"))
        || (post && to_token_endpoint);
    let (thing, base) = if is_token_request {
        (Thing::TokenRequest, "token-request")
    } else if has(query, "response_type") || (has(query, "client_id") && has(query, "redirect_uri")) {
        (Thing::Authorize, "authorize")
    } else if is_callback(query) || is_callback(fragment) {
        (Thing::Callback, "callback")
    } else {
        return;
    };
    let base = Path::new(base);
    let part = |name: &str| facts.one(request, name).map(|f| f.place);
    let in_body = (thing == Thing::TokenRequest).then(|| part("request.body")).flatten();
    let place = in_body.or_else(|| part("request.url")).unwrap_or(facts.get(request).place);
    let is_open = is_open(sources, facts, request, thing, query, form);
    let json: Vec<_> = facts
        .get(request)
        .facts()
        .iter()
        .filter(|_| thing == Thing::TokenRequest)
        .filter_map(|f| json_member(&f.path).map(|name| (base.join(name), f.clone())))
        .collect();
    facts.add(request, Path::new("request.message"), thing.name(), place);
    let subject = facts.subject(thing, Some(request), place);
    if is_open {
        facts.set_open(subject);
    }
    facts.add(subject, base.clone(), Value::Object, place);
    let fragment = if thing == Thing::Callback { fragment } else { &[] };
    let pairs: Vec<Pair> = query.iter().chain(fragment).chain(form).cloned().collect();
    let named: Vec<Pair> = pairs.into_iter().map(|p| Pair { name: p.name.trim().to_owned(), ..p }).collect();
    pair_facts(sources, facts, subject, &base, &named);
    for (path, fact) in json {
        facts.push(subject, crate::facts::Fact { path, ..fact });
    }
}

/// True if parameters may stand where we cannot see them: in a variable, a file, or behind a mistake in the JSON.
fn is_open(sources: &Sources, facts: &Facts, request: SubjectId, thing: Thing, query: &[Pair], form: &[Pair]) -> bool {
    let hides_a_name = |pair: &Pair| {
        // The part of a multipart form has its name elsewhere.
        let value = pair.raw.span.len() + usize::from(pair.has_value);
        pair.whole.span.len().checked_sub(value).is_some_and(|name| sources.has_hole(pair.whole.part(0, name)))
    };
    if query.iter().chain(form).any(hides_a_name) {
        return true;
    }
    let own = |path: &str| facts.get(request).facts().iter().find(|f| f.path.as_str() == path);
    let is_url = own("request.form").is_some_and(|f| f.value.text() == Some("URL"));
    let kind = own("request.body_kind").and_then(|f| f.value.text()).unwrap_or("form");
    let is_whole_body = match kind {
        "form" => true,
        "multipart" => own("request.body").is_none(),
        "json" => own("json.trouble").is_none() && own("request.json").is_none_or(|f| !f.hole),
        _ => own("request.body").is_some_and(|f| !f.hole),
    };
    thing == Thing::TokenRequest && (!is_whole_body || (facts.get(request).open && !is_url))
}

/// The name of a direct member of a JSON body.
fn json_member(path: &Path) -> Option<&str> {
    let mut segments = path.segments();
    let name = (segments.next() == Some("request") && segments.next() == Some("json")).then(|| segments.next())??;
    segments.next().is_none().then_some(name)
}

fn is_callback(pairs: &[Pair]) -> bool {
    let has = |name: &str| pairs.iter().any(|p| p.name == name);
    has("access_token") && (has("token_type") || has("expires_in") || has("state"))
        || has("code") && !has("client_id")
        || has("error") && (has("state") || has("error_description") || pairs.len() == 1)
        || has("oauth_exception")
        || has("identity_exception")
}

/// Adds the thing that a JSON document is, with its facts, and the credentials in it.
pub fn document(
    sources: &mut Sources,
    facts: &mut Facts,
    parent: Option<SubjectId>,
    document: &json::Document,
    place: Place,
) -> Option<SubjectId> {
    let has = |name: &str| document.member(0, name).is_some();
    let is_object = document.nodes.first().is_some_and(|n| n.value == Value::Object);
    if !is_object {
        return None;
    }
    let any = |names: &[&str]| names.iter().any(|n| has(n));
    let (thing, base) = if has("keys") {
        (Thing::KeySet, "key")
    } else if has("kty") {
        (Thing::Key, "key")
    } else if has("grant_type") {
        (Thing::TokenRequest, "token-request")
    } else if any(&["access_token", "refresh_token", "id_token"]) {
        (Thing::TokenResponse, "token-response")
    } else if any(&["error", "oauth_exception", "identity_exception"]) {
        (Thing::ErrorResponse, "error")
    } else if any(&["iss", "exp", "iat", "nbf", "custom_profile_id"]) || has("sub") && has("aud") {
        (Thing::Claims, "jwt.claims")
    } else {
        return None;
    };
    Some(add(sources, facts, parent, document, place, thing, base))
}

/// Adds a JSON claims set.
pub fn claims(sources: &mut Sources, facts: &mut Facts, document: &json::Document, place: Place) -> SubjectId {
    add(sources, facts, None, document, place, Thing::Claims, "jwt.claims")
}

fn add(
    sources: &mut Sources,
    facts: &mut Facts,
    parent: Option<SubjectId>,
    document: &json::Document,
    place: Place,
    thing: Thing,
    base: &'static str,
) -> SubjectId {
    let subject = facts.subject(thing, parent, place);
    if !document.is_valid() {
        facts.set_open(subject);
    }
    json::facts(document, &Path::new(base), place, facts, subject);
    if thing != Thing::Claims {
        json_credentials(sources, facts, subject, document, place);
    }
    subject
}
