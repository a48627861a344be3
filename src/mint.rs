//! Tokens that are made here: what stands in them before they are signed, and how a contract's profile fills it.
//!
//! Nothing is judged: a made token goes through [`crate::lint`] like any other, and is handed out only if that finds no
//! error.

use crate::decode::{base64, json};
use crate::facts::Value;
use crate::platform::{JsonType, JwtProfile, Need};
use crate::verify::keys::Key;

/// The members of a JSON object, in order: each name with its value as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Members(Vec<(String, String)>);

impl Members {
    /// The members of a JSON object; `None` if the text is none. Of two with one name, the last counts.
    pub fn read(text: &str) -> Option<Self> {
        let document = json::read(text, &[]);
        if !document.is_valid() || document.nodes.first()?.value != Value::Object {
            return None;
        }
        let mut members = Self::default();
        for (_, node) in document.children(0) {
            members.set(&node.name.as_ref()?.text, text.get(node.span.range())?);
        }
        Some(members)
    }

    /// The value of a member, as JSON.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value of a member that is a whole number.
    pub fn int(&self, name: &str) -> Option<i64> {
        self.get(name)?.parse().ok()
    }

    /// Sets a member, in its place if it is there.
    pub fn set(&mut self, name: &str, value: &str) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.0.push((name.to_owned(), value.to_owned())),
        }
    }

    /// Names with their values as JSON.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The object as JSON.
    pub fn json(&self) -> String {
        let members: Vec<String> = self.iter().map(|(name, value)| format!("{}:{value}", quoted(name))).collect();
        format!("{{{}}}", members.join(","))
    }
}

/// A text as JSON.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A token before it is signed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// The JOSE header.
    pub header: Members,
    /// The claims.
    pub claims: Members,
}

impl Draft {
    /// What is signed (RFC 7515 section 5.1).
    pub fn signing_input(&self) -> String {
        let part = |members: &Members| base64::encode_url(members.json().as_bytes());
        format!("{}.{}", part(&self.header), part(&self.claims))
    }

    /// The token, signed by the algorithm of its header; `None` if the key does not serve that, or is only a public one.
    pub fn signed(&self, key: &Key) -> Option<String> {
        let alg = json::read(self.header.get("alg")?, &[]);
        let input = self.signing_input();
        let signature = key.sign(alg.nodes.first()?.value.text()?, input.as_bytes())?;
        Some(format!("{input}.{}", base64::encode_url(&signature)))
    }
}

/// What somebody wants in a token.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// The contract's profile.
    pub profile: &'a JwtProfile,
    /// JOSE header parameters, as typed.
    pub header: &'a [(String, String)],
    /// Claims, as typed.
    pub claims: &'a [(String, String)],
    /// The algorithm.
    pub alg: &'a str,
    /// How long it is valid, in seconds.
    pub ttl: Option<i64>,
    /// The time of signing, in seconds since 1970.
    pub now: i64,
}

/// The token as ordered: every value in the type that the contract names, `iat` now, `exp` after the lifetime. What the
/// contract leaves no choice about is filled in.
pub fn draft(order: &Order) -> Draft {
    let mut draft = Draft::default();
    draft.header.set("alg", &quoted(order.alg));
    draft.header.set("typ", &quoted("JWT"));
    fill(&mut draft.header, &order.profile.header, order.header);
    draft.claims.set("iat", &order.now.to_string());
    if let Some(ttl) = order.ttl {
        draft.claims.set("exp", &order.now.saturating_add(ttl).to_string());
    }
    fill(&mut draft.claims, &order.profile.claims, order.claims);
    draft
}

fn fill(members: &mut Members, rows: &[(crate::rule::Str, Need)], typed: &[(String, String)]) {
    for (name, need) in rows.iter().filter(|(_, need)| need.required) {
        let only = match need.one_of.as_ref() {
            [one] => Some(one),
            _ => need.write.as_ref(),
        };
        if let Some(value) = only {
            members.set(name, &value_of(name, value, need.kind));
        }
    }
    for (name, text) in typed {
        let need = rows.iter().find(|(known, _)| known == name).map(|(_, need)| need);
        members.set(name, &value_of(name, text, need.and_then(|need| need.kind)));
    }
}

/// Members that are strings whatever they look like (RFC 7519 section 4.1, OpenID Connect Core section 2).
const STRINGS: &[&str] = &["azp", "client_id", "iss", "jti", "kid", "nonce", "scope", "sub"];

/// What was typed, as JSON: in the type that the contract or a standard names; else what is JSON stays as it is, and
/// other text becomes a string. A text in double quotes is a string in any case.
fn value_of(name: &str, text: &str, kind: Option<JsonType>) -> String {
    let document = json::read(text, &[]);
    let value = document.nodes.first().map(|node| &node.value).filter(|_| document.is_valid());
    let is_string = kind == Some(JsonType::String) || kind.is_none() && STRINGS.contains(&name);
    match value {
        Some(Value::Text(_)) => text.to_owned(),
        Some(_) if !is_string => text.to_owned(),
        _ => quoted(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_values_get_the_type_that_is_wanted() {
        for (name, text, kind, expected) in [
            ("custom_profile_id", "42", Some(JsonType::String), r#""42""#),
            ("custom_profile_id", r#""42""#, Some(JsonType::String), r#""42""#),
            ("sub", "42", None, r#""42""#),
            ("iat", "42", None, "42"),
            ("roles", r#"["a","b"]"#, None, r#"["a","b"]"#),
            ("admin", "true", None, "true"),
            ("name", "Ann \"A\"", None, r#""Ann \"A\"""#),
            ("level", "high", Some(JsonType::Number), r#""high""#),
        ] {
            assert_eq!(value_of(name, text, kind), expected, "{name}={text}");
        }
    }

    #[test]
    fn members_keep_their_order_and_their_text() {
        let members = Members::read(r#" {"b": 1.50, "a": {"x" : [1]}, "b": "é"} "#);
        assert_eq!(members.map(|m| m.json()).as_deref(), Some(r#"{"b":"é","a":{"x" : [1]}}"#));
        assert_eq!(Members::read("[1]"), None);
    }
}
