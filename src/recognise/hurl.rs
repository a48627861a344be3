//! Hurl files: requests, each with what its answer is expected to be.
//!
//! Only the requests are read; what stands below `HTTP 200` is about the answer. A request whose answer is expected to
//! be an error of the client is wrong on purpose and left out. All variables are holes: they are captured from answers
//! or given on the command line. Parameters are written plainly and encoded by Hurl, so they are encoded here too.

use crate::recognise::http::{self, Line, is_field_line};
use crate::recognise::request::{Field, Part, Request, Sent};
use crate::recognise::shell::TextBuilder;
use crate::source::{Place, Sources, Span};

/// How such a request is called.
const FORM: &str = "Hurl request";

/// The sections, by which a file is known.
const SECTIONS: &[(&str, Section)] = &[
    ("query", Section::Query),
    ("querystringparams", Section::Query),
    ("form", Section::Form),
    ("formparams", Section::Form),
    ("multipart", Section::Multipart),
    ("multipartformdata", Section::Multipart),
    ("cookies", Section::Cookies),
    ("basicauth", Section::BasicAuth),
    ("options", Section::Options),
    ("captures", Section::Answer),
    ("asserts", Section::Answer),
];

/// Options that add something to the request which is not written here.
const ADDING: &[&str] =
    &["aws-sigv4", "cert", "digest", "header", "negotiate", "netrc", "netrc-file", "netrc-optional", "ntlm"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Head,
    Query,
    Form,
    Multipart,
    Cookies,
    BasicAuth,
    Options,
    Answer,
}

/// True if the text is a Hurl file: it begins with a request, and says what is expected if its name does not tell.
pub fn looks_like(text: &str, is_named: bool) -> bool {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    let tells = |line: &str| section(line).is_some() || is_expectation(line) && !line.starts_with("HTTP/");
    first.is_some_and(|line| request_line(line).is_some()) && (is_named || text.lines().any(tells))
}

/// The method and where the URL begins.
fn request_line(line: &str) -> Option<(&str, usize)> {
    let (method, url) = line.split_once([' ', '\t'])?;
    let is_method = !method.is_empty() && method.bytes().all(|b| b.is_ascii_uppercase());
    let url = url.trim_start();
    (is_method && (url.starts_with("http") || url.starts_with("{{"))).then_some((method, line.len() - url.len()))
}

fn section(line: &str) -> Option<Section> {
    let name = line.trim_start().strip_prefix('[')?;
    let (name, rest) = name.split_once(']')?;
    let rest = rest.trim();
    let name = name.to_ascii_lowercase();
    let known = SECTIONS.iter().find(|(known, _)| *known == name).map(|(_, section)| *section);
    known.filter(|_| rest.is_empty() || rest.starts_with('#'))
}

/// `HTTP 200`, `HTTP/1.1 200`, `HTTP *`: here the request ends.
fn is_expectation(line: &str) -> bool {
    let Some((version, status)) = line.split_once([' ', '\t']) else { return false };
    let status = status.trim_start().split([' ', '\t', '#']).next().unwrap_or_default();
    let is_status = status == "*" || status.len() == 3 && status.bytes().all(|b| b.is_ascii_digit());
    (version == "HTTP" || version.starts_with("HTTP/")) && is_status
}

/// The requests, in order.
pub fn find(sources: &mut Sources, place: Place) -> Vec<Request> {
    let text = sources.text(place).to_owned();
    let lines = http::lines(&text, place.span.start);
    let mut found = Vec::new();
    let mut at = 0;
    while let Some((line, span)) = lines.get(at).copied() {
        at += 1;
        let Some((method, url)) = request_line(line) else { continue };
        let start = at;
        let mut fence = Fence::default();
        let ends = |(line, _): &&Line, fence: &mut Fence| {
            !fence.holds(line) && (is_expectation(line) || request_line(line).is_some())
        };
        at += lines.get(start..).unwrap_or_default().iter().take_while(|line| !ends(line, &mut fence)).count();
        let request_lines = lines.get(start..at).unwrap_or_default();
        let expected = lines.get(at).map(|(line, _)| *line).filter(|line| is_expectation(line));
        // What is expected goes up to the next request.
        let mut fence = Fence::default();
        let answer = |(line, _): &&Line, fence: &mut Fence| fence.holds(line) || request_line(line).is_none();
        at += lines.get(at..).unwrap_or_default().iter().take_while(|line| answer(line, &mut fence)).count();
        let status = expected.and_then(|line| line.split_ascii_whitespace().nth(1)).unwrap_or_default();
        if status.starts_with('4') {
            continue;
        }
        let mut draft = Draft { sources, place, text: &text, request: Request::new(FORM, place) };
        draft.start(line, span, method, url);
        draft.read(request_lines);
        let last = http::trimmed(request_lines).map_or(span.end, |lines| lines.end);
        draft.request.place = Place { source: place.source, span: Span::new(span.start, last) };
        found.push(draft.request);
    }
    found
}

/// Whether a line stands in a body between three backticks.
#[derive(Default)]
struct Fence(bool);

impl Fence {
    fn holds(&mut self, line: &str) -> bool {
        let is_mark = line.trim_start().starts_with("```");
        let was = self.0;
        self.0 ^= is_mark;
        was || is_mark
    }
}

/// How a value is written out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    None,
    Percent,
}

struct Draft<'a> {
    sources: &'a mut Sources,
    place: Place,
    text: &'a str,
    request: Request,
}

impl Draft<'_> {
    fn here(&self, span: Span) -> Place {
        Place { source: self.place.source, span }
    }

    fn start(&mut self, line: &str, span: Span, method: &str, url: usize) {
        self.request.method = Some(self.here(Span::new(span.start, span.start + method.len())));
        let url = value_span(line, span, url);
        self.request.url = Some(self.value(url));
    }

    /// Headers, sections and the body, in that order.
    fn read(&mut self, lines: &[Line]) {
        let mut section_now = Section::Head;
        let (mut query, mut form, mut cookies) = (Vec::new(), Vec::new(), Vec::new());
        for (i, (line, span)) in lines.iter().copied().enumerate() {
            let bare = line.trim_start();
            if bare.is_empty() || bare.starts_with('#') {
                continue;
            }
            if let Some(next) = section(line) {
                section_now = next;
                continue;
            }
            let Some((name, value)) = pair(line, span).filter(|_| !begins_body(bare)) else {
                self.body(lines.get(i..).unwrap_or_default());
                break;
            };
            match section_now {
                Section::Head => {
                    let field = Field {
                        name: self.here(name),
                        value: self.value(value),
                        line: self.here(Span::new(name.start, value.end)),
                        sent: Sent::Yes,
                    };
                    self.request.fields.push(field);
                }
                Section::Query => query.push((name, value)),
                Section::Form => form.push((name, value)),
                Section::Cookies => cookies.push((name, value)),
                Section::Multipart => {
                    let text = self.text_at(value).to_owned();
                    let part =
                        Part { name: self.here(name), value: self.value(value), file: text.starts_with("file,") };
                    self.request.parts.push(part);
                }
                Section::BasicAuth => self.request.user = Some(self.joined(&[(name, value)], ":", "", Encoding::None)),
                Section::Options => self.option(name, value),
                Section::Answer => {}
            }
        }
        if !query.is_empty() {
            let place = self.joined(&query, "=", "&", Encoding::Percent);
            self.request.query.push(place);
        }
        if !cookies.is_empty() {
            let value = self.joined(&cookies, "=", "; ", Encoding::None);
            let first = self.here(cookies.first().map_or(Span::empty(self.place.span.start), |(name, _)| *name));
            let mut name = TextBuilder::default();
            name.instead("Cookie", first.span);
            let name = name.finish().source(self.sources, "Cookie", first, "the section of cookies");
            self.request.fields.push(Field { name, value, line: value, sent: Sent::Yes });
        }
        if !form.is_empty() {
            self.request.body = Some(self.joined(&form, "=", "&", Encoding::Percent));
            self.implied_type("application/x-www-form-urlencoded");
        } else if !self.request.parts.is_empty() {
            self.implied_type("multipart/form-data");
        }
    }

    fn implied_type(&mut self, value: &'static str) {
        let is_type = |f: &Field| self.sources.text(f.name).eq_ignore_ascii_case("content-type");
        if !self.request.fields.iter().any(is_type) {
            self.request.implied.push(("content-type", value));
        }
    }

    fn option(&mut self, name: Span, value: Span) {
        let option = self.text_at(name).to_owned();
        if option == "user" {
            self.request.user = Some(self.value(value));
        } else if ADDING.contains(&option.as_str()) {
            self.request.open = true;
        }
    }

    fn body(&mut self, lines: &[Line]) {
        let Some((first, _)) = lines.first() else { return };
        let bare = first.trim();
        let elsewhere = ["file,", "base64,", "hex,"].iter().any(|kind| bare.starts_with(kind));
        if elsewhere || bare.starts_with("```graphql") {
            self.request.open = true;
            return;
        }
        let lines = match bare.strip_prefix("```") {
            Some(kind) => {
                if kind.trim_end_matches(|c: char| !c.is_ascii_alphabetic()).starts_with("json") {
                    self.implied_type("application/json");
                }
                let end = lines.iter().skip(1).position(|(line, _)| line.trim_start().starts_with("```"));
                lines.get(1..end.map_or(lines.len(), |end| end + 1)).unwrap_or_default()
            }
            None => {
                if bare.starts_with(['{', '[', '"']) {
                    self.implied_type("application/json");
                }
                let is_text = |(line, _): &Line| !line.trim().is_empty() && !line.trim_start().starts_with('#');
                let end = lines.iter().rposition(is_text).map_or(0, |last| last + 1);
                lines.get(..end).unwrap_or_default()
            }
        };
        let Some(span) = http::trimmed(lines) else { return };
        let text = self.text_at(span);
        // A string in one line stands between backticks.
        let quoted = text.strip_prefix('`').and_then(|t| t.strip_suffix('`')).filter(|t| !t.contains('`'));
        let span = if quoted.is_some() { Span::new(span.start + 1, span.end - 1) } else { span };
        self.request.body = Some(self.here(span));
    }

    fn text_at(&self, span: Span) -> &str {
        let start = self.place.span.start;
        self.text.get(span.start.saturating_sub(start)..span.end.saturating_sub(start)).unwrap_or_default()
    }

    /// A value without its escapes.
    fn value(&mut self, span: Span) -> Place {
        if !self.text_at(span).contains('\\') {
            return self.here(span);
        }
        let mut out = TextBuilder::default();
        self.write(&mut out, span, Encoding::None);
        let from = self.here(span);
        out.finish().source(self.sources, "value", from, "escapes of Hurl")
    }

    /// Names and values joined as they are sent.
    fn joined(&mut self, pairs: &[(Span, Span)], sign: &str, between: &str, encoding: Encoding) -> Place {
        let mut out = TextBuilder::default();
        for (i, (name, value)) in pairs.iter().enumerate() {
            if i > 0 {
                out.instead(between, Span::empty(name.start));
            }
            self.write(&mut out, *name, encoding);
            out.instead(sign, Span::new(name.end, value.start));
            self.write(&mut out, *value, encoding);
        }
        let start = pairs.first().map_or(0, |(name, _)| name.start);
        let end = pairs.last().map_or(start, |(_, value)| value.end);
        let from = self.here(Span::new(start, end));
        out.finish().source(self.sources, "parameters", from, "a section of Hurl")
    }

    fn write(&self, out: &mut TextBuilder, span: Span, encoding: Encoding) {
        let text = self.text_at(span);
        let holes: Vec<_> = self.sources.holes(self.here(span)).filter(|h| span.contains(h.span)).cloned().collect();
        let mut holes = holes.into_iter().peekable();
        let mut at = 0;
        while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
            let here = span.start + at;
            if let Some(hole) = holes.next_if(|h| h.span.start <= here) {
                at = hole.span.end - span.start;
                out.hole(self.text_at(hole.span), &hole.name, hole.span);
                continue;
            }
            let (length, escaped) =
                if c == '\\' { escape(text.get(at..).unwrap_or_default()) } else { (c.len_utf8(), None) };
            let from = Span::new(here, here + length);
            at += length;
            let plain = escaped.unwrap_or(c);
            if encoding == Encoding::Percent && "%+&=# ".contains(plain) {
                out.instead(&format!("%{:02X}", u32::from(plain)), from);
            } else if escaped.is_some() {
                out.instead(plain.encode_utf8(&mut [0; 4]), from);
            } else {
                out.copy(text.get(at - length..at).unwrap_or_default(), from);
            }
        }
    }
}

/// The length of an escape at the beginning of a text, and what it stands for.
fn escape(text: &str) -> (usize, Option<char>) {
    let Some(next) = text.chars().nth(1) else { return (text.len(), Some('\\')) };
    if let Some(digits) = text.strip_prefix("\\u{").and_then(|t| t.split_once('}')).map(|(digits, _)| digits) {
        let c = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
        if let Some(c) = c.filter(|_| digits.len() <= 6) {
            return (digits.len() + 4, Some(c));
        }
    }
    let plain = match next {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        other => other,
    };
    (1 + next.len_utf8(), Some(plain))
}

/// What begins a body, and no header or parameter.
fn begins_body(line: &str) -> bool {
    line.starts_with(['{', '[', '<', '"', '`']) && !line.starts_with("{{")
        || ["file,", "base64,", "hex,"].iter().any(|kind| line.starts_with(kind))
}

/// The name and the value of `name: value # comment`.
fn pair(line: &str, span: Span) -> Option<(Span, Span)> {
    let colon = if is_field_line(line) { line.find(':')? } else { separator(line)? };
    let name = line.get(..colon)?;
    let start = name.len() - name.trim_start().len();
    let name = Span::new(span.start + start, span.start + start + name.trim().len());
    (!name.is_empty()).then(|| (name, value_span(line, span, colon + 1)))
}

/// The first colon that is neither escaped nor in a variable.
fn separator(line: &str) -> Option<usize> {
    let (mut escaped, mut depth) = (false, 0_i32);
    for (at, c) in line.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '{' => depth += 1,
            '}' => depth -= 1,
            ':' if depth <= 0 => return Some(at),
            _ => {}
        }
    }
    None
}

/// A value from byte `start` of a line up to a comment, without blanks around it.
fn value_span(line: &str, span: Span, start: usize) -> Span {
    let rest = line.get(start..).unwrap_or_default();
    let mut escaped = false;
    let end = rest.find(|c: char| {
        let is_end = c == '#' && !escaped;
        escaped = c == '\\' && !escaped;
        is_end
    });
    let value = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
    let from = span.start + start + value.len() - value.trim_start().len();
    Span::new(from, from + value.trim().len())
}
