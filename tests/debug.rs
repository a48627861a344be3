//! What `tokenlint debug` shows: layers, verdicts, the picture of time; at several widths, with and without Unicode and
//! colour; and nothing that must not be seen.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{NOW, text};
use tokenlint::facts::Thing;
use tokenlint::finding::Finding;
use tokenlint::inspect::{Verdict, inspect};
use tokenlint::load::RuleSet;
use tokenlint::options::{Input, Options};
use tokenlint::report::human::Screen;
use tokenlint::report::{json, tree};
use tokenlint::rule::Example;
use tokenlint::run::Run;
use tokenlint::show::Show;

const UNICODE: Show = Show { reveal: false, unicode: true };
const ASCII: Show = Show { reveal: false, unicode: false };
const PLAIN: Screen = Screen { color: false, width: 100 };

const LIVELIKE: &str =
    r#"{"iss":"DemoShopDemoShopDemoShopDemoShopDemoShop","iat":@{now:+19800},"custom_profile_id":42}"#;
const CURL: &str = "curl -X PATCH https://cf-blast.livelikecdn.com/api/v1/applications/DemoShopDemoShopDemoShopDemoShopDemoShop/profile/ -H 'Authorization: Bearer @{jwt}' -H 'Content-Type: application/json' -d '{\"nickname\":\"x\"}'";
const ACCESS: &str = r#"{"iss":"https://id.example.com","sub":"42","aud":["https://api.example.com","account"],"iat":@{now:-60},"nbf":@{now:-60},"exp":@{now:+3540},"auth_time":@{now:-4000},"scope":"read write","address":{"city":"X"}}"#;

/// The text of an input with the marks of rule examples filled in.
fn filled(input: &str, header: &str, claims: &str) -> String {
    text(&Example {
        input: Some(input.into()),
        header: (!header.is_empty()).then(|| header.into()),
        claims: (!claims.is_empty()).then(|| claims.into()),
        ..Example::default()
    })
}

fn options() -> Options {
    Options { now: Some(NOW), ..Options::default() }
}

fn debugged(text: &str, options: &Options, show: Show, screen: Screen) -> String {
    let set = RuleSet::builtin();
    let input = Input { name: "<stdin>".into(), text: text.into(), kind: None };
    let report = tokenlint::lint(&input, &set, options);
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(1));
    let mut out = Vec::new();
    let outlines = inspect(&report, &set, Some(&zone));
    tree::write(&[outlines], &Run::from(report), &show, screen, &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("the report is text")
}

fn snapshot(name: &str, shown: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/debug");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, shown));
}

#[test]
fn every_kind_of_input_has_its_picture() {
    let jwe = r#"{"alg":"RSA-OAEP","enc":"A256GCM","kid":"k1"}"#;
    for (name, input, header, claims) in [
        ("curl_command", CURL, "", LIVELIKE),
        ("access_token", "@{jwt}", r#"{"alg":"RS256","typ":"at+jwt","kid":"2027-01"}"#, ACCESS),
        ("basic", "Authorization: Basic @{b64:api-user:@{fill:16}}", "", ""),
        ("jwe", "Bearer @{header}.@{bytes:256}.@{bytes:12}.@{bytes:40}.@{bytes:16}", jwe, ""),
        (
            "authorize_url",
            "https://as.example.com/authorize?response_type=code&client_id=web&redirect_uri=https%3A%2F%2Fapp.example.com%2Fcb&state=Zx81qLm0",
            "",
            "",
        ),
        (
            "token_request",
            "curl https://as.example.com/oauth/token -d grant_type=authorization_code -d code=@{fill:24} -d client_id=web -d client_secret=@{fill:40}",
            "",
            "",
        ),
        (
            "token_response",
            r#"{"access_token":"dal:@{fill:28}","expires_in":28800,"token_type":"Bearer","scope":"chats--all:ro","refresh_token":"@{fill:40}"}"#,
            "",
            "",
        ),
        (
            "answer",
            "HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Bearer error=\"invalid_token\"\nContent-Type: application/json\n\n{\"error\":\"invalid_token\"}",
            "",
            "",
        ),
        ("quoted", "Authorization: Bearer \"@{jwt}\"", "", ""),
        ("two_tokens", "first: Authorization: Bearer @{jwt}\n\nthen\n\nAuthorization: Bearer uat@{fill:40}\n", "", ""),
        ("claims", "@{claims}", "", ACCESS),
        ("variable", "curl -H \"Authorization: Bearer $TOKEN\" https://octopus.livepush.io/streams/mine", "", ""),
    ] {
        let input = if name == "claims" { filled(ACCESS, "", "") } else { filled(input, header, claims) };
        snapshot(name, &debugged(&input, &options(), UNICODE, PLAIN));
    }
}

#[test]
fn it_fits_every_screen() {
    let input = filled(CURL, "", LIVELIKE);
    for width in [60, 80, 120] {
        let shown = debugged(&input, &options(), UNICODE, Screen { color: false, width });
        snapshot(&format!("width_{width}"), &shown);
    }
    let ascii = debugged(&input, &options(), ASCII, PLAIN);
    assert!(ascii.is_ascii(), "{ascii}");
    snapshot("ascii", &ascii);
    let colored = debugged(&input, &options(), UNICODE, Screen { color: true, width: 80 });
    let plain = debugged(&input, &options(), UNICODE, Screen { color: false, width: 80 });
    assert_eq!(without_escapes(&colored), plain);
    assert_ne!(colored, plain);
}

fn without_escapes(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain += before;
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    plain + rest
}

#[test]
fn what_is_known_is_praised() {
    let input = filled("@{jwt}", "", ACCESS);
    let expect = vec![("aud".to_owned(), vec!["https://api.example.com".to_owned()])];
    let set = RuleSet::builtin();
    let report = tokenlint::lint(
        &Input { name: "<stdin>".into(), text: input, kind: None },
        &set,
        &Options { expect, ..options() },
    );
    let outlines = inspect(&report, &set, None);
    let verdict = |name: &str| {
        let mut parts = outlines.iter().flat_map(|o| &o.layers).flat_map(|l| &l.parts);
        parts.find(|p| p.name == name).map(|p| p.verdict)
    };
    assert_eq!(verdict("aud"), Some(Verdict::Pass));
    assert_eq!(verdict("exp"), Some(Verdict::Pass));
    assert_eq!(verdict("iss"), Some(Verdict::Shown));
    assert_eq!(verdict("signature"), Some(Verdict::Unchecked));
    assert_eq!(outlines.first().and_then(|o| o.signature), Some(Verdict::Unchecked));
}

#[test]
fn where_kinds_look_alike_the_name_tells_which() {
    let sent = "curl https://accounts.livechat.com/v2/token -d 'grant_type=refresh_token&client_id=a&refresh_token=dal:@{fill:28}'";
    for input in [sent, r#"{"refresh_token":"dal:@{fill:28}"}"#, "refresh_token=dal:@{fill:28}"] {
        let shown = debugged(&filled(input, "", ""), &options(), UNICODE, PLAIN);
        assert!(shown.contains("LiveChat, refresh token (by label)"), "{shown}");
        assert!(!shown.contains("OAuth access token"), "{shown}");
    }
}

#[test]
fn every_finding_is_at_some_part() {
    let set = RuleSet::builtin();
    for (id, file) in common::rule_files() {
        if id.starts_with("platforms/") {
            continue;
        }
        let file = tokenlint::load::parse_rule(&id, &file).expect("the rule is right");
        for example in file.bad {
            let report = common::lint(&set, &example);
            let outlines = inspect(&report, &set, None);
            // A comment that speaks to tokenlint is no part of what it looks at.
            let is_shown = |f: &&Finding| report.facts.get(f.subject).thing != Thing::Suppression;
            for finding in report.findings.iter().filter(is_shown) {
                let mut flaws = outlines.iter().flat_map(|o| &o.layers).flat_map(|l| &l.parts).flat_map(|p| &p.flaws);
                assert!(flaws.any(|flaw| flaw.rule == finding.rule), "{id}: {} is nowhere", finding.rule);
            }
        }
    }
}

#[test]
fn no_secret_is_shown() {
    let secrets = ["@{fill:16}", "@{fill:24}", "@{fill:40}", "@{signature}"].map(|s| filled(s, "", LIVELIKE));
    let inputs = [
        filled(CURL, "", LIVELIKE),
        filled("Authorization: Basic @{b64:api-user:@{fill:16}}", "", ""),
        filled("curl -u 'api-user:@{fill:16}' https://api.example.com", "", ""),
        filled(r#"{"access_token":"@{fill:40}","refresh_token":"@{fill:24}","token_type":"Bearer"}"#, "", ""),
        filled("https://app.example.com/cb?code=@{fill:24}&state=x#access_token=@{fill:40}", "", ""),
        filled(
            "curl https://as.example.com/token -d client_secret=@{fill:40} -d password=@{fill:16} -d grant_type=password",
            "",
            "",
        ),
    ];
    let set = RuleSet::builtin();
    for input in inputs {
        let given = Input { name: "<stdin>".into(), text: input.clone(), kind: None };
        let report = tokenlint::lint(&given, &set, &options());
        let (outlines, run) = ([inspect(&report, &set, None)], Run::from(report));
        let mut shown = Vec::new();
        tree::write(&outlines, &run, &UNICODE, PLAIN, &mut shown).expect("a vector takes everything");
        json::write_outlines(&outlines, &run, &UNICODE, 1, &mut shown).expect("a vector takes everything");
        let shown = String::from_utf8(shown).expect("the report is text");
        for secret in secrets.iter().filter(|secret| input.contains(secret.as_str())) {
            assert!(!shown.contains(secret.as_str()), "{secret} of {input} is in\n{shown}");
        }
        let mut revealed = Vec::new();
        let open = Show { reveal: true, unicode: true };
        tree::write(&outlines, &run, &open, PLAIN, &mut revealed).expect("a vector takes everything");
        let revealed = String::from_utf8(revealed).expect("the report is text");
        assert!(revealed.len() > 20, "{revealed}");
    }
}
