//! Proof Key for Code Exchange: verifier, challenge and method (RFC 7636).

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use crate::checks::parameter_value::parameter;
use crate::checks::url::raw;
use crate::checks::{Check, Context, Fixer, Hit};
use crate::decode::{base64, hex};
use crate::facts::Fact;
use crate::finding::{Edit, Word};
use crate::platform::Mark;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "pkce-challenge-form", about: &["authorize.code_challenge"], offers: &["form"], run: challenge_form },
    Check { name: "pkce-challenge-length", about: &["authorize.code_challenge"], offers: &["length"], run: length },
    Check { name: "pkce-missing", about: &["authorize.response_type"], offers: &[], run: missing },
    Check { name: "pkce-verifier-length", about: &["auth.name"], offers: &["length"], run: verifier_length },
    Check {
        name: "pkce-verifier-characters",
        about: &["auth.name"],
        offers: &["character", "reason"],
        run: verifier_characters,
    },
    Check {
        name: "pkce-verifier-mismatch",
        about: &["token-request.code_verifier"],
        offers: &["reason"],
        run: verifier_mismatch,
    },
    Check {
        name: "pkce-challenge-is-verifier",
        about: &["token-request.code_verifier"],
        offers: &[],
        run: challenge_is_verifier,
    },
];

/// The fixers of this group.
pub const FIXERS: &[Fixer] = &[Fixer { name: "pkce-challenge", run: fix_challenge }];

/// Base64url of the 32 bytes of SHA-256 has this many characters.
const S256_LENGTH: usize = 43;

/// How a challenge was written, if not as RFC 7636 section 4.2 wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Base64 of the standard alphabet, padded or not.
    Standard,
    /// Base64url with `=` at its end.
    Padded,
    /// The hash as hexadecimal digits.
    Hex,
    /// Base64 of the hexadecimal digits.
    Base64OfHex,
}

/// The hash of SHA-256 that stands there in hexadecimal digits.
fn hash_in_hex(text: &str) -> Option<Vec<u8>> {
    hex::decode(text).filter(|bytes| bytes.len() == 32)
}

/// The hash whose hexadecimal digits were encoded.
fn hash_in_encoded_hex(text: &str) -> Option<Vec<u8>> {
    // Base64 of 64 digits.
    let digits = (text.len() == 86).then(|| base64::decode(text).bytes)?;
    hash_in_hex(std::str::from_utf8(&digits).ok()?)
}

/// `is_hash`: the method is one that hashes, so a text of 64 hexadecimal digits is no verifier as it is.
fn form(text: &str, is_hash: bool) -> Option<Form> {
    // A `+` that nobody encoded has become a blank.
    if text.contains(['+', '/', ' ']) {
        return Some(Form::Standard);
    }
    if text.contains('=') {
        return Some(Form::Padded);
    }
    if is_hash && hash_in_hex(text).is_some() {
        return Some(Form::Hex);
    }
    (is_hash && hash_in_encoded_hex(text).is_some()).then_some(Form::Base64OfHex)
}

/// The challenge of an authorization request, if its value is known.
fn challenge<'a>(cx: &Context<'a>) -> Option<(&'a Fact, &'a str)> {
    let fact = cx.one("authorize.code_challenge").filter(|f| !f.hole)?;
    Some((fact, fact.value.text().filter(|t| !t.is_empty())?))
}

fn is_plain(cx: &Context) -> bool {
    cx.text("authorize.code_challenge_method").is_some_and(|m| m.eq_ignore_ascii_case("plain"))
}

fn challenge_form(cx: &Context) -> Vec<Hit> {
    let Some((fact, text)) = challenge(cx) else { return Vec::new() };
    let is_hash = cx.one("authorize.code_challenge_method").is_some() && !is_plain(cx);
    let Some(form) = form(text, is_hash) else { return Vec::new() };
    let words = match form {
        Form::Standard if text.contains('=') => "standard base64 with padding",
        Form::Standard => "standard base64",
        Form::Padded => "base64url with padding (`=`)",
        Form::Hex => "the hash in hexadecimal digits",
        Form::Base64OfHex => "base64 of the hash in hexadecimal digits",
    };
    let mut hit = Hit::on(fact);
    hit.variables.push(("form", Word::Text(Cow::Borrowed(words))));
    vec![hit]
}

/// Writes the same bytes as base64url without padding.
fn fix_challenge(cx: &Context, hit: &Hit) -> Vec<Edit> {
    let Some((_, text)) = challenge(cx) else { return Vec::new() };
    let raw = raw(cx, hit.at);
    let hash = match form(text, !is_plain(cx)) {
        Some(Form::Hex) => hash_in_hex(text),
        Some(Form::Base64OfHex) => hash_in_encoded_hex(text),
        Some(Form::Standard | Form::Padded) => return replace_signs(cx, raw),
        None => None,
    };
    let (Some(hash), Some(place)) = (hash, cx.sources.editable(raw)) else { return Vec::new() };
    vec![Edit { place, text: base64::encode_url(&hash), secret: false }]
}

/// Replaces `+`, `/` and `=`, written plainly or percent-encoded, by what base64url has in their place.
fn replace_signs(cx: &Context, raw: crate::source::Place) -> Vec<Edit> {
    let text = cx.sources.text(raw).to_ascii_uppercase();
    let signs = [("%2B", "-"), ("+", "-"), ("%20", "-"), ("%2F", "_"), ("/", "_"), ("%3D", ""), ("=", "")];
    let found = signs.iter().flat_map(|(sign, new)| {
        text.match_indices(sign).map(|(at, _)| (raw.part(at, at + sign.len()), *new)).collect::<Vec<_>>()
    });
    let edits = found.map(|(place, new)| {
        let place = cx.sources.editable(place)?;
        Some(Edit { place, text: new.to_owned(), secret: false })
    });
    edits.collect::<Option<Vec<_>>>().unwrap_or_default()
}

/// SHA-256 in base64url has 43 characters, whatever was hashed.
fn length(cx: &Context) -> Vec<Hit> {
    let is_s256 = cx.text("authorize.code_challenge_method").is_some_and(|m| m.eq_ignore_ascii_case("S256"));
    let Some((fact, text)) = challenge(cx).filter(|(_, text)| is_s256 && form(text, true).is_none()) else {
        return Vec::new();
    };
    let length = text.chars().count();
    if length == S256_LENGTH { Vec::new() } else { vec![Hit::on(fact).with("length", length)] }
}

/// A code flow without a challenge. A contract that does not know the parameter needs none; for a client that cannot
/// keep a secret it is more than a note.
fn missing(cx: &Context) -> Vec<Hit> {
    let Some(fact) = cx.one("authorize.response_type").filter(|f| !f.hole) else { return Vec::new() };
    let is_code = fact.value.text().is_some_and(|t| t.split(' ').any(|word| word == "code"));
    let known = ["code_challenge", "request", "request_uri"]
        .iter()
        .any(|name| cx.own().iter().any(|f| f.path.segments().nth(1) == Some(name)));
    if !is_code || known || cx.facts.get(cx.subject).open || !contract_takes_pkce(cx) {
        return Vec::new();
    }
    let mut hit = Hit::on(fact);
    if cx.text("expect.client_type") != Some("web") {
        hit.mark = Mark::M;
    }
    vec![hit]
}

fn contract_takes_pkce(cx: &Context) -> bool {
    let endpoint = cx
        .text("endpoint.id")
        .zip(cx.platform())
        .and_then(|(id, platform)| platform.oauth.as_ref()?.endpoints.iter().find(|e| e.id == id));
    endpoint.is_none_or(|e| e.parameters.iter().any(|(name, _)| name == "code_challenge"))
}

/// A verifier has 43 to 128 characters (RFC 7636 section 4.1).
fn verifier_length(cx: &Context) -> Vec<Hit> {
    let Some(("code_verifier", fact)) = parameter(cx).filter(|(_, f)| !f.hole) else { return Vec::new() };
    let length = fact.value.text().map_or(0, |t| t.chars().count());
    let is_right = (43..=128).contains(&length) || length == 0;
    if is_right { Vec::new() } else { vec![Hit::on(fact).with("length", length)] }
}

/// The first character that no verifier may have (RFC 7636 section 4.1).
fn verifier_characters(cx: &Context) -> Vec<Hit> {
    let Some(("code_verifier", fact)) = parameter(cx).filter(|(_, f)| !f.hole) else { return Vec::new() };
    let text = fact.value.text().unwrap_or_default();
    let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
    let Some((at, character)) = text.char_indices().find(|(_, c)| !is_legal(*c)) else { return Vec::new() };
    let is_whole = fact.place.span.len() == text.len();
    let place = if is_whole { fact.place.part(at, at + character.len_utf8()) } else { fact.place };
    let reason = match character {
        '+' | '/' | '=' | ' ' => "it is of standard base64, and base64url without padding is wanted",
        _ => "only letters, digits and `-` `.` `_` `~` are allowed",
    };
    let mut hit = Hit::on(fact).moved(place);
    let shown = if character == ' ' { "a blank".to_owned() } else { format!("`{character}`") };
    hit.variables.push(("character", Word::Value { text: shown, secret: false }));
    hit.variables.push(("reason", Word::Text(Cow::Borrowed(reason))));
    vec![hit]
}

/// The verifier of the exchange, hashed, is not the challenge that the login announced (RFC 7636 section 4.6).
fn verifier_mismatch(cx: &Context) -> Vec<Hit> {
    let own = |path: &'static str| cx.one(path).filter(|f| !f.hole).and_then(|f| Some((f, f.value.text()?)));
    let method = own("paired.authorize.code_challenge_method").filter(|(_, m)| *m == "S256");
    let (Some((fact, verifier)), Some((announced, challenge)), Some(_)) =
        (own("token-request.code_verifier"), own("paired.authorize.code_challenge"), method)
    else {
        return Vec::new();
    };
    // A challenge that is written wrongly is a mistake of its own.
    let is_comparable = challenge.len() == S256_LENGTH && form(challenge, true).is_none() && challenge != verifier;
    if !is_comparable || base64::encode_url(&Sha256::digest(verifier.as_bytes())) == challenge {
        return Vec::new();
    }
    let reason = mismatch(verifier, challenge).unwrap_or("its SHA-256 is another value");
    vec![Hit::on(fact).told("reason", reason).and(announced.place, "the challenge of the login")]
}

/// What was hashed instead of the text of the verifier, if a try proves it.
fn mismatch(verifier: &str, challenge: &str) -> Option<&'static str> {
    let is_hash_of = |bytes: &[u8]| base64::encode_url(&Sha256::digest(bytes)) == challenge;
    let digest = Sha256::digest(verifier.as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let wide: Vec<u8> = verifier.encode_utf16().flat_map(u16::to_le_bytes).collect();
    if is_hash_of(&base64::decode(verifier).bytes) {
        Some("the challenge is the hash of the bytes that the verifier encodes, not of its text")
    } else if is_hash_of(format!("{verifier}\n").as_bytes()) {
        Some("the challenge is the hash of the verifier with a line break at its end")
    } else if is_hash_of(&digest) || is_hash_of(hex.as_bytes()) {
        Some("the challenge was hashed twice")
    } else if is_hash_of(&wide) {
        Some("the challenge is the hash of the verifier in UTF-16")
    } else {
        None
    }
}

/// With S256, the challenge is the hash of the verifier, never the verifier itself.
fn challenge_is_verifier(cx: &Context) -> Vec<Hit> {
    let Some(verifier) = cx.one("token-request.code_verifier").filter(|f| !f.hole) else { return Vec::new() };
    let same = |path: &'static str, method: &'static str| {
        let hashes = cx.text(method).is_some_and(|m| m.eq_ignore_ascii_case("S256"));
        cx.one(path).filter(|f| hashes && !f.hole && f.value == verifier.value)
    };
    let challenge = same("paired.authorize.code_challenge", "paired.authorize.code_challenge_method")
        .or_else(|| same("token-request.code_challenge", "token-request.code_challenge_method"));
    challenge.map(|challenge| Hit::on(verifier).and(challenge.place, "the challenge")).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_a_challenge_is_told() {
        let hex = "13d31e961a1ad8ec2f16b10c4c982e0876a878ad6df144566ee1894acb70f9c3";
        for (text, is_hash, expected) in [
            ("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", true, None),
            ("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=", true, Some(Form::Padded)),
            ("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM=", true, Some(Form::Standard)),
            (hex, true, Some(Form::Hex)),
            (hex, false, None),
            (&base64::encode_url(hex.as_bytes()), true, Some(Form::Base64OfHex)),
        ] {
            assert_eq!(form(text, is_hash), expected, "{text}");
        }
        for hash in [hash_in_hex(hex), hash_in_encoded_hex(&base64::encode_url(hex.as_bytes()))] {
            let hash = hash.map(|bytes| base64::encode_url(&bytes));
            assert_eq!(hash.as_deref(), Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
        }
    }
}
