//! `--fix` and `--diff`: what is changed, what is not, and that fixing comes to an end.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, clippy::disallowed_types)]

mod common;
#[path = "common/process.rs"]
mod process;

use common::{NOW, given_keys, listing, rule_files};
use process::{Folder, TOKEN};
use tokenlint::fix::{Fixed, Wanted, fix};
use tokenlint::load::{RuleSet, parse_rule};
use tokenlint::options::{Input, Options};
use tokenlint::rule::Example;

const PAT: &str = "NGFkN2Y2YTEtOTNjMi00ZDBlLThiNWYtMmY2YzFlOWE3ZDMwOmZha2UtcGF0LWZvci10ZXN0cw==";

/// A request whose scheme is wrong, which `--fix` knows to mend.
fn request(scheme: &str, end: &str) -> String {
    let authorization = format!("Authorization: {scheme} {PAT}");
    let lines = [
        "POST /v3.6/agent/action/list_chats HTTP/1.1",
        "Host: api.livechatinc.com",
        &authorization,
        "Content-Type: application/json",
        "",
        "{}",
    ];
    lines.join(end) + end
}

fn options(example: &Example) -> Options {
    Options { now: Some(NOW), keys: given_keys(example), platform: example.platform.clone(), ..Options::default() }
}

fn mended(input: &Input, options: &Options, set: &RuleSet) -> Option<Fixed> {
    let look = |text: &str| tokenlint::lint(&Input { text: text.to_owned(), ..input.clone() }, set, options);
    fix(&input.text, &look(&input.text), &look, Wanted { also_unsafe: true, within: None })
}

#[test]
fn fixing_any_example_ends_and_leaves_nothing_that_could_be_fixed() {
    let set = RuleSet::builtin();
    let mut count = 0;
    for (id, text) in rule_files().iter().filter(|(id, _)| !id.starts_with("platforms/")) {
        for example in &parse_rule(id, text).unwrap().bad {
            let name = example.filename.clone().unwrap_or_else(|| "<argument 1>".into());
            let input = Input { name, text: common::text(example), kind: None };
            let options = options(example);
            if let Some(fixed) = mended(&input, &options, &set) {
                count += 1;
                assert_ne!(fixed.text, input.text, "{id}: a fix that changes nothing");
                let again = Input { text: fixed.text.clone(), ..input.clone() };
                let more = mended(&again, &options, &set);
                assert!(more.is_none(), "{id}: {:?} is mended again to {:?}", fixed.text, more.map(|more| more.text));
                let left = fixed.report.findings.iter().filter(|f| f.fix.is_some()).count();
                assert_eq!(left, 0, "{id}\n{}", listing(&fixed.report));
            }
        }
    }
    assert!(count > 200, "{count}");
}

#[test]
fn a_file_is_mended_in_its_line_ends_and_encoding() {
    let folder = Folder::new();
    let utf16 = |text: &str| "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let bytes = |text: String| text.into_bytes();
    let with_mark = |scheme: &str| bytes(format!("\u{feff}{}", request(scheme, "\n")));
    let forms: [(&str, Vec<u8>, Vec<u8>); 4] = [
        ("unix.http", bytes(request("Bearer", "\n")), bytes(request("Basic", "\n"))),
        ("dos.http", bytes(request("Bearer", "\r\n")), bytes(request("Basic", "\r\n"))),
        ("mark.http", with_mark("Bearer"), with_mark("Basic")),
        ("utf16.http", utf16(&request("Bearer", "\r\n")), utf16(&request("Basic", "\r\n"))),
    ];
    for (name, before, after) in forms {
        let path = folder.write(name, &before);
        let diff = folder.run(&["check", "--diff", name]);
        diff.is(1, &["-Authorization: Bearer NGFk…", "+Authorization: Basic NGFk…"]);
        assert!(!diff.all().contains(PAT), "{diff:#?}");
        assert_eq!(std::fs::read(&path).unwrap(), before, "{name}: --diff changes nothing");
        folder.run(&["check", "--fix", name]).is(0, &["no findings", "1 fixed"]);
        assert_eq!(std::fs::read(&path).unwrap(), after, "{name}");
        folder.run(&["check", "--fix", name]).is(0, &["no findings"]);
    }
    folder.run(&["check", "--diff", "unix.http"]).is(0, &["nothing that can be fixed"]);
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names.len(), 4, "{names:?}");
}

#[test]
fn a_header_in_code_is_mended_where_it_stands() {
    let folder = Folder::new();
    let url = "https://api.livechatinc.com/v3.6/agent/action/list_chats";
    let call = format!("await fetch('{url}', {{ method: 'POST', headers, body: '{{}}' }});\n");
    let script = format!("const headers = {{ Authorization: `Bearer {PAT}` }};\n{call}{call}");
    let python =
        format!("PAT = '{PAT}'\nrequests.post('{url}', headers={{'Authorization': 'Bearer ' + PAT}}, json={{}})\n");
    for (name, before) in [("a.js", script), ("a.py", python)] {
        let path = folder.write(name, &before);
        folder.run(&["check", "--fix", name]).is(0, &["no findings", "1 fixed"]);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), before.replace("Bearer", "Basic"), "{name}");
    }
}

#[test]
fn what_is_left_decides_the_status() {
    let folder = Folder::new();
    folder.write("x.http", request("Bearer", "\n").replace("POST", "GET"));
    let run = folder.run(&["check", "--fix", "x.http", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(json["summary"]["fixed"], 1, "{json:#}");
    let left = json["findings"].as_array().unwrap().iter().any(|f| f["severity"] == "error");
    assert_eq!(run.status, i32::from(left), "{run:#?}");
}

#[test]
fn what_has_no_file_is_printed_corrected_without_its_credential() {
    let folder = Folder::new();
    let header = format!("Authorization: Bearer {PAT}");
    let arguments = ["check", "--fix", "--platform", "livechat", "-"];
    let run = folder.pipe(request("Bearer", "\n"), &arguments);
    run.is(1, &["corrected <stdin>", "Authorization: Basic $TOKEN"]);
    assert!(!run.all().contains(PAT), "{run:#?}");
    let run = folder.run(&["check", "--fix", "--platform", "livechat", &header]);
    run.is(1, &["corrected <argument 1>\nAuthorization: Basic $TOKEN\n"]);
    let run = folder.run(&["check", "--fix", "--reveal", "--platform", "livechat", &header]);
    run.is(1, &[&format!("Authorization: Basic {PAT}\n")]);
}

#[test]
fn guesses_are_only_made_when_asked_for() {
    let folder = Folder::new();
    let header = format!("Authorization: Bearer Bearer {TOKEN}");
    let guess = request("Basic", "\n").replace("POST", "GET");
    folder.write("certain.txt", &header);
    folder.write("guess.txt", &guess);
    folder.run(&["check", "--fix", "certain.txt", "--as", "header"]).is(0, &["1 fixed"]);
    folder.run(&["check", "--fix", "guess.txt"]).is(1, &["check --fix=unsafe"]);
    assert_eq!(std::fs::read_to_string(folder.path().join("guess.txt")).unwrap(), guess);
    folder.run(&["check", "--fix=unsafe", "guess.txt"]).is(0, &["1 fixed"]);
    folder.run(&["check", "--diff", "guess.txt", "--format", "json"]).is(2, &["--diff", "--format"]);
    folder.run(&["check", "--fix=all", "guess.txt"]).is(2, &["safe, unsafe"]);
}

#[cfg(unix)]
#[test]
fn links_modes_and_files_that_must_not_be_touched_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = Folder::new();
    let bad = request("Bearer", "\n");
    let real = folder.write("real.http", &bad);
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real.http", folder.path().join("link.http")).unwrap();
    folder.run(&["check", "--fix", "link.http"]).is(0, &["1 fixed"]);
    assert!(std::fs::symlink_metadata(folder.path().join("link.http")).unwrap().is_symlink());
    assert_eq!(std::fs::read_to_string(&real).unwrap(), request("Basic", "\n"));
    assert_eq!(std::fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);

    let locked = folder.write("locked.http", &bad);
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o444)).unwrap();
    folder.run(&["check", "--fix", "locked.http"]).is(2, &["locked.http: is read-only and was not changed", "--diff"]);
    let twice = folder.write("twice.http", &bad);
    std::fs::hard_link(&twice, folder.path().join("other.http")).unwrap();
    folder.run(&["check", "--fix", "twice.http"]).is(2, &["twice.http: has several hard links"]);
    for path in [locked, twice] {
        assert_eq!(std::fs::read_to_string(path).unwrap(), bad);
    }
}
