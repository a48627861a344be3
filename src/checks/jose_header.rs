//! The JOSE header: which algorithm it names and whether that is one (RFC 7518, IANA JOSE registry), and its members.

use crate::checks::{Check, Context, Hit};
use crate::decode::base64;
use crate::facts::{Fact, Value};

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "jwt-alg-case", about: ALG, offers: &["registered"], run: case },
    Check { name: "jwt-alg-alias", about: ALG, offers: &["registered"], run: alias },
    Check { name: "jwt-alg-misspelled", about: ALG, offers: &["near"], run: misspelled },
    Check { name: "jwt-alg-unregistered", about: ALG, offers: &[], run: unregistered },
    Check { name: "jwt-alg-wrong-family", about: ALG, offers: &["parts", "family"], run: wrong_family },
    Check { name: "jwt-public-key-with-hmac", about: ALG, offers: &["reference"], run: public_key_with_hmac },
    Check {
        name: "jwt-thumbprint-length",
        about: &["jwt.header.x5t", "jwt.header.x5t#S256"],
        offers: &["size", "wanted", "guess"],
        run: thumbprint,
    },
    Check { name: "jwt-crit", about: &["jwt.header.crit"], offers: &["reason"], run: crit },
    Check { name: "jwt-header-name", about: &["jwt.header"], offers: &["member", "right"], run: header_name },
];

const ALG: &[&str] = &["jwt.header.alg", "jwe.header.alg"];

/// Signature algorithms (RFC 7518 section 3.1, RFC 8037, RFC 8812, RFC 9864, ML-DSA).
const SIGNING: &[&str] = &[
    "HS256",
    "HS384",
    "HS512",
    "RS256",
    "RS384",
    "RS512",
    "ES256",
    "ES384",
    "ES512",
    "PS256",
    "PS384",
    "PS512",
    "EdDSA",
    "Ed25519",
    "Ed448",
    "ES256K",
    "ML-DSA-44",
    "ML-DSA-65",
    "ML-DSA-87",
    "none",
];

/// Key management algorithms of JWE (RFC 7518 section 4.1 and the registry).
const KEY_MANAGEMENT: &[&str] = &[
    "RSA1_5",
    "RSA-OAEP",
    "RSA-OAEP-256",
    "RSA-OAEP-384",
    "RSA-OAEP-512",
    "A128KW",
    "A192KW",
    "A256KW",
    "dir",
    "ECDH-ES",
    "ECDH-ES+A128KW",
    "ECDH-ES+A192KW",
    "ECDH-ES+A256KW",
    "A128GCMKW",
    "A192GCMKW",
    "A256GCMKW",
    "PBES2-HS256+A128KW",
    "PBES2-HS384+A192KW",
    "PBES2-HS512+A256KW",
];

/// What other standards and libraries call the families, in upper case without separators, up to the digits.
const ALIASES: &[(&str, &str, &str)] = &[
    ("HMACSHA", "", "HS"),
    ("SHA", "", "HS"),
    ("HS", "", "HS"),
    ("HMAC", "", "HS"),
    ("RSASHA", "", "RS"),
    ("RSA", "", "RS"),
    ("RS", "", "RS"),
    ("SHA", "WITHRSA", "RS"),
    ("SHA", "WITHRSAENCRYPTION", "RS"),
    ("ECDSASHA", "", "ES"),
    ("ECDSA", "", "ES"),
    ("ES", "", "ES"),
    ("SHA", "WITHECDSA", "ES"),
    ("RSAPSSSHA", "", "PS"),
    ("RSAPSS", "", "PS"),
    ("PS", "", "PS"),
    ("SHA", "WITHRSAANDMGF1", "PS"),
];

fn alg<'a>(cx: &Context<'a>) -> Option<(&'a Fact, &'a str)> {
    let fact = cx.own().iter().find(|f| ALG.contains(&f.path.as_str()) && !f.hole)?;
    Some((fact, fact.value.text()?))
}

fn registered() -> impl Iterator<Item = &'static str> {
    SIGNING.iter().chain(KEY_MANAGEMENT).copied()
}

fn is_registered(name: &str) -> bool {
    registered().any(|r| r == name)
}

/// The registered name that differs in upper and lower case only.
fn same_but_case(name: &str) -> Option<&'static str> {
    registered().find(|r| *r != "none" && *r != name && r.eq_ignore_ascii_case(name))
}

/// The registered name of what goes by another one elsewhere.
fn canonical(name: &str) -> Option<String> {
    if is_registered(name) || same_but_case(name).is_some() {
        return None;
    }
    // `http://www.w3.org/2001/04/xmldsig-more#rsa-sha256`
    let local = name.rsplit('#').next().unwrap_or(name);
    let plain: String = local.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    ["256", "384", "512"].iter().find_map(|bits| {
        let (before, after) = plain.split_once(bits)?;
        let (.., short) = ALIASES.iter().find(|(b, a, _)| *b == before && *a == after)?;
        Some(format!("{short}{bits}"))
    })
}

/// The registered name of the same length that one slip of the finger away lies.
fn near(name: &str) -> Option<&'static str> {
    registered().find(|r| name.len() > 4 && r.len() == name.len() && strsim::damerau_levenshtein(r, name) == 1)
}

fn is_none_variant(name: &str) -> bool {
    name.trim().eq_ignore_ascii_case("none")
}

fn case(cx: &Context) -> Vec<Hit> {
    let found = alg(cx).and_then(|(fact, name)| Some(Hit::on(fact).told("registered", same_but_case(name)?)));
    found.into_iter().collect()
}

fn alias(cx: &Context) -> Vec<Hit> {
    let found = alg(cx).and_then(|(fact, name)| Some(Hit::on(fact).told("registered", canonical(name)?)));
    found.into_iter().collect()
}

/// A name that is none of the known ones in any spelling.
fn unknown<'a>(cx: &Context<'a>) -> Option<(&'a Fact, &'a str)> {
    alg(cx).filter(|(_, name)| {
        !is_registered(name)
            && same_but_case(name).is_none()
            && canonical(name).is_none()
            && !is_none_variant(name)
            // A name with a colon is one that nobody else can use (RFC 7515 section 4.1.1).
            && !name.contains(':')
    })
}

fn misspelled(cx: &Context) -> Vec<Hit> {
    let found = unknown(cx).and_then(|(fact, name)| Some(Hit::on(fact).told("near", near(name)?)));
    found.into_iter().collect()
}

fn unregistered(cx: &Context) -> Vec<Hit> {
    unknown(cx).filter(|(_, name)| near(name).is_none()).map(|(fact, _)| Hit::on(fact)).into_iter().collect()
}

fn wrong_family(cx: &Context) -> Vec<Hit> {
    let Some((fact, name)) = alg(cx) else { return Vec::new() };
    let parts = cx.int("jwt.parts").unwrap_or(0);
    let enc = cx.own().iter().any(|f| f.path.as_str() == "jwe.header.enc");
    let family = if parts == 3 && KEY_MANAGEMENT.contains(&name) {
        "encryption"
    } else if parts == 5 && SIGNING.contains(&name) && !enc {
        "signing"
    } else {
        return Vec::new();
    };
    vec![Hit::on(fact).told("parts", parts).told("family", family)]
}

/// Header members that point to a public key.
const REFERENCES: &[&str] =
    &["jwt.header.x5c", "jwt.header.x5t", "jwt.header.x5t#S256", "jwt.header.x5u", "jwt.header.jku"];

fn public_key_with_hmac(cx: &Context) -> Vec<Hit> {
    let Some((fact, _)) = alg(cx).filter(|(_, name)| matches!(*name, "HS256" | "HS384" | "HS512")) else {
        return Vec::new();
    };
    let asymmetric = cx.text("jwt.header.jwk.kty").is_some_and(|kty| matches!(kty, "RSA" | "EC" | "OKP"));
    let reference = match cx.own().iter().find(|f| REFERENCES.contains(&f.path.as_str())) {
        Some(found) => found,
        None => match cx.one("jwt.header.jwk").filter(|_| asymmetric) {
            Some(found) => found,
            None => return Vec::new(),
        },
    };
    vec![Hit::on(fact).told("reference", reference.path.name()).and(reference.place, "points to a public key")]
}

/// Header parameters, and what people write instead in lower case without separators.
const MEMBERS: &[(&str, &[&str])] = &[
    ("alg", &["algorithm", "algo", "alg"]),
    ("typ", &["type", "tokentype", "typ"]),
    ("kid", &["keyid", "kid"]),
    ("cty", &["contenttype", "cty"]),
    ("crit", &["critical", "crit"]),
];

fn header_name(cx: &Context) -> Vec<Hit> {
    let members =
        || cx.own().iter().filter(|f| f.path.as_str().starts_with("jwt.header.") && f.path.segments().count() == 3);
    MEMBERS
        .iter()
        .filter(|(right, _)| !members().any(|f| f.path.name() == *right))
        .filter_map(|(right, others)| {
            let wrong = members().filter(|f| !matches!(f.value, Value::Array | Value::Object)).find(|f| {
                let name: String = f.path.name().chars().filter(|c| !matches!(c, '_' | '-')).collect();
                others.contains(&name.to_ascii_lowercase().as_str())
            })?;
            Some(Hit::on(wrong).with("member", wrong.path.name()).told("right", right))
        })
        .collect()
}

/// The thumbprint of a certificate has the size of its hash.
fn thumbprint(cx: &Context) -> Vec<Hit> {
    [("jwt.header.x5t", 20_usize), ("jwt.header.x5t#S256", 32)]
        .into_iter()
        .filter_map(|(path, wanted)| {
            let fact = cx.one(path).filter(|f| !f.hole)?;
            let text = fact.value.text()?;
            let bytes = base64::decode(text).bytes;
            if bytes.len() == wanted {
                return None;
            }
            let is_hex = |t: &[u8]| {
                let digits = t.iter().filter(|b| **b != b':');
                digits.clone().count() == wanted * 2 && digits.clone().all(u8::is_ascii_hexdigit)
            };
            let guess = if is_hex(text.as_bytes()) {
                "it is written in hexadecimal, not in base64url"
            } else if is_hex(&bytes) {
                "its hexadecimal digits were encoded, not its bytes"
            } else {
                "it was cut, or is of another hash"
            };
            Some(Hit::on(fact).with("size", bytes.len()).told("wanted", wanted).told("guess", guess))
        })
        .collect()
}

/// Names that `crit` may not list: they are no extensions.
const NO_EXTENSIONS: &[&str] = &[
    "alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit", "enc", "zip", "epk", "apu",
    "apv", "iv", "tag", "p2s", "p2c",
];

fn crit(cx: &Context) -> Vec<Hit> {
    let Some(fact) = cx.one("jwt.header.crit").filter(|f| !f.hole) else { return Vec::new() };
    let names: Vec<&Fact> = cx.all("jwt.header.crit.*").collect();
    let texts: Vec<&str> = names.iter().filter_map(|f| f.value.text()).collect();
    let has = |name: &str| {
        let mut members = cx.own().iter().filter(|f| f.path.as_str().starts_with("jwt.header."));
        members.any(|f| f.path.segments().count() == 3 && f.path.name() == name)
    };
    let repeated = texts.iter().enumerate().any(|(at, name)| texts.iter().take(at).any(|n| n == name));
    let reason = if fact.value != Value::Array || texts.len() != names.len() {
        "it has to be a list of names".to_owned()
    } else if texts.is_empty() {
        "the list is empty".to_owned()
    } else if repeated {
        "it names a parameter twice".to_owned()
    } else if let Some(name) = texts.iter().find(|n| NO_EXTENSIONS.contains(n)) {
        format!("`{name}` is no extension, every reader knows it")
    } else if let Some(name) = texts.iter().find(|n| !has(n)) {
        format!("it names `{name}`, which is not in the header")
    } else {
        return Vec::new();
    };
    vec![Hit::on(fact).with("reason", reason)]
}
