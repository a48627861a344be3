//! The lines of a text that count, where not all do.

use super::Span;

/// Parts of a text that are whole lines, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parts {
    spans: Vec<Span>,
    /// The length of the text: what stands at its end is on its last line.
    len: usize,
}

impl Parts {
    /// The parts of a text of `len` bytes that these lines make up; `lines` come in order.
    pub fn new(lines: impl Iterator<Item = Span>, len: usize) -> Self {
        let mut spans: Vec<Span> = Vec::new();
        for line in lines {
            match spans.last_mut() {
                Some(last) if last.end == line.start => last.end = line.end,
                _ => spans.push(line),
            }
        }
        Self { spans, len }
    }

    /// True if a span stands on one of the lines, be it in part.
    pub fn touch(&self, span: Span) -> bool {
        self.at(span.start).is_some_and(|part| part.start < span.end || part.start == span.start)
    }

    /// True if a span stands on the lines as a whole.
    pub fn hold(&self, span: Span) -> bool {
        self.at(span.start).is_some_and(|part| part.contains(span))
    }

    /// The first part that does not end before this byte.
    fn at(&self, start: usize) -> Option<Span> {
        let at = self.spans.partition_point(|part| part.end <= start && !(start == self.len && part.end == start));
        self.spans.get(at).copied()
    }

    /// The same parts after edits within them: for each edit, in order, what it replaced and the length of what stands
    /// there now.
    pub fn edited(&self, edits: &[(Span, usize)]) -> Self {
        let mut before = edits.iter().peekable();
        let (mut out, mut into) = (0, 0);
        let mut moved = |to: usize, is_last: bool| {
            while let Some((span, len)) = before.next_if(|(span, _)| span.start < to || is_last) {
                out += span.len();
                into += len;
            }
            (to + into).saturating_sub(out)
        };
        let mut spans = Vec::with_capacity(self.spans.len());
        for part in &self.spans {
            let start = moved(part.start, false);
            spans.push(Span { start, end: moved(part.end, part.end == self.len).max(start) });
        }
        let len = moved(self.len, true);
        Self { spans, len }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> Parts {
        Parts::new([(2, 3), (3, 4), (6, 8)].into_iter().map(|(start, end)| Span::new(start, end)), 8)
    }

    #[test]
    fn a_span_stands_on_the_lines_in_part_or_as_a_whole() {
        for (start, end, touches, is_held) in [
            (0, 2, false, false),
            (0, 3, true, false),
            (2, 2, true, true),
            (3, 3, true, true),
            (2, 4, true, true),
            (4, 4, false, false),
            (4, 6, false, false),
            (4, 7, true, false),
            (6, 6, true, true),
            (8, 8, true, true),
            (9, 9, false, false),
        ] {
            let span = Span::new(start, end);
            assert_eq!((parts().touch(span), parts().hold(span)), (touches, is_held), "{start}..{end}");
        }
        let longer = Parts { len: 9, ..parts() };
        assert!(!longer.touch(Span::empty(8)), "that is on the next line");
        assert!(!Parts::default().touch(Span::empty(0)));
    }

    #[test]
    fn edits_move_the_lines_behind_them() {
        let edits = [(Span::empty(2), 5), (Span::new(3, 4), 0), (Span::empty(8), 2)];
        let expected = Parts { spans: vec![Span::new(2, 8), Span::new(10, 14)], len: 14 };
        assert_eq!(parts().edited(&edits), expected);
        assert_eq!(parts().edited(&[]), parts());
    }
}
