//! The git pre-commit hook as a file: where it belongs, what stands there already, how it comes and how it goes.
//!
//! Where hooks stand is git's to say (`core.hooksPath`, worktrees, submodules), so git is asked. A hook that is there
//! already is never changed: it gets another name, runs first, and gets its name back in the end.

#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::git;
use crate::finding::Trouble;

/// The name that git calls.
const NAME: &str = "pre-commit";
/// The name of the hook that was there before, beside it.
const BEFORE: &str = "pre-commit.before-tokenlint";
/// The names that pre-commit and lefthook give to a hook that is there when theirs is installed; pre-commit runs it.
const MOVED: [&str; 2] = ["pre-commit.legacy", "pre-commit.old"];
/// By this line a hook is known as ours.
const MARK: &str = "# Written by `tokenlint hook install`";

/// The folder of the hooks of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hooks {
    /// The folder; it need not exist.
    pub folder: PathBuf,
    /// True if the user's or the system's configuration names it, so that other repositories use it too.
    pub of_all: bool,
    /// True if it is part of the work tree, so that it may be committed: then it must name nothing of this machine.
    pub in_tree: bool,
}

/// What installing came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Installed {
    /// There was no hook.
    New,
    /// There was one of ours, which was written anew.
    Again,
    /// There was another one, which runs first.
    Chained {
        /// It has Windows line ends, with which no other system starts it.
        carriage_returns: bool,
        /// It is lefthook's, which from time to time writes its own over ours.
        lefthook: bool,
    },
}

/// What removing came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removed {
    /// There was none.
    Nothing,
    /// It is gone; it was this file.
    Gone(PathBuf),
    /// It is gone, and this file is the hook that was there before.
    Restored(PathBuf),
}

fn trouble(message: String, help: &str) -> Trouble {
    Trouble { message, help: Some(help.into()), ..Trouble::default() }
}

impl Hooks {
    /// Those of the repository that this folder belongs to.
    pub fn find() -> Result<Self, Trouble> {
        if git::line(Path::new("."), &["rev-parse", "--is-bare-repository"])? == OsStr::new("true") {
            return Err(trouble(
                "this is a bare repository: nobody commits in it, so a pre-commit hook would never run".into(),
                "run this in a clone, or in a worktree of it",
            ));
        }
        let top = PathBuf::from(git::line(Path::new("."), &["rev-parse", "--show-toplevel"])?);
        let folder = top.join(git::line(&top, &["rev-parse", "--git-path", "hooks"])?);
        // Fails where it is not set; git before 2.26 does not know the scope.
        let scope = git::line(&top, &["config", "--show-scope", "--get", "core.hooksPath"]).unwrap_or_default();
        let scope = scope.to_string_lossy();
        let data = top.join(git::line(&top, &["rev-parse", "--git-common-dir"])?);
        let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let in_tree = real(&folder).starts_with(real(&top)) && !real(&folder).starts_with(real(&data));
        let of_all = scope.starts_with("global\t") || scope.starts_with("system\t");
        Ok(Self { folder, of_all, in_tree })
    }

    /// The file that git runs.
    pub fn hook(&self) -> PathBuf {
        self.folder.join(NAME)
    }

    /// The hook that was there before.
    pub fn before(&self) -> PathBuf {
        self.folder.join(BEFORE)
    }

    /// Puts the hook there; `program` is this program, for where the `PATH` does not lead to it.
    pub fn install(&self, program: Option<&Path>) -> Result<Installed, Trouble> {
        self.refuse_husky("put the line `tokenlint hook run` into `.husky/pre-commit`")?;
        if self.folder.exists() && !self.folder.is_dir() {
            return Err(trouble(
                format!("`{}` is to be the folder of the hooks and is none", self.folder.display()),
                "hooks are switched off here by `core.hooksPath`: see `git config --show-origin core.hooksPath`",
            ));
        }
        fs::create_dir_all(&self.folder).map_err(|error| self.failed(&self.folder, &error))?;
        let (hook, before) = (self.hook(), self.before());
        let installed = match there(&hook) {
            There::Nothing => Installed::New,
            There::Ours => Installed::Again,
            There::Folder => return Err(trouble(format!("`{}` is a folder", hook.display()), "move it away")),
            There::Other { carriage_returns, lefthook } if there(&before) == There::Nothing => {
                Installed::Chained { carriage_returns, lefthook }
            }
            There::Other { .. } => {
                return Err(trouble(
                    format!("there are a hook of somebody else and, kept from an earlier install, `{BEFORE}`"),
                    "make one hook of the two by hand, or move one of them away",
                ));
            }
        };
        let chains = matches!(installed, Installed::Chained { .. });
        let new = self.write_beside(&script(program.filter(|_| !self.in_tree)));
        let new = new.map_err(|error| self.failed(&hook, &error))?;
        if chains {
            fs::rename(&hook, &before).map_err(|error| self.failed(&hook, &error))?;
        }
        if let Err(error) = new.persist(&hook) {
            if chains {
                // Nothing more can be done if this fails too; the message names the folder.
                let _ = fs::rename(&before, &hook);
            }
            return Err(self.failed(&hook, &error.error));
        }
        Ok(installed)
    }

    /// Takes the hook away, and puts back what was there before.
    pub fn uninstall(&self) -> Result<Removed, Trouble> {
        let (hook, before) = (self.hook(), self.before());
        let names = std::iter::once(NAME).chain(MOVED).map(|name| self.folder.join(name));
        let mut ours = names.filter(|file| there(file) == There::Ours);
        let ours = match (ours.next(), there(&hook)) {
            (Some(first), _) => {
                for other in ours {
                    fs::remove_file(&other).map_err(|error| self.failed(&other, &error))?;
                }
                first
            }
            (None, There::Nothing) if there(&before) == There::Nothing => return Ok(Removed::Nothing),
            (None, There::Nothing) => hook,
            (None, _) => {
                self.refuse_husky("if it runs `tokenlint`, take that line out of `.husky/pre-commit`")?;
                return Err(trouble(
                    format!("`{}` is not the hook of tokenlint and was left alone", hook.display()),
                    "if it runs `tokenlint`, take that line out by hand",
                ));
            }
        };
        if there(&before) == There::Nothing {
            fs::remove_file(&ours).map_err(|error| self.failed(&ours, &error))?;
            return Ok(Removed::Gone(ours));
        }
        // Windows replaces no file that is read-only, but renaming replaces ours.
        fs::rename(&before, &ours).map_err(|error| self.failed(&before, &error))?;
        Ok(Removed::Restored(ours))
    }

    /// What stands in husky's folders is written by husky, or committed as one line for each tool.
    fn refuse_husky(&self, help: &str) -> Result<(), Trouble> {
        if self.folder.ends_with(".husky/_") || self.folder.ends_with(".husky") {
            return Err(trouble("the hooks of this repository are husky's".into(), help));
        }
        Ok(())
    }

    fn write_beside(&self, script: &[u8]) -> io::Result<tempfile::NamedTempFile> {
        let mut file = tempfile::Builder::new().prefix(".tokenlint-").tempfile_in(&self.folder)?;
        file.write_all(script)?;
        #[cfg(unix)]
        file.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
        Ok(file)
    }

    fn failed(&self, path: &Path, error: &io::Error) -> Trouble {
        trouble(format!("`{}` cannot be written: {error}", path.display()), "check who owns the folder of the hooks")
    }
}

/// What stands at a path.
#[derive(Debug, PartialEq, Eq)]
enum There {
    Nothing,
    Ours,
    Other { carriage_returns: bool, lefthook: bool },
    Folder,
}

fn there(path: &Path) -> There {
    match fs::symlink_metadata(path) {
        Err(_) => return There::Nothing,
        Ok(data) if data.is_dir() => return There::Folder,
        Ok(_) => {}
    }
    // A link that leads nowhere, and what may not be read, is not ours.
    let bytes = fs::read(path).unwrap_or_default();
    let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    if has(MARK.as_bytes()) {
        return There::Ours;
    }
    There::Other { carriage_returns: has(b"\r\n"), lefthook: has(b"lefthook") }
}

/// The hook. It runs in the sh of git on Windows too.
fn script(program: Option<&Path>) -> Vec<u8> {
    let mut script = format!(
        r#"#!/bin/sh
{MARK}; `tokenlint hook uninstall` takes it away.

# Other tools keep this file under another name and run it after theirs: that must not become a circle.
[ "$TOKENLINT_HOOK" = "$PWD" ] && exit 0
TOKENLINT_HOOK=$PWD
export TOKENLINT_HOOK

# The hook that was here before.
before="${{0%/*}}/{BEFORE}"
if [ -x "$before" ]; then
    "$before" "$@" || exit
fi

for tokenlint in tokenlint"#
    )
    .into_bytes();
    if let Some(program) = program {
        script.push(b' ');
        script.extend(quoted(program));
    }
    script.extend_from_slice(
        br#"; do
    if command -v "$tokenlint" >/dev/null 2>&1; then
        exec "$tokenlint" hook run
    fi
done
echo "error: tokenlint cannot be found, so nothing was checked, and nothing was committed" >&2
echo "  help: install tokenlint, or commit with \`git commit --no-verify\`; the hook is $0" >&2
exit 1
"#,
    );
    script
}

#[cfg(unix)]
fn quoted(path: &Path) -> Vec<u8> {
    let bytes = std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str());
    let escaped = bytes.iter().flat_map(|b| if *b == b'\'' { br"'\''".to_vec() } else { vec![*b] });
    [b"'".to_vec(), escaped.collect(), b"'".to_vec()].concat()
}

#[cfg(not(unix))]
fn quoted(path: &Path) -> Vec<u8> {
    let text = path.to_string_lossy().replace('\\', "/").replace('\'', r"'\''");
    format!("'{text}'").into_bytes()
}
