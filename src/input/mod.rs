//! Inputs: from what the user named to texts. This is the edge: the only module that reads files and standard input.

#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod encoding;
pub mod prefilter;
mod walk;
pub mod write;

use std::ffi::OsString;
use std::fs;
use std::io::{self, IsTerminal, Read as _};
use std::path::{Path, PathBuf};

use crate::decode::{credential, jwt};
use crate::finding::Trouble;
use crate::options::Input;
use crate::platform::Platform;
use crate::recognise::Kind;

pub use encoding::Encoding;

/// A text above this size is not read, in bytes.
const MAX_FILE_SIZE: u64 = 64 * 1024 * 1024;
const TOO_LARGE: &str = "is larger than 64 MB";

/// Something to look at.
#[derive(Debug)]
pub enum Job {
    /// A text that is at hand: a literal, standard input.
    Text(Input),
    /// A file that was given by name: it has to be readable.
    Named(PathBuf),
    /// A file that was met in a walk.
    Met(PathBuf),
}

/// What there is to do.
#[derive(Debug, Default)]
pub struct Jobs {
    /// The inputs in order.
    pub jobs: Vec<Job>,
    /// Inputs given by name that cannot be read.
    pub troubles: Vec<Trouble>,
    /// What was passed over, a line each.
    pub skipped: Vec<String>,
}

/// A text, and where it came from.
#[derive(Debug, Clone)]
pub struct Given {
    /// The text.
    pub input: Input,
    /// The file that it was read from, if it was one.
    pub file: Option<File>,
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
    /// It was met in a walk, and is no text.
    NoText,
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
}

impl Reader<'_> {
    /// What the arguments ask for: paths that exist, `-`, literals. Standard input is read; files are not yet.
    pub fn jobs(&self, arguments: &[OsString]) -> Jobs {
        let mut jobs = Jobs::default();
        if arguments.is_empty() {
            if io::stdin().is_terminal() || is_null_device() {
                walk::walk(Path::new("."), &mut jobs);
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
            let literal = argument.to_str().filter(|text| self.kind.is_some() || self.is_literal(text));
            if argument == "-" {
                self.stdin(&mut jobs);
            } else if path.is_dir() {
                walk::walk(path, &mut jobs);
            } else if path.exists() {
                jobs.jobs.push(Job::Named(path.to_owned()));
            } else if argument.is_empty() {
                jobs.troubles.push(Trouble {
                    message: "an argument is empty: there is nothing to look at".into(),
                    help: Some("check that the variable that stands there is set and exported".into()),
                    ..Trouble::default()
                });
            } else if let Some(text) = literal {
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
        jobs
    }

    /// The text of a job. One that is a file is read now.
    pub fn read(&self, job: &Job) -> Read {
        let (path, is_named) = match job {
            Job::Text(input) => return Read::Text(Given { input: input.clone(), file: None }),
            Job::Named(path) => (path, true),
            Job::Met(path) => (path, false),
        };
        let name = display(path);
        let bytes = match fs::metadata(path).map(|m| m.len()) {
            Ok(size) if size > MAX_FILE_SIZE => Err(TOO_LARGE.to_owned()),
            _ => fs::read(path).map_err(|error| format!("cannot be read: {error}")),
        };
        match bytes.map(encoding::text) {
            Ok(Some((text, encoding))) => {
                let file = File { path: path.clone(), encoding };
                Read::Text(Given { input: Input { name, text, kind: self.kind }, file: Some(file) })
            }
            Ok(None) if is_named => Read::Skipped(format!("{name} is no text and was not checked")),
            Ok(None) => Read::NoText,
            Err(why) if is_named => Read::Trouble(unreadable(name, why)),
            Err(why) => Read::Skipped(format!("{name} {why}")),
        }
    }

    /// An argument that is no path is a text if it holds a blank, starts a known form, or is one run of 20 or more
    /// token characters.
    fn is_literal(&self, argument: &str) -> bool {
        let first = argument.split([' ', ':', '\t']).next().unwrap_or("").to_ascii_lowercase();
        // `token` alone is more likely a file that is not there.
        let is_scheme = credential::SCHEMES.contains(&first.as_str())
            && (argument.len() > first.len() || matches!(first.as_str(), "bearer" | "basic"));
        let prefixes = self.platforms.iter().flat_map(|p| p.credentials.iter()).flat_map(|c| c.shape.prefix.iter());
        let is_run =
            argument.len() >= 20 && argument.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_+=~:|%".contains(&b));
        argument.contains(char::is_whitespace)
            || argument.starts_with(['{', '[', '"', '?', '#'])
            || argument.contains("://")
            || is_scheme
            || jwt::form(argument).is_some()
            || prefixes.into_iter().any(|p| argument.starts_with(p.as_ref()))
            || is_run
    }

    fn stdin(&self, jobs: &mut Jobs) {
        let mut bytes = Vec::new();
        let name = self.stdin_name.unwrap_or("<stdin>").to_owned();
        match io::stdin().lock().take(MAX_FILE_SIZE + 1).read_to_end(&mut bytes) {
            Err(error) => jobs.troubles.push(unreadable(name, format!("cannot be read: {error}"))),
            Ok(_) if bytes.len() as u64 > MAX_FILE_SIZE => jobs.troubles.push(unreadable(name, TOO_LARGE.into())),
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
    let help = match why.as_str() {
        TOO_LARGE => "cut out the part with the token or request, and check that",
        _ => "check that it exists and may be read",
    };
    Trouble { message: why, help: Some(help.into()), source: Some(name), ..Trouble::default() }
}

/// A path as sources are named: with `/`, without `./`.
pub fn display(path: &Path) -> String {
    let text = path.to_string_lossy();
    let text = if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() };
    text.strip_prefix("./").map_or(text.clone(), str::to_owned)
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
        let reader = Reader { kind: None, stdin_name: None, platforms: &[] };
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
        ] {
            assert!(reader.is_literal(literal), "{literal}");
        }
        for path in ["request.http", "src/missing/file.rs", "a-long-file-name-without.txt", "token", "C:\\x"] {
            assert!(!reader.is_literal(path), "{path}");
        }
    }
}
