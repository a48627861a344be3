//! What tests share: the rule files, and examples with signatures of test keys.
//!
//! Besides the marks of every example (`tokenlint::example::MARKS`): `@{public:p256}`, `@{spki:p256}`, `@{private:p256}`,
//! `@{members:p256}`, `@{private-members:p256}` a test key (see `keys`) as PEM or as the members of a JWK,
//! `@{thumbprint:p256}` that of a test key, `@{signed:p256:{…}.{…}}` another token, `@{sign:how}` a signature over
//! something else than it should be (see [`other_signature`]).

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

pub mod keys;

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use keys::Pair;
use sha2::Digest as _;
use tokenlint::example::{self, Token, Tools};
#[allow(unused_imports, reason = "each test takes what it needs")]
pub use tokenlint::example::{NOW, SECRET as KEY, bytes, words};
use tokenlint::finding::Report;
use tokenlint::load::RuleSet;
use tokenlint::rule::Example;
use tokenlint::verify::keys::GivenKey;

/// Test keys by name sign, and stand in marks.
pub struct TestKeys;

impl Tools for TestKeys {
    fn mark(&self, mark: &str, token: Option<&Token>) -> Option<String> {
        let (name, rest) = mark.split_once(':')?;
        Some(match name {
            "public" => keys::pem("PUBLIC KEY", &Pair::named(rest).spki()),
            "spki" => STANDARD.encode(Pair::named(rest).spki()),
            "private" => keys::pem("PRIVATE KEY", &Pair::named(rest).pkcs8()),
            "members" => Pair::named(rest).members(false),
            "private-members" => Pair::named(rest).members(true),
            "thumbprint" => thumbprint(rest),
            "signed" => signed(rest),
            "sign" => other_signature(rest, token?),
            _ => return None,
        })
    }

    fn sign(&self, key: &str, alg: &str, input: &[u8]) -> Option<Vec<u8>> {
        Pair::named(key).sign(alg, input)
    }
}

/// All rules and platforms below `rules/`, as (id, text).
pub fn rule_files() -> Vec<(String, String)> {
    files().into_iter().filter(|(id, _)| !id.starts_with("errors/")).collect()
}

/// The files of errors that belong to no single platform, as (id, text).
pub fn error_files() -> Vec<(String, String)> {
    let of_errors = |(id, text): (String, String)| Some((id.strip_prefix("errors/")?.to_owned(), text));
    files().into_iter().filter_map(of_errors).collect()
}

fn files() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    files
        .into_iter()
        .map(|file| {
            let id = file.strip_prefix(&root).unwrap().with_extension("").to_string_lossy().replace('\\', "/");
            (id, std::fs::read_to_string(&file).unwrap().replace("\r\n", "\n"))
        })
        .collect()
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "toml") {
            files.push(path);
        }
    }
}

/// Lints an example.
pub fn lint(set: &RuleSet, example: &Example) -> Report {
    example::lint(set, example, &TestKeys).unwrap()
}

/// Lints another text in the circumstances of an example.
pub fn lint_text(set: &RuleSet, example: &Example, text: &str) -> Report {
    example::lint_text(set, example, text, &TestKeys).unwrap()
}

/// What an example gives as `--key`.
pub fn given_keys(example: &Example) -> Vec<GivenKey> {
    example::given_keys(example, &TestKeys).unwrap()
}

/// The text of an example.
pub fn text(example: &Example) -> String {
    example::text(example, &TestKeys).unwrap()
}

/// A signature that was made in another way than the standard says: with another algorithm (`RS512`), over other bytes
/// (`padded`, `standard`, `json`, `claims`, `payload`, `dot`), or written in another way (`der`).
fn other_signature(how: &str, token: &Token) -> String {
    let (header, claims) = (token.header, token.claims);
    let parts = [URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims)];
    let padded = |part: &str| format!("{part}{}", "=".repeat((4 - part.len() % 4) % 4));
    let input = match how {
        "padded" => format!("{}.{}", padded(&parts[0]), padded(&parts[1])),
        "standard" => format!("{}.{}", STANDARD.encode(header), STANDARD.encode(claims)),
        "json" => format!("{header}.{claims}"),
        "claims" => claims.to_owned(),
        "payload" => parts[1].clone(),
        "dot" => format!("{}.{}.", parts[0], parts[1]),
        _ => parts.join("."),
    };
    let named = ["RS", "PS", "HS", "ES", "Ed"].iter().any(|family| how.starts_with(family));
    let alg = if named { how.to_owned() } else { example::alg(header) };
    let signature = Pair::named(token.key).sign(&alg, input.as_bytes());
    let bytes = signature.unwrap_or_else(|| panic!("this key does not sign {alg}"));
    let bytes = if how == "der" {
        p256::ecdsa::Signature::from_slice(&bytes).unwrap().to_der().as_bytes().to_vec()
    } else {
        bytes
    };
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A token of its own beside `@{jwt}`, from `key:{header}.{claims}`.
fn signed(text: &str) -> String {
    let (key, parts) = text.split_once(':').unwrap();
    let (header, claims) = parts.split_once("}.{").unwrap_or_else(|| panic!("header and claims in {text}"));
    let (header, claims) = (format!("{header}}}"), format!("{{{claims}"));
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(&header), URL_SAFE_NO_PAD.encode(&claims));
    let token = Token { header: &header, claims: &claims, key };
    let signature = example::signature(&token, input.as_bytes(), &TestKeys);
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// The thumbprint of a test key (RFC 7638): a JSON object of `serde_json` has its members in order.
fn thumbprint(key: &str) -> String {
    let members: serde_json::Value = serde_json::from_str(&format!("{{{}}}", Pair::named(key).members(false))).unwrap();
    URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(members.to_string()))
}

/// A line a finding and a line a fact, for messages of failing tests.
pub fn listing(report: &Report) -> String {
    let mut out = String::new();
    for f in &report.findings {
        out += &format!("  {}[{}] {:?} hides {:?}\n", f.severity.name(), f.rule, words(&f.message), f.hidden);
    }
    for (id, subject) in report.facts.subjects() {
        out += &format!(
            "    {id:?} {} in {:?}{}\n",
            subject.thing.name(),
            subject.parent,
            if subject.open { ", open" } else { "" }
        );
        for fact in subject.facts() {
            out += &format!("      {} = {:?}{}\n", fact.path, fact.value, if fact.hole { " (hole)" } else { "" });
        }
    }
    out
}
