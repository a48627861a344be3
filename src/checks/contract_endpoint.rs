//! Where a request goes, how and in which version, against what the contracts say.

use crate::checks::contract::Called;
use crate::checks::{Check, Context, Fixer, Hit};
use crate::facts::{Fact, Thing};
use crate::finding::{Edit, Severity, Word};
use crate::platform::{Endpoint, Mark, Platform, UrlPattern, Version};
use crate::rule::Str;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "contract-method", about: ABOUT, offers: &["called", "method", "expected", "write"], run: method },
    Check { name: "contract-endpoint", about: &["platform.by"], offers: &["wanted", "kind", "method"], run: endpoint },
    Check { name: "contract-outdated", about: &["endpoint.id"], offers: &["called"], run: outdated },
    Check { name: "contract-version-gone", about: ABOUT, offers: &["called", "version", "state"], run: gone },
    Check { name: "contract-version-old", about: ABOUT, offers: &["called", "version", "state"], run: old },
    Check {
        name: "contract-client-type",
        about: &["endpoint.id"],
        offers: &["platform", "client_type", "expected"],
        run: client_type,
    },
];

/// The fixers of this group.
pub const FIXERS: &[Fixer] = &[Fixer { name: "contract-method", run: write_method }];

const ABOUT: &[&str] = &["api.id", "endpoint.id"];

/// The operation has other HTTP methods.
fn method(cx: &Context) -> Vec<Hit> {
    let (Some(called), Some(method)) = (Called::of(cx), cx.one("request.method")) else { return Vec::new() };
    let of_operation = called.operations.iter().filter(|o| o.only).flat_map(|o| o.method.iter());
    let mut expected: Vec<Str> = of_operation.cloned().collect();
    if expected.is_empty() {
        let of_row = called.api.map(|a| &a.method).or(called.endpoint.map(|e| &e.method));
        expected.extend(of_row.into_iter().flat_map(|m| m.iter()).cloned());
    }
    let sent = method.value.text().unwrap_or_default();
    // A method that nobody wrote is only the command's own choice if all of the command is known.
    let is_guess = method.place.span.is_empty() && cx.is_open();
    if method.hole || is_guess || expected.is_empty() || matches!(sent, "OPTIONS" | "HEAD") {
        return Vec::new();
    }
    if expected.iter().any(|m| m.eq_ignore_ascii_case(sent)) {
        return Vec::new();
    }
    let help = called.operations.iter().rev().find_map(|o| o.help.as_deref().filter(|_| o.only));
    let is_curl = cx.text("request.form") == Some("curl command");
    let unwritten = expected.first().filter(|_| is_curl && method.place.span.is_empty());
    let option = unwritten.map(|first| format!("add `-X {first}`: without it, and without a body, curl sends {sent}"));
    let help = help.or(option.as_deref());
    let hit = Hit::on(method)
        .with("called", called.title())
        .with("method", sent)
        .with("expected", expected.join(" or "))
        .with("write", expected.first().map_or("", |m| m))
        .says(called.platform, called.basis(), help, called.mark());
    vec![hit]
}

/// Writes the method, where one is written.
fn write_method(cx: &Context, hit: &Hit) -> Vec<Edit> {
    let write = hit.variables.iter().find(|(name, _)| *name == "write");
    match (write, cx.sources.editable(hit.at)) {
        (Some((_, Word::Value { text, .. })), Some(place)) if !place.span.is_empty() => {
            vec![Edit { place, text: text.clone(), secret: false }]
        }
        _ => Vec::new(),
    }
}

/// An OAuth request goes to another URL than the one that the documents name for it.
fn endpoint(cx: &Context) -> Vec<Hit> {
    let Some((platform, url)) = cx.platform().zip(cx.one("request.url")) else { return Vec::new() };
    let Some(oauth) = &platform.oauth else { return Vec::new() };
    let find = |id: &str| oauth.endpoints.iter().find(|e| e.id == id);
    let here = cx.text("endpoint.id");
    let kind = cx.facts.children(cx.subject).find_map(|(_, s)| match s.thing {
        Thing::Authorize => Some("authorize"),
        Thing::TokenRequest => Some("token"),
        _ => None,
    });
    if cx.one("endpoint.instead").is_some() {
        let wanted = here.and_then(find);
        return wanted.map(|e| goes_elsewhere(cx, platform, e, url, e.mark.max(e.mistaken_mark))).into_iter().collect();
    }
    let wanted = match (here, kind) {
        (Some("authorize"), Some("token")) => find("token").map(|e| (e, Mark::D)),
        (Some("token"), Some("authorize")) => find("authorize").map(|e| (e, Mark::D)),
        // The documents name no such URL; there may be one all the same.
        (None, Some(kind)) if cx.one("api.id").is_none() => find(kind).map(|e| (e, Mark::T)),
        _ => None,
    };
    let is_here = cx.text("platform.by") == Some("host");
    wanted
        .filter(|_| is_here)
        .map(|(e, mark)| goes_elsewhere(cx, platform, e, url, mark.max(e.mark)))
        .into_iter()
        .collect()
}

fn goes_elsewhere(cx: &Context, platform: &Platform, endpoint: &Endpoint, url: &Fact, mark: Mark) -> Hit {
    // Where each customer has a host of their own, it is the one of this request.
    let host = cx.text("request.host").unwrap_or_default();
    let is_own = |url: &&Str| UrlPattern::new(url).is_host(host);
    let wanted = match endpoint.urls.iter().find(is_own) {
        Some(url) => format!("https://{host}{}", UrlPattern::new(url).path),
        None => endpoint.urls.first().map_or(String::new(), ToString::to_string),
    };
    Hit::on(url)
        .with("kind", format!("{} {}", platform.title, endpoint.title))
        .with("wanted", wanted)
        .with("method", endpoint.method.first().map_or("GET", |m| m))
        .says(platform, &endpoint.basis, endpoint.help.as_deref(), mark)
}

/// The endpoint works, but there is a newer one.
fn outdated(cx: &Context) -> Vec<Hit> {
    let (Some(called), Some(url)) = (Called::of(cx), cx.one("request.url")) else { return Vec::new() };
    let Some((endpoint, help)) = called.endpoint.and_then(|e| Some((e, e.outdated.as_deref()?))) else {
        return Vec::new();
    };
    let hit = Hit::on(url).with("called", called.title());
    vec![hit.says(called.platform, &endpoint.basis, Some(help), endpoint.mark)]
}

fn gone(cx: &Context) -> Vec<Hit> {
    version(cx, true)
}

fn old(cx: &Context) -> Vec<Hit> {
    version(cx, false)
}

/// The version in the URL, else in the header, is one that the contract has a row for.
fn version(cx: &Context, gone: bool) -> Vec<Hit> {
    let Some(called) = Called::of(cx) else { return Vec::new() };
    // An API whose URLs can hold the version takes it in the header too.
    let has_versions = called.api.is_some_and(|a| a.urls.iter().any(|url| url.contains("{version}")));
    let header = || cx.one("request.header.x-api-version").filter(|_| has_versions);
    let Some(version) = cx.one("operation.version").or_else(header) else { return Vec::new() };
    let Some(text) = version.value.text().filter(|_| !version.hole) else { return Vec::new() };
    let row: Option<&Version> = called.platform.versions.iter().find(|v| v.matches.matches(text));
    let Some(row) = row.filter(|row| row.gone == gone) else { return Vec::new() };
    let hit = Hit::on(version)
        .with("called", called.title())
        .with("version", text)
        .with("state", &row.state)
        .at_most(row.level.unwrap_or(Severity::Error));
    vec![hit.says(called.platform, &row.basis, Some(&row.help), Mark::D)]
}

/// `response_type` is for another type of client than the user's.
fn client_type(cx: &Context) -> Vec<Hit> {
    let (Some(called), Some(sent)) = (Called::of(cx), cx.one("request.query.response_type")) else {
        return Vec::new();
    };
    let rows = called.endpoint.map_or(&[] as &[(Str, Str)], |e| e.client_types.as_ref());
    let text = sent.value.text().unwrap_or_default();
    // A value that fits no type of client at all is another mistake, and with PKCE `code` is for all of them.
    let is_known = rows.iter().any(|(_, value)| value == text);
    let is_pkce = text == "code" && cx.one("request.query.code_challenge").is_some();
    let expected: Vec<&Fact> = cx.all("expect.client_type").collect();
    let row = |f: &&Fact| rows.iter().find(|(client, _)| Some(client.as_ref()) == f.value.text());
    let allowed: Vec<&(Str, Str)> = expected.iter().filter_map(row).collect();
    let Some((client_type, value)) = allowed.first().filter(|_| is_known && !is_pkce && !sent.hole) else {
        return Vec::new();
    };
    if allowed.iter().any(|(_, value)| value == text) {
        return Vec::new();
    }
    let hit =
        Hit::on(sent).with("platform", &called.platform.title).with("client_type", client_type).with("expected", value);
    vec![hit.says(called.platform, called.basis(), None, called.mark())]
}
