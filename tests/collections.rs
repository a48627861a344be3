//! Requests as HTTP clients keep them: what is sent is put together as the client does it, each byte leads back to the
//! file, and what the file leaves to somebody else is not known.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

mod common;

use common::lint_text;
use tokenlint::facts::{Fact, Thing};
use tokenlint::finding::Report;
use tokenlint::inspect::inspect;
use tokenlint::load::RuleSet;
use tokenlint::rule::Example;

fn lint(name: &str, text: &str) -> Report {
    let example = Example { filename: Some(name.to_owned()), ..Example::default() };
    lint_text(&RuleSet::builtin(), &example, text)
}

fn fixture(name: &str) -> Report {
    let path = format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    lint(name, &std::fs::read_to_string(path).unwrap())
}

fn facts<'a>(report: &'a Report, path: &str) -> Vec<&'a Fact> {
    report.facts.subjects().flat_map(|(_, s)| s.of_path(path)).collect()
}

fn texts(report: &Report, path: &str) -> Vec<String> {
    facts(report, path).iter().map(|fact| fact.value.to_string()).collect()
}

/// The text of the file to which the first fact of a path leads.
fn given<'a>(report: &'a Report, path: &str) -> &'a str {
    report.sources.text(report.sources.given(facts(report, path)[0].place))
}

/// A Postman collection of one request.
fn postman(request: &str, more: &str) -> Report {
    let text = format!(
        r#"{{"info":{{"name":"a","schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"}},"item":[{{"name":"x","request":{request}}}]{more}}}"#
    );
    lint("a.json", &text)
}

#[test]
fn debug_says_which_request_it_is() {
    for (name, expected) in [
        ("postman/bearer-twice-v2.0.postman_collection.json", "Postman request \"List chats\""),
        ("insomnia/bearer-of-the-folder.json", "Insomnia request \"List chats\""),
        ("insomnia/v5-bearer-of-the-folder.yaml", "Insomnia request \"List chats\""),
        ("bruno/personal-access-token-as-bearer.bru", "Bruno request \"List chats\""),
    ] {
        let report = fixture(name);
        let outline = &inspect(&report, &RuleSet::builtin(), None)[0];
        assert_eq!(common::words(&outline.trail[0]), expected);
    }
}

#[test]
fn values_lead_back_to_where_they_are_defined() {
    let report = fixture("postman/inherited-bearer-with-personal-access-token.postman_collection.json");
    assert_eq!(texts(&report, "request.host"), ["api.livechatinc.com", "api.livechatinc.com"]);
    assert!(given(&report, "credential.value").starts_with("NGFk"));
    assert_eq!(given(&report, "auth.scheme"), "\"bearer\"");
    let report = fixture("bruno/inherited-with-variables.bru");
    assert_eq!(texts(&report, "request.query.limit"), ["10"]);
    assert_eq!(given(&report, "request.host"), "api.livechatinc.com");
    assert_eq!(given(&report, "request.method"), "post");
}

#[test]
fn a_yaml_export_leads_back_to_its_bytes() {
    let report = fixture("insomnia/v5-bearer-of-the-folder.yaml");
    assert_eq!(texts(&report, "request.host"), ["api.livechatinc.com"]);
    assert_eq!(given(&report, "request.host"), "api.livechatinc.com");
    assert_eq!(given(&report, "request.json.limit"), "10");
    assert!(given(&report, "credential.value").starts_with("NGFk"));
    assert_eq!(given(&report, "auth.scheme"), "bearer");
    let all = report.facts.subjects().find(|(_, s)| s.thing == Thing::Request).unwrap().1.place;
    let all = report.sources.text(report.sources.given(all));
    assert!(all.starts_with("url:") && all.ends_with("encodeUrl: true"), "{all}");
    let report = fixture("insomnia/v5-tags-scripts-and-inherited-header.yaml");
    assert_eq!(texts(&report, "request.method"), ["POST", "POST", "POST", "POST", "GET"]);
    assert!(facts(&report, "auth.value").iter().all(|fact| fact.hole));
    assert_eq!(texts(&report, "auth.carrier"), ["header", "header", "header", "form"]);
}

#[test]
fn an_export_that_is_no_yaml_is_searched() {
    let text = "type: collection.insomnia.rest/5.0\n<<<<<<< HEAD\n  - a: [\n=======\nAuthorization: Bearer Bearer abcdefghijklmnopqrstuvwxyz\n";
    assert_eq!(texts(&lint("a.yaml", text), "auth.scheme"), ["Bearer"]);
    let environment = "type: environment.insomnia.rest/5.0\nenvironments:\n  data:\n    access_token: q7Rk2VxN9pLwT4sYb8ZdGf3HjC6mXvE1\n";
    assert_eq!(texts(&lint("a.yaml", environment), "setting.name"), ["access_token"]);
}

#[test]
fn every_way_to_authorise_is_put_together_as_the_client_does() {
    let auth = |auth: &str| {
        postman(
            &format!(
                r#"{{"method":"GET","url":"https://a.example/x","header":[{{"key":"authorization","value":"Token old"}}],"auth":{auth}}}"#
            ),
            "",
        )
    };
    let bearer = auth(r#"{"type":"bearer","bearer":[{"key":"token","value":"abc{{x}}"}]}"#);
    assert_eq!(texts(&bearer, "auth.scheme"), ["Bearer"]);
    assert!(facts(&bearer, "auth.value")[0].hole);
    let basic = auth(r#"{"type":"basic","basic":{"username":"ann","password":"{{p}}"}}"#);
    assert_eq!(texts(&basic, "basic.user"), ["ann"]);
    let key = auth(r#"{"type":"apikey","apikey":[{"key":"key","value":"X-API-Key"},{"key":"value","value":"k1 k2"}]}"#);
    assert_eq!(texts(&key, "request.header.x-api-key"), ["k1 k2"]);
    let query = auth(
        r#"{"type":"apikey","apikey":[{"key":"key","value":"k"},{"key":"value","value":"a b"},{"key":"in","value":"query"}]}"#,
    );
    assert_eq!(texts(&query, "request.query.k"), ["a b"]);
    let oauth = auth(
        r#"{"type":"oauth2","oauth2":[{"key":"accessToken","value":"{{t}}"},{"key":"headerPrefix","value":"Token"}]}"#,
    );
    assert_eq!(texts(&oauth, "auth.scheme"), ["Token"]);
    // Nothing is sent from an empty setting, and nothing is known of the others.
    for open in [r#"{"type":"bearer","bearer":[]}"#, r#"{"type":"awsv4","awsv4":[]}"#, r#"{"type":"oauth2"}"#] {
        let report = auth(open);
        assert!(report.facts.subjects().any(|(_, s)| s.thing == Thing::Request && s.open), "{open}");
    }
}

#[test]
fn a_variable_is_followed_only_where_the_file_settles_it() {
    let request = r#"{"method":"GET","url":"https://{{h}}/x"}"#;
    let value = |more: &str| texts(&postman(request, more), "request.host");
    assert_eq!(
        value(r#","variable":[{"key":"h","value":"{{sub}}.example.com"},{"key":"sub","value":"a"}]"#),
        ["a.example.com"]
    );
    for open in [
        "",
        r#","variable":[{"key":"h","value":""}]"#,
        r#","variable":[{"key":"h","value":"a.example","disabled":true}]"#,
        r#","variable":[{"key":"h","value":"a.example"},{"key":"h","value":"b.example"}]"#,
        r#","variable":[{"key":"h","value":"a.example"}],"event":[{"listen":"prerequest","script":{"exec":["pm.variables.set('h', x)"]}}]"#,
        r#","variable":[{"key":"h","value":"{{h}}"}]"#,
    ] {
        assert!(facts(&postman(request, open), "request.host")[0].hole, "{open}");
    }
}

#[test]
fn the_envelope_of_the_api_is_opened() {
    let text = r#"{"collection":{"info":{"_postman_id":"1","name":"a"},"item":[{"name":"x","request":"https://a.example/y"}]}}"#;
    assert_eq!(texts(&lint("a.json", text), "request.path"), ["/y"]);
}

#[test]
fn other_files_are_not_taken_for_theirs() {
    for (name, text) in [
        ("a.json", r#"{"info":{"title":"An API","version":"1"},"item":[],"openapi":"3.1.0"}"#),
        ("a.json", r#"{"__export_format":4,"data":[]}"#),
        ("a.tf", "resource {\n  a: b\n}\n"),
        ("a.conf", "meta {\n  name: a\n}\nserver localhost;\n"),
        ("a.har", r#"{"log":[]}"#),
    ] {
        let report = lint(name, text);
        assert!(!report.facts.subjects().any(|(_, s)| s.thing == Thing::Request), "{name}: {text}");
    }
}
