//! What a terminal shows below a command: `$ curl -i https://…`, and then the answer, up to the next prompt.
//!
//! The answer of `-i` is an HTTP message, that of `-v` a transcript. Read together with the command they are one exchange,
//! as a recording would hold it. What programs print otherwise is no answer of a server.

use crate::recognise::request::Request;
use crate::recognise::{Found, http, transcript};
use crate::source::{Place, Sources, Span};

/// So many lines may stand before the answer: a progress meter, remarks.
const HEAD: usize = 60;

/// The requests of commands in the text at `place`, each followed by the answer that stands below it, and the parts of the
/// text that are answers.
pub fn with_answers(sources: &mut Sources, place: Place, requests: Vec<Request>) -> (Vec<Found>, Vec<Span>) {
    let ends: Vec<Option<Span>> = requests.iter().map(|request| within(sources, place, request.place)).collect();
    let mut found = Vec::new();
    let mut answers = Vec::new();
    for (i, request) in requests.into_iter().enumerate() {
        found.push(Found::Request(Box::new(request)));
        let Some(own) = ends.get(i).copied().flatten() else { continue };
        // One command may make several requests: the answer is that to the last.
        let next = ends.get(i + 1).copied().flatten().map_or(place.span.end, |next| next.start);
        if next <= own.end {
            continue;
        }
        let (responses, span) = below(sources, Place { span: Span::new(own.end, next), ..place });
        found.extend(responses);
        answers.extend(span);
    }
    (found, answers)
}

/// The answer in the text behind a command, from the next line on, and where it stands in its source.
pub fn below(sources: &mut Sources, place: Place) -> (Vec<Found>, Option<Span>) {
    let Some(span) = answer(sources.text(place)) else { return (Vec::new(), None) };
    let part = place.part(span.start, span.end);
    let messages = http::find(sources, part);
    // The command says more of the request than a transcript shows.
    let responses: Vec<_> = messages.into_iter().filter(|message| matches!(message, Found::Response(_))).collect();
    let is_there = !responses.is_empty();
    (responses, is_there.then_some(part.span))
}

/// Where a place stands in the source of another.
fn within(sources: &Sources, place: Place, mut inner: Place) -> Option<Span> {
    while inner.source != place.source {
        inner = sources.parent(inner)?.0;
    }
    Some(inner.span).filter(|span| place.span.contains(*span))
}

/// The answer in the lines below a command.
fn answer(text: &str) -> Option<Span> {
    let mut at = text.find('\n')? + 1;
    let lines = text.get(at..)?.split_inclusive('\n');
    let mut start = None;
    let mut end = text.len();
    let mut before = 0;
    for line in lines {
        let from = at;
        at += line.len();
        let is_remark = transcript::is_remark(line.trim_end());
        if !is_remark && is_prompt(line) || line.trim_start().starts_with("```") {
            end = from;
            break;
        }
        if start.is_some() {
            continue;
        }
        let is_status = line.trim_start().starts_with("HTTP/") && http::is_start_line(line.trim());
        if is_status || transcript::is_marked(line) {
            start = Some(from);
        } else if before > HEAD || !line.trim().is_empty() && !is_remark {
            return None;
        }
        before += 1;
    }
    let start = start?;
    let written = text.get(start..end)?;
    Some(Span::new(start, start + without_prompt(written).len()))
}

/// The answer without what the shell writes behind a body that ends without a line break: the next prompt, or zsh's `%`.
fn without_prompt(answer: &str) -> &str {
    let head = ["\n\n", "\r\n\r\n"].iter().filter_map(|end| answer.find(end)).min().unwrap_or(answer.len());
    let body = answer.get(head..).unwrap_or_default();
    let closing = match body.trim_start().chars().next() {
        Some('{') => '}',
        Some('[') => ']',
        _ => return answer,
    };
    body.rfind(closing).and_then(|end| answer.get(..head + end + 1)).unwrap_or(answer)
}

/// True for a line that begins with the prompt of a shell.
fn is_prompt(line: &str) -> bool {
    let line = line.trim_start();
    let first = line.split_whitespace().next().unwrap_or_default();
    let is_plain = matches!(first, "$" | "%" | "❯" | "➜" | "#");
    // `user@host:~$ `, `bash-5.2$ `, `[user@host dir]$ `, `PS C:\>`
    let names_place = first.ends_with(['$', '#', '%']) && first.len() > 1;
    let is_named = names_place && first.starts_with(|c: char| c.is_alphanumeric()) && first.contains(['@', '~', '-']);
    let is_bracketed = first.starts_with('[') && first.contains('@') && line.contains("]$ ");
    is_plain || is_named || is_bracketed || first == "PS" && line.contains("> ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Option<&str> {
        answer(text).and_then(|span| text.get(span.range()))
    }

    #[test]
    fn an_answer_ends_at_the_next_prompt() {
        let answer = "HTTP/2 401\ncontent-type: application/json\n\n{\"error\":\"x\"}";
        for behind in [
            "",
            "\n",
            "%\n",
            "user@host:~$ ls\n",
            "\n\n$ curl -i https://a.example\n",
            "\nann@box:~/shop$ exit\n",
            "\n\nPS C:\\> dir\n",
        ] {
            assert_eq!(shown(&format!(" | cat\n{answer}{behind}")), Some(answer), "{behind:?}");
        }
    }

    #[test]
    fn what_is_no_answer_is_left_alone() {
        for text in
            ["", "\n", "\n{\"error\":\"x\"}\n", "\nA text.\nHTTP/2 401\n", "\n$ echo\nHTTP/2 401\n", " HTTP/2 401"]
        {
            assert_eq!(shown(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_progress_meter_stands_before_it() {
        let meter = "  % Total    % Received % Xferd  Average Speed   Time\n                                 Dload  Upload   Total\n\n";
        assert_eq!(
            shown(&format!("\n{meter}HTTP/1.1 403 Forbidden\n\nno\n$ \n")),
            Some("HTTP/1.1 403 Forbidden\n\nno\n")
        );
    }
}
