//! How text is written down in a file.

/// How text is written down in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8; a byte order mark is part of the text.
    Utf8,
    /// UTF-16 with a byte order mark, low bytes first.
    Utf16Le,
    /// UTF-16 with a byte order mark, high bytes first.
    Utf16Be,
}

/// Text in UTF-8, or in UTF-16 with a byte order mark (as PowerShell writes it); `None` if the bytes are neither.
pub fn text(bytes: Vec<u8>) -> Option<(String, Encoding)> {
    let utf16 = |unit: fn([u8; 2]) -> u16, encoding| {
        let units: Vec<u16> = bytes[2..].chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16(&units).ok().map(|text| (text, encoding))
    };
    match bytes.get(..2) {
        Some([0xFF, 0xFE]) => return utf16(u16::from_le_bytes, Encoding::Utf16Le),
        Some([0xFE, 0xFF]) => return utf16(u16::from_be_bytes, Encoding::Utf16Be),
        _ => {}
    }
    // A NUL is valid UTF-8, but no text has one.
    let text = if bytes.contains(&0) { None } else { String::from_utf8(bytes).ok() };
    text.map(|text| (text, Encoding::Utf8))
}

/// The bytes of a text in an encoding: those that [`text`] reads it from.
pub(super) fn encoded(text: &str, encoding: Encoding) -> Vec<u8> {
    let utf16 =
        |unit: fn(u16) -> [u8; 2]| "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(unit).collect();
    match encoding {
        Encoding::Utf8 => text.as_bytes().to_vec(),
        Encoding::Utf16Le => utf16(u16::to_le_bytes),
        Encoding::Utf16Be => utf16(u16::to_be_bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_with_a_mark_is_text_and_binary_is_not() {
        for (bytes, expected) in [
            (b"\xff\xfea\0b\0".to_vec(), Some(("ab", Encoding::Utf16Le))),
            (b"\xfe\xff\0a\0b".to_vec(), Some(("ab", Encoding::Utf16Be))),
            (b"a\0b".to_vec(), None),
            (b"\xc3".to_vec(), None),
            ("é".into(), Some(("é", Encoding::Utf8))),
            ("\u{feff}a".into(), Some(("\u{feff}a", Encoding::Utf8))),
            (Vec::new(), Some(("", Encoding::Utf8))),
        ] {
            assert_eq!(text(bytes.clone()).as_ref().map(|(text, e)| (text.as_str(), *e)), expected);
            if let Some((text, encoding)) = expected {
                assert_eq!(encoded(text, encoding), bytes);
            }
        }
    }
}
