//! Named predicates: the judgements that a rule file cannot state with tests on facts.
//!
//! A predicate looks at one subject through a [`Context`] and returns a [`Hit`] for each mistake it is sure of. It has no
//! words of its own beyond the variables it offers to the rule's templates, and no severity: those are the rule's.

pub mod answer;
mod assertion;
mod aws;
mod basic;
mod body;
mod challenge;
mod claims;
mod clock;
mod code;
mod contract;
mod contract_alg;
mod contract_claims;
mod contract_times;
mod contract_credential;
mod contract_endpoint;
mod contract_foreign;
mod contract_granted;
mod contract_host;
mod contract_named;
mod contract_request;
mod contract_scope;
mod cookie;
mod dpop;
mod dpop_request;
mod expected;
mod granted;
mod header;
mod id_token;
mod introspection;
mod jose;
mod jose_content;
mod jose_header;
mod jwe;
mod jwk;
mod jwks;
mod key;
mod oauth;
mod oauth_answer;
mod oauth_error;
mod oauth_names;
mod oauth_scope;
mod parameter_value;
mod livechat;
mod metadata;
mod paste;
mod pkce;
mod profile;
mod redirect;
mod sd_jwt;
mod signature;
mod time;
mod token_request;
mod url;

pub use contract_claims::{code as claim_code, document as claim_document};

use std::borrow::Cow;

use crate::facts::{Fact, Facts, Path, SubjectId, Value};
use crate::finding::{Code, Edit, Severity, Word};
use crate::platform::{ErrorFile, Mark, Platform};
use crate::source::{Place, Sources, Span};

/// A named predicate.
pub struct Check {
    /// The name that rule files use.
    pub name: &'static str,
    /// It is asked about a subject that itself has a fact of one of these paths.
    pub about: &'static [&'static str],
    /// The variables it offers to templates.
    pub offers: &'static [&'static str],
    /// The judgement.
    pub run: fn(&Context) -> Vec<Hit>,
}

/// A named fixer: computes the edits for a hit, or none if the given text cannot be edited.
pub struct Fixer {
    /// The name that rule files use.
    pub name: &'static str,
    /// The computation.
    pub run: fn(&Context, &Hit) -> Vec<Edit>,
}

/// The groups of predicates, one a file.
const GROUPS: &[&[Check]] = &[
    answer::CHECKS,
    assertion::CHECKS,
    aws::CHECKS,
    basic::CHECKS,
    body::CHECKS,
    challenge::CHECKS,
    claims::CHECKS,
    clock::CHECKS,
    code::CHECKS,
    contract_alg::CHECKS,
    contract_claims::CHECKS,
    contract_times::CHECKS,
    contract_credential::CHECKS,
    contract_endpoint::CHECKS,
    contract_foreign::CHECKS,
    contract_granted::CHECKS,
    contract_host::CHECKS,
    contract_named::CHECKS,
    contract_request::CHECKS,
    contract_scope::CHECKS,
    cookie::CHECKS,
    dpop::CHECKS,
    dpop_request::CHECKS,
    expected::CHECKS,
    granted::CHECKS,
    header::CHECKS,
    id_token::CHECKS,
    introspection::CHECKS,
    jose::CHECKS,
    jose_content::CHECKS,
    jose_header::CHECKS,
    jwe::CHECKS,
    jwk::CHECKS,
    jwks::CHECKS,
    key::CHECKS,
    oauth::CHECKS,
    oauth_answer::CHECKS,
    oauth_error::CHECKS,
    oauth_names::CHECKS,
    oauth_scope::CHECKS,
    parameter_value::CHECKS,
    livechat::CHECKS,
    metadata::CHECKS,
    paste::CHECKS,
    pkce::CHECKS,
    profile::CHECKS,
    redirect::CHECKS,
    sd_jwt::CHECKS,
    signature::CHECKS,
    time::CHECKS,
    token_request::CHECKS,
    url::CHECKS,
];

/// The groups of fixers.
const FIXERS: &[&[Fixer]] = &[
    contract_credential::FIXERS,
    assertion::FIXERS,
    basic::FIXERS,
    cookie::FIXERS,
    contract_endpoint::FIXERS,
    contract_request::FIXERS,
    contract_scope::FIXERS,
    header::FIXERS,
    introspection::FIXERS,
    jwk::FIXERS,
    oauth::FIXERS,
    oauth_scope::FIXERS,
    parameter_value::FIXERS,
    paste::FIXERS,
    pkce::FIXERS,
    redirect::FIXERS,
    signature::FIXERS,
    token_request::FIXERS,
    url::FIXERS,
];

/// The predicate of that name.
pub fn find(name: &str) -> Option<&'static Check> {
    all().find(|c| c.name == name)
}

/// All predicates.
pub fn all() -> impl Iterator<Item = &'static Check> {
    GROUPS.iter().flat_map(|group| group.iter())
}

/// The fixer of that name.
pub fn find_fixer(name: &str) -> Option<&'static Fixer> {
    fixers().find(|f| f.name == name)
}

/// All fixers.
pub fn fixers() -> impl Iterator<Item = &'static Fixer> {
    FIXERS.iter().flat_map(|group| group.iter())
}

/// What a predicate sees.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// All facts; go through the methods below, which look outwards only.
    pub facts: &'a Facts,
    /// All texts.
    pub sources: &'a Sources,
    /// The contracts.
    pub platforms: &'a [Platform],
    /// Errors that belong to no single platform.
    pub errors: &'a [ErrorFile],
    /// The subject in question.
    pub subject: SubjectId,
}

impl<'a> Context<'a> {
    /// All facts of a path; see [`Facts::all`].
    pub fn all(&self, path: &'a str) -> impl Iterator<Item = &'a Fact> + use<'a> {
        self.facts.all(self.subject, path)
    }

    /// The first fact of a path.
    pub fn one(&self, path: &'a str) -> Option<&'a Fact> {
        self.facts.one(self.subject, path)
    }

    /// The text of the first fact of a path, unless part of it is left to somebody else.
    pub fn text(&self, path: &'a str) -> Option<&'a str> {
        self.facts.text(self.subject, path)
    }

    /// The facts of the subject itself, whatever their path.
    pub fn own(&self) -> &'a [Fact] {
        self.facts.get(self.subject).facts()
    }

    /// The whole number of the first fact of a path.
    pub fn int(&self, path: &'a str) -> Option<i128> {
        self.one(path).filter(|f| !f.hole).and_then(|f| f.value.int())
    }

    /// The time to judge by, in seconds since 1970, if there is a clock.
    pub fn now(&self) -> Option<i128> {
        self.int("clock.now")
    }

    /// Tolerated clock skew in seconds.
    pub fn leeway(&self) -> i128 {
        self.int("clock.leeway").unwrap_or(60)
    }

    /// True if the subject, or one that carries it, may have parts that stand elsewhere.
    pub fn is_open(&self) -> bool {
        self.facts.outward(self.subject).any(|id| self.facts.get(id).open)
    }

    /// The zero-width place where an absent fact would stand.
    pub fn where_missing(&self, path: &str) -> Place {
        let subject = self.facts.get(self.subject).place;
        let inside = path.rsplit_once('.').and_then(|(parent, _)| self.facts.one(self.subject, parent));
        if let Some(object) = inside {
            // Before its closing brace, if it is not cut off.
            let end = object.place.span.end;
            let closed = self.sources.text(object.place).ends_with('}');
            return Place { span: Span::empty(end - usize::from(closed)), ..object.place };
        }
        let near = match path.split('.').next() {
            Some("auth") => self.one("auth.value").map(|f| f.place.start()),
            Some("request") => self.one("request.url").map(|f| f.place),
            _ => None,
        };
        near.unwrap_or(subject.end())
    }

    /// The contract of that id.
    pub fn contract(&self, id: &str) -> Option<&'a Platform> {
        self.platforms.iter().find(|p| p.id == id)
    }

    /// The contract of the platform whose API is called.
    pub fn platform(&self) -> Option<&'a Platform> {
        self.text("platform.id").and_then(|id| self.contract(id))
    }
}

/// What a predicate found.
#[derive(Debug, Clone)]
pub struct Hit {
    /// Where.
    pub at: Place,
    /// The fact that stands there.
    pub path: Option<Path>,
    /// Its value, for `{value}`.
    pub value: Option<Word>,
    /// The variables it offers.
    pub variables: Vec<(&'static str, Word)>,
    /// Further places, each with a few words.
    pub related: Vec<(Place, Cow<'static, str>)>,
    /// The document of the contract's row, if one says so.
    pub basis: Option<String>,
    /// The contract's words for what to do.
    pub help: Option<String>,
    /// The contract's lines of code for it.
    pub code: Option<Code>,
    /// How well the contract's row is documented.
    pub mark: Mark,
    /// At most this severe, if the contract's row says so.
    pub level: Severity,
    /// The platform whose contract says so.
    pub platform: Option<String>,
}

impl Hit {
    /// Found at a fact.
    pub fn on(fact: &Fact) -> Self {
        Self { value: Some(value_word(fact)), path: Some(fact.path.clone()), ..Self::at(fact.place) }
    }

    /// Found at a place.
    pub fn at(place: Place) -> Self {
        Self {
            at: place,
            path: None,
            value: None,
            variables: Vec::new(),
            related: Vec::new(),
            basis: None,
            help: None,
            code: None,
            mark: Mark::D,
            level: Severity::Error,
            platform: None,
        }
    }

    /// With a variable that holds something of the input, or may: it is made safe wherever it is shown.
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.variables.push((name, Word::Value { text: value.to_string(), secret: false }));
        self
    }

    /// With a variable in our own words: a name that a standard gives, a date, a guess. Nothing of the input may be in it.
    pub fn told(mut self, name: &'static str, words: impl ToString) -> Self {
        self.variables.push((name, Word::Text(words.to_string().into())));
        self
    }

    /// With the value of a fact as a variable, shortened if it is a credential.
    pub fn with_fact(mut self, name: &'static str, fact: &Fact) -> Self {
        self.variables.push((name, value_word(fact)));
        self
    }

    /// As a row of a contract says it: its document, its words, its mark. `basis` is that of the row or of the row
    /// around it.
    pub fn says(mut self, platform: &Platform, basis: &str, help: Option<&str>, mark: Mark) -> Self {
        self.platform = Some(platform.id.to_string());
        self.basis = Some(basis.to_owned());
        self.help = help.map(str::to_owned);
        self.mark = self.mark.max(mark);
        self
    }

    /// At most this severe.
    pub fn at_most(mut self, level: Severity) -> Self {
        self.level = level;
        self
    }

    /// At another place.
    pub fn moved(mut self, place: Place) -> Self {
        self.at = place;
        self
    }

    /// With one more place.
    pub fn and(mut self, place: Place, text: impl Into<Cow<'static, str>>) -> Self {
        self.related.push((place, text.into()));
        self
    }
}

/// The name of a JSON type as a sentence has it: `a string`, `an array`, `null`.
pub fn type_words(type_name: &str) -> String {
    match type_name {
        "null" => "null".to_owned(),
        "array" | "object" | "integer" => format!("an {type_name}"),
        _ => format!("a {type_name}"),
    }
}

/// The value of a fact as a word, shortened if it is a credential.
pub fn value_word(fact: &Fact) -> Word {
    let text = match &fact.value {
        Value::Text(text) => text.clone(),
        other => other.to_string(),
    };
    Word::Value { text, secret: fact.path.is_secret() }
}
