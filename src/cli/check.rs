//! `tokenlint check`: read, lint, mend if that was asked for, print.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::mem::ManuallyDrop;

use super::look::{self, Keep, Looked, look};
use super::{Check, FixMode, Format, Outcome, fix};
use crate::report::{human, json, short};

/// Runs the command.
pub fn run(check: &Check) -> Outcome {
    // The process ends with it: taking it apart piece by piece would only cost time.
    let mut looked = ManuallyDrop::new(look(&check.common, &check.inputs, Vec::new(), Keep::Some));
    let mut homeless = Vec::new();
    if check.diff {
        let mended = fix::all(&looked, check.fix.unwrap_or(FixMode::Safe));
        return look::outcome(fix::diff(check, &looked, &mended), &looked.run, &check.common);
    }
    if let Some(mode) = check.fix {
        let mended = fix::all(&looked, mode);
        homeless = fix::write(&mut looked, mended);
    }
    look::outcome(print(check, &looked, &homeless), &looked.run, &check.common)
}

fn print(check: &Check, looked: &Looked, homeless: &[fix::Mended]) -> io::Result<()> {
    let Looked { run, set, show, .. } = looked;
    let stdout = io::stdout();
    let screen = look::screen(check.common.color, stdout.is_terminal());
    let mut out = BufWriter::new(stdout.lock());
    match check.format {
        Format::Json => json::write(run, show, set.rules.len(), &mut out)?,
        _ if look::nothing_done(run) => {}
        Format::Short => short::write(run, show, &mut out)?,
        Format::Human => {
            human::write(run, show, screen, &mut out)?;
            fix::suggest(looked, homeless, screen, &mut out)?;
        }
    }
    out.flush()?;
    if check.format != Format::Json {
        look::write_troubles(run, show, check.common.color)?;
    }
    Ok(())
}
