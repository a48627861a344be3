//! Encrypted tokens: how long each part has to be, and who can read them (RFC 7516, RFC 7518 sections 4 and 5).

use crate::checks::{Check, Context, Hit, jose};

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "jwe-truncated", about: HEADER, offers: &["parts"], run: truncated },
    Check { name: "jwe-part-length", about: HEADER, offers: &["part", "size", "wanted"], run: part_length },
    Check { name: "jwe-key-empty", about: HEADER, offers: &["alg"], run: key_empty },
    Check { name: "jwe-key-not-empty", about: HEADER, offers: &["alg", "size"], run: key_not_empty },
];

const HEADER: &[&str] = &["jwe.header"];

/// Content encryption: its key, initialization vector and tag in bytes, and the block that ciphertext fills.
struct Encryption {
    key: i128,
    iv: i128,
    tag: i128,
    block: i128,
}

fn encryption(name: &str) -> Option<Encryption> {
    let (key, iv, tag, block) = match name {
        "A128GCM" => (16, 12, 16, 1),
        "A192GCM" => (24, 12, 16, 1),
        "A256GCM" => (32, 12, 16, 1),
        "A128CBC-HS256" => (32, 16, 16, 16),
        "A192CBC-HS384" => (48, 16, 24, 16),
        "A256CBC-HS512" => (64, 16, 32, 16),
        _ => return None,
    };
    Some(Encryption { key, iv, tag, block })
}

/// Fewer parts than five, or nothing in the last.
fn truncated(cx: &Context) -> Vec<Hit> {
    let parts = jose::segments(cx);
    let cut = parts.len() < 5 || parts.len() == 5 && parts.last().is_some_and(|p| p.span.is_empty());
    let found = parts.last().filter(|_| cut && cx.one("jwe.header.enc").is_some());
    let whole = parts.iter().filter(|p| !p.span.is_empty()).count();
    found.map(|last| Hit::at(last.end()).with("parts", whole)).into_iter().collect()
}

fn part_length(cx: &Context) -> Vec<Hit> {
    if cx.int("jwt.parts") != Some(5) {
        return Vec::new();
    }
    let (alg, enc) = (cx.text("jwe.header.alg").unwrap_or_default(), cx.text("jwe.header.enc").unwrap_or_default());
    let Some(encryption) = encryption(enc) else { return Vec::new() };
    let is_wrapped = alg.ends_with("KW") && !alg.ends_with("GCMKW");
    let key: Option<Vec<i128>> = match alg {
        _ if is_wrapped => Some(vec![encryption.key + 8]),
        _ if alg.ends_with("GCMKW") => Some(vec![encryption.key]),
        _ if alg.starts_with("RSA") => Some(vec![128, 192, 256, 384, 512, 1024]),
        _ => None,
    };
    let wanted = [
        ("jwe.part.key", "encrypted key", key.unwrap_or_default()),
        ("jwe.part.iv", "initialization vector", vec![encryption.iv]),
        ("jwe.part.tag", "authentication tag", vec![encryption.tag]),
    ];
    let mut hits = Vec::new();
    for (path, part, sizes) in wanted {
        let Some(fact) = cx.one(path) else { continue };
        let size = cx.int(path).unwrap_or(0);
        // An empty key or tag has a rule of its own.
        let empty = size == 0 && path != "jwe.part.iv";
        if !empty && !sizes.is_empty() && !sizes.contains(&size) {
            let list = sizes.iter().map(i128::to_string).collect::<Vec<_>>().join(", ");
            hits.push(Hit::on(fact).told("part", part).with("size", size).told("wanted", list));
        }
    }
    if let Some(fact) = cx.one("jwe.part.ciphertext") {
        let size = cx.int("jwe.part.ciphertext").unwrap_or(0);
        if encryption.block > 1 && (size == 0 || size % encryption.block != 0) {
            hits.push(Hit::on(fact).told("part", "ciphertext").with("size", size).told("wanted", "a multiple of 16"));
        }
    }
    hits
}

/// True if the algorithm agrees on the key directly, so that none is sent.
fn is_direct(alg: &str) -> bool {
    matches!(alg, "dir" | "ECDH-ES")
}

fn key_empty(cx: &Context) -> Vec<Hit> {
    let (Some(alg), Some(key)) = (cx.text("jwe.header.alg"), cx.one("jwe.part.key")) else { return Vec::new() };
    let wraps = alg.starts_with("RSA") || alg.ends_with("KW");
    let found = cx.int("jwt.parts") == Some(5) && wraps && cx.int("jwe.part.key") == Some(0);
    if found { vec![Hit::on(key).with("alg", alg)] } else { Vec::new() }
}

fn key_not_empty(cx: &Context) -> Vec<Hit> {
    let (Some(alg), Some(key)) = (cx.text("jwe.header.alg"), cx.one("jwe.part.key")) else { return Vec::new() };
    let size = cx.int("jwe.part.key").unwrap_or(0);
    let found = cx.int("jwt.parts") == Some(5) && is_direct(alg) && size > 0;
    if found { vec![Hit::on(key).with("alg", alg).with("size", size)] } else { Vec::new() }
}
