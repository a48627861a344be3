//! Many inputs at once: folders and lists of files.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::disallowed_types)]

#[path = "common/process.rs"]
mod process;

use process::Folder;

const MINE: [&str; 8] = ["--as", "header", "--rules", "rules", "--select", "mine/*", "--format", "short"];

#[test]
fn many_files_are_told_of_in_order_whoever_finishes_first() {
    let folder = Folder::with_rules();
    let names: Vec<String> = (0..60).map(|n| format!("in/{:02}/{n:02}.txt", n % 7)).collect();
    for (n, name) in names.iter().enumerate() {
        folder.write(name, "X-Other: a\n".repeat(n % 13 * 20) + "X-Flaw: error");
    }
    let mut sorted = names.clone();
    sorted.sort();
    let run = folder.run(&[&["check", "in"], &MINE[..]].concat());
    let told: Vec<&str> = run.out.lines().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(told, sorted);
    let backwards: Vec<&str> = names.iter().rev().map(String::as_str).collect();
    let run = folder.run(&[&["check"], &backwards[..], &MINE[..]].concat());
    let told: Vec<&str> = run.out.lines().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(told, backwards, "files given by name keep their order");
}

#[test]
fn what_is_wrong_with_a_key_is_said_once() {
    let folder = Folder::new();
    let jwk = r#"{"kty":"oct","use":"sig","key_ops":["encrypt"],"k":"cTdSazJWeE45cEx3VDRzWWI4WmRHZjNIakM2bVh2RTE"}"#;
    folder.write("key.json", jwk);
    let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJlLW9mLXRoaXJ0eS10d28tYnl0ZXMtMDA";
    for name in ["a.jwt", "b.jwt", "c.jwt"] {
        folder.write(name, token);
    }
    let arguments = ["check", "a.jwt", "b.jwt", "c.jwt", "--key", "key.json", "--format", "short"];
    let run = folder.run(&arguments);
    let of_key = run.out.lines().filter(|line| line.starts_with("<key 1>")).count();
    let alone = folder.run(&["check", "a.jwt", "--key", "key.json", "--format", "short"]);
    assert!(of_key > 0, "{run:#?}");
    assert_eq!(of_key, alone.out.lines().filter(|line| line.starts_with("<key 1>")).count(), "{run:#?}");
}

#[test]
fn each_file_is_judged_alone() {
    let folder = Folder::new();
    folder.write("a/request.http", "GET /v1/me HTTP/1.1\nHost: api.example.com\n\n");
    folder.write("a/notes.txt", "nothing that could be a token\n");
    let run = folder.run(&["check", "a"]);
    run.is(0, &["1 request in 2 files"]);
}

/// A request whose token is in the wrong scheme.
const WRONG: &str = "GET /v1/me HTTP/1.1\nHost: api.example.com\nAuthorization: Bearer Bearer x\n\n";

#[test]
fn what_a_killed_run_left_behind_is_no_input() {
    let folder = Folder::new();
    folder.write("a/request.http", WRONG);
    folder.write("a/.tokenlint-Ab3dE9.tmp", WRONG);
    let run = folder.run(&["check", "a", "--format", "short"]);
    assert!(run.is(1, &["a/request.http"]).out.lines().all(|line| !line.contains(".tokenlint-")), "{run:#?}");
    folder.run(&["check", "a/.tokenlint-Ab3dE9.tmp"]).is(1, &["Bearer Bearer"]);
}

#[test]
fn files_are_taken_from_a_list_whatever_ends_their_names() {
    let folder = Folder::with_rules();
    for name in ["a b.txt", "c.txt", "d.txt"] {
        folder.write(name, "X-Flaw: error");
    }
    let told = |run: &process::Run| -> Vec<String> {
        run.out.lines().map(|line| line.split(':').next().unwrap().to_owned()).collect()
    };
    let check = [&["check", "--files-from", "-"], &MINE[..]].concat();
    let run = folder.pipe("d.txt\r\na b.txt\n\n", &check);
    assert_eq!(told(&run), ["d.txt", "a b.txt"], "{run:#?}");
    let run = folder.pipe("a b.txt\0c.txt\0", &check);
    assert_eq!(told(&run), ["a b.txt", "c.txt"], "{run:#?}");
    // What git says was deleted is gone.
    let run = folder.pipe("gone.txt\nc.txt\n", &check);
    assert_eq!(told(&run), ["c.txt"], "{run:#?}");
    run.is(1, &["note: gone.txt cannot be read"]);
    folder.write("list", "c.txt\n");
    folder.run(&[&["check", "--files-from", "list"], &MINE[..]].concat()).is(1, &["c.txt"]);
    folder.run(&["check", "--files-from", "no-list"]).is(2, &["no-list: cannot be read", "help: check that it exists"]);
    folder.pipe("", &["check", "--files-from", "-"]).is(0, &["there is nothing to look at"]);
}

#[test]
fn what_is_ignored_is_not_read_and_environment_files_are_counted() {
    let folder = Folder::new();
    folder.write("a/.gitignore", ".env*\nbuild/\n");
    folder.write("a/.tokenlintignore", "old.http\n");
    for name in ["a/.env", "a/deep/.env.local", "a/build/x.http", "a/old.http", "a/.hidden/y.http"] {
        folder.write(name, WRONG);
    }
    let run = folder.run(&["check", "a"]);
    run.is(1, &["a/.hidden/y.http", "2 .env files ignored and not read", "in 3 files"]);
    assert!(!run.out.contains("a/build") && !run.out.contains("old.http"), "{run:#?}");
    folder.run(&["check", "a", "-v"]).is(1, &["note: a/deep/.env.local is ignored and was not read"]);
    let run = folder.run(&["check", "a", "--no-ignore"]);
    run.is(1, &["a/build/x.http", "a/old.http", "in 7 files"]);
    assert!(!run.out.contains("ignored and not read"), "{run:#?}");
    // Whatever they are called; a folder of that name is none.
    for name in ["a/.env.preview", "a/.envrc", "a/deep/.env.ci.example", "a/deep/.env.d/x.http"] {
        folder.write(name, WRONG);
    }
    folder.run(&["check", "a"]).is(1, &["5 .env files ignored and not read", "in 3 files"]);
}

#[cfg(unix)]
#[test]
fn what_was_passed_over_and_why_is_said_to_who_asks() {
    use std::os::unix::fs::symlink;

    let folder = Folder::new();
    folder.write("tokenlint.toml", "exclude = ['/a/vendor']\n");
    folder.write("a/.gitignore", ".env*\nbuild/\n");
    folder.write("a/.tokenlintignore", "old.http\n");
    for name in ["a/.env", "a/build/x.http", "a/old.http", "a/vendor/v.http", "a/deep/.git/config", "a/in.txt"] {
        folder.write(name, "nothing");
    }
    folder.write("a/binary.txt", "\0");
    symlink("in.txt", folder.path().join("a/link.txt")).unwrap();
    symlink("..", folder.path().join("a/loop")).unwrap();
    symlink("in.txt", folder.path().join("a/.env.link")).unwrap();
    process::pipe(&folder.path().join("a/pipe"));
    let run = folder.run(&["check", "a", "-v"]);
    let expected = [
        "note: a/.env is ignored and was not read",
        "note: a/.env.link is ignored and was not read",
        "note: a/build/ is ignored and was not read",
        "note: a/link.txt is a link and was not followed",
        "note: a/loop is a link and was not followed",
        "note: a/old.http is ignored and was not read",
        "note: a/pipe is no ordinary file and was not read",
        "note: a/vendor/v.http is excluded by the configuration and was not read",
        "note: a/binary.txt is no text and was not checked",
    ];
    assert_eq!(run.err.lines().collect::<Vec<_>>(), expected);
    run.is(0, &["1 .env file ignored"]);
    let run = folder.run(&["check", "a"]);
    assert_eq!(run.is(0, &["1 .env file ignored"]).err, "");
    symlink("a", folder.path().join("b")).unwrap();
    let run = folder.run(&["check", "b"]);
    assert_eq!(run.is(0, &["in 4 files"]).err, "", "a link that is named is followed");
}

#[test]
fn what_is_too_large_or_no_text_is_passed_over() {
    let folder = Folder::new();
    folder.write("a/large.http", WRONG.to_owned() + &" ".repeat(1 << 20));
    folder.write("a/binary.http", [WRONG.as_bytes(), b"\0"].concat());
    folder.write("a/latin.http", [WRONG.as_bytes(), b"\xe9"].concat());
    let run = folder.run(&["check", "a", "--max-file-size", "1"]);
    run.is(0, &["note: a/large.http is larger than 1 MB and was not checked"]);
    assert!(!run.err.contains("binary"), "{run:#?}");
    let names = ["a/binary.http is no text", "a/latin.http is no text"];
    folder.run(&["check", "a", "--max-file-size", "1", "-v"]).is(0, &names);
    // Who names a file is told so too, and who pipes it in has nothing else that could be checked.
    let run = folder.run(&["check", "a/large.http", "--max-file-size", "1"]);
    run.is(0, &["note: a/large.http is larger than 1 MB", "or raise --max-file-size", "nothing was checked"]);
    let run = folder.pipe(" ".repeat((1 << 20) + 1), &["check", "-", "--max-file-size", "1"]);
    run.is(2, &["<stdin>: is larger than 1 MB", "raise --max-file-size"]);
    folder.run(&["check", "a/large.http"]).is(1, &["header/scheme-doubled"]);
}

#[test]
fn a_folder_without_files_says_so() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    folder.run(&["check", "empty"]).is(0, &["there is nothing to look at", "no findings · nothing was checked\n"]);
}

#[cfg(unix)]
#[test]
fn links_pipes_and_strange_names_do_no_harm() {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    let folder = Folder::new();
    folder.write("outside.http", WRONG);
    folder.write("a/in.http", WRONG);
    symlink("..", folder.path().join("a/loop")).unwrap();
    symlink("../outside.http", folder.path().join("a/out.http")).unwrap();
    symlink("nowhere", folder.path().join("a/dangling.http")).unwrap();
    process::pipe(&folder.path().join("a/pipe.http"));
    std::fs::write(folder.path().join("a").join(std::ffi::OsStr::from_bytes(b"\xff.http")), WRONG).unwrap();
    let run = folder.run(&["check", "a", "--format", "short"]);
    let names: Vec<&str> = run.out.lines().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(names, ["a/in.http", "a/\u{fffd}.http"], "{run:#?}");
    folder.pipe("a/pipe.http\n", &["check", "--files-from", "-"]).is(0, &["a/pipe.http is no ordinary file"]);
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_is_a_line_in_a_walk() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new();
    let file = folder.write("a/closed.http", WRONG);
    folder.write("a/open.http", WRONG);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o000)).unwrap();
    // The superuser reads everything.
    let is_closed = std::fs::read(&file).is_err();
    let run = folder.run(&["check", "a"]);
    run.is(1, &["a/open.http"]);
    assert_eq!(run.err.contains("note: a/closed.http cannot be read"), is_closed, "{run:#?}");
    let named = folder.run(&["check", "a/closed.http"]);
    assert_eq!(named.status, if is_closed { 2 } else { 1 }, "{named:#?}");
}

#[test]
fn a_file_that_is_meant_twice_is_looked_at_once() {
    let folder = Folder::new();
    folder.write("a/one.http", WRONG);
    for arguments in [["a/one.http", "./a/one.http"], ["a", "a/one.http"], ["a/one.http", "a"], ["a", "a"]] {
        let run = folder.run(&["check", arguments[0], arguments[1], "--now", "none", "--format", "short"]);
        assert_eq!(run.out.lines().count(), 1, "{arguments:?}: {run:#?}");
    }
    folder.run(&["check", "--fix", "a", "a/one.http"]).is(0, &["1 fixed"]);
}
