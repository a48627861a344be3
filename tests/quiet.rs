//! Legitimate inputs give no finding: what people send, save and keep, as right as it is odd.
//!
//! Each file of `tests/quiet/` is a table from a name to an example, as examples in rules are written. A warning that
//! an input rightly gets is listed in its `also`; an error is never right here.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use common::{lint_text, listing};
use tokenlint::finding::Severity;
use tokenlint::load::RuleSet;
use tokenlint::rule::{Example, Now};

#[test]
fn legitimate_inputs_are_quiet_with_a_clock_and_without() {
    let set = RuleSet::builtin();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/quiet");
    let mut faults = Vec::new();
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        let inputs: BTreeMap<String, Example> = toml::from_str(&std::fs::read_to_string(&file).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        for (name, example) in inputs {
            count += 1;
            faults.extend(fault(&set, &name, &example, &common::text(&example)));
            // What is right at some time is right without a clock.
            let timeless = Example { now: Some(Now::Clock(false)), ..example.clone() };
            faults.extend(fault(&set, &format!("{name}, without a clock"), &timeless, &common::text(&example)));
        }
    }
    assert!(count >= 120, "only {count} inputs");
    assert!(faults.is_empty(), "{} faults in {count} inputs\n\n{}", faults.len(), faults.join("\n"));
}

fn fault(set: &RuleSet, name: &str, example: &Example, text: &str) -> Option<String> {
    let report = lint_text(set, example, text);
    let loud = report.findings.iter().any(|finding| {
        finding.severity == Severity::Error
            || finding.severity == Severity::Warning && !example.also.iter().any(|rule| *rule == finding.rule)
    });
    loud.then(|| format!("{name}\n{}", listing(&report)))
}
