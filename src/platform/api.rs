//! An API of a platform: where it is, what it accepts, and what its requests need.

use serde::Deserialize;

use super::written::table;
use super::{Mark, Table};
use crate::facts::Value;
use crate::finding::{Code, Severity};
use crate::rule::{List, Pattern, Str};

/// A family of URLs that accept the same credentials.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Api {
    /// Its id within the platform.
    pub id: Str,
    /// Its name for people.
    pub title: Str,
    /// URL patterns: `https://host/path`, where `{name}` stands for one segment or part of one, `*` for one segment,
    /// `**` for any rest; in the host one `*` for anything, or one `{name}` for a label or part of one. The pattern with
    /// most literal segments wins.
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
    /// Ids of the credentials that it may hold.
    #[serde(default)]
    pub credential: List<Str>,
    /// It must not be there.
    #[serde(default)]
    pub never: bool,
    /// The row holds only with this kind of credential.
    pub when: Option<Str>,
    /// The row holds only with this other parameter: `name`, `name=value`, `header:name`, or `url:name` for a variable of
    /// the URL pattern. In a JWT it is another claim: `name`, `name=value`.
    pub with: Option<Str>,
    /// The row holds only without this other parameter, named as in `with`.
    pub without: Option<Str>,
    /// The row holds only for this type of client, if the user says of which type it is: `server` or `web`.
    pub client_type: Option<Str>,
    /// The row holds only for versions, bound as `{version}` in the URL pattern, that match this.
    pub version: Option<Pattern>,
    /// Its JSON type.
    #[serde(rename = "type")]
    pub kind: Option<JsonType>,
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
    /// It must equal each of these facts that is known: `jwt.claims.iss`, `request.param.client_id`, a variable of the
    /// URL pattern as `operation.<name>`; or a text with facts, `https://{operation.tenant}.example.com/`.
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

/// The type that a JSON value must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JsonType {
    /// `string`.
    String,
    /// `number`.
    Number,
    /// `integer`: a number without fraction and exponent.
    Integer,
    /// `boolean`.
    Boolean,
    /// `array`.
    Array,
    /// `object`.
    Object,
}

impl JsonType {
    /// As it is written in a contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Array => "array",
            Self::Object => "object",
        }
    }

    /// True if the value is of this type.
    pub fn is_of(self, value: &Value) -> bool {
        match self {
            Self::Integer => matches!(value, Value::Int(_)),
            _ => self.name() == value.type_name(),
        }
    }
}
