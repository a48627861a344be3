//! The baseline: findings that a team knows already, so that only new ones are shown.
//!
//! It is a list of fingerprints, which hold no credential and no hash of one, and survive moved lines. The file is made
//! to be committed and merged: a line of JSON for each finding, in order, and no line depends on the next.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::config::Seen;
use crate::finding::{Report, Trouble};
use crate::load::RuleSet;
use crate::options::Options;
use crate::ran::surely_ran;
use crate::show::{Show, View};
use crate::source::Span;
use crate::suppress::{self, Suppression};

/// The first line of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    baseline: String,
    schema: u32,
}

/// A finding that is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    source: String,
    rule: String,
    fingerprint: String,
}

/// Known findings.
#[derive(Debug, Clone)]
pub struct Baseline {
    name: String,
    text: String,
    entries: Vec<(Entry, Span)>,
    known: HashSet<String>,
}

const SCHEMA: u32 = 1;

/// What is compared is the same whatever the user chose to see.
const SHOW: Show = Show { reveal: false, unicode: true };

impl Baseline {
    /// Reads the text of a baseline that is called `name`.
    pub fn parse(name: &str, text: &str) -> Result<Self, Trouble> {
        let mut baseline =
            Self { name: name.to_owned(), text: text.to_owned(), entries: Vec::new(), known: HashSet::new() };
        let mut start = 0;
        for (i, whole) in text.split_inclusive('\n').enumerate() {
            let line = whole.trim_end();
            let span = Span::new(start, start + line.len());
            start += whole.len();
            let refuse = |message: &str| Trouble {
                message: message.to_owned(),
                help: Some("write the baseline anew, with `--write-baseline`".into()),
                source: Some(name.to_owned()),
                text: Some(text.to_owned()),
                span: Some(span),
            };
            if i == 0 {
                match serde_json::from_str::<Head>(line) {
                    Ok(head) if head.schema == SCHEMA => {}
                    Ok(_) => return Err(refuse("the baseline was written by another version of tokenlint")),
                    Err(_) => return Err(refuse("this is no baseline of tokenlint")),
                }
            } else if !line.is_empty() {
                let entry: Entry =
                    serde_json::from_str(line).map_err(|_| refuse("this line is no entry of a baseline"))?;
                baseline.known.insert(entry.fingerprint.clone());
                baseline.entries.push((entry, span));
            }
        }
        if start == 0 {
            return Err(Trouble {
                message: "the baseline is empty".into(),
                help: Some("write it with `--write-baseline`".into()),
                source: Some(name.to_owned()),
                ..Trouble::default()
            });
        }
        Ok(baseline)
    }

    /// The name of its file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Takes the findings that are known out of a report.
    pub fn apply(&self, report: &mut Report) {
        let fingerprints = View::new(SHOW, &report.sources, &report.facts).fingerprints(&report.findings);
        let mut fingerprints = fingerprints.into_iter();
        report.findings.retain(|_| {
            let known = fingerprints.next().filter(|fingerprint| self.known.contains(fingerprint));
            report.suppressed += usize::from(known.is_some());
            let is_new = known.is_none();
            report.known.extend(known);
            is_new
        });
    }

    /// What is to be said about entries that nothing was found for, when a run has ended. Nothing is said where a source
    /// was not read or a rule did not run.
    pub fn unused(&self, seen: &[Seen], set: &RuleSet, options: &Options) -> Option<Report> {
        let by_name: HashMap<String, &Seen> = seen.iter().map(|seen| (plain(&seen.name), seen)).collect();
        let found: HashSet<&str> = seen.iter().flat_map(|seen| &seen.known).map(String::as_str).collect();
        let is_needless = |entry: &Entry| {
            by_name.get(&entry.source).is_some_and(|seen| {
                surely_ran(&entry.rule, set, &seen.options) && !seen.hidden.iter().any(|hidden| *hidden == entry.rule)
            })
        };
        let stale = self.entries.iter().filter(|(e, _)| !found.contains(e.fingerprint.as_str()) && is_needless(e));
        let form = "entry of the baseline";
        let needless: Vec<Suppression> =
            stale.map(|(entry, span)| Suppression { span: *span, form, rule: entry.rule.clone() }).collect();
        suppress::unused(&self.name, &self.text, &needless, set, options)
    }
}

/// The name of a source as it is written in a baseline.
fn plain(name: &str) -> String {
    SHOW.text(name)
}

/// The text of a baseline that knows everything in these reports.
pub fn write<'a>(reports: impl Iterator<Item = &'a Report>) -> String {
    let mut entries = BTreeSet::new();
    for report in reports {
        let view = View::new(SHOW, &report.sources, &report.facts);
        for (finding, fingerprint) in report.findings.iter().zip(view.fingerprints(&report.findings)) {
            let given = finding.labels.first().map(|label| report.sources.given(label.place).source);
            let source = given.map(|id| plain(&report.sources.get(id).name));
            entries.insert(Entry { source: source.unwrap_or_default(), rule: finding.rule.to_string(), fingerprint });
        }
    }
    let head = Head { baseline: env!("CARGO_PKG_NAME").into(), schema: SCHEMA };
    let lines = serde_json::to_string(&head).into_iter().chain(entries.iter().flat_map(serde_json::to_string));
    lines.map(|line| line + "\n").collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::tests::token;
    use crate::options::Input;

    fn report(text: &str) -> Report {
        let input = Input { name: "a.http".into(), text: text.into(), kind: None };
        crate::lint(&input, &RuleSet::builtin(), &Options::default())
    }

    /// A request with a token of this subject, behind this scheme.
    fn request(scheme: &str, sub: &str) -> String {
        format!("GET https://api.example.com/a\nAuthorization: {scheme}{}\n", token(sub))
    }

    fn rules(report: &Report) -> Vec<&str> {
        report.findings.iter().map(|f| f.rule.as_ref()).collect()
    }

    #[test]
    fn what_is_known_is_not_shown_again() {
        let before = report(&request("", "42"));
        assert_eq!(rules(&before), ["header/scheme-missing"]);
        let text = write([&before].into_iter());
        assert_eq!(text.lines().next(), Some("{\"baseline\":\"tokenlint\",\"schema\":1}"));
        assert_eq!(text.lines().count(), 2);
        assert!(!text.contains("eyJ"), "{text}");
        let baseline = Baseline::parse("b", &text).expect("a baseline");
        // Other lines around it, another token in it, the same mistake.
        for same in [request("", "42"), format!("# a comment\n\n{}", request("", "4711"))] {
            let mut after = report(&same);
            baseline.apply(&mut after);
            assert_eq!((rules(&after), after.suppressed), (vec![], 1), "{same}");
        }
        // A second one is new.
        let mut after = report(&format!("{}\n###\n{}", request("", "42"), request("", "4711")));
        baseline.apply(&mut after);
        assert_eq!((rules(&after), after.suppressed), (vec!["header/scheme-missing"], 1));
        let both = write([&report(&format!("{}\n###\n{}", request("", "42"), request("", "4711")))].into_iter());
        assert_eq!(both.lines().count(), 3, "{both}");
        assert!(both.contains("-2\"}"), "{both}");
    }

    #[test]
    fn an_entry_is_stale_where_its_source_was_read_and_its_rule_ran() {
        let text = write([&report(&request("", "42"))].into_iter());
        let baseline = Baseline::parse("b", &text).expect("a baseline");
        let set = RuleSet::builtin();
        let stale = |name: &str, text: &str, options: &Options| {
            let options = &Arc::new(options.clone());
            let input = Input { name: name.into(), text: text.into(), kind: None };
            let mut report = crate::lint(&input, &set, options);
            baseline.apply(&mut report);
            let ended = baseline.unused(&[Seen::new(name, options, &report)], &set, options);
            ended.map(|report| rules(&report).join(" "))
        };
        let options = Options::default();
        let mended = request("Bearer ", "42");
        assert_eq!(stale("a.http", &mended, &options).as_deref(), Some("suppression/unused"));
        assert_eq!(stale("a.http", &request("", "42"), &options), None);
        assert_eq!(stale("b.http", &mended, &options), None);
        let mut others = options.clone();
        others.selection.select = vec!["time/*".into(), "suppression/*".into()];
        assert_eq!(stale("a.http", &mended, &others), None);
    }

    #[test]
    fn a_file_that_is_no_baseline_is_refused_at_the_line() {
        let head = "{\"baseline\":\"tokenlint\",\"schema\":1}\n";
        let refused = |text: &str| {
            Baseline::parse("b", text).map_err(|t| t.span.and_then(|s| text.get(s.range())).map(str::to_owned))
        };
        assert!(refused(head).is_ok());
        assert_eq!(refused("").err(), Some(None));
        assert_eq!(refused("[]").err(), Some(Some("[]".into())));
        assert_eq!(refused("{\"baseline\":\"tokenlint\",\"schema\":2}").err().flatten().map(|t| t.len()), Some(35));
        assert_eq!(refused(&format!("{head}<<<<<<< ours\n")).err(), Some(Some("<<<<<<< ours".into())));
    }
}
