//! What the user does not want to see: rules that are off, and findings that a comment or the configuration allows.
//!
//! All of it acts on what is left when causes have hidden what follows from them: a cause that is allowed still explains.
//! A comment or an entry that is wrong, or not needed any more, is a thing like any other; the rules `suppression/…` are
//! about it.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use crate::check;
use crate::comment::{self, Comment};
use crate::facts::{Facts, Path, SubjectId, Thing};
use crate::finding::{Finding, Report};
use crate::load::{RuleSet, matches};
use crate::options::Options;
use crate::ran::surely_ran;
use crate::recognise::file::Name;
use crate::rule::Str;
use crate::settle::{Level, Selection};
use crate::source::{Place, SourceId, Sources, Span};

/// What is left.
#[derive(Debug, Default)]
pub struct Kept {
    /// The findings to show, as bad as the user wants them to be.
    pub findings: Vec<Finding>,
    /// How many were taken away.
    pub suppressed: usize,
    /// The numbers of the entries of the configuration that took some away.
    pub allowed: Vec<usize>,
}

/// What a suppression stands in.
const COMMENT: &str = "comment";

/// So many words of one source are compared with every rule: it takes time, and nobody reads more.
const MOST_COMPARED: usize = 20;

/// A comment of a source, and what came of it.
struct Said<'a> {
    source: SourceId,
    comment: Comment,
    /// The rules that it names, by the ids that they have today.
    rules: Vec<Option<&'a str>>,
    /// Those of them for which something was found.
    used: HashSet<&'a str>,
}

/// The comments of the input.
struct Comments<'a> {
    said: Vec<Said<'a>>,
    /// Those with a reason, by the line that they are about.
    by_line: HashMap<(SourceId, usize), Vec<usize>>,
}

impl<'a> Comments<'a> {
    fn of(set: &'a RuleSet, sources: &Sources) -> Self {
        // The input is the first source.
        let input = sources.iter().next();
        let found = input.iter().flat_map(|(source, text)| comment::find(&text.text).into_iter().map(|c| (*source, c)));
        let said = found.map(|(source, comment)| {
            let rules = comment.rules.iter().map(|(written, _)| current(set, written)).collect();
            Said { source, comment, rules, used: HashSet::new() }
        });
        let said: Vec<Said> = said.collect();
        let mut by_line: HashMap<(SourceId, usize), Vec<usize>> = HashMap::new();
        for (i, said) in said.iter().enumerate().filter(|(_, said)| said.comment.has_reason) {
            by_line.entry((said.source, said.comment.line.start)).or_default().push(i);
        }
        Self { said, by_line }
    }

    /// True if one of them allows the finding; it is needed then.
    fn allow(&mut self, finding: &Finding, facts: &Facts, sources: &Sources) -> bool {
        let mut is_allowed = false;
        if self.by_line.is_empty() {
            return is_allowed;
        }
        for i in lines(finding, facts, sources).iter().filter_map(|line| self.by_line.get(line)).flatten() {
            let Some(said) = self.said.get_mut(*i) else { continue };
            if let Some(rule) = said.rules.iter().flatten().find(|rule| **rule == finding.rule) {
                said.used.insert(rule);
                is_allowed = true;
            }
        }
        is_allowed
    }
}

/// Takes away what the user does not want to see, and adds what there is to say about comments in the input.
pub fn suppress(
    findings: Vec<Finding>,
    set: &RuleSet,
    sources: &Sources,
    facts: &mut Facts,
    options: &Options,
) -> Kept {
    let mut comments = Comments::of(set, sources);
    // What another finding hides may come out once that is mended: a comment about it is not needless.
    let hidden: HashSet<Str> = match comments.said.len() {
        0 => HashSet::new(),
        _ => findings.iter().flat_map(|f| f.hidden.iter().cloned()).collect(),
    };
    let mut kept = Kept::default();
    for finding in findings {
        let is_allowed = comments.allow(&finding, facts, sources);
        kept.take(finding, &options.selection, is_allowed);
    }
    let first = facts.subjects().count();
    let mut nearest = Nearest { set, known: HashMap::new() };
    for said in &comments.said {
        let is_needed =
            |rule: &str| said.used.contains(rule) || hidden.contains(rule) || !surely_ran(rule, set, options);
        judge(said, &mut nearest, facts, &is_needed);
    }
    if facts.subjects().count() > first {
        for finding in about(first, set, facts, sources) {
            kept.take(finding, &options.selection, false);
        }
    }
    // The order stays but for what the user's levels change and what was added.
    let given = |f: &Finding| f.labels.first().map(|label| sources.given(label.place).source);
    kept.findings.sort_by_key(|f| (given(f), Reverse(f.severity)));
    kept.allowed.sort_unstable();
    kept.allowed.dedup();
    kept
}

/// Adds as facts what is wrong with a comment.
fn judge<'a>(said: &'a Said, nearest: &mut Nearest<'a>, facts: &mut Facts, is_needed: &dyn Fn(&str) -> bool) {
    let comment = &said.comment;
    let place = |span| Place { source: said.source, span };
    if comment.rules.is_empty() {
        add(facts, place(comment.span), COMMENT, "rule-missing", None);
    }
    for ((written, span), rule) in comment.rules.iter().zip(&said.rules) {
        let place = place(*span);
        match rule {
            None => {
                let id = add(facts, place, COMMENT, "rule-unknown", Some(written));
                if let Some(rule) = nearest.to(written) {
                    facts.add(id, Path::new("suppression.nearest"), rule, place);
                }
            }
            Some(rule) if !comment.has_reason => {
                add(facts, place, COMMENT, "reason-missing", Some(rule));
            }
            Some(rule) if !is_needed(rule) => {
                add(facts, place, COMMENT, "unused", Some(rule));
            }
            Some(_) => {}
        }
    }
}

/// What was meant by words that name no rule.
struct Nearest<'a> {
    set: &'a RuleSet,
    known: HashMap<&'a str, &'a str>,
}

impl<'a> Nearest<'a> {
    /// The rule that is most like it; after many other words it is not looked for.
    fn to(&mut self, word: &'a str) -> Option<&'a str> {
        if !self.known.contains_key(word) && self.known.len() >= MOST_COMPARED {
            return None;
        }
        Some(self.known.entry(word).or_insert_with(|| self.set.nearest_id(word)))
    }
}

impl Kept {
    fn take(&mut self, mut finding: Finding, selection: &Selection, mut is_allowed: bool) {
        if !selection.takes(&finding.rule) {
            self.suppressed += 1;
            return;
        }
        for (_, entry) in selection.allow.iter().filter(|(pattern, _)| matches(pattern, &finding.rule)) {
            is_allowed = true;
            self.allowed.push(*entry);
        }
        if is_allowed {
            self.suppressed += 1;
            return;
        }
        finding.severity = selection.level(&finding.rule).and_then(Level::severity).unwrap_or(finding.severity);
        self.findings.push(finding);
    }
}

/// The findings about suppressions: subjects that came after as many others. What is a warning elsewhere is none in a
/// text that explains how to write them.
fn about(first: usize, set: &RuleSet, facts: &Facts, sources: &Sources) -> Vec<Finding> {
    let is_document = |f: &Finding| {
        let given = f.labels.first().map(|label| sources.given(label.place).source);
        given.is_some_and(|id| Name::new(&sources.get(id).name).kind() == Some("documentation"))
    };
    check::check_from(first, set, facts, sources).into_iter().filter(|f| !is_document(f)).collect()
}

/// The id that a rule has today.
fn current<'a>(set: &'a RuleSet, written: &str) -> Option<&'a str> {
    let is_it = |id: &str, was: &[Str]| id == written || was.iter().any(|was| was == written);
    set.rules.iter().find(|rule| is_it(&rule.id, &rule.was)).map(|rule| rule.id.as_ref())
}

/// Something in the user's settings that keeps findings back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// Where it stands.
    pub span: Span,
    /// What it is, as it stands after "this …": `entry of the baseline`.
    pub form: &'static str,
    /// The rule, or `family/*`.
    pub rule: String,
}

/// Says of these parts of a settings file that nothing needs them.
pub fn unused(name: &str, text: &str, needless: &[Suppression], set: &RuleSet, options: &Options) -> Option<Report> {
    if needless.is_empty() {
        return None;
    }
    let mut report = Report::default();
    let source = report.sources.add_given(name, text);
    for Suppression { span, form, rule } in needless {
        add(&mut report.facts, Place { source, span: *span }, form, "unused", Some(rule));
    }
    let mut kept = Kept::default();
    for finding in check::check_from(0, set, &report.facts, &report.sources) {
        kept.take(finding, &options.selection, false);
    }
    Some(Report { findings: kept.findings, suppressed: kept.suppressed, ..report })
}

/// Where the lines begin that a comment about this finding may stand at: that of its place, and that on which its request
/// begins, since no comment can stand inside of a command that goes over several lines.
fn lines(finding: &Finding, facts: &Facts, sources: &Sources) -> Vec<(SourceId, usize)> {
    let own = finding.labels.first().map(|label| label.place);
    let request = facts.carrier(finding.subject, Thing::Request).map(|id| facts.get(id).place);
    let places = own.into_iter().chain(request).map(|place| sources.given(place));
    places.map(|given| (given.source, sources.line(given.source, given.span.start).start)).collect()
}

/// Adds what is to be said about a suppression.
fn add(facts: &mut Facts, place: Place, form: &str, trouble: &str, rule: Option<&str>) -> SubjectId {
    let id = facts.subject(Thing::Suppression, None, place);
    facts.add(id, Path::new("suppression.trouble"), trouble, place);
    facts.add(id, Path::new("suppression.form"), form, place);
    if let Some(rule) = rule {
        facts.add(id, Path::new("suppression.rule"), rule, place);
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::words;
    use crate::options::Input;

    #[test]
    fn after_many_unknown_words_no_rule_is_said_to_be_the_nearest() {
        let comment = |i| format!("# tokenlint: allow time/expierd{i} -- the server refuses it\n");
        let text = (0..=MOST_COMPARED).map(comment).collect();
        let input = Input { name: "<argument 1>".into(), text, kind: None };
        let report = crate::lint(&input, &RuleSet::builtin(), &Options::default());
        let help = report.findings.iter().filter_map(|f| Some(words(f.help.as_ref()?)));
        let help: Vec<String> = help.collect();
        assert_eq!(help.len(), MOST_COMPARED + 1, "{help:#?}");
        let (last, first) = help.split_last().expect("several");
        assert!(first.iter().all(|help| help.ends_with("the nearest is `time/expired`")), "{first:#?}");
        assert!(last.ends_with("the nearest is `not looked for after so many`"), "{last}");
    }
}
