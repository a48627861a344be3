//! Where reports go: several formats in one run, each to standard output or a file of its own; the exit status is the same.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::disallowed_types)]

#[path = "common/process.rs"]
mod process;

use process::{Folder, Run};

/// A folder with a request in which each severity is found once.
fn folder() -> Folder {
    let folder = Folder::with_rules();
    folder.write("in.http", "GET / HTTP/1.1\r\nHost: a.example\r\nX-Flaw: error\r\n\r\n");
    folder.write("clean.http", "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
    folder
}

fn run(folder: &Folder, input: &str, arguments: &[&str]) -> Run {
    folder.run(&[&["check", input, "--rules", "rules", "--select", "mine/*"], arguments].concat())
}

fn read(folder: &Folder, name: &str) -> String {
    std::fs::read_to_string(folder.path().join(name)).unwrap()
}

fn names(folder: &Folder) -> Vec<String> {
    let entries = std::fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_report_in_a_file_is_the_one_of_standard_output() {
    for format in ["human", "short", "json", "jsonl", "sarif", "github", "gitlab", "junit", "markdown"] {
        let folder = folder();
        let shown = run(&folder, "in.http", &["--format", format]);
        assert_eq!((shown.status, shown.err.as_str()), (1, ""), "{shown:#?}");
        for arguments in [&["--format", format, "--output", "out"][..], &["--format", &format!("{format}=out")]] {
            let written = run(&folder, "in.http", arguments);
            assert_eq!((written.status, written.all().as_str()), (1, ""), "{arguments:?}");
            assert_eq!(read(&folder, "out"), shown.out, "{arguments:?}");
        }
        assert_eq!(run(&folder, "clean.http", &["--format", format, "--output", "out"]).is(0, &[]).all(), "");
        assert_eq!(names(&folder), ["clean.http", "in.http", "out", "rules"], "nothing is left behind");
    }
}

#[test]
fn several_formats_are_written_in_one_run() {
    let folder = folder();
    let both = ["--format", "sarif=out.sarif", "--format", "short", "--format", "junit=./out.xml"];
    let shown = run(&folder, "in.http", &both);
    assert_eq!(shown.is(1, &[]).out, run(&folder, "in.http", &["--format", "short"]).out);
    assert!(read(&folder, "out.sarif").starts_with("{\"$schema\""));
    assert!(read(&folder, "out.xml").starts_with("<testsuites"));
    let one_left = run(&folder, "in.http", &["--format", "sarif=a", "--format", "human", "--output", "b"]);
    assert_eq!(one_left.is(1, &[]).all(), "");
    assert!(read(&folder, "b").contains("error[mine/error]"));
}

#[test]
fn a_report_that_cannot_be_written_is_said_before_anything_is_read() {
    let folder = folder();
    let help = "make the folder, or name a file in one that is there";
    for arguments in [&["--output", "gone/out"][..], &["--format", "sarif=gone/out"], &["--format", "json=gone/out"]] {
        let missing = run(&folder, "in.http", arguments);
        missing.is(2, &["there is no folder `gone` for the report `gone/out`", help]);
        assert_eq!(missing.out, "", "{arguments:?}");
    }
    run(&folder, "in.http", &["--format", "sarif="]).is(2, &["a report has a file without a name"]);
    let json = run(&folder, "in.http", &["--format", "sarif=gone/out", "--format", "json"]);
    assert!(json.is(2, &["\"errors\":[{\"message\":\"there is no folder"]).err.is_empty());
    assert_eq!(names(&folder), ["clean.http", "in.http", "rules"]);
}

#[test]
fn two_formats_need_two_places() {
    let folder = folder();
    for (arguments, words) in [
        (&["--format", "human", "--format", "json"][..], "two formats are to be written to standard output"),
        (&["--format", "json=a", "--format", "sarif=a"], "two formats are to be written to `a`"),
        (&["--format", "json=a", "--output", "b"], "--output is for the one format that has no file of its own"),
        (&["--format", "json", "--format", "short", "--output", "b"], "--output is for the one format"),
    ] {
        run(&folder, "in.http", arguments).is(2, &[words, "--format sarif=out.sarif"]);
    }
    run(&folder, "in.http", &["--format", "yaml=a"]).is(2, &["invalid value 'yaml'", "sarif"]);
    assert_eq!(names(&folder), ["clean.http", "in.http", "rules"]);
}

#[test]
fn what_cannot_be_done_is_in_the_report_and_on_standard_error() {
    let folder = folder();
    for format in ["sarif", "junit", "markdown"] {
        let both = run(&folder, "in.http", &["gone.http", "--format", format, "--output", "out"]);
        assert!(both.is(2, &[]).err.contains("gone.http"), "{both:#?}");
        assert!(read(&folder, "out").contains("gone.http") && read(&folder, "out").contains("mine/error"));
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_is_there_is_replaced_whole_or_left_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let mode = |name: &str| std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
    let set = |name: &str, mode| {
        std::fs::set_permissions(folder.path().join(name), PermissionsExt::from_mode(mode)).unwrap();
    };
    let short = ["--format", "short", "--output"];
    let to = |name: &str| run(&folder, "in.http", &[&short[..], &[name]].concat());
    to("new").is(1, &[]);
    assert_eq!(mode("new") & 0o600, 0o600);
    assert_eq!(mode("new"), mode("in.http"), "as any new file: others may have to read it");
    folder.write(
        "old",
        "what was there before, which is much longer than the report and would show behind it\n".repeat(9),
    );
    set("old", 0o640);
    std::os::unix::fs::symlink("old", folder.path().join("link")).unwrap();
    to("link").is(1, &[]);
    assert!(read(&folder, "old").lines().count() == 1 && mode("old") == 0o640);
    assert!(std::fs::symlink_metadata(folder.path().join("link")).unwrap().is_symlink());
    set("old", 0o444);
    let before = read(&folder, "old");
    to("old").is(2, &["the report is read-only and was not changed"]);
    assert_eq!(read(&folder, "old"), before);
    to("rules").is(2, &["the report cannot be written", "name a file that can be written"]);
    assert_eq!(to("/dev/null").is(1, &[]).all(), "");
    let names = names(&folder);
    assert_eq!(names, ["clean.http", "in.http", "link", "new", "old", "rules"], "nothing is left behind");
}
