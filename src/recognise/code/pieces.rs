//! A value that a program puts together: `"Bearer " + token`, `` `Bearer ${token}` ``, `"Bearer %s" % token`.

use super::language::Language;
use super::range::Range;
use super::reader::Code;
use crate::source::Span;

/// A part of such a value.
#[derive(Debug, Clone)]
pub enum Piece<'a> {
    /// Text as it stands in the code.
    Text(&'a str, Span),
    /// What the program puts in, as written, without blanks and marks.
    Value(String, Span),
}

/// The parts of a value.
#[derive(Debug, Clone, Default)]
pub struct Pieces<'a> {
    /// In order.
    pub list: Vec<Piece<'a>>,
    /// The token of the string, if the value is one string and nothing else.
    pub only: Option<usize>,
    /// True if the parts are put into a text that is a format: `%`, `format`.
    pub format: bool,
}

impl<'a> Pieces<'a> {
    /// The parts of an expression.
    pub fn of(code: &Code<'a>, range: Range) -> Self {
        let mut pieces = Self::default();
        let sign = if code.language == Language::Php { "." } else { "+" };
        let mut start = range.start;
        let mut i = range.start;
        while i <= range.end {
            // Python puts strings together that stand side by side.
            let beside = i > start && i < range.end && code.literal(i).is_some() && code.literal(i - 1).is_some();
            if i == range.end || code.sign(i) == sign || beside {
                if i > start {
                    pieces.part(code, Range { start, end: i });
                }
                start = if beside { i } else { i + 1 };
            }
            i = match code.partner(i) {
                Some(partner) if partner > i && partner < range.end => partner + 1,
                _ => i + 1,
            };
        }
        if range.len() == 1 && code.literal(range.start).is_some_and(|l| l.holes.is_empty()) {
            pieces.only = Some(range.start);
        }
        pieces
    }

    fn part(&mut self, code: &Code<'a>, range: Range) {
        let Range { start, end } = range;
        if range.len() == 1 && self.literal(code, start) {
            return;
        }
        // `"…" % x`, `"…" % (x, y)`
        if code.literal(start).is_some() && code.sign(start + 1) == "%" {
            let arguments = if code.sign(start + 2) == "(" && code.partner(start + 2) == Some(end - 1) {
                code.arguments(start + 2)
            } else {
                vec![Range { start: start + 2, end }]
            };
            return self.filled(code, start, &arguments);
        }
        if code.sign(end - 1) == ")" {
            let open = code.partner(end - 1).unwrap_or(end - 1);
            let callee = Range { start, end: open };
            // `"…".format(x)`
            if code.literal(start).is_some()
                && open == start + 3
                && matches!(code.word(start + 2), "format" | "formatted")
            {
                return self.filled(code, start, &code.arguments(open));
            }
            const FORMATS: &[&str] = &[
                "fmt.Sprintf",
                "String.format",
                "string.Format",
                "String.Format",
                "format!",
                "sprintf",
                "format",
                "util.format",
            ];
            let arguments = code.arguments(open);
            let first = arguments.first().filter(|a| a.len() == 1 && code.literal(a.start).is_some());
            if let (true, Some(first)) = (FORMATS.contains(&code.compact(callee).as_str()), first) {
                return self.filled(code, first.start, arguments.get(1..).unwrap_or_default());
            }
        }
        self.list.push(Piece::Value(code.compact(range), code.span_of(range)));
    }

    /// A string, perhaps with values in it.
    fn literal(&mut self, code: &Code<'a>, i: usize) -> bool {
        let Some(literal) = code.literal(i) else { return false };
        let mut at = literal.content.start;
        for hole in &literal.holes {
            self.text(code, Span::new(at.min(hole.start), hole.start));
            let inner = code.text.get(hole.range()).unwrap_or_default();
            let inner = inner.trim_start_matches(['$', '#', '\\']);
            let inner = inner.strip_prefix(['{', '(']).map_or(inner, |i| i.strip_suffix(['}', ')']).unwrap_or(i));
            self.list.push(Piece::Value(inner.split_whitespace().collect::<Vec<_>>().join(" "), *hole));
            at = hole.end;
        }
        self.text(code, Span::new(at.min(literal.content.end), literal.content.end));
        true
    }

    fn text(&mut self, code: &Code<'a>, span: Span) {
        if let Some(text) = code.text.get(span.range()).filter(|text| !text.is_empty()) {
            self.list.push(Piece::Text(text, span));
        }
    }

    /// A format: text with `%s`, `{}`, `{name}` in it, and what is put there.
    fn filled(&mut self, code: &Code<'a>, i: usize, arguments: &[Range]) {
        self.format = true;
        let Some(literal) = code.literal(i) else { return };
        let content = code.content(i).unwrap_or_default();
        let mut next = arguments.iter();
        let mut at = 0;
        while let Some((start, end)) = mark(content, at) {
            self.text(code, Span::new(literal.content.start + at, literal.content.start + start));
            let span = Span::new(literal.content.start + start, literal.content.start + end);
            let name = content.get(start..end).unwrap_or_default().trim_matches(['{', '}', '%']);
            let value = next.next().map_or_else(|| name.to_owned(), |range| code.compact(*range));
            self.list.push(Piece::Value(value, span));
            at = end;
        }
        self.text(code, Span::new(literal.content.start + at, literal.content.end));
    }
}

/// The next `%s`, `%v`, `{}` or `{name}` from a place on.
fn mark(text: &str, from: usize) -> Option<(usize, usize)> {
    let rest = text.get(from..)?;
    let start = from + rest.find(['%', '{'])?;
    let after = text.get(start + 1..)?;
    if text.get(start..)?.starts_with('%') {
        let letter = after.bytes().next()?;
        return if matches!(letter, b's' | b'v' | b'd') { Some((start, start + 2)) } else { None };
    }
    let length = after.find('}')?;
    after
        .get(..length)?
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"_.:$".contains(&b))
        .then_some((start, start + length + 2))
}
