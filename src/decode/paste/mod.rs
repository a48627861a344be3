//! What happened to a value on its way from where it was issued to where it is used: cleaning is decoding.
//!
//! Each layer that is peeled off is one `paste.<what>` fact at each run of bytes taken away, and the cleaned text goes
//! on, so that nothing later sees the ruins. Where the value itself is not there at all (a placeholder, a masked or
//! shortened token, `undefined`), there is nothing to clean: that is a fact too, and the decoding of the value ends.

mod escapes;
mod labels;
mod layers;
mod leftovers;
mod placeholder;
mod samples;
mod shape;

pub use escapes::unescaped;
pub use layers::{is_issued_encoded, is_token};
pub use leftovers::{Kind, Leftover, leftover};
pub use samples::sample;

use crate::facts::{Facts, Path, SubjectId};
use crate::source::{Builder, Place, Sources, Span};

/// More layers than this are never peeled.
const MAX_LAYERS: usize = 12;

/// What is known about a value before it is looked into.
#[derive(Debug, Clone, Copy, Default)]
pub struct Setting {
    /// Where it stands, as in `auth.carrier`.
    pub carrier: &'static str,
    /// It is sent with the Basic scheme.
    pub basic: bool,
    /// Any character may be part of it (a password, a client secret), so that only what is around it is cleaned.
    pub free: bool,
}

/// A value after cleaning.
#[derive(Debug, Clone, Copy)]
pub struct Cleaned {
    /// The cleaned text; it may stand in a decoded source.
    pub place: Place,
    /// True if the value is not there: the text only stands for it.
    pub leftover: bool,
}

/// Something to take away, or to write otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cut {
    span: Span,
    instead: String,
}

impl Cut {
    fn away(start: usize, end: usize) -> Self {
        Self { span: Span::new(start, end), instead: String::new() }
    }
}

/// Cleans the value at `place`.
pub fn clean(sources: &mut Sources, facts: &mut Facts, subject: SubjectId, place: Place, setting: Setting) -> Cleaned {
    let mut at = place;
    for _ in 0..MAX_LAYERS {
        let text = sources.text(at);
        let known = !sources.has_hole(at);
        if sources.holes(at).any(|h| h.span.contains(at.span)) {
            break;
        }
        if known && !text.is_empty() {
            if let Some(found) = leftovers::find(text, setting) {
                let span = found.span;
                let shown = text.get(span.range()).unwrap_or_default().to_owned();
                facts.add(subject, Path::new("paste").join(found.kind.name()), shown, at.part(span.start, span.end));
                if found.kind.ends() {
                    return Cleaned { place: at, leftover: true };
                }
                break;
            }
        }
        if text.is_empty() || (setting.basic && known && text.contains(':') && !text.contains(['"', '\''])) {
            break;
        }
        let Some((name, cuts)) = layers::find(text, setting, known) else { break };
        at = peel(sources, facts, subject, at, name, cuts);
    }
    if !sources.has_hole(at) {
        for span in layers::foreign(sources.text(at)) {
            let shown = sources.text(at.part(span.start, span.end)).to_owned();
            facts.add(subject, Path::new("paste.non_ascii"), shown, at.part(span.start, span.end));
        }
    }
    Cleaned { place: at, leftover: false }
}

/// Peels what may stand around a whole header value, scheme and all: quotes, blanks, the name of the header.
pub fn outer(sources: &mut Sources, facts: &mut Facts, subject: SubjectId, place: Place) -> Place {
    let mut at = place;
    for _ in 0..MAX_LAYERS {
        match layers::around(sources.text(at)) {
            Some((name, cuts)) => at = peel(sources, facts, subject, at, name, cuts),
            None => break,
        }
    }
    at
}

/// Writes the facts of a layer and takes it away.
fn peel(
    sources: &mut Sources,
    facts: &mut Facts,
    subject: SubjectId,
    at: Place,
    name: &'static str,
    cuts: Vec<Cut>,
) -> Place {
    let text = sources.text(at).to_owned();
    for cut in &cuts {
        let taken = text.get(cut.span.range()).unwrap_or_default();
        facts.add(subject, Path::new("paste").join(name), taken, at.part(cut.span.start, cut.span.end));
    }
    let inner = without_ends(&cuts, text.len());
    if let Some(inner) = inner {
        return at.part(inner.start, inner.end);
    }
    let base = at.span.start;
    let mut out = Builder::new();
    let mut copied = 0;
    for cut in &cuts {
        out.copy(text.get(copied..cut.span.start).unwrap_or_default(), Span::new(copied, cut.span.start).shifted(base));
        out.instead(&cut.instead, cut.span.shifted(base));
        copied = cut.span.end;
    }
    out.copy(text.get(copied..).unwrap_or_default(), Span::new(copied, text.len()).shifted(base));
    let (decoded, map) = out.finish();
    let holes = sources.carried_holes(at, &map);
    let id = sources.add_decoded("cleaned value", decoded, at, "cleaning", map, holes);
    sources.whole(id)
}

/// What is left in the middle, if all cuts are at the ends.
fn without_ends(cuts: &[Cut], len: usize) -> Option<Span> {
    let mut start = 0;
    let mut rest = cuts;
    while let Some((first, more)) = rest.split_first() {
        if first.span.start != start || !first.instead.is_empty() {
            break;
        }
        start = first.span.end;
        rest = more;
    }
    let mut end = len;
    while let Some((last, more)) = rest.split_last() {
        if last.span.end != end || !last.instead.is_empty() {
            return None;
        }
        end = last.span.start;
        rest = more;
    }
    (start <= end).then(|| Span::new(start, end))
}

/// True for `tWNSEVXAh8`, false for `apiKeyPart`: what a shell takes for the name of a variable is rather part of a token.
/// It has capitals side by side and letters behind digits, more than a name has.
pub fn is_odd_name(name: &str) -> bool {
    let is_odd_pair = |pair: &&[u8]| match pair {
        [a, b] => a.is_ascii_uppercase() && b.is_ascii_uppercase() || a.is_ascii_digit() && b.is_ascii_alphabetic(),
        _ => false,
    };
    let has_small = name.bytes().any(|b| b.is_ascii_lowercase());
    has_small && !name.contains('_') && name.as_bytes().windows(2).filter(is_odd_pair).count() >= 3
}
