//! Hexadecimal digits.

/// The bytes of two digits each; `None` if there is anything else.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.chars().map(|c| u8::try_from(c.to_digit(16)?).ok()).collect::<Option<_>>()?;
    let pairs = digits.chunks(2).map(|pair| match pair {
        [high, low] => Some(high << 4 | low),
        _ => None,
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_digits_are_a_byte_and_nothing_else_is() {
        assert_eq!(decode("00fFa5"), Some(vec![0x00, 0xff, 0xa5]));
        assert_eq!(decode(""), Some(Vec::new()));
        for wrong in ["f", "+f", "ff f", "ff0", "0x", "éé"] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }
}
