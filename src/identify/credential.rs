//! Which kind of credential a value is: by its text, its label, its claims, or what the user says.

use std::borrow::Cow;

use crate::decode::base64;
use crate::facts::{Fact, Facts, Path, SubjectId};
use crate::platform::{Credential, Platform, Shape};

/// Adds `credential.kind` and its companions where a contract knows the credential.
pub fn identify(facts: &mut Facts, platforms: &[Cow<'static, Platform>], subject: SubjectId) {
    let home = facts.text(subject, "platform.id").and_then(|id| platforms.iter().find(|p| p.id == id)).map(|p| &**p);
    let place = facts.get(subject).place;
    let Some((platform, credential, by)) = find(facts, platforms, home, subject) else { return };
    let place = facts.one(subject, "credential.value").map_or(place, |f| f.place);
    facts.add(subject, Path::new("credential.kind"), credential.id.as_ref(), place);
    facts.add(subject, Path::new("credential.title"), credential.title.as_ref(), place);
    facts.add(subject, Path::new("credential.platform"), platform.id.as_ref(), place);
    facts.add(subject, Path::new("credential.platform_title"), platform.title.as_ref(), place);
    facts.add(subject, Path::new("credential.by"), by, place);
}

type Known<'a> = (&'a Platform, &'a Credential, &'static str);

fn find<'a>(
    facts: &Facts,
    platforms: &'a [Cow<'static, Platform>],
    home: Option<&'a Platform>,
    subject: SubjectId,
) -> Option<Known<'a>> {
    // What the user says about it, if the platform has such a credential.
    let own = facts.get(subject).facts();
    let is_main = own.iter().any(|f| f.path.as_str() == "auth.value" || f.path.as_str().starts_with("jwt.claims"));
    if let (Some(home), Some(kind), true) = (home, facts.text(subject, "expect.credential"), is_main) {
        if let Some(credential) = home.credential(kind) {
            return Some((home, credential, "--expect"));
        }
    }
    let by_text = |platform: &'a Platform, weak: bool| {
        let credential =
            platform.credentials.iter().find(|c| (weak || !c.shape.weak) && fits(facts, subject, &c.shape))?;
        let by = if credential.shape.claims.is_empty() { "shape" } else { "claims" };
        Some((platform, credential, by))
    };
    let by_label = |platform: &'a Platform| {
        let label = label(facts, subject)?;
        let credential = platform.credentials.iter().find(|c| c.names.iter().any(|n| n.matches(&label)))?;
        Some((platform, credential, "label"))
    };
    let by_response = |platform: &'a Platform| {
        let credential = platform.credentials.iter().find(|c| is_issued_as(facts, subject, c))?;
        Some((platform, credential, "token response"))
    };
    if let Some(home) = home {
        let known = by_response(home).or_else(|| by_text(home, false)).or_else(|| by_label(home));
        if let Some(known) = known.or_else(|| by_text(home, true)) {
            return Some(known);
        }
        // A JWT of no other kind is the one that the platform's users mint.
        let is_jwt = own.iter().any(|f| f.path.as_str() == "jwt.claims");
        let minted = home.jwts.iter().find(|j| j.default).filter(|_| is_jwt);
        if let Some(credential) = minted.and_then(|j| home.credential(&j.id)) {
            return Some((home, credential, "host"));
        }
    }
    let others = || platforms.iter().map(|p| p.as_ref()).filter(|p| home.is_none_or(|h| h.id != p.id));
    others().find_map(|p| by_text(p, false)).or_else(|| others().find_map(by_label))
}

/// The name of the variable, parameter or header that holds it, in lower case with `_`.
fn label(facts: &Facts, subject: SubjectId) -> Option<String> {
    let own = |path: &str| facts.get(subject).facts().iter().find(|f| f.path.as_str() == path);
    let fact = own("hole.name").or_else(|| own("credential.label"))?;
    Some(fact.value.text()?.to_lowercase().replace(['-', ' ', '.'], "_"))
}

fn fits(facts: &Facts, subject: SubjectId, shape: &Shape) -> bool {
    let own = || facts.get(subject).facts().iter().filter(|f| !f.hole);
    let value = own().find(|f| f.path.as_str() == "credential.value").and_then(|f| f.value.text());
    let mut asked = false;
    let mut holds = |asks: bool, fits: &dyn Fn(&str) -> bool| {
        asked |= asks;
        !asks || value.is_some_and(fits)
    };
    let by_text = holds(!shape.prefix.is_empty(), &|v| shape.prefix.iter().any(|p| v.starts_with(p.as_ref())))
        && holds(shape.matches.is_some(), &|v| shape.matches.as_ref().is_some_and(|m| m.matches(v)))
        && holds(!shape.length.is_empty(), &|v| shape.length.contains(&v.chars().count()))
        && holds(shape.decodes_to.is_some(), &|v| {
            let decoded = base64::decode(v);
            decoded.illegal.is_none()
                && std::str::from_utf8(&decoded.bytes)
                    .is_ok_and(|t| shape.decodes_to.as_ref().is_some_and(|m| m.matches(t)))
        });
    let claim = |name: &str| {
        let path = Path::new("jwt.claims").join(name);
        own().find(|f| f.path == path)
    };
    let is_jwt = own().any(|f: &Fact| f.path.as_str() == "jwt.claims");
    let by_claims = (shape.claims.is_empty() && shape.lacks.is_empty())
        || is_jwt
            && shape.claims.iter().all(|(name, p)| claim(name).is_some_and(|f| p.matches(&f.value.to_string())))
            && shape.lacks.iter().all(|name| claim(name).is_none());
    by_text && by_claims && (asked || !shape.claims.is_empty() || !shape.lacks.is_empty())
}

/// True if a token response of the same source carries the value in a way that says which credential it is.
fn is_issued_as(facts: &Facts, subject: SubjectId, credential: &Credential) -> bool {
    let Some(issued) = &credential.issued else { return false };
    let own = || facts.get(subject).facts().iter();
    let member = own().find(|f| f.path.as_str() == "paired.response.member").and_then(|f| f.value.text());
    let has = |name: &str| own().any(|f| f.path.as_str() == "paired.response.has" && f.value.text() == Some(name));
    member.is_some_and(|m| m == issued.member)
        && issued.has.iter().all(|name| has(name))
        && issued.lacks.iter().all(|name| !has(name))
}
