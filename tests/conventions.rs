//! Tests about rules and sources as a whole: what the compiler cannot see, and what nobody would notice going wrong.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use common::rule_files;
use tokenlint::checks;
use tokenlint::facts;
use tokenlint::finding::{Confidence, Severity};
use tokenlint::load::{RuleSet, parse_rule};
use tokenlint::rule::{Change, Op, RuleFile};

/// The rule files with their ids; the platforms are not among them.
fn rules() -> Vec<(String, RuleFile)> {
    let files = rule_files().into_iter().filter(|(id, _)| !id.starts_with("platforms/"));
    files
        .map(|(id, text)| {
            let file = parse_rule(&id, &text).unwrap_or_else(|refusal| panic!("{id}: {refusal:?}"));
            (id, file)
        })
        .collect()
}

/// Rule and platform files as plain TOML, to look at every field of a name wherever it stands.
fn documents() -> Vec<(String, toml::Value)> {
    rule_files().into_iter().map(|(id, text)| (id, toml::from_str(&text).unwrap())).collect()
}

/// Every value of a key, at any depth, outside the examples.
fn values<'a>(document: &'a toml::Value, key: &str) -> Vec<&'a toml::Value> {
    let mut found = Vec::new();
    let mut open = vec![document];
    while let Some(value) = open.pop() {
        match value {
            toml::Value::Table(table) => {
                found.extend(table.get(key));
                open.extend(table.iter().filter(|(name, _)| !matches!(name.as_str(), "bad" | "good")).map(|(_, v)| v));
            }
            toml::Value::Array(list) => open.extend(list),
            _ => {}
        }
    }
    found
}

fn texts(value: &toml::Value) -> Vec<&str> {
    match value {
        toml::Value::Array(list) => list.iter().filter_map(toml::Value::as_str).collect(),
        other => other.as_str().into_iter().collect(),
    }
}

fn assert_none(faults: Vec<String>) {
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn what_is_built_in_is_what_is_in_the_folder() {
    let set = RuleSet::builtin();
    let built_in: BTreeSet<String> = set
        .rules
        .iter()
        .map(|r| r.id.to_string())
        .chain(set.platforms.iter().map(|p| format!("platforms/{}", p.id)))
        .collect();
    let files: BTreeSet<String> = rule_files().into_iter().map(|(id, _)| id).collect();
    assert_eq!(built_in, files);
}

#[test]
fn every_predicate_and_fixer_is_used_and_has_one_name() {
    let rules = rules();
    let mut faults = Vec::new();
    let mut names = BTreeSet::new();
    for check in checks::all() {
        if !names.insert(check.name) {
            faults.push(format!("there are two predicates `{}`", check.name));
        }
        if !rules.iter().any(|(_, file)| file.rule.check.as_deref() == Some(check.name)) {
            faults.push(format!("no rule uses the predicate `{}`", check.name));
        }
        if check.about.is_empty() {
            faults.push(format!("the predicate `{}` is about no fact, so it never runs", check.name));
        }
    }
    for fixer in checks::fixers() {
        let uses = |file: &RuleFile| matches!(file.rule.fix.as_ref().map(|f| &f.change), Some(Change::By(n)) if n == fixer.name);
        if !rules.iter().any(|(_, file)| uses(file)) {
            faults.push(format!("no rule uses the fixer `{}`", fixer.name));
        }
    }
    assert_none(faults);
}

#[test]
fn every_operator_is_used() {
    let mut unused = BTreeSet::from(["is", "in", "matches", "missing", "over", "under", "differs", "unless"]);
    for (_, file) in rules() {
        for test in file.rule.when.iter().chain(file.rule.unless.iter()) {
            unused.remove(match test.op {
                Op::Is(_) => "is",
                Op::In(_) => "in",
                Op::Matches(_) => "matches",
                Op::Missing(_) => "missing",
                Op::Over(_) => "over",
                Op::Under(_) => "under",
                Op::Differs(_) => "differs",
            });
        }
        if !file.rule.unless.is_empty() {
            unused.remove("unless");
        }
    }
    assert!(unused.is_empty(), "no rule uses {unused:?}");
}

#[test]
fn every_fact_family_is_looked_at_by_a_rule() {
    let mut looked_at: BTreeSet<String> = BTreeSet::new();
    for (_, file) in rules() {
        let check = file.rule.check.as_deref().and_then(checks::find);
        looked_at.extend(check.into_iter().flat_map(|c| c.about).map(|path| family(path)));
        for test in file.rule.when.iter().chain(file.rule.unless.iter()) {
            looked_at.insert(test.fact.family().to_owned());
            if let Op::Differs(other) = &test.op {
                looked_at.insert(other.family().to_owned());
            }
        }
    }
    // What predicates, and what brings things together, ask for by name: `cx.text("clock.now")`.
    let stages = ["src/checks", "src/identify"].map(|folder| rust_files(&root().join(folder)));
    for file in stages.iter().flatten() {
        let text = std::fs::read_to_string(file).unwrap();
        for (path, _) in facts::PATHS {
            if text.contains(&format!("\"{}.", family(path))) {
                looked_at.insert(family(path));
            }
        }
    }
    // Keys are recognised, so that they are not taken for something else; their rules come with the keys.
    looked_at.insert("key".into());
    let unused: BTreeSet<String> =
        facts::PATHS.iter().map(|(path, _)| family(path)).filter(|family| !looked_at.contains(family)).collect();
    assert!(unused.is_empty(), "no rule looks at facts of {unused:?}");
}

fn family(path: &str) -> String {
    path.split('.').next().unwrap_or("").to_owned()
}

#[test]
fn rules_that_are_named_exist() {
    let set = RuleSet::builtin();
    let mut faults = Vec::new();
    for (id, document) in documents() {
        for key in ["hides", "causes", "silences"] {
            for pattern in values(&document, key).into_iter().flat_map(texts).filter(|pattern| !set.knows(pattern)) {
                faults.push(format!("{id}: {key} names `{pattern}`, and there is no such rule"));
            }
        }
        for example in ["bad", "good"].iter().filter_map(|key| document.get(key)?.as_array()).flatten() {
            let named = ["also", "rule"].iter().filter_map(|key| example.get(key)).flat_map(texts);
            for pattern in named.filter(|pattern| !set.knows(pattern)) {
                faults.push(format!("{id}: an example names `{pattern}`, and there is no such rule"));
            }
        }
    }
    assert_none(faults);
}

#[test]
fn every_rule_has_examples_of_both_kinds_and_of_its_fix() {
    let mut faults = Vec::new();
    for (id, file) in rules() {
        if file.bad.is_empty() {
            faults.push(format!("{id} has no [[bad]] example"));
        }
        if file.good.is_empty() {
            faults.push(format!("{id} has no [[good]] example"));
        }
        if file.rule.fix.is_some() && !file.bad.iter().any(|example| example.fixed.is_some()) {
            faults.push(format!("{id} declares a fix, but no [[bad]] example has `fixed`"));
        }
        if file.rule.fix.is_none() && file.bad.iter().any(|example| example.fixed.is_some()) {
            faults.push(format!("{id} has an example with `fixed`, but declares no fix"));
        }
        let misplaced = file.good.iter().any(|e| e.fixed.is_some() || !e.also.is_empty() || !e.says.is_empty());
        if misplaced || file.bad.iter().any(|example| example.rule.is_some()) {
            faults.push(format!("{id} has an example with a field that means nothing there"));
        }
    }
    assert_none(faults);
}

/// The families; a platform has one of its own, for what its contract cannot say.
const FAMILIES: &[&str] = &[
    "assertion",
    "authorize",
    "basic",
    "callback",
    "challenge",
    "code",
    "dpop",
    "header",
    "jwe",
    "jwt",
    "key",
    "metadata",
    "paste",
    "payload",
    "pkce",
    "platform",
    "request",
    "sd-jwt",
    "secret",
    "signature",
    "suppression",
    "time",
    "token-request",
    "token-response",
];

#[test]
fn ids_name_the_flaw_in_lower_case() {
    let set = RuleSet::builtin();
    let platforms: Vec<&str> = set.platforms.iter().map(|p| p.id.as_ref()).collect();
    let mut faults = Vec::new();
    for (id, _) in rules() {
        let (family, name) = id.split_once('/').unwrap_or((&id, ""));
        let kebab = |text: &str| {
            text.split('-')
                .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
        };
        if !FAMILIES.contains(&family) && !platforms.contains(&family) {
            faults.push(format!("{id}: there is no family `{family}`"));
        }
        if !kebab(name) {
            faults.push(format!("{id} is not in kebab-case"));
        }
        for prefix in ["no-", "invalid-", "check-"] {
            if name.starts_with(prefix) {
                faults.push(format!("{id} begins with `{prefix}`: name the flaw"));
            }
        }
    }
    assert_none(faults);
}

#[test]
fn a_likely_rule_is_no_error() {
    let likely = |file: &RuleFile| file.rule.confidence == Confidence::Likely && file.rule.severity == Severity::Error;
    assert_none(rules().into_iter().filter(|(_, file)| likely(file)).map(|(id, _)| id).collect());
}

#[test]
fn every_basis_is_a_document_that_can_be_opened() {
    let mut faults = Vec::new();
    for (id, document) in documents() {
        for link in ["basis", "docs"].iter().flat_map(|key| values(&document, key)).flat_map(texts) {
            if !link.starts_with("https://") || link.contains(char::is_whitespace) {
                faults.push(format!("{id}: `{link}` is no https link"));
            }
        }
    }
    assert_none(faults);
}

/// Words that a sentence may begin with although they are written with a capital.
const PROPER: &[&str] = &[
    "Agent",
    "Auth0",
    "Authorization",
    "Base64",
    "Basic",
    "Bearer",
    "Clerk",
    "Configuration",
    "Connect",
    "Content-Type",
    "Customer",
    "Digest",
    "Discord",
    "Firebase",
    "Keycloak",
    "LiveChat",
    "LiveLike",
    "Livepush",
    "Microsoft",
    "OAuth",
    "Postman",
    "PowerShell",
    "Reports",
    "Salesforce",
    "Slack",
    "Supabase",
    "Unix",
];

/// Verbs that a help begins with.
const VERBS: &[&str] = &[
    "add",
    "ask",
    "build",
    "change",
    "check",
    "choose",
    "close",
    "compare",
    "compute",
    "copy",
    "correct",
    "count",
    "create",
    "decode",
    "delete",
    "divide",
    "drop",
    "encode",
    "escape",
    "exchange",
    "export",
    "fetch",
    "fill",
    "fix",
    "generate",
    "get",
    "give",
    "go",
    "insert",
    "issue",
    "join",
    "keep",
    "leave",
    "let",
    "log",
    "make",
    "mint",
    "move",
    "multiply",
    "name",
    "pad",
    "paste",
    "pass",
    "pick",
    "publish",
    "put",
    "quote",
    "read",
    "rebuild",
    "register",
    "reject",
    "remove",
    "rename",
    "repeat",
    "replace",
    "request",
    "restart",
    "revoke",
    "rotate",
    "save",
    "send",
    "separate",
    "serialize",
    "set",
    "shorten",
    "sign",
    "split",
    "start",
    "store",
    "subtract",
    "swap",
    "switch",
    "take",
    "treat",
    "trim",
    "turn",
    "type",
    "use",
    "verify",
    "wait",
    "write",
];

fn first_word(sentence: &str) -> &str {
    sentence.split(|c: char| c.is_whitespace() || matches!(c, ',' | ':' | ';')).next().unwrap_or("")
}

/// What is wrong with the beginning and the end of a sentence.
fn voice(sentence: &str) -> Option<&'static str> {
    let word = first_word(sentence);
    let acronym = word.chars().filter(char::is_ascii_uppercase).count() >= 2;
    if sentence.trim() != sentence || sentence.is_empty() {
        Some("has blanks around it, or is empty")
    } else if sentence.contains('\n') {
        Some("has a line break")
    } else if sentence.ends_with(['.', '!', ':', ';', ',']) {
        Some("ends with a punctuation mark")
    } else if word.starts_with(|c: char| c.is_uppercase()) && !acronym && !PROPER.contains(&word) {
        Some("begins with a capital")
    } else {
        None
    }
}

/// Sentences with their keys: what a user reads of a rule or a platform row.
fn sentences(document: &toml::Value) -> Vec<(&'static str, &str)> {
    let mut found = Vec::new();
    for key in ["message", "label", "help"] {
        found.extend(values(document, key).into_iter().flat_map(texts).map(|text| (key, text)));
    }
    let fix = document.get("fix").and_then(|fix| fix.get("title")).and_then(toml::Value::as_str);
    found.extend(fix.map(|title| ("fix title", title)));
    found
}

#[test]
fn sentences_have_one_voice() {
    let mut faults = Vec::new();
    for (id, document) in documents() {
        for (key, sentence) in sentences(&document) {
            if let Some(fault) = voice(sentence) {
                faults.push(format!("{id}: {key} `{sentence}` {fault}"));
            }
            let verb = first_word(sentence);
            if matches!(key, "help" | "fix title") && !VERBS.contains(&verb) && !verb.starts_with('{') {
                faults
                    .push(format!("{id}: {key} `{sentence}` begins with `{verb}`; if that is a verb, add it to VERBS"));
            }
            if key == "label" && words_of(sentence) > 6 {
                faults.push(format!("{id}: label `{sentence}` has more than six words"));
            }
        }
        if let Some(title) =
            document.get("title").and_then(toml::Value::as_str).filter(|_| !id.starts_with("platforms/"))
        {
            faults.extend(voice(title).map(|fault| format!("{id}: title `{title}` {fault}")));
        }
    }
    assert_none(faults);
}

/// Words of a template; what stands for a value is one.
fn words_of(template: &str) -> usize {
    let mut depth = 0_i32;
    let joined: String = template
        .chars()
        .map(|c| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            if depth > 0 && c.is_whitespace() { '_' } else { c }
        })
        .collect();
    joined.split_whitespace().count()
}

#[test]
fn modules_use_only_those_before_them() {
    let lib = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let order: Vec<&str> = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert!(order.len() > 10, "the `mod` lines of lib.rs are not found");
    let rank = |module: &str| {
        // `recognise` and `decode` are one layer.
        let module = if module == "decode" { "recognise" } else { module };
        order.iter().position(|m| *m == module)
    };
    let mut faults = Vec::new();
    for file in rust_files(&root().join("src")) {
        let shown = file.strip_prefix(root().join("src")).unwrap().to_string_lossy().replace('\\', "/");
        let module = shown.split(['/', '.']).next().unwrap();
        let Some(own) = rank(module).filter(|_| !shown.ends_with("tests.rs")) else { continue };
        let text = std::fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        for line in code.lines().map(str::trim_start).filter(|line| !line.starts_with("//")) {
            for used in used_modules(line).into_iter().filter(|used| rank(used).is_some_and(|rank| rank > own)) {
                faults.push(format!("src/{shown} uses `{used}`, which comes after `{module}` in lib.rs"));
            }
        }
    }
    assert_none(faults);
}

/// Runs a program on a text, and says what it says about it.
#[allow(clippy::disallowed_types, clippy::disallowed_methods)]
fn told(program: &str, arguments: &[&str], text: &str) -> String {
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    let mut command = Command::new(program);
    let mut child =
        command.args(arguments).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap_or_else(|error| {
            panic!("{program} is needed to look at the lines of code: {error}");
        });
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    if output.status.success() { String::new() } else { String::from_utf8_lossy(&output.stderr).into_owned() }
}

/// Every line of code in a rule or contract, with the language that it is in.
fn lines_of_code() -> Vec<(String, String, String)> {
    let mut lines = Vec::new();
    for (id, document) in documents() {
        for code in values(&document, "code").into_iter().filter_map(toml::Value::as_table) {
            // A parameter may be called `code` too.
            for language in ["python", "javascript"] {
                let line = code.get(language).and_then(toml::Value::as_str);
                lines.extend(line.map(|line| (id.clone(), language.to_owned(), line.to_owned())));
            }
        }
    }
    lines
}

#[test]
fn lines_of_code_are_short_and_those_of_their_language() {
    let (mut python, mut javascript) = (String::new(), String::new());
    let mut faults = Vec::new();
    for (id, language, line) in lines_of_code() {
        if line.chars().count() > 90 || line.trim() != line || line.ends_with(';') {
            faults.push(format!("{id}: {line}"));
        }
        match language.as_str() {
            "python" => python += &format!("{line}\n"),
            // Each in a function of its own: it may declare names, and await.
            _ => javascript += &format!("async () => {{ \"use strict\"; {line}\n}};\n"),
        }
    }
    assert_none(faults);
    assert!(python.lines().count() > 90 && javascript.lines().count() > 90, "{python}{javascript}");
    assert_eq!(told("python3", &["-c", "import ast, sys; ast.parse(sys.stdin.read())"], &python), "");
    assert_eq!(told("node", &["--check", "-"], &javascript), "");
}

#[test]
fn code_goes_with_help_and_names_only_the_claim_that_its_rule_is_about() {
    let mut faults = Vec::new();
    for (id, file) in rules() {
        let Some(code) = &file.rule.code else { continue };
        if code.lines().next().is_none() || file.rule.help.is_none() {
            faults.push(format!("{id}: code without a line, or without help"));
        }
        // What finds a mistake in any of several claims cannot show how one of them is set.
        let about = file.rule.check.as_deref().and_then(checks::find).map_or(&[][..], |check| check.about);
        let claims: BTreeSet<&str> = about.iter().filter_map(|path| path.strip_prefix("jwt.claims.")).collect();
        for (_, line) in code.lines().filter(|_| claims.len() > 1) {
            if claims
                .iter()
                .any(|claim| line.contains(&format!("[\"{claim}\"] =")) || line.contains(&format!(".{claim} =")))
            {
                faults.push(format!("{id} is about {claims:?}: {line}"));
            }
        }
    }
    assert_none(faults);
}

/// The modules named in a line: `crate::a` and `crate::{a::X, b::Y}`.
fn used_modules(line: &str) -> Vec<&str> {
    let name = |text: &str| text.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    let mut used = Vec::new();
    for (at, mark) in line.match_indices("crate::") {
        let rest = &line[at + mark.len()..];
        match rest.strip_prefix('{') {
            Some(list) => used.extend(list.split(',').map(str::trim).map(|item| &item[..name(item)])),
            None => used.push(&rest[..name(rest)]),
        }
    }
    used
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    files(folder).into_iter().filter(|path| path.extension().is_some_and(|e| e == "rs")).collect()
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for path in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() { open.push(path) } else { all.push(path) }
        }
    }
    all.sort();
    all
}

#[test]
fn snapshots_are_safe_to_look_at() {
    let mut faults = Vec::new();
    let all = [root().join("src"), root().join("tests")].iter().flat_map(|folder| files(folder)).collect::<Vec<_>>();
    let snapshots: Vec<_> = all.into_iter().filter(|path| path.extension().is_some_and(|e| e == "snap")).collect();
    assert!(!snapshots.is_empty());
    for file in snapshots {
        let shown = file.strip_prefix(root()).unwrap().display().to_string();
        let text = std::fs::read_to_string(&file).unwrap();
        let unsafe_character = text.chars().find(|c| *c != '\n' && *c != '\r' && tokenlint::show::is_unsafe(*c));
        faults.extend(unsafe_character.map(|c| format!("{shown} holds {}", c.escape_unicode())));
        if text.contains("Failed to read contents") {
            faults.push(format!("{shown} holds an excerpt that miette could not draw"));
        }
        // A credential is shown by at most four characters, or by a known prefix.
        let jose = text.match_indices("eyJ").any(|(at, _)| {
            text[at..].bytes().take_while(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b)).count() > 12
        });
        if jose {
            faults.push(format!("{shown} holds a token"));
        }
    }
    assert_none(faults);
}
