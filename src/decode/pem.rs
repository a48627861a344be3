//! PEM texts (RFC 7468): keys and certificates between a `BEGIN` and an `END` line, broken ones too.

use crate::facts::{Facts, Path, Thing};
use crate::source::{self, Place, Sources};

/// A line that begins or ends a block.
struct Armour<'a> {
    begins: bool,
    label: &'a str,
    /// Five dashes on each side, and nothing else.
    exact: bool,
    /// Length of the line up to its last dash.
    len: usize,
}

/// True if a text begins like PEM, even with a wrong number of dashes.
pub fn looks_like(text: &str) -> bool {
    let text = text.trim_start_matches(['\u{feff}', '"', '\'', ' ', '\t', '\r', '\n']);
    let armour = text.lines().next().and_then(armour);
    armour.is_some_and(|a| a.begins && ["KEY", "CERTIFICATE", "PARAMETERS"].iter().any(|end| a.label.ends_with(end)))
}

/// The parts of an armour line: dashes, `BEGIN` or `END`, a label, dashes.
fn armour(line: &str) -> Option<Armour<'_>> {
    const DASHES: [char; 3] = ['-', '–', '—'];
    let inside = line.trim_start_matches(DASHES);
    let before = line.len() - inside.len();
    let word = inside.trim_start();
    let (begins, rest) = match (word.strip_prefix("BEGIN "), word.strip_prefix("END ")) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ => return None,
    };
    let end = rest.find(DASHES).unwrap_or(rest.len());
    let (label, after) = rest.split_at(end);
    let after = after.len() - after.trim_start_matches(DASHES).len();
    let fits = line.get(..before) == Some("-----") && rest.get(end..end + after) == Some("-----");
    let is_label = !label.is_empty()
        && label.len() < 40
        && label.bytes().all(|b| b.is_ascii_uppercase() || b" 0123456789.".contains(&b));
    (before > 0 && is_label).then(|| Armour {
        begins,
        label: label.trim_end(),
        exact: fits && word.len() == inside.len() && label.trim_end().len() == label.len(),
        len: line.len() - rest.len() + end + after,
    })
}

/// Writes the facts of a PEM text: the label and body of each block, and what is wrong with its lines.
pub fn facts(sources: &Sources, facts: &mut Facts, place: Place) {
    let subject = facts.subject(Thing::Key, None, place);
    let text = sources.text(place);
    let mut open: Option<(&str, Place, usize)> = None;
    for (start, line) in source::lines(text) {
        let trimmed = line.trim_start_matches(['\u{feff}', '"', '\'', ' ', '\t']);
        let start = start + line.len() - trimmed.len();
        let Some(found) = armour(trimmed.trim_end()) else { continue };
        let here = place.part(start, start + found.len);
        let trouble = |facts: &mut Facts, what: &str, at| facts.add(subject, Path::new("pem.trouble"), what, at);
        if !found.exact {
            trouble(facts, if found.begins { "begin-line" } else { "end-line" }, here);
        }
        let rest = trimmed.get(found.len..).unwrap_or_default().trim_end();
        if found.begins && rest.len() > 1 {
            trouble(
                facts,
                if rest.starts_with("\\n") || rest.starts_with("\\r") { "literal-newlines" } else { "one-line" },
                here,
            );
        }
        if found.begins {
            facts.add(subject, Path::new("pem.label"), found.label, here);
            let same_line = rest.contains("-----END");
            if same_line {
                facts.add(
                    subject,
                    Path::new("pem.body"),
                    rest,
                    place.part(start + found.len, start + found.len + rest.len()),
                );
                continue;
            }
            if let Some((_, begin, _)) = open {
                trouble(facts, "end-missing", begin);
            }
            open = Some((found.label, here, start + trimmed.len()));
        } else if let Some((label, _, body)) = open.take() {
            if label != found.label {
                trouble(facts, "labels-differ", here);
            }
            // What is between the lines, without the line end before the last one.
            let inside = text.get(body..start).unwrap_or_default().trim_end();
            facts.add(subject, Path::new("pem.body"), inside, place.part(body, body + inside.len()));
        }
    }
    if let Some((_, begin, body)) = open {
        facts.add(subject, Path::new("pem.trouble"), "end-missing", begin);
        let rest = text.get(body..).unwrap_or_default();
        facts.add(subject, Path::new("pem.body"), rest, place.part(body.min(text.len()), text.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn armour_is_known_by_its_words() {
        for (line, exact) in [
            ("-----BEGIN PUBLIC KEY-----", true),
            ("----BEGIN PUBLIC KEY-----", false),
            ("-----BEGIN PUBLIC KEY----", false),
            ("----- BEGIN PUBLIC KEY -----", false),
            ("—BEGIN PUBLIC KEY—", false),
        ] {
            assert_eq!(armour(line).map(|a| (a.begins, a.label, a.exact)), Some((true, "PUBLIC KEY", exact)), "{line}");
            assert!(looks_like(line));
        }
        for line in ["BEGIN PUBLIC KEY", "-----BEGIN-----", "-- BEGIN TRANSACTION", "--- BEGIN of the log ---", "-----"]
        {
            assert!(!looks_like(line), "{line}");
        }
    }
}
