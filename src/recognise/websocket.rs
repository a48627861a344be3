//! What a page sent over a WebSocket, as Chrome and Insomnia write it into a recording: `_webSocketMessages` of an entry.
//!
//! A browser cannot set a header for the handshake, so many APIs take the credential in the first message: LiveChat's
//! `login`, the `connection_init` of GraphQL. Such a message is read as a request to the URL of the connection with that
//! Authorization; any other JSON in which a credential stands is read as JSON.

use crate::calendar;
use crate::decode::credential::SCHEMES;
use crate::decode::http::json_string;
use crate::decode::json::{self, Document};
use crate::decode::jwt;
use crate::recognise::har::masked;
use crate::recognise::members::{member, members};
use crate::recognise::request::{Field, Request, Sent};
use crate::recognise::{Found, file};
use crate::source::{Builder, Place, Sources, Span};

/// A message above this size is not read, in bytes.
const LONGEST: usize = 64 << 10;

/// Those of a list of messages that carry a credential. `handshake` is the request that opened the connection.
pub fn find(sources: &mut Sources, list: Place, handshake: &Request) -> Vec<Found> {
    let text = sources.text(list);
    let mut sent: Vec<(Place, Option<Place>)> = Vec::new();
    for message in members(text, 0).map(|m| m.value) {
        let part = |name: &str| member(text, message.start, name);
        let said = |span: Span| text.get(span.range()).unwrap_or_default();
        let is_sent = part("type").is_none_or(|kind| matches!(said(kind), "\"send\"" | "\"request\""));
        let Some(data) = part("data").filter(|data| is_sent && is_about_tokens(said(*data))) else { continue };
        let time = part("time").map(|time| list.part(time.start, time.end));
        sent.push((list.part(data.start, data.end), time));
    }
    sent.into_iter().filter_map(|(data, time)| message(sources, data, time, handshake)).collect()
}

/// Nearly all messages are none of ours: they are not even read.
fn is_about_tokens(literal: &str) -> bool {
    const WORDS: &[&str] = &["uthorization", "AUTHORIZATION", "oken", "jwt", "ecret", "password", "api_key", "apiKey"];
    literal.len() <= LONGEST && literal.contains('{') && WORDS.iter().any(|word| literal.contains(word))
}

/// One message, written as a JSON string at `data`.
fn message(sources: &mut Sources, data: Place, time: Option<Place>, handshake: &Request) -> Option<Found> {
    let whole = json_string(sources, data);
    let whole = masked(sources, whole);
    let text = sources.text(whole);
    // Socket.IO puts the type of the packet before the JSON.
    let start = text.find(['{', '[']).filter(|at| text.bytes().take(*at).all(|b| b.is_ascii_digit()))?;
    let place = whole.part(start, text.len());
    let document = json::read(sources.text(place), &crate::decode::http::holes_in(sources, place));
    let Some((name, value)) = header(&document) else {
        return file::names_ours(&document).then_some(Found::Json { place, claims: false });
    };
    let line = place.part(name.start, value.end);
    let is_named = sources.text(place.part(name.start, name.end)).to_ascii_lowercase().contains("authorization");
    let name = match is_named {
        true => json_string(sources, place.part(name.start, name.end)),
        false => instead(sources, place.part(name.start, name.end), "Authorization"),
    };
    let value = json_string(sources, place.part(value.start, value.end));
    let mut request = Request::new("WebSocket message in entry", whole);
    request.open = true;
    request.number = handshake.number;
    // The query of the handshake is judged with the handshake.
    request.url = handshake.url.map(|url| url.part(0, sources.text(url).find(['?', '#']).unwrap_or(url.span.len())));
    request.sent_at = time.and_then(|time| instant(sources, time)).or(handshake.sent_at);
    request.fields.push(Field { name, value, line, sent: Sent::Yes });
    Some(Found::Request(Box::new(request)))
}

/// The member of a message that is what an Authorization header is elsewhere: its name and its value, with their quotes.
fn header(document: &Document) -> Option<(Span, Span)> {
    let text = |node: usize, name: &str| document.member(node, name).and_then(|(_, node)| node.value.text());
    let is_login = text(0, "action") == Some("login");
    let login = document.member(0, "payload").filter(|_| is_login);
    let login = login.and_then(|(payload, _)| document.member(payload, "token")).map(|(_, node)| node);
    let is_header =
        |node: &&json::Node| node.name.as_ref().is_some_and(|name| name.text.eq_ignore_ascii_case("authorization"));
    let node = document.nodes.iter().find(is_header).or(login)?;
    let (scheme, rest) = node.value.text()?.split_once(' ')?;
    // What LiveChat says of JWTs at a login is said of the message.
    let is_known = SCHEMES.contains(&scheme.to_ascii_lowercase().as_str())
        && !rest.trim().is_empty()
        && (!is_login || jwt::form(rest.trim()).is_none());
    Some((node.name.as_ref()?.span, node.span)).filter(|_| is_known)
}

/// Another text for what stands at a place.
fn instead(sources: &mut Sources, place: Place, text: &str) -> Place {
    let mut out = Builder::new();
    out.instead(text, place.span);
    let (text, map) = out.finish();
    let name = sources.get(place.source).name.clone();
    let id = sources.add_decoded(name, text, place, "WebSocket message", map, Vec::new());
    sources.whole(id)
}

/// A time in seconds since 1970, with a fraction, as a date.
fn instant(sources: &mut Sources, time: Place) -> Option<Place> {
    let seconds = sources.text(time).parse::<f64>().ok().filter(|s| (0.0..1e11).contains(s))?;
    Some(instead(sources, time, &calendar::text(seconds as i128).replace(" UTC", "Z")))
}
