//! The layers that cleaning peels off, outermost first. Each looks at a text and says which bytes to take away.

use crate::decode::paste::labels::{form_response, header_name, json_response, label, variable_label};
use crate::decode::paste::{Cut, Setting, escapes, shape};
use crate::decode::{base64, jwt};
use crate::source::Span;

/// The outermost layer of a value, with its name.
pub(crate) fn find(text: &str, setting: Setting, known: bool) -> Option<(&'static str, Vec<Cut>)> {
    let tried = |name: &'static str, cuts: Vec<Cut>| (!cuts.is_empty()).then_some((name, cuts));
    let around = || {
        around_value(text)
            .or_else(|| tried("ansi", escapes::ansi(text)))
            .or_else(|| tried("invisible", invisible(text)))
            .or_else(|| tried("smart_quotes", smart_quotes(text)))
            .or_else(|| tried("quotes", quotes(text)))
    };
    if setting.free {
        return around();
    }
    let whole = || {
        tried("several", several(text))
            .or_else(|| tried("punctuation", punctuation(text)))
            .or_else(|| twice_encoded(text).filter(|_| !setting.basic))
    };
    // Nearly all values have none of the characters that the other layers look for.
    if known && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)) {
        return whole();
    }
    let inside = || {
        tried("python_bytes", python_bytes(text))
            .or_else(|| tried("form_response", form_response(text)))
            .or_else(|| tried("label", label(text, setting)))
            .or_else(|| tried("json_response", json_response(text)))
            .or_else(|| tried("nonbreaking_space", nonbreaking(text)))
            .or_else(|| tried("html", escapes::html(text)))
            .or_else(|| tried("line_continuation", line_continuation(text)))
            .or_else(|| tried("json", escapes::json(text)))
            .or_else(|| percent(text, setting))
            .or_else(|| tried("brackets", brackets(text)))
            .or_else(|| tried("dots_lost", dots_lost(text)))
            .or_else(|| tried("several", several(text)))
            .or_else(|| tried("line_break", inner_line_breaks(text)))
            .or_else(|| tried("space", inner_spaces(text, setting)))
            .or_else(|| tried("dash", escapes::dashes(text)))
            .or_else(|| tried("punctuation", punctuation(text)))
            .or_else(|| twice_encoded(text).filter(|_| !setting.basic))
    };
    match known {
        true => around().or_else(inside),
        // With an unknown part only what stands around it can be judged.
        false => around_value(text).or_else(|| tried("quotes", quotes(text))).or_else(|| angle(text)),
    }
}

/// The outermost layer around a whole header value, scheme and all.
pub(crate) fn around(text: &str) -> Option<(&'static str, Vec<Cut>)> {
    let tried = |name: &'static str, cuts: Vec<Cut>| (!cuts.is_empty()).then_some((name, cuts));
    around_value(text)
        .or_else(|| tried("ansi", escapes::ansi(text)))
        .or_else(|| tried("smart_quotes", outer_smart_quotes(text)))
        .or_else(|| tried("quotes", quotes(text)))
        .or_else(|| tried("python_bytes", python_bytes(text)))
        .or_else(|| tried("header_name", header_name(text)))
        .or_else(|| tried("form_response", form_response(text)))
        .or_else(|| tried("label", variable_label(text)))
}

/// True for one word that only has characters of tokens and is long enough for one, and for JOSE tokens.
pub fn is_token(text: &str) -> bool {
    jwt::form(text).is_some()
        || text.len() >= 16
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/=|".contains(&b))
            && text.bytes().any(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
}

/// Characters beyond ASCII that are left.
pub(crate) fn foreign(text: &str) -> Vec<Span> {
    text.char_indices().filter(|(_, c)| !c.is_ascii()).map(|(at, c)| Span::new(at, at + c.len_utf8())).collect()
}

/// Byte order mark, line breaks and blanks at the ends.
fn around_value(text: &str) -> Option<(&'static str, Vec<Cut>)> {
    for mark in ["\u{feff}", "ï»¿"] {
        if text.starts_with(mark) {
            return Some(("bom", vec![Cut::away(0, mark.len())]));
        }
    }
    let blank = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n');
    let start = text.len() - text.trim_start_matches(blank).len();
    let end = text.trim_end_matches(blank).len();
    if start >= end || (start == 0 && end == text.len()) {
        return None;
    }
    let ends = [(0, start), (end, text.len())];
    let taken: String = ends.iter().filter_map(|(a, b)| text.get(*a..*b)).collect();
    let name = match (taken.contains('\r'), taken.contains('\n')) {
        (true, _) => "carriage_return",
        (_, true) => "end_line_break",
        _ => "whitespace",
    };
    Some((name, ends.iter().filter(|(a, b)| a < b).map(|(a, b)| Cut::away(*a, *b)).collect()))
}

fn invisible(text: &str) -> Vec<Cut> {
    let is_invisible = |c: char| {
        matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
    };
    chars(text, is_invisible)
}

fn chars(text: &str, wanted: impl Fn(char) -> bool) -> Vec<Cut> {
    text.char_indices().filter(|(_, c)| wanted(*c)).map(|(at, c)| Cut::away(at, at + c.len_utf8())).collect()
}

fn is_smart_quote(c: char) -> bool {
    matches!(c, '\u{2018}'..='\u{201a}' | '\u{201c}'..='\u{201e}' | '«' | '»' | '‹' | '›' | '\u{2032}' | '\u{2033}')
}

fn smart_quotes(text: &str) -> Vec<Cut> {
    chars(text, is_smart_quote)
}

fn outer_smart_quotes(text: &str) -> Vec<Cut> {
    match (text.chars().next(), text.chars().next_back()) {
        (Some(a), Some(b)) if is_smart_quote(a) && is_smart_quote(b) && text.len() > 6 => smart_quotes(text),
        _ => Vec::new(),
    }
}

/// The same quote at both ends, also escaped; or at one end of what is a token.
fn quotes(text: &str) -> Vec<Cut> {
    for quote in ["\\\"", "\"", "'", "`", "\\'"] {
        let (starts, ends) = (text.starts_with(quote), text.ends_with(quote));
        let (first, last) = (Cut::away(0, quote.len()), Cut::away(text.len().saturating_sub(quote.len()), text.len()));
        if starts && ends && text.len() > 2 * quote.len() {
            return vec![first, last];
        }
        let rest = if starts { text.get(quote.len()..) } else { text.get(..text.len().saturating_sub(quote.len())) };
        if starts != ends && rest.is_some_and(is_token) {
            return vec![if starts { first } else { last }];
        }
    }
    Vec::new()
}

/// `b'…'`: how Python shows bytes.
fn python_bytes(text: &str) -> Vec<Cut> {
    let quote = text.strip_prefix('b').and_then(|rest| rest.chars().next()).filter(|c| matches!(c, '"' | '\''));
    match quote {
        Some(quote) if text.len() >= 3 && text.ends_with(quote) => {
            vec![Cut::away(0, 2), Cut::away(text.len() - 1, text.len())]
        }
        _ => Vec::new(),
    }
}

/// Brackets around what is a token.
fn brackets(text: &str) -> Vec<Cut> {
    const PAIRS: &[(char, char)] = &[('<', '>'), ('[', ']'), ('{', '}'), ('(', ')')];
    let inner = PAIRS.iter().find_map(|(open, close)| text.strip_prefix(*open)?.strip_suffix(*close));
    match inner {
        Some(inner) if is_token(inner.trim()) => vec![Cut::away(0, 1), Cut::away(text.len() - 1, text.len())],
        _ => Vec::new(),
    }
}

/// Angle brackets around an unknown value.
fn angle(text: &str) -> Option<(&'static str, Vec<Cut>)> {
    let bracketed = text.strip_prefix('<')?.strip_suffix('>')?;
    // `<%= token %>` is itself a hole.
    let is_template = bracketed.starts_with(['%', '?']) || bracketed.is_empty();
    (!is_template).then(|| ("brackets", vec![Cut::away(0, 1), Cut::away(text.len() - 1, text.len())]))
}

fn nonbreaking(text: &str) -> Vec<Cut> {
    chars(text, |c| c.is_whitespace() && !c.is_ascii())
}

/// True for X's application tokens, which hold `%2B` and `%3D` as they are issued.
pub fn is_issued_encoded(text: &str) -> bool {
    text.len() > 80 && text.starts_with("AAAAAAAAAAAAAAAAAAAA")
}

/// The text behind a query or a form is decoded already: what is encoded still, was encoded twice.
fn percent(text: &str, setting: Setting) -> Option<(&'static str, Vec<Cut>)> {
    if is_issued_encoded(text) {
        return None;
    }
    let twice = escapes::double_percent(text);
    if !twice.is_empty() {
        return Some(("double_percent", twice));
    }
    let cuts = escapes::percent(text);
    if cuts.is_empty() {
        return None;
    }
    let decoded = matches!(setting.carrier, "query" | "form" | "fragment");
    Some((if decoded { "double_percent" } else { "percent" }, cuts))
}

/// A continuation character before a line break, or where one was: a header that was unfolded has a blank in its place.
fn line_continuation(text: &str) -> Vec<Cut> {
    let mut cuts = Vec::new();
    for (at, c) in text.char_indices().filter(|(_, c)| matches!(c, '\\' | '`' | '^')) {
        let rest = text.get(at + c.len_utf8()..).unwrap_or_default();
        let trimmed = rest.trim_start_matches([' ', '\t']);
        let was_folded = c == '\\' && rest.starts_with(' ') && trimmed.starts_with(|c: char| c.is_ascii_alphanumeric());
        if trimmed.starts_with(['\r', '\n']) || was_folded {
            cuts.push(Cut::away(at, text.len() - trimmed.trim_start().len()));
        }
    }
    cuts
}

/// Line breaks within the value, with the blanks around them.
fn inner_line_breaks(text: &str) -> Vec<Cut> {
    let mut cuts = Vec::new();
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find(['\r', '\n'])) {
        let middle = at + found;
        let start = text.get(..middle).unwrap_or_default().trim_end().len();
        let rest = text.get(middle..).unwrap_or_default();
        let end = text.len() - rest.trim_start().len();
        cuts.push(Cut::away(start.max(at), end));
        at = end;
    }
    cuts
}

/// Blanks within the value. A short first word and one blank may be a prefix that belongs to the token
/// (`FlyV1 fm2_…`).
fn inner_spaces(text: &str, setting: Setting) -> Vec<Cut> {
    let mut words = text.split([' ', '\t']).filter(|w| !w.is_empty());
    let first = words.next().unwrap_or_default();
    let is_one = jwt::form(text).is_some()
        || setting.basic && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_+/= \t".contains(&b))
        || first.len() > 10 && std::iter::once(first).chain(words).all(|w| w.len() >= 12 && is_token(w));
    if !is_one {
        return Vec::new();
    }
    let mut cuts: Vec<Cut> = Vec::new();
    for (at, _) in text.match_indices([' ', '\t']) {
        match cuts.last_mut() {
            Some(last) if last.span.end == at => last.span.end = at + 1,
            _ => cuts.push(Cut::away(at, at + 1)),
        }
    }
    cuts
}

/// Three parts of a JWT with something else between them than dots.
fn dots_lost(text: &str) -> Vec<Cut> {
    let separator = |c: char| c.is_whitespace() || matches!(c, ',' | '|');
    let chunks: Vec<&str> = text.split(separator).filter(|c| !c.is_empty()).collect();
    let [header, payload, _] = chunks.as_slice() else { return Vec::new() };
    let is_object = |part: &str, member: &[u8]| {
        let bytes = base64::decode(part).bytes;
        bytes.first() == Some(&b'{') && bytes.last() == Some(&b'}') && bytes.windows(member.len()).any(|w| w == member)
    };
    if text.contains('.') || !is_object(header, b"\"alg\"") || !is_object(payload, b"\"") {
        return Vec::new();
    }
    let mut cuts: Vec<Cut> = Vec::new();
    for (at, c) in text.char_indices().filter(|(_, c)| separator(*c)) {
        let end = at + c.len_utf8();
        match cuts.last_mut() {
            Some(last) if last.span.end == at => last.span.end = end,
            _ => cuts.push(Cut { span: Span::new(at, end), instead: ".".into() }),
        }
    }
    cuts
}

/// A second whole JWT in the value: all behind the first one.
fn several(text: &str) -> Vec<Cut> {
    let separator = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|' | '&');
    let Some(end) = text.find(separator) else { return joined(text) };
    let (first, rest) = text.split_at(end);
    let more = rest.split(separator).any(|piece| !piece.is_empty() && shape::is_whole_jose(piece));
    if shape::is_whole_jose(first) && more { vec![Cut::away(end, text.len())] } else { Vec::new() }
}

/// A second whole JWT right behind the first one, without anything between them.
fn joined(text: &str) -> Vec<Cut> {
    // An SD-JWT ends in a second one by right.
    if text.matches('.').count() != 4 || text.contains('~') {
        return Vec::new();
    }
    let third = text.match_indices('.').nth(1).map_or(0, |(at, _)| at + 1);
    let signature = text.get(third..).and_then(|t| t.split('.').next()).unwrap_or_default();
    let begins = signature.match_indices("eyJ").map(|(at, _)| third + at).filter(|at| *at > third + 20);
    let second = |at: &usize| text.get(*at..).is_some_and(shape::is_whole_jose);
    begins.take(3).find(second).map(|at| Cut::away(at, text.len())).into_iter().collect()
}

/// A comma, bracket or full stop behind a whole token.
fn punctuation(text: &str) -> Vec<Cut> {
    let body = text.trim_end_matches([',', ';', '.', ')', ']', '}', '>', ':', '!']);
    if body.len() < text.len() && shape::is_whole_jose(body) {
        return vec![Cut::away(body.len(), text.len())];
    }
    Vec::new()
}

/// Base64 of a token: the text that it holds stands instead of it.
fn twice_encoded(text: &str) -> Option<(&'static str, Vec<Cut>)> {
    if text.len() < 40 || jwt::form(text).is_some() || text.contains('.') {
        return None;
    }
    let decoded = base64::decode(text);
    let inner = String::from_utf8(decoded.bytes).ok().filter(|_| decoded.illegal.is_none())?;
    let inner = inner.trim_end_matches(['\r', '\n']);
    let holds_token = jwt::form(inner).is_some()
        || inner.get(..7).is_some_and(|s| s.eq_ignore_ascii_case("bearer "))
        || inner.starts_with('{') && inner.contains("\"access_token\"");
    holds_token.then(|| ("base64", vec![Cut { span: Span::new(0, text.len()), instead: inner.to_owned() }]))
}
