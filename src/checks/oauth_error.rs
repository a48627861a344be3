//! The errors that authorization servers answer, explained (RFC 6749 sections 4.1.2.1 and 5.2).

use crate::checks::{Check, Context, Hit};
use crate::platform::{Mark, says};

/// The predicates of this group.
pub const CHECKS: &[Check] = &[Check {
    name: "oauth-error",
    about: &["error.error", "callback.error"],
    offers: &["code", "meaning", "advice"],
    run: error,
}];

/// True for an answer that stands alone: somebody wants to know what it means. Beside a request, the mistake is there to
/// be found; and some codes belong to the normal course of a login.
fn is_asked_about(cx: &Context, code: &str) -> bool {
    const NORMAL: &[&str] = &[
        "access_denied",
        "authorization_pending",
        "consent_required",
        "interaction_required",
        "login_required",
        "slow_down",
    ];
    !NORMAL.contains(&code) && !cx.own().iter().any(|f| f.path.as_str() == "paired.login")
}

/// Explains an error of OAuth: by its description if that betrays the cause, else by its code.
fn error(cx: &Context) -> Vec<Hit> {
    let own = |name: &str| {
        cx.own().iter().find(|f| f.path.segments().count() == 2 && f.path.name() == name).filter(|f| !f.hole)
    };
    let Some(code) = own("error") else { return Vec::new() };
    let text = code.value.text().unwrap_or_default();
    let rows = || cx.errors.iter().filter(|file| file.id == "oauth").flat_map(|file| file.errors.iter());
    let by_code = rows().find(|row| row.code && row.says == text);
    let description = own("error_description").and_then(|f| Some((f, f.value.text()?.to_ascii_lowercase())));
    let by_description = description
        .and_then(|(fact, said)| rows().find(|row| !row.code && says(&said, &row.says)).map(|row| (fact, row)));
    // The platform's own words say more than the standard's.
    let platform = cx.text("paired.request.platform").or_else(|| cx.text("platform.id"));
    let platform = platform.and_then(|id| cx.contract(id));
    let own_rows = || platform.into_iter().flat_map(|p| p.errors.iter());
    let status = cx.int("response.status");
    let own_rows = || own_rows().filter(|row| row.status.is_none_or(|meant| status == Some(meant.into())));
    let described = own("error_description").and_then(|f| Some((f, f.value.text()?)));
    let by_own_words = described.and_then(|(fact, said)| {
        let longest = own_rows().filter(|row| !row.code && says(said, &row.says)).max_by_key(|row| row.says.len());
        longest.map(|row| (fact, row))
    });
    let by_own = by_own_words.or_else(|| own_rows().find(|row| row.code && row.says == text).map(|row| (code, row)));
    if let (Some((at, row)), Some(platform)) = (by_own, platform) {
        let meaning = row.means.as_deref().unwrap_or("a documented error");
        let hit = Hit::on(at).with("code", text).told("meaning", meaning).told("advice", &row.help);
        let mark = if is_asked_about(cx, text) { Mark::T } else { Mark::M };
        return vec![hit.says(platform, &row.basis, None, row.mark.max(mark))];
    }
    let (row, mark, at) = match (by_description, by_code) {
        (Some((fact, row)), Some(_)) => (row, Mark::T, fact),
        (None, Some(row)) => (row, if is_asked_about(cx, text) { Mark::T } else { Mark::M }, code),
        // Any API may answer `error`; without a code of OAuth only the description of Entra ID counts.
        (Some((fact, row)), None) if row.says.starts_with("aadsts") => (row, Mark::T, fact),
        _ => return Vec::new(),
    };
    let mut hit = Hit::on(at).with("code", text).told("meaning", row.means.as_deref().unwrap_or_default());
    hit.mark = mark;
    vec![hit.told("advice", &row.help)]
}
