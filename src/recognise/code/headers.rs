//! The Authorization headers that a program sets: how the value is put together.

use super::language::Language;
use super::look::Word;
use super::pieces::{Piece, Pieces};
use super::range::Range;
use super::reader::{Code, Setting};
use super::{MOST, Spot};
use crate::source::Span;

const SCHEMES: &[&str] = &["bearer", "basic", "dpop", "token"];

/// A value that begins with a scheme, or in PHP the line with the name of the header.
pub(super) fn needs(word: &Word) -> bool {
    let is = |name: &str| word.text.eq_ignore_ascii_case(name.as_bytes());
    (SCHEMES.iter().any(|scheme| is(scheme)) || word.language == Language::Php && is("authorization"))
        && word.begins_string()
}

pub(super) fn find(code: &Code, spots: &mut Vec<Spot>) {
    for i in 0..code.len() {
        if spots.len() >= MOST {
            return;
        }
        if let Some(setting) = code.setting(i) {
            let (is_it, near) = is_authorization(setting.name);
            if is_it || near {
                spots.extend(set(code, &setting, near));
            }
        } else if code.language == Language::Php {
            spots.extend(line(code, i));
        }
    }
}

/// Whether it is the name of the header, and whether it is only nearly so.
fn is_authorization(name: &str) -> (bool, bool) {
    const NAME: &str = "authorization";
    let lower = name.to_ascii_lowercase();
    let near = lower.len() <= 16
        && !lower.starts_with("x-")
        && lower != "authorizations"
        && (strsim::damerau_levenshtein(&lower, NAME) <= 2
            || matches!(lower.as_str(), "authentication" | "authenticate"));
    (lower == NAME, near && lower != NAME)
}

fn set(code: &Code, setting: &Setting, near: bool) -> Option<Spot> {
    const SETTERS: &[&str] = &["header", "set", "add", "append", "put", "insert", "with", "field", "property"];
    let setter = setting.setter.map(str::to_ascii_lowercase);
    if setter.as_deref().is_some_and(|setter| !SETTERS.iter().any(|part| setter.contains(part))) {
        return None;
    }
    let range = code.expression(setting.value);
    let pieces = followed(code, range);
    let spot = |path: &'static str, what: &str, at: Span| {
        let whole = Span::new(setting.span.start.min(at.start), at.end.max(setting.span.end));
        Spot::new(whole).with(path, what, at).with("code.header", setting.name, setting.span)
    };
    if near {
        return is_credential(&pieces).then(|| spot("code.trouble", "header-misspelled", setting.span));
    }
    let (what, at, scheme) = judged(code, &pieces, setting.setter.is_some())?;
    Some(with_mark(code, spot("code.credential", what, at).with("code.scheme", scheme, at), what, at))
}

/// With the mark that nothing fills in; what else stands in a header may be a secret.
fn with_mark(code: &Code, spot: Spot, what: &str, at: Span) -> Spot {
    let mark = code.text.get(at.range()).filter(|_| what == "not-filled-in");
    match mark {
        Some(mark) => spot.with("code.text", mark, at),
        None => spot,
    }
}

/// `"Authorization: Bearer" . $token`: PHP writes a header as one line.
fn line(code: &Code, i: usize) -> Option<Spot> {
    const NAME: &str = "authorization:";
    let content = code.content(i)?;
    let start = content.get(..NAME.len()).filter(|name| name.eq_ignore_ascii_case(NAME)).map(|name| name.len())?;
    let mut pieces = Pieces::of(code, code.expression(i));
    let value = content.get(start..)?.trim_start();
    let skipped = content.len() - value.len();
    match pieces.list.first_mut()? {
        Piece::Text(text, span) => {
            *text = text.get(skipped..)?;
            *span = Span::new(span.start + skipped, span.end);
        }
        Piece::Value(..) => return None,
    }
    // The string alone is found by those who look for headers in text.
    if pieces.only.is_some() && !value.contains('$') {
        return None;
    }
    let (what, at, scheme) = judged(code, &pieces, true)?;
    let whole = code.span(i);
    let whole = Span::new(whole.start.min(at.start), whole.end.max(at.end));
    let header = Span::new(whole.start + 1, whole.start + NAME.len());
    let spot = Spot::new(whole).with("code.credential", what, at);
    let spot = spot.with("code.header", content.get(..NAME.len() - 1)?, header).with("code.scheme", scheme, at);
    Some(with_mark(code, spot, what, at))
}

/// The parts of an expression; of a name that is set once, those of what it is set to.
fn followed<'a>(code: &Code<'a>, range: Range) -> Pieces<'a> {
    let name = (range.len() == 1).then(|| code.word(range.start)).filter(|name| !name.is_empty());
    match name.and_then(|name| code.value_of(name)) {
        Some(value) => Pieces::of(code, value),
        None => Pieces::of(code, range),
    }
}

/// The length of the auth-scheme that a text begins with.
fn scheme(text: &str) -> Option<usize> {
    let length = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let word = text.get(..length)?.to_ascii_lowercase();
    SCHEMES.contains(&word.as_str()).then_some(length)
}

/// What is wrong with a value, where, and which scheme it has.
fn judged<'a>(code: &Code, pieces: &Pieces<'a>, is_sent: bool) -> Option<(&'static str, Span, &'a str)> {
    let mut list = pieces.list.iter();
    let Some(Piece::Text(text, span)) = list.next() else { return None };
    let length = scheme(text)?;
    let (name, rest) = text.split_at_checked(length)?;
    if let Some(token) = pieces.only {
        let mark = rest.trim_start();
        let at = Span::new(span.end - mark.len(), span.end);
        return not_filled_in(code, token, mark, is_sent).then_some(("not-filled-in", at, name));
    }
    let Some(Piece::Value(value, at)) = list.next() else { return None };
    // `{"Bearer" if x else …}` and the like begin with text of their own.
    let plain = !value.contains(['"', '\'', '`', '?']);
    if rest.is_empty() && plain && names_credential(value) {
        return Some(("no-blank", Span::new(span.start, span.start + length), name));
    }
    let separator = rest.trim();
    if matches!(separator, ":" | "=") && plain && names_credential(value) {
        return Some(("colon", Span::new(span.start + length, span.end), name));
    }
    if !name.eq_ignore_ascii_case("basic") || !rest.starts_with(' ') || !separator.is_empty() {
        return None;
    }
    let whole = Span::new(at.start, pieces.list.last().map_or(at.end, |last| last.span().end).max(at.start));
    let between = matches!(pieces.list.get(2), Some(Piece::Text(":", _))) && pieces.list.len() > 3;
    if between && plain && !value.contains('(') {
        return Some(("not-encoded", whole, name));
    }
    let values: Vec<String> = pieces.list.iter().skip(1).filter_map(|p| with_names(code, p)).collect();
    if let [value] = values.as_slice() {
        if let Some(how) = wraps(value) {
            return Some((how, *at, name));
        }
        let prints = !pieces.format || [".encode(", "b'", "b\"", "bytes("].iter().any(|sign| value.contains(sign));
        if code.language == Language::Python && prints && prints_bytes(value, is_hole(code, *at)) {
            return Some(("bytes", *at, name));
        }
    }
    None
}

impl Piece<'_> {
    fn span(&self) -> Span {
        match self {
            Piece::Text(_, span) | Piece::Value(_, span) => *span,
        }
    }
}

/// The value of a part; of a name that is set once, what it is set to.
fn with_names(code: &Code, piece: &Piece) -> Option<String> {
    let Piece::Value(value, _) = piece else { return None };
    Some(code.value_of(value).map_or_else(|| value.clone(), |range| code.compact(range)))
}

/// True if something in the name of a value says that it is a credential.
fn names_credential(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    ["token", "jwt", "apikey", "api_key", "secret", "cred", "bearer", "access", "encoded", "b64"]
        .iter()
        .any(|n| lower.contains(n))
        || lower.ends_with("_pat")
        || lower == "pat"
        || lower == "$pat"
}

/// True if the string is sent as it stands, with the marks of a value that nothing puts in.
fn not_filled_in(code: &Code, token: usize, mark: &str, is_sent: bool) -> bool {
    const LATER: &[&str] = &[
        "format",
        "format_map",
        "substitute",
        "Template",
        "template",
        "interpolate",
        "render",
        "gatling",
        "replace",
        "replaceAll",
        "strtr",
    ];
    if matches!(mark, "%s" | "%v") {
        // Handed over to a function that sends it, it is not a format any more.
        return is_sent && !matches!(code.language, Language::JavaScript);
    }
    let inner = ["${", "#{", "{", "\\("].iter().find_map(|open| {
        let rest = mark.strip_prefix(open)?;
        rest.strip_suffix(if *open == "\\(" { ')' } else { '}' })
    });
    let inner = inner.or_else(|| mark.strip_prefix('$').filter(|_| code.language == Language::Php));
    let Some(inner) = inner else { return false };
    let is_name = !inner.is_empty()
        && inner.chars().all(|c| c.is_alphanumeric() || "_.$->()[]'\"".contains(c))
        && !inner.starts_with(|c: char| c.is_ascii_digit());
    let root = inner.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').next().unwrap_or_default();
    let known = match code.language {
        Language::Php => code.has(&format!("${}", root.trim_start_matches('$'))),
        _ => code.has(root),
    };
    // An annotation takes its values elsewhere.
    let annotated = code
        .around(token)
        .and_then(|open| code.callee(open))
        .is_some_and(|callee| callee.start > 0 && matches!(code.sign(callee.start - 1), "@"));
    let later = LATER.iter().any(|word| code.has(word));
    is_name && known && !annotated && !later
}

/// True for a scheme, a blank, and one word or what the program puts in.
fn is_credential(pieces: &Pieces) -> bool {
    let Some(Piece::Text(text, _)) = pieces.list.first() else { return false };
    let rest = scheme(text).and_then(|length| text.get(length..)).filter(|rest| rest.starts_with(' '));
    rest.map(str::trim).is_some_and(|word| match word {
        "" => pieces.list.len() > 1,
        _ => pieces.list.len() == 1 && word.len() >= 20 && !word.contains(' '),
    })
}

/// How an encoder breaks its result into lines, if nothing takes the line breaks away: always, or if it is long.
fn wraps(value: &str) -> Option<&'static str> {
    const TAKEN_AWAY: &[&str] = &[
        "strip", ".chomp", ".delete(", ".gsub(", ".tr(", "replace", "trim", "[:-1]", "[0..-2]", "NO_WRAP", "split",
        "join",
    ];
    const ALWAYS: &[&str] = &[
        "encodebytes(",
        "encodestring(",
        "Base64.encode64(",
        "Base64.DEFAULT",
        "chunk_split(",
        ".pack('m')",
        ".pack(\"m\")",
    ];
    const IF_LONG: &[&str] = &[".getMimeEncoder(", "InsertLineBreaks", "BASE64Encoder("];
    let has = |list: &[&str]| list.iter().any(|name| value.contains(name));
    match () {
        () if has(TAKEN_AWAY) => None,
        () if has(ALWAYS) => Some("wrapped"),
        () if has(IF_LONG) => Some("wrapped-if-long"),
        () => None,
    }
}

/// True for a value that a string has put in.
fn is_hole(code: &Code, at: Span) -> bool {
    code.text.get(at.range()).is_some_and(|text| text.starts_with(['{', '%']))
}

/// True if printing the value shows `b'…'`.
fn prints_bytes(value: &str, hole: bool) -> bool {
    const ENCODERS: &[&str] = &[
        "base64.b64encode(",
        "b64encode(",
        "base64.standard_b64encode(",
        "base64.urlsafe_b64encode(",
        "urlsafe_b64encode(",
    ];
    let text = value.strip_prefix("str(").and_then(|v| v.strip_suffix(')'));
    // Put behind a string with `+`, bytes are an error that Python itself reports.
    let inner = text.unwrap_or(value);
    (text.is_some() || hole) && ENCODERS.iter().any(|name| inner.starts_with(name)) && one_call(inner)
}

/// True if the bracket that the first call opens is closed by the last character.
fn one_call(text: &str) -> bool {
    let mut depth = 0usize;
    let last = text.len().saturating_sub(1);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at == last;
                }
            }
            _ => {}
        }
    }
    false
}
