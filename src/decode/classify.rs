//! What a credential looks like, so that the rules for JWTs leave alone what is none.
//!
//! Many credentials have dots in them or begin with encoded JSON without being JOSE: session cookies, PASETO, Discord
//! tokens, DPoP nonces. What is not known is `opaque`, never a broken JWT.

use crate::decode::{base64, json, jwt};

/// The form of a cleaned credential, the value of `credential.form`. `jose`: what [`jwt::form`] says of it; `basic`: it
/// stands behind the Basic scheme.
pub fn form(text: &str, jose: Option<jwt::Form>, basic: bool) -> &'static str {
    match jose {
        Some(jwt::Form::Jws) if jwt::has_disclosures(text) => return "sd-jwt",
        Some(jwt::Form::Jws) => return "jws",
        Some(jwt::Form::Jwe) => return "jwe",
        None => {}
    }
    let aws = text.len() == 20 && (text.starts_with("AKIA") || text.starts_with("ASIA"));
    match text {
        _ if text.starts_with("-----BEGIN") => "pem",
        _ if text.starts_with("ssh-rsa ") || text.starts_with("ssh-ed25519 ") => "ssh",
        _ if text.starts_with("PHNhbWw") || text.starts_with("<saml") => "saml",
        _ if text.starts_with('{') => "json",
        _ if text.contains("://") => "url",
        _ if is_uuid(text) => "uuid",
        _ if aws && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) => "aws key id",
        _ if is_path(text) => "path",
        _ if basic => "basic",
        _ if is_paseto(text) => "paseto",
        _ if text.starts_with("gAAAA") && text.len() >= 100 && is_base64(text) => "fernet",
        _ if is_macaroon(text) => "macaroon",
        _ if is_laravel(text) => "laravel",
        _ if is_signed_session(text) => "session",
        _ => "opaque",
    }
}

/// True for a file's name where its contents belong: relative, in a well-known folder, or `@file` as curl takes it.
fn is_path(text: &str) -> bool {
    const FOLDERS: &[&str] =
        &["run", "var", "etc", "home", "tmp", "Users", "secrets", "opt", "usr", "root", "mnt", "app"];
    let drive = text.get(1..3) == Some(":\\") && text.starts_with(|c: char| c.is_ascii_alphabetic());
    let at = text.strip_prefix('@').is_some_and(|file| file.contains(['/', '.']) && !file.contains('@'));
    let relative = ["./", "../", "~/", ".\\"].iter().any(|s| text.starts_with(s));
    let folder = text.strip_prefix('/').and_then(|rest| rest.split_once('/')).map(|(folder, _)| folder);
    !text.contains(' ') && (drive || at || relative || folder.is_some_and(|folder| FOLDERS.contains(&folder)))
}

fn is_base64(text: &str) -> bool {
    let decoded = base64::decode(text);
    decoded.illegal.is_none() && !decoded.impossible_length
}

/// `v4.public.…`
fn is_paseto(text: &str) -> bool {
    let mut parts = text.split('.');
    let version = parts.next().and_then(|v| v.strip_prefix('v')).is_some_and(|v| matches!(v, "1" | "2" | "3" | "4"));
    version && parts.next().is_some_and(|p| matches!(p, "local" | "public")) && parts.next().is_some()
}

/// A macaroon of version 1 begins with the length and the word `location`.
fn is_macaroon(text: &str) -> bool {
    text.starts_with("MDA") && base64::decode(text.get(..24).unwrap_or(text)).bytes.get(4..12) == Some(b"location")
}

/// A Laravel cookie: base64 of an object with `iv`, `value` and `mac`.
fn is_laravel(text: &str) -> bool {
    if !text.starts_with("eyJ") || text.contains('.') {
        return false;
    }
    let decoded = String::from_utf8(base64::decode(text).bytes).unwrap_or_default();
    let document = json::read(&decoded, &[]);
    ["iv", "value", "mac"].iter().all(|name| document.member(0, name).is_some())
}

/// A session as Flask, Django and others of itsdangerous sign it: payload, time in 4 to 6 bytes, signature. A leading
/// dot says that the payload is compressed.
fn is_signed_session(text: &str) -> bool {
    let compressed = text.starts_with('.');
    let parts: Vec<&str> = text.trim_start_matches('.').split('.').collect();
    let &[payload, time, signature] = parts.as_slice() else { return false };
    if !jwt::is_time_stamp(time) || !(20..=64).contains(&base64::decode(signature).bytes.len()) {
        return false;
    }
    let head = base64::decode(payload).bytes;
    compressed || String::from_utf8(head).is_ok_and(|t| json::looks_like_json(&t))
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_jwt_is_called_what_it_is() {
        // {"alg":"HS256"}, {"typ":"at+jwt","kid":"1"}, {"sub":"42"}, {"user":1}, {"iv":"a","value":"b","mac":"c"}
        let (header, typed, claims, user) =
            ("eyJhbGciOiJIUzI1NiJ9", "eyJ0eXAiOiJhdCtqd3QiLCJraWQiOiIxIn0", "eyJzdWIiOiI0MiJ9", "eyJ1c2VyIjoxfQ");
        let dots = |parts: &[&str]| parts.join(".");
        for (text, expected) in [
            (dots(&[header, claims, "c2ln"]), "jws"),
            (dots(&[header, claims]), "jws"),
            (dots(&[header]), "jws"),
            (dots(&[typed, claims, "c2ln"]), "jws"),
            // Whitespace in the header: { "alg":"HS256"}, and a line break: {\n"alg":"HS256"}.
            (dots(&["eyAiYWxnIjoiSFMyNTYifQ", claims, "c2ln"]), "jws"),
            (dots(&["ewoiYWxnIjoiSFMyNTYifQ", claims, "c2ln"]), "jws"),
            // The first character was not copied.
            (dots(&["yJhbGciOiJIUzI1NiJ9", claims, "c2ln"]), "jws"),
            (format!("{}~WyJhIl0~", dots(&[header, claims, "c2ln"])), "sd-jwt"),
            // DPoP-Nonce of RFC 9449 section 8.2.
            (dots(&["eyJ7S_zG", "eyJbYu3", "xQmBj-1"]), "opaque"),
            // A key id or region before a payload that is encoded JSON.
            (dots(&["v2", claims, "c2ln"]), "opaque"),
            (dots(&["v4", "public", "abc"]), "paseto"),
            (dots(&[user, "ZabcdQ", "aaaaaaaaaaaaaaaaaaaaaaaaaaa"]), "session"),
            (dots(&[typed, "ZabcdQ", "aaaaaaaaaaaaaaaaaaaaaaaaaaa"]), "session"),
            (dots(&["", "eJxyzzy", "ZabcdQ", "aaaaaaaaaaaaaaaaaaaaaaaaaaa"]), "session"),
            ("eyJpdiI6ImEiLCJ2YWx1ZSI6ImIiLCJtYWMiOiJjIn0".into(), "laravel"),
            ("MDAxY2xvY2F0aW9uIGh0dHA6Ly9teQ".into(), "macaroon"),
            ("4ad7f6a1-93c2-4d0e-8b5f-2f6c1e9a7d30".into(), "uuid"),
            // The shape of a Discord bot token.
            (dots(&["MTk4NjIyNDgzNDcxOTI1MjQ4", "5bv9ge", "aaaaaaaaaaaaaaaaaaaaaaaaaaa"]), "opaque"),
        ] {
            assert_eq!(form(&text, jwt::form(&text), false), expected, "{text}");
        }
    }
}
