//! Generated documents are current: `rules/README.md`, and the marked parts of `README.md`.
//!
//! `UPDATE=1 cargo test --test docs` rewrites them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, clippy::disallowed_types)]

mod common;
#[path = "common/process.rs"]
mod process;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use common::{lint, rule_files};
use serde::Deserialize;
use tokenlint::load::{RuleSet, parse_rule};
use tokenlint::platform::{self, PlatformFile};
use tokenlint::report::Format;
use tokenlint::rule::{Example, RuleFile};

/// `tests/coverage.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Coverage {
    standards: Standards,
    platforms: Platforms,
    later: Vec<Later>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Standards {
    often: Vec<String>,
    regularly: Vec<String>,
    rarely: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Platforms {
    documented: Vec<String>,
    found: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Later {
    rows: Vec<String>,
    needs: String,
}

struct Known {
    rules: Vec<(String, RuleFile)>,
    platforms: Vec<PlatformFile>,
    coverage: Coverage,
    covered: BTreeSet<String>,
}

fn known() -> Known {
    let (platforms, rules): (Vec<_>, Vec<_>) =
        rule_files().into_iter().partition(|(id, _)| id.starts_with("platforms/"));
    let rules: Vec<_> = rules.into_iter().map(|(id, text)| (id.clone(), parse_rule(&id, &text).unwrap())).collect();
    let platforms: Vec<_> = platforms
        .iter()
        .map(|(id, text)| platform::parse(id.strip_prefix("platforms/").unwrap(), text).unwrap())
        .collect();
    let examples = rules.iter().flat_map(|(_, f)| f.bad.iter().chain(&f.good));
    let examples = examples.chain(platforms.iter().flat_map(|f| f.bad.iter().chain(&f.good)));
    let covered = examples.flat_map(|example: &Example| example.covers.iter().cloned()).collect();
    let coverage = toml::from_str(&std::fs::read_to_string(root().join("tests/coverage.toml")).unwrap()).unwrap();
    Known { rules, platforms, coverage, covered }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Compares a file with what it should hold, or rewrites it.
fn is_current(file: &str, wanted: &str) {
    let path = root().join(file);
    let there = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    if there == wanted {
        return;
    }
    assert!(std::env::var_os("UPDATE").is_some(), "{file} is out of date: run `UPDATE=1 cargo test --test docs`");
    std::fs::write(path, wanted).unwrap();
}

#[test]
fn the_list_of_rules_is_current() {
    let known = known();
    let mut out = String::from(
        "# Rules and platforms\n\nGenerated from the files in this folder: `UPDATE=1 cargo test --test docs`.\n",
    );
    rules(&known, &mut out);
    platforms(&known, &mut out);
    rows(&known, &mut out);
    is_current("rules/README.md", &out);
}

fn families(known: &Known) -> BTreeMap<&str, Vec<(&str, &RuleFile)>> {
    let mut families: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for (id, file) in &known.rules {
        families.entry(id.split('/').next().unwrap()).or_default().push((id.as_str(), file));
    }
    families
}

fn rules(known: &Known, out: &mut String) {
    let families = families(known);
    let _ = writeln!(
        out,
        "\n{} rules in {} families. *Certain*: the bytes prove it; *likely*: a guess, and at most a warning. \
         Fix: **S** keeps the meaning, **U** is to be looked at first.",
        known.rules.len(),
        families.len()
    );
    for (family, rules) in families {
        let _ = writeln!(out, "\n## {family}\n\n| rule | what it finds | severity | | fix | document |");
        out.push_str("|---|---|---|---|---|---|\n");
        for (id, file) in rules {
            let rule = &file.rule;
            let fix = rule.fix.as_ref().map_or("", |fix| if fix.safe { "S" } else { "U" });
            let document = rule.basis.first().map(|link| document(link)).unwrap_or_default();
            let strict = rule.strict.map(|strict| format!(" ({} with `--strict`)", strict.name())).unwrap_or_default();
            let (severity, confidence) = (rule.severity.name().to_owned() + &strict, rule.confidence.name());
            let title = cell(&rule.title);
            let _ = writeln!(out, "| [`{id}`]({id}.toml) | {title} | {severity} | {confidence} | {fix} | {document} |");
        }
    }
}

fn platforms(known: &Known, out: &mut String) {
    out.push_str("\n## Platforms\n\n| platform | APIs | credentials | JWTs of its users | OAuth endpoints | scopes | examples |\n");
    out.push_str("|---|---|---|---|---|---|---|\n");
    for file in &known.platforms {
        let p = &file.platform;
        let titles = |titles: Vec<&str>| titles.iter().map(|t| cell(t)).collect::<Vec<_>>().join("; ");
        let _ = writeln!(
            out,
            "| [{}](platforms/{}.toml) ([documents]({})) | {} | {} | {} | {} | {} | {} |",
            p.title,
            p.id,
            p.docs,
            titles(p.apis.iter().map(|api| api.title.as_ref()).collect()),
            titles(p.credentials.iter().map(|c| c.title.as_ref()).collect()),
            p.jwts.len(),
            p.oauth.iter().map(|o| o.endpoints.len()).sum::<usize>(),
            p.scopes.len(),
            file.bad.len() + file.good.len(),
        );
    }
}

fn rows(known: &Known, out: &mut String) {
    let Known { coverage, covered, .. } = known;
    let has = |row: &&String| covered.contains(*row);
    out.push_str("\n## What examples prove\n\nRows of the catalogue of mistakes against the standards, by how often users make them:\n\n");
    out.push_str("| how often | rows | proven | not yet |\n|---|---|---|---|\n");
    let standards = &coverage.standards;
    for (name, rows, list) in [
        ("daily", &standards.often, true),
        ("regularly", &standards.regularly, true),
        ("rarely", &standards.rarely, false),
    ] {
        let open: Vec<&str> = rows.iter().filter(|row| !has(row)).map(String::as_str).collect();
        let open = if list { open.join(" ") } else { format!("{} rows", open.len()) };
        let _ = writeln!(out, "| {name} | {} | {} | {open} |", rows.len(), rows.iter().filter(has).count());
    }
    out.push_str("\nRows of the platforms:\n\n| platform | rows | proven | not yet |\n|---|---|---|---|\n");
    let all: Vec<&String> = coverage.platforms.documented.iter().chain(&coverage.platforms.found).collect();
    for (name, prefix) in [("LiveChat", "LC-"), ("LiveLike", "LL-"), ("Livepush", "LP-"), ("across platforms", "X-")] {
        let rows: Vec<&&String> = all.iter().filter(|row| row.starts_with(prefix)).collect();
        let proven = rows.iter().filter(|row| has(row)).count();
        let open: BTreeSet<&str> = rows.iter().filter(|row| !has(row)).map(|row| row.as_str()).collect();
        let open: Vec<&str> = open.into_iter().collect();
        let _ = writeln!(out, "| {name} | {} | {proven} | {} |", rows.len(), open.join(" "));
    }
    out.push_str("\nOf the rows that the platforms' own documents give, these have no example:\n\n");
    out.push_str("| rows | their rule would have to know |\n|---|---|\n");
    for Later { rows, needs } in &coverage.later {
        let _ = writeln!(out, "| {} | {needs} |", rows.join(" "));
    }
}

/// Text in a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}

/// A link with a short name: `RFC 7519 §4.1.4`, else the host.
fn document(link: &str) -> String {
    let rest = link.trim_start_matches("https://");
    let name = match rest.strip_prefix("www.rfc-editor.org/rfc/rfc") {
        Some(rfc) => {
            format!("RFC {}", rfc.replacen("#section-", " §", 1).replacen("#appendix-", ", appendix ", 1))
        }
        None => rest.split('/').next().unwrap().trim_start_matches("www.").to_owned(),
    };
    format!("[{name}]({link})")
}

#[test]
fn rows_are_known_and_none_is_forgotten() {
    let Known { coverage, covered, .. } = known();
    let Coverage { standards: s, platforms: p, later } = &coverage;
    let lists = [&s.often, &s.regularly, &s.rarely, &p.documented, &p.found];
    let all: BTreeSet<&String> = lists.into_iter().flatten().collect();
    let unknown: Vec<&String> = covered.iter().filter(|row| !all.contains(row)).collect();
    assert!(unknown.is_empty(), "`covers` names rows that do not exist: {unknown:?}");
    let later: BTreeSet<&String> = later.iter().flat_map(|l| &l.rows).collect();
    let forgotten: Vec<&String> =
        p.documented.iter().filter(|row| !covered.contains(*row) && !later.contains(row)).collect();
    assert!(forgotten.is_empty(), "no example covers {forgotten:?}, and they wait for nothing");
    let done: Vec<&&String> = later.iter().filter(|row| covered.contains(**row) || !all.contains(**row)).collect();
    assert!(done.is_empty(), "{done:?} wait for nothing any more");
}

#[test]
fn the_readme_is_current() {
    let known = known();
    let mut tables = format!("{} rules:\n\n| family | rules | for example |\n|---|---|---|\n", known.rules.len());
    for (family, rules) in families(&known) {
        let examples: Vec<String> = rules.iter().take(3).map(|(_, file)| cell(&file.rule.title)).collect();
        let _ = writeln!(tables, "| `{family}` | {} | {} |", rules.len(), examples.join("; "));
    }
    tables
        .push_str("\nand the contracts of these platforms:\n\n| platform | credentials | documents |\n|---|---|---|\n");
    for PlatformFile { platform, .. } in &known.platforms {
        let credentials: Vec<String> = platform.credentials.iter().map(|c| cell(&c.title)).collect();
        let _ = writeln!(
            tables,
            "| [{}](rules/platforms/{}.toml) | {} | <{}> |",
            platform.title,
            platform.id,
            credentials.join("; "),
            platform.docs
        );
    }
    let text = std::fs::read_to_string(root().join("README.md")).unwrap().replace("\r\n", "\n");
    let text = with_part(&text, "example", &example());
    is_current("README.md", &with_part(&text, "tables", &tables));
}

/// The text with what stands between `<!-- name -->` and the next `<!-- end -->` replaced.
fn with_part(text: &str, name: &str, part: &str) -> String {
    let mark = format!("<!-- {name} -->\n");
    let start = text.find(&mark).unwrap_or_else(|| panic!("there is no part `{name}`")) + mark.len();
    let end = start + text[start..].find("<!-- end -->").unwrap();
    format!("{}{part}{}", &text[..start], &text[end..])
}

/// The picture in the README: what `debug` really prints for a token with local time in `iat`.
#[test]
fn the_picture_of_debug_is_current() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tokenlint"));
    command.args(["debug", "fixtures/livelike/issued-at-in-local-time.jwt", "--now", "2027-01-15T08:00:00Z"]);
    let run = process::finish(command.args(["--color", "always"]).current_dir(root()).env_clear().env("TZ", "UTC"));
    assert_eq!((run.status, run.err.as_str()), (1, ""), "{run:#?}");
    let picture = anstyle_svg::Term::new().render_svg(&run.out);
    is_current("docs/debug.svg", &picture);
}

/// What the first command of the README really prints.
fn example() -> String {
    let file = "fixtures/requests/livechat-pat-as-bearer.http";
    let request = std::fs::read_to_string(root().join(file)).unwrap().replace("\r\n", "\n");
    let mut command = Command::new(env!("CARGO_BIN_EXE_tokenlint"));
    let run = process::finish(command.args(["check", file]).current_dir(root()).env_clear());
    assert_eq!((run.status, run.err.as_str()), (1, ""), "{run:#?}");
    format!("```console\n$ cat {file}\n{request}$ tokenlint check {file}\n{}```\n", run.out)
}

/// What each format really prints for that request.
#[test]
fn the_reports_in_the_documents_are_current() {
    let file = "fixtures/requests/livechat-pat-as-bearer.http";
    let mut text = std::fs::read_to_string(root().join("docs/reports.md")).unwrap().replace("\r\n", "\n");
    for (_, format, _) in Format::ALL {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tokenlint"));
        let run = process::finish(command.args(["check", "--format", format, file]).current_dir(root()).env_clear());
        assert_eq!((run.status, run.err.as_str()), (1, ""), "{run:#?}");
        let (out, filter) = match *format {
            "json" => {
                let document: serde_json::Value = serde_json::from_str(&run.out).unwrap();
                (format!("{}\n", document["summary"]), " | jq -S -c .summary")
            }
            "sarif" | "gitlab" => {
                let document: serde_json::Value = serde_json::from_str(&run.out).unwrap();
                (format!("{document:#}\n"), " | jq -S .")
            }
            _ => (run.out, ""),
        };
        let part = format!("```console\n$ tokenlint check --format {format} {file}{filter}\n{out}```\n");
        text = with_part(&text, format, &part);
    }
    is_current("docs/reports.md", &text);
}

#[test]
fn the_rule_in_the_readme_works() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap().replace("\r\n", "\n");
    let rule = readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let mut set = RuleSet::empty();
    set.add("mine/readme", rule).unwrap();
    let file = parse_rule("mine/readme", rule).unwrap();
    let found = |example| lint(&set, example).findings.len();
    assert_eq!((found(&file.bad[0]), found(&file.good[0])), (1, 0));
}

#[test]
fn the_platform_in_the_documents_works() {
    let page = std::fs::read_to_string(root().join("docs/platforms.md")).unwrap().replace("\r\n", "\n");
    let contract = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let folder = process::Folder::new();
    folder.write("lint/platforms/acme.toml", contract);
    let verdict = "4 bad and 3 good examples in 1 file: each is as its file says\n";
    assert!(page.contains(verdict));
    assert_eq!(folder.run(&["rules", "test", "lint"]).is(0, &[]).out, verdict);
    // What the page shows of a failure, the program says.
    let wrong = contract.replace("\"platform/carrier-wrong\"", "\"platform/scheme-wrong\"");
    folder.write("lint/platforms/acme.toml", wrong);
    let run = folder.run(&["rules", "test", "lint"]);
    run.is(1, &["bad example 2: platform/scheme-wrong is not the first finding", "1 fault"]);
    let shown = page.split("```\n").find(|block| block.starts_with("error: bad example 2")).unwrap();
    assert!(run.out.starts_with(shown), "{}", run.out);
    // Every field of the format stands on the page.
    let files = ["mod.rs", "api.rs", "credential.rs", "oauth.rs"].map(|file| root().join("src/platform").join(file));
    let source: String = files.map(|file| std::fs::read_to_string(file).unwrap()).concat();
    let named = |field: &str| match field {
        "kind" => "type".to_owned(),
        "one_of" => "in".to_owned(),
        plural @ ("apis" | "jwts" | "credentials" | "scopes" | "versions" | "errors" | "samples" | "mistakes"
        | "endpoints" | "grants" | "operations") => plural.trim_end_matches('s').to_owned(),
        other => other.replace('_', "-"),
    };
    let fields = source.lines().filter_map(|line| line.strip_prefix("    pub ")?.split_once(':'));
    let fields = fields.filter(|(field, _)| !field.contains(' '));
    let missing: BTreeSet<String> = fields
        .map(|(field, _)| named(field))
        .filter(|field| !page.contains(&format!("`{field}`")) && !page.contains(&format!("{field}]]")))
        .collect();
    assert_eq!(missing, BTreeSet::new());
    folder.write("lint/platforms/acme.toml", contract.replace("exposure", "exposed"));
    folder.run(&["rules", "test", "lint"]).is(2, &["unknown field `exposed`", "acme.toml:"]);
    folder.write("key", "q7Rk2VxN9pLwT4sYb8ZdGf3HjC6mXvE1");
    folder.write("lint/platforms/acme.toml", contract);
    let mint = ["mint", "acme", "--rules", "lint", "--claim", "iss=acme-partner-7", "--key", "key"];
    folder.run(&mint).is(0, &["eyJ"]);
}

#[test]
fn the_readme_names_only_what_there_is() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let help: String = ["check", "debug", "mint", "rules"]
        .map(|command| process::Folder::new().run(&[command, "--help"]).out)
        .concat();
    let words = readme.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    let is_option = |word: &str| word.starts_with("--") && word.ends_with(|c: char| c.is_ascii_alphanumeric());
    let options: BTreeSet<&str> = words.filter(|word| is_option(word)).collect();
    assert!(options.len() > 8, "{options:?}");
    // Options of cargo in the README's commands.
    for option in options.iter().filter(|option| !["--path", "--test"].contains(option)) {
        assert!(help.contains(option), "the README names {option}, which no `--help` does");
    }
    for option in help.split_whitespace().filter(|word| is_option(word) && *word != "--help") {
        assert!(options.contains(option), "the README does not name {option}");
    }
    for link in readme.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        assert!(link.starts_with("https://") || root().join(link).exists(), "the README links to {link}");
    }
    let version = format!("## {}", env!("CARGO_PKG_VERSION"));
    assert!(std::fs::read_to_string(root().join("CHANGELOG.md")).unwrap().contains(&version));
}
