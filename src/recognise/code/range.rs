//! Ranges of the tokens of a code.

/// Tokens from one up to, not including, another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The first.
    pub start: usize,
    /// One past the last.
    pub end: usize,
}

impl Range {
    /// How many tokens.
    pub fn len(self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// The tokens' numbers.
    pub fn iter(self) -> std::ops::Range<usize> {
        self.start..self.end
    }
}
