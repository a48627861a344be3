//! Where a string really ends, even if its quotes are wrong.
//!
//! The nearest closing quote is believed only if what follows it may follow a string. Otherwise the likeliest slip is
//! looked for (a quote forgotten after a name, before a comma, at the end of the line; quotes inside the text), so that
//! reading goes on where the writer thought to be. No slip is looked for beyond the next quote or the end of the line,
//! and no line twice, which keeps the whole in linear time.

use super::trouble::Kind;
use crate::source::{Hole, Span};

/// The text being read, with its holes.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) text: &'a str,
    pub(super) holes: &'a [Hole],
}

/// A way to quote.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Quote {
    /// `"`
    Double,
    /// `\"` outside of a string: the text was escaped once too often.
    Escaped,
    /// `'`
    Single,
    /// `“`, `„` and their like.
    Curly,
    /// `‘`, the backtick and their like.
    CurlySingle,
}

impl Quote {
    /// The quote that opens a string at the beginning of `rest`, and its length in bytes.
    pub(super) fn opening(rest: &str) -> Option<(Quote, usize)> {
        let c = rest.chars().next()?;
        let quote = match c {
            '"' => Quote::Double,
            '\'' => Quote::Single,
            '\\' if rest.starts_with("\\\"") => return Some((Quote::Escaped, 2)),
            _ if is_curly(c) => Quote::Curly,
            _ if is_curly_single(c) => Quote::CurlySingle,
            _ => return None,
        };
        Some((quote, c.len_utf8()))
    }

    /// The length of the quote at the beginning of `rest`, if it closes what this one opened.
    pub(super) fn closing(self, rest: &str) -> Option<usize> {
        let c = rest.chars().next()?;
        let closes = match self {
            Quote::Escaped => return rest.starts_with("\\\"").then_some(2),
            Quote::Double => c == '"',
            Quote::Single => c == '\'',
            Quote::Curly => c == '"' || is_curly(c),
            Quote::CurlySingle => c == '\'' || is_curly_single(c),
        };
        closes.then_some(c.len_utf8())
    }

    /// What is wrong with quoting so.
    pub(super) fn trouble(self) -> Option<Kind> {
        match self {
            Quote::Double => None,
            Quote::Escaped => Some(Kind::EscapedQuote),
            Quote::Single => Some(Kind::SingleQuote),
            Quote::Curly | Quote::CurlySingle => Some(Kind::SmartQuote),
        }
    }
}

fn is_curly(c: char) -> bool {
    matches!(c, '“' | '”' | '„' | '‟' | '″' | '«' | '»' | '＂')
}

fn is_curly_single(c: char) -> bool {
    matches!(c, '‘' | '’' | '‚' | '‛' | '′' | '`' | '´')
}

/// Where a string stands, which tells what may follow it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The whole text.
    Root,
    /// The name of a member.
    Name,
    /// The value of a member.
    Member,
    /// An element of an array.
    Element,
}

/// How a string begins.
#[derive(Clone, Copy)]
pub(super) struct Opening {
    /// The byte of the opening quote.
    pub(super) at: usize,
    /// The first byte behind it.
    pub(super) begin: usize,
    pub(super) quote: Quote,
    pub(super) role: Role,
    /// How many brackets are open around it.
    pub(super) depth: usize,
}

/// A string, as far as it goes.
pub(super) struct Found {
    /// What stands between the quotes.
    pub(super) content: Span,
    /// Where reading goes on.
    pub(super) after: usize,
    /// What is wrong with its end.
    pub(super) trouble: Option<(Kind, Span)>,
}

impl<'a> Text<'a> {
    /// The text from byte `at` on; nothing if that is past the end.
    pub(super) fn rest(self, at: usize) -> &'a str {
        self.text.get(at..).unwrap_or("")
    }

    /// The text of a span.
    pub(super) fn slice(self, span: Span) -> &'a str {
        self.text.get(span.range()).unwrap_or("")
    }

    /// The character at a byte.
    pub(super) fn char(self, at: usize) -> Option<char> {
        self.rest(at).chars().next()
    }

    /// The first byte from `at` on that is no JSON space.
    pub(super) fn after_space(self, at: usize) -> usize {
        at + self.rest(at).bytes().take_while(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n')).count()
    }

    /// The hole at a byte.
    pub(super) fn hole_at(self, at: usize) -> Option<Span> {
        let index = self.holes.partition_point(|h| h.span.end <= at);
        let span = self.holes.get(index)?.span;
        (span.start <= at && self.text.is_char_boundary(span.end)).then_some(span)
    }

    /// True if a hole touches the span.
    pub(super) fn has_hole(self, span: Span) -> bool {
        let index = self.holes.partition_point(|h| h.span.end <= span.start);
        self.holes.get(index).is_some_and(|h| h.span.start < span.end)
    }

    /// Finds the end of a string. `barren` remembers up to where a search for a better end was in vain.
    pub(super) fn string(self, opening: Opening, barren: &mut usize) -> Found {
        let Opening { begin, quote, role, .. } = opening;
        let mut at = begin;
        let mut wrapped = false;
        while let Some(c) = self.char(at) {
            if let Some(hole) = self.hole_at(at) {
                at = hole.end;
            } else if let Some(width) = quote.closing(self.rest(at)) {
                if wrapped || self.may_follow(at + width, role, false) {
                    return Found { content: Span::new(begin, at), after: at + width, trouble: None };
                }
                return self.mend(opening, Span::new(at, at + width), barren);
            } else if c == '\\' {
                at += 1;
                at += self.char(at).filter(|c| !matches!(c, '\n' | '\r')).map_or(0, char::len_utf8);
            } else if !wrapped && matches!(c, '\n' | '\r') {
                if !self.goes_on(at, quote, role) {
                    return self.unclosed(opening, at);
                }
                wrapped = true;
            } else {
                at += c.len_utf8();
            }
        }
        self.unclosed(opening, self.text.len())
    }

    /// True if what stands at `at` may follow the end of a string. `strict` is for a second choice.
    fn may_follow(self, at: usize, role: Role, strict: bool) -> bool {
        let rest = self.rest(at);
        let after = rest.trim_start_matches([' ', '\t']);
        let spaced = after.len() < rest.len();
        let Some(c) = after.chars().next() else { return true };
        let next = after.get(c.len_utf8()..).unwrap_or("");
        if role == Role::Root || matches!(c, '\n' | '\r') || self.hole_at(at + rest.len() - after.len()).is_some() {
            return true;
        }
        match c {
            ':' => role == Role::Name || !strict,
            '=' => role == Role::Name,
            ',' => true,
            // `"{"a":"b"}"`: a bracket with a quote right behind belongs to the text.
            '}' | ']' => !strict || Quote::opening(next).is_none(),
            '/' => next.starts_with(['/', '*']),
            '#' | '…' => true,
            '.' => next.starts_with(".."),
            _ => spaced && !strict && Quote::opening(after).is_some(),
        }
    }

    /// True if a double quote stands at `at` and ends a string there.
    pub(super) fn ends_string(self, at: usize, role: Role) -> bool {
        self.rest(at).starts_with('"') && self.may_follow(at + 1, role, false)
    }

    /// True if a string goes on after the line break at `at`: the next quote closes it. Otherwise that quote opens the
    /// next string, and this one lacks its own.
    fn goes_on(self, at: usize, quote: Quote, role: Role) -> bool {
        let rest = self.rest(at);
        let next = rest.char_indices().find_map(|(i, _)| Some((at + i, quote.closing(rest.get(i..)?)?)));
        next.is_some_and(|(next, width)| {
            (quote != Quote::Escaped && self.text.get(..next).is_some_and(|t| t.ends_with('\\')))
                || self.may_follow(next + width, role, true)
        })
    }

    /// The quotes from `at` to the end of the line that could close what `quote` opened.
    fn closings(self, at: usize, quote: Quote) -> impl Iterator<Item = Span> {
        let line = self.rest(at).char_indices().take_while(|(_, c)| !matches!(c, '\n' | '\r'));
        line.filter_map(move |(i, _)| Some(Span::new(at + i, at + i + quote.closing(self.rest(at + i))?)))
    }

    /// A closing quote with the wrong thing behind it: finds out which slip it was.
    fn mend(self, opening: Opening, close: Span, barren: &mut usize) -> Found {
        let Opening { begin, quote, role, .. } = opening;
        let content = Span::new(begin, close.start);
        if let Some(found) = self.name_without_end(opening, content.end) {
            return found;
        }
        if let Some(found) = self.closed_by_curly(content, quote, role) {
            return found;
        }
        // `"a" 1`: the colon is missing, not the quote.
        if role == Role::Name && self.rest(close.end).starts_with([' ', '\t']) {
            return Found { content, after: close.end, trouble: None };
        }
        // `"a": "x, "b": 1`: the quote opens the next name.
        if self.slice(content).trim_end().ends_with(',') {
            let next = self.closings(close.end, quote).next();
            let then = next.and_then(|next| self.char(self.after_space(next.end)));
            let fits = match role {
                Role::Member => then == Some(':'),
                Role::Element => matches!(then, Some(',' | ']')),
                Role::Root | Role::Name => false,
            };
            if fits {
                return self.unclosed(opening, close.start);
            }
        }
        // `"say "hi" now"`: a later quote of the line is the end.
        if close.end >= *barren {
            if let Some(end) = self.closings(close.end, quote).find(|q| self.may_follow(q.end, role, true)) {
                let trouble = (quote == Quote::Double).then_some((Kind::UnescapedQuote, close));
                return Found { content: Span::new(begin, end.start), after: end.end, trouble };
            }
            let line = self.rest(close.end);
            *barren = close.end + line.find(['\n', '\r']).unwrap_or(line.len());
        }
        Found { content, after: close.end, trouble: None }
    }

    /// A string that is still open at `end`: the end of the line, of the text, or a quote that is not its own.
    fn unclosed(self, opening: Opening, end: usize) -> Found {
        let Opening { at: open, begin, quote, role, depth } = opening;
        if let Some(found) = self.name_without_end(opening, end) {
            return found;
        }
        let whole = Span::new(begin, end);
        if let Some(found) = self.closed_by_curly(whole, quote, role) {
            return found;
        }
        let written = self.slice(whole).trim_end();
        let mut kept = written;
        // A comma and the brackets that are open here stand after the string, not in it.
        if role != Role::Name {
            kept = kept.strip_suffix(',').unwrap_or(kept).trim_end();
            let count = |brackets: [char; 2]| kept.matches(brackets).count();
            let surplus = count(['}', ']']).saturating_sub(count(['{', '[']));
            for _ in 0..depth.min(surplus) {
                match kept.strip_suffix(['}', ']']) {
                    Some(shorter) => kept = shorter.trim_end(),
                    None => break,
                }
            }
        }
        let content = Span::new(begin, begin + kept.len());
        let stops = kept.len() == written.len() && self.rest(self.after_space(end)).is_empty();
        let kind = if stops { Kind::Cut } else { Kind::UnclosedString };
        Found { content, after: content.end, trouble: Some((kind, Span::new(open, content.end))) }
    }

    /// `"name: "value"`: the quote after the name was forgotten.
    fn name_without_end(self, opening: Opening, end: usize) -> Option<Found> {
        let begin = opening.begin;
        let content = self.slice(Span::new(begin, end));
        let name =
            content.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '$' | '@' | '.'));
        let end = begin + content.len() - name.len();
        let fits = opening.role == Role::Name && end > begin && name.trim_start().starts_with(':');
        fits.then(|| Found {
            content: Span::new(begin, end),
            after: end,
            trouble: Some((Kind::UnclosedString, Span::new(opening.at, end))),
        })
    }

    /// `"name”`: opened straight, closed by a curly quote.
    fn closed_by_curly(self, content: Span, quote: Quote, role: Role) -> Option<Found> {
        if quote != Quote::Double {
            return None;
        }
        let (at, c) = self
            .slice(content)
            .char_indices()
            .find(|(i, c)| is_curly(*c) && self.may_follow(content.start + i + c.len_utf8(), role, true))?;
        let end = content.start + at;
        let close = Span::new(end, end + c.len_utf8());
        Some(Found {
            content: Span::new(content.start, end),
            after: close.end,
            trouble: Some((Kind::SmartQuote, close)),
        })
    }
}
