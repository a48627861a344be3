//! What is known about a part: what it means, why it is right, and which findings are about it.

use std::borrow::Cow;

use super::parts::Reader;
use super::{Flaw, Kind, Layer, Part, Verdict, meaning, moment, text, value, verdict};
use crate::calendar;
use crate::facts::{Fact, Path, SubjectId, Value};
use crate::finding::{Finding, Word, Words};

impl<'a> Reader<'a> {
    /// What a member means.
    pub(super) fn remarks(&self, id: SubjectId, fact: &Fact, kind: Kind, name: &str) -> Vec<Words> {
        let mut remarks = Vec::new();
        let is_time = kind == Kind::Claims && matches!(name, "exp" | "nbf" | "iat" | "auth_time" | "updated_at");
        if let Some(at) = fact.value.int().filter(|_| is_time && !fact.hole) {
            remarks.push(text(moment(at, self.now(id), self.zone)));
        } else if let Some(seconds) = fact.value.int().filter(|_| name == "expires_in") {
            remarks.push(text(calendar::span(seconds)));
        } else if kind == Kind::JoseHeader && name == "alg" {
            remarks.extend(fact.value.text().and_then(meaning::of_algorithm).map(text));
        } else {
            remarks.extend(meaning::of(kind, name).map(text));
        }
        remarks
    }

    /// Where nothing is wrong, what is known to be right.
    pub(super) fn praise(&self, id: SubjectId, part: &mut Part, fact: &Fact, kind: Kind) {
        if fact.hole || matches!(fact.value, Value::Object | Value::Array) && kind != Kind::Claims {
            return;
        }
        let expect = Path::new("expect").join(&part.name);
        let mut expected = self.report.facts.globals().iter().filter(|f| f.path == expect).peekable();
        if expected.peek().is_some() {
            return self.pass(part, text(format!("as expected (--expect {})", part.name)));
        }
        if let Some((_, profile)) = self.profile(id) {
            let table = if kind == Kind::JoseHeader { &profile.header } else { &profile.claims };
            let asks = table.iter().any(|(name, _)| *name == part.name) && kind != Kind::Parameters;
            let alg = kind == Kind::JoseHeader && part.name == "alg" && !profile.alg.is_empty();
            if asks || alg {
                return self.pass(part, self.as_documented(id));
            }
        }
        let (Some(now), Some(at), Kind::Claims) = (self.now(id), fact.value.int(), kind) else { return };
        let holds = match part.name.as_str() {
            "exp" => at > now,
            "nbf" | "iat" => at <= now,
            _ => false,
        };
        if holds {
            part.verdict = Verdict::Pass;
        }
    }

    pub(super) fn judged(&self, id: SubjectId, name: String, fact: &Fact, remarks: Vec<Words>) -> Part {
        let mut part = Part {
            name,
            path: Some(fact.path.clone()),
            place: Some(fact.place),
            value: value(fact),
            verdict: Verdict::Shown,
            remarks,
            flaws: Vec::new(),
        };
        if fact.hole {
            part.remarks.push(text("partly a variable"));
        }
        self.judge(id, &mut part, Some(fact));
        part
    }

    /// What the findings say about a part: those about its fact, or that it is missing.
    pub(super) fn judge(&self, id: SubjectId, part: &mut Part, fact: Option<&Fact>) {
        for finding in self.findings(id) {
            let Some(label) = finding.labels.first() else { continue };
            let same_path = label.path.is_some() && label.path == part.path;
            let is_about = match fact {
                Some(fact) => same_path && overlap(label.place, fact.place) || label.place == fact.place,
                None => same_path,
            };
            if is_about && !has(part, finding) {
                add(part, finding);
            }
        }
    }

    pub(super) fn findings(&self, id: SubjectId) -> &[&'a Finding] {
        self.findings.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The smallest part that a finding stands in.
    pub(super) fn around<'l>(&self, finding: &Finding, layers: &'l mut [Layer]) -> Option<&'l mut Part> {
        let sources = &self.report.sources;
        let at = sources.given(finding.labels.first().filter(|label| !label.place.span.is_empty())?.place);
        let parts = layers.iter_mut().flat_map(|layer| &mut layer.parts);
        let size = |part: &Part| {
            let place = sources.given(part.place?);
            (place.source == at.source && place.span.contains(at.span)).then(|| place.span.len())
        };
        parts.filter_map(|part| Some((size(part)?, part))).min_by_key(|(size, _)| *size).map(|(_, part)| part)
    }

    /// Findings about no part that is shown: what is missing becomes a part of its layer.
    pub(super) fn rest(&self, id: SubjectId, layers: &mut Vec<Layer>) {
        for finding in self.findings(id) {
            let is_shown = layers.iter().flat_map(|l| &l.parts).any(|part| has(part, finding));
            let path = finding.labels.first().and_then(|label| label.path.clone());
            if is_shown {
                continue;
            }
            if let Some(part) = self.around(finding, layers) {
                add(part, finding);
                continue;
            }
            let is_missing = path.as_ref().is_some_and(|path| self.own(id, path.as_str()).is_none());
            let title = match path.as_ref().map(|p| p.as_str()) {
                Some(path) if path.starts_with("jwt.claims.") => "claims",
                Some(path) if path.starts_with("jwt.header.") => "JOSE header",
                _ => "",
            };
            let mut part = Part {
                name: path.as_ref().filter(|_| is_missing).map_or_else(String::new, |p| p.name().to_owned()),
                path,
                place: None,
                value: Words::new(),
                verdict: Verdict::Shown,
                remarks: Vec::new(),
                flaws: Vec::new(),
            };
            add(&mut part, finding);
            match layers.iter_mut().find(|layer| layer.title == title) {
                Some(layer) => layer.parts.push(part),
                None => match layers.last_mut().filter(|layer| layer.title == "as a whole") {
                    Some(layer) => layer.parts.push(part),
                    None => {
                        let title = Cow::Borrowed("as a whole");
                        layers.push(Layer { title, kind: Kind::Other, parts: vec![part] });
                    }
                },
            }
        }
    }
}

pub(super) fn has(part: &Part, finding: &Finding) -> bool {
    part.flaws.iter().any(|flaw| flaw.rule == finding.rule && flaw.message == finding.message)
}

pub(super) fn add(part: &mut Part, finding: &Finding) {
    part.flaws.push(Flaw {
        rule: finding.rule.clone(),
        severity: finding.severity,
        label: finding.labels.first().map(|label| label.text.clone()).unwrap_or_default(),
        message: finding.message.clone(),
        document: finding.basis.first().cloned(),
    });
    part.flaws.sort_by_key(|flaw| std::cmp::Reverse(flaw.severity));
    part.verdict = part.flaws.first().map_or(part.verdict, |worst| verdict(worst.severity));
}

fn overlap(a: crate::source::Place, b: crate::source::Place) -> bool {
    a.source == b.source && a.span.start <= b.span.end && b.span.start <= a.span.end
}

/// A list with one more element.
pub(super) fn joined(list: &Words, element: &Fact) -> Words {
    let is_first = matches!(list.as_slice(), [Word::Value { text, .. }] if text == "an array");
    let mut words = if is_first { Words::new() } else { list.clone() };
    if !words.is_empty() {
        words.push(Word::Text(Cow::Borrowed(", ")));
    }
    words.extend(value(element));
    words
}
