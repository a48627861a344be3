//! Verification: known answers, every algorithm, every form of a key, every cause, and keys and tokens that are hostile.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;
#[path = "common/process.rs"]
mod process;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use common::keys::{Pair, pem};
use common::{KEY, NOW, listing};
use process::Folder;
use tokenlint::finding::{Report, SignatureState};
use tokenlint::load::RuleSet;
use tokenlint::options::{Input, Options};
use tokenlint::verify::keys;

const CLAIMS: &str = r#"{"sub":"42","iat":1799999940,"exp":1800003540}"#;

fn token_of(header: &str, claims: &str, sign: impl Fn(&str) -> Vec<u8>) -> String {
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(&input));
    format!("{input}.{signature}")
}

fn signed(alg: &str, pair: &Pair) -> String {
    let header = format!(r#"{{"alg":"{alg}"}}"#);
    token_of(&header, CLAIMS, |input| pair.sign(alg, input.as_bytes()).unwrap())
}

fn check(token: &str, given: &[&[u8]]) -> Report {
    let keys = given.iter().enumerate();
    let keys = keys.map(|(i, bytes)| keys::read(format!("<key {}>", i + 1), "FILE", bytes.to_vec(), true).unwrap());
    let options = Options { now: Some(NOW), keys: keys.collect(), ..Options::default() };
    let input = Input { name: "<argument 1>".into(), text: token.to_owned(), kind: None };
    tokenlint::lint(&input, &RuleSet::builtin(), &options)
}

fn state(report: &Report) -> SignatureState {
    report.signatures().next().expect("a token").1
}

fn found(report: &Report) -> Vec<&str> {
    report.findings.iter().map(|f| f.rule.as_ref()).collect()
}

#[test]
fn known_answers_of_the_standards() {
    let text = include_str!("keys/known-answers.json");
    let rows: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
    for row in rows {
        let part = |name: &str| row[name].as_str().unwrap();
        let signature = URL_SAFE_NO_PAD.decode(part("signature")).unwrap();
        let token = token_of(part("header"), part("payload"), |_| signature.clone());
        let report = check(&token, &[row["key"].to_string().as_bytes()]);
        assert_eq!(state(&report), SignatureState::Verified, "{}\n{}", part("where"), listing(&report));
        // One bit of the text is another text.
        let other = token_of(part("header"), &part("payload").replacen('a', "b", 1), |_| signature.clone());
        let report = check(&other, &[row["key"].to_string().as_bytes()]);
        assert_eq!(state(&report), SignatureState::Failed, "{} changed", part("where"));
    }
    // RFC 7515 A.6 as it stands there: both serialisations in JSON, whose `kid` is not signed.
    let rows: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
    let of_a6: Vec<_> = rows.iter().filter(|row| row["where"].as_str().unwrap().contains("A.6")).collect();
    let payload = URL_SAFE_NO_PAD.encode(of_a6[0]["payload"].as_str().unwrap());
    let signature = |row: &serde_json::Value, kid: &str| {
        let protected = URL_SAFE_NO_PAD.encode(row["header"].as_str().unwrap());
        serde_json::json!({"protected": protected, "header": {"kid": kid}, "signature": row["signature"]})
    };
    let both = [signature(of_a6[0], "2010-12-29"), signature(of_a6[1], "e9bc097a-ce51-4036-9562-d2ade882db0d")];
    let general = serde_json::json!({"payload": payload, "signatures": both});
    let mut flattened = both[1].clone();
    flattened["payload"] = payload.into();
    // What is wrong with the payload, which the signatures share, is told once.
    for (jws, count) in [(general, 2), (flattened, 1)] {
        let report = check(&jws.to_string(), &[of_a6[0]["key"].to_string().as_bytes()]);
        let states: Vec<SignatureState> = report.signatures().map(|(_, state)| state).collect();
        assert_eq!(states, vec![SignatureState::Verified; count], "{}", listing(&report));
        let samples = found(&report).into_iter().filter(|rule| *rule == "payload/spec-example");
        assert_eq!(samples.count(), 1, "{}", listing(&report));
        let report = check(&jws.to_string(), &[Pair::named("p256").spki().as_slice()]);
        assert!(report.signatures().any(|(_, state)| state == SignatureState::Failed), "{}", listing(&report));
    }
    // RFC 7515 A.5 and RFC 7519 6.1: not signed, so nothing is verified, whatever the key.
    let unsigned = token_of(r#"{"alg":"none"}"#, "{\"iss\":\"joe\",\r\n \"exp\":1300819380}", |_| Vec::new());
    assert_eq!(state(&check(&unsigned, &[KEY.as_bytes()])), SignatureState::NotChecked);
}

/// Every algorithm with the name of a test key.
const ALGORITHMS: &[(&str, &str)] = &[
    ("HS256", KEY),
    ("HS384", KEY),
    ("HS512", KEY),
    ("RS256", "rsa2048"),
    ("RS384", "rsa2048"),
    ("RS512", "rsa2048"),
    ("PS256", "rsa2048"),
    ("PS384", "rsa2048"),
    ("PS512", "rsa2048"),
    ("ES256", "p256"),
    ("ES384", "p384"),
    ("ES512", "p521"),
    ("ES256K", "k256"),
    ("EdDSA", "ed25519"),
    ("Ed25519", "ed25519"),
];

#[test]
fn every_algorithm_is_signed_and_verified() {
    for (alg, name) in ALGORITHMS {
        let pair = Pair::named(name);
        let token = signed(alg, &pair);
        let key = match pair {
            Pair::Secret(ref secret) => secret.clone(),
            _ => pem("PUBLIC KEY", &pair.spki()).into_bytes(),
        };
        let report = check(&token, &[&key]);
        assert_eq!(state(&report), SignatureState::Verified, "{alg}\n{}", listing(&report));
        let jwk = format!("{{{}}}", pair.members(false));
        assert_eq!(state(&check(&token, &[jwk.as_bytes()])), SignatureState::Verified, "{alg} with a JWK");
        // No other algorithm is verified with the signature of this one.
        for (other, _) in ALGORITHMS.iter().filter(|(other, _)| other != alg && (*other, *alg) != ("Ed25519", "EdDSA"))
        {
            let header = format!(r#"{{"alg":"{other}"}}"#);
            let forged = token_of(&header, CLAIMS, |input| pair.sign(alg, input.as_bytes()).unwrap());
            if (*other, *alg) != ("EdDSA", "Ed25519") {
                assert_ne!(state(&check(&forged, &[&key])), SignatureState::Verified, "{alg} called {other}");
            }
        }
    }
}

#[test]
fn what_cannot_be_verified_here_is_not_called_wrong() {
    // Ed448 (RFC 8032), the signature of a post-quantum algorithm, a payload that stands elsewhere (RFC 7515 appendix F).
    let ed448 = format!(r#"{{"kty":"OKP","crv":"Ed448","x":"{}"}}"#, URL_SAFE_NO_PAD.encode([9; 57]));
    let public = pem("PUBLIC KEY", &Pair::named("p256").spki());
    let token = |alg: &str, size: usize| token_of(&format!(r#"{{"alg":"{alg}"}}"#), CLAIMS, |_| common::bytes(size));
    let detached = signed("ES256", &Pair::named("p256"));
    let mut parts: Vec<&str> = detached.split('.').collect();
    parts[1] = "";
    for (token, key) in [
        (token("EdDSA", 114), ed448.as_str()),
        (token("Ed448", 114), ed448.as_str()),
        (token("ML-DSA-44", 2420), public.as_str()),
        (parts.join("."), public.as_str()),
    ] {
        let report = check(&token, &[key.as_bytes()]);
        assert_eq!(state(&report), SignatureState::NotChecked, "{}", listing(&report));
        assert!(!found(&report).iter().any(|rule| rule.starts_with("key/") || rule.starts_with("signature/")));
        assert!(report.not_checked.iter().any(|n| n.what == "signature"), "{:?}", report.not_checked);
    }
}

#[test]
fn a_large_rsa_key_is_no_obstacle_and_a_huge_one_ends_soon() {
    // 4096 bits and more need another way through the library; what they say is the same: this is not the key.
    let token = signed("RS256", &Pair::named("rsa2048"));
    for size in [513, 1024, 8192] {
        let n = URL_SAFE_NO_PAD.encode(vec![0xff; size]);
        let jwk = format!(r#"{{"kty":"RSA","n":"{n}","e":"AQAB"}}"#);
        assert_eq!(state(&check(&token, &[jwk.as_bytes()])), SignatureState::Failed, "{size} bytes");
    }
}

#[test]
fn a_key_is_read_in_every_form() {
    let rsa = Pair::named("rsa2048");
    let (pkcs1, pkcs1_public) = rsa.pkcs1();
    let token = signed("RS256", &rsa);
    let wide = |text: &str| -> Vec<u8> {
        [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
    };
    let public = pem("PUBLIC KEY", &rsa.spki());
    let set = format!(r#"{{"keys":[{{{},"kid":"a"}}]}}"#, rsa.members(false));
    let certificate = hex(include_str!("keys/test-only-certificate.txt"));
    for (form, key) in [
        ("SPKI", public.clone().into_bytes()),
        ("SPKI in DER", rsa.spki()),
        ("PKCS#1", pem("RSA PUBLIC KEY", &pkcs1_public).into_bytes()),
        ("PKCS#1 in DER", pkcs1_public.clone()),
        ("private PKCS#1", pem("RSA PRIVATE KEY", &pkcs1).into_bytes()),
        ("PKCS#8", pem("PRIVATE KEY", &rsa.pkcs8()).into_bytes()),
        ("PKCS#8 in DER", rsa.pkcs8()),
        ("certificate", pem("CERTIFICATE", &certificate).into_bytes()),
        ("certificate in DER", certificate.clone()),
        ("JWK", format!("{{{}}}", rsa.members(false)).into_bytes()),
        ("key set", set.into_bytes()),
        ("CRLF", public.replace('\n', "\r\n").into_bytes()),
        ("a mark before it", format!("\u{feff}{public}").into_bytes()),
        ("text before it", format!("subject=/CN=x\n{public}").into_bytes()),
        ("UTF-16", wide(&public)),
        (
            "a service account",
            serde_json::json!({"private_key": pem("PRIVATE KEY", &rsa.pkcs8())}).to_string().into_bytes(),
        ),
        ("a map of certificates", serde_json::json!({"a": pem("CERTIFICATE", &certificate)}).to_string().into_bytes()),
    ] {
        let report = check(&token, &[&key]);
        assert_eq!(state(&report), SignatureState::Verified, "{form}\n{}", listing(&report));
        let noisy = report.findings.iter().any(|f| f.severity > tokenlint::finding::Severity::Note);
        assert!(!noisy, "{form}: {:?}", found(&report));
    }
    for (name, alg) in [("p256", "ES256"), ("p384", "ES384"), ("p521", "ES512"), ("k256", "ES256K")] {
        let pair = Pair::named(name);
        for key in [pem("EC PRIVATE KEY", &pair.sec1()), pem("PRIVATE KEY", &pair.pkcs8())] {
            let key = format!("-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n{key}");
            assert_eq!(state(&check(&signed(alg, &pair), &[key.as_bytes()])), SignatureState::Verified, "{name}");
        }
    }
    let pair = Pair::named("ed25519");
    let key = pem("PRIVATE KEY", &pair.pkcs8());
    assert_eq!(state(&check(&signed("EdDSA", &pair), &[key.as_bytes()])), SignatureState::Verified);
}

fn hex(text: &str) -> Vec<u8> {
    let digits: String = text.lines().filter(|l| !l.starts_with('#')).flat_map(str::split_whitespace).collect();
    (0..digits.len() / 2).map(|i| u8::from_str_radix(&digits[2 * i..2 * i + 2], 16).unwrap()).collect()
}

#[test]
fn a_line_end_belongs_to_the_file_and_one_only() {
    let token = signed("HS256", &Pair::named(KEY));
    for end in ["", "\n", "\r\n"] {
        assert_eq!(found(&check(&token, &[format!("{KEY}{end}").as_bytes()])), [""; 0], "{end:?}");
    }
    assert_eq!(found(&check(&token, &[format!("{KEY}\n\n").as_bytes()])), ["key/secret-whitespace"]);
}

#[test]
fn a_token_of_an_expected_algorithm_only_is_verified() {
    let token = signed("HS256", &Pair::named(KEY));
    let key = keys::read("<key 1>".into(), "FILE", KEY.into(), true).unwrap();
    let expect = |alg: &str| Options {
        now: Some(NOW),
        keys: vec![key.clone()],
        expect: vec![("alg".into(), vec![alg.into()])],
        ..Options::default()
    };
    let lint = |options: &Options| {
        let input = Input { name: "<argument 1>".into(), text: token.clone(), kind: None };
        tokenlint::lint(&input, &RuleSet::builtin(), options)
    };
    assert_eq!(state(&lint(&expect("HS256"))), SignatureState::Verified);
    let report = lint(&expect("RS256"));
    assert_eq!((state(&report), found(&report)), (SignatureState::NotChecked, vec!["jwt/alg-mismatch"]));
}

#[test]
fn each_token_of_an_input_finds_its_key() {
    let (secret, rsa) = (Pair::named(KEY), Pair::named("rsa2048"));
    let text = format!("first: {}\nsecond: {}\n", signed("HS256", &secret), signed("RS256", &rsa));
    let public = pem("PUBLIC KEY", &rsa.spki());
    let both = check(&text, &[KEY.as_bytes(), public.as_bytes()]);
    assert!(both.signatures().all(|(_, state)| state == SignatureState::Verified), "{}", listing(&both));
    // A key for one of them is no mistake in the other.
    let one = check(&text, &[KEY.as_bytes()]);
    let states: Vec<_> = one.signatures().map(|(_, state)| state).collect();
    assert_eq!(states, [SignatureState::Verified, SignatureState::NotChecked]);
    assert_eq!(found(&one), [""; 0]);
    assert!(one.not_checked.iter().any(|n| n.what == "signature"));
}

/// Mistakes in what signed, each with the rule that names it: (what signed, the key that is given, the rule).
#[test]
fn every_mistake_with_a_secret_is_named_alone() {
    let b64 = |text: &str| STANDARD.encode(text);
    let digits = |text: &str| text.bytes().map(|b| format!("{b:02x}")).collect::<String>();
    for (signs, given, rule) in [
        (KEY.to_owned(), b64(KEY), "key/secret-base64"),
        (b64(KEY), format!("{{\"kty\":\"oct\",\"k\":\"{}\"}}", URL_SAFE_NO_PAD.encode(KEY)), "key/secret-encoded"),
        (KEY.into(), digits(KEY), "key/secret-hex"),
        (KEY.into(), digits(KEY).to_uppercase(), "key/secret-hex"),
        (KEY.into(), format!("{KEY} "), "key/secret-whitespace"),
        (KEY.into(), format!("\u{feff}{KEY}"), "key/secret-whitespace"),
        (format!("{KEY}\n"), KEY.into(), "key/secret-line-end"),
        (KEY.into(), format!("'{KEY}'"), "key/secret-quotes"),
        (format!("'{KEY}'"), KEY.into(), "key/secret-quoted"),
        (format!("a b{KEY}"), format!("a%20b{KEY}"), "key/secret-escaped"),
        (KEY.into(), "another secret, of forty characters or so".into(), "signature/not-verified"),
    ] {
        let report = check(&signed("HS256", &Pair::Secret(signs.into_bytes())), &[given.as_bytes()]);
        assert_eq!((found(&report), state(&report)), (vec![rule], SignatureState::Failed), "{}", listing(&report));
    }
}

#[test]
fn every_other_cause_is_named_alone() {
    let (rsa, p256) = (Pair::named("rsa2048"), Pair::named("p256"));
    let public = |pair: &Pair| pem("PUBLIC KEY", &pair.spki());
    let header = |alg: &str| format!(r#"{{"alg":"{alg}","kid":"é"}}"#);
    let by = |alg: &str, pair: &Pair, real: &str, text: &dyn Fn(&str) -> String| {
        token_of(&header(alg), CLAIMS, |input| pair.sign(real, text(input).as_bytes()).unwrap())
    };
    let same = |input: &str| input.to_owned();
    let padded = |input: &str| {
        let pad = |part: &str| format!("{part}{}", "=".repeat((4 - part.len() % 4) % 4));
        let (header, claims) = input.split_once('.').unwrap();
        format!("{}.{}", pad(header), pad(claims))
    };
    let json = |input: &str| {
        let decode = |part: &str| String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
        input.split('.').map(decode).collect::<Vec<_>>().join(".")
    };
    let der = token_of(&header("ES256"), CLAIMS, |input| {
        let raw = p256.sign("ES256", input.as_bytes()).unwrap();
        p256::ecdsa::Signature::from_slice(&raw).unwrap().to_der().as_bytes().to_vec()
    });
    let confused = token_of(&header("HS256"), CLAIMS, |input| {
        Pair::Secret(public(&rsa).into_bytes()).sign("HS256", input.as_bytes()).unwrap()
    });
    for (token, key, rule) in [
        (by("RS256", &rsa, "PS256", &same), public(&rsa), "signature/other-algorithm"),
        (by("RS256", &rsa, "RS512", &same), public(&rsa), "signature/other-algorithm"),
        (by("RS256", &p256, "ES256", &same), public(&p256), "signature/other-algorithm"),
        (by("ES256", &p256, "ES256", &padded), public(&p256), "signature/padded-input"),
        (by("ES256", &p256, "ES256", &json), public(&p256), "signature/decoded-input"),
        (der, public(&p256), "signature/der"),
        (confused, public(&rsa), "signature/public-key-as-secret"),
        (signed("ES256", &p256), public(&rsa), "key/type-mismatch"),
        (signed("HS256", &Pair::named(KEY)), public(&rsa), "key/public-key-for-hmac"),
        (signed("ES256", &p256), public(&Pair::named("p256-2")), "signature/not-verified"),
        (signed("RS256", &Pair::named("rsa1024")), public(&Pair::named("rsa1024")), "key/rsa-too-small"),
    ] {
        let report = check(&token, &[key.as_bytes()]);
        assert_eq!(found(&report), [rule], "{}", listing(&report));
    }
}

#[test]
fn a_token_that_was_changed_on_the_way_is_explained_by_the_change() {
    let token = signed("HS256", &Pair::named(KEY));
    let (header, rest) = token.split_once('.').unwrap();
    let (claims, signature) = rest.split_once('.').unwrap();
    assert_eq!(claims.len() % 4, 2, "there is something to pad");
    let report = check(&format!("{header}.{claims}==.{signature}"), &[KEY.as_bytes()]);
    assert_eq!((found(&report), state(&report)), (vec!["jwt/padding"], SignatureState::Failed), "{}", listing(&report));
    // Cut at its end, it has no signature to speak of.
    let report = check(&token[..token.len() - 5], &[KEY.as_bytes()]);
    assert_eq!(found(&report), ["signature/length"], "{}", listing(&report));
}

#[test]
fn guesses_are_errors_with_a_clock_and_notes_without() {
    use tokenlint::finding::Severity;
    let token = signed("HS256", &Pair::named("secret"));
    let lint = |now| {
        let input = Input { name: "<argument 1>".into(), text: token.clone(), kind: None };
        tokenlint::lint(&input, &RuleSet::builtin(), &Options { now, ..Options::default() })
    };
    for (now, severity) in [(Some(NOW), Severity::Error), (None, Severity::Note)] {
        let report = lint(now);
        assert_eq!(found(&report), ["key/secret-guessable"]);
        assert_eq!(report.findings[0].severity, severity);
    }
    // Of many tokens only the first are tried.
    let many: String = (0..40)
        .map(|i| {
            let claims = format!(r#"{{"sub":"{i}","iat":1799999940,"exp":1800003540}}"#);
            let secret = Pair::named("secret");
            let sign = |input: &str| secret.sign("HS256", input.as_bytes()).unwrap();
            format!("token {i}: {}\n", token_of(r#"{"alg":"HS256"}"#, &claims, sign))
        })
        .collect();
    let report = check(&many, &[]);
    assert_eq!(report.signatures().count(), 40);
    assert_eq!(found(&report).iter().filter(|rule| **rule == "key/secret-guessable").count(), 16);
}

/// Keys that are none, with words of what is said about them.
#[test]
fn what_is_no_key_is_refused_with_what_to_do() {
    let public = pem("PUBLIC KEY", &Pair::named("p256").spki());
    let token = signed("HS256", &Pair::named(KEY));
    for (key, words) in [
        ("", "is empty"),
        (" \n", "is empty"),
        ("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC x@y", "ssh-keygen -e -m PKCS8"),
        ("<!DOCTYPE html><html>", "web page"),
        ("https://id.example/jwks.json", "curl -fsSL -o jwks.json 'https://id.example/jwks.json'"),
        (r#"{"issuer":"x","jwks_uri":"https://id.example/keys"}"#, "curl -o jwks.json 'https://id.example/keys'"),
        (r#"{"a":1}"#, "neither a JWK"),
        (&token, "is a token"),
        (public.split("-----END").next().unwrap(), "END"),
        (&public.replace("-----BEGIN PUBLIC KEY-----", ""), "BEGIN"),
        (&public.replace("MF", "M~"), "no base64"),
        ("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----", "openssl pkey"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nMIIB\n-----END OPENSSH PRIVATE KEY-----", "ssh-keygen"),
        ("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----", "damaged"),
    ] {
        let refused = keys::read("<key 1>".into(), "FILE", key.as_bytes().to_vec(), true).unwrap_err();
        let all = format!("{} {}", refused.message, refused.help);
        assert!(all.contains(words), "{key:?}: {all}");
    }
}

#[test]
fn hostile_keys_and_tokens_do_no_harm() {
    let rsa = Pair::named("rsa2048");
    let seeds = [
        pem("PUBLIC KEY", &Pair::named("p256").spki()).into_bytes(),
        Pair::named("p521").spki(),
        Pair::named("ed25519").pkcs8(),
        format!(
            r#"{{"keys":[{{{},"kid":"a"}},{{{}}}]}}"#,
            Pair::named("p384").members(true),
            Pair::named(KEY).members(true)
        )
        .into_bytes(),
        br#"{"kty":"OKP","crv":"Ed25519","x":"AA"}"#.to_vec(),
        br#"{"kty":"RSA","n":"AA","e":"AA"}"#.to_vec(),
        br#"{"kty":"RSA","n":"_w","e":"________________"}"#.to_vec(),
    ];
    let tokens = [signed("RS256", &rsa), signed("ES512", &Pair::named("p521")), signed("HS256", &Pair::named(KEY))];
    let mut turn = 0_usize;
    let mut try_one = |key: Vec<u8>| {
        turn += 1;
        if let Ok(key) = keys::read("<key 1>".into(), "FILE", key, turn % 2 == 0) {
            let token = tokens[turn % tokens.len()].clone();
            let input = Input { name: "<argument 1>".into(), text: token, kind: None };
            let options = Options { now: Some(NOW), keys: vec![key], ..Options::default() };
            let report = tokenlint::lint(&input, &RuleSet::builtin(), &options);
            assert!(!listing(&report).contains(KEY), "{}", listing(&report));
        }
    };
    for seed in seeds {
        try_one(seed.clone());
        for at in (0..seed.len()).step_by(7) {
            try_one(seed[..at].to_vec());
            try_one(seed[at..].to_vec());
            for byte in [0, b'"', 0x30, 0xff] {
                let mut changed = seed.clone();
                changed[at] = byte;
                try_one(changed);
            }
        }
    }
    // Signatures of every length.
    for size in 0..150 {
        for alg in ["HS256", "RS256", "ES256", "ES512", "ES256K", "EdDSA"] {
            let token = token_of(&format!(r#"{{"alg":"{alg}"}}"#), CLAIMS, |_| vec![0x30; size]);
            check(&token, &[&rsa.spki(), &Pair::named("p256").spki(), &Pair::named("k256").spki()]);
        }
    }
}

#[test]
fn the_command_line_takes_keys_and_never_shows_them() {
    let folder = Folder::new();
    let token = signed("HS256", &Pair::named(KEY));
    folder.write("token.jwt", &token);
    folder.write("key", format!("{KEY}\n"));
    folder.write("wrong", "another secret, of forty characters or so\n");
    folder.write("quoted", format!("'{KEY}'"));
    folder.write("jwk", format!("{{{}}}", Pair::named(KEY).members(false)));
    let check = |key: &str, more: &[&str]| {
        let arguments = [&["check", "token.jwt", "--now", "1800000000", "--key", key], more].concat();
        folder.command(&arguments).env("SECRET_OF_MINE", KEY).output().unwrap()
    };
    let b64 = format!("b64:{}", STANDARD.encode(KEY));
    for key in ["key", "jwk", "env:SECRET_OF_MINE", &b64] {
        let run = check(key, &[]);
        let out = String::from_utf8(run.stdout).unwrap();
        assert_eq!(run.status.code(), Some(0), "{key}: {out}");
        assert!(out.contains("signature verified") && out.contains("nothing left unchecked"), "{key}: {out}");
    }
    for (key, words) in [("wrong", "does not verify with <key 1>"), ("quoted", "quotes around the secret")] {
        for format in ["human", "short", "json"] {
            for reveal in [&[][..], &["--reveal"]] {
                let run = check(key, &[&["--format", format], reveal].concat());
                let out = String::from_utf8(run.stdout).unwrap() + &String::from_utf8(run.stderr).unwrap();
                assert_eq!(run.status.code(), Some(1), "{out}");
                assert!(out.contains(words), "{out}");
                assert!(!out.contains("another secret") && !out.contains(&KEY[..8]), "{out}");
            }
        }
    }
    // A private member is not shown either, even where all else is.
    folder.write("set", format!(r#"{{"keys":[{{{},"kid":"a"}}]}}"#, Pair::named(KEY).members(true)));
    let run = check("set", &["--reveal", "--format", "json"]);
    let out = String::from_utf8(run.stdout).unwrap();
    assert!(!out.contains(&URL_SAFE_NO_PAD.encode(KEY)[..8]), "{out}");
    let state = |out: &str| {
        let document: serde_json::Value = serde_json::from_str(out).unwrap();
        document["signatures"][0]["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(state(&out), "verified");
    let out = folder.run(&["check", "token.jwt", "--now", "1800000000", "--format", "json"]);
    assert_eq!(state(&out.out), "not checked");
}

#[test]
fn a_key_that_cannot_be_used_is_a_mistake_with_status_2() {
    let folder = Folder::new();
    folder.write("token.jwt", signed("HS256", &Pair::named(KEY)));
    folder.write("empty", "");
    for (key, words) in [
        ("https://id.example/jwks.json", "curl -fsSL -o jwks.json 'https://id.example/jwks.json'"),
        ("gone.pem", "is no file that can be found"),
        ("env:GONE", "there is none of that name"),
        ("env:", "there is none of that name"),
        ("b64:%%", "is no base64"),
        (".", "is a folder"),
        ("empty", "is empty"),
    ] {
        let run = folder.run(&["check", "token.jwt", "--key", key]);
        run.is(2, &["<key 1>", words, "help:"]);
        assert_eq!(run.out, "");
    }
    // What was typed may be the secret.
    let run = folder.run(&["check", "token.jwt", "--key", KEY]);
    run.is(2, &["is no file that can be found"]);
    assert!(!run.all().contains(&KEY[..8]), "{run:#?}");
    let run = folder.pipe(KEY, &["check", "-", "--key", "-"]);
    run.is(2, &["standard input, which is read for something else"]);
    let run = folder.pipe(KEY, &["check", "token.jwt", "--key", "-", "--now", "1800000000"]);
    run.is(0, &["signature verified"]);
}
