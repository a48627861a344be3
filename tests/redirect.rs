//! Redirect URIs against the registered one: the eleven pairs that LiveChat documents for its rule (the registered path
//! is contained in the sent one), and the same pairs where a server compares the whole text.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::words;
use tokenlint::finding::{Finding, Report};
use tokenlint::load::RuleSet;
use tokenlint::options::{Input, Options};

/// Registered, sent, accepted if contained, accepted if compared as text, a word of the difference.
const PAIRS: [(&str, &str, bool, bool, &str); 11] = [
    ("http://livechat.com", "http://livechat.com", true, true, ""),
    ("http://livechat.com", "http://livechat.com/archives", true, false, "path"),
    ("http://livechat.com", "http://livechat.com/archives/../", false, false, "path"),
    ("http://livechat.com/archives", "http://livechat.com", false, false, "path"),
    ("http://livechat.com/archives", "http://livechat.com/archives", true, true, ""),
    ("http://livechat.com/archives", "http://livechat.com/archives/chats", true, false, "path"),
    ("http://localhost:3000", "http://localhost:3000", true, true, ""),
    ("http://127.0.0.1:3000", "http://127.0.0.1:3000", true, true, ""),
    ("http://localhost:3000", "http://localhost:4000", false, false, "port"),
    ("https://livechat.com", "http://livechat.com", false, false, "is https"),
    ("http://livechat.com", "https://livechat.com", false, false, "is http"),
];

const CONTRACT: &str = r#"
title = "By part"
docs  = "https://login.example/docs"

[oauth]
scope-separator = " "
redirect        = "contains"
basis           = "https://login.example/docs"

[[oauth.endpoint]]
id    = "authorize"
title = "authorization endpoint"
urls  = ["https://login.example/authorize"]
basis = "https://login.example/docs"
"#;

fn rules() -> RuleSet {
    let mut set = RuleSet::builtin();
    set.add("platforms/by-part", CONTRACT).expect("the contract is right");
    set
}

fn authorize(host: &str, sent: &str, registered: &[&str]) -> Report {
    let uri = sent.replace(':', "%3A").replace('/', "%2F").replace('?', "%3F").replace('#', "%23");
    let text = format!("https://{host}/authorize?response_type=code&client_id=web&state=Zx81qLm0&redirect_uri={uri}");
    let registered = registered.iter().map(|uri| (*uri).to_owned()).collect();
    let options = Options { expect: vec![("redirect_uri".to_owned(), registered)], ..Options::default() };
    tokenlint::lint(&Input { name: "<argument 1>".into(), text, kind: None }, &rules(), &options)
}

fn mismatch(report: &Report) -> Option<&Finding> {
    report.findings.iter().find(|f| f.rule == "authorize/redirect-uri-mismatch")
}

/// Compares at a server; `accepts` says whether this pair is taken there.
fn compared(host: &str, accepts: fn(contains: bool, exact: bool) -> bool) {
    for (registered, sent, contains, exact, word) in PAIRS {
        let report = authorize(host, sent, &[registered]);
        let found = mismatch(&report);
        assert_eq!(found.is_none(), accepts(contains, exact), "{registered} registered, {sent} sent");
        if let Some(found) = found {
            let message = words(&found.message);
            assert!(message.contains(word), "{message:?} does not say {word:?}");
        }
    }
}

#[test]
fn a_platform_that_asks_for_containment_accepts_what_it_documents() {
    compared("login.example", |contains, _| contains);
}

#[test]
fn any_other_server_compares_the_whole_text() {
    compared("as.example.com", |_, exact| exact);
}

#[test]
fn containment_forbids_query_and_fragment_and_counts_the_registered_slash() {
    for (registered, sent, word) in [
        ("https://a.example/cb", "https://a.example/cb?x=1", "query"),
        ("https://a.example/cb", "https://a.example/cb/%2e%2e/x", "`..`"),
        ("https://a.example/cb/", "https://a.example/cb", "trailing slash"),
        ("https://a.example/cb", "https://a.example/CB", "upper and lower case"),
        ("https://a.example/cb", "https://www.a.example/cb", "www."),
    ] {
        let report = authorize("login.example", sent, &[registered]);
        let message = words(&mismatch(&report).expect(sent).message);
        assert!(message.contains(word), "{message:?} does not say {word:?}");
    }
    assert!(mismatch(&authorize("login.example", "https://a.example/cb/", &["https://a.example/cb"])).is_none());
}

#[test]
fn one_of_several_is_enough_and_the_nearest_is_named() {
    let registered = ["https://b.example/cb", "https://a.example/cb/"];
    assert!(mismatch(&authorize("as.example.com", "https://b.example/cb", &registered)).is_none());
    let report = authorize("as.example.com", "https://a.example/cb", &registered);
    let found = mismatch(&report).expect("it differs");
    assert!(words(&found.message).contains("trailing slash"));
    assert!(words(found.help.as_ref().expect("has help")).contains("https://a.example/cb/"));
}
