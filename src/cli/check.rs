//! `tokenlint check`: read, lint, print.

use std::io::{self, BufWriter, IsTerminal, Write};

use super::{Check, Format, Outcome, options};
use crate::finding::Report;
use crate::input::Reader;
use crate::report::{human, json, short};
use crate::show::Show;

/// Runs the command.
pub fn run(check: &Check) -> Outcome {
    let show = Show { reveal: check.reveal, unicode: options::unicode() };
    let mut troubles = Vec::new();
    let set = options::rule_set(check, &mut troubles);
    let mut options = options::options(check, &set, &mut troubles);
    let mut report = Report::default();
    // With a broken option nothing is read: the answer would not be to the question.
    if troubles.is_empty() {
        let stdin_name = check.stdin_filename.as_deref();
        let mut inputs = Reader { kind: check.kind, stdin_name, platforms: &set.platforms }.read(&check.inputs);
        if inputs.walked && check.now.is_none() {
            // Samples that were committed long ago must not turn a build red by ageing.
            options.now = None;
        }
        for line in &inputs.skipped {
            let _ = writeln!(io::stderr(), "note: {}", show.text(line));
        }
        report = crate::lint(&inputs.texts, &set, &options);
        troubles.append(&mut inputs.troubles);
    }
    report.troubles = troubles;
    let failed = !report.troubles.is_empty();
    let found = report.findings.iter().any(|f| check.fail_on.is_met(f.severity));
    match print(check, &report, &show, set.rules.len()) {
        // Whoever closes the pipe has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Outcome::Clean,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: cannot write the report: {error}");
            Outcome::Failed
        }
        _ if failed => Outcome::Failed,
        _ if found => Outcome::Found,
        _ => Outcome::Clean,
    }
}

fn print(check: &Check, report: &Report, show: &Show, rules: usize) -> io::Result<()> {
    let screen = |is_terminal: bool| human::Screen { color: options::color(check.color, is_terminal), width: width() };
    let nothing_done = report.inputs == 0 && !report.troubles.is_empty();
    let stdout = io::stdout();
    let is_terminal = stdout.is_terminal();
    let mut out = BufWriter::new(stdout.lock());
    match check.format {
        Format::Json => json::write(report, show, rules, &mut out)?,
        _ if nothing_done => {}
        Format::Short => short::write(report, show, &mut out)?,
        Format::Human => human::write(report, show, screen(is_terminal), &mut out)?,
    }
    out.flush()?;
    if check.format != Format::Json {
        let stderr = io::stderr();
        let screen = screen(stderr.is_terminal());
        human::write_troubles(report, show, screen, &mut stderr.lock())?;
    }
    Ok(())
}

/// Columns of the terminal; 100 where there is none.
fn width() -> usize {
    terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0)).clamp(40, 120)
}
