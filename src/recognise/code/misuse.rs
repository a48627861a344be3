//! Calls whose types do not tell what belongs where: the program compiles, and the library throws or the server says 401.

use super::language::Language;
use super::look::Word;
use super::reader::Code;
use super::{MOST, Spot};
use crate::source::Span;

/// The word that each pattern begins with.
pub(super) fn needs(word: &Word) -> bool {
    match word.language {
        Language::CSharp => word.text == b"AuthenticationHeaderValue",
        Language::Go => word.text == b"SignedString",
        Language::Php => word.text == b"CURLOPT_HTTPHEADER",
        _ => false,
    }
}

pub(super) fn find(code: &Code, spots: &mut Vec<Spot>) {
    for i in 0..code.len() {
        if spots.len() >= MOST {
            return;
        }
        let found = match (code.language, code.content(i).unwrap_or(code.at(i))) {
            (Language::CSharp, "AuthenticationHeaderValue") => scheme_in_one(code, i),
            (Language::Go, "SignedString") => secret_not_bytes(code, i),
            (Language::Php, "CURLOPT_HTTPHEADER") => headers_as_map(code, i),
            _ => None,
        };
        spots.extend(found);
    }
}

fn spot(code: &Code, trouble: &'static str, call: &str, name: Span, at: Span) -> Spot {
    let text = code.text.get(at.range()).unwrap_or_default();
    Spot::new(Span::new(name.start.min(at.start), name.end.max(at.end)))
        .with("code.trouble", trouble, at)
        .with("code.call", call, name)
        .with("code.text", text, at)
}

/// `new AuthenticationHeaderValue("Bearer " + token)`: the one argument is the scheme, and a scheme holds no blank.
fn scheme_in_one(code: &Code, i: usize) -> Option<Spot> {
    let arguments = if code.sign(i + 1) == "(" { code.arguments(i + 1) } else { Vec::new() };
    let [argument] = arguments.as_slice() else { return None };
    // The `$` of an interpolated string may be a token of its own.
    let text = argument.iter().take(2).find_map(|k| code.content(k))?;
    let (scheme, _) = text.split_once(' ')?;
    let known = ["basic", "bearer", "dpop", "token"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    known.then(|| spot(code, "scheme-in-one", "AuthenticationHeaderValue", code.span(i), code.span_of(*argument)))
}

/// `SignedString("secret")`: golang-jwt wants the bytes.
fn secret_not_bytes(code: &Code, i: usize) -> Option<Spot> {
    let arguments = if code.sign(i + 1) == "(" { code.arguments(i + 1) } else { Vec::new() };
    let [argument] = arguments.as_slice() else { return None };
    let found = argument.len() == 1 && code.literal(argument.start).is_some() && code.has("jwt");
    found.then(|| spot(code, "secret-not-bytes", "SignedString", code.span(i), code.span_of(*argument)))
}

/// `CURLOPT_HTTPHEADER, ["Authorization" => …]`: curl wants a list of lines.
fn headers_as_map(code: &Code, i: usize) -> Option<Spot> {
    if !matches!(code.sign(i + 1), "," | "=>") {
        return None;
    }
    let open = if code.word(i + 2) == "array" { i + 3 } else { i + 2 };
    if !matches!(code.sign(open), "[" | "(") {
        return None;
    }
    let named = code.arguments(open).into_iter().find(|argument| {
        let name = code.content(argument.start).unwrap_or_default();
        name.eq_ignore_ascii_case("authorization") && code.sign(argument.start + 1) == "=>"
    })?;
    Some(spot(code, "headers-as-map", "CURLOPT_HTTPHEADER", code.span(i), code.span_of(named)))
}
