//! Shell text, split into commands and words.
//!
//! Most requests that people show each other are curl commands, and what curl is given depends on the shell: which
//! quotes are taken away, which variables are filled in, where a command ends. This is not a shell. It reads what a
//! person would read: quotes and continuations of three dialects, variables that the same script assigns, and
//! everything else (other variables, the output of commands) as holes. It runs in one pass with its own stack.
//!
//! Some slips are read as they were meant, since the shell would make confetti of the command: blanks after the
//! continuation character, smart quotes, quotes that do not end. Each is recorded in [`Command::slips`].

use crate::source::Span;

mod cmd;
mod expand;
mod nesting;
mod parser;
mod posix;
mod powershell;
mod text;
mod variables;

use parser::Parser;
pub use text::{Carried, Text, TextBuilder, Unexpanded};

/// Whose rules of quoting a text follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// sh, bash, zsh and the like.
    Posix,
    /// The Windows command prompt and batch files.
    Cmd,
    /// PowerShell.
    PowerShell,
}

/// A word of a command: one argument as the program gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// What the program gets.
    pub text: Text,
    /// The word in the script, with its quotes.
    pub span: Span,
    /// True if any of it was quoted or escaped.
    pub quoted: bool,
    /// True if it may become several words or none: an unquoted variable with an unknown value, `$@`.
    pub splits: bool,
}

/// One simple command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The program and its arguments; assignments in front and redirections are taken out.
    pub words: Vec<Word>,
    /// From the first word to the last.
    pub span: Span,
    /// What the command reads from standard input, if that is written in the script.
    pub stdin: Option<Text>,
    /// An unquoted `&` in the middle of a word, which ends the command there.
    pub cut: Option<Span>,
    /// What was read as it was meant: `blank-after-continuation`, `smart-quotes`, `unclosed-quote`.
    pub slips: Vec<(&'static str, Span)>,
    id: usize,
}

/// The name of a source that holds the words of one command, quoted for a POSIX shell whatever the words are.
pub const GIVEN_COMMAND: &str = "<command>";

/// Guesses the dialect from the text, and from the name of the file it stands in.
pub fn dialect(text: &str, name: Option<&str>) -> Dialect {
    if name == Some(GIVEN_COMMAND) {
        return Dialect::Posix;
    }
    let name = name.unwrap_or("").to_ascii_lowercase();
    if name.ends_with(".ps1") || name.ends_with(".psm1") {
        return Dialect::PowerShell;
    }
    if name.ends_with(".bat") || name.ends_with(".cmd") {
        return Dialect::Cmd;
    }
    if name.ends_with(".sh") || name.ends_with(".bash") || name.ends_with(".zsh") || text.starts_with("#!") {
        return Dialect::Posix;
    }
    let mut lines = text.lines().map(str::trim_end);
    let first = text.trim_start();
    if first.starts_with("PS ") && first.lines().next().is_some_and(|l| l.contains('>')) {
        return Dialect::PowerShell;
    }
    if cmd::prompt(first) > 0 {
        return Dialect::Cmd;
    }
    if let Some(end) = lines.find_map(|l| l.chars().last().filter(|c| matches!(c, '^' | '`' | '\\'))) {
        match end {
            '^' => return Dialect::Cmd,
            // A line that ends in a backtick may also end a POSIX command substitution.
            '`' if text.lines().any(|l| l.trim_end().ends_with(" `")) => return Dialect::PowerShell,
            '\\' => return Dialect::Posix,
            _ => {}
        }
    }
    let lower = text.to_ascii_lowercase();
    if lower.contains("$env:") || lower.contains("${env:") {
        return Dialect::PowerShell;
    }
    if lower.contains("^\"") || lower.trim_start().starts_with("@echo off") || lower.contains("\nset \"") {
        return Dialect::Cmd;
    }
    if lower.contains("curl.exe") {
        // Both Windows shells call it so; only the command prompt has no use for single quotes.
        let percent = lower.split('%').nth(1).is_some_and(|n| n.len() > 2 && n.chars().all(is_name_char));
        return if percent && lower.matches('%').count() > 1 { Dialect::Cmd } else { Dialect::PowerShell };
    }
    Dialect::Posix
}

/// The commands in `text` from byte `start` on, in the order in which they begin. Spans are offsets in `text`.
pub fn commands(text: &str, start: usize, dialect: Dialect) -> Vec<Command> {
    let mut parser = Parser::new(text, start, dialect);
    while !parser.finished() {
        match dialect {
            Dialect::Posix => parser.posix_step(),
            Dialect::Cmd => parser.cmd_step(),
            Dialect::PowerShell => parser.powershell_step(),
        }
    }
    let mut commands = parser.commands;
    for command in &mut commands {
        if let Some(text) = parser.stdin.remove(&command.id) {
            command.stdin = Some(text);
        }
    }
    commands.sort_by_key(|c| c.span.start);
    commands
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The length of the name at the beginning of `text`, 0 if there is none.
fn name_len(text: &str) -> usize {
    let len = text.find(|c| !is_name_char(c)).unwrap_or(text.len());
    if text.starts_with(|c: char| c.is_ascii_digit()) { 0 } else { len }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dialect_shows_in_the_text_or_the_name() {
        let guess = |text| dialect(text, None);
        assert_eq!(guess("curl x"), Dialect::Posix);
        assert_eq!(guess("curl x \\\n -H a"), Dialect::Posix);
        assert_eq!(guess("curl.exe x \\\n -H \"A: %B%\""), Dialect::Posix);
        assert_eq!(guess("curl x ^\r\n -H a"), Dialect::Cmd);
        assert_eq!(guess("curl -d ^\"a^\" x"), Dialect::Cmd);
        assert_eq!(guess("C:\\a b>curl x"), Dialect::Cmd);
        assert_eq!(guess("curl.exe -H \"A: %TOKEN%\""), Dialect::Cmd);
        assert_eq!(guess("curl x `\n -H a"), Dialect::PowerShell);
        assert_eq!(guess("PS C:\\> curl x"), Dialect::PowerShell);
        assert_eq!(guess("curl.exe x"), Dialect::PowerShell);
        assert_eq!(guess("curl -u $env:A"), Dialect::PowerShell);
        assert_eq!(guess("a=`\ncurl x\n`"), Dialect::Posix);
        assert_eq!(guess("#!/bin/sh\n# ^"), Dialect::Posix);
        assert_eq!(dialect("curl x ^\n", Some("a/b.SH")), Dialect::Posix);
        assert_eq!(dialect("curl x", Some("a.ps1")), Dialect::PowerShell);
        assert_eq!(dialect("curl x", Some("a.bat")), Dialect::Cmd);
        assert_eq!(dialect("curl.exe x -d 'a\n^'", Some(GIVEN_COMMAND)), Dialect::Posix);
    }

    /// The words of each command, joined with `|`.
    fn words(text: &str, dialect: Dialect) -> Vec<String> {
        let line = |c: Command| c.words.into_iter().map(|w| w.text.text).collect::<Vec<_>>().join("|");
        commands(text, 0, dialect).into_iter().map(line).collect()
    }

    #[test]
    fn posix_text_falls_into_commands_and_words() {
        let words = |text| words(text, Dialect::Posix);
        assert_eq!(words("a  'b c'\td\\ e\\\nf \"\" ; g&&h|i # j"), ["a|b c|d ef|", "g", "h", "i"]);
        assert_eq!(words("if a; then b=c d; else e; fi"), ["a", "d", "e"]);
        assert_eq!(words("a \"$(b 'c)' `d`)\" e"), ["a|$(…)|e", "b|c)|$(…)", "d"]);
        assert_eq!(words("a 2>&1 >b <c 3</dev/null &>d e"), ["a|e"]);
        assert_eq!(words("a <<A <<'B' b\n1\nA\n2\nB\nc"), ["a|b", "c"]);
        assert_eq!(words("x='a b'; c $x \"$x\" d$x"), ["c|a|b|a b|da|b"]);
        assert_eq!(words("f() { a; }\n(b; c)"), ["f", "a", "b", "c"]);
    }

    #[test]
    fn windows_text_falls_into_commands_and_words() {
        let cmd = |text| words(text, Dialect::Cmd);
        assert_eq!(cmd("a \"b c\" d^ e 'f g' & h ^& i > j\nk"), ["a|b c|d|e|'f|g'", "h|&|i", "k"]);
        assert_eq!(cmd("a \"b\\\"c\" \"d\\\\\" \"e\"\"f\" \\g"), ["a|b\"c|d\\|e\"f|\\g"]);
        let powershell = |text| words(text, Dialect::PowerShell);
        assert_eq!(powershell("& a 'b''c' \"d\"\"e`n\" f` g; h | i # j"), ["a|b'c|d\"e\n|f g", "h", "i"]);
        assert_eq!(powershell("$x = 'a'; b $x \"$($x.y)\" (c d)"), ["b|a|$(…)|$(…)", "$x.y", "c|d"]);
    }
}
