//! Credentials and schemes of one platform at another.

use crate::checks::{Check, Context, Hit};

/// The predicates of this group.
pub const CHECKS: &[Check] = &[Check {
    name: "contract-foreign",
    about: &["credential.platform"],
    offers: &["credential", "issuer", "platform", "expected"],
    run: foreign,
}];

/// A credential, known by its own text, is sent to a platform that did not issue it.
fn foreign(cx: &Context) -> Vec<Hit> {
    let issuer = cx.text("credential.platform").and_then(|id| cx.contract(id));
    let (Some(issuer), Some(platform), Some(at)) = (issuer, cx.platform(), cx.one("credential.value")) else {
        return Vec::new();
    };
    let is_guess = matches!(cx.text("credential.by"), Some("label" | "scheme"));
    if issuer.id == platform.id || is_guess || cx.text("platform.by") == Some("credential") {
        return Vec::new();
    }
    let credential = cx.text("credential.title").unwrap_or("credential");
    let of_home = platform.credentials.iter().filter(|c| !c.scheme.is_empty());
    let expected = of_home.map(|c| c.title.as_ref()).collect::<Vec<_>>().join(" or ");
    let mut hit = Hit::on(at)
        .with("credential", credential)
        .with("issuer", &issuer.title)
        .with("platform", &platform.title)
        .with("expected", expected);
    hit.basis = Some(platform.docs.to_string());
    hit.platform = Some(platform.id.to_string());
    vec![hit]
}
