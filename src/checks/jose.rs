//! The shape of a JOSE token: its parts and their encoding (RFC 7515 sections 2 and 7.1).

use crate::checks::{Check, Context, Hit, jose_content};
use crate::decode::jwt;
use crate::facts::Fact;
use crate::platform::Mark;
use crate::source::Place;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "jwt-signature-missing", about: PARTS, offers: &["ends"], run: signature_missing },
    Check { name: "jwt-header-only", about: PARTS, offers: &[], run: header_only },
    Check { name: "jwt-segment-count", about: PARTS, offers: &["parts", "guess"], run: segment_count },
    Check { name: "jwt-signature-empty", about: PARTS, offers: &[], run: signature_empty },
    Check { name: "jwt-payload-empty", about: PARTS, offers: &["meaning"], run: payload_empty },
    Check {
        name: "jwt-impossible-length",
        about: TROUBLE,
        offers: &["part", "characters", "missing"],
        run: impossible_length,
    },
    Check {
        name: "jwt-standard-base64",
        about: TROUBLE,
        offers: &["part", "character", "signed"],
        run: standard_base64,
    },
    Check { name: "jwt-padding", about: TROUBLE, offers: &["part", "signed"], run: padding },
    Check {
        name: "jwt-illegal-character",
        about: TROUBLE,
        offers: &["part", "character", "at"],
        run: illegal_character,
    },
    Check { name: "jwt-tail-bits", about: PARTS, offers: &["part"], run: tail_bits },
    Check { name: "jwt-lookalike", about: &["credential.form"], offers: &["format"], run: lookalike },
];

const PARTS: &[&str] = &["jwt.parts"];
const TROUBLE: &[&str] = &["jwt.trouble"];

/// The parts of the token, between the dots; empty if it is none.
pub(super) fn segments(cx: &Context) -> Vec<Place> {
    let Some(token) = cx.one("jwt.parts").map(|f| f.place) else { return Vec::new() };
    let mut at = 0;
    cx.sources
        .text(token)
        .split('.')
        .map(|segment| {
            let place = token.part(at, at + segment.len());
            at += segment.len() + 1;
            place
        })
        .collect()
}

/// True for a token that is encrypted, or meant to be.
pub(super) fn is_jwe(cx: &Context) -> bool {
    cx.own().iter().any(|f| f.path.as_str() == "jwe.header" || f.path.as_str().starts_with("jwe."))
}

fn is_none(cx: &Context) -> bool {
    cx.text("jwt.header.alg").is_some_and(|alg| alg.trim().eq_ignore_ascii_case("none"))
}

/// What a part is called.
fn name_of(index: usize, jwe: bool) -> &'static str {
    let names: &[&str] = if jwe {
        &["header", "encrypted key", "initialization vector", "ciphertext", "authentication tag"]
    } else {
        &["header", "payload", "signature"]
    };
    names.get(index).copied().unwrap_or("part behind the last dot")
}

/// The part in which a place lies.
fn part_at(cx: &Context, place: Place) -> Option<(usize, Place)> {
    segments(cx).into_iter().enumerate().find(|(_, s)| s.source == place.source && s.span.contains(place.span))
}

/// Troubles of a kind, each with its part.
fn troubles<'a>(cx: &Context<'a>, kind: &str) -> Vec<(&'a Fact, usize, Place)> {
    cx.all("jwt.trouble")
        .filter(|f| f.value.text() == Some(kind))
        .filter_map(|f| part_at(cx, f.place).map(|(index, segment)| (f, index, segment)))
        .collect()
}

/// True where only a JWT will do: as a Bearer token, in a parameter for one, or by its own word.
pub(super) fn is_jwt_expected(cx: &Context) -> bool {
    let is = |path: &'static str, names: &[&str]| {
        cx.text(path).is_some_and(|text| names.iter().any(|n| n.eq_ignore_ascii_case(text)))
    };
    is("auth.scheme", &["bearer", "jwt", "dpop"])
        || is("auth.name", &["access_token", "id_token", "client_assertion", "assertion", "dpop"])
        || cx.text("jwt.header.typ").is_some_and(|typ| typ.to_ascii_lowercase().ends_with("jwt"))
}

fn signature_missing(cx: &Context) -> Vec<Hit> {
    let parts = segments(cx);
    let &[_, payload] = parts.as_slice() else { return Vec::new() };
    if is_jwe(cx) || is_none(cx) || payload.span.is_empty() {
        return Vec::new();
    }
    let damaged = cx.one("jwt.claims").is_none() || cx.one("jwt.claims_trouble").is_some();
    let ends = if damaged { "inside its payload" } else { "after its payload" };
    vec![Hit::at(payload.end()).told("ends", ends)]
}

fn header_only(cx: &Context) -> Vec<Hit> {
    let only = match segments(cx).as_slice() {
        [header] => *header,
        [header, rest] if rest.span.is_empty() => *header,
        _ => return Vec::new(),
    };
    if is_jwe(cx) { Vec::new() } else { vec![Hit::at(only.end())] }
}

fn segment_count(cx: &Context) -> Vec<Hit> {
    let parts = segments(cx);
    let excess = if is_jwe(cx) { 5 } else { 3 };
    let Some(first) = parts.get(excess) else { return Vec::new() };
    let rest = match parts.last() {
        Some(last) => first.part(0, last.span.end - first.span.start),
        None => *first,
    };
    let again = parts.iter().skip(1).any(|p| jwt::form(cx.sources.text(*p)).is_some());
    let guess = if again {
        "a second token follows the first"
    } else if cx.sources.text(rest).chars().all(|c| c == '.') {
        "there is a dot too many at the end"
    } else {
        "something was appended, or two values were joined"
    };
    vec![Hit::at(rest).told("parts", parts.len()).told("guess", guess)]
}

fn signature_empty(cx: &Context) -> Vec<Hit> {
    match segments(cx).as_slice() {
        [_, _, signature] if signature.span.is_empty() && !is_jwe(cx) && !is_none(cx) => vec![Hit::at(*signature)],
        _ => Vec::new(),
    }
}

fn payload_empty(cx: &Context) -> Vec<Hit> {
    match segments(cx).as_slice() {
        [_, payload, signature] if payload.span.is_empty() && !signature.span.is_empty() && !is_jwe(cx) => {
            let expected = is_jwt_expected(cx);
            let meaning = if expected { "an API finds no claims in it" } else { "a detached signature looks so" };
            let mut hit = Hit::at(*payload).told("meaning", meaning);
            hit.mark = if expected { Mark::D } else { Mark::M };
            vec![hit]
        }
        _ => Vec::new(),
    }
}

fn impossible_length(cx: &Context) -> Vec<Hit> {
    let needed = cx.text("jwt.header.alg").and_then(super::signature::fixed_sizes).unwrap_or_default();
    let list = troubles(cx, "impossible-length");
    let beginning = jose_content::lost_beginning(cx).is_some();
    list.into_iter()
        .filter(|(_, index, _)| *index > 0 || !beginning)
        .map(|(_, index, segment)| {
            let characters = segment.span.len();
            let wanted = needed.iter().map(|bytes| (bytes * 8).div_ceil(6)).find(|n| *n > characters);
            let missing = match wanted.filter(|_| index == 2 && !is_jwe(cx)) {
                Some(wanted) => {
                    format!("the signature of this algorithm has {wanted}, so {} are missing", wanted - characters)
                }
                None => "at least one is missing or too many".to_owned(),
            };
            Hit::at(segment)
                .told("part", name_of(index, is_jwe(cx)))
                .with("characters", characters)
                .told("missing", missing)
        })
        .collect()
}

/// One hit for all parts with that trouble; the first is the one that is shown.
fn first_of(cx: &Context, kind: &str, label: &'static str) -> Option<(Hit, usize)> {
    let list = troubles(cx, kind);
    let (first, rest) = list.split_first()?;
    let mut hit = Hit::on(first.0).told("part", name_of(first.1, is_jwe(cx)));
    for (fact, ..) in rest {
        hit = hit.and(fact.place, label);
    }
    // Parts one and two are what was signed.
    let signed = list.iter().filter(|(_, index, _)| *index < 2).count();
    Some((hit, signed))
}

const SIGNED: &str = "let the issuer encode it rightly before signing: to change these characters breaks the signature";

fn standard_base64(cx: &Context) -> Vec<Hit> {
    let Some((hit, signed)) = first_of(cx, "standard-base64", "here too") else { return Vec::new() };
    let character: String = cx.sources.text(hit.at).chars().take(1).collect();
    let advice = if signed > 0 {
        SIGNED
    } else if super::signature::has_right_size(cx) {
        "write `-` for `+` and `_` for `/` in the signature"
    } else {
        "copy the token again: with this character the signature has a wrong length too, so something was added to it"
    };
    vec![hit.with("character", character).told("signed", advice)]
}

fn padding(cx: &Context) -> Vec<Hit> {
    let Some((hit, signed)) = first_of(cx, "padding", "here too") else { return Vec::new() };
    let advice = if signed > 0 {
        "let the issuer drop the padding before signing; some gateways sign the padded form, so removing it here breaks the signature"
    } else {
        "remove the `=` at the end"
    };
    vec![hit.told("signed", advice)]
}

fn illegal_character(cx: &Context) -> Vec<Hit> {
    troubles(cx, "illegal-character")
        .into_iter()
        .take(1)
        .map(|(fact, index, segment)| {
            let before = segment.part(0, fact.place.span.start - segment.span.start);
            let at = cx.sources.text(before).chars().count() + 1;
            let character = cx.sources.text(fact.place).chars().next().unwrap_or(' ');
            let shown = match character {
                ' ' => "a space".to_owned(),
                c if c.is_control() || !c.is_ascii() => format!("U+{:04X}", u32::from(c)),
                c => format!("`{c}`"),
            };
            Hit::on(fact).told("part", name_of(index, is_jwe(cx))).with("character", shown).with("at", at)
        })
        .collect()
}

pub(super) fn has_trouble(cx: &Context, kind: &str) -> Option<Place> {
    cx.all("jwt.trouble").find(|f| f.value.text() == Some(kind)).map(|f| f.place)
}

/// Formats with dots or encoded JSON in them that are no JOSE.
fn lookalike(cx: &Context) -> Vec<Hit> {
    let Some(fact) = cx.own().iter().find(|f| f.path.as_str() == "credential.form") else { return Vec::new() };
    let format = match fact.value.text().unwrap_or_default() {
        "paseto" => "a PASETO token",
        "fernet" => "a Fernet token",
        "saml" => "a SAML assertion in base64",
        "macaroon" => "a macaroon",
        "laravel" => "an encrypted Laravel cookie",
        "session" => "a session cookie signed by Flask, Django or another program with itsdangerous",
        _ => return Vec::new(),
    };
    vec![Hit::at(fact.place).told("format", format)]
}

/// Bits of a last character that stand for nothing are zero when an encoder wrote it (RFC 4648 section 3.5).
fn tail_bits(cx: &Context) -> Vec<Hit> {
    let parts = segments(cx);
    let odd = parts.iter().enumerate().filter(|(_, place)| {
        let text = cx.sources.text(**place);
        let spare = match text.len() % 4 {
            2 => 0b1111,
            3 => 0b11,
            _ => return false,
        };
        text.bytes().last().and_then(value_of).is_some_and(|value| value & spare != 0)
    });
    odd.map(|(index, place)| {
        let last = place.span.len().saturating_sub(1);
        Hit::at(place.part(last, place.span.len())).told("part", name_of(index, is_jwe(cx)))
    })
    .collect()
}

/// What a character of base64url stands for.
fn value_of(character: u8) -> Option<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    ALPHABET.iter().position(|c| *c == character).and_then(|at| u8::try_from(at).ok())
}
