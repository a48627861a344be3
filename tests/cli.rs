//! The command line: what can be typed, what is read, and with which status it ends.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::disallowed_types)]

#[path = "common/process.rs"]
mod process;

use process::{Folder, Run, TOKEN, rule};

/// Checks header lines given as an argument with the rules `mine/*` alone.
fn flaw(folder: &Folder, header: &str, more: &[&str]) -> Run {
    let mut arguments = vec!["check", "--as", "header", header, "--rules", "rules", "--select", "mine/*"];
    arguments.extend(more);
    folder.run(&arguments)
}

#[test]
fn the_status_follows_fail_on() {
    let folder = Folder::with_rules();
    let table = [
        // what is there, and the status with --fail-on error (the default), warning, note, never
        ("X-Flaw: none", [0, 0, 0, 0]),
        ("X-Flaw: note", [0, 0, 1, 0]),
        ("X-Flaw: warning", [0, 1, 1, 0]),
        ("X-Flaw: error", [1, 1, 1, 0]),
    ];
    for (header, statuses) in table {
        assert_eq!(flaw(&folder, header, &[]).status, statuses[0], "{header} by default");
        for (level, status) in ["error", "warning", "note", "never"].into_iter().zip(statuses) {
            let run = flaw(&folder, header, &["--fail-on", level]);
            assert_eq!(run.status, status, "{header} with --fail-on {level}: {run:#?}");
        }
    }
}

#[test]
fn mistakes_on_the_command_line_are_explained_with_status_2() {
    let folder = Folder::with_rules();
    folder.write("ok.http", "X-Flaw: none");
    let table: &[(&[&str], &[&str])] = &[
        (&[], &["Usage: tokenlint", "check"]),
        (&["chek"], &["chek", "check"]),
        (&["check", "--fale-on", "error"], &["--fale-on", "--fail-on"]),
        (&["check", "ok.http", "--format", "xml"], &["xml", "human, short, json"]),
        (&["check", "ok.http", "--fail-on", "nothing"], &["nothing", "error, warning, note, never"]),
        (&["check", "ok.http", "--as", "jason"], &["jason", "json", "curl"]),
        (&["check", "ok.http", "--color", "sometimes"], &["sometimes", "auto, always, never"]),
        (&["check", "ok.http", "--leeway", "soon"], &["soon"]),
        (&["check", "gone.http"], &["there is no file `gone.http`", "help: check the path"]),
        (&["debug", ""], &["an argument is empty", "help: check that the variable"]),
        (
            &["check", "ok.http", "--expect", "audience=x"],
            &["--expect does not know `audience`", "help: write one of alg"],
        ),
        (&["check", "ok.http", "--expect", "add=x"], &["--expect does not know `add`", "did you mean `aud`?"]),
        (&["check", "ok.http", "--expect", "aud"], &["--expect aud has no `=`", "write it as NAME=VALUE"]),
        (&["check", "ok.http", "--platform", "livechatt"], &["no platform `livechatt`", "did you mean `livechat`?"]),
        (
            &["check", "ok.http", "--select", "platform/scheme-wrnog"],
            &["no rule `platform/scheme-wrnog`", "`platform/scheme-wrong`"],
        ),
        (&["check", "ok.http", "--ignore", "nothing/*"], &["no rule `nothing/*`"]),
        (
            &["check", "ok.http", "--now", "1800000000000"],
            &["has 13 digits", "milliseconds", "leave out the last 3 digits"],
        ),
        (&["check", "ok.http", "--now", "1800000000000000"], &["microseconds", "leave out the last 6 digits"]),
        (&["check", "ok.http", "--now", "tomorrow"], &["--now tomorrow is no time", "2027-01-15T08:00:00Z"]),
        (&["check", "ok.http", "--now", "2027-01-15T08:00:00"], &["is no time", "with an offset"]),
        (&["debug", "ok.http", "--format", "short"], &["short", "human, json"]),
        (&["debug", "ok.http", "--thing", "2"], &["--thing 2: there are 0 things", "write a number from 1 on"]),
        (&["check", "ok.http", "--rules", "gone"], &["there is no folder `gone` with rules"]),
    ];
    for (arguments, words) in table {
        let run = folder.run(arguments);
        run.is(2, words);
        assert_eq!(run.out, "", "{arguments:?} prints on standard output");
    }
}

#[test]
fn all_mistakes_are_told_at_once_and_nothing_is_read() {
    let folder = Folder::new();
    let run = folder.pipe(TOKEN, &["check", "-", "--platform", "nowhere", "--now", "soon", "--expect", "x=1"]);
    run.is(2, &["no platform `nowhere`", "--now soon is no time", "does not know `x`"]);
    assert!(!run.all().contains("dal:"), "{run:#?}");
}

#[test]
fn help_and_version_are_no_mistakes() {
    let folder = Folder::new();
    for arguments in [&["--help"][..], &["check", "--help"], &["help", "check"], &["--version"]] {
        let run = folder.run(arguments);
        run.is(0, &["tokenlint"]);
        assert_eq!(run.err, "");
    }
}

#[test]
fn a_broken_rule_file_is_shown_with_its_place() {
    let broken = |edit: &dyn Fn(String) -> String| {
        let folder = Folder::with_rules();
        folder.write("rules/mine/broken.toml", edit(rule("error")));
        folder.run(&["check", "X-Flaw: error", "--rules", "rules"])
    };
    let misspelt = broken(&|text| text.replace("x-flaw", "x-flaw.colour.of").replace("request", "requests"));
    misspelt
        .is(2, &["there is no fact `requests.header.x-flaw.colour.of`", "rules/mine/broken.toml:11:8", "help: mend"]);
    assert!(misspelt.err.contains("11 │ fact = \"requests.header.x-flaw.colour.of\""), "{misspelt:#?}");
    assert_eq!(misspelt.out, "", "with a broken rule nothing is checked");

    broken(&|text| text + "colour = 1\n").is(2, &["unknown field `colour`", "rules/mine/broken.toml:13:1"]);
    broken(&|text| text.replace("title = ", "title ")).is(2, &["rules/mine/broken.toml:1:"]);
    broken(&|text| text.replace("{value}", "{colour}")).is(2, &["`{colour}` is neither a fact nor", ":6:11"]);
    broken(&|text| text.replace("\"certain\"", "\"likely\"")).is(2, &["a likely rule is at most a warning", ":2:12"]);
    broken(&|text| text.replace("is = \"error\"", "matches = \"(\"")).is(2, &["rules/mine/broken.toml:12:11"]);

    let json = {
        let folder = Folder::new();
        folder.write("rules/mine/broken.toml", rule("fatal"));
        folder.run(&["check", "X-Flaw: error", "--rules", "rules", "--format", "json"])
    };
    let document: serde_json::Value = serde_json::from_str(&json.is(2, &[]).out).unwrap();
    let error = &document["errors"][0];
    assert!(error["message"].as_str().unwrap().contains("unknown variant `fatal`"), "{error}");
    assert_eq!((&error["source"], &error["line"]), (&"rules/mine/broken.toml".into(), &2.into()));
}

#[test]
fn a_rule_of_the_user_must_not_take_an_id_or_close_a_circle() {
    let folder = Folder::new();
    folder.write("rules/platform/scheme-wrong.toml", rule("error"));
    folder
        .run(&["check", "X-Flaw: error", "--rules", "rules"])
        .is(2, &["there is a rule `platform/scheme-wrong` already", "rules/platform/scheme-wrong.toml"]);

    let folder = Folder::new();
    let hides = |id: &str| rule("error").replace("[[when]]", &format!("hides = [\"{id}\"]\n[[when]]"));
    folder.write("rules/mine/one.toml", hides("mine/two"));
    folder.write("rules/mine/two.toml", hides("mine/one"));
    folder
        .run(&["check", "X-Flaw: error", "--rules", "rules"])
        .is(2, &["rules hide each other in a circle: mine/one, mine/two, mine/one"]);

    let folder = Folder::new();
    folder.write("rules/Mine.toml", rule("error"));
    folder.run(&["check", "X-Flaw: error", "--rules", "rules"]).is(2, &["`Mine` is no rule id"]);

    let folder = Folder::new();
    folder.write("rules/platforms/livechat.toml", "title = \"Mine\"\ndocs = \"https://example.com\"\n");
    folder.run(&["check", "X-Flaw: error", "--rules", "rules"]).is(2, &["there is a platform `livechat` already"]);
}

#[test]
fn what_can_be_read_is_checked_though_another_input_cannot() {
    let folder = Folder::with_rules();
    folder.write("bad.txt", "X-Flaw: error\n");
    // Larger than what is read; it takes no room on the disk.
    std::fs::File::create(folder.path().join("huge.txt")).unwrap().set_len(65 * 1024 * 1024).unwrap();
    let flaws = ["--as", "header", "--rules", "rules", "--select", "mine/*"];
    let run = folder.run(&[&["check", "huge.txt", "bad.txt"][..], &flaws].concat());
    run.is(1, &["error[mine/error]: the flaw is error", "not checked: 1 file that is too large (--max-file-size)"]);
    let huge = "note: huge.txt is larger than 64 MB and was not checked; cut out the part with the token, or raise \
                --max-file-size\n";
    assert_eq!(run.err, huge);
    folder.run(&["check", "huge.txt"]).is(0, &["no findings · nothing was checked · not checked: 1 file that is too"]);
    let json = folder.run(&["check", "huge.txt", "--format", "json"]);
    json.is(0, &[r#"{"what":"1 file that is too large","needs":"--max-file-size"}"#]);

    let run = folder.run(&["check", "gone/away.txt", "bad.txt", "--rules", "rules", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&run.is(2, &[]).out).unwrap();
    assert_eq!(document["summary"]["inputs"], 1, "{document}");
    assert!(document["errors"][0]["message"].as_str().unwrap().contains("`gone/away.txt`"), "{document}");

    // One that is met in a walk is only mentioned.
    let run = folder.run(&["check", ".", "--rules", "rules", "--select", "mine/*"]);
    assert_eq!(run.is(0, &[]).err, huge);
}

#[cfg(target_os = "linux")]
#[test]
fn an_error_of_the_system_is_passed_on() {
    // It exists, and reading it fails for everybody.
    let run = Folder::new().run(&["check", "/proc/self/mem"]);
    run.is(2, &["/proc/self/mem: cannot be read: ", "os error"]);
}

#[test]
fn standard_input_is_read_only_when_it_is_asked_for() {
    let folder = Folder::with_rules();
    let flaws = ["--as", "header", "--rules", "rules", "--select", "mine/*"];
    let with = |first: &[&'static str]| [&["check"][..], first, &flaws[..]].concat();
    folder.pipe("X-Flaw: error", &with(&["-"])).is(1, &["<stdin>:1:9"]);
    folder.pipe("X-Flaw: error", &with(&["-", "--stdin-filename", "a/b.http"])).is(1, &["a/b.http:1:9"]);
    folder
        .pipe("X-Flaw: error", &with(&[]))
        .is(2, &["no input was named", "say `-` for the pipe, `.` for this folder"]);
    folder.pipe("", &with(&["-"])).is(0, &["over 0 things in 1 input"]);
    folder.pipe(b"\x7fELF\0\0", &with(&["-"])).is(2, &["<stdin>: is no text", "UTF-8"]);
}

#[cfg(unix)]
#[test]
fn without_input_and_without_a_pipe_this_folder_is_checked() {
    let folder = Folder::with_rules();
    folder.write("one/a.txt", "X-Flaw: error");
    folder.write(".hidden/b.txt", "X-Flaw: warning");
    folder.write("skipped/c.txt", "X-Flaw: error");
    folder.write(".tokenlintignore", "skipped\n");
    folder.write(".git/d.txt", "X-Flaw: error");
    let run = folder.run(&["check", "--as", "header", "--rules", "rules", "--select", "mine/*", "--format", "short"]);
    run.is(1, &[]);
    assert_eq!(
        run.out,
        ".hidden/b.txt:1:9: warning[mine/warning]: the flaw is warning\none/a.txt:1:9: error[mine/error]: the flaw is error\n"
    );
}

#[test]
fn a_folder_that_is_named_is_walked_in_order_with_slashes() {
    let folder = Folder::with_rules();
    for name in ["in/b.txt", "in/a.txt", "in/c/d.txt"] {
        folder.write(name, "X-Flaw: error");
    }
    let run =
        folder.run(&["check", "./in", "--as", "header", "--rules", "rules", "--select", "mine/*", "--format", "short"]);
    let names: Vec<&str> = run.out.lines().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(names, ["in/a.txt", "in/b.txt", "in/c/d.txt"], "{run:#?}");
}

#[test]
fn an_argument_that_is_no_file_is_a_literal_if_it_looks_like_one() {
    let folder = Folder::new();
    let literals = [
        "Authorization: Bearer abc",
        "Bearer abc",
        "https://api.livechatinc.com/v3.6/agent/action/list_chats",
        "curl https://api.livechatinc.com/v3.6/agent/action/list_chats",
        "eyJhbGciOiJub25lIn0.e30.",
        "{\"sub\": \"42\"}",
        "0123456789abcdefghij",
        "#access_token=abc",
        "?code=abc",
        "GET /me.json HTTP/1.1",
        "POST /v3.6/x.json",
        "curl api.example.com/me.json",
        "A token and a sentence. Another one",
        "TOKEN=abc curl a.example/b.json",
        "'abc def.txt'",
        "abc\ndef.http",
        "eyJhbGciOiJub25lIn0 .e30.",
    ];
    for literal in literals {
        let run = folder.run(&["check", literal, "--fail-on", "never"]);
        run.is(0, &["in 1 input"]);
    }
    let with_blanks =
        ["my requst.http", "./my file", "in a folder/x.json", "/no such/file", "C:\\My Files\\a.txt", "a b.c"];
    for path in ["a.http", "no/such/file.sh", "token"].into_iter().chain(with_blanks) {
        folder.run(&["check", path]).is(2, &["there is no file", "--as token"]);
    }
    folder.run(&["check", "token", "--as", "token", "--fail-on", "never"]).is(0, &["in 1 input"]);
    // What exists is a file, whatever its name looks like.
    folder.write("Bearer abc", "nothing");
    let run = folder.run(&["check", "Bearer abc", "--fail-on", "never"]);
    run.is(0, &["in 1 file"]);
}

#[test]
fn every_kind_can_be_named() {
    let folder = Folder::new();
    for kind in [
        "token",
        "header",
        "http",
        "curl",
        "url",
        "json",
        "claims",
        "env",
        "yaml",
        "toml",
        "ini",
        "properties",
        "log",
        "text",
    ] {
        folder.run(&["check", "a: b", "--as", kind, "--fail-on", "never"]).is(0, &["in 1 input"]);
    }
    let claims = ["check", r#"{"sub":"42"}"#, "--as", "claims", "--fail-on", "never"];
    folder.run(&claims).is(0, &["over 1 claims set"]);
}

#[test]
fn text_in_utf16_is_read_and_other_bytes_are_named_and_skipped() {
    let folder = Folder::with_rules();
    let units: Vec<u16> = "\u{feff}X-Flaw: error\r\n".encode_utf16().collect();
    folder.write("little.txt", units.iter().flat_map(|u| u.to_le_bytes()).collect::<Vec<u8>>());
    folder.write("big.txt", units.iter().flat_map(|u| u.to_be_bytes()).collect::<Vec<u8>>());
    folder.write("picture.png", b"\x89PNG\r\n\x1a\n\0\0");
    let flaws = ["--as", "header", "--rules", "rules", "--select", "mine/*", "--format", "short"];
    let run = folder.run(&[&["check", "little.txt", "big.txt", "picture.png"][..], &flaws].concat());
    run.is(1, &["little.txt:1:9: error[mine/error]", "big.txt:1:9: error[mine/error]"]);
    assert_eq!(run.err, "note: picture.png is no text and was not checked\n");
    folder.run(&["check", "picture.png"]).is(0, &["nothing was checked", "picture.png is no text"]);
}

#[test]
fn rules_can_be_chosen() {
    let folder = Folder::with_rules();
    let all = "X-Flaw: error\nX-Flaw: warning\nX-Flaw: note";
    let chosen = |more: &[&str]| {
        let run = flaw(&folder, all, &[&["--format", "json"], more].concat());
        let document: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        let ids: Vec<String> =
            document["findings"].as_array().unwrap().iter().map(|f| f["rule"].as_str().unwrap().to_owned()).collect();
        (run.status, ids.join(" "), document["summary"]["suppressed"].as_u64().unwrap())
    };
    assert_eq!(chosen(&[]), (1, "mine/error mine/warning mine/note".into(), 0));
    assert_eq!(chosen(&["--ignore", "mine/error"]), (0, "mine/warning mine/note".into(), 1));
    assert_eq!(chosen(&["--ignore", "mine/error,mine/note"]), (0, "mine/warning".into(), 2));
    assert_eq!(chosen(&["--ignore", "*"]), (0, String::new(), 3));
    let run = flaw(&folder, all, &["--ignore", "mine/note"]);
    run.is(1, &["1 error, 1 warning · 1 suppressed · 2 rules"]);
}

#[test]
fn where_documents_disagree_strict_takes_the_stricter_reading() {
    let folder = Folder::new();
    let url = "https://api.example.com/v1/me?access_token=NotARealOne_0123456789abcdef";
    for command in ["check", "debug"] {
        folder.run(&[command, url]).is(0, &["warning[request/token-in-query]"]);
        folder.run(&[command, "--strict", url]).is(1, &["error[request/token-in-query]"]);
    }
    folder.run(&["explain", "request/token-in-query"]).is(0, &["(warning, with --strict error, certain)"]);
}

#[test]
fn the_clock_can_be_set_moved_and_taken_away() {
    let folder = Folder::new();
    // {"alg":"HS256"} . {"exp":1800000000}
    let token = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE4MDAwMDAwMDB9.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let clock = |more: &[&str]| folder.run(&[&["check", token, "--fail-on", "never"], more].concat());
    clock(&["--now", "none"]).is(0, &["expiry (--now)"]);
    for now in ["1700000000", "2023-11-14T22:13:20Z", "2023-11-14T23:13:20+01:00"] {
        let run = clock(&["--now", now]);
        run.is(0, &[]);
        assert!(!run.all().contains("(--now)"), "{run:#?}");
    }
    // A file given by name is judged by the clock, a folder is not.
    folder.write("in/token.jwt", token);
    let checked = |input: &str| folder.run(&["check", input, "--fail-on", "never"]).all().contains("(--now)");
    assert_eq!((checked("in/token.jwt"), checked("in")), (false, true));
    assert!(!folder.run(&["check", "in", "--now", "1700000000"]).all().contains("(--now)"));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let folder = Folder::with_rules();
    let mut command = folder.command(&["check", "-", "--as", "header", "--rules", "rules"]);
    let stdio = std::process::Stdio::piped;
    let mut child = command.stdin(stdio()).stdout(stdio()).stderr(stdio()).spawn().unwrap();
    // Nothing is printed before the input ends, so the pipe is closed by then.
    drop(child.stdout.take());
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"X-Flaw: error\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
}

#[test]
fn a_reader_that_has_seen_enough_hides_no_trouble() {
    let folder = Folder::with_rules();
    // It is there, and no file can be written in its place.
    std::fs::create_dir(folder.path().join("report.json")).unwrap();
    folder.write("gone/x", "");
    let formats = ["--format", "json=report.json", "--format", "short"];
    let run = |first: &[&str]| {
        let mut command = folder.command(&[first, &["--as", "header", "--rules", "rules"], &formats].concat());
        let stdio = std::process::Stdio::piped;
        let mut child = command.stdin(stdio()).stdout(stdio()).stderr(stdio()).spawn().unwrap();
        drop(child.stdout.take());
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"X-Flaw: error\n").unwrap();
        child.wait_with_output().unwrap()
    };
    let output = run(&["check", "-"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("report.json: the report cannot be written"), "{said}");
}

#[test]
fn debug_reads_the_pipe_and_ends_like_check() {
    let folder = Folder::with_rules();
    let flawed = folder.pipe("X-Flaw: error", &["debug", "--as", "header", "--rules", "rules", "--select", "mine/*"]);
    flawed.is(1, &["header line", "x-flaw", "here [mine/error]", "error[mine/error]: the flaw is error"]);
    folder.pipe("X-Flaw: none", &["debug", "--as", "header"]).is(0, &["no findings"]);
    // Without a terminal standard input is read, even if nothing is in it.
    folder.run(&["debug"]).is(0, &["no findings"]);
}

#[test]
fn debug_picks_one_of_several() {
    let folder = Folder::new();
    folder.write("two.txt", format!("Authorization: Bearer {TOKEN}\n\nthen\n\nAuthorization: Basic dXNlcjo=\n"));
    let both = folder.run(&["debug", "two.txt"]);
    both.is(
        both.status,
        &["1. header line › Authorization header › Bearer", "2. header line › Authorization header › Basic"],
    );
    let second = folder.run(&["debug", "two.txt", "--thing", "2", "--format", "json"]);
    assert!(second.out.contains("\"number\":2") && !second.out.contains("\"number\":1"), "{second:#?}");
    assert!(!both.all().contains(TOKEN) && !second.all().contains(TOKEN));
}

#[test]
fn rules_and_errors_are_explained() {
    let folder = Folder::new();
    folder.run(&["explain", "time/milliseconds"]).is(0, &["time given in milliseconds", "why:", "fails:", "rfc7519"]);
    folder.run(&["explain", "jwe/*"]).is(0, &["jwe/encrypted", "jwe/truncated"]);
    folder.run(&["explain", "Token", "used", "before", "issued"]).is(0, &["1. time/iat-in-future", "means: `iat`"]);
    folder
        .run(&["explain", "invalid_grant"])
        .is(0, &["LiveChat: invalid_grant", "OAuth 2.0", "pkce/verifier-mismatch"]);
    folder
        .run(&["explain", "time/expird"])
        .is(2, &["nothing is known about `time/expird`", "the nearest are: time/expired"]);
    // Two rows of a contract that differ only in the case of a letter are one message.
    for message in ["Invalid access token", "invalid access token"] {
        let run = folder.run(&["explain", message]);
        assert_eq!(run.out.matches("LiveChat: ").count(), 1, "{run:#?}");
        run.is(0, &[&format!("LiveChat: {message}")]);
    }
    folder.run(&["explain", "xyzzy"]).is(2, &["write a rule id"]);
    folder.run(&["explain"]).is(2, &["WHAT"]);
    // A message may be pasted with the token in it.
    let leak = folder.run(&["explain", &format!("no such token {TOKEN}")]);
    assert!(leak.status == 2 && !leak.all().contains(TOKEN), "{leak:#?}");
    let data = folder.run(&["explain", "jwt expired", "--format", "json"]).out;
    let data: serde_json::Value = serde_json::from_str(&data).unwrap();
    assert_eq!(data["errors"][0]["causes"][0][0], "time/expired");
}

#[test]
fn what_the_program_knows_is_listed() {
    let folder = Folder::new();
    folder.run(&["rules"]).is(0, &["paste/placeholder", "platform/scheme-wrong", "rules; `tokenlint explain RULE`"]);
    let errors = folder.run(&["rules", "--family", "jwe", "--severity", "error"]);
    errors.is(0, &["jwe/truncated"]);
    assert!(!errors.out.contains("jwe/encrypted") && !errors.out.contains("jwt/"), "{errors:#?}");
    folder
        .run(&["rules", "--platforms"])
        .is(0, &["id", "tokens to mint", "livelike", "client-generated", "platforms; `tokenlint rules --platform ID`"]);
    folder
        .run(&["rules", "--platform", "livelike"])
        .is(0, &["livelike/client-id-as-secret", "client-generated access token", "tokens to mint"]);
    let contract = folder.run(&["rules", "--platform", "livechat"]);
    contract.is(0, &["Agent Chat API", "Personal Access Token: Authorization: Basic", "scopes"]);
    folder.run(&["rules", "--family", "jwtt"]).is(2, &["no family `jwtt`", "did you mean `jwt`?"]);
    folder.run(&["rules", "--platform", "live"]).is(2, &["no platform `live`"]);
    let data: serde_json::Value = serde_json::from_str(&folder.run(&["rules", "--format", "json"]).out).unwrap();
    assert!(data["rules"].as_array().unwrap().len() > 300 && data["platforms"].as_array().unwrap().len() >= 3);
}

#[test]
fn completions_and_the_manual_name_every_command() {
    let folder = Folder::new();
    let made = |arguments: &[&str]| {
        let run = folder.run(arguments);
        run.is(0, &["check", "debug", "explain", "rules", "completions", "--fail-on"]);
    };
    for shell in ["bash", "elvish", "fish", "nushell", "powershell", "zsh"] {
        // Fish leaves the dashes of options away.
        if shell == "fish" {
            folder.run(&["completions", shell]).is(0, &["check", "debug", "explain", "fail-on"]);
        } else {
            made(&["completions", shell]);
        }
    }
    folder.run(&["man"]).is(0, &[".TH tokenlint", "check", "debug", "explain", "fail"]);
}
