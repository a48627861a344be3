//! Whatever stands in an input, no printer shows a credential of it, and none fails.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;

/// Numbers that look random and are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn text(&mut self, alphabet: &str, length: usize) -> String {
        (0..length).filter_map(|_| alphabet.chars().nth(self.below(alphabet.len()))).collect()
    }
}

/// A finding about a secret that stands in several places, of which the facts know only one; in a file whose name and
/// other values hold it too.
fn with_secret(numbers: &mut Numbers) -> (Run, String) {
    const ALPHABETS: [&str; 4] = [
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        "0123456789abcdef",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!$%&*@#",
    ];
    let alphabet = ALPHABETS[numbers.below(ALPHABETS.len())];
    let length = 10 + numbers.below(400);
    let secret = numbers.text(alphabet, length);
    let padding = "word ".repeat(numbers.below(500));
    let scheme = ["Bearer ", "Token ", "Basic ", "", "token="][numbers.below(5)];
    let text = format!("{padding}# {secret}\nauthorization: {scheme}{secret} {padding}\n{padding}again/{secret}/x\n");
    let mut report = one_request();
    let source = report.sources.add_given(format!("dir/{secret}.http"), text);
    let line = at(&report, source, &format!("{scheme}{secret} "));
    let known = line.part(scheme.len(), scheme.len() + secret.len());
    let subject = report.facts.subject(Thing::Credential, None, known);
    report.facts.add(subject, Path::new("auth.value"), secret.clone(), known);
    let (from, to) = (numbers.below(length), numbers.below(length));
    let part = known.part(from.min(to), from.max(to));
    let anywhere = numbers.below(report.sources.get(source).text.len());
    let anywhere =
        Place { source, span: Span::new(anywhere, (anywhere + 30).min(report.sources.get(source).text.len())) };
    let tail = secret.get(from.min(to)..).unwrap_or("").to_owned();
    let mut found = finding(
        "secret/x",
        vec![
            Word::Text("it is ".into()),
            value(&format!("https://a.example/{tail}?x=1")),
            Word::Value { text: secret.clone(), secret: true },
        ],
        subject,
        vec![
            Label { place: part, text: vec![value(&secret)], path: Some(Path::new("request.query").join(&secret)) },
            label(anywhere, "anywhere"),
            label(known, "all"),
        ],
    );
    found.help = Some(vec![Word::Text("say ".into()), value(&format!("{scheme}{secret}"))]);
    found.fix = Some(Fix {
        title: format!("put {secret} away"),
        safe: false,
        edits: vec![Edit { place: known, text: format!("x{secret}"), secret: false }],
    });
    report.findings.push(found);
    let mut run = Run::from(report);
    run.troubles =
        vec![Trouble { message: format!("cannot read {secret}"), source: Some(secret.clone()), ..Trouble::default() }];
    (run, secret)
}

#[test]
fn no_format_shows_a_secret_or_eight_characters_of_one() {
    let mut numbers = Numbers(42);
    for round in 0..200 {
        let (run, secret) = with_secret(&mut numbers);
        let pieces: HashSet<&[u8]> = secret.as_bytes().windows(8).collect();
        let screen = human::Screen { color: round % 2 == 0, width: 20 + round };
        for show in [PLAIN, Show { unicode: false, ..PLAIN }] {
            let told = [("troubles", troubles(&run))];
            for (format, text) in in_every_format(&run, show, screen).chain(told) {
                let shown = text.as_bytes().windows(8).find(|piece| pieces.contains(piece));
                let shown = shown.map(String::from_utf8_lossy);
                assert!(shown.is_none(), "round {round}, {format}: {shown:?} in {text}");
            }
        }
    }
}

#[test]
fn any_span_of_any_text_can_be_shown() {
    let texts = [
        "",
        "\n",
        "\r\n",
        "a",
        "é",
        "é\n\n\nü",
        "a\r\nb\r\n",
        "日本語 \u{1f600}\u{301}\nx",
        "\t\tx\t\n",
        "a\n\n\n\n\n\n\n\n\nb",
    ];
    for text in texts {
        for start in 0..=text.len() {
            for end in start..=text.len() {
                let mut report = one_request();
                let source = report.sources.add_given("x", text);
                let place = |start, end| Place { source, span: Span::new(start, end) };
                let subject = report.facts.subject(Thing::Text, None, place(0, text.len()));
                // A credential of any length at any place, and labels that cross it and each other.
                report.facts.add(subject, Path::new("auth.value"), "x", place(start, text.len().min(start + 3)));
                let labels =
                    vec![label(place(start, end), "one"), label(place(end, end), "two"), label(place(0, end), "")];
                report.findings.push(finding("x/y", words("x"), subject, labels));
                for show in [PLAIN, Show { reveal: true, ..PLAIN }] {
                    let out = shown(&report, show, WIDE);
                    assert!(!out.contains("Failed to read"), "{out}");
                    assert!(out.contains("[x:"), "{out}");
                    in_every_format(&Run::from(report.clone()), show, WIDE).for_each(drop);
                }
            }
        }
    }
}

/// A report on a text as the engine reads it, with a finding at every fact that quotes its value.
fn every_fact(name: &str, text: &str) -> Report {
    let input = Input { name: name.to_owned(), text: text.to_owned(), kind: None };
    let mut report = crate::lint(&input, &RuleSet::default(), &Options::default());
    for (id, subject) in report.facts.subjects() {
        for fact in subject.facts() {
            let quoted = Word::Value { text: fact.value.to_string(), secret: fact.path.is_secret() };
            let label = Label { place: fact.place, text: vec![quoted.clone()], path: Some(fact.path.clone()) };
            report.findings.push(finding("x/y", vec![quoted], id, vec![label]));
        }
    }
    report
}

#[test]
fn whatever_fact_a_rule_is_about_no_credential_is_shown() {
    let secret = "q8XvZt3kL9Wm2Rb7H4x9Pd5TfG6yJ1sN";
    let (header, payload) = (URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#), URL_SAFE_NO_PAD.encode(r#"{"sub":"42"}"#));
    let token = format!("{header}.{payload}.{secret}");
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("me@example.com:{secret}"));
    let inputs = [
        format!("GET /me HTTP/1.1\nHost: api.example.com\nAuthorization: Bearer {token}\n\n"),
        format!("Authorization: Bearer Bearer {secret}\n"),
        format!("Authorization: Basic {pair}\n"),
        format!("GET /me HTTP/1.1\nHost: api.example.com\nCookie: a=b; access_token={secret}\nX-Api-Key: {secret}\n\n"),
        format!("https://me:{secret}@api.example.com/cb?client_secret={secret}&code={secret}#access_token={token}"),
        format!(
            "POST /token HTTP/1.1\nHost: a.example\nContent-Type: application/json\n\n{{\"refresh_token\": \"{secret}\", \"code\": \"{secret}\"}}"
        ),
        format!("{{\"access_token\": \"{token}\", \"token_type\": \"Bearer\", \"refresh_token\": \"{secret}\"}}"),
        format!("{{\"password\": \"{secret}\", \"nested\": [{{\"api_key\": \"{secret}\"}}]}}"),
        token.clone(),
        secret.to_owned(),
    ];
    let credentials = [secret.to_owned(), token.clone(), pair.clone()];
    let pieces: HashSet<&[u8]> = credentials.iter().flat_map(|c| c.as_bytes().windows(8)).collect();
    for input in &inputs {
        let report = every_fact("x.txt", input);
        assert!(!report.findings.is_empty(), "something is recognised in {input}");
        for (format, text) in in_every_format(&Run::from(report), PLAIN, WIDE) {
            let piece = text.as_bytes().windows(8).find(|piece| pieces.contains(piece)).map(String::from_utf8_lossy);
            assert!(piece.is_none(), "{format}: {piece:?} of {input}\n{text}");
        }
    }
}
