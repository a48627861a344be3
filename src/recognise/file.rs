//! What the name of a source says about its text.
//!
//! Somebody who hands over a literal or a pipe means a token, a request or a JSON body. A file may be anything: a
//! list in Markdown begins like a JSON array, one word in `VERSION` like a token. So from a file more is asked before
//! its text is taken for one of ours.

use crate::decode::credential::SCHEMES;
use crate::decode::json::{self, Document, Kind};
use crate::decode::{jwt, paste};
use crate::facts::is_secret_name;
use crate::recognise::Kind as Form;
use crate::recognise::code::Language;

/// Languages in whose files headers, tokens and JSON stand within something else.
const FOREIGN: &[&str] = &[
    "adoc",
    "c",
    "cc",
    "cfg",
    "cjs",
    "clj",
    "conf",
    "cpp",
    "cs",
    "css",
    "csv",
    "dart",
    "edn",
    "erl",
    "ex",
    "exs",
    "go",
    "gradle",
    "h",
    "hcl",
    "hpp",
    "hs",
    "htm",
    "html",
    "ini",
    "java",
    "jl",
    "js",
    "jsx",
    "kt",
    "less",
    "lock",
    "lua",
    "markdown",
    "md",
    "mjs",
    "ml",
    "njk",
    "org",
    "php",
    "pl",
    "po",
    "properties",
    "proto",
    "py",
    "r",
    "rb",
    "rs",
    "rst",
    "scala",
    "scss",
    "sql",
    "svelte",
    "svg",
    "swift",
    "tex",
    "tf",
    "toml",
    "tpl",
    "ts",
    "tsv",
    "tsx",
    "vue",
    "xml",
    "yaml",
    "yml",
];

/// The name of a source, and its extension in lower case.
#[derive(Debug, Clone)]
pub struct Name {
    name: String,
    extension: String,
    is_file: bool,
    is_test: bool,
}

impl Name {
    /// Reads the name of a source; `<…>` is none of a file.
    pub fn new(name: &str) -> Self {
        let last = name.rsplit(['/', '\\']).next().unwrap_or(name).to_ascii_lowercase();
        let extension = last.rsplit_once('.').map_or("", |(_, e)| e).to_owned();
        Self { name: last, extension, is_file: !name.starts_with('<'), is_test: is_test(name) }
    }

    /// The programming language that its extension says.
    pub fn language(&self) -> Option<Language> {
        self.is_file.then(|| Language::named(&self.extension)).flatten()
    }

    /// True for source code of a test suite and of its fixtures: wrong tokens are made there on purpose.
    pub fn is_test_code(&self) -> bool {
        self.is_test && self.language().is_some()
    }

    /// What kind of text it is, if stand-ins for values are in their place in it.
    pub fn kind(&self) -> Option<&'static str> {
        const TEMPLATES: &[&str] = &["dist", "example", "sample", "template"];
        let named = self.name.split('.').skip(1).any(|part| TEMPLATES.contains(&part));
        match () {
            () if self.is_document() || self.is(&["tex"]) => Some("documentation"),
            () if self.is_file && named => Some("template"),
            () if self.is_foreign() => Some("code"),
            () if self.is(&["log"]) => Some("log"),
            () => None,
        }
    }

    /// The form of a configuration that the name of a file tells.
    pub fn configuration(&self) -> Option<Form> {
        const TEMPLATES: &[&str] = &[".dist", ".example", ".sample", ".template", ".local", ".j2"];
        let bare = TEMPLATES.iter().find_map(|end| self.name.strip_suffix(end)).unwrap_or(&self.name);
        let is_env = bare == "env" && bare != self.name || bare == "env.list" || bare.starts_with(".env.");
        match bare.rsplit_once('.').map_or("", |(_, extension)| extension) {
            _ if !self.is_file => None,
            "env" => Some(Form::Env),
            _ if is_env => Some(Form::Env),
            "yaml" | "yml" => Some(Form::Yaml),
            "toml" => Some(Form::Toml),
            "ini" => Some(Form::Ini),
            "properties" => Some(Form::Properties),
            _ => None,
        }
    }

    /// True for files in which `$(NAME)` is a variable: makefiles, pipelines of Azure DevOps.
    pub fn has_round_variables(&self) -> bool {
        self.is(&["mk", "yml", "yaml"]) || matches!(self.name.as_str(), "makefile" | "gnumakefile")
    }

    fn is(&self, extensions: &[&str]) -> bool {
        self.is_file && extensions.contains(&self.extension.as_str())
    }

    /// True for documents whose blocks of code are known by marks.
    pub fn is_document(&self) -> bool {
        const DOCUMENTS: &[&str] = &["adoc", "asciidoc", "markdown", "md", "mdx", "org", "rst"];
        self.is(DOCUMENTS)
    }

    /// True for languages in whose files our forms stand within something else.
    pub fn is_foreign(&self) -> bool {
        self.is(FOREIGN) || self.language().is_some()
    }

    /// True for JSON with comments, and for lines of JSON.
    pub fn is_near_json(&self) -> bool {
        self.is(&["json5", "jsonc", "jsonl", "ndjson"])
    }

    /// True if a text that begins like JSON is meant as JSON, right or wrong. Of a file that is no JSON, only one
    /// that names something of ours, or is called JSON and has more than comments and commas in it.
    pub fn means_json(&self, text: &str) -> bool {
        if !self.is_file {
            return true;
        }
        let document = json::read(text, &[]);
        if document.is_valid() || (self.is_near_json() && !document.nodes.is_empty()) {
            return true;
        }
        let habits = [Kind::Comment, Kind::TrailingComma, Kind::ExtraComma];
        let is_called_so = self.extension == "json" && !document.troubles.iter().all(|t| habits.contains(&t.kind));
        is_called_so || names_ours(&document)
    }

    /// True if the text of a file is a token, or something that was meant as one.
    pub fn means_token(&self, text: &str) -> bool {
        const HINTS: &[&str] = &["token", "jwt", "jws", "jwe", "bearer", "header"];
        if !self.is_file || HINTS.iter().any(|hint| self.name.contains(hint)) {
            return true;
        }
        let bare = text.trim_matches(['"', '\'']);
        let (first, rest) = bare.split_once([' ', '\t']).unwrap_or(("", bare));
        let rest = rest.trim();
        let scheme = first.trim_end_matches(':').to_ascii_lowercase();
        let is_run = |characters: &[u8]| rest.bytes().all(|b| b.is_ascii_alphanumeric() || characters.contains(&b));
        let is_mixed = rest.bytes().any(|b| b.is_ascii_digit())
            && rest.bytes().any(|b| b.is_ascii_uppercase())
            && rest.bytes().any(|b| b.is_ascii_lowercase());
        let is_token = jwt::form(rest).is_some()
            || (rest.len() >= 20 && is_run(b"-_+=:|~%"))
            || (rest.len() >= 32 && is_mixed && is_run(b"-_.+=:|~%"));
        is_token || (SCHEMES.contains(&scheme.as_str()) && paste::is_token(rest))
    }
}

/// True if a folder or the name itself says that it belongs to a test suite.
fn is_test(name: &str) -> bool {
    const FOLDERS: &[&str] = &[
        "__fixtures__",
        "__mocks__",
        "__tests__",
        "androidtest",
        "e2e",
        "fixture",
        "fixtures",
        "mocks",
        "spec",
        "specs",
        "test",
        "test-data",
        "test_data",
        "testdata",
        "testing",
        "tests",
        "unittest",
        "unittests",
    ];
    let mut parts: Vec<&str> = name.split(['/', '\\']).collect();
    let last = parts.pop().unwrap_or_default();
    if parts.iter().any(|folder| FOLDERS.contains(&folder.to_ascii_lowercase().as_str())) {
        return true;
    }
    let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
    // `ContestTest.java`, and not `contest.py`.
    let camel = ["Test", "Tests", "TestCase", "Spec", "IT"].iter().any(|end| {
        let before = stem.strip_suffix(end);
        before.is_some_and(|b| b.ends_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit()))
    });
    let lower = stem.to_ascii_lowercase();
    let words = |sign: char| {
        let word = |word: Option<&str>| matches!(word, Some("test" | "tests" | "spec"));
        lower.contains(sign) && (word(lower.rsplit(sign).next()) || sign == '_' && word(lower.split(sign).next()))
    };
    camel || ['.', '_', '-'].into_iter().any(words) || matches!(lower.as_str(), "conftest" | "test" | "tests")
}

/// True if a JSON document names something that our rules are about.
pub fn names_ours(document: &Document) -> bool {
    const NAMES: &[&str] = &[
        "authorization",
        "client_id",
        "custom_profile_id",
        "exp",
        "expires_in",
        "grant_type",
        "iat",
        "iss",
        "nbf",
        "redirect_uri",
        "token_type",
    ];
    document.nodes.iter().filter_map(|n| n.name.as_ref()).any(|name| {
        let lower = name.text.to_ascii_lowercase();
        NAMES.contains(&lower.as_str()) || is_secret_name(&name.text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_suites_are_known_by_folder_and_name() {
        for name in [
            "tests/auth.py",
            "src/__tests__/a.ts",
            "pkg/token_test.go",
            "a/token.spec.ts",
            "test_auth.py",
            "spec/a_spec.rb",
            "src/test/java/A.java",
            "TokenTest.java",
            "fixtures/a.js",
            "conftest.py",
            "app-test.js",
        ] {
            assert!(Name::new(name).is_test_code(), "{name}");
        }
        for name in [
            "src/auth.py",
            "contest.py",
            "latest.js",
            "Test/README.md",
            "src/Contest.java",
            "tests/a.http",
            "attest.go",
        ] {
            assert!(!Name::new(name).is_test_code(), "{name}");
        }
    }

    #[test]
    fn what_a_file_holds_is_asked_for_more_than_a_literal() {
        for (name, text, json, token) in [
            ("<stdin>", "{'a': 1,}", true, true),
            ("body.json", "{'a': 1}", true, false),
            ("tsconfig.json", "{\"a\": 1, // x\n}", false, false),
            ("claims.json", "{\"iss\": \"x\", // x\n}", true, false),
            ("a.jsonc", "{\"a\": 1, // x\n}", true, false),
            ("a.txt", "[x] done", false, false),
            ("my-token.txt", "null", false, true),
            ("VERSION", "1.2.3", false, false),
            ("key", "Bearer abcdefghijklmnopqrst1", false, true),
        ] {
            let name_of = Name::new(name);
            assert_eq!(json::looks_like_json(text) && name_of.means_json(text), json, "{name} as JSON");
            assert_eq!(name_of.means_token(text), token, "{name} as token");
        }
    }
}
