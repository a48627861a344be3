//! Inputs: from what the user named to texts. This is the edge: the only module that reads files and standard input.

#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod encoding;
pub mod git;
pub mod hook;
mod ignored;
pub mod lines;
pub mod prefilter;
mod read;
mod walk;
pub mod write;

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::io::{self, IsTerminal, Read as _};
use std::path::{Path, PathBuf};

use crate::decode::{credential, jwt};
use crate::finding::Trouble;
use crate::options::Input;
use crate::platform::Platform;
use crate::recognise::Kind;
use crate::source::Parts;

pub use encoding::Encoding;
pub use walk::files;

/// Something to look at.
#[derive(Debug)]
pub enum Job {
    /// A text that is at hand: a literal, standard input.
    Text(Input),
    /// A file that was given by name: it has to be readable.
    Named(PathBuf),
    /// A regular file that was met in a walk.
    Met(PathBuf),
    /// A file that a list names.
    Listed(PathBuf),
    /// A file that git says is staged or changed.
    Changed(git::Changed),
}

impl Job {
    /// The path of a file that nobody named.
    pub fn met(&self) -> Option<&Path> {
        match self {
            Job::Met(path) | Job::Listed(path) => Some(path),
            Job::Changed(changed) => Some(&changed.path),
            Job::Text(_) | Job::Named(_) => None,
        }
    }

    /// True if it was named, though it is read as if it was met.
    pub fn is_named(&self) -> bool {
        matches!(self, Job::Changed(changed) if changed.is_named)
    }

    /// The path of a file.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Job::Named(path) => Some(path),
            other => other.met(),
        }
    }
}

/// What there is to do.
#[derive(Debug, Default)]
pub struct Jobs {
    /// The inputs in order.
    pub jobs: Vec<Job>,
    /// Inputs given by name that cannot be read.
    pub troubles: Vec<Trouble>,
    /// What was passed over though it might have been read, a line each.
    pub skipped: Vec<String>,
    /// What was passed over as it has to be, a line each, for those who ask.
    pub passed: Vec<String>,
    /// How many environment files were ignored.
    pub ignored: usize,
}

/// A text, and where it came from.
#[derive(Debug, Clone)]
pub struct Given {
    /// The text.
    pub input: Input,
    /// The file that it was read from or is staged from, if it was one.
    pub file: Option<File>,
    /// The lines that count, if not all do.
    pub lines: Option<Parts>,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Where it is.
    pub path: PathBuf,
    /// How its text is written down.
    pub encoding: Encoding,
}

/// What came of reading.
#[derive(Debug)]
pub enum Read {
    /// A text to look at.
    Text(Given),
    /// It had to be readable, and is not.
    Trouble(Trouble),
    /// It was passed over; the line says why.
    Skipped(String),
    /// It is above the limit; the line says so.
    TooLarge(String),
    /// It was met in a walk, and there is nothing of ours in it.
    Passed(String),
    /// It was met in a walk, and is no text.
    NoText(String),
}

/// How to read the arguments.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    /// `--as`.
    pub kind: Option<Kind>,
    /// `--stdin-filename`.
    pub stdin_name: Option<&'a str>,
    /// The contracts, whose prefixes make a literal.
    pub platforms: &'a [Platform],
    /// Files that list files, one a line or each ended by NUL; `-` is standard input.
    pub lists: &'a [PathBuf],
    /// What git and ignore files leave out is met all the same.
    pub no_ignore: bool,
    /// A text above this size is not read, in bytes.
    pub max_size: u64,
    /// What was passed over is wanted too.
    pub verbose: bool,
}

impl Reader<'_> {
    /// What the arguments ask for: paths that exist, `-`, literals. Standard input is read; files are not yet.
    pub fn jobs(&self, arguments: &[OsString]) -> Jobs {
        let mut jobs = Jobs::default();
        for list in self.lists {
            self.list(list, &mut jobs);
        }
        if arguments.is_empty() && self.lists.is_empty() {
            if io::stdin().is_terminal() || is_null_device() {
                walk::walk(Path::new("."), self, &mut jobs);
            } else {
                jobs.troubles.push(Trouble {
                    message: "no input was named, and standard input is no terminal".into(),
                    help: Some("say `-` for the pipe, `.` for this folder".into()),
                    ..Trouble::default()
                });
            }
        }
        let mut literals = 0;
        for argument in arguments {
            let path = Path::new(argument);
            // What is no UTF-8 can only be a path.
            let literal = || argument.to_str().filter(|text| self.kind.is_some() || self.is_literal(text));
            if argument == "-" {
                self.stdin(&mut jobs);
            } else if path.is_dir() {
                walk::walk(path, self, &mut jobs);
            } else if path.exists() {
                jobs.jobs.push(Job::Named(path.to_owned()));
            } else if argument.is_empty() {
                jobs.troubles.push(Trouble {
                    message: "an argument is empty: there is nothing to look at".into(),
                    help: Some("check that the variable that stands there is set and exported".into()),
                    ..Trouble::default()
                });
            } else if let Some(text) = literal() {
                literals += 1;
                let name = format!("<argument {literals}>");
                jobs.jobs.push(Job::Text(Input { name, text: text.to_owned(), kind: self.kind }));
            } else {
                jobs.troubles.push(Trouble {
                    message: format!(
                        "there is no file `{}`, and it does not look like a token, header, URL or command",
                        path.display()
                    ),
                    help: Some("check the path, or say what it is with --as, such as `--as token`".into()),
                    ..Trouble::default()
                });
            }
        }
        once(&mut jobs.jobs);
        jobs
    }

    /// The files that a list names. One that is gone meanwhile is passed over, as in a walk.
    fn list(&self, list: &Path, jobs: &mut Jobs) {
        let mut bytes = Vec::new();
        let (name, read) = match list.to_str() {
            Some("-") => ("<stdin>".to_owned(), io::stdin().lock().read_to_end(&mut bytes).map(|_| ())),
            _ => (display(list), fs::read(list).map(|read| bytes = read)),
        };
        if let Err(error) = read {
            jobs.troubles.push(unreadable(name, format!("cannot be read: {error}")));
            return;
        }
        let end = if bytes.contains(&0) { 0 } else { b'\n' };
        let paths = bytes.split(|b| *b == end).map(|path| if end == 0 { path } else { path.trim_ascii_end() });
        jobs.jobs.extend(paths.filter(|path| !path.is_empty()).map(|path| Job::Listed(path_of(path))));
    }

    /// An argument that is no path is a text if it starts a known form, is one run of 20 or more token characters, or
    /// holds a blank and is not written like a path.
    fn is_literal(&self, argument: &str) -> bool {
        let first = argument.split([' ', ':', '\t']).next().unwrap_or("").to_ascii_lowercase();
        // `token` alone is more likely a file that is not there.
        let is_scheme = credential::SCHEMES.contains(&first.as_str())
            && (argument.len() > first.len() || matches!(first.as_str(), "bearer" | "basic"));
        // `Authorization:` as a shell leaves it of a header whose variable is empty; `C:` is a drive.
        let is_name = |name: &str| name.len() > 1 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let is_header = argument.strip_suffix(':').is_some_and(is_name);
        let prefixes = self.platforms.iter().flat_map(|p| p.credentials.iter()).flat_map(|c| c.shape.prefix.iter());
        let is_run =
            argument.len() >= 20 && argument.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_+=~:|%".contains(&b));
        (argument.contains(char::is_whitespace) && !is_like_path(argument))
            || argument.starts_with(['{', '[', '"', '?', '#'])
            || argument.contains("://")
            || is_scheme
            || is_header
            || jwt::form(argument).is_some()
            || prefixes.into_iter().any(|p| argument.starts_with(p.as_ref()))
            || is_run
    }

    fn stdin(&self, jobs: &mut Jobs) {
        let mut bytes = Vec::new();
        let name = self.stdin_name.unwrap_or("<stdin>").to_owned();
        match io::stdin().lock().take(self.max_size.saturating_add(1)).read_to_end(&mut bytes) {
            Err(error) => jobs.troubles.push(unreadable(name, format!("cannot be read: {error}"))),
            // Nothing else was asked for.
            Ok(_) if bytes.len() as u64 > self.max_size => jobs.troubles.push(Trouble {
                help: Some(read::WITHIN_LIMIT.into()),
                ..unreadable(name, format!("is larger than {}", self.limit()))
            }),
            Ok(_) => match encoding::text(bytes) {
                Some((text, _)) => jobs.jobs.push(Job::Text(Input { name, text, kind: self.kind })),
                None => jobs.troubles.push(Trouble {
                    help: Some("pipe in text in UTF-8, or in UTF-16 with a byte order mark".into()),
                    ..unreadable(name, "is no text".into())
                }),
            },
        }
    }
}

fn unreadable(name: String, why: String) -> Trouble {
    let help = Some("check that it exists and may be read".into());
    Trouble { message: why, help, source: Some(name), ..Trouble::default() }
}

/// True for what somebody writes who means a file: one line without any sign of another form, that begins like a path or
/// whose last name has an ending.
fn is_like_path(argument: &str) -> bool {
    const BEGINNINGS: [&str; 6] = ["/", "./", "../", "~/", ".\\", "..\\"];
    let (drive, rest) = argument.split_at_checked(2).unwrap_or_default();
    let has_drive = drive.ends_with(':') && rest.starts_with(['/', '\\']);
    let path = if has_drive { rest } else { argument };
    // A request line, or a command.
    let first = path.split_whitespace().next().unwrap_or_default();
    let is_method = first.len() > 2 && first.bytes().all(|b| b.is_ascii_uppercase());
    if path.contains(|c: char| c.is_control() || "\"'=:?&<>{}|$;,@#`".contains(c)) || is_method || first == "curl" {
        return false;
    }
    let last = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let ending = last.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is_ending = |end: &str| end.len() < 9 && end.starts_with(|c: char| c.is_ascii_lowercase());
    let has_ending = is_ending(ending) && ending.bytes().all(|b| b.is_ascii_alphanumeric());
    has_drive || has_ending || BEGINNINGS.iter().any(|start| path.starts_with(start))
}

/// A file that is meant twice is looked at once, as one that was given by name if it was.
fn once(jobs: &mut Vec<Job>) {
    let name = |job: &Job| job.path().map(display);
    let by_name: HashSet<String> = jobs.iter().filter(|job| job.met().is_none()).filter_map(name).collect();
    let mut seen = HashSet::new();
    jobs.retain(|job| {
        let Some(name) = name(job) else { return true };
        (job.met().is_none() || !by_name.contains(&name)) && seen.insert(name)
    });
}

/// The path that these bytes are, as the system names files.
#[cfg(unix)]
fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes))
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

/// A path as sources are named: with `/`, without `./`.
pub fn display(path: &Path) -> String {
    let text = path.to_string_lossy();
    let text = if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() };
    match text.strip_prefix("./") {
        Some(rest) => rest.to_owned(),
        None => text,
    }
}

#[cfg(unix)]
fn is_null_device() -> bool {
    use std::os::unix::fs::{FileTypeExt, MetadataExt};
    let null = fs::metadata("/dev/null");
    let stdin = fs::metadata("/dev/stdin");
    match (null, stdin) {
        (Ok(null), Ok(stdin)) => stdin.file_type().is_char_device() && stdin.rdev() == null.rdev(),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_null_device() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_told_from_paths() {
        let (platforms, lists) = (&[], &[]);
        let (no_ignore, verbose) = (false, false);
        let reader = Reader { kind: None, stdin_name: None, platforms, lists, no_ignore, max_size: 0, verbose };
        for literal in [
            "Bearer abc",
            "Bearer",
            "curl https://x",
            "https://x",
            "{\"a\":1}",
            "eyJhbGciOiJub25lIn0.e30.",
            "?code=1",
            "0123456789abcdef0123",
            "#access_token=1",
            "Basic:",
            "Authorization:",
            "X-API-Key:",
        ] {
            assert!(reader.is_literal(literal), "{literal}");
        }
        for path in
            ["request.http", "src/missing/file.rs", "a-long-file-name-without.txt", "token", "C:\\x", "C:", "src/x:"]
        {
            assert!(!reader.is_literal(path), "{path}");
        }
    }
}
