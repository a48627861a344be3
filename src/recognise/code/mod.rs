//! Source code that makes tokens and sends them: where it sets a claim, a header, or asks a library.
//!
//! Read lexically. A table for each language tells comments and strings from code, and a few patterns over what is left
//! find the places worth a look: the value of a claim, of an Authorization header, the arguments of a library that signs
//! or verifies. Nothing is run and nothing is guessed: a pattern says what stands there only where the code itself shows
//! it. Requests that the code sends (`requests`) are read like those of any other form, and what stands in text that is
//! no part of them (a token in a comment, a header on its own) is searched for as in any text.

mod calls;
mod claims;
mod clocks;
mod headers;
mod language;
mod lexer;
mod look;
mod misuse;
mod names;
mod pieces;
mod range;
mod reader;
mod requests;
mod rounding;
mod secrets;
mod units;

pub use language::Language;

use memchr::memmem;

use crate::recognise::{Found, text};
use crate::source::{Place, Sources, Span};
use look::Word;
use reader::Code;
use requests::Sending;

/// No text has more than this many places worth a look.
const MOST: usize = 500;

/// A place in code that is worth a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The statement or expression.
    pub place: Place,
    /// The language.
    pub language: Language,
    /// What is known about it: fact path, value, place.
    pub facts: Vec<(&'static str, String, Place)>,
}

/// What was found before its places are known: facts at spans of the text.
struct Spot {
    span: Span,
    facts: Vec<(&'static str, String, Span)>,
}

impl Spot {
    fn new(span: Span) -> Self {
        Self { span, facts: Vec::new() }
    }

    fn with(mut self, path: &'static str, value: impl Into<String>, span: Span) -> Self {
        self.facts.push((path, value.into(), span));
        self
    }
}

/// What is worth a look in the code at `place`.
pub fn find(sources: &mut Sources, place: Place, language: Language) -> Vec<Found> {
    let wanted = wanted(sources.text(place), language);
    let (sites, sending) = match wanted.is_empty() {
        true => (Vec::new(), Sending::default()),
        false => read(sources, place, language, &wanted),
    };
    let mut found = text::find(sources, place);
    found.retain(|found| !is_taken(sources, place, found, &sending.taken));
    found.extend(sending.requests.into_iter().map(|request| Found::Request(Box::new(request))));
    found.extend(sites.into_iter().map(Found::Code));
    found
}

/// The places worth a look, and the requests.
fn read(sources: &mut Sources, place: Place, language: Language, wanted: &[Pattern]) -> (Vec<Site>, Sending) {
    let text = sources.text(place).to_owned();
    let code = Code::new(&text, language);
    let mut spots = Vec::new();
    let mut sends = false;
    for pattern in wanted {
        match pattern {
            Pattern::Spots(find) => find(&code, &mut spots),
            Pattern::Requests => sends = true,
        }
    }
    let sending = if sends { requests::find(&code, sources, place, &spots) } else { Sending::default() };
    spots.sort_by_key(|spot| spot.span);
    let at = |span: Span| place.part(span.start, span.end);
    let site = |spot: Spot| Site {
        place: at(spot.span),
        language,
        facts: spot.facts.into_iter().map(|(path, value, span)| (path, value, at(span))).collect(),
    };
    (spots.into_iter().take(MOST).map(site).collect(), sending)
}

/// True if what was found in the text is part of a request.
fn is_taken(sources: &Sources, code: Place, found: &Found, taken: &[Span]) -> bool {
    let mut place = match found {
        Found::Credential(place) => *place,
        Found::Request(request) => match (request.fields.as_slice(), request.url) {
            ([field], None) => field.value,
            ([], Some(url)) => url,
            _ => return false,
        },
        _ => return false,
    };
    while place.source != code.source {
        let Some((up, _)) = sources.parent(place) else { return false };
        place = up;
    }
    let first = taken.partition_point(|span| span.end < place.span.end);
    taken.get(first).is_some_and(|span| span.contains(place.span))
}

/// Whether a word is one that a pattern needs.
type Needs = fn(&Word) -> bool;

/// What is looked for.
#[derive(Clone, Copy)]
enum Pattern {
    /// Places worth a look.
    Spots(fn(&Code, &mut Vec<Spot>)),
    /// Requests, which are read when all spots are known.
    Requests,
}

/// The patterns.
const PATTERNS: [(Needs, Pattern); 6] = [
    (claims::needs, Pattern::Spots(claims::find)),
    (headers::needs, Pattern::Spots(headers::find)),
    (calls::needs, Pattern::Spots(calls::find)),
    (misuse::needs, Pattern::Spots(misuse::find)),
    (secrets::needs, Pattern::Spots(secrets::find)),
    (requests::needs, Pattern::Requests),
];

/// The patterns that may find something. Most code has nothing to do with us: it is not even read.
fn wanted(text: &str, language: Language) -> Vec<Pattern> {
    let mut found = [false; PATTERNS.len()];
    for word in look::words(text, language) {
        for (found, (needs, _)) in found.iter_mut().zip(PATTERNS) {
            *found = *found || needs(&word);
        }
    }
    // Without a string that begins with a host there is no request.
    if let Some(last) = found.last_mut() {
        *last = *last && memmem::find_iter(text.as_bytes(), b"http").any(|at| is_quoted(text, at));
    }
    PATTERNS.iter().zip(found).filter(|(_, found)| *found).map(|((_, pattern), _)| *pattern).collect()
}

/// True if a string begins at a byte.
fn is_quoted(text: &str, at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|at| text.as_bytes().get(at));
    before.is_some_and(|b| matches!(b, b'"' | b'\'' | b'`'))
}
