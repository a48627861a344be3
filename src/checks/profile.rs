//! Kinds of JWT with rules of their own: access tokens of RFC 9068, ID tokens, logout tokens, request objects; and the
//! claims that bind a token to a key or name who acts (RFC 7800, RFC 8693).
//!
//! What a token is, its `typ` says, or the place where it stands. A token that says nothing is held to none of this.

use crate::checks::{Check, Context, Hit};
use crate::decode::base64;
use crate::facts::{Fact, Value};
use crate::platform::Mark;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "profile-claims", about: CLAIMS, offers: &["kind", "claims", "document"], run: required },
    Check { name: "logout-lifetime", about: CLAIMS, offers: &["minutes"], run: logout_lifetime },
    Check { name: "request-object", about: CLAIMS, offers: &["claim"], run: nested_request },
    Check { name: "request-object-client", about: CLAIMS, offers: &["outside"], run: request_client },
    Check { name: "request-object-unsigned", about: &["jwt.header.alg"], offers: &[], run: request_unsigned },
    Check { name: "request-object-subject", about: CLAIMS, offers: &[], run: request_subject },
    Check { name: "confirmation-keys", about: &["jwt.claims.cnf"], offers: &["members"], run: confirmation_keys },
    Check {
        name: "confirmation-thumbprint",
        about: &["jwt.claims.cnf"],
        offers: &["member", "found"],
        run: confirmation_thumbprint,
    },
    Check { name: "actor-type", about: &["jwt.claims.act", "jwt.claims.may_act"], offers: &["claim"], run: actor },
];

const CLAIMS: &[&str] = &["jwt.claims"];

/// A kind of JWT that a document describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Profile {
    /// An access token of RFC 9068.
    Access,
    /// An ID token of OpenID Connect.
    Id,
    /// A logout token of OpenID Connect Back-Channel Logout.
    Logout,
    /// A request object of RFC 9101.
    Request,
}

/// What the token says it is, or what the place says where it stands.
pub(super) fn profile(cx: &Context) -> Option<Profile> {
    let own = |path: &str| cx.own().iter().find(|f| f.path.as_str() == path).and_then(|f| f.value.text());
    let typ = own("jwt.header.typ").unwrap_or_default().to_ascii_lowercase();
    let name = own("auth.name").or_else(|| own("paired.response.member"));
    match (typ.trim_start_matches("application/"), name) {
        ("at+jwt", _) => Some(Profile::Access),
        ("logout+jwt", _) | (_, Some("logout_token")) => Some(Profile::Logout),
        ("oauth-authz-req+jwt", _) => Some(Profile::Request),
        (_, Some("request")) if cx.text("request.message") == Some("authorization request") => Some(Profile::Request),
        (_, Some("id_token")) if own("jwt.header.alg").is_some() => Some(Profile::Id),
        _ => None,
    }
}

/// True if claims may be there that could not be read.
fn is_broken(cx: &Context) -> bool {
    let trouble = |f: &Fact| matches!(f.path.as_str(), "json.trouble" | "jwt.claims_trouble");
    cx.facts.get(cx.subject).open || cx.own().iter().any(trouble)
}

/// The claims that a kind of token has to have. Of an access token servers check the first three; the others are as
/// often left out as not (RFC 9068 sections 2.2 and 4).
fn required(cx: &Context) -> Vec<Hit> {
    let (kind, document, basis, error, warning): (_, _, _, &[&str], &[&str]) = match profile(cx) {
        Some(Profile::Access) => (
            "access token of type `at+jwt`",
            "RFC 9068",
            "https://www.rfc-editor.org/rfc/rfc9068#section-2.2",
            &["iss", "exp", "aud"],
            &["sub", "client_id", "iat", "jti"],
        ),
        Some(Profile::Id) => (
            "ID token",
            "OpenID Connect",
            "https://openid.net/specs/openid-connect-core-1_0.html#IDToken",
            &["iss", "sub", "aud", "exp", "iat"],
            &[],
        ),
        Some(Profile::Logout) => (
            "logout token",
            "OpenID Connect Back-Channel Logout",
            "https://openid.net/specs/openid-connect-backchannel-1_0.html#LogoutToken",
            &["iss", "aud", "iat", "jti", "events"],
            // A later revision of the document brought it.
            &["exp"],
        ),
        Some(Profile::Request) => {
            ("request object", "RFC 9101", "https://www.rfc-editor.org/rfc/rfc9101#section-4", &[], &["iss", "aud"])
        }
        None => return Vec::new(),
    };
    if is_broken(cx) || cx.one("jwt.claims").is_none() {
        return Vec::new();
    }
    let has = |name: &&&str| cx.own().iter().any(|f| f.path.as_str() == format!("jwt.claims.{name}"));
    let absent = |list: &'static [&'static str]| list.iter().filter(|name| !has(name)).copied().collect::<Vec<_>>();
    let (mut missing, optional) = (absent(error), absent(warning));
    if profile(cx) == Some(Profile::Logout) && !has(&&"sub") && !has(&&"sid") {
        missing.push("sub");
    }
    let is_error = !missing.is_empty();
    missing.extend(optional);
    let Some(first) = missing.first() else { return Vec::new() };
    let claims: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
    let mut hit = Hit::at(cx.where_missing(&format!("jwt.claims.{first}")))
        .told("kind", kind)
        .told("claims", claims.join(", "))
        .told("document", document);
    hit.basis = Some(basis.to_owned());
    hit.mark = if is_error { Mark::D } else { Mark::T };
    vec![hit]
}

/// A logout token that is good for more than two minutes.
fn logout_lifetime(cx: &Context) -> Vec<Hit> {
    let (Some(exp), Some(iat)) = (cx.one("jwt.claims.exp"), cx.int("jwt.claims.iat")) else { return Vec::new() };
    let lifetime = exp.value.int().unwrap_or(iat).saturating_sub(iat);
    if profile(cx) != Some(Profile::Logout) || !(121..86_400).contains(&lifetime) {
        return Vec::new();
    }
    vec![Hit::on(exp).told("minutes", lifetime / 60)]
}

/// A request object within a request object.
fn nested_request(cx: &Context) -> Vec<Hit> {
    let found = ["jwt.claims.request", "jwt.claims.request_uri"].into_iter().filter_map(|path| cx.one(path));
    let found = found.filter(|_| profile(cx) == Some(Profile::Request));
    found.map(|f| Hit::on(f).with("claim", f.path.name())).collect()
}

/// Another client in the request object than in the URL that carries it.
fn request_client(cx: &Context) -> Vec<Hit> {
    if profile(cx) != Some(Profile::Request) {
        return Vec::new();
    }
    let outside = cx.one("request.query.client_id").filter(|f| !f.hole);
    match (cx.one("jwt.claims.client_id").filter(|f| !f.hole), outside) {
        (Some(inside), Some(outside)) if inside.value != outside.value => {
            vec![Hit::on(inside).with_fact("outside", outside).and(outside.place, "the client of the URL")]
        }
        _ => Vec::new(),
    }
}

fn request_unsigned(cx: &Context) -> Vec<Hit> {
    let is_none = |f: &&Fact| f.value.text().is_some_and(|alg| alg.eq_ignore_ascii_case("none"));
    let alg = cx.one("jwt.header.alg").filter(is_none).filter(|_| profile(cx) == Some(Profile::Request));
    alg.map(Hit::on).into_iter().collect()
}

/// A request object that could pass for a client assertion.
fn request_subject(cx: &Context) -> Vec<Hit> {
    let sub = cx.one("jwt.claims.sub").filter(|f| !f.hole && profile(cx) == Some(Profile::Request));
    let client = cx.one("jwt.claims.client_id").or_else(|| cx.one("jwt.claims.iss"));
    match (sub, client) {
        (Some(sub), Some(client)) if sub.value == client.value => vec![Hit::on(sub).and(client.place, "the client")],
        _ => Vec::new(),
    }
}

/// The members of `cnf` itself.
fn confirmation<'a>(cx: &Context<'a>) -> Vec<&'a Fact> {
    let is_member = |f: &&Fact| f.path.as_str().starts_with("jwt.claims.cnf.") && f.path.segments().count() == 4;
    cx.own().iter().filter(is_member).collect()
}

/// More than one key in `cnf` (RFC 7800 section 3.1).
fn confirmation_keys(cx: &Context) -> Vec<Hit> {
    let members = confirmation(cx);
    let keys: Vec<&&Fact> = members.iter().filter(|f| matches!(f.path.name(), "jwk" | "jwe" | "jku")).collect();
    let (Some(first), Some(second)) = (keys.first(), keys.get(1)) else { return Vec::new() };
    let names: Vec<String> = keys.iter().map(|f| format!("`{}`", f.path.name())).collect();
    vec![Hit::on(second).told("members", names.join(" and ")).and(first.place, "the first key")]
}

/// A thumbprint is the base64url of a SHA-256 hash: 43 characters. Unused bits at its end are left alone, as the sample
/// of RFC 8705 has some.
fn confirmation_thumbprint(cx: &Context) -> Vec<Hit> {
    let members = confirmation(cx);
    let prints = members.iter().filter(|f| !f.hole && matches!(f.path.name(), "jkt" | "x5t#S256"));
    let found = prints.filter_map(|f| {
        let Value::Text(text) = &f.value else { return Some((f, "no text".to_owned())) };
        let is_url_safe = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if text.len() == 43 && is_url_safe {
            return None;
        }
        let plain = text.replace(':', "");
        let is_hex = [40, 64].contains(&plain.len()) && plain.bytes().all(|b| b.is_ascii_hexdigit());
        let decoded = base64::decode(text).bytes.len();
        Some((
            f,
            if is_hex {
                "hexadecimal digits".to_owned()
            } else if text.ends_with('=') && decoded == 32 {
                "base64 with padding".to_owned()
            } else if decoded == 32 {
                "of the standard alphabet of base64".to_owned()
            } else {
                format!("{} characters long", text.chars().count())
            },
        ))
    });
    found.map(|(f, found)| Hit::on(f).told("member", f.path.name().to_owned()).told("found", found)).collect()
}

/// Who acts is an object (RFC 8693 sections 4.1 and 4.4).
fn actor(cx: &Context) -> Vec<Hit> {
    let found = ["jwt.claims.act", "jwt.claims.may_act"].into_iter().filter_map(|path| cx.one(path));
    let found = found.filter(|f| !f.hole && f.value != Value::Object);
    found.map(|f| Hit::on(f).told("claim", f.path.name().to_owned())).collect()
}
