//! Base64 in both alphabets, read tolerantly: decode as much as possible, and say what is wrong and where.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::source::Span;

/// What a piece of base64 text holds, and what is wrong with the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The bytes; as many as could be decoded.
    pub bytes: Vec<u8>,
    /// The text up to the padding, if every character of it counts: then byte a..b stands at character a*8/6.
    pub exact: bool,
    /// Where `+` or `/` of the standard alphabet stands (RFC 4648 section 4).
    pub standard: Option<Span>,
    /// Where `-` or `_` of the URL-safe alphabet stands (RFC 4648 section 5).
    pub url_safe: Option<Span>,
    /// Where the `=` at the end stand.
    pub padding: Option<Span>,
    /// The first character that belongs to neither alphabet.
    pub illegal: Option<Span>,
    /// True if the number of characters is one that no base64 text has: at least one was lost.
    pub impossible_length: bool,
}

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

const URL_ONLY: u8 = 1;
const STANDARD_ONLY: u8 = 2;
const ILLEGAL: u8 = 4;

/// To which alphabet a byte belongs; none of these for letters and digits, which belong to both.
const CLASSES: [u8; 256] = {
    let mut classes = [ILLEGAL; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        classes[byte as usize] = match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => 0,
            b'-' | b'_' => URL_ONLY,
            b'+' | b'/' => STANDARD_ONLY,
            _ => ILLEGAL,
        };
        byte += 1;
    }
    classes
};

fn class_of(c: char) -> u8 {
    u8::try_from(c).map_or(ILLEGAL, |byte| CLASSES[usize::from(byte)])
}

/// Decodes base64 or base64url text, padded or not.
pub fn decode(text: &str) -> Decoded {
    let body = text.trim_end_matches('=');
    // Segments are decoded again and again, and nearly all are plain: one look tells.
    let seen = body.bytes().fold(0, |seen, byte| seen | CLASSES[usize::from(byte)]);
    let first = |class: u8| {
        let found = (seen & class != 0).then(|| body.char_indices().find(|(_, c)| class_of(*c) == class)).flatten();
        found.map(|(at, c)| Span::new(at, at + c.len_utf8()))
    };
    let (standard, url_safe, illegal) = (first(STANDARD_ONLY), first(URL_ONLY), first(ILLEGAL));
    let mut plain = Cow::Borrowed(body);
    if standard.is_some() || illegal.is_some() {
        let letters = body.chars().map(|c| match c {
            '+' => '-',
            '/' => '_',
            other => other,
        });
        plain = Cow::Owned(letters.filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect());
    }
    let impossible_length = plain.len() % 4 == 1;
    let whole = plain.len() - usize::from(impossible_length);
    Decoded {
        bytes: URL_SAFE.decode(plain.get(..whole).unwrap_or("")).unwrap_or_default(),
        exact: illegal.is_none(),
        standard,
        url_safe,
        padding: (body.len() < text.len()).then(|| Span::new(body.len(), text.len())),
        illegal,
        impossible_length,
    }
}

/// Encodes bytes as base64 with padding (RFC 4648 section 4).
pub fn encode(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// Encodes bytes as base64url without padding (RFC 7515 section 2).
pub fn encode_url(bytes: &[u8]) -> String {
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_alphabets_with_and_without_padding() {
        for text in ["-_-_", "+/+/"] {
            assert_eq!(decode(text).bytes, [0xfb, 0xff, 0xbf], "{text}");
        }
        assert_eq!(decode("YQ==").bytes, b"a");
        assert_eq!(decode("YQ").bytes, b"a");
        assert_eq!(decode("YQ==").padding, Some(Span::new(2, 4)));
        assert!(decode("YWJjZ").impossible_length);
        assert_eq!(decode("YWJjZ").bytes, b"abc");
        assert_eq!(decode("YW Jj").bytes, b"abc");
        assert_eq!(decode("YW Jj").illegal, Some(Span::new(2, 3)));
        assert_eq!(decode("").bytes, b"");
    }
}
