//! One JSON object for other programs: everything a finding says, with places in the given sources.
//!
//! Sentences and names are made safe as for a screen, since they end up on one. The text of an edit must be exact;
//! in it, and anywhere else, what is unsafe is written as a JSON escape.

use std::fmt::Write as _;
use std::io::{self, Write};

use serde::Serialize;

use crate::finding::{Code, Confidence, Edit, Finding, Fix, Label, NotChecked, Report, Severity, Trouble};
use crate::inspect::{Flaw, Outline, Part, Verdict};
use crate::repair::Change;
use crate::run::Run;
use crate::show::{Foreign, Show, View, is_unsafe};
use crate::source::{Sources, Span};

/// Writes what was found as one line. `rules` is how many rules this program knows.
pub fn write(run: &Run, show: &Show, rules: usize, out: &mut dyn Write) -> io::Result<()> {
    write_document(&document(run, *show, rules), out)
}

/// Writes what was found and what is in the inputs, for `debug`: the outlines of each report.
pub fn write_outlines(
    outlines: &[Vec<Outline>],
    run: &Run,
    show: &Show,
    rules: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let views = run.reports.iter().map(|report| View::new(*show, &report.sources, &report.facts));
    let things =
        views.zip(outlines).flat_map(|(view, own)| own.iter().map(move |o| outline(o, &view)).collect::<Vec<_>>());
    write_document(&Document { things: Some(things.collect()), ..document(run, *show, rules) }, out)
}

fn write_document(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    let text = serde_json::to_string(document).map_err(io::Error::other)?;
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

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    tool: Tool,
    /// What is in the input; `debug` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    things: Option<Vec<JsonThing>>,
    findings: Vec<JsonFinding<'a>>,
    signatures: Vec<JsonSignature<'a>>,
    not_checked: Vec<JsonNotChecked<'a>>,
    errors: Vec<JsonTrouble>,
    summary: Summary,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
    rules: usize,
}

#[derive(Serialize)]
struct JsonThing {
    number: usize,
    /// From the outside in.
    trail: Vec<String>,
    identity: Option<String>,
    /// `null` if it has none.
    signature: Option<Verdict>,
    layers: Vec<JsonLayer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repaired: Option<JsonRepaired>,
}

#[derive(Serialize)]
struct JsonLayer {
    title: String,
    parts: Vec<JsonPart>,
}

/// A corrected token; it was asked for, so it is shown whole.
#[derive(Serialize)]
struct JsonRepaired {
    members: Vec<Change>,
    left: Vec<String>,
    token: Option<String>,
}

#[derive(Serialize)]
struct JsonPart {
    name: String,
    path: Option<String>,
    /// `null` if it is not there.
    value: Option<String>,
    verdict: Verdict,
    remarks: Vec<String>,
    flaws: Vec<JsonFlaw>,
}

#[derive(Serialize)]
struct JsonFlaw {
    rule: String,
    severity: Severity,
    message: String,
    document: Option<String>,
}

fn outline(outline: &Outline, view: &View) -> JsonThing {
    let flaw = |flaw: &Flaw| JsonFlaw {
        rule: view.show.safe(&flaw.rule),
        severity: flaw.severity,
        message: view.words(&flaw.message),
        document: flaw.document.as_ref().map(|document| view.show.safe(document)),
    };
    let part = |part: &Part| JsonPart {
        name: view.value(&part.name),
        path: part.path.as_ref().map(|path| view.value(path.as_str())),
        value: (!part.value.is_empty()).then(|| view.words(&part.value)),
        verdict: part.verdict,
        remarks: part.remarks.iter().map(|words| view.words(words)).collect(),
        flaws: part.flaws.iter().map(flaw).collect(),
    };
    let change = |change: &Change| Change {
        name: view.value(&change.name),
        was: change.was.as_ref().map(|was| view.show.text(was)),
        is: view.show.text(&change.is),
        ..*change
    };
    JsonThing {
        repaired: outline.repaired.as_ref().map(|repaired| JsonRepaired {
            members: repaired.members.iter().map(change).collect(),
            left: repaired.left.clone(),
            token: repaired.token.clone(),
        }),
        number: outline.number,
        trail: outline.trail.iter().map(|words| view.words(words)).collect(),
        identity: outline.identity.as_ref().map(|words| view.words(words)),
        signature: outline.signature,
        layers: outline
            .layers
            .iter()
            .map(|layer| JsonLayer { title: layer.title.to_string(), parts: layer.parts.iter().map(part).collect() })
            .collect(),
    }
}

#[derive(Serialize)]
struct JsonFinding<'a> {
    rule: &'a str,
    severity: Severity,
    confidence: Confidence,
    message: String,
    help: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Code>,
    why: &'a str,
    basis: &'a [std::borrow::Cow<'static, str>],
    platform: Option<&'a str>,
    thing: &'static str,
    labels: Vec<JsonLabel>,
    fix: Option<JsonFix<'a>>,
    hidden: &'a [std::borrow::Cow<'static, str>],
    fingerprint: String,
}

#[derive(Serialize)]
struct JsonLabel {
    text: String,
    source: String,
    start: usize,
    end: usize,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    path: Option<String>,
}

#[derive(Serialize)]
struct JsonFix<'a> {
    title: String,
    safe: bool,
    /// `None` if the text of an edit would show a credential.
    edits: Option<Vec<JsonEdit<'a>>>,
}

#[derive(Serialize)]
struct JsonEdit<'a> {
    source: String,
    start: usize,
    end: usize,
    text: &'a str,
}

/// What is known of the signature of one token.
#[derive(Serialize)]
struct JsonSignature<'a> {
    source: String,
    start: usize,
    end: usize,
    line: usize,
    column: usize,
    alg: Option<String>,
    /// `verified`, `failed` or `not checked`.
    state: &'static str,
    /// Which of the given keys it is about.
    key: Option<&'a str>,
    /// Why it was not checked.
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct JsonNotChecked<'a> {
    what: &'a str,
    needs: &'a str,
}

#[derive(Serialize)]
struct JsonTrouble {
    message: String,
    help: Option<String>,
    source: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
}

#[derive(Serialize)]
struct Summary {
    errors: usize,
    warnings: usize,
    notes: usize,
    fixed: usize,
    suppressed: usize,
    /// Findings that are not listed, since their rules have too many of them in one source.
    left_out: usize,
    inputs: usize,
    things: usize,
}

fn document(run: &Run, show: Show, rules: usize) -> Document<'_> {
    let (mut findings, mut tokens) = (Vec::new(), Vec::new());
    for report in &run.reports {
        let view = View::new(show, &report.sources, &report.facts);
        let fingerprints = view.fingerprints(&report.findings);
        findings.extend(report.findings.iter().zip(fingerprints).map(|(f, print)| finding(f, print, report, &view)));
        tokens.extend(signatures(report, &view));
    }
    let foreign = Foreign::new(show, &run.reports);
    Document {
        schema: 1,
        things: None,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION"), rules },
        findings,
        signatures: tokens,
        not_checked: run.not_checked.iter().map(|NotChecked { what, needs }| JsonNotChecked { what, needs }).collect(),
        errors: run.troubles.iter().map(|t| trouble(t, &foreign)).collect(),
        summary: Summary {
            errors: run.found(Severity::Error),
            warnings: run.found(Severity::Warning),
            notes: run.found(Severity::Note),
            fixed: run.fixed,
            suppressed: run.suppressed,
            left_out: run.left_out,
            inputs: run.inputs,
            things: run.things,
        },
    }
}

fn finding<'a>(finding: &'a Finding, fingerprint: String, report: &'a Report, view: &View) -> JsonFinding<'a> {
    JsonFinding {
        rule: &finding.rule,
        severity: finding.severity,
        confidence: finding.confidence,
        message: view.words(&finding.message),
        help: finding.help.as_ref().map(|help| view.words(help)),
        code: finding.code.as_ref().map(|code| code.shown(|line| view.show.safe(line))),
        why: &finding.why,
        basis: &finding.basis,
        platform: finding.platform.as_deref(),
        thing: thing(finding, report),
        labels: finding.labels.iter().map(|l| label(l, &report.sources, view)).collect(),
        fix: finding.fix.as_ref().map(|f| fix(f, view)),
        hidden: &finding.hidden,
        fingerprint,
    }
}

fn signatures<'a>(report: &'a Report, view: &View) -> Vec<JsonSignature<'a>> {
    let own = |id, path: &str| report.facts.get(id).of_path(path).next();
    let tokens = report.signatures();
    tokens
        .map(|(id, state)| {
            let given = report.sources.given(report.facts.get(id).place);
            let (line, column) = report.sources.line_column(given.source, given.span.start);
            JsonSignature {
                source: view.name(given.source),
                start: given.span.start,
                end: given.span.end,
                line,
                column,
                alg: own(id, "jwt.header.alg").and_then(|f| f.value.text()).map(|alg| view.value(alg)),
                state: state.name(),
                key: own(id, "signature.key").and_then(|f| f.value.text()),
                reason: own(id, "signature.not_checked").and_then(|f| f.value.text()),
            }
        })
        .collect()
}

fn thing(finding: &Finding, report: &Report) -> &'static str {
    match report.facts.text(finding.subject, "credential.form") {
        Some("jws") => "jwt",
        Some("jwe") => "jwe",
        _ => report.facts.get(finding.subject).thing.name(),
    }
}

fn label(label: &Label, sources: &Sources, view: &View) -> JsonLabel {
    let given = sources.given(label.place);
    let Span { start, end } = given.span;
    let (line, column) = sources.line_column(given.source, start);
    let (end_line, end_column) = sources.line_column(given.source, end);
    JsonLabel {
        text: view.words(&label.text),
        source: view.name(given.source),
        start,
        end,
        line,
        column,
        end_line,
        end_column,
        path: label.path.as_ref().map(|path| view.copy(path.as_str())),
    }
}

fn fix<'a>(fix: &'a Fix, view: &View) -> JsonFix<'a> {
    let shows_a_credential = |edit: &Edit| edit.secret || view.holds_a_credential(&edit.text);
    let edits = fix.edits.iter().map(|edit| JsonEdit {
        source: view.name(edit.place.source),
        start: edit.place.span.start,
        end: edit.place.span.end,
        text: &edit.text,
    });
    let hide = !view.show.reveal && fix.edits.iter().any(shows_a_credential);
    JsonFix { title: view.copy(&fix.title), safe: fix.safe, edits: (!hide).then(|| edits.collect()) }
}

fn trouble(trouble: &Trouble, foreign: &Foreign) -> JsonTrouble {
    let at = trouble.text.as_ref().zip(trouble.span).map(|(text, span)| {
        let mut sources = Sources::new();
        let id = sources.add_given("", text.as_str());
        sources.line_column(id, span.start)
    });
    JsonTrouble {
        message: foreign.text(&trouble.message),
        help: trouble.help.as_ref().map(|help| foreign.text(help)),
        source: trouble.source.as_ref().map(|name| foreign.text(name)),
        line: at.map(|at| at.0),
        column: at.map(|at| at.1),
    }
}
