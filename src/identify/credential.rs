//! Which kind of credential a value is: by its text, its label, its claims, or what the user says.

use std::borrow::Cow;

use ::base64::Engine as _;
use ::base64::engine::general_purpose::STANDARD;

use crate::decode::base64;
use crate::facts::{Fact, Facts, Path, SubjectId};
use crate::platform::{Credential, Mistake, Platform, Shape};
use crate::rule::Pattern;

/// Adds `credential.kind` and its companions where a contract knows the credential.
pub fn identify(facts: &mut Facts, platforms: &[Platform], subject: SubjectId) {
    let home = facts.text(subject, "platform.id").and_then(|id| platforms.iter().find(|p| p.id == id));
    let place = facts.get(subject).place;
    let Some((platform, credential, by)) = find(facts, platforms, home, subject) else { return };
    let place = facts.one(subject, "credential.value").map_or(place, |f| f.place);
    facts.add(subject, Path::new("credential.kind"), credential.id.as_ref(), place);
    facts.add(subject, Path::new("credential.title"), credential.title.as_ref(), place);
    facts.add(subject, Path::new("credential.platform"), platform.id.as_ref(), place);
    facts.add(subject, Path::new("credential.platform_title"), platform.title.as_ref(), place);
    facts.add(subject, Path::new("credential.by"), by, place);
    granted(facts, subject, platform);
}

/// The scopes that the token response says were granted with it.
fn granted(facts: &mut Facts, subject: SubjectId, platform: &Platform) {
    let separator = platform.oauth.as_ref().map(|o| o.scope_separator.as_ref());
    let own = facts.get(subject).of_path("paired.response.scope").next();
    let (Some(separator), Some(scope)) = (separator, own.filter(|f| !f.hole).cloned()) else { return };
    let list = scope.value.text().unwrap_or_default().split(separator).map(str::trim).filter(|s| !s.is_empty());
    for name in list {
        facts.add(subject, Path::new("credential.scope"), name, scope.place);
    }
}

type Known<'a> = (&'a Platform, &'a Credential, &'static str);

fn find<'a>(
    facts: &Facts,
    platforms: &'a [Platform],
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
    let label = label(facts, subject);
    // A variable that names one platform says nothing about the credentials of another.
    let is_of = |p: &Platform| label.as_ref().is_some_and(|l| l.contains(p.id.as_ref()));
    let is_of_other = |p: &Platform| !is_of(p) && platforms.iter().any(is_of);
    let by_text = |platform: &'a Platform, weak: bool| {
        let is_it = |c: &&Credential| {
            (weak || !c.shape.weak) && fits(facts, subject, &c.shape)
                || c.mistakes.iter().any(|m| m.tells && is_made_like(facts, subject, m))
        };
        let credential = platform.credentials.iter().find(is_it)?;
        let by = if credential.shape.claims.is_empty() { "shape" } else { "claims" };
        Some((platform, credential, by))
    };
    let by_label = |platform: &'a Platform| {
        let label = label.as_ref().filter(|_| !is_of_other(platform))?;
        let credential = platform.credentials.iter().find(|c| c.names.iter().any(|n| n.matches(label)))?;
        Some((platform, credential, "label"))
    };
    let by_response = |platform: &'a Platform| {
        let credential = platform.credentials.iter().find(|c| is_issued_as(facts, subject, c))?;
        Some((platform, credential, "token response"))
    };
    // A JWT of no other kind is the one that the platform's users mint.
    let by_default = |platform: &'a Platform| {
        let is_jwt = own.iter().any(|f| f.path.as_str() == "jwt.claims");
        let minted = platform.jwts.iter().find(|j| j.default).filter(|_| is_jwt)?;
        Some((platform, platform.credential(&minted.id)?, "host"))
    };
    // Where several kinds look alike, the name tells which.
    let precise = |known: Known<'a>| {
        let (platform, general, _) = known;
        by_label(platform).filter(|(_, c, _)| general.either.contains(&c.id)).unwrap_or(known)
    };
    if let Some(home) = home {
        let known = by_response(home)
            .or_else(|| by_text(home, false))
            .or_else(|| by_label(home))
            .or_else(|| by_default(home))
            .or_else(|| by_scheme(facts, subject, home))
            .or_else(|| by_text(home, true));
        if let Some(known) = known {
            return Some(precise(known));
        }
    }
    let others = || platforms.iter().filter(|p| home.is_none_or(|h| h.id != p.id));
    // A variable called `ADMIN_TOKEN` says nothing where nobody speaks of the platform.
    others().find_map(|p| by_text(p, false)).map(precise).or_else(|| others().filter(|p| is_of(p)).find_map(by_label))
}

/// A scheme other than Bearer that only one of the platform's credentials is sent with.
fn by_scheme<'a>(facts: &Facts, subject: SubjectId, platform: &'a Platform) -> Option<Known<'a>> {
    let own = facts.get(subject).facts();
    let scheme = own.iter().find(|f| f.path.as_str() == "auth.scheme" && !f.hole)?.value.text()?;
    if scheme.eq_ignore_ascii_case("Bearer") || own.iter().any(|f| f.path.family() == "jwt") {
        return None;
    }
    let mut sent = platform.credentials.iter().filter(|c| c.scheme.iter().any(|s| s.eq_ignore_ascii_case(scheme)));
    let credential = sent.next()?;
    sent.next().is_none().then_some((platform, credential, "scheme"))
}

/// The name of the variable, parameter or header that holds it, in lower case with `_`.
fn label(facts: &Facts, subject: SubjectId) -> Option<String> {
    let own = |path: &str| facts.get(subject).of_path(path).next();
    let is_parameter = own("auth.carrier").is_some_and(|f| matches!(f.value.text(), Some("query" | "form" | "json")));
    let parameter = own("auth.name").filter(|_| is_parameter);
    let fact = own("hole.name").or_else(|| own("credential.label")).or(parameter)?;
    Some(fact.value.text()?.to_lowercase().replace(['-', ' ', '.'], "_"))
}

fn fits(facts: &Facts, subject: SubjectId, shape: &Shape) -> bool {
    let own = || facts.get(subject).facts().iter().filter(|f| !f.hole);
    let value = as_sent(facts, subject);
    let value = value.as_deref();
    let mut asked = false;
    let mut holds = |asks: bool, fits: &dyn Fn(&str) -> bool| {
        asked |= asks;
        !asks || value.is_some_and(fits)
    };
    let by_text = holds(!shape.prefix.is_empty(), &|v| shape.prefix.iter().any(|p| v.starts_with(p.as_ref())))
        && holds(shape.matches.is_some(), &|v| shape.matches.as_ref().is_some_and(|m| m.matches(v)))
        && holds(!shape.length.is_empty(), &|v| shape.length.contains(&v.chars().count()))
        && holds(shape.decodes_to.is_some(), &|v| fits_decoded(shape.decodes_to.as_ref(), v));
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

/// The credential as it is sent, if it is known; the pair that `curl -u` encodes is encoded here too.
fn as_sent(facts: &Facts, subject: SubjectId) -> Option<Cow<'_, str>> {
    let own = |path: &str| {
        let fact = facts.get(subject).of_path(path).find(|f| !f.hole)?;
        fact.value.text()
    };
    match own("auth.carrier") {
        Some("user option") => own("basic.text").map(|pair| Cow::Owned(STANDARD.encode(pair))),
        _ => own("credential.value").map(Cow::Borrowed),
    }
}

fn fits_decoded(pattern: Option<&Pattern>, value: &str) -> bool {
    let text = base64::decode(value);
    // A JWT decodes too, but has dots.
    text.illegal.is_none()
        && !value.contains('.')
        && std::str::from_utf8(&text.bytes).is_ok_and(|text| pattern.is_some_and(|p| p.matches(text)))
}

/// True if the value is put together as this row says.
pub fn is_made_like(facts: &Facts, subject: SubjectId, mistake: &Mistake) -> bool {
    let Some(value) = as_sent(facts, subject) else { return false };
    let twice = |value: &str| {
        let text = base64::decode(value);
        let inner = std::str::from_utf8(&text.bytes).unwrap_or_default().trim();
        text.illegal.is_none() && fits_decoded(mistake.decodes_twice_to.as_ref(), inner)
    };
    mistake.matches.as_ref().is_none_or(|p| p.matches(&value))
        && (mistake.decodes_to.is_none() || fits_decoded(mistake.decodes_to.as_ref(), &value))
        && (mistake.decodes_twice_to.is_none() || twice(&value))
}

/// True if the credential has the shape that its kind has.
pub fn is_well_made(facts: &Facts, subject: SubjectId, credential: &Credential) -> bool {
    fits(facts, subject, &credential.shape)
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
