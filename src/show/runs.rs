//! Long runs of token characters that nobody recognised, and that may be a credential all the same.
//!
//! A run is looked at in segments, cut at `/`, `+`, `.`, `-`, `_` and the like. Words and small numbers are readable
//! and stay: hosts, paths, method names. A run with enough of anything else is taken for a secret, and everything in
//! it that is not clearly a word goes. When in doubt it is hidden: a hidden identifier costs a glance at the file, a
//! shown secret costs the secret.

use std::ops::Range;

/// Runs shorter than this (in characters) are never hidden.
const LONG: usize = 24;
/// A run with fewer unreadable characters than this is a path or a name with a number in it.
const NOISE: usize = 16;

/// A part of text to hide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) range: Range<usize>,
    /// True if it is the beginning of the run, not what follows some readable part of it.
    pub(super) whole: bool,
}

/// The passwords in URLs (`://user:password@`) and, with `named`, what stands behind a name that says it is a secret
/// (`DB_PASSWORD=…`), in order. These are too short to be told by their looks.
pub(super) fn passwords(text: &str, named: bool) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    for word in text.split_inclusive([' ', '\t', '"', '\'', '`', '&', ';', ',', '\n']) {
        let start = at;
        at += word.len();
        let user = word.find("://").map(|i| i + 3).and_then(|i| {
            let authority = word.get(i..)?.split(['/', '?', '#']).next()?;
            let info = authority.get(..authority.rfind('@')?)?;
            Some(i + info.find(':')? + 1..i + info.len())
        });
        let secret =
            user.or_else(|| value_of_secret(text, start).filter(|_| named).map(|r| r.start - start..r.end - start));
        let range = secret.map(|r| start + r.start..start + r.end);
        let is_known =
            |r: &Range<usize>| text.get(r.clone()).is_some_and(|t| !t.is_empty() && !t.starts_with(['$', '{', '<']));
        found.extend(range.filter(|r| is_known(r) && found.last().is_none_or(|last| last.end <= r.start)));
    }
    found
}

/// The value that is assigned to the name at `start`, if that says it is a secret.
fn value_of_secret(text: &str, start: usize) -> Option<Range<usize>> {
    const ENDS: &[&str] =
        &["pass", "passwd", "password", "passphrase", "pwd", "secret", "token", "_key", "-key", "apikey"];
    let rest = text.get(start..)?;
    let length = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || b"_-.".contains(b)).count();
    let name = rest.get(..length)?.to_ascii_lowercase();
    if !ENDS.iter().any(|end| name.ends_with(end)) {
        return None;
    }
    let blank = |c: char| matches!(c, ' ' | '\t' | '"' | '\'' | '`');
    let after = rest.get(length..)?.trim_start_matches(blank);
    let after = after.strip_prefix(":=").or_else(|| after.strip_prefix([':', '=']))?;
    if is_call(after.trim_start_matches([' ', '\t'])) {
        return None;
    }
    let value = after.trim_start_matches(blank);
    let end = value.find(|c: char| c.is_whitespace() || "\"'`&;,".contains(c)).unwrap_or(value.len());
    let from = text.len() - value.len();
    Some(from..from + end)
}

/// True if a function is called for the value: `token = jwt.sign(…)` says nothing of the token.
fn is_call(value: &str) -> bool {
    let value = ["await ", "new ", "try "].iter().find_map(|word| value.strip_prefix(word)).unwrap_or(value);
    let Some((name, rest)) = value.split_once('(') else { return false };
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.len() < LONG
        && name.bytes().all(|b| b.is_ascii_alphabetic() || b"_.:".contains(&b));
    // Behind the last bracket of a call nothing stands that could be a part of the value.
    let ends = |line: &str| {
        let behind = line.rsplit_once(')').map(|(_, behind)| behind);
        behind.is_some_and(|behind| behind.chars().all(|c| c.is_whitespace() || "?;,)}]".contains(c)))
    };
    is_name && is_words(name) && rest.lines().next().is_some_and(ends)
}

/// The parts of `text` that look like credentials, in order.
pub(super) fn find(text: &str) -> Vec<Run> {
    let mut found = Vec::new();
    let mut rest = 0;
    while let Some(start) = text.bytes().skip(rest).position(is_token).map(|i| i + rest) {
        let end = text.bytes().skip(start).position(|b| !is_token(b)).map_or(text.len(), |i| i + start);
        if end - start >= LONG {
            found.extend(in_run(text, start..end));
        }
        rest = end;
    }
    found
}

/// True if the text consists of words and small numbers, and not of short ones that may be so by chance.
pub(super) fn is_readable(text: &str) -> bool {
    let clear = |segment: &&str| {
        segment.len() >= 4 && segment.bytes().all(|b| b.is_ascii_alphabetic()) && segment.bytes().any(is_vowel)
    };
    is_words(text) && 2 * words(text).filter(clear).map(str::len).sum::<usize>() >= text.len()
}

/// True if the text consists of words and small numbers.
pub(super) fn is_words(text: &str) -> bool {
    words(text).all(is_word)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// True for the bytes that credentials are written in: token68 of RFC 9110, `%` and `:`.
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/=%:".contains(&byte)
}

struct Segment {
    range: Range<usize>,
    readable: bool,
    /// The byte before it.
    after: u8,
}

impl Segment {
    /// Readable, but so short that it may be so by chance.
    fn is_weak(&self) -> bool {
        self.readable && self.range.len() < 4
    }
}

fn in_run(text: &str, run: Range<usize>) -> Vec<Run> {
    let mut segments = segments(text, &run);
    spare_uuids(text, &mut segments);
    let noise: usize = segments.iter().filter(|s| !s.readable).map(|s| s.range.len()).sum();
    let mut found: Vec<Run> = Vec::new();
    if noise < NOISE {
        return found;
    }
    // Weak segments since the last unreadable or clearly readable one: they belong to whatever they stand beside.
    let mut hiding = false;
    let mut weak_from: Option<usize> = None;
    for segment in &segments {
        let Range { start, end } = segment.range.clone();
        if !segment.readable {
            match found.last_mut().filter(|_| hiding) {
                Some(last) => last.range.end = end,
                None => {
                    let start = weak_from.filter(|_| b"-_+".contains(&segment.after)).unwrap_or(start);
                    found.push(Run { range: start..end, whole: start == run.start });
                }
            }
            (hiding, weak_from) = (true, None);
        } else if segment.is_weak() {
            if hiding {
                if let Some(last) = found.last_mut() {
                    last.range.end = end;
                }
            } else if weak_from.is_none() || !b"-_+".contains(&segment.after) {
                weak_from = Some(start);
            }
        } else {
            (hiding, weak_from) = (false, None);
        }
    }
    // Padding belongs to what it pads.
    if let Some(last) = found.last_mut().filter(|_| hiding) {
        last.range.end = run.end;
    }
    found
}

fn segments(text: &str, run: &Range<usize>) -> Vec<Segment> {
    let bytes = text.as_bytes();
    let at = |i: usize| bytes.get(i).copied().filter(|_| i < run.end).unwrap_or(b' ');
    let mut segments = Vec::new();
    let (mut i, mut start, mut after) = (run.start, run.start, b' ');
    while i <= run.end {
        let byte = at(i);
        if byte.is_ascii_alphanumeric() {
            i += 1;
            continue;
        }
        if i > start {
            let word = text.get(start..i).unwrap_or("");
            segments.push(Segment { range: start..i, readable: is_word(word), after });
        }
        // `%3A` stands between two segments as a whole.
        let escape = byte == b'%' && at(i + 1).is_ascii_hexdigit() && at(i + 2).is_ascii_hexdigit();
        i += if escape { 3 } else { 1 };
        (start, after) = (i, byte);
    }
    segments
}

fn spare_uuids(text: &str, segments: &mut [Segment]) {
    const LENGTHS: [usize; 5] = [8, 4, 4, 4, 12];
    for first in 0..segments.len() {
        let Some(five) = segments.get_mut(first..first + LENGTHS.len()) else { return };
        let fits = five.iter().zip(LENGTHS).enumerate().all(|(i, (segment, length))| {
            segment.range.len() == length
                && (i == 0 || segment.after == b'-')
                && text.get(segment.range.clone()).is_some_and(|s| s.bytes().all(|b| b.is_ascii_hexdigit()))
        });
        if fits {
            five.iter_mut().for_each(|segment| segment.readable = true);
        }
    }
}

/// True for `agent`, `listChats`, `HTTPServer`, `oauth2`, `v3`, `2027`; false for what a random generator writes.
fn is_word(segment: &str) -> bool {
    let bytes = segment.as_bytes();
    let digits = bytes.iter().filter(|b| b.is_ascii_digit()).count();
    if digits == bytes.len() {
        return digits <= 13;
    }
    if matches!(bytes, [b'v' | b'V', number @ ..] if number.len() == digits && digits <= 3) {
        return true;
    }
    let pieces = pieces(bytes);
    let letters = |piece: &&[u8]| !piece.iter().all(u8::is_ascii_digit);
    digits <= 4
        && pieces.iter().filter(|p| !letters(p)).count() <= 2
        && (pieces.len() == 1 || bytes.len() >= 3 * pieces.len())
        && pieces.iter().copied().filter(letters).all(is_pronounceable)
}

/// Cuts `listChats2` into `list`, `Chats`, `2`, and `HTTPServer` into `HTTP`, `Server`.
fn pieces(bytes: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for i in 1..=bytes.len() {
        let (before, here, next) = (bytes.get(i - 1), bytes.get(i), bytes.get(i + 1));
        let cut = match (before, here) {
            (Some(a), Some(b)) => {
                a.is_ascii_digit() != b.is_ascii_digit()
                    || a.is_ascii_lowercase() && b.is_ascii_uppercase()
                    || a.is_ascii_uppercase() && b.is_ascii_uppercase() && next.is_some_and(|c| c.is_ascii_lowercase())
            }
            _ => true,
        };
        if cut {
            pieces.extend(bytes.get(start..i));
            start = i;
        }
    }
    pieces
}

fn is_vowel(byte: u8) -> bool {
    b"aeiouyAEIOUY".contains(&byte)
}

fn is_pronounceable(piece: &[u8]) -> bool {
    let (mut vowels, mut consonants, mut most) = (0, 0, 0);
    for byte in piece {
        if is_vowel(*byte) {
            vowels += 1;
            consonants = 0;
        } else {
            consonants += 1;
            most = most.max(consonants);
        }
    }
    // `https` and `grpc` have no vowel; no English word has more than five consonants in a row.
    piece.len() <= 20 && most <= 5 && (vowels > 0 || piece.len() <= 5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(text: &str) -> Vec<&str> {
        find(text).into_iter().map(|run| &text[run.range]).collect()
    }

    #[test]
    fn what_a_function_gives_is_not_there_to_be_seen() {
        let hidden = |text: &str| passwords(text, true).into_iter().map(|r| text[r].to_owned()).collect::<Vec<_>>();
        for code in ["const token = jwt.sign({ a: 1 }, key)", "token = await login(user);", "token := jwt.New(claims)"]
        {
            assert_eq!(hidden(code), Vec::<String>::new(), "{code}");
        }
        for (text, secret) in [
            ("token := hunter2", "hunter2"),
            ("DB_PASSWORD=hunter2(x)", "hunter2(x)"),
            ("DB_PASSWORD=open(x", "open(x"),
            ("password: 'open(x)'", "open(x)"),
        ] {
            assert_eq!(hidden(text), [secret], "{text}");
        }
    }

    #[test]
    fn words_stay_readable() {
        for text in [
            "https://api.livechatinc.com/v3.5/agent/action/list_chats_for_organization",
            "content-type: application/x-www-form-urlencoded; charset=utf-8",
            "redirect_uri=https%3A%2F%2Fexample.com%2Foauth2callback&scope=chats--all:ro,agents--all:rw",
            "window.localStorage.getItem AbstractSingletonProxyFactoryBean XMLHttpRequestUpload",
            "https://cf-blast.livelikecdn.com/api/v1/programs/5b1a9e44-0c83-4d2f-9a6e-7d1c2b3a4f50/dashboard",
            "2027-01-15T08:00:00.000+05:30 1800000000 1800000000000",
            "ec2-54-12-3-9.eu-central-1.compute.amazonaws.com",
        ] {
            assert_eq!(hidden(text), Vec::<&str>::new(), "{text}");
        }
    }

    #[test]
    fn separators_do_not_let_a_secret_through() {
        for secret in [
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYzz9KEY4Q2x",
            "5f7c8ec7c33c6c004bbafe82",
            "q8Xv-Zt3_kL9~Wm2.Rb7=",
            "AB12-CD34-EF56-GH78-IJ90-KL12",
            "Zk3%2BqT8%2FmN1xW5vB9%3D%3DcR7dS2",
            "eyJhbGciOiJub25lIn0.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl",
            "abcdefghijklmnopqrstuvwxyz",
            "99999999999999999999999999",
        ] {
            let secret = if secret.len() < LONG { format!("{secret}H4x9") } else { secret.to_owned() };
            for text in [secret.clone(), format!("x \"{secret}\""), format!("https://example.com/users/{secret}")] {
                let joined = hidden(&text).concat();
                assert!(secret.ends_with(&joined) && joined.len() + 4 > secret.len(), "{text}: hides only {joined:?}");
            }
        }
    }

    #[test]
    fn short_passwords_are_told_by_what_stands_before_them() {
        for (text, named, expected) in [
            ("DB=postgres://app:pa55word@db.example/x", false, vec!["pa55word"]),
            ("redis://:s3cr3t@localhost \"https://a:b@c\"", false, vec!["s3cr3t", "b"]),
            ("https://me:$PASSWORD@a.example, https://a.example:80/@x, https://me@a.example", false, vec![]),
            ("SMTP_PASS=mailpw123", true, vec!["mailpw123"]),
            ("  \"password\": \"hunter2\", \"b\": 1", true, vec!["hunter2"]),
            ("X-Api-Key: 12345 token_type=Bearer", true, vec!["12345"]),
            ("password=$PASSWORD secret=${X} token=<token> passed=1", true, vec![]),
            ("SMTP_PASS=mailpw123", false, vec![]),
        ] {
            let found: Vec<&str> = passwords(text, named).into_iter().map(|range| &text[range]).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn short_runs_stay() {
        assert_eq!(hidden("a1b2c3d4e5f6 Xy9_kQ2-Lm4"), Vec::<&str>::new());
    }
}
