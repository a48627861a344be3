//! A first look at code: its words, with what stands around them.
//!
//! Most files that name a token do so in passing, and to read them as code would cost more than all the rest. So each
//! pattern says which words it cannot do without. A look may promise too much, but never too little.

use super::language::Language;

/// A run of letters, digits and `_`, in code, in a string or in a comment.
pub(super) struct Word<'a> {
    /// The word.
    pub text: &'a [u8],
    /// What the code is written in.
    pub language: Language,
    before: u8,
    after: &'a [u8],
}

/// The words of a text.
pub(super) fn words(text: &str, language: Language) -> impl Iterator<Item = Word<'_>> {
    let bytes = text.as_bytes();
    let is_part = |at: usize| bytes.get(at).map(|b| PARTS[usize::from(*b)]);
    let mut at = 0;
    std::iter::from_fn(move || {
        while is_part(at) == Some(false) {
            at += 1;
        }
        let start = at;
        while is_part(at) == Some(true) {
            at += 1;
        }
        let before = start.checked_sub(1).and_then(|i| bytes.get(i)).copied().unwrap_or(b'\n');
        let word = Word { text: bytes.get(start..at)?, language, before, after: bytes.get(at..)? };
        (start < at).then_some(word)
    })
}

impl Word<'_> {
    /// True if a string may begin with the word.
    pub fn begins_string(&self) -> bool {
        // Ruby has many ways to begin one.
        matches!(self.before, b'"' | b'\'' | b'`') || self.language == Language::Ruby
    }

    /// True if a value may be given to the word, or to the string that it ends.
    pub fn may_be_set(&self) -> bool {
        let is_around = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`');
        let mut rest = self.after.iter().skip_while(|b| is_around(b));
        match (rest.next(), rest.next()) {
            (Some(b':'), Some(b':' | b'=')) | (Some(b'='), Some(b'=')) => false,
            // A comment may stand between them.
            (Some(b':' | b'=' | b'/' | b'#'), _) => true,
            // `put("exp", x)`, `claims["exp"] = x`, `"exp" to x`.
            (Some(b',' | b']' | b't'), _) => matches!(self.after.first(), Some(b'"' | b'\'' | b'`')),
            _ => false,
        }
    }
}

/// The bytes of words.
const PARTS: [bool; 256] = {
    let mut parts = [false; 256];
    let mut b = 0;
    while b < parts.len() {
        parts[b] = matches!(b as u8, b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_');
        b += 1;
    }
    parts
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_told_by_what_stands_around_it() {
        let texts = |text: &'static str| {
            words(text, Language::Go).map(|w| str::from_utf8(w.text).unwrap_or_default()).collect::<Vec<_>>()
        };
        assert_eq!(texts("$a.b_c('é1', \"x\")"), ["a", "b_c", "1", "x"]);
        let set = |text: &str| words(text, Language::Go).filter(Word::may_be_set).count();
        for text in [
            "exp: 1",
            "exp  =\n1",
            "'exp': 1",
            "\"exp\" => 1",
            "put(\"exp\", 1",
            "a[\"exp\"] = 1",
            "\"exp\" to x",
            "exp /* ! */ = 1",
        ] {
            assert!(set(text) > 0, "{text}");
        }
        for text in ["exp", "exp(1)", "exp == 1", "exp := 1", "exp::new()", "a, exp]", "exp.to"] {
            assert_eq!(set(text), 0, "{text}");
        }
        let begins = |text: &str, language: Language| words(text, language).filter(Word::begins_string).count();
        assert_eq!(begins("'Bearer ' + a + `b`", Language::JavaScript), 2);
        assert_eq!(begins("%q(Bearer)", Language::Ruby), 2);
    }
}
