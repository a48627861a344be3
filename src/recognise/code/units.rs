//! What an expression for a point in time gives: seconds, milliseconds, a duration …
//!
//! A small calculator over units. Clocks of the standard libraries are known with their unit, multiplying and dividing by
//! a constant changes it, a name stands for what its only assignment gives. Whatever else occurs makes the answer
//! unknown, and of the unknown nothing is said.

use super::clocks::clock;
use super::language::Language;
use super::range::Range;
use super::reader::Code;
use super::rounding::wrapped;

/// What an expression gives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unit {
    /// Seconds since 1970, whole.
    Seconds,
    /// Seconds since 1970 with a fraction.
    Fraction,
    /// Milliseconds since 1970.
    Milliseconds,
    /// Microseconds since 1970.
    Microseconds,
    /// Nanoseconds since 1970.
    Nanoseconds,
    /// .NET ticks since the year 1.
    Ticks,
    /// Seconds since 2001.
    Apple,
    /// Seconds shifted by the local zone, since UTC was taken for local time.
    UtcAsLocal,
    /// Seconds shifted by the local zone, since local time was taken for UTC.
    LocalAsUtc,
    /// A date without a zone that holds local time.
    LocalDate,
    /// A constant.
    Constant(f64),
    /// Anything else.
    Unknown,
}

/// What an expression gives, and the tokens that say so.
#[derive(Debug, Clone, Copy)]
pub struct Measure {
    /// What it gives.
    pub unit: Unit,
    /// The clock that is asked.
    pub source: Range,
}

/// Names are followed this often.
const DEPTH: usize = 3;

/// What the expression gives.
pub fn measure(code: &Code, range: Range) -> Measure {
    of(code, range, 0)
}

fn of(code: &Code, range: Range, depth: usize) -> Measure {
    if !code.may_go_on() {
        return unknown(range);
    }
    let mut range = range;
    let mut rounded = false;
    // A clock may end like a conversion: `Time.now.to_i`.
    if range.len() > 2 && is_primary(code, range.start, range.end) {
        let unit = clock(code.language, &code.compact(range));
        if unit != Unit::Unknown {
            return Measure { unit, source: range };
        }
    }
    // `Math.floor(…)`, `int(…)`, `(…)`, `… as i64`, `(…).to_i` around it.
    while let Some((inner, rounds)) = wrapped(code, range) {
        rounded |= rounds;
        range = inner;
    }
    let mut found = sum(code, range, depth);
    if rounded && found.unit == Unit::Fraction {
        found.unit = Unit::Seconds;
    }
    if let (true, Unit::Constant(c)) = (rounded, found.unit) {
        found.unit = Unit::Constant(c.trunc());
    }
    found
}

fn unknown(range: Range) -> Measure {
    Measure { unit: Unit::Unknown, source: range }
}

/// True if no operator stands between the two tokens outside of brackets.
pub(super) fn is_primary(code: &Code, start: usize, end: usize) -> bool {
    let mut i = start;
    while i < end {
        if is_operator(code.sign(i)) {
            return false;
        }
        i = match code.partner(i) {
            Some(partner) if partner > i => partner + 1,
            _ => i + 1,
        };
    }
    start < end
}

fn is_operator(sign: &str) -> bool {
    !matches!(sign, "" | "." | "::" | "->" | "?." | "(" | ")" | "[" | "]" | "{" | "}" | "!!")
}

/// `a + b - c`: the unit of the one term that has one.
fn sum(code: &Code, range: Range, depth: usize) -> Measure {
    let mut start = range.start;
    let mut negative = false;
    let mut terms: Vec<(bool, Measure)> = Vec::new();
    let mut i = range.start;
    // A sign before the first term: `+new Date()`.
    if matches!(code.sign(i), "+" | "-") {
        negative = code.sign(i) == "-";
        i += 1;
        if negative {
            start = i;
        }
    }
    while i <= range.end {
        let sign = if i == range.end { "+" } else { code.sign(i) };
        if matches!(sign, "+" | "-") {
            terms.push((negative, product(code, Range { start, end: i }, depth)));
            negative = sign == "-";
            start = i + 1;
        } else if is_operator(sign) && !matches!(sign, "*" | "/" | "//" | "~/" | "|") {
            return unknown(range);
        }
        i = match code.partner(i) {
            Some(partner) if partner > i && partner < range.end => partner + 1,
            _ => i + 1,
        };
    }
    if let [(false, only)] = terms.as_slice() {
        return *only;
    }
    let timed = |m: &Measure| !matches!(m.unit, Unit::Unknown | Unit::Constant(_));
    if terms.iter().any(|(negative, m)| *negative && timed(m)) {
        return unknown(range);
    }
    let mut dated = terms.iter().filter(|(_, m)| timed(m));
    match (dated.next(), dated.next()) {
        (Some((_, one)), None) => *one,
        (None, _) if terms.iter().all(|(_, m)| matches!(m.unit, Unit::Constant(_))) => {
            let value = |(negative, m): &(bool, Measure)| match m.unit {
                Unit::Constant(c) if *negative => -c,
                Unit::Constant(c) => c,
                _ => 0.0,
            };
            Measure { unit: Unit::Constant(terms.iter().map(value).sum()), source: range }
        }
        _ => unknown(range),
    }
}

/// `a * b / c`.
fn product(code: &Code, range: Range, depth: usize) -> Measure {
    let mut start = range.start;
    let mut operator = "*";
    let mut so_far: Option<Measure> = None;
    let mut i = range.start;
    while i <= range.end {
        let sign = if i == range.end { "*" } else { code.sign(i) };
        if matches!(sign, "*" | "/" | "//" | "~/" | "|") {
            let factor = Range { start, end: i };
            let right = if factor == range { primary(code, factor, depth) } else { of_factor(code, factor, depth) };
            so_far = Some(match so_far {
                None => right,
                Some(left) => combined(code.language, left, operator, right, range),
            });
            operator = sign;
            start = i + 1;
        }
        i = match code.partner(i) {
            Some(partner) if partner > i && partner < range.end => partner + 1,
            _ => i + 1,
        };
    }
    so_far.unwrap_or_else(|| unknown(range))
}

/// A factor is a smaller expression than the product; brackets around it are gone into once.
fn of_factor(code: &Code, range: Range, depth: usize) -> Measure {
    if depth >= 3 * DEPTH { unknown(range) } else { of(code, range, depth + 1) }
}

fn combined(language: Language, left: Measure, operator: &str, right: Measure, range: Range) -> Measure {
    let (unit, source) = match (left.unit, operator, right.unit) {
        (Unit::Constant(a), "*", Unit::Constant(b)) => (Unit::Constant(a * b), range),
        (Unit::Constant(a), "/" | "//" | "~/", Unit::Constant(b)) if b != 0.0 => (Unit::Constant(a / b), range),
        (unit, "*", Unit::Constant(c)) => (multiplied(unit, c), range),
        (Unit::Constant(c), "*", unit) => (multiplied(unit, c), range),
        (unit, "/" | "//" | "~/", Unit::Constant(c)) => (divided(language, unit, c, operator != "/"), left.source),
        // `x / 1000 | 0`
        (Unit::Fraction, "|", Unit::Constant(_)) => (Unit::Seconds, left.source),
        _ => (Unit::Unknown, range),
    };
    Measure { unit, source }
}

fn multiplied(unit: Unit, by: f64) -> Unit {
    match unit {
        Unit::Seconds | Unit::Fraction if by == 1e3 => Unit::Milliseconds,
        Unit::Seconds | Unit::Fraction if by == 1e6 => Unit::Microseconds,
        Unit::Seconds | Unit::Fraction if by == 1e9 => Unit::Nanoseconds,
        Unit::UtcAsLocal | Unit::LocalAsUtc => unit,
        unit if by == 1.0 => unit,
        _ => Unit::Unknown,
    }
}

fn divided(language: Language, unit: Unit, by: f64, whole: bool) -> Unit {
    let whole = whole
        || matches!(
            language,
            Language::Java | Language::Kotlin | Language::Go | Language::CSharp | Language::Rust | Language::Ruby
        );
    let seconds = if whole { Unit::Seconds } else { Unit::Fraction };
    let per_second = match unit {
        Unit::Milliseconds => 1e3,
        Unit::Microseconds => 1e6,
        Unit::Nanoseconds => 1e9,
        Unit::UtcAsLocal | Unit::LocalAsUtc => return unit,
        _ => return if by == 1.0 { unit } else { Unit::Unknown },
    };
    match per_second / by {
        1.0 => seconds,
        1e3 => Unit::Milliseconds,
        1e6 => Unit::Microseconds,
        1e9 => unit,
        _ => Unit::Unknown,
    }
}

/// A number, a name, or a call.
fn primary(code: &Code, range: Range, depth: usize) -> Measure {
    let found = |unit| Measure { unit, source: range };
    if range.len() == 0 {
        return unknown(range);
    }
    if depth < DEPTH && wrapped(code, range).is_some() {
        return of(code, range, depth + 1);
    }
    if range.len() == 1 {
        if code.is_number(range.start) {
            return number(code.at(range.start)).map_or(unknown(range), |n| found(Unit::Constant(n)));
        }
        let value = code.value_of(code.word(range.start)).filter(|_| depth < DEPTH);
        // A name that is set from itself says nothing.
        let is_itself = |i: usize| code.word(i) == code.word(range.start) && code.sign(i.wrapping_sub(1)) != ".";
        let value = value.filter(|v| !v.iter().any(is_itself));
        return value.map_or(unknown(range), |value| of(code, value, depth + 1));
    }
    found(clock(code.language, &code.compact(range)))
}

fn number(text: &str) -> Option<f64> {
    let plain: String = text.chars().filter(|c| *c != '_').collect();
    let plain = plain.trim_end_matches(['L', 'l', 'n', 'u', 'U', 'd', 'D', 'm', 'M', 'f', 'F']);
    let plain =
        ["i64", "u64", "i32", "u32", "i128", "u128", "usize"].iter().fold(plain, |p, s| p.strip_suffix(s).unwrap_or(p));
    plain.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(text: &str, language: Language) -> Unit {
        let code = Code::new(text, language);
        let range = code.expression(0);
        measure(&code, range).unit
    }

    #[test]
    fn units_are_followed_through_arithmetic() {
        use Language::*;
        for (language, text, expected) in [
            (JavaScript, "Date.now()", Unit::Milliseconds),
            (JavaScript, "new Date().getTime() + 7 * 24 * 3600 * 1000", Unit::Milliseconds),
            (JavaScript, "Math.floor(Date.now() / 1000) + 3600", Unit::Seconds),
            (JavaScript, "Date.now() / 1000", Unit::Fraction),
            (JavaScript, "Date.now() / 1000 | 0", Unit::Seconds),
            (JavaScript, "(Date.now() + 3600e3) / 1e3", Unit::Fraction),
            (JavaScript, "+new Date()", Unit::Milliseconds),
            (JavaScript, "Math.floor(Date.now())", Unit::Milliseconds),
            (JavaScript, "Date.now() - start", Unit::Milliseconds),
            (JavaScript, "start - Date.now()", Unit::Unknown),
            (JavaScript, "toSeconds(Date.now())", Unit::Unknown),
            (JavaScript, "Date.now() * factor", Unit::Unknown),
            (JavaScript, "test ? Date.now() : 0", Unit::Unknown),
            (JavaScript, "60 * 60", Unit::Constant(3600.0)),
            (Python, "int(time.time() * 1000)", Unit::Milliseconds),
            (Python, "int(time.time()) + 60", Unit::Seconds),
            (Python, "time.time()", Unit::Fraction),
            (Python, "int(round(time.time() * 1000))", Unit::Milliseconds),
            (Python, "datetime.datetime.utcnow().timestamp()", Unit::UtcAsLocal),
            (Python, "int((datetime.utcnow() + timedelta(hours=1)).timestamp())", Unit::UtcAsLocal),
            (Python, "datetime.now(timezone.utc).timestamp()", Unit::Fraction),
            (Python, "datetime.utcnow().replace(tzinfo=timezone.utc).timestamp()", Unit::Fraction),
            (Python, "datetime.now() + timedelta(hours=1)", Unit::LocalDate),
            (Python, "time.time_ns() // 1_000_000", Unit::Milliseconds),
            (Ruby, "(Time.now.to_f * 1000).to_i", Unit::Milliseconds),
            (Ruby, "Time.now.to_i + 3600", Unit::Seconds),
            (Php, "round(microtime(true) * 1000)", Unit::Milliseconds),
            (Php, "time() + 3600", Unit::Seconds),
            (Go, "time.Now().Add(time.Hour).UnixMilli()", Unit::Milliseconds),
            (Go, "time.Now().UnixNano() / int64(time.Millisecond)", Unit::Milliseconds),
            (Go, "time.Now().UnixMilli() / 1000", Unit::Seconds),
            (Java, "System.currentTimeMillis() / 1000L", Unit::Seconds),
            (Java, "System.currentTimeMillis() + 3600 * 1000", Unit::Milliseconds),
            (Java, "new Date(System.currentTimeMillis())", Unit::Unknown),
            (CSharp, "DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()", Unit::Milliseconds),
            (CSharp, "(int)DateTime.Now.Subtract(new DateTime(1970, 1, 1)).TotalSeconds", Unit::LocalAsUtc),
            (Rust, "Utc::now().timestamp_millis() as usize", Unit::Milliseconds),
            (Rust, "SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64", Unit::Milliseconds),
            (Dart, "DateTime.now().millisecondsSinceEpoch ~/ 1000", Unit::Seconds),
            (Dart, "DateTime.now().millisecondsSinceEpoch", Unit::Milliseconds),
            (Swift, "Int(Date().timeIntervalSince1970 * 1000)", Unit::Milliseconds),
            (Swift, "Int(Date().timeIntervalSince1970)", Unit::Seconds),
            (
                JavaScript,
                "new Date(new Date().toLocaleString('en', {timeZone: tz})).getTime() / 1000",
                Unit::LocalAsUtc,
            ),
        ] {
            assert_eq!(unit(text, language), expected, "{text}");
        }
    }
}
