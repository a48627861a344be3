//! Secrets that anybody guesses: words of tutorials and templates, nothing at all, a value of the token itself.
//!
//! A signature that verifies under one of these can be made by everybody (RFC 8725 section 2.2). A guess that fits is
//! proven, and is never shown. The whole list costs one token some seventy hashes of its own length (20 µs for an ordinary
//! one where the processor has instructions for SHA-256, else 0.3 ms), so long tokens are left out.

use super::algorithm;
use super::keys::Key;
use super::material::Material;
use super::token::Token;
use crate::decode::base64;

/// A guess that fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// `empty`, `list` or `token`.
    pub kind: &'static str,
    /// The name of the value in the token.
    pub claim: Option<&'static str>,
}

/// Tokens longer than this are not tried, in bytes.
const LONGEST: usize = 4096;

/// The words. Those that are read as base64 by some libraries are tried decoded too.
const WORDS: &[&str] = &[
    "secret",
    "Secret",
    "SECRET",
    "secretkey",
    "secret_key",
    "secret-key",
    "mysecret",
    "my-secret",
    "mySecretKey",
    "supersecret",
    "super-secret",
    "topsecret",
    "password",
    "passw0rd",
    "changeme",
    "change-me",
    "default",
    "test",
    "testing",
    "dev",
    "development",
    "devkey",
    "admin",
    "root",
    "jwt",
    "token",
    "key",
    "private",
    "123456",
    "12345678",
    "1234567890",
    "qwerty",
    "shhhhh",
    "shhhhhared-secret",
    "jwtsecret",
    "jwt_secret",
    "jwt-secret",
    "JWT_SECRET",
    "SECRET_KEY",
    "your_jwt_secret",
    "your-secret-key",
    "your_secret_key",
    "your-256-bit-secret",
    "your-384-bit-secret",
    "your-512-bit-secret",
    "a-string-secret-at-least-256-bits-long",
    "a-valid-string-secret-that-is-at-least-384-bits-long",
    "a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long",
    "keyboard cat",
    "example_key",
    "AllYourBase",
    "hmacSampleSecret",
    "super-secret-jwt-token-with-at-least-32-characters-long",
    "reallyreallyreallyreallyverysafe",
    "THIS IS USED TO SIGN AND VERIFY JWT TOKENS, REPLACE IT WITH YOUR OWN SECRET, IT CAN BE ANY STRING",
    "bezkoder-secret-key",
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    "undefined",
];

/// Words that libraries which read secrets as base64 are given most.
const DECODED: &[&str] = &[
    "secret",
    "secretkey",
    "mySecretKey",
    "password",
    "jwtsecret",
    "AllYourBase",
    // The key of RFC 7515 appendix A.1.
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
];

/// A guess that verifies the token.
pub fn guess(token: &Token) -> Option<Guess> {
    let right_size = match token.alg {
        "HS256" => 32,
        "HS384" => 48,
        "HS512" => 64,
        _ => return None,
    };
    if token.signature.len() != right_size || token.input.len() > LONGEST {
        return None;
    }
    let verifies = |secret: &[u8]| algorithm::hmac_verifies(token.alg, secret, token.input, &token.signature);
    // A NUL byte makes the same key as none: HMAC pads with zeros.
    if verifies(b"") {
        return Some(Guess { kind: "empty", claim: None });
    }
    if let Some((name, _)) = token.names.iter().find(|(_, value)| !value.is_empty() && verifies(value.as_bytes())) {
        return Some(Guess { kind: "token", claim: Some(name) });
    }
    let words = WORDS.iter().any(|word| verifies(word.as_bytes()));
    (words || DECODED.iter().any(|word| verifies(&base64::decode(word).bytes))).then_some(LISTED)
}

const LISTED: Guess = Guess { kind: "list", claim: None };

/// The same judgement on a secret that was given and verifies the token.
pub fn known(token: &Token, key: &Key) -> Option<Guess> {
    let Some(Material::Secret(secret)) = &key.material else { return None };
    if secret.iter().all(|b| *b == 0) {
        return Some(Guess { kind: "empty", claim: None });
    }
    if let Some((name, _)) = token.names.iter().find(|(_, value)| value.as_bytes() == secret) {
        return Some(Guess { kind: "token", claim: Some(name) });
    }
    let listed = WORDS.iter().any(|word| word.as_bytes() == secret);
    (listed || DECODED.iter().any(|word| base64::decode(word).bytes == *secret)).then_some(LISTED)
}

/// True for a secret that is long enough and yet holds little: one character or a few again and again, a text
/// of a few letters.
pub fn is_weak(secret: &[u8], alg: &str) -> bool {
    let least = least_size(alg);
    let is_text = secret.iter().all(|b| (0x20..0x7f).contains(b));
    if secret.len() < least || secret.len() >= 64 + least || !is_text {
        return false;
    }
    let periodic = (1..=secret.len() / 2)
        .any(|period| period <= 8 && secret.iter().zip(secret.iter().skip(period)).all(|(a, b)| a == b));
    let mut counts = [0_u32; 256];
    secret.iter().for_each(|b| counts[usize::from(*b)] += 1);
    let different = counts.iter().filter(|count| **count > 0).count();
    let most = counts.iter().max().copied().unwrap_or(0) as usize;
    // Of 32 random digits nearly all ten appear, and none of them makes up half.
    periodic || secret.len() < 64 && (different <= 8 || 2 * most >= secret.len())
}

/// The size that a secret must have at least, in bytes (RFC 7518 section 3.2).
pub fn least_size(alg: &str) -> usize {
    match alg {
        "HS384" => 48,
        "HS512" => 64,
        _ => 32,
    }
}
