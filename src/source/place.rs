//! Where something stands.

use std::ops::Range;

/// A range of bytes in one source; `end` is exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// A span from `start` up to, not including, `end`.
    pub fn new(start: usize, end: usize) -> Self {
        debug_assert!(start <= end);
        Self { start, end }
    }

    /// The empty span at `at`: where something is missing.
    pub fn empty(at: usize) -> Self {
        Self { start: at, end: at }
    }

    /// Length in bytes.
    pub fn len(self) -> usize {
        self.end - self.start
    }

    /// True for a span of no bytes.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The span as a range, for slicing.
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }

    /// This span moved right by `by` bytes.
    pub fn shifted(self, by: usize) -> Self {
        Self { start: self.start + by, end: self.end + by }
    }

    /// True if `other` lies within this span.
    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// Names a source within one [`Sources`](super::Sources).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub(super) u32);

/// A span in a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The source.
    pub source: SourceId,
    /// The bytes in it.
    pub span: Span,
}

impl Place {
    /// The part of this place from byte `start` to `end`, both counted from the beginning of the place.
    pub fn part(self, start: usize, end: usize) -> Self {
        let at = self.span.start;
        Self { source: self.source, span: Span::new(at + start, at + end) }
    }

    /// The empty place at the beginning of this one.
    pub fn start(self) -> Self {
        Self { source: self.source, span: Span::empty(self.span.start) }
    }

    /// The empty place at the end of this one.
    pub fn end(self) -> Self {
        Self { source: self.source, span: Span::empty(self.span.end) }
    }
}
