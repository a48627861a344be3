//! Which platform, which API, which kind of credential; and what the things of one source say about each other.
//!
//! Facts are compared with the contracts. Hosts, prefixes and shapes are looked up only in values that a recogniser has
//! delimited, never over whole texts.

mod api;
mod carried;
mod credential;
mod issued;
mod ledger;
mod polls;
mod proof;

pub use api::known_path;
pub use credential::{is_made_like, is_well_made};
pub use ledger::answered;

use crate::facts::{Facts, Path, SubjectId, Thing};
use crate::platform::{Contracts, Platform};
use crate::source::{Place, Sources};

/// Adds `platform.*`, `api.*`, `endpoint.*`, `operation.*`, `credential.*` and `paired.*` facts.
pub fn identify(sources: &mut Sources, facts: &mut Facts, contracts: Contracts, platform: Option<&str>) {
    if let Some(named) = platform.and_then(|id| contracts.get(id)) {
        let id = sources.add_given("--platform", named.id.as_ref());
        let place = sources.whole(id);
        facts.add_global(Path::new("platform.id"), named.id.as_ref(), place);
        facts.add_global(Path::new("platform.title"), named.title.as_ref(), place);
        facts.add_global(Path::new("platform.by"), "--platform", place);
    }
    let ids: Vec<(SubjectId, Thing)> = facts.subjects().map(|(id, s)| (id, s.thing)).collect();
    for (id, _) in ids.iter().filter(|(_, thing)| *thing == Thing::Request) {
        api::identify(sources, facts, contracts, *id);
        carried::identify(sources, facts, contracts, *id);
    }
    let ids: Vec<(SubjectId, Thing)> = facts.subjects().map(|(id, s)| (id, s.thing)).collect();
    ledger::before(sources, facts);
    ledger::answers(sources, facts);
    for (id, _) in ids.iter().filter(|(_, thing)| matches!(thing, Thing::Credential | Thing::Claims)) {
        credential::identify(facts, contracts, *id);
    }
    for (id, _) in ids.iter().filter(|(_, thing)| *thing == Thing::Credential) {
        of_response(facts, contracts, *id);
    }
    ledger::after(sources, facts);
    ledger::logins(sources, facts);
    issued::issued(sources, facts);
    issued::issuers(sources, facts);
    ledger::validations(sources, facts);
    polls::polls(sources, facts);
    proof::proofs(sources, facts);
}

/// A token response is of the platform whose token it carries.
fn of_response(facts: &mut Facts, contracts: Contracts, credential: SubjectId) {
    let parent = facts.get(credential).parent.filter(|id| facts.get(*id).thing == Thing::TokenResponse);
    let Some(response) = parent.filter(|id| facts.one(*id, "platform.id").is_none()) else { return };
    let issuer = facts.text(credential, "credential.platform");
    if let Some(platform) = issuer.and_then(|id| contracts.get(id)) {
        let place = facts.get(response).place;
        add_platform(facts, response, platform, "credential", place);
    }
}

/// Adds what a contract is called.
fn add_platform(facts: &mut Facts, subject: SubjectId, platform: &Platform, by: &str, place: Place) {
    facts.add(subject, Path::new("platform.id"), platform.id.as_ref(), place);
    facts.add(subject, Path::new("platform.title"), platform.title.as_ref(), place);
    facts.add(subject, Path::new("platform.by"), by, place);
}
