//! The members of what a program writes as an object: `{ a: b }`, `{"a": b}`, `["a" => b]`, `f(a=b)`.

use super::super::language::Language;
use super::super::names::Names;
use super::super::range::Range;
use super::super::reader::Code;
use crate::source::Span;

/// A named value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member<'a> {
    /// The name as written.
    pub name: &'a str,
    /// Where the name stands, without quotes.
    pub span: Span,
    /// Its value.
    pub value: Range,
}

/// The members of an object.
#[derive(Debug, Default)]
pub(super) struct Members<'a> {
    /// In order.
    pub list: Vec<Member<'a>>,
    /// True if there may be others: a spread, a name that is computed.
    pub is_open: bool,
}

impl<'a> Members<'a> {
    /// The value of that name.
    pub fn get(&self, names: &[&str]) -> Option<Range> {
        self.list.iter().find(|member| names.contains(&member.name)).map(|member| member.value)
    }
}

/// The members of an expression that is an object, or a name that stands for one.
pub(super) fn members<'a>(code: &Code<'a>, names: &Names<'a>, range: Range) -> Option<Members<'a>> {
    let range = match code.word(range.start) {
        name if range.len() == 1 && !name.is_empty() => names.object(code, name, range.start)?,
        _ => range,
    };
    let open = opening(code, range)?;
    let mut found = Members::default();
    for range in code.arguments(open) {
        match member(code, range) {
            Some(member) => found.list.push(member),
            None => found.is_open = true,
        }
    }
    Some(found)
}

/// The bracket that opens the object which is all of an expression.
fn opening(code: &Code, range: Range) -> Option<usize> {
    let bracket = if code.language == Language::Php { "[" } else { "{" };
    let wrapped = match (code.word(range.start), code.word(range.start + 1)) {
        ("new", "Headers" | "AxiosHeaders" | "URLSearchParams") => Some(range.start + 2),
        ("dict", _) => Some(range.start + 1),
        _ => None,
    };
    let open = match wrapped {
        Some(open) if code.word(range.start) == "new" => {
            let [only] = code.arguments(open).try_into().ok()?;
            let only: Range = only;
            (code.partner(open)? + 1 == range.end).then_some(only.start)?
        }
        Some(open) => return (code.sign(open) == "(" && code.partner(open)? + 1 == range.end).then_some(open),
        None => range.start,
    };
    let close = code.partner(open).filter(|_| code.sign(open) == bracket)?;
    // TypeScript says of what type it is.
    let ends = wrapped.is_some() || close + 1 == range.end || matches!(code.word(close + 1), "as" | "satisfies");
    ends.then_some(open)
}

/// True for `null` and the like: as if nothing were there.
pub(super) fn is_nothing(code: &Code, range: Range) -> bool {
    range.len() == 1 && matches!(code.word(range.start), "null" | "undefined" | "None" | "nil")
}

/// What an argument or a part of an object sets.
pub(super) fn member<'a>(code: &Code<'a>, range: Range) -> Option<Member<'a>> {
    let name = code.word(range.start);
    if range.len() == 1 && !name.is_empty() && code.language == Language::JavaScript {
        return Some(Member { name, span: code.span(range.start), value: range });
    }
    let setting = code.setting(range.start).filter(|s| s.setter.is_none() && s.receiver.is_none())?;
    let value = Range { start: setting.value, end: range.end };
    (value.len() > 0).then_some(Member { name: setting.name, span: setting.span, value })
}
