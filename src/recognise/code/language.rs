//! The languages whose source code is read, and how each writes comments and strings: a row a language.

/// What stands in a string for a value that the program puts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marks {
    /// Nothing: the string is taken as it stands.
    None,
    /// `${x}`.
    DollarBrace,
    /// `${x}` and `$x`.
    Dollar,
    /// `#{x}`.
    Hash,
    /// `{x}`; `{{` is a brace.
    Brace,
    /// `\(x)`.
    Backslash,
    /// `$x` and `{$x}`.
    Php,
}

/// A programming language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Python.
    Python,
    /// JavaScript, TypeScript, and JSX.
    JavaScript,
    /// Java.
    Java,
    /// Kotlin.
    Kotlin,
    /// Go.
    Go,
    /// Ruby.
    Ruby,
    /// PHP.
    Php,
    /// C#.
    CSharp,
    /// Rust.
    Rust,
    /// Dart.
    Dart,
    /// Swift.
    Swift,
}

/// How a language writes comments and strings.
pub(super) struct Habits {
    /// Its name for people.
    pub name: &'static str,
    /// Extensions of its files, and what Markdown calls it.
    pub names: &'static [&'static str],
    /// What begins a comment that ends with the line.
    pub comments: &'static [&'static str],
    /// True if comments between `/*` and `*/` contain others.
    pub nested: bool,
    /// The quotes of its strings: the quote, whether a string may go over several lines, whether a backslash escapes,
    /// and the marks in it. Three of a quote are a string over several lines where `long` says so.
    pub quotes: &'static [(u8, bool, bool, Marks)],
    /// Quotes that are written three times for a string over several lines.
    pub long: &'static [u8],
}

const C: &[&str] = &["//"];
const HASH: &[&str] = &["#"];

impl Language {
    /// The language that a file's extension or the info string of a Markdown block names, in lower case.
    pub fn named(name: &str) -> Option<Self> {
        ALL.iter().copied().find(|l| l.habits().names.contains(&name))
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        self.habits().name
    }

    pub(super) fn habits(self) -> &'static Habits {
        match self {
            Language::Python => &Habits {
                name: "Python",
                names: &["py", "python", "py3", "python3", "pyi", "pyw"],
                comments: HASH,
                nested: false,
                quotes: &[(b'"', false, true, Marks::None), (b'\'', false, true, Marks::None)],
                long: b"\"'",
            },
            Language::JavaScript => &Habits {
                name: "JavaScript",
                names: &["js", "javascript", "jsx", "mjs", "cjs", "ts", "typescript", "tsx", "mts", "cts", "node"],
                comments: C,
                nested: false,
                quotes: &[
                    (b'"', false, true, Marks::None),
                    (b'\'', false, true, Marks::None),
                    (b'`', true, true, Marks::DollarBrace),
                ],
                long: b"",
            },
            Language::Java => &Habits {
                name: "Java",
                names: &["java"],
                comments: C,
                nested: false,
                quotes: &[(b'"', false, true, Marks::None), (b'\'', false, true, Marks::None)],
                long: b"\"",
            },
            Language::Kotlin => &Habits {
                name: "Kotlin",
                names: &["kt", "kts", "kotlin"],
                comments: C,
                nested: true,
                quotes: &[(b'"', false, true, Marks::Dollar), (b'\'', false, true, Marks::None)],
                long: b"\"",
            },
            Language::Go => &Habits {
                name: "Go",
                names: &["go", "golang"],
                comments: C,
                nested: false,
                quotes: &[
                    (b'"', false, true, Marks::None),
                    (b'\'', false, true, Marks::None),
                    (b'`', true, false, Marks::None),
                ],
                long: b"",
            },
            Language::Ruby => &Habits {
                name: "Ruby",
                names: &["rb", "ruby", "rake"],
                comments: HASH,
                nested: false,
                quotes: &[
                    (b'"', true, true, Marks::Hash),
                    (b'\'', true, true, Marks::None),
                    (b'`', true, true, Marks::Hash),
                ],
                long: b"",
            },
            Language::Php => &Habits {
                name: "PHP",
                names: &["php", "phtml"],
                comments: &["//", "#"],
                nested: false,
                quotes: &[
                    (b'"', true, true, Marks::Php),
                    (b'\'', true, true, Marks::None),
                    (b'`', true, true, Marks::Php),
                ],
                long: b"",
            },
            Language::CSharp => &Habits {
                name: "C#",
                names: &["cs", "csharp", "c#", "csx"],
                comments: C,
                nested: false,
                quotes: &[(b'"', false, true, Marks::None), (b'\'', false, true, Marks::None)],
                long: b"\"",
            },
            Language::Rust => &Habits {
                name: "Rust",
                names: &["rs", "rust"],
                comments: C,
                nested: true,
                quotes: &[(b'"', true, true, Marks::None)],
                long: b"",
            },
            Language::Dart => &Habits {
                name: "Dart",
                names: &["dart"],
                comments: C,
                nested: true,
                quotes: &[(b'"', false, true, Marks::Dollar), (b'\'', false, true, Marks::Dollar)],
                long: b"\"'",
            },
            Language::Swift => &Habits {
                name: "Swift",
                names: &["swift"],
                comments: C,
                nested: true,
                quotes: &[(b'"', false, true, Marks::Backslash)],
                long: b"\"",
            },
        }
    }
}

const ALL: &[Language] = &[
    Language::Python,
    Language::JavaScript,
    Language::Java,
    Language::Kotlin,
    Language::Go,
    Language::Ruby,
    Language::Php,
    Language::CSharp,
    Language::Rust,
    Language::Dart,
    Language::Swift,
];
