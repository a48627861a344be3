//! Regular expressions of rules and contracts, compiled when they are first needed.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use super::Str;

/// Where a compiled pattern is kept; `None` in it: it did not compile.
pub type Compiled = OnceLock<Option<regex_lite::Regex>>;

/// A regular expression, anchored at both ends, compiled when it is first needed.
#[derive(Debug, Clone)]
pub struct Pattern {
    source: Str,
    /// What its matches begin with: one of these; anything if empty. Known for the built-in patterns only.
    begins: &'static [&'static str],
    /// What its matches hold: all of these.
    holds: &'static [&'static str],
    compiled: Cell,
}

#[derive(Debug, Clone)]
enum Cell {
    /// A constant may only refer to a cell, not hold it.
    Static(&'static Compiled),
    Shared(Arc<Compiled>),
}

impl Pattern {
    /// A pattern that is known to be valid (`build.rs` has compiled it once), literals with one of which its matches
    /// begin (any text if there is none), literals that all its matches hold, and the cell to keep it in.
    pub const fn new(
        source: &'static str,
        begins: &'static [&'static str],
        holds: &'static [&'static str],
        cell: &'static Compiled,
    ) -> Self {
        Self { source: Cow::Borrowed(source), begins, holds, compiled: Cell::Static(cell) }
    }

    /// Checks a pattern.
    pub fn parse(source: String) -> Result<Self, String> {
        let regex = compile(&source).map_err(|e| e.to_string())?;
        let compiled = Cell::Shared(Arc::new(OnceLock::from(Some(regex))));
        Ok(Self { source: Cow::Owned(source), begins: &[], holds: &[], compiled })
    }

    /// The pattern as written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What its matches begin with: one of these; anything if empty. Known for the built-in patterns only.
    pub fn begins(&self) -> &'static [&'static str] {
        self.begins
    }

    /// True if it matches the whole text.
    pub fn matches(&self, text: &str) -> bool {
        // Most patterns that are asked cannot match by what they begin with or hold: they need not be compiled.
        let begins = self.begins.is_empty() || self.begins.iter().any(|literal| text.starts_with(literal));
        if !begins || !self.holds.iter().all(|literal| text.contains(literal)) {
            return false;
        }
        let cell = match &self.compiled {
            Cell::Static(cell) => cell,
            Cell::Shared(cell) => cell.as_ref(),
        };
        cell.get_or_init(|| compile(&self.source).ok()).as_ref().is_some_and(|r| r.is_match(text))
    }
}

fn compile(source: &str) -> Result<regex_lite::Regex, regex_lite::Error> {
    regex_lite::Regex::new(&format!("^(?:{source})$"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_not_compiled_for_what_it_cannot_match() {
        static CELL: Compiled = Compiled::new();
        let pattern = Pattern::new("(ab|cd).*%3[aA]", &["ab", "cd"], &["%3"], &CELL);
        assert!(!pattern.matches("ef%3a") && !pattern.matches("ab3a"));
        assert!(CELL.get().is_none());
        assert!(pattern.matches("ab%3a") && pattern.matches("cd-%3A") && !pattern.matches("ab%3b"));
        assert!(Pattern::parse("colou?r".into()).is_ok_and(|p| p.matches("colour") && !p.matches("dolor")));
    }
}
