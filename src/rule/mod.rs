//! A rule as written in `rules/<family>/<name>.toml`, parsed strictly.
//!
//! The rule file is the rule: identity, wording, basis, condition, fix and examples. This module knows the format and
//! refuses whatever it does not understand, with the place in the file. `build.rs` compiles the built-in rules through
//! the same code into static tables, which is why [`Rule`] is made of `Cow`s.

mod example;
mod pattern;
mod template;
mod written;

use std::borrow::Cow;

use serde::Deserialize;

use crate::facts::Path;
use crate::finding::{Code, Confidence, Severity};
use crate::source::Span;

pub use example::{Example, Examples, Now, OneOrMany};
pub use pattern::{Compiled, Pattern};
pub use template::{ALWAYS, Part, template};
pub use written::{Variables, parse};

/// Text that is static for built-in rules and owned for those of a user.
pub type Str = Cow<'static, str>;
/// A list that is static for built-in rules and owned for those of a user.
pub type List<T> = Cow<'static, [T]>;

/// A rule, without its examples.
#[derive(Debug, Clone)]
pub struct Rule {
    /// `family/name`: the path of its file.
    pub id: Str,
    /// Names the flaw, for lists.
    pub title: Str,
    /// How bad it is.
    pub severity: Severity,
    /// How bad it is with `--strict`, where another document asks for more than the one that decides otherwise.
    pub strict: Option<Severity>,
    /// How sure it is; a likely rule is never an error.
    pub confidence: Confidence,
    /// The version that brought it.
    pub since: Str,
    /// Documents that say so, the most specific first.
    pub basis: List<Str>,
    /// Rules whose findings on the same thing this one explains: ids, `family/*` or `*`.
    pub hides: List<Str>,
    /// Kinds of sources (`source.kind`) in which what it finds is in its place, such as a placeholder in documentation:
    /// there it still explains what follows from it, but is not shown.
    pub accepted_in: List<Str>,
    /// Former ids.
    pub was: List<Str>,
    /// What is there; a [`template`].
    pub message: Str,
    /// A few words at the place; a template.
    pub label: Str,
    /// What to do; a template.
    pub help: Option<Str>,
    /// Why it matters.
    pub why: Str,
    /// Tests that all hold.
    pub when: List<Test>,
    /// Tests of which none holds.
    pub unless: List<Test>,
    /// A named predicate that must find something, too.
    pub check: Option<Str>,
    /// How to mend it.
    pub fix: Option<FixRule>,
    /// What the claim or JOSE header parameter should be, for a token that is signed anew: a template of JSON.
    pub repair: Option<Str>,
    /// Lines of code that do it right.
    pub code: Option<Code>,
}

/// One condition on one fact.
#[derive(Debug, Clone)]
pub struct Test {
    /// The fact, without an aspect.
    pub fact: Path,
    /// What is asked of it, if not its value: one of [`Path::ASPECTS`].
    pub aspect: Option<Str>,
    /// What must hold.
    pub op: Op,
}

/// What must hold of a fact. An absent fact meets none of these but `Missing(true)`.
#[derive(Debug, Clone)]
pub enum Op {
    /// Equal, in type too.
    Is(Scalar),
    /// Equal to one of these.
    In(List<Scalar>),
    /// The text matches the whole pattern.
    Matches(Pattern),
    /// There is no such fact (in a thing that is whole), or there is one.
    Missing(bool),
    /// The number is greater.
    Over(i64),
    /// The number is smaller.
    Under(i64),
    /// The value is none of the values of that fact; no such fact, no difference.
    Differs(Path),
}

/// A value in a rule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text.
    Text(Str),
}

/// The fix of a rule: one change, or a named fixer.
#[derive(Debug, Clone)]
pub struct FixRule {
    /// What it does, starting with a verb; a template.
    pub title: Str,
    /// True if the meaning is certainly what was wanted.
    pub safe: bool,
    /// The change.
    pub change: Change,
}

/// The change a fix makes.
#[derive(Debug, Clone)]
pub enum Change {
    /// Inserts text (a template) before the fact.
    Before(Path, Str),
    /// Inserts text (a template) after the fact.
    After(Path, Str),
    /// Replaces the fact's bytes by text (a template).
    Replace(Path, Str),
    /// Deletes the fact's bytes.
    Delete(Path),
    /// A named fixer computes it.
    By(Str),
}

/// A rule file: the rule and its examples.
#[derive(Debug, Clone)]
pub struct RuleFile {
    /// The rule.
    pub rule: Rule,
    /// What it must find.
    pub bad: Vec<Example>,
    /// What it must leave alone.
    pub good: Vec<Example>,
}

/// Why a rule or platform file was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong.
    pub message: String,
    /// Where in the file, if it is in one place.
    pub span: Option<Span>,
}

impl Refusal {
    /// A refusal at a place in the file.
    pub fn at(span: std::ops::Range<usize>, message: impl Into<String>) -> Self {
        Self { message: message.into(), span: Some(Span::new(span.start, span.end)) }
    }
}

impl From<toml::de::Error> for Refusal {
    fn from(error: toml::de::Error) -> Self {
        Self { message: error.message().to_owned(), span: error.span().map(|s| Span::new(s.start, s.end)) }
    }
}
