//! A token that came out wrong, as it should be: the claims corrected by what the findings say, and signed anew.
//!
//! The rules know what a claim should be ([`crate::rule::Rule::repair`]); here their corrections are made one after the
//! other, until nothing more is found that a correction is known for.

use crate::decode::json;
use crate::facts::{Facts, SubjectId, Value};
use crate::finding::{Finding, Report, Severity};
use crate::load::RuleSet;
use crate::mint::{Draft, Members, quoted};
use crate::options::{Input, Options};
use crate::platform::JwtProfile;
use crate::source::{Place, Sources};
use crate::verify::keys::Key;

/// Corrections that do not come to an end are given up.
const MOST_ROUNDS: usize = 16;
/// How long a token is valid that is signed anew, if the old one does not say, in seconds.
const LIFETIME: i64 = 3600;

/// A corrected token.
#[derive(Debug, Clone)]
pub struct Repaired {
    /// What changed in the JOSE header, then all claims, changed or not.
    pub members: Vec<Change>,
    /// Ids of the rules that still find something for which no correction is known.
    pub left: Vec<String>,
    /// The corrected token, if a key was given that can sign it, no error is left, and the old one is not as good.
    pub token: Option<String>,
    /// Name and algorithm of the key that signed it, such as `<key 1>` and `HS256`.
    pub signed_by: Option<(String, String)>,
}

/// A member of the corrected token.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    /// `header` or `claims`.
    pub part: &'static str,
    /// Its name.
    pub name: String,
    /// As it was, as JSON; nothing if it was not there.
    pub was: Option<String>,
    /// As it is now, as JSON.
    pub is: String,
}

impl Change {
    /// True if it was not so before.
    pub fn is_new(&self) -> bool {
        self.was.as_ref() != Some(&self.is)
    }
}

/// Corrects the token or claims of a subject of the report of an input; `None` if there are no claims that could be read.
pub fn repair(
    report: &Report,
    subject: SubjectId,
    input: &Input,
    set: &RuleSet,
    options: &Options,
) -> Option<Repaired> {
    let found = Found::of(&report.sources, &report.facts, subject)?;
    // A key set given with `--key` is no input.
    if report.sources.get(found.place.source).name != input.name {
        return None;
    }
    let (key_name, key) =
        match options.keys.iter().find_map(|given| Some((given, given.keys.iter().find(|k| can_sign(k))?))) {
            Some((given, key)) => (Some(given.name.clone()), Some(key)),
            None => (None, None),
        };
    let mut draft = found.draft.clone();
    if found.is_token {
        choose_alg(&mut draft, profile(&report.facts, subject, set), key);
    }
    let mut findings: Vec<Finding> = own(report, subject);
    for _ in 0..MOST_ROUNDS {
        let before = draft.clone();
        for finding in &findings {
            correct(&mut draft, finding);
        }
        renew(&mut draft, &findings, options.now);
        let text = match (found.is_token, key) {
            (true, Some(key)) => draft.signed(key),
            (true, None) => Some(format!("{}.{}", draft.signing_input(), found.signature)),
            (false, _) => Some(draft.claims.json()),
        }?;
        let mut whole = input.text.clone();
        whole.replace_range(found.place.span.range(), &text);
        let corrected = Input { text: whole, ..input.clone() };
        let report = crate::lint(&corrected, set, options);
        let here = |id: &SubjectId| {
            let other = Found::of(&report.sources, &report.facts, *id);
            other.is_some_and(|other| other.place.span.start == found.place.span.start)
        };
        let again = report.facts.subjects().map(|(id, _)| id).find(here);
        findings = again.map(|id| own(&report, id)).unwrap_or_default();
        if draft == before {
            break;
        }
    }
    let mut left: Vec<String> = findings.iter().map(|f| f.rule.to_string()).collect();
    left.dedup();
    let is_right = findings.iter().all(|f| f.severity < Severity::Error);
    let signing =
        if found.is_token { draft.clone() } else { with_header(&draft, profile(&report.facts, subject, set), key) };
    let is_as_it_should_be = draft == found.draft && is_verified(&report.facts, subject);
    let token = key.filter(|_| is_right && !is_as_it_should_be).and_then(|key| signing.signed(key));
    let alg = signing.header.get("alg").unwrap_or_default().trim_matches('"').to_owned();
    Some(Repaired {
        members: members(&found.draft, &draft),
        left,
        signed_by: token.is_some().then(|| Some((key_name?, alg))).flatten(),
        token,
    })
}

/// Claims, and what stands around them.
struct Found {
    /// The token, or the bare claims, in given text.
    place: Place,
    draft: Draft,
    /// The signature as it stands in the token.
    signature: String,
    /// False for bare claims.
    is_token: bool,
}

impl Found {
    fn of(sources: &Sources, facts: &Facts, id: SubjectId) -> Option<Self> {
        let subject = facts.get(id);
        let own = |path: &str| subject.of_path(path).next();
        let text = |path: &str| own(path).map(|f| sources.text(f.place));
        let claims = own("jwt.claims").filter(|f| !sources.has_hole(f.place))?;
        let header = text("jwt.header").and_then(Members::read);
        let token = own("credential.value").filter(|f| !f.hole && header.is_some());
        Some(Self {
            place: sources.given(token.map_or(claims.place, |f| f.place)),
            draft: Draft { header: header.unwrap_or_default(), claims: Members::read(sources.text(claims.place))? },
            signature: text("jwt.signature").unwrap_or_default().to_owned(),
            is_token: token.is_some(),
        })
    }
}

fn is_verified(facts: &Facts, subject: SubjectId) -> bool {
    facts.get(subject).of_path("signature.verified").any(|f| f.value == Value::Bool(true))
}

fn can_sign(key: &Key) -> bool {
    key.private.is_some() || matches!(key.material, Some(crate::verify::material::Material::Secret(_)))
}

/// The profile that the contract writes down for a token.
fn profile<'a>(facts: &Facts, subject: SubjectId, set: &'a RuleSet) -> Option<&'a JwtProfile> {
    let id = facts.text(subject, "credential.platform")?;
    let platform = set.platforms.iter().find(|platform| platform.id == id)?;
    platform.jwt(facts.text(subject, "credential.kind")?)
}

/// The errors and warnings about a token and what it carries.
fn own(report: &Report, subject: SubjectId) -> Vec<Finding> {
    let is_own = |finding: &&Finding| {
        finding.severity > Severity::Note && report.facts.outward(finding.subject).any(|id| id == subject)
    };
    report.findings.iter().filter(is_own).cloned().collect()
}

fn correct(draft: &mut Draft, finding: &Finding) {
    let path = finding.labels.first().and_then(|label| label.path.as_ref());
    let (Some(path), Some(value)) = (path, &finding.repair) else { return };
    let mut segments = path.segments();
    if segments.next() != Some("jwt") {
        return;
    }
    let members = match segments.next() {
        Some("claims") => &mut draft.claims,
        Some("header") => &mut draft.header,
        _ => return,
    };
    if let (Some(name), None) = (segments.next(), segments.next()) {
        members.set(name, value);
    }
}

/// A token that has expired is issued now, for as long as before.
fn renew(draft: &mut Draft, findings: &[Finding], now: Option<i64>) {
    let Some(now) = now.filter(|_| findings.iter().any(|f| f.rule == "time/expired")) else { return };
    let lifetime = match (draft.claims.int("iat"), draft.claims.int("exp")) {
        (Some(iat), Some(exp)) if exp > iat => exp.saturating_sub(iat),
        _ => LIFETIME,
    };
    for name in ["iat", "nbf"] {
        if draft.claims.get(name).is_some() {
            draft.claims.set(name, &now.to_string());
        }
    }
    draft.claims.set("exp", &now.saturating_add(lifetime).to_string());
}

/// The algorithm that the contract names, or one that the key serves, unless the one in the header will do.
fn choose_alg(draft: &mut Draft, profile: Option<&JwtProfile>, key: Option<&Key>) {
    let serves = |alg: &str| key.is_none_or(|key| key.material.as_ref().is_some_and(|m| m.serves(alg)));
    let named = profile.map(|profile| profile.alg.as_ref()).unwrap_or_default();
    let text = draft.header.get("alg").map(|alg| json::read(alg, &[]));
    let current = text.as_ref().and_then(|document| document.nodes.first()?.value.text());
    if current.is_some_and(|alg| serves(alg) && (named.is_empty() || named.iter().any(|n| n == alg))) {
        return;
    }
    let usual = || ["HS256", "RS256", "ES256", "ES384", "ES512", "ES256K", "EdDSA"].into_iter();
    let named = named.iter().map(AsRef::as_ref).find(|alg| serves(alg));
    if let Some(alg) = named.or_else(|| usual().find(|alg| key.is_some() && serves(alg))) {
        draft.header.set("alg", &quoted(alg));
    }
}

/// Bare claims with a header to sign them with.
fn with_header(draft: &Draft, profile: Option<&JwtProfile>, key: Option<&Key>) -> Draft {
    let mut draft = draft.clone();
    choose_alg(&mut draft, profile, key);
    draft.header.set("typ", &quoted("JWT"));
    draft
}

fn members(old: &Draft, new: &Draft) -> Vec<Change> {
    let compared = |part, old: &Members, new: &Members| {
        let change = |(name, value): (&str, &str)| Change {
            part,
            name: name.to_owned(),
            was: old.get(name).map(str::to_owned),
            is: value.to_owned(),
        };
        new.iter().map(change).collect::<Vec<_>>()
    };
    let mut all = compared("header", &old.header, &new.header);
    all.retain(Change::is_new);
    all.extend(compared("claims", &old.claims, &new.claims));
    all
}
