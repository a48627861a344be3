//! What `check` and `debug` have in common: read the inputs, lint each, and end with the right status.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::progress::Progress;
use super::settings::Settings;
use super::{Color, Common, FailOn, Files, Outcome, baseline, options};
use crate::baseline::Baseline;
use crate::config::Seen;
use crate::finding::{NotChecked, Report, Trouble};
use crate::input::git::Asked;
use crate::input::{Given, Job, Jobs, Read, Reader, display, files};
use crate::load::RuleSet;
use crate::options::{Input, Options};
use crate::report::human;
use crate::run::{Counted, Run};
use crate::settle;
use crate::show::Show;
use crate::source::Parts;

/// Fewer files than this are read one after the other: to start threads would take longer.
const FEW: usize = 8;

/// What came of looking at the inputs.
pub struct Looked {
    /// What was found; with troubles if something could not be done.
    pub run: Run,
    /// For each report of the run the text it is about, and what is known and wanted there.
    pub given: Vec<(Given, Arc<Options>)>,
    /// What was typed and configured.
    pub settings: Settings,
    /// What is known already.
    pub baseline: Option<Baseline>,
    /// How to show it.
    pub show: Show,
}

/// What is wanted of looking.
#[derive(Debug, Default)]
pub struct Wanted<'a> {
    /// Keep all reports, not only those that have something to show.
    pub all: bool,
    /// Keep every finding of a rule that has too many to be shown.
    pub whole: bool,
    /// Leave out what the baseline knows, and say, when all was looked at, which of its entries and of those of the
    /// configuration nothing was found for.
    pub only_new: bool,
    /// The baseline, if not the one that the configuration names.
    pub baseline: Option<PathBuf>,
    /// Which files are read.
    pub files: Files,
    /// If git was asked, the inputs are what it answers.
    pub asked: Option<Asked<'a>>,
    /// That there was nothing to look at is not said.
    pub quiet: bool,
}

/// Reads the inputs and lints them; `troubles` are known beforehand.
pub fn look(common: &Common, inputs: &[OsString], mut troubles: Vec<Trouble>, wanted: Wanted) -> Looked {
    let show = Show { reveal: common.reveal, unicode: options::unicode() };
    let settings = Settings::read(common, inputs, inputs.iter().any(|i| i == "-"), &mut troubles);
    let only_new = wanted.only_new;
    let named = wanted.baseline.as_ref().or(settings.baseline.as_ref()).filter(|_| only_new);
    let baseline = named.map(|path| baseline::read(path));
    let baseline = baseline.and_then(|read| read.map_err(|trouble| troubles.push(trouble)).ok());
    let mut looked = Looked { run: Run::failed(troubles), given: Vec::new(), settings, baseline, show };
    // With a broken option nothing is read: the answer would not be to the question.
    if looked.run.troubles.is_empty() {
        let walked = if wanted.asked.is_some() { Vec::new() } else { walked(inputs, &wanted.files) };
        let seen = look_at(common, inputs, wanted, &mut looked);
        if only_new {
            judge_settings(&walked, &seen, &mut looked);
        }
    }
    looked
}

fn look_at(common: &Common, inputs: &[OsString], wanted: Wanted, looked: &mut Looked) -> Vec<Seen> {
    let Wanted { all, whole, files, asked, quiet, .. } = wanted;
    let Looked { run, given, settings, baseline, show } = looked;
    let reader = Reader {
        kind: common.kind,
        stdin_name: common.stdin_filename.as_deref(),
        platforms: &settings.set.platforms,
        lists: &files.files_from,
        no_ignore: files.no_ignore,
        max_size: u64::from(files.max_file_size) << 20,
        verbose: files.verbose,
    };
    let mut jobs = match asked {
        Some(asked) => asked.jobs(files.no_ignore),
        None => reader.jobs(inputs),
    };
    leave_out(&mut jobs, settings);
    run.troubles.append(&mut jobs.troubles);
    run.ignored = jobs.ignored;
    jobs.skipped.iter().filter(|_| !quiet).for_each(|line| note(line, show));
    jobs.passed.iter().filter(|_| files.verbose).for_each(|line| note(line, show));
    if jobs.jobs.is_empty() && jobs.skipped.is_empty() && run.troubles.is_empty() && !quiet {
        note("there is nothing to look at: no file was met", show);
    }
    let typed = &settings.typed;
    let look = Look {
        reader,
        settings,
        baseline: baseline.as_ref(),
        typed: Arc::new(typed.clone()),
        // Samples that were committed long ago must not turn a build red by ageing.
        ageless: Arc::new(Options { now: typed.now.filter(|_| common.now.is_some()), ..typed.clone() }),
        all,
        whole,
    };
    let progress = Progress::new(jobs.jobs.len());
    let one = |job: &Job| {
        progress.step();
        look.at(job)
    };
    let done: Vec<Done> = match jobs.jobs.len() {
        0..FEW => jobs.jobs.iter().map(one).collect(),
        _ => jobs.jobs.par_iter().map(one).collect(),
    };
    progress.end();
    let large = done.iter().filter(|done| matches!(done, Done::Unread(Read::TooLarge(_)))).count();
    let mut seen = Vec::new();
    for done in done {
        seen.extend(match done {
            Done::Telling(text, options, report, its) => {
                let report = run.count(*report);
                if look.tells(&report) {
                    run.reports.push(report);
                    given.push((text, options));
                }
                its
            }
            Done::Clean(counted, its) => {
                run.add(&counted);
                its
            }
            Done::Unread(read) => look.unread(read, run, show),
        });
    }
    if large > 0 {
        let what = if large == 1 { "1 file that is".to_owned() } else { format!("{large} files that are") };
        run.not_checked.push(NotChecked { what: format!("{what} too large").into(), needs: "--max-file-size".into() });
    }
    seen
}

/// Takes out what the configuration excludes.
fn leave_out(jobs: &mut Jobs, settings: &Settings) {
    let Some(config) = &settings.config else { return };
    let is_read = |job: &Job| job.is_named() || job.met().is_none_or(|path| config.reads(&display(path)));
    jobs.passed.extend(jobs.jobs.iter().filter(|job| !is_read(job)).filter_map(|job| {
        let path = job.met()?;
        Some(format!("{} is excluded by the configuration and was not read", display(path)))
    }));
    jobs.jobs.retain(is_read);
}

/// How each input is looked at.
struct Look<'a> {
    reader: Reader<'a>,
    settings: &'a Settings,
    baseline: Option<&'a Baseline>,
    typed: Arc<Options>,
    /// What was typed, for files that were met and not named.
    ageless: Arc<Options>,
    /// As in [`Wanted`].
    all: bool,
    /// As in [`Wanted`].
    whole: bool,
}

impl Look<'_> {
    fn at(&self, job: &Job) -> Done {
        // Until this one is done, no other large one is begun.
        let mut alone = None;
        let mut given = match self.reader.read(job, &mut alone) {
            Read::Text(given) => given,
            other => return Done::Unread(other),
        };
        self.settings.name_kind(&mut given.input);
        let typed = if job.met().is_some() { &self.ageless } else { &self.typed };
        let options = self.settings.options(typed, &given.input.name);
        let mut report = report(&given.input, &self.settings.set, &options, self.baseline);
        if let Some(lines) = &given.lines {
            keep_lines(&mut report, lines);
        }
        if !self.whole {
            settle::keep(&mut report);
        }
        let seen = self.remembers().then(|| Seen::new(&given.input.name, &options, &report));
        if self.tells(&report) {
            Done::Telling(given, options, Box::new(report), seen)
        } else {
            // What is known of a text takes several times the memory of the text.
            Done::Clean(Counted::of(&report), seen)
        }
    }

    /// True if there is something to show.
    fn tells(&self, report: &Report) -> bool {
        self.all || !report.findings.is_empty() || report.signatures().next().is_some()
    }

    /// True if the configuration or a baseline is judged by what was found.
    fn remembers(&self) -> bool {
        self.settings.config.is_some() || self.baseline.is_some()
    }

    /// Says of an input why it was not looked at.
    fn unread(&self, read: Read, run: &mut Run, show: &Show) -> Option<Seen> {
        match read {
            Read::Trouble(trouble) => run.troubles.push(trouble),
            Read::Skipped(line) | Read::TooLarge(line) => note(&line, show),
            Read::Passed(name) => {
                run.inputs += 1;
                let options = || self.settings.options(&self.ageless, &name);
                return self.remembers().then(|| Seen::new(&name, &options(), &Report::default()));
            }
            Read::NoText(name) if self.reader.verbose => note(&format!("{name} is no text and was not checked"), show),
            Read::NoText(_) | Read::Text(_) => {}
        }
        None
    }
}

/// What is found in a text and not known already.
pub fn report(input: &Input, set: &RuleSet, options: &Options, baseline: Option<&Baseline>) -> Report {
    let mut report = crate::lint_whole(input, set, options);
    if let Some(baseline) = baseline {
        baseline.apply(&mut report);
    }
    report
}

/// What came of one input.
enum Done {
    /// There is something to show; the last part is what the configuration and the baseline are judged by.
    Telling(Given, Arc<Options>, Box<Report>, Option<Seen>),
    /// There is nothing.
    Clean(Counted, Option<Seen>),
    /// It was not looked at.
    Unread(Read),
}

/// Takes out what is found on other lines than these. What stands in a key or an expectation is on no line.
pub fn keep_lines(report: &mut Report, lines: &Parts) {
    let own = report.sources.iter().next().map(|(id, _)| id);
    let places = &report.sources;
    report.findings.retain(|finding| {
        let place = finding.labels.first().map(|label| places.given(label.place));
        place.is_none_or(|place| Some(place.source) != own || lines.touch(place.span))
    });
}

/// The folders of which every file is read. What git is asked for, and what a list names, is only a part of them.
fn walked(inputs: &[OsString], files: &Files) -> Vec<String> {
    if inputs.is_empty() && files.files_from.is_empty() {
        return vec![".".into()];
    }
    inputs.iter().map(Path::new).filter(|path| path.is_dir()).map(display).collect()
}

/// Adds what there is to say about the configuration and the baseline themselves.
fn judge_settings(walked: &[String], seen: &[Seen], looked: &mut Looked) {
    let Looked { run, given, settings, baseline, .. } = looked;
    let typed = Arc::new(settings.typed.clone());
    let met = || {
        let folders = walked.iter().map(|folder| files(Path::new(folder))).collect::<Option<Vec<_>>>()?;
        Some(folders.concat().iter().map(|path| display(path)).collect())
    };
    let of_config =
        settings.config.as_ref().and_then(|config| config.unused(seen, walked, &met, &settings.set, &typed));
    let of_baseline = baseline.as_ref().and_then(|baseline| {
        let options = settings.options(&typed, baseline.name());
        baseline.unused(seen, &settings.set, &options)
    });
    for report in of_config.into_iter().chain(of_baseline) {
        let Some((_, source)) = report.sources.iter().next() else { continue };
        let input = Input { name: source.name.clone(), text: source.text.clone(), kind: None };
        given.push((Given { input, file: None, lines: None }, Arc::clone(&typed)));
        run.suppressed += report.suppressed;
        run.reports.push(report);
    }
}

/// Says something on standard error.
pub fn note(line: &str, show: &Show) {
    // If it is closed, nobody wants to know.
    let _ = writeln!(io::stderr(), "note: {}", show.text(line));
}

/// How the run ends after printing.
pub fn outcome(printed: io::Result<()>, run: &Run, fail_on: FailOn) -> Outcome {
    let found = run.findings().any(|f| fail_on.is_met(f.severity));
    match printed {
        // Whoever closes the pipe has seen enough of what was found.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe && run.troubles.is_empty() => Outcome::Clean,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Outcome::Failed,
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
