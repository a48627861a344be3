//! Folders: which of the files in them are looked at. What git or an ignore file leaves out is not; hidden files are.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use ignore::{DirEntry, WalkBuilder, WalkState};

use super::{Job, Jobs, display, unreadable};

/// Adds every file below a folder, in the order of their paths.
pub fn walk(folder: &Path, jobs: &mut Jobs) {
    let (found, files) = mpsc::channel::<Result<PathBuf, ignore::Error>>();
    let walk = builder(folder).build_parallel();
    walk.run(|| {
        let found = found.clone();
        Box::new(move |entry| {
            let file = match entry {
                Ok(entry) if entry.file_type().is_some_and(|t| t.is_file()) => Ok(entry.into_path()),
                Ok(_) => return WalkState::Continue,
                Err(error) => Err(error),
            };
            // The receiver lives until all is found.
            let _ = found.send(file);
            WalkState::Continue
        })
    });
    drop(found);
    let (mut paths, mut errors) = (Vec::new(), Vec::new());
    for file in files {
        match file {
            Ok(path) => paths.push(path),
            Err(error) => errors.push(error),
        }
    }
    paths.sort_unstable();
    jobs.jobs.extend(paths.into_iter().map(Job::Met));
    for error in errors {
        // The folder itself was named.
        if error.depth() == Some(0) {
            let error = error.io_error().map_or_else(|| error.to_string(), io::Error::to_string);
            jobs.troubles.push(unreadable(display(folder), format!("cannot be read: {error}")));
        } else {
            jobs.skipped.push(error.to_string());
        }
    }
    jobs.skipped.sort_unstable();
}

fn builder(folder: &Path) -> WalkBuilder {
    let mut walk = WalkBuilder::new(folder);
    // Hidden files are what we are for: `.env`, `.github`.
    walk.hidden(false).require_git(false).add_custom_ignore_filename(".tokenlintignore");
    walk.filter_entry(|entry: &DirEntry| !matches!(entry.file_name().to_str(), Some(".git" | ".hg" | ".svn" | ".jj")));
    walk
}
