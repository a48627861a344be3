//! What a text looks like.

use crate::decode::jwt;

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
