//! `tokenlint check`: read, lint, mend if that was asked for, print.

use std::io::{self, Write};
use std::mem::ManuallyDrop;

use super::look::{self, Looked, Wanted, look};
use super::options::trouble;
use super::{Check, FailOn, FixMode, Outcome, baseline, fix, print, staged};
use crate::input::{git, write};

/// Runs the command.
pub fn run(check: &Check) -> Outcome {
    let mut troubles = Vec::new();
    let targets = print::targets(check, &mut troubles);
    let wanted = Wanted {
        only_new: !check.write_baseline,
        whole: check.write_baseline,
        baseline: check.baseline.clone(),
        files: check.files.clone(),
        asked: asked(check),
        ..Wanted::default()
    };
    if check.fix.is_some() || check.write_baseline || targets.iter().any(|target| target.is_file()) {
        write::finish_when_interrupted();
    }
    // The process ends with it: taking it apart piece by piece would only cost time.
    let mut looked = ManuallyDrop::new(look(&check.common, &check.inputs, troubles, wanted));
    let fail_on = looked.settings.fail_on;
    if check.write_baseline {
        return look::outcome(write_baseline(check, &mut looked), &looked.run, FailOn::Never);
    }
    let mut homeless = Vec::new();
    if check.diff {
        let mended = fix::all(&looked, check.fix.unwrap_or(FixMode::Safe));
        return look::outcome(fix::diff(check, &looked, &mended), &looked.run, fail_on);
    }
    let mut notes = Vec::new();
    if let Some(mode) = check.fix {
        if check.staged {
            notes = staged::mend(&mut looked, mode);
        } else {
            let mended = fix::all(&looked, mode);
            homeless = fix::write(&mut looked, mended);
        }
    }
    let printed = print::print(check, &targets, &mut looked, &homeless);
    notes.iter().for_each(|line| look::note(line, &looked.show));
    look::outcome(printed, &looked.run, fail_on)
}

/// Asks git, if it is about what is staged or changed.
fn asked(check: &Check) -> Option<git::Asked<'_>> {
    let base = check.diff_base.as_deref();
    (check.staged || base.is_some())
        .then(|| git::ask(git::Question { staged: check.staged, base, paths: &check.inputs }))
}

/// Writes down what was found, unless something could not be looked at: then half of it might be missing.
fn write_baseline(check: &Check, looked: &mut Looked) -> io::Result<()> {
    let Looked { run, settings, .. } = looked;
    let path = check.baseline.as_ref().or(settings.baseline.as_ref());
    if path.is_none() {
        let help = "name it: `--baseline FILE`, or `baseline` in tokenlint.toml";
        run.troubles.push(trouble("there is no baseline to write".into(), help.into()));
    }
    if let (true, Some(path)) = (run.troubles.is_empty(), path) {
        match baseline::write(path, run.reports.iter()) {
            Ok(()) => {
                let name = looked.show.text(&path.to_string_lossy());
                let count = run.findings().count();
                let findings = if count == 1 { "finding is" } else { "findings are" };
                writeln!(io::stderr(), "{count} {findings} known from now on: {name}")?;
            }
            Err(trouble) => run.troubles.push(trouble),
        }
    }
    look::write_troubles(&looked.run, &looked.show, check.common.color)
}
