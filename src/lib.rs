//! Finds out why an API will reject a token, and how to mend it, before the request is sent.
//!
//! The library is pure: [`lint`] has no clock, no file system and no network. It goes one way: text → things → facts →
//! findings → report.

// In dependency order: a file uses only those before it; `recognise` and `decode` are one layer and know each other's
// data.
pub mod calendar;
pub mod source;
pub mod comment;
pub mod facts;
pub mod finding;
pub mod rule;
pub mod index;
pub mod platform;
pub mod recognise;
pub mod decode;
pub mod identify;
pub mod verify;
pub mod checks;
pub mod load;
pub mod explain;
pub mod check;
pub mod settle;
pub mod answer;
mod repeat;
pub mod options;
pub mod example;
pub mod run;
pub mod ran;
pub mod suppress;
pub mod config;
pub mod fix;
pub mod mint;
pub mod repair;
pub mod inspect;
pub mod show;
pub mod baseline;
pub mod report;
#[cfg(feature = "cli")]
pub mod input;
#[cfg(feature = "cli")]
pub mod cli;

use crate::facts::{Facts, Path, Thing};
use crate::finding::{NotChecked, Report};
use crate::load::RuleSet;
use crate::options::{Input, Options};
use crate::recognise::Found;
use crate::source::Sources;
use crate::verify::keys::GivenKey;

/// Looks at a text and says what is wrong with the tokens and requests in them.
///
/// Never fails and never panics: whatever the bytes, what can be read is read. Of a rule with more than
/// [`settle::MOST`] findings the others are counted.
pub fn lint(input: &Input, set: &RuleSet, options: &Options) -> Report {
    let mut report = lint_whole(input, set, options);
    settle::keep(&mut report);
    report
}

/// As [`lint`], with every finding: for whoever leaves some of them out.
pub fn lint_whole(input: &Input, set: &RuleSet, options: &Options) -> Report {
    let mut sources = Sources::new();
    let mut facts = Facts::new();
    let holes = recognise::template::holes(&input.text, &input.name);
    let id = sources.add_given_with_holes(&*input.name, &*input.text, holes);
    options.facts(&mut sources, &mut facts);
    for found in recognise::recognise(&mut sources, id, input.kind) {
        decode::decode(&mut sources, &mut facts, &found);
    }
    add_name(&sources.get(id).name, &mut facts);
    let things = facts.subjects().filter(|(_, s)| s.parent.is_none()).count();
    for key in &options.keys {
        add_key(&mut sources, &mut facts, key);
    }
    identify::identify(&mut sources, &mut facts, set.contracts(), options.platform.as_deref());
    verify::verify(&sources, &mut facts, &options.keys);
    let findings = check::check(set, &facts, &sources);
    let findings = settle::settle(findings, set, &facts, &sources);
    let findings = answer::rank(findings, set, &facts, &sources);
    let findings = repeat::fold(findings, &facts, &sources);
    let kept = suppress::suppress(findings, set, &sources, &mut facts, options);
    Report {
        not_checked: not_checked(&facts),
        findings: kept.findings,
        rules_run: options.selection.count(&set.rules),
        things,
        suppressed: kept.suppressed,
        allowed: kept.allowed,
        left_out: 0,
        known: Vec::new(),
        sources,
        facts,
    }
}

/// What the name of the source says is known of everything in it.
fn add_name(name: &str, facts: &mut Facts) {
    let name = recognise::file::Name::new(name);
    let is_test = name.is_test_code().then_some(("source.tests", "true"));
    let said: Vec<_> = name.kind().map(|kind| ("source.kind", kind)).into_iter().chain(is_test).collect();
    let things = facts.subjects().filter(|(_, s)| s.parent.is_none());
    let things: Vec<_> = things.map(|(thing, s)| (thing, s.place.start())).collect();
    for (thing, place) in things {
        for (path, value) in &said {
            facts.add(thing, Path::new(path), *value, place);
        }
    }
}

/// A given JWK or key set is looked at like any other, but without its private members.
fn add_key(sources: &mut Sources, facts: &mut Facts, key: &GivenKey) {
    let Some(json) = &key.json else { return };
    let id = sources.add_given(key.name.as_str(), json.as_str());
    let place = sources.whole(id);
    decode::decode(sources, facts, &Found::Json { place, claims: false });
}

/// What could not be judged for want of a key, a clock or an expectation.
fn not_checked(facts: &Facts) -> Vec<NotChecked> {
    let tokens = facts.subjects().filter(|(_, s)| matches!(s.thing, Thing::Credential | Thing::Claims));
    let (mut signature, mut times, mut audience) = (false, false, false);
    let (mut unsupported, mut detached) = (false, false);
    for (id, subject) in tokens {
        let own = |path: &str| subject.of_path(path).next().is_some();
        let reason = subject.of_path("signature.not_checked").next().and_then(|f| f.value.text());
        signature |= reason.is_some_and(|reason| verify::NEEDS_KEY.contains(&reason));
        unsupported |= reason == Some(verify::UNSUPPORTED);
        detached |= reason == Some(verify::DETACHED);
        times |= ["jwt.claims.exp", "jwt.claims.nbf", "jwt.claims.iat"].iter().any(|p| own(p))
            && facts.one(id, "clock.now").is_none();
        audience |= own("jwt.claims.aud") && facts.one(id, "expect.aud").is_none();
    }
    let rows = [
        (signature, "signature", "--key"),
        (unsupported, "signature", "a program that knows its algorithm"),
        (detached, "signature", "the payload"),
        (times, "expiry", "--now"),
        (audience, "audience", "--expect aud"),
    ];
    rows.into_iter()
        .filter(|(open, ..)| *open)
        .map(|(_, what, needs)| NotChecked { what: what.into(), needs: needs.into() })
        .collect()
}
