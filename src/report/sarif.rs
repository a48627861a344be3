//! SARIF 2.1.0, for code scanning and editors.
//! See <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.

use std::io::{self, Write};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::shown::{self, Edit, Finding, Fix, Region, Trouble};
use crate::finding::{Confidence, NotChecked, Severity};
use crate::rule::Rule;
use crate::run::Run;
use crate::show::Show;

/// Writes what was found and what could not be done. `rules` is what this program knows; those that found something are
/// described.
pub fn write(run: &Run, show: &Show, rules: &[Rule], out: &mut dyn Write) -> io::Result<()> {
    let mut ids: Vec<String> = Vec::new();
    let mut results = Vec::new();
    for finding in shown::findings(run, *show) {
        let known = ids.iter().position(|id| *id == finding.rule);
        let index = known.unwrap_or_else(|| {
            ids.push(finding.rule.clone());
            ids.len() - 1
        });
        results.push(result(&finding, index));
    }
    let described: Vec<Value> = ids.iter().map(|id| descriptor(id, rules, *show)).collect();
    let troubles = shown::troubles(run, *show);
    let mut notifications: Vec<Value> = troubles.iter().map(notification).collect();
    notifications.extend(run.not_checked.iter().map(|open| note(&unchecked(open, *show))));
    if run.left_out > 0 {
        notifications.push(note(&format!("{} more findings of the same rules are left out", run.left_out)));
    }
    let log = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": env!("CARGO_PKG_NAME"),
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": described,
            } },
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": troubles.is_empty(),
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
        }],
    });
    shown::write_json(&log, out)
}

fn result(finding: &Finding, rule: usize) -> Value {
    let location = |(id, label): (usize, &shown::Label)| {
        let mut location = json!({ "id": id, "physicalLocation": place(&label.region) });
        if !label.text.is_empty() {
            location["message"] = message(&label.text);
        }
        location
    };
    let mut locations = finding.labels.iter().enumerate().map(location);
    json!({
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "level": finding.severity.name(),
        "message": message(&finding.sentences()),
        "locations": locations.next().into_iter().collect::<Vec<_>>(),
        "relatedLocations": locations.collect::<Vec<_>>(),
        "partialFingerprints": { "tokenlint/v1": finding.fingerprint },
        "fixes": finding.fix.as_ref().and_then(fix).into_iter().collect::<Vec<_>>(),
        "properties": { "confidence": finding.confidence, "basis": finding.basis },
    })
}

/// A fix, if its edits may be seen.
fn fix(fix: &Fix) -> Option<Value> {
    let edits = fix.edits.as_ref()?;
    let change = |edits: &[Edit]| {
        let replacements = edits
            .iter()
            .map(|edit| json!({ "deletedRegion": region(&edit.region), "insertedContent": { "text": edit.text } }));
        let source = edits.first().map_or("", |edit| edit.region.source.as_str());
        json!({ "artifactLocation": { "uri": uri(source) }, "replacements": replacements.collect::<Vec<_>>() })
    };
    let changes = edits.chunk_by(|a, b| a.region.source == b.region.source).map(change);
    Some(json!({
        "description": message(&fix.title),
        "artifactChanges": changes.collect::<Vec<_>>(),
        "properties": { "safe": fix.safe },
    }))
}

fn descriptor(id: &str, rules: &[Rule], show: Show) -> Value {
    let mut descriptor = json!({ "id": id });
    if let Some(rule) = rules.iter().find(|rule| rule.id == id) {
        let basis: Vec<String> = rule.basis.iter().map(|link| show.safe(link)).collect();
        let why = shown::lines(&rule.why, show);
        descriptor["shortDescription"] = message(&show.safe(&rule.title));
        descriptor["fullDescription"] = message(&why);
        descriptor["help"] = message(&format!("{why}\n\n{}", basis.join("\n")));
        descriptor["helpUri"] = basis.first().map_or(Value::Null, |link| json!(link));
        descriptor["defaultConfiguration"] = json!({ "level": rule.severity.name() });
        descriptor["properties"] = json!({
            "tags": [id.split('/').next()],
            "precision": match rule.confidence {
                Confidence::Certain => "very-high",
                Confidence::Likely => "medium",
            },
            "problem.severity": match rule.severity {
                Severity::Note => "recommendation",
                other => other.name(),
            },
        });
    }
    descriptor
}

fn notification(trouble: &Trouble) -> Value {
    let mut notification = json!({ "level": "error", "message": message(&trouble.sentences()) });
    if let Some(source) = &trouble.source {
        let mut place = json!({ "artifactLocation": { "uri": uri(source) } });
        if let (Some(line), Some(column)) = (trouble.line, trouble.column) {
            place["region"] = json!({ "startLine": line, "startColumn": column });
        }
        notification["locations"] = json!([{ "physicalLocation": place }]);
    }
    notification
}

fn note(text: &str) -> Value {
    json!({ "level": "note", "message": message(text) })
}

fn unchecked(open: &NotChecked, show: Show) -> String {
    format!("not checked: {} ({})", show.safe(&open.what), show.safe(&open.needs))
}

fn place(at: &Region) -> Value {
    json!({ "artifactLocation": { "uri": uri(&at.source) }, "region": region(at) })
}

fn region(at: &Region) -> Value {
    let Region { line, column, end_line, end_column, .. } = at;
    json!({ "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column })
}

/// Text in which nothing is a placeholder (`{0}`, so each brace is doubled) or a link (`[text](1)`; a blank parts it).
fn message(text: &str) -> Value {
    json!({ "text": text.replace('{', "{{").replace('}', "}}").replace("](", "] (") })
}

/// What may stand in a path as it is.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The name of a source as a URI, relative to where tokenlint was run.
fn uri(name: &str) -> String {
    let path = utf8_percent_encode(name, PATH);
    match name {
        _ if name.starts_with('/') => format!("file://{path}"),
        _ if name.get(1..3) == Some(":/") => format!("file:///{path}"),
        _ => path.to_string(),
    }
}
