//! Logs: what servers and clients write down, line by line.
//!
//! An access log has requests without their host (`"GET /me?access_token=… HTTP/1.1"`); whatever else stands in a log is
//! searched as any other text. A log may hide a token behind asterisks: then there is nothing to see.

use crate::recognise::request::Request;
use crate::recognise::{Found, text};
use crate::source::{self, Place, Sources, Span};

/// A shorter parameter of a log may be anything: the step of a form, a country.
const SHORTEST: usize = 20;

const METHODS: &[&str] = &["GET ", "POST ", "PUT ", "PATCH ", "DELETE ", "HEAD ", "OPTIONS "];

/// Everything that is found in the log at `place`.
pub fn find(sources: &mut Sources, place: Place) -> Vec<Found> {
    let text = sources.text(place).to_owned();
    let mut found = Vec::new();
    // Where the lines begin that were not looked at yet.
    let mut rest = 0;
    for (start, line) in source::lines(&text) {
        let Some((method, target)) =
            request(line).filter(|(_, target)| text::tells(line.get(target.range()).unwrap_or_default(), SHORTEST))
        else {
            continue;
        };
        found.extend(text::find(sources, place.part(rest, start)));
        rest = start + line.len();
        if found.len() >= text::MOST {
            return found;
        }
        let part = |span: Span| place.part(start + span.start, start + span.end);
        let mut request = Request::new("log line", part(Span::new(method.start, target.end)));
        request.open = true;
        request.method = Some(part(method));
        request.url = Some(part(target));
        found.push(Found::Request(Box::new(request)));
    }
    found.extend(text::find(sources, place.part(rest, text.len())));
    found
}

/// True if one of the first lines is one of an access log.
pub fn looks_like(text: &str) -> bool {
    text.lines().take(20).any(|line| request(line).is_some())
}

/// Method and target of the request that a line of an access log quotes.
fn request(line: &str) -> Option<(Span, Span)> {
    let end = line.find(" HTTP/")?;
    let quote = line.get(..end)?.rfind('"')?;
    let quoted = line.get(quote + 1..end)?;
    let method = METHODS.iter().find(|method| quoted.starts_with(**method))?;
    let target = quote + 1 + method.len();
    let is_target = line.get(target..end).is_some_and(|t| t.starts_with('/') && !t.contains(char::is_whitespace));
    is_target.then(|| (Span::new(quote + 1, target - 1), Span::new(target, end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_of_a_line_is_delimited() {
        let line = "127.0.0.1 - - [15/Jan/2027:08:00:00 +0000] \"GET /v1/me?a=b HTTP/1.1\" 200 12 \"-\" \"curl/8\"";
        let (method, target) = request(line).expect("there is one");
        assert_eq!((&line[method.range()], &line[target.range()]), ("GET", "/v1/me?a=b"));
        assert!(looks_like(line));
        assert!(!looks_like("GET /v1/me HTTP/1.1\n") && !looks_like("\"GET HTTP/1.1\""));
    }
}
