//! Paths of one API of a platform at the host of another.

use crate::checks::{Check, Context, Hit};
use crate::identify::known_path;
use crate::platform::{Api, UrlPattern, path_matches};

/// The predicates of this group.
pub const CHECKS: &[Check] = &[Check {
    name: "contract-host",
    about: &["platform.by"],
    offers: &["platform", "host", "called", "expected"],
    run: host,
}];

/// The path is that of an API which the platform has at another host, and of none at this one.
fn host(cx: &Context) -> Vec<Hit> {
    let (Some(platform), Some(host), Some(path)) = (cx.platform(), cx.one("request.host"), cx.one("request.path"))
    else {
        return Vec::new();
    };
    let Some(name) = host.value.text().filter(|_| !host.hole && cx.one("endpoint.id").is_none()) else {
        return Vec::new();
    };
    let path = known_path(cx.sources, path);
    let mut here = 0;
    let mut elsewhere: Option<(usize, &Api, UrlPattern)> = None;
    for (api, url) in platform.apis.iter().flat_map(|api| api.urls.iter().map(move |url| (api, url))) {
        let pattern = UrlPattern::new(url);
        if path_matches(pattern.path, &path).is_none() {
            continue;
        }
        // A pattern that takes any path says nothing about where this one belongs.
        let weight = if pattern.is_specific() { pattern.weight() } else { 0 };
        if pattern.is_host(name) {
            here = here.max(weight);
        } else if weight > elsewhere.as_ref().map_or(0, |(best, ..)| *best) {
            elsewhere = Some((weight, api, pattern));
        }
    }
    let Some((_, api, pattern)) = elsewhere.filter(|(weight, ..)| *weight > here) else { return Vec::new() };
    let hit = Hit::on(host)
        .with("platform", &platform.title)
        .with("host", name)
        .with("called", &api.title)
        .with("expected", pattern.host)
        .says(platform, &api.basis, None, api.mark);
    vec![hit]
}
