//! What patterns ask of the tokens of a text: where a bracket closes, where an expression ends, what a name was set to.

use super::range::Range;
use std::cell::{Cell, OnceCell};
use std::collections::{HashMap, HashSet};

use super::language::Language;
use super::lexer::{self, Kind, Literal, Token};
use crate::source::Span;

/// An expression of more tokens is not looked into: what it gives is not known.
const LONGEST: usize = 200;
/// No more expressions than this are looked into in one text.
const MOST: usize = 50_000;

/// The code of one text.
pub struct Code<'a> {
    /// The text.
    pub text: &'a str,
    /// Its language.
    pub language: Language,
    tokens: Vec<Token>,
    /// For a bracket its partner.
    partners: Vec<Number>,
    /// For each token the bracket around it.
    around: Vec<Number>,
    /// How many more expressions are looked into: names that stand for names could go on for ever.
    left: Cell<usize>,
    // Found out when first asked, and not for every call.
    /// Where the values begin that are given to a name.
    assigned: OnceCell<HashMap<&'a str, Vec<usize>>>,
    /// The words that occur.
    words: OnceCell<HashSet<&'a str>>,
    names_jsonwebtoken: OnceCell<bool>,
    imports_pyjwt: OnceCell<bool>,
}

/// The number of a token, or none; a bundle has millions of them.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Number(u32);

impl Number {
    const NONE: Self = Self(u32::MAX);

    fn new(i: usize) -> Self {
        u32::try_from(i).map_or(Self::NONE, Self)
    }

    fn get(self) -> Option<usize> {
        (self != Self::NONE).then_some(self.0 as usize)
    }
}

impl<'a> Code<'a> {
    /// Reads a text.
    pub fn new(text: &'a str, language: Language) -> Self {
        let tokens = lexer::tokens(text, language);
        let mut code = Self {
            text,
            language,
            partners: vec![Number::NONE; tokens.len()],
            around: vec![Number::NONE; tokens.len()],
            tokens,
            left: Cell::new(MOST),
            assigned: OnceCell::new(),
            words: OnceCell::new(),
            names_jsonwebtoken: OnceCell::new(),
            imports_pyjwt: OnceCell::new(),
        };
        code.pair();
        code
    }

    fn pair(&mut self) {
        let mut open: Vec<usize> = Vec::new();
        for i in 0..self.tokens.len() {
            let sign = self.sign(i);
            let closes = match sign {
                ")" => "(",
                "]" => "[",
                "}" => "{",
                _ => "",
            };
            if !closes.is_empty() {
                // A bracket that does not fit closes nothing.
                if let Some(partner) = open.last().copied().filter(|o| self.sign(*o) == closes) {
                    open.pop();
                    self.partners[i] = Number::new(partner);
                    self.partners[partner] = Number::new(i);
                }
            }
            self.around[i] = open.last().map_or(Number::NONE, |open| Number::new(*open));
            if matches!(sign, "(" | "[" | "{") {
                open.push(i);
            }
        }
    }

    fn assignments(&self) -> HashMap<&'a str, Vec<usize>> {
        let mut assigned: HashMap<&str, Vec<usize>> = HashMap::new();
        for i in 1..self.tokens.len() {
            if !matches!(self.sign(i), "=" | ":=") {
                continue;
            }
            // `name = …`, `name: Type = …`, and not `a.name = …`.
            let mut name = i - 1;
            if name >= 2
                && self.is_word(name)
                && !self.is_first(name)
                && self.sign(name - 1) == ":"
                && self.is_word(name - 2)
            {
                name -= 2;
            }
            let member = name > 0 && matches!(self.sign(name - 1), "." | "->" | "?." | "::" | "@");
            let argument = self.around[i].get().is_some_and(|b| self.sign(b) == "(");
            if self.is_word(name) && !member && !argument {
                assigned.entry(self.at(name)).or_default().push(i + 1);
            }
        }
        assigned
    }

    /// True until too many expressions have been looked into.
    pub fn may_go_on(&self) -> bool {
        self.left.set(self.left.get().saturating_sub(1));
        self.left.get() > 0
    }

    /// True if the text names the library `jsonwebtoken`.
    pub fn names_jsonwebtoken(&self) -> bool {
        *self.names_jsonwebtoken.get_or_init(|| self.text.contains("jsonwebtoken"))
    }

    /// True if the text imports PyJWT by the name `jwt`.
    pub fn imports_pyjwt(&self) -> bool {
        let import = |line: &str| {
            let line = line.trim();
            line == "import jwt" || line.starts_with("import jwt ") || line.starts_with("import jwt,")
        };
        let imports = || self.text.lines().any(import) && !self.text.contains("import jwt as");
        *self.imports_pyjwt.get_or_init(imports)
    }

    /// How many tokens there are.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// The text of a token.
    pub fn at(&self, i: usize) -> &'a str {
        self.tokens.get(i).and_then(|t| self.text.get(t.span.range())).unwrap_or("")
    }

    /// Where a token stands.
    pub fn span(&self, i: usize) -> Span {
        self.tokens.get(i).map_or(Span::empty(self.text.len()), |t| t.span)
    }

    /// Where an expression stands.
    pub fn span_of(&self, range: Range) -> Span {
        let (start, end) = (self.span(range.start).start, self.span(range.end.saturating_sub(1)).end);
        Span::new(start, end.max(start))
    }

    /// The text of a token, if it is a sign.
    pub fn sign(&self, i: usize) -> &'a str {
        if self.tokens.get(i).is_some_and(|t| t.kind == Kind::Sign) { self.at(i) } else { "" }
    }

    /// The text of a token, if it is a word.
    pub fn word(&self, i: usize) -> &'a str {
        if self.is_word(i) { self.at(i) } else { "" }
    }

    /// True if the token is a name or a keyword.
    pub fn is_word(&self, i: usize) -> bool {
        self.tokens.get(i).is_some_and(|t| t.kind == Kind::Word)
    }

    /// True if the token is a number.
    pub fn is_number(&self, i: usize) -> bool {
        self.tokens.get(i).is_some_and(|t| t.kind == Kind::Number)
    }

    /// True if a line break stands before the token.
    pub fn is_first(&self, i: usize) -> bool {
        self.tokens.get(i).is_none_or(|t| t.first)
    }

    /// The string at a token.
    pub fn literal(&self, i: usize) -> Option<&Literal> {
        match self.tokens.get(i).map(|t| &t.kind) {
            Some(Kind::Text(literal)) => Some(literal),
            _ => None,
        }
    }

    /// What stands in the string at a token, as written.
    pub fn content(&self, i: usize) -> Option<&'a str> {
        self.literal(i).and_then(|literal| self.text.get(literal.content.range()))
    }

    /// The other bracket of a pair.
    pub fn partner(&self, i: usize) -> Option<usize> {
        self.partners.get(i).and_then(|partner| partner.get())
    }

    /// The bracket that is open around a token.
    pub fn around(&self, i: usize) -> Option<usize> {
        self.around.get(i).and_then(|around| around.get())
    }

    /// True if a word occurs.
    pub fn has(&self, word: &str) -> bool {
        let words = || (0..self.len()).map(|i| self.word(i)).filter(|word| !word.is_empty()).collect();
        self.words.get_or_init(words).contains(word)
    }

    /// The expression that begins at a token: up to a comma, a closing bracket, or the end of the statement. Empty if
    /// it is too long to look into.
    pub fn expression(&self, start: usize) -> Range {
        let mut i = start;
        while i < self.len() && i - start < LONGEST {
            let sign = self.sign(i);
            if matches!(sign, "," | ";" | ")" | "]" | "}" | "=>") {
                return Range { start, end: i };
            }
            let ends_line = i > start && self.is_first(i) && !self.goes_on(i);
            if ends_line {
                return Range { start, end: i };
            }
            i = match self.partner(i) {
                Some(partner) if partner > i => partner + 1,
                _ => i + 1,
            };
        }
        if i >= self.len() && i - start < LONGEST {
            return Range { start, end: self.len() };
        }
        Range { start, end: start }
    }

    /// True if an expression goes on over the line break before this token.
    fn goes_on(&self, i: usize) -> bool {
        const OPERATORS: &[&str] = &[
            "+", "-", "*", "/", "//", ".", "?.", "->", "::", "&&", "||", "??", "?", ":", "=", ":=", "%", "(", "[", "{",
        ];
        let text = |i: usize| self.literal(i).is_some();
        OPERATORS.contains(&self.sign(i - 1))
            || OPERATORS.iter().take(13).any(|o| *o == self.sign(i))
            || self.language == Language::Python && text(i) && text(i - 1)
    }

    /// The arguments of a call, given the bracket that opens them.
    pub fn arguments(&self, open: usize) -> Vec<Range> {
        let Some(close) = self.partner(open) else { return Vec::new() };
        let mut found = Vec::new();
        let mut start = open + 1;
        let mut i = start;
        while i < close {
            if self.sign(i) == "," {
                found.push(Range { start, end: i });
                start = i + 1;
            }
            i = match self.partner(i) {
                Some(partner) if partner > i => partner + 1,
                _ => i + 1,
            };
        }
        if start < close {
            found.push(Range { start, end: close });
        }
        found
    }

    /// The expression as text without blanks, those between two words left.
    pub fn compact(&self, range: Range) -> String {
        let mut text = String::new();
        for i in range.iter() {
            let word = |i: usize| self.is_word(i) || self.is_number(i);
            if i > range.start && word(i) && word(i - 1) {
                text.push(' ');
            }
            text += self.at(i);
        }
        text
    }

    /// What the only assignment of a name gives it.
    pub fn value_of(&self, name: &str) -> Option<Range> {
        match self.assigned.get_or_init(|| self.assignments()).get(name).map(Vec::as_slice) {
            Some([start]) => Some(self.expression(*start)).filter(|range| range.len() > 0),
            _ => None,
        }
    }

    /// The name that the value beginning at a token is given to: `name = …`.
    pub fn given_to(&self, start: usize) -> Option<&'a str> {
        let sign = start.checked_sub(1).filter(|i| matches!(self.sign(*i), "=" | ":="))?;
        let name = sign.checked_sub(1)?;
        // `name: Type = …`.
        let typed =
            name.checked_sub(2).filter(|n| !self.is_first(name) && self.sign(name - 1) == ":" && self.is_word(*n));
        let name = typed.unwrap_or(name);
        self.is_word(name).then(|| self.at(name))
    }

    /// The name before a bracket with what stands before its dots: `jwt.sign`, in the form in which it is written.
    pub fn callee(&self, open: usize) -> Option<Range> {
        let mut start = open.checked_sub(1).filter(|i| self.is_word(*i))?;
        let end = open;
        while start >= 2 && matches!(self.sign(start - 1), "." | "::" | "->" | "?.") && self.is_word(start - 2) {
            start -= 2;
        }
        Some(Range { start, end })
    }

    /// What is set at a token: a key of a map, a member, a named argument, the first argument of a setter.
    pub fn setting(&self, i: usize) -> Option<Setting<'a>> {
        let before = i.checked_sub(1);
        let (left, right) = (before.map_or("", |b| self.sign(b)), self.sign(i + 1));
        let begins = matches!(left, "{" | "," | "(" | "[" | "|");
        let set = |name: &'a str, span: Span, value: usize| Setting { name, span, value, receiver: None, setter: None };
        if let Some(literal) = self.literal(i) {
            let name = self.content(i).filter(|name| !name.is_empty() && literal.holes.is_empty())?;
            let span = literal.content;
            return match (left, right) {
                ("?", ":") => None,
                (_, ":" | "=>") => Some(set(name, span, i + 2)),
                ("(", ",") => {
                    let callee = self.callee(i - 1)?;
                    let receiver = Some(callee.start).filter(|s| s + 1 < callee.end).map(|s| self.at(s));
                    Some(Setting { receiver, setter: Some(self.at(callee.end - 1)), ..set(name, span, i + 2) })
                }
                ("{", ",") if self.language == Language::CSharp => Some(set(name, span, i + 2)),
                ("[", "]") if self.sign(i + 2) == "=" => {
                    let receiver = i.checked_sub(2).map(|r| self.word(r)).filter(|r| !r.is_empty());
                    Some(Setting { receiver, ..set(name, span, i + 3) })
                }
                _ if self.language == Language::Kotlin && self.word(i + 1) == "to" => Some(set(name, span, i + 2)),
                _ => None,
            };
        }
        let name = self.word(i);
        if name.is_empty() {
            return None;
        }
        let span = self.span(i);
        match (left, right) {
            (":", "=>") if self.language == Language::Ruby => Some(set(name, span, i + 2)),
            ("." | "->" | "?.", "=") => {
                let receiver = i.checked_sub(2).map(|r| self.word(r)).filter(|r| !r.is_empty());
                Some(Setting { receiver, ..set(name, span, i + 2) })
            }
            (_, ":") if begins && !matches!(self.language, Language::Python | Language::Php | Language::Java) => {
                Some(set(name, span, i + 2))
            }
            // Elsewhere it is the value that a name has by default.
            (_, "=") if begins && matches!(self.language, Language::Python | Language::CSharp | Language::Kotlin) => {
                Some(set(name, span, i + 2))
            }
            _ => None,
        }
    }
}

/// A name that is set to something.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The name as written.
    pub name: &'a str,
    /// Where it stands, without quotes.
    pub span: Span,
    /// The token that begins the value.
    pub value: usize,
    /// The variable it is set in, if one is named.
    pub receiver: Option<&'a str>,
    /// The function that sets it.
    pub setter: Option<&'a str>,
}
