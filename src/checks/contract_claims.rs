//! The claims of a JWT against the profile that a contract writes down for it.

use crate::calendar::{self, Unit};
use crate::checks::{Check, Context, Hit};
use crate::facts::{Fact, Path, Value};
use crate::finding::Code;
use crate::platform::{JwtProfile, Mark, Need, Platform};

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "contract-claim-missing", about: ABOUT, offers: &["claim", "token", "should"], run: missing },
    Check { name: "contract-claim-type", about: ABOUT, offers: KIND, run: kind },
    Check { name: "contract-claim-empty", about: ABOUT, offers: &["claim", "token"], run: empty },
    Check { name: "contract-claim-length", about: ABOUT, offers: &["claim", "token", "length", "limit"], run: length },
    Check {
        name: "contract-lifetime",
        about: &["jwt.claims.exp"],
        offers: &["token", "ahead", "from", "limit"],
        run: lifetime,
    },
    Check { name: "contract-claim-shape", about: ABOUT, offers: &["claim", "token", "shape"], run: shape },
    Check { name: "contract-claim-differs", about: ABOUT, offers: &["claim", "token", "other", "where"], run: differs },
    Check {
        name: "contract-alg",
        about: &["jwt.header.alg"],
        offers: &["alg", "token", "expected", "key"],
        run: algorithm,
    },
];

const ABOUT: &[&str] = &["jwt.claims"];
const KIND: &[&str] = &["claim", "token", "type", "expected", "should"];

/// The registered JWS algorithms by which tokens are signed (RFC 7518 section 3.1, RFC 8037, RFC 8812); what is none of
/// these is the business of the rules on the JOSE header, and so is `none`.
const ALGORITHMS: &[&str] = &[
    "ES256", "ES256K", "ES384", "ES512", "EdDSA", "Ed25519", "Ed448", "HS256", "HS384", "HS512", "PS256", "PS384",
    "PS512", "RS256", "RS384", "RS512",
];

/// What the contract says of the JWT in question.
struct Known<'a> {
    platform: &'a Platform,
    profile: &'a JwtProfile,
    /// What it is called, with an article.
    name: String,
    /// A kind that was told by a label, not by the token's own text, is a guess.
    mark: Mark,
}

impl<'a> Known<'a> {
    fn of(cx: &Context<'a>) -> Option<Self> {
        let platform = cx.text("credential.platform").and_then(|id| cx.contract(id))?;
        let profile = platform.jwt(cx.text("credential.kind")?)?;
        let credential = platform.credential(&profile.id)?;
        let name = format!("a {} {}", platform.title, credential.title);
        let mark = if cx.text("credential.by") == Some("label") { Mark::T } else { profile.mark };
        Some(Self { platform, profile, name, mark })
    }

    /// A hit in the words of the claim's row.
    fn hit(&self, hit: Hit, claim: &str, need: &Need) -> Hit {
        let basis = need.basis.as_ref().unwrap_or(&self.profile.basis);
        let hit = Hit { code: need.code.clone(), ..hit };
        hit.with("claim", claim).with("token", &self.name).says(
            self.platform,
            basis,
            need.help.as_deref(),
            need.mark.max(self.mark),
        )
    }
}

/// The document in which the platform says what it wants in a claim, for findings of whatever rule on that claim.
pub fn document<'a>(cx: &Context<'a>, path: &Path) -> Option<&'a str> {
    let (profile, need) = row(cx, path)?;
    Some(need.basis.as_ref().unwrap_or(&profile.basis))
}

/// How those who mint the token themselves set a claim, for findings of whatever rule on that claim.
pub fn code<'a>(cx: &Context<'a>, path: &Path) -> Option<&'a Code> {
    row(cx, path)?.1.code.as_ref()
}

/// What the contract says of a claim.
fn row<'a>(cx: &Context<'a>, path: &Path) -> Option<(&'a JwtProfile, &'a Need)> {
    if !path.as_str().starts_with("jwt.claims.") {
        return None;
    }
    let profile = Known::of(cx)?.profile;
    let (_, need) = profile.claims.iter().find(|(name, _)| claim_path(name) == *path)?;
    Some((profile, need))
}

/// Calls `judge` for every claim of the profile that is there and known, and words what it finds.
fn each(cx: &Context, judge: impl Fn(&Need, &Fact) -> Option<Hit>) -> Vec<Hit> {
    let Some(known) = Known::of(cx) else { return Vec::new() };
    let judged = known.profile.claims.iter().filter_map(|(name, need)| {
        let fact = own(cx, &claim_path(name)).filter(|f| !f.hole)?;
        Some(known.hit(judge(need, fact)?, name, need))
    });
    judged.collect()
}

fn claim_path(name: &str) -> Path {
    Path::new("jwt.claims").join(name)
}

fn own<'a>(cx: &Context<'a>, path: &Path) -> Option<&'a Fact> {
    cx.own().iter().find(|f| f.path == *path)
}

/// A required claim is absent from claims that could be read whole. A claim that is often mistaken for it is shown.
fn missing(cx: &Context) -> Vec<Hit> {
    let is_broken = cx.own().iter().any(|f| f.path.as_str() == "json.trouble");
    let Some(known) = Known::of(cx).filter(|_| !is_broken && !cx.facts.get(cx.subject).open) else {
        return Vec::new();
    };
    let absent = |(name, need): &&(crate::rule::Str, Need)| need.required && own(cx, &claim_path(name)).is_none();
    let hits = known.profile.claims.iter().filter(absent).map(|(name, need)| {
        let path = claim_path(name);
        let mut hit = known.hit(Hit::at(cx.where_missing(path.as_str())), name, need);
        hit.path = Some(path);
        if let Some(should) = should(cx, name, need) {
            hit = hit.with("should", should);
        }
        if let Some(other) = need.mistaken.iter().find_map(|other| own(cx, &claim_path(other))) {
            hit = hit.and(other.place, format!("meant as `{name}`, perhaps"));
            hit.help = Some(format!("call the claim `{name}`, not `{}`, and sign the token again", other.path.name()));
        }
        hit
    });
    hits.collect()
}

/// What a claim that is missing has to be, as JSON, where that is known: the time of signing, what the URL or the user
/// names, or the value that stands under another name.
fn should(cx: &Context, claim: &str, need: &Need) -> Option<String> {
    if claim == "iat" {
        return cx.now().map(|now| now.to_string());
    }
    let elsewhere = || need.same_as.iter().find_map(|path| cx.facts.text(cx.subject, path));
    let mistaken = || need.mistaken.iter().find_map(|other| own(cx, &claim_path(other)));
    match need.write.as_deref().or_else(elsewhere) {
        Some(text) => serde_json::to_string(text).ok(),
        None => mistaken().and_then(|other| as_type(&other.value, need.kind.as_deref())),
    }
}

/// The value as JSON of that type, if it can be written so without a guess.
fn as_type(value: &Value, kind: Option<&str>) -> Option<String> {
    match (value, kind) {
        (Value::Text(text), None | Some("string")) => serde_json::to_string(text).ok(),
        (Value::Text(text), Some("number")) => text.trim().parse::<i64>().ok().map(|n| n.to_string()),
        (Value::Int(_) | Value::Number(_), Some("string")) => serde_json::to_string(&value.to_string()).ok(),
        (Value::Int(_) | Value::Number(_), None | Some("number")) => Some(value.to_string()),
        _ => None,
    }
}

/// A claim has another JSON type.
fn kind(cx: &Context) -> Vec<Hit> {
    each(cx, |need, fact| {
        let expected = need.kind.as_deref().filter(|kind| *kind != fact.value.type_name())?;
        let hit = Hit::on(fact).with("type", noun(fact.value.type_name())).with("expected", noun(expected));
        Some(match as_type(&fact.value, Some(expected)) {
            Some(should) => hit.with("should", should),
            None => hit,
        })
    })
}

/// A JSON type with its article.
fn noun(kind: &str) -> String {
    match kind {
        "null" => "null".to_owned(),
        "array" | "object" => format!("an {kind}"),
        _ => format!("a {kind}"),
    }
}

/// A required text holds nothing but blanks.
fn empty(cx: &Context) -> Vec<Hit> {
    each(cx, |need, fact| {
        let text = fact.value.text().filter(|_| need.required)?;
        text.trim().is_empty().then(|| Hit::on(fact))
    })
}

/// A text has more characters than the platform takes.
fn length(cx: &Context) -> Vec<Hit> {
    each(cx, |need, fact| {
        let (limit, text) = (need.max_length?, fact.value.text()?);
        // Only a text of more bytes than the limit can have more characters.
        let length = if text.len() > limit { text.chars().count() } else { 0 };
        (length > limit).then(|| Hit::on(fact).with("length", length).with("limit", limit))
    })
}

/// How much more than the platform allows may come from clocks that differ, or from an `iat` that was set back for that
/// reason, in seconds.
const TOLERANCE: i128 = 60;

/// `exp` is further ahead than the platform takes.
fn lifetime(cx: &Context) -> Vec<Hit> {
    let Some(known) = Known::of(cx) else { return Vec::new() };
    let seconds =
        |path: &str| own(cx, &Path::new("jwt.claims").join(path)).filter(|f| !f.hole).and_then(|f| f.value.int());
    let (Some(limit), Some(exp)) = (known.profile.lifetime.map(i128::from), seconds("exp")) else { return Vec::new() };
    // Of a token that has a wrong unit nothing more is said.
    if calendar::unit(exp) != Unit::Seconds {
        return Vec::new();
    }
    let from_now = cx.now().map(|now| (exp.saturating_sub(now), "from now"));
    let from_iat = seconds("iat").map(|iat| (exp.saturating_sub(iat), "after `iat`"));
    let too_long = |(ahead, _): &(i128, &str)| *ahead > limit.saturating_add(TOLERANCE.max(cx.leeway()));
    let Some((ahead, from)) = [from_now, from_iat].into_iter().flatten().find(too_long) else { return Vec::new() };
    let mark = known.profile.lifetime_mark.unwrap_or(known.profile.mark).max(known.mark);
    let help = format!(
        "set `exp` at most {} after the time of signing, in UTC, and keep the clock right (NTP)",
        calendar::span(limit)
    );
    cx.one("jwt.claims.exp")
        .map(|fact| {
            Hit::on(fact)
                .with("token", &known.name)
                .told("ahead", calendar::span(ahead))
                .told("from", from)
                .told("limit", calendar::span(limit))
                .says(known.platform, &known.profile.basis, Some(&help), mark)
        })
        .into_iter()
        .collect()
}

/// A text does not look like what it has to be.
fn shape(cx: &Context) -> Vec<Hit> {
    each(cx, |need, fact| {
        let text = fact.value.text().filter(|t| !t.trim().is_empty())?;
        let pattern = need.matches.as_ref().filter(|p| !p.matches(text))?;
        Some(Hit::on(fact).with("shape", need.shape.as_deref().unwrap_or(pattern.source())))
    })
}

/// A claim has another value than what it must equal: in the URL, or as the user expects.
fn differs(cx: &Context) -> Vec<Hit> {
    each(cx, |need, fact| {
        let text = fact.value.text().filter(|t| !t.trim().is_empty())?;
        need.same_as.iter().find_map(|path| {
            let mut others = cx.facts.all(cx.subject, path).peekable();
            let other = *others.peek()?;
            if others.any(|f| f.hole || f.value.text().is_none_or(|t| t == text)) {
                return None;
            }
            let from = match path.split_once('.') {
                Some(("expect", name)) => format!("`--expect {name}`"),
                _ => "the URL".to_owned(),
            };
            let label = format!("the one in {from}");
            Some(Hit::on(fact).with_fact("other", other).with("where", from).and(other.place, label))
        })
    })
}

/// The token is signed by another algorithm. One of the same family may be taken though no document says so.
fn algorithm(cx: &Context) -> Vec<Hit> {
    let (Some(known), Some(alg)) = (Known::of(cx), cx.one("jwt.header.alg").filter(|f| !f.hole)) else {
        return Vec::new();
    };
    let Value::Text(name) = &alg.value else { return Vec::new() };
    let wanted = &known.profile.alg;
    if wanted.is_empty() || wanted.iter().any(|a| a == name) || !ALGORITHMS.contains(&name.as_str()) {
        return Vec::new();
    }
    let family = |alg: &str| alg.get(..2).map(str::to_owned);
    let is_relative = wanted.iter().any(|a| family(a) == family(name));
    let mark = if is_relative { known.mark.max(Mark::T) } else { known.mark };
    let expected = wanted.join(" or ");
    let help = match &known.profile.key {
        Some(key) => format!("sign with {expected} and {key}"),
        None => format!("sign with {expected}"),
    };
    let hit = Hit { code: known.profile.code.clone(), ..Hit::on(alg) }
        .with("alg", name)
        .with("token", &known.name)
        .with("expected", expected)
        .with("key", known.profile.key.as_deref().unwrap_or("its key"))
        .says(known.platform, &known.profile.basis, Some(&help), mark);
    vec![hit]
}
