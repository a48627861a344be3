//! What a contract says of OAuth: endpoints, parameters, grants and scopes.

use serde::Deserialize;

use super::written::table;
use super::{Mark, Need, Never, Table};
use crate::rule::{List, Str};

/// OAuth at this platform.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OAuth {
    /// Its endpoints.
    #[serde(rename = "endpoint")]
    pub endpoints: List<Endpoint>,
    /// What separates scopes in a list: `,` or a space.
    pub scope_separator: Str,
    /// How sure it is that the list of scopes is complete.
    #[serde(default)]
    pub scope_mark: Mark,
    /// How a redirect URI is compared with the registered one.
    pub redirect: Redirect,
    /// `token_type` values that this platform's token responses carry rightly.
    #[serde(default)]
    pub token_type: List<Str>,
    /// The document.
    pub basis: Str,
}

/// How a redirect URI is compared with the registered one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Redirect {
    /// `exact`: character by character (RFC 9700 section 2.1).
    Exact,
    /// `contains`: the registered one may be part of it.
    Contains,
}

/// An OAuth endpoint.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Endpoint {
    /// `authorize`, `token`, `customer-token`, …: names the kind of request.
    pub id: Str,
    /// Its name for people.
    pub title: Str,
    /// URL patterns as in [`Api::urls`](super::Api::urls).
    pub urls: List<Str>,
    /// URL patterns that are taken for it by mistake, or are out of date.
    #[serde(default)]
    pub mistaken: List<Str>,
    /// How sure it is that those URLs do not work.
    #[serde(default)]
    pub mistaken_mark: Mark,
    /// Its HTTP methods; `parameters` are those of the first.
    #[serde(default)]
    pub method: List<Str>,
    /// Where parameters stand: `query`, `form`, `json`; empty: anywhere.
    #[serde(default)]
    pub carrier: List<Str>,
    /// What is asked of its parameters.
    #[serde(default, deserialize_with = "table")]
    pub parameters: Table<Need>,
    /// What is asked in addition for one `grant_type`.
    #[serde(default, rename = "grant")]
    pub grants: List<Grant>,
    /// `response_type` by client type (`--expect client_type=…`).
    #[serde(default, deserialize_with = "table")]
    pub client_types: Table<Str>,
    /// Ids of the credentials it accepts in the Authorization header; empty: none is needed.
    #[serde(default)]
    pub accepts: List<Str>,
    /// Generic rules that do not apply here.
    #[serde(default)]
    pub silences: List<Str>,
    /// It still works, but there is a newer one: what to use instead, starting with a verb.
    pub outdated: Option<Str>,
    /// What to do, starting with a verb.
    pub help: Option<Str>,
    /// The document.
    pub basis: Str,
    /// How well it is documented.
    #[serde(default)]
    pub mark: Mark,
}

/// What one `grant_type` asks of the parameters of a token endpoint.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Grant {
    /// Values of `grant_type`.
    pub id: List<Str>,
    /// What is asked; where a row does not hold, that of the endpoint does.
    #[serde(default, deserialize_with = "table")]
    pub parameters: Table<Need>,
    /// Ids of the credentials it accepts in the Authorization header.
    #[serde(default)]
    pub accepts: List<Str>,
    /// Credentials that are often sent with it by mistake.
    #[serde(default)]
    pub never: List<Never>,
    /// Scopes, one of which the credential must have.
    #[serde(default)]
    pub scope: List<Str>,
    /// The document, if not the endpoint's.
    pub basis: Option<Str>,
}

/// A scope.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scope {
    /// Its name.
    pub id: Str,
    /// What it allows.
    #[serde(default)]
    pub title: Str,
    /// It cannot be requested.
    #[serde(default)]
    pub private: bool,
    /// Who can grant it, if not everybody.
    pub role: Option<Str>,
    /// Other scopes that it contains.
    #[serde(default)]
    pub contains: List<Str>,
}
