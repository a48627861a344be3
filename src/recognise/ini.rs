//! INI files and Java properties: a name and a value a line.
//!
//! The two differ in what belongs to a value. Readers of INI trim it, and most take quotes away; in properties all that
//! follows the sign is the value: quotes, and blanks at the end.

use crate::recognise::setting::{self, Setting};
use crate::recognise::{Found, text};
use crate::source::{self, Place, Sources};

/// Whose rules a file follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// INI.
    Ini,
    /// `java.util.Properties`.
    Properties,
}

/// All settings at `place` that are credentials, and what else there is in its lines.
pub fn find(sources: &mut Sources, place: Place, dialect: Dialect) -> Vec<Found> {
    let text = sources.text(place).to_owned();
    let mut found = Vec::new();
    for (start, line) in source::lines(&text) {
        let line = line.trim_end_matches(['\r', '\n']);
        let begin = line.trim_start();
        if found.len() >= text::MOST || begin.is_empty() || begin.starts_with(['#', ';', '!', '[']) {
            continue;
        }
        let here = place.part(start, start + line.len());
        match assignment(line, dialect) {
            Some((name, value)) => {
                let part = |text: &str| {
                    let from = text.as_ptr() as usize - line.as_ptr() as usize;
                    here.part(from, from + text.len())
                };
                let form = if dialect == Dialect::Ini { "configuration" } else { "properties file" };
                found.push(Setting::new(form, part(name), part(value)).found());
            }
            None if line.len() >= 20 => found.extend(text::find(sources, here)),
            None => {}
        }
    }
    found
}

/// The name and the value in a line, if it is a credential.
fn assignment(line: &str, dialect: Dialect) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(['=', ':'])?;
    let (name, value) = (name.trim(), value.trim_start());
    let word = match dialect {
        Dialect::Ini => {
            let end = [" ;", " #", "\t;", "\t#"].iter().filter_map(|mark| value.find(mark)).min();
            setting::bare(value.get(..end.unwrap_or(value.len()))?.trim_end())
        }
        Dialect::Properties => value,
    };
    (setting::says_credential(name) && setting::is_value(word.trim_end())).then_some((name, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_a_value_depends_on_the_reader() {
        const TOKEN: &str = "q7Rk2VxN9pLwT4sYb8ZdGf3H";
        for (line, ini, properties) in [
            (format!("api_token={TOKEN}"), Some(TOKEN.to_owned()), Some(TOKEN.to_owned())),
            (format!(" api.token : '{TOKEN}'"), Some(TOKEN.to_owned()), Some(format!("'{TOKEN}'"))),
            (format!("token = {TOKEN} "), Some(TOKEN.to_owned()), Some(format!("{TOKEN} "))),
            (format!("token = {TOKEN} ; ours"), Some(TOKEN.to_owned()), None),
            (format!("colour = {TOKEN}"), None, None),
            ("token = ${TOKEN_OF_THE_SERVICE_42}".to_owned(), None, None),
        ] {
            let value = |dialect| assignment(&line, dialect).map(|(_, value)| value.to_owned());
            assert_eq!((value(Dialect::Ini), value(Dialect::Properties)), (ini, properties), "{line}");
        }
    }
}
