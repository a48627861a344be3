//! What git has to say: which files are staged, and their content as it would be committed.
//!
//! The `git` program is asked, so that its index formats, environment and configuration stay its own business. All
//! questions start at once, since a hook has a few milliseconds.

#![allow(clippy::disallowed_types)]

use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Job, Jobs, display};
use crate::finding::Trouble;

/// A content in git's store, to be shown under a path.
#[derive(Debug)]
pub struct Blob {
    /// The file it belongs to, from where the user stands.
    pub path: PathBuf,
    id: String,
    contents: Arc<Contents>,
}

impl Blob {
    /// The bytes, unless they are more than `limit`; the error stands after the name of the file.
    pub fn read(&self, limit: u64) -> Result<Option<Vec<u8>>, String> {
        self.contents.of(&self.id, limit)
    }
}

/// What was asked of git, and is being answered while other work is done.
#[derive(Debug)]
pub struct Asked {
    diff: io::Result<Child>,
    place: io::Result<Child>,
    contents: Contents,
}

/// Asks for what is staged at or below these paths, or everywhere if there are none.
pub fn ask(paths: &[OsString]) -> Asked {
    let mut diff = git();
    diff.args(["--literal-pathspecs", "diff", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames"]);
    diff.args(["--no-relative", "--no-ext-diff", "--ignore-submodules=all", "--"]).args(paths);
    Asked {
        diff: diff.spawn(),
        place: git().args(["rev-parse", "--show-cdup", "--show-prefix"]).spawn(),
        contents: Contents::start(),
    }
}

impl Asked {
    /// What is staged, in the order of the paths. `paths` are those that were asked for.
    pub fn jobs(self, paths: &[OsString]) -> Jobs {
        let mut jobs = Jobs::default();
        match self.answered(paths) {
            Ok((found, skipped)) => (jobs.jobs, jobs.skipped) = (found, skipped),
            Err(trouble) => jobs.troubles.push(trouble),
        }
        jobs
    }

    fn answered(self, paths: &[OsString]) -> Result<(Vec<Job>, Vec<String>), Trouble> {
        // All are waited for, and outside of a repository the second one says it better.
        let (diff, place) = (finished(self.diff), finished(self.place));
        let place = Place::parse(&place?);
        let changes = parse(&diff?).ok_or_else(|| {
            trouble("git gave an answer in an unknown form".into(), "update git, or name the files to check")
        })?;
        let is_there = |path: &OsString| {
            Path::new(path).exists() || changes.iter().any(|c| place.shown(&c.path).starts_with(path))
        };
        if let Some(gone) = paths.iter().find(|path| !is_there(path)) {
            let message = format!("there is no file `{}`, and nothing of that name is staged", gone.to_string_lossy());
            return Err(trouble(message, "name files or folders; a token or command is checked without --staged"));
        }
        let contents = Arc::new(self.contents);
        let (mut jobs, mut skipped) = (Vec::new(), Vec::new());
        for change in &changes {
            let path = place.shown(&change.path);
            match change.kind {
                b'D' => {}
                b'U' => skipped.push(format!("{} is in conflict and was not checked", display(&path))),
                // Neither a link nor a submodule is text.
                _ if !change.is_file => {}
                _ => jobs.push(Job::Staged(Blob { path, id: change.id.clone(), contents: Arc::clone(&contents) })),
            }
        }
        if jobs.is_empty() && skipped.is_empty() {
            skipped.push("nothing is staged that could be checked".into());
        }
        Ok((jobs, skipped))
    }
}

/// Where the user stands in the repository.
#[derive(Debug)]
struct Place {
    /// The way to its top: `../` for each folder, or absolute from outside of it.
    up: PathBuf,
    /// The way down from there.
    prefix: PathBuf,
}

impl Place {
    fn parse(answer: &[u8]) -> Self {
        let mut parts = answer.splitn(2, |b| *b == b'\n');
        let up = path(parts.next().unwrap_or_default());
        let prefix = parts.next().unwrap_or_default();
        Self { up, prefix: path(prefix.strip_suffix(b"\n").unwrap_or(prefix)) }
    }

    /// A path from the top of the repository as a path from where the user stands.
    fn shown(&self, name: &[u8]) -> PathBuf {
        let path = path(name);
        path.strip_prefix(&self.prefix).map_or_else(|_| self.up.join(&path), Path::to_owned)
    }
}

/// A line of `git diff --raw -z`.
#[derive(Debug)]
struct Change {
    /// The letter: `A`, `D`, `M`, `T`, `U`.
    kind: u8,
    /// True if it is a regular file now.
    is_file: bool,
    /// The new content.
    id: String,
    /// From the top of the repository.
    path: Vec<u8>,
}

/// Reads `:100644 100644 <old id> <new id> M NUL path NUL`, repeated; renames are not asked for.
fn parse(answer: &[u8]) -> Option<Vec<Change>> {
    let mut fields = answer.split(|b| *b == 0);
    let mut changes = Vec::new();
    while let Some(head) = fields.next().filter(|head| !head.is_empty()) {
        let head = std::str::from_utf8(head.strip_prefix(b":")?).ok()?;
        let mut words = head.split(' ').skip(1);
        let (mode, _, id, kind) = (words.next()?, words.next()?, words.next()?, words.next()?);
        changes.push(Change {
            kind: *kind.as_bytes().first()?,
            is_file: mode.starts_with("100"),
            id: id.to_owned(),
            path: fields.next()?.to_vec(),
        });
    }
    Some(changes)
}

/// `git cat-file --batch`: contents by their ids, one after the other.
#[derive(Debug)]
struct Contents(Mutex<Result<(ChildStdin, BufReader<ChildStdout>), String>>);

impl Contents {
    fn start() -> Self {
        let mut git = git();
        let child = git.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stderr(Stdio::null()).spawn();
        // It ends when its input does, so with this process at the latest.
        let pipes = child.map(|mut child| (child.stdin.take(), child.stdout.take()));
        Self(Mutex::new(match pipes {
            Ok((Some(input), Some(output))) => Ok((input, BufReader::with_capacity(1 << 16, output))),
            Ok(_) => Err("cannot be read: git has no pipes".into()),
            Err(error) => Err(format!("cannot be read: {error}")),
        }))
    }

    fn of(&self, id: &str, limit: u64) -> Result<Option<Vec<u8>>, String> {
        let mut pipes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (input, output) = pipes.as_mut().map_err(|why| why.clone())?;
        content(input, output, id, limit).map_err(|error| {
            let why = format!("cannot be read from git: {error}");
            // What it says next would be the answer to this question.
            *pipes = Err(why.clone());
            why
        })
    }
}

/// One content; `None` if it is too large.
fn content(input: &mut impl Write, output: &mut impl BufRead, id: &str, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let unexpected = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.trim_end().to_owned());
    input.write_all(format!("{id}\n").as_bytes())?;
    let mut head = String::new();
    output.read_line(&mut head)?;
    let size = head.trim_end().rsplit_once(' ').and_then(|(_, size)| size.parse::<u64>().ok());
    // Such as `<id> missing`.
    let size = size.ok_or_else(|| unexpected(if head.is_empty() { "it said nothing" } else { &head }))?;
    let mut bytes = Vec::new();
    let mut rest = output.take(size + 1);
    if size > limit {
        io::copy(&mut rest, &mut io::sink())?;
        return Ok(None);
    }
    rest.read_to_end(&mut bytes)?;
    // A line break follows the content.
    match bytes.pop() {
        Some(b'\n') if bytes.len() as u64 == size => Ok(Some(bytes)),
        _ => Err(unexpected("it broke off")),
    }
}

/// Git, with its messages in English, and such that it never writes to the index.
fn git() -> Command {
    let mut git = Command::new("git");
    git.arg("--no-optional-locks").env("LC_ALL", "C");
    git.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    git
}

/// What a question was answered with.
fn finished(child: io::Result<Child>) -> Result<Vec<u8>, Trouble> {
    let Output { status, stdout, stderr } =
        child.and_then(Child::wait_with_output).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                trouble("there is no program `git`".into(), "install git, or name the files to check without --staged")
            }
            _ => trouble(format!("git cannot be run: {error}"), "check that `git status` works here"),
        })?;
    if status.success() {
        return Ok(stdout);
    }
    let said = String::from_utf8_lossy(&stderr);
    let line = said.lines().find_map(|line| line.strip_prefix("fatal: ").or(line.strip_prefix("error: ")));
    Err(match line {
        Some(line) if line.starts_with("not a git repository") => trouble(
            "this folder is in no git repository".into(),
            "go to the repository, or name the files to check without --staged",
        ),
        Some(line) if line.starts_with("detected dubious ownership") => trouble(
            "git does not trust this repository: it belongs to somebody else".into(),
            "add its folder to git's `safe.directory`, as `git status` shows",
        ),
        line => trouble(
            format!("git refuses: {}", line.unwrap_or("it says nothing")),
            "mend it so that `git status` works here, or name the files to check without --staged",
        ),
    })
}

fn trouble(message: String, help: &str) -> Trouble {
    Trouble { message, help: Some(help.to_owned()), ..Trouble::default() }
}

/// Git's paths are bytes.
#[cfg(unix)]
fn path(bytes: &[u8]) -> PathBuf {
    let name: &OsStr = std::os::unix::ffi::OsStrExt::from_bytes(bytes);
    PathBuf::from(name)
}

/// Git's paths are UTF-8.
#[cfg(not(unix))]
fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsString::from(String::from_utf8_lossy(bytes).into_owned()))
}
