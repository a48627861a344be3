//! Every example of every rule and every platform, as DESIGN section 5 defines them.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{apply_fix, lint, lint_text, listing, rule_files, sentences, text};
use tokenlint::finding::{Report, Severity};
use tokenlint::load::{RuleSet, parse_rule};
use tokenlint::platform;
use tokenlint::rule::Example;

/// Collects what is wrong, so that one run shows all of it.
#[derive(Default)]
struct Faults(Vec<String>);

impl Faults {
    fn add(&mut self, what: &str, example: &Example, report: &Report, fault: &str) {
        self.0.push(format!("{what}: {fault}\n  input: {}\n{}", text(example).escape_debug(), listing(report)));
    }

    fn done(self) {
        assert!(self.0.is_empty(), "{} faults\n\n{}", self.0.len(), self.0.join("\n"));
    }
}

fn check_bad(faults: &mut Faults, set: &RuleSet, what: &str, rule: &str, example: &Example) {
    let report = lint(set, example);
    match report.findings.first() {
        Some(first) if first.rule == rule => {
            let all = sentences(first).to_lowercase();
            for word in &example.says {
                if !all.contains(&word.to_lowercase()) {
                    faults.add(what, example, &report, &format!("does not say {word:?}"));
                }
            }
        }
        _ => faults.add(what, example, &report, &format!("{rule} is not the first finding")),
    }
    for other in report.findings.iter().skip(1).filter(|f| f.severity > Severity::Note && f.rule != rule) {
        if !example.also.iter().any(|a| *a == other.rule) {
            faults.add(what, example, &report, &format!("{} appears too and is not listed in `also`", other.rule));
        }
    }
    if let Some(fixed) = &example.fixed {
        let wanted = text(&Example { input: Some(fixed.clone()), ..example.clone() });
        let Some(first) = apply_fix(&report) else {
            return faults.add(what, example, &report, "has `fixed`, but the finding has no fix");
        };
        let mut current = first;
        // Several findings may each fix a part; all together must end in `fixed` and stay there.
        for _ in 0..8 {
            match apply_fix(&lint_text(set, example, &current)) {
                Some(next) if next != current => current = next,
                _ => break,
            }
        }
        if current != wanted {
            faults.add(what, example, &report, &format!("the fix gives {current:?}"));
        }
        let after = lint_text(set, example, &current);
        if after.findings.iter().any(|f| f.rule == rule) {
            faults.add(what, example, &after, "the fix does not mend it");
        }
    }
}

fn check_good(faults: &mut Faults, set: &RuleSet, what: &str, rule: Option<&str>, example: &Example) {
    let report = lint(set, example);
    if report.findings.iter().any(|f| f.severity > Severity::Note || rule.is_some_and(|r| f.rule == r)) {
        faults.add(what, example, &report, "is good, yet something is found");
    }
}

#[test]
fn rules_find_their_bad_examples_and_leave_the_good_ones_alone() {
    let set = RuleSet::builtin();
    let mut faults = Faults::default();
    for (id, text) in rule_files().iter().filter(|(id, _)| !id.starts_with("platforms/")) {
        let file = parse_rule(id, text).unwrap_or_else(|r| panic!("{id}: {r:?}"));
        for (i, example) in file.bad.iter().enumerate() {
            check_bad(&mut faults, &set, &format!("{id} bad {}", i + 1), id, example);
        }
        for (i, example) in file.good.iter().enumerate() {
            check_good(&mut faults, &set, &format!("{id} good {}", i + 1), Some(id), example);
        }
    }
    faults.done();
}

#[test]
fn platforms_find_their_bad_examples_and_leave_the_good_ones_alone() {
    let set = RuleSet::builtin();
    let mut faults = Faults::default();
    for (id, text) in rule_files().iter().filter(|(id, _)| id.starts_with("platforms/")) {
        let file = platform::parse(id, text).unwrap_or_else(|r| panic!("{id}: {r:?}"));
        for (i, example) in file.bad.iter().enumerate() {
            let rule = example.rule.as_deref().unwrap_or_else(|| panic!("{id} bad {} names no rule", i + 1));
            check_bad(&mut faults, &set, &format!("{id} bad {}", i + 1), rule, example);
        }
        for (i, example) in file.good.iter().enumerate() {
            check_good(&mut faults, &set, &format!("{id} good {}", i + 1), None, example);
        }
    }
    faults.done();
}
