//! A rule as written in `rules/<family>/<name>.toml`, parsed strictly.
//!
//! The rule file is the rule: identity, wording, basis, condition, fix and examples. This module knows the format and
//! refuses whatever it does not understand, with the place in the file. `build.rs` compiles the built-in rules through
//! the same code into static tables, which is why [`Rule`] is made of `Cow`s.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde::Deserialize;
use toml::Spanned;

use crate::facts::Path;
use crate::finding::{Confidence, Severity};
use crate::source::Span;

/// Text that is static for built-in rules and owned for those of a user.
pub type Str = Cow<'static, str>;
/// A list that is static for built-in rules and owned for those of a user.
pub type List<T> = Cow<'static, [T]>;

/// A rule, without its examples.
#[derive(Debug, Clone)]
pub struct Rule {
    /// `family/name`: the path of its file.
    pub id: Str,
    /// Names the flaw, for lists.
    pub title: Str,
    /// How bad it is.
    pub severity: Severity,
    /// How sure it is; a likely rule is never an error.
    pub confidence: Confidence,
    /// The version that brought it.
    pub since: Str,
    /// Documents that say so, the most specific first.
    pub basis: List<Str>,
    /// Rules whose findings on the same thing this one explains: ids, `family/*` or `*`.
    pub hides: List<Str>,
    /// Former ids.
    pub was: List<Str>,
    /// What is there; a [`template`].
    pub message: Str,
    /// A few words at the place; a template.
    pub label: Str,
    /// What to do; a template.
    pub help: Option<Str>,
    /// Why it matters.
    pub why: Str,
    /// Tests that all hold.
    pub when: List<Test>,
    /// Tests of which none holds.
    pub unless: List<Test>,
    /// A named predicate that must find something, too.
    pub check: Option<Str>,
    /// How to mend it.
    pub fix: Option<FixRule>,
}

/// One condition on one fact.
#[derive(Debug, Clone)]
pub struct Test {
    /// The fact, without an aspect.
    pub fact: Path,
    /// What is asked of it, if not its value: one of [`Path::ASPECTS`].
    pub aspect: Option<Str>,
    /// What must hold.
    pub op: Op,
}

/// What must hold of a fact. An absent fact meets none of these but `Missing(true)`.
#[derive(Debug, Clone)]
pub enum Op {
    /// Equal, in type too.
    Is(Scalar),
    /// Equal to one of these.
    In(List<Scalar>),
    /// The text matches the whole pattern.
    Matches(Pattern),
    /// There is no such fact (in a thing that is whole), or there is one.
    Missing(bool),
    /// The number is greater.
    Over(i64),
    /// The number is smaller.
    Under(i64),
    /// The value is none of the values of that fact; no such fact, no difference.
    Differs(Path),
}

/// A value in a rule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text.
    Text(Str),
}

/// Where a compiled pattern is kept; `None` in it: it did not compile.
pub type Compiled = OnceLock<Option<regex_lite::Regex>>;

/// A regular expression, anchored at both ends, compiled when it is first needed.
#[derive(Debug, Clone)]
pub struct Pattern {
    source: Str,
    /// What its matches begin with: one of these; anything if empty. Known for the built-in patterns only.
    begins: &'static [&'static str],
    /// What its matches hold: all of these.
    holds: &'static [&'static str],
    compiled: Cell,
}

#[derive(Debug, Clone)]
enum Cell {
    /// A constant may only refer to a cell, not hold it.
    Static(&'static Compiled),
    Shared(Arc<Compiled>),
}

impl Pattern {
    /// A pattern that is known to be valid (`build.rs` has compiled it once), literals with one of which its matches
    /// begin (any text if there is none), literals that all its matches hold, and the cell to keep it in.
    pub const fn new(
        source: &'static str,
        begins: &'static [&'static str],
        holds: &'static [&'static str],
        cell: &'static Compiled,
    ) -> Self {
        Self { source: Cow::Borrowed(source), begins, holds, compiled: Cell::Static(cell) }
    }

    /// Checks a pattern.
    pub fn parse(source: String) -> Result<Self, String> {
        let regex = compile(&source).map_err(|e| e.to_string())?;
        let compiled = Cell::Shared(Arc::new(OnceLock::from(Some(regex))));
        Ok(Self { source: Cow::Owned(source), begins: &[], holds: &[], compiled })
    }

    /// The pattern as written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// True if it matches the whole text.
    pub fn matches(&self, text: &str) -> bool {
        // Most patterns that are asked cannot match by what they begin with or hold: they need not be compiled.
        let begins = self.begins.is_empty() || self.begins.iter().any(|literal| text.starts_with(literal));
        if !begins || !self.holds.iter().all(|literal| text.contains(literal)) {
            return false;
        }
        let cell = match &self.compiled {
            Cell::Static(cell) => cell,
            Cell::Shared(cell) => cell.as_ref(),
        };
        cell.get_or_init(|| compile(&self.source).ok()).as_ref().is_some_and(|r| r.is_match(text))
    }
}

fn compile(source: &str) -> Result<regex_lite::Regex, regex_lite::Error> {
    regex_lite::Regex::new(&format!("^(?:{source})$"))
}

/// The fix of a rule: one change, or a named fixer.
#[derive(Debug, Clone)]
pub struct FixRule {
    /// What it does, starting with a verb; a template.
    pub title: Str,
    /// True if the meaning is certainly what was wanted.
    pub safe: bool,
    /// The change.
    pub change: Change,
}

/// The change a fix makes.
#[derive(Debug, Clone)]
pub enum Change {
    /// Inserts text (a template) before the fact.
    Before(Path, Str),
    /// Inserts text (a template) after the fact.
    After(Path, Str),
    /// Replaces the fact's bytes by text (a template).
    Replace(Path, Str),
    /// Deletes the fact's bytes.
    Delete(Path),
    /// A named fixer computes it.
    By(Str),
}

/// An example in a rule or platform file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Example {
    /// The text; `@{jwt}` is the token of `header` and `claims`, `@{fill:36}` are 36 random-looking characters.
    pub input: Option<String>,
    /// Instead of `input`: bytes in hexadecimal.
    pub hex: Option<String>,
    /// JOSE header, as JSON text.
    pub header: Option<String>,
    /// Claims, as JSON text.
    pub claims: Option<String>,
    /// HMAC key as text.
    pub key: Option<String>,
    /// Seconds since 1970, or `false` for no clock.
    pub now: Option<Now>,
    /// `--expect`.
    #[serde(default)]
    pub expect: BTreeMap<String, OneOrMany>,
    /// `--strict`.
    #[serde(default)]
    pub strict: bool,
    /// `--platform`.
    pub platform: Option<String>,
    /// `--as`.
    #[serde(rename = "as")]
    pub kind: Option<String>,
    /// Name of the source.
    pub filename: Option<String>,
    /// The text after the fix.
    pub fixed: Option<String>,
    /// Rows of the catalogue that this example proves.
    #[serde(default)]
    pub covers: Vec<String>,
    /// Other errors and warnings that rightly appear.
    #[serde(default)]
    pub also: Vec<String>,
    /// In a platform file: the rule expected first.
    pub rule: Option<String>,
    /// In a platform file or for several forms of one rule: words that the finding must contain.
    #[serde(default)]
    pub says: Vec<String>,
}

/// The clock of an example.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Now {
    /// Seconds since 1970.
    At(i64),
    /// `false`: no clock.
    Clock(bool),
}

/// One text or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    /// One.
    One(String),
    /// Several: one of these.
    Many(Vec<String>),
}

impl OneOrMany {
    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        match self {
            OneOrMany::One(one) => std::slice::from_ref(one),
            OneOrMany::Many(many) => many.as_slice(),
        }
        .iter()
        .map(String::as_str)
    }
}

/// A rule file: the rule and its examples.
#[derive(Debug, Clone)]
pub struct RuleFile {
    /// The rule.
    pub rule: Rule,
    /// What it must find.
    pub bad: Vec<Example>,
    /// What it must leave alone.
    pub good: Vec<Example>,
}

/// Why a rule or platform file was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong.
    pub message: String,
    /// Where in the file, if it is in one place.
    pub span: Option<Span>,
}

impl Refusal {
    /// A refusal at a place in the file.
    pub fn at(span: std::ops::Range<usize>, message: impl Into<String>) -> Self {
        Self { message: message.into(), span: Some(Span::new(span.start, span.end)) }
    }
}

impl From<toml::de::Error> for Refusal {
    fn from(error: toml::de::Error) -> Self {
        Self { message: error.message().to_owned(), span: error.span().map(|s| Span::new(s.start, s.end)) }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    title: String,
    severity: Spanned<Severity>,
    confidence: Confidence,
    since: String,
    basis: Spanned<Vec<String>>,
    #[serde(default)]
    hides: Vec<String>,
    #[serde(default)]
    was: Vec<String>,
    message: Spanned<String>,
    label: Spanned<String>,
    help: Option<Spanned<String>>,
    why: String,
    check: Option<Spanned<String>>,
    #[serde(default)]
    when: Vec<WrittenTest>,
    #[serde(default)]
    unless: Vec<WrittenTest>,
    fix: Option<Spanned<WrittenFix>>,
    #[serde(default)]
    bad: Vec<Example>,
    #[serde(default)]
    good: Vec<Example>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTest {
    fact: Spanned<String>,
    is: Option<Scalar>,
    #[serde(rename = "in")]
    one_of: Option<Vec<Scalar>>,
    matches: Option<Spanned<String>>,
    missing: Option<bool>,
    over: Option<i64>,
    under: Option<i64>,
    differs: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFix {
    title: String,
    safe: bool,
    insert: Option<String>,
    before: Option<Spanned<String>>,
    after: Option<Spanned<String>>,
    replace: Option<Spanned<String>>,
    with: Option<String>,
    delete: Option<Spanned<String>>,
    by: Option<String>,
}

/// Says which variables the predicate of that name offers to templates; `None` if there is no such predicate.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<&'static [&'static str]>;

/// Parses the rule file with this id. `variables` says which names, besides fact paths, the named predicate offers to
/// templates; it is `None` for a predicate that does not exist, and is not asked when `build.rs` does not know them.
pub fn parse(id: &str, text: &str, variables: Option<Variables>) -> Result<RuleFile, Refusal> {
    let written: Written = toml::from_str(text)?;
    if written.basis.get_ref().is_empty() {
        return Err(Refusal::at(written.basis.span(), "name at least one document that says so"));
    }
    if written.confidence == Confidence::Likely && *written.severity.get_ref() == Severity::Error {
        return Err(Refusal::at(written.severity.span(), "a likely rule is at most a warning"));
    }
    if written.check.is_none() && written.when.is_empty() {
        return Err(Refusal { message: "the rule has neither `check` nor `[[when]]`".into(), span: None });
    }
    let mut offered: Option<&'static [&'static str]> = variables.is_some().then_some(&[]);
    if let (Some(check), Some(variables)) = (&written.check, variables) {
        offered = Some(
            variables(check.get_ref())
                .ok_or_else(|| Refusal::at(check.span(), format!("there is no predicate `{}`", check.get_ref())))?,
        );
    }
    for template in [Some(&written.message), Some(&written.label), written.help.as_ref()].into_iter().flatten() {
        check_template(template.get_ref(), written.check.is_some(), offered)
            .map_err(|message| Refusal::at(template.span(), message))?;
    }
    let rule = Rule {
        id: Cow::Owned(id.to_owned()),
        title: written.title.into(),
        severity: written.severity.into_inner(),
        confidence: written.confidence,
        since: written.since.into(),
        basis: strings(written.basis.into_inner()),
        hides: strings(written.hides),
        was: strings(written.was),
        message: written.message.into_inner().into(),
        label: written.label.into_inner().into(),
        help: written.help.map(|h| h.into_inner().into()),
        why: written.why.trim().to_owned().into(),
        when: tests(written.when)?,
        unless: tests(written.unless)?,
        check: written.check.map(|c| c.into_inner().into()),
        fix: written.fix.map(fix).transpose()?,
    };
    Ok(RuleFile { rule, bad: written.bad, good: written.good })
}

fn strings(list: Vec<String>) -> List<Str> {
    Cow::Owned(list.into_iter().map(Cow::Owned).collect())
}

fn known_path(written: &Spanned<String>) -> Result<Path, Refusal> {
    let path = Path::parse(written.get_ref()).map_err(|message| Refusal::at(written.span(), message))?;
    let (base, _) = path.aspect();
    if base.is_known() {
        return Ok(path);
    }
    let near = crate::facts::PATHS
        .iter()
        .map(|(known, _)| *known)
        .min_by_key(|known| strsim::damerau_levenshtein(known, base.as_str()))
        .unwrap_or_default();
    Err(Refusal::at(written.span(), format!("there is no fact `{base}`; the nearest is `{near}`")))
}

fn tests(written: Vec<WrittenTest>) -> Result<List<Test>, Refusal> {
    written.into_iter().map(test).collect::<Result<Vec<_>, _>>().map(Cow::Owned)
}

fn test(written: WrittenTest) -> Result<Test, Refusal> {
    let (fact, aspect) = known_path(&written.fact)?.aspect();
    let mut ops = Vec::new();
    ops.extend(written.is.map(Op::Is));
    ops.extend(written.one_of.map(|list| Op::In(Cow::Owned(list))));
    if let Some(pattern) = written.matches {
        let span = pattern.span();
        ops.push(Op::Matches(Pattern::parse(pattern.into_inner()).map_err(|message| Refusal::at(span, message))?));
    }
    ops.extend(written.missing.map(Op::Missing));
    ops.extend(written.over.map(Op::Over));
    ops.extend(written.under.map(Op::Under));
    if let Some(other) = &written.differs {
        ops.push(Op::Differs(known_path(other)?));
    }
    let count = ops.len();
    match (ops.pop(), count) {
        (Some(op), 1) => Ok(Test { fact, aspect: aspect.map(Cow::Borrowed), op }),
        _ => Err(Refusal::at(
            written.fact.span(),
            "a test has exactly one of `is`, `in`, `matches`, `missing`, `over`, `under`, `differs`",
        )),
    }
}

fn fix(written: Spanned<WrittenFix>) -> Result<FixRule, Refusal> {
    let span = written.span();
    let w = written.into_inner();
    let path = |p: &Option<Spanned<String>>| p.as_ref().map(known_path).transpose();
    let (before, after, replace, delete) = (path(&w.before)?, path(&w.after)?, path(&w.replace)?, path(&w.delete)?);
    let change = match (w.insert, before, after, replace, w.with, delete, w.by) {
        (Some(text), Some(at), None, None, None, None, None) => Change::Before(at, text.into()),
        (Some(text), None, Some(at), None, None, None, None) => Change::After(at, text.into()),
        (None, None, None, Some(at), Some(text), None, None) => Change::Replace(at, text.into()),
        (None, None, None, None, None, Some(at), None) => Change::Delete(at),
        (None, None, None, None, None, None, Some(name)) => Change::By(name.into()),
        _ => {
            return Err(Refusal::at(
                span,
                "a fix is one of `insert` with `before` or `after`, `replace` with `with`, `delete`, `by`",
            ));
        }
    };
    Ok(FixRule { title: w.title.into(), safe: w.safe, change })
}

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

fn check_template(text: &str, has_check: bool, offered: Option<&[&str]>) -> Result<(), String> {
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
    fn a_pattern_is_not_compiled_for_what_it_cannot_match() {
        static CELL: Compiled = Compiled::new();
        let pattern = Pattern::new("(ab|cd).*%3[aA]", &["ab", "cd"], &["%3"], &CELL);
        assert!(!pattern.matches("ef%3a") && !pattern.matches("ab3a"));
        assert!(CELL.get().is_none());
        assert!(pattern.matches("ab%3a") && pattern.matches("cd-%3A") && !pattern.matches("ab%3b"));
        assert!(Pattern::parse("colou?r".into()).is_ok_and(|p| p.matches("colour") && !p.matches("dolor")));
    }

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

    #[test]
    fn what_is_not_understood_is_refused_with_its_place() {
        let rule = |more: &str| {
            let text = format!(
                "title='t'\nseverity='error'\nconfidence='certain'\nsince='0.1.0'\nbasis=['https://x']\nmessage='m'\nlabel='l'\nwhy='w'\n{more}"
            );
            parse("a/b", &text, Some(&|_| None))
                .map(|_| ())
                .map_err(|r| (r.message, r.span.map(|s| text[s.range()].to_owned())))
        };
        assert_eq!(rule("[[when]]\nfact='auth.scheme'\nis='Bearer'"), Ok(()));
        for (more, at) in [
            ("nonsense=1\n", "nonsense"),
            ("check='gone'", "'gone'"),
            ("[[when]]\nfact='auth.schema'\nis='x'", "'auth.schema'"),
            ("[[when]]\nfact='auth.scheme'\nis='x'\nover=1", "'auth.scheme'"),
            ("[[when]]\nfact='auth.scheme'\nmatches='('", "'('"),
            ("help='{nothing}'\n[[when]]\nfact='auth.scheme'\nis='x'", "'{nothing}'"),
        ] {
            let error = rule(more).expect_err(more);
            assert_eq!(error.1.as_deref(), Some(at), "{error:?}");
        }
    }
}
