//! Findings: what the rules found, as data. Nothing here formats or judges.

use std::borrow::Cow;

use crate::facts::{Facts, Path, SubjectId, Value};
use crate::source::{Place, Sources, Span};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing will fail.
    Note,
    /// May be rejected, or should not be done.
    Warning,
    /// Will be rejected, or is exploitable.
    Error,
}

impl Severity {
    /// `error`, `warning` or `note`.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// How sure a rule is when it fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A narrow heuristic.
    Likely,
    /// The bytes prove it.
    Certain,
}

impl Confidence {
    /// `certain` or `likely`.
    pub fn name(self) -> &'static str {
        match self {
            Confidence::Likely => "likely",
            Confidence::Certain => "certain",
        }
    }
}

/// A piece of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// The rule's own words.
    Text(Cow<'static, str>),
    /// Something quoted from the input. `secret` values are shortened wherever they are shown.
    Value {
        /// The value.
        text: String,
        /// True if it is a credential.
        secret: bool,
    },
}

/// A sentence in pieces; [`crate::show`] joins them.
pub type Words = Vec<Word>;

/// A place with a few words about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub place: Place,
    /// At most six words.
    pub text: Words,
    /// The fact that stands there, if it is one.
    pub path: Option<Path>,
}

/// A change of bytes in given text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The bytes to replace, in a given source.
    pub place: Place,
    /// What to put there.
    pub text: String,
    /// True if `text` holds credential bytes: reports leave it out.
    pub secret: bool,
}

/// How to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does, starting with a verb.
    pub title: String,
    /// True if the meaning is certainly what was wanted.
    pub safe: bool,
    /// The changes; they do not overlap.
    pub edits: Vec<Edit>,
}

/// Lines of code that do it right, for what is signed or encoded by a program. Nothing of the input is ever in them:
/// they are there to be copied.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// Python.
    #[serde(default, deserialize_with = "line_of_code", skip_serializing_if = "Option::is_none")]
    pub python: Option<Cow<'static, str>>,
    /// JavaScript.
    #[serde(default, deserialize_with = "line_of_code", skip_serializing_if = "Option::is_none")]
    pub javascript: Option<Cow<'static, str>>,
}

fn line_of_code<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Cow<'static, str>>, D::Error> {
    let line = <String as serde::Deserialize>::deserialize(deserializer)?;
    if line.trim().is_empty() || line.contains(char::is_control) {
        return Err(serde::de::Error::custom("code is one line"));
    }
    Ok(Some(Cow::Owned(line)))
}

impl Code {
    /// With each line made fit to be shown.
    pub fn shown(&self, show: impl Fn(&str) -> String) -> Self {
        let line = |line: &Option<Cow<str>>| line.as_deref().map(|line| Cow::Owned(show(line)));
        Self { python: line(&self.python), javascript: line(&self.javascript) }
    }

    /// Each language with its line.
    pub fn lines(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let lines = [("python", &self.python), ("javascript", &self.javascript)];
        lines.into_iter().filter_map(|(language, line)| Some((language, line.as_deref()?)))
    }
}

/// What a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's id, such as `time/milliseconds`.
    pub rule: Cow<'static, str>,
    /// How bad it is, after the user's levels.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// What is there: lower case, no full stop.
    pub message: Words,
    /// What to do, starting with a verb.
    pub help: Option<Words>,
    /// Why it matters, in the rule's words.
    pub why: Cow<'static, str>,
    /// The documents that say so, the most specific first; never empty.
    pub basis: Vec<Cow<'static, str>>,
    /// Where; the first is the primary one. Never empty.
    pub labels: Vec<Label>,
    /// How to mend it, if the given text can be edited.
    pub fix: Option<Fix>,
    /// The code to write where the bytes cannot be edited.
    pub code: Option<Code>,
    /// What the claim or JOSE header parameter at the primary label should be, for a token that is signed anew: JSON.
    pub repair: Option<String>,
    /// The subject it is about.
    pub subject: SubjectId,
    /// The platform whose contract says so.
    pub platform: Option<Cow<'static, str>>,
    /// Ids of the rules whose findings this one explains, and hides.
    pub hidden: Vec<Cow<'static, str>>,
}

/// Everything that was found in one given source, ready to be shown.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// All sources, given and decoded.
    pub sources: Sources,
    /// All facts.
    pub facts: Facts,
    /// The findings in the order to show, root causes first.
    pub findings: Vec<Finding>,
    /// What could not be checked for want of something the user can give.
    pub not_checked: Vec<NotChecked>,
    /// How many rules ran.
    pub rules_run: usize,
    /// How many things were recognised that are worth counting, such as requests and credentials.
    pub things: usize,
    /// How many findings the user's `ignore`, `allow` and baseline took away.
    pub suppressed: usize,
    /// How many more findings there are of rules that have too many of them here.
    pub left_out: usize,
    /// The entries of [`crate::settle::Selection::allow`] for which something was found, by their numbers.
    pub allowed: Vec<usize>,
    /// Fingerprints of the findings that the baseline took away.
    pub known: Vec<String>,
}

/// What is known of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureState {
    /// It verifies under a given key.
    Verified,
    /// Keys were given, and it verifies under none as it should.
    Failed,
    /// It was not verified.
    NotChecked,
}

impl SignatureState {
    /// `verified`, `failed` or `not checked`.
    pub fn name(self) -> &'static str {
        match self {
            SignatureState::Verified => "verified",
            SignatureState::Failed => "failed",
            SignatureState::NotChecked => "not checked",
        }
    }
}

impl Report {
    /// Every token with a signature, and what is known of that.
    pub fn signatures(&self) -> impl Iterator<Item = (SubjectId, SignatureState)> {
        self.facts.subjects().filter_map(|(id, subject)| {
            let state = match subject.of_path("signature.verified").next().map(|f| &f.value) {
                Some(Value::Bool(true)) => SignatureState::Verified,
                Some(_) => SignatureState::Failed,
                None => SignatureState::NotChecked,
            };
            subject.of_path("jwt.signature").next().map(|_| (id, state))
        })
    }
}

/// Something that could not be checked, and the option that would allow it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotChecked {
    /// What, as a noun: `signature`.
    pub what: Cow<'static, str>,
    /// The option to give: `--key`.
    pub needs: Cow<'static, str>,
}

/// Work that could not be done: an input that cannot be read, a broken rule file or configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trouble {
    /// What happened: lower case, no full stop.
    pub message: String,
    /// What to do, starting with a verb.
    pub help: Option<String>,
    /// Name of the file, as a [`crate::source::Source`] is named.
    pub source: Option<String>,
    /// The whole text of the file, if an excerpt of it helps (a rule file, the configuration).
    pub text: Option<String>,
    /// Where in that text.
    pub span: Option<Span>,
}
