#![allow(clippy::disallowed_methods)]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;
use crate::options::Input;
use crate::settle::Selection;

/// A token of this subject, with a signature that looks like one.
pub(crate) fn token(sub: &str) -> String {
    let signature: Vec<u8> = (1..=32u8).map(|i| i.wrapping_mul(73) ^ (i << 3)).collect();
    let parts = [br#"{"alg":"HS256"}"#.to_vec(), format!(r#"{{"sub":"{sub}"}}"#).into_bytes(), signature];
    parts.map(|part| URL_SAFE_NO_PAD.encode(part)).join(".")
}

/// A header that lacks its scheme.
fn flaw() -> String {
    format!("Authorization: {}", token("42"))
}

fn config(text: &str) -> Config {
    let mut config = Config::parse(FILE, text, Home::default()).expect(text);
    assert_eq!(config.check(&RuleSet::builtin()), []);
    config
}

/// What is refused: the bytes of the file, the message, the help.
fn refused(text: &str) -> Vec<(String, String, String)> {
    let troubles = match Config::parse(FILE, text, Home::default()) {
        Ok(mut config) => config.check(&RuleSet::builtin()),
        Err(troubles) => troubles,
    };
    let place = |span: Option<Span>| span.and_then(|span| text.get(span.range())).unwrap_or_default().to_owned();
    troubles.into_iter().map(|t| (place(t.span), t.message, t.help.unwrap_or_default())).collect()
}

#[test]
fn what_is_not_understood_is_refused_with_its_place() {
    for (text, place, message, help) in [
        ("slect = []", "slect", "there is no key `slect` here", "did you mean `select`?"),
        ("[rules]\n'time/expired' = 'warn'", "'warn'", "`warn` is no value of this key", "write one of off, note"),
        ("[rules]\n'time/expird' = 'off'", "'time/expird'", "there is no rule `time/expird`", "`time/expired`"),
        ("select = ['time/expired', 'tine/*']", "'tine/*'", "there is no rule `tine/*`", "the nearest is"),
        ("ignore = ['x']", "'x'", "there is no rule `x`", ""),
        ("fail-on = 'errors'", "'errors'", "`errors` is no value", "did you mean `error`?"),
        ("exclude = ['a', 'b[']", "'b['", "`b[` is no pattern", "write patterns as in `.gitignore`"),
        ("include = ['a', '!b']", "'!b'", "`!b` would take files out again", "write it in `exclude`"),
        ("exclude = ['!a']", "'!a'", "`!a` would take files out again", "exclude less"),
        ("[[path]]\nglob = ['a', '!b']", "['a', '!b']", "`!b` would take files out", "the later one counts"),
        ("include = ['../a']", "'../a'", "`../a` leads out of the folder", ""),
        ("rule-folders = ['/rules']", "'/rules'", "`/rules` is no folder below", "without `..`"),
        ("baseline = '../b'", "'../b'", "is no file below", "without `..`"),
        ("[[path]]\nplatform = 'livechat'", "[[path]]", "`glob` is missing", "add `glob = …`"),
        ("[[path]]\nglob = 'a'\nplatform = 'livechatt'", "'livechatt'", "no platform `livechatt`", "`livechat`?"),
        ("[[path]]\nglob = 'a'\nexpect = { audd = 'x' }", "audd", "no expectation `audd`", "did you mean `aud`?"),
        ("[[path]]\nglob = 'a'\nas = 'tokn'", "'tokn'", "no kind of input `tokn`", "did you mean `token`?"),
        ("[[path]]\nglob = 'a'\nkey = '../k'", "'../k'", "that is no file below the folder", "write `env:NAME`"),
        ("[[path]]\nglob = 'a'\nkey = 'b64:AA'", "'b64:AA'", "a key does not belong into this file", "env:NAME"),
        ("[[path]]\nglob = 'a'\nkey = 'env:$X'", "'env:$X'", "that is no name of a variable", "env:CLIENT_SECRET"),
        ("[[path]]\nglob = 'a'\nkey = ['k.pem', '/etc/k']", "['k.pem', '/etc/k']", "no file below", ""),
        ("[[path]]\nglob = 'a'\nrules = { 'a/b' = 'off' }", "'a/b'", "there is no rule `a/b`", ""),
        ("[[allow]]\nrule = 'time/expired'\nsource = 'a'", "[[allow]]", "`reason` is missing", "say why"),
        ("[[allow]]\nrule = 'x/y'\nsource = 'a'\nreason = 'b'", "'x/y'", "there is no rule `x/y`", ""),
        ("[[allow]]\nrule = 'time/*'\nsource = 'a'\nreason = ' '", "' '", "the reason is empty", "say why"),
        ("select = 'time/*'", "'time/*'", "invalid type: string", ""),
        ("a = ", "", "", ""),
    ] {
        let found = refused(text);
        let [(at, says, does)] = found.as_slice() else { panic!("{text}: {found:?}") };
        assert_eq!((at.trim(), says.contains(message), does.contains(help)), (place, true, true), "{found:?}");
    }
    assert_eq!(refused("select = ['a/b']\nignore = ['c/d']\n[rules]\n'e/f' = 'off'").len(), 3, "all are shown");
}

#[test]
fn the_more_exact_name_and_the_later_table_count() {
    let config = config(
        "[rules]\n'time/expired' = 'note'\n'time/*' = 'off'\n'*' = 'warning'\n\
         [[path]]\nglob = 'a/**'\nrules = { 'time/*' = 'error' }\n[[path]]\nglob = 'a/b.http'\nrules = { 'time/expired' = 'off' }",
    );
    let level = |name: &str, rule: &str| config.options(&Options::default(), name).selection.level(rule);
    assert_eq!(level("x", "time/expired"), Some(Level::Note));
    assert_eq!(level("x", "time/text"), Some(Level::Off));
    assert_eq!(level("x", "jwt/alg-none"), Some(Level::Warning));
    assert_eq!(level("a/x", "time/expired"), Some(Level::Error));
    assert_eq!(level("a/b.http", "time/expired"), Some(Level::Off));
    assert_eq!(level("a/b.http", "time/text"), Some(Level::Error));
}

#[test]
fn what_was_typed_counts_more() {
    let config = config(
        "select = ['time/*']\nignore = ['time/text']\n[rules]\n'time/expired' = 'off'\n'time/duration' = 'note'\n\
         [[path]]\nglob = '**'\nplatform = 'livechat'\nas = 'token'\nexpect = { aud = ['a', 'b'], iss = 'c' }\n\
         [[path]]\nglob = 'late'\nexpect = { iss = 'd' }",
    );
    let of = |typed: &Options, name: &str| config.options(typed, name);
    let plain = of(&Options::default(), "late");
    assert_eq!(plain.platform.as_deref(), Some("livechat"));
    let pair = |name: &str, values: &[&str]| (name.to_owned(), values.iter().map(|v| (*v).to_owned()).collect());
    assert_eq!(plain.expect, [pair("aud", &["a", "b"]), pair("iss", &["d"])]);
    assert_eq!(config.kind("x"), Some(Kind::Token));
    let takes = |options: &Options| {
        ["time/expired", "time/text", "time/duration", "jwt/alg-none"].map(|rule| options.selection.takes(rule))
    };
    assert_eq!(takes(&plain), [false, false, true, false]);

    let selection = Selection { select: vec!["time/expired".into(), "time/text".into()], ..Selection::default() };
    let typed = Options {
        platform: Some("livelike".into()),
        expect: vec![pair("aud", &["z"])],
        selection,
        ..Options::default()
    };
    let typed = of(&typed, "x");
    assert_eq!(typed.platform.as_deref(), Some("livelike"));
    assert_eq!(typed.expect, [pair("aud", &["z"]), pair("iss", &["c"])]);
    assert_eq!(takes(&typed), [true, true, false, false]);

    let selection = Selection { ignore: vec!["time/duration".into()], ..Selection::default() };
    assert_eq!(takes(&of(&Options { selection, ..Options::default() }, "x")), [false; 4]);
}

#[test]
fn keys_are_named_here_and_given_later() {
    let mut config = config("[[path]]\nglob = 'a'\nkey = ['env:A', 'keys/b.pem']\n[[path]]\nglob = 'c'\nkey = 'env:C'");
    let names: Vec<(usize, &str, usize)> = config.keys().iter().map(|k| (k.number, k.spec, k.table)).collect();
    assert_eq!(names, [(1, "env:A", 0), (2, "keys/b.pem", 0), (3, "env:C", 1)]);
    let key = |name: &str| {
        crate::verify::keys::read(name.into(), "FILE", b"0123456789abcdef0123456789abcdef".to_vec(), false)
            .expect("a key")
    };
    config.give_key(1, key("<key 3>"));
    let given = |typed: &Options, name: &str| -> Vec<String> {
        config.options(typed, name).keys.iter().map(|k| k.name.clone()).collect()
    };
    assert_eq!(given(&Options::default(), "c"), ["<key 3>"]);
    assert!(given(&Options::default(), "a").is_empty());
    assert_eq!(given(&Options { keys: vec![key("<key 1>")], ..Options::default() }, "c"), ["<key 1>"]);
}

#[test]
fn files_in_folders_are_chosen() {
    let config = config("include = ['*.http', 'api']\nexclude = ['vendor', '/old.http']");
    for (name, reads) in [
        ("a.http", true),
        ("x/a.http", true),
        ("api/x", true),
        ("x", false),
        ("vendor/a.http", false),
        ("old.http", false),
        ("x/old.http", true),
    ] {
        assert_eq!(config.reads(name), reads, "{name}");
    }
}

/// The rules of what is found in a source under a configuration, how many findings were kept back, and what is said
/// about the configuration when the run ends.
fn run(text: &str, sources: &[(&str, &str)], walked: &[&str], typed: &Options) -> (Vec<String>, usize, Vec<String>) {
    let config = config(text);
    let set = RuleSet::builtin();
    let looked: Vec<(Arc<Options>, Report)> = sources
        .iter()
        .map(|(name, text)| {
            let options = Arc::new(config.options(typed, name));
            let input = Input { name: (*name).into(), text: (*text).into(), kind: config.kind(name) };
            let report = crate::lint(&input, &set, &options);
            (options, report)
        })
        .collect();
    let seen: Vec<Seen> =
        sources.iter().zip(&looked).map(|((name, _), (options, report))| Seen::new(name, options, report)).collect();
    let walked: Vec<String> = walked.iter().map(|s| (*s).to_owned()).collect();
    let ended = config.unused(&seen, &walked, &|| Some(Vec::new()), &set, typed);
    let rules = |report: &Report| -> Vec<String> {
        report.findings.iter().map(|f| format!("{} {}", f.severity.name(), f.rule)).collect()
    };
    let at = |report: &Report| -> Vec<String> {
        report.findings.iter().map(|f| report.sources.text(f.labels[0].place).to_owned()).collect()
    };
    let found = looked.iter().flat_map(|(_, report)| rules(report)).collect();
    let said = ended.as_ref().map(|report| [rules(report), at(report)].concat()).unwrap_or_default();
    (found, looked.iter().map(|(_, report)| report.suppressed).sum(), said)
}

#[test]
fn levels_and_entries_act_on_what_is_found() {
    let header = flaw();
    let flaw = ("a/x.http", header.as_str());
    let typed = Options::default();
    let (found, suppressed, said) = run("", &[flaw], &[], &typed);
    assert_eq!((found, suppressed, said), (vec!["warning header/scheme-missing".into()], 0, vec![]));
    let (found, ..) = run("[rules]\n'header/*' = 'note'", &[flaw], &[], &typed);
    assert_eq!(found, ["note header/scheme-missing"]);
    let (found, suppressed, _) = run("[rules]\n'header/*' = 'off'", &[flaw], &[], &typed);
    assert_eq!((found.len(), suppressed), (0, 1));
    let allow = "[[allow]]\nrule = 'header/scheme-missing'\nsource = '/a/x.http'\nreason = 'the proxy adds it'";
    assert_eq!(run(allow, &[flaw], &[], &typed), (vec![], 1, vec![]));
    let (found, suppressed, _) = run(allow, &[("b/x.http", header.as_str())], &[], &typed);
    assert_eq!((found.len(), suppressed), (1, 0));
}

#[test]
fn an_entry_is_needless_only_where_all_was_looked_at() {
    let entry =
        |rule: &str, source: &str| format!("[[allow]]\nrule = '{rule}'\nsource = '{source}'\nreason = 'because'");
    let right = format!("Authorization: Bearer {}", token("42"));
    let right = ("a/x.http", right.as_str());
    let typed = Options::default();
    let said = |text: &str, walked: &[&str], typed: &Options| run(text, &[right], walked, typed).2;
    let rule = "header/scheme-missing";
    let needless = vec!["note suppression/unused".to_owned(), format!("'{rule}'")];
    assert_eq!(said(&entry(rule, "/a/x.http"), &[], &typed), needless);
    assert_eq!(said(&entry(rule, "a/*.http"), &["a"], &typed), needless);
    // Others of its files may need it.
    assert!(said(&entry(rule, "a/*.http"), &[], &typed).is_empty());
    assert!(said(&entry(rule, "/b/x.http"), &[], &typed).is_empty());
    assert!(said(&entry(rule, "/b/x.http"), &["."], &typed).is_empty());
    // The rule did not run.
    let selection = Selection { select: vec!["time/*".into()], ..Selection::default() };
    assert!(said(&entry(rule, "/a/x.http"), &[], &Options { selection, ..Options::default() }).is_empty());
    assert!(said(&entry("time/expired", "/a/x.http"), &[], &typed).is_empty());
    let clock = Options { now: Some(1_800_000_000), ..Options::default() };
    assert_eq!(said(&entry("time/expired", "/a/x.http"), &[], &clock).len(), 2);
    assert!(said(&entry("signature/*", "/a/x.http"), &[], &clock).is_empty());
    // It can be silenced like everything else.
    let off = format!("[rules]\n'suppression/*' = 'off'\n{}", entry(rule, "/a/x.http"));
    assert!(said(&off, &[], &typed).is_empty());
}

#[test]
fn the_schema_for_editors_is_made_of_the_types() {
    let schema = schemars::schema_for!(Written);
    let text = serde_json::to_string_pretty(&schema).expect("JSON") + "\n";
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/tokenlint.schema.json");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(file, &text).expect("written");
    }
    let there = std::fs::read_to_string(file).unwrap_or_default().replace("\r\n", "\n");
    assert_eq!(there, text, "run `UPDATE=1 cargo test --lib config`");
}
