//! Redirect URIs: is it one, and is it the one that the server knows (RFC 6749 section 3.1.2, RFC 9700 section 4.1.3).
//!
//! A server compares redirect URIs as text, so they are compared as text here too. People need the first difference in
//! words, since two URIs that differ in a slash look the same at 2 a.m.

use std::borrow::Cow;

use crate::checks::url::{is_local_network, is_loopback, raw};
use crate::checks::{Check, Context, Fixer, Hit};
use crate::facts::Fact;
use crate::finding::{Edit, Word};
use crate::platform::{Mark, Redirect};

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "redirect-not-absolute", about: &["authorize.redirect_uri"], offers: &[], run: not_absolute },
    Check { name: "redirect-plain-http", about: &["authorize.redirect_uri"], offers: &["host"], run: plain_http },
    Check {
        name: "redirect-unregistered",
        about: &["authorize.redirect_uri", "token-request.redirect_uri"],
        offers: &["difference", "registered", "wanted"],
        run: unregistered,
    },
    Check {
        name: "redirect-changed",
        about: &["token-request.redirect_uri"],
        offers: &["difference", "authorized"],
        run: changed,
    },
];

/// The fixers of this group.
pub const FIXERS: &[Fixer] = &[Fixer { name: "redirect-uri", run: fix }];

/// A URI taken apart, nothing normalised.
struct Uri<'a> {
    scheme: &'a str,
    host: &'a str,
    port: &'a str,
    path: &'a str,
    query: Option<&'a str>,
    fragment: Option<&'a str>,
}

fn parse(text: &str) -> Uri<'_> {
    let (rest, fragment) = text.split_once('#').map_or((text, None), |(a, b)| (a, Some(b)));
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(a, b)| (a, Some(b)));
    let (scheme, rest) = rest.split_once("://").or_else(|| rest.split_once(':')).unwrap_or(("", rest));
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let has_port = |(_, port): &(&str, &str)| port.bytes().all(|b| b.is_ascii_digit());
    let (host, port) = authority.rsplit_once(':').filter(has_port).unwrap_or((authority, ""));
    Uri { scheme, host, port, path, query, fragment }
}

/// The first way in which two URIs differ, in the order in which it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Difference {
    Scheme,
    Host,
    Localhost,
    Www,
    Port,
    Path,
    Traversal,
    PathCase,
    Encoding,
    Slash,
    Query,
    Fragment,
    Case,
}

/// How `sent` differs from `known`, compared as text; the port of a loopback address does not count (RFC 8252 section 7.3).
fn difference(sent: &str, known: &str) -> Option<Difference> {
    if sent == known {
        return None;
    }
    let (a, b) = (parse(sent), parse(known));
    let is_loopback_address = a.host == b.host && matches!(a.host, "127.0.0.1" | "[::1]");
    let decoded = |s: &str| percent_encoding::percent_decode_str(s).decode_utf8_lossy().into_owned();
    let difference = if !a.scheme.eq_ignore_ascii_case(b.scheme) {
        Difference::Scheme
    } else if !a.host.eq_ignore_ascii_case(b.host) {
        let bare = |host: &str| host.to_ascii_lowercase().trim_start_matches("www.").to_owned();
        if bare(a.host) == bare(b.host) {
            Difference::Www
        } else if is_loopback(a.host) && is_loopback(b.host) {
            Difference::Localhost
        } else {
            Difference::Host
        }
    } else if a.port != b.port && !is_loopback_address {
        Difference::Port
    } else if a.path != b.path {
        if a.path.trim_end_matches('/') == b.path.trim_end_matches('/') {
            Difference::Slash
        } else if a.path.eq_ignore_ascii_case(b.path) {
            Difference::PathCase
        } else if decoded(a.path) == decoded(b.path) {
            Difference::Encoding
        } else {
            Difference::Path
        }
    } else if a.query != b.query {
        Difference::Query
    } else if a.fragment != b.fragment {
        Difference::Fragment
    } else if a.scheme != b.scheme || a.host != b.host {
        Difference::Case
    } else {
        return None;
    };
    Some(difference)
}

/// Like [`difference`], where the registered path must only be contained in the sent one.
fn difference_from_part(sent: &str, known: &str) -> Option<Difference> {
    let (a, b) = (parse(sent), parse(known));
    let (same_scheme, same_host) = (a.scheme.eq_ignore_ascii_case(b.scheme), a.host.eq_ignore_ascii_case(b.host));
    if !same_scheme || !same_host || a.port != b.port {
        difference(sent, known)
    } else if climbs(a.path) {
        Some(Difference::Traversal)
    } else if a.query.is_some() {
        Some(Difference::Query)
    } else if a.fragment.is_some() {
        Some(Difference::Fragment)
    } else if a.path.contains(b.path) {
        None
    } else if format!("{}/", a.path) == b.path {
        Some(Difference::Slash)
    } else if a.path.to_ascii_lowercase().contains(&b.path.to_ascii_lowercase()) {
        Some(Difference::PathCase)
    } else {
        Some(Difference::Path)
    }
}

/// True if a path holds `.` or `..` as a segment, encoded or not.
fn climbs(path: &str) -> bool {
    path.split('/').any(|segment| matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | ".."))
}

/// The difference in words; `other` is what the URI is compared with.
fn in_words(difference: Difference, sent: &str, known: &str, other: &str) -> Cow<'static, str> {
    let (a, b) = (parse(sent), parse(known));
    let text = match difference {
        Difference::Scheme if matches!(b.scheme, "http" | "https") && matches!(a.scheme, "http" | "https") => {
            format!("this one is {}, {other} is {}", a.scheme, b.scheme)
        }
        Difference::Scheme => format!("the scheme is not that of {other}"),
        Difference::Host => format!("the host is not that of {other}"),
        Difference::Localhost => {
            format!("`localhost` and `127.0.0.1` are two different hosts here, and {other} uses the other one")
        }
        Difference::Www if b.host.to_ascii_lowercase().starts_with("www.") => {
            format!("{other} has `www.` before the host, this one has not")
        }
        Difference::Www => format!("this one has `www.` before the host, {other} has not"),
        Difference::Port if b.port.is_empty() => format!("this one names a port, {other} does not"),
        Difference::Port if a.port.is_empty() => format!("{other} names a port, this one does not"),
        Difference::Port => format!("the port is not that of {other}"),
        Difference::Path => format!("the path is not that of {other}"),
        Difference::Traversal => "it holds `.` or `..` as a part of the path, which is never accepted".to_owned(),
        Difference::PathCase => format!("upper and lower case of the path are not those of {other}"),
        Difference::Encoding => format!("the path is percent-encoded in another way than that of {other}"),
        Difference::Slash if b.path.ends_with('/') => {
            format!("{other} has a trailing slash, this one has none")
        }
        Difference::Slash => format!("this one has a trailing slash, {other} has none"),
        Difference::Query if a.query.is_none() => format!("the query of {other} is missing"),
        Difference::Query if b.query.is_none() => format!("{other} has no query"),
        Difference::Query => format!("the query is not that of {other}"),
        Difference::Fragment => format!("what follows `#` is not that of {other}"),
        Difference::Case => format!("upper and lower case are not those of {other}"),
    };
    Cow::Owned(text)
}

fn known_text(fact: &Fact) -> Option<&str> {
    fact.value.text().filter(|text| !fact.hole && !text.is_empty())
}

/// It differs from every registered URI, by the rule of the platform.
fn unregistered(cx: &Context) -> Vec<Hit> {
    let own = cx.own().iter().find(|f| f.path.name() == "redirect_uri");
    let Some((fact, sent)) = own.and_then(|f| Some((f, known_text(f)?))) else { return Vec::new() };
    let oauth = cx.platform().and_then(|p| Some((p, p.oauth.as_ref()?)));
    let by_part = oauth.is_some_and(|(_, oauth)| oauth.redirect == Redirect::Contains);
    let compare = if by_part { difference_from_part } else { difference };
    let mut nearest: Option<(Difference, &Fact, &str)> = None;
    for registered in cx.all("expect.redirect_uri") {
        let Some(known) = registered.value.text() else { continue };
        let Some(difference) = compare(sent, known) else { return Vec::new() };
        if nearest.is_none_or(|(so_far, ..)| difference > so_far) {
            nearest = Some((difference, registered, known));
        }
    }
    let Some((difference, registered, known)) = nearest else { return Vec::new() };
    let mut hit = Hit::on(fact).with_fact("registered", registered);
    hit.variables.push(("difference", Word::Text(in_words(difference, sent, known, "the registered one"))));
    if let Some((platform, oauth)) = oauth {
        hit = hit.says(platform, &oauth.basis, None, Mark::D);
    }
    vec![wanted(hit, difference, sent, known)]
}

/// With the word that [`fix`] goes by.
fn wanted(mut hit: Hit, difference: Difference, sent: &str, known: &str) -> Hit {
    let word = match difference {
        Difference::Scheme if sent.starts_with("http://") && known.starts_with("https://") => "https",
        Difference::Slash if known.ends_with('/') => "slash",
        _ => "",
    };
    hit.variables.push(("wanted", Word::Text(Cow::Borrowed(word))));
    hit
}

/// Writes `https` for `http`, or adds the slash at the end.
fn fix(cx: &Context, hit: &Hit) -> Vec<Edit> {
    let wanted = hit.variables.iter().find(|(name, _)| *name == "wanted").map(|(_, word)| word);
    let Some(Word::Text(wanted)) = wanted else { return Vec::new() };
    let before = raw(cx, hit.at);
    let (place, text) = match wanted.as_ref() {
        "https" => (before.part(0, "http".len().min(before.span.len())).end(), "s"),
        "slash" if cx.sources.text(before).to_ascii_lowercase().contains("%2f") => (before.end(), "%2F"),
        "slash" => (before.end(), "/"),
        _ => return Vec::new(),
    };
    cx.sources.editable(place).map(|place| Edit { place, text: text.to_owned(), secret: false }).into_iter().collect()
}

/// It is not the one that the authorization request of the same source names.
fn changed(cx: &Context) -> Vec<Hit> {
    let (Some(fact), Some(first)) = (cx.one("token-request.redirect_uri"), cx.one("paired.authorize.redirect_uri"))
    else {
        return Vec::new();
    };
    let (Some(sent), Some(known)) = (known_text(fact), known_text(first)) else { return Vec::new() };
    let difference = match difference(sent, known) {
        Some(difference) => difference,
        // A loopback port may vary in an authorization request, not from one step to the next.
        None if sent != known => Difference::Port,
        None => return Vec::new(),
    };
    let mut hit = Hit::on(fact).with_fact("authorized", first).and(first.place, "the authorization request");
    let words = in_words(difference, sent, known, "the first one");
    hit.variables.push(("difference", Word::Text(words)));
    vec![hit]
}

/// Values that some servers take instead of a URI: Google's `postmessage`, the out-of-band ones.
const NO_URI: &[&str] = &["postmessage", "oob", "urn:ietf:wg:oauth:2.0:oob", "urn:ietf:wg:oauth:2.0:oob:auto"];

/// It has no scheme: `localhost:3000/cb`, `/callback`, `www.example.com/cb`.
fn not_absolute(cx: &Context) -> Vec<Hit> {
    let Some(fact) = cx.one("authorize.redirect_uri") else { return Vec::new() };
    let Some(text) = known_text(fact).filter(|t| !NO_URI.contains(t)) else { return Vec::new() };
    let scheme = text.find(':').and_then(|colon| text.split_at_checked(colon));
    let is_absolute = scheme.is_some_and(|(scheme, rest)| {
        let is_port = rest.get(1..2).is_some_and(|c| c.bytes().all(|b| b.is_ascii_digit()));
        let mut bytes = scheme.bytes();
        bytes.next().is_some_and(|b| b.is_ascii_alphabetic())
            && bytes.all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
            && !is_port
    });
    // `https%3A%2F%2F…` is a URI that was encoded twice, and what a template left behind is no URI yet: other findings.
    let is_encoded = text.to_ascii_lowercase().contains("%3a%2f");
    let is_left_over = text.contains(['$', '{', '<']);
    if is_absolute || is_encoded || is_left_over { Vec::new() } else { vec![Hit::on(fact)] }
}

/// Plain http to a host that is not this machine; within a local network it is only worth a note.
fn plain_http(cx: &Context) -> Vec<Hit> {
    let Some(fact) = cx.one("authorize.redirect_uri") else { return Vec::new() };
    let Some(text) = known_text(fact) else { return Vec::new() };
    let uri = parse(text);
    if !uri.scheme.eq_ignore_ascii_case("http") || uri.host.is_empty() || is_loopback(uri.host) {
        return Vec::new();
    }
    let mut hit = Hit::on(fact).with("host", uri.host);
    if is_local_network(uri.host) {
        hit.mark = Mark::M;
    }
    vec![hit]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_named() {
        for (sent, known, expected) in [
            ("https://a.example/cb", "https://a.example/cb", None),
            ("http://a.example/cb", "https://a.example/cb", Some(Difference::Scheme)),
            ("https://a.example/cb/", "https://a.example/cb", Some(Difference::Slash)),
            ("https://a.example/CB", "https://a.example/cb", Some(Difference::PathCase)),
            ("https://A.example/cb", "https://a.example/cb", Some(Difference::Case)),
            ("https://www.a.example/cb", "https://a.example/cb", Some(Difference::Www)),
            ("https://a.example:8443/cb", "https://a.example/cb", Some(Difference::Port)),
            ("http://127.0.0.1:5000/cb", "http://127.0.0.1/cb", None),
            ("http://localhost:5000/cb", "http://localhost:3000/cb", Some(Difference::Port)),
            ("http://localhost:3000/cb", "http://127.0.0.1:3000/cb", Some(Difference::Localhost)),
            ("https://a.example/cb?x=1", "https://a.example/cb", Some(Difference::Query)),
            ("https://a.example/a%20b", "https://a.example/a b", Some(Difference::Encoding)),
            ("https://b.example/cb", "https://a.example/cb", Some(Difference::Host)),
            ("com.example.app:/cb", "com.example.app:/cb", None),
        ] {
            assert_eq!(difference(sent, known), expected, "{sent} against {known}");
        }
    }
}
