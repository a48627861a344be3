//! Cookies that carry tokens (RFC 6265, RFC 6750 section 5.3): what keeps them from being read on their way and by scripts.

use crate::checks::dpop_request::is_internal;
use crate::checks::{Check, Context, Fixer, Hit};
use crate::decode::jwt;
use crate::facts::Fact;
use crate::finding::{Edit, Severity};

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "cookie-without-secure", about: COOKIE, offers: &["cookie"], run: without_secure },
    Check { name: "cookie-without-http-only", about: COOKIE, offers: &["cookie"], run: without_http_only },
    Check { name: "cookie-same-site-none", about: COOKIE, offers: &["cookie"], run: same_site_none },
    Check { name: "cookie-too-large", about: COOKIE, offers: &["cookie", "size"], run: too_large },
];

/// The fixers of this group.
pub const FIXERS: &[Fixer] = &[
    Fixer { name: "cookie-secure", run: |cx, hit| append(cx, hit, "; Secure") },
    Fixer { name: "cookie-http-only", run: |cx, hit| append(cx, hit, "; HttpOnly") },
];

const COOKIE: &[&str] = &["response.header.set-cookie"];

/// A cookie that a response sets.
struct Cookie<'a> {
    fact: &'a Fact,
    name: &'a str,
    value: &'a str,
    /// Attributes in the order they are written, with their values.
    attributes: Vec<(&'a str, &'a str)>,
}

impl<'a> Cookie<'a> {
    fn of(fact: &'a Fact) -> Option<Self> {
        let mut parts = fact.value.text().filter(|_| !fact.hole)?.split(';');
        let (name, value) = parts.next()?.split_once('=')?;
        let attribute = |part: &'a str| part.split_once('=').map_or((part.trim(), ""), |(n, v)| (n.trim(), v.trim()));
        Some(Self { fact, name: name.trim(), value: value.trim(), attributes: parts.map(attribute).collect() })
    }

    fn attribute(&self, name: &str) -> Option<&'a str> {
        let found = self.attributes.iter().rev().find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| *value)
    }

    fn is_for_other_sites(&self) -> bool {
        self.attribute("samesite").is_some_and(|value| value.eq_ignore_ascii_case("none"))
    }

    /// True for a JWT, or what the name says is a token; not where the cookie is taken away.
    fn holds_token(&self) -> bool {
        const NAMES: &[&str] =
            &["access_token", "accesstoken", "auth_token", "id_token", "jwt", "refresh_token", "token"];
        let name = self.name.to_ascii_lowercase();
        let is_named = NAMES.contains(&name.trim_start_matches("__host-").trim_start_matches("__secure-"));
        let is_removed = self.attribute("max-age").is_some_and(|age| age.starts_with(['0', '-']));
        let is_token = self.value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/=%".contains(&b));
        self.value.len() >= 20 && !is_removed && is_token && (is_named || jwt::form(self.value).is_some())
    }

    fn hit(&self) -> Hit {
        Hit { value: None, ..Hit::on(self.fact) }.with("cookie", self.name)
    }
}

fn cookies<'a>(cx: &Context<'a>) -> impl Iterator<Item = Cookie<'a>> {
    cx.own().iter().filter(|f| COOKIE.contains(&f.path.as_str())).filter_map(Cookie::of)
}

fn without_secure(cx: &Context) -> Vec<Hit> {
    let host = cx.text("paired.request.host").unwrap_or("a.example");
    let level = if is_internal(host) { Severity::Note } else { Severity::Error };
    let is_local = host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.");
    // For other sites it is dropped at once, and that is said instead.
    let open = cookies(cx).filter(|c| !is_local && c.attribute("secure").is_none() && !c.is_for_other_sites());
    open.filter(Cookie::holds_token).map(|c| c.hit().at_most(level)).collect()
}

fn without_http_only(cx: &Context) -> Vec<Hit> {
    // A script has to read the token against forged requests.
    let is_for_scripts = |name: &str| ["csrf", "xsrf"].iter().any(|part| name.to_ascii_lowercase().contains(part));
    let open = cookies(cx).filter(|c| c.attribute("httponly").is_none() && !is_for_scripts(c.name));
    open.filter(Cookie::holds_token).map(|c| c.hit()).collect()
}

fn same_site_none(cx: &Context) -> Vec<Hit> {
    let dropped = cookies(cx).filter(|c| c.is_for_other_sites() && c.attribute("secure").is_none());
    dropped.map(|c| c.hit()).collect()
}

/// What every browser has to store, in bytes with name and attributes (RFC 6265 section 6.1).
const LARGEST: usize = 4096;

fn too_large(cx: &Context) -> Vec<Hit> {
    let size = |c: &Cookie| c.fact.value.text().map_or(0, str::len);
    cookies(cx).filter(|c| size(c) > LARGEST).map(|c| c.hit().told("size", size(&c))).collect()
}

/// Writes an attribute behind the others.
fn append(cx: &Context, hit: &Hit, attribute: &str) -> Vec<Edit> {
    let place = cx.sources.editable(hit.at).map(|place| place.end());
    place.map(|place| Edit { place, text: attribute.to_owned(), secret: false }).into_iter().collect()
}
