//! Credentials and schemes of one platform at another, and secrets where everybody sees them.

use crate::checks::contract::{
    Called, Known, as_authorization, is_authorized_otherwise, scheme_words, spoken_of, with_article,
};
use crate::checks::{Check, Context, Hit};
use crate::decode::credential::SCHEMES;
use crate::platform::{Credential, Exposure, Mark, Platform};
use crate::recognise::setting::public_tool;
use crate::rule::Str;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check {
        name: "contract-foreign",
        about: &["credential.platform"],
        offers: &["credential", "issuer", "platform"],
        run: foreign,
    },
    Check {
        name: "contract-exposed",
        about: &["credential.kind", "code.public"],
        offers: &["name", "tool", "credential"],
        run: exposed,
    },
    Check {
        name: "contract-scheme-unused",
        about: &["auth.scheme"],
        offers: &["called", "scheme", "expected", "accepted"],
        run: unused,
    },
];

/// A secret in a variable that a build tool writes into the code of a page.
fn exposed(cx: &Context) -> Vec<Hit> {
    if let Some(name) = cx.one("code.public") {
        let tool = cx.text("code.tool").unwrap_or_default();
        let text = name.value.text().unwrap_or_default();
        let found = public_tool(text).and_then(|(_, rest)| named(cx, rest));
        let hit = found.map(|(platform, credential)| {
            let hit = Hit::on(name).with("name", text).with("tool", tool);
            let words = with_article(&format!("{} {}", platform.title, credential.title));
            hit.with("credential", words).says(platform, &credential.basis, None, Mark::T)
        });
        return hit.into_iter().collect();
    }
    let (Some(known), Some(name)) = (Known::of(cx), cx.one("setting.name")) else { return Vec::new() };
    let text = name.value.text().unwrap_or_default();
    let Some((tool, _)) = public_tool(text).filter(|_| known.credential.exposure == Exposure::Secret) else {
        return Vec::new();
    };
    let hit = Hit::on(name).with("name", text).with("tool", tool).with("credential", known.words());
    vec![hit.says(known.platform, &known.credential.basis, None, known.mark.max(known.credential.mark))]
}

/// The secret that a variable of this name holds, of the platform that the name speaks of.
fn named<'a>(cx: &Context<'a>, name: &str) -> Option<(&'a Platform, &'a Credential)> {
    spoken_of(cx, name).next().filter(|(_, credential)| credential.exposure == Exposure::Secret)
}

/// A credential, known by its own text, is sent to a platform that did not issue it.
fn foreign(cx: &Context) -> Vec<Hit> {
    let issuer = cx.text("credential.platform").and_then(|id| cx.contract(id));
    let (Some(issuer), Some(platform), Some(at)) = (issuer, cx.platform(), cx.one("credential.value")) else {
        return Vec::new();
    };
    let is_for_others = cx.text("credential.kind").and_then(|id| issuer.credential(id)).is_some_and(|c| c.federated);
    let is_guess = matches!(cx.text("credential.by"), Some("label" | "scheme"));
    // What stands in a body is often meant for somebody else, unless the contract says what it is for.
    let is_in_body = matches!(cx.text("auth.carrier"), Some("form" | "json")) && cx.one("endpoint.id").is_none();
    let name = cx.text("auth.name").unwrap_or_default();
    let is_named = || Called::of(cx).and_then(|called| called.parameter(name)).is_some();
    if is_in_body && !is_named() {
        return Vec::new();
    }
    if issuer.id == platform.id || is_for_others || is_guess || cx.text("platform.by") == Some("credential") {
        return Vec::new();
    }
    let title = cx.text("credential.title").unwrap_or("credential");
    let credential = with_article(&format!("{} {title}", issuer.title));
    let mut hit =
        Hit::on(at).with("credential", credential).with("issuer", &issuer.title).with("platform", &platform.title);
    hit.basis = Some(platform.docs.to_string());
    hit.platform = Some(platform.id.to_string());
    vec![hit]
}

/// A known scheme by which nothing that is called here takes credentials. Which credential it is does not matter; where
/// that is known, other rules say more. Misspelt schemes are no business of a contract.
fn unused(cx: &Context) -> Vec<Hit> {
    let (Some(called), Some(scheme), Some(_)) = (Called::of(cx), cx.one("auth.scheme"), as_authorization(cx)) else {
        return Vec::new();
    };
    let sent = scheme.value.text().unwrap_or_default();
    let is_known = cx.one("credential.kind").is_some();
    let request = cx.facts.get(cx.subject).parent;
    if request.is_some_and(|id| is_authorized_otherwise(cx.facts, id)) {
        return Vec::new();
    }
    if scheme.hole || is_known || !SCHEMES.contains(&sent.to_ascii_lowercase().as_str()) {
        return Vec::new();
    }
    let accepted = called.accepts().iter().filter_map(|id| called.platform.credential(id));
    let mut schemes: Vec<&Str> = accepted.flat_map(|c| c.scheme.iter()).collect();
    schemes.sort();
    schemes.dedup();
    if schemes.is_empty() || schemes.iter().any(|s| s.eq_ignore_ascii_case(sent)) {
        return Vec::new();
    }
    let hit = Hit::on(scheme)
        .with("called", called.title())
        .with("scheme", sent)
        .with("expected", scheme_words(&schemes))
        .with("accepted", called.accepted())
        .says(called.platform, called.basis(), None, called.mark());
    vec![hit]
}
