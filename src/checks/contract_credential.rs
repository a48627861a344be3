//! Credentials against the contracts: the right kind, at the right API, with the right scheme.

use crate::checks::{Check, Context, Hit};
use crate::platform::{Credential, Mark, Platform};

/// The predicates of this group.
pub const CHECKS: &[Check] = &[Check {
    name: "contract-scheme",
    about: &["auth.scheme"],
    offers: &["credential", "platform", "scheme", "expected"],
    run: scheme,
}];

/// The credential in question, with its contract.
fn known<'a>(cx: &Context<'a>) -> Option<(&'a Platform, &'a Credential)> {
    let platform = cx.text("credential.platform").and_then(|id| cx.contract(id))?;
    Some((platform, platform.credential(cx.text("credential.kind")?)?))
}

/// A kind that was told by a label, not by the credential's own text, is a guess.
fn mark_of(cx: &Context) -> Mark {
    if cx.text("credential.by") == Some("label") { Mark::T } else { Mark::D }
}

/// The scheme is none of those that this kind of credential is sent with.
fn scheme(cx: &Context) -> Vec<Hit> {
    let (Some((platform, credential)), Some(scheme)) = (known(cx), cx.one("auth.scheme")) else { return Vec::new() };
    let is_at_home = cx.text("platform.id").is_none_or(|id| id == platform.id);
    let sent = scheme.value.text().unwrap_or_default();
    if scheme.hole
        || !is_at_home
        || credential.scheme.is_empty()
        || credential.scheme.iter().any(|s| s.eq_ignore_ascii_case(sent))
    {
        return Vec::new();
    }
    let hit = Hit::on(scheme)
        .with("credential", &credential.title)
        .with("platform", &platform.title)
        .with("scheme", sent)
        .with("expected", credential.scheme.join(" or "))
        .says(platform, &credential.basis, credential.help.as_deref(), credential.mark.max(mark_of(cx)));
    vec![hit]
}
