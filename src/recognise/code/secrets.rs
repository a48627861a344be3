//! Secrets that a build tool puts into the code that everybody downloads.

use std::collections::HashSet;

use super::language::Language;
use super::look::Word;
use super::reader::Code;
use super::{MOST, Spot};

/// Variables with these prefixes are written into the bundle by the tool that wants them.
const PUBLIC: &[(&str, &str)] = &[
    ("REACT_APP_", "Create React App"),
    ("NEXT_PUBLIC_", "Next.js"),
    ("VITE_", "Vite"),
    ("VUE_APP_", "Vue CLI"),
    ("EXPO_PUBLIC_", "Expo"),
    ("GATSBY_", "Gatsby"),
    ("NUXT_PUBLIC_", "Nuxt"),
];
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
    word.language == Language::JavaScript && PUBLIC.iter().any(|(prefix, _)| word.text.starts_with(prefix.as_bytes()))
}

pub(super) fn find(code: &Code, spots: &mut Vec<Spot>) {
    if code.language != Language::JavaScript {
        return;
    }
    let mut seen = HashSet::new();
    for i in 0..code.len() {
        let name = code.word(i);
        // `process.env.NAME`, `import.meta.env.NAME`.
        let read = i >= 2 && matches!(code.sign(i - 1), "." | "?.") && code.word(i - 2) == "env";
        let Some((_, tool)) = PUBLIC.iter().find(|(prefix, _)| read && name.starts_with(prefix)) else { continue };
        let rest = format!("_{}", name.split_once('_').map_or("", |(_, rest)| rest));
        if SECRET.iter().any(|end| rest.ends_with(end)) && seen.insert(name) && spots.len() < MOST {
            let at = code.span(i);
            spots.push(Spot::new(at).with("code.secret", name, at).with("code.tool", *tool, at));
        }
    }
}
