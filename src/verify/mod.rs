//! Verification: what the signature of a token says under the keys that the user gave, and whether it could have been
//! made by anybody.
//!
//! Only facts are added here (`signature.*`); rules judge them. The algorithm of a token is read to choose among the
//! given keys, never to decide what kind of key one is: a public key is no shared secret, whatever a header says. When
//! a signature does not verify, the mistakes that people make are tried one by one (`causes`); one that makes it
//! verify is proven. Without a key only guesses that need none are tried (`guesses`).

pub mod algorithm;
mod causes;
mod der;
pub mod ecdsa;
pub mod guesses;
pub mod jwk;
pub mod keys;
pub mod material;
mod rsa;
pub mod sign;
mod token;

use std::collections::{HashMap, HashSet};

use crate::facts::{Facts, Path, SubjectId, Thing};
use crate::source::{SourceId, Sources};

use causes::Cause;
use keys::{GivenKey, Key};
use token::Token;

const NO_KEY: &str = "no key was given";
const NO_FITTING_KEY: &str = "no given key is for its algorithm";
const NOT_WHOLE: &str = "the token is not whole";

/// The reason for not checking a signature that no key would end.
pub const UNSUPPORTED: &str = "its algorithm is none that can be verified here";

/// The reason for not checking the signature of a detached payload (RFC 7515 appendix F).
pub const DETACHED: &str = "what was signed is not in the token";

/// Reasons for not checking a signature that a key would end.
pub const NEEDS_KEY: &[&str] = &[NO_KEY, NO_FITTING_KEY, NOT_WHOLE];

/// Guesses and causes are tried for so many different tokens of one source; the signatures of all are verified.
const MOST_TOKENS: usize = 16;

/// Adds `signature.*` facts to every token with a signature.
pub fn verify(sources: &Sources, facts: &mut Facts, keys: &[GivenKey]) {
    let tokens: Vec<SubjectId> = facts
        .subjects()
        .filter(|(_, s)| s.thing == Thing::Credential && s.of_path("jwt.signature").next().is_some())
        .map(|(id, _)| id)
        .collect();
    let mut seen: HashMap<SourceId, HashSet<String>> = HashMap::new();
    let mut idle: Vec<Idle> = Vec::new();
    let mut used: HashSet<&str> = HashSet::new();
    for id in tokens {
        // Without a key there is nothing to do but to guess secrets, except for proofs, which bring theirs.
        let alg = facts.text(id, "jwt.header.alg");
        let brings_key = token::brings_key(facts, id);
        if keys.is_empty()
            && !brings_key
            && alg.is_some_and(|alg| !alg.starts_with("HS") && !alg.eq_ignore_ascii_case("none"))
        {
            let place = facts.get(id).of_path("jwt.signature").next().map_or(facts.get(id).place, |f| f.place);
            facts.add(id, Path::new("signature.not_checked"), NO_KEY, place);
            continue;
        }
        let Some(token) = Token::of(sources, facts, id) else {
            let place = facts.get(id).place;
            facts.add(id, Path::new("signature.not_checked"), NOT_WHOLE, place);
            continue;
        };
        let known = seen.entry(sources.given(token.place).source).or_default();
        let few = known.contains(token.text) || known.len() < MOST_TOKENS;
        if few {
            known.insert(token.text.to_owned());
        }
        let found = check(&token, keys, facts, few);
        let unfit = matches!(found.outcome, Outcome::NoKeyFits);
        used.extend(found.key.as_ref().map(|(given, _)| given.name.as_str()));
        let facts_of_token = found.facts(&token);
        if unfit {
            idle.push(Idle { id, alg: token.alg.to_owned() });
        }
        let place = token.signature_place;
        for (path, value) in facts_of_token {
            facts.add(id, Path::new(path), value, place);
        }
    }
    for token in idle {
        say_unfit(facts, &token, keys, &used);
    }
}

/// The public key in DER, whatever its container.
pub fn key_of_der(bytes: &[u8]) -> Option<material::Material> {
    der::read(bytes).map(|key| key.material)
}

/// The label that a key in DER has in PEM (RFC 7468).
pub fn label_of_der(bytes: &[u8]) -> Option<&'static str> {
    der::read(bytes).map(|key| key.form.label())
}

/// A token that no given key can be used for.
struct Idle {
    id: SubjectId,
    alg: String,
}

/// Says of which kind the keys are, unless they were given for another token.
fn say_unfit(facts: &mut Facts, token: &Idle, keys: &[GivenKey], used: &HashSet<&str>) {
    let mut idle = keys.iter().filter(|given| !used.contains(given.name.as_str()));
    let Some((given, key)) = idle.find_map(|given| Some((given, given.keys.iter().find(|k| k.material.is_some())?)))
    else {
        return;
    };
    let place = facts.get(token.id).of_path("jwt.signature").next().map_or(facts.get(token.id).place, |f| f.place);
    let has = key.material.as_ref().map(material::Material::name).unwrap_or_default();
    let is_secret = matches!(key.material, Some(material::Material::Secret(_)));
    let cause = if token.alg.starts_with("HS") && !is_secret { "public-key-for-hmac" } else { "key-type" };
    facts.add(token.id, Path::new("signature.cause"), cause, place);
    facts.add(token.id, Path::new("signature.key"), given.name.as_str(), place);
    facts.add(token.id, Path::new("signature.key_kind"), has, place);
}

/// What was found out about one signature.
struct Found<'a> {
    outcome: Outcome,
    /// The key that verifies it, or the one that a cause is about.
    key: Option<(&'a GivenKey, &'a Key)>,
    guess: Option<guesses::Guess>,
    /// `kid` of the key that would have fitted.
    fitting_kid: Option<String>,
    /// The key stands in the token.
    has_own_key: bool,
}

enum Outcome {
    /// Nothing to verify with, or nothing to verify.
    NotChecked(&'static str),
    /// Keys were given, but none for this algorithm.
    NoKeyFits,
    /// It verifies.
    Verified,
    /// It does not.
    Failed(Option<Cause>),
}

impl<'a> Found<'a> {
    fn new(outcome: Outcome) -> Self {
        Self { outcome, key: None, guess: None, fitting_kid: None, has_own_key: false }
    }
}

fn check<'a>(token: &Token, keys: &'a [GivenKey], facts: &Facts, few: bool) -> Found<'a> {
    let expected: Vec<&str> =
        facts.globals().iter().filter(|f| f.path.as_str() == "expect.alg").filter_map(|f| f.value.text()).collect();
    let mut found = if token.alg.eq_ignore_ascii_case("none") {
        Found::new(Outcome::NotChecked("the token is not signed"))
    } else if token.payload.is_empty() {
        Found::new(Outcome::NotChecked(DETACHED))
    } else if let Some(own) = &token.proof {
        with_own_key(token, own.as_ref())
    } else if keys.is_empty() {
        Found::new(Outcome::NotChecked(NO_KEY))
    } else if !expected.is_empty() && !expected.contains(&token.alg) {
        Found::new(Outcome::NotChecked("its algorithm is not an expected one"))
    } else if token.signature.is_empty() {
        Found::new(Outcome::NotChecked("there is no signature"))
    } else {
        with_keys(token, keys, few)
    };
    let settled = matches!(found.outcome, Outcome::Verified | Outcome::Failed(Some(_)));
    if few && !settled && !token.payload.is_empty() {
        found.guess = guesses::guess(token);
    } else if let (Outcome::Verified, Some((_, key))) = (&found.outcome, &found.key) {
        found.guess = guesses::known(token, key);
    }
    found
}

/// A proof shows that its sender has the key in its header: no other key has a say.
fn with_own_key<'a>(token: &Token, own: Option<&material::Material>) -> Found<'a> {
    // A secret in the header proves nothing.
    let key = own.filter(|key| !matches!(key, material::Material::Secret(_)) && !token.payload.is_empty());
    let Some(key) = key else { return Found::new(Outcome::NotChecked("the key in its header cannot be used")) };
    let outcome = if token.verifies(token.alg, key) {
        Outcome::Verified
    } else if key.serves(token.alg) {
        Outcome::Failed(Some(Cause::of(if token.of_holder { "holder-key" } else { "own-key" })))
    } else {
        Outcome::NotChecked("the key in its header is of another kind than its algorithm")
    };
    Found { has_own_key: true, ..Found::new(outcome) }
}

fn with_keys<'a>(token: &Token, keys: &'a [GivenKey], few: bool) -> Found<'a> {
    let all = || keys.iter().flat_map(|given| given.keys.iter().map(move |key| (given, key)));
    let serves = |key: &Key| key.material.as_ref().is_some_and(|m| m.serves(token.alg));
    let verifies = |key: &Key| key.material.as_ref().is_some_and(|m| token.verifies(token.alg, m));
    let named = |given: &GivenKey, key: &Key| given.is_set() && token.kid.is_some() && key.kid.as_deref() == token.kid;
    let mut usable: Vec<(&GivenKey, &Key)> = all().filter(|(_, key)| serves(key)).collect();
    // The key that `kid` names comes first.
    usable.sort_by_key(|(given, key)| !named(given, key));
    let fits = usable.iter().copied().find(|(_, key)| verifies(key));
    let is_named = all().any(|(given, key)| named(given, key));
    let mut found = match fits {
        Some((given, key)) => {
            let missed = given.is_set() && !named(given, key);
            let fitting_kid = key.kid.clone();
            let outcome = match token.kid {
                Some(_) if missed && is_named => Outcome::Failed(Some(Cause::of("other-kid"))),
                Some(_) if missed && key.kid.is_some() => Outcome::Failed(Some(Cause::of("kid-unknown"))),
                _ => match refuses(token, key) {
                    Some(member) => Outcome::Failed(Some(Cause { id: "key-purpose", alg: None, detail: Some(member) })),
                    None => Outcome::Verified,
                },
            };
            Found { key: Some((given, key)), fitting_kid, ..Found::new(outcome) }
        }
        None => {
            let cause = if few { causes::find(token, keys) } else { None };
            match cause {
                Some((cause, given, key)) => {
                    Found { key: Some((given, key)), ..Found::new(Outcome::Failed(Some(cause))) }
                }
                None if !algorithm::is_supported(token.alg) || usable.iter().any(|(_, key)| is_ed448(key)) => {
                    Found::new(Outcome::NotChecked(UNSUPPORTED))
                }
                None if usable.is_empty() => Found::new(Outcome::NoKeyFits),
                None => {
                    let in_sets = usable.iter().all(|(given, _)| given.is_set());
                    let unknown = token.kid.is_some() && in_sets && !is_named;
                    let cause = unknown.then(|| Cause::of("kid-unknown"));
                    Found { key: usable.first().copied(), ..Found::new(Outcome::Failed(cause)) }
                }
            }
        }
    };
    // Without `kid` a verifier has to try.
    let choice = usable.iter().filter(|(given, _)| given.is_set()).count();
    if matches!(found.outcome, Outcome::Verified) && token.kid.is_none() && choice > 1 {
        found.fitting_kid = found.fitting_kid.filter(|_| found.key.is_some_and(|(given, _)| given.is_set()));
    } else if matches!(found.outcome, Outcome::Verified) {
        found.fitting_kid = None;
    }
    found
}

/// True for a key that is known, but that no library here verifies with.
fn is_ed448(key: &Key) -> bool {
    matches!(key.material, Some(material::Material::Ed448(_)))
}

/// The member of a JWK that says it is not for this: `alg`, `use` or `key_ops` (RFC 7517 sections 4.2 to 4.4).
fn refuses(token: &Token, key: &Key) -> Option<&'static str> {
    let same = |alg: &String| alg == token.alg || alg == "EdDSA" || token.alg == "EdDSA";
    if key.alg.as_ref().is_some_and(|alg| !same(alg)) {
        return Some("alg");
    }
    if key.usage.as_deref().is_some_and(|usage| usage != "sig") {
        return Some("use");
    }
    let operations = key.operations.as_ref().filter(|list| !list.is_empty());
    // A private key, and a shared one at its signer, may say `sign` only.
    let useful = |list: &Vec<String>| list.iter().any(|op| op == "verify" || op == "sign");
    operations.is_some_and(|list| !useful(list)).then_some("key_ops")
}

/// A fact to write: its path and its value.
type Written = (&'static str, crate::facts::Value);

impl Found<'_> {
    fn facts(self, token: &Token) -> Vec<Written> {
        let mut list: Vec<Written> = Vec::new();
        match &self.outcome {
            Outcome::NotChecked(why) => list.push(("signature.not_checked", (*why).into())),
            Outcome::NoKeyFits => list.push(("signature.not_checked", NO_FITTING_KEY.into())),
            Outcome::Verified => list.push(("signature.verified", crate::facts::Value::Bool(true))),
            Outcome::Failed(cause) => {
                list.push(("signature.verified", crate::facts::Value::Bool(false)));
                let id = cause.as_ref().map_or("unknown", |cause| cause.id);
                list.push(("signature.cause", id.into()));
                let more = cause.iter().filter_map(|c| c.detail);
                list.extend(more.map(|detail| ("signature.detail", detail.into())));
                let alg = cause.iter().filter_map(|c| c.alg);
                list.extend(alg.map(|alg| ("signature.alg", alg.into())));
            }
        }
        if let Some((given, key)) = self.key {
            list.push(("signature.key", given.name.as_str().into()));
            list.extend(about(given, key, token));
        }
        if self.has_own_key {
            let which = if token.of_holder { "the key of the holder" } else { "the key in its header" };
            list.push(("signature.key", which.into()));
        }
        list.extend(self.fitting_kid.map(|kid| ("signature.fitting_kid", kid.into())));
        if let Some(guess) = self.guess {
            list.push(("signature.guess", guess.kind.into()));
            list.extend(guess.claim.map(|claim| ("signature.guess_from", claim.into())));
        }
        list
    }
}

/// What there is to know about the key that was used.
fn about(given: &GivenKey, key: &Key, token: &Token) -> Vec<Written> {
    let mut list: Vec<Written> = Vec::new();
    list.push(("signature.key_form", given.form.into()));
    if let Some(material) = &key.material {
        list.push(("signature.key_kind", material.name().into()));
        list.extend(material.rsa_bits().map(|bits| ("signature.key_bits", bits.into())));
        if let material::Material::Secret(secret) = material {
            list.push(("signature.secret_bytes", secret.len().into()));
            if guesses::is_weak(secret, token.alg) {
                list.push(("signature.secret_pattern", crate::facts::Value::Bool(true)));
            }
        }
    }
    if key.is_private && !given.is_set() {
        list.push(("signature.key_private", crate::facts::Value::Bool(true)));
    }
    list.extend(given.trouble.map(|trouble| ("signature.key_trouble", trouble.into())));
    list
}
