//! The requests that a program sends: a call that names URL and headers together is one request.
//!
//! Only what the code itself shows is read. A value that nobody can know is a hole, and where headers come from elsewhere
//! (a spread, a function, an instance with headers of its own) the request is open: nothing is missing in it. A name
//! stands for its value if the code leaves no doubt ([`Names`]). A call whose host is not written out is none.

mod body;
mod call;
mod go;
mod members;
mod value;

use std::collections::HashSet;

use super::language::Language;
use super::look::Word;
use super::names::Names;
use super::range::Range;
use super::reader::Code;
use super::{MOST, Spot};
use crate::facts::is_secret_name;
use crate::recognise::http::METHODS;
use crate::recognise::request::{Field, Request, Sent};
use crate::recognise::shell::{Text, TextBuilder};
use crate::source::{Hole, Place, Sources, Span};
use body::Form;
use call::Parts;
use members::{Member, is_nothing, members};
use value::{Sign, Values};

/// How such a request is called.
const FORM: &str = "call in code";

/// What the code sends, and the strings that were read for it.
#[derive(Default)]
pub(super) struct Sending {
    /// In order.
    pub requests: Vec<Request>,
    /// Spans of the source, in order.
    pub taken: Vec<Span>,
}

/// The name of a function that sends, or of an argument that says what is sent.
pub(super) fn needs(word: &Word) -> bool {
    match word.language {
        Language::JavaScript | Language::Python | Language::Ruby | Language::Php => {
            matches!(word.text, b"headers" | b"fetch" | b"axios" | b"requests" | b"httpx")
                || word.text == b"auth" && word.may_be_set()
        }
        Language::Go => matches!(word.text, b"NewRequest" | b"NewRequestWithContext"),
        _ => false,
    }
}

/// The requests of a text; `spots` tell of headers that were judged already.
pub(super) fn find(code: &Code, sources: &mut Sources, place: Place, spots: &[Spot]) -> Sending {
    let judged = spots.iter().flat_map(|spot| &spot.facts).filter(|(path, ..)| *path == "code.header");
    let judged: HashSet<usize> = judged.map(|(.., at)| at.start).collect();
    let names = Names::new(code);
    let mut reader = Reader { values: Values::new(code, &names, place), sources, judged };
    let mut requests = Vec::new();
    for open in (0..code.len()).filter(|i| code.sign(*i) == "(") {
        if requests.len() >= MOST {
            break;
        }
        let parts = match code.language {
            Language::Go => go::read(code, open),
            _ => call::read(code, &names, open),
        };
        let taken = reader.values.taken.len();
        match parts.and_then(|parts| reader.request(&parts)) {
            Some(request) => requests.push(request),
            None => reader.values.taken.truncate(taken),
        }
    }
    let mut taken: Vec<Span> = reader.values.taken.iter().map(|span| span.shifted(place.span.start)).collect();
    taken.sort();
    Sending { requests, taken }
}

struct Reader<'r, 'c, 'a> {
    values: Values<'c, 'a>,
    sources: &'r mut Sources,
    /// Where the names of headers stand of which is said already what is wrong.
    judged: HashSet<usize>,
}

impl Reader<'_, '_, '_> {
    /// The request of a call, if its host is known and it carries something.
    fn request(&mut self, parts: &Parts) -> Option<Request> {
        let code = self.values.code;
        let call = code.span_of(parts.call?);
        let mut request = Request::new(FORM, self.values.here(call));
        request.open = parts.is_open;
        request.url = Some(self.url(parts)?);
        request.method = parts.method.map(|method| self.method(method));
        // As urllib does.
        if parts.body.is_some() && code.language == Language::Python {
            request.default_method = "POST";
        }
        self.query(parts, &mut request);
        self.user(parts, &mut request);
        self.fields(parts, &mut request);
        // What only a server sends is what a mock answers.
        if self.is_sent(&request, "www-authenticate") || self.is_sent(&request, "set-cookie") {
            return None;
        }
        self.body(parts, &mut request);
        let url = request.url.map(|url| self.sources.text(url)).unwrap_or_default();
        let says_more = !request.fields.is_empty() || request.user.is_some() || request.body.is_some();
        if !says_more && request.query.is_empty() && !url.contains(['@', '?']) {
            return None;
        }
        // What every library sends of its own accord.
        for (name, value) in [("accept", "*/*"), ("user-agent", "a library")] {
            if !self.is_sent(&request, name) {
                request.implied.push((name, value));
            }
        }
        // Whoever sends none here may have a library that adds it.
        request.open |= !self.has_credential(&request);
        Some(request)
    }

    /// The URL, if at least its host is written out.
    fn url(&mut self, parts: &Parts) -> Option<Place> {
        let (first, last) = (parts.base.or(parts.url)?, parts.url.or(parts.base)?);
        let mut text = self.values.text(first);
        if let (Some(_), Some(url)) = (parts.base, parts.url) {
            text = self.joined(text, url);
        }
        let rest = ["https://", "http://"].iter().find_map(|s| text.text.strip_prefix(s))?;
        let start = text.text.len() - rest.len();
        let length = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let is_known = !text.holes.iter().any(|hole| hole.span.start < start + length);
        if !is_known || length == 0 || rest.contains(char::is_whitespace) {
            return None;
        }
        let own = stand_ins(&text.text, start + length);
        if !own.is_empty() && text.holes.is_empty() {
            text.holes = own;
        }
        let range = Range { start: first.start.min(last.start), end: first.end.max(last.end) };
        Some(self.values.place_of(self.sources, &text, range))
    }

    /// A URL behind the one that it is relative to.
    fn joined(&mut self, base: Text, url: Range) -> Text {
        let text = self.values.text(url);
        if text.text.contains("://") {
            return text;
        }
        let mut out = TextBuilder::default();
        let keep = base.text.trim_end_matches('/').len();
        out.append(&base, 0, keep);
        if !text.text.starts_with('/') {
            let at = self.values.here(self.values.code.span_of(url)).span.start;
            out.instead("/", Span::empty(at));
        }
        out.append(&text, 0, text.text.len());
        out.finish()
    }

    /// The method as it is sent.
    fn method(&mut self, range: Range) -> Place {
        let text = self.named_method(range).unwrap_or_else(|| self.values.text(range));
        if !text.holes.is_empty() || !text.text.chars().any(|c| c.is_ascii_lowercase()) {
            return self.values.place_of(self.sources, &text, range);
        }
        let mut upper = TextBuilder::default();
        let at = text.pieces.first().map_or(Span::default(), |piece| piece.from);
        upper.instead(&text.text.to_ascii_uppercase(), at);
        self.values.place_of(self.sources, &upper.finish(), range)
    }

    /// `post` in `axios.post`, and `http.MethodPost`.
    fn named_method(&self, range: Range) -> Option<Text> {
        let code = self.values.code;
        let last = code.word(range.end.checked_sub(1)?);
        let name = match code.language {
            Language::Go => last.strip_prefix("Method")?,
            _ => Some(last).filter(|_| range.len() == 1)?,
        };
        let is_method = METHODS.contains(&name.to_ascii_uppercase().as_str());
        let end = code.span_of(range).end;
        let mut out = TextBuilder::default();
        out.copy(name, self.values.here(Span::new(end.saturating_sub(name.len()), end)).span);
        is_method.then(|| out.finish())
    }

    fn fields(&mut self, parts: &Parts, request: &mut Request) {
        let found = parts.headers.map(|range| members(self.values.code, self.values.names, range));
        let mut list: Vec<Member> = parts.fields.clone();
        match found {
            Some(Some(members)) => {
                request.open |= members.is_open;
                list.extend(members.list);
            }
            Some(None) => request.open = true,
            None => request.open |= list.is_empty(),
        }
        for field in list {
            let code = self.values.code;
            // What `auth` says takes the place of the header, in every library.
            if request.user.is_some() && field.name.eq_ignore_ascii_case("authorization") {
                continue;
            }
            // One mistake is one finding.
            if is_nothing(code, field.value) || self.judged.contains(&field.span.start) {
                request.open = true;
                continue;
            }
            let value = self.values.header(self.sources, field.value);
            let line = Span::new(field.span.start, code.span_of(field.value).end.max(field.span.end));
            let name = self.values.here(field.span);
            request.fields.push(Field { name, value, line: self.values.here(line), sent: Sent::Yes });
        }
    }

    fn query(&mut self, parts: &Parts, request: &mut Request) {
        let Some(range) = parts.query else { return };
        let text = match members(self.values.code, self.values.names, range) {
            Some(members) => body::pairs(&mut self.values, &members, range),
            None => self.values.text(range),
        };
        if !text.text.is_empty() {
            request.query.push(self.values.place_of(self.sources, &text, range));
        }
    }

    /// `auth=(user, password)`, `auth: { username, password }`.
    fn user(&mut self, parts: &Parts, request: &mut Request) {
        let Some(range) = parts.user else { return };
        let pair = self.pair(range);
        if pair.len() < 2 {
            request.open = true;
            return;
        }
        // `['user', 'password', 'digest']`
        request.open |= pair.len() > 2;
        let mut out = TextBuilder::default();
        for (i, part) in pair.into_iter().take(2).enumerate() {
            let taken = self.values.taken.len();
            let text = self.values.text(part);
            let span = self.values.here(self.values.code.span_of(part)).span;
            if i > 0 {
                out.instead(":", Span::empty(span.start));
            }
            if !self.values.append(&mut out, &text, span, "password", Sign::Pair) {
                self.values.taken.truncate(taken);
            }
        }
        request.user = Some(self.values.place_of(self.sources, &out.finish(), range));
    }

    /// User and password, if both are there.
    fn pair(&self, range: Range) -> Vec<Range> {
        let code = self.values.code;
        let open = code.partner(range.end.saturating_sub(1)).filter(|open| *open >= range.start);
        let is_auth = |name: &str| ["BasicAuth", "DigestAuth", "NtlmAuth"].iter().any(|auth| name.ends_with(auth));
        let makes_pair = |open: &usize| *open == range.start || is_auth(code.word(open - 1));
        if let Some(open) = open.filter(|open| code.sign(*open) != "{" && makes_pair(open)) {
            return code.arguments(open);
        }
        let members = members(code, self.values.names, range);
        let get = |names: &[&str]| members.as_ref().and_then(|members| members.get(names));
        get(&["username", "user"]).into_iter().chain(get(&["password", "pass"])).collect()
    }

    fn body(&mut self, parts: &Parts, request: &mut Request) {
        let Some((range, form)) = parts.body else { return };
        let code = self.values.code;
        // `axios.post(url, {}, config)` only gets to the third argument.
        let is_empty = range.len() == 2 && code.sign(range.start) == "{";
        if is_empty || is_nothing(code, range) {
            request.open |= is_empty;
            return;
        }
        let declared = self.field(request, "content-type").map(|value| self.sources.text(value).to_ascii_lowercase());
        // axios sends the same object as what the header says.
        let is_form = form == Form::Json && declared.as_ref().is_some_and(|d| d.contains("x-www-form-urlencoded"));
        let (place, kind) = body::body(&mut self.values, self.sources, range, if is_form { Form::Pairs } else { form });
        request.body = Some(place);
        match kind {
            _ if declared.is_some() => {}
            Some(kind) => request.implied.push(("content-type", kind)),
            // fetch says of a text that it is one; others guess.
            None => request.open |= form != Form::Text,
        }
    }

    /// The value of a header field.
    fn field(&self, request: &Request, name: &str) -> Option<Place> {
        let is_it = |f: &&Field| self.sources.text(f.name).eq_ignore_ascii_case(name);
        request.fields.iter().find(is_it).map(|field| field.value)
    }

    fn is_sent(&self, request: &Request, name: &str) -> bool {
        self.field(request, name).is_some()
    }

    /// True if something in the request says who asks.
    fn has_credential(&self, request: &Request) -> bool {
        let tells = |f: &Field| {
            let name = self.sources.text(f.name).to_ascii_lowercase();
            let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
            is_secret_name(&name) || has(&["auth", "key", "token", "secret"]) && !has(&["idempot", "csrf", "xsrf"])
        };
        request.user.is_some() || request.fields.iter().any(tells)
    }
}

/// The parts of a URL behind its host that only stand for something.
fn stand_ins(url: &str, from: usize) -> Vec<Hole> {
    let mut holes = Vec::new();
    let mut at = from;
    for part in url.get(from..).unwrap_or_default().split(['/', '?', '&', '=', '#']) {
        let span = Span::new(at, at + part.len());
        at = span.end + 1;
        if value::stands_in(part, "") || part.starts_with(':') && part.len() > 1 {
            holes.push(Hole { span, name: part.trim_matches(|c: char| !c.is_alphanumeric()).to_owned() });
        }
    }
    holes
}
