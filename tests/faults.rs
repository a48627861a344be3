//! What goes wrong around the program: files that vanish, pipes and devices, full disks, signals. Nothing hangs, nothing is
//! half written, and what could be done is done.
//!
//! Nothing here waits for a time to pass. Where two processes have to meet they meet at a named pipe: who opens one end
//! waits until the other end is opened.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::disallowed_types)]

#[path = "common/process.rs"]
mod process;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use process::{Folder, Run, finish, pipe};

const PAT: &str = "NGFkN2Y2YTEtOTNjMi00ZDBlLThiNWYtMmY2YzFlOWE3ZDMwOmZha2UtcGF0LWZvci10ZXN0cw==";

/// A request with this scheme; `--fix` makes `Basic` of `Bearer`.
fn request(scheme: &str) -> String {
    let head = "POST /v3.6/agent/action/list_chats HTTP/1.1\nHost: api.livechatinc.com\n";
    format!("{head}Authorization: {scheme} {PAT}\nContent-Type: application/json\n\n{{}}\n")
}

/// A folder `in` with so many files that can be mended.
fn with_files(count: usize) -> (Folder, Vec<String>) {
    let folder = Folder::new();
    let names: Vec<String> = (0..count).map(|n| format!("in/{n:03}.http")).collect();
    names.iter().for_each(|name| drop(folder.write(name, request("Bearer"))));
    (folder, names)
}

fn read(folder: &Folder, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

fn started(command: &mut Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Looks at a file until it is mended, which another process does, or that ends.
fn until_mended(folder: &Folder, name: &str, child: &mut Child) {
    while read(folder, name) == request("Bearer") && child.try_wait().unwrap().is_none() {}
}

fn send(signal: &str, child: &Child) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

fn count(folder: &Folder, name: &str) -> usize {
    fs::read_dir(folder.path().join(name)).unwrap().count()
}

#[test]
fn an_interrupt_while_files_are_mended_leaves_each_whole_and_nothing_beside_it() {
    let (folder, names) = with_files(100);
    // Nobody reads the report, so the work does not end by itself.
    pipe(&folder.path().join("report"));
    let mut child = started(&mut folder.command(&["check", "--fix", "in", "--format", "short=report"]));
    until_mended(&folder, &names[0], &mut child);
    send("-INT", &child);
    let status = child.wait().unwrap();
    assert_eq!((status.code(), status.signal()), (Some(130), None));
    let texts: Vec<String> = names.iter().map(|name| read(&folder, name)).collect();
    assert_eq!(texts[0], request("Basic"));
    assert!(texts.iter().all(|text| *text == request("Bearer") || *text == request("Basic")));
    assert_eq!(count(&folder, "in"), names.len(), "nothing is left beside them");
}

#[test]
fn an_interrupt_before_anything_is_written_leaves_everything_as_it_was() {
    let (folder, names) = with_files(3);
    pipe(&folder.path().join("last.http"));
    let command = ["check", "--fix", "in", "last.http", "--output", "report.txt"];
    let mut child = started(&mut folder.command(&command));
    // It reads the pipe, and waits for what comes.
    let held = File::options().write(true).open(folder.path().join("last.http")).unwrap();
    send("-INT", &child);
    let status = child.wait().unwrap();
    drop(held);
    assert_eq!((status.code(), status.signal()), (Some(130), None));
    assert!(names.iter().all(|name| read(&folder, name) == request("Bearer")));
    assert!(!folder.path().join("report.txt").exists());
}

#[test]
fn a_kill_while_files_are_mended_leaves_each_old_or_new() {
    let (folder, names) = with_files(60);
    // Nobody reads the report, so the work does not end by itself.
    pipe(&folder.path().join("report"));
    for at in [0, 1, 7, 20, 40, 59] {
        names.iter().for_each(|name| drop(folder.write(name, request("Bearer"))));
        let mut child = started(&mut folder.command(&["check", "--fix", "in", "--format", "short=report"]));
        until_mended(&folder, &names[at], &mut child);
        send("-KILL", &child);
        assert_eq!(child.wait().unwrap().signal(), Some(9));
        let texts: Vec<String> = names.iter().map(|name| read(&folder, name)).collect();
        assert_eq!(texts[at], request("Basic"));
        assert!(texts.iter().all(|text| *text == request("Bearer") || *text == request("Basic")), "killed at {at}");
    }
    // What was not finished is done by the next run.
    folder.run(&["check", "--fix", "in", "--format", "short"]);
    assert!(names.iter().all(|name| read(&folder, name) == request("Basic")));
}

/// A command in a process that may write files of so many blocks only, of 512 bytes or 1,024. The system says so as it says
/// that a disk is full: a part is written, then there is an error.
fn within(blocks: usize, command: &Command) -> Command {
    let mut shell = Command::new("sh");
    // Without the trap the system would end the process.
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    shell.args(["-c", &script]).arg(command.get_program()).args(command.get_args());
    shell.current_dir(command.get_current_dir().unwrap()).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    shell.stdin(Stdio::null());
    shell
}

#[test]
fn a_full_disk_while_files_are_mended_leaves_the_old_ones() {
    let folder = Folder::new();
    let large = |scheme: &str| request(scheme) + &"# a comment\n".repeat(1_000);
    folder.write("in/a.http", large("Bearer"));
    folder.write("in/b.http", request("Bearer"));
    let run = finish(&mut within(4, &folder.command(&["check", "--fix", "in", "--format", "short"])));
    run.is(2, &["in/a.http: cannot be written: File too large", "help: make the changes that `--diff` shows"]);
    assert!(run.out.contains("in/a.http:3:16: error"), "{run:#?}");
    assert_eq!(read(&folder, "in/a.http"), large("Bearer"));
    assert_eq!(read(&folder, "in/b.http"), request("Basic"), "the others are mended");
    assert_eq!(count(&folder, "in"), 2, "nothing is left beside them");
}

#[test]
fn a_full_disk_leaves_the_old_report_and_the_old_baseline() {
    let folder = Folder::new();
    let many: String =
        (0..40).map(|n| format!("GET https://api.example.com/{n}?access_token={PAT}\n\n###\n")).collect();
    folder.write("a.http", many);
    for arguments in [&["--output", "old", "--format", "json"][..], &["--baseline", "old", "--write-baseline"]] {
        folder.write("old", "what was there");
        let command = folder.command(&[&["check", "a.http"], arguments].concat());
        finish(&mut within(1, &command)).is(2, &["cannot be written: File too large"]);
        assert_eq!(read(&folder, "old"), "what was there");
        assert_eq!(count(&folder, "."), 2, "nothing is left beside it");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_device_that_is_full_is_no_success() {
    let folder = Folder::new();
    folder.write("a.txt", "nothing");
    let full = "cannot be written: No space left on device";
    folder.run(&["check", "a.txt", "--output", "/dev/full"]).is(2, &["/dev/full", full]);
    let mut command = folder.command(&["check", "a.txt"]);
    command.stdout(File::options().write(true).open("/dev/full").unwrap());
    finish(command.stdin(Stdio::null())).is(2, &["error: cannot write the report: No space left on device"]);
}

#[test]
fn a_report_for_a_folder_that_is_not_there_is_refused_before_the_work() {
    let (folder, names) = with_files(1);
    for option in [&["--output", "gone/report.txt"][..], &["--format", "sarif=gone/report.txt"]] {
        let run = folder.run(&[&["check", "--fix", "in"], option].concat());
        run.is(2, &["there is no folder `gone` for the report `gone/report.txt`", "help: make the folder"]);
        assert_eq!((run.out.as_str(), read(&folder, &names[0])), ("", request("Bearer")));
    }
}

/// Runs, and does something after the folders were walked and before their files are read.
fn between(folder: &Folder, arguments: &[&str], meanwhile: impl FnOnce()) -> Run {
    let first = folder.path().join("first.http");
    pipe(&first);
    let mut command = folder.command(&[&["check", "first.http"], arguments].concat());
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // The first input is being read: fewer than eight are read one after the other.
    let mut held = File::options().write(true).open(first).unwrap();
    meanwhile();
    held.write_all(b"nothing\n").unwrap();
    drop(held);
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { status: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

#[test]
fn a_file_that_vanishes_while_a_folder_is_walked_is_a_line() {
    let (folder, names) = with_files(3);
    let gone = folder.path().join(&names[1]);
    let run = between(&folder, &["in", "--format", "short"], || fs::remove_file(gone).unwrap());
    run.is(1, &["in/000.http:3:16: error", "in/002.http:3:16: error"]);
    assert_eq!(run.err, "note: in/001.http cannot be read: No such file or directory (os error 2)\n");
}

#[test]
fn a_file_that_becomes_something_else_while_a_folder_is_walked_is_a_line() {
    let (folder, names) = with_files(3);
    let path = |n: usize| folder.path().join(&names[n]);
    let run = between(&folder, &["in", "--format", "short", "--max-file-size", "1"], || {
        fs::remove_file(path(0)).unwrap();
        pipe(&path(0));
        fs::write(path(1), request("Bearer") + &" ".repeat(1 << 20)).unwrap();
        fs::remove_file(path(2)).unwrap();
        fs::create_dir(path(2)).unwrap();
    });
    run.is(
        0,
        &["note: in/000.http is no ordinary file", "in/001.http is larger than 1 MB", "in/002.http is no ordinary"],
    );
}

#[test]
fn a_file_that_changes_before_it_is_mended_is_left_alone() {
    let (folder, names) = with_files(2);
    pipe(&folder.path().join("later.http"));
    let mut command = folder.command(&["check", "--fix", "in", "later.http", "--format", "short"]);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // The files are read, and nothing is written before this input was read too.
    let held = File::options().write(true).open(folder.path().join("later.http")).unwrap();
    let other = request("Bearer") + "# of somebody else\n";
    folder.write(&names[0], &other);
    drop(held);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("in/000.http: was changed by another program meanwhile and was left alone"), "{said}");
    assert_eq!((read(&folder, &names[0]), read(&folder, &names[1])), (other, request("Basic")));
}

#[cfg(target_os = "linux")]
#[test]
fn devices_and_files_that_cannot_be_read_are_passed_over() {
    let folder = Folder::new();
    folder.write("a.http", request("Bearer"));
    // Permissions stop everybody but the superuser; reading this file fails for all.
    let list = "/dev/zero\n/dev/null\n/proc/self/mem\n/proc/self\na.http\n";
    let run = folder.pipe(list, &["check", "--files-from", "-", "--format", "short"]);
    run.is(1, &["a.http:3:16: error"]);
    let lines: Vec<&str> = run.err.lines().map(|line| line.split(": I").next().unwrap()).collect();
    let expected = [
        "note: /dev/zero is no ordinary file",
        "note: /dev/null is no ordinary file",
        "note: /proc/self/mem cannot be read",
        "note: /proc/self is no ordinary file",
    ];
    assert_eq!(lines, expected);
    // A device that is named is read, as far as any file is.
    folder.run(&["check", "/dev/null"]).is(0, &["in 1 file"]);
    folder.run(&["check", "/dev/zero", "--max-file-size", "1"]).is(0, &["/dev/zero is larger than 1 MB"]);
}

#[test]
fn links_that_lead_round_in_a_circle_end() {
    use std::os::unix::fs::symlink;

    let (folder, _) = with_files(1);
    let at = |name: &str| folder.path().join(name);
    symlink(".", at("in/self")).unwrap();
    symlink("b", at("in/a")).unwrap();
    symlink("a", at("in/b")).unwrap();
    symlink(folder.path(), at("in/up")).unwrap();
    for arguments in [&["in"][..], &["in", "--no-ignore"], &["in/self"], &["in/up"]] {
        let run = folder.run(&[&["check", "--format", "short"], arguments].concat());
        assert_eq!((run.status, run.out.lines().count(), run.err.as_str()), (1, 1, ""), "{arguments:?}: {run:#?}");
    }
    // Named, it is what it is: nothing that could be opened.
    folder.run(&["check", "in/a"]).is(2, &["there is no file `in/a`"]);
    folder.pipe("in/a\n", &["check", "--files-from", "-"]).is(0, &["note: in/a cannot be read"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_whose_name_is_no_text_is_mended() {
    let folder = Folder::new();
    let name = OsStr::from_bytes(b"caf\xe9 \n.http");
    fs::write(folder.path().join(name), request("Bearer")).unwrap();
    let path: &Path = name.as_ref();
    let named = finish(folder.command(&["check", "--fix"]).arg(path).stdin(Stdio::null()));
    named.is(0, &["1 fixed"]);
    assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), request("Basic"));
    fs::write(folder.path().join(name), request("Bearer")).unwrap();
    folder.run(&["check", "--fix", "."]).is(0, &["1 fixed"]);
    assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), request("Basic"));
}

#[test]
fn json_that_is_deep_or_wide_is_read_and_the_depth_is_said() {
    let folder = Folder::new();
    let deep = 100_000;
    folder.write("deep.json", format!("{{\"access_token\":\"x\",\"a\":{}1{}}}", "[".repeat(deep), "]".repeat(deep)));
    folder.run(&["check", "deep.json"]).is(1, &["brackets nested more than 128 deep", "help: send a flatter value"]);
    let members: String = (0..20_000).map(|n| format!("\"a{n}\":{n},")).collect();
    let token = "\"access_token\":\"eyJhbGciOiJub25lIn0.e30.\"";
    folder.write("wide.json", format!("{{{members}{token}}}"));
    folder.run(&["check", "wide.json"]).is(1, &["over 1 token response in 1 file", "payload/claims-empty"]);
}

#[test]
fn a_million_tokens_in_one_file_come_to_an_end() {
    let folder = Folder::new();
    let lines: String = (0..1_000_000).map(|n| format!("TOKEN=eyJhbGciOiJub25lIn0.e30.{n}\n")).collect();
    folder.write("a.env", lines);
    let run = folder.run(&["check", "a.env", "--format", "short"]);
    assert_eq!(run.status, 1, "{}", run.err);
    assert!(run.out.lines().count() < 10_000, "{}", run.out.lines().count());
}
