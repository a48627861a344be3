//! Text of no known form: logs, notes, configuration, source code. What stands in it is searched for.
//!
//! Conservative on purpose. A document may show `Bearer <token>`, a log may hide a token behind asterisks, a program
//! puts the value in later: none of that is a mistake here, so whatever only stands for a value is a hole. What is found
//! is delimited narrowly: the value of a header, a JWT, a URL with a token in it, a value whose name says what it is.

use crate::decode::paste::{self, Kind};
use crate::decode::{json, jwt};
use crate::recognise::curl;
use crate::recognise::request::{Field, Request, Sent};
use crate::recognise::{Found, setting, url};
use crate::source::{Builder, Hole, Place, Sources, Span};

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
    for Lines { command, last } in commands(sources.text(place)) {
        let requests = curl::find(sources, place.part(command.start, command.end), Some(&name));
        if !requests.is_empty() {
            taken.push(Span::new(last.start.min(command.start), last.end));
            found.extend(requests.into_iter().map(|r| Found::Request(Box::new(r))));
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
    let in_base64 = text.lines().any(|line| line.trim_end() == "kind: Secret");
    let mut found: Vec<(Spot, Span)> = Vec::new();
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
        let is_broken = at > here.end && line.contains("0x0a");
        // What was found first in a line holds what else there is in it.
        let mut seen: Vec<Span> = Vec::new();
        for spot in spots(line) {
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
            let breaks = is_broken && span.end == line.len();
            found.push(if breaks { (spot.longer(at - start), Span::new(start, at)) } else { (spot, here) });
        }
    }
    found
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

/// What stands in a line, the larger things first.
fn spots(line: &str) -> Vec<Spot> {
    let mut spots = Vec::new();
    headers(line, &mut spots);
    quoted_values(line, &mut spots);
    urls(line, &mut spots);
    labelled(line, &mut spots);
    tokens(line, &mut spots);
    spots
}

const SCHEMES: &[&str] = &["bearer", "basic", "dpop", "token"];

/// The length of the scheme that a text begins with, if a blank or nothing follows it.
pub(super) fn scheme(text: &str) -> Option<usize> {
    let word = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let known = SCHEMES.contains(&text.get(..word)?.to_ascii_lowercase().as_str());
    (known && text.get(word..).is_some_and(|r| r.is_empty() || r.starts_with(' '))).then_some(word)
}

/// `Authorization` and what follows it: `: Bearer x`, `": "Bearer x"`, `', 'Bearer x'`, `=Bearer x`.
fn headers(line: &str, spots: &mut Vec<Spot>) {
    const NAME: &str = "authorization";
    let lower = line.to_ascii_lowercase();
    for (at, _) in lower.match_indices(NAME).take(20) {
        let begins = line.get(..at).and_then(|b| b.chars().next_back());
        if begins.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-' && !lower[..at].ends_with("proxy-"))
        {
            continue;
        }
        let name = Span::new(at, at + NAME.len());
        let after = line.get(name.end..).unwrap_or_default();
        let rest = after.trim_start_matches(['"', '\'', '`', '\\', ']']).trim_start();
        // `Unexpected char 0x0a at 47 in Authorization value: Bearer x`
        let rest = rest.strip_prefix("value").map_or(rest, str::trim_start);
        let rest = match ["=>", ":", "=", ","].iter().find_map(|sign| rest.strip_prefix(sign)) {
            Some(rest) => rest.trim_start(),
            None => continue,
        };
        let start = line.len() - rest.len();
        if let Some((value, open)) = quoted(line, start) {
            let text = line.get(value.range()).unwrap_or_default();
            // Code may put the token behind the scheme; in a finished object nothing follows any more.
            let behind = line.get(value.end + 1..).unwrap_or_default().trim_start();
            let ends = behind.is_empty() || behind.starts_with('}');
            let has_token = scheme(text).is_some_and(|n| ends || !text.get(n..).unwrap_or_default().trim().is_empty());
            if !open && (has_token || jwt::form(text).is_some()) {
                spots.push(Spot::Header { name: Some(name), value, quoted: true });
            }
        } else {
            // The quotes around the whole line end the value too.
            let limit =
                begins.filter(|c| matches!(c, '"' | '\'' | '`')).and_then(|q| rest.find(q)).unwrap_or(rest.len());
            if let Some(length) = unquoted(rest.get(..limit).unwrap_or_default()) {
                spots.push(Spot::Header { name: Some(name), value: Span::new(start, start + length), quoted: false });
            }
        }
    }
}

/// The text within the quotes that stand at `start`, and whether code goes on putting the value together behind them.
fn quoted(line: &str, start: usize) -> Option<(Span, bool)> {
    let rest = line.get(start..)?;
    let prefix = rest.find(['"', '\'', '`']).filter(|n| *n <= 2)?;
    if !rest.get(..prefix)?.bytes().all(|b| b.is_ascii_alphabetic() || b == b'$' || b == b'\\') {
        return None;
    }
    let quote = rest.get(prefix..)?.chars().next()?;
    let inner = rest.get(prefix + 1..)?;
    let mut escaped = false;
    // `\"…\"` within a quoted message ends at the next `\"`.
    let outer = rest.get(..prefix).is_some_and(|p| p.ends_with('\\'));
    let end = inner.char_indices().take(LONGEST).find(|(at, c)| {
        if outer {
            let before = inner.get(..*at).filter(|_| *c == quote).unwrap_or_default();
            return before.len() - before.trim_end_matches('\\').len() == 1;
        }
        let closes = *c == quote && !escaped;
        escaped = *c == '\\' && !escaped;
        closes
    });
    let end = end.map(|(at, _)| at)?;
    // An f-string, a template or a raw string has holes of its own: they are told by their marks.
    let after = inner.get(end + 1..).unwrap_or_default().trim_start();
    let open = after.starts_with(['+', '.', '%', '&', '~', '|']);
    let first = start + prefix + 1;
    // `\"…\"`: the backslash before the closing quote is not the value's.
    let last = if rest.starts_with('\\') && inner.get(..end)?.ends_with('\\') { end - 1 } else { end };
    Some((Span::new(first, first + last), open))
}

/// The length of `Bearer x` at the beginning of a text: a scheme, perhaps once more, and one word.
fn unquoted(text: &str) -> Option<usize> {
    let mut at = 0;
    for _ in 0..2 {
        let rest = text.get(at..).unwrap_or_default();
        match scheme(rest) {
            Some(n) => at = text.len() - rest.get(n..).unwrap_or_default().trim_start_matches(' ').len(),
            None => break,
        }
    }
    let rest = text.get(at..)?;
    // `Bearer "x"`: the quotes are sent.
    if let Some(quote) = rest.chars().next().filter(|c| at > 0 && matches!(c, '"' | '\'')) {
        let inner = rest.get(1..).and_then(|r| r.split(quote).next()).unwrap_or_default();
        let closes = rest.get(1 + inner.len()..).is_some_and(|r| r.starts_with(quote));
        return (closes && jwt::form(inner).is_some()).then_some(at + inner.len() + 2);
    }
    let word = rest.split([' ', '\t', '"', '\'', '`', ',', '\\']).next().unwrap_or_default();
    // A closing bracket that nothing opens belongs to the text around.
    let own = |c: char| matches!(c, ')' | ']' | '}' | '>') && word.contains(['(', '[', '{', '<']);
    let dots = word.ends_with("..");
    let word =
        word.trim_end_matches(|c| matches!(c, ',' | ';' | ')' | ']' | '}' | '.') && !own(c) && !(dots && c == '.'));
    let is_value = if at == 0 { jwt::form(word).is_some() && word.matches('.').count() >= 2 } else { !word.is_empty() };
    (is_value && word.len() < LONGEST).then_some(at + word.len())
}

/// A header value that an error message quotes: `invalid header field value "Bearer x\n"`.
fn quoted_values(line: &str, spots: &mut Vec<Spot>) {
    const COMPLAINTS: &[&str] = &["illegal", "invalid", "unexpected", "malformed", "not valid", "bad "];
    let lower = line.to_ascii_lowercase();
    let complaint = COMPLAINTS.iter().filter_map(|word| lower.find(word)).min();
    let Some(complaint) = complaint.filter(|_| lower.contains("header") || lower.contains("authorization")) else {
        return;
    };
    // `… header value: Bearer x`, without quotes.
    if let Some(at) = lower.get(complaint..).and_then(|rest| rest.find("value: ")).map(|i| complaint + i + 7) {
        let value = Span::new(at, line.trim_end_matches([' ', '\t']).len().max(at));
        if line.get(value.range()).is_some_and(|text| scheme(text).is_some_and(|n| n < text.len())) {
            spots.push(Spot::Header { name: None, value, quoted: true });
        }
    }
    let mut at = 0;
    while let Some(start) = line.get(at..).and_then(|rest| rest.find(['"', '\'', '`'])).map(|i| at + i) {
        // Within a quoted message the quotes are escaped.
        let escaped = line.get(..start).is_some_and(|b| b.ends_with('\\'));
        let start = if escaped { start - 1 } else { start };
        let Some((value, open)) = quoted(line, start).filter(|_| escaped || start > complaint) else {
            at = start + 1 + usize::from(escaped);
            continue;
        };
        let text = line.get(value.range()).unwrap_or_default();
        // In code the value would be an argument.
        let before = line.get(..start).unwrap_or_default();
        let before = before.strip_suffix('b').unwrap_or(before);
        let quotes = start > complaint && (before.is_empty() || before.ends_with([' ', ':', '=', '[']));
        if quotes && scheme(text).is_some() && !open {
            spots.push(Spot::Header { name: None, value, quoted: true });
        }
        at = value.end + 1;
    }
}

/// Parameters that hold a token, or ask for one.
const TELLING: &[&str] =
    &["access_token=", "id_token=", "refresh_token=", "client_secret=", "code=", "token=", "jwt=", "response_type="];

/// True for a URL one of whose parameters holds a token or asks for one, if no part of it only stands for something.
pub(super) fn tells(url: &str, shortest: usize) -> bool {
    let Some(mark) = url.find(['?', '#']) else { return false };
    let pairs = || url.get(mark + 1..).unwrap_or_default().split(['&', '#']);
    let is_telling =
        |pair: &str| TELLING.iter().any(|name| pair.strip_prefix(name).is_some_and(|value| value.len() >= shortest));
    let stands_in = |pair: &str| pair.split_once('=').is_some_and(|(_, v)| paste::leftover(v).is_some());
    pairs().any(is_telling)
        && !pairs().any(stands_in)
        && !url.contains(['{', '}', '$', '…', '*'])
        && !url.contains("...")
}

/// URLs whose parameters hold a token, or that ask for one.
fn urls(line: &str, spots: &mut Vec<Spot>) {
    for (at, _) in line.match_indices("://").take(50) {
        let before = line.get(..at).unwrap_or_default();
        let scheme = before.len() - before.trim_end_matches(|c: char| c.is_ascii_alphabetic()).len();
        let start = at - scheme;
        if !matches!(line.get(start..at), Some("http" | "https" | "ws" | "wss")) {
            continue;
        }
        let rest = line.get(start..).unwrap_or_default();
        let end = rest.find(|c: char| c.is_whitespace() || "\"'`<>()[]|\\^".contains(c)).unwrap_or(rest.len());
        let text = rest.get(..end).unwrap_or_default().trim_end_matches(['.', ',', ';', ':', '!']);
        if tells(text, 1) {
            spots.push(Spot::Url(Span::new(start, start + text.len())));
        }
    }
}

/// `token: x`, `API_TOKEN="x"`: a value whose name says that it is a credential.
fn labelled(line: &str, spots: &mut Vec<Spot>) {
    let text = line.trim_start();
    let text = text.strip_prefix("- ").unwrap_or(text);
    let text = text.strip_prefix("export ").unwrap_or(text);
    let Some(sign) = text.find([':', '=']).filter(|n| *n <= 60) else { return };
    let name = text.get(..sign).unwrap_or_default().trim().trim_matches(['"', '\'']);
    let value = text.get(sign + 1..).unwrap_or_default().trim();
    let word = setting::bare(value.trim_end_matches([',', ';']));
    if setting::says_credential(name) && setting::is_value(word) {
        let start = word.as_ptr() as usize - line.as_ptr() as usize;
        spots.push(Spot::Token(Span::new(start, start + word.len())));
    }
}

/// JWTs.
fn tokens(line: &str, spots: &mut Vec<Spot>) {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || b"-_.=".contains(&b);
    let bytes = line.as_bytes();
    let mut at = 0;
    while let Some(start) = bytes.get(at..).and_then(|rest| rest.iter().position(|b| is_part(*b))).map(|i| at + i) {
        let length = bytes.get(start..).map_or(0, |rest| rest.iter().take_while(|b| is_part(**b)).count());
        at = start + length;
        let word = line.get(start..at).unwrap_or_default();
        // `TOKEN=eyJ…`: the name and its sign are no part of it.
        let name = word.rfind('=').filter(|i| word.get(i + 1..).is_some_and(|r| r.contains('.'))).map_or(0, |i| i + 1);
        let token = word.get(name..).unwrap_or_default().trim_end_matches('.');
        let parts = token.split('.').count();
        if token.len() >= 36 && matches!(parts, 3 | 5) && !token.contains("...") && jwt::form(token).is_some() {
            spots.push(Spot::Token(Span::new(start + name, start + name + token.len())));
        }
    }
}
