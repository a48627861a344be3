//! Why a signature does not verify: the mistakes that people make, tried one by one.
//!
//! Each try changes one thing: what the secret was, which algorithm signed, what was signed, how the signature was
//! written. One that verifies is proven, since nothing else makes a signature fit. The order is that of how often a
//! mistake is met; the number of tries is bounded by the number of keys.

use super::algorithm;
use super::keys::{GivenKey, Key};
use super::material::Material;
use super::token::Token;
use crate::decode::{base64, hex};

/// A mistake that is proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// Its name, as rules know it.
    pub id: &'static str,
    /// The algorithm that signed, where it is another than the header says.
    pub alg: Option<&'static str>,
    /// What exactly.
    pub detail: Option<&'static str>,
}

impl Cause {
    /// A cause without more to say.
    pub fn of(id: &'static str) -> Self {
        Self { id, alg: None, detail: None }
    }
}

/// At most so many keys are tried with every mistake.
const MOST_KEYS: usize = 16;

/// RSA keys above this size are not tried with every mistake.
const MOST_RSA_BITS: usize = 4096;

/// The mistake that explains the signature, with the key that proves it.
pub fn find<'a>(token: &Token, keys: &'a [GivenKey]) -> Option<(Cause, &'a GivenKey, &'a Key)> {
    let all = keys.iter().flat_map(|given| given.keys.iter().map(move |key| (given, key))).take(MOST_KEYS);
    for (given, key) in all {
        // With a huge key each try takes long.
        let small = |material: &&Material| material.rsa_bits().is_none_or(|bits| bits <= MOST_RSA_BITS);
        let Some(material) = key.material.as_ref().filter(small) else { continue };
        let cause = match material {
            Material::Secret(secret) => secret_cause(token, secret),
            _ => public_key_cause(token, given),
        };
        let cause = cause.or_else(|| other_algorithm(token, material)).or_else(|| other_bytes(token, material));
        if let Some(cause) = cause {
            return Some((cause, given, key));
        }
    }
    None
}

/// The secret was another form of the one that was given.
fn secret_cause(token: &Token, secret: &[u8]) -> Option<Cause> {
    if !token.alg.starts_with("HS") {
        return None;
    }
    let tries = |secret: &[u8]| algorithm::hmac_verifies(token.alg, secret, token.input, &token.signature);
    let mut forms: Vec<(&'static str, &'static str, Vec<u8>)> = Vec::new();
    let text = std::str::from_utf8(secret).ok();
    if let Some(text) = text {
        let blank = |c: char| c.is_whitespace() || matches!(c, '\0' | '\u{feff}' | '\u{200b}');
        let trimmed = text.trim_matches(blank);
        let inside = ['"', '\'', '`'].iter().find_map(|q| trimmed.strip_prefix(*q)?.strip_suffix(*q));
        if trimmed.len() < text.len() {
            forms.push(("secret-whitespace", "without them", trimmed.into()));
        }
        for end in ["\n", "\r\n", " ", "\r", "\0"] {
            forms.push(("secret-line-end", written_end(end), format!("{trimmed}{end}").into_bytes()));
        }
        if let Some(inside) = inside {
            forms.push(("secret-quotes", "without them", inside.into()));
        }
        for quote in ['"', '\'', '`'] {
            forms.push(("secret-quoted", written_quote(quote), format!("{quote}{trimmed}{quote}").into_bytes()));
        }
        if text.contains('\\') {
            let read = text.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t").replace("\\\\", "\\");
            forms.push(("secret-escapes", "with the escapes read", read.into_bytes()));
        }
        if text.contains('%') {
            let decoded = percent_encoding::percent_decode_str(text).collect();
            forms.push(("secret-percent", "percent-decoded", decoded));
        }
        for (text, _) in [(trimmed, true), (inside.unwrap_or(trimmed), inside.is_some())] {
            if let Some(bytes) = unhexed(text) {
                forms.push(("secret-hex", "hexadecimal digits", bytes));
            }
            let decoded = base64::decode(text);
            if decoded.illegal.is_none() && !decoded.bytes.is_empty() {
                let alphabet = if decoded.url_safe.is_some() { "base64url" } else { "base64" };
                forms.push(("secret-base64", alphabet, decoded.bytes));
            }
        }
    }
    // The other way round: the bytes were given, and the signer took their text.
    for (detail, text) in encodings(secret) {
        forms.push(("secret-encoded", detail, text.into_bytes()));
    }
    let found = forms.into_iter().find(|(_, _, bytes)| bytes != secret && tries(bytes));
    found.map(|(id, detail, _)| Cause { detail: Some(detail), ..Cause::of(id) })
}

fn written_end(end: &str) -> &'static str {
    match end {
        "\n" => "a line feed",
        "\r\n" => "a carriage return and a line feed",
        "\r" => "a carriage return",
        "\0" => "a NUL",
        _ => "a blank",
    }
}

fn written_quote(quote: char) -> &'static str {
    match quote {
        '"' => "double quotes",
        '\'' => "single quotes",
        _ => "backquotes",
    }
}

/// Texts that stand for bytes.
fn encodings(bytes: &[u8]) -> [(&'static str, String); 6] {
    let (standard, url) = (base64::encode(bytes), base64::encode_url(bytes));
    let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    [
        ("base64", standard.clone()),
        ("base64url", url.clone()),
        ("base64", standard.trim_end_matches('=').to_owned()),
        ("base64url", format!("{url}{}", "=".repeat((4 - url.len() % 4) % 4))),
        ("hexadecimal", hex.to_ascii_uppercase()),
        ("hexadecimal", hex),
    ]
}

fn unhexed(text: &str) -> Option<Vec<u8>> {
    hex::decode(text.strip_prefix("0x").unwrap_or(text)).filter(|bytes| !bytes.is_empty())
}

/// The public key served as a shared secret: a forgery, or a signer that took it for one.
fn public_key_cause(token: &Token, given: &GivenKey) -> Option<Cause> {
    if !token.alg.starts_with("HS") {
        return None;
    }
    let bytes = given.bytes();
    let text = std::str::from_utf8(bytes).unwrap_or("");
    let trimmed = text.trim();
    let lines: Vec<&str> = trimmed.lines().map(str::trim).collect();
    let body: String = lines.iter().filter(|line| !line.starts_with("-----")).copied().collect();
    let der = base64::decode(&body);
    let forms = [
        bytes.to_vec(),
        trimmed.into(),
        format!("{trimmed}\n").into_bytes(),
        lines.join("\n").into_bytes(),
        format!("{}\n", lines.join("\n")).into_bytes(),
        format!("{}\r\n", lines.join("\r\n")).into_bytes(),
        body.into_bytes(),
        der.bytes,
    ];
    let tries = |secret: &Vec<u8>| {
        !secret.is_empty() && algorithm::hmac_verifies(token.alg, secret, token.input, &token.signature)
    };
    let parts = || {
        given.keys.iter().filter_map(|key| key.material.as_ref()).any(|material| match material {
            Material::Rsa { n, .. } => tries(n) || tries(&base64::encode_url(n).into_bytes()),
            Material::Ec { point, .. } => tries(point),
            Material::Ed25519(key) => tries(&key.to_vec()),
            _ => false,
        })
    };
    (forms.iter().any(tries) || parts()).then(|| Cause::of("public-key-as-secret"))
}

/// All algorithms that can be verified, with the families that share a key.
const ALGORITHMS: &[&str] = &[
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
    "ES256K", "EdDSA",
];

/// Another algorithm signed than the header says.
fn other_algorithm(token: &Token, material: &Material) -> Option<Cause> {
    let size = token.signature.len();
    let fits = |alg: &&&str| match **alg {
        "HS256" => size == 32,
        "HS384" => size == 48,
        "HS512" | "ES256" | "ES256K" | "EdDSA" => size == 64,
        "ES384" => size == 96,
        "ES512" => size == 132,
        _ => true,
    };
    let others = ALGORITHMS.iter().filter(|alg| **alg != token.alg && material.serves(alg));
    let found = others.filter(fits).find(|alg| token.verifies(alg, material))?;
    // The name in the header is one that `jwt/alg-…` rules mend; the algorithm is the same.
    Some(Cause { alg: Some(found), ..Cause::of("other-algorithm") })
}

/// Other bytes were signed than the standard says, or the signature is written in another way.
fn other_bytes(token: &Token, material: &Material) -> Option<Cause> {
    if !material.serves(token.alg) {
        return None;
    }
    let verifies = |input: &[u8], signature: &[u8]| algorithm::verifies(token.alg, material, input, signature);
    if signatures(token).iter().any(|signature| verifies(token.input, signature)) {
        return Some(Cause::of("signature-form"));
    }
    let (id, detail, _) = inputs(token).into_iter().find(|(_, _, input)| verifies(input, &token.signature))?;
    Some(Cause { detail: Some(detail), ..Cause::of(id) })
}

/// What someone may have signed instead of the first two parts.
fn inputs(token: &Token) -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let (header, payload) = (base64::decode(token.header), base64::decode(token.payload));
    let join = |a: &[u8], between: &[u8], b: &[u8]| [a, between, b].concat();
    let mut list = Vec::new();
    let texts = |standard: bool, padded: bool| {
        let encode = |bytes: &[u8]| {
            let text = if standard { base64::encode(bytes) } else { base64::encode_url(bytes) };
            let bare = text.trim_end_matches('=').to_owned();
            if padded { format!("{bare}{}", "=".repeat((4 - bare.len() % 4) % 4)) } else { bare }
        };
        join(encode(&header.bytes).as_bytes(), b".", encode(&payload.bytes).as_bytes())
    };
    list.push(("padded-input", "with padding", texts(false, true)));
    // The signer did it right, and the token was changed later: rules on its encoding say so.
    list.push(("token-form", "the text as it should be", texts(false, false)));
    list.push(("standard-base64-input", "with padding", texts(true, true)));
    list.push(("standard-base64-input", "without padding", texts(true, false)));
    list.push((
        "decoded-input",
        "the JSON of header and claims, with a dot",
        join(&header.bytes, b".", &payload.bytes),
    ));
    list.push(("decoded-input", "the JSON of header and claims", join(&header.bytes, b"", &payload.bytes)));
    list.push(("decoded-input", "the JSON of the claims alone", payload.bytes.clone()));
    list.push(("payload-only", "the second part alone", token.payload.as_bytes().to_vec()));
    list.push(("input-end", "the two parts with one more dot", join(token.input, b".", b"")));
    list.push(("input-end", "the two parts with a line feed", join(token.input, b"\n", b"")));
    list.push((
        "without-dot",
        "the two parts without the dot",
        join(token.header.as_bytes(), b"", token.payload.as_bytes()),
    ));
    list
}

/// What the signature may have been before someone wrote it down in another form.
fn signatures(token: &Token) -> Vec<Vec<u8>> {
    let mut list = Vec::new();
    let text = std::str::from_utf8(&token.signature).unwrap_or("");
    list.extend(unhexed(token.signature_text));
    list.extend(unhexed(text.trim()));
    if !text.is_empty() {
        list.push(base64::decode(text.trim()).bytes);
    }
    if let Some(size) = token.alg.strip_prefix("ES").and_then(|rest| match rest {
        "256" | "256K" => Some(64),
        "384" => Some(96),
        "512" => Some(132),
        _ => None,
    }) {
        list.extend(super::ecdsa::from_der(&token.signature, size));
    }
    list
}
