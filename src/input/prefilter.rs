//! Whether there can be anything of ours in a file that nobody named: most files of a tree are only read.
//!
//! A few words are searched for at once. A word is here if it stands wherever tokenlint has something to say and in few
//! other files; `token` and `https://` stand everywhere. Files of a form that is ours by name are always looked at.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use aho_corasick::packed::Searcher;

/// At most 32, so that they are searched for with vector instructions. Where upper and lower case occur, the first letter
/// is left out.
///
/// The order is no matter of taste: the words at every eighth place are told apart only after something like one of them
/// was met. Each eight-step series holds words that begin alike, so that ordinary text is seldom like any of them; in
/// another order the search takes three times as long (`benches/README.md`).
const WORDS: [&str; 32] = [
    "tokenlint:",
    "lient_secret",
    "id_token",
    "JWT",
    "\"iat\"",
    "Jwt",
    "eyJ",
    "uthorization",
    " HTTP/1",
    "ccessToken",
    "pi-Key",
    "pi-key",
    "Bearer",
    "_TOKEN=",
    "\"exp\"",
    "\"token\"",
    "uthenticate:",
    "jwt",
    "livechatinc.com",
    "kind: Secret",
    "lientSecret",
    "-----BEGIN",
    "efresh_token",
    "lient_id",
    "ccess_token",
    "PI-Key",
    "pi_key",
    "bearer ",
    "grant_type",
    "_SECRET=",
    "curl ",
    "\"kty\"",
];

/// Ends of names of files that are looked at whatever is in them, and beginnings.
const ENDS: &[&str] =
    &[".http", ".rest", ".hurl", ".har", ".bru", ".jwt", ".env", ".curlrc", ".netrc", ".ini", ".properties"];
const BEGINNINGS: &[&str] = &[".env", ".curlrc", ".netrc", "docker-compose", "compose."];

/// Ends of names of files in which a credential may stand behind any name that says so.
const CONFIGURATIONS: &[&str] = &[".toml", ".yaml", ".yml"];
/// What such names end with, and what else is read in these files only, in lower case.
const NAMES: [&str; 12] = [
    "token",
    "jwt",
    "pat",
    "secret",
    "bearer",
    "basic",
    "apikey",
    "api_key",
    "api-key",
    "response_type",
    "insomnia",
    "code=",
];

/// Ends of names of source code in which the calls are read that send a request.
const SOURCES: &[&str] = &[".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".py", ".go", ".rb", ".php"];
/// What such a call has, if it has anything of ours.
const CALLS: [&str; 6] = ["headers", "auth=", "auth:", "auth'", "auth\"", "NewRequest"];
/// A string that begins with a host.
const URLS: [&str; 3] = ["\"http", "'http", "`http"];

/// True if something may be found in these bytes of a file with this name.
pub fn may_hold(name: &str, bytes: &[u8]) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    ENDS.iter().any(|end| last.ends_with(end))
        || BEGINNINGS.iter().any(|start| last.starts_with(start))
        || has_word(bytes)
        || CONFIGURATIONS.iter().any(|end| last.ends_with(end)) && has_name(bytes)
        || SOURCES.iter().any(|end| last.ends_with(end)) && has_call(bytes)
}

/// True if a request may be sent there, to a host that is written out.
fn has_call(bytes: &[u8]) -> bool {
    static FINDERS: OnceLock<[Option<AhoCorasick>; 2]> = OnceLock::new();
    let finders = FINDERS.get_or_init(|| [AhoCorasick::new(URLS).ok(), AhoCorasick::new(CALLS).ok()]);
    finders.iter().all(|finder| finder.as_ref().is_none_or(|finder| finder.is_match(bytes)))
}

fn has_name(bytes: &[u8]) -> bool {
    static FINDER: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let build = || AhoCorasick::builder().ascii_case_insensitive(true).build(NAMES).ok();
    let Some(finder) = FINDER.get_or_init(build) else { return true };
    // `path`, `tokens` and `secretary` are other words.
    let ends = |end: usize| !bytes.get(end).is_some_and(u8::is_ascii_alphanumeric) || bytes.get(end - 1) == Some(&b'=');
    finder.find_iter(bytes).any(|found| ends(found.end()))
}

fn has_word(bytes: &[u8]) -> bool {
    static PACKED: OnceLock<Option<Searcher>> = OnceLock::new();
    static PLAIN: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    match PACKED.get_or_init(|| Searcher::new(WORDS)) {
        // It refuses very short texts.
        Some(packed) if bytes.len() >= packed.minimum_len() => packed.find(bytes).is_some(),
        _ => match PLAIN.get_or_init(|| AhoCorasick::new(WORDS).ok()) {
            Some(plain) => plain.is_match(bytes),
            None => true,
        },
    }
}
