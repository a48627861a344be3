//! A line as a row of cells: one a character, and one for each credential, however long. A line too long for the screen
//! loses the cells that no label needs.

use std::ops::Range;

use super::secrets::widen;
use super::{View, runs};
use crate::source::{SourceId, Span};

/// As many bytes of a long line are looked at on each side of a label.
pub(super) const NEAR: usize = 1024;

/// A character or a credential, and what is shown for it.
pub(super) struct Cell {
    pub(super) raw: Span,
    pub(super) shown: String,
    pub(super) hidden: bool,
}

impl Cell {
    fn width(&self) -> usize {
        self.shown.chars().count()
    }
}

impl View<'_> {
    /// The cells of a line; of a very long one those near the labels.
    pub(super) fn cells(&self, source: SourceId, line: Span, labels: &[Span], reveal: bool) -> Vec<Cell> {
        let text = &self.sources.get(source).text;
        let near = near(text, line, labels);
        let inside = text.get(near.range()).unwrap_or("");
        let indent = near.start + inside.len() - inside.trim_start_matches([' ', '\t']).len();
        let hidden = if reveal { Vec::new() } else { self.hidden(source, line, near, labels.is_empty()) };
        let mut hidden = hidden.into_iter().peekable();
        let mut cells = Vec::new();
        if line.start < near.start {
            cells.push(self.gap(Span::new(line.start, near.start)));
        }
        let mut at = near.start;
        for (i, c) in inside.char_indices().map(|(i, c)| (near.start + i, c)) {
            if i < at {
                continue;
            }
            if let Some((raw, shown)) = hidden.next_if(|(raw, _)| raw.start <= i) {
                at = raw.end;
                cells.push(Cell { raw, shown, hidden: true });
                continue;
            }
            let raw = Span::new(i, i + c.len_utf8());
            let labelled = labels.iter().any(|label| label.start < raw.end && raw.start < label.end);
            let mut shown = String::new();
            match c {
                // Indentation, and the carriage return that ends a line, are what they look like.
                '\t' if i < indent && !labelled => shown.push_str("    "),
                '\r' if raw.end == line.end && !labelled => continue,
                c => self.show.push_char(c, &mut shown),
            }
            cells.push(Cell { raw, shown, hidden: false });
        }
        if near.end < line.end {
            cells.push(self.gap(Span::new(near.end, line.end)));
        }
        cells
    }

    /// What must not be seen in a part of a line, in order, and what stands for it. `beside`: no label is about this line,
    /// so that nothing in it has to be seen.
    fn hidden(&self, source: SourceId, line: Span, near: Span, beside: bool) -> Vec<(Span, String)> {
        let text = &self.sources.get(source).text;
        let mut hidden: Vec<(Span, String)> = Vec::new();
        // What is found is blanked out, byte for byte, before the next search.
        let mut rest = text.get(near.range()).unwrap_or("").to_owned();
        let known = self.secrets().in_source(source);
        let first = known.partition_point(|secret| secret.span.end <= near.start);
        for secret in known.iter().skip(first).take_while(|secret| secret.span.start < near.end) {
            let whole = widen(text, secret.span.range());
            // Of a credential that began on a line before, the beginning stands there.
            let shown = if whole.start < line.start {
                self.show.ellipsis().to_owned()
            } else {
                self.show.shortened(text.get(whole.clone()).unwrap_or(""), true, secret.title.as_deref())
            };
            let part = Span::new(whole.start.max(near.start), whole.end.min(near.end));
            blank(&mut rest, part.start - near.start..part.end - near.start);
            hidden.push((part, shown));
        }
        let mut hide = |range: Range<usize>, first: bool| {
            let part = Span::new(near.start + range.start, near.start + range.end);
            hidden.push((part, self.show.shortened(text.get(part.range()).unwrap_or(""), first, None)));
        };
        for copy in self.secrets().copies(&rest) {
            hide(copy.clone(), false);
            blank(&mut rest, copy);
        }
        let known = self.secrets().identifiers(source);
        let first = known.partition_point(|identifier| identifier.end <= near.start);
        for identifier in known.iter().skip(first).take_while(|identifier| identifier.start < near.end) {
            let range = widen(text, identifier.range());
            blank(&mut rest, range.start.max(near.start) - near.start..range.end.min(near.end) - near.start);
        }
        for password in runs::passwords(&rest, beside) {
            hide(password.clone(), false);
            blank(&mut rest, password);
        }
        for run in runs::find(&rest) {
            hide(run.range, run.whole);
        }
        hidden.sort_by_key(|(span, _)| *span);
        hidden
    }

    fn gap(&self, raw: Span) -> Cell {
        Cell { raw, shown: self.show.ellipsis().to_owned(), hidden: false }
    }

    /// The cells of a line that fit into so many columns: those of the labels, and what stands around them.
    pub(super) fn window(&self, cells: Vec<Cell>, labels: &[Span], columns: usize) -> Vec<Cell> {
        let total: usize = cells.iter().map(Cell::width).sum();
        if total <= columns {
            return cells;
        }
        let mut keep = vec![false; cells.len()];
        // Of a label too long for the line, the beginning and the end.
        let share = (columns / 3 / labels.len().max(1)).max(4);
        for label in labels {
            let first = cells.partition_point(|cell| cell.raw.end <= label.start);
            // A mark behind the last cell stands beside it.
            let first = first.min(cells.len().saturating_sub(1));
            let last = cells.partition_point(|cell| cell.raw.start < label.end).max(first + 1).min(cells.len());
            mark(&cells, &mut keep, first..last, share);
            mark(&cells, &mut keep, (first..last).rev(), share);
        }
        if labels.is_empty() {
            mark(&cells, &mut keep, 0..1, columns);
        }
        let used: usize = cells.iter().zip(&keep).filter(|(_, keep)| **keep).map(|(cell, _)| cell.width()).sum();
        let gaps = (labels.len() + 1) * self.show.ellipsis().chars().count();
        grow(&cells, &mut keep, columns.saturating_sub(used + gaps));
        let mut shown: Vec<Cell> = Vec::new();
        let mut in_gap = false;
        for (cell, keep) in cells.into_iter().zip(keep) {
            match shown.last_mut().filter(|_| in_gap && !keep) {
                Some(gap) => gap.raw.end = cell.raw.end,
                None if keep => shown.push(cell),
                None => shown.push(self.gap(cell.raw)),
            }
            in_gap = !keep;
        }
        shown
    }
}

/// The part of a line to look at: all of it, or what is near the labels. No run of token characters is cut.
fn near(text: &str, line: Span, labels: &[Span]) -> Span {
    if line.len() <= 2 * NEAR {
        return line;
    }
    let first = labels.iter().map(|label| label.start).min().unwrap_or(line.start);
    let last = labels.iter().map(|label| label.end).max().unwrap_or(line.start);
    let mut start = first.saturating_sub(NEAR).max(line.start);
    let mut end = (last + NEAR).clamp(start, line.end);
    let is_token = |at: usize| text.as_bytes().get(at).is_some_and(|b| runs::is_token(*b));
    let (least, most) = (start.saturating_sub(NEAR).max(line.start), (end + NEAR).min(line.end));
    while start > least && is_token(start - 1) {
        start -= 1;
    }
    while end < most && is_token(end) {
        end += 1;
    }
    let Range { start, end } = widen(text, start..end);
    Span::new(start, end)
}

/// Keeps these cells, in this order, until the columns are used up.
fn mark(cells: &[Cell], keep: &mut [bool], which: impl Iterator<Item = usize>, mut columns: usize) {
    for i in which {
        let Some((cell, keep)) = cells.get(i).zip(keep.get_mut(i)) else { return };
        *keep = true;
        columns = columns.saturating_sub(cell.width());
        if columns == 0 {
            return;
        }
    }
}

/// Keeps cells beside kept ones, one on each side in turn, until the columns are used up.
fn grow(cells: &[Cell], keep: &mut [bool], mut columns: usize) {
    let kept = |i: usize, keep: &[bool]| keep.get(i).copied().unwrap_or(false);
    let edge = |i: &usize| kept(*i, keep) != kept(i + 1, keep);
    // The next cell on each side of a kept row: to the left of its first, to the right of its last.
    let mut next: Vec<(usize, bool)> =
        (0..keep.len()).filter(edge).map(|i| if kept(i, keep) { (i + 1, true) } else { (i, false) }).collect();
    while !next.is_empty() {
        next.retain_mut(|(i, right)| {
            let Some((cell, keep)) = cells.get(*i).zip(keep.get_mut(*i)) else { return false };
            if *keep || cell.width() > columns {
                return false;
            }
            *keep = true;
            columns -= cell.width();
            match (*right, i.checked_sub(1)) {
                (true, _) => *i += 1,
                (false, Some(left)) => *i = left,
                (false, None) => return false,
            }
            true
        });
    }
}

fn blank(text: &mut String, range: Range<usize>) {
    if text.is_char_boundary(range.start) && text.is_char_boundary(range.end) {
        let blanks = " ".repeat(range.len());
        text.replace_range(range, &blanks);
    }
}
