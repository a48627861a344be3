//! What is staged in git, with the real git in repositories of their own.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::disallowed_types)]

#[path = "common/process.rs"]
mod process;

use std::process::{Command, Stdio};

use std::path::Path;

use process::{Folder, Run, finish};

/// Request lines with and without the flaw that the rules of [`Folder::with_rules`] find.
const BAD: &str = "X-Flaw: error\n";
const GOOD: &str = "X-Flaw: none\n";

/// A repository beside a folder with rules.
struct Repo(Folder);

impl Repo {
    fn new() -> Self {
        let repo = Self(Folder::with_rules());
        repo.write("repo/.keep", "");
        repo.git(&["init", "-q", "-b", "main"]);
        repo
    }

    /// A repository whose first commit holds these files.
    fn with(files: &[(&str, &str)]) -> Self {
        let repo = Self::new();
        repo.commit(files);
        repo
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        self.0.write(name, text);
    }

    /// Writes files, stages everything, and commits it.
    fn commit(&self, files: &[(&str, &str)]) {
        for (name, text) in files {
            self.write(&format!("repo/{name}"), text);
        }
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", "a commit"]);
    }

    /// A command in a folder of this test, with git at hand and no configuration of this machine.
    fn at<'c>(&self, command: &'c mut Command, folder: &str) -> &'c mut Command {
        command.current_dir(self.0.path().join(folder)).stdin(Stdio::null());
        command.env_clear().envs(std::env::var_os("SystemRoot").map(|root| ("SystemRoot", root)));
        command.env("PATH", std::env::var_os("PATH").unwrap());
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        command.env("GIT_CEILING_DIRECTORIES", self.0.path());
        for (name, value) in [("AUTHOR", "A"), ("COMMITTER", "C")] {
            command.env(format!("GIT_{name}_NAME"), value).env(format!("GIT_{name}_EMAIL"), "a@example.com");
        }
        command
    }

    /// Runs git, which may fail.
    fn tried(&self, folder: &str, arguments: &[&str]) -> Run {
        finish(self.at(Command::new("git").args(arguments), folder))
    }

    #[track_caller]
    fn git(&self, arguments: &[&str]) -> String {
        let run = self.tried("repo", arguments);
        assert_eq!(run.status, 0, "git {arguments:?}: {run:#?}");
        run.out
    }

    /// `check`, ready to be run in a folder of this test.
    fn check(&self, folder: &str, arguments: &[&str]) -> Command {
        let rules = self.0.path().join("rules");
        let mut command = self.0.command(&["check", "--as", "header", "--select", "mine/*", "--rules"]);
        self.at(command.arg(rules).args(arguments), folder);
        command
    }

    /// Where `check --staged` finds something.
    #[track_caller]
    fn staged(&self, folder: &str, arguments: &[&str]) -> Vec<String> {
        let arguments = [&["--staged", "--format", "short"], arguments].concat();
        let run = finish(&mut self.check(folder, &arguments));
        let found = places(&run);
        assert_eq!(run.status, i32::from(!found.is_empty()), "{run:#?}");
        found
    }
}

/// The files and lines of the findings.
fn places(run: &Run) -> Vec<String> {
    let lines = run.out.lines().filter(|line| line.contains("mine/error"));
    let places = lines.map(|line| line.split(": ").next().unwrap());
    places.map(|place| place.rsplit_once(':').unwrap().0.to_owned()).collect()
}

#[test]
fn the_index_is_checked_and_not_the_working_tree() {
    let repo = Repo::with(&[("a.http", GOOD), ("old.http", BAD)]);
    assert_eq!(repo.staged("repo", &[]), [""; 0], "what was committed before is not looked at");
    repo.write("repo/a.http", BAD);
    repo.write("repo/untracked.http", BAD);
    assert_eq!(repo.staged("repo", &[]), [""; 0], "nothing is staged yet");
    repo.git(&["add", "a.http"]);
    repo.write("repo/a.http", GOOD);
    assert_eq!(repo.staged("repo", &[]), ["a.http:1"], "the mistake is staged, whatever the file holds now");
    std::fs::remove_file(repo.0.path().join("repo/a.http")).unwrap();
    assert_eq!(repo.staged("repo", &[]), ["a.http:1"]);
}

#[test]
fn nothing_staged_is_said_and_is_no_mistake() {
    let repo = Repo::with(&[("a.http", BAD)]);
    let run = finish(&mut repo.check("repo", &["--staged"]));
    run.is(0, &["note: nothing is staged"]);
    assert_eq!(run.err.lines().count(), 1, "{run:#?}");
    assert_eq!(run.out, "no findings · nothing was checked\n");
}

#[test]
fn the_first_commit_is_checked() {
    let repo = Repo::new();
    repo.write("repo/a.http", BAD);
    assert_eq!(repo.staged("repo", &[]), [""; 0]);
    repo.git(&["add", "a.http"]);
    assert_eq!(repo.staged("repo", &[]), ["a.http:1"]);
}

#[test]
fn names_open_from_where_the_user_stands() {
    let repo = Repo::with(&[("deep/er/keep", ""), ("other/keep", "")]);
    for name in ["top.http", "deep/er/here.http", "other/there.http"] {
        repo.write(&format!("repo/{name}"), BAD);
    }
    repo.git(&["add", "-A"]);
    assert_eq!(repo.staged("repo", &[]), ["deep/er/here.http:1", "other/there.http:1", "top.http:1"]);
    let from_below = repo.staged("repo/deep/er", &[]);
    assert_eq!(from_below, ["here.http:1", "../../other/there.http:1", "../../top.http:1"]);
    for place in from_below {
        let name = place.strip_suffix(":1").unwrap();
        assert!(repo.0.path().join("repo/deep/er").join(name).exists(), "{name}");
    }
    assert_eq!(repo.staged("repo", &["deep", "top.http"]), ["deep/er/here.http:1", "top.http:1"]);
    assert_eq!(repo.staged("repo/deep", &["er"]), ["er/here.http:1"]);
    assert_eq!(repo.staged("repo", &["./other"]), ["other/there.http:1"]);
    assert_eq!(repo.staged("repo", &["other/keep"]), [""; 0], "it is there, and nothing of it is staged");
}

#[test]
fn renamed_copied_and_deleted_files_are_what_they_are_now() {
    let long = format!("{}{BAD}", "X-Other: a\n".repeat(50));
    let repo = Repo::with(&[("old.http", &long), ("gone.http", BAD)]);
    repo.git(&["config", "diff.renames", "copies"]);
    repo.git(&["mv", "old.http", "new.http"]);
    repo.git(&["rm", "-q", "gone.http"]);
    assert_eq!(repo.staged("repo", &[]), ["new.http:51"]);
    assert_eq!(repo.staged("repo", &["gone.http"]), [""; 0], "a name that is staged for deletion may be given");
}

#[test]
fn what_ignore_files_leave_out_is_not_checked_unless_it_is_named() {
    let repo = Repo::with(&[
        (".tokenlintignore", "samples/\n*.md\n"),
        ("in/samples/samples/.ignore", "old.http\n"),
        ("docs/.tokenlintignore", "!kept.md\n/docs/only.http\n"),
        (".gitignore", "forced.http\n"),
    ]);
    for name in ["samples/a.http", "in/samples/b.http", "docs/kept.md", "docs/left.md", "docs/docs/only.http"] {
        repo.write(&format!("repo/{name}"), BAD);
    }
    repo.write("repo/forced.http", BAD);
    repo.git(&["add", "-A"]);
    repo.git(&["add", "-f", "forced.http"]);
    assert_eq!(repo.staged("repo", &[]), ["docs/kept.md:1", "forced.http:1"]);
    assert_eq!(repo.staged("repo/docs", &[]), ["kept.md:1", "../forced.http:1"]);
    assert_eq!(repo.staged("repo", &["./samples/a.http"]), ["samples/a.http:1"]);
    assert_eq!(repo.staged("repo", &["samples"]), [""; 0]);
    assert_eq!(repo.staged("repo", &["--no-ignore"]).len(), 6);
}

#[test]
fn the_settings_of_the_user_do_not_change_the_answer() {
    let repo = Repo::with(&[("sub/keep", ""), ("x.http", GOOD)]);
    for (name, value) in [
        ("diff.relative", "true"),
        ("diff.noprefix", "true"),
        ("core.quotePath", "true"),
        ("diff.external", "false"),
        ("core.pager", "false"),
        ("diff.submodule", "log"),
    ] {
        repo.git(&["config", name, value]);
    }
    repo.write("repo/x.http", BAD);
    repo.write("repo/ü \"quoted\"\t.http", BAD);
    repo.git(&["add", "-A"]);
    assert_eq!(repo.staged("repo/sub", &[]).len(), 2);
}

#[cfg(target_os = "linux")]
#[test]
fn paths_that_are_not_utf8_are_checked() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let repo = Repo::new();
    let name = OsStr::from_bytes(b"caf\xe9\n.http");
    std::fs::write(repo.0.path().join("repo").join(name), BAD).unwrap();
    repo.git(&["add", "-A"]);
    let run = finish(repo.check("repo", &["--staged", "--format", "short"]).arg(name));
    run.is(1, &["caf\u{fffd}", "mine/error"]);
}

#[cfg(unix)]
#[test]
fn links_submodules_and_binary_files_are_passed_over() {
    let repo = Repo::with(&[("keep", "")]);
    std::os::unix::fs::symlink("X-Flaw: error", repo.0.path().join("repo/link.http")).unwrap();
    repo.write("repo/data.bin", [BAD.as_bytes(), b"\0\xff"].concat());
    repo.git(&["add", "-A"]);
    let commit = repo.git(&["rev-parse", "HEAD"]);
    let module = format!("160000,{},module", commit.trim());
    repo.git(&["update-index", "--add", "--cacheinfo", &module]);
    assert_eq!(repo.git(&["diff", "--cached", "--name-only"]).lines().count(), 3);
    assert_eq!(repo.staged("repo", &[]), [""; 0]);
    let run = finish(&mut repo.check("repo", &["--staged", "-v"]));
    run.is(0, &["data.bin is no text", "link.http is a link and", "module is a submodule and was not checked"]);
}

#[cfg(unix)]
#[test]
fn links_and_pipes_that_git_does_not_know_are_passed_over_too() {
    let repo = Repo::with(&[("keep", "")]);
    repo.write("outside.http", BAD);
    repo.write("repo/new.http", BAD);
    std::os::unix::fs::symlink("../outside.http", repo.0.path().join("repo/link.http")).unwrap();
    assert_eq!(repo.changed("HEAD", &[]), ["new.http:1"]);
    let run = finish(&mut repo.check("repo", &["--diff-base", "HEAD", "-v"]));
    run.is(1, &["note: link.http is a link and was not checked"]);
}

#[test]
fn what_the_configuration_excludes_is_checked_if_it_is_named() {
    let repo = Repo::with(&[("tokenlint.toml", "exclude = ['vendor']\n"), (".tokenlintignore", ".env*\nold.http\n")]);
    for name in ["vendor/a.http", "b.http", "old.http", ".env.ci"] {
        repo.write(&format!("repo/{name}"), BAD);
    }
    repo.git(&["add", "-A"]);
    assert_eq!(repo.staged("repo", &[]), ["b.http:1"]);
    assert_eq!(repo.staged("repo", &["vendor/a.http", "old.http"]), ["old.http:1", "vendor/a.http:1"]);
    assert_eq!(repo.staged("repo", &["vendor"]), [""; 0], "its files were not named");
    repo.write("repo/vendor/a.http", lines(&["none", "error"]));
    assert_eq!(repo.changed("HEAD", &["./vendor/a.http"]), ["vendor/a.http:2"]);
    let run = finish(&mut repo.check("repo", &["--staged", "-v"]));
    let words = ["old.http is ignored and", "vendor/a.http is excluded by the configuration", "1 .env file ignored"];
    run.is(1, &words);
}

#[test]
fn a_submodule_is_a_repository_too() {
    let repo = Repo::with(&[("keep", "")]);
    repo.git(&["init", "-q", "module"]);
    repo.write("repo/module/a.http", BAD);
    assert_eq!(repo.tried("repo/module", &["add", "a.http"]).status, 0);
    assert_eq!(repo.staged("repo/module", &[]), ["a.http:1"]);
    assert_eq!(repo.staged("repo", &[]), [""; 0]);
}

#[test]
fn files_that_are_only_intended_to_be_added_hold_nothing_yet() {
    let repo = Repo::with(&[("keep", "")]);
    repo.write("repo/a.http", BAD);
    repo.git(&["add", "-N", "a.http"]);
    assert_eq!(repo.staged("repo", &[]), [""; 0]);
    repo.git(&["add", "a.http"]);
    assert_eq!(repo.staged("repo", &[]), ["a.http:1"]);
}

#[test]
fn a_file_in_conflict_is_named_and_the_rest_is_checked() {
    let repo = Repo::with(&[("a.http", GOOD)]);
    repo.git(&["checkout", "-q", "-b", "theirs"]);
    repo.commit(&[("a.http", BAD), ("b.http", BAD)]);
    repo.git(&["checkout", "-q", "main"]);
    repo.commit(&[("a.http", "X-Flaw: warning\n")]);
    assert_ne!(repo.tried("repo", &["merge", "theirs"]).status, 0);
    let run = finish(&mut repo.check("repo", &["--staged", "--format", "short"]));
    run.is(1, &["note: a.http is in conflict and was not checked"]);
    assert_eq!(places(&run), ["b.http:1"]);
}

#[test]
fn sparse_checkouts_and_worktrees_are_checked() {
    let repo = Repo::with(&[("in/a.http", GOOD), ("out/b.http", GOOD)]);
    repo.git(&["worktree", "add", "-q", "../tree"]);
    repo.git(&["sparse-checkout", "set", "--sparse-index", "in"]);
    assert!(!repo.0.path().join("repo/out").exists());
    assert_eq!(repo.staged("repo", &[]), [""; 0], "what is not checked out is not deleted");
    repo.write("repo/in/a.http", BAD);
    repo.git(&["add", "in/a.http"]);
    assert_eq!(repo.staged("repo", &[]), ["in/a.http:1"]);

    assert_eq!(repo.staged("tree", &[]), [""; 0], "a worktree has an index of its own");
    repo.write("tree/out/b.http", BAD);
    assert_eq!(repo.tried("tree", &["add", "-A"]).status, 0);
    assert_eq!(repo.staged("tree/out", &[]), ["b.http:1"]);
}

#[test]
fn a_hook_is_told_by_the_environment_which_index_it_is_about() {
    let repo = Repo::with(&[("a.http", GOOD), ("b.http", GOOD)]);
    let hook = repo.0.path().join("repo/.git/hooks/pre-commit");
    let check = repo.check("repo", &[]);
    let words: Vec<String> = std::iter::once(check.get_program())
        .chain(check.get_args())
        .map(|word| format!("'{}'", word.to_string_lossy().replace('\\', "/")))
        .collect();
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(&hook, format!("#!/bin/sh\nexec {} --staged --format short\n", words.join(" "))).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    repo.write("repo/a.http", BAD);
    repo.write("repo/b.http", "X-Flaw: warning\n");
    // `commit FILE` and `commit -a` are made from an index of their own, which GIT_INDEX_FILE names.
    assert_eq!(repo.tried("repo", &["commit", "-q", "-m", "b alone", "b.http"]).status, 0);
    let run = repo.tried("repo", &["commit", "-q", "-a", "-m", "the rest"]);
    run.is(1, &["a.http:1:9"]);
    assert_eq!(repo.git(&["rev-list", "--count", "HEAD"]).trim(), "2");
}

#[test]
fn the_index_is_never_written() {
    let repo = Repo::with(&[("a.http", GOOD), ("b.http", GOOD)]);
    repo.write("repo/a.http", BAD);
    repo.git(&["add", "a.http"]);
    // Its times no longer fit to those in the index, which git likes to mend.
    repo.write("repo/b.http", GOOD);
    let index = repo.0.path().join("repo/.git/index");
    let before = std::fs::read(&index).unwrap();
    assert_eq!(repo.staged("repo", &[]), ["a.http:1"]);
    assert_eq!(std::fs::read(&index).unwrap(), before);
}

#[test]
fn a_sample_that_was_committed_does_not_age() {
    let repo = Repo::new();
    repo.write("repo/a.txt", "X-Flaw: none\n");
    repo.git(&["add", "-A"]);
    // An unsigned token that expired in 2001.
    repo.write(
        "repo/a.jwt",
        "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjEwMDAwMDAwMDB9.c2lnbmF0dXJlLW9mLXRoaXJ0eS10d28tYnl0ZXMtMDA",
    );
    repo.git(&["add", "-A"]);
    let run = |arguments: &[&str]| {
        let mut command = repo.0.command(&["check", "--staged", "--select", "time/*"]);
        finish(repo.at(command.args(arguments), "repo"))
    };
    run(&[]).is(0, &[]);
    run(&["--now", "1800000000"]).is(1, &["a.jwt", "time/expired"]);
}

#[test]
fn what_cannot_be_asked_of_git_is_explained() {
    let repo = Repo::with(&[("a.http", GOOD)]);
    repo.write("plain/a.http", BAD);
    let check = |folder: &str, arguments: &[&str]| finish(&mut repo.check(folder, arguments));
    check("plain", &["--staged"]).is(2, &["this folder is in no git repository", "help: go to the repository"]);
    check("repo", &["--staged", "gone.http"]).is(2, &["there is no file `gone.http`", "help: name files"]);
    check("repo", &["--staged", "Bearer abc"]).is(2, &["there is no file", "without --staged"]);
    check("repo", &["--staged", "../plain"]).is(2, &["git refuses", "outside repository"]);

    let mut of_another = repo.check("repo", &["--staged"]);
    let said = finish(of_another.env("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1"));
    said.is(2, &["git does not trust", "help: run `git config --global --add safe.directory", "/repo"]);

    let mut without_git = repo.check("repo", &["--staged"]);
    finish(without_git.env("PATH", repo.0.path())).is(2, &["there is no program `git`", "help: install git"]);

    repo.write("repo/a.http", BAD);
    repo.git(&["add", "a.http"]);
    let id = repo.git(&["rev-parse", ":a.http"]);
    let (folder, rest) = id.trim().split_at(2);
    let object = repo.0.path().join("repo/.git/objects").join(folder).join(rest);
    std::fs::remove_file(object).unwrap();
    check("repo", &["--staged"]).is(2, &["a.http", "cannot be read from git", "missing", "help: run `git fsck`"]);
    std::fs::write(repo.0.path().join("repo/.git/index"), "no index").unwrap();
    check("repo", &["--staged"]).is(2, &["git refuses", "help: mend it"]);
    std::fs::write(repo.0.path().join("repo/.git/HEAD"), "no head").unwrap();
    check("repo", &["--staged"]).is(2, &["no git repository"]);
}

#[test]
fn many_staged_files_are_told_of_in_order() {
    let repo = Repo::new();
    let names: Vec<String> = (0..60).map(|n| format!("in/{:02}/{n:02}.txt", n % 7)).collect();
    for (n, name) in names.iter().enumerate() {
        repo.write(&format!("repo/{name}"), "X-Other: a\n".repeat(n % 13 * 20) + BAD);
    }
    repo.git(&["add", "-A"]);
    let mut sorted = names;
    sorted.sort();
    let found = repo.staged("repo", &[]);
    let found: Vec<&str> = found.iter().map(|place| place.rsplit_once(':').unwrap().0).collect();
    assert_eq!(found, sorted);
    assert!(Path::new(&sorted[0]).is_relative());
}

/// A line for each flaw.
fn lines(flaws: &[&str]) -> String {
    flaws.iter().map(|flaw| format!("X-Flaw: {flaw}\n")).collect()
}

impl Repo {
    /// Where `check --diff-base` finds something.
    #[track_caller]
    fn changed(&self, base: &str, arguments: &[&str]) -> Vec<String> {
        let arguments = [&["--format", "short", "--diff-base", base], arguments].concat();
        let run = finish(&mut self.check("repo", &arguments));
        let found = places(&run);
        assert_eq!(run.status, i32::from(!found.is_empty()), "{run:#?}");
        found
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.path().join("repo").join(name)).unwrap()
    }
}

#[test]
fn with_a_base_only_changed_lines_count() {
    let repo = Repo::with(&[("a.http", &lines(&["error", "none", "none"])), ("same.http", BAD)]);
    repo.git(&["checkout", "-q", "-b", "work"]);
    assert_eq!(repo.changed("main", &[]), [""; 0]);
    repo.commit(&[("a.http", &lines(&["error", "none", "error"])), ("new.http", BAD)]);
    assert_eq!(repo.changed("main", &[]), ["a.http:3", "new.http:1"]);
    assert_eq!(repo.changed("HEAD~1", &[]), ["a.http:3", "new.http:1"]);
    assert_eq!(repo.changed("HEAD", &[]), [""; 0]);

    // What is not committed counts, and so does what git does not know yet.
    repo.write("repo/a.http", lines(&["error", "error", "none"]));
    repo.write("repo/deep/un tracked.http", lines(&["error", "error"]));
    repo.write("repo/.gitignore", "ignored.http\n");
    repo.write("repo/ignored.http", BAD);
    let all = ["a.http:2", "deep/un tracked.http:1", "deep/un tracked.http:2", "new.http:1"];
    assert_eq!(repo.changed("main", &[]), all);
    assert_eq!(repo.changed("main", &["deep", "same.http"]), all[1..3]);
    assert_eq!(repo.changed("main", &["a.http"]), all[..1]);
    let run = finish(&mut repo.check("repo/deep", &["--diff-base", "main", "--format", "short"]));
    assert_eq!(places(&run), ["../a.http:2", "un tracked.http:1", "un tracked.http:2", "../new.http:1"]);
    repo.git(&["add", "-A"]);
    repo.write("repo/a.http", lines(&["none"]));
    assert_eq!(repo.changed("main", &[]), all[1..]);
    assert_eq!(repo.changed("main", &["--staged"]), all, "the index has it still");
    assert_eq!(repo.changed("HEAD", &["--staged"]), all[..3]);
}

#[test]
fn the_base_is_where_head_left_it() {
    let repo = Repo::with(&[("a.http", GOOD)]);
    repo.git(&["checkout", "-q", "-b", "work"]);
    repo.commit(&[("a.http", &lines(&["none", "error"]))]);
    repo.git(&["checkout", "-q", "main"]);
    repo.commit(&[("b.http", "X-Other: mended on main\n")]);
    repo.git(&["checkout", "-q", "work"]);
    repo.commit(&[("b.http", "")]);
    assert_eq!(repo.changed("main", &[]), ["a.http:2"]);
    repo.git(&["checkout", "-q", "main"]);
    let run = finish(&mut repo.check("repo", &["--diff-base", "work"]));
    run.is(0, &[]);
    assert!(!run.all().contains("a.http"), "what changed on the other side is not ours: {run:#?}");
}

#[test]
fn a_renamed_file_is_compared_with_what_it_was() {
    let old = "X-Other: a\n".repeat(50) + BAD;
    let repo = Repo::with(&[("old.http", &old), ("line-ends.http", &old)]);
    repo.git(&["mv", "old.http", "new.http"]);
    assert_eq!(repo.changed("HEAD", &[]), [""; 0]);
    assert_eq!(repo.changed("HEAD", &["--staged"]), [""; 0]);
    repo.write("repo/new.http", old.clone() + BAD);
    repo.write("repo/line-ends.http", old.replace('\n', "\r\n"));
    assert_eq!(repo.changed("HEAD", &[]), ["new.http:52"], "line ends make no difference");
}

#[test]
fn a_file_in_conflict_is_compared_as_it_stands() {
    let repo = Repo::with(&[("a.http", &lines(&["error", "none"]))]);
    repo.git(&["checkout", "-q", "-b", "theirs"]);
    repo.commit(&[("a.http", &lines(&["error", "error"]))]);
    repo.git(&["checkout", "-q", "main"]);
    repo.commit(&[("a.http", &lines(&["error", "warning"]))]);
    assert_ne!(repo.tried("repo", &["merge", "theirs"]).status, 0);
    assert_eq!(repo.changed("HEAD", &[]), ["a.http:5"]);
}

#[test]
fn a_base_that_is_not_there_is_explained() {
    let repo = Repo::with(&[("a.http", GOOD)]);
    let check = |folder: &str, arguments: &[&str]| finish(&mut repo.check(folder, arguments));
    let words = ["nothing to compare with", "nowhere", "fetch-depth: 0"];
    check("repo", &["--diff-base", "nowhere"]).is(2, &words);
    check("repo", &["--staged", "--diff-base", "nowhere"]).is(2, &words);
    check("repo", &["--diff-base=--output=made"]).is(2, &["nothing to compare with"]);
    assert!(!repo.0.path().join("repo/made").exists(), "a name is never an option of git");
    check("repo", &["--diff-base", "HEAD", "gone.http"]).is(2, &["no file `gone.http`, and nothing of that name has"]);
    check("repo", &["--diff-base", "HEAD", "--files-from", "-"]).is(2, &["cannot be used with"]);
    check(".", &["--diff-base", "HEAD"]).is(2, &["this folder is in no git repository", "without --diff-base"]);
    check("repo", &["--diff-base", "HEAD"]).is(0, &["note: nothing changed since HEAD"]);
    check("repo", &["--staged", "--diff-base", "HEAD"]).is(0, &["note: nothing is staged that differs from HEAD"]);

    repo.git(&["checkout", "-q", "--orphan", "other"]);
    check("repo", &["--diff-base", "other"]).is(2, &["git", "help: "]);
    repo.commit(&[("b.http", GOOD)]);
    check("repo", &["--diff-base", "main"]).is(2, &["no merge base", "fetch-depth: 0"]);

    repo.git(&["checkout", "-q", "main"]);
    repo.commit(&[("a.http", BAD)]);
    let from = format!("file://{}/repo", repo.0.path().display());
    repo.git(&["clone", "-q", "--depth", "1", "--branch", "main", &from, "../shallow"]);
    check("shallow", &["--diff-base", "HEAD~1"]).is(2, &["nothing to compare with", "fetch-depth: 0"]);
}

#[test]
fn what_is_new_is_shown_however_much_there_was_before() {
    let request = format!("GET https://api.example.com/\n{BAD}\n###\n");
    let many = request.repeat(1_100);
    let repo = Repo::with(&[("a.http", &many)]);
    let rules = repo.0.path().join("rules");
    let run = |more: &[&str]| {
        let mut command = repo.0.command(&["check", "--select", "mine/*", "--format", "short", "--rules"]);
        finish(repo.at(command.arg(&rules).args(more), "repo"))
    };
    repo.write("repo/a.http", many.clone() + &request);
    assert_eq!(places(run(&["--diff-base", "HEAD"]).is(1, &[])), ["a.http:4402"]);
    repo.write("repo/a.http", &many);
    let written = ["check", "a.http", "--select", "mine/*", "--baseline", "known.jsonl", "--write-baseline", "--rules"];
    let mut command = repo.0.command(&written);
    finish(repo.at(command.arg(&rules), "repo")).is(0, &["1100 findings are known"]);
    let baseline = ["a.http", "--baseline", "known.jsonl"];
    assert_eq!(run(&baseline).is(0, &[]).all(), "");
    repo.write("repo/a.http", many + &request);
    assert_eq!(places(run(&baseline).is(1, &[])).len(), 1);
}

/// A repository whose rule `mine/error` mends what it finds.
fn with_fix() -> Repo {
    let repo = Repo::with(&[("a.http", "X-Other: a\n"), ("b.http", "X-Other: b\n")]);
    let fix = "[fix]\ntitle = \"write none\"\nreplace = \"request.header.x-flaw\"\nwith = \"none\"\nsafe = true\n";
    repo.write("rules/mine/error.toml", process::rule("error") + fix);
    repo
}

#[test]
fn fixing_what_is_staged_mends_the_file_and_not_the_index() {
    let repo = with_fix();
    repo.write("repo/a.http", lines(&["error", "none", "error"]));
    repo.git(&["add", "-A"]);
    let index = repo.git(&["ls-files", "--stage"]);
    let run = finish(&mut repo.check("repo", &["--staged", "--fix", "--format", "short"]));
    run.is(1, &["note: 2 fixes made in the file a.http", "`git add` it again"]);
    assert_eq!(places(&run), ["a.http:1", "a.http:3"], "the status and the report are about the index");
    assert!(!run.err.contains("differs"), "{run:#?}");
    assert_eq!(repo.read("a.http"), lines(&["none", "none", "none"]));
    assert_eq!(repo.git(&["ls-files", "--stage"]), index);
    repo.git(&["add", "-A"]);
    assert_eq!(repo.staged("repo", &["--fix"]), [""; 0]);
}

#[test]
fn only_staged_lines_of_a_file_that_differs_are_mended() {
    let repo = with_fix();
    repo.write("repo/a.http", lines(&["none", "error", "none"]));
    repo.write("repo/b.http", lines(&["error"]));
    repo.git(&["add", "-A"]);
    repo.write("repo/a.http", format!("X-Flaw: error\r\nX-Other: b\n{}", lines(&["none", "error", "none"])));
    repo.write("repo/b.http", "X-Flaw: error # a comment\n");
    let run = finish(&mut repo.check("repo", &["--staged", "--fix"]));
    run.is(1, &["1 fix made in the file a.http", "the file a.http differs from what is staged: only lines that both"]);
    run.is(1, &["the file b.http was not mended: the lines in question differ"]);
    let mended = format!("X-Flaw: error\r\nX-Other: b\n{}", lines(&["none", "none", "none"]));
    assert_eq!(repo.read("a.http"), mended);
    assert_eq!(repo.read("b.http"), "X-Flaw: error # a comment\n");

    std::fs::remove_file(repo.0.path().join("repo/b.http")).unwrap();
    let run = finish(&mut repo.check("repo", &["--staged", "--fix"]));
    run.is(1, &["the file b.http cannot be read and was not mended"]);
}

#[test]
fn with_a_base_only_changed_lines_are_mended() {
    let repo = with_fix();
    repo.commit(&[("a.http", &lines(&["error", "none", "none"]))]);
    repo.write("repo/a.http", lines(&["error", "error", "none", "error"]));
    let run = finish(&mut repo.check("repo", &["--diff-base", "HEAD", "--fix"]));
    run.is(0, &["2 fixed"]);
    assert_eq!(repo.read("a.http"), lines(&["error", "none", "none", "none"]));

    repo.write("repo/a.http", lines(&["error", "error", "none", "error"]));
    repo.git(&["add", "-A"]);
    repo.write("repo/a.http", lines(&["error", "error", "none", "error", "error"]));
    let run = finish(&mut repo.check("repo", &["--staged", "--diff-base", "HEAD", "--fix", "--format", "short"]));
    assert_eq!(places(&run), ["a.http:2", "a.http:4"]);
    assert_eq!(repo.read("a.http"), lines(&["error", "none", "none", "none", "error"]));
}

#[test]
fn what_the_baseline_knows_is_not_mended_in_a_later_round() {
    let repo = with_fix();
    let known = lines(&["error"]);
    repo.write("repo/a.http", &known);
    let baseline = ["a.http", "--baseline", "known.jsonl"];
    let check = |more: &[&str]| finish(&mut repo.check("repo", &[&baseline[..], more].concat()));
    check(&["--write-baseline"]).is(0, &["1 finding is known"]);
    repo.write("repo/tokenlint.toml", "baseline = 'known.jsonl'\n");
    let both = lines(&["error", "error"]);
    for with in [&baseline[..], &baseline[..1]] {
        repo.write("repo/a.http", &both);
        let run = finish(&mut repo.check("repo", &[with, &["--fix"]].concat()));
        run.is(0, &["1 fixed"]);
        assert_eq!(repo.read("a.http"), lines(&["error", "none"]));
    }
    repo.git(&["add", "-A"]);
    repo.write("repo/a.http", &both);
    repo.git(&["add", "-A"]);
    let run = finish(&mut repo.check("repo", &["--staged", "--fix", "--baseline", "known.jsonl"]));
    run.is(1, &["1 fix made in the file a.http"]);
    assert_eq!(repo.read("a.http"), lines(&["error", "none"]));
}
