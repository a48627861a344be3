//! Where reports go: `--format` and `--output` say which formats are written, and to what.

use std::ffi::OsStr;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::look::{self, Looked};
use super::{Check, fix, options};
use crate::finding::Trouble;
use crate::input::write;
use crate::report::{Format, Printer, human};

/// A format, and the file that it is written to if not to standard output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    format: Format,
    file: Option<PathBuf>,
}

impl Target {
    /// True if it is written to a file.
    pub fn is_file(&self) -> bool {
        self.file.is_some()
    }
}

/// Reads `NAME` or `NAME=FILE`.
#[derive(Debug, Clone)]
pub struct TargetParser;

impl TypedValueParser for TargetParser {
    type Value = Target;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Target, clap::Error> {
        let text = value.to_str().unwrap_or_default();
        let (name, file) = text.split_once('=').map_or((text, None), |(name, file)| (name, Some(PathBuf::from(file))));
        let names = PossibleValuesParser::new(Format::ALL.iter().map(|(_, name, _)| *name));
        let name = names.parse_ref(command, argument, OsStr::new(name))?;
        let format =
            Format::ALL.iter().find(|(_, known, _)| *known == name).map_or(Format::Human, |(format, ..)| *format);
        Ok(Target { format, file })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Format::ALL.iter().map(|(_, name, about)| PossibleValue::new(*name).help(*about))))
    }
}

/// The formats that were asked for, each with its own target; those that cannot be are troubles.
pub fn targets(check: &Check, troubles: &mut Vec<Trouble>) -> Vec<Target> {
    let mut targets = check.format.clone();
    if let Some(file) = &check.output {
        let mut free = targets.iter_mut().filter(|target| target.file.is_none());
        match (free.next(), free.next()) {
            (Some(target), None) => target.file = Some(file.clone()),
            _ => troubles.push(options::trouble(
                "--output is for the one format that has no file of its own".into(),
                "write each format with its file, such as `--format sarif=out.sarif --format human`".into(),
            )),
        }
    }
    let mut taken: Vec<Option<PathBuf>> = Vec::new();
    targets.retain(|target| {
        let trouble = if taken.contains(&target.file) { Some(twice(target)) } else { homeless(target) };
        taken.push(target.file.clone());
        let is_free = trouble.is_none();
        troubles.extend(trouble);
        is_free
    });
    // A command that is not understood writes no file.
    targets.retain(|target| target.file.is_none() || troubles.is_empty());
    targets
}

fn twice(target: &Target) -> Trouble {
    let place = target.file.as_ref().map_or("standard output".to_owned(), |file| format!("`{}`", file.display()));
    options::trouble(
        format!("two formats are to be written to {place}"),
        "give each format a file of its own, such as `--format sarif=out.sarif`".into(),
    )
}

/// Seen before the work is done, which may take long.
fn homeless(target: &Target) -> Option<Trouble> {
    let file = target.file.as_ref()?;
    let folder = file.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    if !file.as_os_str().is_empty() && folder.is_dir() {
        return None;
    }
    let message = match file.to_str() {
        Some("") => "a report has a file without a name".to_owned(),
        _ => format!("there is no folder `{}` for the report `{}`", folder.display(), file.display()),
    };
    Some(options::trouble(message, "make the folder, or name a file in one that is there".into()))
}

/// Writes the reports: files first, then standard output, then what could not be done.
pub fn print(check: &Check, targets: &[Target], looked: &mut Looked, homeless: &[fix::Mended]) -> io::Result<()> {
    let mut missed = Vec::new();
    for (target, file) in targets.iter().filter_map(|target| Some((target, target.file.as_ref()?))) {
        let mut text = Vec::new();
        let screen = look::screen(check.common.color, false);
        print_to(target.format, looked, homeless, screen, &mut text)?;
        if let Err(why) = write::create(file, &text) {
            missed.push(Trouble {
                message: format!("the report {why}"),
                help: Some("name a file that can be written".into()),
                source: Some(file.to_string_lossy().into_owned()),
                ..Trouble::default()
            });
        }
    }
    looked.run.troubles.extend(missed);
    let shown = targets.iter().find(|target| target.file.is_none());
    let printed = shown.map_or(Ok(()), |target| {
        let stdout = io::stdout();
        let screen = look::screen(check.common.color, stdout.is_terminal());
        let mut out = BufWriter::new(stdout.lock());
        print_to(target.format, looked, homeless, screen, &mut out)?;
        out.flush()
    });
    // The JSON says what could not be done, if somebody reads it.
    if printed.is_err() || shown.is_none_or(|target| target.format != Format::Json) {
        look::write_troubles(&looked.run, &looked.show, check.common.color)?;
    }
    printed
}

fn print_to(
    format: Format,
    looked: &Looked,
    homeless: &[fix::Mended],
    screen: human::Screen,
    out: &mut dyn Write,
) -> io::Result<()> {
    let Looked { run, settings, show, .. } = looked;
    // A summary of nothing would read as if all were well.
    if format == Format::Human && look::nothing_done(run) {
        return Ok(());
    }
    let printer = Printer { show: *show, screen, rules: &settings.set.rules, fails: settings.fail_on.severity() };
    printer.write(format, run, out)?;
    if format == Format::Human {
        fix::suggest(looked, homeless, screen, out)?;
    }
    Ok(())
}
