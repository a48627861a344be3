//! The token against what the user expects of it (`--expect`): an equality that fails is explained, not only stated.
//!
//! Expectations are about the token that is sent to the API. An ID token, a refresh token or a proof beside it has
//! another audience and is left alone.

use crate::checks::{Check, Context, Hit, claims};
use crate::facts::{Fact, Value};
use crate::platform::Mark;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "expected-iss", about: CLAIMS, offers: OFFERS, run: issuer },
    Check { name: "expected-aud", about: CLAIMS, offers: OFFERS, run: audience },
    Check { name: "expected-sub", about: CLAIMS, offers: OFFERS, run: |cx| plain(cx, "jwt.claims.sub", "expect.sub") },
    Check { name: "expected-client-id", about: CLAIMS, offers: OFFERS, run: client_id },
    Check { name: "expected-scope", about: CLAIMS, offers: &["scope", "granted"], run: scope },
    Check { name: "expected-token-use", about: CLAIMS, offers: &["expected", "use", "reason"], run: token_use },
    Check { name: "expected-alg", about: HEADER, offers: OFFERS, run: |cx| plain(cx, "jwt.header.alg", "expect.alg") },
    Check { name: "expected-kid", about: HEADER, offers: OFFERS, run: |cx| plain(cx, "jwt.header.kid", "expect.kid") },
    Check { name: "expected-typ", about: HEADER, offers: OFFERS, run: typ },
];

const CLAIMS: &[&str] = &["jwt.claims"];
const HEADER: &[&str] = &["jwt.header"];
const OFFERS: &[&str] = &["claim", "found", "expected", "difference"];

/// True unless the token stands where another kind than an access token belongs.
fn is_meant(cx: &Context) -> bool {
    const OTHERS: &[&str] = &[
        "actor_token",
        "assertion",
        "client_assertion",
        "dpop",
        "id_token",
        "key binding",
        "refresh_token",
        "request",
        "subject_token",
    ];
    !cx.text("auth.name").is_some_and(|name| OTHERS.contains(&name))
}

/// The values that are expected; one of them will do.
fn expected<'a>(cx: &Context<'a>, path: &'static str) -> Vec<&'a str> {
    if is_meant(cx) { cx.all(path).filter_map(|f| f.value.text()).collect() } else { Vec::new() }
}

/// The text of a value, numbers and all.
fn shown(fact: &Fact) -> String {
    match &fact.value {
        Value::Text(text) => format!("`{text}`"),
        other => other.to_string(),
    }
}

fn list(values: &[&str]) -> String {
    values.iter().map(|v| format!("`{v}`")).collect::<Vec<_>>().join(" or ")
}

/// The place where a claim is missing, unless claims may be missing because they could not be read.
fn missing(cx: &Context, path: &str) -> Option<Hit> {
    let broken = cx.facts.get(cx.subject).open || cx.own().iter().any(|f| f.path.as_str() == "json.trouble");
    (!broken).then(|| Hit::at(cx.where_missing(path)))
}

fn hit(fact: &Fact, expected: &[&str], difference: String) -> Hit {
    Hit::on(fact)
        .with("claim", fact.path.name())
        .with("found", shown(fact))
        .with("expected", list(expected))
        .told("difference", difference)
}

/// A member that has to be equal to one of the expected values.
fn plain(cx: &Context, path: &'static str, wanted: &'static str) -> Vec<Hit> {
    let wanted = expected(cx, wanted);
    match cx.one(path).filter(|f| !f.hole && !wanted.is_empty()) {
        Some(fact) => match fact.value.text() {
            Some(text) if wanted.contains(&text) => Vec::new(),
            text => vec![hit(fact, &wanted, nearest(text.unwrap_or_default(), &wanted))],
        },
        None => Vec::new(),
    }
}

/// How a value differs from the expected one that is most like it, as a clause behind `: `; empty if in everything.
fn nearest(found: &str, wanted: &[&str]) -> String {
    wanted.iter().find_map(|w| difference(found, w)).map_or_else(String::new, |d| format!(": {d}"))
}

/// What tells two values apart that look alike.
fn difference(found: &str, wanted: &str) -> Option<String> {
    let only = |text: &str| Some(text.to_owned());
    if found.trim() == wanted.trim() {
        return only("they differ in blanks at the ends");
    }
    for (mark, name) in [("/", "slash"), (".", "dot")] {
        if found.strip_suffix(mark) == Some(wanted) {
            return Some(format!("the token's value has a {name} at the end, the expected one has none"));
        }
        if wanted.strip_suffix(mark) == Some(found) {
            return Some(format!("the expected value has a {name} at the end, the token's has none"));
        }
    }
    if found.eq_ignore_ascii_case(wanted) {
        return only("they differ in upper and lower case, which counts");
    }
    if found.strip_prefix("api://") == Some(wanted) || wanted.strip_prefix("api://") == Some(found) {
        return only("one of them has `api://` in front; to the server these are two audiences");
    }
    match (found.split_once("://"), wanted.split_once("://")) {
        (Some((a_scheme, a_rest)), Some((b_scheme, b_rest))) => url_difference((a_scheme, a_rest), (b_scheme, b_rest)),
        (None, Some((_, rest))) if rest == found => only("the token's value lacks the scheme in front"),
        (Some((_, rest)), None) if rest == wanted => only("the expected value lacks the scheme in front"),
        (Some(_), None) => only("the token names a URL, the expected value is an id"),
        (None, Some(_)) => only("the token names an id, the expected value is a URL"),
        (None, None) => None,
    }
}

/// What tells two URLs apart, each as (scheme, rest).
fn url_difference(found: (&str, &str), wanted: (&str, &str)) -> Option<String> {
    let split = |rest: &str| {
        let at = rest.find('/').unwrap_or(rest.len());
        let (authority, path) = rest.split_at(at);
        let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
        (host.to_owned(), port.to_owned(), path.to_owned())
    };
    let (a, b) = (split(found.1), split(wanted.1));
    if found.0 != wanted.0 && a == b {
        return Some("only the scheme differs, as `http` and `https` do".to_owned());
    }
    if a.0 != b.0 {
        return Some("they name different hosts".to_owned());
    }
    if a.1 != b.1 {
        return Some("the same host with another port".to_owned());
    }
    if a.2 != b.2 {
        return Some("the same host with another path, such as another tenant, realm or version".to_owned());
    }
    None
}

fn issuer(cx: &Context) -> Vec<Hit> {
    let wanted = expected(cx, "expect.iss");
    if wanted.is_empty() || cx.one("jwt.claims.iss").is_some() {
        return plain(cx, "jwt.claims.iss", "expect.iss");
    }
    absent(cx, "jwt.claims.iss", &wanted)
}

fn absent(cx: &Context, path: &'static str, wanted: &[&str]) -> Vec<Hit> {
    let hit = missing(cx, path).map(|hit| {
        hit.with("claim", path.rsplit('.').next().unwrap_or_default())
            .told("found", "missing")
            .with("expected", list(wanted))
            .told("difference", "")
    });
    hit.into_iter().collect()
}

fn audience(cx: &Context) -> Vec<Hit> {
    let wanted = expected(cx, "expect.aud");
    if wanted.is_empty() {
        return Vec::new();
    }
    let Some(aud) = cx.one("jwt.claims.aud") else { return absent(cx, "jwt.claims.aud", &wanted) };
    let elements: Vec<&Fact> = cx.all("jwt.claims.aud.*").collect();
    if aud.hole || elements.iter().any(|f| f.hole) {
        return Vec::new();
    }
    let values: Vec<&str> = match &aud.value {
        Value::Text(text) => vec![text.as_str()],
        Value::Array => elements.iter().filter_map(|f| f.value.text()).collect(),
        // Neither a text nor a list is a mistake of its own.
        _ => return Vec::new(),
    };
    if values.is_empty() || values.iter().any(|v| wanted.contains(v)) {
        return Vec::new();
    }
    let own = ["jwt.claims.azp", "jwt.claims.client_id", "jwt.claims.appid", "jwt.claims.cid", "expect.client_id"];
    let is_client = own.iter().any(|path| cx.text(path).is_some_and(|id| values.contains(&id)));
    let difference = if is_client {
        ": this is the id of the client itself, as in an ID token or a token that was requested without an audience"
            .to_owned()
    } else {
        values.iter().map(|v| nearest(v, &wanted)).find(|d| !d.is_empty()).unwrap_or_default()
    };
    let found = values.iter().map(|v| format!("`{v}`")).collect::<Vec<_>>().join(", ");
    vec![
        Hit::on(aud)
            .told("claim", "aud")
            .with("found", found)
            .with("expected", list(&wanted))
            .told("difference", difference),
    ]
}

fn client_id(cx: &Context) -> Vec<Hit> {
    const CLAIMS: &[&str] = &["jwt.claims.client_id", "jwt.claims.azp", "jwt.claims.appid", "jwt.claims.cid"];
    let found = CLAIMS.iter().find(|path| cx.one(path).is_some());
    found.map(|path| plain(cx, path, "expect.client_id")).unwrap_or_default()
}

fn typ(cx: &Context) -> Vec<Hit> {
    let wanted = expected(cx, "expect.typ");
    if wanted.is_empty() {
        return Vec::new();
    }
    let Some(fact) = cx.one("jwt.header.typ") else { return missing_typ(cx, &wanted) };
    if fact.hole {
        return Vec::new();
    }
    let found = fact.value.text().unwrap_or_default();
    // The registered form may leave `application/` out, and is not case-sensitive (RFC 7515 section 4.1.9).
    let plain = |typ: &str| typ.to_ascii_lowercase().trim_start_matches("application/").to_owned();
    if wanted.iter().any(|w| plain(w) == plain(found)) {
        return Vec::new();
    }
    vec![hit(fact, &wanted, String::new())]
}

/// Of the types of RFC 8725 section 3.11 none may be left out; a plain `JWT` may.
fn missing_typ(cx: &Context, wanted: &[&str]) -> Vec<Hit> {
    if wanted.iter().any(|typ| !typ.contains('+')) || cx.one("jwt.header_trouble").is_some() {
        return Vec::new();
    }
    let hit = missing(cx, "jwt.header.typ").map(|hit| {
        hit.told("claim", "typ").told("found", "missing").with("expected", list(wanted)).told("difference", "")
    });
    hit.into_iter().collect()
}

/// The scopes that are needed and not granted: all of one expectation, `--expect scope="read write"`; of several
/// expectations one is enough.
fn scope<'a>(cx: &Context<'a>) -> Vec<Hit> {
    const CLAIMS: &[&str] = &["jwt.claims.scope", "jwt.claims.scp", "jwt.claims.scopes"];
    const ELEMENTS: &[&str] = &["jwt.claims.scope.*", "jwt.claims.scp.*", "jwt.claims.scopes.*"];
    const OTHERS: &[&str] = &["jwt.claims.roles.*", "jwt.claims.permissions.*"];
    let needed = expected(cx, "expect.scope");
    let carrier = CLAIMS.iter().find_map(|path| cx.one(path));
    let facts = || CLAIMS.iter().chain(ELEMENTS).chain(OTHERS).flat_map(|path| cx.all(path));
    if needed.is_empty() || facts().any(|f| f.hole) {
        return Vec::new();
    }
    let granted: Vec<&str> =
        facts().filter_map(|f| f.value.text()).flat_map(|t| t.split([' ', ','])).filter(|s| !s.is_empty()).collect();
    let lacking = |all: &&'a str| -> Vec<&'a str> { all.split_whitespace().filter(|s| !granted.contains(s)).collect() };
    // Of several sets the one that is nearest to what was granted.
    let nearest = needed.iter().map(lacking).min_by_key(Vec::len).unwrap_or_default();
    let list = if granted.is_empty() { "none".to_owned() } else { list_of(&granted) };
    nearest
        .iter()
        .filter_map(|scope| {
            let mut hit = match carrier {
                Some(fact) => Hit::on(fact),
                None => missing(cx, "jwt.claims.scope")?,
            };
            // A token without any scope claim may carry its rights elsewhere.
            hit.mark = if carrier.is_some() { Mark::D } else { Mark::T };
            Some(hit.with("scope", scope).with("granted", &list))
        })
        .collect()
}

fn list_of(values: &[&str]) -> String {
    let most = 8;
    let shown: Vec<&str> = values.iter().take(most).copied().collect();
    let more = values.len().saturating_sub(most);
    if more > 0 { format!("{} and {more} more", shown.join(" ")) } else { shown.join(" ") }
}

/// An ID token or a refresh token where an access token is expected, and the reverse.
fn token_use(cx: &Context) -> Vec<Hit> {
    let wanted = expected(cx, "expect.token_use");
    if wanted.is_empty() {
        return Vec::new();
    }
    let said = claims::USES.iter().filter_map(|path| cx.one(path)).find_map(|f| Some((f, use_of(f.value.text()?)?)));
    let (hit, found, reason) = match said {
        Some((fact, found)) => (Hit::on(fact), found, format!("its `{}` says so", fact.path.name())),
        None => {
            // Hashes of the tokens beside it stand in an ID token only.
            let marks = ["jwt.claims.at_hash", "jwt.claims.c_hash", "jwt.claims.nonce"];
            let Some(fact) = marks.iter().find_map(|path| cx.one(path)) else { return Vec::new() };
            let mut hit = Hit::on(fact);
            hit.mark = Mark::T;
            (hit, "id", format!("it has `{}`, as ID tokens have", fact.path.name()))
        }
    };
    if wanted.contains(&found) {
        return Vec::new();
    }
    let name = |kind: &str| match kind {
        "id" => "an ID token".to_owned(),
        "access" => "an access token".to_owned(),
        other => format!("a {other} token"),
    };
    let expected = wanted.iter().map(|w| name(w)).collect::<Vec<_>>().join(" or ");
    vec![hit.told("use", name(found)).with("expected", expected).told("reason", reason)]
}

/// The use that the value of such a claim stands for.
fn use_of(text: &str) -> Option<&'static str> {
    match text.to_ascii_lowercase().as_str() {
        "access" | "access_token" | "bearer" => Some("access"),
        "id" | "id_token" => Some("id"),
        "refresh" | "refresh_token" | "offline" => Some("refresh"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn values_that_look_alike_are_told_apart() {
        for (found, wanted, words) in [
            ("https://a.example/", "https://a.example", "the token's value has a slash"),
            ("https://a.example/v2.0", "https://a.example/v2.0.", "the expected value has a dot"),
            ("https://a.example", "http://a.example", "only the scheme"),
            ("https://A.example", "https://a.example", "upper and lower case"),
            ("https://a.example:8443/x", "https://a.example/x", "another port"),
            ("https://a.example/t1/v2.0", "https://a.example/t2/v2.0", "another path"),
            ("https://b.example/", "https://a.example/", "different hosts"),
            ("a.example", "https://a.example", "lacks the scheme"),
            ("api://4ad7", "4ad7", "`api://`"),
            ("https://api.example", "4ad7", "a URL"),
            ("x ", "x", "blanks"),
        ] {
            let said = difference(found, wanted).unwrap_or_default();
            assert!(said.contains(words), "{found} {wanted}: {said}");
        }
        assert_eq!(difference("abc", "xyz"), None);
    }
}
