//! Real mistakes from public threads, rewritten, and clean artifacts: which are caught, and is the first finding right?
//!
//! A case is caught if one finding, as severe as the case asks for, says in its own words (not in what it quotes from
//! the input) everything in `must_mention`; `a|b` means either. Run with `cargo test --test practice -- --nocapture`
//! to see the table.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;
use tokenlint::explain::{Explained, explain};
use tokenlint::finding::{Finding, Severity, Word};
use tokenlint::lint;
use tokenlint::load::RuleSet;
use tokenlint::options::{Input, Options};
use tokenlint::verify::keys::read;

#[derive(Deserialize)]
struct Case {
    id: String,
    class: String,
    filename: String,
    symptom: String,
    artifact: String,
    context: Context,
    severity: String,
    must_mention: Vec<String>,
    clean: bool,
}

#[derive(Deserialize)]
struct Context {
    now: Option<i64>,
    key: Option<Key>,
    #[serde(default)]
    expected: serde_json::Map<String, Value>,
}

/// What the verifier of a case uses: a secret as text, or in an encoding.
#[derive(Deserialize)]
#[serde(untagged)]
enum Key {
    Text(String),
    Encoded { value: String, encoding: String },
    Jwk { jwk: Value },
}

impl Key {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Key::Encoded { value, encoding } if encoding == "base64" => STANDARD.decode(value).unwrap(),
            Key::Jwk { jwk } => jwk.to_string().into_bytes(),
            Key::Text(value) | Key::Encoded { value, .. } => value.clone().into_bytes(),
        }
    }
}

/// What a case expects, under the names of `--expect`.
const EXPECTED: &[(&str, &str)] = &[
    ("algorithms", "alg"),
    ("audience", "aud"),
    ("client_id", "client_id"),
    ("issuer", "iss"),
    ("kid", "kid"),
    ("registered_redirect_uris", "redirect_uri"),
    ("scheme", "scheme"),
    ("token_use", "token_use"),
];

/// The families that the rules of this version are about.
const COVERED: &[&str] = &[
    "header",
    "scheme",
    "token",
    "token-kind",
    "structure",
    "encoding",
    "placeholder",
    "time",
    "claims",
    "oauth",
    "key",
    "curl",
    "env",
];
/// How many of their cases must be caught.
const AT_LEAST: usize = 53;

impl Case {
    fn options(&self, set: &RuleSet) -> Options {
        let mut options = Options { now: self.context.now, ..Options::default() };
        let key = self.context.key.as_ref();
        options.keys = key.map(|key| read("<key 1>".into(), "FILE", key.bytes(), false).unwrap()).into_iter().collect();
        for (name, value) in &self.context.expected {
            let texts = match value {
                Value::String(text) => vec![text.clone()],
                Value::Array(list) => list.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect(),
                _ => continue,
            };
            if let Some((_, known)) = EXPECTED.iter().find(|(theirs, _)| theirs == name) {
                options.expect.push(((*known).to_owned(), texts));
            } else if name == "provider" {
                options.platform = texts.into_iter().find(|id| set.platforms.iter().any(|p| p.id == *id));
            }
        }
        options
    }

    fn wanted(&self) -> Severity {
        match self.severity.as_str() {
            "info" => Severity::Note,
            _ => Severity::Warning,
        }
    }

    fn is_caught_by(&self, finding: &Finding) -> bool {
        let words = own_words(finding).to_lowercase();
        finding.severity >= self.wanted()
            && self.must_mention.iter().all(|any| any.to_lowercase().split('|').any(|word| words.contains(word)))
    }
}

/// What a finding says itself: without values quoted from the input.
fn own_words(finding: &Finding) -> String {
    let mut words = format!("{} {} ", finding.rule, finding.why);
    let said = [Some(&finding.message), finding.help.as_ref()].into_iter().flatten();
    for word in said.chain(finding.labels.iter().map(|l| &l.text)).flatten() {
        if let Word::Text(text) = word {
            words += text;
            words.push(' ');
        }
    }
    words += finding.fix.as_ref().map_or("", |f| f.title.as_str());
    words
}

#[test]
fn real_mistakes_are_named_and_clean_artifacts_left_alone() {
    let set = RuleSet::builtin();
    let (mut caught, mut first_right, mut total) = (0, 0, 0);
    let (mut explained, mut told) = (0, 0);
    let mut of_keys = (0, 0);
    let mut faults = Vec::new();
    for line in include_str!("practice/cases.jsonl").lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        let input = Input { name: case.filename.clone(), text: case.artifact.clone(), kind: None };
        let report = lint(&input, &set, &case.options(&set));
        let found: Vec<String> = report.findings.iter().map(|f| format!("{}[{}]", f.severity.name(), f.rule)).collect();
        if case.clean {
            println!("{:<6} {:<24} clean: {}", case.id, case.class, found.join(" "));
            if report.findings.iter().any(|f| f.severity == Severity::Error) {
                faults.push(format!("{} is clean, yet {}", case.id, found.join(" ")));
            }
            continue;
        }
        let is_caught = report.findings.iter().any(|f| case.is_caught_by(f));
        let is_first = report.findings.first().is_some_and(|f| case.is_caught_by(f));
        told += 1;
        explained += usize::from(matches!(explain(&case.symptom, &set), Explained::Errors { .. }));
        if case.class.starts_with("key:") {
            of_keys = (of_keys.0 + usize::from(is_caught), of_keys.1 + 1);
        }
        let covered = COVERED.contains(&case.class.split(':').next().unwrap());
        let mark = if is_first {
            "first"
        } else if is_caught {
            "caught"
        } else {
            "-"
        };
        println!(
            "{:<6} {:<24} {:<7}{} {}",
            case.id,
            case.class,
            mark,
            if covered { "" } else { " later" },
            found.join(" ")
        );
        if covered {
            total += 1;
            caught += usize::from(is_caught);
            first_right += usize::from(is_first);
        }
    }
    println!(
        "{caught} of {total} caught, {first_right} with the first finding; {explained} of {told} symptoms explained"
    );
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let share = |(part, whole): (usize, usize)| part * 100 / whole;
    assert!(share(of_keys) >= 70, "of the mistakes with keys and signatures only {of_keys:?} are caught");
    assert!(share((explained, told)) >= 70, "only {explained} of {told} symptoms are explained");
    assert!(caught >= AT_LEAST, "only {caught} of {total} are caught; {AT_LEAST} must be");
}
