//! A platform contract as written in `rules/platforms/<id>.toml`, parsed strictly.
//!
//! A contract says as data what a platform documents: hosts and APIs, credentials and how they are sent, the JWTs its
//! users mint, OAuth endpoints and parameters, scopes, errors. Generic rules (`platform/…`) compare facts with it, so
//! that a new platform is one new file and no Rust. Every row leads to the document that says so: its own `basis`, or
//! that of the row it stands in.

mod oauth;
mod written;

use serde::Deserialize;

use crate::finding::{Code, Severity};
use crate::rule::{Example, List, Pattern, Str};
use written::table;

pub use oauth::{Endpoint, Grant, OAuth, Scope};
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

/// A family of URLs that accept the same credentials.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Api {
    /// Its id within the platform.
    pub id: Str,
    /// Its name for people.
    pub title: Str,
    /// URL patterns: `https://host/path`, where `{name}` stands for one segment or part of one, `*` for one segment,
    /// `**` for any rest. The pattern with most literal segments wins.
    pub urls: List<Str>,
    /// Ids of the credentials it accepts. Empty: not known, nothing is said.
    #[serde(default)]
    pub accepts: List<Str>,
    /// Its HTTP methods; empty: not known. Operations with `only` have their own.
    #[serde(default)]
    pub method: List<Str>,
    /// True if it can be called without any credential.
    #[serde(default)]
    pub open: bool,
    /// Credentials that are often sent here by mistake, with the words for it.
    #[serde(default)]
    pub never: List<Never>,
    /// What every request needs.
    #[serde(default)]
    pub needs: Needs,
    /// Rows for single operations; they overrule the API's.
    #[serde(default, rename = "operation")]
    pub operations: List<Operation>,
    /// Generic rules that do not apply here.
    #[serde(default)]
    pub silences: List<Str>,
    /// The document.
    pub basis: Str,
    /// How well it is documented.
    #[serde(default)]
    pub mark: Mark,
}

/// A credential that an API does not accept.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Never {
    /// Its id; of another platform as `platform:id`.
    pub credential: Str,
    /// What to do, starting with a verb.
    pub help: Str,
    /// The document, if not the API's.
    pub basis: Option<Str>,
    /// How well it is documented.
    #[serde(default)]
    pub mark: Mark,
}

/// One operation of an API, or several alike. All rows that fit a request hold, the later overruling the earlier.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Operation {
    /// Path patterns; `…/x` stands for any beginning.
    pub path: List<Str>,
    /// The HTTP methods of this row; empty: whatever the method. With `only`, any other method is a finding.
    #[serde(default)]
    pub method: List<Str>,
    /// True if `method` lists all methods that the operation has.
    #[serde(default)]
    pub only: bool,
    /// Ids of the credentials it accepts, if other than the API's.
    #[serde(default)]
    pub accepts: List<Str>,
    /// True if it can be called without any credential.
    #[serde(default)]
    pub open: bool,
    /// Credentials that are often sent here by mistake, with the words for it.
    #[serde(default)]
    pub never: List<Never>,
    /// What the request needs.
    #[serde(default)]
    pub needs: Needs,
    /// What to do, starting with a verb.
    pub help: Option<Str>,
    /// The document, if not the API's.
    pub basis: Option<Str>,
    /// How well it is documented.
    #[serde(default)]
    pub mark: Mark,
}

/// What a request needs.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Needs {
    /// Query parameters.
    #[serde(default, deserialize_with = "table")]
    pub query: Table<Need>,
    /// Headers, names in lower case.
    #[serde(default, deserialize_with = "table")]
    pub header: Table<Need>,
    /// Members of the JSON body or parameters of the form body.
    #[serde(default, deserialize_with = "table")]
    pub body: Table<Need>,
    /// Scopes, one of which the credential must have.
    #[serde(default)]
    pub scope: List<Str>,
}

/// What is asked of one parameter, header, member or claim.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Need {
    /// It must be there.
    #[serde(default)]
    pub required: bool,
    /// It must not be there.
    #[serde(default)]
    pub never: bool,
    /// The row holds only with this kind of credential.
    pub when: Option<Str>,
    /// The row holds only with this other parameter: `name`, `name=value`, `header:name`, or `url:name` for a variable of
    /// the URL pattern.
    pub with: Option<Str>,
    /// The row holds only without this other parameter, named as in `with`.
    pub without: Option<Str>,
    /// The row holds only for this type of client, if the user says of which type it is: `server` or `web`.
    pub client_type: Option<Str>,
    /// The row holds only for versions, bound as `{version}` in the URL pattern, that match this.
    pub version: Option<Pattern>,
    /// Its JSON type: `string`, `number`, `boolean`, `array`, `object`.
    #[serde(rename = "type")]
    pub kind: Option<Str>,
    /// Its values.
    #[serde(default, rename = "in")]
    pub one_of: List<Str>,
    /// Pattern of the whole value.
    pub matches: Option<Pattern>,
    /// The value's shape in words, to go with `matches`: `a uuid`.
    pub shape: Option<Str>,
    /// How well the value's shape is documented, if not as well as the row.
    pub shape_mark: Option<Mark>,
    /// The value to write instead of a wrong one, if it is always the same.
    pub write: Option<Str>,
    /// At most this severe.
    pub level: Option<Severity>,
    /// Greatest length in characters.
    pub max_length: Option<usize>,
    /// Smallest length in characters.
    pub min_length: Option<usize>,
    /// It must equal each of these facts that is known (variables of the URL pattern are `operation.<name>`).
    #[serde(default)]
    pub same_as: List<Str>,
    /// Names under which it is often sent by mistake.
    #[serde(default)]
    pub mistaken: List<Str>,
    /// What to do, starting with a verb.
    pub help: Option<Str>,
    /// Lines of code that do it right.
    pub code: Option<Code>,
    /// The document, if not that of the row it stands in.
    pub basis: Option<Str>,
    /// How well it is documented.
    #[serde(default)]
    pub mark: Mark,
}

/// A kind of credential.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Credential {
    /// Its id within the platform.
    pub id: Str,
    /// Its name for people, as it stands after "a LiveChat …".
    pub title: Str,
    /// The auth-schemes it is sent with; empty: it is never sent in an Authorization header.
    #[serde(default)]
    pub scheme: List<Str>,
    /// The header or parameter that carries it, if not `authorization`; in lower case.
    #[serde(default)]
    pub carrier: List<Str>,
    /// How the value after the scheme is made, if not the credential itself: `base64(account_id:PAT)`.
    pub recipe: Option<Str>,
    /// How to tell it by its text.
    #[serde(default)]
    pub shape: Shape,
    /// It is one of these, and its text does not say which.
    #[serde(default)]
    pub either: List<Str>,
    /// Ways in which it is often put together wrongly; the first that fits is meant.
    #[serde(default, rename = "mistake")]
    pub mistakes: List<Mistake>,
    /// Names of variables, fields and labels that hold it: patterns, compared in lower case with `-` and ` ` as `_`.
    #[serde(default)]
    pub names: List<Pattern>,
    /// The token response that issues it.
    pub issued: Option<Issued>,
    /// `secret`, `public` or `short-lived`: who may see it.
    pub exposure: Str,
    /// Where it comes from, and what to do when it is the wrong one, starting with a verb.
    pub help: Option<Str>,
    /// The document.
    pub basis: Str,
    /// How well it is documented.
    #[serde(default)]
    pub mark: Mark,
}

/// A way in which a credential is often put together wrongly. Of the patterns, those that are given must hold; without
/// any, the row fits whatever has not the credential's shape.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Mistake {
    /// Pattern of the whole value as sent.
    pub matches: Option<Pattern>,
    /// It is base64 of text that matches this.
    pub decodes_to: Option<Pattern>,
    /// It is base64 of base64 of text that matches this.
    pub decodes_twice_to: Option<Pattern>,
    /// True if the row is enough to tell that it is this credential.
    #[serde(default)]
    pub tells: bool,
    /// True if it is a mistake although the value has the credential's shape.
    #[serde(default)]
    pub shaped: bool,
    /// Ids of the only APIs at which it is a mistake; empty: at all.
    #[serde(default)]
    pub at: List<Str>,
    /// Ids of the APIs at which it is none.
    #[serde(default)]
    pub not_at: List<Str>,
    /// What is there, as it stands after "the value is …".
    pub is: Str,
    /// What to do, starting with a verb.
    pub help: Str,
    /// Lines of code that do it right.
    pub code: Option<Code>,
    /// The document, if not the credential's.
    pub basis: Option<Str>,
    /// How well it is documented.
    #[serde(default)]
    pub mark: Mark,
}

/// How to tell a credential by the token response that carries it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Issued {
    /// The member that holds it: `access_token`.
    pub member: Str,
    /// Members that such a response has.
    #[serde(default)]
    pub has: List<Str>,
    /// Members that it lacks.
    #[serde(default)]
    pub lacks: List<Str>,
}

/// How to tell a credential by its text. All that is given must hold; nothing given: it cannot be told.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Shape {
    /// It begins with one of these.
    #[serde(default)]
    pub prefix: List<Str>,
    /// Pattern of the whole value.
    pub matches: Option<Pattern>,
    /// Length in characters: one of these.
    #[serde(default)]
    pub length: List<usize>,
    /// It is base64 of text that matches this.
    pub decodes_to: Option<Pattern>,
    /// It is a JWT with these claims: patterns of their values, `.*` for any.
    #[serde(default, deserialize_with = "table")]
    pub claims: Table<Pattern>,
    /// It is a JWT without these claims.
    #[serde(default)]
    pub lacks: List<Str>,
    /// The shape is common elsewhere too: it counts only at the platform's own hosts or with `--platform`.
    #[serde(default)]
    pub weak: bool,
}

/// A JWT whose claims the platform documents. Where `key` says what signs it, its users mint it themselves.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct JwtProfile {
    /// The id of the credential that it is.
    pub id: Str,
    /// A JWT at the platform's own hosts, or with `--platform`, that is no other credential, is this one.
    #[serde(default)]
    pub default: bool,
    /// Its `alg`: one of these.
    #[serde(default)]
    pub alg: List<Str>,
    /// What is asked of JOSE header parameters.
    #[serde(default, deserialize_with = "table")]
    pub header: Table<Need>,
    /// What is asked of claims.
    #[serde(default, deserialize_with = "table")]
    pub claims: Table<Need>,
    /// The longest time for which the platform takes it, in seconds.
    pub lifetime: Option<i64>,
    /// How well that is documented, if not as well as the row.
    pub lifetime_mark: Option<Mark>,
    /// What signs it, in words: `the Client Secret`.
    pub key: Option<Str>,
    /// Lines of code that sign it.
    pub code: Option<Code>,
    /// Generic rules that do not apply to it.
    #[serde(default)]
    pub silences: List<Str>,
    /// The document.
    pub basis: Str,
    /// How well it is documented.
    #[serde(default)]
    pub mark: Mark,
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
    let (message, words) = (message.to_lowercase(), words.to_lowercase());
    let ends_in_digit = words.ends_with(|c: char| c.is_ascii_digit());
    message.match_indices(&words).any(|(at, _)| {
        let rest = message.get(at + words.len()..).unwrap_or_default();
        !(ends_in_digit && rest.starts_with(|c: char| c.is_ascii_digit()))
    })
}

impl Platform {
    /// The credential with this id.
    pub fn credential(&self, id: &str) -> Option<&Credential> {
        self.credentials.iter().find(|c| c.id == id)
    }

    /// The profile of the JWT that is the credential with this id.
    pub fn jwt(&self, id: &str) -> Option<&JwtProfile> {
        self.jwts.iter().find(|j| j.id == id)
    }
}
