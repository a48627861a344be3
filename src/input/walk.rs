//! Folders: which of the files in them are looked at. What git or an ignore file leaves out is not; hidden files are.

use std::io;
use std::path::Path;
use std::sync::mpsc;

use ignore::{DirEntry, WalkBuilder, WalkState};

use super::{Job, Jobs, display, unreadable};

/// Environment files by the names that they mostly have.
const ENVIRONMENTS: [&str; 7] =
    [".env", ".env.local", ".env.development", ".env.staging", ".env.production", ".env.test", ".env.prod"];

/// Adds every file below a folder, in the order of their paths.
pub fn walk(folder: &Path, no_ignore: bool, jobs: &mut Jobs) {
    let (found, files) = mpsc::channel::<Result<DirEntry, ignore::Error>>();
    let walk = builder(folder, no_ignore).build_parallel();
    walk.run(|| {
        let found = found.clone();
        Box::new(move |entry| {
            // The receiver lives until all is found.
            let _ = found.send(entry);
            WalkState::Continue
        })
    });
    drop(found);
    let (mut paths, mut folders, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for entry in files {
        match entry {
            Ok(entry) if entry.file_type().is_some_and(|t| t.is_file()) => paths.push(entry.into_path()),
            Ok(entry) if entry.file_type().is_some_and(|t| t.is_dir()) => folders.push(entry.into_path()),
            // A link may lead out of the tree; what it leads to in it is met there.
            Ok(_) => {}
            Err(error) => errors.push(error),
        }
    }
    paths.sort_unstable();
    let environments = folders.iter().flat_map(|folder| ENVIRONMENTS.iter().map(|name| folder.join(name)));
    let ignored = environments.filter(|file| file.is_file() && paths.binary_search(file).is_err());
    jobs.ignored.extend(ignored);
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

fn builder(folder: &Path, no_ignore: bool) -> WalkBuilder {
    let mut walk = WalkBuilder::new(folder);
    if no_ignore {
        walk.standard_filters(false);
    } else {
        walk.add_custom_ignore_filename(".tokenlintignore");
    }
    // Hidden files are what we are for: `.env`, `.github`.
    walk.hidden(false).require_git(false);
    walk.filter_entry(|entry: &DirEntry| !matches!(entry.file_name().to_str(), Some(".git" | ".hg" | ".svn" | ".jj")));
    walk
}
