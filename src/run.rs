//! What many sources have in common: their reports in order, what could not be done, and the totals.

use std::collections::HashSet;

use crate::facts::{Subject, Thing};
use crate::finding::{Finding, NotChecked, Report, Severity, SignatureState, Trouble};
use crate::source::SourceId;

/// Everything that one run did.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// Of the sources that have something to show, in order.
    pub reports: Vec<Report>,
    /// Work that could not be done; any makes the exit status 2.
    pub troubles: Vec<Trouble>,
    /// What could not be checked for want of something the user can give.
    pub not_checked: Vec<NotChecked>,
    /// How many rules ran, at most, on a source.
    pub rules_run: usize,
    /// How many given sources were read.
    pub inputs: usize,
    /// True if one of them is no file.
    pub has_literals: bool,
    /// How many things were recognised that are worth counting, such as requests and credentials.
    pub things: usize,
    /// Which kinds of things.
    pub kinds: HashSet<Thing>,
    /// How many environment files were ignored, and so not read.
    pub ignored: usize,
    /// How many fixes were made.
    pub fixed: usize,
    /// How many findings the user's `ignore` and `allow` took away.
    pub suppressed: usize,
    /// How many more findings there are of rules that have too many of them in one source.
    pub left_out: usize,
    /// What was said of a given key or expectation, which every source would say again.
    said: HashSet<(String, String)>,
}

impl Run {
    /// A run that came to nothing.
    pub fn failed(troubles: Vec<Trouble>) -> Self {
        Self { troubles, ..Self::default() }
    }

    /// Counts a source and takes out of its report what another one has said already: a weak key is one mistake, however
    /// many tokens it signs.
    pub fn count(&mut self, mut report: Report) -> Report {
        self.add(&Counted::of(&report));
        let own = report.sources.iter().next().map(|(id, _)| id);
        let mut findings = std::mem::take(&mut report.findings);
        findings.retain(|finding| {
            let primary = finding.labels.first().map(|label| report.sources.given(label.place).source);
            primary == own || self.said.insert((finding.rule.to_string(), format!("{:?}", finding.message)))
        });
        report.findings = findings;
        report
    }

    /// Counts a source of which nothing has to be shown.
    pub fn add(&mut self, counted: &Counted) {
        self.inputs += 1;
        self.has_literals |= counted.is_literal;
        self.things += counted.things;
        self.kinds.extend(&counted.kinds);
        self.rules_run = self.rules_run.max(counted.rules_run);
        self.suppressed += counted.suppressed;
        self.left_out += counted.left_out;
        for open in &counted.not_checked {
            if !self.not_checked.contains(open) {
                self.not_checked.push(open.clone());
            }
        }
    }

    /// All findings.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.reports.iter().flat_map(|report| &report.findings)
    }

    /// How many findings have this severity.
    pub fn found(&self, severity: Severity) -> usize {
        self.findings().filter(|finding| finding.severity == severity).count()
    }

    /// How many signatures are in this state.
    pub fn signatures(&self, wanted: SignatureState) -> usize {
        self.reports.iter().flat_map(Report::signatures).filter(|(_, state)| *state == wanted).count()
    }
}

/// What of a report goes into the totals: all that is kept of a source with which nothing is wrong.
#[derive(Debug, Clone, Default)]
pub struct Counted {
    is_literal: bool,
    things: usize,
    kinds: HashSet<Thing>,
    rules_run: usize,
    suppressed: usize,
    left_out: usize,
    not_checked: Vec<NotChecked>,
}

impl Counted {
    /// Counts what is in a report.
    pub fn of(report: &Report) -> Self {
        let own = report.sources.iter().next().map(|(id, _)| id);
        Self {
            is_literal: own.is_some_and(|id| report.sources.get(id).name.starts_with('<')),
            things: report.things,
            kinds: outermost(report, own).collect(),
            rules_run: report.rules_run,
            suppressed: report.suppressed,
            left_out: report.left_out,
            not_checked: report.not_checked.clone(),
        }
    }
}

impl From<Report> for Run {
    fn from(report: Report) -> Self {
        let mut run = Self::default();
        let report = run.count(report);
        run.reports.push(report);
        run
    }
}

/// The kinds of the things that stand in the source itself.
fn outermost(report: &Report, own: Option<SourceId>) -> impl Iterator<Item = Thing> {
    let is_own = move |place| Some(report.sources.given(place).source) == own;
    let is_counted = move |s: &Subject| s.parent.is_none() && s.thing != Thing::Suppression && is_own(s.place);
    report.facts.subjects().filter(move |(_, s)| is_counted(s)).map(|(_, s)| s.thing)
}
