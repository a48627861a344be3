//! Whether there can be anything of ours in a file that nobody named: most files of a tree are only read.
//!
//! A few words are searched for at once. A word is here if it stands wherever tokenlint has something to say and in few
//! other files; `token` and `https://` stand everywhere. Files of a form that is ours by name are always looked at.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use aho_corasick::packed::Searcher;

/// At most 32, so that they are searched for with vector instructions. Where upper and lower case occur, the first letter
/// is left out.
const WORDS: [&str; 32] = [
    "uthorization",
    "uthenticate:",
    "Bearer",
    "bearer ",
    "curl ",
    "eyJ",
    "tokenlint:",
    "\"kty\"",
    "jwt",
    "JWT",
    "Jwt",
    "lient_id",
    "lient_secret",
    "lientSecret",
    "grant_type",
    "ccess_token",
    "ccessToken",
    "efresh_token",
    "id_token",
    "_TOKEN=",
    "_SECRET=",
    "pi-key",
    "pi-Key",
    "PI-Key",
    "pi_key",
    "\"token\"",
    " HTTP/1",
    "-----BEGIN",
    "\"iat\"",
    "\"exp\"",
    "kind: Secret",
    "livechatinc.com",
];

/// Ends of names of files that are looked at whatever is in them, and beginnings.
const ENDS: &[&str] = &[
    ".http",
    ".rest",
    ".hurl",
    ".har",
    ".bru",
    ".jwt",
    ".env",
    ".curlrc",
    ".netrc",
    ".yaml",
    ".yml",
    ".toml",
    ".ini",
    ".properties",
];
const BEGINNINGS: &[&str] = &[".env", ".curlrc", ".netrc", "docker-compose", "compose."];

/// True if something may be found in these bytes of a file with this name.
pub fn may_hold(name: &str, bytes: &[u8]) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    ENDS.iter().any(|end| last.ends_with(end))
        || BEGINNINGS.iter().any(|start| last.starts_with(start))
        || has_word(bytes)
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
