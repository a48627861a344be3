//! What the things of one source say about each other: a map from values to what is said of them, never pairs.

use std::collections::HashMap;

use crate::facts::{Facts, Path, SubjectId, Thing, Value};
use crate::source::{Place, SourceId, Sources};

/// A value and the given source it stands in.
type Key = (SourceId, String);

/// What is known before credentials are identified: the token response that carries a value says what it is.
pub fn before(sources: &Sources, facts: &mut Facts) {
    let mut issued: HashMap<Key, (SubjectId, String, Place)> = HashMap::new();
    for (id, subject) in facts.subjects().filter(|(_, s)| s.thing == Thing::TokenResponse) {
        for fact in subject.facts() {
            let name = fact.path.name();
            if let (Value::Text(text), "access_token" | "refresh_token" | "id_token") = (&fact.value, name) {
                let key = (sources.given(fact.place).source, text.clone());
                issued.entry(key).or_insert((id, name.to_owned(), fact.place));
            }
        }
    }
    if issued.is_empty() {
        return;
    }
    let carried: Vec<_> = values(sources, facts).collect();
    for (id, key) in carried {
        let Some((response, member, place)) = issued.get(&key).cloned() else { continue };
        facts.add(id, Path::new("paired.response.member"), member, place);
        let members: Vec<(String, Place)> =
            facts.get(response).facts().iter().map(|f| (f.path.name().to_owned(), f.place)).collect();
        for (name, place) in members {
            facts.add(id, Path::new("paired.response.has"), name, place);
        }
    }
}

/// The value of every credential, by the given source it stands in; a variable stands for its value.
fn values<'a>(sources: &'a Sources, facts: &'a Facts) -> impl Iterator<Item = (SubjectId, Key)> + 'a {
    facts.subjects().filter(|(_, s)| s.thing == Thing::Credential).filter_map(|(id, subject)| {
        let value = subject.facts().iter().find(|f| f.path.as_str() == "credential.value")?;
        let text = value.value.text().filter(|t| t.len() >= 8 || value.hole)?;
        Some((id, (sources.given(value.place).source, text.to_owned())))
    })
}

/// What is known after credentials and APIs are identified: another API or host to which the same value is sent.
pub fn after(sources: &Sources, facts: &mut Facts) {
    for (what, other) in [("api.id", "paired.use.api"), ("request.host", "paired.use.host")] {
        let mut uses: HashMap<Key, Vec<(SubjectId, String)>> = HashMap::new();
        for (id, key) in values(sources, facts) {
            if let Some(name) = facts.text(id, what) {
                uses.entry(key).or_default().push((id, name.to_owned()));
            }
        }
        for group in uses.into_values() {
            let Some((first, name)) = group.first() else { continue };
            let place = facts.get(*first).place;
            for (id, _) in group.iter().filter(|(_, another)| another != name) {
                facts.add(*id, Path::new(other), name.as_str(), place);
            }
        }
    }
}
