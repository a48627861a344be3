//! The scopes that were granted with a credential against those that an operation needs: as the token response says
//! them, or as a JWT says them itself, in the claims that its contract names.

use std::collections::HashSet;

use crate::checks::contract::{Called, Known, as_authorization, quoted};
use crate::checks::{Check, Context, Hit};
use crate::facts::{Fact, Path, Value};
use crate::platform::{Mark, Platform};
use crate::rule::Str;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[Check {
    name: "contract-granted",
    about: &["credential.scope", "jwt.claims"],
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
    let claims = claims(cx, &called);
    // Where a part is not known, nothing is missing for sure.
    let given: Option<Vec<_>> = scopes.iter().chain(&claims).map(|fact| listed(cx, fact)).collect();
    let Some(given) = given else { return Vec::new() };
    if given.is_empty() || is_enough(called.platform, &given.concat(), needed) {
        return Vec::new();
    }
    let path = cx.text("request.path").unwrap_or_default().trim_end_matches('/');
    let last = path.rsplit('/').next().unwrap_or_default();
    // The last part names the operation, unless it is the id of what the call is about.
    let is_name = !last.is_empty() && last.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_' || b == b'-');
    let operation = if is_name { format!("`{last}`") } else { "this call".to_owned() };
    let mut hit = Hit::on(claims.first().unwrap_or(&value))
        .with("called", called.title())
        .with("needed", quoted(needed))
        .with("operation", operation)
        .says(called.platform, called.basis(), None, called.mark());
    if let Some(scope) = scopes.first() {
        hit = hit.and(scope.place, "what was granted");
    }
    vec![hit]
}

/// The claims that list the scopes of the token in question, if it is one for what is called. What is sent to the wrong
/// API is told as that.
fn claims<'a>(cx: &Context<'a>, called: &Called<'a>) -> Vec<&'a Fact> {
    let is_meant = |known: &Known| {
        let is_accepted = called.accepts().is_empty() || known.is_one_of(called.accepts());
        known.platform.id == called.platform.id && known.mark == Mark::D && is_accepted
    };
    let Some(known) = Known::of(cx).filter(is_meant) else { return Vec::new() };
    let claim = |name: &Str| {
        let path = Path::new("jwt.claims").join(name);
        cx.own().iter().find(|fact| fact.path == path)
    };
    known.credential.scope_claims.iter().filter_map(claim).collect()
}

/// The scopes in a text or a list of texts, if all are known.
fn listed<'a>(cx: &Context<'a>, fact: &'a Fact) -> Option<Vec<&'a str>> {
    let known = |fact: &'a Fact| fact.value.text().filter(|_| !fact.hole).map(str::split_whitespace);
    if !matches!(fact.value, Value::Array) {
        return Some(known(fact)?.collect());
    }
    let element = fact.path.join("*");
    let elements = cx.own().iter().filter(|f| f.path == element).map(known);
    Some(elements.collect::<Option<Vec<_>>>()?.into_iter().flatten().collect())
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
