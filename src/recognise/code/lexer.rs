//! Source code as words, numbers, strings and signs; comments are left out.
//!
//! One pass over the text, whatever it is: a string that never ends goes on to the end of its line or of the text, a
//! bracket without a partner is only a sign. The values that a string has put in are places in it, not tokens.

mod strings;

use super::language::{Language, Marks};
use crate::source::Span;

/// A word, a number, a string or a sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Where it stands, with its quotes.
    pub span: Span,
    /// True if a line break stands before it.
    pub first: bool,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A name or a keyword.
    Word,
    /// A number.
    Number,
    /// An operator or a bracket.
    Sign,
    /// A string.
    Text(Literal),
}

/// A string in the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// What stands between the quotes.
    pub content: Span,
    /// The quote.
    pub quote: u8,
    /// Which marks mean something in it.
    pub marks: Marks,
    /// The values that are put in, with their marks.
    pub holes: Vec<Span>,
}

/// Signs of more than one character, the longest first.
const SIGNS: &[&str] = &[
    "===", "!==", "...", "<<<", "**=", "=>", "->", "==", "!=", "<=", ">=", ":=", "::", "?.", "//", "**", "..", "&&",
    "||", "+=", "-=", "<<", ">>", "??", "~/", "*=", "/=", "!!",
];
/// A regular expression that is longer is none.
const LONGEST_PATTERN: usize = 1000;

/// The tokens of a text.
pub fn tokens(text: &str, language: Language) -> Vec<Token> {
    let mut lexer =
        Lexer { text, bytes: text.as_bytes(), at: 0, language, tokens: Vec::new(), first: true, here: None };
    lexer.run();
    lexer.tokens
}

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    language: Language,
    tokens: Vec<Token>,
    first: bool,
    /// The word that ends the here-document whose text begins with the next line.
    here: Option<String>,
}

impl Lexer<'_> {
    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    fn starts(&self, at: usize, with: &str) -> bool {
        self.bytes.get(at..).is_some_and(|rest| rest.starts_with(with.as_bytes()))
    }

    fn run(&mut self) {
        let is_page = self.language == Language::Php && self.text.contains("<?");
        if is_page {
            self.leave_page();
        }
        while self.at < self.bytes.len() {
            let b = self.byte(self.at);
            match b {
                b'\n' => {
                    self.first = true;
                    self.at += 1;
                    if let Some(word) = self.here.take() {
                        self.skip_here_document(&word);
                    }
                }
                _ if b.is_ascii_whitespace() => self.at += 1,
                _ if is_page && self.starts(self.at, "?>") => self.leave_page(),
                _ if self.comment() => {}
                _ => self.token(b),
            }
        }
    }

    /// What stands outside of `<?php … ?>` is no code.
    fn leave_page(&mut self) {
        let next = self.text.get(self.at..).and_then(|rest| rest.find("<?"));
        self.at = next.map_or(self.bytes.len(), |n| self.at + n + 2);
        for word in ["php", "="] {
            if self.starts(self.at, word) {
                self.at += word.len();
            }
        }
    }

    fn line_end(&self, from: usize) -> usize {
        let rest = self.bytes.get(from..).unwrap_or_default();
        memchr::memchr(b'\n', rest).map_or(self.bytes.len(), |n| from + n)
    }

    fn comment(&mut self) -> bool {
        if !matches!(self.byte(self.at), b'/' | b'#' | b'=') {
            return false;
        }
        let habits = self.language.habits();
        let line = habits.comments.iter().any(|mark| self.starts(self.at, mark));
        let attribute = self.language == Language::Php && self.starts(self.at, "#[");
        if line && !attribute {
            self.at = self.line_end(self.at);
            return true;
        }
        if habits.comments.contains(&"//") && self.starts(self.at, "/*") {
            self.block_comment(habits.nested);
            return true;
        }
        if self.language == Language::Ruby && self.first && self.starts(self.at, "=begin") {
            let end = self.text.get(self.at..).and_then(|rest| rest.find("\n=end"));
            self.at = end.map_or(self.bytes.len(), |n| self.line_end(self.at + n + 1));
            return true;
        }
        false
    }

    fn block_comment(&mut self, nested: bool) {
        let mut depth = 0usize;
        while self.at < self.bytes.len() {
            if self.starts(self.at, "/*") && (nested || depth == 0) {
                depth += 1;
                self.at += 2;
            } else if self.starts(self.at, "*/") {
                depth -= 1;
                self.at += 2;
                if depth == 0 {
                    return;
                }
            } else {
                self.first |= self.byte(self.at) == b'\n';
                self.at += 1;
            }
        }
    }

    fn push(&mut self, kind: Kind, end: usize) {
        self.tokens.push(Token { kind, span: Span::new(self.at, end), first: self.first });
        self.first = false;
        self.at = end;
    }

    fn token(&mut self, b: u8) {
        if self.here_document() || self.percent_string() {
            return;
        }
        if let Some(open) = self.opening(self.at) {
            self.string(open);
        } else if b == b'\'' && self.language == Language::Rust {
            self.rust_quote();
        } else if b == b'/' && self.language == Language::JavaScript && self.pattern() {
        } else if b.is_ascii_digit() {
            let mut end = self.at;
            let goes_on = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
            while goes_on(self.byte(end)) || self.byte(end) == b'.' && self.byte(end + 1).is_ascii_digit() {
                end += 1;
            }
            self.push(Kind::Number, end);
        } else if is_word(b) {
            let mut end = self.at;
            while is_word(self.byte(end)) {
                end += 1;
            }
            self.push(Kind::Word, end);
        } else {
            let goes_on = b"=><*.:/&|?!".contains(&self.byte(self.at + 1));
            let longer = goes_on.then(|| SIGNS.iter().find(|sign| self.starts(self.at, sign))).flatten();
            let length = longer.map_or(1, |sign| sign.len());
            self.push(Kind::Sign, self.at + length);
        }
    }

    /// A regular expression of JavaScript, where a value may begin.
    fn pattern(&mut self) -> bool {
        const BEFORE: &[&str] =
            &["return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "else", "do"];
        let value_may_begin = match self.tokens.last() {
            None => true,
            Some(last) => {
                let text = self.text.get(last.span.range()).unwrap_or_default();
                match last.kind {
                    Kind::Sign => !matches!(text, ")" | "]" | "}"),
                    Kind::Word => BEFORE.contains(&text),
                    _ => false,
                }
            }
        };
        if !value_may_begin {
            return false;
        }
        let mut class = false;
        let mut at = self.at + 1;
        let limit = self.at + LONGEST_PATTERN;
        while at < limit.min(self.bytes.len()) {
            match self.byte(at) {
                b'\n' => return false,
                b'\\' => at += 1,
                b'[' => class = true,
                b']' => class = false,
                b'/' if !class => {
                    at += 1;
                    while self.byte(at).is_ascii_alphabetic() {
                        at += 1;
                    }
                    self.push(Kind::Sign, at);
                    return true;
                }
                _ => {}
            }
            at += 1;
        }
        false
    }
}

/// True for a byte of a name: `$` and all beyond ASCII too.
fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || b == b'$' || b >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, language: Language) -> Vec<&str> {
        tokens(text, language).iter().map(|t| &text[t.span.range()]).collect()
    }

    #[test]
    fn comments_are_left_out_and_strings_are_one() {
        for (language, text, expected) in [
            (
                Language::Python,
                "a # 'b\nf'{x['y']}' \"\"\"d\n#\"\"\" e",
                vec!["a", "f'{x['y']}'", "\"\"\"d\n#\"\"\"", "e"],
            ),
            (Language::Python, "'not closed\nb", vec!["'not closed", "b"]),
            (Language::JavaScript, "a // b\n`c ${d + `}`}` /* e */ f", vec!["a", "`c ${d + `}`}`", "f"]),
            (
                Language::JavaScript,
                "x = /'\"[/]/g; y / 2 / z",
                vec!["x", "=", "/'\"[/]/g", ";", "y", "/", "2", "/", "z"],
            ),
            (Language::Rust, "'a' &'b r#\"c\"d\"# /* e /* f */ */ g", vec!["'a'", "&", "'", "b", "r#\"c\"d\"#", "g"]),
            (Language::Go, "`a\n\"b` // c\nd", vec!["`a\n\"b`", "d"]),
            (Language::CSharp, "$\"a{b[\"c\"]}\" @\"d\"\"\\\" e", vec!["$\"a{b[\"c\"]}\"", "@\"d\"\"\\\"", "e"]),
            (Language::Ruby, "a <<~EOS, b\n 'c\n EOS\n%w[d e] f", vec!["a", "<<~EOS", ",", "b", "%w[d e]", "f"]),
            (
                Language::Php,
                "<p>it's</p><?php $a = \"{$b['c']}\"; # d\n?>'<?= e",
                vec!["$a", "=", "\"{$b['c']}\"", ";", "e"],
            ),
            (Language::Swift, "\"a \\(b(\"c\")) d\" e", vec!["\"a \\(b(\"c\")) d\"", "e"]),
            (Language::Dart, "'a $b ${c}' r'$d\\' e", vec!["'a $b ${c}'", "r'$d\\'", "e"]),
        ] {
            assert_eq!(read(text, language), expected, "{text}");
        }
    }

    #[test]
    fn what_a_string_has_put_in_is_a_place_in_it() {
        for (language, text, expected) in [
            (Language::Python, "f'a {b} {{c}} {d[\"e\"]}'", vec!["{b}", "{d[\"e\"]}"]),
            (Language::Python, "'a {b}'", vec![]),
            (Language::JavaScript, "`a ${b} ${`c${d}`}`", vec!["${b}", "${`c${d}`}"]),
            (Language::Kotlin, "\"a $b ${c}\"", vec!["$b", "${c}"]),
            (Language::Php, "\"a $b {$c->d}\"", vec!["$b", "{$c->d}"]),
            (Language::Swift, "\"a \\(b)\"", vec!["\\(b)"]),
        ] {
            let found = tokens(text, language);
            let Kind::Text(literal) = &found[0].kind else { panic!("{text}") };
            let holes: Vec<&str> = literal.holes.iter().map(|h| &text[h.range()]).collect();
            assert_eq!(holes, expected, "{text}");
        }
    }
}
