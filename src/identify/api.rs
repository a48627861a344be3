//! Which API a request calls: its URL against the URL patterns of the contracts.

use crate::facts::{Fact, Facts, Path, SubjectId};
use crate::platform::{Bound, Contracts, Platform, UNKNOWN, UrlPattern, path_matches};
use crate::source::Sources;

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
pub fn identify(sources: &Sources, facts: &mut Facts, contracts: Contracts, subject: SubjectId) {
    let Some(host) = facts.one(subject, "request.host").filter(|f| !f.hole).cloned() else { return };
    let name = host.value.text().unwrap_or_default().to_owned();
    let path = facts.one(subject, "request.path").cloned();
    let text = path.as_ref().map_or_else(|| "/".to_owned(), |path| known_path(sources, path));
    let mut best: Option<(usize, &Platform, Row, Bound)> = None;
    let mut by_host = None;
    for platform in contracts.of_url(&name, &text) {
        for (url, row) in rows(platform) {
            let pattern = UrlPattern::new(url);
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
