//! Postman collections (v2.0 and v2.1) and environments.
//!
//! A collection is a tree of folders and requests. What authorises a request may be set at the request, at a folder or
//! at the collection; variables have values in the file, in an environment elsewhere, or from a script. What the file
//! does not settle is left open. What is switched off (`disabled`) is not sent, and saved answers are examples.

use std::collections::HashSet;

use crate::decode::jwt;
use crate::facts::Value;
use crate::recognise::Found;
use crate::recognise::collection::{Auth, Draft, Values, literal};
use crate::recognise::members::{member, members};
use crate::recognise::placed::Placed;
use crate::recognise::shell::{Text, TextBuilder};
use crate::source::{Hole, Place, Sources, Span};

/// What a request of a collection is called.
const FORM: &str = "Postman request";

/// True if the text is a collection or an environment.
pub fn looks_like(text: &str) -> bool {
    let inner = text.trim_start_matches('\u{feff}').trim_start();
    let start = text.len() - inner.len();
    let is_collection = |at: usize| {
        let info = member(text, at, "info").filter(|_| member(text, at, "item").is_some());
        info.is_some_and(|info| {
            let schema = member(text, info.start, "schema").and_then(|s| text.get(s.range()));
            member(text, info.start, "_postman_id").is_some() || schema.is_some_and(|s| s.contains("postman.com/"))
        })
    };
    inner.starts_with('{')
        && members(text, start).any(|m| match text.get(m.name.range()) {
            Some("info") => is_collection(start),
            Some("collection") => is_collection(m.value.start),
            Some("_postman_variable_scope") => true,
            _ => false,
        })
}

/// The requests of a collection, or the tokens of an environment.
pub fn find(sources: &mut Sources, place: Place) -> Vec<Found> {
    let document = Placed::read(sources, place);
    // The API of Postman puts a collection into an envelope.
    let root = document.member(0, "collection").unwrap_or(0);
    if document.member(root, "item").is_none() {
        return environment(sources, &document);
    }
    let mut values = variables(sources, &document, root);
    let mut found = Vec::new();
    // What is set at a folder is read once, not for each of its requests.
    let mut auths = vec![Auth::Nothing];
    // What is still to be looked at, with what it inherits: what authorises, and whether a script may change it.
    let mut open = vec![(root, 0, false)];
    while let Some((node, mut auth, scripted)) = open.pop() {
        let own = |node: usize| document.member(node, "auth").filter(|a| *document.value(*a) == Value::Object);
        let request = document.member(node, "request");
        if let Some(set) = own(node).into_iter().chain(request.and_then(own)).last() {
            auth = auths.len();
            auths.push(authorises(sources, &document, set));
            found.extend(claims(sources, &document, set));
        }
        let scripted = scripted || changes_requests(&document, node);
        if let Some(items) = document.member(node, "item") {
            open.extend(document.children(items).into_iter().rev().map(|item| (item, auth, scripted)));
        }
        if let Some(request) = request {
            let mut draft = draft(sources, &document, node, request);
            draft.auth = auths.get(auth).cloned().unwrap_or_default();
            draft.open |= scripted;
            found.push(Found::Request(Box::new(draft.request(sources, &mut values))));
        }
    }
    found
}

/// The scripts of an item, line by line.
fn scripts(document: &Placed, node: usize) -> Vec<&str> {
    let mut lines = Vec::new();
    for event in document.member(node, "event").map(|e| document.children(e)).unwrap_or_default() {
        let script = document.member(event, "script");
        let Some(exec) = script.and_then(|s| document.member(s, "exec")) else { continue };
        lines.extend(document.value(exec).text());
        lines.extend(document.children(exec).into_iter().filter_map(|line| document.value(line).text()));
    }
    lines
}

/// True if a script of the item itself puts something into requests.
fn changes_requests(document: &Placed, node: usize) -> bool {
    scripts(document, node).iter().any(|line| line.contains("request.") && !line.trim_start().starts_with("//"))
}

/// The variables of a collection that no script sets.
fn variables(sources: &Sources, document: &Placed, root: usize) -> Values {
    let mut values = Values::new(sources.text(document.place(root)).len());
    let mut set: HashSet<&str> = HashSet::new();
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        for line in scripts(document, node) {
            set.extend(line.split(['"', '\'', '`']));
        }
        open.extend(document.member(node, "item").map(|i| document.children(i)).unwrap_or_default());
        for variable in document.member(node, "variable").map(|v| document.children(v)).unwrap_or_default() {
            let name = document.said(variable, "key").or_else(|| document.said(variable, "id"));
            let value = document.member(variable, "value").filter(|v| document.value(*v).text().is_some());
            let (Some(name), Some(value), false) = (name, value, is_off(document, variable)) else { continue };
            values.add(name, literal(sources, document.place(value)));
        }
    }
    set.into_iter().for_each(|name| values.forget(name));
    values
}

fn is_off(document: &Placed, node: usize) -> bool {
    let says =
        |name: &str, value: bool| document.member(node, name).is_some_and(|m| *document.value(m) == Value::Bool(value));
    says("disabled", true) || says("enabled", false)
}

/// The text of a string member.
fn text(sources: &Sources, document: &Placed, node: usize, name: &str) -> Option<Text> {
    let member = document.member(node, name).filter(|m| document.value(*m).text().is_some())?;
    Some(literal(sources, document.place(member)))
}

fn draft(sources: &mut Sources, document: &Placed, item: usize, request: usize) -> Draft {
    let mut draft = Draft::new(FORM, document.place(request));
    draft.name = document.text(sources, item, "name");
    if document.value(request).text().is_some() {
        draft.url = Some(literal(sources, document.place(request)));
        return draft;
    }
    draft.method = document.text(sources, request, "method");
    if let Some(url) = document.member(request, "url") {
        draft.url = match document.value(url) {
            Value::Text(_) => Some(literal(sources, document.place(url))),
            _ => text(sources, document, url, "raw"),
        };
    }
    draft.url = draft.url.map(with_path_variables);
    for header in document.member(request, "header").map(|h| document.children(h)).unwrap_or_default() {
        let parts = text(sources, document, header, "key").zip(text(sources, document, header, "value"));
        if let Some((name, value)) = parts.filter(|(name, _)| !is_off(document, header) && !name.text.is_empty()) {
            draft.fields.push((name, value, document.place(header)));
        }
    }
    // The client leaves the body of these out.
    let has_body = !matches!(document.said(request, "method"), Some("GET" | "HEAD"));
    if let Some(body) = document.member(request, "body").filter(|b| has_body && !is_off(document, *b)) {
        fill_body(sources, document, body, &mut draft);
    }
    draft
}

/// `/chats/:id`: what stands for `:id` is not known.
fn with_path_variables(mut url: Text) -> Text {
    // Nobody writes a longer one by hand.
    if url.text.len() > 2000 {
        return url;
    }
    let end = url.text.find(['?', '#']).unwrap_or(url.text.len());
    let mut at = 0;
    for segment in url.text.get(..end).unwrap_or_default().split('/') {
        let span = Span::new(at, at + segment.len());
        at = span.end + 1;
        let is_free = !url.holes.iter().any(|h| h.span.start < span.end && span.start < h.span.end);
        if let Some(name) = segment.strip_prefix(':').filter(|n| !n.is_empty() && is_free) {
            url.holes.push(Hole { span, name: name.to_owned() });
        }
    }
    url.holes.sort_by_key(|hole| hole.span);
    url
}

fn fill_body(sources: &Sources, document: &Placed, body: usize, draft: &mut Draft) {
    let mode = document.said(body, "mode").unwrap_or_default();
    match mode {
        "raw" => {
            let raw = document.member(body, "options").and_then(|o| document.member(o, "raw"));
            let language = raw.and_then(|raw| document.said(raw, "language"));
            draft.body = text(sources, document, body, "raw").filter(|t| !t.text.is_empty());
            draft.content_type = Some("application/json").filter(|_| language == Some("json") && draft.body.is_some());
        }
        "urlencoded" | "formdata" => {
            for part in document.member(body, mode).map(|m| document.children(m)).unwrap_or_default() {
                let file = document.said(part, "type") == Some("file");
                let value = text(sources, document, part, if file { "src" } else { "value" }).unwrap_or_default();
                if let Some(name) = text(sources, document, part, "key").filter(|_| !is_off(document, part)) {
                    draft.parts.push((name, value, file));
                }
            }
            let form = mode == "urlencoded";
            draft.content_type = Some(if form { "application/x-www-form-urlencoded" } else { "multipart/form-data" });
        }
        "" => {}
        _ => draft.open = true,
    }
}

/// What an `auth` block makes of the request.
fn authorises(sources: &mut Sources, document: &Placed, auth: usize) -> Auth {
    let from = document.member(auth, "type").map_or(document.place(auth), |t| document.place(t));
    let kind = document.said(auth, "type").unwrap_or_default();
    let setting = |name: &str| {
        let settings = document.member(auth, kind)?;
        // v2.0 writes an object, v2.1 a list of keys and values.
        let own = document.member(settings, name);
        let listed = || {
            let is_it = |item: &usize| document.said(*item, "key") == Some(name);
            document.children(settings).into_iter().find(is_it).and_then(|item| document.member(item, "value"))
        };
        own.or_else(listed).filter(|value| document.value(*value).text().is_some())
    };
    let said = |name: &str| setting(name).and_then(|value| document.value(value).text());
    let text = |name: &str| setting(name).map(|v| literal(sources, document.place(v))).unwrap_or_default();
    let made = |name: &str| {
        let mut made = TextBuilder::default();
        made.instead(name, from.span);
        made.finish()
    };
    match kind {
        "noauth" => Auth::Nothing,
        "bearer" => Auth::Field { name: made("Authorization"), prefix: "Bearer ".into(), value: text("token"), from },
        "basic" => Auth::Basic { user: text("username"), password: text("password"), from },
        "apikey" if said("in") == Some("query") => Auth::Query { name: text("key"), value: text("value"), from },
        "apikey" if !text("key").text.is_empty() => {
            Auth::Field { name: text("key"), prefix: String::new(), value: text("value"), from }
        }
        "oauth2" if said("addTokenTo") == Some("queryParams") => {
            Auth::Query { name: made("access_token"), value: text("accessToken"), from }
        }
        "oauth2" => {
            let prefix = said("headerPrefix").map_or("Bearer", str::trim);
            let blank = if prefix.is_empty() { "" } else { " " };
            let prefix = format!("{prefix}{blank}");
            Auth::Field { name: made("Authorization"), prefix, value: text("accessToken"), from }
        }
        _ => Auth::Elsewhere,
    }
}

/// The claims that the client signs for each request.
fn claims(sources: &mut Sources, document: &Placed, auth: usize) -> Option<Found> {
    if document.said(auth, "type") != Some("jwt") {
        return None;
    }
    let settings = document.member(auth, "jwt")?;
    let listed = document.children(settings).into_iter().find(|i| document.said(*i, "key") == Some("payload"));
    let payload = document.member(settings, "payload").or(listed.and_then(|i| document.member(i, "value")))?;
    let written = document.value(payload).text()?.trim();
    let place = document.text_of(sources, payload).filter(|_| written.len() > 2)?;
    Some(Found::Json { place, claims: true })
}

/// The tokens among the values of an environment.
fn environment(sources: &mut Sources, document: &Placed) -> Vec<Found> {
    let mut found = Vec::new();
    for row in document.member(0, "values").map(|v| document.children(v)).unwrap_or_default() {
        let value = document.said(row, "value").unwrap_or_default();
        let is_token = jwt::form(value.rsplit(' ').next().unwrap_or_default()).is_some();
        if is_token && !is_off(document, row) {
            found.extend(document.text(sources, row, "value").map(Found::Credential));
        }
    }
    found
}
