//! Hand-built reports, as every printer shows them.

mod reports;
mod secrets;

use reports::*;

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
