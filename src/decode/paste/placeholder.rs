//! Placeholders: `YOUR_TOKEN`, `<access token>`, `AuthCode`. Told by their words, never by their length: each word of
//! such a text is one of a small vocabulary, which no real credential is made of.

use crate::decode::paste::Kind;

/// What kind of placeholder the text is, if it is one.
pub(super) fn kind(text: &str) -> Option<Kind> {
    let text = text.trim();
    if text.is_empty() || text.len() > 80 {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    if is_recipe(&lower) || is_crosses(text) || matches!(lower.as_str(), "string" | "changeme" | "todo" | "fixme") {
        return Some(Kind::Placeholder);
    }
    if matches!(lower.as_str(), "foo" | "bar" | "foobar" | "abc" | "abc123" | "asdf" | "test" | "dummy" | "fake") {
        return Some(Kind::Dummy);
    }
    let bracketed = unwrapped(text);
    let inner = bracketed.unwrap_or(text);
    let words = words(inner);
    let unknown = words.iter().filter(|w| !is_known(w)).count();
    let has =
        |list: &[&str]| words.iter().any(|w| list.contains(&w.as_str()) || parts(w).iter().any(|p| list.contains(p)));
    let (asks, thing, made_up) = (has(ASKING), has(THINGS), has(MADE_UP));
    let plain = words.iter().all(|w| w.len() <= 20 && !is_mixed(w));
    if words.is_empty() || !plain {
        return None;
    }
    if bracketed.is_some()
        && text.starts_with('<')
        && inner.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-. /':,".contains(&b))
    {
        return Some(Kind::Placeholder);
    }
    if asks && (thing && unknown <= 3 || unknown == 0) || bracketed.is_some() && thing && unknown <= 2 {
        return Some(Kind::Placeholder);
    }
    // LIVECHAT_TOKEN: the name of a variable.
    let is_constant =
        text.contains('_') && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    if thing && is_constant && unknown <= 3 {
        return Some(Kind::Placeholder);
    }
    match (thing, unknown == 0, made_up) {
        (true, true, true) => Some(Kind::Dummy),
        (true, true, false) => Some(Kind::Placeholder),
        _ => None,
    }
}

/// Words that ask the reader to put something in.
const ASKING: &[&str] =
    &["your", "here", "insert", "paste", "replace", "enter", "placeholder", "changeme", "todo", "fill", "goes", "put"];
/// What is to be put in.
const THINGS: &[&str] = &[
    "token",
    "jwt",
    "key",
    "secret",
    "bearer",
    "credential",
    "credentials",
    "code",
    "password",
    "passwd",
    "pat",
    "apikey",
    "assertion",
    "verifier",
];
/// Words of values that somebody made up.
const MADE_UP: &[&str] = &[
    "test", "testing", "dummy", "fake", "sample", "example", "demo", "my", "mock", "some", "super", "dev", "foo",
    "valid", "invalid", "wrong", "bad", "expired", "good", "top",
];
/// Words that go with them.
const OTHERS: &[&str] = &[
    "access",
    "refresh",
    "id",
    "auth",
    "authorization",
    "authentication",
    "oauth",
    "client",
    "api",
    "app",
    "user",
    "account",
    "personal",
    "agent",
    "customer",
    "the",
    "a",
    "an",
    "of",
    "from",
    "with",
    "in",
    "value",
    "string",
    "base",
    "encoded",
    "generated",
    "private",
    "public",
    "server",
    "session",
    "service",
    "admin",
    "login",
    "project",
    "producer",
    "value",
    "this",
    "is",
    "real",
    "actual",
    "new",
    "state",
    "name",
    "grant",
    "device",
    "hash",
    "signed",
    "and",
    "or",
    "to",
    "be",
    "on",
    "for",
    "one",
    "long",
    "lived",
    "pair",
    "text",
    "add",
];

fn is_known(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_digit()) && word.len() <= 4 || !parts(word).is_empty()
}

fn is_word(word: &str) -> bool {
    [ASKING, THINGS, MADE_UP, OTHERS].iter().any(|list| list.contains(&word))
}

/// The known words that a run of letters is made of (`accesstoken`, `mysecret`), or none.
fn parts(word: &str) -> Vec<&str> {
    // best[i]: where the last of the words begins that make up the first i letters.
    let mut best: Vec<Option<usize>> = vec![None; word.len() + 1];
    let reached = |best: &[Option<usize>], i: usize| i == 0 || best.get(i).copied().flatten().is_some();
    for end in 1..=word.len() {
        for start in end.saturating_sub(14)..end {
            if reached(&best, start)
                && word.get(start..end).is_some_and(|w| (w.len() > 1 || word.len() == 1) && is_word(w))
            {
                if let Some(slot) = best.get_mut(end) {
                    *slot = Some(start);
                }
                break;
            }
        }
    }
    let mut found = Vec::new();
    let mut end = word.len();
    while end > 0 {
        let Some(start) = best.get(end).copied().flatten() else { return Vec::new() };
        found.extend(word.get(start..end));
        end = start;
    }
    found
}

/// True for letters and digits in a mix that no name has.
fn is_mixed(word: &str) -> bool {
    let letters = word.trim_end_matches(|c: char| c.is_ascii_digit());
    letters.bytes().any(|b| b.is_ascii_digit()) || word.len() - letters.len() > 4
}

/// The words in lower case: split at anything but letters and digits, and where a capital begins one.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut after_small = false;
    for c in text.chars() {
        let ends = !c.is_ascii_alphanumeric() || (after_small && c.is_ascii_uppercase());
        if ends && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_ascii_alphanumeric() {
            word.push(c.to_ascii_lowercase());
        } else if !c.is_ascii() {
            // Another language: not a word of ours, but a word.
            word.push(c);
        }
        after_small = c.is_ascii_lowercase();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// The text in the marks that say "put something in here".
fn unwrapped(text: &str) -> Option<&str> {
    const PAIRS: &[(&str, &str)] = &[
        ("<", ">"),
        ("[", "]"),
        ("{", "}"),
        ("(", ")"),
        ("__", "__"),
        ("%", "%"),
        ("**", "**"),
        ("@", "@"),
        ("|", "|"),
    ];
    PAIRS.iter().find_map(|(open, close)| text.strip_prefix(open)?.strip_suffix(close))
}

/// `base64(user:password)`: how to make the value, instead of the value.
fn is_recipe(lower: &str) -> bool {
    ["base64(", "base64_encode(", "base64encode(", "btoa(", "b64(", "base64:encode("]
        .iter()
        .any(|s| lower.starts_with(s))
        && lower.ends_with(')')
}

/// `xxxxxxxx`, `XXXX-XXXX`.
pub(super) fn is_crosses(text: &str) -> bool {
    let letters: String = text.chars().filter(|c| !matches!(c, '-' | '_' | '.')).collect();
    letters.len() >= 6 && (letters.bytes().all(|b| b == b'x') || letters.bytes().all(|b| b == b'X'))
}
