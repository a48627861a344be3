//! What a run is told: the command line, completed by `tokenlint.toml`.

#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::keys::{self, trouble_of};
use super::options::{self, trouble};
use super::{Common, FailOn};
use crate::config::{Config, FILE, Home, Meant};
use crate::finding::Trouble;
use crate::load::RuleSet;
use crate::options::{Input, Options};

/// What a run is told.
pub struct Settings {
    /// The rules and contracts.
    pub set: RuleSet,
    /// What was typed.
    pub typed: Options,
    /// The least severity that makes the exit status 1.
    pub fail_on: FailOn,
    /// The configuration, if there is one.
    pub config: Option<Config>,
    /// The file of what is known that the configuration names.
    pub baseline: Option<PathBuf>,
    /// The options that were asked for: those of thousands of files are the same few.
    completed: Mutex<HashMap<Meant, Vec<Completed>>>,
}

/// What was typed, and the options made of it.
type Completed = (Arc<Options>, Arc<Options>);

impl Settings {
    /// Reads them. With a trouble among them nothing should be done: the answer would not be to the question.
    pub fn read(common: &Common, inputs: &[OsString], takes_stdin: bool, troubles: &mut Vec<Trouble>) -> Self {
        let found = configuration(common, inputs, troubles);
        let mut folders = common.rules.clone();
        if let Some((config, folder)) = &found {
            for (name, span) in config.rule_folders() {
                let path = folder.join(name);
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let help = "write the path of a folder with rules, from the folder of this file";
                    troubles.push(config.trouble(Some(span), format!("there is no folder `{name}`"), help.into()));
                }
            }
        }
        let set = options::rule_set(&folders, troubles);
        let typed = options::options(common, takes_stdin, &set, troubles);
        let baseline = found.as_ref().and_then(|(config, folder)| Some(folder.join(config.baseline()?)));
        let config = found.map(|(mut config, folder)| {
            troubles.extend(config.check(&set));
            give_keys(&mut config, &folder, troubles);
            config
        });
        let fail_on = common.fail_on.or(config.as_ref().and_then(Config::fail_on).map(FailOn::from));
        Self { set, typed, fail_on: fail_on.unwrap_or(FailOn::Error), config, baseline, completed: Mutex::default() }
    }

    /// What is known and wanted of a source; `typed` is what was typed about such sources.
    pub fn options(&self, typed: &Arc<Options>, name: &str) -> Arc<Options> {
        let Some(config) = &self.config else { return Arc::clone(typed) };
        let meant = config.meant(name);
        let mut completed = self.completed.lock().unwrap_or_else(PoisonError::into_inner);
        let same = completed.entry(meant.clone()).or_default();
        if let Some((_, options)) = same.iter().find(|(known, _)| Arc::ptr_eq(known, typed)) {
            return Arc::clone(options);
        }
        let options = Arc::new(config.completed(typed, &meant));
        same.push((Arc::clone(typed), Arc::clone(&options)));
        options
    }

    /// Says of an input what it is, where the configuration knows and it was not typed.
    pub fn name_kind(&self, input: &mut Input) {
        if input.kind.is_none() {
            input.kind = self.config.as_ref().and_then(|config| config.kind(&input.name));
        }
    }
}

/// The configuration that is named, or found upward from the first input, and the folder in which it stands.
fn configuration(common: &Common, inputs: &[OsString], troubles: &mut Vec<Trouble>) -> Option<(Config, PathBuf)> {
    if common.no_config {
        return None;
    }
    let current = std::env::current_dir().unwrap_or_default();
    let path = match &common.config {
        Some(path) => normal(&current.join(path)),
        None => find(&start(common, inputs, &current))?,
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    let near = near(folder, &current);
    let name = slashes(&near.join(path.file_name().unwrap_or_default()));
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => {
            let message = format!("the configuration {name} cannot be read: {error}");
            troubles.push(trouble(message, "check the path, or leave it out with --no-config".into()));
            return None;
        }
    };
    let home = Home { folder: slashes(folder), current: slashes(&current) };
    match Config::parse(&name, &text, home) {
        Ok(config) => Some((config, near)),
        Err(mut found) => {
            troubles.append(&mut found);
            None
        }
    }
}

/// The folder from which a configuration is looked for: that of the first input, if it is a file or a folder.
fn start(common: &Common, inputs: &[OsString], current: &Path) -> PathBuf {
    let first = inputs.first().map(Path::new);
    let is_pipe = first.is_some_and(|first| first == Path::new("-"));
    let named = if is_pipe { common.stdin_filename.as_deref().map(Path::new) } else { first };
    match named.map(|path| normal(&current.join(path))) {
        Some(path) if path.is_dir() => path,
        Some(path) if is_pipe || path.exists() => path.parent().map_or_else(|| current.to_owned(), Path::to_owned),
        _ => current.to_owned(),
    }
}

/// Looks in a folder and those above it, up to the one with `.git`.
fn find(start: &Path) -> Option<PathBuf> {
    for folder in start.ancestors() {
        let file = folder.join(FILE);
        if file.is_file() {
            return Some(file);
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

/// The path without `.` and `..`. Links are left alone, so that files keep the names by which they were given.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            part => normal.push(part),
        }
    }
    normal
}

/// A folder as one would name it from the current one: below it, or on the way up from it.
fn near(folder: &Path, current: &Path) -> PathBuf {
    match (folder.strip_prefix(current), current.strip_prefix(folder)) {
        (Ok(below), _) => below.to_owned(),
        (_, Ok(way)) => way.components().map(|_| "..").collect(),
        _ => folder.to_owned(),
    }
}

fn slashes(path: &Path) -> String {
    let text = path.to_string_lossy();
    if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() }
}

/// Reads the keys that the configuration names. A variable that is not set is no mistake: on most machines a secret is
/// not at hand, and what could not be checked is said in the summary.
fn give_keys(config: &mut Config, folder: &Path, troubles: &mut Vec<Trouble>) {
    let mut found = Vec::new();
    for key in config.keys() {
        let variable = key.spec.strip_prefix("env:");
        if variable.is_some_and(|name| std::env::var_os(name).is_none()) {
            continue;
        }
        let spec = match variable {
            Some(_) => key.spec.to_owned(),
            None => folder.join(key.spec).to_string_lossy().into_owned(),
        };
        let name = format!("<key {}>", key.number);
        match keys::key(&name, &spec) {
            Ok(given) => found.push((key.table, given)),
            Err(unusable) => {
                let Trouble { message, help, .. } = trouble_of(&name, unusable);
                troubles.push(config.trouble(Some(key.span), message, help.unwrap_or_default()));
            }
        }
    }
    found.into_iter().for_each(|(table, key)| config.give_key(table, key));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lose_what_leads_nowhere() {
        assert_eq!(normal(Path::new("/a/./b/../c")), Path::new("/a/c"));
        assert_eq!(normal(Path::new("/../a")), Path::new("/a"));
    }

    #[test]
    fn folders_are_named_from_the_current_one() {
        let named = |folder: &str, current: &str| near(Path::new(folder), Path::new(current));
        assert_eq!(named("/r", "/r"), Path::new(""));
        assert_eq!(named("/r/a/b", "/r"), Path::new("a/b"));
        assert_eq!(named("/r", "/r/a/b"), Path::new("../.."));
        assert_eq!(named("/x", "/r"), Path::new("/x"));
    }

    #[test]
    fn the_configuration_is_found_upward_up_to_the_repository() {
        let root = tempfile::tempdir().expect("a folder");
        let at = |name: &str| root.path().join(name);
        fs::create_dir_all(at("r/.git")).expect("made");
        fs::create_dir_all(at("r/a/b")).expect("made");
        fs::write(at(FILE), "").expect("written");
        assert_eq!(find(&at("r/a/b")), None);
        assert_eq!(find(&at("x/y")), Some(at(FILE)));
        fs::write(at("r/a").join(FILE), "").expect("written");
        assert_eq!(find(&at("r/a/b")), Some(at("r/a").join(FILE)));
    }
}
