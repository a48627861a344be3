//! Which rules to look at: by the facts that a subject has, so that the time a check takes depends on what is there,
//! not on how many rules there are. `build.rs` makes the index of the built-in rules. For contracts see
//! [`crate::platform::Lookup`].

use std::cmp::Ordering;

use crate::rule::{List, Op, Rule, Str};

/// The rules of a set by the facts they need, by the family in which they miss one, and by their predicate. Rules are
/// named by their position in the set.
#[derive(Debug, Clone, Default)]
pub struct Index {
    /// By the path of a fact.
    pub by_path: Table,
    /// By the family of a fact that must be missing.
    pub by_family: Table,
    /// By the name of the predicate.
    pub by_check: Table,
}

/// Positions of rules or contracts by a word, shorter words first.
pub type Table = List<(Str, List<usize>)>;

impl Index {
    /// Indexes rules.
    pub fn new(rules: &[Rule]) -> Self {
        let (mut by_path, mut by_family, mut by_check) = (Vec::new(), Vec::new(), Vec::new());
        for (i, rule) in rules.iter().enumerate() {
            for test in rule.when.iter() {
                match test.op {
                    Op::Missing(true) => by_family.push((Str::Owned(test.fact.family().to_owned()), i)),
                    _ => by_path.push((test.fact.text(), i)),
                }
            }
            by_check.extend(rule.check.clone().map(|name| (name, i)));
        }
        Self { by_path: table(by_path), by_family: table(by_family), by_check: table(by_check) }
    }

    /// The rules that need a fact of this path.
    pub fn of_path(&self, path: &str) -> &[usize] {
        find(&self.by_path, path)
    }

    /// The rules that miss a fact of this family.
    pub fn of_family(&self, family: &str) -> &[usize] {
        find(&self.by_family, family)
    }

    /// The rules that ask this predicate.
    pub fn of_check(&self, name: &str) -> &[usize] {
        find(&self.by_check, name)
    }
}

/// Shorter words first: most words are told apart without being compared.
fn by_length(a: &str, b: &str) -> Ordering {
    (a.len(), a).cmp(&(b.len(), b))
}

/// The table of these pairs.
pub(crate) fn table(mut pairs: Vec<(Str, usize)>) -> Table {
    pairs.sort_unstable_by(|a, b| by_length(&a.0, &b.0).then(a.1.cmp(&b.1)));
    pairs.dedup();
    let groups = pairs.chunk_by(|a, b| a.0 == b.0);
    groups.map(|group| (group[0].0.clone(), group.iter().map(|(_, position)| *position).collect())).collect()
}

/// What stands by a word.
pub(crate) fn find<'a>(table: &'a Table, word: &str) -> &'a [usize] {
    match table.binary_search_by(|(key, _)| by_length(key, word)) {
        Ok(at) => &table[at].1,
        Err(_) => &[],
    }
}
