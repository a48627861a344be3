//! `tokenlint.toml`, comments in the input, and the baseline: what the user wants, and what is said about it.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::disallowed_types)]

mod common;
#[path = "common/process.rs"]
mod process;

use std::collections::BTreeSet;

use common::{lint, rule_files};
use process::Folder;
use serde_json::Value;
use tokenlint::config::{Config, FILE, Home};
use tokenlint::load::{RuleSet, parse_rule};
use tokenlint::options::{EXPECT, Input, Options};
use tokenlint::platform::Platform;
use tokenlint::ran::surely_ran;
use tokenlint::rule::{Example, Now, OneOrMany};

#[test]
fn a_rule_that_lacks_something_did_not_surely_run() {
    let set = RuleSet::builtin();
    let finds = |rule: &str, example: &Example| lint(&set, example).findings.iter().any(|f| f.rule == rule);
    let with_key = Example { key: Some(OneOrMany::One(common::KEY.into())), ..Example::default() };
    let everything = Options {
        now: Some(common::NOW),
        keys: common::given_keys(&with_key),
        expect: EXPECT.iter().map(|(name, _)| ((*name).to_owned(), vec!["x".to_owned()])).collect(),
        platform: Some("livelike".into()),
        strict: true,
        ..Options::default()
    };
    let mut faults = BTreeSet::new();
    for (id, text) in rule_files().iter().filter(|(id, _)| !id.starts_with("platforms/")) {
        for example in parse_rule(id, text).unwrap().bad {
            let given = everything.clone();
            let no_clock = Example { now: Some(Now::Clock(false)), ..example.clone() };
            let mut table = vec![("clock".to_owned(), no_clock, Options { now: None, ..given.clone() })];
            if example.key.is_some() {
                let less = Example { key: None, ..example.clone() };
                table.push(("key".into(), less, Options { keys: Vec::new(), ..given.clone() }));
            }
            if example.platform.is_some() {
                let less = Example { platform: None, ..example.clone() };
                table.push(("platform".into(), less, Options { platform: None, ..given.clone() }));
            }
            if example.strict {
                let less = Example { strict: false, ..example.clone() };
                table.push(("strict reading".into(), less, Options { strict: false, ..given.clone() }));
            }
            for name in example.expect.keys() {
                let mut less = example.clone();
                less.expect.remove(name);
                let mut options = given.clone();
                options.expect.retain(|(known, _)| known != name);
                table.push((format!("expected {name}"), less, options));
            }
            for (what, example, options) in table {
                if surely_ran(id, &set, &options) && !finds(id, &example) {
                    faults.insert(format!("{id} needs a {what}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_rule_that_lacks_nothing_did_run() {
    let set = RuleSet::builtin();
    let ran = |rule: &str, options: &Options| surely_ran(rule, &set, options);
    let plain = Options::default();
    let expecting = |name: &str| Options { expect: vec![(name.into(), vec!["x".into()])], ..Options::default() };
    assert!(ran("header/scheme-missing", &plain) && ran("request/token-in-query", &plain));
    // Each rule by the name that it needs.
    let rule = "payload/audience-mismatch";
    assert_eq!([plain.clone(), expecting("iss"), expecting("aud")].map(|o| ran(rule, &o)), [false, false, true]);
    let strict = Options { strict: true, ..Options::default() };
    assert_eq!([&plain, &strict].map(|options| ran("authorize/state-absent", options)), [false, true]);
    let on = |platform: &str| Options { platform: Some(platform.into()), ..Options::default() };
    assert_eq!([plain, on("livelike")].map(|options| ran("platform/claim-missing", &options)), [false, true]);
    // A contract may say that a rule is not for it.
    let silenced = |p: &&Platform| p.silences.iter().any(|rule| rule == "authorize/implicit");
    assert!(set.platforms.iter().find(silenced).is_some_and(|p| !ran("authorize/implicit", &on(&p.id))));
}

/// The examples in `docs/config.md`.
fn examples() -> Vec<String> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/config.md");
    let text = std::fs::read_to_string(file).unwrap().replace("\r\n", "\n");
    let blocks = text.split("```toml\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn every_example_in_the_documentation_is_understood() {
    let set = RuleSet::builtin();
    for text in examples() {
        match Config::parse(FILE, &text, Home::default()) {
            Ok(mut config) => assert_eq!(config.check(&set), [], "{text}"),
            Err(troubles) => panic!("{text}\n{troubles:?}"),
        }
        // The file stands in the tree that is checked.
        let input = Input { name: FILE.into(), text: text.clone(), kind: None };
        let options = Options { now: Some(common::NOW), ..Options::default() };
        assert_eq!(tokenlint::lint(&input, &set, &options).findings, [], "{text}");
    }
}

#[test]
fn the_schema_takes_every_example_and_has_no_key_without_one() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/tokenlint.schema.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let mut used = BTreeSet::new();
    for text in examples() {
        let example: toml::Value = toml::from_str(&text).unwrap();
        let example = serde_json::to_value(example).unwrap();
        fits(&example, &schema, &schema, &mut used).unwrap_or_else(|fault| panic!("{fault} in\n{text}"));
    }
    let mut known = BTreeSet::new();
    for table in [&schema, &schema["$defs"]["WrittenPath"], &schema["$defs"]["WrittenAllow"]] {
        known.extend(table["properties"].as_object().unwrap().keys().cloned());
    }
    assert_eq!(used, known);
    let wrong: toml::Value = toml::from_str("[[allow]]\nrule = 'a/b'\nsource = 'x'").unwrap();
    assert!(fits(&serde_json::to_value(wrong).unwrap(), &schema, &schema, &mut used).is_err(), "no reason");
}

/// Whether a value is as a schema wants it, as far as ours goes; the names of fixed members are collected.
fn fits(value: &Value, schema: &Value, root: &Value, used: &mut BTreeSet<String>) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return fits(value, root.pointer(reference.trim_start_matches('#')).unwrap(), root, used);
    }
    if let Some(choices) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
        let any = choices.iter().any(|choice| fits(value, choice, root, used).is_ok());
        return any.then_some(()).ok_or(format!("{value} is none of the choices"));
    }
    if schema.get("const").is_some_and(|only| only != value)
        || schema["enum"].as_array().is_some_and(|values| !values.contains(value))
    {
        return Err(format!("{value} is not one of the values"));
    }
    let types = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect::<Vec<_>>(),
    };
    let own = match value {
        Value::Object(_) => "object",
        Value::Array(_) => "array",
        Value::String(_) => "string",
        Value::Bool(_) => "boolean",
        _ => "other",
    };
    if !types.is_empty() && !types.contains(&own) {
        return Err(format!("{value} is no {types:?}"));
    }
    for element in value.as_array().into_iter().flatten() {
        fits(element, &schema["items"], root, used)?;
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        value.get(name).ok_or(format!("{name} is missing"))?;
    }
    for (name, member) in value.as_object().into_iter().flatten() {
        match (schema["properties"].get(name), &schema["additionalProperties"]) {
            (Some(known), _) => {
                used.insert(name.clone());
                fits(member, known, root, used)?;
            }
            (None, Value::Bool(false)) => return Err(format!("{name} is not known")),
            (None, others) => fits(member, others, root, used)?,
        }
    }
    Ok(())
}

/// Checks with the rules `mine/*` alone, which fire on `X-Flaw: error`, `warning`, `note`.
const CHECK: &[&str] = &["check", "--rules", "rules"];

/// A request with such a flaw, in its second line.
fn flaw(level: &str) -> String {
    format!("GET https://api.example.com/orders\nX-Flaw: {level}\n")
}

fn check(folder: &Folder, more: &[&str]) -> process::Run {
    folder.run(&[CHECK, more].concat())
}

#[test]
fn the_configuration_is_found_and_counts_less_than_what_is_typed() {
    let folder = Folder::with_rules();
    folder.write("api/a.http", flaw("warning"));
    folder.write("tokenlint.toml", "fail-on = 'warning'\n[rules]\n'mine/warning' = 'error'\n");
    check(&folder, &["api/a.http"]).is(1, &["error[mine/warning]"]);
    check(&folder, &["api"]).is(1, &["error[mine/warning]"]);
    check(&folder, &["--fail-on", "never", "api/a.http"]).is(0, &["error[mine/warning]"]);
    check(&folder, &["--no-config", "api/a.http"]).is(0, &["warning[mine/warning]"]);
    check(&folder, &["--ignore", "mine/*", "api/a.http"]).is(0, &["1 suppressed"]);
    // The nearest one counts, and a repository is the end of the way up.
    folder.write("api/tokenlint.toml", "[rules]\n'mine/*' = 'off'\n");
    check(&folder, &["api/a.http"]).is(0, &["1 suppressed"]);
    check(&folder, &["--config", "tokenlint.toml", "api/a.http"]).is(1, &["error[mine/warning]"]);
    folder.write("own/.git/HEAD", "");
    folder.write("own/a.http", flaw("warning"));
    check(&folder, &["own/a.http"]).is(0, &["warning[mine/warning]"]);
    // Of standard input the name says where it belongs, of a literal nothing does.
    let piped = folder.pipe(flaw("warning"), &[CHECK, &["-", "--stdin-filename", "api/b.http"]].concat());
    piped.is(0, &["1 suppressed"]);
    check(&folder, &["--as", "header", "X-Flaw: warning"]).is(1, &["error[mine/warning]"]);
    let debug = folder.run(&["debug", "--rules", "rules", "api/a.http"]);
    debug.is(0, &["1 suppressed"]);
}

#[test]
fn a_broken_configuration_is_shown_and_nothing_is_checked() {
    let folder = Folder::with_rules();
    folder.write("a.http", flaw("error"));
    folder.write("broken/mine/rule.toml", "nonsense = 1");
    for (text, words) in [
        ("[rules]\n'mine/eror' = 'off'\n", &["there is no rule `mine/eror`", "tokenlint.toml:2:1", "mine/error"][..]),
        ("selct = []\n", &["there is no key `selct` here", "tokenlint.toml:1:1", "did you mean `select`?"]),
        ("exclude = ['a', '!a/b']\n", &["`!a/b` would take files out again", "tokenlint.toml:1:17", "exclude less"]),
        (
            "[[allow]]\nrule = 'mine/*'\nsource = '!a'\nreason = 'x'\n",
            &["`!a` would take files out again", "tokenlint.toml:3:10", "write patterns that do not mean those files"],
        ),
        ("[[path]]\nglob = '**'\nkey = 'gone.pem'\n", &["<key 1>", "tokenlint.toml:3:7", "is no file"]),
        ("[[path]]\nglob = '**'\nkey = 'env:a b'\n", &["tokenlint.toml:3:7", "no name of a variable"]),
        ("rule-folders = ['gone']\n", &["there is no folder `gone`", "tokenlint.toml:1:17"]),
        ("rule-folders = ['broken']\n", &["broken/mine/rule.toml:1:1"]),
    ] {
        folder.write("tokenlint.toml", text);
        let run = check(&folder, &["a.http"]);
        run.is(2, words);
        assert_eq!(run.out, "", "{text}");
        let json = check(&folder, &["a.http", "--format", "json"]);
        let json: Value = serde_json::from_str(&json.is(2, &[]).out).unwrap();
        assert_eq!(json["errors"].as_array().unwrap().len(), 1, "{json}");
    }
    folder.write("deep/er/a.http", flaw("error"));
    let mut deep = folder.command(&["check", "a.http"]);
    process::finish(deep.current_dir(folder.path().join("deep/er"))).is(2, &["../../broken/mine/rule.toml:1:1"]);
    check(&folder, &["--config", "gone.toml", "a.http"]).is(2, &["the configuration gone.toml cannot be read"]);
    folder.write("tokenlint.toml", [0xff, 0xfe, 0x00]);
    check(&folder, &["a.http"]).is(2, &["the configuration tokenlint.toml cannot be read"]);
}

#[test]
fn files_have_their_own_platform_kind_keys_and_rules() {
    let folder = Folder::with_rules();
    folder.write("lint/mine/own.toml", process::rule("note"));
    folder.write(
        "tokenlint.toml",
        "exclude = ['vendor']\nrule-folders = ['lint']\n\
         [[path]]\nglob = 'a/**'\nrules = { 'mine/error' = 'note' }\nexpect = { iss = 'https://b.example' }\n\
         [[path]]\nglob = '*.jwt'\nkey = ['env:SIGNING_SECRET', 'keys/second']\n",
    );
    folder.write("keys/second", common::KEY);
    folder.write("a/x.http", flaw("error"));
    folder.write("b/x.http", flaw("error"));
    folder.write("vendor/x.http", flaw("error"));
    let run = check(&folder, &["--format", "short", "."]);
    run.is(1, &["a/x.http:2:9: note", "b/x.http:2:9: error"]);
    assert!(!run.all().contains("vendor"), "{run:#?}");
    check(&folder, &["vendor/x.http"]).is(1, &["vendor/x.http"]);
    folder.write("y.http", flaw("note"));
    check(&folder, &["y.http"]).is(0, &["note[mine/own]"]);
    // The variable is not set: there is one key.
    let token = common::text(&Example::default());
    folder.write("t.jwt", &token);
    check(&folder, &["t.jwt", "--now", "none"]).is(0, &["signature verified"]);
    let claims = format!(r#"{{"sub":"42","iss":"https://c.example","exp":{}}}"#, common::NOW);
    folder.write("a/u.jwt", common::text(&Example { claims: Some(claims), ..Example::default() }));
    check(&folder, &["a/u.jwt", "--now", "none"]).is(1, &["payload/issuer-mismatch", "https://b.example"]);
    check(&folder, &["a/u.jwt", "--now", "none", "--expect", "iss=https://c.example"]).is(0, &[]);
    let mut command = folder.command(&["check", "--rules", "rules", "t.jwt", "--now", "none"]);
    let run = process::finish(command.env("SIGNING_SECRET", "another-secret-of-thirty-two-bytes!"));
    run.is(0, &["signature verified"]);
    assert!(!run.all().contains("another-secret"), "{run:#?}");
}

#[test]
fn what_is_allowed_is_not_shown_and_what_is_not_needed_is() {
    let folder = Folder::with_rules();
    folder.write("a/x.http", flaw("error"));
    let allow =
        |rule: &str, source: &str| format!("[[allow]]\nrule = '{rule}'\nsource = '{source}'\nreason = 'because'\n");
    folder.write("tokenlint.toml", allow("mine/error", "a/**"));
    let run = check(&folder, &["a/x.http"]);
    run.is(0, &["no findings", "1 suppressed"]);
    folder.write("a/x.http", flaw("none"));
    let run = check(&folder, &["a/x.http"]);
    run.is(0, &["no findings"]);
    let run = check(&folder, &["a"]);
    run.is(0, &["note[suppression/unused]", "this entry of the configuration", "`mine/error`", "tokenlint.toml:2:8"]);
    // A list names a part of the files: others may need it.
    folder.write("list", "a/x.http\n");
    check(&folder, &["--files-from", "list"]).is(0, &["no findings"]);
    check(&folder, &["a", "--fail-on", "note"]).is(1, &[]);
    check(&folder, &["a", "--select", "mine/warning"]).is(0, &["no findings"]);
    // Comments.
    folder.write("a/x.http", format!("# tokenlint: allow mine/error -- because\n{}", flaw("error")));
    check(&folder, &["--no-config", "a/x.http"]).is(0, &["no findings", "1 suppressed"]);
    folder.write("a/x.http", format!("# tokenlint: allow mine/error\n{}", flaw("error")));
    check(&folder, &["--no-config", "a/x.http"]).is(1, &["error[mine/error]", "warning[suppression/reason-missing]"]);
}

#[test]
fn an_entry_is_needed_perhaps_while_one_of_its_files_was_not_read() {
    const UNUSED: &str = "suppression/unused";
    let folder = Folder::with_rules();
    let entry = "[[allow]]\nrule = 'mine/error'\nsource = 'a/**/*.http'\nreason = 'because'\n";
    folder.write("tokenlint.toml", format!("exclude = ['excluded.http']\n{entry}"));
    folder.write("a/x.http", flaw("none"));
    folder.write("a/.gitignore", "ignored*\n");
    let said = |more: &[&str]| check(&folder, &[&["a", "--max-file-size", "1"], more].concat()).all().contains(UNUSED);
    assert!(said(&[]), "all of its files were read");
    let bad = flaw("error");
    let wide = [bad.as_bytes(), b"\xe9"].concat();
    let others: [(&str, Vec<u8>); 6] = [
        ("a/excluded.http", bad.clone().into()),
        ("a/ignored.http", bad.clone().into()),
        ("a/ignored/deep/x.http", bad.clone().into()),
        ("a/large.http", (bad.clone() + &" ".repeat(1 << 20)).into()),
        ("a/latin.http", wide),
        ("a/binary.http", [bad.as_bytes(), b"\0"].concat()),
    ];
    for (name, bytes) in others {
        let path = folder.write(name, bytes);
        assert!(!said(&[]), "{name} was not read");
        std::fs::remove_file(path).unwrap();
    }
    #[cfg(unix)]
    {
        let link = folder.path().join("a/link.http");
        std::os::unix::fs::symlink("../elsewhere.http", &link).unwrap();
        assert!(!said(&[]), "the link was not followed");
        std::fs::remove_file(link).unwrap();
    }
    folder.write("a/other.txt", [0xff, 0]);
    assert!(said(&[]), "what was not read is not meant");
    // Of what was read the rule ran, or lacked something.
    folder.write("tokenlint.toml", entry.replace("mine/error", "platform/claim-missing"));
    assert_eq!([said(&[]), said(&["--platform", "livelike"])], [false, true]);
    folder.write("tokenlint.toml", entry.replace("mine/error", "authorize/state-absent"));
    assert_eq!([said(&[]), said(&["--strict"])], [false, true]);
    folder.write("tokenlint.toml", entry.replace("mine/error", "payload/audience-mismatch"));
    assert_eq!(["iss=x", "aud=x"].map(|expected| said(&["--expect", expected])), [false, true]);
}

#[test]
fn an_entry_of_the_baseline_is_stale_only_where_its_file_was_read() {
    let folder = Folder::with_rules();
    folder.write("a/x.http", flaw("error"));
    let run = |more: &[&str]| check(&folder, &[&["a", "--baseline", "known.jsonl"], more].concat());
    run(&["--write-baseline"]).is(0, &["1 finding is known"]);
    let said = |more: &[&str]| run(more).all().contains("suppression/unused");
    let right = flaw("none");
    folder.write("a/x.http", &right);
    assert!(said(&[]));
    for bytes in [[right.as_bytes(), b"\xe9"].concat(), [right.as_bytes(), b"\0"].concat()] {
        folder.write("a/x.http", bytes);
        assert!(!said(&[]), "it is no text");
    }
    folder.write("a/x.http", right.clone() + &" ".repeat(1 << 20));
    assert_eq!([said(&["--max-file-size", "1"]), said(&[])], [false, true]);
    folder.write("a/x.http", &right);
    for (file, text) in [("a/.tokenlintignore", "x.http"), ("tokenlint.toml", "exclude = ['x.http']")] {
        let path = folder.write(file, text);
        assert!(!said(&[]), "{text}");
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn only_what_the_baseline_does_not_know_is_shown() {
    let folder = Folder::with_rules();
    let baseline = &["--baseline", "known.jsonl"][..];
    folder.write("a.http", flaw("error"));
    folder.write("b.http", flaw("warning"));
    let run = |more: &[&str]| check(&folder, &[&["a.http", "b.http"], baseline, more].concat());
    run(&[]).is(2, &["the baseline known.jsonl cannot be read", "--write-baseline writes the file"]);
    let written = run(&["--write-baseline"]);
    written.is(0, &["2 findings are known from now on: known.jsonl"]);
    assert_eq!(written.out, "");
    let text = std::fs::read_to_string(folder.path().join("known.jsonl")).unwrap();
    assert_eq!(text.lines().count(), 3, "{text}");
    run(&[]).is(0, &["no findings", "2 suppressed"]);
    folder.write("a.http", format!("# moved\n\n{}", flaw("error")));
    folder.write("b.http", flaw("error"));
    run(&[]).is(
        1,
        &[
            "error[mine/error]",
            "b.http:2:9",
            "note[suppression/unused]",
            "this entry of the baseline",
            "known.jsonl:3:1",
        ],
    );
    check(&folder, &[&["a.http"], baseline].concat()).is(0, &["no findings"]);
    // Written over, and then nothing is left to say.
    run(&["--write-baseline"]).is(0, &["2 findings are known"]);
    run(&[]).is(0, &["no findings", "2 suppressed"]);
    let again = std::fs::read_to_string(folder.path().join("known.jsonl")).unwrap();
    assert_ne!(text, again);
    check(&folder, &["a.http", "gone.http", "--baseline", "known.jsonl", "--write-baseline"]).is(2, &["gone.http"]);
    assert_eq!(std::fs::read_to_string(folder.path().join("known.jsonl")).unwrap(), again, "nothing is written");
    check(&folder, &["a.http", "--baseline", "none/known.jsonl", "--write-baseline"]).is(2, &["cannot be written"]);
    // The configuration names it for everybody.
    folder.write("tokenlint.toml", "baseline = 'known.jsonl'\n");
    check(&folder, &["a.http", "b.http"]).is(0, &["no findings", "2 suppressed"]);
    check(&folder, &["a.http", "b.http", "--no-config"]).is(1, &["2 errors"]);
    check(&folder, &["a.http", "--write-baseline"]).is(0, &["1 finding is known from now on: known.jsonl"]);
    check(&folder, &["a.http", "--no-config", "--write-baseline"]).is(2, &["there is no baseline to write"]);
    folder.write("known.jsonl", "{}\n");
    run(&[]).is(2, &["this is no baseline of tokenlint", "known.jsonl:1:1"]);
}
