//! `check --fix` and `check --diff`: files are mended in place, or it is shown how they would be.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::sync::Arc;

use similar::TextDiff;

use super::look::{self, Looked, keep_lines};
use super::{Check, FixMode};
use crate::finding::{Finding, Report, Trouble};
use crate::fix::{Fixed, Wanted, fix};
use crate::input::Given;
use crate::input::write::replace;
use crate::options::{Input, Options};
use crate::report::human::{Screen, paint};
use crate::settle;
use crate::show::{View, disarm};

/// What stands for a credential in a corrected text that cannot be written to a file.
const INSTEAD: &str = "$TOKEN";

/// A text of the run, mended: its number, and what came of it.
pub type Mended = (usize, Fixed);

/// Everything that can be mended.
pub fn all(looked: &Looked, mode: FixMode) -> Vec<Mended> {
    let Looked { run, given, settings, baseline, .. } = looked;
    let texts = run.reports.iter().zip(given).enumerate();
    let mend = |(at, (report, (given, options))): (usize, (_, &(Given, Arc<Options>)))| {
        let wanted = Wanted { also_unsafe: mode == FixMode::Unsafe, within: given.lines.as_ref() };
        let look = |text: &str| {
            let input = Input { text: text.to_owned(), ..given.input.clone() };
            look::report(&input, &settings.set, options, baseline.as_ref())
        };
        Some((at, fix(&given.input.text, report, &look, wanted)?))
    };
    texts.filter_map(mend).collect()
}

/// Writes the mended texts to their files. The reports are then about what the files hold; what has no file is left as it
/// is, and given back.
pub fn write(looked: &mut Looked, mended: Vec<Mended>) -> Vec<Mended> {
    let mut homeless = Vec::new();
    for (at, mut fixed) in mended {
        let (Some((given, _)), Some(report)) = (looked.given.get_mut(at), looked.run.reports.get_mut(at)) else {
            continue;
        };
        let Some(file) = &given.file else {
            homeless.push((at, fixed));
            continue;
        };
        match replace(&file.path, file.encoding, &given.input.text, &fixed.text) {
            Ok(()) => {
                looked.run.fixed += fixed.fixes;
                given.input.text = fixed.text;
                if let Some(lines) = &fixed.within {
                    keep_lines(&mut fixed.report, lines);
                }
                // What was said of a key elsewhere is not said again.
                let own = fixed.report.sources.iter().next().map(|(id, _)| id);
                let Report { findings, sources, .. } = &mut fixed.report;
                findings.retain(|finding| {
                    let place = finding.labels.first().map(|label| sources.given(label.place).source);
                    let is_same = |old: &Finding| old.rule == finding.rule && old.message == finding.message;
                    place == own || report.findings.iter().any(is_same)
                });
                settle::keep(&mut fixed.report);
                *report = fixed.report;
            }
            Err(why) => looked.run.troubles.push(unwritten(&given.input.name, why)),
        }
    }
    homeless
}

/// A file that could not be mended.
pub fn unwritten(name: &str, why: String) -> Trouble {
    Trouble {
        message: why,
        help: Some("make the changes that `--diff` shows by hand, or let it be written".into()),
        source: Some(name.to_owned()),
        ..Trouble::default()
    }
}

/// Shows the corrected texts that have no file, with a stand-in for each credential.
pub fn suggest(looked: &Looked, mended: &[Mended], screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    for (_, fixed) in mended {
        let view = View::new(looked.show, &fixed.report.sources, &fixed.report.facts);
        let Some((source, _)) = fixed.report.sources.iter().next() else { continue };
        writeln!(out, "\n{}", paint(&format!("corrected {}", view.name(source)), "1", screen))?;
        for line in view.lines_of(source, Some(INSTEAD)) {
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

/// Shows what would be changed, and says so where a credential hides it.
pub fn diff(check: &Check, looked: &Looked, mended: &[Mended]) -> io::Result<()> {
    let stdout = io::stdout();
    let screen = look::screen(check.common.color, stdout.is_terminal());
    let mut out = BufWriter::new(stdout.lock());
    for (at, fixed) in mended {
        let Some(report) = looked.run.reports.get(*at) else { continue };
        let view = View::new(looked.show, &report.sources, &report.facts);
        let after = View::new(looked.show, &fixed.report.sources, &fixed.report.facts);
        let (Some((old, _)), Some((new, _))) = (report.sources.iter().next(), fixed.report.sources.iter().next())
        else {
            continue;
        };
        let text = |view: &View, source| view.lines_of(source, None).iter().map(|line| format!("{line}\n")).collect();
        let (old_text, new_text): (String, String) = (text(&view, old), text(&after, new));
        let name = view.name(old);
        if old_text == new_text {
            writeln!(out, "{name}: what would change is inside of a credential; --reveal shows it")?;
            continue;
        }
        let diff = TextDiff::from_lines(&old_text, &new_text);
        let unified = diff.unified_diff().context_radius(2).header(&name, &name).to_string();
        for line in unified.lines() {
            let color = match line.as_bytes().first() {
                Some(b'-') => "31",
                Some(b'+') => "32",
                Some(b'@') => "36",
                _ => "",
            };
            writeln!(out, "{}", paint(&disarm(line), color, screen))?;
        }
    }
    if mended.is_empty() {
        writeln!(out, "nothing that can be fixed")?;
    }
    out.flush()?;
    look::write_troubles(&looked.run, &looked.show, check.common.color)
}
