//! The file itself: how it is read, and what is refused in it.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::{ErrorFile, Platform, PlatformFile, Table};
use crate::facts::Path;
use crate::rule::{Example, Examples, Pattern, Refusal, Str};
use crate::source::Span;

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Pattern::parse(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

pub(super) fn table<'de, D, T>(deserializer: D) -> Result<Table<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Clone,
{
    let map = BTreeMap::<String, T>::deserialize(deserializer)?;
    Ok(Table::Owned(map.into_iter().map(|(name, row)| (name.into(), row)).collect()))
}

/// Parses the platform file with this id.
pub fn parse(id: &str, text: &str) -> Result<PlatformFile, Refusal> {
    let (contract, Examples { bad, good }) = split_examples(text)?;
    let mut platform: Platform = toml::from_str(contract)?;
    platform.id = id.to_owned().into();
    check(&platform, text)?;
    Ok(PlatformFile { platform, bad, good })
}

/// Parses a file of errors, and its examples.
pub fn parse_errors(id: &str, text: &str) -> Result<(ErrorFile, Examples), Refusal> {
    let (rows, examples) = split_examples(text)?;
    let mut file: ErrorFile = toml::from_str(rows)?;
    file.id = id.to_owned().into();
    Ok((file, examples))
}

/// What stands before the examples, which come last in a file of rows, and they themselves. They are split off first:
/// `#[serde(flatten)]` would lose the places of errors.
fn split_examples(text: &str) -> Result<(&str, Examples), Refusal> {
    #[derive(Deserialize)]
    struct Written {
        #[serde(default)]
        bad: Vec<Spanned<Example>>,
        #[serde(default)]
        good: Vec<Spanned<Example>>,
    }
    let Written { bad, good } = toml::from_str(text)?;
    let end = ["\n[[bad]]", "\n[[good]]"].iter().filter_map(|mark| text.find(mark)).min().unwrap_or(text.len());
    let rows = text.get(..end).unwrap_or_default();
    Ok((rows, Examples { bad: Example::placed(bad), good: Example::placed(good) }))
}

/// Refuses references to nothing, and two URL patterns that cannot be told apart.
fn check(platform: &Platform, text: &str) -> Result<(), Refusal> {
    let refuse = |word: &str, message: String| Refusal { message, span: find_quoted(text, word) };
    let known = |id: &Str| id.contains(':') || platform.credential(id).is_some();
    let of_apis = platform.apis.iter().flat_map(|api| {
        let of_operations =
            api.operations.iter().flat_map(|o| o.accepts.iter().chain(o.never.iter().map(|n| &n.credential)));
        let needs = api.operations.iter().map(|o| &o.needs).chain([&api.needs]);
        let when = needs.flat_map(|n| n.query.iter().chain(n.header.iter()).chain(n.body.iter()));
        let named = api.accepts.iter().chain(api.never.iter().map(|n| &n.credential));
        named.chain(of_operations).chain(when.filter_map(|(_, need)| need.when.as_ref()))
    });
    let of_endpoints = platform.oauth.iter().flat_map(|o| o.endpoints.iter()).flat_map(|e| {
        let of_grants = e.grants.iter().flat_map(|g| g.accepts.iter().chain(g.never.iter().map(|n| &n.credential)));
        e.accepts.iter().chain(of_grants)
    });
    let of_credentials = platform.credentials.iter().flat_map(|c| c.either.iter());
    let named = of_apis.chain(of_endpoints).chain(of_credentials).chain(platform.jwts.iter().map(|j| &j.id));
    for id in named {
        if !known(id) {
            return Err(refuse(id, format!("there is no [[credential]] `{id}` in this file")));
        }
    }
    let of_jwts = platform.jwts.iter().flat_map(|jwt| jwt.claims.iter().chain(jwt.header.iter()));
    for other in of_jwts.flat_map(|(_, need)| need.same_as.iter()) {
        if let Err(message) = facts_of(other) {
            return Err(refuse(other, message));
        }
    }
    let endpoints = || platform.oauth.iter().flat_map(|o| o.endpoints.iter());
    for carrier in endpoints().flat_map(|endpoint| endpoint.carrier.iter()) {
        if !matches!(carrier.as_ref(), "query" | "form" | "json") {
            let message = format!("`{carrier}` carries no parameters; write `query`, `form` or `json`");
            return Err(refuse(carrier, message));
        }
    }
    let of_apis = platform.apis.iter().flat_map(|api| api.urls.iter().map(move |url| (url, &api.id)));
    let of_endpoints = endpoints().flat_map(|e| e.urls.iter().chain(e.mistaken.iter()).map(move |url| (url, &e.id)));
    let mut patterns: Vec<(&Str, &Str)> = of_apis.chain(of_endpoints).collect();
    patterns.sort();
    for pair in patterns.windows(2) {
        if pair[0].0 == pair[1].0 {
            return Err(refuse(
                pair[0].0,
                format!("`{}` stands in two rows: `{}`, `{}`", pair[0].0, pair[0].1, pair[1].1),
            ));
        }
    }
    Ok(())
}

/// Refuses a `same-as` that is neither a fact nor a text with facts in braces.
fn facts_of(other: &str) -> Result<(), String> {
    const MOST: usize = 8;
    let known = |path: &str| match Path::parse(path) {
        Ok(path) if path.is_known() => Ok(()),
        _ => Err(format!(
            "there is no fact `{path}`; write one such as `jwt.claims.iss`, `request.param.client_id` or `operation.x`"
        )),
    };
    if !other.contains(['{', '}']) {
        return known(other);
    }
    let mut count = 0;
    let mut is_open = false;
    for piece in other.split_inclusive(['{', '}']) {
        match (is_open, piece.strip_suffix('}'), piece.strip_suffix('{')) {
            (true, Some(path), _) => known(path)?,
            (false, None, opened) => is_open = opened.is_some(),
            _ => return Err(format!("the braces of `{other}` do not pair; write `{{fact}}`")),
        }
        if piece.ends_with('}') {
            is_open = false;
            count += 1;
        }
    }
    if is_open || count > MOST {
        return Err(format!("`{other}` has an open brace, or more than {MOST} facts"));
    }
    Ok(())
}

fn find_quoted(text: &str, word: &str) -> Option<Span> {
    let at = text.find(&format!("\"{word}\""))?;
    Some(Span::new(at, at + word.len() + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_claim_must_equal_is_a_fact_or_a_text_with_facts() {
        for right in [
            "jwt.claims.iss",
            "request.param.client_id",
            "operation.ref",
            "https://{operation.org}.example.com/{jwt.claims.aud}",
        ] {
            assert_eq!(facts_of(right), Ok(()), "{right}");
        }
        let many = "{jwt.claims.exp}".repeat(9);
        for wrong in ["foo.bar", "", "{", "a}", "{jwt.claims.iss", "{{jwt.claims.iss}}", "{nope.x}/a", &many] {
            assert!(facts_of(wrong).is_err(), "{wrong}");
        }
    }
}
