//! From typed options to what they mean; every mistake is a [`Trouble`] that says what to write instead.

#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fs;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use ignore::WalkBuilder;

use super::keys::keys;
use super::{Color, Common, Outcome};
use crate::finding::Trouble;
use crate::load::RuleSet;
use crate::options::{EXPECT, Options, nearest};
use crate::settle::Selection;
use crate::show::Show;

/// What clap has to say: help on standard output, a mistake on standard error, made safe to show.
pub fn usage(error: &clap::Error) -> Outcome {
    let text = error.render().to_string();
    if !error.use_stderr() {
        // A closed pipe is the reader's choice.
        let _ = std::io::stdout().write_all(text.as_bytes());
        return Outcome::Clean;
    }
    let show = Show { reveal: false, unicode: true };
    let lines: Vec<String> = text.lines().map(|line| show.text(line)).collect();
    let _ = writeln!(std::io::stderr(), "{}", lines.join("\n"));
    Outcome::Failed
}

/// Something typed that cannot be done, and what to write instead.
pub fn trouble(message: String, help: String) -> Trouble {
    Trouble { message, help: Some(help), ..Trouble::default() }
}

/// A file of rules that somebody wrote.
pub struct RuleText {
    /// Its path in the folder, without `.toml`: `family/name` or `platforms/id`.
    pub id: String,
    /// Its path as it is shown.
    pub name: String,
    /// What stands in it.
    pub text: String,
}

impl RuleText {
    /// The id of the platform whose contract it is.
    pub fn platform(&self) -> Option<&str> {
        self.id.strip_prefix("platforms/")
    }
}

/// The rules and contracts: built in, and those of folders that were named by `--rules` or the configuration.
pub fn rule_set(folders: &[PathBuf], troubles: &mut Vec<Trouble>) -> RuleSet {
    let texts = rule_texts(folders, troubles);
    rule_set_of(&texts, troubles)
}

/// The rules and contracts: built in, and these.
pub fn rule_set_of(texts: &[RuleText], troubles: &mut Vec<Trouble>) -> RuleSet {
    let mut set = RuleSet::builtin();
    for RuleText { id, name, text } in texts {
        if let Err(refusal) = set.add(id, text) {
            troubles.push(Trouble {
                message: refusal.message,
                help: Some("mend the rule file; no rule of it was used".into()),
                source: Some(name.clone()),
                text: Some(text.clone()),
                span: refusal.span,
            });
        }
    }
    set
}

/// The files of rules in these folders, in the order of their paths.
pub fn rule_texts(folders: &[PathBuf], troubles: &mut Vec<Trouble>) -> Vec<RuleText> {
    let mut texts = Vec::new();
    for folder in folders {
        if !folder.is_dir() {
            let message = format!("there is no folder `{}` with rules", folder.display());
            let help = "name a folder that holds `<family>/<name>.toml` or `platforms/<id>.toml`";
            troubles.push(trouble(message, help.into()));
            continue;
        }
        // The folder was named: what git ignores in it counts too.
        let files = WalkBuilder::new(folder).standard_filters(false).sort_by_file_path(|a, b| a.cmp(b)).build();
        for entry in files {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    troubles.push(trouble(format!("rules cannot be read: {error}"), "check the folder".into()));
                    continue;
                }
            };
            let path = entry.path();
            if entry.file_type().is_some_and(|t| t.is_file()) && path.extension().is_some_and(|e| e == "toml") {
                texts.extend(rule_text(folder, path, troubles));
            }
        }
    }
    texts
}

fn rule_text(folder: &Path, path: &Path, troubles: &mut Vec<Trouble>) -> Option<RuleText> {
    let name = path.to_string_lossy().replace('\\', "/");
    let id = path.strip_prefix(folder).unwrap_or(path).with_extension("").to_string_lossy().replace('\\', "/");
    match fs::read_to_string(path) {
        Ok(text) => Some(RuleText { id, name, text }),
        Err(error) => {
            troubles.push(trouble(format!("{name} cannot be read: {error}"), "check the file".into()));
            None
        }
    }
}

/// What the user knows and wants. `takes_stdin`: an input is read from standard input, so no key can be.
pub fn options(common: &Common, takes_stdin: bool, set: &RuleSet, troubles: &mut Vec<Trouble>) -> Options {
    for pattern in common.select.iter().chain(&common.ignore) {
        if !set.knows(pattern) {
            troubles.push(trouble(format!("there is no rule `{pattern}`"), set.nearest(pattern)));
        }
    }
    if let Some(id) = &common.platform {
        if !set.platforms.iter().any(|p| p.id == *id) {
            let known = set.platforms.iter().map(|p| p.id.as_ref());
            troubles.push(trouble(format!("there is no platform `{id}`"), nearest(id, known)));
        }
    }
    let current = |patterns: &[String]| patterns.iter().map(|pattern| set.current(pattern)).collect();
    Options {
        now: now(common.now.as_deref()).unwrap_or_else(|t| {
            troubles.push(t);
            None
        }),
        leeway: i64::from(common.leeway),
        expect: expect(&common.expect, troubles),
        keys: keys(&common.keys, takes_stdin, troubles),
        platform: common.platform.clone(),
        strict: common.strict,
        selection: Selection {
            select: current(&common.select),
            ignore: current(&common.ignore),
            ..Selection::default()
        },
    }
}

/// What the user knows, by the names of [`EXPECT`].
pub fn expect(written: &[String], troubles: &mut Vec<Trouble>) -> Vec<(String, Vec<String>)> {
    let mut expect: Vec<(String, Vec<String>)> = Vec::new();
    for pair in written {
        let known = EXPECT.iter().map(|(name, _)| *name);
        let Some((name, value)) = pair.split_once('=') else {
            troubles.push(trouble(
                format!("--expect {pair} has no `=`"),
                "write it as NAME=VALUE, such as `aud=https://api.example.com`".into(),
            ));
            continue;
        };
        if !known.clone().any(|k| k == name) {
            troubles.push(trouble(format!("--expect does not know `{name}`"), nearest(name, known)));
            continue;
        }
        match expect.iter_mut().find(|(n, _)| n == name) {
            Some((_, values)) => values.push(value.to_owned()),
            None => expect.push((name.to_owned(), vec![value.to_owned()])),
        }
    }
    expect
}

/// Names and values of an option that is written `NAME=VALUE`; each name once.
pub fn pairs(option: &str, written: &[String], troubles: &mut Vec<Trouble>) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for pair in written {
        match pair.split_once('=') {
            None | Some(("", _)) => troubles.push(trouble(
                format!("{option} {pair} is not NAME=VALUE"),
                format!("write the name, `=` and the value, such as `{option} name=value`"),
            )),
            Some((name, _)) if found.iter().any(|(known, _)| known == name) => troubles.push(trouble(
                format!("{option} {name} is given twice"),
                "leave one out; a list is written as JSON, such as `[\"a\",\"b\"]`".into(),
            )),
            Some((name, value)) => found.push((name.to_owned(), value.to_owned())),
        }
    }
    found
}

/// The time to judge by, in seconds since 1970.
pub fn now(written: Option<&str>) -> Result<Option<i64>, Trouble> {
    const FORMS: &str =
        "write RFC 3339 with an offset (2027-01-15T08:00:00Z), seconds since 1970 (1800000000), or none";
    let Some(text) = written else {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok();
        return Ok(now.and_then(|d| i64::try_from(d.as_secs()).ok()));
    };
    if text == "none" {
        return Ok(None);
    }
    if text.len() >= 12 && text.bytes().all(|b| b.is_ascii_digit()) {
        let (unit, too_many) = match text.len() {
            12..=14 => ("milliseconds", 3),
            15..=17 => ("microseconds", 6),
            _ => ("nanoseconds", 9),
        };
        let message = format!("--now {text} has {} digits: these are {unit}, not seconds", text.len());
        return Err(trouble(message, format!("leave out the last {too_many} digits, or {FORMS}")));
    }
    match (text.parse::<i64>(), text.parse::<jiff::Timestamp>()) {
        (Ok(seconds), _) => Ok(Some(seconds)),
        (_, Ok(time)) => Ok(Some(time.as_second())),
        _ => Err(trouble(format!("--now {text} is no time"), FORMS.into())),
    }
}

/// True if colours may be written to a stream; see <https://no-color.org>.
pub fn color(when: Color, is_terminal: bool) -> bool {
    color_in(when, is_terminal, &|name| std::env::var(name).unwrap_or_default())
}

fn color_in(when: Color, is_terminal: bool, variable: &dyn Fn(&str) -> String) -> bool {
    match when {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => is_terminal && variable("NO_COLOR").is_empty() && variable("TERM") != "dumb",
    }
}

/// True if the terminal shows more than ASCII; text that is piped on is UTF-8.
pub fn unicode() -> bool {
    if !std::io::stdout().is_terminal() || cfg!(windows) {
        return true;
    }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|n| std::env::var(n).ok().filter(|v| !v.is_empty()));
    locale.is_none_or(|l| !matches!(l.as_str(), "C" | "POSIX"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_for_terminals_that_have_them() {
        let auto = |is_terminal, name: &str, value: &str| {
            color_in(Color::Auto, is_terminal, &|n| if n == name { value.to_owned() } else { String::new() })
        };
        assert!(auto(true, "TERM", "xterm-256color"));
        assert!(auto(true, "NO_COLOR", ""), "an empty NO_COLOR means nothing");
        assert!(!auto(true, "NO_COLOR", "1"));
        assert!(!auto(true, "TERM", "dumb"));
        assert!(!auto(false, "TERM", "xterm-256color"));
        assert!(color_in(Color::Always, false, &|_| "1".into()));
        assert!(!color_in(Color::Never, true, &|_| String::new()));
    }
}
