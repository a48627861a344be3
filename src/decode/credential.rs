//! Credentials: where they stand, how they are sent, and what they look like inside.
//!
//! Whatever authorises becomes one subject with `auth.*` (how it is sent), `paste.*` (what happened to it on the way)
//! and `credential.*`, `jwt.*`, `jwe.*` or `basic.*` (what it is).

use crate::decode::{basic, classify, jwt, paste, sd_jwt};
use crate::facts::{Fact, Facts, Path, SubjectId, Thing, Value};
use crate::recognise::setting::Setting;
use crate::source::{Place, Sources};

/// The auth-schemes that are recognised with nothing after them, or glued to what follows: the registered ones and
/// the common private ones (RFC 9110 section 11.1; IANA HTTP Authentication Schemes).
pub const SCHEMES: &[&str] = &[
    "apikey",
    "basic",
    "bearer",
    "bot",
    "digest",
    "dpop",
    "gnap",
    "hoba",
    "jwt",
    "mutual",
    "negotiate",
    "ntlm",
    "oauth",
    "token",
    "vapid",
    "webpush",
];

/// Where a credential stands.
#[derive(Debug, Clone, Copy)]
pub struct Carrier<'a> {
    /// The fact `auth.carrier`.
    pub kind: &'static str,
    /// Name of the header, parameter or variable.
    pub name: Option<&'a str>,
}

/// A credential that stands alone: a parameter, a cookie, a member, a bare token.
pub fn value(
    sources: &mut Sources,
    facts: &mut Facts,
    parent: Option<SubjectId>,
    carrier: Carrier,
    place: Place,
) -> SubjectId {
    let subject = begin(sources, facts, parent, carrier, place);
    add(sources, facts, subject, "auth.value", place);
    let in_document = parent.is_some_and(|id| facts.get(id).thing == Thing::Json);
    // The key file of a service account holds PEM, which has lines: a secret, and no token.
    if in_document && sources.text(place).trim_start().starts_with("-----BEGIN ") {
        return subject;
    }
    let free = carrier.name.is_some_and(is_free);
    inside(sources, facts, subject, place, paste::Setting { carrier: carrier.kind, basic: false, free });
    subject
}

/// The value of a setting, which may be a token, or a header value with its scheme.
pub fn setting(sources: &mut Sources, facts: &mut Facts, setting: &Setting) {
    let name = sources.text(setting.name).to_owned();
    let subject = match setting.free {
        true => value(sources, facts, None, Carrier { kind: "bare", name: Some("password") }, setting.value),
        false => header(sources, facts, None, Carrier { kind: "bare", name: None }, setting.value),
    };
    facts.add(subject, Path::new("setting.form"), setting.form, setting.value);
    facts.add(subject, Path::new("setting.name"), name.as_str(), setting.name);
    for (trouble, place) in &setting.troubles {
        facts.add(subject, Path::new("setting.trouble"), *trouble, *place);
    }
    if facts.get(subject).of_path("credential.label").next().is_none() {
        facts.add(subject, Path::new("credential.label"), name, setting.name);
    }
}

/// True for the names of secrets that somebody chose: any character may be part of them (RFC 6749 appendix A).
fn is_free(name: &str) -> bool {
    matches!(name.to_ascii_lowercase().as_str(), "password" | "passwd" | "client_secret" | "clientsecret" | "secret")
}

/// The value of an `Authorization` header, or any text of that form: scheme, separator, credential (RFC 9110
/// section 11.4).
pub fn header(
    sources: &mut Sources,
    facts: &mut Facts,
    parent: Option<SubjectId>,
    carrier: Carrier,
    place: Place,
) -> SubjectId {
    let subject = begin(sources, facts, parent, carrier, place);
    add(sources, facts, subject, "auth.line", place);
    let line = paste::outer(sources, facts, subject, place);
    let (scheme, separator, mut rest) = split(sources, line);
    if let Some(scheme) = scheme {
        add(sources, facts, subject, "auth.scheme", scheme);
        add(sources, facts, subject, "auth.separator", separator);
        rest = without_extra_words(sources, facts, subject, scheme, rest);
        rest = without_second_credential(sources, facts, subject, rest);
    }
    add(sources, facts, subject, "auth.value", rest);
    let is = |names: &[&str]| scheme.is_some_and(|s| names.iter().any(|n| sources.text(s).eq_ignore_ascii_case(n)));
    let (basic, token68) = (is(&["basic"]), is(&["basic", "bearer", "dpop"]));
    if scheme.is_some() && is_params(sources.text(rest), token68) {
        let text = sources.text(rest).to_owned();
        facts.add(subject, Path::new("auth.params"), text, rest);
        tokens_in_params(sources, facts, parent, rest);
    } else {
        inside(sources, facts, subject, rest, paste::Setting { carrier: carrier.kind, basic, free: false });
    }
    subject
}

fn begin(sources: &Sources, facts: &mut Facts, parent: Option<SubjectId>, carrier: Carrier, place: Place) -> SubjectId {
    let subject = facts.subject(Thing::Credential, parent, place);
    facts.add(subject, Path::new("auth.carrier"), carrier.kind, place);
    if let Some(name) = carrier.name {
        facts.add(subject, Path::new("auth.name"), name.to_ascii_lowercase(), place);
    }
    for hole in sources.holes(place) {
        let at = Place { source: place.source, span: hole.span };
        facts.add(subject, Path::new("hole.name"), hole.name.as_str(), at);
    }
    subject
}

/// Adds the text at a place as a fact.
fn add(sources: &Sources, facts: &mut Facts, subject: SubjectId, path: &'static str, place: Place) {
    let hole = sources.has_hole(place);
    let value = Value::Text(sources.text(place).to_owned());
    facts.push(subject, Fact { path: Path::new(path), value, place, hole });
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

/// Splits a header value into scheme, separator and the rest.
fn split(sources: &Sources, place: Place) -> (Option<Place>, Place, Place) {
    let text = sources.text(place);
    let word = text.find(|c: char| !is_word(c)).unwrap_or(text.len());
    let name = text.get(..word).unwrap_or_default().to_ascii_lowercase();
    let known = SCHEMES.contains(&name.as_str());
    let after = text.get(word..).unwrap_or_default();
    // A known scheme is one whatever follows it; any other first word is one if a blank follows.
    let separator = match separator(after) {
        Some(length) if known => Some(length),
        None if known && sources.has_hole(place.part(word, (word + 1).min(text.len()))) => Some(0),
        // The scheme of somebody's own is a short word.
        _ if after.starts_with([' ', '\t']) && (1..=32).contains(&word) && jwt::form(text).is_none() => {
            Some(after.len() - after.trim_start().len())
        }
        _ => None,
    };
    match separator {
        Some(n) => (Some(place.part(0, word)), place.part(word, word + n), place.part(word + n, text.len())),
        None => glued(text, place),
    }
}

/// The length of what stands between a known scheme and the credential: blanks, or what was written instead.
fn separator(after: &str) -> Option<usize> {
    const ENCODED: &[&str] = &["%20", "%09", "&nbsp;", "&#32;", "&#x20;", "\\t", "\\u0020", "+"];
    let blank = |c: char| c.is_whitespace();
    let rest = after.trim_start_matches(blank);
    let written = ENCODED.iter().find(|e| rest.get(..e.len()).is_some_and(|r| r.eq_ignore_ascii_case(e)));
    let rest = match (written, rest.chars().next()) {
        // `Bearer +x`: what follows a blank belongs to the credential.
        (Some(encoded), _) if rest.len() == after.len() => rest.get(encoded.len()..).unwrap_or_default(),
        (_, Some(':' | '=')) => rest.get(1..).unwrap_or_default(),
        (_, Some(',' | ';')) if rest.len() == after.len() => rest.get(1..).unwrap_or_default(),
        _ if after.is_empty() || rest.len() < after.len() => rest,
        _ => return None,
    };
    Some(after.len() - rest.trim_start_matches(blank).len())
}

/// `BearereyJ…`, `Basicam9l…`: a scheme with nothing between it and the credential.
fn glued(text: &str, place: Place) -> (Option<Place>, Place, Place) {
    let pair = text.get(..5).filter(|t| t.eq_ignore_ascii_case("basic")).and_then(|_| text.get(5..));
    if pair.is_some_and(basic::is_pair) {
        return (Some(place.part(0, 5)), place.part(5, 5), place.part(5, text.len()));
    }
    let rest = text.get(..6).filter(|t| t.eq_ignore_ascii_case("bearer")).and_then(|_| text.get(6..));
    let Some(rest) = rest.filter(|r| r.len() >= 20) else { return (None, place.start(), place) };
    let mark = usize::from(rest.starts_with(['-', '_', '.', '\u{200b}', '\u{feff}']));
    let mark = if mark == 1 { rest.chars().next().map_or(0, char::len_utf8) } else { 0 };
    if !paste::is_token(rest.get(mark..).unwrap_or_default()) {
        return (None, place.start(), place);
    }
    (Some(place.part(0, 6)), place.part(6, 6 + mark), place.part(6 + mark, text.len()))
}

/// Further words before the credential (`Bearer Bearer x`, `Bearer token x`), each a fact that ends where the rest begins.
fn without_extra_words(
    sources: &Sources,
    facts: &mut Facts,
    subject: SubjectId,
    scheme: Place,
    mut rest: Place,
) -> Place {
    let first = sources.text(scheme).to_ascii_lowercase();
    // Other schemes may have a credential of several words, of which none is the scheme again.
    let is_one_word = matches!(first.as_str(), "bearer" | "basic" | "dpop" | "token" | "jwt" | "oauth");
    for _ in 0..3 {
        let text = sources.text(rest);
        let word = text.find(|c: char| !is_word(c)).unwrap_or(text.len());
        let name = text.get(..word).unwrap_or_default().to_ascii_lowercase();
        let after = text.get(word..).unwrap_or_default();
        let mark = usize::from(after.starts_with([':', '=']));
        let blank = after.get(mark..).unwrap_or_default();
        let blank = blank.len() - blank.trim_start().len();
        let scheme_only = is_one_word && matches!(name.as_str(), "bearer" | "basic" | "dpop");
        let repeated = scheme_only || (name == first && mark == 0);
        let is_noun = matches!(name.as_str(), "token" | "jwt" | "oauth" | "access_token" | "accesstoken");
        let more = repeated || is_one_word && is_noun;
        let ends = blank == 0 && !(repeated && mark == 1);
        if !more || (ends && !(repeated && after.is_empty())) || (!repeated && mark == 1) {
            break;
        }
        let length = word + mark + blank;
        if !repeated && length == text.len() {
            break;
        }
        let at = rest.part(0, length);
        let path = if name == first { "auth.again" } else { "auth.extra" };
        facts.add(subject, Path::new(path), name, at);
        rest = rest.part(length, text.len());
    }
    rest
}

/// `Basic x, Bearer y`: everything from the comma on.
fn without_second_credential(sources: &Sources, facts: &mut Facts, subject: SubjectId, rest: Place) -> Place {
    let text = sources.text(rest);
    for (comma, _) in text.match_indices(',') {
        let after = text.get(comma + 1..).unwrap_or_default().trim_start();
        let word = after.find(|c: char| !is_word(c)).unwrap_or(after.len());
        let name = after.get(..word).unwrap_or_default();
        let is_scheme = SCHEMES.contains(&name.to_ascii_lowercase().as_str());
        if is_scheme && after.get(word..).is_some_and(|r| r.starts_with(' ')) {
            facts.add(subject, Path::new("auth.second"), name.to_owned(), rest.part(comma, text.len()));
            return rest.part(0, comma);
        }
    }
    rest
}

/// True for auth-params (`username="x", realm="y"`), which stand where other schemes have a token68. The schemes of
/// which it is known that they take a token68 have no parameter without quotes.
fn is_params(text: &str, token68: bool) -> bool {
    let name = text.find(|c: char| !is_word(c)).unwrap_or(text.len());
    let Some(value) = text.get(name..).and_then(|r| r.trim_start().strip_prefix('=')).map(str::trim_start) else {
        return false;
    };
    let plain = !token68 && !value.is_empty() && !value.starts_with('=');
    let quoted = value.starts_with('"') && (!token68 || value.contains(", "));
    name > 0 && (plain || quoted || value.contains(", "))
}

/// The JWTs among auth-params, such as `t` of the scheme `vapid` (RFC 8292 section 3.1), are credentials of their own.
fn tokens_in_params(sources: &mut Sources, facts: &mut Facts, parent: Option<SubjectId>, params: Place) {
    let text = sources.text(params).to_owned();
    let mut at = 0;
    for param in text.split(',') {
        let start = at;
        at += param.len() + 1;
        let Some((name, written)) = param.split_once('=') else { continue };
        let token = written.trim().trim_matches('"');
        if jwt::form(token).is_none() {
            continue;
        }
        let from = start + name.len() + 1 + written.find(token).unwrap_or(0);
        let carrier = Carrier { kind: "header parameter", name: Some(name.trim()) };
        value(sources, facts, parent, carrier, params.part(from, from + token.len()));
    }
}

/// What the credential at `place` is, after cleaning.
fn inside(sources: &mut Sources, facts: &mut Facts, subject: SubjectId, place: Place, setting: paste::Setting) {
    let cleaned = paste::clean(sources, facts, subject, place, setting);
    let label = facts.get(subject).of_path("paste.label").next();
    if let Some((name, at)) = label.and_then(|f| Some((label_name(f.value.text()?), f.place))) {
        facts.add(subject, Path::new("credential.label"), name, at);
    }
    add(sources, facts, subject, "credential.value", cleaned.place);
    let text = sources.text(cleaned.place);
    if cleaned.leftover || text.is_empty() || sources.has_hole(cleaned.place) {
        return;
    }
    if let Some(document) = paste::sample(text) {
        facts.add(subject, Path::new("paste.sample"), document, cleaned.place);
    }
    let jose = jwt::form(text);
    let form = classify::form(text, jose, setting.basic);
    facts.add(subject, Path::new("credential.form"), form, cleaned.place);
    match jose {
        Some(jose) => {
            jwt::facts(sources, facts, subject, cleaned.place, jose);
            if form == "sd-jwt" {
                sd_jwt::facts(sources, facts, subject, cleaned.place);
            }
        }
        None if setting.basic => basic::facts(sources, facts, subject, cleaned.place),
        None => {}
    }
}

/// The name in `export TOKEN=` or `access token: `.
fn label_name(label: &str) -> String {
    let name = label.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    name.rsplit([' ', ':', '$']).next().unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The facts of a header value, one a line.
    fn facts(line: &str) -> Vec<(String, String)> {
        let mut sources = Sources::new();
        let id = sources.add_given("t", line);
        let whole = sources.whole(id);
        let mut facts = Facts::new();
        let subject = header(&mut sources, &mut facts, None, Carrier { kind: "header", name: None }, whole);
        facts.get(subject).facts().iter().map(|f| (f.path.as_str().to_owned(), f.value.to_string())).collect()
    }

    fn one(line: &str, path: &str) -> Option<String> {
        facts(line).into_iter().find(|(p, _)| p == path).map(|(_, value)| value)
    }

    #[test]
    fn scheme_separator_and_credential() {
        for (line, scheme, separator, value) in [
            ("Bearer abc", Some("Bearer"), Some(" "), "abc"),
            ("bearer", Some("bearer"), Some(""), ""),
            ("Bearer: abc", Some("Bearer"), Some(": "), "abc"),
            ("Bearer=abc", Some("Bearer"), Some("="), "abc"),
            ("Bearer%20abc", Some("Bearer"), Some("%20"), "abc"),
            ("Bearer+abc", Some("Bearer"), Some("+"), "abc"),
            ("Bearer&nbsp;abc", Some("Bearer"), Some("&nbsp;"), "abc"),
            ("Bearer\u{a0}abc", Some("Bearer"), Some("\u{a0}"), "abc"),
            ("BearerAbcdefghij0123456789", Some("Bearer"), Some(""), "Abcdefghij0123456789"),
            ("Bearer_Abcdefghij0123456789", Some("Bearer"), Some("_"), "Abcdefghij0123456789"),
            ("Baerer abc", Some("Baerer"), Some(" "), "abc"),
            ("Bearer Bearer abc", Some("Bearer"), Some(" "), "abc"),
            ("Bearer token abc", Some("Bearer"), Some(" "), "abc"),
            ("Bearer Token: abc", Some("Bearer"), Some(" "), "Token: abc"),
            ("Basic abc, Bearer def", Some("Basic"), Some(" "), "abc"),
            ("FlyV1 fm2_abc", Some("FlyV1"), Some(" "), "fm2_abc"),
            ("1|abc", None, None, "1|abc"),
            ("dal:abc", None, None, "dal:abc"),
            ("\"Bearer abc\"", Some("Bearer"), Some(" "), "abc"),
        ] {
            assert_eq!(one(line, "auth.scheme").as_deref(), scheme, "{line}");
            assert_eq!(one(line, "auth.separator").as_deref(), separator, "{line}");
            assert_eq!(one(line, "auth.value").as_deref(), Some(value), "{line}");
        }
        assert_eq!(one("Bearer Bearer abc", "auth.again").as_deref(), Some("bearer"));
        assert_eq!(one("Bearer token abc", "auth.extra").as_deref(), Some("token"));
        assert_eq!(one("Basic abc, Bearer def", "auth.second").as_deref(), Some("Bearer"));
        assert_eq!(one("Token token=abc", "auth.params").as_deref(), Some("token=abc"));
        assert!(one("Digest username=\"a\", realm=\"b\"", "auth.params").is_some());
        assert_eq!(one("Bearer abcdef==", "auth.params"), None);
    }

    #[test]
    fn layers_come_off_and_leave_the_value() {
        const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl";
        for (line, layer) in [
            (format!("Bearer \"{JWT}\""), "quotes"),
            (format!("Bearer “{JWT}”"), "smart_quotes"),
            (format!("Bearer {JWT}\\n"), "json"),
            (format!("Bearer {JWT}\r"), "carriage_return"),
            (format!("Bearer <{JWT}>"), "brackets"),
            (format!("Bearer b'{JWT}'"), "python_bytes"),
            (format!("Bearer {}", JWT.replace('.', "%2E")), "percent"),
            (format!("Bearer {}", JWT.replace('.', "%252E")), "double_percent"),
            (format!("Bearer {}", JWT.replace("J9.", "J9\n  .")), "line_break"),
            (format!("Bearer {}", JWT.replace("J9.", "J9 .")), "space"),
            (format!("Bearer {}", JWT.replace('.', " ")), "dots_lost"),
            (format!("Bearer token={JWT}"), "label"),
            (format!("Authorization: Bearer {JWT}"), "header_name"),
            (format!("export TOKEN={JWT}"), "label"),
            (format!("Bearer {{\"access_token\": \"{JWT}\"}}"), "json_response"),
            (format!("Bearer access_token={JWT}&token_type=bearer"), "form_response"),
            (format!("Bearer {JWT},"), "punctuation"),
            (format!("Bearer \\033[0;32m{JWT}\\033[0m"), "ansi"),
            (format!("Bearer \u{feff}{JWT}"), "bom"),
            (format!("Bearer {JWT} {JWT}"), "several"),
        ] {
            let layer = format!("paste.{layer}");
            assert!(one(&line, &layer).is_some(), "{layer} of {line:?}: {:#?}", facts(&line));
            assert_eq!(one(&line, "credential.value").as_deref(), Some(JWT), "{line:?}");
        }
    }
}
