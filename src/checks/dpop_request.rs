//! A DPoP proof and the request that carries it: method, URL, access token, time, and the nonce of the server (RFC 9449
//! sections 4.3, 7, 8 and 9).

use crate::calendar;
use crate::checks::dpop::{is_proof, own, own_text};
use crate::checks::{Check, Context, Hit, time};
use crate::facts::Value;
use crate::finding::Severity;
use crate::platform::Mark;
use crate::verify::jwk;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "dpop-token-hash-missing", about: &["paired.token"], offers: &[], run: hash_missing },
    Check { name: "dpop-token-hash-mismatch", about: &["jwt.claims.ath"], offers: &["how"], run: hash_mismatch },
    Check { name: "dpop-method-mismatch", about: &["jwt.claims.htm"], offers: &["method"], run: method },
    Check { name: "dpop-url-mismatch", about: &["jwt.claims.htu"], offers: &["url", "difference"], run: url },
    Check { name: "dpop-not-fresh", about: &["jwt.claims.iat"], offers: &["away", "moment"], run: not_fresh },
    Check { name: "dpop-key-mismatch", about: &["paired.token.jkt"], offers: &["thumbprint"], run: key_mismatch },
    Check { name: "dpop-nonce", about: &["paired.server.nonce"], offers: &["found"], run: nonce },
    Check { name: "dpop-jti-reused", about: &["paired.proof.jti"], offers: &[], run: reused },
];

/// True if the server took the request: then the proof was good enough for it.
fn was_accepted(cx: &Context) -> bool {
    cx.int("paired.response.status").is_some_and(|status| (200..400).contains(&status))
}

fn is_whole(cx: &Context) -> bool {
    own(cx, "jwt.claims").is_some() && !cx.facts.get(cx.subject).open
}

fn hash_missing(cx: &Context) -> Vec<Hit> {
    let by_dpop = own_text(cx, "paired.token.scheme").is_some_and(|scheme| scheme.eq_ignore_ascii_case("dpop"));
    if !by_dpop || !is_whole(cx) || own(cx, "jwt.claims.ath").is_some() {
        return Vec::new();
    }
    vec![Hit::at(cx.where_missing("jwt.claims.ath"))]
}

fn hash_mismatch(cx: &Context) -> Vec<Hit> {
    let (Some(stated), Some(right)) = (own(cx, "jwt.claims.ath").filter(|f| !f.hole), own(cx, "paired.token.hash"))
    else {
        return Vec::new();
    };
    if stated.value == right.value {
        return Vec::new();
    }
    let how = match own_text(cx, "paired.token.hashed") {
        Some("hex") => "it is written in hexadecimal, not in base64url",
        Some("padded") => "it is in base64 with padding, not in base64url without",
        Some("scheme") => "the scheme was hashed with the token",
        Some("decoded") => "the token was decoded before it was hashed",
        Some("half") => "only the left half of the hash is there, as in `at_hash`",
        _ => "it is the hash of something else",
    };
    vec![Hit { value: None, ..Hit::on(stated) }.told("how", how).and(right.place, "the token that is sent")]
}

fn method(cx: &Context) -> Vec<Hit> {
    let fact = own(cx, "jwt.claims.htm").filter(|f| !f.hole && is_proof(cx));
    let (Some(fact), Some(sent)) = (fact, cx.one("request.method").filter(|f| !f.hole)) else { return Vec::new() };
    // A method that nobody wrote is known only where nothing else could set it.
    let is_known = !sent.place.span.is_empty() || cx.text("request.form") == Some("curl command") && !cx.is_open();
    let (Some(stated), Some(method)) = (fact.value.text(), sent.value.text()) else { return Vec::new() };
    if stated == method || !is_known {
        return Vec::new();
    }
    let level = if stated.eq_ignore_ascii_case(method) { Severity::Warning } else { Severity::Error };
    let hit = Hit::on(fact).with("method", method).at_most(level);
    vec![if sent.place.span.is_empty() { hit } else { hit.and(sent.place, "what is sent") }]
}

/// The parts of a URL that a proof is compared by (RFC 9449 section 4.3), after normalisation (RFC 3986 section 6.2).
struct Target {
    /// Not known for a request whose target is a path.
    scheme: Option<String>,
    host: String,
    port: Option<String>,
    path: String,
}

impl Target {
    fn of_uri(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let slash = rest.find('/').unwrap_or(rest.len());
        let (authority, path) = rest.split_at(slash);
        let host = authority.rsplit('@').next().unwrap_or_default();
        let (host, port) = split_port(host);
        Some(Self { scheme: Some(scheme.to_ascii_lowercase()), host, port, path: normal_path(path) })
    }

    /// What the request is sent to; `None` if a part of it is not known.
    fn of_request(cx: &Context) -> Option<Self> {
        let written = cx.one("request.url").filter(|f| !f.hole)?.value.text()?;
        if written.contains("://") {
            return Self::of_uri(written);
        }
        let scheme = cx.text("request.scheme").map(str::to_owned);
        let named = cx.one("request.header.host").filter(|f| !f.hole && !f.place.span.is_empty());
        if let Some(host) = named.and_then(|f| f.value.text()) {
            let (host, port) = split_port(host.trim());
            return Some(Self { scheme, host, port, path: normal_path(cx.text("request.path").unwrap_or_default()) });
        }
        // curl puts the scheme in front.
        let host = cx.text("request.host").filter(|_| !written.starts_with('/'))?.to_owned();
        let port = cx.one("request.port").map(|f| f.value.to_string());
        Some(Self { scheme, host, port, path: normal_path(cx.text("request.path").unwrap_or_default()) })
    }

    /// The port that is meant, where `scheme` is that of either side.
    fn port<'a>(&'a self, scheme: Option<&'a str>) -> &'a str {
        let default = if scheme == Some("http") { "80" } else { "443" };
        self.port.as_deref().filter(|port| !port.is_empty()).unwrap_or(default)
    }

    fn show(&self) -> String {
        let scheme = self.scheme.as_ref().map(|scheme| format!("{scheme}://")).unwrap_or_default();
        let port = self.port.as_ref().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{scheme}{}{port}{}", self.host, self.path)
    }
}

/// `host:port`, where the host may be an IPv6 address in brackets.
fn split_port(text: &str) -> (String, Option<String>) {
    let after = text.rfind(']').unwrap_or(0);
    match text.get(after..).and_then(|rest| rest.find(':')).map(|colon| text.split_at(after + colon)) {
        Some((host, port)) => (host.to_ascii_lowercase(), port.get(1..).map(str::to_owned)),
        None => (text.to_ascii_lowercase(), None),
    }
}

/// A path with no needless percent-encoding and with its hexadecimal digits in upper case.
fn normal_path(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut pieces = path.split('%');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let digits = piece.get(..2).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let value = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).map(char::from);
        match value.filter(|c| c.is_ascii_alphanumeric() || "-._~".contains(*c)) {
            Some(plain) => out.push(plain),
            None => {
                out.push('%');
                out.push_str(&digits.unwrap_or_default().to_ascii_uppercase());
            }
        }
        out.push_str(piece.get(digits.map_or(0, str::len)..).unwrap_or_default());
    }
    if out.is_empty() { "/".to_owned() } else { out }
}

/// True for a host that only some network knows.
pub(super) fn is_internal(host: &str) -> bool {
    let private = |prefix: &str| host.starts_with(prefix);
    let in_172 = host.strip_prefix("172.").and_then(|rest| rest.split('.').next()).and_then(|n| n.parse::<u8>().ok());
    !host.contains('.') && !host.starts_with('[')
        || host == "[::1]"
        || ["127.", "10.", "192.168."].iter().any(|prefix| private(prefix))
        || in_172.is_some_and(|n| (16..32).contains(&n))
        || [".local", ".localhost", ".internal", ".svc"].iter().any(|end| host.ends_with(end))
}

fn url(cx: &Context) -> Vec<Hit> {
    let fact = own(cx, "jwt.claims.htu").filter(|f| !f.hole && is_proof(cx));
    // A proxy says here what the client has called.
    let forwarded = ["request.header.forwarded", "request.header.x-forwarded-host", "request.header.x-forwarded-proto"];
    let (Some(fact), false) = (fact, forwarded.iter().any(|path| cx.one(path).is_some())) else { return Vec::new() };
    let Some(sent) = Target::of_request(cx) else { return Vec::new() };
    let place = cx.one("request.url").map_or(fact.place, |f| f.place);
    let hit = |difference: &str| {
        let hit = Hit::on(fact).with("url", sent.show()).told("difference", difference);
        hit.and(place, "where the request goes")
    };
    let Some(stated) = fact.value.text().and_then(Target::of_uri) else {
        return vec![hit("it is no whole URL with scheme and host")];
    };
    let either = |a: &Target, b: &Target| a.scheme.clone().or_else(|| b.scheme.clone());
    let (ours, theirs) = (either(&stated, &sent), either(&sent, &stated));
    let behind_proxy = is_internal(&sent.host) && !is_internal(&stated.host);
    let difference = if stated.host != sent.host && behind_proxy {
        "the request goes to an internal host, the proof is for a public one"
    } else if stated.host != sent.host && is_internal(&stated.host) {
        "the proof names an internal host, which a proxy hides from the client"
    } else if stated.host != sent.host {
        "the hosts differ"
    } else if ours != theirs {
        "the schemes differ"
    } else if stated.port(ours.as_deref()) != sent.port(theirs.as_deref()) {
        "the ports differ"
    } else if stated.path.trim_end_matches('/') == sent.path.trim_end_matches('/') && stated.path != sent.path {
        "only one of them ends in a slash"
    } else if stated.path != sent.path {
        "the paths differ"
    } else {
        return Vec::new();
    };
    let mut hit = hit(difference);
    // Sent from behind the proxy, or through a tunnel, it may be right; and what a server took was right for it.
    if behind_proxy || was_accepted(cx) {
        hit.mark = Mark::T;
    }
    vec![hit]
}

/// Proofs are taken for a few minutes at most.
const WINDOW: i128 = 300;

fn not_fresh(cx: &Context) -> Vec<Hit> {
    let (Some(fact), Some(iat)) = (own(cx, "jwt.claims.iat"), time::iat(cx)) else { return Vec::new() };
    let answered = cx.int("paired.response.date");
    if !is_proof(cx) || was_accepted(cx) {
        return Vec::new();
    }
    let Some(at) = answered.or_else(|| cx.now()) else { return Vec::new() };
    let away = at.saturating_sub(iat);
    if away.abs() <= WINDOW {
        return Vec::new();
    }
    let moment = if answered.is_some() { " when the server answers" } else { "" };
    let side = if away > 0 { "old" } else { "early" };
    let hit = Hit { value: None, ..Hit::on(fact) };
    vec![hit.told("away", format!("{} {side}", calendar::span(away.abs()))).told("moment", moment)]
}

fn key_mismatch(cx: &Context) -> Vec<Hit> {
    let member = |name: &str| own_text(cx, &format!("jwt.header.jwk.{name}"));
    let (Some(bound), Some(thumbprint)) = (own_text(cx, "paired.token.jkt"), jwk::thumbprint(&member)) else {
        return Vec::new();
    };
    let (Some(key), Some(token)) = (own(cx, "jwt.header.jwk"), own(cx, "paired.token.jkt")) else { return Vec::new() };
    if bound == thumbprint {
        return Vec::new();
    }
    let hit = Hit { value: None, ..Hit::on(key) };
    vec![hit.with("thumbprint", thumbprint).and(token.place, "the key it is bound to")]
}

fn nonce(cx: &Context) -> Vec<Hit> {
    let (Some(given), false) = (own(cx, "paired.server.nonce"), was_accepted(cx) || !is_whole(cx)) else {
        return Vec::new();
    };
    let stated = own(cx, "jwt.claims.nonce");
    if stated.is_some_and(|f| f.hole || f.value == given.value) {
        return Vec::new();
    }
    let demanded = own(cx, "paired.server.demands").is_some_and(|f| f.value == Value::Bool(true));
    let (place, found) = match stated {
        Some(fact) => (fact.place, "has another nonce than the server gave out last"),
        None => (cx.where_missing("jwt.claims.nonce"), "has no nonce, and the server gave one out"),
    };
    // Without the demand an older nonce may still be taken.
    let level = if demanded { Severity::Error } else { Severity::Warning };
    vec![Hit::at(place).told("found", found).at_most(level).and(given.place, "the nonce of the server")]
}

fn reused(cx: &Context) -> Vec<Hit> {
    let (Some(id), Some(first)) = (own(cx, "jwt.claims.jti"), own(cx, "paired.proof.jti")) else { return Vec::new() };
    vec![Hit::on(id).and(first.place, "first used here")]
}
