//! HAR, what browsers, Charles, Postman and Insomnia save of the requests they sent: `log.entries`, each with a request
//! and its response (HAR 1.1 to 1.3).
//!
//! Such a file is large, and nearly all of it is nothing to us: pages, pictures, scripts. It is passed over member by
//! member; only requests that a program made or that carry a credential are read, each with its answer. What a tool hid
//! before the file was shared is a hole, and where no credential is left in the whole file, none is missing.

use crate::decode::base64;
use crate::facts::is_secret_name;
use crate::recognise::http::Response;
use crate::recognise::members::{Member, enter, member, members};
use crate::recognise::placed::Placed;
use crate::recognise::request::{Field, Part, Request, Sent};
use crate::recognise::{Found, websocket};
use crate::source::{Builder, Hole, Map, Place, Sources, Span};

/// A body above this size is not read, in bytes: a token request or an error is small.
const LONGEST_BODY: usize = 64 << 10;
/// An answer up to this size, in bytes, is read for less than a name that tells of tokens.
const SHORT_BODY: usize = 4 << 10;

/// True if the text is a HAR file: an object with `log`, which has `entries` with requests.
pub fn looks_like(text: &str) -> bool {
    entries(text).is_some_and(|open| {
        let mut entries = members(text, open);
        entries.next().is_none_or(|first| member(text, first.value.start, "request").is_some())
    })
}

/// Where the list of entries begins.
fn entries(text: &str) -> Option<usize> {
    let text_start = text.trim_start_matches('\u{feff}').trim_start();
    if !text_start.starts_with('{') {
        return None;
    }
    let log = enter(text, text.len() - text_start.len(), "log")?;
    let entries = enter(text, log, "entries")?;
    text.get(entries..)?.starts_with('[').then_some(entries)
}

/// The requests and responses of the file at `place`.
pub fn find(sources: &mut Sources, place: Place) -> Vec<Found> {
    let text = sources.text(place);
    let Some(open) = entries(text) else { return Vec::new() };
    let spans: Vec<Span> = members(text, open).map(|m| m.value).collect();
    let count = spans.len();
    let mut exchanges: Vec<Exchange> = Vec::new();
    let (mut has_credential, mut has_host) = (false, false);
    for (i, span) in spans.into_iter().enumerate() {
        let Some(mut exchange) = Exchange::read(sources, place.part(span.start, span.end)) else { continue };
        exchange.request.number = Some((i + 1, count));
        has_credential |= exchange.has_credential;
        has_host |= exchange.has_host;
        exchanges.push(exchange);
    }
    let mut found = Vec::new();
    for Exchange { mut request, response, messages, has_host: whole, .. } in exchanges {
        // A browser that answers from its cache has not put the last fields in.
        request.open |= !(has_credential || names_client(sources, &request)) || (has_host && !whole);
        let messages = messages.map(|list| websocket::find(sources, list, &request)).unwrap_or_default();
        found.push(Found::Request(Box::new(request)));
        found.extend(response.map(Found::Response));
        found.extend(messages);
    }
    found
}

/// True if the body says who sends it, so that it lacks no header for that.
fn names_client(sources: &Sources, request: &Request) -> bool {
    const NAMES: &[&str] = &["client_secret", "client_assertion", "code_verifier"];
    let text = request.body.map(|place| sources.text(place)).unwrap_or_default();
    NAMES.iter().any(|name| text.contains(name) || request.parts.iter().any(|p| sources.text(p.name) == *name))
}

/// A request and its answer.
struct Exchange {
    request: Request,
    response: Option<Response>,
    /// What was sent over the connection that it opened.
    messages: Option<Place>,
    /// It carries something that authorises.
    has_credential: bool,
    /// It names its host in a field, as a request does that was really sent.
    has_host: bool,
}

impl Exchange {
    /// Reads an entry; `None` if nothing in it concerns us.
    fn read(sources: &mut Sources, entry: Place) -> Option<Self> {
        let parts = Parts::read(sources, entry);
        let asked = Placed::read(sources, parts.of(sources, "request")?);
        let answered = parts.of(sources, "response").map(|place| Answer::read(sources, place));
        let kind = parts.of(sources, "_resourceType").map(|place| sources.text(place)).unwrap_or_default();
        let messages = parts.of(sources, "_webSocketMessages");
        if messages.is_none() && !matters(&asked, answered.as_ref(), kind) {
            return None;
        }
        let sent_at = parts.of(sources, "startedDateTime").map(|place| unquoted(sources, place));
        // Insomnia writes the name of the request here.
        let name = parts.of(sources, "comment").filter(|p| p.span.len() > 2);
        let name = name.map(|place| unquoted(sources, place));
        let mut request = Request::new("HAR entry", asked.place(0));
        request.sent_at = sent_at;
        request.name = name.filter(|p| !p.span.is_empty());
        request.method = asked.text(sources, 0, "method");
        request.url = asked.text(sources, 0, "url").map(|place| masked(sources, place));
        request.open = asked.said(0, "method") == Some("OPTIONS");
        let has_host = fields(sources, &asked, &mut request);
        body(sources, &asked, &mut request);
        let has_credential = carries(&asked);
        let response = answered.and_then(|answer| answer.response(sources, sent_at));
        Some(Self { request, response, messages, has_credential, has_host })
    }
}

/// The members of an object, each passed over once: in an entry one of them is a page.
struct Parts {
    place: Place,
    members: Vec<Member>,
}

impl Parts {
    fn read(sources: &Sources, place: Place) -> Self {
        Self { place, members: members(sources.text(place), 0).collect() }
    }

    /// The value of the first member of that name.
    fn of(&self, sources: &Sources, name: &str) -> Option<Place> {
        let text = sources.text(self.place);
        let member = self.members.iter().find(|m| text.get(m.name.range()) == Some(name))?;
        Some(self.place.part(member.value.start, member.value.end))
    }
}

/// True for what a program asked for, for what was rejected, and for what carries a credential. `kind` is what the
/// browser calls the request.
fn matters(asked: &Placed, answer: Option<&Answer>, kind: &str) -> bool {
    let is_made = matches!(kind, "\"xhr\"" | "\"fetch\"" | "\"websocket\"");
    let has_answer = answer.is_some_and(|a| a.is_error() || a.is_data());
    is_made || has_answer || carries(asked) || asked.member(0, "postData").is_some()
}

/// True if a request carries something that authorises, or that stands for it.
fn carries(asked: &Placed) -> bool {
    let headers = asked.member(0, "headers").map(|h| asked.children(h)).unwrap_or_default();
    let is_ours = |name: &str| {
        let name = name.to_ascii_lowercase();
        matches!(name.as_str(), "authorization" | "proxy-authorization" | "dpop") || is_secret_name(&name)
    };
    let url = asked.said(0, "url").unwrap_or_default();
    let query = url.find(['?', '#']).and_then(|at| url.get(at + 1..)).unwrap_or_default();
    headers.into_iter().any(|h| asked.said(h, "name").is_some_and(is_ours))
        || query.split(['&', '#']).filter_map(|pair| pair.split_once('=')).any(|(name, _)| is_secret_name(name))
}

/// Reads the header fields; true if the host is among them.
fn fields(sources: &mut Sources, asked: &Placed, request: &mut Request) -> bool {
    let mut has_host = false;
    for header in asked.member(0, "headers").map(|h| asked.children(h)).unwrap_or_default() {
        let Some(field) = field(sources, asked, header) else { continue };
        let name = sources.text(field.name).to_ascii_lowercase();
        has_host |= matches!(name.as_str(), "host" | ":authority");
        let is_credential = matches!(name.as_str(), "authorization" | "proxy-authorization");
        if is_credential && field.value.span.is_empty() {
            // Somebody took it away before the file was shared.
            request.open = true;
        } else if !name.starts_with(':') {
            request.fields.push(field);
        }
    }
    has_host
}

/// An object with `name` and `value` as a header field.
fn field(sources: &mut Sources, document: &Placed, header: usize) -> Option<Field> {
    let name = document.text(sources, header, "name")?;
    let value = document.text(sources, header, "value")?;
    let value = masked(sources, value);
    Some(Field { name, value, line: document.place(header), sent: Sent::Yes })
}

/// Reads the body: `text` as it was sent, or else the parameters.
fn body(sources: &mut Sources, asked: &Placed, request: &mut Request) {
    let Some(data) = asked.member(0, "postData") else { return };
    let kind = asked.said(data, "mimeType").unwrap_or_default().to_ascii_lowercase();
    const KINDS: &[&str] = &["application/json", "application/x-www-form-urlencoded", "multipart/form-data"];
    let is_named = request.fields.iter().any(|f| sources.text(f.name).eq_ignore_ascii_case("content-type"));
    request.implied.extend(
        KINDS.iter().filter(|known| !is_named && kind.starts_with(**known)).map(|known| ("content-type", *known)),
    );
    let params = asked.member(data, "params").map(|p| asked.children(p)).unwrap_or_default();
    let text = asked.said(data, "text").unwrap_or_default();
    if text.len() > LONGEST_BODY {
        request.open = true;
    } else if !text.is_empty() && (params.is_empty() || !kind.starts_with("multipart/")) {
        let place = asked.text(sources, data, "text");
        let is_encoded = asked.said(data, "encoding") == Some("base64");
        let place = place.map(|place| if is_encoded { decoded(sources, place) } else { place });
        request.body = place.map(|place| masked(sources, place));
    } else {
        for param in params {
            let Some(name) = asked.text(sources, param, "name") else { continue };
            let file = asked.member(param, "fileName").is_some();
            let Some(value) = asked.text(sources, param, if file { "fileName" } else { "value" }) else { continue };
            let value = masked(sources, value);
            request.parts.push(Part { name, value, file });
        }
    }
}

/// A response, of which the body is not read yet.
struct Answer {
    place: Place,
    status: Option<(u32, Place)>,
    headers: Option<Place>,
    text: Option<Place>,
    encoding: Option<Place>,
    kind: String,
}

impl Answer {
    fn read(sources: &Sources, place: Place) -> Self {
        let parts = Parts::read(sources, place);
        let number = |place: Place| Some((sources.text(place).parse::<u32>().ok()?, place));
        let content = parts.of(sources, "content").map(|place| Parts::read(sources, place));
        let of_content = |name: &str| content.as_ref().and_then(|content| content.of(sources, name));
        Self {
            place,
            // 0: there was no answer.
            status: parts.of(sources, "status").and_then(number).filter(|(status, _)| (100..600).contains(status)),
            headers: parts.of(sources, "headers"),
            text: of_content("text"),
            encoding: of_content("encoding"),
            kind: of_content("mimeType").map(|place| sources.text(place).to_ascii_lowercase()).unwrap_or_default(),
        }
    }

    fn is_error(&self) -> bool {
        self.status.is_some_and(|(status, _)| status >= 400)
    }

    fn is_data(&self) -> bool {
        ["json", "x-www-form-urlencoded", "jwt"].iter().any(|kind| self.kind.contains(kind))
    }

    fn response(self, sources: &mut Sources, sent_at: Option<Place>) -> Option<Response> {
        let status = self.status.map(|(_, place)| place)?;
        let headers = self.headers.map(|place| Placed::read(sources, place));
        let mut fields = Vec::new();
        if let Some(headers) = headers {
            for header in headers.children(0) {
                fields.extend(field(sources, &headers, header).filter(|f| !sources.text(f.name).starts_with(':')));
            }
        }
        let body = self.body(sources);
        Some(Response { place: self.place, status: Some(status), fields, body, sent_at })
    }

    /// The body, if it is one that says something about tokens or about what went wrong.
    fn body(&self, sources: &mut Sources) -> Option<Place> {
        let literal = self.text.filter(|p| sources.text(*p).starts_with('"') && p.span.len() <= LONGEST_BODY)?;
        let is_encoded = self.encoding.is_some_and(|place| sources.text(place) == "\"base64\"");
        if !(self.is_error() || self.is_data()) || !(is_encoded || self.speaks(sources.text(literal))) {
            return None;
        }
        let written = unquoted(sources, literal);
        let body = if is_encoded { decoded(sources, written) } else { written };
        (!body.span.is_empty() && self.speaks(sources.text(body))).then(|| masked(sources, body))
    }

    /// True for the text of a body in which there may be something to find.
    fn speaks(&self, body: &str) -> bool {
        const WORDS: &[&str] = &[
            "token",
            "error",
            "client_id",
            "secret",
            "device_code",
            "active",
            "keys",
            "message",
            "msg",
            "code",
            "uthorization",
            "jwt",
            "reason",
            "title",
            "detail",
        ];
        // What names end in. Long lists of what somebody owns are full of titles and messages.
        const NAMES: &[&str] = &["token", "error", "client_id", "secret", "device_code", "keys"];
        if self.is_error() || body.len() <= SHORT_BODY {
            return WORDS.iter().any(|word| body.contains(word));
        }
        NAMES.iter().any(|name| {
            let is_name = |at: usize| {
                let rest = body.get(at + name.len()..).unwrap_or_default().trim_start_matches('\\');
                rest.strip_prefix('"').is_some_and(|rest| rest.trim_start().starts_with(':'))
            };
            memchr::memmem::find_iter(body.as_bytes(), name).any(is_name)
        })
    }
}

/// The text within the quotes of a string literal.
fn unquoted(sources: &mut Sources, literal: Place) -> Place {
    crate::decode::http::json_string(sources, literal)
}

/// The text that stands at a place in base64.
fn decoded(sources: &mut Sources, place: Place) -> Place {
    let read = base64::decode(sources.text(place));
    match String::from_utf8(read.bytes) {
        Ok(text) if read.exact => {
            let id = sources.add_decoded("body", text, place, "base64", Map::Base64, Vec::new());
            sources.whole(id)
        }
        // A picture: nothing is known of it.
        _ => place.start(),
    }
}

/// The text at a place, with a hole for what a tool or somebody hid before the file was shared.
pub(super) fn masked(sources: &mut Sources, place: Place) -> Place {
    let text = sources.text(place);
    let holes = marks(text);
    if holes.is_empty() {
        return place;
    }
    let text = text.to_owned();
    let mut copy = Builder::new();
    copy.copy(&text, place.span);
    let (text, map) = copy.finish();
    let name = sources.get(place.source).name.clone();
    let id = sources.add_decoded(name, text, place, "masking", map, holes);
    sources.whole(id)
}

/// What stands for a hidden value: `[access_token redacted]`, `eyJ….eyJ….redacted`, `***`.
fn marks(text: &str) -> Vec<Hole> {
    const MARKS: &[&str] = &["redacted", "***", "•••", "xxxxxxxx"];
    let lower = text.to_ascii_lowercase();
    let is_token = |c: char| c.is_alphanumeric() || "-_.~+*•%".contains(c);
    let mut found: Vec<Span> = Vec::new();
    for mark in MARKS {
        found.extend(lower.match_indices(mark).map(|(at, _)| Span::new(at, at + mark.len())));
    }
    found.sort();
    let mut holes: Vec<Hole> = Vec::new();
    let mut at = 0;
    for Span { start, end } in found {
        let Some(before) = text.get(at..start) else { continue };
        let after = text.get(end..).unwrap_or_default();
        let words = before.rfind(['[', '"']).and_then(|i| before.get(i..)).filter(|b| b.len() < 60);
        let words = words.filter(|words| words.starts_with('['));
        let bracketed = words.zip(after.bytes().take(60).position(|b| b == b']'));
        let span = match bracketed {
            Some((words, close)) => Span::new(start - words.len(), end + close + 1),
            None => Span::new(
                start - (before.len() - before.trim_end_matches(is_token).len()),
                end + after.len() - after.trim_start_matches(is_token).len(),
            ),
        };
        holes.push(Hole { span, name: "redacted".to_owned() });
        at = span.end;
    }
    holes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_values_are_holes() {
        let marked = |text: &str| marks(text).into_iter().map(|h| text[h.span.range()].to_owned()).collect::<Vec<_>>();
        assert_eq!(marked("Bearer eyJa.eyJb.redacted"), ["eyJa.eyJb.redacted"]);
        assert_eq!(
            marked("https://a.example/?access_token=[access_token redacted]&b=***"),
            ["[access_token redacted]", "***"]
        );
        assert_eq!(marked("Basic é***é"), ["é***é"]);
        assert!(marked("Bearer abc").is_empty());
    }

    #[test]
    fn a_har_is_known_by_its_entries() {
        assert!(looks_like(r#"{"log":{"version":"1.2","entries":[{"request":{}}]}}"#));
        assert!(looks_like("\u{feff}{ \"log\" : { \"entries\" : [] } }"));
        assert!(!looks_like(r#"{"log":{"entries":[{"level":"info"}]}}"#));
        assert!(!looks_like(r#"{"log":"x"}"#));
        assert!(!looks_like("log: {}"));
    }
}
