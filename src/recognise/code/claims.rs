//! The claims that a program sets, and what it sets them to.
//!
//! `exp` may be anybody's name for anything. So each claim says how sure it is that a token gets it: because what holds it
//! is passed to a function that signs, stands beside other claims, or has a type that says so.

use std::collections::{HashMap, HashSet};

use super::language::Language;
use super::look::Word;
use super::range::Range;
use super::reader::{Code, Setting};
use super::units::{self, Unit};
use super::{MOST, Spot};
use crate::source::Span;

/// The claims whose value is looked at.
const TIMES: &[&str] = &["exp", "iat", "nbf", "auth_time"];
/// True for names that stand together only in a token.
fn is_registered(name: &[u8]) -> bool {
    matches!(
        name,
        b"iss"
            | b"sub"
            | b"aud"
            | b"exp"
            | b"nbf"
            | b"iat"
            | b"jti"
            | b"auth_time"
            | b"custom_profile_id"
            | b"ExpiresAt"
            | b"IssuedAt"
            | b"NotBefore"
            | b"Issuer"
            | b"Subject"
    )
}
/// Names that Go's libraries have for claims.
const FIELDS: &[(&str, &str)] = &[("ExpiresAt", "exp"), ("IssuedAt", "iat"), ("NotBefore", "nbf")];

/// How sure it is that a token gets the claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sure {
    No,
    Maybe,
    Yes,
}

/// The name of a claim that is set.
pub(super) fn needs(word: &Word) -> bool {
    is_registered(word.text) && word.may_be_set()
}

pub(super) fn find(code: &Code, spots: &mut Vec<Spot>) {
    let set: Vec<(usize, Setting)> = (0..code.len())
        .filter_map(|i| code.setting(i).filter(|s| is_registered(s.name.as_bytes())).map(|s| (i, s)))
        .take(10 * MOST)
        .collect();
    if set.is_empty() {
        return;
    }
    let context = Context::new(code, &set);
    for (i, setting) in &set {
        if spots.len() >= MOST {
            return;
        }
        let claim = FIELDS.iter().find(|(field, _)| *field == setting.name).map_or(setting.name, |(_, claim)| *claim);
        let sure = context.sure(*i, setting);
        let value = code.expression(setting.value);
        if value.len() == 0 || sure == Sure::No {
            continue;
        }
        let spot = match claim {
            _ if TIMES.contains(&claim) => time(code, claim, value, sure),
            "sub" | "custom_profile_id" => number(code, &context, claim, value, sure),
            "iss" => issuer(code, value),
            _ => None,
        };
        if let Some((path, what, at)) = spot {
            let whole = Span::new(setting.span.start.min(at.start), at.end.max(setting.span.end));
            let sure = if sure == Sure::Yes { "yes" } else { "maybe" };
            // What is quoted is one line of code.
            let text = code.text.get(at.range()).unwrap_or_default().lines().next().unwrap_or_default();
            spots.push(
                Spot::new(whole)
                    .with(path, what, at)
                    .with("code.claim", claim, setting.span)
                    .with("code.text", text, at)
                    .with("code.sure", sure, setting.span),
            );
        }
    }
}

/// What is known of the whole text.
struct Context<'c, 'a> {
    code: &'c Code<'a>,
    /// How many registered claims stand within a bracket, or are set in a variable.
    beside: HashMap<usize, HashSet<&'a str>>,
    within: HashMap<&'a str, HashSet<&'a str>>,
    /// The brackets of calls that sign.
    signers: HashSet<usize>,
    /// The names that are passed to one.
    signed: HashSet<&'a str>,
    /// Names that are declared as numbers, and as something else.
    numbers: HashSet<&'a str>,
    others: HashSet<&'a str>,
    /// The code names JWT somewhere.
    is_about_jwt: bool,
}

impl<'c, 'a> Context<'c, 'a> {
    fn new(code: &'c Code<'a>, set: &[(usize, Setting<'a>)]) -> Self {
        let mut context = Self {
            code,
            beside: HashMap::new(),
            within: HashMap::new(),
            signers: HashSet::new(),
            signed: HashSet::new(),
            numbers: HashSet::new(),
            others: HashSet::new(),
            is_about_jwt: is_about_jwt(code.text),
        };
        for (i, setting) in set {
            match (setting.receiver, code.around(*i)) {
                (Some(receiver), _) => {
                    context.within.entry(receiver).or_default().insert(setting.name);
                }
                // A call has arguments of any name; `dict(exp=…)` is a map.
                (None, Some(bracket)) if code.sign(bracket) != "(" || code.word(bracket.wrapping_sub(1)) == "dict" => {
                    context.beside.entry(bracket).or_default().insert(setting.name);
                }
                _ => {}
            }
        }
        for i in 0..code.len() {
            if code.sign(i) == "(" && is_signer(code, i) {
                context.signers.insert(i);
                let end = code.partner(i).unwrap_or(i).min(i + 100);
                context.signed.extend((i + 1..end).map(|i| code.word(i)).filter(|word| !word.is_empty()));
            }
            context.declaration(i);
        }
        context
    }

    /// `name: int`, `long name`, `name int64`.
    fn declaration(&mut self, i: usize) {
        const NUMBERS: &[&str] = &[
            "int", "number", "Int", "Long", "long", "Integer", "int64", "int32", "u64", "i64", "u32", "i32", "bigint",
        ];
        const OTHERS: &[&str] = &["str", "string", "String", "UUID", "uuid", "any"];
        let code = self.code;
        let pair = match code.language {
            Language::Java | Language::CSharp | Language::Dart | Language::Php => (code.word(i + 1), code.word(i)),
            Language::Go => (code.word(i), code.word(i + 1)),
            _ if code.sign(i + 1) == ":" => (code.word(i), code.word(i + 2)),
            _ => return,
        };
        let (name, kind) = pair;
        if name.is_empty() {
        } else if NUMBERS.contains(&kind) {
            self.numbers.insert(name);
        } else if OTHERS.contains(&kind) {
            self.others.insert(name);
        }
    }

    fn sure(&self, i: usize, setting: &Setting) -> Sure {
        const SETTERS: &[&str] = &["claim", "withClaim", "addClaim", "setClaim", "AddClaim", "Claim"];
        let code = self.code;
        if setting.setter.is_some_and(|setter| SETTERS.contains(&setter)) || setting.name == "custom_profile_id" {
            return Sure::Yes;
        }
        // A session of one's own has times and a subject too; what only a token has is who made it, and for whom.
        const TELLING: &[&str] = &["iss", "aud", "jti", "custom_profile_id", "Issuer"];
        let others = |names: Option<&HashSet<&str>>| {
            names.is_some_and(|names| {
                let telling = |name: &&&str| self.is_about_jwt || TELLING.contains(*name);
                names.iter().filter(telling).any(|n| *n != setting.name)
            })
        };
        if let Some(receiver) = setting.receiver {
            let declared = code.value_of(receiver).is_some_and(|value| {
                self.beside.contains_key(&value.start) || is_claims_type(code.word(value.start + 2))
            });
            if others(self.within.get(receiver)) || self.signed.contains(receiver) || declared {
                return Sure::Yes;
            }
        } else if let Some(bracket) = code.around(i) {
            if others(self.beside.get(&bracket)) {
                return Sure::Yes;
            }
            let mut bracket = Some(bracket);
            for _ in 0..4 {
                let Some(open) = bracket else { break };
                let name = open.checked_sub(1).map_or("", |before| code.word(before));
                let given_to = code.given_to(open).is_some_and(|name| self.signed.contains(name));
                if self.signers.contains(&open) || code.sign(open) == "{" && is_claims_type(name) || given_to {
                    return Sure::Yes;
                }
                bracket = code.around(open);
            }
        }
        if FIELDS.iter().any(|(field, _)| *field == setting.name) {
            return Sure::No;
        }
        let signs = !self.signers.is_empty();
        if signs || matches!(setting.name, "iat" | "nbf") { Sure::Maybe } else { Sure::No }
    }
}

fn is_about_jwt(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["jwt", "jose", "jsonwebtoken", "json web token"].iter().any(|name| lower.contains(name))
}

fn is_claims_type(name: &str) -> bool {
    name.ends_with("Claims") || name == "JwtPayload" || name == "JWTPayload"
}

/// True for the bracket of a call that signs a token.
pub(super) fn is_signer(code: &Code, open: usize) -> bool {
    const NAMES: &[&str] = &[
        "jwt_encode",
        "jwtencode",
        "signjwt",
        "sign_jwt",
        "encode_jwt",
        "jwtsign",
        "jwt_sign",
        "newwithclaims",
        "create_jwt",
        "createjwt",
        "generatejwt",
        "generate_jwt",
        "makejwt",
        "make_jwt",
        "encodejwt",
    ];
    let Some(callee) = code.callee(open) else { return false };
    let last = code.at(callee.end - 1).to_ascii_lowercase();
    // `def create_jwt(…)` is none.
    let before = callee.start.checked_sub(1).map_or("", |i| code.word(i));
    if matches!(before, "def" | "function" | "func" | "fn" | "fun") {
        return false;
    }
    if NAMES.contains(&last.as_str()) {
        return true;
    }
    if !matches!(last.as_str(), "sign" | "encode" | "signasync" | "sign_async") {
        return false;
    }
    let base = (callee.len() >= 3).then(|| code.at(callee.end - 3).to_ascii_lowercase());
    match base {
        Some(base) => ["jwt", "jose", "jws", "jsonwebtoken"].iter().any(|name| base.contains(name)),
        None => code.names_jsonwebtoken(),
    }
}

type Found = Option<(&'static str, &'static str, Span)>;

fn time(code: &Code, claim: &str, value: Range, sure: Sure) -> Found {
    let certain = sure == Sure::Yes;
    let measure = units::measure(code, value);
    let at = code.span_of(measure.source);
    let what = match measure.unit {
        Unit::Milliseconds => "milliseconds",
        Unit::Microseconds => "microseconds",
        Unit::Nanoseconds => "nanoseconds",
        Unit::Ticks => "ticks",
        Unit::Apple => "apple",
        Unit::UtcAsLocal => "utc-as-local",
        Unit::LocalAsUtc => "local-as-utc",
        // PyJWT and python-jose take a date without a zone for UTC.
        Unit::LocalDate if certain && code.language == Language::Python => "local-date",
        Unit::Fraction if certain => "fraction",
        Unit::Constant(c) if certain && claim == "exp" && (60.0..=320_000_000.0).contains(&c) => "duration",
        Unit::Constant(c) if certain && (1e12..=4.1e12).contains(&c) => "milliseconds",
        Unit::Unknown if certain => return text(code, value),
        _ => return None,
    };
    let at = if matches!(measure.unit, Unit::Constant(_)) { code.span_of(value) } else { at };
    Some(("code.time", what, at))
}

/// `'1h'`, `new Date()`: what is no number.
fn text(code: &Code, value: Range) -> Found {
    let at = code.span_of(value);
    if let (1, Some(content)) = (value.len(), code.content(value.start)) {
        let digits = content.len() - content.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let unit = content.get(digits..).unwrap_or_default().trim();
        let is_span = digits > 0 && unit.len() <= 7 && unit.bytes().all(|b| b.is_ascii_alphabetic());
        return is_span.then_some(("code.time", "text", at));
    }
    let is_date = code.language == Language::JavaScript
        && code.word(value.start) == "new"
        && code.word(value.start + 1) == "Date"
        && code.partner(value.start + 2) == Some(value.end - 1);
    is_date.then_some(("code.time", "date", at))
}

/// A number where an id has to be text.
fn number(code: &Code, context: &Context, claim: &str, value: Range, sure: Sure) -> Found {
    const CONVERSIONS: &[&str] = &["int", "Number", "parseInt", "intval", "Integer", "Int", "int64"];
    if sure != Sure::Yes {
        return None;
    }
    let first = code.word(value.start);
    let calls =
        value.len() > 2 && code.sign(value.start + 1) == "(" && code.partner(value.start + 1) == Some(value.end - 1);
    let is_number = match value.len() {
        1 if code.is_number(value.start) => true,
        1 => context.numbers.contains(first) && !context.others.contains(first),
        _ => calls && CONVERSIONS.contains(&first),
    };
    // In a declaration (`sub: number`) nothing is set.
    let declares = matches!(first, "number" | "int" | "Int");
    let what = if claim == "sub" { "subject-number" } else { "profile-number" };
    (is_number && !(declares && value.len() == 1)).then(|| ("code.id", what, code.span_of(value)))
}

/// `iss` that gets the secret: anybody can read it in the token.
fn issuer(code: &Code, value: Range) -> Found {
    let plain = value.iter().all(|i| code.is_word(i) || matches!(code.sign(i), "." | "->" | "::" | "?."));
    let last = code.word(value.end - 1).to_ascii_lowercase();
    let names_secret = last.ends_with("secret") || last.ends_with("secret_key") || last.ends_with("secretkey");
    (plain && names_secret).then(|| ("code.trouble", "secret-as-issuer", code.span_of(value)))
}
