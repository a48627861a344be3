//! What stands in a URL or a form as written: secrets that do not belong there, and what form encoding does to values.

use std::borrow::Cow;

use crate::checks::parameter_value::parameter;
use crate::checks::token_request::{endpoint, is_carrier, takes_get};
use crate::checks::{Check, Context, Fixer, Hit, value_word};
use crate::decode::jwt;
use crate::facts::{Fact, Thing};
use crate::finding::{Edit, Word};
use crate::platform::Mark;
use crate::source::{Origin, Place};

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "url-html-escaped", about: &["request.form"], offers: &[], run: html_escaped },
    Check { name: "secret-in-query", about: &["request.query"], offers: &["names", "advice"], run: secret_in_query },
    Check { name: "token-in-query", about: &["request.query"], offers: &[], run: token_in_query },
    Check { name: "userinfo", about: &["request.userinfo"], offers: &[], run: userinfo },
    Check { name: "plus-in-value", about: &["auth.name"], offers: &["parameter", "blank"], run: plus_in_value },
    Check {
        name: "blank-in-name",
        about: &["request.query", "request.body_kind"],
        offers: &["parameter"],
        run: blank_in_name,
    },
    Check { name: "oauth-plain-http", about: &["authorize"], offers: &["host"], run: plain_http },
    Check { name: "url-cut", about: &["authorize.redirect_uri"], offers: &["sign"], run: unescaped },
];

/// The fixers of this group.
pub const FIXERS: &[Fixer] = &[
    Fixer { name: "encode-plus", run: encode_plus },
    Fixer { name: "delete-blank-in-names", run: delete_blanks },
    Fixer { name: "decode-once", run: decode_once },
];

/// The text of a parameter before form decoding.
pub(super) fn raw(cx: &Context, place: Place) -> Place {
    match &cx.sources.get(place.source).origin {
        Origin::Decoded { from, how: "percent-encoding", .. } => *from,
        _ => place,
    }
}

/// True for a name or address of this very machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.") || matches!(&*host, "[::1]" | "::1")
}

/// True for hosts that only a local network knows: private addresses (RFC 1918, RFC 4193), names of one label and the
/// top-level names that are set aside for it.
pub(super) fn is_local_network(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let second = || host.split('.').nth(1).and_then(|n| n.parse::<u8>().ok());
    host.starts_with("10.")
        || host.starts_with("192.168.")
        || (host.starts_with("172.") && second().is_some_and(|n| (16..32).contains(&n)))
        || host.starts_with("[fc")
        || host.starts_with("[fd")
        || !host.contains(['.', ':'])
        || [".local", ".internal", ".test", ".lan", ".svc.cluster.local"].iter().any(|end| host.ends_with(end))
}

/// The parameters of the query of a request.
fn query<'a>(cx: &Context<'a>) -> impl Iterator<Item = &'a Fact> + use<'a> {
    cx.own().iter().filter(|f| f.path.as_str().starts_with("request.query.") && f.path.segments().count() == 3)
}

/// The parameters of a form body, and of the query.
fn form<'a>(cx: &Context<'a>) -> impl Iterator<Item = &'a Fact> + use<'a> {
    let own = cx.own().iter();
    own.filter(|f| f.path.as_str().starts_with("request.param.") || f.path.as_str().starts_with("request.query."))
}

/// True if the request is that OAuth message.
fn is(cx: &Context, thing: Thing) -> bool {
    cx.text("request.message") == Some(thing.name())
}

/// Parameters that a server must never see in a URL (RFC 6749 section 2.3.1), and those that it better does not.
const SECRETS: &[(&str, bool)] = &[
    ("client_secret", true),
    ("client_assertion", true),
    ("code_verifier", true),
    ("api_secret", false),
    ("assertion", false),
    ("password", false),
    ("refresh_token", false),
];

/// A secret in the query. Said once a request, of all its secrets.
fn secret_in_query(cx: &Context) -> Vec<Hit> {
    let in_contract =
        |name: &str| endpoint(cx).is_some_and(|e| e.parameters.iter().any(|(known, need)| known == name && need.never));
    let secret = |f: &&Fact| SECRETS.iter().any(|(name, _)| *name == f.path.name() && !in_contract(name));
    let found: Vec<&Fact> = query(cx).filter(secret).filter(|f| f.value.text() != Some("")).take(4).collect();
    let Some(first) = found.first() else { return Vec::new() };
    if is(cx, Thing::TokenRequest) && (is_carrier(cx, "query") || takes_get(cx)) {
        return Vec::new(); // the platform wants it there
    }
    let is_forbidden = found.iter().any(|f| SECRETS.contains(&(f.path.name(), true)));
    let mut hit = Hit::on(first);
    // Some servers do document token requests of this kind.
    if is(cx, Thing::TokenRequest) || !is_forbidden {
        hit.mark = Mark::T;
    }
    let names: Vec<String> = found.iter().map(|f| format!("`{}`", f.path.name())).collect();
    for other in found.iter().skip(1) {
        hit = hit.and(other.place, "and another one");
    }
    let advice = if is(cx, Thing::Authorize) {
        "take it out: the browser sees this URL; it belongs in the token request that your server makes, and what was sent here must be replaced by a new one"
    } else {
        "send it in the body of a POST request, and replace it by a new one if the URL was used"
    };
    hit.variables.push(("advice", Word::Text(Cow::Borrowed(advice))));
    hit.variables.push(("names", Word::Text(Cow::Owned(names.join(" and ")))));
    vec![hit]
}

/// Parameters that carry an access token or the like, whatever their value.
const TOKENS: &[&str] = &["access_token", "accesstoken", "auth_token", "bearer", "id_token", "jwt"];

/// A token in the query of a request to an API. WebSockets have no better place, so there it is no more than a note.
fn token_in_query(cx: &Context) -> Vec<Hit> {
    let is_token = |f: &&Fact| {
        let name = f.path.name().to_ascii_lowercase();
        let looks = || f.value.text().is_some_and(|t| jwt::form(t).is_some());
        f.value.text() != Some("") && (TOKENS.contains(&name.as_str()) || (name == "token" && looks()))
    };
    let Some(fact) = query(cx).find(is_token) else { return Vec::new() };
    if is(cx, Thing::Callback) || is(cx, Thing::Authorize) {
        return Vec::new();
    }
    let path = cx.text("request.path").unwrap_or_default().to_ascii_lowercase();
    let has_no_better_place = cx.text("request.scheme").is_some_and(|s| matches!(s, "ws" | "wss"))
        || [".m3u8", ".mpd", ".ts", ".mp4", ".m4s"].iter().any(|end| path.ends_with(end));
    let mut hit = Hit::on(fact);
    if has_no_better_place {
        hit.mark = Mark::M;
    }
    vec![hit]
}

/// `https://user:password@host`: only with a password, in a request to a web server.
fn userinfo(cx: &Context) -> Vec<Hit> {
    let is_web = cx.text("request.scheme").is_some_and(|s| matches!(s, "http" | "https"));
    let fact = cx.one("request.userinfo").filter(|f| f.value.text().is_some_and(|t| t.contains(':')));
    fact.filter(|_| is_web).map(Hit::on).into_iter().collect()
}

/// Parameters whose values never hold a blank.
const NO_BLANK: &[&str] = &[
    "access_token",
    "assertion",
    "client_assertion",
    "client_secret",
    "code",
    "code_verifier",
    "device_code",
    "id_token",
    "refresh_token",
];

/// A blank in a value that cannot hold one: it was a `+`, which stands for a blank in forms and queries.
fn plus_in_value(cx: &Context) -> Vec<Hit> {
    let Some((name, fact)) = parameter(cx).filter(|(name, f)| NO_BLANK.contains(name) && !f.hole) else {
        return Vec::new();
    };
    let text = fact.value.text().unwrap_or_default();
    // A blank at an end was pasted, and a sentence is no damaged value.
    let blank = text.trim().find(' ').filter(|_| text.split_whitespace().count() <= 4);
    let Some(at) = blank.map(|at| at + text.len() - text.trim_start().len()) else { return Vec::new() };
    let was_plus = cx.sources.text(raw(cx, fact.place)).contains('+');
    let mut hit = Hit::on(fact).with("parameter", name);
    if fact.place.span.len() == text.len() {
        hit = hit.moved(fact.place.part(at, at + 1));
    }
    let words = if was_plus { "`+`, which stands for a blank" } else { "a blank, where a `+` may have been" };
    hit.variables.push(("blank", Word::Text(Cow::Borrowed(words))));
    if cx.one("request.message").is_none() || !was_plus {
        hit.mark = Mark::T;
    }
    vec![hit]
}

/// Writes `%2B` for every `+` of the value.
fn encode_plus(cx: &Context, _: &Hit) -> Vec<Edit> {
    let Some(raw) = parameter(cx).map(|(_, f)| raw(cx, f.place)) else { return Vec::new() };
    let signs = cx.sources.text(raw).match_indices('+').map(|(at, _)| raw.part(at, at + 1));
    let places: Option<Vec<Place>> = signs.map(|place| cx.sources.editable(place)).collect();
    let edit = |place| Edit { place, text: "%2B".to_owned(), secret: false };
    places.unwrap_or_default().into_iter().map(edit).collect()
}

/// Names of parameters that begin or end with a blank: `&  code=…`.
fn blank_in_name(cx: &Context) -> Vec<Hit> {
    let is_blank = |f: &&Fact| {
        let name = f.path.name();
        name != name.trim() && !name.trim().is_empty()
    };
    let Some(first) = form(cx).find(is_blank) else { return Vec::new() };
    vec![Hit::on(first).with("parameter", first.path.name().trim())]
}

/// Deletes the blanks before all names.
fn delete_blanks(cx: &Context, hit: &Hit) -> Vec<Edit> {
    let path = if hit.path.as_ref().is_some_and(|p| p.as_str().starts_with("request.param.")) {
        "request.body"
    } else {
        "request.query"
    };
    let Some(all) = cx.one(path).map(|f| f.place) else { return Vec::new() };
    let mut at = 0;
    let mut places = Vec::new();
    for piece in cx.sources.text(all).split('&') {
        let blanks = piece.len() - piece.trim_start().len();
        if blanks > 0 {
            places.push(all.part(at, at + blanks));
        }
        at += piece.len() + 1;
    }
    let places: Option<Vec<Place>> = places.into_iter().map(|place| cx.sources.editable(place)).collect();
    let edit = |place| Edit { place, text: String::new(), secret: false };
    places.unwrap_or_default().into_iter().map(edit).collect()
}

/// Takes one layer of percent-encoding off a value that has two: `%25` becomes `%`.
fn decode_once(cx: &Context, hit: &Hit) -> Vec<Edit> {
    let raw = raw(cx, hit.at);
    let text = cx.sources.text(raw);
    let escapes: Vec<Place> = text.match_indices("%25").map(|(at, _)| raw.part(at + 1, at + 3)).collect();
    let places: Option<Vec<Place>> = escapes.into_iter().map(|place| cx.sources.editable(place)).collect();
    let edit = |place| Edit { place, text: String::new(), secret: false };
    places.unwrap_or_default().into_iter().map(edit).collect()
}

/// An authorization endpoint over plain http.
fn plain_http(cx: &Context) -> Vec<Hit> {
    let (Some(scheme), Some(host)) = (cx.one("request.scheme"), cx.text("request.host")) else { return Vec::new() };
    if scheme.value.text() != Some("http") || scheme.hole || is_loopback(host) {
        return Vec::new();
    }
    let mut hit = Hit::on(scheme).with("host", host);
    if is_local_network(host) {
        hit.mark = Mark::M;
    }
    vec![hit]
}

/// A redirect URI that ends where its own `&` or `#` stands, since nobody encoded it.
fn unescaped(cx: &Context) -> Vec<Hit> {
    let Some(fact) = cx.one("authorize.redirect_uri").filter(|f| !f.hole) else { return Vec::new() };
    let raw = raw(cx, fact.place);
    let text = cx.sources.text(raw);
    let said = |sign: &'static str, at: Place| {
        let mut hit = Hit::on(fact).moved(at);
        hit.variables.push(("sign", Word::Text(Cow::Borrowed(sign))));
        hit.value = Some(value_word(fact));
        vec![hit]
    };
    // The fragment of the whole URL begins right behind the value.
    if let Some(fragment) = cx.one("request.fragment") {
        if fragment.place.source == raw.source && fragment.place.span.start == raw.span.end + 1 {
            return said("#", raw);
        }
    }
    // A query of its own, written plainly, goes on in parameters that no authorization request has.
    let is_unknown = |f: &&Fact| f.path.segments().count() == 2 && !super::oauth::is_authorize_parameter(f.path.name());
    let next = cx
        .own()
        .iter()
        .filter(|f| f.path.as_str() != "authorize")
        .find(|f| f.place.source == raw.source && f.place.span.start > raw.span.end);
    match next.filter(is_unknown) {
        Some(_) if text.contains('?') => said("&", raw),
        _ => Vec::new(),
    }
}

/// Parameters whose name begins with `amp;`: the `&` before them was written for HTML, and stands elsewhere.
fn html_escaped(cx: &Context) -> Vec<Hit> {
    let is_link = |url: &Fact| {
        let at = cx.sources.given(url.place);
        let before = cx.sources.get(at.source).text.get(..at.span.start).unwrap_or_default();
        let before = before.strip_suffix(['"', '\'']).unwrap_or_default();
        ["href=", "src=", "action="].iter().any(|name| before.ends_with(name))
    };
    if cx.one("request.url").is_some_and(is_link) {
        return Vec::new();
    }
    let is_escaped =
        |f: &&Fact| matches!(f.path.segments().nth(1), Some("query" | "param")) && f.path.name().starts_with("amp;");
    let mut found = cx.own().iter().filter(is_escaped);
    let Some(first) = found.next() else { return Vec::new() };
    vec![found.take(3).fold(Hit::at(first.place), |hit, again| hit.and(again.place, "and here"))]
}
