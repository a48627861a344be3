//! Which rules to look at: by the facts that a subject has, so that the time a check takes depends on what is there,
//! not on how many rules there are.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::checks::{self, Check};
use crate::rule::{Op, Rule, Str};

/// The rules of a set by the facts they need, or by the family in which they miss one. Rules are named by their
/// position in the set.
#[derive(Clone, Default)]
pub struct Index {
    by_path: HashMap<Str, Vec<usize>>,
    by_family: HashMap<String, Vec<usize>>,
    checks: Vec<Option<&'static Check>>,
}

impl Index {
    /// Indexes rules.
    pub fn new(rules: &[Cow<'static, Rule>]) -> Self {
        let known: HashMap<&str, &'static Check> = checks::all().map(|c| (c.name, c)).collect();
        let mut index = Self::default();
        for (i, rule) in rules.iter().enumerate() {
            for test in rule.when.iter() {
                match test.op {
                    Op::Missing(true) => index.by_family.entry(test.fact.family().to_owned()).or_default().push(i),
                    _ => index.by_path.entry(test.fact.text()).or_default().push(i),
                }
            }
            let check = rule.check.as_deref().and_then(|name| known.get(name).copied());
            for path in check.map_or(&[][..], |c| c.about) {
                index.by_path.entry(Cow::Borrowed(path)).or_default().push(i);
            }
            index.checks.push(check);
        }
        index
    }

    /// The rules that need a fact of this path.
    pub fn of_path(&self, path: &str) -> &[usize] {
        self.by_path.get(path).map_or(&[], Vec::as_slice)
    }

    /// The rules that miss a fact of this family.
    pub fn of_family(&self, family: &str) -> &[usize] {
        self.by_family.get(family).map_or(&[], Vec::as_slice)
    }

    /// The predicate of a rule.
    pub fn check(&self, rule: usize) -> Option<&'static Check> {
        self.checks.get(rule).copied().flatten()
    }
}
