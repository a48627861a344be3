//! What a program does with tokens, as facts: one thing for each place.

use crate::facts::{Facts, Path, Thing};
use crate::recognise::code::Site;

/// Writes the facts of a place in code.
pub fn facts(facts: &mut Facts, site: &Site) {
    let subject = facts.subject(Thing::Code, None, site.place);
    for (path, value, place) in &site.facts {
        facts.add(subject, Path::new(path), value.as_str(), *place);
    }
    facts.add(subject, Path::new("code.language"), site.language.name(), site.place.start());
}
