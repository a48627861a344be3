//! The bytes of a signature, judged without a key: their number and form follow from the algorithm (RFC 7518 section 3).

use ::base64::Engine as _;
use ::base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::checks::{Check, Context, Fixer, Hit};
use crate::decode::{base64, hex};
use crate::facts::Fact;
use crate::finding::Edit;
use crate::platform::Mark;
use crate::verify::ecdsa::from_der;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "signature-length", about: SIGNATURE, offers: &["alg", "size", "needed", "fits"], run: length },
    Check { name: "signature-rsa-length", about: SIGNATURE, offers: &["alg", "size"], run: rsa_length },
    Check { name: "signature-rsa-key-too-small", about: SIGNATURE, offers: &["alg", "bits"], run: rsa_key_too_small },
    Check { name: "signature-der", about: SIGNATURE, offers: &["alg", "needed"], run: der },
    Check {
        name: "signature-short-integers",
        about: SIGNATURE,
        offers: &["alg", "size", "needed", "half"],
        run: short_integers,
    },
    Check { name: "signature-hex", about: SIGNATURE, offers: &["alg", "needed"], run: hexadecimal },
    Check { name: "signature-encoded-twice", about: SIGNATURE, offers: &["alg"], run: encoded_twice },
    Check { name: "signature-dummy", about: SIGNATURE, offers: &["reason"], run: dummy },
];

/// The fixers of this group.
pub const FIXERS: &[Fixer] = &[
    Fixer { name: "signature-raw", run: |cx, _| rewritten(cx, |s| from_der(&s.bytes, s.needed.first().copied()?)) },
    Fixer { name: "signature-unhexed", run: |cx, _| rewritten(cx, unhexed) },
    Fixer { name: "signature-decoded-once", run: |cx, _| rewritten(cx, decoded_once) },
    Fixer { name: "signature-base64url", run: |cx, _| url_safe(cx) },
    Fixer { name: "signature-unpadded", run: |cx, _| unpadded(cx) },
];

const SIGNATURE: &[&str] = &["jwt.signature"];

/// The sizes in bytes that a signature of this algorithm can have; `None` for those whose size the key decides.
pub(super) fn fixed_sizes(alg: &str) -> Option<&'static [usize]> {
    Some(match alg {
        "HS256" => &[32],
        "HS384" => &[48],
        "HS512" | "ES256" | "ES256K" | "Ed25519" => &[64],
        "ES384" => &[96],
        "ES512" => &[132],
        "Ed448" => &[114],
        "EdDSA" => &[64, 114],
        "ML-DSA-44" => &[2420],
        "ML-DSA-65" => &[3309],
        "ML-DSA-87" => &[4627],
        _ => return None,
    })
}

/// Which algorithms make signatures of that size.
fn fits(size: usize) -> Option<&'static str> {
    Some(match size {
        32 => "HS256",
        48 => "HS384",
        64 => "HS512, ES256 or Ed25519",
        96 => "ES384",
        114 => "Ed448",
        132 => "ES512",
        256 => "RS256 or PS256 with a key of 2048 bits",
        384 => "RS256 or PS256 with a key of 3072 bits",
        512 => "RS256 or PS256 with a key of 4096 bits",
        _ => return None,
    })
}

fn is_rsa(alg: &str) -> bool {
    matches!(alg, "RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512")
}

/// A signature that could be decoded.
struct Signature<'a> {
    fact: &'a Fact,
    alg: &'a str,
    text: &'a str,
    bytes: Vec<u8>,
    /// See [`fixed_sizes`]; empty for RSA.
    needed: &'static [usize],
}

/// The signature of the token, unless it is empty, damaged in its encoding, or of an algorithm that is not known.
fn read<'a>(cx: &Context<'a>) -> Option<Signature<'a>> {
    let fact = cx.one("jwt.signature").filter(|f| !f.hole)?;
    let (alg, text) = (cx.text("jwt.header.alg")?, fact.value.text()?);
    let needed = fixed_sizes(alg).or(is_rsa(alg).then_some(&[]))?;
    let decoded = base64::decode(text);
    let damaged = text.is_empty() || decoded.illegal.is_some() || decoded.impossible_length;
    let parts = cx.int("jwt.parts") == Some(3);
    (!damaged && parts).then_some(Signature { fact, alg, text, bytes: decoded.bytes, needed })
}

/// The signature, unless its size is the one that its algorithm makes: then its form is right, too.
fn odd<'a>(cx: &Context<'a>) -> Option<Signature<'a>> {
    let size = cx.int("jwt.signature_size").and_then(|size| usize::try_from(size).ok())?;
    let is_right = cx.text("jwt.header.alg").and_then(fixed_sizes).is_some_and(|needed| needed.contains(&size));
    if is_right { None } else { read(cx) }
}

/// True if the signature has a size that its algorithm makes, or if that is not known.
pub(super) fn has_right_size(cx: &Context) -> bool {
    read(cx).is_none_or(|s| {
        let size = s.bytes.len();
        if s.needed.is_empty() { size >= 128 && size % 8 == 0 } else { s.needed.contains(&size) }
    })
}

fn sizes(needed: &[usize]) -> String {
    needed.iter().map(usize::to_string).collect::<Vec<_>>().join(" or ")
}

fn length(cx: &Context) -> Vec<Hit> {
    let Some(s) = odd(cx).filter(|s| !s.needed.is_empty() && !s.needed.contains(&s.bytes.len())) else {
        return Vec::new();
    };
    let size = s.bytes.len();
    let short = s.needed.iter().any(|n| size < *n);
    let reason = match fits(size) {
        Some(alg) => format!("that is the size of {alg}"),
        None if short => "the end was cut off".to_owned(),
        None => "something was added to it".to_owned(),
    };
    vec![hit(&s).with("size", size).told("needed", sizes(s.needed)).told("fits", reason)]
}

fn hit(s: &Signature) -> Hit {
    Hit::on(s.fact).with("alg", s.alg)
}

/// Key sizes that are in use, in bytes.
const RSA_SIZES: &[usize] = &[128, 192, 256, 384, 512, 1024];

fn rsa_length(cx: &Context) -> Vec<Hit> {
    let Some(s) = read(cx).filter(|s| s.needed.is_empty() && !RSA_SIZES.contains(&s.bytes.len())) else {
        return Vec::new();
    };
    let size = s.bytes.len();
    let mut hit = hit(&s).with("size", size);
    // Keys of an odd size exist, but not of one below 2048 bits or with a broken number of words.
    if size >= 256 && size % 8 == 0 {
        hit.mark = Mark::T;
    }
    vec![hit]
}

fn rsa_key_too_small(cx: &Context) -> Vec<Hit> {
    let Some(s) = read(cx).filter(|s| s.needed.is_empty() && matches!(s.bytes.len(), 128 | 192)) else {
        return Vec::new();
    };
    vec![hit(&s).with("bits", s.bytes.len() * 8)]
}

fn is_ecdsa(s: &Signature) -> bool {
    s.alg.starts_with("ES")
}

fn der(cx: &Context) -> Vec<Hit> {
    let found = odd(cx).filter(|s| is_ecdsa(s) && s.needed.iter().any(|n| from_der(&s.bytes, *n).is_some()));
    found.map(|s| hit(&s).told("needed", sizes(s.needed))).into_iter().collect()
}

fn short_integers(cx: &Context) -> Vec<Hit> {
    let Some(s) = odd(cx).filter(is_ecdsa) else { return Vec::new() };
    let size = s.bytes.len();
    let short = s.needed.iter().any(|n| (1..=4).contains(&n.saturating_sub(size)));
    let plausible = short && s.needed.iter().all(|n| from_der(&s.bytes, *n).is_none()) && fits(size).is_none();
    if !plausible {
        return Vec::new();
    }
    let halves: Vec<usize> = s.needed.iter().map(|n| n / 2).collect();
    vec![hit(&s).with("size", size).told("needed", sizes(s.needed)).told("half", sizes(&halves))]
}

/// The bytes that a signature in hexadecimal stands for, whether the digits stand in the token or were encoded again.
fn unhexed(s: &Signature) -> Option<Vec<u8>> {
    let inner = std::str::from_utf8(&s.bytes).unwrap_or("");
    [s.text, inner].into_iter().find_map(|text| hex::decode(text).filter(|bytes| s.needed.contains(&bytes.len())))
}

fn hexadecimal(cx: &Context) -> Vec<Hit> {
    let found = odd(cx).filter(|s| unhexed(s).is_some());
    found.map(|s| hit(&s).told("needed", sizes(s.needed))).into_iter().collect()
}

/// The bytes of a signature that was encoded twice.
fn decoded_once(s: &Signature) -> Option<Vec<u8>> {
    let inner = std::str::from_utf8(&s.bytes).ok()?;
    let decoded = base64::decode(inner.trim());
    let whole = decoded.illegal.is_none() && !decoded.impossible_length && unhexed(s).is_none();
    let size = decoded.bytes.len();
    let fits = s.needed.contains(&size) || s.needed.is_empty() && RSA_SIZES.contains(&size);
    (whole && fits).then_some(decoded.bytes)
}

fn encoded_twice(cx: &Context) -> Vec<Hit> {
    odd(cx).filter(|s| decoded_once(s).is_some()).map(|s| hit(&s)).into_iter().collect()
}

const DUMMIES: &[&str] = &["dummy", "fake", "invalid", "sig", "signature", "test", "xxx"];

fn dummy(cx: &Context) -> Vec<Hit> {
    let Some(fact) = cx.one("jwt.signature").filter(|f| !f.hole) else { return Vec::new() };
    let alg = cx.text("jwt.header.alg").unwrap_or_default();
    let text = fact.value.text().unwrap_or_default();
    let bytes = base64::decode(text).bytes;
    let word = |text: &str| {
        let text = text.to_ascii_lowercase();
        let letters = text.trim_matches(|c: char| !c.is_ascii_alphabetic());
        DUMMIES.contains(&letters) || text.contains("signature") && text.len() < 40
    };
    let inner = std::str::from_utf8(&bytes).unwrap_or("");
    let readable = bytes.len() >= 16 && bytes.iter().all(|b| (0x20..0x7f).contains(b));
    let encoded = read(cx).is_some_and(|s| unhexed(&s).is_some() || decoded_once(&s).is_some());
    let halves = bytes.split_at(bytes.len() / 2);
    let zero = |half: &[u8]| !half.is_empty() && half.iter().all(|b| *b == 0);
    let reason = if word(text) || word(inner) || readable && !encoded {
        "it is readable text, not the result of a computation"
    } else if bytes.len() >= 16 && bytes.iter().all(|b| Some(b) == bytes.first()) {
        "all its bytes are the same"
    } else if alg.starts_with("ES") && bytes.len() >= 64 && (zero(halves.0) || zero(halves.1)) {
        "one of its two numbers is zero, which is how signatures are forged for broken verifiers (CVE-2022-21449)"
    } else {
        return Vec::new();
    };
    vec![Hit::on(fact).told("reason", reason)]
}

/// Replaces the signature by those bytes.
fn rewritten(cx: &Context, bytes: impl Fn(&Signature) -> Option<Vec<u8>>) -> Vec<Edit> {
    let edit = read(cx).and_then(|s| {
        let place = cx.sources.editable(s.fact.place)?;
        Some(Edit { place, text: URL_SAFE_NO_PAD.encode(bytes(&s)?), secret: true })
    });
    edit.into_iter().collect()
}

/// Replaces `+` and `/` in the signature, where that alone was wrong.
fn url_safe(cx: &Context) -> Vec<Edit> {
    let Some(s) = read(cx).filter(|_| has_right_size(cx) && !is_signed_part_wrong(cx, "standard-base64")) else {
        return Vec::new();
    };
    let edits = s.text.char_indices().filter_map(|(at, c)| {
        let text = match c {
            '+' => "-",
            '/' => "_",
            _ => return None,
        };
        let place = cx.sources.editable(s.fact.place.part(at, at + 1))?;
        Some(Edit { place, text: text.to_owned(), secret: false })
    });
    edits.collect()
}

/// Removes the padding of the signature, where no other part has any.
fn unpadded(cx: &Context) -> Vec<Edit> {
    let Some(fact) = cx.one("jwt.signature").filter(|_| !is_signed_part_wrong(cx, "padding")) else {
        return Vec::new();
    };
    let text = fact.value.text().unwrap_or_default();
    let place = fact.place.part(text.trim_end_matches('=').len(), text.len());
    let edit = cx.sources.editable(place).map(|place| Edit { place, text: String::new(), secret: false });
    edit.into_iter().collect()
}

/// True if header or payload has this trouble: what was signed is never changed.
fn is_signed_part_wrong(cx: &Context, kind: &str) -> bool {
    let signature = cx.one("jwt.signature").map(|f| f.place);
    cx.all("jwt.trouble")
        .any(|f| f.value.text() == Some(kind) && !signature.is_some_and(|s| s.span.contains(f.place.span)))
}
