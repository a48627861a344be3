//! `tokenlint.toml`, comments in the input, and the baseline: what the user wants, and what is said about it.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::disallowed_types)]

mod common;

use common::{lint, rule_files};
use tokenlint::load::{RuleSet, parse_rule};
use tokenlint::options::Options;
use tokenlint::rule::{Example, Now, OneOrMany};
use tokenlint::suppress::surely_ran;

#[test]
fn a_rule_that_lacks_something_did_not_surely_run() {
    let set = RuleSet::builtin();
    let finds = |rule: &str, example: &Example| lint(&set, example).findings.iter().any(|f| f.rule == rule);
    let with_key = Example { key: Some(OneOrMany::One(common::KEY.into())), ..Example::default() };
    let mut faults = Vec::new();
    for (id, text) in rule_files().iter().filter(|(id, _)| !id.starts_with("platforms/")) {
        for example in parse_rule(id, text).unwrap().bad {
            let given = Options { now: Some(common::NOW), keys: common::given_keys(&with_key), ..Options::default() };
            let given = Options { expect: vec![("aud".into(), vec!["x".into()])], ..given };
            let no_clock = Example { now: Some(Now::Clock(false)), ..example.clone() };
            let no_key = Example { key: None, ..example.clone() };
            let no_expectation = Example { expect: Default::default(), ..example.clone() };
            let table = [
                ("clock", true, no_clock, Options { now: None, ..given.clone() }),
                ("key", example.key.is_some(), no_key, Options { keys: Vec::new(), ..given.clone() }),
                ("expectation", !example.expect.is_empty(), no_expectation, Options { expect: Vec::new(), ..given }),
            ];
            for (what, is_less, example, options) in table {
                if is_less && surely_ran(id, &options) && !finds(id, &example) {
                    faults.push(format!("{id} needs a {what}"));
                }
            }
        }
    }
    faults.dedup();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
