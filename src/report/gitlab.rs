//! The Code Quality report of GitLab. See <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::shown::{self, Finding};
use crate::finding::Severity;
use crate::run::Run;
use crate::show::Show;

/// Writes the findings. What could not be done is not written: it belongs on standard error.
pub fn write(run: &Run, show: &Show, out: &mut dyn Write) -> io::Result<()> {
    let issues: Vec<Value> = shown::findings(run, *show).filter_map(|finding| issue(&finding)).collect();
    shown::write_json(&issues, out)
}

fn issue(finding: &Finding) -> Option<Value> {
    let at = finding.at()?;
    Some(json!({
        "check_name": finding.rule,
        "description": finding.sentences(),
        "fingerprint": finding.fingerprint,
        "severity": match finding.severity {
            Severity::Error => "major",
            Severity::Warning => "minor",
            Severity::Note => "info",
        },
        "location": { "path": at.source, "lines": { "begin": at.line, "end": at.end_line } },
    }))
}
