//! `tokenlint.toml`: what a team wants, written down beside the files that it is about.
//!
//! The file is read strictly, and whatever is not understood is shown in it: a misspelt rule that silently does nothing
//! would be worse than none. What it says is turned into the [`Options`] of each source, so nothing after this module
//! knows that there is such a file. What was typed on the command line counts more.

mod fit;
mod globs;
mod written;

use std::collections::HashMap;
use std::sync::Arc;

use toml::Spanned;

use crate::finding::{Report, Trouble};
use crate::load::{RuleSet, matches};
use crate::options::{EXPECT, Options, nearest};
use crate::ran::surely_ran;
use crate::recognise::Kind;
use crate::rule::{OneOrMany, Str};
use crate::settle::Level;
use crate::source::Span;
use crate::suppress::{self, Suppression};
use crate::verify::keys::GivenKey;

use fit::{in_words, is_below, unfit_key};
pub use globs::{Globs, Home};
pub use written::FailOn;
use written::{Levels, Written, WrittenAllow};

/// The name of the file.
pub const FILE: &str = "tokenlint.toml";

/// How patterns are written.
const PATTERNS: &str = "write patterns as in `.gitignore`, from the folder of this file";

/// A configuration.
#[derive(Debug, Clone)]
pub struct Config {
    name: String,
    text: String,
    home: Home,
    written: Written,
    include: Globs,
    exclude: Globs,
    paths: Vec<PathTable>,
    allow: Vec<Globs>,
}

/// A `[[path]]` table, understood.
#[derive(Debug, Clone)]
struct PathTable {
    globs: Globs,
    kind: Option<Kind>,
    keys: Vec<GivenKey>,
}

/// A key that the configuration names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyName<'a> {
    /// Its number in the file, from 1.
    pub number: usize,
    /// `env:NAME`, or a path from the folder of the configuration.
    pub spec: &'a str,
    /// Which `[[path]]` table it is in; see [`Config::give_key`].
    pub table: usize,
    /// Where it stands in the file.
    pub span: Span,
}

/// What is remembered of a source that was looked at until the run ends.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Its name.
    pub name: String,
    /// With what it was looked at.
    pub options: Arc<Options>,
    /// The entries of the configuration for which something was found.
    pub allowed: Vec<usize>,
    /// Fingerprints of what the baseline took away.
    pub known: Vec<String>,
    /// Rules whose findings others explain: once these are mended they may come out.
    pub hidden: Vec<Str>,
}

impl Seen {
    /// What is to be remembered of a source.
    pub fn new(name: &str, options: &Arc<Options>, report: &Report) -> Self {
        Self {
            name: name.to_owned(),
            options: Arc::clone(options),
            allowed: report.allowed.clone(),
            known: report.known.clone(),
            hidden: report.findings.iter().flat_map(|finding| finding.hidden.iter().cloned()).collect(),
        }
    }
}

/// Which tables and entries of a configuration are about a source, by their numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Meant {
    paths: Vec<usize>,
    allow: Vec<usize>,
}

impl Config {
    /// Reads the text of a configuration that is called `name`. Rules and platforms in it are looked at by
    /// [`Config::check`], when those of its `rule-folders` are known.
    pub fn parse(name: &str, text: &str, home: Home) -> Result<Self, Vec<Trouble>> {
        let mut config = Self {
            name: name.to_owned(),
            text: text.to_owned(),
            home,
            written: Written::default(),
            include: Globs::default(),
            exclude: Globs::default(),
            paths: Vec::new(),
            allow: Vec::new(),
        };
        match toml::from_str::<Written>(text) {
            Ok(written) => config.written = written,
            Err(error) => {
                let (message, help) = in_words(error.message());
                return Err(vec![config.trouble(error.span().map(span_of), message, help)]);
            }
        }
        let mut troubles = Vec::new();
        config.understand(&mut troubles);
        if troubles.is_empty() { Ok(config) } else { Err(troubles) }
    }

    fn understand(&mut self, troubles: &mut Vec<Trouble>) {
        let written = std::mem::take(&mut self.written);
        let mut refuse = |span, message, help: &str| troubles.push(self.trouble(Some(span), message, help.into()));
        // `instead` is what to write where a pattern begins with `!`.
        let mut globs = |patterns: &[(&str, Span)], instead: &str| {
            Globs::new(patterns.iter().map(|(pattern, _)| *pattern)).unwrap_or_else(|(number, message)| {
                let (pattern, span) = patterns.get(number).copied().unwrap_or_default();
                let help = if pattern.starts_with('!') { instead } else { PATTERNS };
                refuse(span, message, help);
                Globs::default()
            })
        };
        let mut list = |patterns: &[Spanned<String>], instead| {
            let patterns: Vec<_> = patterns.iter().map(|p| (p.get_ref().as_str(), at(p))).collect();
            globs(&patterns, instead)
        };
        let include = list(&written.include, "write it in `exclude`, without the `!`");
        let exclude = list(&written.exclude, "exclude less: write patterns that do not mean the files to be read");
        let mut some = |patterns: &Spanned<OneOrMany>, instead| {
            let patterns: Vec<_> = patterns.get_ref().iter().map(|pattern| (pattern, at(patterns))).collect();
            globs(&patterns, instead)
        };
        const ELSEWHERE: &str = "write another `[[path]]` behind this one for those files: the later one counts";
        const LESS: &str = "write patterns that do not mean those files";
        let allow = written.allow.iter().map(|entry| some(&entry.source, LESS)).collect();
        let path_globs: Vec<Globs> = written.path.iter().map(|table| some(&table.glob, ELSEWHERE)).collect();
        for entry in written.allow.iter().filter(|entry| entry.reason.get_ref().trim().is_empty()) {
            refuse(at(&entry.reason), "the reason is empty".into(), "say why the finding is right there");
        }
        let names = || EXPECT.iter().map(|(name, _)| *name);
        let kinds = || Kind::ALL.iter().map(|(name, _)| *name);
        let mut paths = Vec::new();
        for (table, globs) in written.path.iter().zip(path_globs) {
            for name in table.expect.keys().filter(|name| !names().any(|known| known == name.get_ref())) {
                let message = format!("there is no expectation `{}`", name.get_ref());
                refuse(at(name), message, &nearest(name.get_ref(), names()));
            }
            for spec in table.key.iter().flat_map(|key| key.get_ref().iter()) {
                let span = table.key.as_ref().map_or(Span::default(), at);
                if let Some((message, help)) = unfit_key(spec) {
                    refuse(span, message.into(), help);
                }
            }
            let kind = table.kind.as_ref().and_then(|kind| {
                let known = Kind::parse(kind.get_ref());
                if known.is_none() {
                    let message = format!("there is no kind of input `{}`", kind.get_ref());
                    refuse(at(kind), message, &nearest(kind.get_ref(), kinds()));
                }
                known
            });
            paths.push(PathTable { globs, kind, keys: Vec::new() });
        }
        for file in written.baseline.iter().filter(|file| !is_below(file.get_ref())) {
            let message = format!("`{}` is no file below the folder of this one", file.get_ref());
            refuse(at(file), message, "write the path from here, with `/` and without `..`");
        }
        for folder in written.rule_folders.iter().filter(|folder| !is_below(folder.get_ref())) {
            let message = format!("`{}` is no folder below that of this file", folder.get_ref());
            refuse(at(folder), message, "write the path from here, with `/` and without `..`");
        }
        (self.include, self.exclude, self.allow, self.paths, self.written) = (include, exclude, allow, paths, written);
    }

    /// Looks whether its rules and platforms exist; former ids of rules are replaced by those of today.
    pub fn check(&mut self, set: &RuleSet) -> Vec<Trouble> {
        let mut troubles = Vec::new();
        let mut written = std::mem::take(&mut self.written);
        let mut refuse = |span, message, help| troubles.push(self.trouble(Some(span), message, help));
        let mut update = |pattern: &mut Spanned<String>| {
            if !set.knows(pattern.get_ref()) {
                let message = format!("there is no rule `{}`", pattern.get_ref());
                refuse(at(pattern), message, set.nearest(pattern.get_ref()));
            }
            *pattern.get_mut() = set.current(pattern.get_ref());
        };
        let lists = written.select.iter_mut().chain(&mut written.ignore);
        lists.chain(written.allow.iter_mut().map(|entry| &mut entry.rule)).for_each(&mut update);
        for levels in std::iter::once(&mut written.rules).chain(written.path.iter_mut().map(|table| &mut table.rules)) {
            let updated = std::mem::take(levels).into_iter().map(|(mut pattern, level)| {
                update(&mut pattern);
                (pattern, level)
            });
            *levels = updated.collect();
        }
        let known = || set.platforms.iter().map(|p| p.id.as_ref());
        for id in written.path.iter().filter_map(|table| table.platform.as_ref()) {
            if !known().any(|known| known == id.get_ref()) {
                let message = format!("there is no platform `{}`", id.get_ref());
                refuse(at(id), message, nearest(id.get_ref(), known()));
            }
        }
        self.written = written;
        troubles
    }

    /// What could not be done, at a place in the file.
    pub fn trouble(&self, span: Option<Span>, message: String, help: String) -> Trouble {
        let help = (!help.is_empty()).then_some(help);
        Trouble { message, help, source: Some(self.name.clone()), text: Some(self.text.clone()), span }
    }

    /// The least severity that makes the exit status 1, if it is said.
    pub fn fail_on(&self) -> Option<FailOn> {
        self.written.fail_on
    }

    /// Folders with rules and platforms, from the folder of the configuration, and where each stands in the file.
    pub fn rule_folders(&self) -> impl Iterator<Item = (&str, Span)> {
        self.written.rule_folders.iter().map(|folder| (folder.get_ref().as_str(), at(folder)))
    }

    /// The baseline, from the folder of the configuration.
    pub fn baseline(&self) -> Option<&str> {
        self.written.baseline.as_ref().map(|file| file.get_ref().as_str())
    }

    /// True if a file that is met in a folder is to be read.
    pub fn reads(&self, name: &str) -> bool {
        let Some(path) = self.home.relative(name) else { return true };
        (self.include.is_empty() || self.include.matches(&path)) && !self.exclude.matches(&path)
    }

    /// The keys that it names.
    pub fn keys(&self) -> Vec<KeyName<'_>> {
        let tables = self.written.path.iter().enumerate();
        let named = tables.filter_map(|(table, written)| Some((table, written.key.as_ref()?)));
        let specs = named.flat_map(|(table, key)| key.get_ref().iter().map(move |spec| (table, spec, at(key))));
        specs.enumerate().map(|(i, (table, spec, span))| KeyName { number: i + 1, spec, table, span }).collect()
    }

    /// Gives a key that it names, in the order of [`Config::keys`].
    pub fn give_key(&mut self, table: usize, key: GivenKey) {
        if let Some(table) = self.paths.get_mut(table) {
            table.keys.push(key);
        }
    }

    /// What a source is, if that is said.
    pub fn kind(&self, name: &str) -> Option<Kind> {
        let path = self.home.relative(name)?;
        self.paths.iter().rev().filter(|table| table.globs.matches(&path)).find_map(|table| table.kind)
    }

    /// What is written here about a source.
    pub fn meant(&self, name: &str) -> Meant {
        let Some(path) = self.home.relative(name) else { return Meant::default() };
        let numbers = |globs: &mut dyn Iterator<Item = &Globs>| -> Vec<usize> {
            globs.enumerate().filter(|(_, globs)| globs.matches(&path)).map(|(i, _)| i).collect()
        };
        Meant { paths: numbers(&mut self.paths.iter().map(|t| &t.globs)), allow: numbers(&mut self.allow.iter()) }
    }

    /// The options for a source: what was typed, completed by what is written here.
    pub fn options(&self, typed: &Options, name: &str) -> Options {
        self.completed(typed, &self.meant(name))
    }

    /// The options for the sources of which the same is written here.
    pub fn completed(&self, typed: &Options, meant: &Meant) -> Options {
        let mut options = typed.clone();
        options.strict |= self.written.strict;
        let selection = &mut options.selection;
        let is_selected = !selection.select.is_empty();
        if !is_selected {
            let texts =
                |list: &[Spanned<String>]| -> Vec<String> { list.iter().map(|p| p.get_ref().clone()).collect() };
            selection.select = texts(&self.written.select);
            selection.ignore.extend(texts(&self.written.ignore));
        }
        let mut add_levels = |levels: &Levels| {
            let mut levels: Vec<_> =
                levels.iter().map(|(pattern, level)| (pattern.get_ref().clone(), *level)).collect();
            // What is typed after `--select` is looked for.
            levels.retain(|(_, level)| !(is_selected && *level == Level::Off));
            levels.sort_by_key(|(pattern, _)| !pattern.ends_with('*') as usize * 2 + (pattern.len() > 1) as usize);
            selection.levels.extend(levels);
        };
        add_levels(&self.written.rules);
        for (table, written) in meant.paths.iter().filter_map(|i| self.paths.get(*i).zip(self.written.path.get(*i))) {
            add_levels(&written.rules);
            if typed.platform.is_none() {
                options.platform = written.platform.as_ref().map(|id| id.get_ref().clone()).or(options.platform);
            }
            if typed.keys.is_empty() {
                options.keys.extend(table.keys.iter().cloned());
            }
            for (name, values) in &written.expect {
                if typed.expect.iter().any(|(typed, _)| typed == name.get_ref()) {
                    continue;
                }
                options.expect.retain(|(known, _)| known != name.get_ref());
                options.expect.push((name.get_ref().clone(), values.iter().map(str::to_owned).collect()));
            }
        }
        let allowed = meant.allow.iter().filter_map(|i| Some((self.written.allow.get(*i)?.rule.get_ref().clone(), *i)));
        options.selection.allow.extend(allowed);
        options
    }

    /// What is to be said about entries that nothing was found for, when a run has ended. `walked` are the folders of
    /// which every file was met, `met` all files in them, if it is known. Nothing is said where a source was not read
    /// or a rule did not run.
    pub fn unused(
        &self,
        seen: &[Seen],
        walked: &[String],
        met: &dyn Fn() -> Option<Vec<String>>,
        set: &RuleSet,
        typed: &Options,
    ) -> Option<Report> {
        let walked: Vec<String> = walked.iter().filter_map(|folder| self.home.walked(folder)).collect();
        let relative = seen.iter().filter_map(|seen| Some((self.home.relative(&seen.name)?, seen)));
        let seen: HashMap<String, &Seen> = relative.collect();
        let is_needless = |(i, (globs, entry)): &(usize, (&Globs, &WrittenAllow))| {
            let rule = entry.rule.get_ref();
            let is_idle = |seen: &Seen| {
                let mut meant = set.rules.iter().filter(|r| matches(rule, &r.id));
                let all_ran = meant.all(|r| surely_ran(&r.id, set, &seen.options));
                all_ran && !seen.allowed.contains(i) && !seen.hidden.iter().any(|hidden| matches(rule, hidden))
            };
            let mut its = seen.iter().filter(|(path, _)| globs.matches(path)).map(|(_, seen)| seen).peekable();
            let is_met = globs.are_read(&|path| seen.contains_key(path), &walked);
            is_met && its.peek().is_some() && its.all(|seen| is_idle(seen))
        };
        let entries = self.allow.iter().zip(&self.written.allow).enumerate();
        let idle: Vec<_> = entries.filter(is_needless).map(|(_, entry)| entry).collect();
        if idle.is_empty() {
            return None;
        }
        // A file may be ignored, too large, unreadable: another run may read it.
        let met = met()?;
        let relative = met.iter().filter_map(|name| self.home.relative(name));
        let unread: Vec<String> = relative.filter(|path| !seen.contains_key(path)).collect();
        let is_read = |globs: &Globs| !unread.iter().any(|path| globs.matches(path));
        let needless = idle.into_iter().filter(|(globs, _)| is_read(globs)).map(|(_, entry)| {
            let form = "entry of the configuration";
            Suppression { span: at(&entry.rule), form, rule: entry.rule.get_ref().clone() }
        });
        let needless: Vec<Suppression> = needless.collect();
        suppress::unused(&self.name, &self.text, &needless, set, &self.options(typed, &self.name))
    }
}

fn at<T>(value: &Spanned<T>) -> Span {
    span_of(value.span())
}

fn span_of(range: std::ops::Range<usize>) -> Span {
    Span::new(range.start, range.end)
}

#[cfg(test)]
pub(crate) mod tests;
