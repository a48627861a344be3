//! JSON Web Keys (RFC 7517, RFC 7518 section 6, RFC 8037): members that verifiers reject or misread.

use crate::checks::{Check, Context, Fixer, Hit};
use crate::decode::base64::{self, Decoded};
use crate::facts::{Fact, Subject, Value};
use crate::finding::{Edit, Severity};
use crate::verify::guesses::least_size;
use crate::verify::jwk::{example_of, has_roca_pattern, point};
use crate::verify::material::{Curve, Material, bits};

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "jwk-kty-missing", about: MEMBERS, offers: &["guess"], run: kty_missing },
    Check { name: "jwk-member-missing", about: KEY, offers: &["kty", "missing"], run: member_missing },
    Check { name: "jwk-length", about: KEY, offers: &["member", "size", "needed", "crv"], run: length },
    Check { name: "jwk-encoding", about: KEY, offers: &["member", "what"], run: encoding },
    Check { name: "jwk-leading-zero", about: &["key.n"], offers: &[], run: leading_zero },
    Check { name: "jwk-modulus-too-small", about: &["key.n"], offers: &["bits"], run: modulus_too_small },
    Check { name: "jwk-exponent", about: &["key.e"], offers: &["exponent"], run: exponent },
    Check { name: "jwk-roca", about: &["key.n"], offers: &[], run: roca },
    Check { name: "jwk-partial-private", about: KEY, offers: &["missing"], run: partial_private },
    Check { name: "jwk-not-on-curve", about: &["key.x"], offers: &["crv"], run: not_on_curve },
    Check { name: "jwk-alg-mismatch", about: &["key.alg"], offers: &["alg", "kind"], run: alg_mismatch },
    Check { name: "jwk-use-conflict", about: &["key.key_ops"], offers: &["what"], run: use_conflict },
    Check {
        name: "jwk-secret-too-short",
        about: &["key.k"],
        offers: &["bytes", "needed", "alg"],
        run: secret_too_short,
    },
    Check { name: "jwk-certificate", about: CERTIFICATES, offers: &["what"], run: certificate },
    Check { name: "jwk-duplicate-member", about: KEY, offers: &["member"], run: duplicate_member },
    Check { name: "jwk-example", about: KEY, offers: &["document"], run: example },
];

/// The fixers of this group.
pub const FIXERS: &[Fixer] = &[Fixer { name: "jwk-base64url", run: base64url }];

pub(super) const KEY: &[&str] = &["key.kty"];
const MEMBERS: &[&str] = &["key.alg", "key.crv", "key.k", "key.kid", "key.n", "key.use", "key.x", "key.x5c"];
const CERTIFICATES: &[&str] = &["key.x5c", "key.x5t", "key.x5t#S256"];

pub(super) fn own<'a>(subject: &'a Subject, path: &str) -> Option<&'a Fact> {
    subject.of_path(path).next()
}

/// A member of the key itself, whole.
pub(super) fn text<'a>(cx: &Context<'a>, path: &str) -> Option<&'a str> {
    own(cx.facts.get(cx.subject), path).filter(|f| !f.hole).and_then(|f| f.value.text())
}

/// A member that holds bytes; `None` if it is not base64url without more ado.
fn bytes(cx: &Context, path: &str) -> Option<Vec<u8>> {
    let text = text(cx, path)?;
    let decoded = base64::decode(text);
    (wrong_encoding(path, text, &decoded).is_none() && !decoded.impossible_length).then_some(decoded.bytes)
}

/// True for a key that was given as `--key`: what is wrong with its use is said where it is used.
pub(super) fn is_given(cx: &Context) -> bool {
    let place = cx.sources.given(cx.facts.get(cx.subject).place);
    cx.sources.get(place.source).name.starts_with("<key ")
}

fn kty_missing(cx: &Context) -> Vec<Hit> {
    let has = |path: &str| own(cx.facts.get(cx.subject), path).is_some();
    if has("key.kty") || cx.is_open() {
        return Vec::new();
    }
    let guess = if has("key.n") {
        "RSA"
    } else if has("key.y") {
        "EC"
    } else if has("key.k") {
        "oct"
    } else if has("key.x") {
        "OKP"
    } else {
        "RSA, EC, OKP or oct"
    };
    vec![Hit::at(cx.where_missing("key.kty")).told("guess", guess)]
}

/// The members that a key of a type needs (RFC 7518 section 6, RFC 8037 section 2).
fn needed(kty: &str) -> Option<(&'static str, &'static [&'static str])> {
    Some(match kty {
        "RSA" => ("RSA", &["n", "e"]),
        "EC" => ("EC", &["crv", "x", "y"]),
        "OKP" => ("OKP", &["crv", "x"]),
        "oct" => ("oct", &["k"]),
        _ => return None,
    })
}

fn member_missing(cx: &Context) -> Vec<Hit> {
    let Some((kty, names)) = text(cx, "key.kty").and_then(needed).filter(|_| !cx.is_open()) else { return Vec::new() };
    let has = |name: &&&str| cx.own().iter().any(|f| f.path.segments().count() == 2 && f.path.name() == **name);
    let missing: Vec<String> = names.iter().filter(|name| !has(name)).map(|name| format!("`{name}`")).collect();
    if missing.is_empty() {
        return Vec::new();
    }
    vec![Hit::at(cx.where_missing("key.n")).told("kty", kty).told("missing", missing.join(" and "))]
}

/// The curve and the size of its coordinates in bytes.
fn curve_size(crv: &str) -> Option<(&'static str, usize)> {
    let curve = Curve::of_name(crv).map(|curve| (curve.name(), curve.size()));
    curve.or(match crv {
        "Ed25519" => Some(("Ed25519", 32)),
        "X25519" => Some(("X25519", 32)),
        "Ed448" => Some(("Ed448", 57)),
        "X448" => Some(("X448", 56)),
        _ => None,
    })
}

fn length(cx: &Context) -> Vec<Hit> {
    if !matches!(text(cx, "key.kty"), Some("EC" | "OKP")) {
        return Vec::new();
    }
    let Some((crv, size)) = text(cx, "key.crv").and_then(curve_size) else { return Vec::new() };
    let wrong = ["key.x", "key.y", "key.d"].into_iter().filter_map(|path| {
        let found = bytes(cx, path)?.len();
        let fact = own(cx.facts.get(cx.subject), path).filter(|_| found != size)?;
        let hit = Hit { value: None, ..Hit::on(fact) };
        Some(hit.told("member", fact.path.name()).told("size", found).told("needed", size).told("crv", crv))
    });
    wrong.collect()
}

/// Members that hold bytes in base64url.
const ENCODED: &[&str] = &["d", "dp", "dq", "e", "k", "n", "p", "q", "qi", "x", "y"];

/// In what a member is written instead of base64url.
fn wrong_encoding(path: &str, text: &str, decoded: &Decoded) -> Option<&'static str> {
    let digits = text.len() >= 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let one_case = text.chars().all(|c| !c.is_ascii_lowercase()) || text.chars().all(|c| !c.is_ascii_uppercase());
    if text.len() > 40 && text.bytes().all(|b| b.is_ascii_digit()) {
        Some("decimal digits")
    } else if (digits && one_case && !path.ends_with(".k")) || text.len() > 40 && text.contains(':') {
        Some("hexadecimal digits")
    } else if decoded.illegal.is_some() {
        Some("characters that belong to no base64")
    } else if decoded.standard.is_some() {
        Some("`+` or `/` of standard base64")
    } else if decoded.padding.is_some() {
        Some("`=` of padded base64")
    } else {
        None
    }
}

fn encoding(cx: &Context) -> Vec<Hit> {
    let wrong =
        cx.own().iter().filter(|f| f.path.segments().count() == 2 && ENCODED.contains(&f.path.name()) && !f.hole);
    let wrong = wrong.filter_map(|fact| {
        let text = fact.value.text()?;
        let what = wrong_encoding(fact.path.as_str(), text, &base64::decode(text))?;
        Some(Hit { value: None, ..Hit::on(fact) }.told("member", fact.path.name()).told("what", what))
    });
    wrong.take(1).collect()
}

/// Every member in base64url without padding, where another alphabet or padding is all that is wrong.
fn base64url(cx: &Context, _: &Hit) -> Vec<Edit> {
    let mut edits = Vec::new();
    for fact in
        cx.own().iter().filter(|f| f.path.segments().count() == 2 && ENCODED.contains(&f.path.name()) && !f.hole)
    {
        let Some(text) = fact.value.text() else { continue };
        let what = wrong_encoding(fact.path.as_str(), text, &base64::decode(text));
        let Some(what) = what else { continue };
        let written = cx.sources.text(fact.place);
        let inside = fact.place.part(1.min(written.len()), written.len().saturating_sub(1).max(1.min(written.len())));
        if !what.contains("base64") || what.contains("no base64") || cx.sources.text(inside) != text {
            return Vec::new();
        }
        let Some(place) = cx.sources.editable(inside) else { return Vec::new() };
        let text = text.trim_end_matches('=').replace('+', "-").replace('/', "_");
        edits.push(Edit { place, text, secret: fact.path.is_secret() });
    }
    edits
}

fn leading_zero(cx: &Context) -> Vec<Hit> {
    let found = bytes(cx, "key.n").filter(|n| n.len() > 1 && n.first() == Some(&0));
    found.and_then(|_| cx.one("key.n")).map(Hit::on).into_iter().collect()
}

/// Some generators make keys of 2048 bits whose first bits are zero.
const MOST_SMALL_BITS: usize = 2040;

fn modulus_too_small(cx: &Context) -> Vec<Hit> {
    let size = bytes(cx, "key.n").map(|n| bits(&n)).filter(|size| (1..=MOST_SMALL_BITS).contains(size));
    let size = size.filter(|_| !is_given(cx));
    let hit = |size| cx.one("key.n").map(|f| Hit::on(f).told("bits", size));
    size.and_then(hit).into_iter().collect()
}

fn exponent(cx: &Context) -> Vec<Hit> {
    let (Some(e), Some(fact)) = (bytes(cx, "key.e"), cx.one("key.e")) else { return Vec::new() };
    let first = e.iter().position(|b| *b != 0).unwrap_or(e.len());
    match e.get(first..).unwrap_or_default() {
        [3] => vec![Hit::on(fact).told("exponent", "3").at_most(Severity::Note)],
        [1] => vec![Hit::on(fact).told("exponent", "1")],
        [.., last] if last % 2 == 1 => Vec::new(),
        _ => vec![Hit::on(fact).told("exponent", "an even number")],
    }
}

fn roca(cx: &Context) -> Vec<Hit> {
    let found = bytes(cx, "key.n").filter(|n| bits(n) >= 512 && has_roca_pattern(n));
    found.and_then(|_| cx.one("key.n")).map(Hit::on).into_iter().collect()
}

fn partial_private(cx: &Context) -> Vec<Hit> {
    if text(cx, "key.kty") != Some("RSA") || cx.is_open() {
        return Vec::new();
    }
    let has = |name: &str| cx.own().iter().any(|f| f.path.segments().count() == 2 && f.path.name() == name);
    let more = ["p", "q", "dp", "dq", "qi"];
    let some = more.iter().any(|name| has(name));
    let missing: Vec<String> =
        ["d"].iter().chain(&more).filter(|name| !has(name)).map(|name| format!("`{name}`")).collect();
    if !some || missing.is_empty() {
        return Vec::new();
    }
    vec![Hit::at(cx.where_missing("key.n")).told("missing", missing.join(", "))]
}

fn not_on_curve(cx: &Context) -> Vec<Hit> {
    let curve = text(cx, "key.crv").and_then(Curve::of_name).filter(|_| text(cx, "key.kty") == Some("EC"));
    let (Some(curve), Some(x), Some(y)) = (curve, bytes(cx, "key.x"), bytes(cx, "key.y")) else { return Vec::new() };
    if x.len() != curve.size() || y.len() != curve.size() || point(curve, &x, &y).is_some() {
        return Vec::new();
    }
    cx.one("key.x").map(|f| Hit::on(f).told("crv", curve.name())).into_iter().collect()
}

/// What kind of key an algorithm needs: `kty`, and `crv` if it is one only.
fn kind_for(alg: &str) -> Option<(&'static [&'static str], Option<&'static str>, &'static str)> {
    Some(match alg {
        "RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" => (&["RSA"], None, "an RSA key"),
        "RSA1_5" | "RSA-OAEP" | "RSA-OAEP-256" | "RSA-OAEP-384" | "RSA-OAEP-512" => (&["RSA"], None, "an RSA key"),
        "ES256" => (&["EC"], Some("P-256"), "a key on P-256"),
        "ES384" => (&["EC"], Some("P-384"), "a key on P-384"),
        "ES512" => (&["EC"], Some("P-521"), "a key on P-521"),
        "ES256K" => (&["EC"], Some("secp256k1"), "a key on secp256k1"),
        "EdDSA" => (&["OKP"], None, "an Ed25519 or Ed448 key"),
        "Ed25519" => (&["OKP"], Some("Ed25519"), "an Ed25519 key"),
        "Ed448" => (&["OKP"], Some("Ed448"), "an Ed448 key"),
        "HS256" | "HS384" | "HS512" => (&["oct"], None, "a shared secret"),
        "A128KW" | "A192KW" | "A256KW" | "A128GCMKW" | "A192GCMKW" | "A256GCMKW" | "dir" => {
            (&["oct"], None, "a shared secret")
        }
        "ECDH-ES" | "ECDH-ES+A128KW" | "ECDH-ES+A192KW" | "ECDH-ES+A256KW" => {
            (&["EC", "OKP"], None, "a key on a curve")
        }
        "none" => (&[], None, "no key at all"),
        _ => return None,
    })
}

fn alg_mismatch(cx: &Context) -> Vec<Hit> {
    let (Some(alg), Some(kty), Some(fact)) = (text(cx, "key.alg"), text(cx, "key.kty"), cx.one("key.alg")) else {
        return Vec::new();
    };
    let Some((types, crv, kind)) = kind_for(alg) else { return Vec::new() };
    let curve_fits = crv.is_none_or(|crv| text(cx, "key.crv").is_none_or(|found| found == crv));
    if types.contains(&kty) && curve_fits || needed(kty).is_none() {
        return Vec::new();
    }
    vec![Hit::on(fact).with("alg", alg).told("kind", kind)]
}

fn use_conflict(cx: &Context) -> Vec<Hit> {
    let subject = cx.facts.get(cx.subject);
    let Some(fact) = own(subject, "key.key_ops").filter(|f| f.value == Value::Array) else { return Vec::new() };
    let operations: Vec<&str> = subject.of_path("key.key_ops.*").filter_map(|f| f.value.text()).collect();
    let signs = operations.iter().any(|op| matches!(*op, "sign" | "verify"));
    let other = operations
        .iter()
        .any(|op| matches!(*op, "encrypt" | "decrypt" | "wrapKey" | "unwrapKey" | "deriveKey" | "deriveBits"));
    let mut sorted = operations.clone();
    sorted.sort_unstable();
    sorted.dedup();
    let what = match text(cx, "key.use") {
        _ if sorted.len() < operations.len() => "names an operation twice",
        _ if signs && other => "mixes signatures with encryption",
        Some("sig") if other => "names encryption, and `use` says \"sig\"",
        Some("enc") if signs => "names signatures, and `use` says \"enc\"",
        _ => return Vec::new(),
    };
    vec![Hit::on(fact).told("what", what)]
}

fn secret_too_short(cx: &Context) -> Vec<Hit> {
    let alg = text(cx, "key.alg").filter(|alg| matches!(*alg, "HS256" | "HS384" | "HS512"));
    let (Some(alg), Some(secret), Some(fact)) = (alg, bytes(cx, "key.k"), cx.one("key.k")) else { return Vec::new() };
    let needed = least_size(alg);
    if secret.len() >= needed || is_given(cx) {
        return Vec::new();
    }
    let hit = Hit { value: None, ..Hit::on(fact) };
    vec![hit.told("bytes", secret.len()).told("needed", needed).with("alg", alg)]
}

fn certificate(cx: &Context) -> Vec<Hit> {
    let subject = cx.facts.get(cx.subject);
    let hit = |fact: &Fact, what: &'static str| Hit { value: None, ..Hit::on(fact) }.told("what", what);
    let mut hits = Vec::new();
    if let Some(list) = own(subject, "key.x5c").filter(|f| !f.hole) {
        let entries: Vec<&Fact> = subject.of_path("key.x5c.*").collect();
        let broken = |f: &&&Fact| {
            let text = f.value.text().unwrap_or("-");
            text.contains(['-', '_', '\n', '\r', ' '])
        };
        if list.value != Value::Array {
            hits.push(hit(list, "`x5c` is one text; it is a list of certificates"));
        } else if let Some(entry) = entries.iter().find(broken) {
            hits.push(hit(entry, "an entry of `x5c` is not plain base64 of the DER certificate"));
        } else if let Some(entry) = entries.first().filter(|entry| has_other_key(cx, entry)) {
            hits.push(hit(entry, "the first certificate in `x5c` holds another key than the JWK"));
        }
    }
    for (path, size, what) in [
        ("key.x5t", 20, "`x5t` is not the base64url of 20 bytes, as SHA-1 makes them"),
        ("key.x5t#S256", 32, "`x5t#S256` is not the base64url of 32 bytes, as SHA-256 makes them"),
    ] {
        let Some(fact) = own(subject, path).filter(|f| !f.hole) else { continue };
        let decoded = base64::decode(fact.value.text().unwrap_or_default());
        if decoded.bytes.len() != size || decoded.illegal.is_some() {
            hits.push(hit(fact, what));
        }
    }
    hits.truncate(1);
    hits
}

/// True if a certificate can be read, and its key is not that of the JWK.
fn has_other_key(cx: &Context, entry: &Fact) -> bool {
    let der = base64::decode(entry.value.text().unwrap_or_default()).bytes;
    let Some(theirs) = crate::verify::key_of_der(&der) else { return false };
    let strip = |n: Vec<u8>| n.iter().position(|b| *b != 0).map(|at| n.get(at..).unwrap_or_default().to_vec());
    match theirs {
        Material::Rsa { n, .. } => bytes(cx, "key.n").and_then(strip).is_some_and(|own| own != n),
        Material::Ec { curve, point: theirs } => {
            let ours = bytes(cx, "key.x").zip(bytes(cx, "key.y")).and_then(|(x, y)| point(curve, &x, &y));
            ours.is_some_and(|ours| ours != Material::Ec { curve, point: theirs })
        }
        Material::Ed25519(theirs) => bytes(cx, "key.x").is_some_and(|own| own != theirs),
        Material::Ed448(theirs) => bytes(cx, "key.x").is_some_and(|own| own != theirs),
        Material::Secret(_) => false,
    }
}

fn duplicate_member(cx: &Context) -> Vec<Hit> {
    let mut seen: Vec<&Fact> = Vec::new();
    for fact in cx.own().iter().filter(|f| f.path.segments().count() == 2 && f.path.family() == "key") {
        match seen.iter().find(|first| first.path == fact.path) {
            Some(first) => {
                let hit = Hit { value: None, ..Hit::on(fact) }.with("member", fact.path.name());
                return vec![hit.and(first.place, "the first one")];
            }
            None => seen.push(fact),
        }
    }
    Vec::new()
}

fn example(cx: &Context) -> Vec<Hit> {
    let found = example_of(&|name: &str| text(cx, &format!("key.{name}")));
    let at = ["key.n", "key.x", "key.k"].iter().find_map(|path| own(cx.facts.get(cx.subject), path));
    let quiet = cx.now().is_none() || cx.one("source.kind").is_some() || is_given(cx);
    let level = if quiet { Severity::Note } else { Severity::Warning };
    let hit = |document: &'static str| {
        at.map(|f| Hit { value: None, ..Hit::on(f) }.told("document", document).at_most(level))
    };
    found.and_then(hit).into_iter().collect()
}
