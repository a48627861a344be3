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

/// Decodes base64 or base64url text, padded or not.
pub fn decode(text: &str) -> Decoded {
    let body = text.trim_end_matches('=');
    let (mut standard, mut url_safe, mut illegal) = (None, None, None);
    for (at, c) in body.char_indices() {
        let first = match c {
            'A'..='Z' | 'a'..='z' | '0'..='9' => continue,
            '+' | '/' => &mut standard,
            '-' | '_' => &mut url_safe,
            _ => &mut illegal,
        };
        first.get_or_insert(Span::new(at, at + c.len_utf8()));
    }
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
