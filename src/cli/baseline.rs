//! `--baseline` and `--write-baseline`: the file of what is known.

#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fs;
use std::path::Path;

use super::options::trouble;
use crate::baseline::{self, Baseline};
use crate::finding::{Report, Trouble};
use crate::input::write::create;

/// Reads what is known.
pub fn read(path: &Path) -> Result<Baseline, Trouble> {
    let name = path.to_string_lossy().replace('\\', "/");
    match fs::read_to_string(path) {
        Ok(text) => Baseline::parse(&name, &text),
        Err(error) => Err(trouble(
            format!("the baseline {name} cannot be read: {error}"),
            "check the path; --write-baseline writes the file".into(),
        )),
    }
}

/// Writes everything in these reports down as known.
pub fn write<'a>(path: &Path, reports: impl Iterator<Item = &'a Report>) -> Result<(), Trouble> {
    let name = path.to_string_lossy().replace('\\', "/");
    let failed = |why: String| Trouble {
        message: why,
        help: Some("check that its folder is there and may be written to".into()),
        source: Some(name.clone()),
        ..Trouble::default()
    };
    create(path, baseline::write(reports).as_bytes()).map_err(failed)
}
