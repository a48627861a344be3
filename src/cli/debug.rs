//! `tokenlint debug`: everything that is in an input, layer by layer, then the findings.

#![allow(clippy::disallowed_methods)]

use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::mem::ManuallyDrop;

use jiff::tz::TimeZone;

use super::look::{self, Looked, Wanted, look};
use super::{Debug, DebugFormat, Outcome};
use crate::finding::{Report, Trouble};
use crate::inspect::{Outline, inspect};
use crate::repair::repair;
use crate::report::{human, json, tree};
use crate::run::Run;

/// Runs the command.
pub fn run(debug: &Debug) -> Outcome {
    let (inputs, troubles) = inputs(debug);
    let wanted = Wanted { all: true, ..Wanted::default() };
    // The process ends with it: taking it apart piece by piece would only cost time.
    let mut looked = ManuallyDrop::new(look(&debug.common, &inputs, troubles, wanted));
    let mut outlines = outlines(&looked);
    if let Some(wanted) = debug.thing {
        let count = outlines.iter().map(Vec::len).sum();
        if !(1..=count).contains(&wanted) && looked.run.troubles.is_empty() {
            let message = format!("--thing {wanted}: there are {count} things in the input");
            let help = Some("write a number from 1 on, as `tokenlint debug` shows it without this option".into());
            let trouble = Trouble { message, help, ..Trouble::default() };
            looked.run = Run::failed(vec![trouble]);
        }
        for (outlines, report) in outlines.iter_mut().zip(&mut looked.run.reports) {
            outlines.retain(|o| o.number == wanted);
            let Report { facts, findings, .. } = report;
            findings.retain(|f| facts.outward(f.subject).any(|id| outlines.iter().any(|o| o.subject == id)));
        }
    }
    if debug.repair {
        let Looked { run, given, settings, .. } = &*looked;
        for ((outlines, report), (given, options)) in outlines.iter_mut().zip(&run.reports).zip(given) {
            for outline in outlines {
                outline.repaired = repair(report, outline.subject, &given.input, &settings.set, options);
            }
        }
    }
    look::outcome(print(debug, &looked, &outlines), &looked.run, looked.settings.fail_on)
}

/// The things of each report, numbered through.
fn outlines(looked: &Looked) -> Vec<Vec<Outline>> {
    let zone = zone();
    let mut number = 0;
    let numbered = looked.run.reports.iter().map(|report| {
        let mut outlines = inspect(report, &looked.settings.set, zone.as_ref());
        for outline in &mut outlines {
            number += 1;
            outline.number = number;
        }
        outlines
    });
    numbered.collect()
}

/// The local time zone. Where a file says it, that is read: to look its name up in the database of all zones takes longer
/// than everything else.
fn zone() -> Option<TimeZone> {
    let is_named = std::env::var_os("TZ").is_some();
    let local = std::fs::read("/etc/localtime").ok().filter(|_| cfg!(unix) && !is_named);
    local.and_then(|data| TimeZone::tzif("local", &data).ok()).or_else(|| TimeZone::try_system().ok())
}

/// What was named, else the pipe.
fn inputs(debug: &Debug) -> (Vec<OsString>, Vec<Trouble>) {
    if !debug.inputs.is_empty() {
        return (debug.inputs.clone(), Vec::new());
    }
    if !io::stdin().is_terminal() {
        return (vec!["-".into()], Vec::new());
    }
    let trouble = Trouble {
        message: "no input was named, and nothing is piped in".into(),
        help: Some("name a file, or write the token, header, URL or command in quotes".into()),
        ..Trouble::default()
    };
    (Vec::new(), vec![trouble])
}

fn print(debug: &Debug, Looked { run, settings, show, .. }: &Looked, outlines: &[Vec<Outline>]) -> io::Result<()> {
    let stdout = io::stdout();
    let screen = look::screen(debug.common.color, stdout.is_terminal());
    let mut out = BufWriter::new(stdout.lock());
    match debug.format {
        DebugFormat::Json => json::write_outlines(outlines, run, show, settings.set.rules.len(), &mut out)?,
        DebugFormat::Human if look::nothing_done(run) => {}
        DebugFormat::Human => {
            tree::write(outlines, run, show, screen, &mut out)?;
            human::write(run, show, screen, &mut out)?;
            if debug.repair {
                tree::write_repairs(outlines, show, screen, &mut out)?;
            }
        }
    }
    out.flush()?;
    if debug.format == DebugFormat::Human {
        look::write_troubles(run, show, debug.common.color)?;
    }
    Ok(())
}
