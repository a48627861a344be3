//! The binary itself, run in a folder of its own with the environment cleared.

#![allow(dead_code, clippy::unwrap_used, clippy::disallowed_methods, clippy::disallowed_types)]

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A token in the form of a LiveChat one; made up.
pub const TOKEN: &str = "dal:Zq8Rw3-Yt6Lp1/Vn4Xc9Bm2Kj7Hg5Fd";

/// How a run ended.
#[derive(Debug)]
pub struct Run {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Run {
    /// Both streams.
    pub fn all(&self) -> String {
        format!("{}{}", self.out, self.err)
    }

    /// Fails unless the status is this one and both streams together hold all these words.
    #[track_caller]
    pub fn is(&self, status: i32, words: &[&str]) -> &Self {
        assert_eq!(self.status, status, "{self:#?}");
        for word in words {
            assert!(self.all().contains(word), "no {word:?} in {self:#?}");
        }
        self
    }
}

/// A temporary folder to run in.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// A folder with rules of its own, one a severity, which fire on the header `X-Flaw: error`, `warning` or `note`.
    pub fn with_rules() -> Self {
        let folder = Self::new();
        for severity in ["error", "warning", "note"] {
            folder.write(&format!("rules/mine/{severity}.toml"), rule(severity));
        }
        folder
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file, and the folders it stands in.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let file = self.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, text).unwrap();
        file
    }

    /// The command, ready to be run here.
    pub fn command<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tokenlint"));
        command.args(arguments).current_dir(self.path()).env_clear();
        // Without it Windows starts no process.
        command.envs(std::env::var_os("SystemRoot").map(|root| ("SystemRoot", root)));
        command
    }

    /// Runs with nothing on standard input.
    pub fn run<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Run {
        finish(self.command(arguments).stdin(Stdio::null()))
    }

    /// Runs with these bytes in a pipe on standard input.
    pub fn pipe<A: AsRef<OsStr>>(&self, stdin: impl AsRef<[u8]>, arguments: &[A]) -> Run {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A run that does not read its input closes the pipe.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_ref());
        ended(child.wait_with_output().unwrap())
    }
}

/// Runs a command to its end.
pub fn finish(command: &mut Command) -> Run {
    ended(command.output().unwrap())
}

fn ended(output: std::process::Output) -> Run {
    Run {
        status: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Makes a named pipe.
pub fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// A rule that fires on `X-Flaw: <severity>`.
pub fn rule(severity: &str) -> String {
    format!(
        r#"title = "a flaw"
severity = "{severity}"
confidence = "certain"
since = "0.1.0"
basis = ["https://example.com/flaws"]
message = "the flaw is {{value}}"
label = "here"
help = "remove it"
why = "Flaws are bad."
[[when]]
fact = "request.header.x-flaw"
is = "{severity}"
"#
    )
}
