//! JSON Web Keys and sets of them (RFC 7517, RFC 7518 section 6).

use crate::checks::{Check, Context, Hit};
use crate::facts::Thing;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[Check { name: "jwks-empty", about: &["jwks.keys"], offers: &[], run: empty }];

fn empty(cx: &Context) -> Vec<Hit> {
    let has_keys = cx.facts.children(cx.subject).any(|(_, s)| s.thing == Thing::Key);
    let list = cx.one("jwks.keys").filter(|_| !has_keys && !cx.is_open());
    list.map(Hit::on).into_iter().collect()
}
