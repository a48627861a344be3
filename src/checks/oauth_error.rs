//! The errors that authorization servers answer, explained (RFC 6749 sections 4.1.2.1 and 5.2).

use crate::checks::answer::LONGEST;
use crate::checks::{Check, Context, Hit};
use crate::facts::Fact;
use crate::platform::{ErrorRow, Mark, Platform, says_in_lower_case};

/// The predicates of this group.
pub const CHECKS: &[Check] = &[Check {
    name: "oauth-error",
    about: &["error.error", "callback.error"],
    offers: &["code", "meaning", "advice"],
    run: error,
}];

/// True for the codes that belong to the normal course of a login.
fn is_step(code: &str) -> bool {
    const NORMAL: &[&str] = &[
        "access_denied",
        "authorization_pending",
        "consent_required",
        "interaction_required",
        "login_required",
        "slow_down",
        "use_dpop_nonce",
    ];
    NORMAL.contains(&code)
}

/// True for an answer that stands alone: somebody wants to know what it means. Beside a request, the mistake is there to
/// be found.
fn is_asked_about(cx: &Context, code: &str) -> bool {
    !is_step(code) && !cx.own().iter().any(|f| f.path.as_str() == "paired.login")
}

/// Explains an error of OAuth: by its description if that betrays the cause, else by its code. What the platform itself
/// documents says more than the standard.
fn error(cx: &Context) -> Vec<Hit> {
    let own = |name: &str| {
        cx.own().iter().find(|f| f.path.segments().count() == 2 && f.path.name() == name).filter(|f| !f.hole)
    };
    let Some(code) = own("error") else { return Vec::new() };
    let said = own("error_description").and_then(|f| Some((f, f.value.text()?))).filter(|(_, s)| s.len() <= LONGEST);
    let answer = Answer { code, said: said.map(|(fact, said)| (fact, said.to_lowercase())) };
    let platform = cx.text("paired.request.platform").or_else(|| cx.text("platform.id"));
    let platform = platform.and_then(|id| cx.contract(id));
    platform
        .and_then(|platform| answer.by_contract(cx, platform))
        .or_else(|| answer.by_standard(cx))
        .into_iter()
        .collect()
}

/// What an authorization server answered.
struct Answer<'a> {
    /// `error`.
    code: &'a Fact,
    /// `error_description`, and its text in lower case.
    said: Option<(&'a Fact, String)>,
}

impl<'a> Answer<'a> {
    fn code(&self) -> &'a str {
        self.code.value.text().unwrap_or_default()
    }

    /// The description, if this row is about it.
    fn says(&self, row: &ErrorRow) -> Option<&'a Fact> {
        let (fact, said) = self.said.as_ref().filter(|_| !row.code)?;
        says_in_lower_case(said, &row.says.to_lowercase()).then_some(*fact)
    }

    fn is(&self, row: &ErrorRow) -> bool {
        row.code && row.says == self.code()
    }

    fn mark(&self, cx: &Context) -> Mark {
        if is_asked_about(cx, self.code()) { Mark::T } else { Mark::M }
    }

    fn hit(&self, at: &Fact, meaning: &str, row: &ErrorRow) -> Hit {
        Hit::on(at).with("code", self.code()).told("meaning", meaning).told("advice", &row.help)
    }

    fn by_contract(&self, cx: &Context, platform: &Platform) -> Option<Hit> {
        let status = cx.int("response.status");
        let rows = || platform.errors.iter().filter(|row| row.status.is_none_or(|meant| status == Some(meant.into())));
        let said = rows().filter_map(|row| Some((self.says(row)?, row))).max_by_key(|(_, row)| row.says.len());
        let (at, row) = said.or_else(|| rows().find(|row| self.is(row)).map(|row| (self.code, row)))?;
        let hit = self.hit(at, row.means.as_deref().unwrap_or("a documented error"), row);
        Some(hit.says(platform, &row.basis, None, row.mark.max(self.mark(cx))))
    }

    fn by_standard(&self, cx: &Context) -> Option<Hit> {
        let rows = || cx.errors.iter().filter(|file| file.id == "oauth").flat_map(|file| file.errors.iter());
        // The codes of Entra ID stand before the sentences around them.
        let said = rows().find_map(|row| Some((self.says(row)?, row)));
        let known = rows().find(|row| self.is(row));
        let (at, row, mark) = match (said, known) {
            (Some((at, row)), Some(_)) => (at, row, if is_step(self.code()) { Mark::M } else { Mark::T }),
            (None, Some(row)) => (self.code, row, self.mark(cx)),
            // Any API may answer `error`; without a code of OAuth only the description of Entra ID counts.
            (Some((at, row)), None) if row.says.starts_with("aadsts") => (at, row, Mark::T),
            _ => return None,
        };
        Some(Hit { mark, ..self.hit(at, row.means.as_deref().unwrap_or_default(), row) })
    }
}
