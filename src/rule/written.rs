//! The file itself: every table and every key that it may have, and what is refused.

use std::borrow::Cow;

use serde::Deserialize;
use toml::Spanned;

use super::template::check_template;
use super::{Change, Example, FixRule, List, Op, Pattern, Refusal, Rule, RuleFile, Scalar, Str, Test};
use crate::facts::{Path, SOURCE_KINDS};
use crate::finding::{Code, Confidence, Severity};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    title: String,
    severity: Spanned<Severity>,
    strict: Option<Spanned<Severity>>,
    confidence: Confidence,
    since: String,
    basis: Spanned<Vec<String>>,
    #[serde(default)]
    hides: Vec<String>,
    #[serde(default)]
    accepted_in: Vec<Spanned<String>>,
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
    repair: Option<Spanned<String>>,
    code: Option<Code>,
    #[serde(default)]
    bad: Vec<Spanned<Example>>,
    #[serde(default)]
    good: Vec<Spanned<Example>>,
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
    if let Some(strict) = &written.strict {
        if strict.get_ref() <= written.severity.get_ref() || written.confidence == Confidence::Likely {
            return Err(Refusal::at(strict.span(), "`strict` is worse than `severity`, and of a certain rule"));
        }
    }
    if written.check.is_none() && written.when.is_empty() {
        return Err(Refusal { message: "the rule has neither `check` nor `[[when]]`".into(), span: None });
    }
    for kind in &written.accepted_in {
        if !SOURCE_KINDS.contains(&kind.get_ref().as_str()) {
            let message = format!("there is no such kind of source; the kinds are {}", SOURCE_KINDS.join(", "));
            return Err(Refusal::at(kind.span(), message));
        }
    }
    let mut offered: Option<&'static [&'static str]> = variables.is_some().then_some(&[]);
    if let (Some(check), Some(variables)) = (&written.check, variables) {
        offered = Some(
            variables(check.get_ref())
                .ok_or_else(|| Refusal::at(check.span(), format!("there is no predicate `{}`", check.get_ref())))?,
        );
    }
    for template in [Some(&written.message), Some(&written.label), written.help.as_ref(), written.repair.as_ref()]
        .into_iter()
        .flatten()
    {
        check_template(template.get_ref(), written.check.is_some(), offered)
            .map_err(|message| Refusal::at(template.span(), message))?;
    }
    let rule = Rule {
        id: Cow::Owned(id.to_owned()),
        title: written.title.into(),
        severity: written.severity.into_inner(),
        strict: written.strict.map(Spanned::into_inner),
        confidence: written.confidence,
        since: written.since.into(),
        basis: strings(written.basis.into_inner()),
        hides: strings(written.hides),
        accepted_in: strings(written.accepted_in.into_iter().map(Spanned::into_inner).collect()),
        was: strings(written.was),
        message: written.message.into_inner().into(),
        label: written.label.into_inner().into(),
        help: written.help.map(|h| h.into_inner().into()),
        why: written.why.trim().to_owned().into(),
        when: tests(written.when)?,
        unless: tests(written.unless)?,
        check: written.check.map(|c| c.into_inner().into()),
        fix: written.fix.map(fix).transpose()?,
        repair: written.repair.map(|r| r.into_inner().into()),
        code: written.code,
    };
    Ok(RuleFile { rule, bad: Example::placed(written.bad), good: Example::placed(written.good) })
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

#[cfg(test)]
mod tests {
    use super::*;

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
            ("strict='warning'\n[[when]]\nfact='auth.scheme'\nis='x'", "'warning'"),
            ("accepted-in=['prose']\n[[when]]\nfact='auth.scheme'\nis='x'", "'prose'"),
            ("[[when]]\nfact='auth.schema'\nis='x'", "'auth.schema'"),
            ("[[when]]\nfact='auth.scheme'\nis='x'\nover=1", "'auth.scheme'"),
            ("[[when]]\nfact='auth.scheme'\nmatches='('", "'('"),
            ("[[when]]\nfact='auth.scheme'\nis='x'\n[code]\nruby='x'", "ruby"),
            ("[[when]]\nfact='auth.scheme'\nis='x'\n[code]\npython=\"a\\nb\"", "\"a\\nb\""),
            ("[[when]]\nfact='auth.scheme'\nis='x'\n[code]\njavascript=' '", "' '"),
            ("help='{nothing}'\n[[when]]\nfact='auth.scheme'\nis='x'", "'{nothing}'"),
        ] {
            let error = rule(more).expect_err(more);
            assert_eq!(error.1.as_deref(), Some(at), "{error:?}");
        }
    }
}
