//! What a server answered, as logs quote it: `WWW-Authenticate` in the middle of a line, without the message around it.
//!
//! Only a challenge that names an error says something of its own. It is delimited by its grammar (RFC 9110 section
//! 11.6.1), since a log may write anything around it.

use std::collections::HashSet;

use crate::decode::json;
use crate::recognise::Found;
use crate::recognise::http::Response;
use crate::recognise::request::{Field, Sent};
use crate::source::{self, Place, Sources, Span};

const NAME: &str = "www-authenticate";
/// So many lines of one text are told of.
const MOST: usize = 100;

/// The challenges with an error in the text at `place`. A server says the same as often as it is asked: it is told once.
pub fn find(sources: &mut Sources, place: Place) -> Vec<Found> {
    let text = sources.text(place);
    let mut spans: Vec<(Span, Span)> = Vec::new();
    let mut said: HashSet<&str> = HashSet::new();
    for (start, line) in source::lines(text) {
        let mut is_new = |value: Span| line.get(value.range()).is_some_and(|value| said.insert(value));
        let found = header(line).filter(|_| spans.len() < MOST).filter(|(_, value)| is_new(*value));
        spans.extend(found.map(|(name, value)| (name.shifted(start), value.shifted(start))));
    }
    spans.into_iter().map(|(name, value)| response(sources, place, name, value)).collect()
}

/// Those that do not stand in one of the answers that were found in the same text.
pub fn beside(sources: &mut Sources, place: Place, found: &[Found]) -> Vec<Found> {
    let place_of = |found: &Found| match found {
        Found::Response(response) => Some(sources.given(response.place)),
        _ => None,
    };
    let answers: Vec<Place> = found.iter().filter_map(place_of).collect();
    let mut challenges = find(sources, place);
    challenges.retain(|challenge| match challenge {
        Found::Response(response) => {
            let at = sources.given(response.place);
            let holds = |answer: &Place| answer.source == at.source && answer.span.contains(at.span);
            !answers.iter().any(holds)
        }
        _ => true,
    });
    challenges
}

fn response(sources: &mut Sources, place: Place, name: Span, value: Span) -> Found {
    let line = place.part(name.start, value.end);
    let mut written = place.part(value.start, value.end);
    if sources.text(written).contains("\\\"") {
        let (text, map) = json::string_map(&sources.get(written.source).text, written.span);
        let name = sources.get(written.source).name.clone();
        let id = sources.add_decoded(name, text, written, "JSON string", map, Vec::new());
        written = sources.whole(id);
    }
    let field = Field { name: place.part(name.start, name.end), value: written, line, sent: Sent::Yes };
    Found::Response(Response { place: line, status: None, fields: vec![field], body: None, sent_at: None })
}

/// Name and value of the header in a line, if the value names an error.
fn header(line: &str) -> Option<(Span, Span)> {
    let bytes = line.as_bytes();
    let at = bytes.windows(NAME.len()).position(|w| w.eq_ignore_ascii_case(NAME.as_bytes()))?;
    let name = Span::new(at, at + NAME.len());
    let rest = line.get(name.end..)?;
    let joint = rest.find(|c: char| !" \"'\\:=>[(".contains(c)).filter(|n| *n <= 8)?;
    let is_joined = rest.get(..joint)?.contains([':', '=']);
    let length = challenges(rest.get(joint..)?).filter(|_| is_joined)?;
    Some((name, Span::new(name.end + joint, name.end + joint + length)))
}

/// The length of the challenges at the beginning of a text, if one of them names an error.
fn challenges(text: &str) -> Option<usize> {
    let scheme = |text: &str| {
        let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))?;
        (end > 0 && text.get(end..)?.starts_with(' ')).then(|| end + blanks(text.get(end..).unwrap_or_default()))
    };
    let mut at = scheme(text)?;
    let (mut end, mut has_error) = (None, false);
    while let Some(rest) = text.get(at..) {
        let Some((name, length)) = parameter(rest) else {
            // The next scheme, with a parameter of its own.
            match scheme(rest).filter(|n| end.is_some() && parameter(rest.get(*n..).unwrap_or_default()).is_some()) {
                Some(n) => at += n,
                None => break,
            }
            continue;
        };
        has_error |= name == "error";
        at += length;
        end = Some(at);
        at += blanks(text.get(at..)?);
        match text.get(at..)?.strip_prefix(',') {
            Some(rest) => at += 1 + blanks(rest),
            None => break,
        }
    }
    end.filter(|_| has_error)
}

fn blanks(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t']).len()
}

/// The name of the parameter at the beginning of a text, and the length of it all.
fn parameter(text: &str) -> Option<(&str, usize)> {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "-_.:/~+".contains(c);
    let name = text.get(..text.find(|c: char| !is_token(c))?).filter(|name| !name.is_empty())?;
    let after = text.get(name.len()..)?;
    let value = after.trim_start_matches([' ', '\t']).strip_prefix('=')?.trim_start_matches([' ', '\t']);
    let before = text.len() - value.len();
    for quote in ["\\\"", "\""] {
        let Some(inner) = value.strip_prefix(quote) else { continue };
        let close = inner.match_indices(quote).map(|(at, _)| at).find(|at| !is_escaped(inner, *at, quote.len()))?;
        return Some((name, before + close + 2 * quote.len()));
    }
    let length = value.find(|c: char| !is_token(c)).unwrap_or(value.len());
    (length > 0).then_some((name, before + length))
}

/// True if a backslash takes away what the quote at `at` means. Within JSON, where a quote is written with two characters,
/// a backslash is too.
fn is_escaped(text: &str, at: usize, width: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    (before.len() - before.trim_end_matches('\\').len()) / width % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_within_a_quote_within_json_does_not_end_it() {
        let line =
            r#"{"www-authenticate":"Bearer error=\"invalid_token\", error_description=\"The \\\"abc\\\" expired\""}"#;
        let value = header(line).map(|(_, value)| &line[value.range()]);
        assert!(value.is_some_and(|value| value.ends_with(r#"expired\""#)), "{value:?}");
    }

    #[test]
    fn a_challenge_is_delimited_by_its_grammar() {
        let value = |line: &str| header(line).map(|(_, value)| line[value.range()].to_owned());
        let plain = r#"Bearer realm="a, b", error="invalid_token", error_description="It \"expired\"""#;
        for (before, after) in [
            ("2027-01-15 08:00:00 WARN 401 WWW-Authenticate: ", ""),
            ("headers={'www-authenticate': '", "', 'date': 'x'}"),
            ("[WWW-Authenticate:\"", "\", Content-Length:\"0\"]"),
            ("WWW-Authenticate => [", "] (took=12 ms)"),
        ] {
            assert_eq!(value(&format!("{before}{plain}{after}\n")).as_deref(), Some(plain), "{before}");
        }
        let json = r#"{"www-authenticate":"Bearer error=\"invalid_token\", Basic realm=\"x\"","x":1}"#;
        assert_eq!(value(json).as_deref(), Some(r#"Bearer error=\"invalid_token\", Basic realm=\"x\""#));
        let two = "www-authenticate: Basic realm=x, Bearer error=invalid_token, status=401; y";
        assert_eq!(value(two).as_deref(), Some("Basic realm=x, Bearer error=invalid_token, status=401"));
        for none in [
            "WWW-Authenticate: Bearer",
            "WWW-Authenticate: Bearer realm=\"api\"",
            "the header WWW-Authenticate Bearer error=\"x\"",
            "WWW-Authenticate: Bearer error=\"cut",
            "WWW-Authenticate",
            "WWW-Authenticate: é error=x",
            "const NAME = 'WWW-Authenticate', 'Bearer error=\"x\"'",
        ] {
            assert_eq!(value(none), None, "{none}");
        }
    }
}
