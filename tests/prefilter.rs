//! The prefilter passes over what has nothing of ours, and nothing else.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, clippy::print_stdout)]

mod common;

use std::path::{Path, PathBuf};

use tokenlint::finding::Severity;
use tokenlint::input::prefilter::may_hold;
use tokenlint::load::{RuleSet, parse_rule};
use tokenlint::options::{Input, Options};

/// Everything below a folder that is text.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => files(&path, found),
            Ok(kind) if kind.is_file() => found.push(path),
            _ => {}
        }
    }
}

#[test]
fn what_has_a_mistake_is_seldom_passed_over() {
    let set = RuleSet::builtin();
    let (mut all, mut missed) = (0, Vec::new());
    for (id, text) in common::rule_files().iter().filter(|(id, _)| !id.starts_with("platforms/")) {
        for mut example in parse_rule(id, text).unwrap().bad {
            let name = example.filename.get_or_insert("notes.txt".into()).clone();
            let report = common::lint(&set, &example);
            if report.findings.iter().any(|f| f.severity > Severity::Note) {
                all += 1;
                if !may_hold(&name, common::text(&example).as_bytes()) {
                    missed.push(format!("{id} in {name}"));
                }
            }
        }
    }
    assert!(all > 1000, "{all}");
    // A claims set, a URL or a key alone in a file of any name.
    assert!(missed.len() * 25 < all, "{} of {all} are passed over:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn no_fixture_with_a_mistake_is_passed_over() {
    let set = RuleSet::builtin();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut found = Vec::new();
    files(&root, &mut found);
    let mut all = 0;
    for file in found {
        let name = file.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        let input = Input { name: name.clone(), text, kind: None };
        let report = tokenlint::lint(&input, &set, &Options { now: Some(common::NOW), ..Options::default() });
        if report.findings.iter().any(|f| f.severity > Severity::Note) {
            all += 1;
            assert!(may_hold(&name, input.text.as_bytes()), "{name}");
        }
    }
    assert!(all > 50, "{all}");
}

#[test]
fn no_call_in_code_that_a_contract_knows_is_passed_over() {
    let mut all = 0;
    for (id, text) in common::rule_files().iter().filter(|(id, _)| id.starts_with("platforms/")) {
        for example in tokenlint::platform::parse(id, text).unwrap().bad {
            let name = example.filename.clone().unwrap_or_default();
            if tokenlint::recognise::file::Name::new(&name).language().is_some() {
                all += 1;
                assert!(may_hold(&name, common::text(&example).as_bytes()), "{id}: {name}");
            }
        }
    }
    assert!(all > 15, "{all}");
}

#[test]
fn few_files_of_a_source_tree_are_looked_at() {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo"))).unwrap();
    let mut found = Vec::new();
    files(&home.join("registry/src"), &mut found);
    let (mut all, mut fired) = (0, 0);
    for file in found {
        let bytes = std::fs::read(&file).unwrap();
        if !bytes.contains(&0) {
            all += 1;
            fired += usize::from(may_hold(&file.to_string_lossy(), &bytes));
        }
    }
    println!("{fired} of {all} files");
    assert!(all > 1000, "the crates that this one is built from are there");
    assert!(fired * 100 < all * 8, "{fired} of {all} files");
}
