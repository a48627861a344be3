//! `tokenlint run`: a command is started only if nothing is wrong with it, with its words as they were given.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::disallowed_types)]

#[path = "common/process.rs"]
mod process;

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use process::{Folder, Run, finish};

const WRONG: &[&str] =
    &["curl", "-H", "Authorization: Bearer Bearer abcdefghijklmnop1234", "https://api.example.com/me?a=1&b=2"];
const RIGHT: &[&str] = &["curl", "-H", "Authorization: Bearer abcdefghijklmnop1234", "https://api.example.com/$x"];

/// A folder in which `curl` and other programs print their arguments, a line each, and end with status 7.
fn folder() -> Folder {
    let folder = Folder::new();
    for name in ["curl", "http", "rm"] {
        let program = folder.write(&format!("bin/{name}"), "#!/bin/sh\nprintf '%s\\n' \"$@\"\nexit 7\n");
        std::fs::set_permissions(program, PermissionsExt::from_mode(0o755)).unwrap();
    }
    folder
}

fn run(folder: &Folder, options: &[&str], command: &[&str]) -> Run {
    let arguments = [&["run"], options, &["--"], command].concat();
    finish(folder.command(&arguments).env("PATH", folder.path().join("bin")).stdin(Stdio::null()))
}

#[test]
fn a_clean_command_is_run_as_it_is_and_nothing_is_said() {
    let run = run(&folder(), &[], RIGHT);
    assert_eq!(run.out, format!("{}\n", RIGHT[1..].join("\n")));
    assert_eq!((run.status, run.err.as_str()), (7, ""));
}

#[test]
fn a_command_with_a_mistake_is_not_run() {
    let run = run(&folder(), &[], WRONG);
    run.is(1, &["error[", "<command>:1:", "the command was not run; --force runs it"]);
    assert_eq!(run.out, "", "standard output is the command's");
    assert!(!run.err.contains("abcdefghijklmnop1234"), "{run:#?}");
}

#[test]
fn force_says_what_is_wrong_and_runs_it() {
    let folder = folder();
    let forced = run(&folder, &["--force"], WRONG);
    forced.is(7, &["error[", "https://api.example.com/me?a=1&b=2\n"]);
    assert!(!forced.err.contains("was not run"), "{forced:#?}");
    run(&folder, &["--fail-on", "never"], WRONG).is(7, &["error["]);
}

#[test]
fn other_programs_are_checked_for_what_is_known_of_them() {
    let folder = folder();
    let words = ["http", "https://api.example.com/me", "Authorization: Bearer Bearer abcdefghijklmnop1234"];
    run(&folder, &[], &words).is(1, &["error["]);
    run(&folder, &[], &words[..2]).is(7, &["https://api.example.com/me\n"]);
    let unknown = run(&folder, &[], &["rm", "-r", "x"]);
    unknown.is(2, &["no request and no credential", "--force"]);
    assert_eq!(unknown.out, "");
    run(&folder, &["--force"], &["rm", "-r", "x"]).is(7, &["-r\nx\n"]);
}

#[test]
fn what_cannot_be_done_is_said() {
    let folder = folder();
    run(&folder, &["--platform", "livechatt"], RIGHT).is(2, &["did you mean `livechat`?"]);
    run(&folder, &["--force", "--platform", "livechatt"], RIGHT).is(2, &["did you mean `livechat`?"]);
    run(&folder, &["--key", "-"], RIGHT).is(2, &["standard input, which is read for something else"]);
    run(&folder, &["--force"], &["wget", "https://x.example"])
        .is(2, &["`wget` cannot be run: there is no such program"]);
    run(&folder, &[], &[]).is(2, &["COMMAND"]);
    folder.run(&["run", "curl", "https://x.example"]).is(2, &["--"]);
}

#[test]
fn the_command_keeps_standard_input_and_words_that_are_no_text() {
    let folder = folder();
    let cat = folder.write("bin/curl", "#!/bin/sh\nread line; echo \"got $line\"; printf '%s' \"$2\"\n");
    std::fs::set_permissions(cat, PermissionsExt::from_mode(0o755)).unwrap();
    let input = folder.write("in", "a line\n");
    let mut command = folder.command(&["run", "--", "curl", "https://x.example/"]);
    command.arg(std::ffi::OsStr::from_bytes(b"\xff")).env("PATH", folder.path().join("bin"));
    let output = command.stdin(std::fs::File::open(input).unwrap()).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), &b"got a line\n\xff"[..]), "{output:?}");
}
