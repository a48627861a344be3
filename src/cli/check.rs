//! `tokenlint check`: read, lint, mend if that was asked for, print.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::mem::ManuallyDrop;

use super::look::{self, Looked, look};
use super::{Check, FixMode, Format, Outcome, fix};
use crate::fix::Fixed;
use crate::report::{human, json, short};

/// Runs the command.
pub fn run(check: &Check) -> Outcome {
    // The process ends with it: taking it apart piece by piece would only cost time.
    let mut looked = ManuallyDrop::new(look(&check.common, &check.inputs, Vec::new()));
    let mut homeless = Vec::new();
    if check.diff {
        let mended = fix::all(&looked, check.fix.unwrap_or(FixMode::Safe));
        return look::outcome(fix::diff(check, &looked, &mended), &looked.report, &check.common);
    }
    if let Some(mode) = check.fix {
        let mended = fix::all(&looked, mode);
        homeless = fix::write(&mut looked, mended);
    }
    look::outcome(print(check, &looked, &homeless), &looked.report, &check.common)
}

fn print(check: &Check, looked: &Looked, homeless: &[Fixed]) -> io::Result<()> {
    let Looked { report, set, show, .. } = looked;
    let stdout = io::stdout();
    let screen = look::screen(check.common.color, stdout.is_terminal());
    let mut out = BufWriter::new(stdout.lock());
    match check.format {
        Format::Json => json::write(report, show, set.rules.len(), &mut out)?,
        _ if look::nothing_done(report) => {}
        Format::Short => short::write(report, show, &mut out)?,
        Format::Human => {
            human::write(report, show, screen, &mut out)?;
            fix::suggest(looked, homeless, screen, &mut out)?;
        }
    }
    out.flush()?;
    if check.format != Format::Json {
        look::write_troubles(report, show, check.common.color)?;
    }
    Ok(())
}
