//! What the command prints: the formats, colours, and never a credential.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::disallowed_types)]

#[path = "common/process.rs"]
mod process;

use std::process::Stdio;

use process::{Folder, TOKEN, finish};
use serde_json::Value;

const REQUEST: &str = "POST /v3.6/agent/action/list_chats HTTP/1.1\r\nHost: api.livechatinc.com\r\nAuthorization: Bearer NGFkN2Y2YTEtOTNjMi00ZDBlLThiNWYtMmY2YzFlOWE3ZDMwOmZha2UtcGF0LWZvci10ZXN0cw==\r\n\r\n";

fn request() -> Folder {
    let folder = Folder::new();
    folder.write("in/request.http", REQUEST);
    folder
}

const FORMATS: [&str; 9] = ["human", "short", "json", "jsonl", "sarif", "github", "gitlab", "junit", "markdown"];

const ONLY: [&str; 2] = ["--select", "platform/scheme-wrong"];

#[test]
fn human_output_shows_sentence_excerpt_help_and_summary() {
    let run = request().run(&[&["check", "in/request.http"][..], &ONLY].concat());
    run.is(
        1,
        &[
            "error[platform/scheme-wrong]: a LiveChat Personal Access Token",
            "─[in/request.http:3:16]",
            "3 │ Authorization: Bearer NGFk… (76 characters",
            "help: replace `Bearer` by `Basic`",
            "docs: https://platform.text.com/",
            "1 error · 1 can be fixed (check --fix) · 1 rule over 1 request in 1 file · nothing left unchecked",
        ],
    );
    assert_eq!(run.err, "");
}

#[test]
fn short_output_is_one_line_a_finding() {
    let run = request().run(&[&["check", "in/request.http", "--format", "short"][..], &ONLY].concat());
    assert_eq!(
        run.is(1, &[]).out,
        "in/request.http:3:16: error[platform/scheme-wrong]: a LiveChat Personal Access Token uses the Basic scheme; this request sends Bearer\n"
    );
    let clean = Folder::new().run(&["check", "--as", "text", "nothing", "--format", "short"]);
    assert_eq!(clean.is(0, &[]).all(), "");
}

#[test]
fn json_output_is_one_object_of_the_promised_shape() {
    let run = request().run(&[&["check", "in/request.http", "--format", "json"][..], &ONLY].concat());
    assert_eq!(run.is(1, &[]).out.lines().count(), 1);
    let document: Value = serde_json::from_str(&run.out).unwrap();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(keys(&document), "errors findings not_checked schema signatures summary tool");
    assert_eq!((&document["schema"], &document["tool"]["name"]), (&1.into(), &"tokenlint".into()));
    assert_eq!(keys(&document["tool"]), "name rules version");
    assert_eq!(keys(&document["summary"]), "errors fixed inputs left_out notes suppressed things warnings");
    let finding = &document["findings"][0];
    assert_eq!(
        keys(finding),
        "basis confidence fingerprint fix help hidden labels message platform rule severity thing why"
    );
    assert_eq!(finding["rule"], "platform/scheme-wrong");
    assert_eq!((&finding["severity"], &finding["confidence"]), (&"error".into(), &"certain".into()));
    let label = &finding["labels"][0];
    assert_eq!(keys(label), "column end end_column end_line line path source start text");
    let (start, end) = (label["start"].as_u64().unwrap() as usize, label["end"].as_u64().unwrap() as usize);
    assert_eq!(&REQUEST[start..end], "Bearer", "the offsets are those of the bytes given");
    assert_eq!((&label["line"], &label["column"], &label["end_column"]), (&3.into(), &16.into(), &22.into()));
    assert_eq!((&label["source"], &label["path"]), (&"in/request.http".into(), &"auth.scheme".into()));
    let fix = &finding["fix"];
    assert_eq!((keys(fix).as_str(), &fix["safe"]), ("edits safe title", &true.into()));
    assert_eq!(keys(&fix["edits"][0]), "column end end_column end_line line source start text");
    assert_eq!(fix["edits"][0]["text"], "Basic");
}

/// Claims with a mistake that is mended in the program that signs them.
const SIGNED: &[&str] = &["check", "--as", "claims", r#"{"sub":"42","iat":"1800000000"}"#, "--select", "time/string"];

#[test]
fn code_stands_below_the_help_and_in_json_unless_an_edit_mends_it() {
    let python = "now = int(time.time())  # iat: now, exp: now + 3600";
    let javascript = "const now = Math.floor(Date.now() / 1000) // iat: now, exp: now + 3600";
    let below = format!("before signing\n    python:     {python}\n    javascript: {javascript}\n  docs: ");
    let folder = Folder::new();
    folder.run(SIGNED).is(1, &[&below]);
    folder.run(&["explain", "time/string"]).is(0, &["in code:\n    python:     now = int(", javascript]);
    let json: Value = serde_json::from_str(&folder.run(&[SIGNED, &["--format", "json"]].concat()).out).unwrap();
    assert_eq!(json["findings"][0]["code"], serde_json::json!({ "python": python, "javascript": javascript }));

    // A contract's row is for its claim, whatever rule found the mistake.
    let claims = r#"{"iss":"DemoShopDemoShopDemoShopDemoShopDemoShop","iat":1800000000,"exp":1800000060,"custom_profile_id":"42"}"#;
    let expired = folder.run(&["check", "--as", "claims", claims, "--now", "1800009999", "--select", "time/expired"]);
    expired.is(1, &["    python:     payload[\"exp\"] = int(time.time()) + 86400\n"]);

    let edited = request().run(&[&["check", "in/request.http", "--format", "json"][..], &ONLY].concat());
    assert!(
        edited.is(1, &["\"fix\":{"]).out.contains("scheme-wrong") && !edited.out.contains("\"code\""),
        "{edited:#?}"
    );
}

#[test]
fn code_of_a_foreign_rule_is_made_safe() {
    let folder = Folder::new();
    let code = "[code]\npython = \"f() # \\u202e ##[error]x\"\n";
    folder.write("rules/mine/error.toml", process::rule("error").replace("[[when]]", &format!("{code}[[when]]")));
    for format in ["human", "json"] {
        let run = folder.run(&["check", "--rules", "rules", "X-Flaw: error", "--as", "header", "--format", format]);
        run.is(1, &["python", "f() # "]);
        assert!(!run.out.contains(['\u{202e}']) && !run.out.contains("##["), "{run:#?}");
    }
}

#[test]
fn json_output_is_whole_when_the_work_could_not_be_done() {
    for arguments in [&["check", "gone.http"][..], &["check", "x", "--platform", "nowhere"]] {
        let run = Folder::new().run(&[arguments, &["--format", "json"]].concat());
        let document: Value = serde_json::from_str(&run.is(2, &[]).out).unwrap();
        assert_eq!(document["errors"].as_array().unwrap().len(), 1, "{document}");
        assert_eq!(run.err, "");
    }
}

#[test]
fn colours_are_for_terminals_or_on_demand() {
    let folder = request();
    let colored = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = folder.command(&[&["check", "in/request.http"], arguments].concat());
        let run = finish(command.envs(variables.iter().copied()).stdin(Stdio::null()));
        assert_eq!(run.status, 1, "{run:#?}");
        run.out.contains('\u{1b}')
    };
    assert!(!colored(&[], &[]), "a pipe gets no colours");
    assert!(!colored(&["--color", "auto"], &[("TERM", "xterm-256color")]));
    assert!(!colored(&["--color", "never"], &[]));
    assert!(colored(&["--color", "always"], &[]));
    assert!(colored(&["--color", "always"], &[("NO_COLOR", "1")]), "the option is stronger than the variable");
}

#[test]
fn credentials_are_shown_only_when_that_is_asked_for() {
    let folder = request();
    let credential = "NGFkN2Y2YTEtOTNjMi00ZDBlLThiNWYtMmY2YzFlOWE3ZDMwOmZha2UtcGF0LWZvci10ZXN0cw==";
    for format in FORMATS {
        let run = folder.run(&["check", "in/request.http", "--format", format]);
        assert_none_of(credential, &run.all(), format);
    }
    let run = folder.run(&["check", "in/request.http", "--reveal"]);
    // The excerpt ends where the screen does.
    assert!(run.out.contains(&credential[..40]), "{run:#?}");
}

/// Fails if the text shows more than four characters in a row of a credential.
#[track_caller]
fn assert_none_of(credential: &str, text: &str, what: &str) {
    for at in 0..credential.len() - 4 {
        let part = &credential[at..at + 5];
        assert!(!text.contains(part), "{what} shows {part:?}:\n{text}");
    }
}

#[test]
fn mistakes_are_told_without_the_credential_that_was_typed() {
    let folder = Folder::new();
    folder.write("ok.txt", "nothing");
    let option = |name: &str| format!("--{name}={TOKEN}");
    let path = format!("./{TOKEN}.txt");
    let table: &[&[&str]] = &[
        &[TOKEN],
        &["check", &path],
        &["check", "ok.txt", &format!("--{TOKEN}")],
        &["check", "ok.txt", &option("format")],
        &["check", "ok.txt", &option("fail-on")],
        &["check", "ok.txt", &option("select")],
        &["check", "ok.txt", &option("ignore")],
        &["check", "ok.txt", &option("platform")],
        &["check", "ok.txt", &option("expect")],
        &["check", "ok.txt", &format!("--expect={TOKEN}=x")],
        &["check", "ok.txt", &option("now")],
        &["check", "ok.txt", &option("leeway")],
        &["check", "ok.txt", &option("as")],
        &["check", "ok.txt", &option("rules")],
        &["check", "ok.txt", &option("reveal")],
        &["check", "ok.txt", &option("color")],
    ];
    for arguments in table {
        let run = folder.run(arguments);
        assert_eq!(run.status, 2, "{arguments:?}: {run:#?}");
        assert_none_of(TOKEN, &run.all(), &format!("{arguments:?}"));
        assert!(!run.err.is_empty());
        if arguments.len() > 1 {
            let json = folder.run(&[arguments, &["--format", "json"][..]].concat());
            assert_none_of(TOKEN, &json.all(), &format!("{arguments:?} as JSON"));
        }
    }
}

#[test]
fn nothing_that_is_printed_steers_a_terminal_or_a_ci_runner() {
    let folder = Folder::with_rules();
    let name = "a\u{1b}]0;x\u{7}b\u{202e}##vso[task.setvariable]::error::.http";
    let hostile = "X-Flaw: error\r\nX-Other: \u{1b}[31m\u{202e}##[group]\n::warning::x";
    for format in FORMATS {
        let common = ["--as", "header", "--rules", "rules", "--format", format];
        let found = folder.pipe(hostile, &[&["check", "-", "--stdin-filename", name][..], &common].concat());
        let gone = folder.run(&["check", name, "--format", format]);
        for run in [found.is(1, &[]), gone.is(2, &[])] {
            let text = run.all();
            assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}', '\r']), "{format}: {text:?}");
            assert!(!text.contains("##vso[") && !text.contains("##[group"), "{format}: {text}");
            let is_ours = |line: &str| format == "github" && line.starts_with("::error file=");
            assert!(
                !text.lines().any(|line| line.trim_start().starts_with("::") && !is_ours(line)),
                "{format}: {text}"
            );
        }
    }
}
