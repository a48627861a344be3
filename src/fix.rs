//! Fixes made in given text, until nothing more can be mended.
//!
//! A fix is made only where no other one touches its bytes; what had to wait comes in the next round, when the text has
//! been looked at again. So edits never overlap, and a mistake that another one explained is not mended twice.

use std::collections::{BTreeMap, HashSet};

use crate::finding::{Edit, Fix, Report};
use crate::source::{Parts, SourceId, Span};

/// Fixes that do not come to an end are given up.
const MOST_ROUNDS: usize = 10;

/// A text with its fixes made.
#[derive(Debug, Clone)]
pub struct Fixed {
    /// The text, mended.
    pub text: String,
    /// How many fixes were made.
    pub fixes: usize,
    /// What is found in the mended text.
    pub report: Report,
    /// The lines that could be changed, where they are now.
    pub within: Option<Parts>,
}

/// Which fixes are wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Not only the safe ones.
    pub also_unsafe: bool,
    /// The lines that may be changed, if not all may.
    pub within: Option<&'a Parts>,
}

/// Makes the fixes that the report of a text offers; `look` reports on the text again when some are made. `None` if
/// nothing could be mended.
pub fn fix(text: &str, report: &Report, look: &dyn Fn(&str) -> Report, wanted: Wanted) -> Option<Fixed> {
    // The text is the first source of its report.
    let (source, _) = report.sources.iter().next()?;
    let mut within = wanted.within.cloned();
    let mut seen = HashSet::from([text.to_owned()]);
    let mut fixed: Option<Fixed> = None;
    let mut next = fixes(report, source, wanted);
    for _ in 0..MOST_ROUNDS {
        let (text, made) = fixed.as_ref().map_or((text, 0), |fixed| (fixed.text.as_str(), fixed.fixes));
        let text = applied(text, &next);
        // Nothing left to do, or two fixes that undo each other.
        if next.is_empty() || !seen.insert(text.clone()) {
            break;
        }
        within = within.map(|parts| parts.edited(&lengths(&next)));
        let fixes = made + next.len();
        let report = look(&text);
        next = report
            .sources
            .iter()
            .next()
            .map(|(source, _)| self::fixes(&report, source, Wanted { within: within.as_ref(), ..wanted }))?;
        fixed = Some(Fixed { text, fixes, report, within: within.clone() });
    }
    fixed
}

/// The fixes in a source that can be made together, those of the first findings first.
fn fixes(report: &Report, source: SourceId, wanted: Wanted) -> Vec<Fix> {
    let mut taken = Taken::default();
    let mut accepted = Vec::new();
    for fix in report.findings.iter().filter_map(|finding| finding.fix.as_ref()) {
        let here = fix.edits.iter().all(|edit| edit.place.source == source);
        let held = |edit: &Edit| wanted.within.is_none_or(|parts| parts.hold(edit.place.span));
        if !here || !(fix.safe || wanted.also_unsafe) || !fix.edits.iter().all(held) {
            continue;
        }
        if fix.edits.iter().all(|edit| taken.is_free(edit.place.span)) {
            fix.edits.iter().for_each(|edit| taken.take(edit.place.span));
            accepted.push(fix.clone());
        }
    }
    accepted
}

/// Where something is changed already: ends by beginnings.
#[derive(Default)]
struct Taken(BTreeMap<usize, usize>);

impl Taken {
    /// False if an edit shares a byte with one that is made, or stands beside it, where the order of what they write would
    /// matter.
    fn is_free(&self, span: Span) -> bool {
        self.0.range(..=span.end).next_back().is_none_or(|(_, end)| *end < span.start)
    }

    fn take(&mut self, span: Span) {
        let end = self.0.entry(span.start).or_default();
        *end = span.end.max(*end);
    }
}

/// The edits of these fixes as they follow one another.
fn in_order(fixes: &[Fix]) -> Vec<&Edit> {
    let mut edits: Vec<&Edit> = fixes.iter().flat_map(|fix| &fix.edits).collect();
    edits.sort_by_key(|edit| edit.place.span);
    edits
}

/// What the edits replace, and the lengths of what they write.
fn lengths(fixes: &[Fix]) -> Vec<(Span, usize)> {
    in_order(fixes).iter().map(|edit| (edit.place.span, edit.text.len())).collect()
}

/// The text after all edits of these fixes.
fn applied(text: &str, fixes: &[Fix]) -> String {
    let mut mended = String::with_capacity(text.len());
    let mut at = 0;
    for edit in in_order(fixes) {
        mended += text.get(at..edit.place.span.start).unwrap_or_default();
        mended += &edit.text;
        at = edit.place.span.end;
    }
    mended + text.get(at..).unwrap_or_default()
}
