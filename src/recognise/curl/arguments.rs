//! The arguments of a curl command, sorted by what they do to the request.

use super::options::{self, Known};
use crate::recognise::shell::{Text, Word};

/// Part of a word of the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Value {
    /// Which word.
    pub word: usize,
    /// First byte in its text.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Value {
    /// The text it is part of.
    pub fn whole(self, words: &[Word]) -> &Text {
        static EMPTY: Text = Text { text: String::new(), pieces: Vec::new(), holes: Vec::new(), literals: Vec::new() };
        words.get(self.word).map_or(&EMPTY, |w| &w.text)
    }

    /// The text.
    pub fn text(self, words: &[Word]) -> &str {
        self.whole(words).text.get(self.start..self.end).unwrap_or("")
    }

    /// Bytes `start..end` of it.
    pub fn part(self, start: usize, end: usize) -> Self {
        Self { start: self.start + start, end: self.start + end, ..self }
    }

    /// What is left after `len` bytes.
    pub fn after(self, len: usize) -> Self {
        Self { start: (self.start + len).min(self.end), ..self }
    }

    /// Where one of these bytes stands that the user wrote, and not a variable.
    pub fn find(self, words: &[Word], wanted: &[u8]) -> Option<usize> {
        let holes = &self.whole(words).holes;
        let mut next = holes.partition_point(|h| h.span.end <= self.start);
        self.text(words).bytes().enumerate().position(|(i, b)| {
            while holes.get(next).is_some_and(|h| h.span.end <= self.start + i) {
                next += 1;
            }
            let in_hole = holes.get(next).is_some_and(|h| h.span.start <= self.start + i);
            wanted.contains(&b) && !in_hole
        })
    }

    /// True if part of it stays unknown.
    pub fn has_hole(self, words: &[Word]) -> bool {
        self.whole(words).holes.iter().any(|h| h.span.start < self.end && self.start < h.span.end)
    }
}

/// How an option treats the data it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `-d`: sent as it is; `@` names a file, whose line breaks are left out.
    Data,
    /// `--data-binary`: like `-d`, but a file is sent as it is.
    Binary,
    /// `--data-raw`: `@` means nothing.
    Raw,
    /// `--data-urlencode`.
    Encoded,
    /// `--json`: like `--data-binary`, and joined without `&`.
    Json,
}

/// What a command says about one request, or about one for each of its URLs.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub method: Option<Value>,
    pub urls: Vec<Value>,
    /// Arguments that may be a URL, several, or options: `$ARGS`.
    pub perhaps: Vec<Value>,
    pub headers: Vec<Value>,
    pub data: Vec<(Kind, Value)>,
    /// `--url-query`: like `--data-urlencode`; `+` in front means that it is encoded already.
    pub query: Vec<Value>,
    /// `-F`; true for `--form-string`.
    pub form: Vec<(bool, Value)>,
    pub user: Option<Value>,
    pub cookies: Vec<Value>,
    /// With the option that gives it.
    pub agent: Option<(Value, Value)>,
    pub referer: Option<(Value, Value)>,
    pub bearer: Option<(Value, Value)>,
    pub cookie_option: Option<Value>,
    pub data_option: Option<Value>,
    pub options: Vec<(&'static str, Value)>,
    pub open: bool,
    /// `--help`, `--version`: nothing is sent.
    pub asks_curl: bool,
}

impl Draft {
    pub fn has(&self, option: &str) -> bool {
        self.options.iter().any(|(name, _)| *name == option)
    }
}

/// Sorts the arguments; `--next` begins another draft.
pub(super) fn read(words: &[Word]) -> Vec<Draft> {
    let mut drafts = vec![Draft::default()];
    let mut rest = words.iter().enumerate();
    let mut only_urls = false;
    let mut after_unknown = false;
    while let Some((index, word)) = rest.next() {
        let text = word.text.text.as_str();
        let whole = Value { word: index, start: 0, end: text.len() };
        let Some(draft) = drafts.last_mut() else { break };
        let doubtful = std::mem::take(&mut after_unknown);
        let Some(option) = Dashes::of(word).filter(|_| !only_urls) else {
            positional(draft, words, whole, word, doubtful);
            continue;
        };
        if option.smart {
            draft.options.push(("smart-dash", whole.part(0, option.dash)));
        }
        let name = text.get(option.dash..).unwrap_or("");
        if option.long {
            if name.is_empty() {
                only_urls = true;
                continue;
            }
            let (bare, glued) = name.split_once('=').map_or((name, None), |(n, _)| (n, Some(option.dash + n.len())));
            let written = whole.part(0, option.dash + bare.len());
            let Some(known) = options::long(bare) else {
                draft.options.push(("unknown", written));
                draft.open = true;
                after_unknown = true;
                continue;
            };
            if let Some(equals) = glued {
                draft.options.push(("equals", whole.part(equals, equals + 1)));
            }
            let argument = match glued {
                Some(equals) => Some(whole.after(equals + 1)),
                None if known.argument => rest.next().map(|(i, w)| Value { word: i, start: 0, end: w.text.text.len() }),
                None => None,
            };
            apply(&mut drafts, words, known, written, argument);
            rest.by_ref().take(torn(&mut drafts, words, known, argument)).for_each(drop);
            continue;
        }
        for (at, letter) in name.char_indices() {
            let at = option.dash + at;
            let after = at + letter.len_utf8();
            let written = if at == option.dash { whole.part(0, after) } else { whole.part(at, after) };
            let Some(draft) = drafts.last_mut() else { break };
            let Some(known) = options::short(letter) else {
                draft.options.push(("unknown", written));
                draft.open = true;
                after_unknown = true;
                break;
            };
            if !known.argument {
                apply(&mut drafts, words, known, written, None);
                continue;
            }
            let argument = if after < text.len() {
                if text.get(after..).is_some_and(|t| t.starts_with('=')) {
                    draft.options.push(("short-equals", whole.part(after, after + 1)));
                }
                Some(whole.after(after))
            } else {
                rest.next().map(|(i, w)| Value { word: i, start: 0, end: w.text.text.len() })
            };
            apply(&mut drafts, words, known, written, argument);
            rest.by_ref().take(torn(&mut drafts, words, known, argument)).for_each(drop);
            break;
        }
    }
    drafts
}

/// `-H Authorization: Bearer x` without quotes: how many of the words that follow belong to the header.
fn torn(drafts: &mut [Draft], words: &[Word], known: Known, argument: Option<Value>) -> usize {
    let Some(value) = argument.filter(|_| known.name == "header") else { return 0 };
    let next = |n: usize| words.get(value.word + n).map(|w| w.text.text.as_str());
    let scheme = next(1).and_then(|t| t.split(' ').next()).unwrap_or_default().to_ascii_lowercase();
    let is_scheme = matches!(scheme.as_str(), "bearer" | "basic" | "token" | "dpop" | "apikey");
    let text = value.text(words).to_ascii_lowercase();
    let is_name = text.ends_with("authorization:");
    let Some(draft) = drafts.last_mut().filter(|_| is_scheme && is_name) else { return 0 };
    if !text.starts_with('\'') {
        draft.options.push(("header-not-quoted", value));
    }
    draft.open = true;
    let one_word = next(1).is_some_and(|t| t.contains(' '));
    let ends = next(2).is_none_or(|t| t.starts_with('-') || t.contains("://"));
    if one_word || ends { 1 } else { 2 }
}

/// How a word begins that is an option.
struct Dashes {
    /// Length of its dashes in bytes.
    dash: usize,
    long: bool,
    /// True if a word processor made another dash of it.
    smart: bool,
}

impl Dashes {
    fn of(word: &Word) -> Option<Self> {
        let text = word.text.text.as_str();
        let is = |prefix: &str| text.starts_with(prefix);
        let (dash, long, smart) = if is("--") {
            (2, true, false)
        } else if is("-") && text.len() > 1 {
            (1, false, false)
        } else if is("––") || is("—") || is("–-") {
            let dash = text.find(|c: char| c.is_ascii_alphanumeric())?;
            (dash, true, true)
        } else if is("–") {
            let name = text.get('–'.len_utf8()..)?;
            ('–'.len_utf8(), options::long(name).is_some(), true)
        } else {
            return None;
        };
        Some(Self { dash, long, smart })
    }
}

fn positional(draft: &mut Draft, words: &[Word], value: Value, word: &Word, after_unknown: bool) {
    let text = value.text(words);
    if text.trim().is_empty() {
        return;
    }
    if word.splits && word.text.is_hole() {
        draft.open = true;
        draft.perhaps.push(value);
        return;
    }
    let like_url = text.contains(['.', ':', '/']) || text.starts_with("localhost") || value.has_hole(words);
    // What follows an unknown option may be its argument.
    if !after_unknown || (like_url && !text.contains([' ', '\t', '\n'])) {
        draft.urls.push(value);
    }
}

/// What an option does. `written` is the option itself.
fn apply(drafts: &mut Vec<Draft>, words: &[Word], known: Known, written: Value, argument: Option<Value>) {
    if known.name == "next" {
        drafts.push(Draft::default());
        return;
    }
    let Some(draft) = drafts.last_mut() else { return };
    match known.name {
        "anyauth" | "basic" | "digest" | "get" | "head" | "insecure" | "location" | "location-trusted"
        | "negotiate" | "ntlm" => draft.options.push((known.name, written)),
        "help" | "manual" | "version" => draft.asks_curl = true,
        "netrc" | "netrc-optional" => {
            draft.options.push((known.name, written));
            draft.open = true;
        }
        _ => {}
    }
    let Some(value) = argument.filter(|_| known.argument) else { return };
    let data = match known.name {
        "data" | "data-ascii" => Some(Kind::Data),
        "data-binary" => Some(Kind::Binary),
        "data-raw" => Some(Kind::Raw),
        "data-urlencode" => Some(Kind::Encoded),
        "json" => Some(Kind::Json),
        _ => None,
    };
    if let Some(kind) = data {
        if value.text(words).starts_with("'{") || value.text(words).starts_with("'[") {
            draft.options.push(("single-quotes", value.part(0, 1)));
        }
        draft.data.push((kind, value));
        draft.data_option.get_or_insert(written);
        return;
    }
    match known.name {
        "header" if value.text(words).starts_with('@') => {
            draft.options.push(("header-file", value));
            draft.open = true;
        }
        "header" => {
            // The command prompt leaves single quotes where they are.
            if value.text(words).starts_with('\'') {
                draft.options.push(("single-quotes", value.part(0, 1)));
            }
            draft.headers.push(value);
        }
        "request" => draft.method = Some(value),
        "url" => draft.urls.push(value),
        "user" => {
            if value.text(words).starts_with('\'') {
                draft.options.push(("single-quotes", value.part(0, 1)));
            }
            draft.user = Some(value);
        }
        "url-query" => draft.query.push(value),
        "form" => draft.form.push((false, value)),
        "form-string" => draft.form.push((true, value)),
        "user-agent" => draft.agent = Some((written, value)),
        "referer" => draft.referer = Some((written, value)),
        "oauth2-bearer" => {
            draft.options.push((known.name, written));
            draft.bearer = Some((written, value));
        }
        "cookie" if value.find(words, b"=").is_some() || value.has_hole(words) => {
            draft.cookies.push(value);
            draft.cookie_option.get_or_insert(written);
        }
        "cookie" => draft.open = true,
        "aws-sigv4" | "cert" | "proxy" | "proxy-user" => draft.options.push((known.name, written)),
        "config" | "netrc-file" | "upload-file" => {
            draft.options.push((known.name, written));
            draft.open = true;
        }
        _ => {}
    }
}
