//! Requests of Go: `http.NewRequest(…)` and what is set in its result afterwards.

use super::super::range::Range;
use super::super::reader::Code;
use super::body::Form;
use super::call::Parts;
use super::members::{Member, is_nothing};

/// So far behind the call its result is followed.
const FARTHEST: usize = 400;

/// What the call with this opening bracket says, and the lines below it.
pub(super) fn read<'a>(code: &Code<'a>, open: usize) -> Option<Parts<'a>> {
    let name = code.callee(open)?;
    let skipped = match code.compact(name).as_str() {
        "http.NewRequest" => 0,
        "http.NewRequestWithContext" => 1,
        _ => return None,
    };
    let arguments = code.arguments(open);
    let at = |i: usize| arguments.get(skipped + i).copied();
    let close = code.partner(open)?;
    let mut parts = Parts {
        call: Some(Range { start: name.start, end: close + 1 }),
        method: at(0),
        url: at(1),
        body: at(2).filter(|body| !is_nothing(code, *body)).map(|body| (literal(code, body), Form::Text)),
        ..Parts::default()
    };
    let request = given_to(code, name.start);
    parts.is_open = request.is_none();
    if let Some(request) = request {
        follow(code, request, close, code.around(name.start), &mut parts);
    }
    Some(parts)
}

/// `req` in `req, err := http.NewRequest(…)`.
fn given_to<'a>(code: &Code<'a>, start: usize) -> Option<&'a str> {
    let sign = start.checked_sub(1).filter(|i| matches!(code.sign(*i), ":=" | "="))?;
    let comma = sign.checked_sub(2).filter(|i| code.sign(*i) == ",")?;
    Some(code.word(comma.checked_sub(1)?)).filter(|name| !name.is_empty() && *name != "_")
}

/// The one string of `strings.NewReader("…")` or `bytes.NewBuffer([]byte("…"))`, else all of it.
fn literal(code: &Code, range: Range) -> Range {
    const READERS: &[&str] = &["strings.NewReader", "bytes.NewReader", "bytes.NewBuffer", "bytes.NewBufferString"];
    let reads =
        READERS.iter().any(|reader| code.compact(Range { start: range.start, end: range.start + 3 }) == *reader);
    let mut strings = range.iter().filter(|i| code.literal(*i).is_some());
    match (strings.next(), strings.next()) {
        (Some(only), None) if reads && range.len() <= 11 => Range { start: only, end: only + 1 },
        _ => range,
    }
}

/// Reads what is set in a request up to the end of its block, or to where it is given away.
fn follow<'a>(code: &Code<'a>, request: &str, from: usize, block: Option<usize>, parts: &mut Parts<'a>) {
    let end = block.and_then(|open| code.partner(open)).unwrap_or(code.len());
    let limit = end.min(from + FARTHEST);
    for i in from..limit {
        let is_it = code.word(i) == request && code.sign(i.saturating_sub(1)) != ".";
        if !is_it {
            continue;
        }
        // The next request of that name.
        if matches!(code.sign(i + 1), "," | ":=" | "=") && code.is_first(i) {
            return;
        }
        if let Some(field) = header(code, i).filter(|_| code.around(i) == block) {
            // `Set` takes the place of what was set before.
            if code.word(i + 4) == "Set" {
                parts.fields.retain(|known| !known.name.eq_ignore_ascii_case(field.name));
            }
            parts.fields.push(field);
        } else if code.word(i + 2) == "Header" && code.word(i + 4) == "Del" {
            let name = code.content(i + 6).unwrap_or_default();
            parts.fields.retain(|known| !known.name.eq_ignore_ascii_case(name));
            parts.is_open = true;
        } else if let Some(user) = pair(code, i).filter(|_| code.around(i) == block) {
            parts.user = Some(user);
        } else if !is_sent(code, i) {
            parts.is_open = true;
        }
    }
    parts.is_open |= limit < end;
}

/// `req.Header.Set("Name", value)`.
fn header<'a>(code: &Code<'a>, i: usize) -> Option<Member<'a>> {
    let sets = code.word(i + 2) == "Header" && matches!(code.word(i + 4), "Set" | "Add") && code.sign(i + 5) == "(";
    let [name, value] = code.arguments(i + 5).try_into().ok().filter(|_| sets)?;
    let (name, value): (Range, Range) = (name, value);
    let span = code.literal(name.start).filter(|_| name.len() == 1)?.content;
    Some(Member { name: code.content(name.start)?, span, value })
}

/// What stands in the brackets of `req.SetBasicAuth(user, password)`.
fn pair(code: &Code, i: usize) -> Option<Range> {
    let sets = code.word(i + 2) == "SetBasicAuth" && code.sign(i + 3) == "(";
    code.partner(i + 3).filter(|_| sets).map(|close| Range { start: i + 3, end: close + 1 })
}

/// True where the request is only sent: `client.Do(req)`.
fn is_sent(code: &Code, i: usize) -> bool {
    code.sign(i.saturating_sub(1)) == "(" && code.sign(i + 1) == ")" && code.word(i.saturating_sub(2)) == "Do"
}
