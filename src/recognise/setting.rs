//! A setting: a name and a value, as configuration and environment files have them.
//!
//! Only a setting whose name says that a credential follows is looked at, and only a value that has the shape of one;
//! everything else in a configuration is none of our business. Each form of file finds its own names and values, and
//! what is odd about them there; what they have in common is here.

use crate::decode::paste;
use crate::recognise::Found;
use crate::source::Place;

/// A value with a name, as a form of file delimits it.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Its name as written, without quotes.
    pub name: Place,
    /// The value that a program is given.
    pub value: Place,
    /// Where such a setting stands, the fact `setting.form`.
    pub form: &'static str,
    /// What is wrong with the way it is written, each a `setting.trouble`.
    pub troubles: Vec<(&'static str, Place)>,
    /// Any character may be part of the value (a password).
    pub free: bool,
}

impl Setting {
    /// A setting with which nothing is wrong.
    pub fn new(form: &'static str, name: Place, value: Place) -> Self {
        Self { name, value, form, troubles: Vec::new(), free: false }
    }

    /// The setting as something recognised.
    pub fn found(self) -> Found {
        Found::Setting(Box::new(self))
    }
}

/// A shorter value is a word, a number or a name.
const SHORTEST: usize = 20;
/// A longer value is not looked at.
const LONGEST: usize = 20_000;

/// Variables with these prefixes are written into the code that everybody downloads, by the tool that wants them.
const PUBLIC: &[(&str, &str)] = &[
    ("REACT_APP_", "Create React App"),
    ("NEXT_PUBLIC_", "Next.js"),
    ("VITE_", "Vite"),
    ("VUE_APP_", "Vue CLI"),
    ("EXPO_PUBLIC_", "Expo"),
    ("GATSBY_", "Gatsby"),
    ("NUXT_PUBLIC_", "Nuxt"),
];

/// The tool that makes a variable of this name public, and the name without its prefix.
pub fn public_tool(name: &str) -> Option<(&'static str, &str)> {
    PUBLIC.iter().find_map(|(prefix, tool)| Some((*tool, name.strip_prefix(prefix)?)))
}

/// True if the text begins with such a prefix.
pub fn is_public(text: &[u8]) -> bool {
    PUBLIC.iter().any(|(prefix, _)| text.starts_with(prefix.as_bytes()))
}

/// True if the last word of a name says that a credential follows: `API_TOKEN`, `github.pat`, `x-api-key`.
pub fn says_credential(name: &str) -> bool {
    const LONGEST_NAME: usize = 60;
    let is_part = |b: u8| b.is_ascii_alphanumeric() || b"_-.".contains(&b);
    if name.is_empty() || name.len() > LONGEST_NAME || !name.bytes().all(is_part) {
        return false;
    }
    let lower = name.to_ascii_lowercase();
    let last = lower.rsplit(['_', '-', '.', ' ']).next().unwrap_or_default();
    last.ends_with("token")
        || last.ends_with("jwt")
        || matches!(last, "pat" | "secret" | "bearer" | "apikey")
        || ["secret_key", "publishable_key", "service_role_key"].iter().any(|end| lower.ends_with(end))
        || last == "key" && public_tool(name).is_some()
        || lower.ends_with("api_key")
        || lower.ends_with("api-key")
}

/// True if a value has the shape of a credential and does not only stand for one.
pub fn is_value(text: &str) -> bool {
    let is_shape = |t: &str| {
        (SHORTEST..LONGEST).contains(&t.len()) && (paste::is_token(t) || is_joined(t)) && paste::leftover(t).is_none()
    };
    // A file's name, and a part of a URL, have the characters of a token too.
    is_shape(bare(text)) && !text.starts_with(['/', '.', '~'])
}

/// True for a credential in a variable of the environment, as JSON files name them: `"GITHUB_TOKEN": "…"`.
pub fn is_variable(name: &str, value: &str) -> bool {
    let is_name = name.contains('_') && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    is_name && says_credential(name) && is_value(value)
}

/// A token behind words and colons, or behind what the colons became in a URL: `dal:…`, `dal%3A…`. What only says where a
/// secret is kept, or is the hash of one, begins with a word for that.
fn is_joined(text: &str) -> bool {
    const OTHERS: &[&str] = &[
        "arn",
        "aws",
        "azure",
        "azurekeyvault",
        "data",
        "doppler",
        "enc",
        "env",
        "file",
        "gcp",
        "gsm",
        "keyring",
        "keyvault",
        "md5",
        "op",
        "projects",
        "ref",
        "sec",
        "secret",
        "secrets",
        "secretsmanager",
        "sha1",
        "sha256",
        "sha384",
        "sha512",
        "sops",
        "ssm",
        "urn",
        "vault",
    ];
    let plain = text.replace("%3A", ":").replace("%3a", ":");
    let Some((words, token)) = plain.rsplit_once(':') else { return false };
    let is_word = |word: &str| {
        (2..=40).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    let first = words.split(':').next().unwrap_or_default().to_ascii_lowercase();
    paste::is_token(token) && words.split(':').all(is_word) && !OTHERS.contains(&first.as_str())
}

/// The value without one pair of quotes.
pub fn bare(text: &str) -> &str {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\'') && text.len() > 2 && text.ends_with(*c));
    quote.and_then(|_| text.get(1..text.len() - 1)).unwrap_or(text)
}
