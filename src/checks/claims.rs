//! Claims other than times: their types, their names, and what stands in them instead of a value (RFC 7519 section 4).

use crate::checks::{Check, Context, Hit};
use crate::facts::{Fact, Value};
use crate::platform::Mark;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "payload-aud-type", about: CLAIMS, offers: &["found"], run: aud_type },
    Check { name: "payload-aud-joined", about: &["jwt.claims.aud"], offers: &["what"], run: aud_joined },
    Check { name: "payload-long-name", about: CLAIMS, offers: &["claim", "right"], run: long_name },
    Check { name: "payload-name-case", about: CLAIMS, offers: &["claim", "right"], run: name_case },
    Check { name: "payload-null", about: CLAIMS, offers: &["claim"], run: null },
    Check { name: "payload-unfilled", about: CLAIMS, offers: &["claim", "reason"], run: unfilled },
    Check { name: "payload-whitespace", about: CLAIMS, offers: &["claim", "around", "trimmed"], run: whitespace },
    Check { name: "payload-empty-value", about: CLAIMS, offers: &[], run: empty_value },
    Check { name: "payload-claims-empty", about: CLAIMS, offers: &[], run: claims_empty },
    Check { name: "payload-spec-example", about: CLAIMS, offers: &["document"], run: spec_example },
    Check {
        name: "payload-duplicate-claim",
        about: CLAIMS,
        offers: &["claim"],
        run: |cx| duplicates(cx, "jwt.claims"),
    },
    Check {
        name: "jwt-duplicate-parameter",
        about: &["jwt.header"],
        offers: &["claim"],
        run: |cx| duplicates(cx, "jwt.header"),
    },
    Check { name: "payload-scope-characters", about: &["jwt.claims.scope"], offers: &["found"], run: scope_characters },
    Check { name: "payload-id-token", about: CLAIMS, offers: &["marks"], run: id_token },
    Check { name: "payload-secret-claim", about: CLAIMS, offers: &["claim"], run: secret_claim },
    Check { name: "payload-refresh-token", about: CLAIMS, offers: &["claim"], run: refresh_token },
];

const CLAIMS: &[&str] = &["jwt.claims"];

/// The claims at the top of the set, in order, each with its name.
fn top<'a>(cx: &Context<'a>) -> impl Iterator<Item = (&'a Fact, &'a str)> {
    cx.own()
        .iter()
        .filter(|f| f.path.as_str().starts_with("jwt.claims.") && f.path.segments().count() == 3)
        .map(|f| (f, f.path.name()))
}

fn has(cx: &Context, name: &str) -> bool {
    top(cx).any(|(_, n)| n == name)
}

fn aud_type(cx: &Context) -> Vec<Hit> {
    let Some(aud) = cx.one("jwt.claims.aud").filter(|f| !f.hole) else { return Vec::new() };
    let elements: Vec<&Fact> = cx.all("jwt.claims.aud.*").collect();
    let wrong = elements.iter().find(|f| !f.hole && f.value.text().is_none());
    let (fact, found) = match &aud.value {
        Value::Text(text) if text.is_empty() => (aud, "an empty text".to_owned()),
        Value::Text(_) => return Vec::new(),
        Value::Array if elements.is_empty() => (aud, "an empty list".to_owned()),
        Value::Array => match wrong {
            Some(element) => (*element, format!("a list with {}", kind(&element.value))),
            None => return Vec::new(),
        },
        other => (aud, kind(other).to_owned()),
    };
    vec![Hit::on(fact).told("found", found)]
}

/// A JSON type with its article.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Text(_) => "a text",
        Value::Int(_) | Value::Number(_) => "a number",
        Value::Bool(_) => "a boolean",
        Value::Null => "null",
        Value::Array => "a list",
        Value::Object => "an object",
    }
}

fn aud_joined(cx: &Context) -> Vec<Hit> {
    let Some((fact, text)) = cx.one("jwt.claims.aud").and_then(|f| Some((f, f.value.text()?))) else {
        return Vec::new();
    };
    if text.starts_with("[\"") && text.ends_with("\"]") {
        return vec![Hit::on(fact).told("what", "a JSON array that was turned into a string")];
    }
    let values: Vec<&str> = text.split([',', ' ']).filter(|v| !v.is_empty()).collect();
    let is_id = |v: &&str| v.contains("://") || v.len() >= 16 && v.bytes().any(|b| b.is_ascii_digit());
    let joined = values.len() > 1 && values.iter().all(is_id);
    let mut hit = Hit::on(fact).told("what", "several values in one string");
    hit.mark = Mark::M;
    if joined { vec![hit] } else { Vec::new() }
}

/// Long names that people give to registered claims. `expires_in` is not among them: other specifications define it.
const LONG_NAMES: &[(&str, &str)] = &[
    ("audience", "aud"),
    ("issuer", "iss"),
    ("subject", "sub"),
    ("expires", "exp"),
    ("expire", "exp"),
    ("expiration", "exp"),
    ("expiry", "exp"),
    ("notbefore", "nbf"),
    ("issuedat", "iat"),
];

/// Long names are right in a credential of the W3C, which says by `@context` what its names mean.
fn long_name(cx: &Context) -> Vec<Hit> {
    if has(cx, "@context") {
        return Vec::new();
    }
    let right = |name: &str| {
        let plain = name.replace(['_', '-'], "").to_ascii_lowercase();
        LONG_NAMES.iter().find(|(long, _)| *long == plain).map(|(_, right)| *right)
    };
    top(cx)
        .filter_map(|(fact, name)| {
            let right = right(name).filter(|r| !has(cx, r))?;
            Some(Hit::on(fact).with("claim", name).told("right", right))
        })
        .collect()
}

const REGISTERED: &[&str] = &["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

fn name_case(cx: &Context) -> Vec<Hit> {
    top(cx)
        .filter_map(|(fact, name)| {
            let right = REGISTERED.iter().find(|r| r.eq_ignore_ascii_case(name) && **r != name && !has(cx, r))?;
            Some(Hit::on(fact).with("claim", name).told("right", right))
        })
        .collect()
}

/// `sub`, `aud` and the times have rules of their own for this.
fn null(cx: &Context) -> Vec<Hit> {
    top(cx)
        .filter(|(fact, name)| matches!(*name, "iss" | "jti") && fact.value == Value::Null)
        .map(|(fact, name)| Hit::on(fact).with("claim", name))
        .collect()
}

/// Claims that name somebody or something, at which a text such as `undefined` is never meant.
fn is_identifier(name: &str) -> bool {
    matches!(name, "iss" | "sub" | "aud" | "azp" | "scope" | "jti")
        || name.ends_with("_id")
        || name.ends_with("Id")
        || name == "id"
}

/// The texts of claims, with the name of the claim; elements of a list too.
fn texts<'a>(cx: &Context<'a>) -> impl Iterator<Item = (&'a Fact, &'a str, &'a str)> {
    cx.own().iter().filter(|f| !f.hole && f.path.as_str().starts_with("jwt.claims.")).filter_map(|f| {
        let mut names = f.path.segments().skip(2);
        let name = names.next()?;
        let rest: Vec<&str> = names.collect();
        let near = rest.is_empty() || rest == ["*"];
        Some((f, name, f.value.text()?)).filter(|_| near)
    })
}

fn unfilled(cx: &Context) -> Vec<Hit> {
    texts(cx)
        .filter(|(_, name, _)| is_identifier(name))
        .filter_map(|(fact, name, text)| {
            let (reason, mark) = unfilled_reason(text)?;
            let mut hit = Hit::on(fact).with("claim", name).told("reason", reason);
            hit.mark = mark;
            Some(hit)
        })
        .collect()
}

fn unfilled_reason(text: &str) -> Option<(&'static str, Mark)> {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    let variable = text.contains("${") || text.contains("{{") || text.contains("<%=") || is_environment(text);
    let format = text == "%s" || text == "%d" || text.contains("%!s(") || text.contains("%!d(");
    let word = ["your", "insert", "enter", "replace", "put"].iter().find_map(|w| lower.strip_prefix(w));
    let placeholder = word.is_some_and(|rest| rest.starts_with(['_', '-']))
        || text.starts_with('<') && text.ends_with('>') && text.len() > 2 && !text.contains('/');
    if matches!(lower.as_str(), "undefined" | "null" | "nan" | "(null)" | "<nil>") {
        Some(("a program wrote a value that was not set", Mark::D))
    } else if lower.contains("[object ") || lower.contains("object at 0x") || lower == "system.string" {
        Some(("a program wrote an object instead of its value", Mark::D))
    } else if variable || format {
        Some(("a variable was not replaced by its value", Mark::D))
    } else if placeholder {
        Some(("a placeholder of the documentation is still there", Mark::T))
    } else {
        None
    }
}

/// `$CLIENT_ID`, `%CLIENT_ID%`
fn is_environment(text: &str) -> bool {
    let name = |t: &str| t.len() > 2 && t.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    text.strip_prefix('$').is_some_and(name)
        || text.strip_prefix('%').and_then(|t| t.strip_suffix('%')).is_some_and(name)
}

fn whitespace(cx: &Context) -> Vec<Hit> {
    texts(cx)
        .filter(|(_, name, _)| matches!(*name, "iss" | "sub" | "aud" | "azp" | "client_id"))
        .filter_map(|(fact, name, text)| {
            let quoted = |q: char| text.len() > 1 && text.starts_with(q) && text.ends_with(q);
            let around = if text.trim().is_empty() {
                return None;
            } else if text.ends_with(['\n', '\r']) {
                "a line break at its end"
            } else if text.trim() != text {
                "a blank at one end"
            } else if quoted('"') || quoted('\'') {
                "quotes around it"
            } else {
                return None;
            };
            let trimmed = text.trim().trim_matches(['"', '\'']);
            Some(Hit::on(fact).with("claim", name).told("around", around).with("trimmed", trimmed))
        })
        .collect()
}

fn empty_value(cx: &Context) -> Vec<Hit> {
    // To Centrifugo, no subject is a user without a name.
    let is_anonymous = top(cx).any(|(_, name)| matches!(name, "channel" | "channels" | "subs"));
    let empty = top(cx).filter(|(_, name)| !is_anonymous || *name != "sub");
    let empty = empty
        .filter(|(fact, name)| matches!(*name, "iss" | "sub" | "jti" | "client_id") && fact.value.text() == Some(""));
    empty.map(|(fact, _)| Hit::on(fact)).collect()
}

/// An object without members; what could not be read is not empty.
fn claims_empty(cx: &Context) -> Vec<Hit> {
    let broken = cx.own().iter().any(|f| matches!(f.path.as_str(), "jwt.claims_trouble" | "json.trouble"));
    match cx.one("jwt.claims") {
        Some(fact) if !broken && top(cx).next().is_none() => vec![Hit::at(fact.place)],
        _ => Vec::new(),
    }
}

pub(super) fn spec_example(cx: &Context) -> Vec<Hit> {
    let is = |path: &'static str, text: &str| cx.text(path) == Some(text);
    let document = if is("jwt.claims.sub", "1234567890") && is("jwt.claims.name", "John Doe")
        || cx.int("jwt.claims.iat") == Some(1_516_239_022)
    {
        "jwt.io"
    } else if is("jwt.claims.iss", "joe") && cx.int("jwt.claims.exp") == Some(1_300_819_380) {
        "RFC 7519"
    } else {
        return Vec::new();
    };
    let Some(fact) = cx.one("jwt.claims") else { return Vec::new() };
    let mut hit = Hit::at(fact.place).told("document", document);
    // Without a clock this is about files at rest, where samples are at home.
    if cx.now().is_none() {
        hit.mark = Mark::M;
    }
    vec![hit]
}

/// Members that occur before in the same object. (Elements of a list share a path and are no duplicates.)
fn duplicates(cx: &Context, base: &str) -> Vec<Hit> {
    let mut seen: std::collections::HashMap<&str, &Fact> = std::collections::HashMap::new();
    let mut hits = Vec::new();
    let members = cx.own().iter().filter(|f| {
        let mut segments = f.path.segments().skip(2).peekable();
        f.path.as_str().starts_with(base) && segments.peek().is_some() && !segments.any(|s| s == "*")
    });
    for fact in members {
        match seen.get(fact.path.as_str()) {
            None => {
                seen.insert(fact.path.as_str(), fact);
            }
            Some(first) => {
                let mut hit = Hit::on(fact).with("claim", fact.path.name()).and(first.place, "the first one");
                // Members of an object within a claim are the application's own.
                hit.mark = if fact.path.segments().count() == 3 { Mark::D } else { Mark::T };
                hits.push(hit);
            }
        }
    }
    hits
}

fn scope_characters(cx: &Context) -> Vec<Hit> {
    let Some((fact, text)) = cx.one("jwt.claims.scope").filter(|f| !f.hole).and_then(|f| Some((f, f.value.text()?)))
    else {
        return Vec::new();
    };
    let found = if text.contains(['"', '\\']) {
        "a quote or a backslash"
    } else if !text.is_ascii() || text.chars().any(char::is_control) {
        "a character outside of printable ASCII"
    } else if text.starts_with(' ') || text.ends_with(' ') || text.contains("  ") {
        "a blank too many"
    } else {
        return Vec::new();
    };
    vec![Hit::on(fact).told("found", found)]
}

/// Claims in which issuers say what a token is for.
pub(super) const USES: &[&str] =
    &["jwt.claims.token_use", "jwt.claims.token_type", "jwt.claims.\"type\"", "jwt.claims.typ"];

/// A token that says of itself that it is a refresh token, sent to an API.
fn refresh_token(cx: &Context) -> Vec<Hit> {
    let is_sent = cx.text("auth.carrier") == Some("header")
        && cx.text("auth.scheme").is_none_or(|s| s.eq_ignore_ascii_case("bearer"))
        && cx.one("endpoint.id").is_none();
    let says = USES.iter().filter_map(|path| cx.one(path)).find(|f| {
        f.value
            .text()
            .is_some_and(|t| matches!(t.to_ascii_lowercase().as_str(), "refresh" | "refresh_token" | "offline"))
    });
    let found = says.filter(|_| is_sent);
    found.map(|f| Hit::on(f).with("claim", f.path.name())).into_iter().collect()
}

/// A token with the marks of an ID token and none of an access token, sent to an API.
/// Names of secrets, in lower case and without separators.
const SECRETS: &[&str] = &[
    "apikey",
    "awssecretaccesskey",
    "clientsecret",
    "cvc",
    "cvv",
    "passphrase",
    "passwd",
    "password",
    "pin",
    "privatekey",
    "pwd",
    "secret",
];

/// A claim at any depth that is called a secret and holds text.
fn secret_claim(cx: &Context) -> Vec<Hit> {
    let plain = |name: &str| name.to_ascii_lowercase().replace(['_', '-'], "");
    let is_told = |text: &str| !matches!(text, "" | "true" | "false" | "null" | "none") && !text.contains("**");
    let hits = cx.own().iter().filter(|f| f.path.as_str().starts_with("jwt.claims.") && !f.hole);
    hits.filter(|f| f.value.text().is_some_and(is_told))
        .filter_map(|f| {
            let name = plain(f.path.name());
            // In an address it is a postal code.
            let is_postal = name == "pin" && f.path.segments().any(|s| s.eq_ignore_ascii_case("address"));
            if !SECRETS.contains(&name.as_str()) || is_postal {
                return None;
            }
            let mut hit = Hit { value: None, ..Hit::on(f) }.with("claim", f.path.name());
            if matches!(name.as_str(), "pin" | "secret") {
                hit.mark = Mark::T;
            }
            Some(hit)
        })
        .collect()
}

fn id_token(cx: &Context) -> Vec<Hit> {
    let is_sent = cx.text("auth.carrier") == Some("header") && cx.one("endpoint.id").is_none();
    let is_access =
        has(cx, "scope") || has(cx, "scp") || cx.text("jwt.header.typ").is_some_and(|t| t.contains("at+jwt"));
    let hash = ["at_hash", "c_hash", "s_hash"].into_iter().find(|name| has(cx, name));
    let (marks, first) = match hash {
        Some(hash) => (format!("`{hash}`"), hash),
        None if has(cx, "nonce") && has(cx, "auth_time") => ("`nonce` and `auth_time`".to_owned(), "nonce"),
        None => return Vec::new(),
    };
    // The claim that tells: of many claims the excerpt shows only some.
    match cx.one(&format!("jwt.claims.{first}")) {
        Some(fact) if is_sent && !is_access => vec![Hit::at(fact.place).told("marks", marks)],
        _ => Vec::new(),
    }
}
