//! `check --fix` and `check --diff`: files are mended in place, or it is shown how they would be.

use std::io::{self, BufWriter, IsTerminal, Write};

use similar::TextDiff;

use super::look::{self, Looked};
use super::{Check, FixMode};
use crate::finding::Trouble;
use crate::fix::{Fixed, fix};
use crate::input::write::replace;
use crate::report::human::{Screen, paint};
use crate::show::{View, disarm};

/// What stands for a credential in a corrected text that cannot be written to a file.
const INSTEAD: &str = "$TOKEN";

/// Everything that can be mended.
pub fn all(looked: &Looked, mode: FixMode) -> Vec<Fixed> {
    fix(&looked.inputs, &looked.report, &looked.set, &looked.options, mode == FixMode::Unsafe)
}

/// Writes the mended texts to their files. The report is then about what the files hold; what has no file is left as it
/// is, and given back.
pub fn write(looked: &mut Looked, mended: Vec<Fixed>) -> Vec<Fixed> {
    let mut homeless = Vec::new();
    let mut troubles = Vec::new();
    let mut count = 0;
    for fixed in mended {
        let (Some(input), Some(Some(file))) = (looked.inputs.get_mut(fixed.input), looked.files.get(fixed.input))
        else {
            homeless.push(fixed);
            continue;
        };
        match replace(&file.path, file.encoding, &input.text, &fixed.text) {
            Ok(()) => {
                count += fixed.fixes;
                input.text = fixed.text;
            }
            Err(why) => troubles.push(Trouble {
                message: why,
                help: Some("make the changes that `--diff` shows by hand, or let it be written".into()),
                source: Some(input.name.clone()),
                ..Trouble::default()
            }),
        }
    }
    if count > 0 {
        let before = std::mem::take(&mut looked.report.troubles);
        looked.report = crate::lint(&looked.inputs, &looked.set, &looked.options);
        looked.report.troubles = before;
        looked.report.fixed = count;
    }
    looked.report.troubles.append(&mut troubles);
    homeless
}

/// Shows the corrected texts that have no file, with a stand-in for each credential.
pub fn suggest(looked: &Looked, mended: &[Fixed], screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    for fixed in mended {
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
pub fn diff(check: &Check, looked: &Looked, mended: &[Fixed]) -> io::Result<()> {
    let stdout = io::stdout();
    let screen = look::screen(check.common.color, stdout.is_terminal());
    let mut out = BufWriter::new(stdout.lock());
    let view = View::new(looked.show, &looked.report.sources, &looked.report.facts);
    let sources: Vec<_> = looked.report.sources.iter().map(|(id, _)| id).take(looked.inputs.len()).collect();
    for fixed in mended {
        let after = View::new(looked.show, &fixed.report.sources, &fixed.report.facts);
        let (Some(old), Some((new, _))) = (sources.get(fixed.input), fixed.report.sources.iter().next()) else {
            continue;
        };
        let text = |view: &View, source| view.lines_of(source, None).iter().map(|line| format!("{line}\n")).collect();
        let (old_text, new_text): (String, String) = (text(&view, *old), text(&after, new));
        let name = view.name(*old);
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
    look::write_troubles(&looked.report, &looked.show, check.common.color)
}
