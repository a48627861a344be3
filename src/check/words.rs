//! What a rule says of a hit: its sentences filled in, its label, its fix.

use std::borrow::Cow;

use crate::checks::{self, Context, Hit, type_words, value_word};
use crate::decode::json;
use crate::facts::{Path, Value};
use crate::finding::{Code, Confidence, Edit, Finding, Fix, Label, Severity, Word, Words};
use crate::platform::Mark;
use crate::rule::{Change, Part, Rule, template};
use crate::source::Place;

pub(super) fn finding(rule: &Rule, cx: &Context, hit: &Hit) -> Finding {
    let cap = match hit.mark {
        Mark::D | Mark::O => Severity::Error,
        Mark::T => Severity::Warning,
        Mark::M => Severity::Note,
    };
    // What a test suite makes wrong, it makes wrong on purpose.
    let cap = if cx.one("source.tests").is_some() { Severity::Note } else { cap };
    let confidence = if matches!(hit.mark, Mark::D | Mark::O) { rule.confidence } else { Confidence::Likely };
    let mut labels = vec![Label { place: hit.at, text: fill(&rule.label, cx, hit), path: hit.path.clone() }];
    labels.extend(hit.related.iter().map(|(place, text)| Label {
        place: *place,
        text: vec![Word::Text(text.clone())],
        path: None,
    }));
    let help = match (&hit.help, &rule.help) {
        (Some(help), _) => Some(vec![Word::Text(Cow::Owned(help.clone()))]),
        (None, Some(help)) => Some(fill(help, cx, hit)),
        (None, None) => None,
    };
    let fix = fix(rule, cx, hit);
    let strict = rule.strict.filter(|_| cx.one("options.strict").is_some());
    Finding {
        rule: rule.id.clone(),
        severity: strict.unwrap_or(rule.severity).min(cap).min(hit.level),
        confidence,
        message: fill(&rule.message, cx, hit),
        help,
        why: rule.why.clone(),
        basis: basis(rule, cx, hit),
        labels,
        // Where the text can be edited, the edit says it all.
        code: if fix.is_none() { code(rule, cx, hit) } else { None },
        fix,
        repair: rule.repair.as_deref().and_then(|template| repair(template, cx, hit)),
        subject: cx.subject,
        platform: hit
            .platform
            .clone()
            .map(Cow::Owned)
            .or_else(|| cx.text("platform.id").map(|id| Cow::Owned(id.to_owned()))),
        hidden: Vec::new(),
    }
}

/// The documents that say so: that of the contract's row first, if there is one.
fn basis(rule: &Rule, cx: &Context, hit: &Hit) -> Vec<Cow<'static, str>> {
    let of_claim = || hit.path.as_ref().and_then(|path| checks::claim_document(cx, path)).map(str::to_owned);
    let of_contract = hit.basis.clone().or_else(of_claim).map(Cow::Owned);
    of_contract.into_iter().chain(rule.basis.iter().cloned()).collect()
}

/// The code that does it right: as the contract's row has it that the finding is about, as the rule has it, or as the
/// contract has it for the claim.
fn code(rule: &Rule, cx: &Context, hit: &Hit) -> Option<Code> {
    let of_claim = || hit.path.as_ref().and_then(|path| checks::claim_code(cx, path)).cloned();
    hit.code.clone().or_else(|| rule.code.clone()).or_else(of_claim)
}

/// Fills a template: the variables of the hit first, then facts.
fn fill(text: &str, cx: &Context, hit: &Hit) -> Words {
    let mut words = Words::new();
    for part in template(text).unwrap_or_default() {
        words.push(match part {
            Part::Text(t) => Word::Text(Cow::Owned(t.to_owned())),
            Part::Hole(name, default) => variable(name, cx, hit)
                .unwrap_or_else(|| Word::Text(Cow::Owned(default.unwrap_or_default().to_owned()))),
        });
    }
    words
}

fn variable(name: &str, cx: &Context, hit: &Hit) -> Option<Word> {
    if let Some((_, word)) = hit.variables.iter().find(|(n, _)| *n == name) {
        return Some(match word {
            Word::Value { text, secret: false } if matches!(name, "claim" | "parameter") => name_word(text),
            other => other.clone(),
        });
    }
    match name {
        "value" => return hit.value.clone(),
        "name" => {
            let path = hit.path.as_ref();
            return path.map(|p| name_word(p.segments().filter(|s| *s != "*").last().unwrap_or("")));
        }
        _ => {}
    }
    let (path, aspect) = Path::parse(name).ok()?.aspect();
    let fact = cx.facts.one(cx.subject, path.as_str())?;
    let text = fact.value.text();
    let measured = match aspect {
        None => return Some(value_word(fact)),
        Some("type") => type_words(fact.value.type_name()),
        Some("length") => text?.chars().count().to_string(),
        Some("bytes") => text?.len().to_string(),
        Some(_) => cx.facts.all(cx.subject, path.as_str()).count().to_string(),
    };
    Some(Word::Value { text: measured, secret: false })
}

/// Names of claims and parameters that the standards define.
const STANDARD_NAMES: &[&str] = &[
    "access_token",
    "alg",
    "assertion",
    "aud",
    "auth_time",
    "azp",
    "client_assertion",
    "client_id",
    "client_secret",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "exp",
    "expires_in",
    "grant_type",
    "iat",
    "id_token",
    "iss",
    "jti",
    "kid",
    "nbf",
    "nonce",
    "password",
    "prompt",
    "redirect_uri",
    "refresh_token",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "sub",
    "token_type",
    "typ",
    "username",
];

/// The name of a claim or a parameter: a word of the standards, or one of the input.
fn name_word(name: &str) -> Word {
    match STANDARD_NAMES.iter().find(|n| **n == name) {
        Some(name) => Word::Text(Cow::Borrowed(name)),
        None => Word::Value { text: name.to_owned(), secret: false },
    }
}

/// The edits of a fix, or none where the given text cannot be edited.
fn fix(rule: &Rule, cx: &Context, hit: &Hit) -> Option<Fix> {
    let fix = rule.fix.as_ref()?;
    let place = |path: &Path| {
        let here = hit.path.as_ref() == Some(path);
        let at = if here { Some(hit.at) } else { cx.facts.one(cx.subject, path.as_str()).map(|f| f.place) };
        at.and_then(|at| cx.sources.editable(at))
    };
    let edit = |place: Place, text: &str| {
        let words = fill(text, cx, hit);
        let secret = words.iter().any(|w| matches!(w, Word::Value { secret: true, .. }));
        Edit { place, text: plain(&words), secret }
    };
    let edits = match &fix.change {
        Change::Before(at, text) => vec![edit(place(at)?.start(), text)],
        Change::After(at, text) => vec![edit(place(at)?.end(), text)],
        Change::Replace(at, text) => vec![edit(place(at)?, text)],
        Change::Delete(at) => vec![Edit { place: place(at)?, text: String::new(), secret: false }],
        Change::By(name) => (checks::find_fixer(name)?.run)(cx, hit),
    };
    (!edits.is_empty()).then(|| Fix { title: plain(&fill(&fix.title, cx, hit)), safe: fix.safe, edits })
}

/// The JSON that a template of [`Rule::repair`] makes: within quotes a string, else a number, `true`, a list. None where a
/// variable has no value.
fn repair(text: &str, cx: &Context, hit: &Hit) -> Option<String> {
    let inside = text.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
    let parts = template(inside.unwrap_or(text)).ok()?;
    let known = |part: &Part| match part {
        Part::Hole(name, default) => default.is_some() || variable(name, cx, hit).is_some(),
        Part::Text(_) => true,
    };
    if !parts.iter().all(known) {
        return None;
    }
    // A list has no text to put quotes around.
    let fact = hit.path.as_ref().and_then(|path| cx.facts.one(cx.subject, path.as_str()));
    let has_value = parts.iter().any(|part| matches!(part, Part::Hole("value", _)));
    if inside.is_some()
        && has_value
        && fact.is_some_and(|f| matches!(f.value, Value::Array | Value::Object | Value::Null))
    {
        return None;
    }
    let filled = plain(&fill(inside.unwrap_or(text), cx, hit));
    match inside {
        Some(_) => serde_json::to_string(&filled).ok(),
        None => json::read(&filled, &[]).is_valid().then_some(filled),
    }
}

/// The words as they are: for text that goes into the given source, never for showing.
pub(super) fn plain(words: &[Word]) -> String {
    words
        .iter()
        .map(|word| match word {
            Word::Text(text) => text.as_ref(),
            Word::Value { text, .. } => text.as_str(),
        })
        .collect()
}
