//! The kinds of credential of a platform: how each looks, how it is sent, and what the JWTs among them must hold.

use serde::Deserialize;

use super::written::table;
use super::{Mark, Need, Table};
use crate::finding::Code;
use crate::rule::{List, Pattern, Str};

/// A kind of credential.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Credential {
    /// Its id within the platform.
    pub id: Str,
    /// Its name for people, as it stands after "a LiveChat …".
    pub title: Str,
    /// The auth-schemes it is sent with, `""` for none: it stands alone in the Authorization header. An empty list: it is
    /// never sent in that header.
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
    /// Claims of the JWT that list the scopes it was granted: text with blanks between, or an array.
    #[serde(default)]
    pub scope_claims: List<Str>,
    /// Who may see it.
    pub exposure: Exposure,
    /// True if it is made to be sent to the APIs of others, as the tokens of an identity provider are.
    #[serde(default)]
    pub federated: bool,
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

/// Who may see a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exposure {
    /// `secret`: servers only.
    Secret,
    /// `public`: everybody.
    Public,
    /// `short-lived`: whom it was issued to, until it ends.
    ShortLived,
}

impl Exposure {
    /// As it is written in a contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Public => "public",
            Self::ShortLived => "short-lived",
        }
    }
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
    /// It is a JWT with these JOSE header parameters: patterns of their values.
    #[serde(default, deserialize_with = "table")]
    pub header: Table<Pattern>,
    /// It is sent to one of these APIs (ids), which tell it from what looks like it.
    #[serde(default)]
    pub at: List<Str>,
    /// Or it looks like one of these.
    #[serde(default)]
    pub or: List<Shape>,
    /// The shape is common elsewhere too: it counts only at the platform's own hosts or with `--platform`.
    #[serde(default)]
    pub weak: bool,
}

impl Shape {
    /// True if the text of the value tells; if not, the JWT that it is may.
    pub fn is_of_text(&self) -> bool {
        !self.prefix.is_empty() || self.matches.is_some() || !self.length.is_empty() || self.decodes_to.is_some()
    }
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
    /// What is asked of JOSE header parameters. (`with` and `without` name claims, here as well.)
    #[serde(default, deserialize_with = "table")]
    pub header: Table<Need>,
    /// What is asked of claims; `video.room` is a member of the claim `video`.
    #[serde(default, deserialize_with = "table")]
    pub claims: Table<Need>,
    /// The longest time for which the platform takes it, in seconds.
    pub lifetime: Option<i64>,
    /// How well that is documented, if not as well as the row.
    pub lifetime_mark: Option<Mark>,
    /// The shortest time from `iat` to `exp` that the platform takes, in seconds.
    pub min_lifetime: Option<i64>,
    /// For how long after `iat` the platform takes it, in seconds, where `exp` does not say it.
    pub max_age: Option<i64>,
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
