//! The scopes that were granted with a credential against those that an operation needs.

use std::collections::HashSet;

use crate::checks::contract::{Called, as_authorization, quoted};
use crate::checks::{Check, Context, Hit};
use crate::platform::Platform;
use crate::rule::Str;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[Check {
    name: "contract-granted",
    about: &["credential.scope"],
    offers: &["called", "needed", "operation"],
    run: granted,
}];

/// The scopes that were granted with the credential are not enough for the operation.
fn granted(cx: &Context) -> Vec<Hit> {
    let (Some(called), Some(value)) = (Called::of(cx), as_authorization(cx)) else { return Vec::new() };
    let of_operations = called.operations.iter().rev().find(|o| !o.needs.scope.is_empty()).map(|o| &o.needs.scope);
    let of_grant = called.grant.map(|g| &g.scope).filter(|s| !s.is_empty());
    let of_api = called.api.map(|a| &a.needs.scope).filter(|s| !s.is_empty());
    let Some(needed) = of_operations.or(of_grant).or(of_api) else { return Vec::new() };
    let scopes: Vec<_> = cx.all("credential.scope").collect();
    let given: Vec<&str> = scopes.iter().filter(|f| !f.hole).filter_map(|f| f.value.text()).collect();
    if given.len() < scopes.len() || is_enough(called.platform, &given, needed) {
        return Vec::new();
    }
    let path = cx.text("request.path").unwrap_or_default().trim_end_matches('/');
    let last = path.rsplit('/').next().unwrap_or_default();
    // The last part names the operation, unless it is the id of what the call is about.
    let is_name = !last.is_empty() && last.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_' || b == b'-');
    let operation = if is_name { format!("`{last}`") } else { "this call".to_owned() };
    let mut hit = Hit::on(value)
        .with("called", called.title())
        .with("needed", quoted(needed))
        .with("operation", operation)
        .says(called.platform, called.basis(), None, called.mark());
    if let Some(scope) = scopes.first() {
        hit = hit.and(scope.place, "what was granted");
    }
    vec![hit]
}

/// True if one of the needed scopes was granted, or is contained in one that was.
fn is_enough(platform: &Platform, given: &[&str], needed: &[Str]) -> bool {
    let granted = closure(platform, given);
    needed.iter().any(|scope| granted.contains(scope.as_ref()))
}

/// The scopes with all that they contain.
fn closure<'a>(platform: &'a Platform, given: &[&'a str]) -> HashSet<&'a str> {
    let mut all = HashSet::new();
    let mut open: Vec<&str> = given.to_vec();
    while let Some(scope) = open.pop() {
        if all.insert(scope) {
            let row = platform.scopes.iter().find(|s| s.id == scope);
            open.extend(row.iter().flat_map(|row| row.contains.iter()).map(AsRef::<str>::as_ref));
        }
    }
    all
}
