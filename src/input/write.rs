//! Writing a mended file: the old bytes or the new ones, never half, and only over the bytes that were checked.

#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fs;
use std::io::Write;
use std::path::Path;

use super::encoding::{Encoding, encoded};

/// Replaces the content of a file that was read as `old`. The error says what is in the way, as it stands after the
/// name of the file.
pub fn replace(path: &Path, encoding: Encoding, old: &str, new: &str) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("cannot be written: {error}");
    // What a link leads to is written, and the link stays.
    let target = fs::canonicalize(path).map_err(failed)?;
    let data = fs::metadata(&target).map_err(failed)?;
    if data.permissions().readonly() {
        return Err("is read-only and was not changed".into());
    }
    if links(&data) > 1 {
        return Err("has several hard links and was not changed".into());
    }
    let folder = target.parent().ok_or("stands in no folder")?;
    let mut file = tempfile::Builder::new().prefix(".tokenlint-").tempfile_in(folder).map_err(failed)?;
    file.write_all(&encoded(new, encoding)).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    // Until here only the owner could read it.
    file.as_file().set_permissions(data.permissions()).map_err(failed)?;
    if fs::read(&target).map_err(failed)? != encoded(old, encoding) {
        return Err("was changed by another program meanwhile and was left alone".into());
    }
    file.persist(&target).map_err(|error| failed(error.error))?;
    Ok(())
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
