//! The body of a request that a program writes out: an object that is sent as JSON or as a form, or a string.

use super::super::language::Language;
use super::super::range::Range;
use super::super::reader::Code;
use super::members::{Members, members};
use super::value::{LONGEST, Sign, Values, stands_in};
use crate::recognise::shell::{Text, TextBuilder};
use crate::source::{Place, Sources, Span};

/// What becomes of an object that is given as the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// JSON.
    Json,
    /// Pairs of a form.
    Pairs,
    /// It is no body: only text is.
    Text,
}

impl Form {
    /// Its media type.
    fn content_type(self) -> Option<&'static str> {
        match self {
            Form::Json => Some("application/json"),
            Form::Pairs => Some("application/x-www-form-urlencoded"),
            Form::Text => None,
        }
    }
}

/// Functions that make JSON of a value.
const JSON: &[&str] = &["JSON.stringify", "json.dumps", "json_encode", "JSON.generate", "JSON.dump"];
/// Functions that make a form of an object.
const FORMS: &[&str] = &[
    "qs.stringify",
    "querystring.stringify",
    "new URLSearchParams",
    "urlencode",
    "urllib.parse.urlencode",
    "http_build_query",
    "URI.encode_www_form",
];

/// The body, and what the library says of it in a header if nobody else does; an object is sent as `form`.
pub(super) fn body(
    values: &mut Values,
    sources: &mut Sources,
    range: Range,
    form: Form,
) -> (Place, Option<&'static str>) {
    let unwrapped = unwrapped(values.code, range);
    let (inner, sent) = unwrapped.unwrap_or((range, form));
    let found = match sent {
        Form::Text => None,
        Form::Json => is_object(values, inner).then(|| json(values, inner)),
        Form::Pairs => members(values.code, values.names, inner).map(|members| pairs(values, &members, inner)),
    };
    // What is text already is not said to be anything, but for parameters that know what they are.
    let is_known = match unwrapped {
        Some(_) => values.code.word(range.start + 1) == "URLSearchParams",
        None => found.is_some() || form == Form::Json && values.code.literal(range.start).is_none(),
    };
    let text = found.unwrap_or_else(|| values.text(inner));
    (values.place_of(sources, &text, inner), sent.content_type().filter(|_| is_known))
}

/// What is made JSON or a form.
fn unwrapped(code: &Code, range: Range) -> Option<(Range, Form)> {
    // `{…}.to_json`, `new URLSearchParams({…}).toString()`, `urlencode({…}).encode()`.
    let mut end = range.end;
    for suffix in [".toString()", ".encode()", ".encode(\"utf-8\")", ".encode('utf-8')"] {
        let length = if suffix.contains("utf") { 5 } else { 4 };
        if end > range.start + length && code.compact(Range { start: end - length, end }) == suffix {
            end -= length;
        }
    }
    if code.language == Language::Ruby && code.word(end - 1) == "to_json" && end >= range.start + 3 {
        return Some((Range { start: range.start, end: end - 2 }, Form::Json));
    }
    let open = code.partner(end.checked_sub(1)?).filter(|open| code.sign(*open) == "(")?;
    // `urllib.parse.urlencode`
    let length = open.checked_sub(range.start).filter(|length| (1..=5).contains(length))?;
    let name = code.compact(Range { start: range.start, end: range.start + length });
    let first = code.arguments(open).first().copied()?;
    match () {
        () if JSON.contains(&name.as_str()) => Some((first, Form::Json)),
        () if FORMS.contains(&name.as_str()) => Some((first, Form::Pairs)),
        () => None,
    }
}

/// True for an object, or a name that stands for one.
fn is_object(values: &Values, range: Range) -> bool {
    members(values.code, values.names, range).is_some()
}

/// The text of a form.
pub(super) fn pairs(values: &mut Values, members: &Members, range: Range) -> Text {
    let mut out = TextBuilder::default();
    for member in &members.list {
        if !out.text().is_empty() {
            out.instead("&", Span::empty(values.here(member.span).span.start));
        }
        values.pair(&mut out, (member.name, member.span), member.value, Sign::Form);
    }
    if members.is_open {
        let at = values.here(values.code.span_of(range)).span;
        if !out.text().is_empty() {
            out.instead("&", Span::empty(at.end));
        }
        out.variable("others", at);
    }
    out.finish()
}

/// What is still to be written of a JSON text.
enum Rest {
    Value(Range, String),
    Sign(&'static str, Span),
    Name(String, Span),
}

/// An object as JSON. Objects stand in objects to any depth, so what is left waits in a list.
fn json(values: &mut Values, range: Range) -> Text {
    let mut out = TextBuilder::default();
    let mut rest = vec![Rest::Value(range, String::new())];
    while let Some(next) = rest.pop() {
        match next {
            Rest::Sign(sign, at) => out.instead(sign, at),
            Rest::Name(name, at) => {
                out.instead("\"", Span::empty(at.start));
                out.copy(&name, at);
                out.instead("\": ", Span::empty(at.end));
            }
            Rest::Value(range, name) => {
                let from = rest.len();
                let is_long = out.text().len() > LONGEST;
                match if is_long { None } else { parts(values, range) } {
                    Some(parts) => rest.extend(parts),
                    None => scalar(values, &mut out, range, &name),
                }
                if let Some(new) = rest.get_mut(from..) {
                    new.reverse();
                }
            }
        }
    }
    out.finish()
}

/// The parts of an object or a list, in order.
fn parts(values: &Values, range: Range) -> Option<Vec<Rest>> {
    let code = values.code;
    let there = |span: Span| values.here(span).span;
    let is_list =
        code.sign(range.start) == "[" && code.partner(range.start).is_some_and(|close| close + 1 == range.end);
    let is_php = code.language == Language::Php;
    let whole = there(code.span_of(range));
    let (first, last) = (Span::new(whole.start, whole.start), Span::new(whole.end, whole.end));
    let comma = |parts: &mut Vec<Rest>, at: usize| {
        if parts.len() > 1 {
            parts.push(Rest::Sign(", ", Span::empty(at)));
        }
    };
    let elements = || code.arguments(range.start);
    if is_list && !(is_php && elements().iter().any(|e| super::members::member(code, *e).is_some())) {
        let mut parts = vec![Rest::Sign("[", first)];
        for element in elements() {
            comma(&mut parts, there(code.span(element.start)).start);
            parts.push(Rest::Value(element, String::new()));
        }
        parts.push(Rest::Sign("]", last));
        return Some(parts);
    }
    let members = members(code, values.names, range).filter(|members| !members.is_open)?;
    let mut parts = vec![Rest::Sign("{", first)];
    for member in members.list {
        comma(&mut parts, there(member.span).start);
        parts.push(Rest::Name(member.name.to_owned(), there(member.span)));
        parts.push(Rest::Value(member.value, member.name.to_owned()));
    }
    parts.push(Rest::Sign("}", last));
    Some(parts)
}

/// A number, a truth value, a string, or a hole.
fn scalar(values: &mut Values, out: &mut TextBuilder, range: Range, name: &str) {
    let code = values.code;
    let at = values.here(code.span_of(range)).span;
    let word = if range.len() == 1 { code.at(range.start) } else { "" };
    let known = match word {
        "true" | "True" => Some("true"),
        "false" | "False" => Some("false"),
        "null" | "None" | "nil" => Some("null"),
        _ => None,
    };
    if let Some(known) = known {
        return out.instead(known, at);
    }
    if code.is_number(range.start) && range.len() == 1 && word.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return out.copy(word, at);
    }
    let taken = values.taken.len();
    let text = values.text(range);
    let is_text = text.holes.is_empty() && !text.text.contains(['"', '\\']) && !text.text.chars().any(char::is_control);
    if !is_text || stands_in(&text.text, name) {
        values.taken.truncate(taken);
        return out.variable(if name.is_empty() { "value" } else { name }, at);
    }
    out.instead("\"", Span::empty(at.start));
    out.append(&text, 0, text.text.len());
    out.instead("\"", Span::empty(at.end));
}
