//! What was found, made fit to show: the one form from which the printers for other programs take what they need.
//!
//! Sentences and names are made safe as for a screen, since they end up on one. The text of an edit must be exact, so it is
//! for JSON only, where [`write_json`] writes what is unsafe as an escape.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use serde::Serialize;

use crate::finding::{self, Code, Confidence, Report, Severity};
use crate::run::Run;
use crate::show::{Foreign, Show, View, is_unsafe};
use crate::source::{Place, Sources, Span};

/// A finding. Its members, in this order, are those of the JSON.
#[derive(Debug, Clone, Serialize)]
pub struct Finding<'a> {
    pub rule: String,
    pub severity: Severity,
    pub confidence: Confidence,
    pub message: String,
    pub help: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    pub why: String,
    pub basis: Vec<String>,
    pub platform: Option<&'a str>,
    pub thing: &'static str,
    /// The first is the primary one.
    pub labels: Vec<Label>,
    pub fix: Option<Fix<'a>>,
    pub hidden: &'a [Cow<'static, str>],
    pub fingerprint: String,
}

/// A place with a few words about it.
#[derive(Debug, Clone, Serialize)]
pub struct Label {
    pub text: String,
    #[serde(flatten)]
    pub region: Region,
    pub path: Option<String>,
}

/// A place in given text.
#[derive(Debug, Clone, Serialize)]
pub struct Region {
    pub source: String,
    /// Bytes from the beginning; `end` is the first one behind it.
    pub start: usize,
    pub end: usize,
    /// From 1; columns count Unicode scalar values.
    pub line: usize,
    pub column: usize,
    pub end_line: usize,
    pub end_column: usize,
}

/// How to mend it.
#[derive(Debug, Clone, Serialize)]
pub struct Fix<'a> {
    pub title: String,
    pub safe: bool,
    /// `None` if the text of an edit would show a credential.
    pub edits: Option<Vec<Edit<'a>>>,
}

/// A change of given text.
#[derive(Debug, Clone, Serialize)]
pub struct Edit<'a> {
    #[serde(flatten)]
    pub region: Region,
    /// Exact: only [`write_json`] makes it safe.
    pub text: &'a str,
}

/// Work that could not be done.
#[derive(Debug, Clone, Serialize)]
pub struct Trouble {
    pub message: String,
    pub help: Option<String>,
    pub source: Option<String>,
    pub line: Option<usize>,
    pub column: Option<usize>,
}

impl Finding<'_> {
    /// Where the primary label is. A finding without labels is about nothing.
    pub fn at(&self) -> Option<&Region> {
        self.labels.first().map(|label| &label.region)
    }

    /// The message and what to do about it, a line each.
    pub fn sentences(&self) -> String {
        sentences(&self.message, self.help.as_deref())
    }
}

impl Trouble {
    /// The message and what to do about it, a line each.
    pub fn sentences(&self) -> String {
        sentences(&self.message, self.help.as_deref())
    }
}

fn sentences(message: &str, help: Option<&str>) -> String {
    help.map_or_else(|| message.to_owned(), |help| format!("{message}\nhelp: {help}"))
}

/// Every finding of a run, in order.
pub fn findings(run: &Run, show: Show) -> impl Iterator<Item = Finding<'_>> {
    run.reports.iter().flat_map(move |report| {
        let view = View::new(show, &report.sources, &report.facts);
        findings_of(report, &view)
    })
}

/// The findings of a report, of which this is a view.
pub fn findings_of<'a>(report: &'a Report, view: &View) -> Vec<Finding<'a>> {
    let fingerprints = view.fingerprints(&report.findings);
    report.findings.iter().zip(fingerprints).map(|(found, print)| finding(found, print, report, view)).collect()
}

/// Everything that could not be done.
pub fn troubles(run: &Run, show: Show) -> Vec<Trouble> {
    let foreign = Foreign::new(show, &run.reports);
    run.troubles.iter().map(|found| trouble(found, &foreign)).collect()
}

fn finding<'a>(finding: &'a finding::Finding, fingerprint: String, report: &'a Report, view: &View) -> Finding<'a> {
    Finding {
        rule: view.show.safe(&finding.rule),
        severity: finding.severity,
        confidence: finding.confidence,
        message: view.words(&finding.message),
        help: finding.help.as_ref().map(|help| view.words(help)),
        code: finding.code.as_ref().map(|code| code.shown(|line| view.show.safe(line))),
        why: lines(&finding.why, view.show),
        basis: finding.basis.iter().map(|link| view.show.safe(link)).collect(),
        platform: finding.platform.as_deref(),
        thing: thing(finding, report),
        labels: finding.labels.iter().map(|found| label(found, &report.sources, view)).collect(),
        fix: finding.fix.as_ref().map(|found| fix(found, &report.sources, view)),
        hidden: &finding.hidden,
        fingerprint,
    }
}

/// Text of a rule that may have several lines.
pub fn lines(text: &str, show: Show) -> String {
    text.lines().map(|line| show.safe(line)).collect::<Vec<_>>().join("\n")
}

fn thing(finding: &finding::Finding, report: &Report) -> &'static str {
    match report.facts.text(finding.subject, "credential.form") {
        Some("jws") => "jwt",
        Some("jwe") => "jwe",
        _ => report.facts.get(finding.subject).thing.name(),
    }
}

fn label(label: &finding::Label, sources: &Sources, view: &View) -> Label {
    Label {
        text: view.words(&label.text),
        region: region(label.place, sources, view),
        path: label.path.as_ref().map(|path| view.copy(path.as_str())),
    }
}

fn region(place: Place, sources: &Sources, view: &View) -> Region {
    let given = sources.given(place);
    let Span { start, end } = given.span;
    let (line, column) = sources.line_column(given.source, start);
    let (end_line, end_column) = sources.line_column(given.source, end);
    Region { source: view.name(given.source), start, end, line, column, end_line, end_column }
}

fn fix<'a>(fix: &'a finding::Fix, sources: &Sources, view: &View) -> Fix<'a> {
    let shows_a_credential = |edit: &finding::Edit| edit.secret || view.holds_a_credential(&edit.text);
    let hide = !view.show.reveal && fix.edits.iter().any(shows_a_credential);
    let edits = fix.edits.iter().map(|edit| Edit { region: region(edit.place, sources, view), text: &edit.text });
    Fix { title: view.copy(&fix.title), safe: fix.safe, edits: (!hide).then(|| edits.collect()) }
}

fn trouble(trouble: &finding::Trouble, foreign: &Foreign) -> Trouble {
    let at = trouble.text.as_ref().zip(trouble.span).map(|(text, span)| {
        let mut sources = Sources::new();
        let id = sources.add_given("", text.as_str());
        sources.line_column(id, span.start)
    });
    Trouble {
        message: foreign.text(&trouble.message),
        help: trouble.help.as_ref().map(|help| foreign.text(help)),
        source: trouble.source.as_ref().map(|name| foreign.text(name)),
        line: at.map(|at| at.0),
        column: at.map(|at| at.1),
    }
}

/// Writes a value as one line of JSON.
pub fn write_json(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let text = serde_json::to_string(value).map_err(io::Error::other)?;
    out.write_all(escaped(&text).as_bytes())?;
    out.write_all(b"\n")
}

/// The same JSON, with unsafe characters and commands to CI runners escaped. Both occur in strings only.
fn escaped(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    let mut units = [0; 2];
    for c in json.chars() {
        if is_unsafe(c) {
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else if c == '#' && safe.ends_with('#') {
            safe += "\\u0023";
        } else {
            safe.push(c);
        }
    }
    safe
}
