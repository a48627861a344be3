//! JSON Web Keys and sets of them (RFC 7517, RFC 7518 section 6, RFC 8037), as keys that verify.
//!
//! Read as forgivingly as the numbers allow; what is wrong with a key's members is judged by rules on its facts.

use sha2::{Digest as _, Sha256};

use super::keys::{self, Key, SET};
use super::material::{Curve, Material};
use super::sign::Private;
use crate::decode::base64;
use crate::decode::json::Document;
use crate::facts::Value;
use crate::source::Span;

/// Members of a JWK that are secret.
pub const PRIVATE: &[&str] = &["d", "dp", "dq", "k", "p", "q", "qi", "r", "t"];

/// Sets of more keys than this are not real.
const MOST_KEYS: usize = 256;

/// Keys of a document, what it is, and what is unusual about it.
type Read = (Vec<Key>, &'static str, Option<&'static str>);

/// The keys of a JWK, a key set, or a bare list of JWKs.
pub fn read(document: &Document) -> Option<Read> {
    let root = document.nodes.first()?;
    let all = |parent: usize| {
        let children = document.children(parent).filter(|(_, node)| node.value == Value::Object);
        children.take(MOST_KEYS).map(|(index, _)| key(document, index)).collect::<Vec<Key>>()
    };
    match root.value {
        Value::Array => {
            let keys = all(0);
            let known = document.children(0).any(|(index, _)| document.member(index, "kty").is_some());
            known.then_some((keys, SET, Some("list")))
        }
        Value::Object => {
            if let Some((index, _)) = document.member(0, "keys").filter(|(_, node)| node.value == Value::Array) {
                return Some((all(index), SET, None));
            }
            if document.member(0, "kty").is_some() {
                return Some((vec![key(document, 0)], "a JWK", None));
            }
            None
        }
        _ => None,
    }
}

/// The PEM texts among the members of an object: certificates by `kid`, as Google publishes them, or the private key in
/// the file of a service account.
pub fn pem_members(document: &Document) -> Option<(Vec<Key>, &'static str)> {
    let texts = |mark: &'static str| {
        document.children(0).filter_map(move |(_, node)| {
            let text = node.value.text().filter(|text| text.contains(mark))?;
            Some((node.name.as_ref()?.text.clone(), keys::first_of_pem(text)?))
        })
    };
    let named = |(kid, key): (String, Key)| Key { kid: Some(kid), ..key };
    let certificates: Vec<Key> = texts("-----BEGIN CERTIFICATE").take(MOST_KEYS).map(named).collect();
    if !certificates.is_empty() {
        return Some((certificates, SET));
    }
    let keys: Vec<Key> = texts("-----BEGIN").take(MOST_KEYS).map(|(_, key)| key).collect();
    (!keys.is_empty()).then_some((keys, "a PEM key"))
}

fn key(document: &Document, index: usize) -> Key {
    let text = |name: &str| document.member(index, name).and_then(|(_, node)| node.value.text());
    let owned = |name: &str| text(name).map(str::to_owned);
    let operations = document
        .member(index, "key_ops")
        .map(|(at, _)| document.children(at).filter_map(|(_, node)| node.value.text().map(str::to_owned)).collect());
    let material = material(&text);
    Key {
        private: material.as_ref().and_then(|material| private(material, &text)),
        is_private: text("d").is_some(),
        material,
        kid: owned("kid"),
        alg: owned("alg"),
        usage: owned("use"),
        operations,
    }
}

/// The numbers of a key, of which `text` gives the members.
pub fn material<'a>(text: &dyn Fn(&str) -> Option<&'a str>) -> Option<Material> {
    let bytes = |name: &str| {
        let decoded = base64::decode(text(name)?);
        (decoded.illegal.is_none() && !decoded.bytes.is_empty()).then_some(decoded.bytes)
    };
    match text("kty")? {
        "oct" => Some(Material::Secret(bytes("k")?)),
        "RSA" => {
            let trimmed = |name: &str| {
                let bytes = bytes(name)?;
                let first = bytes.iter().position(|b| *b != 0)?;
                bytes.get(first..).map(<[u8]>::to_vec)
            };
            Some(Material::Rsa { n: trimmed("n")?, e: trimmed("e")? })
        }
        "EC" => point(Curve::of_name(text("crv")?)?, &bytes("x")?, &bytes("y")?),
        "OKP" => match (text("crv")?, bytes("x")?) {
            ("Ed25519", x) => Some(Material::Ed25519(x.try_into().ok()?)),
            ("Ed448", x) if x.len() == 57 => Some(Material::Ed448(x)),
            _ => None,
        },
        _ => None,
    }
}

/// The private half of a key, of which `text` gives the members.
fn private<'a>(material: &Material, text: &dyn Fn(&str) -> Option<&'a str>) -> Option<Private> {
    let bytes = |name: &str| text(name).map(|text| base64::decode(text).bytes);
    let d = bytes("d")?;
    match material {
        Material::Rsa { n, e } => Private::rsa(n, e, &d, &[bytes("p")?, bytes("q")?]),
        Material::Ec { curve, .. } => Some(Private::Ec(*curve, d)),
        Material::Ed25519(_) => Some(Private::Ed25519(d.try_into().ok()?)),
        _ => None,
    }
}

/// A point of two coordinates, which may have lost zeros in front; `None` if it is not on the curve.
pub fn point(curve: Curve, x: &[u8], y: &[u8]) -> Option<Material> {
    let size = curve.size();
    let mut encoded = vec![4];
    for coordinate in [x, y] {
        let first = coordinate.len().saturating_sub(size);
        let (extra, rest) = coordinate.split_at(first);
        if extra.iter().any(|b| *b != 0) {
            return None;
        }
        encoded.extend(std::iter::repeat_n(0, size - rest.len()));
        encoded.extend(rest);
    }
    Material::point(curve, &encoded)
}

/// The JSON with every letter and digit of private members replaced, so that nothing can show them: their size and
/// whatever else is wrong with their encoding stays.
pub fn masked(text: &str, document: &Document) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut hide = |span: Span| {
        for byte in bytes.get_mut(span.range()).unwrap_or_default() {
            if byte.is_ascii_alphanumeric() || !byte.is_ascii() {
                *byte = b'x';
            }
        }
    };
    for node in &document.nodes {
        if node.name.as_ref().is_some_and(|name| PRIVATE.contains(&name.text.as_str())) {
            hide(node.span);
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// Keys that are printed in documents, private half included, by the SHA-256 thumbprint of their public part (RFC 7638).
const EXAMPLES: &[(&str, &str)] = &[
    ("y_x3gCJnL6oKGBBIXScabduwxTVy2Wd2bzRVEUbdUzc", "RFC 7515"),
    ("IsUn6_e04MaShXFIISMp4kG62LWzMIPy_MvSA5pJgX8", "RFC 7515"),
    ("oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U", "RFC 7515"),
    ("u5YUSjQ2-2chBi51NSk3t3g7IM4o2KYcnPqPtCNGd3U", "RFC 7515"),
    ("9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI", "RFC 7520"),
    ("dHri3SADZkrush5HU_50AoRhcKFryN-PI6jPBtPL55M", "RFC 7520"),
    ("RtoRur_1Dir5M4wuOfqNkDYOf9O_4RJ-aHkTA75RLA8", "RFC 7520"),
    ("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", "RFC 8037"),
    ("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", "RFC 7517"),
    ("cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s", "RFC 7517"),
    ("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I", "RFC 9449"),
];

/// The thumbprint of the public part of a key (RFC 7638), of which `text` gives the members; `None` if one is missing.
pub fn thumbprint<'a>(text: &dyn Fn(&str) -> Option<&'a str>) -> Option<String> {
    let names: &[&str] = match text("kty")? {
        "RSA" => &["e", "kty", "n"],
        "EC" => &["crv", "kty", "x", "y"],
        "OKP" => &["crv", "kty", "x"],
        "oct" => &["k", "kty"],
        _ => return None,
    };
    let members: Option<Vec<String>> =
        names.iter().map(|name| Some(format!("\"{name}\":\"{}\"", text(name)?))).collect();
    Some(base64::encode_url(&Sha256::digest(format!("{{{}}}", members?.join(",")))))
}

/// The document that a key is printed in, if it is one of those.
pub fn example_of<'a>(text: &dyn Fn(&str) -> Option<&'a str>) -> Option<&'static str> {
    let thumbprint = thumbprint(text)?;
    EXAMPLES.iter().find(|(known, _)| *known == thumbprint).map(|(_, document)| *document)
}

/// Primes by which keys of the broken generator of CVE-2017-15361 are known: modulo each of them such a modulus is a power
/// of 65537. Another one is so by chance once in 10^27.
const ROCA_PRIMES: &[u32] = &[11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157];

/// True if a modulus has the pattern of CVE-2017-15361.
pub fn has_roca_pattern(n: &[u8]) -> bool {
    ROCA_PRIMES.iter().all(|prime| {
        let rest = n.iter().fold(0_u32, |rest, byte| (rest * 256 + u32::from(*byte)) % prime);
        let mut power = 1;
        (0..*prime).any(|_| {
            power = power * (65537 % prime) % prime;
            power == rest
        })
    })
}
