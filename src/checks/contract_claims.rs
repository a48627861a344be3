//! The claims and the JOSE header of a JWT against the profile that a contract writes down for it.

use crate::checks::contract::{Known, quoted};
use crate::checks::{Check, Context, Hit, type_words};
use crate::facts::{Fact, Path, Value};
use crate::finding::{Code, Word};
use crate::platform::{JsonType, JwtProfile, Mark, Need};
use crate::rule::Str;
use crate::source::Place;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "contract-claim-missing", about: ABOUT, offers: MISSING, run: missing },
    Check { name: "contract-claim-type", about: ABOUT, offers: KIND, run: kind },
    Check { name: "contract-claim-empty", about: ABOUT, offers: &["claim", "token"], run: empty },
    Check { name: "contract-claim-length", about: ABOUT, offers: LENGTH, run: too_long },
    Check { name: "contract-claim-short", about: ABOUT, offers: LENGTH, run: too_short },
    Check { name: "contract-claim-shape", about: ABOUT, offers: &["claim", "token", "shape"], run: shape },
    Check { name: "contract-claim-value", about: ABOUT, offers: &["claim", "token", "expected", "should"], run: value },
    Check { name: "contract-claim-differs", about: ABOUT, offers: &["claim", "token", "other", "where"], run: differs },
    Check { name: "contract-claim-unwanted", about: ABOUT, offers: &["claim", "part", "token"], run: unwanted },
];

const ABOUT: &[&str] = &["jwt.claims", "jwt.header"];
const MISSING: &[&str] = &["claim", "part", "token", "should", "where"];
const KIND: &[&str] = &["claim", "token", "type", "expected", "should"];
const LENGTH: &[&str] = &["claim", "token", "length", "limit"];

const CLAIMS: &str = "jwt.claims";
const HEADER: &str = "jwt.header";

/// A JWT that the platform's users mint, and what its contract says of it.
pub(super) struct Minted<'a> {
    /// Which of its credentials it is.
    pub known: Known<'a>,
    pub profile: &'a JwtProfile,
    /// A kind that a label tells is a guess. One that the host tells is none, other than in [`Known`]: a JWT that is sent
    /// there is refused unless it is this one.
    pub mark: Mark,
}

impl<'a> Minted<'a> {
    pub fn of(cx: &Context<'a>) -> Option<Self> {
        let known = Known::of(cx)?;
        let profile = known.platform.jwt(&known.credential.id)?;
        let mark = if cx.text("credential.by") == Some("label") { Mark::T } else { profile.mark };
        Some(Self { known, profile, mark })
    }

    /// The rows that hold for this token, each with the path of what it is about.
    fn rows(&self, cx: &Context<'a>) -> impl Iterator<Item = (Path, &'a Str, &'a Need)> + use<'a> {
        let of = |base: &'static str| move |(name, need): &'a (Str, Need)| (path_of(base, name), name, need);
        let rows = self.profile.claims.iter().map(of(CLAIMS)).chain(self.profile.header.iter().map(of(HEADER)));
        let cx = *cx;
        rows.filter(move |(.., need)| applies(&cx, need))
    }

    /// A hit in the words of the claim's row.
    fn hit(&self, hit: Hit, claim: &str, need: &Need) -> Hit {
        let basis = need.basis.as_ref().unwrap_or(&self.profile.basis);
        let hit = Hit { code: need.code.clone(), ..hit };
        hit.with("claim", claim).with("token", self.known.words()).says(
            self.known.platform,
            basis,
            need.help.as_deref(),
            need.mark.max(self.mark),
        )
    }
}

/// Where a claim or header parameter stands. A name with `/` in it is a URL, not a path.
fn path_of(base: &'static str, name: &str) -> Path {
    match name.contains('/') {
        true => Path::new(base).join(name),
        false => name.split('.').fold(Path::new(base), |path, name| path.join(name)),
    }
}

/// The part of the token in which it stands, for people.
fn part_of(path: &Path) -> &'static str {
    if path.as_str().starts_with(CLAIMS) { "the claims" } else { "the JOSE header" }
}

/// True if the row holds, given the other claims.
fn applies(cx: &Context, need: &Need) -> bool {
    let is_there = |other: &Str| {
        let (name, value) = other.split_once('=').map_or((other.as_ref(), None), |(n, v)| (n, Some(v)));
        let fact = own(cx, &path_of(CLAIMS, name));
        fact.is_some_and(|f| value.is_none_or(|value| f.hole || f.value.to_string() == value))
    };
    need.with.as_ref().is_none_or(is_there) && need.without.as_ref().is_none_or(|other| !is_there(other))
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
    let minted = Minted::of(cx)?;
    let (.., need) = minted.rows(cx).find(|(known, ..)| known == path)?;
    Some((minted.profile, need))
}

/// Calls `judge` for every claim and header parameter of the profile that is there and known, and words what it finds.
fn each(cx: &Context, judge: impl Fn(&Need, &Fact) -> Option<Hit>) -> Vec<Hit> {
    let Some(minted) = Minted::of(cx) else { return Vec::new() };
    let judged = minted.rows(cx).filter_map(|(path, name, need)| {
        let fact = own(cx, &path).filter(|f| !f.hole)?;
        Some(minted.hit(judge(need, fact)?, name, need))
    });
    judged.collect()
}

fn own<'a>(cx: &Context<'a>, path: &Path) -> Option<&'a Fact> {
    cx.own().iter().find(|f| f.path == *path)
}

/// The texts of a claim: its own, or those of the elements of an array.
fn texts<'a>(cx: &Context<'a>, fact: &'a Fact) -> Vec<&'a str> {
    match &fact.value {
        Value::Array => {
            let element = fact.path.join("*");
            cx.own().iter().filter(|f| f.path == element).filter_map(|f| f.value.text()).collect()
        }
        value => value.text().into_iter().collect(),
    }
}

/// A required claim is absent from claims that could be read whole. A claim that is often mistaken for it is shown.
fn missing(cx: &Context) -> Vec<Hit> {
    let is_broken = cx.own().iter().any(|f| f.path.as_str() == "json.trouble");
    let Some(minted) = Minted::of(cx).filter(|_| !is_broken && !cx.facts.get(cx.subject).open) else {
        return Vec::new();
    };
    let is_there = |base: &str| cx.own().iter().any(|f| f.path.as_str() == base);
    let (has_claims, has_header) = (is_there(CLAIMS), is_there(HEADER));
    let absent = minted.rows(cx).filter(|(path, _, need)| {
        let is_read = if path.as_str().starts_with(CLAIMS) { has_claims } else { has_header };
        need.required && is_read && own(cx, path).is_none()
    });
    let hits = absent.map(|(path, name, need)| {
        let base = if path.as_str().starts_with(CLAIMS) { CLAIMS } else { HEADER };
        let hit = minted.hit(Hit::at(cx.where_missing(path.as_str())), name, need);
        let mut hit =
            hit.told("part", part_of(&path)).told("where", if base == CLAIMS { "token" } else { "JOSE header" });
        if let Some(should) = should(cx, name, need).filter(|_| base == CLAIMS) {
            hit = hit.with("should", should);
        }
        if let Some(other) = need.mistaken.iter().find_map(|other| own(cx, &path_of(base, other))) {
            hit = hit.and(other.place, format!("meant as `{name}`, perhaps"));
            hit.help = Some(format!("call the claim `{name}`, not `{}`, and sign the token again", other.path.name()));
        }
        hit.path = Some(path);
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
    let elsewhere = || need.same_as.iter().find_map(|other| elsewhere(cx, other)).map(|other| other.text);
    let mistaken = || need.mistaken.iter().find_map(|other| own(cx, &path_of(CLAIMS, other)));
    match need.write.as_deref().map(str::to_owned).or_else(elsewhere) {
        Some(text) => serde_json::to_string(&text).ok(),
        None => mistaken().and_then(|other| as_type(&other.value, need.kind)),
    }
}

/// The value as JSON of that type, if it can be written so without a guess.
fn as_type(value: &Value, kind: Option<JsonType>) -> Option<String> {
    match (value, kind.unwrap_or(if value.text().is_some() { JsonType::String } else { JsonType::Number })) {
        (Value::Text(text), JsonType::String) => serde_json::to_string(text).ok(),
        (Value::Text(text), JsonType::Number | JsonType::Integer) => {
            text.trim().parse::<i64>().ok().map(|n| n.to_string())
        }
        (Value::Int(_) | Value::Number(_), JsonType::String) => serde_json::to_string(&value.to_string()).ok(),
        (Value::Int(_) | Value::Number(_), JsonType::Number) => Some(value.to_string()),
        // Whole seconds are meant where fractions are refused.
        (Value::Number(_), JsonType::Integer) => value.int().map(|n| n.to_string()),
        _ => None,
    }
}

/// A claim has another JSON type.
fn kind(cx: &Context) -> Vec<Hit> {
    each(cx, |need, fact| {
        let expected = need.kind.filter(|kind| !kind.is_of(&fact.value))?;
        // A fraction is a number too: the word would explain nothing.
        let is_fraction = expected == JsonType::Integer && matches!(fact.value, Value::Number(_));
        let found =
            if is_fraction { "a number with a fraction".to_owned() } else { type_words(fact.value.type_name()) };
        let hit = Hit::on(fact).with("type", found).with("expected", type_words(expected.name()));
        Some(match as_type(&fact.value, Some(expected)) {
            Some(should) => hit.with("should", should),
            None => hit,
        })
    })
}

/// A required text holds nothing but blanks.
fn empty(cx: &Context) -> Vec<Hit> {
    each(cx, |need, fact| {
        let text = fact.value.text().filter(|_| need.required)?;
        text.trim().is_empty().then(|| Hit::on(fact))
    })
}

/// A text has more characters than the platform takes.
fn too_long(cx: &Context) -> Vec<Hit> {
    each(cx, |need, fact| {
        let (limit, text) = (need.max_length?, fact.value.text()?);
        // Only a text of more bytes than the limit can have more characters.
        let length = if text.len() > limit { text.chars().count() } else { 0 };
        (length > limit).then(|| Hit::on(fact).with("length", length).with("limit", limit))
    })
}

/// A text has fewer characters than the platform takes. (One without any is empty.)
fn too_short(cx: &Context) -> Vec<Hit> {
    each(cx, |need, fact| {
        let (limit, text) = (need.min_length?, fact.value.text()?);
        let length = text.chars().take(limit).count();
        (length < limit && length > 0).then(|| Hit::on(fact).with("length", length).with("limit", limit))
    })
}

/// A text does not look like what it has to be; of an array, none does.
fn shape(cx: &Context) -> Vec<Hit> {
    each(cx, |need, fact| {
        let pattern = need.matches.as_ref().filter(|_| !is_none_of(cx, need, fact))?;
        let texts = texts(cx, fact);
        let is_other = |text: &&str| !text.trim().is_empty() && !pattern.matches(text);
        let is_wrong = !texts.is_empty() && texts.iter().all(is_other);
        let hit = Hit { mark: need.shape_mark.unwrap_or_default(), ..Hit::on(fact) };
        is_wrong.then(|| hit.with("shape", need.shape.as_deref().unwrap_or(pattern.source())))
    })
}

/// True if the claim has none of the values that the platform takes; then nothing more is said of it.
fn is_none_of(cx: &Context, need: &Need, fact: &Fact) -> bool {
    let texts = plain(cx, fact);
    let is_other = |text: &String| !text.trim().is_empty() && !need.one_of.iter().any(|known| known == text);
    !need.one_of.is_empty() && !texts.is_empty() && texts.iter().all(is_other)
}

/// The texts of a claim; a number or boolean as it is written.
fn plain(cx: &Context, fact: &Fact) -> Vec<String> {
    match &fact.value {
        Value::Int(_) | Value::Number(_) | Value::Bool(_) => vec![fact.value.to_string()],
        _ => texts(cx, fact).into_iter().map(str::to_owned).collect(),
    }
}

/// A claim has none of the values that the platform takes.
fn value(cx: &Context) -> Vec<Hit> {
    each(cx, |need, fact| {
        if !is_none_of(cx, need, fact) {
            return None;
        }
        let hit = Hit::on(fact).with("expected", quoted(&need.one_of));
        let is_text = need.kind.is_none_or(|kind| kind == JsonType::String);
        let write = need.write.as_ref().or(match need.one_of.as_ref() {
            [one] => Some(one),
            _ => None,
        });
        Some(match write.filter(|_| is_text).and_then(|text| serde_json::to_string(text).ok()) {
            Some(should) => hit.with("should", should),
            None => hit,
        })
    })
}

/// What a claim must equal.
struct Elsewhere {
    text: String,
    place: Place,
    is_secret: bool,
    /// Where that stands, as in "but … says".
    from: String,
}

/// What a claim must equal, where that is known: a fact, or a text with facts in it. Of several facts the first is shown.
fn elsewhere(cx: &Context, other: &str) -> Option<Elsewhere> {
    let find = |path: &str| {
        let fact = cx.facts.all(cx.subject, path).find(|f| !f.hole)?;
        let is_plain = !matches!(fact.value, Value::Array | Value::Object | Value::Null);
        let (text, is_secret) = (is_plain.then(|| fact.value.to_string())?, fact.path.is_secret());
        Some(Elsewhere { text, place: fact.place, is_secret, from: place_name(path) })
    };
    if !other.contains('{') {
        return find(other);
    }
    let mut whole: Option<Elsewhere> = None;
    let mut text = String::new();
    for piece in other.split_inclusive(['{', '}']) {
        match piece.strip_suffix('}') {
            Some(path) => {
                let fact = find(path)?;
                text += &fact.text;
                let is_secret = fact.is_secret || whole.as_ref().is_some_and(|whole| whole.is_secret);
                whole = Some(Elsewhere { is_secret, ..whole.unwrap_or(fact) });
            }
            None => text += piece.strip_suffix('{').unwrap_or(piece),
        }
    }
    Some(Elsewhere { text, ..whole? })
}

/// Where a fact stands, for people.
fn place_name(path: &str) -> String {
    let last = path.rsplit('.').next().unwrap_or(path);
    match path.split_once('.') {
        Some(("expect", name)) => format!("`--expect {name}`"),
        Some(("jwt", _)) => format!("`{last}`"),
        Some(("request", name)) if name.starts_with("param.") || name.starts_with("json.") => {
            format!("the parameter `{last}`")
        }
        _ => "the URL".to_owned(),
    }
}

/// A claim has another value than what it must equal: in the URL, in another claim, or as the user expects.
fn differs(cx: &Context) -> Vec<Hit> {
    each(cx, |need, fact| {
        let mut texts = plain(cx, fact);
        texts.retain(|text| !text.trim().is_empty());
        if texts.is_empty() || is_none_of(cx, need, fact) {
            return None;
        }
        need.same_as.iter().find_map(|path| {
            let other = elsewhere(cx, path)?;
            // Of several facts, such as expectations, one is enough; one that is not known may be it.
            let mut others = cx.facts.all(cx.subject, path);
            let is_another = others.any(|f| f.hole || texts.contains(&f.value.to_string()));
            if is_another || texts.contains(&other.text) {
                return None;
            }
            let mut hit =
                Hit::on(fact).with("where", &other.from).and(other.place, format!("the one in {}", other.from));
            hit.variables.push(("other", Word::Value { text: other.text, secret: other.is_secret }));
            Some(hit)
        })
    })
}

/// A claim is there that must not be.
fn unwanted(cx: &Context) -> Vec<Hit> {
    each(cx, |need, fact| need.never.then(|| Hit::on(fact).told("part", part_of(&fact.path))))
}
