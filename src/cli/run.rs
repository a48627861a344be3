//! `tokenlint run -- COMMAND…`: a command is checked as `check` would, and started only if nothing is wrong with it.
//!
//! The command gets its words as they were given, never through a shell, and its exit status is passed on. All that
//! tokenlint says goes to standard error, since standard output is the command's.

#![allow(clippy::disallowed_types)]

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use super::settings::Settings;
use super::{Outcome, Run as Typed, look, options};
use crate::finding::Trouble;
use crate::options::Input;
use crate::recognise::Kind;
use crate::recognise::shell::GIVEN_COMMAND;
use crate::report::human;
use crate::run::Run;
use crate::show::Show;

/// Runs the command.
pub fn run(typed: &Typed) -> Outcome {
    let common = &typed.common;
    let mut troubles = Vec::new();
    let show = Show { reveal: common.reveal, unicode: options::unicode() };
    // Standard input is the command's.
    let settings = Settings::read(common, &[], true, &mut troubles);
    let mut run = Run::default();
    if troubles.is_empty() {
        let kind = Some(common.kind.unwrap_or(Kind::Curl));
        let input = Input { name: GIVEN_COMMAND.to_owned(), text: written(&typed.command), kind };
        let options = settings.options(&Arc::new(settings.typed.clone()), &input.name);
        run = Run::from(crate::lint(&input, &settings.set, &options));
    }
    let is_broken = !troubles.is_empty();
    if troubles.is_empty() && run.things == 0 && !sends_requests(&typed.command) && !typed.force {
        troubles.push(unrecognised());
    }
    run.troubles = troubles;
    // Whether somebody reads it decides nothing.
    let _ = print(&run, &show, typed);
    let outcome = look::outcome(Ok(()), &run, settings.fail_on);
    if outcome == Outcome::Clean || typed.force && !is_broken {
        return start(&typed.command);
    }
    if outcome == Outcome::Found {
        let _ = writeln!(io::stderr(), "the command was not run; --force runs it all the same");
    }
    outcome
}

/// Says what was found; of a command with nothing to say about, nothing.
fn print(run: &Run, show: &Show, typed: &Typed) -> io::Result<()> {
    let stderr = io::stderr();
    let screen = look::screen(typed.common.color, stderr.is_terminal());
    if run.findings().next().is_some() {
        human::write(run, show, screen, &mut stderr.lock())?;
    }
    look::write_troubles(run, show, typed.common.color)
}

/// Programs that send the request their arguments describe, even where none of it is worth a word.
const PROGRAMS: &[&str] = &["curl", "curlie", "http", "https", "httpie", "wget", "wget2", "xh", "xhs"];

fn sends_requests(command: &[OsString]) -> bool {
    let name = command.first().and_then(|program| Path::new(program).file_stem());
    name.and_then(|name| name.to_str()).is_some_and(|name| PROGRAMS.contains(&name.to_ascii_lowercase().as_str()))
}

fn unrecognised() -> Trouble {
    Trouble {
        message: "there is no request and no credential that tokenlint knows in this command; it was not run".into(),
        help: Some("write a command such as `curl` after `--`, or let it run unchecked with --force".into()),
        ..Trouble::default()
    }
}

/// The command as one would write it for a POSIX shell: what each word holds is taken as it is.
fn written(command: &[OsString]) -> String {
    let words: Vec<String> = command.iter().map(|word| quoted(&word.to_string_lossy())).collect();
    words.join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Becomes the command. It returns only if that cannot be.
#[cfg(unix)]
fn start(words: &[OsString]) -> Outcome {
    use std::os::unix::process::CommandExt;
    let Some((program, arguments)) = words.split_first() else { return Outcome::Failed };
    failed(program, &Command::new(program).args(arguments).exec())
}

/// Runs the command to its end.
#[cfg(not(unix))]
fn start(words: &[OsString]) -> Outcome {
    let Some((program, arguments)) = words.split_first() else { return Outcome::Failed };
    match Command::new(program).args(arguments).status() {
        Ok(status) => Outcome::Ended(status.code().unwrap_or(1)),
        Err(error) => failed(program, &error),
    }
}

fn failed(program: &OsString, error: &io::Error) -> Outcome {
    let name = Show { reveal: false, unicode: true }.text(&program.to_string_lossy());
    let why = match error.kind() {
        io::ErrorKind::NotFound => "there is no such program".to_owned(),
        _ => error.to_string(),
    };
    let _ = writeln!(io::stderr(), "error: `{name}` cannot be run: {why}");
    Outcome::Failed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_as_a_shell_would_have_to_read_them() {
        let words = ["curl", "-H", "A: b", "it's", "", "$HOME", "https://x.example/?a=1&b=2"].map(OsString::from);
        assert_eq!(written(&words), r"curl -H 'A: b' 'it'\''s' '' '$HOME' 'https://x.example/?a=1&b=2'");
    }
}
