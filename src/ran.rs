//! Whether a rule was looked for in a run, and lacked nothing that it may need.
//!
//! Only then does it say something that nothing was found: what a rule did not have, another run may have, and then a
//! comment, an entry of the configuration or of the baseline is not needless. When in doubt a rule did not run.

use crate::load::{RuleSet, matches};
use crate::options::Options;
use crate::rule::{Op, Rule};

/// Rules that may find nothing without a clock.
const NEEDS_CLOCK: &[&str] = &[
    "assertion/*",
    "aws/presigned-expired",
    "aws/signing-time-off",
    "dpop/not-fresh",
    "platform/lifetime-too-long",
    "platform/token-too-old",
    "sd-jwt/key-binding-stale",
    "time/*",
];
/// Rules that may find nothing without a key.
const NEEDS_KEY: &[&str] = &["key/*", "signature/*"];
/// Rules that may find nothing where `--platform` has to tell what no host or credential does; further those of a family
/// that is called like a platform.
const NEEDS_PLATFORM: &[&str] = &["platform/*"];
/// Rules whose predicates may find nothing without this that the user expects.
const NEEDS_EXPECTATION: &[(&str, &str)] = &[
    ("assertion/client-mismatch", "client_id"),
    ("assertion/method-mismatch", "client_auth"),
    ("authorize/redirect-uri-mismatch", "redirect_uri"),
    ("jwt/alg-mismatch", "alg"),
    ("jwt/kid-mismatch", "kid"),
    ("jwt/typ-mismatch", "typ"),
    ("payload/audience-mismatch", "aud"),
    ("payload/client-id-mismatch", "client_id"),
    ("payload/id-token-audience", "client_id"),
    ("payload/id-token-other-party", "client_id"),
    ("payload/issuer-mismatch", "iss"),
    ("payload/scope-missing", "scope"),
    ("payload/subject-mismatch", "sub"),
    ("payload/token-use", "token_use"),
    ("platform/carrier-wrong", "credential"),
    ("platform/claim-wrong", "client_id"),
    ("platform/credential-not-accepted", "credential"),
    ("platform/parameter-missing", "client_type"),
    ("platform/response-type-wrong", "client_type"),
    ("platform/scheme-missing", "credential"),
    ("platform/scheme-wrong", "credential"),
    ("time/utc-offset", "fresh"),
];

/// It finds something only where another rule surely ran, which may be so in another run.
const NEVER_SURE: &str = "suppression/unused";

/// True if this rule was looked for, and lacked nothing for it.
pub fn surely_ran(rule: &str, set: &RuleSet, options: &Options) -> bool {
    let means = |patterns: &[&str]| patterns.iter().any(|pattern| matches(pattern, rule));
    let expects = |name: &str| options.expect.iter().any(|(known, _)| known == name);
    let written = set.rules.iter().find(|known| known.id == rule);
    let platform = options.platform.as_deref();
    let contract = platform.and_then(|id| set.platforms.iter().find(|known| known.id == id));
    rule != NEVER_SURE
        && options.selection.takes(rule)
        && (options.now.is_some() || !means(NEEDS_CLOCK))
        && (!options.keys.is_empty() || !means(NEEDS_KEY))
        && (platform.is_some() || !means(NEEDS_PLATFORM) && !is_of_platform(rule, set))
        && NEEDS_EXPECTATION.iter().all(|(pattern, name)| !matches(pattern, rule) || expects(name))
        && written.is_none_or(|rule| names(rule, "expect").all(expects))
        && (options.strict || written.is_none_or(|rule| names(rule, "options").all(|name| name != "strict")))
        && contract.is_none_or(|contract| !contract.silences.iter().any(|silenced| matches(silenced, rule)))
}

/// The facts of a family that a rule needs, by what follows the name of the family.
fn names<'a>(rule: &'a Rule, family: &'a str) -> impl Iterator<Item = &'a str> {
    let needed = rule.when.iter().flat_map(|test| match &test.op {
        Op::Missing(true) => [None, None],
        Op::Differs(other) => [Some(&test.fact), Some(other)],
        _ => [Some(&test.fact), None],
    });
    needed.flatten().filter_map(move |path| path.as_str().strip_prefix(family)?.strip_prefix('.'))
}

/// True if the family of a rule is called like a platform.
fn is_of_platform(rule: &str, set: &RuleSet) -> bool {
    rule.split_once('/').is_some_and(|(family, _)| set.platforms.iter().any(|platform| platform.id == family))
}
