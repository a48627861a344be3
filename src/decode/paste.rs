//! What happened to a value on its way from where it was issued to where it is used: cleaning is decoding.
//!
//! Each layer that is peeled off is one `paste.<what>` fact at the bytes taken away, and the cleaned text goes on, so
//! that nothing later sees the ruins.

use crate::decode::url;
use crate::facts::{Facts, Path, SubjectId};
use crate::source::{Place, Sources};

/// More layers than this are never peeled.
const MAX_LAYERS: usize = 8;

/// Cleans the value at `place`; the cleaned text may stand in a decoded source.
pub fn clean(sources: &mut Sources, facts: &mut Facts, subject: SubjectId, place: Place) -> Place {
    let mut at = place;
    for _ in 0..MAX_LAYERS {
        match whitespace(sources, facts, subject, at)
            .or_else(|| quotes(sources, facts, subject, at))
            .or_else(|| percent(sources, facts, subject, at))
        {
            Some(inner) => at = inner,
            None => break,
        }
    }
    at
}

fn whitespace(sources: &Sources, facts: &mut Facts, subject: SubjectId, place: Place) -> Option<Place> {
    let text = sources.text(place);
    let start = text.len() - text.trim_start().len();
    let end = text.trim_end().len();
    if text.trim().is_empty() || (start == 0 && end == text.len()) {
        return None;
    }
    for (from, to) in [(0, start), (end, text.len())] {
        if from < to {
            facts.add(subject, Path::new("paste.whitespace"), &text[from..to], place.part(from, to));
        }
    }
    Some(place.part(start, end))
}

fn quotes(sources: &Sources, facts: &mut Facts, subject: SubjectId, place: Place) -> Option<Place> {
    let text = sources.text(place);
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
    let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
    if inner.is_empty() {
        return None;
    }
    facts.add(subject, Path::new("paste.quotes"), quote.to_string(), place.part(0, 1));
    facts.add(subject, Path::new("paste.quotes"), quote.to_string(), place.part(text.len() - 1, text.len()));
    Some(place.part(1, text.len() - 1))
}

fn percent(sources: &mut Sources, facts: &mut Facts, subject: SubjectId, place: Place) -> Option<Place> {
    let decoded = url::decode(sources, place, false);
    if decoded == place || sources.text(decoded) == sources.text(place) {
        return None;
    }
    let text = sources.text(place).to_owned();
    let mut at = 0;
    while let Some(i) = text[at..].find('%') {
        let start = at + i;
        at = start + 1;
        if let Some(escape) = text.get(start..start + 3).filter(|e| e[1..].bytes().all(|b| b.is_ascii_hexdigit())) {
            facts.add(subject, Path::new("paste.percent"), escape, place.part(start, start + 3));
        }
    }
    Some(decoded)
}
