//! Which API a request calls: its URL against the URL patterns of the contracts.

use crate::facts::{Fact, Facts, Path, SubjectId};
use crate::platform::Platform;
use crate::source::Sources;

/// A URL pattern of a contract, taken apart: `https://api.example.com/v{version}/agent/**`.
#[derive(Debug, Clone, Copy)]
pub struct UrlPattern<'a> {
    /// Host, in which one `*` stands for anything, or one `{name}` for one label or part of one.
    pub host: &'a str,
    /// Path from the first `/`; empty: any.
    pub path: &'a str,
}

impl<'a> UrlPattern<'a> {
    /// Takes a pattern apart; the scheme is not compared (`http` and `ws` have rules of their own).
    pub fn new(pattern: &'a str) -> Self {
        let rest = pattern.split_once("://").map_or(pattern, |(_, rest)| rest);
        let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        Self { host, path }
    }

    /// True if the host is meant. `host` is in lower case.
    pub fn is_host(&self, host: &str) -> bool {
        self.bind_host(host).is_some()
    }

    /// What the variable of the host stands for, if the host is meant. `host` is in lower case.
    fn bind_host(&self, host: &str) -> Option<Bound> {
        let between = |before: &str, after: &str| {
            let inner = host.strip_prefix(before)?.strip_suffix(after)?;
            (!inner.is_empty()).then_some(inner)
        };
        if let Some((before, after)) = self.host.split_once('*') {
            return between(before, after).map(|_| Bound::new());
        }
        let Some((before, (name, after))) =
            self.host.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
        else {
            return (self.host == host).then(Bound::new);
        };
        let label = between(before, after).filter(|inner| !inner.contains('.'))?;
        Some(vec![(name.to_owned(), label.to_owned())])
    }

    /// True if the path has a literal segment; a version such as `v1` or `v2beta1` is none.
    pub fn is_specific(&self) -> bool {
        let is_version = |segment: &str| {
            segment.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        };
        self.path.split('/').any(|s| !s.is_empty() && !s.contains(['*', '{']) && !is_version(s))
    }

    /// How many segments are literal: the more, the better the match.
    pub fn weight(&self) -> usize {
        let literal = self.path.split('/').filter(|s| !s.is_empty() && !s.contains(['*', '{'])).count();
        2 * literal + usize::from(!self.path.contains('*')) + usize::from(!self.path.is_empty())
    }
}

/// Compares a path with a pattern and returns what `{name}` stands for. `…/x` matches any beginning, `**` any rest,
/// `*` one segment; a final slash of the path does not count unless the pattern has one before `**`.
pub fn path_matches(pattern: &str, path: &str) -> Option<Bound> {
    let (suffix_only, pattern) = match pattern.strip_prefix('…') {
        Some(rest) => (true, rest),
        None => (false, pattern),
    };
    let want: Vec<&str> = pattern.split('/').filter(|s| !s.is_empty()).collect();
    let mut have: Vec<&str> = path.split('/').filter(|s| !s.is_empty()).collect();
    if suffix_only && have.len() > want.len() {
        have.drain(..have.len() - want.len());
    }
    let mut bound = Vec::new();
    for (i, segment) in want.iter().enumerate() {
        if *segment == "**" {
            return Some(bound);
        }
        let given = have.get(i)?;
        let unknown = given.contains(UNKNOWN);
        if *segment == "*" || (unknown && segment.contains('{')) {
            continue;
        }
        match segment.split_once('{') {
            None if segment == given => {}
            None => return None,
            Some((before, rest)) => {
                let (name, after) = rest.split_once('}')?;
                let inner = given.strip_prefix(before)?.strip_suffix(after)?;
                if inner.is_empty() {
                    return None;
                }
                bound.push((name.to_owned(), inner.to_owned()));
            }
        }
    }
    (have.len() == want.len()).then_some(bound)
}

/// Stands in a path for a part that the text leaves to somebody else; a variable of a pattern may be it.
const UNKNOWN: char = '\0';

/// The path of a request, with `UNKNOWN` for its holes.
pub fn known_path(sources: &Sources, path: &Fact) -> String {
    let mut text = String::new();
    let mut at = path.place.span.start;
    let whole = &sources.get(path.place.source).text;
    for hole in sources.holes(path.place) {
        text.push_str(whole.get(at..hole.span.start).unwrap_or_default());
        text.push(UNKNOWN);
        at = hole.span.end;
    }
    text.push_str(whole.get(at..path.place.span.end.max(at)).unwrap_or_default());
    text
}

/// What stands for the variables of a URL pattern.
type Bound = Vec<(String, String)>;

/// What a URL pattern belongs to.
#[derive(Clone, Copy)]
enum Row<'a> {
    Api(&'a crate::platform::Api),
    Endpoint(&'a crate::platform::Endpoint),
    /// A URL that is taken for the endpoint's.
    Mistaken(&'a crate::platform::Endpoint),
}

/// All URL patterns of a platform with what they belong to.
fn rows(platform: &Platform) -> impl Iterator<Item = (&str, Row<'_>)> {
    let apis = platform.apis.iter().flat_map(|api| api.urls.iter().map(move |url| (url.as_ref(), Row::Api(api))));
    let endpoints = platform.oauth.iter().flat_map(|o| o.endpoints.iter()).flat_map(|e| {
        let right = e.urls.iter().map(move |url| (url.as_ref(), Row::Endpoint(e)));
        right.chain(e.mistaken.iter().map(move |url| (url.as_ref(), Row::Mistaken(e))))
    });
    apis.chain(endpoints)
}

/// Adds the platform, the API or OAuth endpoint, and the variables of its URL pattern to a request.
pub fn identify(sources: &Sources, facts: &mut Facts, platforms: &[Platform], subject: SubjectId) {
    let Some(host) = facts.one(subject, "request.host").filter(|f| !f.hole).cloned() else { return };
    let name = host.value.text().unwrap_or_default().to_owned();
    let path = facts.one(subject, "request.path").cloned();
    let text = path.as_ref().map_or_else(|| "/".to_owned(), |path| known_path(sources, path));
    let mut best: Option<(usize, &Platform, Row, Bound)> = None;
    let mut by_host = None;
    for platform in platforms {
        for (url, row) in rows(platform) {
            let pattern = UrlPattern::new(url);
            // Most are those of others, which their end tells.
            let last = pattern.host.as_bytes().last().copied();
            if last.is_some_and(|last| last != b'*' && last != b'}' && name.as_bytes().last() != Some(&last)) {
                continue;
            }
            let Some(mut bound) = pattern.bind_host(&name) else { continue };
            // A pattern for any host is for what people run themselves: there the path tells.
            if pattern.host != "*" {
                by_host.get_or_insert(platform);
            }
            let of_path = if pattern.path.is_empty() { Some(Vec::new()) } else { path_matches(pattern.path, &text) };
            let Some(of_path) = of_path else { continue };
            bound.extend(of_path);
            if best.as_ref().is_none_or(|(weight, ..)| pattern.weight() > *weight) {
                best = Some((pattern.weight(), platform, row, bound));
            }
        }
    }
    let Some(platform) = best.as_ref().map(|(_, platform, ..)| *platform).or(by_host) else { return };
    super::add_platform(facts, subject, platform, "host", host.place);
    let Some((_, _, row, bound)) = best else { return };
    let place = path.map_or(host.place, |f| f.place);
    let mut add = |path: &'static str, value: &str| facts.add(subject, Path::new(path), value, place);
    match row {
        Row::Api(api) => {
            add("api.id", &api.id);
            add("api.title", &api.title);
        }
        Row::Endpoint(endpoint) | Row::Mistaken(endpoint) => {
            add("endpoint.id", &endpoint.id);
            add("endpoint.title", &endpoint.title);
        }
    }
    if let Row::Mistaken(endpoint) = row {
        add("endpoint.instead", endpoint.urls.first().map_or("", |url| url));
    }
    for (name, value) in bound {
        facts.add(subject, Path::new("operation").join(&name), value, place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_match_patterns() {
        let matches = |pattern: &str, path: &str| {
            path_matches(pattern, path).map(|b| b.into_iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>())
        };
        assert_eq!(matches("/v{version}/agent/**", "/v3.6/agent/action/x"), Some(vec!["version=3.6".to_owned()]));
        assert_eq!(matches("/v{version}/agent/**", "/v3.6/customer/x"), None);
        assert_eq!(matches("/v2/token", "/v2/token/"), Some(vec![]));
        assert_eq!(matches("/v2/*", "/v2/a/b"), None);
        assert_eq!(matches("…/create_bot", "/v3.6/configuration/action/create_bot"), Some(vec![]));
        assert_eq!(matches("…/create_bot", "/create_bots"), None);
        assert_eq!(matches("/", "/"), Some(vec![]));
        assert_eq!(matches("/", "/a"), None);
    }

    #[test]
    fn hosts_match_patterns() {
        assert!(UrlPattern::new("https://api.example.com/x").is_host("api.example.com"));
        assert!(UrlPattern::new("https://cf-blast*.example.com").is_host("cf-blast-qa.example.com"));
        assert!(!UrlPattern::new("https://*.example.com").is_host("example.com"));
        let bound = |host: &str| UrlPattern::new("https://{org}.example.com/x").bind_host(host);
        assert_eq!(bound("acme.example.com"), Some(vec![("org".to_owned(), "acme".to_owned())]));
        assert_eq!(bound("a.b.example.com"), None);
        assert_eq!(bound(".example.com"), None);
    }
}
