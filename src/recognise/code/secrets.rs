//! Secrets that a build tool puts into the code that everybody downloads.

use std::collections::HashSet;

use super::language::Language;
use super::look::Word;
use super::reader::Code;
use super::{MOST, Spot};
use crate::recognise::setting::{is_public, public_tool};

/// Ends of names of what only a server may know.
const SECRET: &[&str] = &[
    "_CLIENT_SECRET",
    "_JWT_SECRET",
    "_API_SECRET",
    "_SECRET_KEY",
    "_PRIVATE_KEY",
    "_PERSONAL_ACCESS_TOKEN",
    "_PERSONAL_API_TOKEN",
    "_ADMIN_TOKEN",
    "_ADMIN_ACCESS_TOKEN",
    "_REFRESH_TOKEN",
];

/// The name of a variable that is written into the bundle.
pub(super) fn needs(word: &Word) -> bool {
    word.language == Language::JavaScript && is_public(word.text)
}

/// Ends of names of what may be secret.
const WORDS: &[&str] = &["KEY", "TOKEN", "SECRET", "PASSWORD", "PAT"];

pub(super) fn find(code: &Code, spots: &mut Vec<Spot>) {
    if code.language != Language::JavaScript {
        return;
    }
    let mut seen = HashSet::new();
    for i in 0..code.len() {
        let name = code.word(i);
        // `process.env.NAME`, `import.meta.env.NAME`.
        let read = i >= 2 && matches!(code.sign(i - 1), "." | "?.") && code.word(i - 2) == "env";
        let Some((tool, rest)) = public_tool(name).filter(|_| read) else { continue };
        if spots.len() >= MOST || !seen.insert(name) {
            continue;
        }
        let at = code.span(i);
        if SECRET.iter().any(|end| format!("_{rest}").ends_with(end)) {
            spots.push(Spot::new(at).with("code.secret", name, at).with("code.tool", tool, at));
        } else if WORDS.iter().any(|end| rest.ends_with(end)) {
            // Whether it is one is said by the contract of the platform that it names.
            spots.push(Spot::new(at).with("code.public", name, at).with("code.tool", tool, at));
        }
    }
}
