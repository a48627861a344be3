//! JSON Web Key Sets (RFC 7517 section 5): whether a verifier finds the one key in them, and whether they may be seen.

use crate::checks::jwk::{KEY, is_given, own, text};
use crate::checks::{Check, Context, Hit};
use crate::facts::{Fact, Subject, SubjectId, Thing};
use crate::finding::Severity;
use crate::verify::jwk::PRIVATE;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "jwks-empty", about: &["jwks.keys"], offers: &[], run: empty },
    Check { name: "jwks-duplicate-kid", about: &["jwks.keys"], offers: &["kid"], run: duplicate_kid },
    Check { name: "jwks-kid-absent", about: &["jwks.keys"], offers: &["count"], run: kid_absent },
    Check { name: "jwks-use-absent", about: &["jwks.keys"], offers: &[], run: use_absent },
    Check { name: "jwk-private-in-set", about: KEY, offers: &["member"], run: private_in_set },
    Check { name: "jwk-shared-in-set", about: KEY, offers: &[], run: shared_in_set },
];

fn set_of(cx: &Context) -> Option<SubjectId> {
    cx.facts.get(cx.subject).parent.filter(|id| cx.facts.get(*id).thing == Thing::KeySet)
}

fn keys<'a>(cx: &Context<'a>) -> impl Iterator<Item = &'a Subject> {
    cx.facts.children(cx.subject).map(|(_, s)| s).filter(|s| s.thing == Thing::Key)
}

fn empty(cx: &Context) -> Vec<Hit> {
    let list = cx.one("jwks.keys").filter(|_| keys(cx).next().is_none() && !cx.is_open());
    list.map(Hit::on).into_iter().collect()
}

fn duplicate_kid(cx: &Context) -> Vec<Hit> {
    let mut seen: Vec<((&str, &str), &Fact)> = Vec::new();
    let mut hits = Vec::new();
    for key in keys(cx) {
        let Some(kid) = own(key, "key.kid").filter(|f| !f.hole) else { continue };
        let (Some(id), Some(kty)) = (kid.value.text(), own(key, "key.kty").and_then(|f| f.value.text())) else {
            continue;
        };
        match seen.iter().find(|(name, _)| *name == (id, kty)) {
            Some((_, first)) => hits.push(Hit::on(kid).with("kid", id).and(first.place, "the first one")),
            None => seen.push(((id, kty), kid)),
        }
    }
    hits
}

fn kid_absent(cx: &Context) -> Vec<Hit> {
    let count = keys(cx).count();
    let without = keys(cx).filter(|key| own(key, "key.kid").is_none() && !key.open);
    let first = without.take(1).filter(|_| count > 1);
    first.map(|key| Hit::at(key.place).told("count", count)).collect()
}

fn use_absent(cx: &Context) -> Vec<Hit> {
    let has = |wanted: &str| keys(cx).any(|k| own(k, "key.use").is_some_and(|f| f.value.text() == Some(wanted)));
    if !has("sig") || !has("enc") {
        return Vec::new();
    }
    let says = |key: &&Subject| own(key, "key.use").is_some() || own(key, "key.key_ops").is_some() || key.open;
    keys(cx).filter(|key| !says(key)).take(1).map(|key| Hit::at(key.place)).collect()
}

fn private_in_set(cx: &Context) -> Vec<Hit> {
    let Some(_) = set_of(cx).filter(|_| text(cx, "key.kty") != Some("oct")) else { return Vec::new() };
    let private = cx.own().iter().find(|f| f.path.segments().count() == 2 && PRIVATE.contains(&f.path.name()));
    let level = if is_given(cx) { Severity::Note } else { Severity::Error };
    private
        .map(|f| Hit { value: None, ..Hit::on(f) }.told("member", f.path.name()).at_most(level))
        .into_iter()
        .collect()
}

fn shared_in_set(cx: &Context) -> Vec<Hit> {
    let shared = set_of(cx).filter(|_| text(cx, "key.kty") == Some("oct") && !is_given(cx));
    shared.and_then(|_| cx.one("key.kty")).map(Hit::on).into_iter().collect()
}
