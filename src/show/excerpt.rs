//! Lines of a source around labels, fit to show.
//!
//! A line becomes a row of cells: one a character, and one for each credential, however long. Labels are moved from
//! the bytes of the source to the cells that stand for them. A line too long for the screen loses the cells that no
//! label needs.

use std::ops::Range;

use super::secrets::{is_readable_in_parent, widen};
use super::{View, disarm, runs};
use crate::finding::Label;
use crate::source::{Place, SourceId, Sources, Span};

/// Consecutive lines of one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// Where the first label begins: `request.http:3:16`; for decoded text what it is too: `token.jwt:1:38 › claims`.
    pub name: String,
    /// Number of the first line, from 1.
    pub line: usize,
    /// The lines, safe, each with a line feed at its end.
    pub text: String,
    /// The labels in them, that of the first label first.
    pub marks: Vec<Mark>,
}

/// A label in an excerpt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Bytes of the excerpt's text, at character boundaries; empty where something is missing.
    pub span: Span,
    /// The label's words.
    pub text: String,
}

/// As many bytes of a long line are looked at on each side of a label.
const NEAR: usize = 1024;
/// A label over more lines than this shows only its first one.
const TALL: usize = 6;
/// Labels of one source that are not more lines apart than this share an excerpt.
const APART: usize = 3;

/// A character or a credential, and what is shown for it.
struct Cell {
    raw: Span,
    shown: String,
    hidden: bool,
}

impl Cell {
    fn width(&self) -> usize {
        self.shown.chars().count()
    }
}

/// Labels that are shown in one excerpt.
struct Group<'a> {
    source: SourceId,
    marks: Vec<(Span, &'a Label)>,
}

impl View<'_> {
    /// The excerpts that show these labels, that of the first label first. `columns` is how wide a line may be.
    pub fn excerpts(&self, labels: &[Label], columns: usize) -> Vec<Excerpt> {
        let mut groups: Vec<Group> = Vec::new();
        for label in labels {
            let place = self.shown_at(label.place);
            let span = clip(&self.sources.get(place.source).text, place.span);
            match groups.iter_mut().find(|group| group.source == place.source && self.fits(group, span)) {
                Some(group) => group.marks.push((span, label)),
                None => groups.push(Group { source: place.source, marks: vec![(span, label)] }),
            }
        }
        groups.iter().map(|group| self.excerpt(group, columns.max(20))).collect()
    }

    /// The place to show for a place: out through every layer that can be read in its parent, and no further.
    fn shown_at(&self, mut place: Place) -> Place {
        while is_readable_in_parent(self.sources, place.source) {
            let Some((up, _)) = self.sources.parent(place) else { break };
            place = up;
        }
        place
    }

    /// True if a label of the group's source can be drawn beside those of the group: near them, and not across one.
    fn fits(&self, group: &Group, span: Span) -> bool {
        let text = &self.sources.get(group.source).text;
        let near = group.marks.iter().any(|(mark, _)| {
            let gap = mark.end.min(span.end)..mark.start.max(span.start);
            gap.len() <= NEAR && text.get(gap).unwrap_or("").matches('\n').count() <= APART
        });
        let within_one = |mark: &Span| {
            let secrets = self.secrets().in_source(group.source);
            let secret = secrets.get(secrets.partition_point(|s| s.span.end < span.end));
            !self.show.reveal && secret.is_some_and(|s| s.span.contains(*mark) && s.span.contains(span))
        };
        let across = |mark: &Span| *mark != span && mark.start < span.end && span.start < mark.end && !within_one(mark);
        near && !group.marks.iter().any(|(mark, _)| across(mark))
    }

    fn excerpt(&self, group: &Group, columns: usize) -> Excerpt {
        let lines = group.lines(self.sources);
        let mut shown = String::new();
        // Where each cell went, and each line end.
        let mut went: Vec<(Span, Span)> = Vec::new();
        for line in &lines {
            let labels: Vec<Span> = group.marks.iter().map(|m| m.0).filter(|span| is_on(*span, *line)).collect();
            let cells = self.cells(group.source, *line, &labels, self.show.reveal);
            for cell in self.window(cells, &labels, columns) {
                let start = shown.len();
                shown += &cell.shown;
                went.push((cell.raw, Span::new(start, shown.len())));
            }
            went.push((Span::new(line.end, line.end + 1), Span::new(shown.len(), shown.len() + 1)));
            shown.push('\n');
        }
        let mut marks: Vec<Mark> = Vec::new();
        for (span, label) in &group.marks {
            let span = landed(&went, &shown, *span);
            let text = self.words(&label.text);
            match marks.iter_mut().find(|mark| mark.span == span) {
                // Two labels in one credential: both are about what is shown for it; "here too" is here already.
                Some(_) if text == "here too" => {}
                Some(mark) if mark.text != text => mark.text = format!("{}; {text}", mark.text),
                Some(_) => {}
                None => marks.push(Mark { span, text }),
            }
        }
        let first = lines.first().map_or(0, |line| line.start);
        let line = self.sources.line_column(group.source, first).0;
        Excerpt { name: self.heading(group), line, text: shown, marks }
    }

    fn heading(&self, group: &Group) -> String {
        let span = group.marks.first().map_or(Span::empty(0), |mark| mark.0);
        let place = Place { source: group.source, span };
        let at = self.at(place);
        if self.sources.parent(place).is_none() {
            return at;
        }
        let arrow = if self.show.unicode { "›" } else { ">" };
        format!("{at} {arrow} {}", self.name(group.source))
    }

    /// The line at a place of given text, with every credential taken out.
    pub(super) fn bare_line(&self, place: Place) -> String {
        let text = &self.sources.get(place.source).text;
        let span = clip(text, place.span);
        let line = self.sources.line(place.source, span.start);
        let label = Span::new(span.start, span.end.min(line.end).max(span.start));
        let cells = self.cells(place.source, line, &[label], false);
        cells.into_iter().filter(|cell| !cell.hidden).map(|cell| cell.shown).collect()
    }

    /// All lines of a given text, without their ends, as they may be shown; `instead` stands for each credential that is
    /// not, if it is given.
    pub fn lines_of(&self, source: SourceId, instead: Option<&str>) -> Vec<String> {
        let text = &self.sources.get(source).text;
        let mut at = 0;
        let lines = text.split_inclusive('\n').map(|whole| {
            let line = whole.trim_end_matches(['\r', '\n']);
            let span = Span::new(at, at + line.len());
            at += whole.len();
            let cells = self.cells(source, span, &[span], self.show.reveal);
            let shown = cells.into_iter().map(|cell| match instead {
                Some(instead) if cell.hidden => instead.to_owned(),
                _ => cell.shown,
            });
            disarm(&shown.collect::<String>()).into_owned()
        });
        lines.collect()
    }

    /// The cells of a line; of a very long one those near the labels.
    fn cells(&self, source: SourceId, line: Span, labels: &[Span], reveal: bool) -> Vec<Cell> {
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
    fn window(&self, cells: Vec<Cell>, labels: &[Span], columns: usize) -> Vec<Cell> {
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

impl Group<'_> {
    /// The lines to show, without a gap: those of the labels, and one around them unless it is blank.
    fn lines(&self, sources: &Sources) -> Vec<Span> {
        let text = &sources.get(self.source).text;
        let line_at = |at| sources.line(self.source, at);
        let start = self.marks.iter().map(|mark| mark.0.start).min().unwrap_or(0);
        // A label that ends with a line feed does not reach into the next line.
        let last = self.marks.iter().map(|mark| mark.0.start.max(mark.0.end.saturating_sub(1))).max().unwrap_or(0);
        let mut line = line_at(start);
        let mut lines = Vec::new();
        let is_blank = |line: Span| text.get(line.range()).unwrap_or("").trim().is_empty();
        if line.start > 0 {
            lines.extend(Some(line_at(line.start - 1)).filter(|before| !is_blank(*before)));
        }
        lines.push(line);
        while line.end < last {
            line = line_at(line.end + 1);
            lines.push(line);
        }
        if line.end < text.len() {
            lines.extend(Some(line_at(line.end + 1)).filter(|after| !is_blank(*after)));
        }
        lines
    }
}

/// The span at character boundaries, and no longer than can be shown.
fn clip(text: &str, span: Span) -> Span {
    let Range { start, end } = widen(text, span.start..span.end.min(span.start + 2 * NEAR));
    let inside = text.get(start..end).unwrap_or("");
    match inside.split_inclusive('\n').count() {
        0..=TALL => Span::new(start, end),
        _ => Span::new(start, start + inside.find('\n').unwrap_or(inside.len())),
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

/// True if a label is drawn on this line.
fn is_on(label: Span, line: Span) -> bool {
    label.start <= line.end && (label.end > line.start || label.start >= line.start)
}

/// Where a span of the source is in the excerpt.
fn landed(went: &[(Span, Span)], shown: &str, span: Span) -> Span {
    let first = went.partition_point(|(raw, _)| raw.end <= span.start);
    let last = went.partition_point(|(raw, _)| raw.start < span.end);
    let end_of_text = Span::empty(shown.len().saturating_sub(1));
    let start = went.get(first).map_or(end_of_text, |(_, at)| *at).start;
    let Some((_, end)) = went.get(first..last).and_then(<[_]>::last) else { return Span::empty(start) };
    // The line feed itself is not underlined.
    let feed = shown.get(end.range()) == Some("\n");
    Span::new(start, if feed { end.start } else { end.end })
}

fn blank(text: &mut String, range: Range<usize>) {
    if text.is_char_boundary(range.start) && text.is_char_boundary(range.end) {
        let blanks = " ".repeat(range.len());
        text.replace_range(range, &blanks);
    }
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
