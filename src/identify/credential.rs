//! Which kind of credential a value is: by its text, its label, its claims, or what the user says.

use std::borrow::Cow;
use std::cell::OnceCell;

use ::base64::Engine as _;
use ::base64::engine::general_purpose::STANDARD;

use crate::decode::base64;
use crate::facts::{Fact, Facts, Path, SubjectId, Value};
use crate::platform::{Contracts, Credential, Mistake, Platform, Shape};
use crate::rule::{Pattern, Str};

/// Adds `credential.kind` and its companions where a contract knows the credential.
pub fn identify(facts: &mut Facts, contracts: Contracts, subject: SubjectId) {
    let home = facts.text(subject, "platform.id").and_then(|id| contracts.get(id));
    let place = facts.get(subject).place;
    let Some((platform, credential, by)) = find(facts, contracts, home, subject) else { return };
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
    contracts: Contracts<'a>,
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
    let is_named = |p: &&Platform| label.as_ref().is_some_and(|l| p.is_named_in(l));
    let named: Vec<&Platform> = contracts.all.iter().filter(is_named).collect();
    let sent = Sent::of(facts, subject);
    let by_text = |platform: &'a Platform, weak: bool| {
        let is_it = |c: &&Credential| {
            (weak || !c.shape.weak)
                && (fits(facts, subject, sent.as_ref(), &c.shape)
                    || is_there(facts, subject, &c.shape)
                        && c.mistakes.iter().any(|m| m.tells && sent.as_ref().is_some_and(|s| s.is_made_like(m))))
        };
        let credential = platform.credentials.iter().find(is_it)?;
        let by = if credential.shape.claims.is_empty() { "shape" } else { "claims" };
        Some((platform, credential, by))
    };
    let by_label = |platform: &'a Platform| {
        let label = label.as_ref().filter(|_| named.is_empty() || is_named(&platform))?;
        let credential = platform.credentials.iter().find(|c| c.names.iter().any(|n| n.matches(label)))?;
        Some((platform, credential, "label"))
    };
    let by_response = |platform: &'a Platform| {
        let credential = platform.credentials.iter().find(|c| is_issued_as(facts, subject, c))?;
        Some((platform, credential, "token response"))
    };
    let is_other = |p: &&Platform| home.is_none_or(|h| h.id != p.id);
    let of_jwt = || own.iter().map(|f| f.path.as_str()).filter(|path| path.starts_with("jwt."));
    let alike =
        || contracts.of_credential(sent.as_ref().map(|s| s.text.as_ref()), of_jwt()).into_iter().filter(is_other);
    // A JWT of no other kind is the one that the platform's users mint, if the request authorises itself by it.
    let by_default = |platform: &'a Platform| {
        let text = |path: &str| own.iter().find(|f| f.path.as_str() == path).and_then(|f| f.value.text());
        let is_assertion = matches!(text("auth.name"), Some("assertion" | "client_assertion"));
        let is_sent = is_assertion || !matches!(text("auth.carrier"), Some("form" | "json"));
        let is_jwt = is_sent && own.iter().any(|f| f.path.as_str() == "jwt.claims");
        if !is_jwt || alike().any(|other| by_text(other, false).is_some()) {
            return None;
        }
        let minted = platform.jwts.iter().find(|j| j.default)?;
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
            .or_else(|| by_text(home, true).filter(|(.., by)| *by == "claims"))
            .or_else(|| by_default(home))
            .or_else(|| by_scheme(facts, subject, home))
            .or_else(|| by_text(home, true))
            .or_else(|| by_carrier(facts, subject, home));
        if let Some(known) = known {
            return Some(precise(known));
        }
    }
    // A variable called `ADMIN_TOKEN` says nothing where nobody speaks of the platform.
    let by_name = |p: &'a Platform| by_text(p, true).or_else(|| by_label(p));
    let of_name = || named.iter().copied().filter(is_other).find_map(by_name);
    alike().find_map(|p| by_text(p, false)).map(precise).or_else(of_name)
}

/// A header or parameter other than Authorization that only one of the platform's credentials is sent in.
fn by_carrier<'a>(facts: &Facts, subject: SubjectId, platform: &'a Platform) -> Option<Known<'a>> {
    let own = |path: &str| facts.get(subject).of_path(path).next().and_then(|f| f.value.text());
    let name = own("auth.name").filter(|name| *name != "authorization" && own("auth.carrier") == Some("header"))?;
    let mut sent = platform.credentials.iter().filter(|c| c.carrier.iter().any(|carrier| carrier == name));
    let credential = sent.next()?;
    sent.next().is_none().then_some((platform, credential, "carrier"))
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

/// True if the credential looks so. What is cheap to see is looked at first: most shapes are those of others.
fn fits(facts: &Facts, subject: SubjectId, sent: Option<&Sent>, shape: &Shape) -> bool {
    fits_one(facts, subject, sent, shape) || shape.or.iter().any(|shape| fits_one(facts, subject, sent, shape))
}

fn fits_one(facts: &Facts, subject: SubjectId, sent: Option<&Sent>, shape: &Shape) -> bool {
    let own = || facts.get(subject).facts().iter().filter(|f| !f.hole);
    let by_jwt = !shape.claims.is_empty() || !shape.lacks.is_empty() || !shape.header.is_empty();
    if !is_there(facts, subject, shape) {
        return false;
    }
    if shape.is_of_text() && !sent.is_some_and(|sent| sent.fits(shape)) {
        return false;
    }
    if by_jwt {
        let find = |base: &str, name: &str| own().find(|f| is_member(f.path.as_str(), base, name));
        // Of a list one element is enough.
        let holds = |fact: &Fact, pattern: &Pattern| match &fact.value {
            Value::Array => {
                let element = fact.path.join("*");
                own().any(|f| f.path == element && pattern.matches(&f.value.to_string()))
            }
            value => pattern.matches(&value.to_string()),
        };
        let has = |base: &str, rows: &[(Str, Pattern)]| {
            rows.iter().all(|(name, pattern)| find(base, name).is_some_and(|fact| holds(fact, pattern)))
        };
        let is_jwt = own().any(|f| matches!(f.path.as_str(), "jwt.claims" | "jwt.header"));
        let lacks = || shape.lacks.iter().all(|name| find("jwt.claims", name).is_none());
        if !is_jwt || !has("jwt.claims", &shape.claims) || !has("jwt.header", &shape.header) || !lacks() {
            return false;
        }
    }
    shape.is_of_text() || by_jwt
}

/// True if the shape tells something where the credential is sent.
fn is_there(facts: &Facts, subject: SubjectId, shape: &Shape) -> bool {
    let is_one_of = |api: &str| shape.at.iter().any(|id| id == api);
    shape.at.is_empty() || facts.text(subject, "api.id").is_some_and(is_one_of)
}

/// True if `path` is that of `base` with `name` behind it. (Asked too often to make a path of it.)
fn is_member(path: &str, base: &str, name: &str) -> bool {
    let Some(member) = path.strip_prefix(base).and_then(|rest| rest.strip_prefix('.')) else { return false };
    let quoted = || member.strip_prefix('"').and_then(|member| member.strip_suffix('"'));
    member == name && !name.contains('.') || quoted() == Some(name)
}

/// A credential as it is sent, with what it decodes to.
struct Sent<'a> {
    text: Cow<'a, str>,
    decoded: OnceCell<Option<String>>,
}

impl<'a> Sent<'a> {
    /// The credential if it is known; the pair that `curl -u` encodes is encoded here too.
    fn of(facts: &'a Facts, subject: SubjectId) -> Option<Self> {
        let own = |path: &'a str| {
            let fact = facts.get(subject).of_path(path).find(|f| !f.hole)?;
            fact.value.text()
        };
        let text = match own("auth.carrier") {
            Some("user option") => own("basic.text").map(|pair| Cow::Owned(STANDARD.encode(pair))),
            _ => own("credential.value").map(Cow::Borrowed),
        };
        Some(Self { text: text?, decoded: OnceCell::new() })
    }

    /// The text of which it is base64.
    fn decoded(&self) -> Option<&str> {
        self.decoded.get_or_init(|| decoded(&self.text)).as_deref()
    }

    /// True if its text is as the shape says.
    fn fits(&self, shape: &Shape) -> bool {
        let text = self.text.as_ref();
        (shape.prefix.is_empty() || shape.prefix.iter().any(|p| text.starts_with(p.as_ref())))
            && shape.matches.as_ref().is_none_or(|m| m.matches(text))
            && (shape.length.is_empty() || shape.length.contains(&text.chars().count()))
            && shape.decodes_to.as_ref().is_none_or(|p| self.decoded().is_some_and(|text| p.matches(text)))
    }

    /// True if it is put together as this row says.
    fn is_made_like(&self, mistake: &Mistake) -> bool {
        let twice = || self.decoded().and_then(|text| decoded(text.trim()));
        mistake.matches.as_ref().is_none_or(|p| p.matches(&self.text))
            && mistake.decodes_to.as_ref().is_none_or(|p| self.decoded().is_some_and(|text| p.matches(text)))
            && mistake.decodes_twice_to.as_ref().is_none_or(|p| twice().is_some_and(|text| p.matches(&text)))
    }
}

/// The text of which a text is base64.
fn decoded(text: &str) -> Option<String> {
    // A JWT decodes too, but has dots.
    let found = Some(text).filter(|text| !text.contains('.')).map(base64::decode)?;
    String::from_utf8(found.bytes).ok().filter(|_| found.illegal.is_none())
}

/// True if the value is put together as this row says.
pub fn is_made_like(facts: &Facts, subject: SubjectId, mistake: &Mistake) -> bool {
    Sent::of(facts, subject).is_some_and(|sent| sent.is_made_like(mistake))
}

/// True if the credential has the shape that its kind has.
pub fn is_well_made(facts: &Facts, subject: SubjectId, credential: &Credential) -> bool {
    fits(facts, subject, Sent::of(facts, subject).as_ref(), &credential.shape)
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
