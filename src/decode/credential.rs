//! Credentials: where they stand, how they are sent, and what they look like inside.
//!
//! Whatever authorises becomes one subject with `auth.*` (how it is sent), `paste.*` (what happened to it on the way)
//! and `credential.*`, `jwt.*`, `jwe.*` or `basic.*` (what it is).

use crate::decode::{base64, jwt, paste};
use crate::facts::{Fact, Facts, Path, SubjectId, Thing, Value};
use crate::source::{Map, Place, Sources};

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
    let subject = begin(facts, parent, carrier, place);
    add(sources, facts, subject, "auth.value", place);
    inside(sources, facts, subject, place, false);
    subject
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
    let subject = begin(facts, parent, carrier, place);
    add(sources, facts, subject, "auth.line", place);
    let (scheme, separator, rest) = split(sources, place);
    if let Some(scheme) = scheme {
        add(sources, facts, subject, "auth.scheme", scheme);
        add(sources, facts, subject, "auth.separator", separator);
    }
    add(sources, facts, subject, "auth.value", rest);
    let is = |name: &str| scheme.is_some_and(|s| sources.text(s).eq_ignore_ascii_case(name));
    let (basic, params) = (is("basic"), scheme.is_some() && is_params(sources.text(rest)));
    if params {
        let text = sources.text(rest).to_owned();
        facts.add(subject, Path::new("auth.params"), text, rest);
    } else {
        inside(sources, facts, subject, rest, basic);
    }
    subject
}

fn begin(facts: &mut Facts, parent: Option<SubjectId>, carrier: Carrier, place: Place) -> SubjectId {
    let subject = facts.subject(Thing::Credential, parent, place);
    facts.add(subject, Path::new("auth.carrier"), carrier.kind, place);
    if let Some(name) = carrier.name {
        facts.add(subject, Path::new("auth.name"), name.to_ascii_lowercase(), place);
    }
    subject
}

/// Adds the text at a place as a fact.
fn add(sources: &Sources, facts: &mut Facts, subject: SubjectId, path: &'static str, place: Place) {
    let hole = sources.has_hole(place);
    let value = Value::Text(sources.text(place).to_owned());
    facts.push(subject, Fact { path: Path::new(path), value, place, hole });
}

/// Splits a header value into scheme, separator and the rest.
fn split(sources: &Sources, place: Place) -> (Option<Place>, Place, Place) {
    let text = sources.text(place);
    let word = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')).unwrap_or(text.len());
    let known = SCHEMES.contains(&text[..word].to_ascii_lowercase().as_str());
    let after = &text[word..];
    // A known scheme is one whatever follows it; any other first word is one if a blank follows.
    let separator = match after.chars().next() {
        None if known => 0,
        Some(':' | '=' | ',' | ';') if known => after.len() - after[1..].trim_start().len(),
        Some('%') if known && after.to_ascii_lowercase().starts_with("%20") => 3,
        Some(c) if c.is_whitespace() && word > 0 => after.len() - after.trim_start().len(),
        _ => return glued(text, place),
    };
    (Some(place.part(0, word)), place.part(word, word + separator), place.part(word + separator, text.len()))
}

/// `BearereyJ…`: a scheme with nothing between it and a token.
fn glued(text: &str, place: Place) -> (Option<Place>, Place, Place) {
    let bearer = text.get(..6).filter(|t| t.eq_ignore_ascii_case("bearer"));
    match bearer {
        Some(_) if text.len() > 26 => {
            let separator = usize::from(text[6..].starts_with(['-', '_', '.', '+']));
            (Some(place.part(0, 6)), place.part(6, 6 + separator), place.part(6 + separator, text.len()))
        }
        _ => (None, place.start(), place),
    }
}

/// True for auth-params (`username="x", realm="y"`), which stand where other schemes have a token68.
fn is_params(text: &str) -> bool {
    let name = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')).unwrap_or(text.len());
    let rest = text[name..].trim_start();
    name > 0 && rest.strip_prefix('=').is_some_and(|v| v.trim_start().starts_with('"') || v.contains(", "))
}

/// What the credential at `place` is, after cleaning.
fn inside(sources: &mut Sources, facts: &mut Facts, subject: SubjectId, place: Place, basic: bool) {
    let cleaned = paste::clean(sources, facts, subject, place);
    add(sources, facts, subject, "credential.value", cleaned);
    if sources.has_hole(cleaned) {
        return;
    }
    let text = sources.text(cleaned);
    let form = match jwt::form(text) {
        Some(jwt::Form::Jws) => "jws",
        Some(jwt::Form::Jwe) => "jwe",
        None if text.starts_with("-----BEGIN") => "pem",
        None if text.starts_with('{') => "json",
        None if text.contains("://") => "url",
        None if basic => "basic",
        None => "opaque",
    };
    facts.add(subject, Path::new("credential.form"), form, cleaned);
    match jwt::form(sources.text(cleaned)) {
        Some(form) => jwt::facts(sources, facts, subject, cleaned, form),
        None if basic => pair(sources, facts, subject, cleaned),
        None => {}
    }
}

/// Decodes a Basic credential (RFC 7617 section 2): user-id up to the first colon, then the password.
fn pair(sources: &mut Sources, facts: &mut Facts, subject: SubjectId, place: Place) {
    let decoded = base64::decode(sources.text(place));
    let trouble = |facts: &mut Facts, kind: &str, at: Place| {
        facts.add(subject, Path::new("basic.trouble"), kind, at);
    };
    let mut say = |kind: &str, span: Option<crate::source::Span>| {
        if let Some(span) = span {
            trouble(facts, kind, place.part(span.start, span.end));
        }
    };
    say("illegal-character", decoded.illegal);
    say("url-safe-base64", decoded.url_safe);
    if decoded.impossible_length && decoded.illegal.is_none() {
        trouble(facts, "impossible-length", place);
    }
    let Ok(text) = String::from_utf8(decoded.bytes) else {
        trouble(facts, "not-utf8", place);
        return;
    };
    let map = if decoded.exact { Map::Base64 } else { Map::Pieces(Vec::new()) };
    let id = sources.add_decoded("Basic credential", text, place, "base64", map, Vec::new());
    let whole = sources.whole(id);
    add(sources, facts, subject, "basic.text", whole);
    let colon = sources.text(whole).find(':');
    if let Some(colon) = colon {
        add(sources, facts, subject, "basic.user", whole.part(0, colon));
        add(sources, facts, subject, "basic.password", whole.part(colon + 1, whole.span.len()));
    }
}
