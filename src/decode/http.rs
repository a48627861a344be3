//! Requests and responses, in whatever form they were written: from delimited parts to facts.

use std::collections::HashSet;

use crate::calendar;
use crate::decode::{basic, credential, json, oauth, paste, url};
use crate::facts::{Fact, Facts, Path, SubjectId, Thing, Value, is_key_member, is_secret_name};
use crate::recognise::http::Response;
use crate::recognise::http_file;
use crate::recognise::request::{Part, Request, Sent};
use crate::recognise::setting;
use crate::source::{Place, Sources};

/// The parts of a request that hold named values, by the path of their facts, and what carries a credential there.
pub const PARTS: &[(&str, &str)] =
    &[("request.header", "header"), ("request.query", "query"), ("request.param", "form"), ("request.json", "json")];

/// Writes the facts of a request, and those of everything it carries.
pub fn request(sources: &mut Sources, facts: &mut Facts, request: &Request) -> SubjectId {
    let subject = facts.subject(Thing::Request, None, request.place);
    if request.open {
        facts.set_open(subject);
    }
    facts.add(subject, Path::new("request.form"), request.form, request.place);
    if let Some(place) = request.name {
        add(sources, facts, subject, Path::new("request.name"), place);
    }
    if let Some((number, count)) = request.number {
        facts.add(subject, Path::new("request.number"), format!("{number} of {count}"), request.place.start());
    }
    if let Some((place, time)) = request.sent_at.and_then(|p| Some((p, calendar::parse(sources.text(p))?))) {
        facts.add(subject, Path::new("clock.now"), time, place);
    }
    match request.method {
        Some(place) => add(sources, facts, subject, Path::new("request.method"), place),
        // A bare URL says nothing about the method.
        None if request.form == "URL" => {}
        None => facts.add(subject, Path::new("request.method"), request.default_method, request.place.start()),
    }
    for (name, place) in &request.options {
        let text = sources.text(*place).to_owned();
        facts.add(subject, Path::new("request.option").join(name), text, *place);
    }
    let parts = request.url.map(|place| url::facts(sources, facts, subject, place)).unwrap_or_default();
    let mut query = Vec::new();
    for place in parts.query.iter().chain(&request.query) {
        query.extend(url::pairs(sources, *place));
    }
    url::pair_facts(sources, facts, subject, &Path::new("request.query"), &query);
    let fragment = parts.fragment.map(|place| url::pairs(sources, place)).unwrap_or_default();
    fields(sources, facts, subject, request);
    for (name, value) in &request.implied {
        facts.add(subject, Path::new("request.header").join(name), *value, request.place.start());
    }
    if let (None, Some(host)) = (parts.host, facts.one(subject, "request.header.host").cloned()) {
        let text = host.value.text().unwrap_or_default().to_ascii_lowercase();
        let name = text.split(':').next().unwrap_or_default().to_owned();
        facts.push(subject, Fact { path: Path::new("request.host"), value: name.into(), ..host });
    }
    if let Some(user) = request.user {
        user_option(sources, facts, subject, user);
    }
    let is_login = query.iter().any(|pair| pair.name == "client_id");
    for pair in &query {
        let is_secret = is_secret_name(&pair.name) && !is_program(sources.text(pair.value));
        if is_secret || (is_login && is_request_object(sources, pair)) {
            let carrier = credential::Carrier { kind: "query", name: Some(&pair.name) };
            credential::value(sources, facts, Some(subject), carrier, pair.value);
        }
    }
    for pair in &fragment {
        if is_secret_name(&pair.name) {
            let carrier = credential::Carrier { kind: "fragment", name: Some(&pair.name) };
            credential::value(sources, facts, Some(subject), carrier, pair.value);
        }
    }
    let form = body(sources, facts, subject, request);
    oauth::request(sources, facts, subject, &query, &fragment, &form);
    literals(sources, facts, subject, request);
    subject
}

/// True for a program, which links to playgrounds carry in `code`.
fn is_program(text: &str) -> bool {
    text.contains(char::is_whitespace) && text.contains(['(', '{', ';'])
}

/// The parameters of an authorization request as a JWT (RFC 9101).
fn is_request_object(sources: &Sources, pair: &url::Pair) -> bool {
    let text = sources.text(pair.value);
    pair.name == "request" && text.starts_with("ey") && text.matches('.').count() > 1
}

/// Variables that nothing expands, each with the innermost thing whose text holds it.
fn literals(sources: &Sources, facts: &mut Facts, subject: SubjectId, request: &Request) {
    for literal in &request.literals {
        let at = sources.given(literal.place);
        let holds = |id: &SubjectId| {
            let place = sources.given(facts.get(*id).place);
            place.source == at.source && place.span.contains(at.span)
        };
        let inner =
            facts.children(subject).map(|(id, _)| id).find(|id| facts.get(*id).thing == Thing::Credential && holds(id));
        let owner = inner.unwrap_or(subject);
        facts.add(owner, Path::new("hole.literal"), literal.name.as_str(), literal.place);
        facts.add(owner, Path::new("hole.quotes"), literal.quotes.name(), literal.place);
    }
}

fn add(sources: &Sources, facts: &mut Facts, subject: SubjectId, path: Path, place: Place) {
    let hole = sources.has_hole(place);
    facts.push(subject, Fact { path, value: Value::Text(sources.text(place).to_owned()), place, hole });
}

fn fields(sources: &mut Sources, facts: &mut Facts, subject: SubjectId, request: &Request) {
    for field in request.fields.iter().filter(|f| f.sent == Sent::NoColon) {
        let text = sources.text(field.line).to_owned();
        facts.add(subject, Path::new("request.option.colon-missing"), text, field.line);
    }
    for field in request.fields.iter().filter(|f| f.sent == Sent::Yes) {
        let name = sources.text(field.name).trim().to_ascii_lowercase();
        add(sources, facts, subject, Path::new("request.field").join(&name), field.name);
        add(sources, facts, subject, Path::new("request.header").join(&name), field.value);
        if matches!(name.as_str(), "authorization" | "proxy-authorization") {
            let carrier = credential::Carrier { kind: "header", name: Some(&name) };
            credential::header(sources, facts, Some(subject), carrier, field.value);
        } else if name == "cookie" {
            cookies(sources, facts, subject, field.value);
        } else if is_secret_name(&name) || name == "dpop" {
            let carrier = credential::Carrier { kind: "header", name: Some(&name) };
            credential::value(sources, facts, Some(subject), carrier, field.value);
        }
    }
}

/// A header's name in its usual case, for people: `X-API-Key`.
pub fn usual_name(name: &str) -> String {
    let word = |word: &str| match word {
        "api" | "www" => word.to_ascii_uppercase(),
        "dpop" => "DPoP".to_owned(),
        _ => {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
        }
    };
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}

fn cookies(sources: &mut Sources, facts: &mut Facts, subject: SubjectId, place: Place) {
    let text = sources.text(place).to_owned();
    let mut at = 0;
    for piece in text.split(';') {
        let (start, blank) = (at, piece.len() - piece.trim_start().len());
        at += piece.len() + 1;
        if let Some(sign) = piece.find('=') {
            let value = place.part(start + sign + 1, start + piece.trim_end().len().max(sign + 1));
            add(sources, facts, subject, Path::new("request.cookie").join(&piece[blank..sign]), value);
        }
    }
}

/// `curl -u user:password` is sent as Basic, so its parts are those of a Basic credential.
fn user_option(sources: &mut Sources, facts: &mut Facts, subject: SubjectId, place: Place) {
    let credential = facts.subject(Thing::Credential, Some(subject), place);
    facts.add(credential, Path::new("auth.carrier"), "user option", place);
    facts.add(credential, Path::new("auth.scheme"), "Basic", place.start());
    add(sources, facts, credential, Path::new("auth.value"), place);
    basic::pair(sources, facts, credential, place);
}

/// Writes the facts of the body; returns the pairs of a form.
fn body(sources: &mut Sources, facts: &mut Facts, subject: SubjectId, request: &Request) -> Vec<url::Pair> {
    let Some(place) = request.body else {
        if !request.parts.is_empty() {
            let declared = facts.text(subject, "request.header.content-type").unwrap_or_default();
            let is_form = declared.to_ascii_lowercase().contains("x-www-form-urlencoded");
            let kind = if is_form { "form" } else { "multipart" };
            facts.add(subject, Path::new("request.body_kind"), kind, request.place.end());
        }
        let pairs = parts(sources, request);
        form_facts(sources, facts, subject, &pairs);
        return pairs;
    };
    add(sources, facts, subject, Path::new("request.body"), place);
    let declared = facts.text(subject, "request.header.content-type").unwrap_or_default().to_ascii_lowercase();
    let text = sources.text(place);
    let is_json = json::looks_like_json(text) || declared.contains("json");
    let is_form = !is_json && (declared.contains("x-www-form-urlencoded") || looks_like_form(text));
    let kind = match (is_json, is_form) {
        (true, _) => "json",
        (_, true) => "form",
        _ if declared.starts_with("multipart/") => "multipart",
        _ => "text",
    };
    facts.add(subject, Path::new("request.body_kind"), kind, place);
    if is_json {
        let holes = holes_in(sources, place);
        let document = json::read(sources.text(place), &holes);
        json::facts(&document, &Path::new("request.json"), place, facts, subject);
        json_credentials(sources, facts, subject, &document, place);
    } else if is_form {
        let in_lines = matches!(request.form, "HTTP message" | http_file::FORM);
        let pairs = if in_lines { url::pairs_in_lines(sources, place) } else { url::pairs(sources, place) };
        form_facts(sources, facts, subject, &pairs);
        return pairs;
    }
    Vec::new()
}

/// The parts of a multipart form that are written out, as pairs.
fn parts(sources: &Sources, request: &Request) -> Vec<url::Pair> {
    let written = request.parts.iter().filter(|part| !part.file);
    let pair = |part: &Part| url::Pair {
        name: sources.text(part.name).to_owned(),
        whole: part.value,
        raw: part.value,
        value: part.value,
        has_value: true,
    };
    written.map(pair).collect()
}

/// Writes the parameters of a form, and the credentials among them.
fn form_facts(sources: &mut Sources, facts: &mut Facts, subject: SubjectId, pairs: &[url::Pair]) {
    url::pair_facts(sources, facts, subject, &Path::new("request.param"), pairs);
    for pair in pairs {
        let name = pair.name.trim();
        if is_secret_name(name) {
            let carrier = credential::Carrier { kind: "form", name: Some(name) };
            credential::value(sources, facts, Some(subject), carrier, pair.value);
        }
    }
}

/// The holes within a place, counted from its beginning.
pub fn holes_in(sources: &Sources, place: Place) -> Vec<crate::source::Hole> {
    let start = place.span.start;
    let inside = sources.holes(place).filter(|h| place.span.contains(h.span));
    inside
        .map(|h| crate::source::Hole {
            span: crate::source::Span::new(h.span.start - start, h.span.end - start),
            name: h.name.clone(),
        })
        .collect()
}

/// A credential subject for every string member of a JSON document whose name says that it holds one.
pub fn json_credentials(
    sources: &mut Sources,
    facts: &mut Facts,
    parent: SubjectId,
    document: &json::Document,
    place: Place,
) {
    let says = |name: &str| document.nodes.iter().any(|n| n.name.as_ref().is_some_and(|n| n.text == name));
    // The values of a Kubernetes Secret are base64 of what they stand for; `recognise::kubernetes` reads them where the
    // Secret is the whole document.
    let is_named = |node: &json::Node, name: &str| node.name.as_ref().is_some_and(|n| n.text == name);
    let kinds = document.nodes.iter().filter(|node| is_named(node, "kind") && node.value == Value::from("Secret"));
    let secrets: HashSet<Option<usize>> = kinds.map(|node| node.parent).collect();
    let is_data = |node: &&json::Node| is_named(node, "data") && secrets.contains(&node.parent);
    let encoded: Vec<_> = document.nodes.iter().filter(is_data).map(|node| node.span).collect();
    let mut encoded = encoded.into_iter().peekable();
    // Elsewhere than in a token request, a code is the name of an error.
    let has_codes = says("grant_type") || says("redirect_uri") || says("code_verifier");
    let has_keys = says("kty");
    for node in &document.nodes {
        let (Some(name), Value::Text(text)) = (&node.name, &node.value) else { continue };
        while encoded.next_if(|span| span.end <= node.span.start).is_some() {}
        if encoded.peek().is_some_and(|span| span.contains(node.span)) {
            continue;
        }
        let is_header = name.text.eq_ignore_ascii_case("authorization");
        // In a document of no known kind such a name may mean anything: a caption, a short code.
        let is_unknown = facts.get(parent).thing == Thing::Json;
        let is_other = is_unknown && (text.chars().count() < 8 || oauth::is_prose(&name.text, text));
        let is_secret = is_secret_name(&name.text)
            || has_keys && is_key_member(&name.text)
            || is_unknown && setting::is_variable(&name.text, text);
        if !is_header && (!is_secret || is_other || (name.text == "code" && !has_codes)) {
            continue;
        }
        // Logs hide the value of the header, and templates fill it in later.
        if is_header && !node.value.text().unwrap_or_default().split(' ').all(stands_for_itself) {
            continue;
        }
        let literal = place.part(node.span.start, node.span.end);
        let value = json_string(sources, literal);
        let carrier = credential::Carrier { kind: "json", name: Some(&name.text) };
        if is_header {
            credential::header(sources, facts, Some(parent), carrier, value);
        } else {
            credential::value(sources, facts, Some(parent), carrier, value);
        }
    }
}

/// True unless a word is a mark for a value that is not shown or not there yet.
fn stands_for_itself(word: &str) -> bool {
    let is_scheme = credential::SCHEMES.contains(&word.to_ascii_lowercase().as_str());
    let kind = paste::leftover(word).filter(|_| !is_scheme).map(|l| l.kind);
    kind.is_none_or(|k| matches!(k, paste::Kind::Null | paste::Kind::Object)) && !word.contains(['{', '$', '<', '*'])
}

/// True if the text is a form: pairs of names and values.
pub fn looks_like_form(text: &str) -> bool {
    let mut pairs = text.split('&').filter(|pair| !pair.trim().is_empty()).peekable();
    pairs.peek().is_some()
        && pairs.all(|pair| {
            let name = pair.split('=').next().unwrap_or("");
            pair.contains('=')
                && !name.trim().is_empty()
                && name.trim().bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.%[]+".contains(&b))
        })
}

/// Writes the facts of a response.
pub fn response(sources: &mut Sources, facts: &mut Facts, response: &Response) -> SubjectId {
    let subject = facts.subject(Thing::Response, None, response.place);
    if let Some((place, time)) = response.sent_at.and_then(|p| Some((p, calendar::parse(sources.text(p))?))) {
        facts.add(subject, Path::new("clock.now"), time, place);
    }
    if let Some(status) = response.status {
        let number = sources.text(status).parse::<i128>().unwrap_or(0);
        facts.add(subject, Path::new("response.status"), number, status);
    }
    for field in &response.fields {
        let name = sources.text(field.name).trim().to_ascii_lowercase();
        add(sources, facts, subject, Path::new("response.header").join(&name), field.value);
    }
    if let Some(place) = response.body {
        add(sources, facts, subject, Path::new("response.body"), place);
        if json::looks_like_json(sources.text(place)) {
            let document = json::read(sources.text(place), &holes_in(sources, place));
            json::facts(&document, &Path::new("response.json"), place, facts, subject);
            oauth::document(sources, facts, Some(subject), &document, place);
        }
    }
    subject
}

/// The text of a JSON string literal: within its quotes if there is nothing to decode, else in a decoded source.
pub fn json_string(sources: &mut Sources, literal: Place) -> Place {
    let text = sources.text(literal);
    let inner = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text);
    if !inner.contains('\\') && inner.len() + 2 == text.len() {
        return literal.part(1, text.len() - 1);
    }
    let decoded = json::string_map(&sources.get(literal.source).text, literal.span);
    sources.decoded(literal, "JSON string", decoded)
}
