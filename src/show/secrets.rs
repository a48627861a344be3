//! What of one run's input must not be seen, and where it stands.
//!
//! The fact table says which facts are credentials. Their places are led back through every source they were decoded
//! from, so that an excerpt of any layer hides them. Their text is remembered in pieces of eight bytes, so that a copy
//! of a credential, or of a part of one, is found in values and text where no fact says what it is.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::runs;
use crate::decode::paste::is_odd_name;
use crate::facts::{Fact, Facts, Value, is_secret_name};
use crate::source::{Map, Origin, Place, SourceId, Sources, Span};

/// As much of a credential as may be seen in one piece is less than this.
const PIECE: usize = 8;

/// Words that stand before a credential in a header and are none themselves.
const SCHEMES: &[&str] = &[
    "accesskey",
    "apikey",
    "aws4-hmac-sha256",
    "basic",
    "bearer",
    "bot",
    "digest",
    "dpop",
    "extension",
    "geniekey",
    "gnap",
    "hoba",
    "jwt",
    "key",
    "klaviyo-api-key",
    "mutual",
    "negotiate",
    "ntlm",
    "oauth",
    "privatetoken",
    "shippotoken",
    "ssws",
    "token",
    "vapid",
    "webpush",
    "zoho-oauthtoken",
];

/// Members of tokens and requests that name somebody or something in public, however random they look.
const IDENTIFIERS: &[&str] = &["aud", "azp", "client_id", "iss", "jti", "kid", "redirect_uri", "scope", "sub"];

/// Facts about text that only stands for a credential: `undefined`, `$TOKEN`, `<your token>`. It gives nothing away,
/// and who reads the report must see what it is.
const STAND_INS: &[&str] =
    &["hole.literal", "paste.masked", "paste.null", "paste.object", "paste.placeholder", "paste.variable"];

/// The credentials of one run.
#[derive(Debug, Default)]
pub(super) struct Secrets {
    places: HashMap<SourceId, Vec<Hidden>>,
    identifiers: HashMap<SourceId, Vec<Span>>,
    /// What was remembered: the same text stands in several facts and layers.
    texts: HashSet<String>,
    /// Sorted once all are known: cheaper than hashing each of thousands of overlapping pieces.
    pieces: Vec<u64>,
    /// Credentials that read like words: a copy of these is hidden only as a whole.
    words: HashSet<String>,
    /// Given places and texts of what only stands for a credential.
    stand_ins: HashSet<Place>,
    stand_in_texts: HashSet<String>,
    /// Where they can be read in given text, in order, by source.
    readable: HashMap<SourceId, Vec<Span>>,
}

/// A credential in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hidden {
    pub(super) span: Span,
    /// What the contract calls it.
    pub(super) title: Option<String>,
}

impl Secrets {
    pub(super) fn of(sources: &Sources, facts: &Facts) -> Self {
        let mut secrets = Self::default();
        let schemes = written_schemes(sources, facts);
        let all = facts.subjects().flat_map(|(_, s)| s.facts());
        let stand_ins = all.filter(|f| STAND_INS.contains(&f.path.as_str()));
        for fact in stand_ins {
            let (given, text) = (sources.given(fact.place), sources.text(fact.place));
            secrets.stand_ins.insert(given);
            secrets.stand_in_texts.insert(text.to_owned());
            if !text.is_empty() && sources.text(given) == text {
                secrets.readable.entry(given.source).or_default().push(given.span);
            }
        }
        secrets.readable.values_mut().for_each(|spans| spans.sort_unstable());
        for (_, subject) in facts.subjects() {
            let title = subject.of_path("credential.title").next();
            let title = title.and_then(|f| f.value.text());
            for fact in subject.facts() {
                secrets.add(sources, fact, &schemes, title);
            }
        }
        for fact in facts.globals().iter().filter(|f| f.path.is_secret()) {
            secrets.remember(fact.value.text().unwrap_or(""));
        }
        secrets.pieces.sort_unstable();
        secrets.pieces.dedup();
        for list in secrets.places.values_mut() {
            join(list);
        }
        for list in secrets.identifiers.values_mut() {
            list.sort_unstable();
            list.dedup_by(|next, last| {
                let touches = next.start <= last.end;
                last.end = if touches { last.end.max(next.end) } else { last.end };
                touches
            });
        }
        secrets
    }

    fn add(&mut self, sources: &Sources, fact: &Fact, schemes: &Schemes, title: Option<&str>) {
        let Value::Text(value) = &fact.value else { return };
        if !fact.path.is_secret() {
            if IDENTIFIERS.contains(&fact.path.name()) {
                for place in way_back(sources, fact.place) {
                    self.identifiers.entry(place.source).or_default().push(place.span);
                }
            }
            return;
        }
        if self.is_stand_in(sources, fact.place) {
            return;
        }
        let given = sources.given(fact.place);
        if let Some(pieces) = self.around_stand_ins(sources, given) {
            let scheme = schemes.get(&(given.source, given.span.start)).copied().unwrap_or_default();
            for place in pieces.into_iter().filter(|place| place.span.start >= scheme) {
                self.remember(sources.text(place));
                self.places.entry(place.source).or_default().push(Hidden { span: place.span, title: None });
            }
            return;
        }
        if !fact.hole {
            parts(fact.path.as_str(), value).for_each(|part| self.remember(value.get(part).unwrap_or("")));
        }
        // Where there is no value, the place is that of the name.
        if value.is_empty() {
            return;
        }
        let text = sources.text(fact.place);
        let scheme = schemes.get(&(fact.place.source, fact.place.span.start));
        let skip = scheme.map_or(0, |end| (end - fact.place.span.start).min(text.len()));
        let blank = text.bytes().skip(skip).take_while(u8::is_ascii_whitespace).count();
        let skip = if skip == 0 { 0 } else { skip + blank };
        for part in parts(fact.path.as_str(), text.get(skip..).unwrap_or("")) {
            let whole = fact.place.part(skip + part.start, skip + part.end);
            if self.is_stand_in(sources, whole) {
                continue;
            }
            for known in without_holes(sources, whole, fact.hole) {
                for place in way_back(sources, known) {
                    self.remember(sources.text(place));
                    let title = title.filter(|_| fact.path.as_str() == "credential.value").map(str::to_owned);
                    self.places.entry(place.source).or_default().push(Hidden { span: place.span, title });
                }
            }
        }
    }

    /// What is left of a credential around what only stands for a part of it: `user:` of `user:$TOKEN`.
    fn around_stand_ins(&self, sources: &Sources, given: Place) -> Option<Vec<Place>> {
        let spans = self.readable.get(&given.source)?;
        let first = spans.partition_point(|span| span.start < given.span.start);
        let inside = spans.iter().skip(first).take_while(|span| span.end <= given.span.end);
        let mut inside = inside.filter(|span| **span != given.span).peekable();
        inside.peek()?;
        let (mut start, mut pieces) = (given.span.start, Vec::new());
        for span in inside.copied().chain([Span::empty(given.span.end)]) {
            let piece = sources.text(Place { source: given.source, span: Span::new(start, span.start.max(start)) });
            if piece.contains(char::is_alphanumeric) {
                pieces.push(Place { source: given.source, span: Span::new(start, span.start) });
            }
            start = start.max(span.end);
        }
        Some(pieces)
    }

    fn is_stand_in(&self, sources: &Sources, place: Place) -> bool {
        !self.stand_ins.is_empty() && self.stand_ins.contains(&sources.given(place))
    }

    fn remember(&mut self, value: &str) {
        if value.len() < PIECE || !self.texts.insert(value.to_owned()) {
            return;
        }
        // `password=password`: the name is no secret because somebody uses it as one.
        let name = value.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        // `Bearer undefined` is no credential either.
        let after_scheme = value.split_once(' ').map_or(value, |(_, rest)| rest);
        let is_stand_in = [value, after_scheme].iter().any(|text| self.stand_in_texts.contains(*text));
        if is_secret_name(name) || is_stand_in {
            return;
        }
        if runs::is_readable(value) && !self.words.contains(value) {
            self.words.insert(value.to_owned());
        }
        self.pieces.extend(pieces(value));
    }

    /// The credentials that stand in a source, in order, none touching another.
    pub(super) fn in_source(&self, id: SourceId) -> &[Hidden] {
        self.places.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The values in a source that are identifiers, in order, none touching another.
    pub(super) fn identifiers(&self, id: SourceId) -> &[Span] {
        self.identifiers.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The parts of `text` that are copies of a credential, or of eight bytes or more of one, in order.
    pub(super) fn copies(&self, text: &str) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        if self.stand_in_texts.contains(text) {
            return found;
        }
        for (i, piece) in pieces(text).enumerate() {
            if self.pieces.binary_search(&piece).is_err() {
                continue;
            }
            match found.last_mut() {
                Some(last) if last.end >= i => last.end = i + PIECE,
                _ => found.push(i..i + PIECE),
            }
        }
        for range in &mut found {
            *range = widen(text, range.clone());
        }
        found.retain(|range| {
            let part = text.get(range.clone()).unwrap_or("");
            !runs::is_readable(part) || self.words.iter().any(|word| part.contains(word.as_str()))
        });
        found
    }
}

/// All pieces of a text, in order, as numbers: these compare fastest.
fn pieces(text: &str) -> impl Iterator<Item = u64> {
    text.as_bytes().windows(PIECE).filter_map(|window| window.try_into().ok().map(u64::from_ne_bytes))
}

/// The end of each auth-scheme in a source, by where it starts.
type Schemes = HashMap<(SourceId, usize), usize>;

fn written_schemes(sources: &Sources, facts: &Facts) -> Schemes {
    let facts = facts.subjects().flat_map(|(_, s)| s.facts()).filter(|f| f.path.as_str() == "auth.scheme");
    // What stands where a scheme should be may be a token.
    let is_scheme = |s: &str| s.len() < 20 && (runs::is_words(s) || SCHEMES.iter().any(|k| s.eq_ignore_ascii_case(k)));
    let facts = facts.filter(|f| f.value.text().is_some_and(is_scheme));
    let places = facts.flat_map(|fact| way_back(sources, fact.place));
    places.map(|place| ((place.source, place.span.start), place.span.end)).collect()
}

/// The range, widened to whole characters.
pub(super) fn widen(text: &str, range: Range<usize>) -> Range<usize> {
    let (mut start, mut end) = (range.start.min(text.len()), range.end.min(text.len()));
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

/// How many bytes of known schemes, with the blanks after them, a header value begins with.
pub(super) fn schemes(text: &str) -> usize {
    let mut rest = text;
    while let Some((word, after)) = rest.split_once([' ', '\t']) {
        let bare = word.trim_end_matches(':');
        if !SCHEMES.iter().any(|s| bare.eq_ignore_ascii_case(s)) {
            break;
        }
        rest = after.trim_start_matches([' ', '\t']);
    }
    // `Bearer` alone is a scheme without a credential.
    if SCHEMES.iter().any(|s| rest.eq_ignore_ascii_case(s)) { text.len() } else { text.len() - rest.len() }
}

/// The parts of a secret value that are secret themselves: not the scheme before it, not its quotes, not the names of
/// cookies, not the colon of a Basic pair.
fn parts(path: &str, text: &str) -> impl Iterator<Item = Range<usize>> + use<> {
    let mut parts = Vec::new();
    let mut split = |separator: fn(&str, usize) -> usize| {
        let (mut start, mut i) = (0, 0);
        while i < text.len() {
            let length = separator(text, i);
            if length > 0 {
                parts.push(start..i);
                start = i + length;
            }
            i += length.max(1);
        }
        parts.push(start..text.len());
    };
    match path {
        "basic.text" | "request.userinfo" => split(colon),
        "request.header.cookie" | "response.header.set-cookie" => {
            split(|text, i| usize::from(text.as_bytes().get(i) == Some(&b';')));
            for part in &mut parts {
                let name = text.get(part.clone()).and_then(|pair| pair.find('='));
                part.start += name.map_or(0, |i| i + 1);
            }
            // `Path=/; HttpOnly` says nothing about the cookie's value.
            parts.truncate(if path.starts_with("response") { 1 } else { usize::MAX });
        }
        _ => {
            let quoted = |quote: char| text.len() > 1 && text.starts_with(quote) && text.ends_with(quote);
            let quote = usize::from(quoted('"') || quoted('\''));
            let inside = text.get(quote..text.len() - quote).unwrap_or("");
            parts.push(quote + schemes(inside)..text.len() - quote);
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.into_iter()
}

/// Length of the colon that stands at `i`, percent-encoded once or twice or not at all; 0 if there is none.
fn colon(text: &str, i: usize) -> usize {
    let at =
        |form: &str| text.as_bytes().get(i..i + form.len()).is_some_and(|b| b.eq_ignore_ascii_case(form.as_bytes()));
    [":", "%3A", "%253A"].into_iter().find(|form| at(form)).map_or(0, str::len)
}

/// A place and all the places it was decoded from, out to the given text, or to where its parts stand far from each
/// other: what is between them is another matter, and belongs to no credential.
fn way_back(sources: &Sources, place: Place) -> impl Iterator<Item = Place> + '_ {
    // No encoding takes more than six bytes for one (`\u0041`); a line that is wrapped has some blanks in it.
    let together = |up: Place, at: Place| up.span.len() <= 6 * at.span.len() + 256;
    std::iter::successors(Some(place), move |at| sources.parent(*at).map(|(up, _)| up).filter(|up| together(*up, *at)))
}

/// The parts of a place that the text itself says. What is left beside a hole is hidden only if it is long enough to
/// be a part of a secret. What only looks like a variable is part of the secret.
fn without_holes(sources: &Sources, place: Place, hole: bool) -> Vec<Place> {
    if !hole {
        return vec![place];
    }
    let mut start = place.span.start;
    let mut known = Vec::new();
    let end = Span::empty(place.span.end);
    let holes = sources.holes(place).filter(|hole| !is_odd_name(&hole.name));
    for hole in holes.map(|hole| hole.span).chain([end]) {
        if hole.start >= start + PIECE {
            known.push(Place { source: place.source, span: Span::new(start, hole.start) });
        }
        start = start.max(hole.end);
    }
    known
}

fn join(list: &mut Vec<Hidden>) {
    list.retain(|hidden| !hidden.span.is_empty());
    list.sort_by_key(|hidden| hidden.span);
    list.dedup_by(|next, last| {
        let touches = next.span.start <= last.span.end;
        if touches {
            last.span.end = last.span.end.max(next.span.end);
            if last.title.is_none() {
                last.title = next.title.take();
            }
        }
        touches
    });
}

/// True if the text of a source can be read in its parent: everything but base64, and what leads back only as a whole.
pub(super) fn is_readable_in_parent(sources: &Sources, id: SourceId) -> bool {
    let source = sources.get(id);
    match &source.origin {
        Origin::Decoded { map: Map::Pieces(pieces), .. } => !pieces.is_empty() || source.text.is_empty(),
        _ => false,
    }
}
