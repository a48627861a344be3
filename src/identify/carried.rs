//! Credentials in headers and parameters of which only the contract knows that they hold one.

use crate::decode::credential::{Carrier, value};
use crate::decode::http::{PARTS, json_string};
use crate::facts::{Fact, Facts, Subject, SubjectId, Thing};
use crate::platform::{Contracts, Platform};
use crate::source::Sources;

/// Adds a credential for each header and parameter that the platform's credentials are sent in, unless it is one already.
pub fn identify(sources: &mut Sources, facts: &mut Facts, contracts: Contracts, request: SubjectId) {
    let platform = facts.text(request, "platform.id").and_then(|id| contracts.get(id));
    let Some(platform) = platform else { return };
    let carriers = platform.credentials.iter().flat_map(|c| c.carrier.iter().map(AsRef::as_ref));
    let mut names: Vec<(&str, bool)> = carriers.map(|name| (name, true)).collect();
    names.extend(parameters(platform).map(|name| (name, false)));
    // Of two with one name the carrier stays.
    names.sort_unstable_by_key(|(name, is_carrier)| (*name, !is_carrier));
    names.dedup_by_key(|(name, _)| *name);
    for (name, is_carrier) in names {
        let lower = name.to_ascii_lowercase();
        let found: Vec<_> = PARTS
            .iter()
            .filter(|(_, kind)| matches!(*kind, "header" | "query") || !is_carrier)
            .filter_map(|(base, kind)| {
                let path = format!("{base}.{name}");
                let fact = facts.one(request, &path).filter(|f| f.value.text().is_some())?;
                Some((fact.place, *kind))
            })
            .collect();
        for (place, kind) in found {
            let is_it = |(id, child): (SubjectId, &Subject)| {
                let own = |path: &str, text: &str| facts.get(id).of_path(path).any(|f| f.value.text() == Some(text));
                child.thing == Thing::Credential && own("auth.name", &lower) && own("auth.carrier", kind)
            };
            if facts.children(request).any(is_it) {
                continue;
            }
            let place = if kind == "json" { json_string(sources, place) } else { place };
            let credential = value(sources, facts, Some(request), Carrier { kind, name: Some(name) }, place);
            literals(sources, facts, request, credential);
        }
    }
}

/// Variables in the request that nothing expands are the credential's if they stand in it.
fn literals(sources: &Sources, facts: &mut Facts, request: SubjectId, credential: SubjectId) {
    let place = sources.given(facts.get(credential).place);
    let is_inside = |fact: &&Fact| {
        let at = sources.given(fact.place);
        at.source == place.source && place.span.contains(at.span)
    };
    let own = facts.get(request).facts().iter();
    let literals = own.filter(|f| matches!(f.path.as_str(), "hole.literal" | "hole.quotes")).filter(is_inside);
    for fact in literals.cloned().collect::<Vec<_>>() {
        facts.push(credential, fact);
    }
}

/// The parameters of which the contract says what credentials they hold.
fn parameters(platform: &Platform) -> impl Iterator<Item = &str> {
    let of_apis = platform.apis.iter().flat_map(|api| {
        let needs = api.operations.iter().map(|o| &o.needs).chain([&api.needs]);
        needs.flat_map(|needs| needs.body.iter().chain(needs.query.iter()))
    });
    let of_endpoints = platform.oauth.iter().flat_map(|o| o.endpoints.iter()).flat_map(|endpoint| {
        endpoint.parameters.iter().chain(endpoint.grants.iter().flat_map(|grant| grant.parameters.iter()))
    });
    let all = of_apis.chain(of_endpoints);
    all.filter(|(_, need)| !need.credential.is_empty()).map(|(name, _)| name.as_ref())
}
