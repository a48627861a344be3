//! The sentences of a rule: text with holes for facts and for what a predicate offers.

use crate::facts::Path;

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part<'a> {
    /// Words.
    Text(&'a str),
    /// `{name}` or `{name|default}`: a variable of the predicate or a fact path.
    Hole(&'a str, Option<&'a str>),
}

/// Splits a template such as `` `{claim}` is {value} `` into its parts; `{{` and `}}` are braces.
pub fn template(text: &str) -> Result<Vec<Part<'_>>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let brace = &rest[at..=at];
        if rest[at + 1..].starts_with(brace) {
            parts.push(Part::Text(&rest[..=at]));
            rest = &rest[at + 2..];
            continue;
        }
        if brace == "}" {
            return Err(format!("`{text}` has a closing brace without an opening one; write `}}}}` for a brace"));
        }
        let end = rest[at..].find('}').ok_or_else(|| format!("`{text}` has an opening brace without a closing one"))?;
        let inside = &rest[at + 1..at + end];
        let (name, default) = inside.split_once('|').map_or((inside, None), |(n, d)| (n, Some(d)));
        parts.push(Part::Text(&rest[..at]));
        parts.push(Part::Hole(name, default));
        rest = &rest[at + end + 1..];
    }
    parts.push(Part::Text(rest));
    parts.retain(|p| *p != Part::Text(""));
    Ok(parts)
}

/// Variables of every template: the value and the last name of the fact that the finding is about.
pub const ALWAYS: &[&str] = &["value", "name"];

pub(super) fn check_template(text: &str, has_check: bool, offered: Option<&[&str]>) -> Result<(), String> {
    for part in template(text)? {
        let Part::Hole(name, _) = part else { continue };
        let known = ALWAYS.contains(&name)
            || Path::parse(name).is_ok_and(|p| p.aspect().0.is_known())
            || match offered {
                Some(offered) => offered.contains(&name),
                None => has_check && !name.contains('.'),
            };
        if !known {
            return Err(format!("`{{{name}}}` is neither a fact nor a variable of the predicate"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_split() {
        let parts = template("`{claim}` is {{x}} {platform.scheme|Bearer} ");
        assert_eq!(
            parts,
            Ok(vec![
                Part::Text("`"),
                Part::Hole("claim", None),
                Part::Text("` is {"),
                Part::Text("x}"),
                Part::Text(" "),
                Part::Hole("platform.scheme", Some("Bearer")),
                Part::Text(" ")
            ])
        );
        assert!(template("{a").is_err());
        assert!(template("a}").is_err());
    }
}
