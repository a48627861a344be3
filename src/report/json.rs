//! One JSON object for other programs: everything a finding says, with places in the given sources.

use std::io::{self, Write};

use serde::Serialize;

use super::shown::{self, Finding, Trouble, write_json};
use crate::finding::{NotChecked, Report, Severity};
use crate::inspect::{Flaw, Outline, Part, Verdict};
use crate::repair::Change;
use crate::run::Run;
use crate::show::{Show, View};

/// Writes what was found as one line. `rules` is how many rules this program knows.
pub fn write(run: &Run, show: &Show, rules: usize, out: &mut dyn Write) -> io::Result<()> {
    write_json(&document(run, *show, rules), out)
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
    write_json(&Document { things: Some(things.collect()), ..document(run, *show, rules) }, out)
}

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    tool: Tool,
    /// What is in the input; `debug` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    things: Option<Vec<JsonThing>>,
    findings: Vec<Finding<'a>>,
    signatures: Vec<JsonSignature<'a>>,
    not_checked: Vec<JsonNotChecked<'a>>,
    errors: Vec<Trouble>,
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
        findings.extend(shown::findings_of(report, &view));
        tokens.extend(signatures(report, &view));
    }
    Document {
        schema: 1,
        things: None,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION"), rules },
        findings,
        signatures: tokens,
        not_checked: run.not_checked.iter().map(|NotChecked { what, needs }| JsonNotChecked { what, needs }).collect(),
        errors: shown::troubles(run, show),
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
