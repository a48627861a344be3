//! Which clock an expression reads, and what it counts: the names that each language has for the time of now.

use super::language::Language;
use super::units::Unit;

/// The unit of a clock, given as text without blanks.
pub(super) fn clock(language: Language, text: &str) -> Unit {
    let ends = |list: &[&str]| list.iter().any(|end| text.ends_with(end));
    let has = |part: &str| text.contains(part);
    match language {
        Language::JavaScript => match () {
            // Put together from parts, or read again from text, it is local time.
            () if has("toLocaleString(") || has("getTimezoneOffset(") => Unit::LocalAsUtc,
            () if text == "Date.now()" || ends(&[".getTime()"]) => Unit::Milliseconds,
            () if text == "+new Date" || text == "+new Date()" || text == "Number(new Date())" => Unit::Milliseconds,
            () if text == "new Date().valueOf()" || text == "moment().valueOf()" || text == "dayjs().valueOf()" => {
                Unit::Milliseconds
            }
            () if text.starts_with("Date.parse(") => Unit::Milliseconds,
            () if ends(&[".unix()"]) => Unit::Seconds,
            () => Unit::Unknown,
        },
        Language::Java | Language::Kotlin => match () {
            () if ends(&["LocalDateTime.now().toEpochSecond(ZoneOffset.UTC)"]) => Unit::LocalAsUtc,
            () if text == "System.currentTimeMillis()" || ends(&[".getTimeInMillis()", ".timeInMillis"]) => {
                Unit::Milliseconds
            }
            () if ends(&[".toEpochMilli()", ".toEpochMilliseconds()"]) => Unit::Milliseconds,
            () if ends(&["new Date().getTime()"]) || text == "Date().time" => Unit::Milliseconds,
            () if ends(&[".getEpochSecond()", ".epochSecond", ".toEpochSecond()"]) => Unit::Seconds,
            () => Unit::Unknown,
        },
        Language::Python => python(text),
        Language::Ruby => match text {
            "Time.now.to_i" | "Time.now.utc.to_i" | "Time.current.to_i" | "Time.zone.now.to_i" => Unit::Seconds,
            "Time.now" => Unit::Unknown,
            "Time.now.to_f" | "Time.now.utc.to_f" | "Time.current.to_f" | "Time.zone.now.to_f" => Unit::Fraction,
            _ if has("CLOCK_REALTIME,:millisecond)") => Unit::Milliseconds,
            _ => Unit::Unknown,
        },
        Language::Php => match () {
            () if text == "time()" || ends(&["->getTimestamp()", "->timestamp"]) => Unit::Seconds,
            () if text == "microtime(true)" => Unit::Fraction,
            () if ends(&["->getTimestampMs()", "->getPreciseTimestamp(3)"]) => Unit::Milliseconds,
            () => Unit::Unknown,
        },
        Language::Go => match () {
            () if text == "time.Millisecond" => Unit::Constant(1e6),
            () if text == "time.Microsecond" => Unit::Constant(1e3),
            () if text == "time.Second" => Unit::Constant(1e9),
            () if ends(&[".UnixMilli()"]) => Unit::Milliseconds,
            () if ends(&[".UnixMicro()"]) => Unit::Microseconds,
            () if ends(&[".UnixNano()"]) => Unit::Nanoseconds,
            () if ends(&[".Unix()"]) => Unit::Seconds,
            () => Unit::Unknown,
        },
        Language::CSharp => match () {
            () if has("DateTime.Now") && !has("DateTimeOffset") && (has("1970") || has("UnixEpoch")) => {
                Unit::LocalAsUtc
            }
            () if ends(&[".ToUnixTimeMilliseconds()"]) => Unit::Milliseconds,
            () if ends(&[".TotalMilliseconds"]) && (has("1970") || has("UnixEpoch")) => Unit::Milliseconds,
            () if ends(&[".ToUnixTimeSeconds()"]) => Unit::Seconds,
            () if text == "DateTime.Now.Ticks" || text == "DateTime.UtcNow.Ticks" => Unit::Ticks,
            () => Unit::Unknown,
        },
        Language::Rust => match () {
            () if ends(&[".timestamp_millis()"]) || ends(&[".as_millis()"]) && has("UNIX_EPOCH") => Unit::Milliseconds,
            () if ends(&[".as_micros()"]) && has("UNIX_EPOCH") || ends(&[".timestamp_micros()"]) => Unit::Microseconds,
            () if ends(&[".as_nanos()"]) && has("UNIX_EPOCH") || ends(&[".unix_timestamp_nanos()"]) => {
                Unit::Nanoseconds
            }
            () if has("Local::now().naive_local()") && ends(&[".timestamp()"]) => Unit::LocalAsUtc,
            () if ends(&[".timestamp()", ".unix_timestamp()"]) || ends(&[".as_secs()"]) && has("UNIX_EPOCH") => {
                Unit::Seconds
            }
            () => Unit::Unknown,
        },
        Language::Dart => match () {
            () if ends(&[".millisecondsSinceEpoch"]) => Unit::Milliseconds,
            () if ends(&[".microsecondsSinceEpoch"]) => Unit::Microseconds,
            () => Unit::Unknown,
        },
        Language::Swift => match () {
            () if ends(&[".timeIntervalSince1970"]) => Unit::Fraction,
            () if ends(&[".timeIntervalSinceReferenceDate"]) || text == "CFAbsoluteTimeGetCurrent()" => Unit::Apple,
            () => Unit::Unknown,
        },
    }
}

/// The module may be named before the class: `datetime.datetime.now()`.
fn python(text: &str) -> Unit {
    let plain = text.replace("datetime.datetime", "datetime").replace("dt.datetime", "datetime");
    let text = plain.as_str();
    let ends = |list: &[&str]| list.iter().any(|end| text.ends_with(end));
    let has = |part: &str| text.contains(part);
    let has_zone = has("tzinfo") || has("timezone") || has("astimezone") || has("tz=");
    match () {
        () if text == "time.time()" => Unit::Fraction,
        () if text == "time.time_ns()" => Unit::Nanoseconds,
        () if has_zone && ends(&[".timestamp()"]) => Unit::Fraction,
        () if has_zone => Unit::Unknown,
        () if has("utcnow()") && (ends(&[".timestamp()", ".strftime(\"%s\")", ".strftime('%s')"])) => Unit::UtcAsLocal,
        () if text == "datetime.timestamp(datetime.utcnow())" => Unit::UtcAsLocal,
        () if text.starts_with("time.mktime(") && (has("utcnow()") || has("gmtime(") || has("utctimetuple(")) => {
            Unit::UtcAsLocal
        }
        () if text.starts_with("calendar.timegm(")
            && (has("datetime.now()") || has("localtime(") || has("datetime.today()")) =>
        {
            Unit::LocalAsUtc
        }
        () if text.starts_with("calendar.timegm(") => Unit::Seconds,
        () if ends(&[".timestamp()"]) => Unit::Fraction,
        () if text == "datetime.now()" || text == "datetime.today()" => Unit::LocalDate,
        () => Unit::Unknown,
    }
}
