//! The times of a token: what they count, and whether they fit each other (RFC 7519 section 4.1).
//!
//! A value in a wrong unit is only reported as that; the rules that compare times look at seconds alone.

use crate::calendar::{self, Unit};
use crate::checks::{Check, Context, Hit};
use crate::facts::{Fact, Value};
use crate::platform::Mark;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "time-milliseconds", about: CLAIMS, offers: UNIT, run: |cx| counted_in(cx, Unit::Milliseconds) },
    Check { name: "time-microseconds", about: CLAIMS, offers: UNIT, run: |cx| counted_in(cx, Unit::Microseconds) },
    Check { name: "time-nanoseconds", about: CLAIMS, offers: UNIT, run: |cx| counted_in(cx, Unit::Nanoseconds) },
    Check { name: "time-dotnet-ticks", about: CLAIMS, offers: UNIT, run: |cx| counted_in(cx, Unit::Ticks) },
    Check { name: "time-filetime", about: CLAIMS, offers: UNIT, run: |cx| counted_in(cx, Unit::FileTime) },
    Check { name: "time-calendar-digits", about: CLAIMS, offers: UNIT, run: |cx| counted_in(cx, Unit::Calendar) },
    Check { name: "time-duration", about: CLAIMS, offers: &["claim", "date", "instead", "seconds"], run: duration },
    Check { name: "time-implausible", about: CLAIMS, offers: &["claim", "date", "guess"], run: implausible },
    Check { name: "time-string", about: CLAIMS, offers: &["claim", "meant"], run: string },
    Check { name: "time-text", about: CLAIMS, offers: &["claim", "meant", "seconds"], run: text },
    Check { name: "time-not-a-number", about: CLAIMS, offers: &["claim", "type"], run: not_a_number },
    Check { name: "time-exp-before-iat", about: &["jwt.claims.exp"], offers: &["by", "guess"], run: exp_before_iat },
    Check { name: "time-exp-before-nbf", about: &["jwt.claims.exp"], offers: &["by"], run: exp_before_nbf },
    Check { name: "time-auth-after-iat", about: &["jwt.claims.auth_time"], offers: &["by"], run: auth_after_iat },
    Check { name: "time-never-expires", about: &["jwt.claims.exp"], offers: &["date"], run: never_expires },
    Check {
        name: "time-lifetime-too-long-by-1000",
        about: &["jwt.claims.exp"],
        offers: &["lifetime", "meant"],
        run: thousandfold,
    },
    Check { name: "time-lifetime-long", about: &["jwt.claims.exp"], offers: &["what", "lifetime"], run: lifetime_long },
    Check { name: "time-expiry-missing", about: &["jwt.claims.iat"], offers: &[], run: expiry_missing },
    Check { name: "time-lifetime-absurd", about: &["jwt.claims.exp"], offers: &["lifetime", "date"], run: lifetime },
];

/// Claims that hold a NumericDate: those that every verifier looks at first.
pub(super) const CLAIMS: &[&str] = &[
    "jwt.claims.exp",
    "jwt.claims.nbf",
    "jwt.claims.iat",
    "jwt.claims.auth_time",
    "jwt.claims.updated_at",
    "jwt.claims.rat",
    "jwt.claims.toe",
];
const UNIT: &[&str] = &["claim", "seconds", "date", "year", "mixed"];

/// A time claim.
struct Stamp<'a> {
    name: &'static str,
    fact: &'a Fact,
    /// Its value, if it is a number; a fraction is cut off.
    number: Option<i128>,
}

impl Stamp<'_> {
    fn unit(&self) -> Option<Unit> {
        self.number.map(calendar::unit)
    }

    /// How much depends on it: verifiers reject a wrong `exp`, `nbf` and `iat`; few read the others, and some issuers
    /// write dates as text into `updated_at`.
    fn mark(&self) -> Mark {
        match self.name {
            "exp" | "nbf" | "iat" => Mark::D,
            "updated_at" => Mark::M,
            _ => Mark::T,
        }
    }
}

fn stamp<'a>(cx: &Context<'a>, path: &'static str) -> Option<Stamp<'a>> {
    let fact = cx.own().iter().find(|f| f.path.as_str() == path && !f.hole)?;
    let name = path.rsplit('.').next().unwrap_or(path);
    Some(Stamp { name, fact, number: fact.value.int() })
}

fn stamps<'a>(cx: &Context<'a>) -> Vec<Stamp<'a>> {
    CLAIMS.iter().filter_map(|path| stamp(cx, path)).collect()
}

/// The seconds of a claim that counts in seconds.
fn at(cx: &Context, path: &'static str) -> Option<i128> {
    let stamp = stamp(cx, path)?;
    stamp.number.filter(|_| matches!(stamp.unit(), Some(Unit::Seconds | Unit::Never)))
}

pub(super) fn exp(cx: &Context) -> Option<i128> {
    at(cx, "jwt.claims.exp")
}

pub(super) fn nbf(cx: &Context) -> Option<i128> {
    at(cx, "jwt.claims.nbf")
}

pub(super) fn iat(cx: &Context) -> Option<i128> {
    at(cx, "jwt.claims.iat")
}

/// A hit on a claim.
pub(super) fn on(cx: &Context, path: &'static str) -> Vec<Hit> {
    cx.one(path).map(Hit::on).into_iter().collect()
}

/// What a point in time is, and for `exp` whether it has passed.
fn meaning(cx: &Context, claim: &str, seconds: i128) -> String {
    let date = calendar::text(seconds);
    match cx.now().filter(|_| claim == "exp") {
        Some(now) if now == seconds => format!("{date}, now"),
        Some(now) if now > seconds => format!("{date}, {} ago", calendar::span(now.saturating_sub(seconds))),
        Some(now) => format!("{date}, in {}", calendar::span(seconds.saturating_sub(now))),
        None => date,
    }
}

/// One hit for all claims that count in that unit.
fn counted_in(cx: &Context, unit: Unit) -> Vec<Hit> {
    let all = stamps(cx);
    let mut wrong = all.iter().filter(|s| s.unit() == Some(unit));
    let Some(first) = wrong.next() else { return Vec::new() };
    let value = first.number.unwrap_or(0);
    let seconds = calendar::seconds(value, unit).unwrap_or(0);
    let right: Vec<String> =
        all.iter().filter(|s| s.unit() == Some(Unit::Seconds)).map(|s| format!("`{}`", s.name)).collect();
    let mixed = match right.len() {
        0 => String::new(),
        1 => format!(", while {} counts seconds", right.concat()),
        _ => format!(", while {} count seconds", right.join(" and ")),
    };
    let mut hit = Hit::on(first.fact)
        .told("claim", first.name)
        .told("seconds", seconds)
        .told("date", meaning(cx, first.name, seconds))
        .told("year", calendar::year(value))
        .told("mixed", mixed);
    for other in wrong {
        hit = hit.and(other.fact.place, "the same unit");
    }
    hit.mark = first.mark();
    vec![hit]
}

fn duration(cx: &Context) -> Vec<Hit> {
    let base = match (iat(cx), cx.now()) {
        (Some(iat), _) => Some((iat, "`iat`")),
        (None, Some(now)) => Some((now, "now")),
        _ => None,
    };
    stamps(cx)
        .into_iter()
        .filter(|s| s.unit() == Some(Unit::Duration))
        .map(|s| {
            let value = s.number.unwrap_or(0);
            let instead = match base {
                Some((from, what)) if s.name == "exp" => format!("{} ({what} + {value})", from.saturating_add(value)),
                _ if s.name == "exp" => format!("the current time plus {value}"),
                _ => "the current time in seconds since 1970".to_owned(),
            };
            let mut hit =
                Hit::on(s.fact).told("claim", s.name).told("date", calendar::text(value)).told("instead", instead);
            let from = if s.name == "exp" { base.map(|(from, _)| from.saturating_add(value)) } else { cx.now() };
            if let Some(seconds) = from {
                hit = hit.told("seconds", seconds);
            }
            // A start in 1970 is wrong, but most verifiers let it pass.
            hit.mark = if s.name == "exp" { Mark::D } else { s.mark().max(Mark::T) };
            hit
        })
        .collect()
}

/// 1970-01-01 to 2001-01-01: what Apple's clocks count from.
const APPLE_EPOCH: i128 = 978_307_200;
const TEN_YEARS: i128 = 315_569_520;

fn implausible(cx: &Context) -> Vec<Hit> {
    let is_offline = ["jwt.claims.typ", "jwt.claims.\"type\""].iter().any(|path| {
        cx.text(path).is_some_and(|t| t.eq_ignore_ascii_case("offline") || t.eq_ignore_ascii_case("refresh"))
    });
    stamps(cx)
        .into_iter()
        .filter(|s| s.unit() == Some(Unit::Implausible))
        // Zero says "not set": harmless in a start or a login, and in an offline token of Keycloak.
        .filter(|s| s.number != Some(0) || s.name == "iat" || s.name == "exp" && !is_offline)
        .map(|s| {
            let value = s.number.unwrap_or(0);
            let apple = cx
                .now()
                .is_some_and(|now| value.saturating_add(APPLE_EPOCH).saturating_sub(now).saturating_abs() < TEN_YEARS);
            let guess = if value > 0 && apple {
                format!(
                    "counted from 2001, as Swift and Objective-C do, it is {}",
                    calendar::text(value.saturating_add(APPLE_EPOCH))
                )
            } else if value == 0 {
                "a time that was never set is often written as 0".to_owned()
            } else if value < 0 {
                "a time before 1970 is the mark of a failed conversion".to_owned()
            } else {
                "it fits no unit in use".to_owned()
            };
            let mut hit =
                Hit::on(s.fact).told("claim", s.name).told("date", calendar::text(value)).told("guess", guess);
            hit.mark = if s.name == "exp" { Mark::D } else { s.mark().max(Mark::T) };
            hit
        })
        .collect()
}

fn string(cx: &Context) -> Vec<Hit> {
    texts(cx)
        .filter_map(|(s, text)| {
            if !is_numeric(text) {
                return None;
            }
            // More digits than a number has are no time either.
            let value = text.split('.').next().and_then(|t| t.parse().ok()).unwrap_or(i128::MAX);
            let unit = calendar::unit(value);
            let meant = match (unit, calendar::seconds(value, unit)) {
                (Unit::Seconds | Unit::Never, Some(seconds)) => meaning(cx, s.name, seconds),
                (_, Some(seconds)) => format!("not even seconds: {} in seconds is {seconds}", calendar::text(seconds)),
                (_, None) => "no point in time".to_owned(),
            };
            let mut hit = Hit::on(s.fact).told("claim", s.name).told("meant", meant);
            // Cloudflare Stream, whose claims name the key, issues them so.
            hit.mark = if cx.one("jwt.claims.kid").is_some() { Mark::M } else { s.mark() };
            Some(hit)
        })
        .collect()
}

fn texts<'a>(cx: &Context<'a>) -> impl Iterator<Item = (Stamp<'a>, &'a str)> {
    stamps(cx).into_iter().filter_map(|s| {
        let text = s.fact.value.text()?.trim();
        Some((s, text))
    })
}

fn is_numeric(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.') && !digits.starts_with('.')
}

fn text(cx: &Context) -> Vec<Hit> {
    texts(cx)
        .filter(|(_, text)| !is_numeric(text))
        .map(|(s, text)| {
            let meant = match calendar::parse(text) {
                Some(seconds) => format!("{seconds} is {}", meaning(cx, s.name, seconds)),
                None if is_lifetime(text) => "this is a lifetime for a library to add to the current time".to_owned(),
                None => "a point in time is written as a count of seconds".to_owned(),
            };
            let mut hit = Hit::on(s.fact).told("claim", s.name).told("meant", meant);
            if let Some(seconds) = calendar::parse(text) {
                hit = hit.told("seconds", seconds);
            }
            hit.mark = s.mark();
            hit
        })
        .collect()
}

/// `1h`, `+30 min`, `7d`
fn is_lifetime(text: &str) -> bool {
    let rest = text.trim_start_matches(['+', '-']).trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    rest.len() < text.len() && rest.trim().len() <= 8 && rest.trim().chars().all(|c| c.is_ascii_alphabetic())
}

fn not_a_number(cx: &Context) -> Vec<Hit> {
    stamps(cx)
        .into_iter()
        .filter(|s| matches!(s.fact.value, Value::Null | Value::Bool(_) | Value::Array | Value::Object))
        .map(|s| {
            let mut hit = Hit::on(s.fact).told("claim", s.name).told("type", s.fact.value.type_name());
            hit.mark = s.mark();
            hit
        })
        .collect()
}

/// Lifetimes that people choose, in seconds.
const COMMON_LIFETIMES: &[i128] = &[3_600, 86_400, 900, 1_800, 300];

fn exp_before_iat(cx: &Context) -> Vec<Hit> {
    let (Some(exp), Some(iat)) = (exp(cx), iat(cx)) else { return Vec::new() };
    if exp > iat {
        return Vec::new();
    }
    let behind = iat.saturating_sub(exp);
    let offset = COMMON_LIFETIMES
        .iter()
        .find_map(|life| Some((calendar::offset(behind.saturating_add(*life), 60)?, *life)).filter(|_| behind > 60));
    let guess = match offset {
        Some((minutes, life)) => format!(
            "`exp` may count from UTC and `iat` from a clock at {}, {} apart from a lifetime of {}",
            calendar::zone(minutes),
            calendar::span(behind.saturating_add(life)),
            calendar::span(life)
        ),
        None => "the token is never valid".to_owned(),
    };
    let by = if behind == 0 { "the same as".to_owned() } else { calendar::span(behind) + " before" };
    on(cx, "jwt.claims.exp").into_iter().map(|hit| hit.told("by", by.clone()).told("guess", guess.clone())).collect()
}

fn exp_before_nbf(cx: &Context) -> Vec<Hit> {
    let (Some(exp), Some(nbf)) = (exp(cx), nbf(cx)) else { return Vec::new() };
    if exp > nbf {
        return Vec::new();
    }
    let behind = nbf.saturating_sub(exp);
    let by = if behind == 0 { "the same as".to_owned() } else { calendar::span(behind) + " before" };
    on(cx, "jwt.claims.exp").into_iter().map(|hit| hit.told("by", by.clone())).collect()
}

fn auth_after_iat(cx: &Context) -> Vec<Hit> {
    let (Some(auth), Some(iat)) = (at(cx, "jwt.claims.auth_time"), iat(cx)) else { return Vec::new() };
    let by = auth.saturating_sub(iat);
    if by <= cx.leeway() {
        return Vec::new();
    }
    on(cx, "jwt.claims.auth_time").into_iter().map(|hit| hit.told("by", calendar::span(by))).collect()
}

fn never_expires(cx: &Context) -> Vec<Hit> {
    let Some(stamp) = stamp(cx, "jwt.claims.exp").filter(|s| s.unit() == Some(Unit::Never)) else {
        return Vec::new();
    };
    vec![Hit::on(stamp.fact).told("date", calendar::text(stamp.number.unwrap_or(0)))]
}

/// More than a day for a token that is known to be short-lived.
fn lifetime_long(cx: &Context) -> Vec<Hit> {
    let (Some(exp), Some(iat)) = (exp(cx), iat(cx)) else { return Vec::new() };
    let life = exp.saturating_sub(iat);
    let typ = cx.text("jwt.header.typ").unwrap_or_default().to_ascii_lowercase();
    let what = if typ.trim_start_matches("application/") == "at+jwt" {
        "the access token"
    } else if cx.text("auth.name") == Some("id_token") {
        "the ID token"
    } else {
        return Vec::new();
    };
    let is_worse = !lifetime(cx).is_empty() || !thousandfold(cx).is_empty() || !never_expires(cx).is_empty();
    if life <= 86_400 || is_worse {
        return Vec::new();
    }
    let hits = on(cx, "jwt.claims.exp").into_iter();
    hits.map(|hit| hit.told("what", what).told("lifetime", calendar::span(life))).collect()
}

/// No end at all, in a token of nobody known that is sent to an API for a user.
fn expiry_missing(cx: &Context) -> Vec<Hit> {
    let is_sent = cx.text("auth.scheme").is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer"));
    let is_known = ["credential.platform", "platform.id"].iter().any(|path| cx.one(path).is_some());
    let own = |path: &str| cx.facts.get(cx.subject).of_path(path).next().is_some();
    let has_end = own("jwt.claims.exp") || !own("jwt.claims.sub") || cx.facts.get(cx.subject).open;
    let typ = cx.text("jwt.header.typ").unwrap_or_default();
    if !is_sent || is_known || has_end || !matches!(typ, "" | "JWT") {
        return Vec::new();
    }
    vec![Hit::at(cx.where_missing("jwt.claims.exp"))]
}

const TWENTY_YEARS: i128 = 20 * 31_556_952;
/// 2100-01-01
const YEAR_2100: i128 = 4_102_444_800;

fn lifetime(cx: &Context) -> Vec<Hit> {
    let Some(exp) = exp(cx) else { return Vec::new() };
    let from = iat(cx).or_else(|| cx.now());
    let long = from.map(|from| exp.saturating_sub(from));
    if exp < YEAR_2100 && long.is_none_or(|long| long <= TWENTY_YEARS) {
        return Vec::new();
    }
    let lifetime = long.map_or_else(|| "for ages".to_owned(), |long| format!("for {}", calendar::span(long)));
    let hits = on(cx, "jwt.claims.exp").into_iter();
    hits.map(|hit| hit.told("lifetime", lifetime.clone()).told("date", calendar::text(exp))).collect()
}

/// A lifetime that people choose, in milliseconds, added to a time in seconds. A thousand days is a lifetime that some
/// people choose as well.
fn thousandfold(cx: &Context) -> Vec<Hit> {
    const LIFETIMES: &[i128] = &[300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200, 604_800];
    let (Some(exp), Some(from)) = (exp(cx), iat(cx)) else { return Vec::new() };
    let life = exp.saturating_sub(from);
    let Some(meant) = LIFETIMES.iter().find(|l| **l * 1_000 == life) else { return Vec::new() };
    let hits = on(cx, "jwt.claims.exp").into_iter();
    hits.map(|hit| hit.told("lifetime", calendar::span(life)).told("meant", calendar::span(*meant))).collect()
}
