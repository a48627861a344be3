//! What a number or a text means as a point in time (NumericDate, RFC 7519 section 2), and how to say it.
//!
//! Arithmetic is in `i128` and saturates: a claim may hold any number that JSON can write. The table of units is here
//! once; the rules of `time/` and the debugger read it.

use jiff::{Timestamp, civil, fmt};

/// What a number in a time claim counts. The classes do not overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds since 1970, from 2001 on: what is right.
    Seconds,
    /// Seconds, in a value that is known to stand for "never".
    Never,
    /// Milliseconds since 1970.
    Milliseconds,
    /// Microseconds since 1970.
    Microseconds,
    /// Nanoseconds since 1970.
    Nanoseconds,
    /// .NET ticks: tenths of a microsecond since the year 1.
    Ticks,
    /// Windows FILETIME: tenths of a microsecond since 1601.
    FileTime,
    /// Digits of a calendar date: `20270115` or `20270115080000`.
    Calendar,
    /// A lifetime in seconds, such as 3600.
    Duration,
    /// None of these.
    Implausible,
}

/// Values that programs write for "never expires": the largest 32-bit and 64-bit numbers, the largest whole number of
/// JavaScript, 2100-01-01, 3000-01-01, the last second of the year 9999 and the one after it.
const NEVER: &[i128] = &[
    2_147_483_647,
    4_102_444_800,
    4_294_967_295,
    9_999_999_999,
    32_503_680_000,
    253_402_300_799,
    253_402_300_800,
    9_007_199_254_740_991,
    9_223_372_036_854_775_807,
];

/// First and last value of each class that is a range. Between the seconds and the milliseconds lie years that nobody
/// means but that are seconds still; what is in no range is implausible.
const RANGES: &[(i128, i128, Unit)] = &[
    (1_000_000_000, 999_999_999_999, Unit::Seconds),
    (1_000_000_000_000, 4_100_000_000_000, Unit::Milliseconds),
    (1_000_000_000_000_000, 4_100_000_000_000_000, Unit::Microseconds),
    (126_000_000_000_000_000, 160_000_000_000_000_000, Unit::FileTime),
    (630_000_000_000_000_000, 660_000_000_000_000_000, Unit::Ticks),
    (1_000_000_000_000_000_000, 4_100_000_000_000_000_000, Unit::Nanoseconds),
];

/// The longest lifetime that is taken for one: ten years.
const LONGEST_DURATION: i128 = 320_000_000;

/// What a number in a time claim counts, by its size alone.
pub fn unit(value: i128) -> Unit {
    if NEVER.contains(&value) {
        return Unit::Never;
    }
    if calendar_digits(value).is_some() {
        return Unit::Calendar;
    }
    if value > 0 && value <= LONGEST_DURATION && (value % 60 == 0 || value <= 86_400) {
        return Unit::Duration;
    }
    let range = RANGES.iter().find(|(first, last, _)| (*first..=*last).contains(&value));
    range.map_or(Unit::Implausible, |(.., unit)| *unit)
}

/// The seconds since 1970 that a value in that unit stands for; `None` if it is no point in time.
pub fn seconds(value: i128, unit: Unit) -> Option<i128> {
    match unit {
        Unit::Seconds | Unit::Never => Some(value),
        Unit::Milliseconds => Some(value.div_euclid(1_000)),
        Unit::Microseconds => Some(value.div_euclid(1_000_000)),
        Unit::Nanoseconds => Some(value.div_euclid(1_000_000_000)),
        Unit::Ticks => Some((value - 621_355_968_000_000_000).div_euclid(10_000_000)),
        Unit::FileTime => Some(value.div_euclid(10_000_000) - 11_644_473_600),
        Unit::Calendar => calendar_digits(value),
        Unit::Duration | Unit::Implausible => None,
    }
}

/// `20270115` and `20270115080000` as seconds since 1970, for the years 2001 to 2099.
fn calendar_digits(value: i128) -> Option<i128> {
    let (date, time) = match value {
        20_010_101..=20_991_231 => (value, 0),
        20_010_101_000_000..=20_991_231_235_959 => (value / 1_000_000, value % 1_000_000),
        _ => return None,
    };
    let part = |n: i128, by: i128, of: i128| i8::try_from(n / by % of).ok();
    let year = i16::try_from(date / 10_000).ok()?;
    let date = civil::Date::new(year, part(date, 100, 100)?, part(date, 1, 100)?).ok()?;
    let time = civil::Time::new(part(time, 10_000, 100)?, part(time, 100, 100)?, part(time, 1, 100)?, 0).ok()?;
    Some(in_utc(date.to_datetime(time)))
}

fn in_utc(at: civil::DateTime) -> i128 {
    let date = at.date();
    let days = civil::Date::constant(1970, 1, 1).until(date).map_or(0, |span| span.get_days());
    let time = at.time();
    let seconds = i128::from(time.hour()) * 3_600 + i128::from(time.minute()) * 60 + i128::from(time.second());
    i128::from(days) * 86_400 + seconds
}

/// The year in which a point in time lies, to within a year where no calendar reaches.
pub fn year(seconds: i128) -> i128 {
    // The mean length of a Gregorian year.
    let about = 1970 + seconds.div_euclid(31_556_952);
    let exact = i64::try_from(seconds).ok().and_then(|s| Timestamp::from_second(s).ok());
    exact.and_then(|t| t.strftime("%Y").to_string().parse().ok()).unwrap_or(about)
}

/// A point in time for people: `2027-01-15 08:00:00 UTC`, or only the year where no calendar reaches.
pub fn text(seconds: i128) -> String {
    match i64::try_from(seconds).ok().and_then(|s| Timestamp::from_second(s).ok()) {
        Some(at) => at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        None => format!("the year {}", year(seconds)),
    }
}

/// A length of time for people, in at most two units: `24 s`, `3 h 12 min`, `2 days 5 h`, `56 years`.
pub fn span(seconds: i128) -> String {
    let s = seconds.unsigned_abs();
    let plural = |n: u128, one: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") };
    let two = |first: String, rest: u128, unit: &str| {
        if rest == 0 { first } else { format!("{first} {rest} {unit}") }
    };
    match s {
        0..60 => format!("{s} s"),
        60..3_600 => two(format!("{} min", s / 60), s % 60, "s"),
        3_600..86_400 => two(format!("{} h", s / 3_600), s % 3_600 / 60, "min"),
        86_400..2_592_000 => two(plural(s / 86_400, "day"), s % 86_400 / 3_600, "h"),
        2_592_000..63_072_000 => plural(s / 86_400, "day"),
        _ => plural(s / 31_556_952, "year"),
    }
}

/// A date as people and programs write it (RFC 3339, ISO 8601, RFC 9110 section 5.6.7), as seconds since 1970. Without
/// a zone it is taken for UTC.
pub fn parse(text: &str) -> Option<i128> {
    let text = text.trim();
    let zoned = text.parse::<Timestamp>().ok();
    let zoned = zoned.or_else(|| fmt::rfc2822::parse(text).ok().map(|z| z.timestamp()));
    let zoned = zoned.or_else(|| {
        ["%Y-%m-%d %H:%M:%S %z", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S UTC"]
            .iter()
            .find_map(|format| fmt::strtime::parse(format, text).ok()?.to_timestamp().ok())
    });
    zoned.map(|t| i128::from(t.as_second())).or_else(|| text.parse::<civil::DateTime>().ok().map(in_utc))
}

/// The offsets from UTC that are in use besides the whole hours, in minutes.
const ODD_OFFSETS: &[i32] = &[-570, -210, -150, 210, 270, 330, 345, 390, 525, 570, 630, 765, 825];

/// The offset in use, in minutes, that lies within `tolerance` seconds of `seconds`; never zero.
pub fn offset(seconds: i128, tolerance: i128) -> Option<i32> {
    let hours = (-12..=14).filter(|h| *h != 0).map(|h| h * 60);
    let near = |minutes: &i32| seconds.saturating_sub(i128::from(*minutes) * 60).saturating_abs() <= tolerance;
    hours.chain(ODD_OFFSETS.iter().copied()).find(near)
}

/// An offset for people: `UTC+05:30`.
pub fn zone(minutes: i32) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("UTC{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_one_unit() {
        for (value, expected) in [
            (i128::MIN, Unit::Implausible),
            (0, Unit::Implausible),
            (60, Unit::Duration),
            (3600, Unit::Duration),
            (2_592_000, Unit::Duration),
            (86_399, Unit::Duration),
            (86_461, Unit::Implausible),
            (20_270_115, Unit::Calendar),
            (20_271_315, Unit::Implausible),
            (821_000_000, Unit::Implausible),
            (1_800_000_000, Unit::Seconds),
            (4_102_444_800, Unit::Never),
            (5_000_000_000, Unit::Seconds),
            (1_800_000_000_000, Unit::Milliseconds),
            (20_270_115_080_000, Unit::Calendar),
            (1_800_000_000_000_000, Unit::Microseconds),
            (134_444_736_000_000_000, Unit::FileTime),
            (639_355_968_000_000_000, Unit::Ticks),
            (1_800_000_000_000_000_000, Unit::Nanoseconds),
            (i128::from(i64::MAX), Unit::Never),
            (i128::MAX, Unit::Implausible),
        ] {
            assert_eq!(unit(value), expected, "{value}");
        }
    }

    #[test]
    fn every_unit_leads_to_seconds() {
        for value in [
            1_800_000_000,
            1_800_000_000_000,
            1_800_000_000_000_000,
            1_800_000_000_000_000_000,
            639_355_968_000_000_000,
            134_444_736_000_000_000,
            20_270_115_080_000,
        ] {
            assert_eq!(seconds(value, unit(value)), Some(1_800_000_000), "{value}");
        }
    }

    #[test]
    fn times_are_said_in_words() {
        assert_eq!(text(1_800_000_000), "2027-01-15 08:00:00 UTC");
        assert_eq!(text(1_800_000_000_000), "the year 59009");
        assert_eq!(year(1_800_000_000), 2027);
        assert!(year(i128::MAX) > 1_000_000_000);
        assert!(year(i128::MIN) < -1_000_000_000);
        for (seconds, expected) in [
            (-24, "24 s"),
            (60, "1 min"),
            (11_520, "3 h 12 min"),
            (86_400, "1 day"),
            (190_800, "2 days 5 h"),
            (34_560_000, "400 days"),
            (1_800_000_000, "57 years"),
        ] {
            assert_eq!(span(seconds), expected);
        }
        assert!(span(i128::MIN).ends_with("years"));
    }

    #[test]
    fn dates_are_read_in_the_forms_people_write() {
        for text in [
            "2027-01-15T08:00:00Z",
            "2027-01-15T09:00:00+01:00",
            "2027-01-15 03:00:00 -0500",
            "2027-01-15T03:00:00-0500",
            "2027-01-15 08:00:00",
            "2027-01-15T08:00:00.000",
            "Fri, 15 Jan 2027 08:00:00 GMT",
        ] {
            assert_eq!(parse(text), Some(1_800_000_000), "{text}");
        }
        for text in ["1h", "", "never", "2027-13-15"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn offsets_in_use_are_known() {
        assert_eq!(offset(19_800, 90), Some(330));
        assert_eq!(offset(7_180, 90), Some(120));
        assert_eq!(offset(-18_000, 5), Some(-300));
        assert_eq!(offset(30, 90), None);
        assert_eq!(offset(16 * 3600, 90), None);
        assert_eq!(offset(9_000, 90), None);
        assert_eq!((offset(i128::MAX, 90), offset(i128::MIN, 90)), (None, None));
        assert_eq!((zone(330).as_str(), zone(-570).as_str()), ("UTC+05:30", "UTC-09:30"));
    }
}
