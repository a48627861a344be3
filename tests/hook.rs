//! `tokenlint hook`: with the real git, in repositories of their own.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::disallowed_types)]

#[path = "common/process.rs"]
mod process;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use process::{Folder, Run, finish};

/// A hook that says that it ran, and ends with the status in `status`, if that is there.
const OTHER: &str = "#!/bin/sh\necho \"the other hook, $# arguments\"\ntest ! -e stop || exit 3\n";
const CLEAN: &str = "curl https://api.example.com/me -H \"Authorization: Bearer $TOKEN\"\n";
const WRONG: &str = "curl https://api.example.com/me -H \"Authorization: Bearer Bearer $TOKEN\"\n";

/// In a repository `r` of this folder, with nothing of the user's own configuration.
fn inside(folder: &Folder, mut command: Command) -> Run {
    let path = std::env::var("PATH").unwrap();
    command.env_clear().env("PATH", path).env("HOME", folder.path()).env("GIT_CONFIG_NOSYSTEM", "1");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "a").env(format!("GIT_{who}_EMAIL"), "a@example.com");
    }
    finish(&mut command)
}

fn git(folder: &Folder, place: &str, arguments: &[&str]) -> Run {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(folder.path().join(place));
    inside(folder, command)
}

fn hook(folder: &Folder, place: &str, what: &str) -> Run {
    let mut command = folder.command(&["hook", what]);
    command.current_dir(folder.path().join(place));
    inside(folder, command)
}

fn repository() -> Folder {
    let folder = Folder::new();
    git(&folder, ".", &["init", "-q", "r"]).is(0, &[]);
    fs::create_dir_all(folder.path().join("r/.git/hooks")).unwrap();
    folder
}

fn write_hook(folder: &Folder, name: &str, text: &str, mode: u32) {
    let file = folder.write(name, text);
    fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
}

fn exists(folder: &Folder, name: &str) -> bool {
    fs::symlink_metadata(folder.path().join(name)).is_ok()
}

fn read(folder: &Folder, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

/// Commits this text as `a.sh`.
fn commit(folder: &Folder, place: &str, text: &str) -> Run {
    folder.write(&format!("{place}/a.sh"), text);
    git(folder, place, &["add", "a.sh"]).is(0, &[]);
    git(folder, place, &["commit", "-q", "-m", "x"])
}

#[test]
fn it_comes_and_goes() {
    let folder = repository();
    folder.write("r/sub/file", "");
    hook(&folder, "r/sub", "install").is(0, &["installed ", "r/.git/hooks/pre-commit: "]);
    let mode = fs::metadata(folder.path().join("r/.git/hooks/pre-commit")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o755);
    assert!(read(&folder, "r/.git/hooks/pre-commit").contains(env!("CARGO_BIN_EXE_tokenlint")));
    hook(&folder, "r", "install").is(0, &["was there already"]);
    hook(&folder, "r", "uninstall").is(0, &["removed "]);
    assert!(!exists(&folder, "r/.git/hooks/pre-commit"));
    hook(&folder, "r", "uninstall").is(0, &["there is no hook of tokenlint here"]);
}

#[test]
fn a_commit_with_a_mistake_is_stopped_and_a_clean_one_passes_quietly() {
    let folder = repository();
    hook(&folder, "r", "install").is(0, &[]);
    let stopped = commit(&folder, "r", WRONG);
    let mends = "`tokenlint check --fix --staged` mends what is certain";
    stopped.is(1, &["error[header/scheme-doubled]", "a.sh:1:", mends, "`git commit --no-verify` commits all the same"]);
    let mut fix = folder.command(&["check", "--fix", "--staged"]);
    fix.current_dir(folder.path().join("r"));
    inside(&folder, fix).is(1, &["1 fix made in the file a.sh: look at it, and `git add` it again"]);
    assert_eq!(read(&folder, "r/a.sh"), CLEAN);
    assert_eq!(commit(&folder, "r", CLEAN).is(0, &[]).all(), "");
    commit(&folder, "r", WRONG).is(1, &[]);
    git(&folder, "r", &["commit", "-q", "--no-verify", "-m", "x"]).is(0, &[]);
    // What is staged counts, not what the folder holds.
    folder.write("r/a.sh", CLEAN.repeat(2));
    git(&folder, "r", &["add", "a.sh"]).is(0, &[]);
    folder.write("r/a.sh", CLEAN.repeat(2) + WRONG);
    git(&folder, "r", &["commit", "-q", "-m", "x"]).is(0, &[]);
    for more in ["-a", "a.sh"] {
        git(&folder, "r", &["commit", "-q", "-m", "x", more]).is(1, &["a.sh:3:"]);
    }
    // A new name, a link, a file that goes, and one that is no text.
    folder.write("r/a.sh", CLEAN.repeat(2));
    git(&folder, "r", &["mv", "a.sh", "b c.sh"]).is(0, &[]);
    std::os::unix::fs::symlink("b c.sh", folder.path().join("r/link")).unwrap();
    folder.write("r/picture", b"\x89PNG\0");
    git(&folder, "r", &["add", "link", "picture"]).is(0, &[]);
    assert_eq!(git(&folder, "r", &["commit", "-q", "-m", "x"]).is(0, &[]).all(), "");
}

#[test]
fn a_hook_that_is_there_is_kept_runs_first_and_comes_back() {
    let folder = repository();
    write_hook(&folder, "r/.git/hooks/pre-commit", OTHER, 0o755);
    hook(&folder, "r", "install").is(0, &["pre-commit.before-tokenlint and runs first"]);
    assert_eq!(read(&folder, "r/.git/hooks/pre-commit.before-tokenlint"), OTHER);
    commit(&folder, "r", CLEAN).is(0, &["the other hook, 0 arguments"]);
    let both = commit(&folder, "r", WRONG);
    both.is(1, &["the other hook", "error[header/scheme-doubled]"]);
    folder.write("r/stop", "");
    let first = commit(&folder, "r", WRONG);
    assert!(!first.is(1, &["the other hook"]).all().contains("error["), "{first:#?}");
    hook(&folder, "r", "install").is(0, &["was there already"]);
    assert_eq!(read(&folder, "r/.git/hooks/pre-commit.before-tokenlint"), OTHER);
    hook(&folder, "r", "uninstall").is(0, &["is the one that was there before"]);
    assert_eq!(read(&folder, "r/.git/hooks/pre-commit"), OTHER);
    assert!(!exists(&folder, "r/.git/hooks/pre-commit.before-tokenlint"));
}

#[test]
fn what_git_would_not_run_is_not_run_and_windows_line_ends_are_kept() {
    let folder = repository();
    let windows = OTHER.replace('\n', "\r\n");
    write_hook(&folder, "r/.git/hooks/pre-commit", &windows, 0o644);
    hook(&folder, "r", "install").is(0, &["Windows line ends"]);
    assert_eq!(read(&folder, "r/.git/hooks/pre-commit.before-tokenlint"), windows);
    assert_eq!(commit(&folder, "r", CLEAN).is(0, &[]).all(), "");
    // Ours, checked out on Windows: still ours.
    let ours = read(&folder, "r/.git/hooks/pre-commit").replace('\n', "\r\n");
    write_hook(&folder, "r/.git/hooks/pre-commit", &ours, 0o755);
    hook(&folder, "r", "install").is(0, &["was there already"]);
    assert!(!read(&folder, "r/.git/hooks/pre-commit").contains('\r'));
    hook(&folder, "r", "uninstall").is(0, &[]);
    assert_eq!(read(&folder, "r/.git/hooks/pre-commit"), windows);
    let mode = fs::metadata(folder.path().join("r/.git/hooks/pre-commit")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644);
}

#[test]
fn a_link_stays_a_link() {
    let folder = repository();
    write_hook(&folder, "r/tools/check", OTHER, 0o755);
    let hooks = folder.path().join("r/.git/hooks");
    std::os::unix::fs::symlink("../../tools/check", hooks.join("pre-commit")).unwrap();
    hook(&folder, "r", "install").is(0, &["runs first"]);
    commit(&folder, "r", CLEAN).is(0, &["the other hook"]);
    hook(&folder, "r", "uninstall").is(0, &[]);
    assert_eq!(fs::read_link(hooks.join("pre-commit")).unwrap(), Path::new("../../tools/check"));
    assert_eq!(read(&folder, "r/tools/check"), OTHER);
}

#[test]
fn the_hook_of_somebody_else_is_left_alone() {
    let folder = repository();
    hook(&folder, "r", "install").is(0, &[]);
    write_hook(&folder, "r/.git/hooks/pre-commit", OTHER, 0o755);
    hook(&folder, "r", "uninstall").is(2, &["is not the hook of tokenlint and was left alone"]);
    write_hook(&folder, "r/.git/hooks/pre-commit.before-tokenlint", "mine", 0o755);
    hook(&folder, "r", "install").is(2, &["make one hook of the two by hand"]);
    assert_eq!(read(&folder, "r/.git/hooks/pre-commit"), OTHER);
    assert_eq!(read(&folder, "r/.git/hooks/pre-commit.before-tokenlint"), "mine");
}

#[test]
fn what_another_tool_moved_away_is_found_again() {
    // pre-commit, installed after ours, keeps it as `.legacy` and runs it; lefthook keeps it as `.old`.
    for name in ["pre-commit.legacy", "pre-commit.old"] {
        let folder = repository();
        hook(&folder, "r", "install").is(0, &[]);
        let moved = folder.path().join("r/.git/hooks").join(name);
        fs::rename(folder.path().join("r/.git/hooks/pre-commit"), &moved).unwrap();
        write_hook(&folder, "r/.git/hooks/pre-commit", OTHER, 0o755);
        hook(&folder, "r", "uninstall").is(0, &["removed ", name]);
        assert!(!moved.exists());
        assert_eq!(read(&folder, "r/.git/hooks/pre-commit"), OTHER);
        // Installed twice, in front of the other tool and behind it.
        hook(&folder, "r", "install").is(0, &["runs first"]);
        fs::copy(folder.path().join("r/.git/hooks/pre-commit"), &moved).unwrap();
        hook(&folder, "r", "uninstall").is(0, &["is the one that was there before"]);
        assert!(!moved.exists());
        assert_eq!(read(&folder, "r/.git/hooks/pre-commit"), OTHER);
    }
}

#[test]
fn lefthook_is_told_apart() {
    let folder = repository();
    write_hook(&folder, "r/.git/hooks/pre-commit", "#!/bin/sh\ncall_lefthook run \"pre-commit\" \"$@\"\n", 0o755);
    hook(&folder, "r", "install").is(0, &["runs first", "put `run: tokenlint hook run` into lefthook.yml"]);
}

#[test]
fn a_commit_that_cannot_be_checked_says_how_to_go_on() {
    let folder = repository();
    hook(&folder, "r", "install").is(0, &[]);
    folder.write("r/tokenlint.toml", "selct = []\n");
    commit(&folder, "r", CLEAN)
        .is(1, &["there is no key `selct` here", "nothing was committed; `git commit --no-verify`"]);
    fs::remove_file(folder.path().join("r/tokenlint.toml")).unwrap();
    let text = read(&folder, "r/.git/hooks/pre-commit").replace(env!("CARGO_BIN_EXE_tokenlint"), "gone");
    write_hook(&folder, "r/.git/hooks/pre-commit", &text, 0o755);
    commit(&folder, "r", CLEAN)
        .is(1, &["error: tokenlint cannot be found", "`git commit --no-verify`", ".git/hooks/pre-commit"]);
}

#[test]
fn a_hook_that_runs_ours_again_makes_no_circle() {
    let folder = repository();
    write_hook(&folder, "r/.git/hooks/pre-commit", "#!/bin/sh\necho it ran\nexec .git/hooks/pre-commit\n", 0o755);
    hook(&folder, "r", "install").is(0, &[]);
    let run = commit(&folder, "r", WRONG);
    assert_eq!(run.is(1, &[]).all().matches("it ran").count(), 1, "{run:#?}");
}

#[test]
fn hooks_path_is_obeyed() {
    let folder = repository();
    let set = |place: &str, path: &str| git(&folder, "r", &["config", place, "core.hooksPath", path]).is(0, &[]).status;
    set("--local", ".githooks");
    hook(&folder, "r", "install").is(0, &["r/.githooks/pre-commit", "commit the hook for everybody"]);
    assert!(!read(&folder, "r/.githooks/pre-commit").contains(env!("CARGO_BIN_EXE_tokenlint")), "it may be committed");
    assert!(!exists(&folder, "r/.git/hooks/pre-commit"));
    hook(&folder, "r", "uninstall").is(0, &["removed"]);
    set("--local", ".git/hooks");
    hook(&folder, "r", "install").is(0, &["r/.git/hooks/pre-commit"]);
    assert!(read(&folder, "r/.git/hooks/pre-commit").contains(env!("CARGO_BIN_EXE_tokenlint")));
    for husky in [".husky/_", ".husky"] {
        set("--local", husky);
        write_hook(&folder, &format!("r/{husky}/pre-commit"), "npx tokenlint hook run\n", 0o755);
        hook(&folder, "r", "install").is(2, &["put the line `tokenlint hook run` into `.husky/pre-commit`"]);
        hook(&folder, "r", "uninstall").is(2, &["husky's", "take that line out of `.husky/pre-commit`"]);
    }
    set("--local", "/dev/null");
    hook(&folder, "r", "install").is(2, &["hooks are switched off here"]);
    git(&folder, "r", &["config", "--unset", "core.hooksPath"]).is(0, &[]);
    set("--global", "~/all hooks");
    hook(&folder, "r", "install").is(0, &["/all hooks/pre-commit", "for all repositories"]);
    commit(&folder, "r", WRONG).is(1, &["error["]);
}

#[test]
fn worktrees_and_submodules_have_their_hook() {
    let folder = repository();
    commit(&folder, "r", CLEAN).is(0, &[]);
    git(&folder, "r", &["worktree", "add", "-q", "../tree"]).is(0, &[]);
    hook(&folder, "tree", "install").is(0, &["r/.git/hooks/pre-commit"]);
    commit(&folder, "tree", WRONG).is(1, &["error["]);
    git(&folder, ".", &["init", "-q", "super"]).is(0, &[]);
    let source = folder.path().join("r");
    let add = ["-c", "protocol.file.allow=always", "submodule", "add", "-q", source.to_str().unwrap(), "sub"];
    git(&folder, "super", &add).is(0, &[]);
    hook(&folder, "super/sub", "install").is(0, &["/super/.git/modules/sub/hooks/pre-commit"]);
    commit(&folder, "super/sub", WRONG).is(1, &["error["]);
}

#[test]
fn where_nobody_commits_there_is_no_hook() {
    let folder = repository();
    hook(&folder, ".", "install").is(2, &["this folder is in no git repository", "help: go to the repository"]);
    git(&folder, ".", &["init", "-q", "--bare", "bare"]).is(0, &[]);
    for what in ["install", "uninstall"] {
        hook(&folder, "bare", what).is(2, &["this is a bare repository"]);
    }
    let mut without_git = folder.command(&["hook", "install"]);
    finish(without_git.env("PATH", folder.path())).is(2, &["there is no program `git`", "help: install git"]);
    folder.run(&["hook"]).is(2, &["install", "uninstall", "run"]);
}
