//! A picture of the points in time that a token names, in one line, so that a wrong unit or zone is seen at a glance.

use crate::calendar;
use crate::inspect::Moment;

/// Further from the others than this (in seconds, about thirty years) a point is drawn as an arrow at the edge.
const FAR: i128 = 1_000_000_000;
/// Columns between two marks, so that their names can be told apart.
const APART: usize = 2;
/// At most so many lines of names.
const ROWS: usize = 4;

/// The picture: lines of names, and the line of marks under them. `moments` are in order. Empty for fewer than two.
pub fn draw(moments: &[Moment], columns: usize, unicode: bool) -> Vec<String> {
    if moments.len() < 2 || columns < 30 {
        return Vec::new();
    }
    let middle = moments.iter().find(|m| m.name == "now").unwrap_or(&moments[moments.len() / 2]).at;
    let is_near = |m: &&Moment| m.at.saturating_sub(middle).unsigned_abs() < FAR.unsigned_abs();
    let near: Vec<&Moment> = moments.iter().filter(is_near).collect();
    let (Some(first), Some(last)) = (near.first(), near.last()) else { return Vec::new() };
    let length = last.at.saturating_sub(first.at).max(1);
    // Room for the arrow, the name of the zone, and names at both ends.
    let width = columns.saturating_sub(10).min(100);
    let mut marks: Vec<(usize, &Moment)> = Vec::new();
    for moment in near.iter().copied() {
        let share = moment.at.saturating_sub(first.at).saturating_mul(width as i128 - 9) / length;
        let mut column = 4 + usize::try_from(share).unwrap_or(0);
        if let Some((before, _)) = marks.last() {
            column = column.max(before + APART);
        }
        marks.push((column, moment));
    }
    let line = if unicode { '─' } else { '-' };
    let end = marks.last().map_or(0, |(column, _)| *column).max(width - 5) + 4;
    let mut drawn: Vec<char> = vec![line; end + 1];
    for (column, moment) in &marks {
        let mark = match (moment.name == "now", unicode) {
            (true, true) => '●',
            (true, false) => '*',
            (false, true) => '○',
            (false, false) => 'o',
        };
        if let Some(cell) = drawn.get_mut(*column) {
            *cell = mark;
        }
    }
    drawn.push(if unicode { '▶' } else { '>' });
    let mut lines = names(&marks, first.at, last.at);
    lines.push(drawn.into_iter().chain("  UTC".chars()).collect());
    let arrow = if unicode { '→' } else { '>' };
    let back = if unicode { '←' } else { '<' };
    for moment in moments.iter().filter(|m| !is_near(m)) {
        let arrow = if moment.at > middle { arrow } else { back };
        lines.push(format!("{arrow} {} is far off: {}", moment.name, calendar::text(moment.at)));
    }
    lines
}

/// The names of the marks above them, in as many lines as they need not to touch.
fn names(marks: &[(usize, &Moment)], first: i128, last: i128) -> Vec<String> {
    let mut rows: Vec<String> = vec![String::new()];
    for (column, moment) in marks {
        let name = format!("{} {}", moment.name, short(moment.at, first, last));
        let start = column.saturating_sub(1);
        let row = rows.iter().rposition(|row| row.is_empty() || row.chars().count() + 2 <= start);
        let row = match row {
            Some(row) => row,
            None if rows.len() < ROWS => {
                rows.insert(0, String::new());
                0
            }
            None => continue,
        };
        if let Some(text) = rows.get_mut(row) {
            let pad = start.saturating_sub(text.chars().count());
            text.extend(std::iter::repeat_n(' ', pad));
            *text += &name;
        }
    }
    rows
}

/// As much of a time as tells it from the others: the time of day within a day, the date beyond.
fn short(at: i128, first: i128, last: i128) -> String {
    let whole = calendar::text(at);
    let same = |n: usize| calendar::text(first).get(..n) == calendar::text(last).get(..n);
    let part = match () {
        () if last - first < 120 => whole.get(11..19),
        () if same(10) => whole.get(11..16),
        () if same(4) => whole.get(5..16),
        () => whole.get(..10),
    };
    part.unwrap_or(&whole).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(moments: &[(&str, i128)], unicode: bool) -> String {
        let moments: Vec<Moment> = moments.iter().map(|(name, at)| Moment { name: (*name).into(), at: *at }).collect();
        draw(&moments, 60, unicode).join("\n")
    }

    #[test]
    fn a_wrong_zone_is_seen() {
        assert_eq!(
            drawn(&[("now", 1_800_000_000), ("iat", 1_800_019_800)], true),
            "   now 08:00                                iat 13:30\n\
             ────●────────────────────────────────────────○────▶  UTC"
        );
    }

    #[test]
    fn names_that_would_touch_stand_above_each_other() {
        let picture = drawn(
            &[("nbf", 1_799_999_940), ("iat", 1_799_999_940), ("now", 1_800_000_000), ("exp", 1_800_003_540)],
            false,
        );
        assert_eq!(
            picture,
            "       now 08:00\n     iat 07:59\n   nbf 07:59                                exp 08:59\n\
             ----o-o-*------------------------------------o---->  UTC"
        );
    }

    #[test]
    fn what_is_far_off_is_an_arrow() {
        let picture = drawn(&[("iat", 1_799_999_940), ("now", 1_800_000_000), ("exp", 1_800_003_540_000)], true);
        assert!(picture.ends_with("→ exp is far off: the year 59009"), "{picture}");
        assert!(drawn(&[("exp", 0), ("now", 1_800_000_000)], true).contains("← exp is far off: 1970-01-01"));
        assert_eq!(drawn(&[("now", 1)], true), "");
        assert!(!drawn(&[("exp", i128::MIN), ("now", 0), ("iat", i128::MAX)], true).is_empty());
    }
}
