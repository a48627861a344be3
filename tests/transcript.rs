//! What curl prints about a transfer: every form gives the same messages, each byte leads back to where it stands, and
//! the cause of what the server answered comes first.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

mod common;

use common::lint_text;
use tokenlint::facts::{Fact, Thing};
use tokenlint::finding::{Report, Severity};
use tokenlint::load::RuleSet;
use tokenlint::rule::Example;

fn lint(text: &str) -> Report {
    let example = Example { filename: Some("transcript.txt".to_owned()), ..Example::default() };
    lint_text(&RuleSet::builtin(), &example, text)
}

fn fixture(name: &str) -> String {
    let path = format!("{}/fixtures/transcripts/{name}", env!("CARGO_MANIFEST_DIR"));
    String::from_utf8(std::fs::read(path).unwrap()).unwrap()
}

fn facts<'a>(report: &'a Report, path: &str) -> Vec<&'a Fact> {
    report.facts.subjects().flat_map(|(_, s)| s.of_path(path)).collect()
}

fn texts(report: &Report, path: &str) -> Vec<String> {
    facts(report, path).iter().map(|fact| fact.value.to_string()).collect()
}

const FORMS: &[&str] = &["verbose.txt", "verbose-with-head.txt", "trace.txt", "trace-ascii.txt"];

#[test]
fn every_form_holds_the_same_exchange() {
    for form in FORMS {
        let report = lint(&fixture(form));
        assert_eq!(texts(&report, "request.path"), ["/v3.6/agent/action/list_chats"], "{form}");
        assert_eq!(texts(&report, "request.host"), ["api.livechatinc.com"], "{form}");
        assert_eq!(texts(&report, "response.status"), ["401"], "{form}");
        assert_eq!(texts(&report, "response.json.error.message"), ["Invalid access token"], "{form}");
        let things: Vec<Thing> =
            report.facts.subjects().filter(|(_, s)| s.parent.is_none()).map(|(_, s)| s.thing).collect();
        assert_eq!(things, [Thing::Request, Thing::Response], "{form}");
    }
}

#[test]
fn only_a_trace_shows_what_was_sent() {
    for (form, body) in [("verbose.txt", 0), ("trace.txt", 1), ("trace-ascii.txt", 1)] {
        assert_eq!(facts(&lint(&fixture(form)), "request.body").len(), body, "{form}");
    }
}

#[test]
fn places_lead_back_to_the_transcript() {
    for form in FORMS {
        let text = fixture(form);
        let report = lint(&text);
        let place = report.sources.given(facts(&report, "auth.scheme")[0].place);
        let given = report.sources.text(place);
        let expected = if *form == "trace.txt" { "42 65 61 72 65 72" } else { "Bearer" };
        assert_eq!(given, expected, "{form}");
    }
}

#[test]
fn the_cause_of_the_answer_leads_and_says_so() {
    for form in FORMS {
        let report = lint(&fixture(form));
        let first = &report.findings[0];
        assert_eq!((first.rule.as_ref(), first.severity), ("platform/scheme-wrong", Severity::Error), "{form}");
        assert!(first.hidden.iter().any(|id| id == "challenge/rejected"), "{form}: {:?}", first.hidden);
        let answer = first.labels.last().unwrap().place;
        assert_eq!(report.sources.text(answer), "\"Invalid access token\"", "{form}");
    }
}

#[test]
fn an_error_without_a_cause_in_the_request_is_explained() {
    let report = lint(&fixture("redacted-http2.txt"));
    let rules: Vec<&str> = report.findings.iter().map(|f| f.rule.as_ref()).collect();
    assert_eq!(rules, ["challenge/rejected"]);
    assert_eq!(report.findings[0].severity, Severity::Note);
}

#[test]
fn a_likely_cause_of_a_certain_error_is_an_error() {
    let request = "GET /orders HTTP/1.1\nHost: api.example.com\nAuthorization: Bearer YOUR_TOKEN_HERE\n\n";
    let answer = "HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Bearer error=\"invalid_token\"\n";
    let report = lint(&format!("{request}{answer}"));
    assert_eq!((report.findings[0].rule.as_ref(), report.findings[0].severity), ("paste/placeholder", Severity::Error));
    assert_eq!(report.findings.len(), 1);
}

#[test]
fn an_answer_behind_the_progress_meter_is_read() {
    let text = "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n                                 Dload  Upload   Total   Spent    Left  Speed\n\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0\r100    75  100    75    0     0  87924      0 --:--:-- --:--:-- --:--:-- 75000\nHTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\n\r\n{\"error\": \"invalid_token\"}\n";
    let report = lint(text);
    assert_eq!(texts(&report, "response.status"), ["401"]);
    assert_eq!(texts(&report, "error.error"), ["invalid_token"]);
    assert_eq!(texts(&lint(&text.replace("HTTP/1.1 401", "no answer")), "response.status"), [""; 0]);
}

/// A terminal session: the command, and below it what the server answered.
const SESSION: &str = "$ curl -i -X POST https://api.livechatinc.com/v3.6/agent/action/list_chats \\\n    -H 'Authorization: Bearer NGFkN2Y2YTEtOTNjMi00ZDBlLThiNWYtMmY2YzFlOWE3ZDMwOmZyYTpmYWtlZmFrZWZha2U=' \\\n    -H 'Content-Type: application/json' -d '{}'\nHTTP/2 401\ncontent-type: application/json\nwww-authenticate: Bearer error=\"invalid_token\"\n\n{\"error\":{\"type\":\"authentication\",\"message\":\"Invalid access token\"}}%\n$ echo it\\'s done\n";

fn assert_is_one_exchange(report: &Report, what: &str) {
    let things: Vec<Thing> =
        report.facts.subjects().filter(|(_, s)| s.parent.is_none()).map(|(_, s)| s.thing).collect();
    assert_eq!(things, [Thing::Request, Thing::Response], "{what}");
    assert_eq!(texts(report, "response.status"), ["401"], "{what}");
    assert_eq!(texts(report, "response.json.error.message"), ["Invalid access token"], "{what}");
    assert_eq!(texts(report, "paired.request.host"), ["api.livechatinc.com"], "{what}");
    let first = &report.findings[0];
    assert_eq!((first.rule.as_ref(), first.severity), ("platform/recipe-wrong", Severity::Error), "{what}");
    assert!(first.hidden.iter().any(|id| id == "challenge/rejected"), "{what}: {:?}", first.hidden);
    assert_eq!(report.findings.len(), 1, "{what}");
}

#[test]
fn an_answer_below_a_command_belongs_to_it() {
    assert_is_one_exchange(&lint(SESSION), "a text");
    for name in ["<stdin>", "session.sh", "session.log"] {
        let example = Example { filename: Some(name.to_owned()), ..Example::default() };
        assert_is_one_exchange(&lint_text(&RuleSet::builtin(), &example, SESSION), name);
    }
    let bare = SESSION.strip_prefix("$ ").unwrap().split("%\n").next().unwrap();
    assert_is_one_exchange(&lint(bare), "without a prompt");
}

#[test]
fn an_answer_in_a_block_of_a_document_belongs_to_the_command() {
    for language in ["console", "shell-session", "bash", ""] {
        let example = Example { filename: Some("notes.md".to_owned()), ..Example::default() };
        let text = format!("# Trouble\n\nIt says no:\n\n```{language}\n{SESSION}```\n\nWhy?\n");
        let report = lint_text(&RuleSet::builtin(), &example, &text);
        assert_is_one_exchange(&report, language);
    }
}

#[test]
fn what_curl_says_on_the_way_below_a_command_is_passed_over() {
    let example = Example { filename: Some("notes.md".to_owned()), ..Example::default() };
    let verbose = "* Connected to api.livechatinc.com port 443\n> POST /v3.6/agent/action/list_chats HTTP/2\n> Host: api.livechatinc.com\n> \n< HTTP/2 401\n< content-type: application/json\n< \n{\"error\":{\"type\":\"authentication\",\"message\":\"Invalid access token\"}}\n* Connection #0 to host api.livechatinc.com left intact\n";
    let (command, _) = SESSION.split_once("HTTP/2 401").unwrap();
    let text = format!("```console\n{}{verbose}```\n", command.replace("-i", "-v"));
    assert_is_one_exchange(&lint_text(&RuleSet::builtin(), &example, &text), "verbose");
}

#[test]
fn each_command_has_its_own_answer() {
    let ok = "$ curl -i https://api.example.com/health\nHTTP/1.1 200 OK\n\nfine\n";
    let report = lint(&format!("{ok}{SESSION}"));
    assert_eq!(texts(&report, "response.status"), ["200", "401"]);
    assert_eq!(texts(&report, "paired.request.host"), ["api.example.com", "api.livechatinc.com"]);
    assert_eq!(report.findings[0].rule, "platform/recipe-wrong");
}
