//! What curl prints about a transfer: `-v` (also mixed with the body and the progress meter by `2>&1`), `--trace` and
//! `--trace-ascii`.
//!
//! A transcript holds the messages among remarks about the connection. Here the remarks and marks are taken away; what
//! is left are plain HTTP messages, each byte of which leads back to where it stands.

use std::collections::HashSet;

use crate::recognise::http::is_start_line;
use crate::source::{self, Builder, Hole, Place, Sources, Span};

/// So many lines are looked at for the first mark.
const HEAD: usize = 200;

/// True if the text holds what curl prints about a transfer.
pub fn looks_like(text: &str) -> bool {
    text.lines().take(HEAD).flat_map(|line| line.split('\r')).any(is_marked) || is_metered_answer(text)
}

/// True for a line in which a message begins, as curl marks it.
pub fn is_marked(line: &str) -> bool {
    let line = untimed(unmetered(line.trim_end_matches('\n')));
    Marked::new(line).is_some_and(|m| m.is_start()) || Block::new(line).is_some_and(Block::is_message)
}

/// True for what `-i` prints, behind the progress meter.
fn is_metered_answer(text: &str) -> bool {
    text.trim_start().starts_with("% Total") && text.lines().take(HEAD).any(is_status_line)
}

fn is_status_line(line: &str) -> bool {
    line.starts_with("HTTP/") && is_start_line(line.trim_end())
}

/// The messages of a transcript, as a source of their own; `None` if the text is none. `true` beside it: what the
/// requests sent after their head was not printed.
pub fn messages(sources: &mut Sources, place: Place) -> Option<(Place, bool)> {
    let text = sources.text(place).to_owned();
    if !looks_like(&text) {
        return None;
    }
    let is_trace = text.lines().take(HEAD).any(|line| Block::new(untimed(line)).is_some_and(Block::is_message));
    let mut out = Builder::new();
    if is_trace {
        traced(&text, place.span.start, &mut out)
    } else {
        verbose(&text, place.span.start, &mut out)
    }
    let (text, map) = out.finish();
    let holes = masked(&text);
    let name = sources.get(place.source).name.clone();
    let id = sources.add_decoded(name, text, place, "curl transcript", map, holes);
    Some((sources.whole(id), !is_trace))
}

/// A line of a message as `-v` marks it.
#[derive(Clone, Copy)]
struct Marked<'a> {
    sent: bool,
    line: &'a str,
}

impl<'a> Marked<'a> {
    fn new(line: &'a str) -> Option<Self> {
        let sent = line.starts_with('>');
        let rest = line.strip_prefix(['>', '<'])?;
        match rest.strip_prefix(' ') {
            Some(line) => Some(Self { sent, line }),
            None if rest.trim().is_empty() => Some(Self { sent, line: rest }),
            None => None,
        }
    }

    fn is_start(self) -> bool {
        is_start_line(self.line) && self.line.contains("HTTP/") && self.sent != self.line.starts_with("HTTP/")
    }
}

/// Adds the messages that `-v` shows.
fn verbose(text: &str, offset: usize, out: &mut Builder) {
    let at = |piece: &str| offset + (piece.as_ptr() as usize - text.as_ptr() as usize);
    let mut add = |line: &str| {
        let line = line.trim_end_matches('\r');
        let end = at(line) + line.len();
        out.copy(line, Span::new(at(line), end));
        out.instead("\n", Span::empty(end));
    };
    // `-i` prints the head of the answer once more.
    let mut head: HashSet<&str> = HashSet::new();
    let mut answered = false;
    let has_no_marks = is_metered_answer(text);
    for piece in text.split('\n').flat_map(|line| line.split_inclusive('\r')) {
        let line = untimed(unmetered(piece));
        if let Some(marked) = Marked::new(line) {
            if marked.is_start() {
                head.clear();
                answered = !marked.sent;
            }
            if !marked.sent {
                head.insert(marked.line.trim_end());
            }
            add(marked.line);
        } else if has_no_marks && !answered && is_status_line(line) {
            answered = true;
            add(line);
        } else if answered && !is_remark(line) && !head.contains(line.trim_end()) {
            let end = ENDINGS.iter().filter_map(|ending| line.find(ending)).min().unwrap_or(line.len());
            add(line.get(..end).unwrap_or(line));
        }
    }
}

/// What follows the last byte of a body on the same line.
const ENDINGS: &[&str] = &["* Connection #", "* Closing connection", "* Issue another request"];

/// A line that is no part of a message.
pub fn is_remark(line: &str) -> bool {
    let is_data = line.starts_with(['{', '}']) && line.trim_end().ends_with("bytes data]");
    is_data || line.starts_with("* ") || line.starts_with("  % Total") || line.trim_start().starts_with("Dload ")
}

/// What stands behind the progress meter, which ends without a line break.
fn unmetered(line: &str) -> &str {
    let line = line.strip_suffix('\r').unwrap_or(line);
    if !line.trim_start().starts_with(|c: char| c.is_ascii_digit()) {
        return line;
    }
    let is_time = |word: &str| word.len() == 8 && word.bytes().filter(|b| *b == b':').count() == 2;
    let mut times = line.split(' ').filter(|word| is_time(word));
    let Some(last) = times.nth(2) else { return line };
    let end = (last.as_ptr() as usize - line.as_ptr() as usize) + last.len();
    let rest = line.get(end..).unwrap_or_default().trim_start();
    rest.trim_start_matches(|c: char| c.is_ascii_digit() || ".kMG".contains(c))
}

/// The line without the time that `--trace-time` puts before it, and the numbers of `--trace-ids`.
fn untimed(line: &str) -> &str {
    let is_time = |word: &str| {
        word.len() == 15 && word.bytes().all(|b| b.is_ascii_digit() || b":.".contains(&b)) && word.contains('.')
    };
    let is_id = |word: &str| word.starts_with('[') && word.ends_with(']') && word.contains('-') && word.len() < 16;
    let mut rest = line;
    while let Some((_, after)) = rest.split_once(' ').filter(|(word, _)| is_time(word) || is_id(word)) {
        rest = after;
    }
    rest
}

/// What a block of `--trace` holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    SentHead,
    SentData,
    Head,
    Data,
    Other,
}

impl Block {
    fn new(line: &str) -> Option<Self> {
        const NAMES: &[(&str, Block)] = &[
            ("=> Send header", Block::SentHead),
            ("=> Send data", Block::SentData),
            ("<= Recv header", Block::Head),
            ("<= Recv data", Block::Data),
        ];
        let named = NAMES.iter().find(|(name, _)| line.starts_with(name)).map(|(_, block)| *block);
        let is_other = || ["=> ", "<= ", "== "].iter().any(|mark| line.starts_with(mark));
        named.or_else(|| is_other().then_some(Block::Other))
    }

    fn is_message(self) -> bool {
        matches!(self, Block::SentHead | Block::Head)
    }
}

/// Adds the messages that `--trace` or `--trace-ascii` shows.
fn traced(text: &str, offset: usize, out: &mut Builder) {
    let mut block = Block::Other;
    // Where the next row begins if no line break was sent.
    let mut expected = 0;
    let mut is_hex = false;
    let mut at = offset;
    for whole in text.split_inclusive('\n') {
        let start = at;
        at += whole.len();
        let line = whole.trim_end_matches(['\n', '\r']);
        let end = start + line.len();
        if let Some(next) = Block::new(untimed(line)) {
            let is_break = next != block || !matches!(next, Block::Data | Block::SentData);
            if is_break && next != Block::Other && !out.text().is_empty() && !out.text().ends_with('\n') {
                out.instead("\n", Span::empty(start));
            }
            block = next;
            expected = 0;
            is_hex = false;
            continue;
        }
        let Some((row, content)) = row(line).filter(|_| block != Block::Other) else { continue };
        let from = end - content.len();
        if row == 0 {
            is_hex = hex(content).is_some();
        }
        if let Some(bytes) = hex(content).filter(|_| is_hex) {
            for (i, byte) in bytes.iter().enumerate() {
                let place = Span::new(from + 3 * i, from + 3 * i + 2);
                let c = if byte.is_ascii() { char::from(*byte) } else { '\u{fffd}' };
                if c != '\r' {
                    out.instead(c.encode_utf8(&mut [0; 4]), place);
                }
            }
            continue;
        }
        if row > expected {
            out.instead("\n", Span::empty(from));
        }
        out.copy(content, Span::new(from, end));
        expected = row + content.chars().count();
        if content.is_empty() && block.is_message() {
            // The empty line that ends a head.
            out.instead("\n", Span::empty(end));
        }
    }
}

/// The offset and the content of a row: `0040: …`.
fn row(line: &str) -> Option<(usize, &str)> {
    let (number, content) = line.split_once(": ").or_else(|| Some((line.strip_suffix(':')?, "")))?;
    let is_number = number.len() >= 4 && number.bytes().all(|b| b.is_ascii_hexdigit());
    let content = if content.is_empty() { line.get(line.len()..)? } else { content };
    Some((usize::from_str_radix(number, 16).ok().filter(|_| is_number)?, content))
}

/// The bytes of a row of `--trace`: up to sixteen pairs of digits, then the same as text in column 49.
fn hex(content: &str) -> Option<Vec<u8>> {
    let column = content.get(..48)?;
    let digits = column.trim_end();
    let pair = |word: &str| u8::from_str_radix(word, 16).ok().filter(|_| word.len() == 2);
    let bytes: Option<Vec<u8>> = digits.split(' ').map(pair).collect();
    bytes.filter(|bytes| content.get(48..).is_some_and(|text| text.chars().count() >= bytes.len()))
}

/// Values that somebody hid before showing the transcript: nothing is known of them.
fn masked(text: &str) -> Vec<Hole> {
    let hides = |word: &str| {
        let lower = word.to_ascii_lowercase();
        ["redacted", "***", "masked", "hidden", "•••"].iter().any(|mark| lower.contains(mark))
    };
    let mut holes = Vec::new();
    for (mut start, line) in source::lines(text) {
        let is_field = line.split(':').next().is_some_and(|name| name.len() < line.len() && !name.contains([' ', '{']));
        for word in line.split_inclusive([' ', '\n']).filter(|_| is_field) {
            let name = word.trim_end();
            if hides(name) {
                holes.push(Hole { span: Span::new(start, start + name.len()), name: name.to_owned() });
            }
            start += word.len();
        }
    }
    holes
}
