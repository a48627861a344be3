//! What a user sees of every rule and every contract: one snapshot each, with all its bad examples in the human report.
//!
//! Snapshots are read before they are accepted: is it clear what is there, why it fails and what to write instead?

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

mod common;

use std::collections::BTreeSet;
use std::path::Path;

use common::{KEY, lint, rule_files, text};
use tokenlint::finding::Report;
use tokenlint::load::{RuleSet, parse_rule};
use tokenlint::platform;
use tokenlint::report::human;
use tokenlint::rule::Example;
use tokenlint::show::Show;

const PLAIN: Show = Show { reveal: false, unicode: true };
const WIDE: human::Screen = human::Screen { color: false, width: 100 };

/// `time/milliseconds` is kept as `time__milliseconds.snap`.
fn name(id: &str) -> String {
    id.replace('/', "__")
}

fn bad_examples(id: &str, text: &str) -> Vec<Example> {
    if id.starts_with("platforms/") {
        return platform::parse(id, text).unwrap_or_else(|r| panic!("{id}: {r:?}")).bad;
    }
    parse_rule(id, text).unwrap_or_else(|r| panic!("{id}: {r:?}")).bad
}

#[test]
fn every_rule_is_shown_as_a_user_sees_it() {
    let set = RuleSet::builtin();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/rules");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let mut wrong = Vec::new();
    settings.bind(|| {
        for (id, text) in rule_files() {
            let mut shown = Vec::new();
            for example in bad_examples(&id, &text) {
                shown.push(findings(&lint(&set, &example)));
            }
            let shown = shown.join("\n");
            // All that differ are shown by one run.
            if std::panic::catch_unwind(|| insta::assert_snapshot!(name(&id), shown)).is_err() {
                wrong.push(id);
            }
        }
    });
    assert!(wrong.is_empty(), "shown otherwise than before: {}", wrong.join(", "));
}

/// The human report without its summary, which counts all rules.
fn findings(report: &Report) -> String {
    let mut shown = Vec::new();
    human::write_findings(report, &PLAIN, WIDE, &mut shown).expect("a vector takes everything");
    let shown = String::from_utf8(shown).expect("the report is text");
    shown.strip_suffix('\n').map_or(String::new(), str::to_owned)
}

#[test]
fn no_snapshot_shows_what_must_not_be_seen() {
    for (id, text_of_rule) in rule_files() {
        let path = folder().join(format!("{}.snap", name(&id)));
        let snapshot = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert!(!snapshot.contains('\u{1b}'), "{id}: an escape");
        assert!(!snapshot.contains("Failed to read contents"), "{id}: a label outside of its text");
        assert!(!snapshot.contains(KEY), "{id}: the key");
        for example in bad_examples(&id, &text_of_rule) {
            for signature in text(&example).split('.').skip(2).map(token_characters) {
                assert!(signature.len() < 40 || !snapshot.contains(signature), "{id}: {signature} in full");
            }
        }
    }
}

fn token_characters(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_')));
    &text[..end.unwrap_or(text.len())]
}

/// A label stands in the middle of the user's text: what is longer belongs into the message.
#[test]
fn no_label_is_longer_than_six_words() {
    for (id, _) in rule_files() {
        let path = folder().join(format!("{}.snap", name(&id)));
        let snapshot = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        for label in snapshot.lines().filter_map(|line| line.split_once("╰── ")).map(|(_, label)| label) {
            // A quoted value counts as one word, and two labels may have met in one credential.
            let quoted = label.split('`').enumerate().map(|(i, part)| if i % 2 == 1 { "x" } else { part });
            let words: String = quoted.collect();
            let most = words.split("; ").map(|part| part.split_whitespace().count()).max();
            assert!(most <= Some(6), "{id}: {label}");
        }
    }
}

#[test]
fn no_snapshot_outlives_its_rule() {
    let kept: BTreeSet<String> = rule_files().iter().map(|(id, _)| format!("{}.snap", name(id))).collect();
    for entry in std::fs::read_dir(folder()).expect("the snapshots").flatten() {
        let file = entry.file_name().into_string().expect("a name in ASCII");
        assert!(kept.contains(&file), "tests/snapshots/rules/{file} belongs to no rule: remove it");
    }
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/rules")
}
