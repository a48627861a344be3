//! What the server answered decides what comes first: of the findings about a request, the one that is a documented
//! cause of its error leads, and says so.

use crate::checks::answer::known;
use crate::facts::Facts;
use crate::finding::{Finding, Label, Severity, Word};
use crate::identify::answered;
use crate::load::{RuleSet, matches};
use crate::source::Sources;

/// Rules that explain the answer itself: not needed where its cause is found.
const EXPLANATIONS: &[&str] = &["challenge/rejected", "token-response/error"];

/// Puts the causes of what servers answered first.
pub fn rank(mut findings: Vec<Finding>, set: &RuleSet, facts: &Facts, sources: &Sources) -> Vec<Finding> {
    // The first exchange comes last here, so that its cause ends up before the others.
    for (response, request) in answered(sources, facts).into_iter().rev() {
        let Some((row, place)) = known(facts, response, &set.platforms, &set.errors) else { continue };
        let is_of = |finding: &Finding, id| facts.outward(finding.subject).any(|outer| outer == id);
        let rank = |finding: &Finding| {
            let is_cause = |cause: &str| {
                matches(cause, &finding.rule) || finding.hidden.iter().any(|hidden| matches(cause, hidden))
            };
            // A note is no reason to reject anything.
            let counts = finding.severity > Severity::Note && is_of(finding, request);
            row.causes.iter().position(|cause| counts && is_cause(cause))
        };
        let ranked = findings.iter().enumerate().filter_map(|(i, finding)| Some((rank(finding)?, i)));
        let Some((_, cause)) = ranked.min() else { continue };
        let mut cause = findings.remove(cause);
        let source = sources.given(place).source;
        // That it fails is proven now.
        cause.severity = Severity::Error;
        cause.message.push(Word::Text("; that is a documented cause of what the server answered, `".into()));
        cause.message.push(Word::Value { text: row.says.to_string(), secret: false });
        cause.message.push(Word::Text("`".into()));
        cause.labels.push(Label { place, text: vec![Word::Text("what the server answered".into())], path: None });
        findings.retain(|finding| {
            let is_explanation = EXPLANATIONS.contains(&finding.rule.as_ref()) && is_of(finding, response);
            if is_explanation {
                cause.hidden.push(finding.rule.clone());
            }
            !is_explanation
        });
        let of_source = |f: &Finding| f.labels.first().is_some_and(|l| sources.given(l.place).source == source);
        let first = findings.iter().position(of_source).unwrap_or(findings.len());
        findings.insert(first, cause);
    }
    findings
}
