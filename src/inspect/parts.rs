//! The layers of one thing: its facts, each with what is known about it.

use std::borrow::Cow;
use std::collections::HashMap;

use super::verdicts::{add, has, joined};
use super::{Kind, Layer, Part, Verdict, now, text};
use crate::facts::{Fact, Path, SubjectId, Thing, Value};
use crate::finding::{Finding, Report, Words};
use crate::load::RuleSet;
use crate::platform::{JwtProfile, Platform};
use crate::verify::NEEDS_KEY;

/// More parts of a layer than this are counted, not shown.
const MOST_PARTS: usize = 200;

/// What the layers are read from.
pub(super) struct Reader<'a> {
    pub(super) report: &'a Report,
    pub(super) set: &'a RuleSet,
    pub(super) zone: Option<&'a jiff::tz::TimeZone>,
    pub(super) findings: HashMap<SubjectId, Vec<&'a Finding>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(report: &'a Report, set: &'a RuleSet, zone: Option<&'a jiff::tz::TimeZone>) -> Self {
        let mut findings: HashMap<SubjectId, Vec<&Finding>> = HashMap::new();
        for finding in &report.findings {
            findings.entry(finding.subject).or_default().push(finding);
        }
        Self { report, set, zone, findings }
    }

    /// The layers of a subject, without those that have no parts.
    pub(super) fn layers(&self, id: SubjectId) -> Vec<Layer> {
        let subject = self.report.facts.get(id);
        let mut layers = Vec::new();
        let mut add = |title: &'static str, kind: Kind, parts: Vec<Part>| {
            if !parts.is_empty() {
                layers.push(Layer { title: Cow::Borrowed(title), kind, parts });
            }
        };
        match subject.thing {
            Thing::Request => {
                add("request", Kind::Other, self.request(id));
                // What is an OAuth message is shown as one.
                if self.own(id, "request.message").is_none() {
                    add("query", Kind::Parameters, self.members(id, "request.query", Kind::Parameters));
                    add("form", Kind::Parameters, self.members(id, "request.param", Kind::Parameters));
                    add("JSON body", Kind::Other, self.members(id, "request.json", Kind::Other));
                }
            }
            Thing::Response => {
                add("response", Kind::Other, self.response(id));
                // What is an OAuth message is shown as one.
                if self.report.facts.children(id).next().is_none() {
                    add("JSON body", Kind::Other, self.members(id, "response.json", Kind::Other));
                }
            }
            Thing::Credential => {
                add("on its way", Kind::Other, self.cleaned(id));
                add("credential", Kind::Other, self.credential(id));
                add("JOSE header", Kind::JoseHeader, self.members(id, "jwt.header", Kind::JoseHeader));
                add("JOSE header", Kind::JoseHeader, self.members(id, "jwe.header", Kind::JoseHeader));
                add("claims", Kind::Claims, self.claims(id));
                add("disclosures", Kind::Claims, self.disclosures(id));
                add("signature", Kind::Other, self.signature(id));
            }
            Thing::Claims => add("claims", Kind::Claims, self.claims(id)),
            Thing::Authorize => add("parameters", Kind::Parameters, self.members(id, "authorize", Kind::Parameters)),
            Thing::Callback => add("parameters", Kind::Parameters, self.members(id, "callback", Kind::Parameters)),
            Thing::TokenRequest => {
                add("parameters", Kind::Parameters, self.members(id, "token-request", Kind::Parameters));
            }
            Thing::TokenResponse => {
                add("members", Kind::Parameters, self.members(id, "token-response", Kind::Parameters));
            }
            Thing::ErrorResponse => add("members", Kind::Parameters, self.members(id, "error", Kind::Parameters)),
            Thing::Key | Thing::KeySet => add("members", Kind::Other, self.members(id, "key", Kind::Other)),
            // Shown with the token that it belongs to.
            Thing::Disclosure => return layers,
            Thing::Code | Thing::Json | Thing::Text | Thing::Suppression => {
                add("members", Kind::Other, self.members(id, "json", Kind::Other))
            }
        }
        self.rest(id, &mut layers);
        layers
    }

    pub(super) fn own(&self, id: SubjectId, path: &str) -> Option<&'a Fact> {
        self.report.facts.get(id).of_path(path).next()
    }

    pub(super) fn now(&self, id: SubjectId) -> Option<i128> {
        now(&self.report.facts, id)
    }

    /// A part for each of these facts that is there.
    fn rows(&self, id: SubjectId, rows: &[(&'static str, &'static str)]) -> Vec<Part> {
        rows.iter()
            .filter_map(|(name, path)| Some(self.judged(id, (*name).to_owned(), self.own(id, path)?, Vec::new())))
            .collect()
    }

    fn request(&self, id: SubjectId) -> Vec<Part> {
        let mut parts = Vec::new();
        if self.own(id, "request.form").is_some_and(|f| f.value.text() != Some("header line")) {
            parts =
                self.rows(id, &[("method", "request.method"), ("scheme", "request.scheme"), ("host", "request.host")]);
            parts.extend(self.rows(id, &[("path", "request.path")]));
        }
        for fact in self.report.facts.get(id).facts() {
            let Some(name) = fact.path.as_str().strip_prefix("request.header.") else { continue };
            // The credential has a layer of its own.
            let is_implied = fact.place.span.is_empty();
            if name != "authorization" && name != "host" && !is_implied {
                parts.push(self.judged(id, name.trim_matches('"').to_owned(), fact, Vec::new()));
            }
        }
        parts
    }

    fn response(&self, id: SubjectId) -> Vec<Part> {
        let mut parts = self.rows(id, &[("status", "response.status")]);
        for fact in self.report.facts.get(id).facts() {
            if let Some(name) = fact.path.as_str().strip_prefix("response.header.") {
                parts.push(self.judged(id, name.trim_matches('"').to_owned(), fact, Vec::new()));
            }
        }
        parts
    }

    /// What was taken off the value before it could be read.
    fn cleaned(&self, id: SubjectId) -> Vec<Part> {
        let facts = self.report.facts.get(id).facts();
        let of_paste = facts.iter().filter(|f| f.path.family() == "paste");
        let mut parts: Vec<Part> =
            of_paste.map(|fact| self.judged(id, fact.path.name().replace('_', " "), fact, Vec::new())).collect();
        // Quotes stand on both sides.
        parts.dedup_by(|b, a| a.name == b.name && b.flaws.is_empty());
        parts
    }

    fn credential(&self, id: SubjectId) -> Vec<Part> {
        let mut parts = Vec::new();
        if let Some(scheme) = self.own(id, "auth.scheme") {
            let mut part = self.judged(id, "scheme".to_owned(), scheme, Vec::new());
            let kind = self.text(id, "credential.kind");
            let of = self.contract(id).and_then(|p| p.credentials.iter().find(|c| Some(c.id.as_ref()) == kind));
            let is_wanted = of.is_some_and(|c| c.scheme.iter().any(|wanted| scheme.value.text() == Some(wanted)));
            if part.verdict == Verdict::Shown && is_wanted {
                self.pass(&mut part, self.as_documented(id));
            }
            parts.push(part);
        }
        let is_basic = self.own(id, "basic.text").is_some();
        if is_basic {
            parts.extend(self.rows(id, &[("user", "basic.user"), ("password", "basic.password")]));
        } else if self.own(id, "jwt.parts").is_none() || self.own(id, "jwt.header").is_none() {
            parts.extend(self.rows(id, &[("value", "credential.value")]));
        }
        parts.extend(self.rows(id, &[("scope", "credential.scope")]));
        parts
    }

    /// What an SD-JWT discloses, by the names of the claims.
    fn disclosures(&self, id: SubjectId) -> Vec<Part> {
        let children = self.report.facts.children(id).filter(|(_, s)| s.thing == Thing::Disclosure);
        children
            .filter_map(|(child, subject)| {
                let first = |path: &str| subject.of_path(path).next();
                let name = first("disclosure.name").and_then(|f| f.value.text()).unwrap_or("(element)").to_owned();
                let fact = first("disclosure.value").or_else(|| first("disclosure"))?;
                let mut part = self.judged(child, name, fact, Vec::new());
                for finding in self.findings(child) {
                    if !has(&part, finding) {
                        add(&mut part, finding);
                    }
                }
                Some(part)
            })
            .collect()
    }

    fn text(&self, id: SubjectId, path: &'a str) -> Option<&'a str> {
        self.report.facts.text(id, path)
    }

    /// The contract that the credential belongs to, else that of the request.
    fn contract(&self, id: SubjectId) -> Option<&'a Platform> {
        let platform = self.text(id, "credential.platform").or_else(|| self.text(id, "platform.id"))?;
        self.set.platforms.iter().find(|p| p.id == platform)
    }

    /// What the contract says of such a JWT.
    pub(super) fn profile(&self, id: SubjectId) -> Option<(&'a Platform, &'a JwtProfile)> {
        let platform = self.contract(id)?;
        Some((platform, platform.jwt(self.text(id, "credential.kind")?)?))
    }

    pub(super) fn as_documented(&self, id: SubjectId) -> Words {
        let title = self.contract(id).map_or("the contract", |p| p.title.as_ref());
        text(format!("as {title} documents"))
    }

    pub(super) fn pass(&self, part: &mut Part, why: Words) {
        part.verdict = Verdict::Pass;
        part.remarks.push(why);
    }

    fn claims(&self, id: SubjectId) -> Vec<Part> {
        let mut parts = self.members(id, "jwt.claims", Kind::Claims);
        let has_claims = self.own(id, "jwt.claims").is_some_and(|f| f.value == Value::Object);
        if has_claims && !parts.iter().any(|part| part.name == "exp") {
            let mut part = Part {
                name: "exp".to_owned(),
                path: Some(Path::new("jwt.claims.exp")),
                place: None,
                value: Words::new(),
                verdict: Verdict::Absent,
                remarks: vec![text("optional; without it the token never expires")],
                flaws: Vec::new(),
            };
            self.judge(id, &mut part, None);
            if part.verdict != Verdict::Absent {
                part.remarks.remove(0);
            }
            parts.push(part);
        }
        parts
    }

    fn signature(&self, id: SubjectId) -> Vec<Part> {
        let Some(fact) = self.own(id, "jwt.signature") else { return Vec::new() };
        let size = self.own(id, "jwt.signature_size").and_then(|f| f.value.int()).unwrap_or(0);
        let alg = self.text(id, "jwt.header.alg").unwrap_or_default();
        let mut part = Part {
            name: "signature".to_owned(),
            path: Some(fact.path.clone()),
            place: Some(fact.place),
            value: text(format!("{size} bytes")),
            verdict: Verdict::Unchecked,
            remarks: Vec::new(),
            flaws: Vec::new(),
        };
        let is_verified = self.own(id, "signature.verified").map(|f| f.value.to_string() == "true");
        let key = self.text(id, "signature.key").unwrap_or("the given key").to_owned();
        match is_verified {
            Some(true) => self.pass(&mut part, text(format!("verified with {key}"))),
            Some(false) => {
                part.verdict = Verdict::Fail;
                part.remarks.push(text(format!("does not verify with {key}")));
            }
            None if alg.eq_ignore_ascii_case("none") => part.remarks.push(text("there is nothing to verify")),
            None if !self.needs_key(id) => {
                let reason = self.text(id, "signature.not_checked").unwrap_or_default();
                part.remarks.push(text(format!("not checked: {reason}")));
            }
            None => {
                let needs = self.profile(id).and_then(|(_, profile)| profile.key.as_deref());
                let needs = needs.map(|key| format!(" ({key})")).unwrap_or_default();
                part.remarks.push(text(format!("not checked: needs --key{needs}")));
            }
        }
        self.judge(id, &mut part, Some(fact));
        vec![part]
    }

    /// True if a key would end what keeps the signature from being checked.
    fn needs_key(&self, id: SubjectId) -> bool {
        self.text(id, "signature.not_checked").is_none_or(|reason| NEEDS_KEY.contains(&reason))
    }

    /// The members of an object, in order; those of objects in it with dots.
    fn members(&self, id: SubjectId, base: &str, kind: Kind) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        for fact in self.report.facts.get(id).facts() {
            let Some(name) = fact.path.as_str().strip_prefix(base).and_then(|rest| rest.strip_prefix('.')) else {
                continue;
            };
            if parts.len() >= MOST_PARTS {
                break;
            }
            // Elements are shown in the row of their list.
            if let Some(list) = name.strip_suffix(".*").map(|list| list.trim_matches('"')) {
                if let Some(part) = parts.last_mut().filter(|part| part.name == list) {
                    part.value = joined(&part.value, fact);
                    self.judge(id, part, Some(fact));
                    continue;
                }
            }
            let name = name.replace('"', "");
            let remarks = if name.contains('.') { Vec::new() } else { self.remarks(id, fact, kind, &name) };
            let mut part = self.judged(id, name, fact, remarks);
            if part.verdict == Verdict::Shown {
                self.praise(id, &mut part, fact, kind);
            }
            parts.push(part);
        }
        parts
    }
}
