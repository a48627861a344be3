//! What the server answered decides what comes first: of the findings about a request, the one that is a documented
//! cause of its error leads, and says so.

use std::collections::HashMap;

use crate::checks::answer::known;
use crate::facts::{Facts, SubjectId};
use crate::finding::{Finding, Label, Severity, Word};
use crate::identify::answered;
use crate::load::{RuleSet, matches};
use crate::source::{SourceId, Sources};

/// Rules that explain the answer itself: not needed where its cause is found.
const EXPLANATIONS: &[&str] = &["challenge/rejected", "token-response/error"];

/// Puts the causes of what servers answered first, each in its source.
pub fn rank(mut findings: Vec<Finding>, set: &RuleSet, facts: &Facts, sources: &Sources) -> Vec<Finding> {
    let mut of: HashMap<SubjectId, Vec<usize>> = HashMap::new();
    for (i, finding) in findings.iter().enumerate() {
        for id in facts.outward(finding.subject) {
            of.entry(id).or_default().push(i);
        }
    }
    let about = |id| of.get(&id).into_iter().flatten().copied();
    // For each finding its place among the causes, and whether its cause makes it needless.
    let mut leads = vec![usize::MAX; findings.len()];
    let mut needless = vec![false; findings.len()];
    for (exchange, (response, request)) in answered(sources, facts).into_iter().enumerate() {
        let Some((row, place)) = known(facts, response, &set.platforms, &set.errors) else { continue };
        let rank = |finding: &Finding| {
            let is_cause = |cause: &str| {
                matches(cause, &finding.rule) || finding.hidden.iter().any(|hidden| matches(cause, hidden))
            };
            // A note is no reason to reject anything.
            let counts = finding.severity > Severity::Note;
            row.causes.iter().position(|cause| counts && is_cause(cause))
        };
        let Some((_, i)) = about(request).filter_map(|i| Some((rank(&findings[i])?, i))).min() else { continue };
        let explanations = about(response).filter(|i| EXPLANATIONS.contains(&findings[*i].rule.as_ref()));
        let explanations: Vec<usize> = explanations.collect();
        for explanation in &explanations {
            let rule = findings[*explanation].rule.clone();
            findings[i].hidden.push(rule);
            needless[*explanation] = true;
        }
        leads[i] = exchange;
        let cause = &mut findings[i];
        // That it fails is proven now.
        cause.severity = Severity::Error;
        cause.message.push(Word::Text("; that is a documented cause of what the server answered, `".into()));
        cause.message.push(Word::Value { text: row.says.to_string(), secret: false });
        cause.message.push(Word::Text("`".into()));
        cause.labels.push(Label { place, text: vec![Word::Text("what the server answered".into())], path: None });
    }
    let mut ranked: Vec<(Option<SourceId>, usize, Finding)> = findings
        .into_iter()
        .zip(leads)
        .zip(needless)
        .filter(|(_, needless)| !needless)
        .map(|((finding, lead), _)| (finding.labels.first().map(|l| sources.given(l.place).source), lead, finding))
        .collect();
    // What is no cause stays in its order.
    ranked.sort_by_key(|(source, lead, _)| (*source, *lead));
    ranked.into_iter().map(|(.., finding)| finding).collect()
}
