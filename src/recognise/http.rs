//! Raw HTTP messages and bare header lines (RFC 9112): requests, responses, several in a row.
//!
//! Read tolerantly, as they stand in notes and logs: LF or CRLF, folded lines, a value that was wrapped onto the next
//! line. Anything odd that changes what is sent is kept as an option of the request.

use crate::recognise::Found;
use crate::recognise::request::{Field, Request, Sent};
use crate::recognise::transcript;
use crate::source::{Builder, Place, Sources, Span};

/// A response as written, before anything in it is decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// All of it.
    pub place: Place,
    /// The three digits.
    pub status: Option<Place>,
    /// The header fields.
    pub fields: Vec<Field>,
    /// The body.
    pub body: Option<Place>,
    /// When the request was sent, as a recording says it (RFC 3339).
    pub sent_at: Option<Place>,
}

/// The methods of RFC 9110, and PATCH.
pub const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE"];

/// True if a line begins a request or a response.
pub fn is_start_line(line: &str) -> bool {
    let line = line.trim_end();
    if let Some(rest) = line.strip_prefix("HTTP/") {
        return rest.split(' ').nth(1).is_some_and(|s| s.len() == 3 && s.bytes().all(|b| b.is_ascii_digit()));
    }
    let mut words = line.split_ascii_whitespace();
    let (method, target, version) = (words.next().unwrap_or(""), words.next().unwrap_or(""), words.next());
    let is_target = target.starts_with('/') || target.contains("://") || target.starts_with("{{") || target == "*";
    METHODS.contains(&method) && is_target && words.next().is_none() && version.is_none_or(|v| v.starts_with("HTTP/"))
}

/// True if a line is a header field: a token, a colon, and no `//` right after it.
pub fn is_field_line(line: &str) -> bool {
    if is_comment(line) {
        return false;
    }
    let Some(colon) = line.find(':') else { return false };
    let name = line[..colon].trim_end();
    !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~=".contains(&b))
        && !line[colon + 1..].starts_with("//")
}

/// True if the text begins with a message, perhaps after comments and blank lines.
pub fn looks_like(text: &str) -> bool {
    let first = text.lines().map(str::trim).find(|l| !l.is_empty() && !is_comment(l));
    first.is_some_and(is_start_line)
        || text.lines().take(100).any(|line| is_marked_start(line.trim()))
        || transcript::looks_like(text)
}

/// A comment in a file of requests.
pub fn is_comment(line: &str) -> bool {
    line.starts_with('#') || line.starts_with("//")
}

/// A line without its end, and where it stands in the text.
pub type Line<'a> = (&'a str, Span);

/// The lines of a text without what is not theirs: indentation that all of them have, the marks of `curl -v`.
pub fn lines(text: &str, offset: usize) -> Vec<Line<'_>> {
    let mut at = offset;
    let mut lines: Vec<Line> = text
        .split_inclusive('\n')
        .map(|line| {
            let start = at;
            at += line.len();
            let bare = line.strip_suffix('\n').unwrap_or(line);
            let bare = bare.strip_suffix('\r').unwrap_or(bare);
            (bare, Span::new(start, start + bare.len()))
        })
        .collect();
    let written = || lines.iter().filter(|(line, _)| !line.trim().is_empty());
    let indent = written().map(|(line, _)| line.len() - line.trim_start_matches([' ', '\t']).len()).min().unwrap_or(0);
    let strip = |line: &mut Line, n: usize| {
        let n = n.min(line.0.len());
        *line = (line.0.get(n..).unwrap_or_default(), Span::new(line.1.start + n, line.1.end));
    };
    lines.iter_mut().for_each(|line| strip(line, indent));
    if lines.iter().any(|(line, _)| is_marked_start(line)) {
        // `* ` begins what curl says about the connection.
        lines.retain(|(line, _)| !line.starts_with("* "));
        for line in &mut lines {
            if line.0.starts_with(['>', '<']) {
                let n = if line.0.get(1..2) == Some(" ") { 2 } else { 1 };
                strip(line, n);
            }
        }
    }
    lines
}

/// A start line as `curl -v` shows it.
fn is_marked_start(line: &str) -> bool {
    line.strip_prefix("> ").or_else(|| line.strip_prefix("< ")).is_some_and(is_start_line)
}

/// All messages at `place`.
pub fn find(sources: &mut Sources, place: Place) -> Vec<Found> {
    let Some((place, is_cut)) = transcript::messages(sources, place) else { return written(sources, place) };
    let mut messages = written(sources, place);
    for message in messages.iter_mut().filter(|_| is_cut) {
        if let Found::Request(request) = message {
            // `-v` does not print what was sent after the head.
            let sends = |f: &Field| {
                let name = sources.text(f.name).to_ascii_lowercase();
                matches!(name.as_str(), "content-length" | "transfer-encoding") && sources.text(f.value).trim() != "0"
            };
            request.open |= request.fields.iter().any(sends);
        }
    }
    messages
}

/// All messages of a text in which nothing else stands.
fn written(sources: &mut Sources, place: Place) -> Vec<Found> {
    let text = sources.text(place).to_owned();
    let lines = lines(&text, place.span.start);
    let mut messages = Vec::new();
    let mut i = 0;
    while i < lines.len() {
        if !is_start_line(lines[i].0) {
            i += 1;
            continue;
        }
        let start = i;
        i += 1 + target_goes_on(&lines[i..]);
        let fields_start = i;
        while i < lines.len() && !lines[i].0.trim().is_empty() {
            i += 1;
        }
        let fields_end = i;
        let has_body = i < lines.len();
        i += usize::from(has_body);
        let body_start = i;
        while i < lines.len() && !is_start_line(lines[i].0) {
            i += 1;
        }
        let at = |span: Span| Place { source: place.source, span };
        let body = has_body.then(|| trimmed(&lines[body_start..i])).flatten().map(at);
        let mut request = Request::new("HTTP message", at(Span::new(lines[start].1.start, lines[i - 1].1.end)));
        fields(sources, place, &lines[fields_start..fields_end], &mut request);
        let (line, span) = lines[start];
        if line.starts_with("HTTP/") {
            let status = line.find(' ').map(|s| at(Span::new(span.start + s + 1, span.start + s + 4)));
            let (place, fields) = (request.place, request.fields);
            messages.push(Found::Response(Response { place, status, fields, body, sent_at: None }));
            continue;
        }
        let method = line.find(' ').unwrap_or(line.len());
        request.method = Some(at(Span::new(span.start, span.start + method)));
        request.url = Some(target(sources, place, method, &lines[start..fields_start]));
        request.body = body;
        messages.push(Found::Request(Box::new(request)));
    }
    messages
}

/// How many lines go on with the target of the request that the first line begins: documents break long queries.
fn target_goes_on(lines: &[Line]) -> usize {
    let names_version = |line: &str| line.trim_end().rsplit(' ').next().is_some_and(|word| word.starts_with("HTTP/"));
    let Some(((first, _), more)) = lines.split_first().filter(|((first, _), _)| !names_version(first)) else {
        return 0;
    };
    let is_query = |line: &str| line.trim_start().starts_with(['?', '&']);
    let mut is_cut = first.trim_end().ends_with(['?', '&']);
    let mut n = 0;
    for (line, _) in more {
        let goes_on = is_query(line) || is_cut && line.starts_with([' ', '\t']) && !line.trim().is_empty();
        if !goes_on {
            break;
        }
        n += 1;
        is_cut = line.trim_end().ends_with(['?', '&']);
        if names_version(line) {
            break;
        }
    }
    n
}

/// The target of a request: what follows the method without the version, and the lines that go on with it.
fn target(sources: &mut Sources, place: Place, method: usize, lines: &[Line]) -> Place {
    let pieces = lines.iter().enumerate().map(|(i, (line, span))| {
        let rest = if i == 0 { line.get(method..).unwrap_or_default() } else { line };
        let from = span.start + line.len() - rest.trim_start().len();
        let word = rest.split_whitespace().next().unwrap_or_default();
        (word, Span::new(from, from + word.len()))
    });
    let mut out = Builder::new();
    let mut whole: Option<Span> = None;
    for (word, span) in pieces {
        out.copy(word, span);
        whole = Some(whole.map_or(span, |all| Span::new(all.start, span.end)));
    }
    let all = Place { source: place.source, span: whole.unwrap_or(place.span) };
    if lines.len() < 2 {
        return all;
    }
    sources.decoded(all, "joining lines", out.finish())
}

/// Header lines without a start line: what a request sends, of which the rest is not known.
pub fn header_lines(sources: &mut Sources, place: Place) -> Request {
    let text = sources.text(place).to_owned();
    let lines: Vec<Line> = lines(&text, place.span.start).into_iter().filter(|(l, _)| !l.trim().is_empty()).collect();
    let mut request = Request::new("header line", place);
    request.open = true;
    fields(sources, place, &lines, &mut request);
    request
}

/// The lines of a body without blank lines around it.
pub fn trimmed(lines: &[Line]) -> Option<Span> {
    let first = lines.iter().find(|(l, _)| !l.trim().is_empty())?;
    let last = lines.iter().rev().find(|(l, _)| !l.trim().is_empty())?;
    Some(Span::new(first.1.start, last.1.end))
}

/// Adds the header fields in these lines.
pub fn fields(sources: &mut Sources, place: Place, lines: &[Line], request: &mut Request) {
    let mut i = 0;
    while i < lines.len() {
        let (line, span) = lines[i];
        i += 1;
        if !is_field_line(line) {
            if let Some(field) = without_colon(line, span, place) {
                request.fields.push(field);
            }
            continue;
        }
        let first = i - 1;
        // What follows may belong to the value: folded lines, or a value that was wrapped.
        while i < lines.len() && (lines[i].0.starts_with([' ', '\t']) || is_wrapped(line, lines[i].0)) {
            i += 1;
        }
        let colon = line.find(':').unwrap_or(0);
        let rest = &line[colon + 1..];
        let value_start = span.start + colon + 1 + rest.len() - rest.trim_start().len();
        let at = |span: Span| Place { source: place.source, span };
        let line_place = at(Span::new(span.start, lines[i - 1].1.end));
        let folded = lines[first + 1..i].iter().any(|(l, _)| l.starts_with([' ', '\t']));
        let value = if folded {
            request.options.push(("obs-fold", line_place));
            unfold(sources, line_place, value_start, &lines[first..i])
        } else {
            let last = lines[i - 1];
            let end = last.1.start + last.0.trim_end_matches([' ', '\t']).len();
            at(Span::new(value_start.min(end), end))
        };
        let name = at(Span::new(span.start, span.start + colon));
        request.fields.push(Field { name, value, line: line_place, sent: Sent::Yes });
    }
}

/// `Authorization Bearer …`: a field in which the colon was forgotten.
fn without_colon(line: &str, span: Span, place: Place) -> Option<Field> {
    let name = line.split(' ').next().filter(|n| n.eq_ignore_ascii_case("authorization"))?;
    let at = |start: usize, end: usize| Place { source: place.source, span: Span::new(start, end).shifted(span.start) };
    let whole = at(0, line.len());
    line.get(name.len()..).filter(|rest| !rest.trim().is_empty())?;
    Some(Field { name: whole, value: at(name.len() + 1, line.len()), line: whole, sent: Sent::NoColon })
}

/// True if `next` is the rest of a credential that was wrapped onto a second line.
fn is_wrapped(field: &str, next: &str) -> bool {
    let name = field.split(':').next().unwrap_or("").trim();
    name.eq_ignore_ascii_case("authorization")
        && next.trim().len() >= 8
        && next.trim().bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.=+/~".contains(&b))
}

/// A folded value: each line break and the blanks around it are one space (RFC 9112 section 5.2).
fn unfold(sources: &mut Sources, line: Place, value_start: usize, lines: &[Line]) -> Place {
    let mut out = Builder::new();
    let mut previous = value_start;
    for (i, (text, span)) in lines.iter().enumerate() {
        let skip = if i == 0 { value_start - span.start } else { text.len() - text.trim_start().len() };
        let piece = text[skip.min(text.len())..].trim_end();
        let from = Span::new(span.start + skip, span.start + skip + piece.len());
        if i > 0 {
            out.instead(" ", Span::new(previous, from.start));
        }
        out.copy(piece, from);
        previous = from.end;
    }
    sources.decoded(line, "unfolding", out.finish())
}
