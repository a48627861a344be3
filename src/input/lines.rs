//! Which lines of a text count: those that changed, or those that another text has too.
//!
//! How a line ends makes no difference: what git stores may end its lines in another way than the working tree.

#![allow(clippy::disallowed_methods)]

use std::time::{Duration, Instant};

use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};

use crate::source::{Parts, Span};

/// After so long a comparison takes larger pieces, and finds fewer lines equal.
const LONGEST: Duration = Duration::from_millis(500);

/// The lines of `new` that are not in `old`.
pub fn changed(old: &str, new: &str) -> Parts {
    let lines = spans(new);
    let is_other = |op: &DiffOp| !matches!(op, DiffOp::Equal { .. });
    let others = compare(old, new).into_iter().filter(is_other);
    Parts::new(others.flat_map(|op| lines.get(op.new_range()).unwrap_or_default()).copied(), new.len())
}

/// The lines of `new` that stand in `old` too: everywhere, or in these parts of `old`.
pub fn kept(old: &str, parts: Option<&Parts>, new: &str) -> Parts {
    let (old_lines, new_lines) = (spans(old), spans(new));
    let mut kept = Vec::new();
    for op in compare(old, new) {
        if let DiffOp::Equal { old_index, new_index, len } = op {
            let pairs = old_lines.iter().skip(old_index).zip(new_lines.iter().skip(new_index)).take(len);
            kept.extend(pairs.filter(|(old, _)| parts.is_none_or(|parts| parts.hold(**old))).map(|(_, new)| *new));
        }
    }
    Parts::new(kept.into_iter(), new.len())
}

/// True if the texts are not made of the same lines.
pub fn differ(old: &str, new: &str) -> bool {
    lines(old) != lines(new)
}

fn compare(old: &str, new: &str) -> Vec<DiffOp> {
    let deadline = Instant::now().checked_add(LONGEST);
    capture_diff_slices_deadline(Algorithm::Myers, &lines(old), &lines(new), deadline)
}

/// The lines without their ends.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').map(|line| line.trim_end_matches(['\r', '\n'])).collect()
}

/// Where the lines are, with their ends.
fn spans(text: &str) -> Vec<Span> {
    let mut end = 0;
    let span = |line: &str| {
        let start = end;
        end += line.len();
        Span { start, end }
    };
    text.split_inclusive('\n').map(span).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines that are parts.
    fn texts<'a>(text: &'a str, parts: &Parts) -> Vec<&'a str> {
        spans(text).into_iter().filter(|line| parts.hold(*line)).map(|line| &text[line.range()]).collect()
    }

    #[test]
    fn changed_lines_are_those_that_were_not_there() {
        for (old, new, expected) in [
            ("", "", &[][..]),
            ("", "a\nb", &["a\n", "b"]),
            ("a\nb\nc\n", "a\nb\nc\n", &[]),
            ("a\nb\nc\n", "a\nB\nc\n", &["B\n"]),
            ("a\nb\nc\n", "a\nc\n", &[]),
            ("a\nb\n", "x\na\ny\nz\nb\n", &["x\n", "y\n", "z\n"]),
            ("a\nb\n", "a\r\nb\r\n", &[]),
            ("a\nb\n", "a\nb", &[]),
        ] {
            assert_eq!(texts(new, &changed(old, new)), expected, "{old:?} {new:?}");
        }
    }

    #[test]
    fn kept_lines_are_those_of_the_wanted_parts() {
        let (old, new) = ("a\nb\nc\nd\n", "x\na\nB\r\nc\r\nd\n");
        assert_eq!(texts(new, &kept(old, None, new)), ["a\n", "c\r\n", "d\n"]);
        let parts = changed("a\nc\n", old);
        assert_eq!(texts(old, &parts), ["b\n", "d\n"]);
        assert_eq!(texts(new, &kept(old, Some(&parts), new)), ["d\n"]);
        assert_eq!(texts(new, &kept(old, Some(&Parts::default()), new)), [""; 0]);
    }

    #[test]
    fn texts_without_a_common_line_are_compared_in_time() {
        let text = |of: &str| (0..100_000).map(|n| format!("{of}{n}\n")).collect::<String>();
        let (old, new) = (text("a"), text("b"));
        let begun = Instant::now();
        assert!(changed(&old, &new).hold(Span::new(0, new.len())));
        assert!(begun.elapsed() < 40 * LONGEST);
    }
}
