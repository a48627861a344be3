//! One line a finding, as editors and `grep` like it: `file:line:column: error[rule]: message`.

use std::io::{self, Write};

use crate::run::Run;
use crate::show::{Show, View, disarm};

/// Writes the findings. Lines and columns are those of the given source, from 1; columns count Unicode scalar values.
/// What could not be done is not written: it belongs on standard error.
pub fn write(run: &Run, show: &Show, out: &mut dyn Write) -> io::Result<()> {
    for report in &run.reports {
        let view = View::new(*show, &report.sources, &report.facts);
        for finding in &report.findings {
            let place = finding.labels.first().map(|label| view.at(label.place) + ": ").unwrap_or_default();
            let (severity, message) = (finding.severity.name(), view.words(&finding.message));
            let line = format!("{place}{severity}[{}]: {message}\n", show.safe(&finding.rule));
            out.write_all(disarm(&line).as_bytes())?;
        }
    }
    Ok(())
}
