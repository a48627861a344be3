//! Source code that makes tokens and sends them: where it sets a claim, a header, or asks a library.
//!
//! Read lexically. A table for each language tells comments and strings from code, and a few patterns over what is left
//! find the places worth a look: the value of a claim, of an Authorization header, the arguments of a library that signs
//! or verifies. Nothing is run and nothing is guessed: a pattern says what stands there only where the code itself shows
//! it, and how it was told (`Site::sure`).

mod calls;
mod claims;
mod clocks;
mod headers;
mod language;
mod lexer;
mod look;
mod pieces;
mod range;
mod reader;
mod rounding;
mod secrets;
mod units;

pub use language::Language;

use crate::source::{Place, Sources, Span};
use look::Word;
use reader::Code;

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
pub fn find(sources: &Sources, place: Place, language: Language) -> Vec<Site> {
    let text = sources.text(place);
    let wanted = wanted(text, language);
    if wanted.is_empty() {
        return Vec::new();
    }
    let code = Code::new(text, language);
    let mut spots = Vec::new();
    wanted.iter().for_each(|find| find(&code, &mut spots));
    spots.sort_by_key(|spot| spot.span);
    let at = |span: Span| place.part(span.start, span.end);
    let site = |spot: Spot| Site {
        place: at(spot.span),
        language,
        facts: spot.facts.into_iter().map(|(path, value, span)| (path, value, at(span))).collect(),
    };
    spots.into_iter().take(MOST).map(site).collect()
}

/// Whether a word is one that a pattern needs.
type Needs = fn(&Word) -> bool;
/// Finds what a pattern is about.
type Find = fn(&Code, &mut Vec<Spot>);

/// The patterns.
const PATTERNS: [(Needs, Find); 4] = [
    (claims::needs, claims::find),
    (headers::needs, headers::find),
    (calls::needs, calls::find),
    (secrets::needs, secrets::find),
];

/// The patterns that may find something. Most code has nothing to do with us: it is not even read.
fn wanted(text: &str, language: Language) -> Vec<Find> {
    let mut found = [false; PATTERNS.len()];
    for word in look::words(text, language) {
        for (found, (needs, _)) in found.iter_mut().zip(PATTERNS) {
            *found = *found || needs(&word);
        }
    }
    PATTERNS.iter().zip(found).filter(|(_, found)| *found).map(|((_, find), _)| *find).collect()
}
