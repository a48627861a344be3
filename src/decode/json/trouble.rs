//! What can be wrong with JSON, in words, and which troubles are only echoes of another one.
//!
//! A reader that goes on after a mistake easily reports ten where a person made one. So a trouble that may have cost
//! the reader its bearings silences everything up to the next member that is read cleanly, a habit of writing (single
//! quotes, comments) is reported at its first place only, and habits that together betray another language become
//! one trouble: "this is a Python dict".

use crate::source::Span;

/// More troubles than this are not kept: nobody reads them.
const MOST: usize = 20;

/// What is wrong at a place; see [`Kind::words`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trouble {
    /// What is wrong.
    pub kind: Kind,
    /// The offending bytes; empty where something is missing.
    pub span: Span,
    /// For a bracket that is missing or wrong: the bracket that was opened.
    pub opened: Option<Span>,
}

/// A way of being no JSON (RFC 8259).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "`Kind::words` says what each one is")]
pub enum Kind {
    BadEscape,
    BadNumber,
    Bom,
    Comment,
    ConcatenatedValues,
    ControlCharacter,
    Cut,
    Empty,
    EscapedQuote,
    ExtraClosing,
    ExtraComma,
    JavaScript,
    LoneSurrogate,
    MissingBraces,
    MissingBracket,
    MissingColon,
    MissingComma,
    MissingName,
    MissingValue,
    NotANumber,
    NotJson,
    OddSpace,
    PythonDict,
    PythonLiteral,
    Quoted,
    QuotesLost,
    SingleQuote,
    SmartQuote,
    StrayColon,
    StrayText,
    TooDeep,
    TrailingComma,
    TrailingText,
    UnclosedString,
    UnescapedQuote,
    UnopenedString,
    UnquotedName,
    UnquotedValue,
    WrongBracket,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 39] = [
        Kind::BadEscape,
        Kind::BadNumber,
        Kind::Bom,
        Kind::Comment,
        Kind::ConcatenatedValues,
        Kind::ControlCharacter,
        Kind::Cut,
        Kind::Empty,
        Kind::EscapedQuote,
        Kind::ExtraClosing,
        Kind::ExtraComma,
        Kind::JavaScript,
        Kind::LoneSurrogate,
        Kind::MissingBraces,
        Kind::MissingBracket,
        Kind::MissingColon,
        Kind::MissingComma,
        Kind::MissingName,
        Kind::MissingValue,
        Kind::NotANumber,
        Kind::NotJson,
        Kind::OddSpace,
        Kind::PythonDict,
        Kind::PythonLiteral,
        Kind::Quoted,
        Kind::QuotesLost,
        Kind::SingleQuote,
        Kind::SmartQuote,
        Kind::StrayColon,
        Kind::StrayText,
        Kind::TooDeep,
        Kind::TrailingComma,
        Kind::TrailingText,
        Kind::UnclosedString,
        Kind::UnescapedQuote,
        Kind::UnopenedString,
        Kind::UnquotedName,
        Kind::UnquotedValue,
        Kind::WrongBracket,
    ];

    /// Its name in facts: `trailing-comma`.
    pub fn id(self) -> &'static str {
        self.about().0
    }

    /// What is there, as a short phrase.
    pub fn words(self) -> &'static str {
        self.about().1
    }

    /// What to do, starting with a verb.
    pub fn help(self) -> &'static str {
        self.about().2
    }

    /// Id, words, help.
    fn about(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Kind::BadEscape => (
                "bad-escape",
                "a backslash sequence that JSON does not know",
                r#"write `\\` for a backslash; after a backslash only `"` `\` `/` b f n r t and u with four hex digits may stand"#,
            ),
            Kind::BadNumber => (
                "bad-number",
                "a number that is not written as JSON wants it",
                "write plain decimal digits: no plus sign, no leading zero, no hex, a digit on both sides of the point",
            ),
            Kind::Bom => ("bom", "a byte order mark before the first character", "save the text as UTF-8 without BOM"),
            Kind::Comment => {
                ("comment", "a comment, which JSON does not have", "remove the comment before the text is sent")
            }
            Kind::ConcatenatedValues => (
                "concatenated-values",
                "a second JSON value after the first",
                "send one value at a time, or put both into an array with a comma between them",
            ),
            Kind::ControlCharacter => (
                "control-character",
                "a line break or another control character inside a string",
                r"write it as an escape (`\n`, `\t`), or remove it if the text was wrapped by accident",
            ),
            Kind::Cut => ("cut", "the text stops before its end", "copy the whole text again: a part of it is missing"),
            Kind::Empty => ("empty", "nothing where JSON is expected", "send a JSON value, at least `{}`"),
            Kind::EscapedQuote => (
                "escaped-quote",
                r#"quotes with a backslash before them, outside of a string"#,
                r#"write `"` instead of `\"`: the text was escaped once too often, or the shell kept the backslashes"#,
            ),
            Kind::ExtraClosing => (
                "extra-closing",
                "a closing bracket that nothing opened",
                "remove it, or look for an opening one that is missing",
            ),
            Kind::ExtraComma => ("extra-comma", "a comma with nothing before it", "remove one comma"),
            Kind::JavaScript => (
                "javascript",
                "a JavaScript object, not JSON",
                "let `JSON.stringify` write it, or put names and texts in double quotes and remove comments and last commas",
            ),
            Kind::LoneSurrogate => (
                "lone-surrogate",
                "half of a surrogate pair as an escape",
                "write both halves, or the character itself; a text that was cut may have lost the other half",
            ),
            Kind::MissingBraces => {
                ("missing-braces", "a name with a value, but no braces around them", "put `{` before and `}` after it")
            }
            Kind::MissingBracket => (
                "missing-bracket",
                "a bracket that is opened but never closed",
                "add the closing bracket where its content ends",
            ),
            Kind::MissingColon => ("missing-colon", "no colon between a name and its value", "put `:` after the name"),
            Kind::MissingComma => ("missing-comma", "no comma between two members", "put a comma between them"),
            Kind::MissingName => (
                "missing-name",
                "a value without a name in an object",
                "put a name in double quotes and a colon before it, or remove the inner braces",
            ),
            Kind::MissingValue => {
                ("missing-value", "a name without a value", "write the value, or `null`, or remove the name")
            }
            Kind::NotANumber => {
                ("not-a-number", "NaN or Infinity, which JSON does not have", "write `null` or a number instead")
            }
            Kind::NotJson => ("not-json", "text that does not look like JSON", "send a JSON object or array here"),
            Kind::OddSpace => (
                "odd-space",
                "a space that JSON does not take for one",
                "replace it by a plain space; copying from a web page or a word processor brings such characters",
            ),
            Kind::PythonDict => (
                "python-dict",
                "a Python dict as `print` shows it, not JSON",
                "let `json.dumps` write it, or send it with `json=` instead of `data=`",
            ),
            Kind::PythonLiteral => (
                "python-literal",
                "a Python word where JSON has another one",
                "write `true`, `false` or `null`; `json.dumps` does so",
            ),
            Kind::Quoted => (
                "quoted",
                "quotes around the whole text",
                "remove the outer quotes: they belong to a shell or a program, not to the text",
            ),
            Kind::QuotesLost => (
                "quotes-lost",
                "names and texts without any quotes",
                "keep the double quotes: a shell took them away; put the body in a file and send it with `--data @file`, or quote it for that shell",
            ),
            Kind::SingleQuote => ("single-quote", "single quotes around a text", "write double quotes"),
            Kind::SmartQuote => (
                "smart-quote",
                "curly or slanted quotes",
                "write straight double quotes; a word processor or chat replaced them",
            ),
            Kind::StrayColon => (
                "stray-colon",
                "a colon after a value",
                "put a comma there, or use braces where names and values stand",
            ),
            Kind::StrayText => (
                "stray-text",
                "text between a value and the next comma or bracket",
                "remove it, or put it into the quotes",
            ),
            Kind::TooDeep => {
                ("too-deep", "brackets nested more than 128 deep", "send a flatter value: most servers refuse this one")
            }
            Kind::TrailingComma => ("trailing-comma", "a comma before the closing bracket", "remove the last comma"),
            Kind::TrailingText => (
                "trailing-text",
                "text after the end of the value",
                "remove it, or look for a bracket that closes too early",
            ),
            Kind::UnclosedString => {
                ("unclosed-string", "a text without its closing quote", "put a double quote at its end")
            }
            Kind::UnescapedQuote => (
                "unescaped-quote",
                "a double quote inside a text",
                r#"write `\"` for a quote that belongs to the text"#,
            ),
            Kind::UnopenedString => {
                ("unopened-string", "a text without its opening quote", "put a double quote before it")
            }
            Kind::UnquotedName => ("unquoted-name", "a name without quotes", "put the name in double quotes"),
            Kind::UnquotedValue => (
                "unquoted-value",
                "a text without quotes",
                "put it in double quotes; only numbers, `true`, `false` and `null` stand without",
            ),
            Kind::WrongBracket => {
                ("wrong-bracket", "a closing bracket of the other kind", "close `{` with `}` and `[` with `]`")
            }
        }
    }

    /// True if the reader may have lost its bearings here, so that the next troubles may be none.
    fn shakes(self) -> bool {
        matches!(
            self,
            Kind::MissingColon
                | Kind::MissingComma
                | Kind::MissingName
                | Kind::MissingValue
                | Kind::StrayColon
                | Kind::StrayText
                | Kind::TooDeep
                | Kind::UnclosedString
                | Kind::UnescapedQuote
                | Kind::UnopenedString
                | Kind::UnquotedValue
                | Kind::WrongBracket
        )
    }

    /// True for a way of writing: who does it once does it everywhere.
    fn is_habit(self) -> bool {
        matches!(
            self,
            Kind::Comment
                | Kind::Cut
                | Kind::EscapedQuote
                | Kind::NotANumber
                | Kind::OddSpace
                | Kind::PythonLiteral
                | Kind::SingleQuote
                | Kind::SmartQuote
                | Kind::UnquotedName
        )
    }
}

/// Collects troubles and leaves out the echoes.
#[derive(Debug, Default)]
pub(super) struct Troubles {
    list: Vec<Trouble>,
    /// No member was read cleanly since a trouble that shakes.
    shaky: bool,
    /// The member being read has such a trouble itself.
    dirty: bool,
}

impl Troubles {
    pub(super) fn add(&mut self, kind: Kind, span: Span) {
        self.add_opened(kind, span, None);
    }

    pub(super) fn add_opened(&mut self, kind: Kind, span: Span, opened: Option<Span>) {
        let heard = !self.shaky && self.list.len() < MOST && !(kind.is_habit() && self.has(kind));
        if heard {
            self.list.push(Trouble { kind, span, opened });
        }
        if kind.shakes() {
            self.shaky = true;
            self.dirty = true;
        }
    }

    pub(super) fn has(&self, kind: Kind) -> bool {
        self.list.iter().any(|t| t.kind == kind)
    }

    /// A member ends here: if it was clean, the reader has its bearings again.
    pub(super) fn member_ends(&mut self) {
        self.shaky &= self.dirty;
        self.dirty = false;
    }

    /// The troubles, those that betray another language joined. `quotes`: the text has quotes of any kind.
    pub(super) fn finish(mut self, quotes: bool) -> Vec<Trouble> {
        let name = self.has(Kind::UnquotedName);
        let script = [
            Kind::UnquotedName,
            Kind::SingleQuote,
            Kind::Comment,
            Kind::TrailingComma,
            Kind::NotANumber,
            Kind::UnquotedValue,
        ];
        if self.has(Kind::PythonLiteral) && self.has(Kind::SingleQuote) {
            self.join(Kind::PythonDict, &[Kind::PythonLiteral, Kind::SingleQuote, Kind::NotANumber]);
        } else if name && !quotes && self.has(Kind::UnquotedValue) {
            self.join(Kind::QuotesLost, &[Kind::UnquotedName, Kind::UnquotedValue]);
        } else if name && script.iter().skip(1).any(|k| self.has(*k)) {
            self.join(Kind::JavaScript, &script);
        }
        self.list
    }

    /// Puts one trouble in the place of the first of these and drops the others.
    fn join(&mut self, kind: Kind, parts: &[Kind]) {
        if let Some(first) = self.list.iter_mut().find(|t| parts.contains(&t.kind)) {
            first.kind = kind;
            self.list.retain(|t| !parts.contains(&t.kind));
        }
    }
}
