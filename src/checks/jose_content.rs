//! What the parts of a JOSE token decode to: JSON objects in UTF-8, or what else is there (RFC 7519 section 7.2).

use crate::checks::jose::{has_trouble, is_jwt_expected, segments};
use crate::checks::{Check, Context, Hit};
use crate::decode::{base64, json, jwt};
use crate::facts::Value;
use crate::platform::Mark;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "jwt-header-not-json", about: TROUBLE, offers: &["guess"], run: header_not_json },
    Check { name: "jwt-payload-not-json", about: TROUBLE, offers: &["guess"], run: payload_not_json },
    Check { name: "jwt-not-utf8", about: TROUBLE, offers: &["part"], run: not_utf8 },
    Check { name: "jwt-no-object", about: TROUBLE, offers: &["part"], run: no_object },
    Check { name: "jwt-payload-stringified", about: &["jwt.payload"], offers: &[], run: stringified },
    Check { name: "jwt-payload-encoded-twice", about: &["jwt.payload"], offers: &[], run: encoded_twice },
    Check { name: "jwt-payload-cut", about: JSON_TROUBLE, offers: &["part"], run: |cx| json_troubles(cx, Damage::Cut) },
    Check {
        name: "jwt-trailing-text",
        about: JSON_TROUBLE,
        offers: &["part"],
        run: |cx| json_troubles(cx, Damage::Trailing),
    },
    Check {
        name: "jwt-broken-json",
        about: JSON_TROUBLE,
        offers: &["part", "trouble"],
        run: |cx| json_troubles(cx, Damage::Other),
    },
    Check { name: "jwt-payload-only", about: &["credential.form"], offers: &[], run: payload_only },
];

const TROUBLE: &[&str] = &["jwt.trouble"];
const JSON_TROUBLE: &[&str] = &["jwt.header_trouble", "jwt.claims_trouble"];

/// How many characters of `eyJ` have to be put before the header so that it decodes.
pub(super) fn lost_beginning(cx: &Context) -> Option<usize> {
    let header = segments(cx).first().copied().filter(|_| has_trouble(cx, "header-not-json").is_some())?;
    let text = cx.sources.text(header);
    let begins = |token: &str| {
        String::from_utf8_lossy(&base64::decode(token).bytes).starts_with('{')
            && jwt::form(&format!("{token}.e30.AAAA")).is_some()
    };
    (1..=3).find(|n| begins(&format!("{}{text}", "eyJ".get(..*n).unwrap_or(""))))
}

fn header_not_json(cx: &Context) -> Vec<Hit> {
    let Some(header) = has_trouble(cx, "header-not-json").and_then(|_| segments(cx).first().copied()) else {
        return Vec::new();
    };
    let lost = lost_beginning(cx);
    let guess = match lost {
        Some(1) => "the first character, an `e`, was not copied".to_owned(),
        Some(n) => format!("the first {n} characters were not copied"),
        None => "characters in it were lost or changed".to_owned(),
    };
    vec![Hit::at(header).told("guess", guess)]
}

fn payload_not_json(cx: &Context) -> Vec<Hit> {
    let parts = segments(cx);
    let Some(payload) = parts.get(1).filter(|_| has_trouble(cx, "payload-not-json").is_some()) else {
        return Vec::new();
    };
    let text = cx.text("jwt.payload").unwrap_or_default();
    // A nested token, a compressed payload and text encoded twice are none of this rule's business.
    if jwt::form(text).is_some() || cx.one("jwt.header.zip").is_some() || encoded_json(text).is_some() {
        return Vec::new();
    }
    let expected = is_jwt_expected(cx);
    let printable = text.chars().all(|c| !c.is_control() && c != char::REPLACEMENT_CHARACTER);
    let guess = match (expected, printable) {
        (true, true) => "some other text was signed",
        (true, false) => "characters in it were lost or changed",
        (false, _) => "a JWS may sign anything, but a JWT holds a claims object",
    };
    let mut hit = Hit::at(*payload).told("guess", guess);
    hit.mark = if expected { Mark::D } else { Mark::M };
    vec![hit]
}

fn not_utf8(cx: &Context) -> Vec<Hit> {
    ["header", "payload"]
        .iter()
        .enumerate()
        .filter(|(_, part)| has_trouble(cx, &format!("{part}-not-utf8")).is_some())
        // Bytes that are no JSON either are damaged, not encoded wrongly.
        .filter(|(_, part)| has_trouble(cx, &format!("{part}-not-json")).is_none())
        .filter_map(|(index, part)| Some(Hit::at(*segments(cx).get(index)?).told("part", part)))
        .collect()
}

fn no_object(cx: &Context) -> Vec<Hit> {
    ["header", "payload"]
        .iter()
        .enumerate()
        .filter(|(_, part)| has_trouble(cx, &format!("{part}-no-object")).is_some())
        .filter_map(|(index, part)| {
            let mut hit = Hit::at(*segments(cx).get(index)?).told("part", part);
            hit.mark = if index == 0 || is_jwt_expected(cx) { Mark::D } else { Mark::M };
            Some(hit)
        })
        .collect()
}

/// The payload is a JSON string that holds the claims.
fn stringified(cx: &Context) -> Vec<Hit> {
    let Some(fact) = cx.one("jwt.payload") else { return Vec::new() };
    let document = json::read(fact.value.text().unwrap_or_default(), &[]);
    let inner = document.nodes.first().and_then(|n| n.value.text()).unwrap_or_default();
    let holds = document.is_valid() && is_object(inner);
    if holds { vec![Hit::at(fact.place)] } else { Vec::new() }
}

fn is_object(text: &str) -> bool {
    let document = json::read(text, &[]);
    document.is_valid() && document.nodes.first().is_some_and(|n| n.value == Value::Object)
}

/// The JSON object that a text holds in base64.
fn encoded_json(text: &str) -> Option<String> {
    let text = text.trim().trim_matches('"');
    let decoded = base64::decode(text);
    let inner = String::from_utf8(decoded.bytes).ok().filter(|_| decoded.illegal.is_none())?;
    is_object(&inner).then_some(inner)
}

fn encoded_twice(cx: &Context) -> Vec<Hit> {
    let Some(fact) = cx.one("jwt.payload") else { return Vec::new() };
    let found = encoded_json(fact.value.text().unwrap_or_default()).is_some();
    if found { vec![Hit::at(fact.place)] } else { Vec::new() }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Damage {
    Cut,
    Trailing,
    Other,
}

fn damage(kind: json::Kind) -> Damage {
    match kind {
        json::Kind::Cut | json::Kind::MissingBracket | json::Kind::UnclosedString => Damage::Cut,
        json::Kind::ConcatenatedValues | json::Kind::ExtraClosing | json::Kind::TrailingText => Damage::Trailing,
        _ => Damage::Other,
    }
}

/// What is wrong with the JSON of header and payload: the first trouble of each, if it is of that sort.
fn json_troubles(cx: &Context, wanted: Damage) -> Vec<Hit> {
    [("jwt.header_trouble", "header"), ("jwt.claims_trouble", "payload")]
        .into_iter()
        .filter_map(|(path, part)| {
            let fact = cx.one(path)?;
            let kind = json::Kind::ALL.into_iter().find(|k| fact.value.text() == Some(k.id()))?;
            if damage(kind) != wanted {
                return None;
            }
            let mut hit = Hit::at(fact.place).told("part", part).told("trouble", kind.words());
            if wanted == Damage::Other {
                hit.help = Some(format!("{}; the issuer has to sign it again", kind.help()));
            }
            // Parsers accept half a surrogate pair, and make different things of it.
            hit.mark = if kind == json::Kind::LoneSurrogate { Mark::T } else { Mark::D };
            Some(hit)
        })
        .collect()
}

/// Base64url of a claims set and nothing else: the middle part of a token.
fn payload_only(cx: &Context) -> Vec<Hit> {
    const CLAIMS: &[&str] = &["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];
    let is_opaque = cx.own().iter().any(|f| f.path.as_str() == "credential.form" && f.value.text() == Some("opaque"));
    let value = cx.own().iter().find(|f| f.path.as_str() == "credential.value" && !f.hole).filter(|_| is_opaque);
    let Some((fact, text)) = value.and_then(|f| Some((f, f.value.text().filter(|t| t.starts_with("eyJ"))?))) else {
        return Vec::new();
    };
    let decoded = base64::decode(text.trim_matches('.'));
    let claims = String::from_utf8(decoded.bytes).unwrap_or_default();
    let document = json::read(&claims, &[]);
    let is_claim = |name: &str| CLAIMS.contains(&name);
    let known = document.children(0).filter(|(_, n)| n.name.as_ref().is_some_and(|n| is_claim(&n.text))).count();
    if document.is_valid() && known >= 2 { vec![Hit::at(fact.place)] } else { Vec::new() }
}
