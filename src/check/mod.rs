//! Rules over facts: the one place where a rule's condition is tried and its sentences are filled in.
//!
//! A rule is looked at only where a fact that it names exists. It fires on the innermost thing that has one of these
//! facts, and sees those of the things that carry it.

mod words;

use std::collections::BTreeMap;

use crate::checks::{self, Check, Context, Hit};
use crate::facts::{Fact, Facts, Path, Thing, Value};
use crate::finding::Finding;
use crate::load::RuleSet;
use crate::rule::{Op, Rule, Scalar, Test};
use crate::source::Sources;
use words::finding;

/// A rule says the same thing about one subject at most this often.
const MAX_HITS: usize = 20;

/// Tries every rule on every subject. The findings come in no particular order; [`crate::settle`] orders them.
pub fn check(set: &RuleSet, facts: &Facts, sources: &Sources) -> Vec<Finding> {
    check_from(0, set, facts, sources)
}

/// Tries every rule on the subjects that came after as many others.
pub fn check_from(first: usize, set: &RuleSet, facts: &Facts, sources: &Sources) -> Vec<Finding> {
    let index = set.index();
    let mut findings = Vec::new();
    for (subject, data) in facts.subjects().skip(first) {
        let cx = Context { facts, sources, platforms: &set.platforms, errors: &set.errors, subject };
        let mut rules: BTreeMap<usize, Option<&Check>> = BTreeMap::new();
        // Most predicates are about families of which there is nothing here.
        let mut there: Vec<&str> = data.facts().iter().map(|fact| fact.path.family()).collect();
        there.sort_unstable();
        there.dedup();
        let is_of = |family: &&str, path: &str| {
            path.strip_prefix(*family).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let is_there =
            |path: &&'static str| there.iter().any(|family| is_of(family, path)) && data.of_path(path).next().is_some();
        for check in checks::all().filter(|check| check.about.iter().any(is_there)) {
            rules.extend(index.of_check(check.name).iter().map(|rule| (*rule, Some(check))));
        }
        let mut more = |found: &[usize]| {
            for i in found {
                rules.entry(*i).or_insert_with(|| set.rules[*i].check.as_deref().and_then(checks::find));
            }
        };
        let mut last = "";
        for fact in data.facts() {
            // Array elements and header fields repeat their path.
            if fact.path.as_str() != last {
                last = fact.path.as_str();
                more(index.of_path(last));
            }
        }
        for family in families(data.thing) {
            more(index.of_family(family));
        }
        for (i, check) in rules {
            let rule: &Rule = &set.rules[i];
            for hit in hits(rule, check, &cx).into_iter().take(MAX_HITS) {
                findings.push(finding(rule, &cx, &hit));
            }
        }
    }
    findings
}

/// The fact families that a thing has facts of: where one of them is missing, it is this thing that lacks it.
fn families(thing: Thing) -> &'static [&'static str] {
    match thing {
        Thing::Request => &["request"],
        Thing::Response => &["response"],
        Thing::Credential => &["auth", "credential", "paste", "hole", "basic", "jwt", "jwe", "signature"],
        Thing::Claims => &["jwt", "credential"],
        Thing::Authorize => &["authorize"],
        Thing::Callback => &["callback"],
        Thing::TokenRequest => &["token-request"],
        Thing::TokenResponse => &["token-response"],
        Thing::ErrorResponse => &["error"],
        Thing::Key => &["key", "pem"],
        Thing::KeySet => &["jwks"],
        Thing::Disclosure => &["disclosure"],
        Thing::Code => &["code"],
        Thing::Json | Thing::Text | Thing::Suppression => &[],
    }
}

fn hits(rule: &Rule, check: Option<&Check>, cx: &Context) -> Vec<Hit> {
    let bindings = bindings(&rule.when, cx);
    let Some(check) = check else {
        return bindings
            .into_iter()
            .filter(|bound| !rule.unless.iter().any(|test| holds(test, cx, bound)))
            .map(|bound| primary(rule, cx, &bound))
            .collect();
    };
    if bindings.is_empty() || bindings.iter().all(|bound| rule.unless.iter().any(|test| holds(test, cx, bound))) {
        return Vec::new();
    }
    (check.run)(cx)
}

/// A fact for each path that the tests name.
type Bound<'a> = Vec<(&'a str, &'a Fact)>;

/// At most this many combinations of facts are tried for one rule and subject.
const MAX_BINDINGS: usize = 256;

/// All ways to choose one fact for each path so that every test holds. Patterns come last: most rules fail a cheaper
/// test, and then nothing is compiled for them.
fn bindings<'a>(tests: &'a [Test], cx: &Context<'a>) -> Vec<Bound<'a>> {
    let mut ways: Vec<Bound> = vec![Vec::new()];
    let is_pattern = |test: &&Test| matches!(test.op, Op::Matches(_));
    for test in tests.iter().filter(|t| !is_pattern(t)).chain(tests.iter().filter(is_pattern)) {
        let path = test.fact.as_str();
        let bind = !matches!(test.op, Op::Missing(_)) && test.aspect.as_deref() != Some("count");
        let mut next = Vec::new();
        for way in ways {
            let bound = way.iter().any(|(p, _)| *p == path);
            if bound || !bind {
                if holds(test, cx, &way) {
                    next.push(way);
                }
                continue;
            }
            for fact in cx.facts.all(cx.subject, path) {
                if fact_holds(test, cx, fact) && next.len() < MAX_BINDINGS {
                    let mut longer = way.clone();
                    longer.push((path, fact));
                    next.push(longer);
                }
            }
        }
        ways = next;
    }
    ways
}

fn holds(test: &Test, cx: &Context, bound: &Bound) -> bool {
    let path = test.fact.as_str();
    match (&test.op, test.aspect.as_deref()) {
        (Op::Missing(true), _) => is_missing(cx, &test.fact),
        (Op::Missing(false), _) => cx.one(path).is_some(),
        (op, Some("count")) => op_holds(op, &Value::from(cx.all(path).count()), cx),
        _ => match bound.iter().find(|(p, _)| *p == path) {
            Some((_, fact)) => fact_holds(test, cx, fact),
            None => cx.all(path).any(|fact| fact_holds(test, cx, fact)),
        },
    }
}

/// Missing holds only in a thing that has such facts, that is whole, and in which none is there.
fn is_missing(cx: &Context, path: &Path) -> bool {
    let family = path.family();
    let owner = cx.facts.outward(cx.subject).find(|id| families(cx.facts.get(*id).thing).contains(&family));
    match owner {
        Some(owner) => !cx.facts.get(owner).open && cx.facts.get(owner).of_path(path.as_str()).next().is_none(),
        None => {
            matches!(family, "expect" | "clock" | "platform" | "api" | "endpoint" | "operation" | "paired")
                && cx.one(path.as_str()).is_none()
        }
    }
}

fn fact_holds(test: &Test, cx: &Context, fact: &Fact) -> bool {
    if fact.hole {
        return false;
    }
    let text = fact.value.text();
    match test.aspect.as_deref() {
        None => op_holds(&test.op, &fact.value, cx),
        Some("type") => op_holds(&test.op, &Value::from(fact.value.type_name()), cx),
        Some("length") => text.is_some_and(|t| op_holds(&test.op, &Value::from(t.chars().count()), cx)),
        Some("bytes") => text.is_some_and(|t| op_holds(&test.op, &Value::from(t.len()), cx)),
        Some(_) => false,
    }
}

fn op_holds(op: &Op, value: &Value, cx: &Context) -> bool {
    let number = || match value {
        Value::Int(n) => Some(*n),
        Value::Number(_) => value.int(),
        _ => None,
    };
    match op {
        Op::Is(scalar) => equals(scalar, value),
        Op::In(list) => list.iter().any(|scalar| equals(scalar, value)),
        Op::Matches(pattern) => value.text().is_some_and(|text| pattern.matches(text)),
        Op::Over(limit) => number().is_some_and(|n| n > i128::from(*limit)),
        Op::Under(limit) => number().is_some_and(|n| n < i128::from(*limit)),
        Op::Differs(other) => {
            let mut others = cx.facts.all(cx.subject, other.as_str()).peekable();
            others.peek().is_some() && others.all(|f| !f.hole && f.value != *value)
        }
        Op::Missing(missing) => !missing,
    }
}

fn equals(scalar: &Scalar, value: &Value) -> bool {
    match (scalar, value) {
        (Scalar::Bool(a), Value::Bool(b)) => a == b,
        (Scalar::Int(a), Value::Int(b)) => i128::from(*a) == *b,
        (Scalar::Text(a), Value::Text(b)) => a == b,
        _ => false,
    }
}

/// What the finding is about: the fact of the first test, or the place where it is missing.
fn primary(rule: &Rule, cx: &Context, bound: &Bound) -> Hit {
    let Some(first) = rule.when.first() else {
        return Hit::at(cx.facts.get(cx.subject).place);
    };
    let path = first.fact.as_str();
    let fact = bound.iter().find(|(p, _)| *p == path).map(|(_, f)| *f).or_else(|| cx.one(path));
    match fact {
        Some(fact) => Hit::on(fact),
        None => {
            let mut hit = Hit::at(cx.where_missing(path));
            hit.path = Some(first.fact.clone());
            hit
        }
    }
}

#[cfg(test)]
mod tests {
    use super::words::plain;
    use super::*;

    fn set(when: &str) -> RuleSet {
        let mut set = RuleSet::empty();
        let text = format!(
            "title='t'\nseverity='error'\nconfidence='certain'\nsince='0.1.0'\nbasis=['https://x']\nmessage='{{name}}={{value}}'\nlabel='l'\nwhy='w'\n{when}"
        );
        set.add("a/b", &text).expect("the rule is right");
        set
    }

    /// A request to `api.example` that carries a credential with two scopes and no scheme.
    fn facts() -> (Facts, Sources) {
        let mut sources = Sources::new();
        let id = sources.add_given("t", "https://api.example tok");
        let whole = sources.whole(id);
        let mut facts = Facts::new();
        let request = facts.subject(Thing::Request, None, whole);
        facts.add(request, Path::new("request.host"), "api.example", whole.part(8, 19));
        let credential = facts.subject(Thing::Credential, Some(request), whole.part(20, 23));
        facts.add(credential, Path::new("auth.value"), "tok", whole.part(20, 23));
        facts.add(credential, Path::new("credential.scope"), "a", whole.part(20, 21));
        facts.add(credential, Path::new("credential.scope"), "bb", whole.part(21, 23));
        (facts, sources)
    }

    fn found(when: &str) -> Vec<String> {
        let (facts, sources) = facts();
        check(&set(when), &facts, &sources).iter().map(|f| plain(&f.message)).collect()
    }

    #[test]
    fn operators() {
        for (when, expected) in [
            ("[[when]]\nfact='request.host'\nis='api.example'", vec!["host=api.example"]),
            ("[[when]]\nfact='request.host'\nin=['x','api.example']", vec!["host=api.example"]),
            ("[[when]]\nfact='request.host'\nmatches='api'", vec![]),
            ("[[when]]\nfact='request.host'\nmatches='api.*'", vec!["host=api.example"]),
            ("[[when]]\nfact='request.host.length'\nover=10", vec!["host=api.example"]),
            ("[[when]]\nfact='request.host.length'\nunder=11", vec![]),
            ("[[when]]\nfact='request.host.type'\nis='string'", vec!["host=api.example"]),
            ("[[when]]\nfact='request.host'\ndiffers='auth.value'", vec![]),
            ("[[when]]\nfact='auth.value'\ndiffers='request.host'", vec!["value=tok"]),
            ("[[when]]\nfact='auth.value'\ndiffers='request.path'", vec![]),
            ("[[when]]\nfact='auth.scheme'\nmissing=true", vec!["scheme="]),
            ("[[when]]\nfact='request.path'\nmissing=true\n[[unless]]\nfact='request.host'\nis='api.example'", vec![]),
            ("[[when]]\nfact='credential.scope.count'\nover=1", vec!["scope=a"]),
            // A rule fires once a combination, and two tests of one path bind to the same fact.
            ("[[when]]\nfact='credential.scope'\nmatches='.*'", vec!["scope=a", "scope=bb"]),
            ("[[when]]\nfact='credential.scope'\nmatches='b+'\n[[when]]\nfact='credential.scope'\nmatches='a'", vec![]),
            // Outwards, never inwards: the credential sees its request, and the request lacks no scheme.
            (
                "[[when]]\nfact='auth.scheme'\nmissing=true\n[[when]]\nfact='request.host'\nis='api.example'",
                vec!["scheme="],
            ),
        ] {
            assert_eq!(found(when), expected, "{when}");
        }
    }

    #[test]
    fn nothing_is_known_of_a_value_with_a_hole() {
        let (mut facts, sources) = facts();
        let (request, subject) = facts.subjects().map(|(id, s)| (id, s.place)).next().expect("one");
        facts.push(request, Fact { path: Path::new("request.path"), value: "/a".into(), place: subject, hole: true });
        for (when, expected) in [("matches='.*'", 0), ("missing=true", 0), ("missing=false", 1)] {
            let when = format!("[[when]]\nfact='request.path'\n{when}");
            assert_eq!(check(&set(&when), &facts, &sources).len(), expected, "{when}");
        }
    }

    #[test]
    fn nothing_is_missing_in_an_open_thing() {
        let (mut facts, sources) = facts();
        let rule = set("[[when]]\nfact='request.path'\nmissing=true");
        assert_eq!(check(&rule, &facts, &sources).len(), 1);
        let request = facts.subjects().next().map(|(id, _)| id).expect("one");
        facts.set_open(request);
        assert_eq!(check(&rule, &facts, &sources).len(), 0);
    }
}
