//! One rule, or one error message, as text: what it means, why, and what to do. Words and examples are read from the
//! rule files only when somebody asks.

use serde::Serialize;

use crate::finding::{Code, Confidence, Severity};
use crate::load::{RuleSet, matches, parse_rule, text_of};
use crate::platform::{ErrorRow, says};
use crate::rule::{Example, Rule, Str};

/// At most so many errors are told for one message.
const MOST: usize = 6;
/// Nearer than this (0 to 1) is worth naming.
const NEAR: f64 = 0.55;

/// What somebody asked about.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Explained {
    /// Rules, by id, family or former id.
    Rules {
        /// The rules.
        rules: Vec<Page>,
    },
    /// Errors that servers and libraries answer, those of which most words agree first.
    Errors {
        /// The errors.
        errors: Vec<Meaning>,
    },
    /// Neither.
    Unknown {
        /// The nearest ids and messages, the nearest first.
        nearest: Vec<String>,
    },
}

/// A rule with its words.
#[derive(Debug, Clone, Serialize)]
pub struct Page {
    /// Its id.
    pub id: String,
    /// What the flaw is called.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// How bad it is with `--strict`, if that is worse.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strict: Option<Severity>,
    /// How sure.
    pub confidence: Confidence,
    /// Why it matters.
    pub why: String,
    /// What fails, and what does not; shortened.
    pub bad: Option<String>,
    /// What is right.
    pub good: Option<String>,
    /// Lines of code that do it right.
    pub code: Option<Code>,
    /// What `--fix` would do; a template.
    pub fix: Option<String>,
    /// Documents.
    pub basis: Vec<Str>,
    /// Rules whose findings this one explains.
    pub hides: Vec<Str>,
}

/// An error of a server or a library.
#[derive(Debug, Clone, Serialize)]
pub struct Meaning {
    /// Who says it.
    pub by: String,
    /// The message or code.
    pub says: String,
    /// What is meant.
    pub means: Option<String>,
    /// Rules that find its causes, the most frequent first, with their titles.
    pub causes: Vec<(String, String)>,
    /// What to do.
    pub help: String,
    /// The document.
    pub basis: String,
}

/// Explains a rule id, `family/*`, or an error message.
pub fn explain(what: &str, set: &RuleSet) -> Explained {
    let what = what.trim();
    let rules: Vec<Page> = set
        .rules
        .iter()
        .filter(|rule| matches(what, &rule.id) || rule.was.iter().any(|was| was == what))
        .map(page)
        .collect();
    if !rules.is_empty() {
        return Explained::Rules { rules };
    }
    let mut errors: Vec<(Speaker, &ErrorRow)> = rows(set)
        .map(|(speaker, row)| (Speaker { is_named: speaker.is_platform && says(what, speaker.title), ..speaker }, row))
        .filter(|(speaker, row)| is_meant(what, row, speaker))
        .collect();
    // Who is named comes first, then the row that says just this, and then the one that knows more of the message; of two, what holds for everybody.
    let order = |(speaker, row): &(Speaker, &ErrorRow)| {
        let is_all = what.eq_ignore_ascii_case(&row.says);
        (!speaker.is_named, !is_all, std::cmp::Reverse(row.says.len()), speaker.is_platform)
    };
    // Of two rows of one platform that differ in the case of their letters, the one that was asked for, else the first.
    let says_so = |row: &ErrorRow| what.contains(row.says.as_ref());
    let alike = |a: &(Speaker, &ErrorRow), b: &(Speaker, &ErrorRow)| {
        a.0.title == b.0.title && a.1.says.eq_ignore_ascii_case(&b.1.says)
    };
    errors.sort_by_key(|(_, row)| !says_so(row));
    errors.sort_by_key(order);
    let mut meant: Vec<(Speaker, &ErrorRow)> = Vec::new();
    for row in errors {
        if !meant.iter().any(|known| alike(known, &row)) {
            meant.push(row);
        }
    }
    if !meant.is_empty() {
        let meanings = meant.iter().take(MOST).map(|(speaker, row)| meaning(speaker.title, row, set));
        return Explained::Errors { errors: meanings.collect() };
    }
    Explained::Unknown { nearest: nearest(what, set) }
}

/// Who says an error.
#[derive(Clone, Copy)]
struct Speaker<'a> {
    title: &'a str,
    is_platform: bool,
    /// The message names the platform.
    is_named: bool,
}

/// Every error with who says it.
fn rows(set: &RuleSet) -> impl Iterator<Item = (Speaker<'_>, &ErrorRow)> {
    let speaker = |title, is_platform| Speaker { title, is_platform, is_named: false };
    let of_platforms = set.platforms.iter().map(move |p| (speaker(p.title.as_ref(), true), &p.errors));
    let of_all = set.errors.iter().map(move |file| (speaker(file.title.as_ref(), false), &file.errors));
    of_platforms.chain(of_all).flat_map(|(speaker, errors)| errors.iter().map(move |row| (speaker, row)))
}

/// True if a message is, or holds, what a row says. A code is a word of its own in it; if it is a word of English or a
/// status too, and a platform's own, the message must be that word, or name the platform, or have the word in quotes.
fn is_meant(what: &str, row: &ErrorRow, speaker: &Speaker) -> bool {
    if row.code {
        let is_plain = !row.says.contains('_') && speaker.is_platform && !speaker.is_named;
        if is_plain && !what.eq_ignore_ascii_case(&row.says) {
            return says(what, &format!("\"{}\"", row.says)) || has_number(what, &row.says);
        }
        // A hyphen or a dot may be part of a code.
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || matches!(c, '-' | '.') && row.says.contains(c);
        return what.split(|c| !is_name(c)).any(|word| word.eq_ignore_ascii_case(&row.says));
    }
    // A part of a long message is enough, if it is more than a word.
    says(what, &row.says) || (what.contains(' ') && what.len() >= 12 && says(&row.says, what))
}

/// True if a message has a code that is a number: a long one anywhere, a short one at the beginning and after `code` or
/// `error`. Numbers of three digits are statuses, too.
fn has_number(what: &str, code: &str) -> bool {
    if code.len() < 3 || !code.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let is_named = |before: &str| {
        let before = before.trim_end_matches(|c: char| !c.is_alphanumeric()).to_ascii_lowercase();
        before.ends_with("code") || code.len() > 3 && (before.is_empty() || before.ends_with("error"))
    };
    what.match_indices(code).any(|(at, _)| {
        let (before, after) = (what.get(..at).unwrap_or_default(), what.get(at + code.len()..).unwrap_or_default());
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-');
        let is_word = !before.ends_with(is_part) && !after.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        is_word && (code.len() >= 6 || is_named(before))
    })
}

fn meaning(by: &str, row: &ErrorRow, set: &RuleSet) -> Meaning {
    let title = |pattern: &Str| {
        let rule = set.rules.iter().find(|rule| rule.id == *pattern);
        rule.map_or_else(|| "any rule of this family".to_owned(), |rule| rule.title.to_string())
    };
    Meaning {
        by: by.to_owned(),
        says: row.says.to_string(),
        means: row.means.as_ref().map(|means| means.to_string()),
        causes: row.causes.iter().map(|cause| (cause.to_string(), title(cause))).collect(),
        help: row.help.to_string(),
        basis: row.basis.to_string(),
    }
}

/// What is closest in spelling to what nobody knows.
fn nearest(what: &str, set: &RuleSet) -> Vec<String> {
    let what = what.to_lowercase();
    let known = set.rules.iter().map(|rule| rule.id.as_ref()).chain(rows(set).map(|(_, row)| row.says.as_ref()));
    let mut scored: Vec<(f64, &str)> = known
        .map(|known| (strsim::normalized_damerau_levenshtein(&what, &known.to_lowercase()), known))
        .filter(|(score, _)| *score >= NEAR)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut nearest: Vec<String> = Vec::new();
    for (_, known) in scored {
        if nearest.len() < 3 && !nearest.iter().any(|n| n == known) {
            nearest.push(known.to_owned());
        }
    }
    nearest
}

fn page(rule: &Rule) -> Page {
    // A rule of the user has no text here; what is known without examples is told.
    let file = text_of(&rule.id).and_then(|text| parse_rule(&rule.id, &text.replace("\r\n", "\n")).ok());
    let first = |examples: &[Example]| examples.iter().find_map(shown);
    Page {
        id: rule.id.to_string(),
        title: rule.title.to_string(),
        severity: rule.severity,
        strict: rule.strict,
        confidence: rule.confidence,
        why: rule.why.replace('\n', " ").trim().to_owned(),
        bad: file.as_ref().and_then(|file| first(&file.bad)),
        good: file.as_ref().and_then(|file| first(&file.good)),
        code: rule.code.clone(),
        fix: rule.fix.as_ref().map(|fix| fix.title.to_string()),
        basis: rule.basis.to_vec(),
        hides: rule.hides.to_vec(),
    }
}

/// An example for reading: the claims or the header that it is about, or its text with all made-up values left out.
fn shown(example: &Example) -> Option<String> {
    if example.hex.is_some() {
        return None;
    }
    let token = [("header", &example.header), ("claims", &example.claims)];
    let token: Vec<String> =
        token.iter().filter_map(|(name, json)| json.as_ref().map(|json| format!("{name} {}", plain(json)))).collect();
    match &example.input {
        Some(input) if token.is_empty() => Some(plain(input.trim())),
        Some(input) => Some(format!("{}\n{}", plain(input.trim()), token.join("\n"))),
        None if token.is_empty() => None,
        None => Some(token.join("\n")),
    }
}

/// The text with every mark of the harness (`@{fill:36}`) replaced by something short.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("@{") {
        plain += before;
        // Marks stand in marks: `@{b64:user:@{fill:16}}`.
        let mut depth = 1;
        let end = after.char_indices().find_map(|(at, c)| {
            depth += match c {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
            (depth == 0).then_some(at)
        });
        let Some(end) = end else { return plain + "…" };
        let mark = after.get(..end).unwrap_or_default();
        plain += match mark.split(':').next().unwrap_or_default() {
            "jwt" => "eyJhbGciOi….eyJzdWIiOi….c2lnbmF0…",
            "uuid" => "4ad7f6a1-93c2-4d0e-8b5f-2f6c1e9a7d30",
            "now" => "1800000000",
            _ => "…",
        };
        rest = after.get(end + 1..).unwrap_or_default();
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_replaced_by_something_short() {
        assert_eq!(plain("Basic @{b64:api-user:@{fill:16}}, @{now:+60}"), "Basic …, 1800000000");
        assert_eq!(plain("{\"a\": @{uuid"), "{\"a\": …");
    }

    #[test]
    fn every_cause_is_a_rule() {
        let set = RuleSet::builtin();
        for (by, row) in rows(&set) {
            for cause in row.causes.iter() {
                assert!(set.knows(cause), "{}: `{}` names {cause}, which is no rule", by.title, row.says);
            }
            assert!(!row.help.is_empty() && row.basis.starts_with("https://"), "{}: {}", by.title, row.says);
        }
    }

    #[test]
    fn every_error_is_found_by_what_it_says() {
        let set = RuleSet::builtin();
        let first = |what: &str| match explain(what, &set) {
            Explained::Errors { errors } => errors.into_iter().next(),
            _ => None,
        };
        for (by, row) in rows(&set) {
            let found = first(&row.says).unwrap_or_else(|| panic!("{}: {} is unknown", by.title, row.says));
            assert!(found.says.eq_ignore_ascii_case(&row.says), "{}: {}, not {}", by.title, row.says, found.says);
            // Where several say the same, a platform is meant if it is named, and else what holds for everybody.
            let what = if by.is_platform { format!("{} says: {}", by.title, row.says) } else { row.says.to_string() };
            let found = first(&what).unwrap_or_else(|| panic!("{what} is unknown"));
            assert_eq!((found.by.as_str(), found.says.to_lowercase()), (by.title, row.says.to_lowercase()), "{what}");
        }
    }

    #[test]
    fn messages_are_known_within_others() {
        let set = RuleSet::builtin();
        let says = |what: &str| match explain(what, &set) {
            Explained::Errors { errors } => errors.first().map(|e| e.says.clone()),
            _ => None,
        };
        assert_eq!(says("{\"error\":\"invalid_grant\"}").as_deref(), Some("invalid_grant"));
        assert_eq!(says("Error: Token used before issued").as_deref(), Some("token used before issued"));
        assert_eq!(says("AADSTS500112: The reply address does not match").as_deref(), Some("aadsts500112"));
        assert_eq!(says("{\"error\":{\"message\":\"Invalid access token\"}}").as_deref(), Some("Invalid access token"));
        assert_eq!(says("all is well"), None);
        assert_eq!(says("a fraud mismatch of cards"), None);
        let by = |what: &str| match explain(what, &set) {
            Explained::Errors { errors } => errors.first().map(|e| e.by.clone()),
            _ => None,
        };
        assert_eq!(by("HTTP 401 from the billing service").as_deref(), Some("HTTP"));
        assert_eq!(by("LiveLike says 401").as_deref(), Some("LiveLike"));
        assert_eq!(by("IDX10214: Audience validation failed").as_deref(), Some("Libraries and gateways"));
        assert_eq!(by(r#"{"error":{"type":"validation"}}"#).as_deref(), Some("LiveChat"));
        assert_eq!(by(r#"{"error":true,"code":400401,"message":"x"}"#).as_deref(), Some("Sendbird"));
        assert_eq!(by("code 400401").as_deref(), Some("Sendbird"));
        assert_eq!(by("20003 Authenticate").as_deref(), Some("Twilio"));
        assert_eq!(says("request 1400401 of 400401a took 20003 ms and 0.400401 s"), None);
    }

    #[test]
    fn what_nobody_knows_has_neighbours() {
        let set = RuleSet::builtin();
        let Explained::Unknown { nearest } = explain("time/milisecond", &set) else { panic!("it is known") };
        assert_eq!(nearest.first().map(String::as_str), Some("time/milliseconds"));
        let Explained::Unknown { nearest } = explain("xyzzy", &set) else { panic!("it is known") };
        assert!(nearest.is_empty());
    }
}
