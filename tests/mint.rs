//! Tokens that are made: signed by every algorithm, ordered from a contract, and corrected.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

mod common;
#[path = "common/process.rs"]
mod process;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::keys::{Pair, pem};
use common::{KEY, NOW, given_keys, listing, rule_files};
use process::{Folder, Run};
use serde_json::{Value, json};
use tokenlint::facts::SubjectId;
use tokenlint::finding::{Report, Severity};
use tokenlint::load::{RuleSet, parse_rule};
use tokenlint::mint::Draft;
use tokenlint::options::{Input, Options};
use tokenlint::repair::{Repaired, repair};
use tokenlint::verify::algorithm::verifies;
use tokenlint::verify::keys::{Key, read};

/// What the harness writes for `@{uuid}`.
const UUID: &str = "4ad7f6a1-93c2-4d0e-8b5f-2f6c1e9a7d30";
const CLIENT_ID: &str = "DemoShopDemoShopDemoShopDemoShopDemoShop";

fn key(bytes: impl Into<Vec<u8>>) -> Key {
    read("<key 1>".into(), "FILE", bytes.into(), false).unwrap().keys.remove(0)
}

#[test]
fn every_algorithm_signs_what_it_verifies() {
    let table: &[(&str, &[&str])] = &[
        ("rsa2048", &["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]),
        ("p256", &["ES256"]),
        ("p384", &["ES384"]),
        ("p521", &["ES512"]),
        ("k256", &["ES256K"]),
        ("ed25519", &["EdDSA", "Ed25519"]),
        (KEY, &["HS256", "HS384", "HS512"]),
    ];
    for (name, algs) in table {
        let pair = Pair::named(name);
        let mut forms = match pair {
            Pair::Secret(_) => vec![name.as_bytes().to_vec()],
            _ => vec![
                pem("PRIVATE KEY", &pair.pkcs8()).into_bytes(),
                pair.pkcs8(),
                format!("{{{}}}", pair.members(true)).into_bytes(),
            ],
        };
        match pair {
            Pair::Rsa(_) => forms.push(pair.pkcs1().0),
            Pair::P256(_) | Pair::P384(_) | Pair::P521(_) | Pair::K256(_) => forms.push(pair.sec1()),
            _ => {}
        }
        for form in forms {
            let key = key(form.clone());
            for alg in *algs {
                let what = format!("{name} {alg} {}", String::from_utf8_lossy(&form));
                let signature = key.sign(alg, b"what is signed").expect(&what);
                assert!(verifies(alg, key.material.as_ref().unwrap(), b"what is signed", &signature), "{what}");
                assert!(!verifies(alg, key.material.as_ref().unwrap(), b"something else", &signature), "{what}");
            }
            assert_eq!(key.sign("none", b""), None);
            assert!(!format!("{key:?}").contains(KEY), "{key:?}");
        }
    }
    // Half a key signs nothing.
    let public = Pair::named("p256");
    assert_eq!(key(pem("PUBLIC KEY", &public.spki())).sign("ES256", b""), None);
    assert_eq!(key(format!("{{{}}}", public.members(false))).sign("ES256", b""), None);
}

fn mint(more: &[&str]) -> Run {
    let folder = Folder::new();
    folder.write("secret", format!("{KEY}\n"));
    folder.write("rsa.pem", pem("PRIVATE KEY", &Pair::named("rsa2048").pkcs8()));
    folder.write("platforms/shop.toml", SHOP);
    let mut arguments = vec!["mint"];
    arguments.extend(more);
    folder.run(&arguments)
}

/// A contract whose users sign with RSA, and which leaves no choice about some claims.
const SHOP: &str = r#"
title = "Shop"
docs  = "https://docs.shop.example/tokens"
[[credential]]
id       = "app-token"
title    = "app token"
scheme   = ["Bearer"]
shape    = { claims = { iss = ".*" } }
exposure = "short-lived"
basis    = "https://docs.shop.example/tokens"
[[jwt]]
id    = "app-token"
alg   = ["RS256"]
key   = "the private key of the app"
basis = "https://docs.shop.example/tokens"
header.kid = { required = true }
claims.iss = { required = true, type = "string" }
claims.iat = { required = true }
claims.aud = { required = true, in = ["https://api.shop.example"] }
"#;

/// Header and claims of the token that stands alone on standard output.
fn parts(run: &Run) -> (Value, Value) {
    assert_eq!(run.status, 0, "{run:#?}");
    let token = run.out.strip_suffix('\n').unwrap();
    assert_eq!(token.split('.').count(), 3, "{run:#?}");
    let part = |i: usize| {
        let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(i).unwrap()).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    (part(0), part(1))
}

#[test]
fn a_token_is_made_as_the_contract_wants_it() {
    let iss = format!("iss={CLIENT_ID}");
    let arguments =
        ["livelike", "--claim", &iss, "--claim", "custom_profile_id=42", "--key", "secret", "--now", "1800000000"];
    let run = mint(&arguments);
    assert_eq!(run.err, "");
    let claims = json!({"iat": NOW, "iss": CLIENT_ID, "custom_profile_id": "42"});
    assert_eq!(parts(&run), (json!({"alg": "HS256", "typ": "JWT"}), claims));
    for (ttl, seconds) in [("24h", 86_400), ("15m", 900), ("7d", 604_800), ("1h30m", 5400), ("PT1H", 3600)] {
        let run = mint(&[&arguments[..], &["--ttl", ttl]].concat());
        assert_eq!(parts(&run).1["exp"], NOW + seconds, "{ttl}");
    }
    // By the system's clock, in seconds and UTC.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let iat = parts(&mint(&arguments[..7])).1["iat"].as_u64().unwrap();
    assert!((now..=now + 60).contains(&iat), "{iat} at {now}");
}

#[test]
fn a_contract_of_the_users_own_serves_too() {
    let run = mint(&["shop", "--rules", ".", "--claim", "iss=me", "--header", "kid=2027-01", "--key", "rsa.pem"]);
    let (header, claims) = parts(&run);
    assert_eq!(header, json!({"alg": "RS256", "typ": "JWT", "kid": "2027-01"}));
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!("me"), &json!("https://api.shop.example")));
    assert_eq!(run.err, "");
}

#[test]
fn what_the_contract_forbids_is_not_made() {
    let iss = format!("iss={CLIENT_ID}");
    let long = format!("custom_profile_id={}", "x".repeat(256));
    let client_id_as_key = ["livelike", "--claim", &iss, "--claim", "custom_profile_id=42", "--key", "id"];
    for (arguments, words) in [
        (vec!["--claim", &iss], vec!["platform/claim-missing", "custom_profile_id"]),
        (vec!["--claim", &iss, "--claim", &long], vec!["platform/claim-too-long", "255"]),
        (
            vec!["--claim", &iss, "--claim", "custom_profile_id=42", "--claim", "iat=1800000000000"],
            vec!["time/milliseconds"],
        ),
        (
            vec!["--claim", &iss, "--claim", "custom_profile_id=42", "--expect", "client_id=AnotherShop"],
            vec!["platform/claim-wrong", "AnotherShop"],
        ),
    ] {
        let run = mint(&[vec!["livelike", "--key", "secret"], arguments].concat());
        assert_eq!(run.out, "", "{run:#?}");
        run.is(1, &words).is(1, &["no token is printed"]);
    }
    let folder = Folder::new();
    folder.write("id", CLIENT_ID);
    let run = folder.run(&[&["mint"], &client_id_as_key[..]].concat());
    assert_eq!(run.out, "", "{run:#?}");
    run.is(1, &["livelike/client-id-as-secret"]);
}

#[test]
fn what_cannot_be_made_is_explained_with_status_2() {
    let table: &[(&[&str], &[&str])] = &[
        (&["livelyke", "--key", "secret"], &["no platform `livelyke`", "did you mean `livelike`?"]),
        (&["livechat", "--key", "secret"], &["LiveChat issues its tokens itself", "livelike"]),
        (&["livelike"], &["--key"]),
        (&["livelike", "--key", "rsa.pem"], &["<key 1> is an RSA key, and LiveLike wants HS256", "the Client Secret"]),
        (&["livelike", "--key", "gone"], &["<key 1> is no file"]),
        (&["livelike", "--key", "secret", "--claim", "iss"], &["--claim iss is not NAME=VALUE"]),
        (&["livelike", "--key", "secret", "--claim", "a=1", "--claim", "a=2"], &["--claim a is given twice"]),
        (&["livelike", "--key", "secret", "--ttl", "soon"], &["--ttl soon is no duration", "24h"]),
        (&["livelike", "--key", "secret", "--ttl=-1h"], &["--ttl -1h is no duration"]),
        (&["livelike", "--key", "secret", "--now", "none"], &["--now none"]),
        (&["livelike", "--key", "secret", "--header", "alg=none"], &["<key 1> cannot sign this token"]),
        (&["livelike", "--key", "secret", "--credential", "issued-jwt"], &["--credential", "client-generated"]),
        (&["shop", "--rules", ".", "--key", "secret"], &["a shared secret, and Shop wants RS256"]),
    ];
    for (arguments, words) in table {
        let run = mint(arguments);
        assert_eq!(run.out, "", "{arguments:?}");
        run.is(2, words);
    }
}

fn options(secret: Option<&str>) -> Options {
    let keys = secret.map(|secret| read("<key 1>".into(), "FILE", secret.into(), false).unwrap());
    Options { now: Some(NOW), keys: keys.into_iter().collect(), ..Options::default() }
}

/// The subject with the claims.
fn subject(report: &Report) -> SubjectId {
    let has_claims = |(_, s): &(SubjectId, &tokenlint::facts::Subject)| s.of_path("jwt.claims").next().is_some();
    report.facts.subjects().find(has_claims).expect("claims").0
}

fn repaired(text: &str, options: &Options) -> Repaired {
    let set = RuleSet::builtin();
    let input = Input { name: "cmd.sh".into(), text: text.into(), kind: None };
    let report = tokenlint::lint(&input, &set, options);
    repair(&report, subject(&report), &input, &set, options).expect("claims that can be read")
}

fn token(claims: &str) -> String {
    let mut draft = Draft::default();
    draft.header.set("alg", r#""HS256""#);
    draft.claims = tokenlint::mint::Members::read(claims).unwrap();
    draft.signed(&key(KEY)).unwrap()
}

fn diff(repaired: &Repaired) -> Vec<String> {
    let new = repaired.members.iter().filter(|member| member.is_new());
    new.map(|m| format!("{} {} {}", m.name, m.was.as_deref().unwrap_or("-"), m.is)).collect()
}

#[test]
fn all_mistakes_of_a_token_are_corrected_at_once_where_it_stands() {
    let claims = format!(r#"{{"iss":"{CLIENT_ID}","iat":"1799999940000","user_id":7,"level":{{"b":1,"a":2}}}}"#);
    let profile = format!("https://cf-blast.livelikecdn.com/api/v1/applications/{CLIENT_ID}/profile/");
    let token = token(&claims);
    let encoded = token.replace('.', "%2E");
    for text in [
        format!("curl -H 'Authorization: Bearer {token}' {profile}"),
        format!("GET {profile} HTTP/1.1\r\nAuthorization: Bearer {token}\r\n\r\n"),
        format!("{profile}?access_token={encoded}"),
    ] {
        let mended = repaired(&text, &options(Some(KEY)));
        let expected = [r#"iat "1799999940000" 1799999940"#, r#"custom_profile_id - "7""#];
        assert_eq!(diff(&mended), expected, "{text}");
        let new = mended.token.expect("a token");
        let report = tokenlint::lint(
            &Input { name: "x".into(), text: new, kind: None },
            &RuleSet::builtin(),
            &options(Some(KEY)),
        );
        assert!(report.findings.iter().all(|f| f.severity < Severity::Error), "{}", listing(&report));
        assert_eq!(mended.signed_by, Some(("<key 1>".into(), "HS256".into())));
    }
    let without_key = repaired(&format!("Authorization: Bearer {token}"), &options(None));
    assert_eq!((without_key.token, without_key.members.len()), (None, 4));
}

#[test]
fn an_expired_token_is_issued_now_for_as_long_as_before() {
    let mended =
        repaired(&token(r#"{"sub":"42","nbf":1700000000,"iat":1700000000,"exp":1700000900}"#), &options(Some(KEY)));
    let expected = ["nbf 1700000000 1800000000", "iat 1700000000 1800000000", "exp 1700000900 1800000900"];
    assert_eq!(diff(&mended), expected);
}

#[test]
fn what_only_the_user_knows_is_left_and_nothing_is_signed() {
    let long = "x".repeat(256);
    let mended = repaired(
        &format!(r#"{{"iss":"{CLIENT_ID}","iat":1800000000,"custom_profile_id":"{long}"}}"#),
        &options(Some(KEY)),
    );
    assert_eq!((mended.left.as_slice(), &mended.token), (["platform/claim-too-long".to_owned()].as_slice(), &None));
    // A token that is right needs no other.
    let right = repaired(&token(r#"{"sub":"42","iat":1799999940,"exp":1800003540}"#), &options(Some(KEY)));
    assert_eq!((diff(&right), right.token), (vec![], None));
    // One that another key signed does.
    let foreign = repaired(&token(r#"{"sub":"42","iat":1799999940,"exp":1800003540}"#), &options(Some(&KEY.repeat(2))));
    assert!(foreign.token.is_some(), "{foreign:?}");
}

#[test]
fn the_algorithm_follows_the_contract_and_the_key() {
    let pair = pem("PRIVATE KEY", &Pair::named("p256").pkcs8());
    let mended = repaired(&token(r#"{"sub":42,"iat":1799999940,"exp":1800003540}"#), &options(Some(&pair)));
    assert_eq!(diff(&mended), [r#"alg "HS256" "ES256""#, r#"sub 42 "42""#]);
    assert!(mended.token.is_some());
}

#[test]
fn every_rule_that_knows_a_correction_corrects_an_example() {
    let set = RuleSet::builtin();
    let mut count = 0;
    for (id, text) in rule_files().iter().filter(|(id, _)| !id.starts_with("platforms/")) {
        let file = parse_rule(id, text).unwrap();
        if file.rule.repair.is_none() {
            continue;
        }
        count += 1;
        let corrects = file.bad.iter().any(|example| {
            let options = Options {
                now: Some(NOW),
                expect: example
                    .expect
                    .iter()
                    .map(|(n, v)| (n.clone(), v.iter().map(|v| v.replace("@{uuid}", UUID)).collect()))
                    .collect(),
                platform: example.platform.clone(),
                keys: given_keys(example),
                ..Options::default()
            };
            let input = Input { name: "<argument 1>".into(), text: common::text(example), kind: None };
            let report = tokenlint::lint(&input, &set, &options);
            let Some(finding) = report.findings.iter().find(|f| f.rule == *id && f.repair.is_some()) else {
                return false;
            };
            let mended = repair(&report, finding.subject, &input, &set, &options);
            mended.is_some_and(|mended| !diff(&mended).is_empty() && !mended.left.contains(id))
        });
        assert!(corrects, "{id}: no bad example is corrected");
    }
    assert!(count > 15, "{count}");
}

#[test]
fn the_debugger_prints_the_claims_as_they_should_be_and_the_token() {
    let folder = Folder::new();
    folder.write("secret", KEY);
    let token = token(&format!(r#"{{"iss":"{CLIENT_ID}","iat":1799999940000,"custom_profile_id":42}}"#));
    let debug = |more: &[&str]| folder.run(&[&["debug", &token, "--now", "1800000000", "--repair"], more].concat());
    let shown = debug(&["--key", "secret"]);
    let words = [
        "corrected claims\n",
        "\n- \"iat\": 1799999940000\n+ \"iat\": 1799999940\n",
        "\n+ \"custom_profile_id\": \"42\"\n",
    ];
    shown.is(1, &words);
    let last = shown.out.lines().last().unwrap();
    folder.run(&["check", last, "--now", "1800000000", "--key", "secret"]).is(0, &["signature verified"]);
    debug(&[]).is(1, &["give the key of the signer, `--key`"]);
    let json: Value = serde_json::from_str(&debug(&["--key", "secret", "--format", "json"]).out).unwrap();
    let repaired = &json["things"][0]["repaired"];
    assert_eq!(repaired["token"], last, "{repaired:#}");
    assert_eq!(
        repaired["members"][2],
        json!({"part": "claims", "name": "custom_profile_id", "was": "42", "is": "\"42\""})
    );
    folder.run(&["debug", "--repair", "Authorization: Bearer abc"]).is(0, &["there are no claims to correct"]);
}
