//! Credentials in headers and parameters of which only the contract knows that they hold one.

use crate::decode::credential::{Carrier, value};
use crate::facts::{Facts, SubjectId, Thing};
use crate::platform::Platform;
use crate::source::Sources;

/// Where a request carries what, and by what kind of carrier.
const PLACES: &[(&str, &str)] = &[("request.header", "header"), ("request.query", "query")];

/// Adds a credential for each header and parameter that the platform's credentials are sent in, unless it is one already.
pub fn identify(sources: &mut Sources, facts: &mut Facts, platforms: &[Platform], request: SubjectId) {
    let platform = facts.text(request, "platform.id").and_then(|id| platforms.iter().find(|p| p.id == id));
    let Some(platform) = platform else { return };
    let mut names: Vec<&str> = platform.credentials.iter().flat_map(|c| c.carrier.iter()).map(AsRef::as_ref).collect();
    names.sort_unstable();
    names.dedup();
    for name in names.into_iter().filter(|name| *name != "authorization") {
        let is_named = |id: SubjectId| facts.get(id).of_path("auth.name").any(|f| f.value.text() == Some(name));
        if facts.children(request).any(|(id, child)| child.thing == Thing::Credential && is_named(id)) {
            continue;
        }
        let found: Vec<_> = PLACES
            .iter()
            .filter_map(|(base, kind)| Some((facts.one(request, &format!("{base}.{name}"))?.place, *kind)))
            .collect();
        for (place, kind) in found {
            value(sources, facts, Some(request), Carrier { kind, name: Some(name) }, place);
        }
    }
}
