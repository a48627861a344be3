//! A recording of a browser or an HTTP client: what concerns us in it is read entry by entry, with exact places, and is
//! judged by the time at which it was sent.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

mod common;

use common::lint_text;
use tokenlint::facts::{Fact, Thing};
use tokenlint::finding::Report;
use tokenlint::inspect::inspect;
use tokenlint::load::RuleSet;
use tokenlint::rule::Example;

fn lint(text: &str) -> Report {
    let example = Example { filename: Some("recording.har".to_owned()), ..Example::default() };
    lint_text(&RuleSet::builtin(), &example, text)
}

fn fixture(name: &str) -> Report {
    let path = format!("{}/fixtures/har/{name}", env!("CARGO_MANIFEST_DIR"));
    lint(&std::fs::read_to_string(path).unwrap())
}

fn facts<'a>(report: &'a Report, path: &str) -> Vec<&'a Fact> {
    report.facts.subjects().flat_map(|(_, s)| s.of_path(path)).collect()
}

fn texts(report: &Report, path: &str) -> Vec<String> {
    facts(report, path).iter().map(|fact| fact.value.to_string()).collect()
}

fn rules(report: &Report) -> Vec<&str> {
    report.findings.iter().map(|f| f.rule.as_ref()).collect()
}

/// A recording with one entry.
fn entry(request: &str, response: &str) -> String {
    format!(
        r#"{{"log":{{"version":"1.1","creator":{{"name":"x","version":"1"}},"entries":[{{"startedDateTime":"2027-01-15T08:00:00.000Z","request":{request},"response":{response}}}]}}}}"#
    )
}

#[test]
fn only_what_concerns_us_is_read_with_its_answer_behind_it() {
    let report = fixture("personal-access-token-as-bearer.har");
    let things: Vec<Thing> =
        report.facts.subjects().filter(|(_, s)| s.parent.is_none()).map(|(_, s)| s.thing).collect();
    assert_eq!(things, [Thing::Request, Thing::Response]);
    assert_eq!(texts(&report, "request.number"), ["4 of 4"]);
    assert_eq!(texts(&report, "request.path"), ["/v3.6/agent/action/list_chats"]);
    assert_eq!(texts(&report, "response.json.error.message"), ["Invalid access token"]);
    let first = &report.findings[0];
    assert!(first.hidden.iter().any(|id| id == "challenge/rejected"), "{:?}", first.hidden);
    let edit = &first.fix.as_ref().unwrap().edits[0];
    assert_eq!(report.sources.text(edit.place), "Bearer");
}

#[test]
fn debug_says_which_entry_it_is() {
    let report = fixture("insomnia-unresolved-variable.har");
    let outline = &inspect(&report, &RuleSet::builtin(), None)[0];
    assert_eq!(common::words(&outline.trail[0]), "HAR entry 1 of 1 \"List chats\"");
}

#[test]
fn a_token_is_judged_by_the_time_at_which_it_was_sent() {
    assert!(rules(&fixture("valid-when-it-was-sent.har")).is_empty());
    // Twice the same token: one mistake.
    let report = fixture("expired-when-it-was-sent.har");
    assert_eq!(rules(&report), ["time/expired"]);
    let message = common::words(&report.findings[0].message);
    assert!(message.contains("10 h 6 min") && message.contains("another entry has the same mistake"), "{message}");
}

#[test]
fn nothing_is_missing_where_no_credential_is_left() {
    let ask = r#"{"method":"POST","url":"https://api.livechatinc.com/v3.6/agent/action/list_chats","headers":[{"name":"Content-Type","value":"application/json"}],"postData":{"mimeType":"application/json","text":"{}"}}"#;
    let answer = r#"{"status":200,"headers":[],"content":{"mimeType":"application/json","text":"{}"}}"#;
    assert!(rules(&lint(&entry(ask, answer))).is_empty());
}

#[test]
fn bodies_are_read_in_every_form() {
    let ask = |data: &str| {
        format!(r#"{{"method":"POST","url":"https://id.example.com/token","headers":[],"postData":{data}}}"#)
    };
    let no_answer = r#"{"status":0,"content":{}}"#;
    for data in [
        r#"{"mimeType":"application/x-www-form-urlencoded","text":"grant_type=refresh_token&client_id=a%20b"}"#,
        r#"{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"grant_type","value":"refresh_token"},{"name":"client_id","value":"a b"}]}"#,
        r#"{"mimeType":"application/x-www-form-urlencoded","text":"","params":[{"name":"grant_type","value":"refresh_token"},{"name":"client_id","value":"a b"}]}"#,
        r#"{"mimeType":"application/x-www-form-urlencoded","encoding":"base64","text":"Z3JhbnRfdHlwZT1yZWZyZXNoX3Rva2VuJmNsaWVudF9pZD1hJTIwYg=="}"#,
        r#"{"mimeType":"application/x-www-form-urlencoded","text":"grant_type=refresh_token&client_id=a%20b","params":[{"name":"client_id","value":"a b"}]}"#,
    ] {
        let report = lint(&entry(&ask(data), no_answer));
        assert_eq!(texts(&report, "token-request.client_id"), ["a b"], "{data}");
        assert_eq!(texts(&report, "request.body_kind"), ["form"], "{data}");
        assert!(!report.facts.subjects().any(|(_, s)| s.thing == Thing::Response), "{data}");
    }
}

#[test]
fn a_query_is_read_once() {
    let ask = r#"{"method":"GET","url":"https://api.example.com/x?access_token=0123456789abcdefghijklmno&a=1","headers":[],"queryString":[{"name":"access_token","value":"0123456789abcdefghijklmno"},{"name":"a","value":"1"}]}"#;
    let report = lint(&entry(ask, r#"{"status":200,"content":{}}"#));
    assert_eq!(texts(&report, "request.query.a"), ["1"]);
    assert_eq!(report.facts.subjects().filter(|(_, s)| s.thing == Thing::Credential).count(), 1);
}

#[test]
fn places_lead_back_through_escapes_and_base64() {
    let ask = r#"{"method":"GET","url":"https:\/\/api.example.com\/x","headers":[{"name":"Authorization","value":"Bearer\u0020\u00e9"}]}"#;
    let answer = r#"{"status":401,"content":{"mimeType":"application/json","encoding":"base64","text":"eyJlcnJvciI6ImludmFsaWRfdG9rZW4ifQ=="}}"#;
    let text = entry(ask, answer);
    let report = lint(&text);
    let given = |path: &str| report.sources.text(report.sources.given(facts(&report, path)[0].place));
    assert_eq!(given("request.host"), "api.example.com");
    assert_eq!(given("auth.scheme"), "Bearer");
    assert_eq!(texts(&report, "response.json.error"), ["invalid_token"]);
    assert_eq!(given("response.status"), "401");
}

/// A recording of one connection and the messages on it.
fn connection(messages: &str) -> Report {
    lint(&format!(
        r#"{{"log":{{"version":"1.2","entries":[{{"startedDateTime":"2027-01-15T07:00:00.000Z","_webSocketMessages":[{messages}],"request":{{"method":"GET","url":"wss://ws.example.com/rtm?organization_id=1#x","headers":[{{"name":"Host","value":"ws.example.com"}}]}},"response":{{"status":101,"headers":[]}}}}]}}}}"#
    ))
}

#[test]
fn a_message_of_a_websocket_is_a_request_with_its_authorization() {
    let report = connection(
        r#"{"type":"send","time":1800000000.25,"opcode":1,"data":"{\"action\":\"login\",\"payload\":{\"token\":\"Bearer abcdefgh12345678\"}}"}"#,
    );
    let things: Vec<Thing> =
        report.facts.subjects().filter(|(_, s)| s.parent.is_none()).map(|(_, s)| s.thing).collect();
    assert_eq!(things, [Thing::Request, Thing::Response, Thing::Request]);
    assert_eq!(texts(&report, "request.form"), ["HAR entry", "WebSocket message in entry"]);
    assert_eq!(texts(&report, "request.url")[1], "wss://ws.example.com/rtm");
    assert_eq!(texts(&report, "request.header.authorization"), ["Bearer abcdefgh12345678"]);
    let given = |path: &str| report.sources.text(report.sources.given(facts(&report, path)[0].place));
    assert_eq!(given("credential.value"), "abcdefgh12345678");
    assert_eq!(given("request.field.authorization"), "\\\"token\\\"");
    // Its time is that of the message: the connection may be hours old.
    assert_eq!(texts(&report, "clock.now")[2..], ["1800000000"]);
}

#[test]
fn of_other_messages_only_json_with_a_credential_is_read() {
    let things = |messages: &str| {
        let report = connection(messages);
        report.facts.subjects().filter(|(_, s)| s.parent.is_none()).skip(2).map(|(_, s)| s.thing).collect::<Vec<_>>()
    };
    assert_eq!(things(r#"{"type":"send","data":"40{\"token\":\"abcdefgh12345678abcdefgh\"}"}"#), [Thing::Json]);
    assert_eq!(things(r#"{"type":"send","data":"{\"payload\":{\"authorization\":\"none\"}}"}"#), [Thing::Json]);
    for none in [
        "",
        r#"{"type":"receive","data":"{\"payload\":{\"token\":\"Bearer abcdefgh12345678\"}}"}"#,
        r#"{"type":"send","data":"{\"text\":\"my token is gone\"}"}"#,
        r#"{"type":"send","data":"token {"}"#,
        r#"{"type":"send"},3,"x""#,
    ] {
        assert_eq!(things(none), [], "{none}");
    }
    let masked = connection(
        r#"{"type":"send","time":"x","data":"{\"type\":\"connection_init\",\"payload\":{\"Authorization\":\"Bearer ***\"}}"}"#,
    );
    assert!(facts(&masked, "auth.value")[0].hole);
}
