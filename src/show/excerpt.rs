//! Lines of a source around labels, fit to show.
//!
//! A line becomes a row of [cells](super::cells). Labels are moved from the bytes of the source to the cells that stand
//! for them.

use std::ops::Range;

use super::cells::NEAR;
use super::secrets::{is_readable_in_parent, widen};
use super::{View, disarm};
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

/// A label over more lines than this shows only its first one.
const TALL: usize = 6;
/// Labels of one source that are not more lines apart than this share an excerpt.
const APART: usize = 3;

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
        // A line that begins with so many blanks shows nothing else.
        let is_blank =
            |line: Span| text.get(line.range()).unwrap_or("").chars().take(2 * NEAR).all(char::is_whitespace);
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
