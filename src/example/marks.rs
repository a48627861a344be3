//! Marks in examples: `@{fill:36}` and the like, so that no file holds a credential that a scanner would take for a real
//! one, and no example ages.

use sha2::Digest as _;

use crate::decode::base64;

/// The marks that every example may have, for the message about one that there is not.
pub const MARKS: &str = "@{jwt}, @{header}, @{claims}, @{signature}, @{secret}, @{fill:N}, @{hex:N}, @{bytes:N}, \
     @{hexof:TEXT}, @{b64:TEXT}, @{b64url:TEXT}, @{b64url-with-zero:N}, @{sha256:TEXT}, @{sha256-hex:TEXT}, @{uuid}, \
     @{now}, @{now:-60}, @{repeat:N:TEXT}";

/// More bytes than any example needs.
const MOST: usize = 1 << 20;
/// More marks than any example needs: each is looked for from the beginning.
const MOST_MARKS: usize = 1_000;

/// A random-looking secret of 32 bytes: what signs unless an example says otherwise.
pub const SECRET: &str = "q7Rk2VxN9pLwT4sYb8ZdGf3HjC6mXvE1";

/// Fills the marks, the innermost first. `known` says what a mark stands for that is not one of every example.
pub fn fill(text: &str, now: i64, known: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut text = text.to_owned();
    let mut marks = 0;
    while let Some((start, end)) = innermost(&text) {
        marks += 1;
        if marks > MOST_MARKS {
            return Err(format!("the example has more than {MOST_MARKS} marks"));
        }
        let mark = text.get(start + 2..end).unwrap_or_default();
        let value = match known(mark) {
            Some(value) => value,
            None => value_of(mark, now)?,
        };
        text.replace_range(start..=end, &value);
        if text.len() > MOST {
            return Err("the example is larger than a megabyte when its marks are filled in".into());
        }
    }
    Ok(text)
}

fn value_of(mark: &str, now: i64) -> Result<String, String> {
    let (name, rest) = mark.split_once(':').unwrap_or((mark, ""));
    let number = |text: &str| match text.parse::<usize>() {
        Ok(n) if n <= MOST => Ok(n),
        _ => Err(format!("`@{{{mark}}}` wants a number of at most {MOST}")),
    };
    Ok(match name {
        "fill" => letters(b"q7Rk2VxN9pLwT4sYb8ZdGf3HjC6mXvE1aUeW5nQtDzKc0oSiBgAhFyJrMlPu", number(rest)?),
        "hex" => letters(b"3f9a1c7e5b2d8064", number(rest)?),
        "bytes" => base64::encode_url(&bytes(number(rest)?)),
        "hexof" => hex(rest.as_bytes()),
        "secret" => SECRET.into(),
        "sha256" => base64::encode_url(&sha2::Sha256::digest(rest)),
        "sha256-hex" => hex(&sha2::Sha256::digest(rest)),
        "uuid" => "4ad7f6a1-93c2-4d0e-8b5f-2f6c1e9a7d30".into(),
        "b64" => base64::encode(rest.as_bytes()),
        "b64url" => base64::encode_url(rest.as_bytes()),
        "b64url-with-zero" => {
            let rest = bytes(number(rest)?.saturating_sub(1));
            base64::encode_url(&[&[0, 0xff], rest.as_slice()].concat())
        }
        "now" if rest.is_empty() => now.to_string(),
        "now" => {
            let seconds: i64 = rest.parse().map_err(|_| format!("`@{{{mark}}}` wants seconds: `@{{now:-60}}`"))?;
            now.saturating_add(seconds).to_string()
        }
        "repeat" => {
            let (times, what) = rest.split_once(':').ok_or("`@{repeat:N:TEXT}` wants a number and a text")?;
            let times = number(times)?;
            if times.saturating_mul(what.len()) > MOST {
                return Err(format!("`@{{{mark}}}` is larger than a megabyte"));
            }
            what.repeat(times)
        }
        _ => return Err(format!("there is no mark `@{{{mark}}}`; there are {MARKS}")),
    })
}

/// The first mark without a mark in it: from `@{` to the `}` that closes it.
fn innermost(text: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    'next: loop {
        let start = from + text.get(from..)?.find("@{")?;
        let mut depth = 0;
        for (at, c) in text.get(start + 2..)?.char_indices() {
            let end = start + 2 + at;
            match c {
                '@' if text.get(end + 1..)?.starts_with('{') => {
                    from = end;
                    continue 'next;
                }
                '{' => depth += 1,
                '}' if depth == 0 => return Some((start, end)),
                '}' => depth -= 1,
                _ => {}
            }
        }
        // JSON that is cut off has no end of its own.
        return text.get(start..)?.find('}').map(|end| (start, start + end));
    }
}

fn letters(alphabet: &[u8], n: usize) -> String {
    bytes(n).iter().filter_map(|b| alphabet.get(usize::from(*b) % alphabet.len())).map(|b| char::from(*b)).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The same random-looking bytes every time.
pub fn bytes(n: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    (0..n)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 24) as u8
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<String, String> {
        fill(text, 1_000, &|mark| (mark == "own").then(|| "OWN".into()))
    }

    #[test]
    fn marks_are_filled_from_within() {
        assert_eq!(filled("a @{b64:x@{own}} ${now} @{now:-60}").as_deref(), Ok("a eE9XTg== ${now} 940"));
        assert_eq!(filled(r#"@{b64url:{"a":{"b":1}}}"#).as_deref(), Ok("eyJhIjp7ImIiOjF9fQ"));
        assert_eq!(filled("@{hex:4}@{repeat:3:ab}@{now}").map(|t| t.len()), Ok(4 + 6 + 4));
        assert_eq!(filled("@{fill:3"), Ok("@{fill:3".into()), "no mark without an end");
    }

    #[test]
    fn what_is_no_mark_is_refused() {
        for (text, says) in [
            ("@{fil:36}", "no mark `@{fil:36}`"),
            ("@{fill:many}", "wants a number"),
            ("@{fill:99999999}", "at most"),
            ("@{now:soon}", "wants seconds"),
            ("@{repeat:3}", "a number and a text"),
            ("@{repeat:1000000:@{repeat:10:ab}}", "larger than a megabyte"),
        ] {
            let refusal = filled(text).expect_err(text);
            assert!(refusal.contains(says), "{text}: {refusal}");
        }
    }
}
