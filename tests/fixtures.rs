//! Every file below `fixtures/` gives exactly the findings that the `expected.toml` of its folder lists.
//!
//! A table a file:
//! ```toml
//! ["list-chats.http"]
//! shows    = "one line that says what it shows"
//! rules    = ["platform/scheme-wrong"]  # the findings of warning or worse, in order; notes are free
//! because  = "why an example of a standard is warned of"  # only below `standards/`, and there whenever it is
//! now      = 1_800_000_000              # optional, this is the default; `false`: no clock
//! expect   = { aud = "https://api.example.com" }  # optional, as `--expect`; a list: one of these
//! key      = '{"kty":"EC",…}'           # optional, as the file of `--key`: a signature verifies with it
//! platform = "livechat"                 # optional, as `--platform`
//! ```
//!
//! What a standard prints as valid is an error in no circumstances: with a clock near its time and without one, as a
//! file and as a literal.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use common::{lint_text, listing};
use serde::Deserialize;
use tokenlint::finding::{Severity, SignatureState};
use tokenlint::input;
use tokenlint::load::RuleSet;
use tokenlint::rule::{Example, Now, OneOrMany};

const LIST: &str = "expected.toml";
/// The folder of the examples that standards print as valid.
const STANDARDS: &str = "standards/";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    shows: String,
    rules: Vec<String>,
    because: Option<String>,
    now: Option<Now>,
    #[serde(default)]
    expect: BTreeMap<String, OneOrMany>,
    key: Option<OneOrMany>,
    platform: Option<String>,
}

#[test]
fn every_fixture_is_listed_and_gives_what_the_list_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let set = RuleSet::builtin();
    let mut faults = Vec::new();
    for folder in folders(&root) {
        let shown = folder.strip_prefix(&root).unwrap().display().to_string();
        let files: BTreeSet<String> = files(&folder);
        let list = folder.join(LIST);
        if !list.exists() {
            if !files.is_empty() {
                faults.push(format!("{shown} holds files, but no {LIST}"));
            }
            continue;
        }
        let listed: BTreeMap<String, Expected> = toml::from_str(&std::fs::read_to_string(&list).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", list.display()));
        for name in listed.keys().filter(|name| !files.contains(*name)) {
            faults.push(format!("{shown}/{name} is listed, but there is no such file"));
        }
        for name in &files {
            match listed.get(name) {
                None => faults.push(format!("{shown}/{name} is not listed in {LIST}")),
                Some(expected) => faults.extend(fault(&set, &folder.join(name), &format!("{shown}/{name}"), expected)),
            }
        }
    }
    assert!(faults.is_empty(), "{} faults\n\n{}", faults.len(), faults.join("\n"));
}

fn fault(set: &RuleSet, file: &Path, shown: &str, expected: &Expected) -> Option<String> {
    if expected.shows.trim().is_empty() || expected.shows.contains('\n') {
        return Some(format!("{shown}: `shows` is one line that says what the file shows"));
    }
    let is_standard = shown.starts_with(STANDARDS);
    if expected.because.is_some() != (is_standard && !expected.rules.is_empty()) {
        return Some(format!("{shown}: `because` says why an example of a standard is warned of, and nothing else"));
    }
    let circumstances = Example {
        now: expected.now.clone(),
        expect: expected.expect.clone(),
        key: expected.key.clone(),
        platform: expected.platform.clone(),
        filename: Some(shown.to_owned()),
        ..Example::default()
    };
    let Some((text, _)) = input::encoding::text(std::fs::read(file).unwrap()) else {
        return Some(format!("{shown} is no text"));
    };
    if let Some(fault) = Some(()).filter(|()| is_standard).and_then(|()| error(set, &circumstances, &text)) {
        return Some(fault);
    }
    let report = lint_text(set, &circumstances, &text);
    if expected.key.is_some() && !report.signatures().any(|(_, state)| state == SignatureState::Verified) {
        return Some(format!("{shown}: no signature verifies with the key\n{}", listing(&report)));
    }
    let found: Vec<&str> =
        report.findings.iter().filter(|f| f.severity > Severity::Note).map(|f| f.rule.as_ref()).collect();
    (found != expected.rules).then(|| {
        format!(
            "{shown} ({})\n  expected {:?}\n  found    {found:?}\n{}",
            expected.shows,
            expected.rules,
            listing(&report)
        )
    })
}

/// An error for what a standard prints as valid.
fn error(set: &RuleSet, circumstances: &Example, text: &str) -> Option<String> {
    let timeless = Example { now: Some(Now::Clock(false)), ..circumstances.clone() };
    let literal = |example: &Example| Example { filename: None, ..example.clone() };
    [("at its time", circumstances.clone()), ("without a clock", timeless.clone())]
        .into_iter()
        .chain([("as a literal", literal(circumstances)), ("as a literal, without a clock", literal(&timeless))])
        .find_map(|(how, example)| {
            let report = lint_text(set, &example, text);
            let name = circumstances.filename.as_deref().unwrap_or_default();
            let is_error = report.findings.iter().any(|finding| finding.severity == Severity::Error);
            is_error.then(|| format!("{name}, {how}, is an error\n{}", listing(&report)))
        })
}

/// All folders below `root`, itself included.
fn folders(root: &Path) -> Vec<PathBuf> {
    let mut all = vec![root.to_owned()];
    let mut next = 0;
    while let Some(folder) = all.get(next).cloned() {
        next += 1;
        all.extend(entries(&folder).filter(|path| path.is_dir()));
    }
    all.sort();
    all
}

fn files(folder: &Path) -> BTreeSet<String> {
    entries(folder)
        .filter(|path| path.is_file())
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .filter(|name| name != LIST)
        .collect()
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path())
}
