//! What the server answered, looked up among the errors that contracts, OAuth and libraries document.

use std::borrow::Cow;

use crate::checks::{Check, Context, Hit};
use crate::facts::{Fact, Facts, SubjectId, Value};
use crate::platform::{ErrorFile, ErrorRow, Platform, says_in_lower_case};
use crate::source::Place;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "server-error", about: &["response.status"], offers: &["said", "meaning"], run: rejected },
    Check { name: "answer-unexplained", about: &["response.status"], offers: &[], run: unexplained },
];

/// Members of an answer that say what went wrong.
const MEMBERS: &[&str] = &[
    "__type",
    "category",
    "code",
    "description",
    "detail",
    "details",
    "error",
    "error_code",
    "error_description",
    "error_type",
    "errorCode",
    "errorSummary",
    "errors",
    "exception_description",
    "exception_details",
    "hint",
    "identity_exception",
    "message",
    "msg",
    "oauth_exception",
    "reason",
    "sub_error",
    "summary",
    "title",
    "type",
];

/// A longer body is a page, not a message.
pub const LONGEST: usize = 2000;

/// Of so many members that may say what went wrong, the first are looked at.
const MOST: usize = 50;

/// The documented error that a response reports, and where it says so. The platform's own errors come before those of
/// everybody, messages before codes, the longer before the shorter, and the same letters before others.
pub fn known<'a>(
    facts: &Facts,
    response: SubjectId,
    platforms: &'a [Platform],
    errors: &'a [ErrorFile],
) -> Option<(&'a ErrorRow, Place)> {
    let subject = facts.get(response);
    let status = subject.of_path("response.status").next()?.value.int()?;
    let is_error = (400..600).contains(&status);
    let platform = subject.of_path("paired.request.platform").next().and_then(|f| f.value.text());
    let is_meant = |row: &&ErrorRow| row.status.map_or(is_error, |meant| i128::from(meant) == status);
    let own = platforms.iter().filter(|p| Some(p.id.as_ref()) == platform).flat_map(|p| p.errors.iter());
    let rows = own.map(|row| (true, row)).chain(errors.iter().flat_map(|f| f.errors.iter()).map(|row| (false, row)));
    let messages: Vec<Message> = subject.facts().iter().filter_map(Message::of).take(MOST).collect();
    let found = rows.filter(|(_, row)| is_meant(row) && !messages.is_empty()).filter_map(|(own, row)| {
        let words = row.says.to_lowercase();
        let message = messages.iter().find(|message| message.is(row, &words))?;
        let is_same_case = message.text.contains(row.says.as_ref());
        Some(((own, !row.code, row.says.len(), is_same_case), row, message.fact.place))
    });
    found.max_by_key(|(rank, ..)| *rank).map(|(_, row, place)| (row, place))
}

/// A fact that may say what went wrong.
struct Message<'a> {
    fact: &'a Fact,
    text: Cow<'a, str>,
    lower: String,
}

impl<'a> Message<'a> {
    fn of(fact: &'a Fact) -> Option<Self> {
        let text = text(fact)?;
        Some(Self { fact, lower: text.to_lowercase(), text })
    }

    /// True if it is what this row is about; `words` are those of the row in lower case.
    fn is(&self, row: &ErrorRow, words: &str) -> bool {
        match (row.code, self.fact.path.as_str()) {
            (true, "response.header.www-authenticate") => names_error(&self.text, &row.says),
            (true, "response.body") => false,
            (true, _) => self.text == row.says,
            // A name of a code says nothing in other words.
            (false, _) if self.fact.path.name() == "code" || self.fact.value.text().is_none() => false,
            (false, _) => says_in_lower_case(&self.lower, words),
        }
    }
}

/// True if a challenge names this error, in quotes or without.
fn names_error(challenge: &str, code: &str) -> bool {
    const NAME: &str = "error=";
    challenge.match_indices(NAME).any(|(at, _)| {
        let value = challenge.get(at + NAME.len()..).unwrap_or_default();
        let end: &[char] = if value.starts_with('"') { &['"'] } else { &[',', ';', ' ', '\t'] };
        value.trim_start_matches('"').split(end).next() == Some(code)
    })
}

/// The text of a fact that may say what went wrong.
fn text(fact: &Fact) -> Option<Cow<'_, str>> {
    let path = fact.path.as_str();
    let is_member = path.starts_with("response.json.") && MEMBERS.contains(&fact.path.name());
    // A number is a code.
    if let (true, Value::Int(number)) = (is_member, &fact.value) {
        return Some(Cow::Owned(number.to_string()));
    }
    let is_body = path == "response.body";
    let is_challenge = path == "response.header.www-authenticate";
    let text = fact.value.text().filter(|_| is_member || is_body || is_challenge)?;
    // Of JSON the members speak; `[invalid_token] …` is the beginning of a sentence.
    let start = text.trim_start();
    let in_list = start.strip_prefix('[').map(|rest| rest.trim_start().starts_with(['{', '[', '"', ']']));
    let is_json = start.starts_with('{') || in_list == Some(true);
    (text.len() <= LONGEST && !(is_body && is_json)).then_some(Cow::Borrowed(text))
}

/// The server rejected the request with an error that is documented.
fn rejected(cx: &Context) -> Vec<Hit> {
    // An answer of an authorization server is explained where its error is decoded.
    let general = cx.errors.iter().filter(|file| file.id == "oauth").flat_map(|file| file.errors.iter());
    let platform = cx.text("paired.request.platform").and_then(|id| cx.contract(id));
    let codes: Vec<&ErrorRow> = general.chain(platform.iter().flat_map(|p| p.errors.iter())).collect();
    let is_code = |text: &str| codes.iter().any(|row| row.code && row.says == text);
    let decoded = cx.facts.children(cx.subject).flat_map(|(_, child)| child.of_path("error.error"));
    let is_oauth = decoded.into_iter().any(|f| f.value.text().is_some_and(is_code));
    if cx.one("paired.request").is_none() || is_oauth {
        return Vec::new();
    }
    let Some((row, place)) = known(cx.facts, cx.subject, cx.platforms, cx.errors) else { return Vec::new() };
    let meaning = row.means.as_deref().unwrap_or("a documented error");
    let mut hit = Hit::at(place).with("said", &row.says).told("meaning", meaning);
    hit.basis = Some(row.basis.to_string());
    let quote = if row.says.contains('\'') { '"' } else { '\'' };
    let more = format!("; `tokenlint explain {quote}{}{quote}` lists its causes", row.says);
    hit.help = Some(row.help.to_string() + if row.causes.is_empty() { "" } else { &more });
    hit.mark = row.mark;
    vec![hit]
}

/// 401, and neither the body nor a challenge says why in words that are known. Where the challenge itself is missing, that is said instead.
fn unexplained(cx: &Context) -> Vec<Hit> {
    let Some(status) = cx.one("response.status").filter(|f| f.value.int() == Some(401)) else { return Vec::new() };
    let names_error = |f: &&Fact| f.value.text().is_some_and(|text| text.replace(' ', "").contains("error="));
    let explains = cx.all("response.header.www-authenticate").any(|f| names_error(&f))
        || known(cx.facts, cx.subject, cx.platforms, cx.errors).is_some();
    if explains { Vec::new() } else { vec![Hit::on(status)] }
}
