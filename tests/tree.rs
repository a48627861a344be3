//! Many inputs at once: folders and lists of files.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::disallowed_types)]

#[path = "common/process.rs"]
mod process;

use process::Folder;

const MINE: [&str; 8] = ["--as", "header", "--rules", "rules", "--select", "mine/*", "--format", "short"];

#[test]
fn many_files_are_told_of_in_order_whoever_finishes_first() {
    let folder = Folder::with_rules();
    let names: Vec<String> = (0..60).map(|n| format!("in/{:02}/{n:02}.txt", n % 7)).collect();
    for (n, name) in names.iter().enumerate() {
        folder.write(name, "X-Other: a\n".repeat(n % 13 * 20) + "X-Flaw: error");
    }
    let mut sorted = names.clone();
    sorted.sort();
    let run = folder.run(&[&["check", "in"], &MINE[..]].concat());
    let told: Vec<&str> = run.out.lines().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(told, sorted);
    let backwards: Vec<&str> = names.iter().rev().map(String::as_str).collect();
    let run = folder.run(&[&["check"], &backwards[..], &MINE[..]].concat());
    let told: Vec<&str> = run.out.lines().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(told, backwards, "files given by name keep their order");
}

#[test]
fn what_is_wrong_with_a_key_is_said_once() {
    let folder = Folder::new();
    let jwk = r#"{"kty":"oct","use":"sig","key_ops":["encrypt"],"k":"cTdSazJWeE45cEx3VDRzWWI4WmRHZjNIakM2bVh2RTE"}"#;
    folder.write("key.json", jwk);
    let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJlLW9mLXRoaXJ0eS10d28tYnl0ZXMtMDA";
    for name in ["a.jwt", "b.jwt", "c.jwt"] {
        folder.write(name, token);
    }
    let arguments = ["check", "a.jwt", "b.jwt", "c.jwt", "--key", "key.json", "--format", "short"];
    let run = folder.run(&arguments);
    let of_key = run.out.lines().filter(|line| line.starts_with("<key 1>")).count();
    let alone = folder.run(&["check", "a.jwt", "--key", "key.json", "--format", "short"]);
    assert!(of_key > 0, "{run:#?}");
    assert_eq!(of_key, alone.out.lines().filter(|line| line.starts_with("<key 1>")).count(), "{run:#?}");
}

#[test]
fn each_file_is_judged_alone() {
    let folder = Folder::new();
    folder.write("a/request.http", "GET /v1/me HTTP/1.1\nHost: api.example.com\n\n");
    folder.write("a/notes.txt", "nothing that could be a token\n");
    let run = folder.run(&["check", "a"]);
    run.is(0, &["1 request in 2 files"]);
}
