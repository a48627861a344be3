//! Text of no known form: logs, notes, configuration, source code. What stands in it is searched for.
//!
//! Conservative on purpose. A document may show `Bearer <token>`, a log may hide a token behind asterisks, a program
//! puts the value in later: none of that is a mistake here, so whatever only stands for a value is a hole. What is found
//! is delimited narrowly: the value of a header, a JWT, a URL with a token in it, a value whose name says what it is.

mod line;

use crate::decode::paste::{self, Kind};
use crate::decode::{json, jwt};
use crate::recognise::curl;
use crate::recognise::request::{Field, Request, Sent};
use crate::recognise::{Found, session, setting, url};
use crate::source::{Builder, Hole, Place, Sources, Span};

use memchr::memmem;

use line::{Marks, spots};
pub(super) use line::{scheme, tells};

/// A value that is longer than this is not looked for.
const LONGEST: usize = 20_000;
/// No text has more than this many things worth a look.
pub(super) const MOST: usize = 500;

/// Everything that is found in the text at `place`.
pub fn find(sources: &mut Sources, place: Place) -> Vec<Found> {
    let name = sources.get(place.source).name.clone();
    let mut found = Vec::new();
    // The lines of the commands, in order.
    let mut taken: Vec<Span> = Vec::new();
    let mut commands = commands(sources.text(place)).into_iter().peekable();
    while let Some(Lines { command, last }) = commands.next() {
        let requests = curl::find(sources, place.part(command.start, command.end), Some(&name));
        if !requests.is_empty() {
            found.extend(requests.into_iter().map(|r| Found::Request(Box::new(r))));
            let next = commands.peek().map_or(place.span.len(), |next| next.command.start.min(next.last.start));
            let (answer, span) = session::below(sources, place.part(command.end, next.max(command.end)));
            found.extend(answer);
            let end = span.map_or(last.end, |span| last.end.max(span.end - place.span.start));
            taken.push(Span::new(last.start.min(command.start), end));
        }
    }
    let most = MOST.saturating_sub(found.len());
    for (spot, line) in all_spots(sources.text(place), &taken, most) {
        found.extend(spot.found(sources, place.part(line.start, line.end)));
    }
    found
}

/// What stands in the lines of a text that are no commands, each with its line; never more than `most`.
fn all_spots(text: &str, taken: &[Span], most: usize) -> Vec<(Spot, Span)> {
    // The values of a Kubernetes secret are base64 of what they stand for.
    let in_base64 = has(text, "kind: Secret") && text.lines().any(|line| line.trim_end() == "kind: Secret");
    let mut found: Vec<(Spot, Span)> = Vec::new();
    let mut marks = Marks::new(text);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if found.len() >= most {
            break;
        }
        let line = line.trim_end_matches(['\r', '\n']);
        let next = taken.get(taken.partition_point(|t| t.end <= start));
        if next.is_some_and(|t| t.start <= start) {
            continue;
        }
        let here = Span::new(start, start + line.len());
        // What was found first in a line holds what else there is in it.
        let mut seen: Vec<Span> = Vec::new();
        for spot in spots(line, &marks.in_line(here)) {
            let span = spot.span();
            if found.len() >= most {
                break;
            }
            if in_base64 && matches!(spot, Spot::Token(_)) {
                continue;
            }
            if seen.iter().any(|s| s.start < span.end && span.start < s.end) {
                continue;
            }
            seen.push(span);
            // `Unexpected char 0x0a at 47 in Authorization value: Bearer x`, and there it is.
            let breaks = span.end == line.len() && at > here.end && line.contains("0x0a");
            found.push(if breaks { (spot.longer(at - start), Span::new(start, at)) } else { (spot, here) });
        }
    }
    found
}

/// True if a text holds a word; for long texts, of which most hold nothing.
fn has(text: &str, word: &str) -> bool {
    memmem::find(text.as_bytes(), word.as_bytes()).is_some()
}

/// A shell command in a text, by its offsets.
struct Lines {
    command: Span,
    /// The last of its lines.
    last: Span,
}

/// The shell commands in a text: from a line that begins with `curl` to the one that no continuation follows.
fn commands(text: &str) -> Vec<Lines> {
    let mut found = Vec::new();
    if !has(text, "curl") {
        return found;
    }
    let mut start: Option<usize> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let begin = at;
        at += line.len();
        let trimmed = line.trim_start();
        let command =
            ["$ ", "> ", "- ", "run: ", "% "].iter().fold(trimmed, |l, mark| l.strip_prefix(mark).unwrap_or(l));
        if start.is_none() && (command.starts_with("curl ") || command.starts_with("curl.exe ")) {
            start = Some(begin + line.len() - command.len());
        }
        let Some(first) = start else { continue };
        if line.trim_end().ends_with(['\\', '^', '`']) && at < text.len() && at - first < LONGEST {
            continue;
        }
        start = None;
        let end = first + text.get(first..at).unwrap_or_default().trim_end().len();
        found.push(Lines { command: Span::new(first, end), last: Span::new(begin, at) });
    }
    found
}

/// Something in a line, by its offsets.
enum Spot {
    /// The value of a header; `name` is where the header's name stands; in quotes or not.
    Header { name: Option<Span>, value: Span, quoted: bool },
    /// A token, perhaps with a label before it.
    Token(Span),
    /// A URL.
    Url(Span),
}

impl Spot {
    fn span(&self) -> Span {
        match self {
            Spot::Header { value, .. } => *value,
            Spot::Token(span) | Spot::Url(span) => *span,
        }
    }

    /// The same header value up to another end.
    fn longer(self, end: usize) -> Self {
        match self {
            Spot::Header { name, value, quoted: false } => {
                Spot::Header { name, value: Span::new(value.start, end), quoted: false }
            }
            other => other,
        }
    }

    /// The thing in the line at `line`.
    fn found(&self, sources: &mut Sources, line: Place) -> Option<Found> {
        let at = |span: Span| line.part(span.start, span.end);
        match self {
            Spot::Token(span) => Some(Found::Credential(at(*span))),
            Spot::Url(span) => Some(Found::Request(Box::new(url(at(*span))))),
            Spot::Header { name, value, quoted } => {
                let value = text_of(sources, at(*value), *quoted);
                let Some(name) = name else { return Some(Found::Credential(value)) };
                let mut request = Request::new("header line", line);
                request.open = true;
                request.fields.push(Field { name: at(*name), value, line, sent: Sent::Yes });
                Some(Found::Request(Box::new(request)))
            }
        }
    }
}

/// The text of a value: without the escapes of its quotes, and with holes for what only stands for something.
pub(super) fn text_of(sources: &mut Sources, place: Place, quoted: bool) -> Place {
    let text = sources.text(place).to_owned();
    let (decoded, map) = if quoted && text.contains('\\') {
        json::string_map(&sources.get(place.source).text, place.span)
    } else {
        let mut copy = Builder::new();
        copy.copy(&text, place.span);
        copy.finish()
    };
    let mut holes = sources.carried_holes(place, &map);
    let own = stand_ins(&decoded);
    if own.is_empty() && decoded == text {
        return place;
    }
    holes.extend(own);
    holes.sort_by_key(|h| h.span);
    let name = sources.get(place.source).name.clone();
    let id = sources.add_decoded(name, decoded, place, "quoting", map, holes);
    sources.whole(id)
}

/// The words of a value that only stand for something, as holes.
fn stand_ins(text: &str) -> Vec<Hole> {
    let mut holes = Vec::new();
    let mut at = 0;
    for word in text.split(' ') {
        let start = at;
        at += word.len() + 1;
        let kind = paste::leftover(word.trim_matches(['"', '\''])).map(|l| l.kind);
        let stands_in = kind.is_some_and(|k| !matches!(k, Kind::Null | Kind::Object | Kind::CaseFolded));
        let marked = word.contains(['{', '}', '$', '<', '>', '…', '*', '%']) || word.contains("...");
        let scheme = start == 0 && text.len() > word.len();
        if !scheme
            && !word.is_empty()
            && (stands_in || marked)
            && kind != Some(Kind::Null)
            && kind != Some(Kind::Object)
        {
            let name = word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
            holes.push(Hole { span: Span::new(start, start + word.len()), name });
        }
    }
    holes
}
