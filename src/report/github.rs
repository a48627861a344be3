//! Workflow commands of GitHub Actions, which become annotations of the changed lines.
//! See <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>.

use std::collections::HashMap;
use std::io::{self, Write};

use super::{counted, shown};
use crate::finding::Severity;
use crate::run::Run;
use crate::show::Show;

/// GitHub takes no more annotations of a level from a step.
const MOST: usize = 10;

/// Writes the findings, as many as GitHub takes, and how many more there are. What could not be done is not written: it
/// belongs on standard error.
pub fn write(run: &Run, show: &Show, out: &mut dyn Write) -> io::Result<()> {
    let mut written: HashMap<Severity, usize> = HashMap::new();
    for finding in shown::findings(run, *show) {
        let written = written.entry(finding.severity).or_default();
        *written += 1;
        if *written > most(finding.severity) {
            continue;
        }
        let at = finding.at().map(|at| {
            let (line, column, end_line, end_column) = (at.line, at.column, at.end_line, at.end_column);
            let file = property(&at.source);
            format!("file={file},line={line},col={column},endLine={end_line},endColumn={end_column},")
        });
        let (at, title, text) = (at.unwrap_or_default(), property(&finding.rule), data(&finding.sentences()));
        writeln!(out, "::{} {at}title={title}::{text}", command(finding.severity))?;
    }
    let mut left: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .map(|severity| (run.found(severity).saturating_sub(most(severity)), severity.name()))
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| counted(count, name))
        .collect();
    if run.left_out > 0 {
        left.push(format!("{} more of the same rules", run.left_out));
    }
    match left.as_slice() {
        [] => Ok(()),
        left => writeln!(out, "::notice title=tokenlint::not shown here: {}", left.join(", ")),
    }
}

/// One notice is left for the count of the rest.
fn most(severity: Severity) -> usize {
    if severity == Severity::Note { MOST - 1 } else { MOST }
}

fn command(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    }
}

/// The text of a command: on one line, and nothing in it an escape of the runner.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A parameter of a command, which also ends at a comma or a colon.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
