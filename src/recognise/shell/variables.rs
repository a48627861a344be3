//! Variables of a script: who assigns them, and what is known of their values.
//!
//! A value is followed only if it is certain. What may not have run (after `&&`, in a branch, in a function) may not
//! have assigned, so after it the variable is unknown; what a command prints is unknown from the start.

use super::parser::{Mode, Parser};
use super::{Dialect, Text, TextBuilder, Word, is_name_char, name_len};

impl Parser<'_> {
    /// A variable, written in the next `len` bytes: its value if the script assigned one, else a hole. `key` is what
    /// the dialect knows it by.
    pub(super) fn variable(&mut self, key: &str, name: &str, len: usize) {
        let known = match self.variables.get(key) {
            Some(Some(text)) if text.text.len() <= self.budget => Some(text.clone()),
            _ => None,
        };
        let splitting = self.dialect == Dialect::Posix && self.frame.mode == Mode::Plain && !self.in_assignment();
        let Some(value) = known else {
            self.hole(name, len);
            self.word().splits |= splitting;
            return;
        };
        self.budget -= value.text.len();
        let end = (self.at + len).min(self.frame.limit);
        if !splitting {
            let word = self.word();
            word.text.append(&value, 0, value.text.len());
            word.quoted = true;
            word.end = end;
            self.at = end;
            return;
        }
        // An unquoted value falls apart at its blanks.
        let mut start = 0;
        let start_of_name = self.at;
        for piece in value.text.split_inclusive([' ', '\t', '\n']) {
            let text = piece.trim_end_matches([' ', '\t', '\n']);
            self.at = start_of_name;
            if !text.is_empty() {
                let word = self.word();
                word.text.append(&value, start, start + text.len());
                word.quoted = true;
                word.end = end;
            }
            start += piece.len();
            if text.len() < piece.len() {
                self.end_word();
            }
        }
        self.at = end;
    }

    /// True if the word being read is the value of an assignment, which never falls apart.
    pub(super) fn in_assignment(&self) -> bool {
        let words = &self.frame.command.words;
        words.first().is_none_or(|w| DECLARE.contains(&w.text.text.as_str()))
            && self.frame.word.as_ref().is_some_and(|w| assignment(w.text.text()).is_some())
    }

    /// What a word means that stands at the beginning of a command; true if it is no part of the command itself.
    pub(super) fn begins(&mut self, word: &Word) -> bool {
        if self.dialect != Dialect::Posix {
            return false;
        }
        if let Some(assigned) = self.assignment_of(word) {
            self.frame.command.assigned.push(assigned);
            return true;
        }
        if word.quoted {
            return false;
        }
        match word.text.text.as_str() {
            "if" | "while" | "until" | "{" => self.open_block(),
            "fi" | "done" | "esac" | "}" => self.close_block(),
            "else" | "elif" => {
                self.close_block();
                self.open_block();
            }
            "then" | "do" | "!" => {}
            "for" | "case" | "select" => {
                self.open_block();
                return false;
            }
            _ => return false,
        }
        true
    }

    /// The name and the value, if the word is an assignment.
    fn assignment_of(&self, word: &Word) -> Option<(String, Option<Text>)> {
        let (name, append) = assignment(&word.text.text)?;
        let written = name.len() + 1 + usize::from(append);
        // `"A"=b` and `$X=b` are no assignments.
        let raw = self.text.get(word.span.start..word.span.start + written)?;
        if word.text.text.get(..written) != Some(raw) {
            return None;
        }
        let mut value = TextBuilder::default();
        if append {
            match self.variables.get(name) {
                Some(Some(before)) if before.text.len() <= self.budget => value.append(before, 0, before.text.len()),
                _ => return Some((name.to_owned(), None)),
            }
        }
        value.append(&word.text, written, word.text.text.len());
        let value = value.finish();
        // Nothing but another variable or the output of a command: unknown under its own name.
        let known = !value.is_hole() && !word.splits;
        Some((name.to_owned(), known.then_some(value)))
    }

    pub(super) fn set(&mut self, name: String, value: Option<Text>) {
        if let Some(block) = self.blocks.last_mut() {
            block.push(name.clone());
        }
        let value = value.filter(|_| !self.frame.perhaps);
        self.budget = self.budget.saturating_sub(value.as_ref().map_or(0, |v| v.text.len()));
        self.variables.insert(name, value);
    }

    pub(super) fn open_block(&mut self) {
        self.blocks.push(Vec::new());
    }

    pub(super) fn close_block(&mut self) {
        if self.blocks.len() > self.frame.blocks {
            for name in self.blocks.pop().unwrap_or_default() {
                self.variables.insert(name, None);
            }
        }
    }

    /// What a command does to the variables.
    pub(super) fn run(&mut self, words: &[Word]) {
        let Some((first, rest)) = words.split_first() else { return };
        match self.dialect {
            Dialect::Posix => {}
            Dialect::Cmd => return self.cmd_set(words),
            Dialect::PowerShell => return,
        }
        let program = first.text.text.as_str();
        if DECLARE.contains(&program) {
            for word in rest {
                if let Some((name, value)) = self.assignment_of(word) {
                    self.set(name, value);
                }
            }
        } else if matches!(
            program,
            "read" | "unset" | "for" | "select" | "mapfile" | "readarray" | "getopts" | "printf"
        ) {
            let names = rest.iter().take_while(|w| w.text.text != "in");
            for name in names.filter(|w| w.text.text.chars().all(is_name_char)) {
                self.set(name.text.text.clone(), None);
            }
        } else if matches!(program, "source" | "." | "eval") {
            // Anything may be different after that.
            self.variables.clear();
        }
    }
}

/// Commands that take assignments as arguments.
const DECLARE: &[&str] = &["export", "local", "declare", "typeset", "readonly"];

/// The name in `NAME=…` or `NAME+=…`, and whether it appends.
fn assignment(text: &str) -> Option<(&str, bool)> {
    // Looking no further keeps a long word with many variables cheap.
    const LONGEST: usize = 200;
    let len = name_len(text.get(..LONGEST).unwrap_or(text));
    let (name, rest) = text.split_at_checked(len).filter(|(name, _)| !name.is_empty())?;
    let append = rest.starts_with("+=");
    (append || rest.starts_with('=')).then_some((name, append))
}
