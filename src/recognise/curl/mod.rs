//! curl commands, wherever a shell text holds them.
//!
//! The words of a command come from [`shell`]; here they become requests, as curl 8 would send them.
//! [`Request::options`] of such a request may hold, each at the place where it is written:
//!
//! - `anyauth`, `aws-sigv4`, `basic`, `cert`, `config`, `digest`, `get`, `head`, `header-file`, `insecure`, `location`,
//!   `location-trusted`, `negotiate`, `netrc`, `netrc-file`, `netrc-optional`, `ntlm`, `oauth2-bearer`, `proxy`,
//!   `proxy-user`, `upload-file`: that option of curl (`header-file` is `-H @file`);
//! - `unknown`: an option curl does not have;
//! - slips: `equals` (`--header=value`, which curl knows only since 8.16), `short-equals` (`-H=value`: the `=` is sent),
//!   `header-not-quoted` (`-H Authorization: Bearer x`), `single-quotes` (which the command prompt does not know),
//!   `smart-dash` (`–H`), `smart-quotes`, `blank-after-continuation`, `missing-continuation`, `unclosed-quote`,
//!   `unquoted-ampersand`, `echo-to-base64` (a pair that `echo` gives a line break before it is encoded). Dashes, smart quotes, `--header=value` and continuations are read as they were meant.
//!
//! A header that an option makes (`-A`, `-e`, `-b`, `--oauth2-bearer`) is a field like any other; its name leads back to
//! the option.

mod arguments;
mod build;
mod options;

use std::collections::HashMap;

use super::request::Request;
use super::shell::{self, Command, Word};
use crate::source::{Place, Sources, Span};

/// A cheap test whether there may be a curl command in the text.
pub fn looks_like(text: &str) -> bool {
    let bytes = text.as_bytes();
    text.match_indices("curl").any(|(at, _)| {
        let before = at.checked_sub(1).and_then(|i| bytes.get(i)).copied().unwrap_or(b' ');
        let after = bytes.get(at + 4).copied().unwrap_or(b'\n');
        let begins = before.is_ascii_whitespace() || b"/\\(`;&|\"'{@>".contains(&before);
        begins && (after.is_ascii_whitespace() || b".^`\\\"':".contains(&after))
    })
}

/// The requests of all curl commands at `place`, in the order in which the commands begin. `name` is the name of the
/// file, which may tell the shell.
pub fn find(sources: &mut Sources, place: Place, name: Option<&str>) -> Vec<Request> {
    let all = &sources.get(place.source).text;
    let Some(text) = all.get(..place.span.end).filter(|_| looks_like(sources.text(place))) else {
        return Vec::new();
    };
    let dialect = shell::dialect(sources.text(place), name);
    let commands = shell::commands(text, place.span.start, dialect);
    let echo = echo_to_base64(text, &commands).map(|span| Place { source: place.source, span });
    let mut requests = Vec::new();
    for command in continued(text, commands) {
        let Some((program, more)) = curl(&command.words) else { continue };
        let words = command.words.get(program + 1..).unwrap_or_default();
        let mut drafts = arguments::read(words);
        if more {
            drafts.iter_mut().for_each(|d| d.open = true);
        }
        requests.extend(build::requests(sources, place, &command, words, drafts));
    }
    if let Some(echo) = echo {
        requests.iter_mut().for_each(|request| request.options.push(("echo-to-base64", echo)));
    }
    requests
}

/// `echo user:password | base64`: the `echo` that adds a line break to what is encoded.
fn echo_to_base64(text: &str, commands: &[Command]) -> Option<Span> {
    let word = |command: &Command, n: usize| command.words.get(n).map(|w| w.text.text.clone()).unwrap_or_default();
    let is_echo = |c: &Command| word(c, 0) == "echo" && !word(c, 1).starts_with('-') && word(c, 1).contains(':');
    let encodes = |c: &Command| match word(c, 0).as_str() {
        "base64" => !matches!(word(c, 1).as_str(), "-d" | "-D" | "--decode"),
        "openssl" => word(c, 1) == "base64",
        _ => false,
    };
    commands.windows(2).find_map(|pair| match pair {
        [echo, next] if is_echo(echo) && encodes(next) => {
            let between = text.get(echo.span.end..next.span.start)?.trim();
            (between == "|").then_some(echo.span)
        }
        _ => None,
    })
}

/// Joins a curl command with what follows on the next line, if that begins with an option: the continuation was
/// forgotten.
fn continued(text: &str, commands: Vec<Command>) -> Vec<Command> {
    let mut joined: Vec<Command> = Vec::with_capacity(commands.len());
    let mut by_end: HashMap<usize, usize> = HashMap::new();
    for command in commands {
        let option = command.words.first().is_some_and(|w| w.text.text.starts_with('-') && w.text.text.len() > 1);
        let before = text.get(..command.span.start).unwrap_or("");
        let gap = before.len() - before.trim_end().len();
        let end = command.span.start - gap;
        let line_break = before.get(end..).is_some_and(|g| g.matches('\n').count() == 1);
        let earlier = by_end.get(&end).copied().filter(|_| option && line_break);
        match earlier.and_then(|i| joined.get_mut(i).map(|c| (i, c))) {
            Some((i, earlier)) if curl(&earlier.words).is_some() => {
                let span = Span::new(end, command.span.start);
                earlier.slips.push(("missing-continuation", Span::empty(span.start)));
                earlier.slips.extend(command.slips);
                earlier.words.extend(command.words);
                earlier.span.end = command.span.end;
                earlier.stdin = earlier.stdin.take().or(command.stdin);
                earlier.cut = earlier.cut.or(command.cut);
                by_end.insert(command.span.end, i);
            }
            _ => {
                by_end.insert(command.span.end, joined.len());
                joined.push(command);
            }
        }
    }
    joined
}

/// Words in front of a program that run it.
const WRAPPERS: &[&str] = &[
    "sudo", "doas", "time", "env", "command", "exec", "nohup", "nice", "timeout", "noglob", "builtin", "call", "start",
    // Not of a shell: the beginning of a line in a Dockerfile, a CI file, a list.
    "RUN", "run:", "-",
];

/// Programs that run another one somewhere among their arguments.
const LAUNCHERS: &[&str] = &["xargs", "docker", "podman", "kubectl", "oc", "watch", "ssh", "parallel", "tokenlint"];

/// Where the word is that runs curl, and whether more arguments come from elsewhere.
fn curl(words: &[Word]) -> Option<(usize, bool)> {
    let first = words.first()?;
    if is_curl(first) {
        return Some((0, false));
    }
    let text = first.text.text.as_str();
    if LAUNCHERS.contains(&text) {
        let at = words.iter().position(is_curl)?;
        return Some((at, matches!(text, "xargs" | "parallel")));
    }
    if !WRAPPERS.contains(&text) {
        return None;
    }
    let mut option = false;
    for (i, word) in words.iter().enumerate().skip(1) {
        let text = word.text.text.as_str();
        if is_curl(word) {
            return Some((i, false));
        }
        let number = text.starts_with(|c: char| c.is_ascii_digit());
        let skipped = text.starts_with('-') || text.contains('=') || number || WRAPPERS.contains(&text);
        // The argument of an option: `sudo -u www curl`.
        if !skipped && !option {
            return None;
        }
        option = text.starts_with('-');
    }
    None
}

fn is_curl(word: &Word) -> bool {
    let text = word.text.text.trim_start_matches('@');
    let name = text.rsplit(['/', '\\']).next().unwrap_or("").to_ascii_lowercase();
    let name = name.split(':').next().unwrap_or("");
    word.text.holes.is_empty() && matches!(name, "curl" | "curl.exe")
}
