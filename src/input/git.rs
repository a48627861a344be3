//! What git has to say: which files are staged or changed, what is staged of them, and what they held before.
//!
//! The `git` program is asked, so that its index formats, environment and configuration stay its own business. All
//! questions start at once, since a hook has a few milliseconds.

#![allow(clippy::disallowed_types)]

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use super::ignored::Ignored;
use super::walk::is_environment;
use super::{Job, Jobs, display, encoding, lines};
use crate::finding::Trouble;
use crate::source::Parts;

/// A file that is staged or changed.
#[derive(Debug)]
pub struct Changed {
    /// Where it is, from where the user stands.
    pub path: PathBuf,
    /// True if it was named, and not only met.
    pub is_named: bool,
    /// What is to be looked at, if it is not the file of the working tree.
    staged: Option<String>,
    /// What it held before, if it did and if that was asked for.
    before: Option<String>,
    contents: Arc<Contents>,
}

impl Changed {
    /// True if what is staged is to be looked at, and not the file.
    pub fn is_staged(&self) -> bool {
        self.staged.is_some()
    }

    /// What is staged, unless it is more than `limit` bytes; the error stands after the name of the file.
    pub fn staged(&self, limit: u64) -> Result<Option<Vec<u8>>, String> {
        self.staged.as_deref().map_or(Ok(None), |id| self.contents.of(id, limit))
    }

    /// The lines of its text that changed; `None` if all did.
    pub fn lines(&self, text: &str, limit: u64) -> Result<Option<Parts>, String> {
        let before = self.before.as_deref().map_or(Ok(None), |id| self.contents.of(id, limit))?;
        Ok(before.and_then(encoding::text).map(|(before, _)| lines::changed(&before, text)))
    }
}

/// What git is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The index, not the working tree.
    pub staged: bool,
    /// What is compared with, since it and HEAD parted; else it is HEAD, and no line is older than another.
    pub base: Option<&'a str>,
    /// Files and folders; none for everything.
    pub paths: &'a [OsString],
}

/// What was asked of git, and is being answered while other work is done.
#[derive(Debug)]
pub struct Asked<'a> {
    question: Question<'a>,
    diff: io::Result<Child>,
    /// The files that git does not know.
    untracked: Option<io::Result<Child>>,
    place: io::Result<Child>,
    contents: Contents,
}

/// Asks; the answers come while other work is done.
pub fn ask(question: Question) -> Asked {
    let Question { staged, base, paths } = question;
    let mut diff = git();
    diff.args(["--literal-pathspecs", "diff", "--raw", "-z", "--no-abbrev", "--no-relative", "--no-ext-diff"]);
    diff.arg("--ignore-submodules=dirty").args(staged.then_some("--cached"));
    match base {
        Some(base) => diff.args(["--find-renames", "--merge-base", "--end-of-options", base]),
        // Where nothing is compared, the new name is all there is to know.
        None => diff.arg("--no-renames"),
    };
    let untracked = (!staged).then(|| {
        let mut untracked = git();
        // Only some of them would be below this folder.
        let all = paths.is_empty().then_some(":/");
        untracked.args(paths.first().map(|_| "--literal-pathspecs")).args(["ls-files", "-z", "--others"]);
        untracked.args(["--exclude-standard", "--full-name", "--"]).args(all).args(paths).spawn()
    });
    Asked {
        question,
        diff: diff.arg("--").args(paths).spawn(),
        untracked,
        place: git().args(["rev-parse", "--show-cdup", "--show-prefix"]).spawn(),
        contents: Contents::start(),
    }
}

/// What git answers to a short question asked in this folder, without the line end.
pub fn line(folder: &Path, question: &[&str]) -> Result<OsString, Trouble> {
    let mut git = git();
    git.arg("-C").arg(folder).args(question);
    let answer = finished(git.spawn(), None)?;
    Ok(path(answer.strip_suffix(b"\n").unwrap_or(&answer)).into())
}

impl Asked<'_> {
    /// The files, in the order of their paths, without those that ignore files leave out.
    pub fn jobs(self, no_ignore: bool) -> Jobs {
        self.answered(no_ignore).unwrap_or_else(|trouble| Jobs { troubles: vec![trouble], ..Jobs::default() })
    }

    fn answered(self, no_ignore: bool) -> Result<Jobs, Trouble> {
        let Question { staged, base, paths } = self.question;
        let option = if staged { "--staged" } else { "--diff-base" };
        let finished = |child| finished(child, Some(option));
        // All are waited for, and outside of a repository the last one says it best.
        let (diff, untracked) = (finished(self.diff), self.untracked.map(finished));
        let place = Place::parse(&finished(self.place)?);
        let mut changes = parse(&diff?).ok_or_else(|| {
            trouble("git gave an answer in an unknown form".into(), "update git, or name the files to check".into())
        })?;
        for name in untracked.transpose()?.unwrap_or_default().split(|b| *b == 0) {
            // A folder is another repository.
            if !name.is_empty() && !name.ends_with(b"/") {
                changes.push(Change::untracked(name, &place.shown(name)));
            }
        }
        // A file in conflict is told of twice: as one, and as what it holds.
        changes.sort_by(|a, b| (&a.path, a.kind == b'U').cmp(&(&b.path, b.kind == b'U')));
        changes.dedup_by(|a, b| a.path == b.path);
        let is_there = |path: &OsString| {
            Path::new(path).exists() || changes.iter().any(|change| place.shown(&change.path).starts_with(path))
        };
        if let Some(gone) = paths.iter().find(|path| !is_there(path)) {
            let what = if staged { "is staged" } else { "has changed" };
            let message = format!("there is no file `{}`, and nothing of that name {what}", gone.to_string_lossy());
            let help = format!("name files or folders; a token or command is checked without {option}");
            return Err(trouble(message, help));
        }
        // What is named is looked at whatever ignore files say.
        let named: HashSet<String> = paths.iter().map(|path| display(Path::new(path))).collect();
        let mut ignored = Ignored::new(&place.up);
        let contents = Arc::new(self.contents);
        let mut jobs = Jobs::default();
        for change in changes {
            let path = place.shown(&change.path);
            let name = display(&path);
            let is_named = named.contains(&name);
            match change.kind {
                b'D' => {}
                b'U' if staged => jobs.skipped.push(format!("{name} is in conflict and was not checked")),
                _ if !change.is_file => jobs.passed.push(format!("{name} is {} and was not checked", change.form)),
                _ if !no_ignore && !is_named && ignored.leave_out(&self::path(&change.path)) => {
                    jobs.ignored += usize::from(path.file_name().is_some_and(is_environment));
                    jobs.passed.push(format!("{name} is ignored and was not checked"));
                }
                _ => jobs.jobs.push(Job::Changed(Changed {
                    path,
                    is_named,
                    staged: staged.then_some(change.new),
                    before: base.and(change.old),
                    contents: Arc::clone(&contents),
                })),
            }
        }
        if jobs.jobs.is_empty() && jobs.skipped.is_empty() {
            jobs.skipped.push(match base {
                None => "nothing is staged that could be checked".into(),
                Some(base) if staged => format!("nothing is staged that differs from {base} and could be checked"),
                Some(base) => format!("nothing changed since {base} that could be checked"),
            });
        }
        Ok(jobs)
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

const LINK: &str = "a link";

/// A line of `git diff --raw -z`.
#[derive(Debug)]
struct Change {
    /// The letter: `A`, `D`, `M`, `R`, `T`, `U`.
    kind: u8,
    /// True if it is a regular file now.
    is_file: bool,
    /// What it is, if it is no file.
    form: &'static str,
    /// The content before, if that was a regular file.
    old: Option<String>,
    /// The new content; zeros for that of the working tree.
    new: String,
    /// From the top of the repository.
    path: Vec<u8>,
}

impl Change {
    fn untracked(name: &[u8], path: &Path) -> Self {
        // What is gone is said when it is to be read.
        let kind = path.symlink_metadata().map(|data| data.file_type()).ok();
        let form = if kind.is_some_and(|kind| kind.is_symlink()) { LINK } else { "no ordinary file" };
        let is_file = kind.is_none_or(|kind| kind.is_file());
        Self { kind: b'A', is_file, form, old: None, new: String::new(), path: name.to_vec() }
    }
}

/// Reads `:100644 100644 <old id> <new id> M NUL path NUL`, repeated. Of two paths the second one is the new one.
fn parse(answer: &[u8]) -> Option<Vec<Change>> {
    let mut fields = answer.split(|b| *b == 0);
    let mut changes = Vec::new();
    while let Some(head) = fields.next().filter(|head| !head.is_empty()) {
        let head = std::str::from_utf8(head.strip_prefix(b":")?).ok()?;
        let mut words = head.split(' ');
        let (before, now, old, new) = (words.next()?, words.next()?, words.next()?, words.next()?);
        let kind = *words.next()?.as_bytes().first()?;
        let mut path = fields.next()?;
        if matches!(kind, b'R' | b'C') {
            path = fields.next()?;
        }
        changes.push(Change {
            kind,
            is_file: now.starts_with("100"),
            form: if now == "120000" { LINK } else { "a submodule" },
            old: before.starts_with("100").then(|| old.to_owned()),
            new: new.to_owned(),
            path: path.to_vec(),
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

/// What a question was answered with; `option` is what made us ask, if there is another way.
fn finished(child: io::Result<Child>, option: Option<&str>) -> Result<Vec<u8>, Trouble> {
    let without = option.map(|option| format!(", or name the files to check without {option}")).unwrap_or_default();
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => trouble("there is no program `git`".into(), format!("install git{without}")),
        _ => trouble(format!("git cannot be run: {error}"), "check that `git status` works here".into()),
    };
    let Output { status, stdout, stderr } = child.and_then(Child::wait_with_output).map_err(failed)?;
    if status.success() { Ok(stdout) } else { Err(refusal(&String::from_utf8_lossy(&stderr), &without)) }
}

/// Why git did not answer, from what it says on standard error.
fn refusal(said: &str, without: &str) -> Trouble {
    let line = said.lines().find_map(|line| line.strip_prefix("fatal: ").or(line.strip_prefix("error: ")));
    let line = line.unwrap_or("it says nothing");
    if line.starts_with("not a git repository") {
        return trouble("this folder is in no git repository".into(), format!("go to the repository{without}"));
    }
    if line.starts_with("detected dubious ownership") {
        // Git writes the command as a shell takes it.
        let command = said.lines().map(str::trim).find(|line| line.starts_with("git config "));
        let command = command.unwrap_or("git config --global --add safe.directory FOLDER");
        return trouble(
            "git does not trust this repository: it belongs to somebody else".into(),
            format!("run `{command}` if you trust whoever that is"),
        );
    }
    if ["bad revision", "no merge base", "ambiguous argument"].iter().any(|start| line.starts_with(start)) {
        return trouble(
            format!("git finds nothing to compare with: {line}"),
            "check the name and fetch it; in CI the clone needs its history: `fetch-depth: 0` for actions/checkout, \
             GIT_DEPTH: 0 for GitLab"
                .into(),
        );
    }
    trouble(format!("git refuses: {line}"), format!("mend it so that `git status` works here{without}"))
}

fn trouble(message: String, help: String) -> Trouble {
    Trouble { message, help: Some(help), ..Trouble::default() }
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
