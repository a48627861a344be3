//! What stands around a time and changes no unit: brackets, conversions, and functions that round.

use super::range::Range;
use super::reader::Code;
use super::units::is_primary;

/// Functions that only round or convert a number.
const ROUNDERS: &[&str] = &[
    "Math.floor",
    "Math.round",
    "Math.trunc",
    "Math.ceil",
    "Number",
    "parseInt",
    "BigInt",
    "int",
    "round",
    "math.floor",
    "floor",
    "ceil",
    "intval",
    "Integer",
    "Int",
    "Int64",
    "UInt64",
    "int64",
    "int32",
    "float64",
    "uint64",
    "double",
    "Double",
    "jwt.NewNumericDate",
    "Convert.ToInt64",
    "Convert.ToInt32",
    "Math.Floor",
    "Math.Round",
    "Int32",
    "math.Floor",
    "Math.toIntExact",
];

const ROUNDING: &[&str] =
    &["to_i", "round", "floor", "ceil", "toInt", "toLong", "truncate", "longValue", "intValue", "rounded", "toNumber"];

/// The expression within brackets or a conversion, and whether that rounds.
pub(super) fn wrapped(code: &Code, range: Range) -> Option<(Range, bool)> {
    let Range { start, end } = range;
    if range.len() < 2 {
        return None;
    }
    let last = end - 1;
    // `(…)`
    if code.sign(start) == "(" && code.partner(start) == Some(last) {
        return Some((Range { start: start + 1, end: last }, false));
    }
    // `f(…)`, of one argument, but for a radix: `parseInt(…, 10)`.
    if code.sign(last) == ")" {
        let open = code.partner(last)?;
        let callee = code.callee(open).filter(|callee| callee.start == start);
        if let Some(callee) = callee {
            let name = code.compact(callee);
            if ROUNDERS.contains(&name.as_str()) {
                let first = code.arguments(open).into_iter().next()?;
                return Some((
                    first,
                    !matches!(name.as_str(), "Number" | "float64" | "double" | "Double" | "jwt.NewNumericDate"),
                ));
            }
        }
        // `(…).to_i()`
        if open > start + 2 && ROUNDING.contains(&code.word(open - 1)) && code.sign(open - 2) == "." {
            return is_primary(code, start, open - 2).then_some((Range { start, end: open - 2 }, true));
        }
    }
    // `….to_i`
    if ROUNDING.contains(&code.word(last)) && last >= start + 2 && code.sign(last - 1) == "." {
        return is_primary(code, start, last - 1).then_some((Range { start, end: last - 1 }, true));
    }
    // `… as i64`
    if range.len() >= 3 && code.word(last - 1) == "as" {
        return Some((Range { start, end: last - 1 }, true));
    }
    // `(int) …`, `(long) …`
    if code.sign(start) == "(" && code.partner(start) == Some(start + 2) && is_type(code.word(start + 1)) {
        return is_primary(code, start + 3, end).then_some((Range { start: start + 3, end }, true));
    }
    None
}

fn is_type(word: &str) -> bool {
    matches!(word, "int" | "long" | "Int64" | "Int32" | "uint" | "ulong" | "integer" | "Long" | "Integer")
}
