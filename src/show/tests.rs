//! Named attacks on whoever reads the output, and what credentials look like.

use super::*;
use crate::facts::{Path, Thing};
use crate::source::{Hole, Map, Span};

const SHOW: Show = Show { reveal: false, unicode: true };
const ASCII: Show = Show { reveal: false, unicode: false };

#[test]
fn credentials_are_shortened() {
    let long = "eyJhbGciOiJub25lIn0.eyJzdWIiOiI0MiJ9.";
    assert_eq!(SHOW.secret(long), "eyJh… (37 characters)");
    assert_eq!(ASCII.secret(long), "eyJh... (37 characters)");
    assert_eq!(SHOW.secret(&format!("Bearer {long}")), "Bearer eyJh… (37 characters)");
    assert_eq!(SHOW.secret(&format!("bearer Bearer: {long}")), "bearer Bearer: eyJh… (37 characters)");
    assert_eq!(SHOW.secret("dal:NotARealOne_0123456789abcdef"), "dal:… (32 characters)");
    assert_eq!(SHOW.secret("sk_live_NotARealOne0123456789"), "sk_live_… (29 characters)");
    assert_eq!(SHOW.secret("under 24: nothing shown"), "… (23 characters)");
    assert_eq!(SHOW.secret("x"), "… (1 character)");
    assert_eq!(SHOW.secret(""), "");
    assert_eq!(SHOW.secret("Bearer"), "Bearer");
    assert_eq!(Show { reveal: true, ..SHOW }.secret(long), long);
}

#[test]
fn attack_osc_8_link() {
    assert_eq!(SHOW.safe("\u{1b}]8;;https://evil.example\u{7}x\u{1b}]8;;\u{7}"), "␛]8;;https://evil.example␇x␛]8;;␇");
}

#[test]
fn attack_osc_52_clipboard() {
    assert_eq!(SHOW.safe("\u{1b}]52;c;cm0gLXJm\u{1b}\\"), "␛]52;c;cm0gLXJm␛\\");
    assert_eq!(ASCII.safe("\u{1b}]52"), "<U+001B>]52");
}

#[test]
fn attack_c1_control_sequence() {
    assert_eq!(SHOW.safe("\u{9b}2J\u{9d}0;title\u{9c}\u{85}"), "⟨U+009B⟩2J⟨U+009D⟩0;title⟨U+009C⟩⟨U+0085⟩");
}

#[test]
fn attack_carriage_return_overwrites_the_line() {
    assert_eq!(SHOW.safe("evil\rgood\u{8}\u{7f}\n"), "evil␍good␈␡␊");
}

#[test]
fn attack_bidi_override_turns_text_around() {
    assert_eq!(SHOW.safe("a\u{202e}b\u{2066}c\u{2069}\u{200f}\u{61c}"), "a⟨U+202E⟩b⟨U+2066⟩c⟨U+2069⟩⟨U+200F⟩⟨U+061C⟩");
}

#[test]
fn attack_invisible_characters() {
    assert_eq!(
        SHOW.safe("\u{feff}a\u{200b}b\u{2060}c\u{ad}\u{a0}\u{2028}\u{2029}\u{e0041}"),
        "⟨U+FEFF⟩a⟨U+200B⟩b⟨U+2060⟩c⟨U+00AD⟩⟨U+00A0⟩⟨U+2028⟩⟨U+2029⟩⟨U+E0041⟩"
    );
}

#[test]
fn attack_ci_commands() {
    assert_eq!(SHOW.safe("##vso[task.complete]"), "# #vso[task.complete]");
    assert_eq!(SHOW.safe("a ##[error] ##teamcity[x ###[x"), "a # #[error] # #teamcity[x ## #[x");
    assert_eq!(SHOW.safe("  ::add-mask::x"), "  : :add-mask::x");
    assert_eq!(disarm("a\n::error::x\n a::b"), "a\n: :error::x\n a::b");
    assert_eq!(SHOW.safe("## a heading, a::b"), "## a heading, a::b");
    for text in ["##[", "::x", "###[", "##a##[", "::: "] {
        assert_eq!(disarm(&SHOW.safe(text)), SHOW.safe(text), "once is enough for {text}");
    }
}

#[test]
fn text_of_unknown_origin_is_searched() {
    assert_eq!(
        SHOW.text("error: unexpected argument 'q8XvZt3kL9Wm2Rb7H4x9Pd5T' found in /home/me/projects/requests"),
        "error: unexpected argument 'q8Xv… (24 characters)' found in /home/me/projects/requests"
    );
}

fn view_of(text: &str, facts: &[(&'static str, &str)], shown: impl Fn(View, SourceId)) {
    let mut sources = Sources::new();
    let id = sources.add_given("x", text);
    let mut table = Facts::new();
    let subject = table.subject(Thing::Request, None, sources.whole(id));
    for (path, value) in facts {
        let start = text.find(value).expect("the value stands in the text");
        table.add(subject, Path::new(path), *value, Place { source: id, span: Span::new(start, start + value.len()) });
    }
    shown(View::new(SHOW, &sources, &table), id);
}

fn first_line(view: &View, id: SourceId) -> String {
    let place = Place { source: id, span: Span::empty(0) };
    let label = crate::finding::Label { place, text: Vec::new(), path: None };
    let excerpt = view.excerpts(&[label], 300).remove(0);
    excerpt.text.lines().next().unwrap_or("").to_owned()
}

#[test]
fn only_what_is_secret_of_a_header_is_hidden() {
    let line = |text: &'static str, facts: &[(&'static str, &str)], want: &'static str| {
        view_of(text, facts, |view, id| assert_eq!(first_line(&view, id), want));
    };
    line(
        "Cookie: theme=dark; session=hunter2hunter2",
        &[("request.header.cookie", "theme=dark; session=hunter2hunter2")],
        "Cookie: theme=… (4 characters); session=… (14 characters)",
    );
    line(
        "Set-Cookie: a=hunter2; Path=/",
        &[("response.header.set-cookie", "a=hunter2; Path=/")],
        "Set-Cookie: a=… (7 characters); Path=/",
    );
    line(r#"{"token": "hunter2"}"#, &[("json.token", r#""hunter2""#)], r#"{"token": "… (7 characters)"}"#);
    line(
        "https://me:hunter2@a.example",
        &[("request.userinfo", "me:hunter2")],
        "https://… (2 characters):… (7 characters)@a.example",
    );
    line(
        "me@example.com%3Adal:x",
        &[("basic.text", "me@example.com%3Adal:x")],
        "… (14 characters)%3A… (3 characters):… (1 character)",
    );
    // The name says that it may be a credential, whatever API reads it.
    for (path, header) in [
        ("request.header.x-password", "X-Password"),
        ("request.header.x-shop-session", "X-Shop-Session"),
        ("response.header.x-csrf-token", "X-Csrf-Token"),
    ] {
        let text = format!("{header}: hunter2");
        let shown = format!("{header}: … (7 characters)");
        view_of(&text, &[(path, "hunter2")], |view, id| assert_eq!(first_line(&view, id), shown));
    }
    line(
        "Idempotency-Key: 7",
        &[("request.header.idempotency-key", "7"), ("request.header.x-pin-length", "7")],
        "Idempotency-Key: 7",
    );
    line(
        "-u 'me:hunter2$TOKEN'",
        &[("auth.value", "me:hunter2$TOKEN"), ("hole.literal", "$TOKEN")],
        "-u '… (10 characters)$TOKEN'",
    );
    line(
        "Authorization: Foo hunter2",
        &[("auth.line", "Foo hunter2"), ("auth.scheme", "Foo")],
        "Authorization: Foo … (7 characters)",
    );
    line(
        "Authorization: q8XvZt3kL9 x",
        &[("auth.line", "q8XvZt3kL9 x"), ("auth.scheme", "q8XvZt3kL9")],
        "Authorization: … (12 characters)",
    );
}

#[test]
fn passwords_beside_the_line_in_question_are_hidden() {
    view_of("API_TOKEN=x\nDB_PASSWORD=hunter2\n", &[], |view, id| {
        let place = Place { source: id, span: Span::empty(10) };
        let label = crate::finding::Label { place, text: Vec::new(), path: None };
        let excerpt = view.excerpts(&[label], 300).remove(0);
        assert_eq!(excerpt.text, "API_TOKEN=x\nDB_PASSWORD=… (7 characters)\n");
        assert_eq!(view.value("http://me:pa55@a.example"), "http://me:… (4 characters)@a.example");
    });
}

#[test]
fn identifiers_and_words_stay_in_an_excerpt() {
    let text = r#"{"aud":"1234567890-q8xvzt3kl9wm2rb7.apps.example.com","x":"q8XvZt3kL9Wm2Rb7H4x9Pd5T"}"#;
    view_of(text, &[("jwt.claims.aud", "1234567890-q8xvzt3kl9wm2rb7.apps.example.com")], |view, id| {
        assert_eq!(
            first_line(&view, id),
            r#"{"aud":"1234567890-q8xvzt3kl9wm2rb7.apps.example.com","x":"q8Xv… (24 characters)"}"#
        );
    });
}

#[test]
fn a_password_that_is_a_word_does_not_hide_the_word() {
    view_of("password=password", &[("request.param.password", "password")], |view, _| {
        assert_eq!(view.value("your password here"), "your password here");
    });
    view_of("p=correct-horse", &[("basic.password", "correct-horse")], |view, _| {
        assert_eq!(view.value("it is correct-horse!"), "it is … (13 characters)!");
        assert_eq!(view.value("the horse is correct"), "the horse is correct");
    });
}

#[test]
fn a_hole_is_shown_and_what_stands_beside_it_is_not() {
    let mut sources = Sources::new();
    let given = sources.add_given("x", "'hunter2hunter2$TOKEN' dal:$PAT");
    let hole = |start, end, name: &str| Hole { span: Span::new(start, end), name: name.into() };
    let mut builder = crate::source::Builder::new();
    let text = sources.get(given).text.clone();
    builder.copy(&text, Span::new(0, text.len()));
    let (text, map) = builder.finish();
    let holes = vec![hole(15, 21, "TOKEN"), hole(27, 31, "PAT")];
    let from = sources.whole(given);
    let word = sources.add_decoded("shell word", text, from, "shell quoting", map, holes);
    let mut facts = Facts::new();
    let subject = facts.subject(Thing::Credential, None, from);
    for span in [Span::new(1, 21), Span::new(23, 31)] {
        let place = Place { source: word, span };
        let value = sources.text(place).to_owned().into();
        facts.push(subject, crate::facts::Fact { path: Path::new("auth.value"), value, place, hole: true });
    }
    let view = View::new(SHOW, &sources, &facts);
    assert_eq!(first_line(&view, given), "'… (14 characters)$TOKEN' dal:$PAT");
    assert_eq!(first_line(&view, word), "'… (14 characters)$TOKEN' dal:$PAT");
}

#[test]
fn a_long_value_is_cut_after_credentials_are_shortened() {
    view_of("hunter2hunter2X9", &[("auth.value", "hunter2hunter2X9")], |view, _| {
        let text = format!("{}hunter2hunter2X9{}", "a ".repeat(78), "b ".repeat(90));
        assert_eq!(view.value(&text), format!("{}… (1…", "a ".repeat(78)));
        assert_eq!(view.value("short"), "short");
    });
}

#[test]
fn an_excerpt_of_an_outer_or_inner_layer_hides_the_same_credential() {
    let mut sources = Sources::new();
    let given = sources.add_given("x", "q=aHVudGVyMjpodW50ZXIy");
    let from = Place { source: given, span: Span::new(2, 22) };
    let inner = sources.add_decoded("pair", "hunter2:hunter2", from, "base64", Map::Base64, Vec::new());
    let mut facts = Facts::new();
    let subject = facts.subject(Thing::Credential, None, from);
    facts.add(subject, Path::new("basic.password"), "hunter2", Place { source: inner, span: Span::new(8, 15) });
    facts.add(subject, Path::new("basic.text"), "hunter2:hunter2", sources.whole(inner));
    let view = View::new(SHOW, &sources, &facts);
    assert_eq!(first_line(&view, inner), "… (7 characters):… (7 characters)");
    assert!(!first_line(&view, given).contains("dW50ZXIy"), "{}", first_line(&view, given));
}
