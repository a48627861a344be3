//! Every example of every rule and every platform, as DESIGN section 5 defines them.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{TestKeys, error_files, listing, rule_files, text};
use tokenlint::example::{Fault, judge_bad, judge_good};
use tokenlint::load::{RuleSet, parse_rule};
use tokenlint::platform;
use tokenlint::rule::Example;

/// Collects what is wrong, so that one run shows all of it.
#[derive(Default)]
struct Faults(Vec<String>);

impl Faults {
    fn add(&mut self, what: &str, example: &Example, fault: Option<Fault>) {
        let Some(Fault { message, report }) = fault else { return };
        match report {
            Some(report) => {
                let input = text(example);
                self.0.push(format!("{what}: {message}\n  input: {}\n{}", input.escape_debug(), listing(&report)));
            }
            None => self.0.push(format!("{what}: {message}\n")),
        }
    }

    /// The examples of a file of rows, each bad one with the rule that it names.
    fn of_rows(&mut self, set: &RuleSet, id: &str, bad: &[Example], good: &[Example]) {
        for (i, example) in bad.iter().enumerate() {
            let rule = example.rule.as_deref().unwrap_or_else(|| panic!("{id} bad {} names no rule", i + 1));
            self.add(&format!("{id} bad {}", i + 1), example, judge_bad(set, rule, example, &TestKeys));
        }
        for (i, example) in good.iter().enumerate() {
            self.add(&format!("{id} good {}", i + 1), example, judge_good(set, None, example, &TestKeys));
        }
    }

    fn done(self) {
        assert!(self.0.is_empty(), "{} faults\n\n{}", self.0.len(), self.0.join("\n"));
    }
}

#[test]
fn rules_find_their_bad_examples_and_leave_the_good_ones_alone() {
    let set = RuleSet::builtin();
    let mut faults = Faults::default();
    for (id, text) in rule_files().iter().filter(|(id, _)| !id.starts_with("platforms/")) {
        let file = parse_rule(id, text).unwrap_or_else(|r| panic!("{id}: {r:?}"));
        for (i, example) in file.bad.iter().enumerate() {
            faults.add(&format!("{id} bad {}", i + 1), example, judge_bad(&set, id, example, &TestKeys));
        }
        for (i, example) in file.good.iter().enumerate() {
            faults.add(&format!("{id} good {}", i + 1), example, judge_good(&set, Some(id), example, &TestKeys));
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
        faults.of_rows(&set, id, &file.bad, &file.good);
    }
    faults.done();
}

#[test]
fn errors_explain_their_bad_examples_and_leave_the_good_ones_alone() {
    let set = RuleSet::builtin();
    let mut faults = Faults::default();
    for (id, text) in error_files() {
        let (_, examples) = platform::parse_errors(&id, &text).unwrap_or_else(|r| panic!("{id}: {r:?}"));
        assert!(!examples.bad.is_empty() && !examples.good.is_empty(), "{id} has no examples");
        faults.of_rows(&set, &format!("errors/{id}"), &examples.bad, &examples.good);
    }
    faults.done();
}

/// The errors of OAuth are few enough. (That `explain` knows the words of all the others is tested where it is.)
#[test]
fn every_error_of_oauth_stands_in_an_example() {
    let (_, written) = error_files().into_iter().find(|(id, _)| id == "oauth").unwrap();
    let (file, examples) = platform::parse_errors("oauth", &written).unwrap();
    let answers: Vec<String> = examples.bad.iter().map(|example| text(example).to_lowercase()).collect();
    let rows = file.errors.iter().map(|row| row.says.to_lowercase());
    let unproven: Vec<String> = rows.filter(|says| !answers.iter().any(|answer| answer.contains(says))).collect();
    assert!(unproven.is_empty(), "no bad example has these: {unproven:?}");
}
