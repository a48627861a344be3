//! `.http` and `.rest` files: the requests that the HTTP clients of editors send (REST Client of VS Code, JetBrains,
//! Visual Studio, httpyac, kulala).
//!
//! The dialects agree on most: `###` between requests, `#` and `//` comments, `@name = value` variables, a request line
//! whose method and version may be missing and whose query may go on in the next lines. Scripts and what is done with
//! the answer are not sent. A script before a request, a file in place of a body and what the client encodes itself make
//! a request open or are read as what they stand for, so that nothing is called missing that the client adds.

mod lines;

use crate::recognise::http::{self, Line, Response, is_comment, is_field_line, is_start_line};
use crate::recognise::request::{Field, Request, Sent};
use crate::recognise::variables::{self, Variables};
use crate::recognise::{Found, curl};
use crate::source::{Builder, Place, Sources, Span};

use lines::{
    PROTOCOLS, begins_script, ends_script, is_file_line, is_graphql, is_handler, is_separator, is_statement, named,
    request_line,
};

/// How such a request is called.
pub const FORM: &str = ".http request";

/// Words in the place of an auth-scheme for which the client makes the credential.
const MADE: &[&str] = &["aws", "cognito", "digest", "negotiate", "ntlm", "oauth2", "openid", "spnego"];

/// A text in which a script adds headers to all requests.
const GLOBAL_HEADERS: &[&str] = &["client.global.headers", "defaultHeaders"];

/// True if the text is such a file: it begins with a request, and more than that if its name does not say so.
pub fn looks_like(text: &str, is_named: bool) -> bool {
    let mut in_script = false;
    let mut has_marks = is_named;
    for (first, line) in text.lines().filter(|line| !line.trim().is_empty()).enumerate() {
        let bare = line.trim();
        in_script |= begins_script(bare);
        if in_script {
            in_script = !ends_script(bare);
            continue;
        }
        if is_comment(bare) || variables::definition(bare).is_some() {
            has_marks = true;
            continue;
        }
        // One message with path, version and Host is a message as it is sent, whatever the file is called.
        let is_raw = bare.contains(" /") && bare.contains(" HTTP/");
        has_marks &= !is_raw || first > 0;
        let begins = is_start_line(bare)
            || is_named && (request_line(bare).is_some() || is_statement(bare) || bare.starts_with("curl "));
        return begins && (has_marks || text.lines().any(is_separator));
    }
    false
}

/// All requests, and answers that were saved with them.
pub fn find(sources: &mut Sources, place: Place) -> Vec<Found> {
    let text = sources.text(place).to_owned();
    let lines = http::lines(&text, place.span.start);
    let mut variables = Variables::new(text.len());
    for (line, span) in &lines {
        if let Some((name, value, from)) = variables::definition(line).filter(|(_, value, _)| !value.is_empty()) {
            variables.add(name, Span::new(span.start + from, span.start + from + value.len()));
        }
    }
    let is_open = GLOBAL_HEADERS.iter().any(|words| text.contains(words));
    let mut reader = Reader { sources, place, lines: &lines, variables, at: 0 };
    let mut found = Vec::new();
    let (mut name, mut open) = (None, is_open);
    while let Some((line, span)) = reader.line() {
        let from = |part: &str| Span::new(span.start, span.start + part.len()).shifted(offset(line, part));
        if is_separator(line) {
            let title = line.trim_start_matches('#').trim();
            (name, open) = ((!title.is_empty()).then(|| from(title)), is_open);
            reader.at += 1;
        } else if is_comment(line) {
            name = named(line).map(from).or(name);
            reader.at += 1;
        } else if begins_script(line) {
            reader.skip_script();
            open = true;
        } else if line.starts_with("HTTP/") && is_start_line(line) {
            found.push(Found::Response(reader.response()));
        } else if line.starts_with("curl ") {
            // REST Client takes a command for a request.
            let command = reader.command();
            found.extend(curl::find(reader.sources, command, None).into_iter().map(|r| Found::Request(Box::new(r))));
        } else if let Some((method, url)) = request_line(line) {
            let mut request = reader.request(method, url);
            request.open |= open;
            request.name = name.take().map(|span| Place { source: place.source, span });
            found.push(Found::Request(Box::new(request)));
            open = is_open;
        } else {
            open |= is_file_line(line);
            reader.at += 1;
        }
    }
    found
}

/// Where a part of a line begins in it.
fn offset(line: &str, part: &str) -> usize {
    part.as_ptr() as usize - line.as_ptr() as usize
}

struct Reader<'a> {
    sources: &'a mut Sources,
    place: Place,
    lines: &'a [Line<'a>],
    variables: Variables,
    at: usize,
}

impl<'a> Reader<'a> {
    fn line(&self) -> Option<Line<'a>> {
        self.lines.get(self.at).copied()
    }

    fn here(&self, span: Span) -> Place {
        Place { source: self.place.source, span }
    }

    /// Goes behind a script that begins here.
    fn skip_script(&mut self) {
        while let Some((line, _)) = self.line().filter(|(line, _)| !is_separator(line)) {
            self.at += 1;
            if ends_script(line) {
                break;
            }
        }
    }

    /// A command, up to the next blank line.
    fn command(&mut self) -> Place {
        let start = self.at;
        self.take(|line| line.trim().is_empty());
        self.since(start)
    }

    fn response(&mut self) -> Response {
        let start = self.at;
        let (line, span) = self.line().unwrap_or_default();
        self.at += 1;
        let head = self.take(|line| line.trim().is_empty());
        let body = self.take(is_start_line);
        let body = http::trimmed(body).map(|span| self.here(span));
        let status = line.find(' ').map(|s| self.here(Span::new(span.start + s + 1, span.start + s + 4)));
        let place = self.since(start);
        let mut request = Request::new(FORM, place);
        http::fields(self.sources, self.place, head, &mut request);
        Response { place, status, fields: request.fields, body, sent_at: None }
    }

    /// The lines up to a separator or one that ends them.
    fn take(&mut self, ends: impl Fn(&str) -> bool) -> &'a [Line<'a>] {
        let start = self.at;
        while self.line().is_some_and(|(line, _)| !is_separator(line) && !ends(line)) {
            self.at += 1;
        }
        self.lines.get(start..self.at).unwrap_or_default()
    }

    /// What stands from a line to here.
    fn since(&self, start: usize) -> Place {
        let lines = self.lines.get(start..self.at).unwrap_or_default();
        self.here(http::trimmed(lines).unwrap_or(Span::empty(self.place.span.start)))
    }

    fn request(&mut self, method: Option<&str>, url: usize) -> Request {
        let start = self.at;
        let (line, span) = self.line().unwrap_or_default();
        let mut request = Request::new(FORM, self.here(span));
        self.at += 1;
        let url = self.url(line, span, url);
        request.url = Some(self.variables.put(self.sources, self.place, &url, span.start));
        let mut is_http = true;
        if let Some(method) = method {
            let protocol = PROTOCOLS.iter().find(|(name, _)| name.eq_ignore_ascii_case(method));
            let known = http::METHODS.iter().find(|known| known.eq_ignore_ascii_case(method));
            match (protocol, known) {
                (Some((_, sends)), _) => (request.default_method, is_http) = (sends, false),
                // The client writes it as it must be.
                (None, Some(known)) if *known != method => request.default_method = known,
                _ => request.method = Some(self.here(Span::new(span.start, span.start + method.len()))),
            }
        }
        let head = self.take(|line| line.trim().is_empty() || is_handler(line));
        // httpyac spreads variables that hold headers.
        request.open |= !is_http || head.iter().any(|(line, _)| line.starts_with("..."));
        let fields: Vec<Line> = head.iter().copied().filter(|(line, _)| !is_comment(line.trim_start())).collect();
        http::fields(self.sources, self.place, &fields, &mut request);
        for field in request.fields.iter_mut().filter(|f| f.value.source == self.place.source) {
            field.value = self.variables.put(self.sources, self.place, &[field.value.span], span.start);
        }
        self.encoded(&mut request);
        let body = self.take(|line| is_handler(line) || is_start_line(line));
        let is_query = request.fields.iter().any(|f| self.sources.text(f.name).eq_ignore_ascii_case("x-request-type"));
        let is_query = is_query || body.iter().find(|(l, _)| !l.trim().is_empty()).is_some_and(|(l, _)| is_graphql(l));
        if !is_http || is_query || body.iter().any(|(line, _)| is_file_line(line)) {
            request.open = true;
        } else {
            let is_form = |f: &Field| self.sources.text(f.value).contains("x-www-form-urlencoded");
            let is_form = request.fields.iter().any(is_form);
            request.body = self.body(body, span.start, is_form);
        }
        request.place = self.since(start);
        while let Some((line, _)) = self.line().filter(|(line, _)| !is_separator(line) && !is_start_line(line)) {
            match begins_script(line) {
                true => self.skip_script(),
                false if named(line).is_some() && is_comment(line) => break,
                false => self.at += 1,
            }
        }
        request
    }

    /// The URL: the rest of the line without the version, and the lines that go on with it.
    fn url(&mut self, line: &str, span: Span, start: usize) -> Vec<Span> {
        let written = |part: &str, whole: &str, at: Span| {
            let part = part.trim();
            let part = part
                .rsplit_once([' ', '\t'])
                .filter(|(_, v)| v.starts_with("HTTP/"))
                .map_or(part, |(url, _)| url.trim_end());
            Span::new(0, part.len()).shifted(at.start + offset(whole, part))
        };
        let mut rest = line.get(start..).unwrap_or_default();
        // A blank in a query is encoded by the client; elsewhere the URL ends there.
        if let Some(blank) = rest.find([' ', '\t']).filter(|b| !rest.get(..*b).unwrap_or_default().contains(['?', '{']))
        {
            rest = rest.get(..blank).unwrap_or_default();
        }
        let mut url = vec![written(rest, line, span)];
        let mut is_cut = rest.ends_with(['?', '&']);
        while let Some((line, span)) = self.line() {
            let bare = line.trim();
            if bare.is_empty() || is_comment(bare) && !bare.starts_with("//") && url.len() == 1 && !is_cut {
                break;
            }
            let is_pair = || bare.find('=').is_some_and(|sign| bare.find(':').is_none_or(|colon| sign < colon));
            let is_indented = line.starts_with([' ', '\t']);
            let goes_on = bare.starts_with(['?', '&'])
                || is_indented
                    && !is_comment(bare)
                    && (is_cut || bare.starts_with('/') || is_pair() || !is_field_line(bare));
            // A parameter that was commented out.
            let is_left_out = is_comment(bare) && url.len() > 1 && bare.contains('=');
            if !goes_on && !is_left_out || is_handler(bare) || bare.starts_with("...") {
                break;
            }
            self.at += 1;
            if goes_on {
                url.push(written(line, line, span));
                is_cut = bare.ends_with(['?', '&']);
            }
        }
        url
    }

    /// The body without comments and blank lines around it.
    fn body(&mut self, lines: &[Line], at: usize, is_form: bool) -> Option<Place> {
        let is_left_out = |line: &str| is_comment(line.trim_start());
        let written: Vec<Line> = lines.iter().copied().filter(|(line, _)| !is_left_out(line)).collect();
        let all = http::trimmed(&written)?;
        let mut spans = vec![all];
        for (_, span) in lines.iter().filter(|(line, span)| is_left_out(line) && all.contains(*span)) {
            let end = self.sources.get(self.place.source).text.get(span.end..all.end).unwrap_or_default();
            let end = span.end + end.find('\n').map_or(0, |i| i + 1);
            if let Some(last) = spans.pop() {
                spans.extend([Span::new(last.start, span.start), Span::new(end, last.end)]);
            }
        }
        if is_form {
            let text = &self.sources.get(self.place.source).text;
            spans = spans.iter().flat_map(|span| without_blanks(text, *span)).collect();
        }
        Some(self.variables.put(self.sources, self.place, &spans, at))
    }

    /// `Authorization: Basic user password`, which the client encodes, and schemes for which it does more.
    fn encoded(&mut self, request: &mut Request) {
        let is_auth = |sources: &Sources, name: Place| sources.text(name).trim().eq_ignore_ascii_case("authorization");
        let Some(at) = request.fields.iter().position(|f| f.sent == Sent::Yes && is_auth(self.sources, f.name)) else {
            return;
        };
        let Some(value) = request.fields.get(at).map(|f| f.value) else { return };
        let text = self.sources.text(value);
        let scheme = text.split([' ', '\t']).next().unwrap_or_default();
        if MADE.contains(&scheme.to_ascii_lowercase().as_str()) && !text.contains("=\"") {
            request.fields.remove(at);
            request.open = true;
        } else if scheme.eq_ignore_ascii_case("basic") {
            if let Some(pair) = pair(self.sources, value, scheme.len()) {
                request.fields.remove(at);
                request.user = Some(pair);
            }
        }
    }
}

/// The user and the password behind the scheme `Basic`, joined by a colon.
fn pair(sources: &mut Sources, value: Place, scheme: usize) -> Option<Place> {
    let text = sources.text(value);
    let rest = text.get(scheme..)?;
    let start = text.len() - rest.trim_start().len();
    let end = text.trim_end().len();
    let is_known = |at: usize| !sources.has_hole(value.part(at, at + 1));
    let find = |c: char| text.get(start..end)?.match_indices(c).map(|(i, _)| start + i).find(|i| is_known(*i));
    let blank = find(' ');
    if find(':').is_some_and(|colon| blank.is_none_or(|blank| colon < blank)) {
        return Some(value.part(start, end));
    }
    let blank = blank?;
    let first = text.get(start..blank)?.to_ascii_lowercase();
    let password = end - text.get(blank..end)?.trim_start().len();
    if matches!(first.as_str(), "basic" | "bearer" | "token" | "jwt" | "dpop") || password >= end {
        return None;
    }
    let mut out = Builder::new();
    let at = |a: usize, b: usize| value.part(a, b).span;
    out.copy(text.get(start..blank)?, at(start, blank));
    out.instead(":", at(blank, password));
    out.copy(text.get(password..end)?, at(password, end));
    Some(sources.decoded(value.part(start, end), "user and password", out.finish()))
}

/// The parts of a form without the blanks that JetBrains allows around `=` and `&`: `a = b &`.
fn without_blanks(text: &str, form: Span) -> Vec<Span> {
    let written = text.get(form.range()).unwrap_or_default();
    if !written.contains(" = ") {
        return vec![form];
    }
    let mut spans: Vec<Span> = Vec::new();
    for pair in written.split_inclusive('&') {
        let (pair, sign) = pair.strip_suffix('&').map_or((pair, ""), |p| (p, pair.get(p.len()..).unwrap_or_default()));
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let equals = pair.get(name.len()..pair.len() - value.len()).unwrap_or_default();
        let at = |part: &str| Span::new(0, part.len()).shifted(form.start + offset(written, part));
        spans.extend([name.trim(), equals, value.trim(), sign].iter().filter(|p| !p.is_empty()).map(|part| at(part)));
    }
    spans
}
