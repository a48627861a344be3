//! In a recording the same mistake stands in every request that a program sent. It is shown once, and counted.

use std::collections::{HashMap, HashSet};

use crate::facts::{Facts, Thing};
use crate::finding::{Finding, Word};
use crate::source::{SourceId, Sources};

/// What makes two findings the same: the rule, what stands at the place, and the credential it is about or, if there
/// is none, what is said.
type Key = (SourceId, String, String, String);

/// Keeps the first of the findings that say the same about one recording.
pub fn fold(findings: Vec<Finding>, facts: &Facts, sources: &Sources) -> Vec<Finding> {
    let is_entry = |thing, has_number| thing == Thing::Request && has_number;
    let recordings: HashSet<SourceId> = facts
        .subjects()
        .filter(|(_, s)| is_entry(s.thing, s.of_path("request.number").next().is_some()))
        .map(|(_, s)| sources.given(s.place).source)
        .collect();
    if recordings.is_empty() {
        return findings;
    }
    let mut kept: Vec<(Finding, usize)> = Vec::with_capacity(findings.len());
    let mut seen: HashMap<Key, usize> = HashMap::new();
    for finding in findings {
        let key = key(&finding, facts, sources).filter(|(source, ..)| recordings.contains(source));
        let first = key.as_ref().and_then(|key| seen.get(key)).and_then(|i| kept.get_mut(*i));
        if let Some((_, count)) = first {
            *count += 1;
            continue;
        }
        if let Some(key) = key {
            seen.insert(key, kept.len());
        }
        kept.push((finding, 0));
    }
    let counted = kept.into_iter().map(|(mut finding, more)| {
        if more > 0 {
            let entries = if more == 1 { "another entry has".to_owned() } else { format!("{more} more entries have") };
            finding.message.push(Word::Text(format!("; {entries} the same mistake").into()));
        }
        finding
    });
    counted.collect()
}

fn key(finding: &Finding, facts: &Facts, sources: &Sources) -> Option<Key> {
    let place = finding.labels.first()?.place;
    let credential = facts.text(finding.subject, "credential.value");
    let about = credential.map_or_else(|| format!("{:?}", finding.message), str::to_owned);
    Some((sources.given(place).source, finding.rule.to_string(), sources.text(place).to_owned(), about))
}
