//! What a text looks like: a token, random characters, words.

use std::collections::HashMap;

use crate::decode::jwt;

/// True if the characters are as mixed as those of a key: longer than 24 and more than 3.5 bits a character.
pub fn looks_random(text: &str) -> bool {
    text.chars().count() > 24 && entropy(text) > 3.5 && text.bytes().any(|b| b.is_ascii_digit())
}

/// Shannon entropy in bits a character.
fn entropy(text: &str) -> f64 {
    let mut counts: HashMap<char, u32> = HashMap::new();
    text.chars().for_each(|c| *counts.entry(c).or_default() += 1);
    let total = f64::from(counts.values().sum::<u32>());
    counts.values().map(|n| f64::from(*n) / total).map(|p| -p * p.log2()).sum()
}

/// True for a compact JOSE token with all its parts: three that are not empty (the second may be, RFC 7797), or five.
pub fn is_whole_jose(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let whole = match parts.as_slice() {
        [header, _, signature] => !header.is_empty() && !signature.is_empty(),
        [header, _, iv, ciphertext, tag] => [header, iv, ciphertext, tag].iter().all(|p| !p.is_empty()),
        _ => false,
    };
    whole && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.=+/".contains(&b)) && jwt::form(text).is_some()
}
