//! Inputs: from what the user named to texts. This is the edge: the only module that reads files and standard input.

#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod write;

use std::ffi::OsString;
use std::fs;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use crate::decode::{credential, jwt};
use crate::finding::Trouble;
use crate::options::Input;
use crate::platform::Platform;
use crate::recognise::Kind;

/// A text above this size is not read, in bytes.
const MAX_FILE_SIZE: u64 = 64 * 1024 * 1024;
const TOO_LARGE: &str = "is larger than 64 MB";

/// What was read.
#[derive(Debug, Default)]
pub struct Inputs {
    /// The texts.
    pub texts: Vec<Input>,
    /// For each text the file that it was read from, if it was one.
    pub files: Vec<Option<File>>,
    /// Inputs given by name that could not be read.
    pub troubles: Vec<Trouble>,
    /// What was passed over, a line each.
    pub skipped: Vec<String>,
    /// True if a folder was walked: committed samples age, so no clock is used then.
    pub walked: bool,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Where it is.
    pub path: PathBuf,
    /// How its text is written down.
    pub encoding: Encoding,
}

/// How text is written down in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8; a byte order mark is part of the text.
    Utf8,
    /// UTF-16 with a byte order mark, low bytes first.
    Utf16Le,
    /// UTF-16 with a byte order mark, high bytes first.
    Utf16Be,
}

impl Inputs {
    fn push(&mut self, input: Input, file: Option<File>) {
        self.texts.push(input);
        self.files.push(file);
    }
}

/// How to read the arguments.
pub struct Reader<'a> {
    /// `--as`.
    pub kind: Option<Kind>,
    /// `--stdin-filename`.
    pub stdin_name: Option<&'a str>,
    /// The contracts, whose prefixes make a literal.
    pub platforms: &'a [Platform],
}

impl Reader<'_> {
    /// Reads every argument: a path that exists, `-`, or a literal.
    pub fn read(&self, arguments: &[OsString]) -> Inputs {
        let mut inputs = Inputs::default();
        if arguments.is_empty() {
            if io::stdin().is_terminal() || is_null_device() {
                self.walk(Path::new("."), &mut inputs);
            } else {
                inputs.troubles.push(Trouble {
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
                self.stdin(&mut inputs);
            } else if path.is_dir() {
                self.walk(path, &mut inputs);
            } else if path.exists() {
                self.file(path, true, &mut inputs);
            } else if argument.is_empty() {
                inputs.troubles.push(Trouble {
                    message: "an argument is empty: there is nothing to look at".into(),
                    help: Some("check that the variable that stands there is set and exported".into()),
                    ..Trouble::default()
                });
            } else if let Some(text) = literal {
                literals += 1;
                let name = format!("<argument {literals}>");
                inputs.push(Input { name, text: text.to_owned(), kind: self.kind }, None);
            } else {
                inputs.troubles.push(Trouble {
                    message: format!(
                        "there is no file `{}`, and it does not look like a token, header, URL or command",
                        path.display()
                    ),
                    help: Some("check the path, or say what it is with --as, such as `--as token`".into()),
                    ..Trouble::default()
                });
            }
        }
        inputs
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

    fn stdin(&self, inputs: &mut Inputs) {
        let mut bytes = Vec::new();
        let name = self.stdin_name.unwrap_or("<stdin>").to_owned();
        match io::stdin().lock().take(MAX_FILE_SIZE + 1).read_to_end(&mut bytes) {
            Err(error) => inputs.troubles.push(unreadable(name, format!("cannot be read: {error}"))),
            Ok(_) if bytes.len() as u64 > MAX_FILE_SIZE => inputs.troubles.push(unreadable(name, TOO_LARGE.into())),
            Ok(_) => match text(bytes) {
                Some((text, _)) => inputs.push(Input { name, text, kind: self.kind }, None),
                None => inputs.troubles.push(Trouble {
                    help: Some("pipe in text in UTF-8, or in UTF-16 with a byte order mark".into()),
                    ..unreadable(name, "is no text".into())
                }),
            },
        }
    }

    fn walk(&self, folder: &Path, inputs: &mut Inputs) {
        inputs.walked = true;
        let mut walk = WalkBuilder::new(folder);
        // Hidden files are what we are for: `.env`, `.github`.
        walk.hidden(false).require_git(false).add_custom_ignore_filename(".tokenlintignore");
        walk.filter_entry(|e| !matches!(e.file_name().to_str(), Some(".git" | ".hg" | ".svn" | ".jj")));
        walk.sort_by_file_path(|a, b| a.cmp(b));
        for entry in walk.build() {
            match entry {
                Ok(entry) if entry.file_type().is_some_and(|t| t.is_file()) => self.file(entry.path(), false, inputs),
                Ok(_) => {}
                // The folder itself was named.
                Err(error) if error.depth() == Some(0) => {
                    let error = error.io_error().map_or_else(|| error.to_string(), io::Error::to_string);
                    inputs.troubles.push(unreadable(display(folder), format!("cannot be read: {error}")));
                }
                Err(error) => inputs.skipped.push(error.to_string()),
            }
        }
    }

    /// Reads a file; one that was given by name must be readable, one met in a walk need not.
    fn file(&self, path: &Path, named: bool, inputs: &mut Inputs) {
        let name = display(path);
        let bytes = match fs::metadata(path).map(|m| m.len()) {
            Ok(size) if size > MAX_FILE_SIZE => Err(TOO_LARGE.to_owned()),
            _ => fs::read(path).map_err(|error| format!("cannot be read: {error}")),
        };
        match bytes.map(text) {
            Ok(Some((text, encoding))) => {
                let file = File { path: path.to_owned(), encoding };
                inputs.push(Input { name, text, kind: self.kind }, Some(file));
            }
            Ok(None) if named => inputs.skipped.push(format!("{name} is no text and was not checked")),
            Ok(None) => {}
            Err(why) if named => inputs.troubles.push(unreadable(name, why)),
            Err(why) => inputs.skipped.push(format!("{name} {why}")),
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
fn display(path: &Path) -> String {
    let text = path.to_string_lossy();
    let text = if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() };
    text.strip_prefix("./").map_or(text.clone(), str::to_owned)
}

/// Text in UTF-8, or in UTF-16 with a byte order mark (as PowerShell writes it); `None` if the bytes are neither.
pub fn text(bytes: Vec<u8>) -> Option<(String, Encoding)> {
    let utf16 = |unit: fn([u8; 2]) -> u16, encoding| {
        let units: Vec<u16> = bytes[2..].chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16(&units).ok().map(|text| (text, encoding))
    };
    match bytes.get(..2) {
        Some([0xFF, 0xFE]) => return utf16(u16::from_le_bytes, Encoding::Utf16Le),
        Some([0xFE, 0xFF]) => return utf16(u16::from_be_bytes, Encoding::Utf16Be),
        _ => {}
    }
    // A NUL is valid UTF-8, but no text has one.
    let text = if bytes.contains(&0) { None } else { String::from_utf8(bytes).ok() };
    text.map(|text| (text, Encoding::Utf8))
}

/// The bytes of a text in an encoding: those that [`text`] reads it from.
fn encoded(text: &str, encoding: Encoding) -> Vec<u8> {
    let utf16 =
        |unit: fn(u16) -> [u8; 2]| "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(unit).collect();
    match encoding {
        Encoding::Utf8 => text.as_bytes().to_vec(),
        Encoding::Utf16Le => utf16(u16::to_le_bytes),
        Encoding::Utf16Be => utf16(u16::to_be_bytes),
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
    fn utf16_with_a_mark_is_text_and_binary_is_not() {
        for (bytes, expected) in [
            (b"\xff\xfea\0b\0".to_vec(), Some(("ab", Encoding::Utf16Le))),
            (b"\xfe\xff\0a\0b".to_vec(), Some(("ab", Encoding::Utf16Be))),
            (b"a\0b".to_vec(), None),
            (b"\xc3".to_vec(), None),
            ("é".into(), Some(("é", Encoding::Utf8))),
            ("\u{feff}a".into(), Some(("\u{feff}a", Encoding::Utf8))),
            (Vec::new(), Some(("", Encoding::Utf8))),
        ] {
            assert_eq!(text(bytes.clone()).as_ref().map(|(text, e)| (text.as_str(), *e)), expected);
            if let Some((text, encoding)) = expected {
                assert_eq!(encoded(text, encoding), bytes);
            }
        }
    }

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
