//! What `check` and `debug` have in common: read the inputs, lint each, and end with the right status.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

use rayon::prelude::*;

use super::{Color, Common, Outcome, options};
use crate::finding::{Report, Trouble};
use crate::input::{Given, Job, Read, Reader};
use crate::load::RuleSet;
use crate::options::Options;
use crate::report::human;
use crate::run::Run;
use crate::show::Show;

/// Fewer files than this are read one after the other: to start threads would take longer.
const FEW: usize = 8;

/// What came of looking at the inputs.
pub struct Looked {
    /// What was found; with troubles if something could not be done.
    pub run: Run,
    /// For each report of the run the text it is about, and what is known and wanted there.
    pub given: Vec<(Given, Arc<Options>)>,
    /// The rules and contracts.
    pub set: RuleSet,
    /// How to show it.
    pub show: Show,
}

/// Which reports are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Those that have something to show.
    Some,
    /// All of them.
    All,
}

/// Reads the inputs and lints them; `troubles` are known beforehand.
pub fn look(common: &Common, inputs: &[OsString], mut troubles: Vec<Trouble>, keep: Keep) -> Looked {
    let show = Show { reveal: common.reveal, unicode: options::unicode() };
    let set = options::rule_set(&common.rules, &mut troubles);
    let options = options::options(common, inputs.iter().any(|i| i == "-"), &set, &mut troubles);
    let mut looked = Looked { run: Run::failed(troubles), given: Vec::new(), set, show };
    // With a broken option nothing is read: the answer would not be to the question.
    if looked.run.troubles.is_empty() {
        look_at(common, inputs, options, keep, &mut looked);
    }
    looked
}

fn look_at(common: &Common, inputs: &[OsString], options: Options, keep: Keep, looked: &mut Looked) {
    let Looked { run, given, set, show } = looked;
    let reader = Reader { kind: common.kind, stdin_name: common.stdin_filename.as_deref(), platforms: &set.platforms };
    let mut jobs = reader.jobs(inputs);
    let note = |line: &str| {
        // If standard error is closed, nobody wants to know.
        let _ = writeln!(io::stderr(), "note: {}", show.text(line));
    };
    run.troubles.append(&mut jobs.troubles);
    jobs.skipped.iter().for_each(|line| note(line));
    // Samples that were committed long ago must not turn a build red by ageing.
    let ageless = Arc::new(Options { now: options.now.filter(|_| common.now.is_some()), ..options.clone() });
    let options = Arc::new(options);
    let look = |job: &Job| -> Result<(Given, Arc<Options>, Report), Read> {
        let given = match reader.read(job) {
            Read::Text(given) => given,
            other => return Err(other),
        };
        let options = if matches!(job, Job::Met(_)) { &ageless } else { &options };
        let report = crate::lint(&given.input, set, options);
        Ok((given, Arc::clone(options), report))
    };
    let done: Vec<_> = match jobs.jobs.len() {
        0..FEW => jobs.jobs.iter().map(look).collect(),
        _ => jobs.jobs.par_iter().map(look).collect(),
    };
    for result in done {
        match result {
            Ok((text, options, report)) => {
                let report = run.count(report);
                if keep == Keep::All || !report.findings.is_empty() || report.signatures().next().is_some() {
                    run.reports.push(report);
                    given.push((text, options));
                }
            }
            Err(Read::Trouble(trouble)) => run.troubles.push(trouble),
            Err(Read::Skipped(line)) => note(&line),
            Err(Read::NoText | Read::Text(_)) => {}
        }
    }
}

/// How the run ends after printing.
pub fn outcome(printed: io::Result<()>, run: &Run, common: &Common) -> Outcome {
    let found = run.findings().any(|f| common.fail_on.is_met(f.severity));
    match printed {
        // Whoever closes the pipe has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Outcome::Clean,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: cannot write the report: {error}");
            Outcome::Failed
        }
        _ if !run.troubles.is_empty() => Outcome::Failed,
        _ if found => Outcome::Found,
        _ => Outcome::Clean,
    }
}

/// True if there is nothing to print but troubles.
pub fn nothing_done(run: &Run) -> bool {
    run.inputs == 0 && !run.troubles.is_empty()
}

/// What the screen behind a stream can do.
pub fn screen(color: Color, is_terminal: bool) -> human::Screen {
    // 100 columns where there is no terminal.
    let width = terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0)).clamp(40, 120);
    human::Screen { color: options::color(color, is_terminal), width }
}

/// Writes what could not be done to standard error.
pub fn write_troubles(run: &Run, show: &Show, color: Color) -> io::Result<()> {
    if run.troubles.is_empty() {
        return Ok(());
    }
    let stderr = io::stderr();
    let screen = screen(color, stderr.is_terminal());
    human::write_troubles(run, show, screen, &mut stderr.lock())
}
