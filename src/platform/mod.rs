//! A platform contract as written in `rules/platforms/<id>.toml`, parsed strictly.
//!
//! A contract says as data what a platform documents: hosts and APIs, credentials and how they are sent, the JWTs its
//! users mint, OAuth endpoints and parameters, scopes, errors. Generic rules (`platform/…`) compare facts with it, so
//! that a new platform is one new file and no Rust. Every row leads to the document that says so: its own `basis`, or
//! that of the row it stands in.

mod api;
mod credential;
mod lookup;
mod oauth;
mod url;
mod written;

use serde::Deserialize;

use crate::finding::Severity;
use crate::rule::{Example, List, Pattern, Str};

pub use api::{Api, JsonType, Need, Needs, Never, Operation};
pub use credential::{Credential, Exposure, Issued, JwtProfile, Mistake, Shape};
pub use lookup::{Contracts, Lookup};
pub use oauth::{Endpoint, Grant, OAuth, Redirect, Scope};
pub use url::{Bound, UNKNOWN, UrlPattern, path_matches};
pub use written::{parse, parse_errors};

/// Named rows in the order of their names.
pub type Table<T> = List<(Str, T)>;

/// How well a fact is documented, and so how severe its findings may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Default)]
pub enum Mark {
    /// The platform's own document: as the rule states.
    #[default]
    D,
    /// The platform's official machine source (SDK, OpenAPI): as the rule states.
    O,
    /// A third party, or inferred: at most a warning.
    T,
    /// From memory: a note.
    M,
}

/// One API provider's contract.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Platform {
    /// The file's name without `.toml`.
    #[serde(skip)]
    pub id: Str,
    /// Its name for people.
    pub title: Str,
    /// Where its documents on authorization begin; the basis of rows that have none.
    pub docs: Str,
    /// Generic rules that do not apply here, because the platform does documented things its own way.
    #[serde(default)]
    pub silences: List<Str>,
    /// Its APIs.
    #[serde(default, rename = "api")]
    pub apis: List<Api>,
    /// Its credentials.
    #[serde(default, rename = "credential")]
    pub credentials: List<Credential>,
    /// The JWTs that its users mint themselves.
    #[serde(default, rename = "jwt")]
    pub jwts: List<JwtProfile>,
    /// Its OAuth endpoints.
    pub oauth: Option<OAuth>,
    /// The scopes it knows; empty if they are not listed anywhere.
    #[serde(default, rename = "scope")]
    pub scopes: List<Scope>,
    /// Versions of its APIs, which URL patterns bind as `{version}`.
    #[serde(default, rename = "version")]
    pub versions: List<Version>,
    /// What its servers answer.
    #[serde(default, rename = "error")]
    pub errors: List<ErrorRow>,
    /// Values that its documents use as examples.
    #[serde(default, rename = "sample")]
    pub samples: List<Sample>,
}

/// Versions of the platform's APIs that are in the same state.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Version {
    /// Pattern of the versions.
    pub matches: Pattern,
    /// As it stands after "version 3.4 is …": `deprecated`.
    pub state: Str,
    /// True if calls with it fail.
    #[serde(default)]
    pub gone: bool,
    /// At most this severe.
    pub level: Option<Severity>,
    /// What to do, starting with a verb.
    pub help: Str,
    /// The document.
    pub basis: Str,
}

/// What a server answers, and why.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ErrorRow {
    /// The message, or words of it; a code, as it stands.
    pub says: Str,
    /// The HTTP status of such an answer, if it is not one of errors: some servers say 200 and mean no.
    pub status: Option<i64>,
    /// True for a code: then all of it is meant, not words within a message.
    #[serde(default)]
    pub code: bool,
    /// What the server means by it.
    pub means: Option<Str>,
    /// Rules that find its causes, the most frequent first.
    pub causes: List<Str>,
    /// What to do, starting with a verb.
    pub help: Str,
    /// The document.
    pub basis: Str,
    /// How well it is documented.
    #[serde(default)]
    pub mark: Mark,
}

/// Errors that belong to no single platform, as written in `rules/errors/<id>.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorFile {
    /// The name of the file.
    #[serde(skip)]
    pub id: Str,
    /// Whose errors they are.
    pub title: Str,
    /// The errors.
    #[serde(rename = "error")]
    pub errors: List<ErrorRow>,
}

/// A value that the documents use as an example.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sample {
    /// Pattern of the whole value.
    pub matches: Pattern,
    /// What it stands for: `access token`.
    pub title: Str,
    /// The document.
    pub basis: Option<Str>,
    /// How sure it is that the value works nowhere.
    #[serde(default)]
    pub mark: Mark,
}

/// A platform file: the contract and its examples.
#[derive(Debug, Clone)]
pub struct PlatformFile {
    /// The contract.
    pub platform: Platform,
    /// What must be found; each names the rule.
    pub bad: Vec<Example>,
    /// What must be left alone.
    pub good: Vec<Example>,
}

/// True if a message holds these words, without regard to case. A number in them is all of one: AADSTS50011 is not
/// AADSTS500112.
pub fn says(message: &str, words: &str) -> bool {
    says_in_lower_case(&message.to_lowercase(), &words.to_lowercase())
}

/// As [`says`], of a message and words that are in lower case already: where each is asked about often.
pub fn says_in_lower_case(message: &str, words: &str) -> bool {
    let ends_in_digit = words.ends_with(|c: char| c.is_ascii_digit());
    let is_sentence = words.contains(' ') && words.starts_with(char::is_alphanumeric);
    message.match_indices(words).any(|(at, _)| {
        let rest = message.get(at + words.len()..).unwrap_or_default();
        let goes_on = ends_in_digit && rest.starts_with(|c: char| c.is_ascii_digit());
        // `fraud mismatch` does not speak of `aud`.
        let is_cut = is_sentence && message.get(..at).is_some_and(|before| before.ends_with(char::is_alphanumeric));
        !goes_on && !is_cut
    })
}

impl Platform {
    /// The URL patterns of its APIs and OAuth endpoints, and those that are taken for them.
    pub fn urls(&self) -> impl Iterator<Item = &Str> {
        let endpoints = self.oauth.iter().flat_map(|oauth| oauth.endpoints.iter());
        let of_endpoints = endpoints.flat_map(|endpoint| endpoint.urls.iter().chain(endpoint.mistaken.iter()));
        self.apis.iter().flat_map(|api| api.urls.iter()).chain(of_endpoints)
    }

    /// True if a name in lower case, with `_` for `-`, speaks of the platform.
    pub fn is_named_in(&self, label: &str) -> bool {
        if self.id.contains('-') {
            label.contains(&self.id.replace('-', "_"))
        } else {
            label.contains(self.id.as_ref())
        }
    }

    /// The credential with this id.
    pub fn credential(&self, id: &str) -> Option<&Credential> {
        self.credentials.iter().find(|c| c.id == id)
    }

    /// True if one of its credentials is sent in the header or parameter of this name, in lower case.
    pub fn carries(&self, name: &str) -> bool {
        self.credentials.iter().any(|c| c.carrier.iter().any(|carrier| carrier == name))
    }

    /// The profile of the JWT that is the credential with this id.
    pub fn jwt(&self, id: &str) -> Option<&JwtProfile> {
        self.jwts.iter().find(|j| j.id == id)
    }
}
