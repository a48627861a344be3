//! The rule set: the built-in rules and contracts, and those of a user's folder; each accepted, or refused with its place.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use crate::checks;
use crate::index::Index;
use crate::platform::{self, Contracts, ErrorFile, Lookup, Platform};
use crate::rule::{self, Refusal, Rule};

/// No id is as long, in bytes: to compare more would only take time.
const MOST_COMPARED: usize = 64;

mod tables {
    use std::borrow::Cow;

    use crate::facts::Path;
    use crate::finding::{Code, Confidence, Severity};
    use crate::index::Index;
    use crate::platform::*;
    use crate::rule::*;

    include!(concat!(env!("OUT_DIR"), "/tables.rs"));
}

/// The rules and contracts of one run.
#[derive(Clone)]
pub struct RuleSet {
    /// The rules, in the order of their ids.
    pub rules: Cow<'static, [Rule]>,
    /// The contracts.
    pub platforms: Cow<'static, [Platform]>,
    /// Errors that belong to no single platform.
    pub errors: Cow<'static, [ErrorFile]>,
    index: OnceLock<Index>,
    lookup: OnceLock<Lookup>,
}

impl Default for RuleSet {
    fn default() -> Self {
        Self::builtin()
    }
}

impl RuleSet {
    /// What is built in.
    pub fn builtin() -> Self {
        Self {
            rules: Cow::Borrowed(tables::RULES),
            platforms: Cow::Borrowed(tables::PLATFORMS),
            errors: Cow::Borrowed(tables::ERRORS),
            index: OnceLock::from(tables::INDEX.clone()),
            lookup: OnceLock::from(tables::LOOKUP.clone()),
        }
    }

    /// No rules and no contracts, to add one's own to.
    pub fn empty() -> Self {
        Self {
            rules: Cow::default(),
            platforms: Cow::default(),
            errors: Cow::default(),
            index: OnceLock::new(),
            lookup: OnceLock::new(),
        }
    }

    /// The rules by the facts they are about.
    pub fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::new(&self.rules))
    }

    /// The contracts by what is seen of them.
    pub fn contracts(&self) -> Contracts<'_> {
        let begins = |pattern: &rule::Pattern| pattern.begins().iter().map(|&text| text.to_owned()).collect();
        Contracts { all: &self.platforms, lookup: self.lookup.get_or_init(|| Lookup::new(&self.platforms, begins)) }
    }

    /// Adds the text of a rule or platform file of the user. `id` is its path in the folder without `.toml`:
    /// `family/name` or `platforms/name`. Ids of what is there already are refused.
    pub fn add(&mut self, id: &str, text: &str) -> Result<(), Refusal> {
        let taken = |what: &str, id: &str| Refusal {
            message: format!("there is a {what} `{id}` already; give it another name"),
            span: None,
        };
        if let Some(name) = id.strip_prefix("platforms/") {
            let file = platform::parse(name, text)?;
            if self.platforms.iter().any(|p| p.id == name) {
                return Err(taken("platform", name));
            }
            self.platforms.to_mut().push(file.platform);
            self.lookup = OnceLock::new();
            return Ok(());
        }
        if !is_id(id) {
            let message =
                format!("`{id}` is no rule id: a rule stands in `<family>/<name>.toml`, in lower case with hyphens");
            return Err(Refusal { message, span: None });
        }
        let file = parse_rule(id, text)?;
        if self.rules.iter().any(|r| r.id == id || r.was.iter().any(|was| was == id)) {
            return Err(taken("rule", id));
        }
        self.rules.to_mut().push(file.rule);
        self.index = OnceLock::new();
        // What was there before has none, so a new one goes over the new rule: to look everywhere for each of a thousand
        // rules would take seconds.
        let new = self.rules.len() - 1;
        match circle_from(&self.rules, new..new + 1).and_then(|_| circle(&self.rules)) {
            Some(circle) => {
                Err(Refusal { message: format!("rules hide each other in a circle: {circle}"), span: None })
            }
            None => Ok(()),
        }
    }

    /// The pattern; for the former id of a renamed rule the one it has today.
    pub fn current(&self, pattern: &str) -> String {
        let renamed = self.rules.iter().find(|rule| rule.was.iter().any(|was| was == pattern));
        renamed.map_or_else(|| pattern.to_owned(), |rule| rule.id.to_string())
    }

    /// What to write instead of a rule that does not exist.
    pub fn nearest(&self, pattern: &str) -> String {
        let best = self.nearest_id(pattern);
        format!("the nearest is `{best}`; a family is `{}/*`", best.split('/').next().unwrap_or_default())
    }

    /// The id that is most like a word; of a long word its beginning counts.
    pub fn nearest_id(&self, word: &str) -> &str {
        let end = (0..=word.len().min(MOST_COMPARED)).rev().find(|end| word.is_char_boundary(*end)).unwrap_or_default();
        let word = word.get(..end).unwrap_or_default();
        let ids = self.rules.iter().map(|rule| rule.id.as_ref());
        ids.min_by_key(|id| strsim::damerau_levenshtein(word, id)).unwrap_or_default()
    }

    /// True if there is a rule, or a family with `family/*`, of that name, now or formerly.
    pub fn knows(&self, pattern: &str) -> bool {
        self.rules.iter().any(|r| matches(pattern, &r.id) || r.was.iter().any(|was| matches(pattern, was)))
    }
}

/// The text of a built-in file, by its path below `rules/` without `.toml`.
pub fn text_of(id: &str) -> Option<&'static str> {
    tables::TEXTS.iter().find(|(known, _)| *known == id).map(|(_, text)| *text)
}

/// Parses a rule file with everything that this binary knows: facts, predicates, variables, fixers.
pub fn parse_rule(id: &str, text: &str) -> Result<rule::RuleFile, Refusal> {
    let file = rule::parse(id, text, Some(&|name| checks::find(name).map(|c| c.offers)))?;
    if let Some(rule::FixRule { change: rule::Change::By(name), .. }) = &file.rule.fix {
        if checks::find_fixer(name).is_none() {
            return Err(Refusal { message: format!("there is no fixer `{name}`"), span: None });
        }
    }
    Ok(file)
}

fn is_id(id: &str) -> bool {
    let name = |n: &str| !n.is_empty() && n.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    id.split_once('/').is_some_and(|(family, rest)| name(family) && name(rest))
}

/// True if an id is meant by `pattern`: the id itself, `family/*`, or `*`.
pub fn matches(pattern: &str, id: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some("") => true,
        Some(family) => family.ends_with('/') && id.starts_with(family),
        None => pattern == id,
    }
}

/// The first circle of rules that hide each other by name, as `a/b, c/d, a/b`. Patterns do not count: a rule never
/// hides one that hides it by its id.
pub fn circle(rules: &[Rule]) -> Option<String> {
    circle_from(rules, 0..rules.len())
}

/// The first circle to which one of these rules leads.
fn circle_from(rules: &[Rule], starts: Range<usize>) -> Option<String> {
    let find = |id: &str| rules.iter().position(|r| r.id == id);
    let mut state = vec![0u8; rules.len()]; // 0 new, 1 on the path, 2 done
    for start in starts {
        let mut path = vec![(start, 0usize)];
        while let Some((at, next)) = path.last_mut() {
            let at = *at;
            if state[at] == 2 {
                path.pop();
                continue;
            }
            state[at] = 1;
            let Some(hidden) = rules[at].hides.get(*next) else {
                state[at] = 2;
                path.pop();
                continue;
            };
            *next += 1;
            match find(hidden) {
                Some(i) if state[i] == 1 => {
                    let names = path.iter().map(|(i, _)| rules[*i].id.as_ref()).skip_while(|id| *id != rules[i].id);
                    return Some(names.chain([rules[i].id.as_ref()]).collect::<Vec<_>>().join(", "));
                }
                Some(i) if state[i] == 0 => path.push((i, 0)),
                _ => {}
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_name_rules() {
        assert!(matches("*", "time/expired"));
        assert!(matches("time/*", "time/expired"));
        assert!(!matches("tim*", "time/expired"));
        assert!(matches("time/expired", "time/expired"));
    }

    #[test]
    fn what_is_nearest_to_a_word_is_found_in_long_ones_too() {
        let set = RuleSet::builtin();
        assert!(set.rules.iter().all(|rule| rule.id.len() < MOST_COMPARED));
        assert_eq!(set.nearest_id("time/expierd"), "time/expired");
        assert_eq!(set.nearest("tim/expired"), "the nearest is `time/expired`; a family is `time/*`");
        let long = format!("{}{}", "é".repeat(MOST_COMPARED), "x".repeat(1 << 20));
        assert!(set.knows(set.nearest_id(&long)) && set.knows(set.nearest_id("")));
        assert_eq!(RuleSet::empty().nearest_id("a/b"), "");
    }

    #[test]
    fn the_built_in_rules_hide_in_no_circle() {
        assert_eq!(circle(&RuleSet::builtin().rules), None);
    }

    #[test]
    fn former_ids_are_understood() {
        let mut set = RuleSet::empty();
        let rule = "title='t'\nseverity='error'\nconfidence='certain'\nsince='0.1.0'\nbasis=['https://x']\nwas=['a/old']\n\
                    message='m'\nlabel='l'\nwhy='w'\n[[when]]\nfact='auth.scheme'\nis='x'";
        assert_eq!(set.add("a/new", rule), Ok(()));
        assert_eq!(["a/old", "a/new", "a/*"].map(|pattern| set.current(pattern)), ["a/new", "a/new", "a/*"]);
    }

    #[test]
    fn a_circle_is_refused() {
        let rule = |hides: &str| {
            format!(
                "title='t'\nseverity='error'\nconfidence='certain'\nsince='0.1.0'\nbasis=['https://x']\nhides=[{hides}]\nmessage='m'\nlabel='l'\nwhy='w'\n[[when]]\nfact='auth.scheme'\nis='x'"
            )
        };
        let mut set = RuleSet::empty();
        assert_eq!(set.add("a/one", &rule("'a/two'")), Ok(()));
        assert_eq!(set.add("a/two", &rule("'a/three'")), Ok(()));
        let refusal = set.add("a/three", &rule("'a/one'")).map_err(|r| r.message);
        assert_eq!(refusal, Err("rules hide each other in a circle: a/one, a/two, a/three, a/one".into()));
        assert!(set.add("a/one", &rule("")).is_err());
        assert!(set.add("One", &rule("")).is_err());
    }
}
