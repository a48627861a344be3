//! Hand-built reports, as every printer shows them.

mod secrets;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Format, Printer, human, json, short};
use crate::facts::{Path, SubjectId, Thing};
use crate::finding::{Confidence, Edit, Finding, Fix, Label, NotChecked, Report, Severity, Trouble, Word, Words};
use crate::load::RuleSet;
use crate::options::{Input, Options};
use crate::run::Run;
use crate::show::Show;
use crate::source::{Map, Place, SourceId, Span};

const PLAIN: Show = Show { reveal: false, unicode: true };
const WIDE: human::Screen = human::Screen { color: false, width: 100 };

fn words(text: &'static str) -> Words {
    vec![Word::Text(text.into())]
}

fn value(text: &str) -> Word {
    Word::Value { text: text.to_owned(), secret: false }
}

fn label(place: Place, text: &'static str) -> Label {
    Label { place, text: words(text), path: None }
}

fn finding(rule: &'static str, message: Words, subject: SubjectId, labels: Vec<Label>) -> Finding {
    Finding {
        rule: rule.into(),
        severity: Severity::Error,
        confidence: Confidence::Certain,
        message,
        help: None,
        why: "Because it is so.".into(),
        basis: vec!["https://www.rfc-editor.org/rfc/rfc9110#section-11.1".into()],
        labels,
        repair: None,
        code: None,
        fix: None,
        subject,
        platform: None,
        hidden: Vec::new(),
    }
}

fn at(report: &Report, source: SourceId, part: &str) -> Place {
    let start = report.sources.get(source).text.find(part).expect("the part stands in the source");
    Place { source, span: Span::new(start, start + part.len()) }
}

fn one_request() -> Report {
    Report { rules_run: 143, things: 1, ..Report::default() }
}

fn shown(report: &Report, show: Show, screen: human::Screen) -> String {
    let mut out = Vec::new();
    human::write(&Run::from(report.clone()), &show, screen, &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("the report is text")
}

fn as_json(report: &Report, show: Show) -> String {
    json_of(&Run::from(report.clone()), show)
}

fn json_of(run: &Run, show: Show) -> String {
    let mut out = Vec::new();
    json::write(run, &show, 143, &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("the report is text")
}

/// A run in each format.
fn in_every_format(run: &Run, show: Show, screen: human::Screen) -> impl Iterator<Item = (&'static str, String)> {
    let rules = RuleSet::default().rules;
    Format::ALL.iter().map(move |(format, name, _)| {
        let printer = Printer { show, screen, rules: &rules, fails: Some(Severity::Error) };
        let mut out = Vec::new();
        printer.write(*format, run, &mut out).expect("a vector takes everything");
        (*name, String::from_utf8(out).expect("the report is text"))
    })
}

fn as_short(report: &Report, show: Show) -> String {
    let mut out = Vec::new();
    short::write(&Run::from(report.clone()), &show, &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("the report is text")
}

fn troubles(run: &Run) -> String {
    let mut out = Vec::new();
    human::write_troubles(run, &PLAIN, WIDE, &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("the report is text")
}

/// The base64 of `account:dal:…`, 84 characters.
fn basic_pair() -> String {
    base64::engine::general_purpose::STANDARD
        .encode("0f1e2d3c-4b5a-4697-8877-665544332211:dal:NotARealOne_0123456789abc")
}

fn pat_as_bearer() -> Report {
    let mut report = one_request();
    let pair = basic_pair();
    let text = format!(
        "GET /v3.5/agent/action/list_chats HTTP/1.1\nHost: api.livechatinc.com\nAuthorization: Bearer {pair}\n\n"
    );
    let source = report.sources.add_given("list-chats.http", text);
    let whole = report.sources.whole(source);
    let request = report.facts.subject(Thing::Request, None, whole);
    let line = at(&report, source, &format!("Bearer {pair}"));
    let (scheme, credential) = (at(&report, source, "Bearer"), at(&report, source, &pair));
    let carried = report.facts.subject(Thing::Credential, Some(request), line);
    report.facts.add(request, Path::new("request.header.authorization"), format!("Bearer {pair}"), line);
    report.facts.add(carried, Path::new("auth.line"), format!("Bearer {pair}"), line);
    report.facts.add(carried, Path::new("auth.scheme"), "Bearer", scheme);
    report.facts.add(carried, Path::new("auth.value"), pair.clone(), credential);
    report.facts.add(carried, Path::new("credential.value"), pair, credential);
    report.facts.add(carried, Path::new("credential.title"), "Personal Access Token", credential);
    let mut found = finding(
        "platform/scheme-wrong",
        words("a LiveChat Personal Access Token uses the Basic scheme; this request sends Bearer"),
        carried,
        vec![Label { place: scheme, text: words("LiveChat expects Basic here"), path: Some(Path::new("auth.scheme")) }],
    );
    found.help = Some(words("replace `Bearer` by `Basic`; the value stays as it is"));
    found.fix = Some(Fix {
        title: "replace the scheme by `Basic`".into(),
        safe: true,
        edits: vec![Edit { place: scheme, text: "Basic".into(), secret: false }],
    });
    found.platform = Some("livechat".into());
    found.hidden = vec!["platform/credential-not-accepted".into()];
    report.findings.push(found);
    report
}

fn milliseconds() -> Report {
    let mut report = one_request();
    let claims = r#"{"iss":"https://example.com","sub":"42","exp":1800000000000,"note":"ünï"}"#;
    let (header, payload) = (URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#), URL_SAFE_NO_PAD.encode(claims));
    let token = format!("{header}.{payload}.bm90LWEtcmVhbC1zaWduYXR1cmUtYXQtYWxsLTAwMDA");
    let source = report.sources.add_given("token.jwt", format!("{token}\n"));
    let (whole, from) = (at(&report, source, &token), at(&report, source, &payload));
    let decoded = report.sources.add_decoded("claims", claims, from, "base64url", Map::Base64, Vec::new());
    let credential = report.facts.subject(Thing::Credential, None, whole);
    report.facts.add(credential, Path::new("credential.value"), token, whole);
    report.facts.add(credential, Path::new("credential.form"), "jws", whole);
    let exp = at(&report, decoded, "1800000000000");
    report.facts.add(credential, Path::new("jwt.claims.exp"), 1_800_000_000_000_i128, exp);
    let mut found = finding(
        "time/milliseconds",
        vec![
            Word::Text("`exp` is ".into()),
            value("1800000000000"),
            Word::Text(": read as seconds, that is the year 59009".into()),
        ],
        credential,
        vec![Label { place: exp, text: words("milliseconds"), path: Some(Path::new("jwt.claims.exp")) }],
    );
    found.help = Some(words("divide by 1000 before signing: 1800000000"));
    found.basis = vec!["https://www.rfc-editor.org/rfc/rfc7519#section-2".into()];
    report.findings.push(found);
    report.not_checked = vec![
        NotChecked { what: "signature".into(), needs: "--key".into() },
        NotChecked { what: "expiry".into(), needs: "--now".into() },
    ];
    report
}

fn two_sources() -> Report {
    let mut report = Report { rules_run: 143, things: 2, ..Report::default() };
    let first =
        report.sources.add_given("authorize.url", "https://accounts.livechat.com/?redirect_uri=https://a.example/cb\n");
    let second =
        report.sources.add_given("token.http", "POST /token HTTP/1.1\n\nredirect_uri=https://a.example/callback\n");
    let whole = report.sources.whole(first);
    let authorize = report.facts.subject(Thing::Authorize, None, whole);
    let whole = report.sources.whole(second);
    let token = report.facts.subject(Thing::TokenRequest, None, whole);
    let (here, there) = (at(&report, second, "https://a.example/callback"), at(&report, first, "https://a.example/cb"));
    report.facts.add(authorize, Path::new("authorize.redirect_uri"), "https://a.example/cb", there);
    report.findings.push(finding(
        "token-request/redirect-uri-differs",
        words("`redirect_uri` is not the one of the authorization request"),
        token,
        vec![label(here, "sent here"), label(there, "asked for here")],
    ));
    report
}

fn missing_header() -> Report {
    let mut report = one_request();
    let source = report.sources.add_given("me.http", "GET /v1/me HTTP/1.1\r\nHost: api.example.com\r\n\r\n");
    let whole = report.sources.whole(source);
    let request = report.facts.subject(Thing::Request, None, whole);
    let end = at(&report, source, "Host: api.example.com").end();
    let mut found =
        finding("header/missing", words("no credential is sent"), request, vec![label(end, "nothing after this line")]);
    found.severity = Severity::Warning;
    found.help = Some(words("add an `Authorization` header"));
    report.findings.push(found);
    report
}

fn hostile() -> Report {
    let mut report = one_request();
    let text = "\tX-Note: \u{202e}dne\u{2066} \u{1b}]52;c;aGk=\u{7} ##vso[task.setvariable]x ::error::y\tz\u{85}\u{200b}\u{feff}\r\n";
    let source = report.sources.add_given("::error file=x::\u{1b}[2J\u{202e}a##[error].http", text);
    let whole = report.sources.whole(source);
    let request = report.facts.subject(Thing::Request, None, whole);
    let place = at(&report, source, "dne");
    report.findings.push(finding(
        "header/control",
        vec![Word::Text("the value is ".into()), value("::set-output ##[x]\u{9b}31m\n::error::\u{2028}")],
        request,
        vec![label(place, "turned around")],
    ));
    report
}

#[test]
fn a_header_is_shown_with_the_credential_shortened() {
    insta::assert_snapshot!("header", shown(&pat_as_bearer(), PLAIN, WIDE));
}

#[test]
fn a_claim_is_shown_decoded_with_the_place_it_came_from() {
    insta::assert_snapshot!("claim", shown(&milliseconds(), PLAIN, WIDE));
}

#[test]
fn labels_in_two_sources_are_two_excerpts() {
    insta::assert_snapshot!("two_sources", shown(&two_sources(), PLAIN, WIDE));
}

#[test]
fn what_is_missing_is_marked_where_it_is_missing() {
    insta::assert_snapshot!("missing", shown(&missing_header(), PLAIN, WIDE));
}

#[test]
fn a_long_line_is_cut_around_its_labels() {
    let mut report = one_request();
    let words_of = |word: &str| format!("{word} ").repeat(90);
    let text = format!("before {}\n{}here {}there {}\n", words_of("a"), words_of("b"), words_of("c"), words_of("d"));
    let source = report.sources.add_given("long.txt", text);
    let whole = report.sources.whole(source);
    let subject = report.facts.subject(Thing::Text, None, whole);
    let labels = vec![label(at(&report, source, "here"), "one"), label(at(&report, source, "there"), "other")];
    report.findings.push(finding("code/long", words("a long line"), subject, labels));
    insta::assert_snapshot!("long_line", shown(&report, PLAIN, WIDE));
    insta::assert_snapshot!("long_line_60", shown(&report, PLAIN, human::Screen { color: false, width: 60 }));
}

#[test]
fn a_narrow_screen_breaks_sentences_at_blanks() {
    insta::assert_snapshot!("header_60", shown(&pat_as_bearer(), PLAIN, human::Screen { color: false, width: 60 }));
}

#[test]
fn hostile_text_is_shown_for_what_it_is() {
    insta::assert_snapshot!("hostile", shown(&hostile(), PLAIN, WIDE));
    insta::assert_snapshot!("hostile_short", as_short(&hostile(), PLAIN));
}

#[test]
fn ascii_is_ascii() {
    for report in [hostile(), pat_as_bearer(), missing_header(), two_sources()] {
        let text = shown(&report, Show { unicode: false, ..PLAIN }, WIDE);
        assert!(text.is_ascii(), "{text}");
    }
    insta::assert_snapshot!("header_ascii", shown(&pat_as_bearer(), Show { unicode: false, ..PLAIN }, WIDE));
}

#[test]
fn colours_are_the_only_escapes_and_links_are_plain() {
    let text = shown(&pat_as_bearer(), PLAIN, human::Screen { color: true, width: 100 });
    insta::assert_snapshot!("header_color", text.replace('\u{1b}', "<ESC>"));
    assert!(!text.contains("\u{1b}]"), "no OSC sequence");
    assert!(!shown(&pat_as_bearer(), PLAIN, WIDE).contains('\u{1b}'));
}

#[test]
fn no_printer_lets_a_control_or_a_ci_command_through() {
    let show = Show { unicode: false, reveal: true };
    for (format, text) in in_every_format(&Run::from(hostile()), show, WIDE) {
        assert!(!text.chars().any(|c| c != '\n' && crate::show::is_unsafe(c)), "{text:?}");
        let is_ours = |line: &str| format == "github" && line.starts_with("::error file=");
        assert!(!text.lines().any(|line| line.trim_start().starts_with("::") && !is_ours(line)), "{text}");
        assert!(!text.contains("##"), "{text}");
    }
}

#[test]
fn short_is_one_line_a_finding() {
    assert_eq!(
        as_short(&pat_as_bearer(), PLAIN),
        "list-chats.http:3:16: error[platform/scheme-wrong]: a LiveChat Personal Access Token uses the Basic scheme; \
         this request sends Bearer\n"
    );
    assert!(as_short(&milliseconds(), PLAIN).starts_with("token.jwt:1:8"), "a claim leads back to the given bytes");
}

#[test]
fn json_says_everything() {
    // The members stand in the order of the documentation: a line each, to be read.
    let pretty = |report: &Report| as_json(report, PLAIN).replace(",\"", ",\n\"").replace(":{\"", ":{\n\"");
    insta::assert_snapshot!("json_header", pretty(&pat_as_bearer()));
    insta::assert_snapshot!("json_claim", pretty(&milliseconds()));
}

#[test]
fn an_edit_that_holds_a_credential_is_left_out_of_json() {
    let mut report = pat_as_bearer();
    let edit = |report: &mut Report, text: &str, secret| {
        let fix = report.findings[0].fix.as_mut().expect("it has a fix");
        (fix.edits[0].text, fix.edits[0].secret) = (text.to_owned(), secret);
    };
    edit(&mut report, "anything", true);
    assert!(as_json(&report, PLAIN).contains(r#""edits":null"#));
    assert!(as_json(&report, Show { reveal: true, ..PLAIN }).contains(r#""text":"anything""#));
    edit(&mut report, &format!("Basic {}", basic_pair()), false);
    assert!(as_json(&report, PLAIN).contains(r#""edits":null"#), "though nobody said that it is secret");
    edit(&mut report, "\u{202e}##[x", false);
    let value: serde_json::Value = serde_json::from_str(&as_json(&report, PLAIN)).expect("JSON");
    assert_eq!(value["findings"][0]["fix"]["edits"][0]["text"], "\u{202e}##[x", "exact once it is parsed");
}

#[test]
fn a_fingerprint_outlives_the_credential_and_the_line_number() {
    let print = |report: &Report, show| {
        let value: serde_json::Value = serde_json::from_str(&as_json(report, show)).expect("JSON");
        value["findings"][0]["fingerprint"].as_str().map(str::to_owned)
    };
    let build = |before: &str, token: &str| {
        let mut report = one_request();
        let source = report.sources.add_given("a.env", format!("{before}TOKEN={token} # for x\n"));
        let place = at(&report, source, token);
        let subject = report.facts.subject(Thing::Credential, None, place);
        report.facts.add(subject, Path::new("credential.value"), token, place);
        report.findings.push(finding("secret/x", words("x"), subject, vec![label(place, "x")]));
        report
    };
    let one = print(&build("", "NotARealToken0123456789abcd"), PLAIN);
    assert_eq!(one, print(&build("# more\n", "AnotherTokenOfOtherLength9876543210"), PLAIN));
    assert_eq!(one, print(&build("", "NotARealToken0123456789abcd"), Show { reveal: true, unicode: false }));
    assert_ne!(one, print(&build("A", "NotARealToken0123456789abcd"), PLAIN));
}

#[test]
fn troubles_have_their_excerpt() {
    let mut run = Run::failed(Vec::new());
    run.troubles.push(Trouble {
        message: "unknown field `messages`".into(),
        help: Some("write `message`".into()),
        source: Some("rules/time/x.toml".into()),
        text: Some("title = \"x\"\nmessages = \"y\"\n".into()),
        span: Some(Span::new(12, 20)),
    });
    run.troubles.push(Trouble {
        message: "no such file".into(),
        source: Some("a\u{1b}[2J.http".into()),
        ..Trouble::default()
    });
    run.troubles
        .push(Trouble { message: "`sk_live_NotARealOne0123456789abcdef` is no file".into(), ..Trouble::default() });
    insta::assert_snapshot!("troubles", troubles(&run));
    let value: serde_json::Value = serde_json::from_str(&json_of(&run, PLAIN)).expect("JSON");
    assert_eq!((&value["errors"][0]["line"], &value["errors"][0]["column"]), (&2.into(), &1.into()));
    assert!(!value.to_string().contains("NotARealOne"));
}

#[test]
fn the_summary_counts() {
    let summary = |run: &Run| {
        let mut out = Vec::new();
        human::write(run, &PLAIN, WIDE, &mut out).expect("a vector takes everything");
        String::from_utf8(out).expect("the report is text")
    };
    let report = |name: &str| {
        let mut report = Report { rules_run: 1, suppressed: 2, left_out: 1, ..Report::default() };
        report.sources.add_given(name, "");
        report
    };
    let mut run = Run::from(report("a"));
    run.count(report("b"));
    let expected =
        "no findings · 2 more not shown · 4 suppressed · 1 rule over 0 things in 2 files · nothing left unchecked\n";
    assert_eq!(summary(&run), expected);
    let value: serde_json::Value = serde_json::from_str(&json_of(&run, PLAIN)).expect("JSON");
    assert_eq!(value["summary"]["left_out"], 2);
    for (format, text) in in_every_format(&run, PLAIN, WIDE) {
        let says = match format {
            "github" => "not shown here: 2 more of the same rules",
            "sarif" => "2 more findings of the same rules are left out",
            "markdown" => "<p>2 more findings not shown here</p>",
            _ => continue,
        };
        assert!(text.contains(says), "{format}: {text}");
    }
    let run = Run::from(Report { suppressed: 0, left_out: 0, ..report("<stdin>") });
    assert_eq!(summary(&run), "no findings · 1 rule over 0 things in 1 input · nothing left unchecked\n");
}
