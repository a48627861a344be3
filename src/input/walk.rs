//! Folders: which of the files in them are looked at. What git or an ignore file leaves out is not; hidden files are.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf, is_separator};
use std::sync::mpsc;

use ignore::{DirEntry, Error, WalkBuilder, WalkState};

use super::write::is_unfinished;
use super::{Job, Jobs, Reader, display, unreadable};

/// Which names are asked for.
type Names<'a> = &'a (dyn Fn(&OsStr) -> bool + Sync);

/// Adds every file below a folder, in the order of their paths.
pub fn walk(folder: &Path, reader: &Reader, jobs: &mut Jobs) {
    let mut walk = WalkBuilder::new(folder);
    if reader.no_ignore {
        walk.standard_filters(false);
    } else {
        walk.add_custom_ignore_filename(".tokenlintignore");
    }
    let is_told = |name: &OsStr| reader.verbose || is_environment(name);
    let mut met = meet(walk, (!reader.no_ignore).then_some(&is_told));
    // Path for path and part for part, the comparison would take as long as the walk.
    met.files.sort_by_cached_key(|path| order(path));
    let others = met.others.iter().map(|(path, _)| path);
    let all = met.files.iter().chain(&met.folders).chain(others);
    let all: HashSet<&PathBuf> = all.filter(|path| path.file_name().is_some_and(is_told)).collect();
    for (path, kind) in met.listed.iter().filter(|(path, _)| !all.contains(path)) {
        let end = if kind.is_dir() { "/" } else { "" };
        jobs.passed.push(format!("{}{end} is ignored and was not read", display(path)));
        jobs.ignored += usize::from(kind.is_file() && path.file_name().is_some_and(is_environment));
    }
    for (path, kind) in &met.others {
        // A link may lead out of the tree; what it leads to in it is met there.
        let why = if kind.is_symlink() { "a link and was not followed" } else { "no ordinary file and was not read" };
        jobs.passed.push(format!("{} is {why}", display(path)));
    }
    jobs.passed.sort_unstable();
    jobs.jobs.extend(met.files.into_iter().map(Job::Met));
    for error in met.errors {
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

/// By these bytes, paths are in their order: what stands in a folder comes before what only begins like it.
fn order(path: &Path) -> Vec<u8> {
    let bytes = path.as_os_str().as_encoded_bytes();
    bytes.iter().map(|b| if is_separator(char::from(*b)) { 0 } else { *b }).collect()
}

/// Everything below a folder that is no folder, read or not; `None` if a part of it cannot be seen.
pub fn files(folder: &Path) -> Option<Vec<PathBuf>> {
    let mut walk = WalkBuilder::new(folder);
    walk.standard_filters(false);
    let mut met = meet(walk, None);
    met.files.extend(met.others.into_iter().map(|(path, _)| path));
    met.errors.is_empty().then_some(met.files)
}

/// True for the name of an environment file: who keeps secrets out of git keeps them there.
pub(super) fn is_environment(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".env")
}

/// What was met in a walk, in no order.
#[derive(Default)]
struct Met {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
    /// Links, pipes, devices.
    others: Vec<(PathBuf, FileType)>,
    /// What stands in the folders, ignored or not, with a name that was asked for.
    listed: Vec<(PathBuf, FileType)>,
    errors: Vec<Error>,
}

enum Found {
    Entry(Result<DirEntry, Error>),
    Listed(PathBuf, FileType),
}

fn meet(mut walk: WalkBuilder, names: Option<Names>) -> Met {
    // Hidden files are what we are for: `.env`, `.github`.
    let is_passed = |name: &OsStr| is_history(name) || is_unfinished(name);
    walk.hidden(false).require_git(false).filter_entry(move |entry| !is_passed(entry.file_name()));
    let (sender, found) = mpsc::channel();
    walk.build_parallel().run(|| {
        let sender = sender.clone();
        Box::new(move |entry| {
            // The receiver lives until all is found.
            for (path, kind) in names.into_iter().flat_map(|names| listed(&entry, names)) {
                let _ = sender.send(Found::Listed(path, kind));
            }
            let _ = sender.send(Found::Entry(entry));
            WalkState::Continue
        })
    });
    drop(sender);
    let mut met = Met::default();
    for found in found {
        match found {
            Found::Listed(path, kind) => met.listed.push((path, kind)),
            Found::Entry(Err(error)) => met.errors.push(error),
            Found::Entry(Ok(entry)) => match entry.file_type() {
                Some(kind) if kind.is_file() => met.files.push(entry.into_path()),
                Some(kind) if kind.is_dir() => met.folders.push(entry.into_path()),
                // A link that was named was followed.
                Some(kind) if entry.depth() > 0 => met.others.push((entry.into_path(), kind)),
                _ => {}
            },
        }
    }
    met
}

/// What stands in this folder with such a name, without following links.
fn listed(entry: &Result<DirEntry, Error>, names: Names) -> Vec<(PathBuf, FileType)> {
    let folder = entry.as_ref().ok().filter(|entry| entry.file_type().is_some_and(|kind| kind.is_dir()));
    // The walk says of a folder that it cannot be read.
    let entries = folder.and_then(|folder| fs::read_dir(folder.path()).ok()).into_iter().flatten().flatten();
    let asked = entries.filter(|entry| names(&entry.file_name()) && !is_history(&entry.file_name()));
    asked.filter_map(|entry| Some((entry.path(), entry.file_type().ok()?))).collect()
}

/// True for the folder in which a version control system keeps what was.
fn is_history(name: &OsStr) -> bool {
    [".git", ".hg", ".svn", ".jj"].iter().any(|known| name == *known)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn bytes_order_paths_as_their_parts_do() {
        let mut paths: Vec<PathBuf> = ["a/b/c", "a-b", "b", "a/b", "a", "é", "a.b/c", "a/B"].map(PathBuf::from).into();
        paths.sort_by_cached_key(|path| order(path));
        assert!(paths.is_sorted(), "{paths:?}");
    }
}
