//! What LiveChat's contract cannot say: values that have to fit each other.

use crate::checks::{Check, Context, Hit};
use crate::facts::Value;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "livechat-region", about: &["credential.value"], offers: &["sent", "region"], run: region },
    Check {
        name: "livechat-widget-token",
        about: &["json.accessToken"],
        offers: &["missing", "source"],
        run: widget_token,
    },
];

/// The header names another region than the token's prefix. `fra-a` and `fra-b` are parts of `fra`.
fn region(cx: &Context) -> Vec<Hit> {
    let (Some(header), Some(token)) = (cx.one("request.header.x-region"), cx.text("credential.value")) else {
        return Vec::new();
    };
    let sent = header.value.text().unwrap_or_default().trim().to_ascii_lowercase();
    let known = |region: &str| matches!(region, "dal" | "fra" | "fra-a" | "fra-b");
    let Some((region, _)) = token.split_once(':').filter(|(region, _)| known(region)) else { return Vec::new() };
    let centre = |region: &str| region.split('-').next().map(str::to_owned);
    let is_meant = cx.text("platform.id") == Some("livechat") && known(&sent) && !header.hole;
    if !is_meant || centre(region) == centre(&sent) {
        return Vec::new();
    }
    vec![Hit::on(header).with("sent", sent).with("region", region)]
}

/// The token that an identity provider hands to the Chat Widget lacks what the token endpoint did not answer.
fn widget_token(cx: &Context) -> Vec<Hit> {
    let has = |path: &str| cx.own().iter().any(|f| f.path.as_str() == path);
    let whole = cx.own().iter().find(|f| f.path.as_str() == "json" && f.value == Value::Object);
    let is_broken = has("json.trouble") || cx.is_open();
    let is_meant = has("json.entityId") && has("json.expiresIn") && has("json.tokenType");
    let Some(token) = cx.one("json.accessToken").filter(|_| is_meant && !is_broken && whole.is_some()) else {
        return Vec::new();
    };
    let rows = [("creationDate", "so take the time in milliseconds"), ("licenseId", "so take it from your settings")];
    let absent = rows.into_iter().filter(|(name, _)| !has(&format!("json.{name}")));
    absent.map(|(name, source)| Hit::on(token).with("missing", name).with("source", source)).collect()
}
