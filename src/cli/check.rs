//! `tokenlint check`: read, lint, print.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::mem::ManuallyDrop;

use super::look::{self, Looked, look};
use super::{Check, Format, Outcome};
use crate::report::{human, json, short};

/// Runs the command.
pub fn run(check: &Check) -> Outcome {
    // The process ends with it: taking it apart piece by piece would only cost time.
    let looked = ManuallyDrop::new(look(&check.common, &check.inputs, Vec::new()));
    look::outcome(print(check, &looked), &looked.report, &check.common)
}

fn print(check: &Check, Looked { report, set, show, .. }: &Looked) -> io::Result<()> {
    let stdout = io::stdout();
    let is_terminal = stdout.is_terminal();
    let mut out = BufWriter::new(stdout.lock());
    match check.format {
        Format::Json => json::write(report, show, set.rules.len(), &mut out)?,
        _ if look::nothing_done(report) => {}
        Format::Short => short::write(report, show, &mut out)?,
        Format::Human => human::write(report, show, look::screen(check.common.color, is_terminal), &mut out)?,
    }
    out.flush()?;
    if check.format != Format::Json {
        look::write_troubles(report, show, check.common.color)?;
    }
    Ok(())
}
