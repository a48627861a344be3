//! Source code, whatever is in it: nothing panics, every place is one, no literal of a credential is shown, and the time
//! it takes grows with the text. A test suite's own mistakes are notes.

#![allow(clippy::unwrap_used)]

mod common;

use common::{lint_text, text};
use tokenlint::finding::{Report, Severity};
use tokenlint::load::RuleSet;
use tokenlint::report::human;
use tokenlint::rule::Example;
use tokenlint::show::Show;

/// Code with mistakes and oddities, and a name that says which language it is.
const SEEDS: &[(&str, &str)] = &[
    (
        "a.py",
        "import jwt\nnow = time.time() * 1000\nh = {\"Authorization\": f\"Basic {base64.b64encode(b'@{fill:30}')}\"}\nt = jwt.encode({'sub': 1, 'exp': now}, '@{fill:30}', algorithm='none')",
    ),
    (
        "a.ts",
        "const t = jwt.sign({ iss: id, iat: +new Date(), exp: `é${a}` }, id, { expiresIn: '1' }); // x\nf({ 'Authorisation': `Bearer ${`${t}`}`, Authorization: \"Bearer\" + token, x: /[/'\"]/ })",
    ),
    (
        "a.php",
        "<p>é</p><?php $a = ['exp' => (int) (microtime(true) * 1000), 'iss' => $s]; $b = <<<EOT\n x\nEOT; curl(\"Authorization: Bearer\" . $token); ?> '",
    ),
    (
        "a.rb",
        "x = { iat: (Time.now.to_f * 1000).to_i, sub: 'é' }\ny = <<~EOS + %w[a b]\n 'c\nEOS\nr['Authorization'] = \"Basic #{Base64.encode64(\"#{u}:@{fill:30}\")}\"",
    ),
    (
        "a.cs",
        "var c = new { sub = $\"{a[\"b\"]}\", iat = (int)DateTime.Now.Subtract(new DateTime(1970, 1, 1)).TotalSeconds, x = @\"é\"\"\\\" };",
    ),
    ("a.rs", "let c = Claims { sub: r#\"é\"#, exp: Utc::now().timestamp_millis() as usize, x: '\\'', y: &'a () };"),
    (
        "a.swift",
        "let token = 1; let h = [\"Authorization\": \"Bearer {token}\", \"iat\": #\"\\(x)\"#, \"exp\": \"\\(f(\"é\"))\"] // token",
    ),
];

/// What a byte is changed into.
const BYTES: &[u8] = b"\0\n\"'`({})=\\$#/\xc3";

fn lint(set: &RuleSet, name: &str, text: &str) -> Report {
    lint_text(set, &Example { filename: Some(name.to_owned()), ..Example::default() }, text)
}

fn check(set: &RuleSet, name: &str, text: &str) {
    let report = lint(set, name, text);
    for (_, subject) in report.facts.subjects() {
        for place in subject.facts().iter().map(|fact| fact.place).chain([subject.place]) {
            let given = report.sources.given(place);
            assert!(report.sources.get(given.source).text.get(given.span.range()).is_some(), "{name}: {text:?}");
        }
    }
}

fn seeds() -> impl Iterator<Item = (&'static str, String)> {
    SEEDS.iter().map(|(name, seed)| (*name, text(&Example { input: Some((*seed).to_owned()), ..Example::default() })))
}

#[test]
fn every_part_and_every_change_of_code_is_survived() {
    let set = RuleSet::builtin();
    for (name, seed) in seeds() {
        for (at, _) in seed.char_indices() {
            check(&set, name, &seed[..at]);
            check(&set, name, &seed[at..]);
            let mut bytes = seed.clone().into_bytes();
            bytes[at] = BYTES[at % BYTES.len()];
            check(&set, name, &String::from_utf8_lossy(&bytes));
        }
    }
}

#[test]
fn code_shows_no_literal_of_a_credential() {
    let set = RuleSet::builtin();
    let secret = text(&Example { input: Some("@{fill:30}".into()), ..Example::default() });
    for (name, seed) in seeds() {
        let report = lint(&set, name, &seed);
        assert!(!report.findings.is_empty(), "nothing is found in {seed:?}");
        let mut out = Vec::new();
        let screen = human::Screen { color: false, width: 100 };
        human::write_findings(&report, &Show { reveal: false, unicode: true }, screen, &mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert!(!out.contains(&secret[4..16]), "{out}");
    }
}

#[test]
fn deep_wide_and_endless_code_is_survived() {
    let set = RuleSet::builtin();
    const N: usize = 4000;
    let names: String = (0..N).map(|i| format!("a{} = a{} + a{}\n", i + 1, i, i)).collect();
    let inputs = [
        ("a.js", "jwt.sign({exp:".repeat(N)),
        ("a.js", "`${".repeat(N)),
        ("a.js", "auth = /[//".repeat(N)),
        ("a.js", "exp: (".repeat(N) + "Date.now()"),
        ("a.py", "auth = {'exp': ".repeat(N)),
        ("a.py", "f'{auth".repeat(N)),
        ("a.py", format!("{names}jwt.encode({{'exp': a{N}}}, k)")),
        ("a.rb", "token <<~A\n".repeat(N)),
        ("a.rs", "/* auth ".repeat(N)),
        ("a.rs", "r#\"auth'".repeat(N)),
        ("a.php", "<?php auth ?> <<<A ".repeat(N)),
        ("a.py", "h = {\"Authorization\": \"Bearer\" + token}\n".repeat(N)),
        ("a.py", "x = {'iat': time.time() * 1000}\n".repeat(N)),
    ];
    for (name, input) in &inputs {
        check(&set, name, input);
    }
}

#[test]
fn what_a_test_suite_makes_wrong_is_a_note() {
    let set = RuleSet::builtin();
    let code = "const expired = jwt.sign({ sub: id, exp: Date.now() }, secret);";
    for (name, severity) in [("src/token.js", Severity::Error), ("tests/token.js", Severity::Note)] {
        let report = lint(&set, name, code);
        let found: Vec<Severity> = report.findings.iter().map(|f| f.severity).collect();
        assert_eq!(found, [severity], "{name}");
    }
}
