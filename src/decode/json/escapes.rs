//! What the escapes in a string mean, with the way back to the bytes that were written.

use super::text::{Quote, Text};
use super::trouble::Kind;
use crate::source::{Builder, Span};

/// Resolves the escapes of a string's content, and says what is wrong first. An escape that JSON does not know stays.
pub(super) fn unescape(text: Text, content: Span, quote: Quote) -> (Builder, Option<(Kind, Span)>) {
    let mut built = Builder::new();
    let mut trouble = None;
    let mut copied = content.start;
    let mut at = content.start;
    while at < content.end {
        let Some(c) = text.char(at) else { break };
        if c != '\\' {
            let end = at + c.len_utf8();
            if c < ' ' {
                trouble = trouble.or(Some((Kind::ControlCharacter, Span::new(at, end))));
            }
            at = end;
            continue;
        }
        let (meant, len, kind) = escape(text.slice(Span::new(at, content.end)), quote);
        let span = Span::new(at, at + len);
        if let Some(kind) = kind {
            trouble = trouble.or(Some((kind, span)));
        }
        if let Some(meant) = meant {
            let before = Span::new(copied, at);
            built.copy(text.slice(before), before);
            built.instead(meant.encode_utf8(&mut [0; 4]), span);
            copied = span.end;
        }
        at = span.end;
    }
    let last = Span::new(copied, content.end.max(copied));
    built.copy(text.slice(last), last);
    (built, trouble)
}

/// The escape at the beginning of `rest`: what it means, its length, what is wrong with it.
fn escape(rest: &str, quote: Quote) -> (Option<char>, usize, Option<Kind>) {
    let Some(c) = rest.chars().nth(1) else { return (None, 1, Some(Kind::BadEscape)) };
    let meant = match c {
        '"' | '\\' | '/' => c,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        '\'' if quote == Quote::Single => c,
        'u' => {
            let Some(unit) = code_unit(rest) else { return (None, 2, Some(Kind::BadEscape)) };
            if let Some(c) = char::from_u32(unit) {
                return (Some(c), 6, None);
            }
            let low = rest.get(6..).and_then(code_unit).filter(|low| (0xDC00..0xE000).contains(low));
            let pair = low
                .filter(|_| unit < 0xDC00)
                .and_then(|low| char::from_u32(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)));
            return match pair {
                Some(c) => (Some(c), 12, None),
                None => (Some(char::REPLACEMENT_CHARACTER), 6, Some(Kind::LoneSurrogate)),
            };
        }
        _ => return (None, 1 + c.len_utf8(), Some(Kind::BadEscape)),
    };
    (Some(meant), 2, None)
}

/// The UTF-16 code unit of `\uXXXX` at the beginning of `rest`.
fn code_unit(rest: &str) -> Option<u32> {
    let digits = rest.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}
