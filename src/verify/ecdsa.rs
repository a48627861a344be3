//! ECDSA signatures in DER, as crypto libraries write them, and as two plain numbers, as a token holds them (RFC 7518
//! section 3.4).

/// An ECDSA signature in DER (RFC 3279 section 2.2.3) as the two integers of `size / 2` bytes each.
pub fn from_der(bytes: &[u8], size: usize) -> Option<Vec<u8>> {
    // SEQUENCE, its length in one byte or in two, then two INTEGERs up to the end.
    let rest = bytes.strip_prefix(&[0x30])?;
    let (length, rest) = match rest.split_first()? {
        (0x81, rest) => rest.split_first()?,
        found => found,
    };
    if usize::from(*length) != rest.len() {
        return None;
    }
    let (r, rest) = integer(rest)?;
    let (s, rest) = integer(rest)?;
    let half = size / 2;
    let padded = |n: &[u8]| [vec![0; half.checked_sub(n.len())?], n.to_vec()].concat().into();
    let both: (Option<Vec<u8>>, Option<Vec<u8>>) = (padded(r), padded(s));
    rest.is_empty().then_some([both.0?, both.1?].concat())
}

/// A DER INTEGER without leading zeros, and what follows it.
fn integer(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.strip_prefix(&[0x02])?.split_first()?;
    let (number, rest) = rest.split_at_checked(usize::from(*length))?;
    let first = number.iter().position(|b| *b != 0).unwrap_or(number.len());
    (!number.is_empty()).then_some((number.get(first..)?, rest))
}
