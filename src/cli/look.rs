//! What `check` and `debug` have in common: read the inputs, lint them, and end with the right status.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};

use super::{Color, Common, Outcome, options};
use crate::finding::{Report, Trouble};
use crate::input::{File, Reader};
use crate::load::RuleSet;
use crate::options::{Input, Options};
use crate::report::human;
use crate::show::Show;

/// What came of looking at the inputs.
pub struct Looked {
    /// The report; with troubles if something could not be done.
    pub report: Report,
    /// The rules and contracts.
    pub set: RuleSet,
    /// How to show it.
    pub show: Show,
    /// What was read.
    pub inputs: Vec<Input>,
    /// For each of them the file that it was read from, if it was one.
    pub files: Vec<Option<File>>,
    /// What the user knows and wants.
    pub options: Options,
}

/// Reads the inputs and lints them; `troubles` are known beforehand.
pub fn look(common: &Common, inputs: &[OsString], mut troubles: Vec<Trouble>) -> Looked {
    let show = Show { reveal: common.reveal, unicode: options::unicode() };
    let set = options::rule_set(&common.rules, &mut troubles);
    let mut options = options::options(common, inputs.iter().any(|i| i == "-"), &set, &mut troubles);
    let mut report = Report::default();
    let (mut texts, mut files) = (Vec::new(), Vec::new());
    // With a broken option nothing is read: the answer would not be to the question.
    if troubles.is_empty() {
        let stdin_name = common.stdin_filename.as_deref();
        let mut inputs = Reader { kind: common.kind, stdin_name, platforms: &set.platforms }.read(inputs);
        if inputs.walked && common.now.is_none() {
            // Samples that were committed long ago must not turn a build red by ageing.
            options.now = None;
        }
        for line in &inputs.skipped {
            let _ = writeln!(io::stderr(), "note: {}", show.text(line));
        }
        report = crate::lint(&inputs.texts, &set, &options);
        troubles.append(&mut inputs.troubles);
        (texts, files) = (inputs.texts, inputs.files);
    }
    report.troubles = troubles;
    Looked { report, set, show, inputs: texts, files, options }
}

/// How the run ends after printing.
pub fn outcome(printed: io::Result<()>, report: &Report, common: &Common) -> Outcome {
    let found = report.findings.iter().any(|f| common.fail_on.is_met(f.severity));
    match printed {
        // Whoever closes the pipe has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Outcome::Clean,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: cannot write the report: {error}");
            Outcome::Failed
        }
        _ if !report.troubles.is_empty() => Outcome::Failed,
        _ if found => Outcome::Found,
        _ => Outcome::Clean,
    }
}

/// True if there is nothing to print but troubles.
pub fn nothing_done(report: &Report) -> bool {
    report.inputs == 0 && !report.troubles.is_empty()
}

/// What the screen behind a stream can do.
pub fn screen(color: Color, is_terminal: bool) -> human::Screen {
    // 100 columns where there is no terminal.
    let width = terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0)).clamp(40, 120);
    human::Screen { color: options::color(color, is_terminal), width }
}

/// Writes what could not be done to standard error.
pub fn write_troubles(report: &Report, show: &Show, color: Color) -> io::Result<()> {
    if report.troubles.is_empty() {
        return Ok(());
    }
    let stderr = io::stderr();
    let screen = screen(color, stderr.is_terminal());
    human::write_troubles(report, show, screen, &mut stderr.lock())
}
