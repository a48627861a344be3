//! Writing files: the old bytes or the new ones, never half; and a mended file only over the bytes that were checked.

#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use tempfile::{Builder, NamedTempFile};

use super::encoding::{Encoding, encoded};

/// A file that is not finished is called so, with something random between.
const UNFINISHED: (&str, &str) = (".tokenlint-", ".tmp");

/// Held while a file is written.
static WRITING: Mutex<()> = Mutex::new(());

/// The status of a program that the user interrupted, as shells have it.
const INTERRUPTED: i32 = 130;

/// From now on an interrupt waits for the file that is just being written, so that nothing unfinished is left beside it.
pub fn finish_when_interrupted() {
    let ended = ctrlc::set_handler(|| {
        let _whole = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
        std::process::exit(INTERRUPTED);
    });
    // Without a handler the system ends the program at once: files are whole then too, but a temporary one may be left.
    let _ = ended;
}

/// Replaces the content of a file that was read as `old`. The error says what is in the way, as it stands after the
/// name of the file.
pub fn replace(path: &Path, encoding: Encoding, old: &str, new: &str) -> Result<(), String> {
    let _whole = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    // What a link leads to is written, and the link stays.
    let target = fs::canonicalize(path).map_err(failed)?;
    let data = fs::metadata(&target).map_err(failed)?;
    if data.permissions().readonly() {
        return Err("is read-only and was not changed".into());
    }
    if links(&data) > 1 {
        return Err("has several hard links and was not changed".into());
    }
    let file = beside(&target, &encoded(new, encoding), &mut Builder::new())?;
    // Until here only the owner could read it.
    file.as_file().set_permissions(data.permissions()).map_err(failed)?;
    if fs::read(&target).map_err(failed)? != encoded(old, encoding) {
        return Err("was changed by another program meanwhile and was left alone".into());
    }
    file.persist(&target).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Writes a file of our own, such as a report: there is the whole of it or what was there before. What is no file, such as
/// a pipe, is written to. The error stands after the name of the file.
pub fn create(path: &Path, content: &[u8]) -> Result<(), String> {
    let there = fs::metadata(path).ok();
    if there.as_ref().is_some_and(|data| !data.is_file()) {
        // Whoever interrupts does not wait for somebody to read from a pipe.
        return fs::OpenOptions::new().write(true).open(path).and_then(|mut f| f.write_all(content)).map_err(failed);
    }
    let _whole = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let target = if there.is_some() { fs::canonicalize(path).map_err(failed)? } else { path.to_owned() };
    let mut builder = Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let file = beside(&target, content, &mut builder)?;
    if let Some(data) = there {
        if data.permissions().readonly() {
            return Err("is read-only and was not changed".into());
        }
        file.as_file().set_permissions(data.permissions()).map_err(failed)?;
    }
    file.persist(&target).map_err(|error| failed(error.error))?;
    Ok(())
}

/// True for the name of a file that is not finished. Of a program that was killed, it is left behind.
pub(super) fn is_unfinished(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.starts_with(UNFINISHED.0.as_bytes()) && name.ends_with(UNFINISHED.1.as_bytes())
}

/// A finished file in the same folder, to be moved to its place.
fn beside(target: &Path, content: &[u8], builder: &mut Builder<'_, '_>) -> Result<NamedTempFile, String> {
    let folder = target.parent().ok_or("stands in no folder")?;
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut file = builder.prefix(UNFINISHED.0).suffix(UNFINISHED.1).tempfile_in(folder).map_err(failed)?;
    file.write_all(content).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    Ok(file)
}

fn failed(error: std::io::Error) -> String {
    format!("cannot be written: {error}")
}

#[cfg(unix)]
fn links(data: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(data)
}

#[cfg(not(unix))]
fn links(_: &fs::Metadata) -> u64 {
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_finished_is_known_by_its_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = beside(&folder.path().join("a.http"), b"", &mut Builder::new()).expect("a file");
        assert!(is_unfinished(file.path().file_name().expect("a name")), "{file:?}");
        for other in [".tokenlint-config", ".tokenlint-baseline", ".tokenlintignore", "tokenlint-abcdef.tmp"] {
            assert!(!is_unfinished(OsStr::new(other)), "{other}");
        }
    }

    #[test]
    fn a_file_that_changed_meanwhile_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.http");
        fs::write(&path, "what another program wrote").expect("written");
        let error = replace(&path, Encoding::Utf8, "what was read", "what we would write").expect_err("refused");
        assert!(error.contains("another program"), "{error}");
        assert_eq!(fs::read_to_string(&path).expect("read"), "what another program wrote");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing is left behind");
        fs::remove_file(&path).expect("removed");
        assert!(replace(&path, Encoding::Utf8, "", "x").is_err_and(|error| error.starts_with("cannot be written")));
    }
}
