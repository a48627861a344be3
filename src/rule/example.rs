//! The examples in rule and platform files: they are documentation, and the tests run them.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::source::Span;

/// An example in a rule or platform file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Example {
    /// Where it stands in the file.
    #[serde(skip)]
    pub span: Option<Span>,
    /// The text; `@{jwt}` is the token of `header` and `claims`, `@{fill:36}` are 36 random-looking characters.
    pub input: Option<String>,
    /// Instead of `input`: bytes in hexadecimal.
    pub hex: Option<String>,
    /// JOSE header, as JSON text.
    pub header: Option<String>,
    /// Claims, as JSON text.
    pub claims: Option<String>,
    /// What signs the token: the name of a test key (`p256`), or a shared secret.
    pub signed: Option<String>,
    /// `--key`: what the file holds; one or several.
    pub key: Option<OneOrMany>,
    /// Seconds since 1970, or `false` for no clock.
    pub now: Option<Now>,
    /// `--expect`.
    #[serde(default)]
    pub expect: BTreeMap<String, OneOrMany>,
    /// `--strict`.
    #[serde(default)]
    pub strict: bool,
    /// `--platform`.
    pub platform: Option<String>,
    /// `--as`.
    #[serde(rename = "as")]
    pub kind: Option<String>,
    /// Name of the source.
    pub filename: Option<String>,
    /// The text after the fix.
    pub fixed: Option<String>,
    /// Rows of the catalogue that this example proves.
    #[serde(default)]
    pub covers: Vec<String>,
    /// Other errors and warnings that rightly appear.
    #[serde(default)]
    pub also: Vec<String>,
    /// In a platform file: the rule expected first.
    pub rule: Option<String>,
    /// In a platform file or for several forms of one rule: words that the finding must contain.
    #[serde(default)]
    pub says: Vec<String>,
}

impl Example {
    /// The examples of a file, with their places.
    pub fn placed(written: Vec<Spanned<Self>>) -> Vec<Self> {
        let place = |written: Spanned<Self>| {
            let span = written.span();
            Self { span: Some(Span::new(span.start, span.end)), ..written.into_inner() }
        };
        written.into_iter().map(place).collect()
    }
}

/// The examples of a file.
#[derive(Debug, Clone)]
pub struct Examples {
    /// What must be found; each names the rule.
    pub bad: Vec<Example>,
    /// What must be left alone.
    pub good: Vec<Example>,
}

/// The clock of an example.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Now {
    /// Seconds since 1970.
    At(i64),
    /// `false`: no clock.
    Clock(bool),
}

/// One text or several.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum OneOrMany {
    /// One.
    One(String),
    /// Several: one of these.
    Many(Vec<String>),
}

impl OneOrMany {
    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        match self {
            OneOrMany::One(one) => std::slice::from_ref(one),
            OneOrMany::Many(many) => many.as_slice(),
        }
        .iter()
        .map(String::as_str)
    }
}
