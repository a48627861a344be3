//! OAuth messages: which request is an authorization request, a token request or an authorization response, and which
//! JSON document is a token response, an error response, a claims set or a key (RFC 6749, 7517, 7519).

use crate::decode::credential::SCHEMES;
use crate::decode::http::{self, json_credentials};
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
    // Supabase Auth has an endpoint of its own kind there: a grant in the query, and JSON that names no client.
    let to_token_endpoint = to_token_endpoint && !path.ends_with("/auth/v1/token");
    let is_token_request = has(form, "grant_type")
        || body.contains(&"grant_type")
        // `grant_type` strays into authorization requests, too.
        || (has(query, "grant_type") && (to_token_endpoint || !has(query, "response_type")) && !path.ends_with("/auth/v1/token"))
        || (to_token_endpoint && has(query, "client_secret") && !has(query, "response_type"))
        || (post && to_token_endpoint);
    let (thing, base) = if is_token_request {
        (Thing::TokenRequest, "token-request")
    } else if has(query, "response_type")
        || (has(query, "client_id") && has(query, "redirect_uri"))
        || !post && to_authorization_endpoint(sources, &path, query)
    {
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

/// True for what goes to an authorization endpoint by its path, and has parameters by which it can be nothing else than an
/// authorization request, although `response_type` is missing and another that tells it. Login pages and APIs have such
/// paths too, and take a `state` or a `redirect_uri` of their own; links by which a bot is added have no `state`.
fn to_authorization_endpoint(sources: &Sources, path: &str, query: &[Pair]) -> bool {
    const OTHERS: &[&str] = &["access_token", "code", "error", "request", "request_uri", "ticket", "token"];
    let is_named = |name: &str| query.iter().any(|pair| pair.name.trim() == name);
    if !matches!(path.rsplit('/').next(), Some("authorize" | "auth")) || OTHERS.iter().any(|name| is_named(name)) {
        return false;
    }
    let value = |name: &str| query.iter().find(|pair| pair.name.trim() == name).map(|pair| sources.text(pair.value));
    let has = |name: &str| value(name).is_some_and(|text| !text.trim().is_empty());
    let names_client = has("client_id") || value("redirect_uri").is_some_and(|uri| uri.contains("://"));
    let is_openid = || value("scope").is_some_and(|scope| scope.split_whitespace().any(|word| word == "openid"));
    names_client && (has("code_challenge") || has("state") && has("scope") || is_openid())
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
    let own = |path: &str| facts.get(request).of_path(path).next();
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
        || has("id_token") && has("state")
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
    // A schema describes the member, a translation names it.
    let is_value = |name: &&str| {
        document.member(0, name).is_some_and(|(_, node)| match &node.value {
            Value::Object | Value::Array => false,
            Value::Text(text) => !is_prose(name, text),
            _ => true,
        })
    };
    // `exp` alone may be points in a game.
    let is_time = |name: &&str| {
        document.member(0, name).is_some_and(|(_, node)| match node.value {
            Value::Int(number) => number >= 100_000_000,
            Value::Number(_) | Value::Text(_) => true,
            _ => false,
        })
    };
    if is_key_set(document) {
        return Some(key_set(sources, facts, parent, document, place));
    }
    let (thing, base) = if has("kty") {
        (Thing::Key, "key")
    } else if has("grant_type") {
        (Thing::TokenRequest, "token-request")
    } else if ["access_token", "refresh_token", "id_token"].iter().any(is_value) {
        (Thing::TokenResponse, "token-response")
    } else if any(&["error", "oauth_exception", "identity_exception"]) {
        (Thing::ErrorResponse, "error")
    } else if ["exp", "iat", "nbf"].iter().any(is_time)
        || any(&["iss", "custom_profile_id"])
        || ["exp", "iat", "nbf", "sub", "aud", "jti"].iter().filter(|n| has(n)).count() > 1
    {
        (Thing::Claims, "jwt.claims")
    } else {
        return None;
    };
    Some(add(sources, facts, parent, document, place, thing, base))
}

/// Members of a JWK (RFC 7517 section 4, RFC 7518 section 6).
const KEY_MEMBERS: &[&str] = &["alg", "crv", "e", "k", "key_ops", "kid", "kty", "n", "use", "x", "x5c", "x5t", "y"];

/// Sets of more keys than this are not real.
const MOST_KEYS: usize = 256;

/// True for a JWK Set: one of its `keys` is like a key, or there is none and nothing else.
fn is_key_set(document: &json::Document) -> bool {
    let Some((index, _)) = document.member(0, "keys").filter(|(_, node)| node.value == Value::Array) else {
        return false;
    };
    let is_key = |at: usize| {
        let names = document.children(at).filter_map(|(_, node)| node.name.as_ref());
        document.member(at, "kty").is_some()
            || names.filter(|name| KEY_MEMBERS.contains(&name.text.as_str())).count() >= 3
    };
    let mut elements = document.children(index).peekable();
    elements.peek().is_none() && document.children(0).count() == 1 || elements.any(|(at, _)| is_key(at))
}

/// A JWK Set: a thing that carries its keys.
fn key_set(
    sources: &mut Sources,
    facts: &mut Facts,
    parent: Option<SubjectId>,
    document: &json::Document,
    place: Place,
) -> SubjectId {
    let set = facts.subject(Thing::KeySet, parent, place);
    facts.add(set, Path::new("jwks"), Value::Object, place);
    let Some((index, list)) = document.member(0, "keys") else { return set };
    facts.add(set, Path::new("jwks.keys"), Value::Array, place.part(list.span.start, list.span.end));
    let objects = document.children(index).filter(|(_, node)| node.value == Value::Object);
    let spans: Vec<_> = objects.take(MOST_KEYS).map(|(_, node)| node.span).collect();
    for span in spans {
        let place = place.part(span.start, span.end);
        let document = json::read(sources.text(place), &http::holes_in(sources, place));
        add(sources, facts, Some(set), &document, place, Thing::Key, "key");
    }
    set
}

/// True for words of a person where a program puts a credential: the caption of a field, its translation, a hint.
pub fn is_prose(name: &str, text: &str) -> bool {
    let letters = |s: &str| s.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    let is_word = |word: &str| {
        word.chars()
            .all(|c| c.is_alphabetic() || matches!(c, '\'' | '’' | '-' | '.' | ',' | '!' | '?' | ':' | '(' | ')'))
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    let scheme = words.first().is_some_and(|w| SCHEMES.contains(&w.to_ascii_lowercase().as_str()));
    let plain = words.iter().all(|word| is_word(word) && word.chars().count() <= 30);
    let many = words.len() > 1 && !scheme;
    let accented = text.chars().any(|c| c.is_alphabetic() && !c.is_ascii());
    !words.is_empty() && (letters(name) == letters(text) && name != text || plain && (many || accented))
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
    // What is secret in a key is no credential that somebody sends.
    if !matches!(thing, Thing::Claims | Thing::Key) {
        json_credentials(sources, facts, subject, document, place);
    }
    subject
}
