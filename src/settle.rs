//! From findings to a report: root causes first, what they explain hidden, levels, order.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::facts::{Facts, SubjectId};
use crate::finding::{Finding, Report, Severity};
use crate::load::{RuleSet, matches};
use crate::rule::{Rule, Str};
use crate::source::{SourceId, Sources, Span};

/// A report keeps at most this many findings of one rule: nobody reads more, and some inputs have a million.
pub const MOST: usize = 1_000;

/// How bad the user wants a rule to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It is not looked for.
    Off,
    /// As [`Severity::Note`].
    Note,
    /// As [`Severity::Warning`].
    Warning,
    /// As [`Severity::Error`].
    Error,
}

impl Level {
    /// The severity that it stands for; `None` for `off`.
    pub fn severity(self) -> Option<Severity> {
        match self {
            Level::Off => None,
            Level::Note => Some(Severity::Note),
            Level::Warning => Some(Severity::Warning),
            Level::Error => Some(Severity::Error),
        }
    }
}

/// Which rules the user wants, and how bad they are; ids, `family/*` or `*`.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only these; empty: all.
    pub select: Vec<String>,
    /// Not these.
    pub ignore: Vec<String>,
    /// How bad rules are. Of several that mean a rule the last one counts.
    pub levels: Vec<(String, Level)>,
    /// What is allowed in this source, with the number of the entry of the configuration that says so.
    pub allow: Vec<(String, usize)>,
}

impl Selection {
    /// True if the user wants this rule.
    pub fn takes(&self, rule: &str) -> bool {
        (self.select.is_empty() || self.select.iter().any(|p| matches(p, rule)))
            && !self.ignore.iter().any(|p| matches(p, rule))
            && self.level(rule) != Some(Level::Off)
    }

    /// How bad the user wants this rule to be, if that was said.
    pub fn level(&self, rule: &str) -> Option<Level> {
        self.levels.iter().rev().find(|(pattern, _)| matches(pattern, rule)).map(|(_, level)| *level)
    }

    /// How many rules the user wants.
    pub fn count(&self, rules: &[Rule]) -> usize {
        // Mostly all; to look at each costs more than many a rule does.
        let all = self.select.is_empty() && self.ignore.is_empty() && self.levels.is_empty();
        if all { rules.len() } else { rules.iter().filter(|rule| self.takes(&rule.id)).count() }
    }
}

/// Hides what other findings explain, and orders the rest: sources as given; in a source root causes by severity, then
/// place.
pub fn settle(findings: Vec<Finding>, set: &RuleSet, facts: &Facts, sources: &Sources) -> Vec<Finding> {
    let mut findings = without_silenced(findings, set, facts);
    findings.sort_by_key(|f| order(f, sources));
    findings.dedup_by(|b, a| says_same(a, b, sources));
    let causes = causes(&findings, set, facts);
    for i in 0..findings.len() {
        let Some(root) = root(i, &causes) else { continue };
        let (rule, severity) = (findings[i].rule.clone(), findings[i].severity);
        let root = &mut findings[root];
        // An explanation is as bad as what it explains.
        root.severity = root.severity.max(severity);
        root.hidden.push(rule);
    }
    let is_accepted = |finding: &Finding| {
        let kind = facts.text(finding.subject, "source.kind");
        let rule = kind.and_then(|_| set.rules.iter().find(|rule| rule.id == finding.rule));
        rule.is_some_and(|rule| rule.accepted_in.iter().any(|accepted| Some(accepted.as_ref()) == kind))
    };
    let rest = findings.into_iter().zip(&causes).filter(|(finding, cause)| cause.is_none() && !is_accepted(finding));
    let mut shown: Vec<Finding> = rest.map(|(finding, _)| finding).collect();
    shown.sort_by_key(|f| order(f, sources));
    shown
}

/// Keeps the first [`MOST`] findings of each rule, and says how many more there were.
pub fn keep(report: &mut Report) {
    let findings = &mut report.findings;
    let found = findings.len();
    if found > MOST {
        let mut counts: HashMap<Str, usize> = HashMap::new();
        findings.retain(|finding| {
            let count = counts.entry(finding.rule.clone()).or_default();
            *count += 1;
            *count <= MOST
        });
    }
    report.left_out += found - findings.len();
}

fn order(finding: &Finding, sources: &Sources) -> (Option<SourceId>, Reverse<Severity>, Span, Str) {
    let given = finding.labels.first().map(|label| sources.given(label.place));
    let span = given.map_or(Span::default(), |p| p.span);
    (given.map(|p| p.source), Reverse(finding.severity), span, finding.rule.clone())
}

/// True if two findings say the same of the same bytes: several requests may share a credential.
fn says_same(a: &Finding, b: &Finding, sources: &Sources) -> bool {
    let at = |finding: &Finding, i: usize| finding.labels.get(i).map(|l| (sources.given(l.place), l.text.clone()));
    a.rule == b.rule
        && a.message == b.message
        && a.labels.len() == b.labels.len()
        && (0..a.labels.len()).all(|i| at(a, i) == at(b, i))
}

/// Rules that the contract of the platform declares not to apply are not even causes.
fn without_silenced(findings: Vec<Finding>, set: &RuleSet, facts: &Facts) -> Vec<Finding> {
    let silenced = |finding: &Finding| {
        let text = |path| facts.text(finding.subject, path);
        let mut lists: Vec<&[Str]> = Vec::new();
        let contract = |id: &str| set.platforms.iter().find(|p| p.id == id);
        if let Some(platform) = text("platform.id").and_then(contract) {
            lists.push(&platform.silences);
            let api = text("api.id").and_then(|id| platform.apis.iter().find(|a| a.id == id));
            lists.extend(api.map(|a| a.silences.as_ref()));
            let mut endpoints = platform.oauth.iter().flat_map(|o| o.endpoints.iter());
            let endpoint = text("endpoint.id").and_then(|id| endpoints.find(|e| e.id == id));
            lists.extend(endpoint.map(|e| e.silences.as_ref()));
        }
        if let Some(platform) = text("credential.platform").and_then(contract) {
            let jwt = text("credential.kind").and_then(|kind| platform.jwt(kind));
            lists.extend(jwt.map(|j| j.silences.as_ref()));
        }
        lists.into_iter().flatten().any(|pattern| matches(pattern, &finding.rule))
    };
    findings.into_iter().filter(|f| !silenced(f)).collect()
}

/// For each finding the one that explains it, if any: on the same thing, or one that carries it.
fn causes(findings: &[Finding], set: &RuleSet, facts: &Facts) -> Vec<Option<usize>> {
    if findings.len() < 2 {
        return vec![None; findings.len()];
    }
    let hides = |id: &str| set.rules.iter().find(|r| r.id == id).map(|r| r.hides.as_ref()).unwrap_or_default();
    let mut hides_of: HashMap<&str, &[Str]> = HashMap::new();
    for finding in findings {
        hides_of.entry(&finding.rule).or_insert_with(|| hides(&finding.rule));
    }
    let mut by_subject: HashMap<SubjectId, Vec<usize>> = HashMap::new();
    for (i, finding) in findings.iter().enumerate() {
        by_subject.entry(finding.subject).or_default().push(i);
    }
    // 0: `a` does not explain `b`; 1: it does by a pattern; 2: by name.
    let strength = |a: &Finding, b: &Finding| {
        if a.rule == b.rule || !facts.outward(b.subject).any(|id| id == a.subject) {
            return 0;
        }
        let hides = hides_of.get(a.rule.as_ref()).copied().unwrap_or_default();
        if hides.contains(&b.rule) { 2 } else { u8::from(hides.iter().any(|h| matches(h, &b.rule))) }
    };
    let cause = |i: usize| {
        let candidates = facts.outward(findings[i].subject).filter_map(|id| by_subject.get(&id)).flatten();
        candidates.copied().find(|&j| {
            let explains = strength(&findings[j], &findings[i]);
            // Where two explain each other by pattern, the one that names the other wins, else the first.
            explains > 0 && {
                let explained = strength(&findings[i], &findings[j]);
                explains > explained || (explains == explained && j < i)
            }
        })
    };
    (0..findings.len()).map(cause).collect()
}

fn root(i: usize, causes: &[Option<usize>]) -> Option<usize> {
    let mut at = causes[i]?;
    // Rules hide each other in no circle, but patterns may; a bounded walk ends in any case.
    for _ in 0..causes.len() {
        match causes[at] {
            Some(next) if next != i => at = next,
            _ => break,
        }
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::{Input, Options};

    #[test]
    fn a_rule_has_no_more_findings_in_a_source_than_anybody_reads() {
        let mut set = RuleSet::empty();
        for (id, member) in [("a/often", "access_token"), ("a/once", "scope")] {
            let text = format!(
                "title='t'\nseverity='note'\nconfidence='certain'\nsince='0.1.0'\nbasis=['https://x']\nmessage='m'\n\
                 label='l'\nwhy='w'\n[[when]]\nfact='token-response.{member}'\nmissing=false"
            );
            set.add(id, &text).expect("the rule is right");
        }
        let line = |i: usize| format!("{{\"access_token\":\"fake{i}\"}}\n");
        let text = (0..MOST + 3).map(line).collect::<String>() + r#"{"access_token":"fake","scope":"a"}"#;
        let input = Input { name: "a.jsonl".to_owned(), text, kind: None };
        let report = crate::lint(&input, &set, &Options::default());
        let count = |id: &str| report.findings.iter().filter(|f| f.rule == id).count();
        assert_eq!((count("a/often"), count("a/once"), report.left_out), (MOST, 1, 4));
    }
}
