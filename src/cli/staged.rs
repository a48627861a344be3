//! `check --fix --staged`: what is staged was checked, and the files of the working tree are mended. The index is not
//! written to: what is staged was chosen by somebody.

#![allow(clippy::disallowed_methods)]

use std::fs;

use super::FixMode;
use super::fix::unwritten;
use super::look::{Looked, report};
use crate::fix::{Wanted, fix};
use crate::input::write::replace;
use crate::input::{encoding, lines};
use crate::options::Input;

/// Mends the files of which something that can be mended is staged; gives back what there is to say about each.
pub fn mend(looked: &mut Looked, mode: FixMode) -> Vec<String> {
    let Looked { run, given, settings, baseline, .. } = looked;
    let also_unsafe = mode == FixMode::Unsafe;
    let mut notes = Vec::new();
    for (found, (given, options)) in run.reports.iter().zip(given) {
        let mut fixes = found.findings.iter().filter_map(|finding| finding.fix.as_ref());
        let (Some(file), true) = (&given.file, fixes.any(|fix| fix.safe || also_unsafe)) else { continue };
        let (name, staged) = (&given.input.name, &given.input.text);
        let (text, encoding) = match fs::read(&file.path).map(encoding::text) {
            Ok(Some(read)) => read,
            Ok(None) => {
                notes.push(format!("the file {name} is no text and was not mended"));
                continue;
            }
            Err(error) => {
                notes.push(format!("the file {name} cannot be read and was not mended: {error}"));
                continue;
            }
        };
        let differs = lines::differ(staged, &text);
        let within = match &given.lines {
            None if !differs => None,
            parts => Some(lines::kept(staged, parts.as_ref(), &text)),
        };
        let look = |text: &str| {
            let input = Input { text: text.to_owned(), ..given.input.clone() };
            report(&input, &settings.set, options, baseline.as_ref())
        };
        let wanted = Wanted { also_unsafe, within: within.as_ref() };
        let Some(fixed) = fix(&text, &look(&text), &look, wanted) else {
            notes.push(format!("the file {name} was not mended: the lines in question differ from what is staged"));
            continue;
        };
        match replace(&file.path, encoding, &text, &fixed.text) {
            Ok(()) => {
                let count = if fixed.fixes == 1 { "1 fix".into() } else { format!("{} fixes", fixed.fixes) };
                notes.push(format!("{count} made in the file {name}: look at it, and `git add` it again"));
                if differs {
                    notes.push(format!(
                        "the file {name} differs from what is staged: only lines that both have were touched"
                    ));
                }
            }
            Err(why) => run.troubles.push(unwritten(name, why)),
        }
    }
    notes
}
