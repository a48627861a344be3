//! Text fit to show: the only way from the input to a screen, a file or a log.
//!
//! Input is hostile and full of secrets. Whatever is printed, in any format, comes through here: credentials are
//! shortened, characters that steer a terminal or turn text around become visible, and commands that a CI runner
//! would obey are broken up. [`Show`] does what needs no knowledge of the input; a [`View`] knows one run's
//! credentials, and finds them wherever they turn up.

mod cells;
mod excerpt;
mod runs;
mod secrets;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashMap;
use std::fmt::Write as _;

use crate::facts::Facts;
use crate::finding::{Finding, Report, Word};
use crate::source::{Place, SourceId, Sources};

pub use excerpt::{Excerpt, Mark};
use secrets::Secrets;

/// How much to show, and with which characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Show {
    /// Show credentials whole.
    pub reveal: bool,
    /// Characters other than ASCII may be used for what stands for something else: `…`, `␛`, `›`.
    pub unicode: bool,
}

/// Credentials of fewer characters are not shown at all.
const SHORT: usize = 24;
/// How many characters of a credential are shown.
const FIRST: usize = 4;
/// How many characters of any other value a sentence quotes.
const QUOTED: usize = 160;

/// Beginnings that say which kind of credential it is, where four characters would not.
const PREFIXES: &[&str] = &[
    "github_pat_",
    "glpat-",
    "lin_api_",
    "pk_live_",
    "pk_test_",
    "rk_live_",
    "rk_test_",
    "shpat_",
    "sk-ant-",
    "sk-proj-",
    "sk_live_",
    "sk_test_",
    "whsec_",
    "xapp-",
    "xoxb-",
    "xoxp-",
];

impl Show {
    /// A credential, shortened: `eyJh… (312 characters)`. The scheme before it stays: `Bearer eyJh… (312 characters)`.
    pub fn secret(&self, text: &str) -> String {
        if self.reveal {
            return self.safe(text);
        }
        let (scheme, credential) = text.split_at_checked(secrets::schemes(text)).unwrap_or(("", text));
        if credential.is_empty() {
            self.safe(scheme)
        } else {
            self.safe(scheme) + &self.shortened(credential, true, None)
        }
    }

    /// Text of unknown origin (an argument, an error message of a library) with everything that looks like a
    /// credential shortened.
    pub fn text(&self, text: &str) -> String {
        let runs = runs::find(text).into_iter().map(|run| (run.range, run.whole));
        self.without(text, runs)
    }

    /// The text with these parts (in order; `true`: its beginning may be seen) shortened and the rest made safe.
    fn without(&self, text: &str, parts: impl Iterator<Item = (std::ops::Range<usize>, bool)>) -> String {
        let mut shown = String::new();
        let mut at = 0;
        for (part, first) in parts.filter(|_| !self.reveal) {
            self.push_visible(text.get(at..part.start).unwrap_or(""), &mut shown);
            shown += &self.shortened(text.get(part.clone()).unwrap_or(""), first, None);
            at = part.end;
        }
        self.push_visible(text.get(at..).unwrap_or(""), &mut shown);
        disarm(&shown).into_owned()
    }

    /// What stands for a credential: at most four characters or a known prefix of it, how long it is, and what.
    fn shortened(&self, text: &str, first: bool, title: Option<&str>) -> String {
        let length = text.chars().count();
        let mut shown = String::new();
        if first && length >= SHORT {
            let prefix = PREFIXES.iter().find(|prefix| text.starts_with(**prefix)).map_or(FIRST, |prefix| prefix.len());
            text.chars().take(prefix).for_each(|c| self.push_char(c, &mut shown));
        }
        let characters = if length == 1 { "character" } else { "characters" };
        let _ = write!(shown, "{} ({length} {characters}", self.ellipsis());
        if let Some(title) = title {
            shown += ": ";
            self.push_visible(title, &mut shown);
        }
        shown.push(')');
        shown
    }

    /// Text that may be printed: no character of it steers a terminal, hides, or turns the text around, and no part
    /// of it is a command to a CI runner. Line breaks become visible too.
    pub fn safe(&self, text: &str) -> String {
        let mut shown = String::new();
        self.push_visible(text, &mut shown);
        disarm(&shown).into_owned()
    }

    fn push_visible(&self, text: &str, shown: &mut String) {
        text.chars().for_each(|c| self.push_char(c, shown));
    }

    fn push_char(&self, c: char, shown: &mut String) {
        if !is_unsafe(c) {
            shown.push(c);
            return;
        }
        let picture = match c {
            '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)),
            '\x7f' => Some('␡'),
            _ => None,
        };
        let _ = match picture {
            Some(picture) if self.unicode => write!(shown, "{picture}"),
            _ if self.unicode => write!(shown, "⟨U+{:04X}⟩", u32::from(c)),
            _ => write!(shown, "<U+{:04X}>", u32::from(c)),
        };
    }

    /// `…`, or three dots.
    pub fn ellipsis(&self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }
}

/// True for characters that are not what they look like on a screen: controls (C0, C1, DEL, tab and line breaks
/// included), bidi controls, everything of no width, blanks other than the ordinary one, and what XML forbids.
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || c.is_whitespace() && c != ' '
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Breaks up what a CI runner would take for a command: `##[`, `##vso[`, `##teamcity[` anywhere, and `::` at the
/// beginning of a line. A blank is enough.
pub fn disarm(text: &str) -> Cow<'_, str> {
    if !text.contains("##") && !text.contains("::") {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for line in text.split_inclusive('\n') {
        let blank = line.len() - line.trim_start().len();
        for (i, c) in line.char_indices() {
            let rest = line.get(i..).unwrap_or("");
            safe.push(c);
            let command = rest.strip_prefix("##").is_some_and(|rest| {
                let word = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "-_.".contains(c));
                word.starts_with('[')
            });
            if command || i == blank && rest.starts_with("::") {
                safe.push(' ');
            }
        }
    }
    Cow::Owned(safe)
}

/// One run's text, as it may be shown.
#[derive(Debug)]
pub struct View<'a> {
    /// How much to show.
    pub show: Show,
    sources: &'a Sources,
    facts: &'a Facts,
    /// Collected when first asked for: a report without findings needs none.
    secrets: OnceCell<Secrets>,
}

impl<'a> View<'a> {
    /// A view of these sources that hides what these facts say is secret.
    pub fn new(show: Show, sources: &'a Sources, facts: &'a Facts) -> Self {
        Self { show, sources, facts, secrets: OnceCell::new() }
    }

    fn secrets(&self) -> &Secrets {
        self.secrets.get_or_init(|| Secrets::of(self.sources, self.facts))
    }

    /// A sentence.
    pub fn words(&self, words: &[Word]) -> String {
        let mut shown = String::new();
        for word in words {
            match word {
                Word::Text(text) => shown += &self.show.safe(text),
                Word::Value { text, secret: true } => shown += &self.show.secret(text),
                Word::Value { text, secret: false } => shown += &self.value(text),
            }
        }
        disarm(&shown).into_owned()
    }

    /// A value that is no credential, but may hold one. A very long one is cut.
    pub fn value(&self, text: &str) -> String {
        let mut shown = self.copy(text);
        if let Some((end, _)) = shown.char_indices().nth(QUOTED) {
            shown.truncate(end);
            shown += self.show.ellipsis();
        }
        shown
    }

    /// Text of the input in whole, with the known credentials in it shortened.
    pub fn copy(&self, text: &str) -> String {
        self.copy_as(self.show, text)
    }

    /// True if the text holds a copy of a known credential, or of a part of one.
    pub fn holds_a_credential(&self, text: &str) -> bool {
        !self.secrets().copies(text).is_empty()
    }

    fn copy_as(&self, show: Show, text: &str) -> String {
        let copies = self.secrets().copies(text);
        let mut parts = runs::passwords(text, false);
        parts.retain(|part| {
            let next = copies.get(copies.partition_point(|copy| copy.end <= part.start));
            next.is_none_or(|copy| part.end <= copy.start)
        });
        parts.extend(copies);
        parts.sort_unstable_by_key(|part| part.start);
        show.without(text, parts.into_iter().map(|part| (part, false)))
    }

    /// The name of a source.
    pub fn name(&self, id: SourceId) -> String {
        self.copy(&self.sources.get(id).name)
    }

    /// Where a place begins in given text: `request.http:2:16`.
    pub fn at(&self, place: Place) -> String {
        let given = self.sources.given(place);
        let (line, column) = self.sources.line_column(given.source, given.span.start);
        format!("{}:{line}:{column}", self.name(given.source))
    }

    /// For each finding of a report something that tells it from others in the next run too, when lines have moved and
    /// credentials have changed: made of the rule, the source's name, the path of the fact and the line without any
    /// credential. Of several that are the same in that the second ends in `-2`.
    pub fn fingerprints(&self, findings: &[Finding]) -> Vec<String> {
        let mut counts: HashMap<String, usize> = HashMap::new();
        let one = |finding| {
            let fingerprint = self.fingerprint(finding);
            let count = counts.entry(fingerprint.clone()).or_default();
            *count += 1;
            if *count == 1 { fingerprint } else { format!("{fingerprint}-{count}") }
        };
        findings.iter().map(one).collect()
    }

    fn fingerprint(&self, finding: &Finding) -> String {
        let mut hash = Fnv::new();
        hash.add(&finding.rule);
        if let Some(label) = finding.labels.first() {
            let given = self.sources.given(label.place);
            // Whatever the user chose to see, the fingerprint is the same.
            let show = Show { reveal: false, unicode: true };
            hash.add(&self.copy_as(show, &self.sources.get(given.source).name));
            hash.add(label.path.as_ref().map_or("", |p| p.as_str()));
            hash.add(self.bare_line(given).trim());
        }
        format!("{:016x}", hash.0)
    }
}

/// Text from outside of the input (an error of a library, an argument): what is known of every source's credentials is
/// hidden in it too.
#[derive(Debug)]
pub struct Foreign<'a> {
    /// How much to show.
    pub show: Show,
    views: Vec<View<'a>>,
}

impl<'a> Foreign<'a> {
    /// Hides what these reports know to be secret.
    pub fn new(show: Show, reports: &'a [Report]) -> Self {
        let views = reports.iter().map(|report| View::new(show, &report.sources, &report.facts)).collect();
        Self { show, views }
    }

    /// The text with known credentials, and everything that looks like one, shortened.
    pub fn text(&self, text: &str) -> String {
        let copied = self.views.iter().fold(Cow::Borrowed(text), |text, view| Cow::Owned(view.copy(&text)));
        self.show.text(&copied)
    }
}

/// FNV-1a with 64 bits: the same in every version and on every machine, which the standard library's hashes are not.
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Adds a string and a mark that ends it.
    fn add(&mut self, text: &str) {
        for byte in text.bytes().chain([0xff]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests;
