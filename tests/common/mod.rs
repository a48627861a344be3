//! Examples in rule and platform files, made into inputs: marks filled in, tokens signed.
//!
//! Marks: `@{jwt}` the token of `header` and `claims`; `@{header}`, `@{claims}`, `@{signature}` its parts; `@{fill:N}` N
//! random-looking letters and digits, `@{hex:N}` N hexadecimal digits, `@{bytes:N}` base64url of N random-looking bytes,
//! `@{secret}` the text that signs unless `signed` names another key, `@{public:p256}`, `@{spki:p256}`, `@{private:p256}`,
//! `@{members:p256}`, `@{private-members:p256}` a test key (see `keys`) as PEM or as the members of a JWK, `@{sign:how}` a
//! signature over something else than it should be (see [`other_signature`]), `@{uuid}` a UUID, `@{b64:text}` and `@{b64url:text}` the encoded text (which may hold marks), `@{sha256:text}` base64url of its hash, `@{sha256-hex:text}` the hash in hexadecimal, `@{thumbprint:p256}` that of a test key, `@{signed:p256:{…}.{…}}` another token,
//! `@{repeat:N:text}` the text N times, `@{now}` the example's clock (`@{now:+60}`, `@{now:-60}`).

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

pub mod keys;

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use keys::Pair;
use sha2::Digest as _;
use tokenlint::finding::Report;
use tokenlint::load::RuleSet;
use tokenlint::options::{Input, Options};
use tokenlint::recognise::Kind;
use tokenlint::rule::{Example, Now};
use tokenlint::verify::keys::GivenKey;

/// 2027-01-15T08:00:00Z.
pub const NOW: i64 = 1_800_000_000;
/// A random-looking key of 32 bytes.
pub const KEY: &str = "q7Rk2VxN9pLwT4sYb8ZdGf3HjC6mXvE1";

/// All rules and platforms below `rules/`, as (id, text).
pub fn rule_files() -> Vec<(String, String)> {
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
        .filter(|(id, _): &(String, String)| !id.starts_with("errors/"))
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

/// Lints an example with all built-in rules.
pub fn lint(set: &RuleSet, example: &Example) -> Report {
    lint_text(set, example, &text(example))
}

/// Lints another text in the circumstances of an example.
pub fn lint_text(set: &RuleSet, example: &Example, text: &str) -> Report {
    let kind = example.kind.as_deref().map(|k| Kind::parse(k).unwrap_or_else(|| panic!("no kind {k}")));
    let name = example.filename.clone().unwrap_or_else(|| "<argument 1>".into());
    let options = Options {
        now: match example.now {
            None | Some(Now::Clock(true)) => Some(NOW),
            Some(Now::At(now)) => Some(now),
            Some(Now::Clock(false)) => None,
        },
        expect: example
            .expect
            .iter()
            .map(|(n, v)| (n.clone(), v.iter().map(|v| fill(v, NOW, &|_| None)).collect()))
            .collect(),
        platform: example.platform.clone(),
        strict: example.strict,
        keys: given_keys(example),
        ..Options::default()
    };
    tokenlint::lint(&Input { name, text: text.to_owned(), kind }, set, &options)
}

/// What an example gives as `--key`.
pub fn given_keys(example: &Example) -> Vec<GivenKey> {
    let texts = example.key.iter().flat_map(|keys| keys.iter()).enumerate();
    let key = |(i, text): (usize, &str)| {
        let bytes = fill(text, NOW, &|_| None).into_bytes();
        let name = format!("<key {}>", i + 1);
        tokenlint::verify::keys::read(name, "FILE", bytes, false).unwrap_or_else(|e| panic!("{text}: {e:?}"))
    };
    texts.map(key).collect()
}

/// The text of an example.
pub fn text(example: &Example) -> String {
    if let Some(hex) = &example.hex {
        let bytes: Vec<u8> =
            (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect();
        return String::from_utf8_lossy(&bytes).into_owned();
    }
    let now = match example.now {
        Some(Now::At(now)) => now,
        _ => NOW,
    };
    let plain = |text: &str| fill(text, now, &|_| None);
    let header = plain(example.header.as_deref().unwrap_or(r#"{"alg":"HS256","typ":"JWT"}"#));
    let default = format!(r#"{{"sub":"42","iat":{},"exp":{}}}"#, now - 60, now + 3540);
    let claims = plain(example.claims.as_deref().unwrap_or(&default));
    let (h, c) = (URL_SAFE_NO_PAD.encode(&header), URL_SAFE_NO_PAD.encode(&claims));
    let signer = Pair::named(&plain(example.signed.as_deref().unwrap_or(KEY)));
    let s = signature(&header, &format!("{h}.{c}"), &signer);
    fill(example.input.as_deref().unwrap_or("@{jwt}"), now, &|mark| match mark {
        "jwt" => Some(format!("{h}.{c}.{s}")),
        "header" => Some(h.clone()),
        "claims" => Some(c.clone()),
        "signature" => Some(s.clone()),
        _ => {
            let how = mark.strip_prefix("sign:")?;
            Some(other_signature(how, &alg(&header), [&header, &claims], [&h, &c], &signer))
        }
    })
}

/// A signature that was made in another way than the standard says: with another algorithm (`RS512`), over other bytes
/// (`padded`, `standard`, `json`, `claims`, `payload`, `dot`), or written in another way (`der`).
fn other_signature(how: &str, alg: &str, texts: [&str; 2], parts: [&str; 2], signer: &Pair) -> String {
    let [header, claims] = texts;
    let padded = |part: &str| format!("{part}{}", "=".repeat((4 - part.len() % 4) % 4));
    let input = match how {
        "padded" => format!("{}.{}", padded(parts[0]), padded(parts[1])),
        "standard" => format!("{}.{}", STANDARD.encode(header), STANDARD.encode(claims)),
        "json" => format!("{header}.{claims}"),
        "claims" => claims.to_owned(),
        "payload" => parts[1].to_owned(),
        "dot" => format!("{}.{}.", parts[0], parts[1]),
        _ => parts.join("."),
    };
    let named = ["RS", "PS", "HS", "ES", "Ed"].iter().any(|family| how.starts_with(family));
    let alg = if named { how } else { alg };
    let bytes = signer.sign(alg, input.as_bytes()).unwrap_or_else(|| panic!("this key does not sign {alg}"));
    let bytes = if how == "der" {
        p256::ecdsa::Signature::from_slice(&bytes).unwrap().to_der().as_bytes().to_vec()
    } else {
        bytes
    };
    URL_SAFE_NO_PAD.encode(bytes)
}

fn alg(header: &str) -> String {
    let header: Option<serde_json::Value> = serde_json::from_str(header).ok();
    header.and_then(|h| h.get("alg").and_then(|a| a.as_str()).map(str::to_owned)).unwrap_or_default()
}

/// Fills the marks, the innermost first.
fn fill(text: &str, now: i64, jwt: &dyn Fn(&str) -> Option<String>) -> String {
    let mut text = text.to_owned();
    while let Some((start, end)) = innermost(&text) {
        let mark = &text[start + 2..end];
        let (name, rest) = mark.split_once(':').unwrap_or((mark, ""));
        let number = || rest.parse::<usize>().unwrap_or_else(|_| panic!("a number in @{{{mark}}}"));
        let value = jwt(mark).unwrap_or_else(|| match name {
            "fill" => alphabet(b"q7Rk2VxN9pLwT4sYb8ZdGf3HjC6mXvE1aUeW5nQtDzKc0oSiBgAhFyJrMlPu", number()),
            "hex" => alphabet(b"3f9a1c7e5b2d8064", number()),
            "bytes" => URL_SAFE_NO_PAD.encode(bytes(number())),
            "hexof" => rest.bytes().map(|b| format!("{b:02x}")).collect(),
            "secret" => KEY.into(),
            "public" => keys::pem("PUBLIC KEY", &Pair::named(rest).spki()),
            "spki" => STANDARD.encode(Pair::named(rest).spki()),
            "private" => keys::pem("PRIVATE KEY", &Pair::named(rest).pkcs8()),
            "members" => Pair::named(rest).members(false),
            "private-members" => Pair::named(rest).members(true),
            "sha256" => URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(rest)),
            "sha256-hex" => sha2::Sha256::digest(rest).iter().map(|b| format!("{b:02x}")).collect(),
            "thumbprint" => thumbprint(rest),
            "signed" => signed(rest),
            "uuid" => "4ad7f6a1-93c2-4d0e-8b5f-2f6c1e9a7d30".into(),
            "b64url-with-zero" => URL_SAFE_NO_PAD.encode([vec![0], vec![0xff], bytes(number() - 1)].concat()),
            "b64" => STANDARD.encode(rest),
            "b64url" => URL_SAFE_NO_PAD.encode(rest),
            "now" => (now + rest.parse::<i64>().unwrap_or(0)).to_string(),
            "repeat" => {
                let (n, what) = rest.split_once(':').unwrap();
                what.repeat(n.parse().unwrap())
            }
            _ => panic!("there is no mark @{{{mark}}}"),
        });
        text.replace_range(start..=end, &value);
    }
    text
}

/// The first mark without a mark in it: from `@{` to the `}` that closes it.
fn innermost(text: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    'next: loop {
        let start = from + text[from..].find("@{")?;
        let mut depth = 0;
        for (at, c) in text[start + 2..].char_indices() {
            let end = start + 2 + at;
            match c {
                '@' if text[end + 1..].starts_with('{') => {
                    from = end;
                    continue 'next;
                }
                '{' => depth += 1,
                '}' if depth == 0 => return Some((start, end)),
                '}' => depth -= 1,
                _ => {}
            }
        }
        // JSON that is cut off has no end of its own.
        return text[start..].find('}').map(|end| (start, start + end));
    }
}

/// A token of its own beside `@{jwt}`, from `key:{header}.{claims}`.
fn signed(text: &str) -> String {
    let (key, parts) = text.split_once(':').unwrap();
    let (header, claims) = parts.split_once("}.{").unwrap_or_else(|| panic!("header and claims in {text}"));
    let (header, claims) = (format!("{header}}}"), format!("{{{claims}"));
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(&header), URL_SAFE_NO_PAD.encode(claims));
    let signature = signature(&header, &input, &Pair::named(key));
    format!("{input}.{signature}")
}

/// The thumbprint of a test key (RFC 7638): a JSON object of `serde_json` has its members in order.
fn thumbprint(key: &str) -> String {
    let members: serde_json::Value = serde_json::from_str(&format!("{{{}}}", Pair::named(key).members(false))).unwrap();
    URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(members.to_string()))
}

fn alphabet(letters: &[u8], n: usize) -> String {
    bytes(n).iter().map(|b| letters[usize::from(*b) % letters.len()] as char).collect()
}

/// The same random-looking bytes every time.
pub fn bytes(n: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    (0..n)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 24) as u8
        })
        .collect()
}

/// The signature of a key that serves the algorithm, or random-looking bytes of the right number.
fn signature(header: &str, input: &str, signer: &Pair) -> String {
    let alg = alg(header);
    if let Some(signature) = signer.sign(&alg, input.as_bytes()) {
        return URL_SAFE_NO_PAD.encode(signature);
    }
    let bytes = match alg.to_ascii_uppercase().as_str() {
        "NONE" => Vec::new(),
        "RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" => bytes(256),
        "ES256" | "ES256K" | "EDDSA" | "ED25519" => bytes(64),
        "ES384" => bytes(96),
        "ES512" => bytes(132),
        "ED448" => bytes(114),
        _ => match signer {
            Pair::Secret(_) => signer.sign("HS256", input.as_bytes()).unwrap(),
            _ => bytes(64),
        },
    };
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The text after all edits of the fixes of the first finding.
pub fn apply_fix(report: &Report) -> Option<String> {
    let fix = report.findings.first()?.fix.as_ref()?;
    let mut edits = fix.edits.clone();
    edits.sort_by_key(|e| std::cmp::Reverse(e.place.span.start));
    let source = edits.first()?.place.source;
    let mut text = report.sources.get(source).text.clone();
    for edit in edits {
        assert_eq!(edit.place.source, source, "a fix edits one source");
        text.replace_range(edit.place.span.range(), &edit.text);
    }
    Some(text)
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

/// Everything that a finding says, a sentence a line.
pub fn sentences(finding: &tokenlint::finding::Finding) -> String {
    let mut lines = vec![finding.rule.to_string(), words(&finding.message), finding.why.to_string()];
    lines.extend(finding.help.as_deref().map(words));
    lines.extend(finding.labels.iter().map(|label| words(&label.text)));
    lines.extend(finding.fix.as_ref().map(|fix| fix.title.clone()));
    lines.extend(finding.basis.iter().map(|basis| basis.to_string()));
    lines.join("\n")
}

/// The words of a sentence without shortening.
pub fn words(words: &[tokenlint::finding::Word]) -> String {
    words
        .iter()
        .map(|w| match w {
            tokenlint::finding::Word::Text(t) => t.as_ref(),
            tokenlint::finding::Word::Value { text, .. } => text.as_str(),
        })
        .collect()
}
