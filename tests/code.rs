//! Source code, whatever is in it: nothing panics, every place is one, no literal of a credential is shown, and the time
//! it takes grows with the text. A test suite's own mistakes are notes.

#![allow(clippy::unwrap_used)]

mod common;

use common::{lint_text, text};
use tokenlint::finding::{Report, Severity};
use tokenlint::load::RuleSet;
use tokenlint::report::human;
use tokenlint::rule::Example;
use tokenlint::show::Show;

/// Code with mistakes and oddities, and a name that says which language it is.
const SEEDS: &[(&str, &str)] = &[
    (
        "a.py",
        "import jwt\nnow = time.time() * 1000\nh = {\"Authorization\": f\"Basic {base64.b64encode(b'@{fill:30}')}\"}\nt = jwt.encode({'sub': 1, 'exp': now}, '@{fill:30}', algorithm='none')",
    ),
    (
        "a.ts",
        "const t = jwt.sign({ iss: id, iat: +new Date(), exp: `é${a}` }, id, { expiresIn: '1' }); // x\nf({ 'Authorisation': `Bearer ${`${t}`}`, Authorization: \"Bearer\" + token, x: /[/'\"]/ })",
    ),
    (
        "a.php",
        "<p>é</p><?php $a = ['exp' => (int) (microtime(true) * 1000), 'iss' => $s]; $b = <<<EOT\n x\nEOT; curl(\"Authorization: Bearer\" . $token); ?> '",
    ),
    (
        "a.rb",
        "x = { iat: (Time.now.to_f * 1000).to_i, sub: 'é' }\ny = <<~EOS + %w[a b]\n 'c\nEOS\nr['Authorization'] = \"Basic #{Base64.encode64(\"#{u}:@{fill:30}\")}\"",
    ),
    (
        "a.cs",
        "var c = new { sub = $\"{a[\"b\"]}\", iat = (int)DateTime.Now.Subtract(new DateTime(1970, 1, 1)).TotalSeconds, x = @\"é\"\"\\\" };",
    ),
    ("a.rs", "let c = Claims { sub: r#\"é\"#, exp: Utc::now().timestamp_millis() as usize, x: '\\'', y: &'a () };"),
    (
        "b.ts",
        "const K = 'é@{fill:30}', h = { Authorization: `Token ${K}`, ...x };\nawait fetch(`https://api.stripe.com/v1/charges/${id}?é=${[1]}`, { method: 'post', headers: h, body: JSON.stringify({ a: [1, { b: \"é\" }], c }) });\naxios.post<A>('https://api.stripe.com/v1/a', { b: 1 }, { headers: { Authorization: `Token ${K}` }, params: { d: 'e&é' }, auth: { username: 'é', password: p } })",
    ),
    (
        "b.py",
        "URL = 'https://api.stripe.com/v1/charges'\nr = requests.post(URL, headers={'Authorization': 'Token @{fill:30}', **x}, params={'é': 1}, data=dict(a='b'))",
    ),
    (
        "b.go",
        "req, err := http.NewRequest(http.MethodPost, \"https://api.stripe.com/v1/é\", strings.NewReader(`{\"a\": 1}`))\nreq.Header.Set(\"Authorization\", \"Token @{fill:30}\")\nf(req)",
    ),
    (
        "a.swift",
        "let token = 1; let h = [\"Authorization\": \"Bearer {token}\", \"iat\": #\"\\(x)\"#, \"exp\": \"\\(f(\"é\"))\"] // token",
    ),
];

/// What a byte is changed into.
const BYTES: &[u8] = b"\0\n\"'`({})=\\$#/\xc3";

fn lint(set: &RuleSet, name: &str, text: &str) -> Report {
    lint_text(set, &Example { filename: Some(name.to_owned()), ..Example::default() }, text)
}

fn check(set: &RuleSet, name: &str, text: &str) {
    let report = lint(set, name, text);
    for (_, subject) in report.facts.subjects() {
        for place in subject.facts().iter().map(|fact| fact.place).chain([subject.place]) {
            let given = report.sources.given(place);
            assert!(report.sources.get(given.source).text.get(given.span.range()).is_some(), "{name}: {text:?}");
        }
    }
}

fn seeds() -> impl Iterator<Item = (&'static str, String)> {
    SEEDS.iter().map(|(name, seed)| (*name, text(&Example { input: Some((*seed).to_owned()), ..Example::default() })))
}

#[test]
fn every_part_and_every_change_of_code_is_survived() {
    let set = RuleSet::builtin();
    for (name, seed) in seeds() {
        for (at, _) in seed.char_indices() {
            check(&set, name, &seed[..at]);
            check(&set, name, &seed[at..]);
            let mut bytes = seed.clone().into_bytes();
            bytes[at] = BYTES[at % BYTES.len()];
            check(&set, name, &String::from_utf8_lossy(&bytes));
        }
    }
}

#[test]
fn code_shows_no_literal_of_a_credential() {
    let set = RuleSet::builtin();
    let secret = text(&Example { input: Some("@{fill:30}".into()), ..Example::default() });
    for (name, seed) in seeds() {
        let report = lint(&set, name, &seed);
        assert!(!report.findings.is_empty(), "nothing is found in {seed:?}");
        let out = shown(&report);
        assert!(!out.contains(&secret[4..16]), "{out}");
    }
}

/// The findings as a person sees them.
fn shown(report: &Report) -> String {
    let mut out = Vec::new();
    let screen = human::Screen { color: false, width: 100 };
    human::write_findings(report, &Show { reveal: false, unicode: true }, screen, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn deep_wide_and_endless_code_is_survived() {
    let set = RuleSet::builtin();
    const N: usize = 4000;
    let names: String = (0..N).map(|i| format!("a{} = a{} + a{}\n", i + 1, i, i)).collect();
    let nested: String = (0..N).map(|i| format!("a{} = {{b: a{}, c: a{}}};\n", i + 1, i, i)).collect();
    let inputs = [
        ("a.js", "jwt.sign({exp:".repeat(N)),
        ("a.js", "`${".repeat(N)),
        ("a.js", "auth = /[//".repeat(N)),
        ("a.js", "exp: (".repeat(N) + "Date.now()"),
        ("a.py", "auth = {'exp': ".repeat(N)),
        ("a.py", "f'{auth".repeat(N)),
        ("a.py", format!("{names}jwt.encode({{'exp': a{N}}}, k)")),
        ("a.rb", "token <<~A\n".repeat(N)),
        ("a.rs", "/* auth ".repeat(N)),
        ("a.rs", "r#\"auth'".repeat(N)),
        ("a.php", "<?php auth ?> <<<A ".repeat(N)),
        ("a.py", "h = {\"Authorization\": \"Bearer\" + token}\n".repeat(N)),
        ("a.py", "x = {'iat': time.time() * 1000}\n".repeat(N)),
        ("a.js", "fetch('https://a.example', {headers: ".repeat(N)),
        ("a.js", format!("fetch('https://a.example', {{body: JSON.stringify({}", "{a: [".repeat(N))),
        ("a.js", format!("a0 = {{b: c}};\n{nested}fetch('https://a.example', {{body: JSON.stringify(a{N})}})")),
        ("a.py", format!("{names}requests.get('https://a.example', headers={{'a': a{N}}})")),
        ("a.go", "req, err := http.NewRequest(\"GET\", \"https://a.example\", nil)\n".repeat(N)),
        ("a.ts", "fetch<<>>".repeat(N) + "(headers, '://')"),
    ];
    for (name, input) in &inputs {
        check(&set, name, input);
    }
}

#[test]
fn what_a_test_suite_makes_wrong_is_a_note() {
    let set = RuleSet::builtin();
    let code = "const expired = jwt.sign({ sub: id, exp: Date.now() }, secret);";
    for (name, severity) in [("src/token.js", Severity::Error), ("tests/token.js", Severity::Note)] {
        let report = lint(&set, name, code);
        let found: Vec<Severity> = report.findings.iter().map(|f| f.severity).collect();
        assert_eq!(found, [severity], "{name}");
    }
}

/// The facts of the first request that a call sends: path, and what stands in the code where it leads to.
fn sent(report: &Report) -> Vec<(String, String)> {
    let is_call = |path: &str, text: Option<&str>| path == "request.form" && text == Some("call in code");
    let mut calls = report.facts.subjects().map(|(_, subject)| subject);
    let call = calls.find(|s| s.facts().iter().any(|f| is_call(f.path.as_str(), f.value.text())));
    let written = |place| report.sources.text(report.sources.given(place)).to_owned();
    call.map(|call| call.facts().iter().map(|f| (f.path.as_str().to_owned(), written(f.place))).collect())
        .unwrap_or_default()
}

/// A fact's path, and what stands in the code for it.
type Part = (&'static str, &'static str);

#[test]
fn a_call_is_one_request_and_each_part_has_its_place() {
    let set = RuleSet::builtin();
    let javascript = r#"const BASE = 'https://api.example.com'; // é
await axios.post(`${BASE}/v1/é/${id}`, { model: "m", n: 1, list: [true] }, {
  headers: { "X-Api-Key": key, 'Accept': `a/${b}` }, params: { page: 'a b' },
});"#;
    let python = r#"H = {"Accept": "a/b"}
requests.request("PUT", f"https://api.example.com/v1/{id}?x=1", headers=H, data={"a": "é", "b": c}, auth=("me", pw))"#;
    let go = r#"req, err := http.NewRequest(http.MethodPost, "https://api.example.com/"+id, strings.NewReader(`{"a": "é"}`))
req.Header.Set("Accept", "a/b")"#;
    let expected: [(&str, &str, &[Part]); 3] = [
        (
            "a.js",
            javascript,
            &[
                ("request.method", "post"),
                ("request.host", "api.example.com"),
                ("request.field.x-api-key", "X-Api-Key"),
                ("request.header.x-api-key", "key"),
                ("request.header.accept", "a/${b}"),
                ("request.query.page", "a b"),
                ("request.json.model", "m"),
                ("request.json.n", "1"),
                ("request.json.list.*", "true"),
            ],
        ),
        (
            "a.py",
            python,
            &[
                ("request.method", "PUT"),
                ("request.host", "api.example.com"),
                ("request.path", "/v1/{id}"),
                ("request.query.x", "1"),
                ("request.header.accept", "a/b"),
                ("request.param.a", "é"),
                ("request.param.b", "c"),
            ],
        ),
        (
            "a.go",
            go,
            &[
                ("request.method", "Post"),
                ("request.host", "api.example.com"),
                ("request.header.accept", "a/b"),
                ("request.json.a", "é"),
            ],
        ),
    ];
    for (name, code, parts) in expected {
        let sent = sent(&lint(&set, name, code));
        for (path, text) in parts {
            let found = sent.iter().find(|(p, _)| p == path).map(|(_, text)| text.trim_matches('"'));
            assert_eq!(found, Some(*text), "{path} of {name}: {sent:#?}");
        }
    }
}

#[test]
fn a_name_that_may_stand_for_something_else_is_not_followed() {
    let set = RuleSet::builtin();
    for (name, code) in [
        ("a.py", "url = 'https://a.example/b'\ndef f(url):\n    requests.get(url, headers={'a': 'b'})"),
        ("a.py", "def f():\n    url = 'https://a.example/b'\ndef g():\n    requests.get(url, headers={'a': 'b'})"),
        ("a.py", "for url in urls:\n    pass\nurl = 'https://a.example/b'\nrequests.get(url, headers={'a': 'b'})"),
        ("a.py", "url = 'https://a.example/b'\nurl += c\nrequests.get(url, headers={'a': 'b'})"),
        ("a.py", "url = 'https://a.example'\nurl = 'https://b.example'\nrequests.get(url, headers={'a': 'b'})"),
        ("a.py", "requests.get(url, headers={'a': 'b'})\nurl = 'https://a.example/b'"),
        ("a.py", "requests.get(f'https://{host}/b', headers={'a': 'b'})"),
        ("a.py", "def requests_get(url): pass\nrequests_mock.get('https://a.example/b', headers={'a': 'b'})"),
        ("a.js", "const url = 'https://a.example/b';\nconst f = (url) => fetch(url, { headers: { a: 'b' } });"),
        ("a.js", "if (a) { const url = 'https://a.example/b'; }\nfetch(url, { headers: { a: 'b' } });"),
        ("a.js", "const url = 'https://a.example/b';\nconst { url } = c;\nfetch(url, { headers: { a: 'b' } });"),
        ("a.js", "fetch(`https://a.example${path}`, { headers: { a: 'b' } });"),
        ("a.js", "fetch('/v1/charges', { headers: { a: 'b' } });"),
        ("a.js", "function fetch('https://a.example/', { headers: { a: 'b' } }) {}"),
        ("a.js", "// fetch('https://a.example/', { headers: { a: 'b' } })"),
        ("a.js", "const text = `fetch('https://a.example/', { headers: { a: 'b' } })`;"),
        ("a.go", "req, err := http.NewRequest(\"GET\", url, nil)\nreq.Header.Set(\"a\", \"b\")"),
    ] {
        assert_eq!(sent(&lint(&set, name, code)), [], "{code}");
    }
    // Names of options and of a configuration are followed.
    for code in [
        "const o = { method: 'PUT', headers: { Accept: 'a/b' } };\nfetch('https://a.example/', o);",
        "const o = { url: 'https://a.example/', method: 'PUT', headers: { Accept: 'a/b' } };\naxios.request(o);",
        "const h = new Headers({ Accept: 'a/b' });\nfetch('https://a.example/', { method: 'PUT', headers: h });",
        "const h = { Accept: 'a/b' } as const;\nclient.put('https://a.example/', x, { headers: h });",
    ] {
        let sent = sent(&lint(&set, "a.ts", code));
        for (path, text) in [("request.host", "a.example"), ("request.header.accept", "a/b")] {
            assert!(sent.iter().any(|part| part == &(path.to_owned(), text.to_owned())), "{code}: {sent:?}");
        }
    }
    // Where the headers may be others, the header is one line, as it is anywhere.
    let code = "h = {'Accept': 'b'}\nh['Accept'] = 'c'\nrequests.get('https://a.example/?b=c', headers=h)";
    let sent = sent(&lint(&set, "a.py", code));
    assert!(sent.iter().any(|(path, _)| path == "request.host"), "{sent:?}");
    assert!(!sent.iter().any(|(path, text)| path == "request.header.accept" && !text.is_empty()), "{sent:?}");
}

#[test]
fn a_name_that_gets_its_value_in_other_ways_is_not_followed() {
    let set = RuleSet::builtin();
    let url = "https://api.example.com/me";
    for (name, code) in [
        (
            "a.php",
            "<?php $auth = \"Basic \"; $auth .= base64_encode($u); $client->request('GET', 'URL', ['headers' => ['Authorization' => $auth]]);",
        ),
        (
            "a.php",
            "<?php $token = ''; foreach ($all as $k => $token) { $client->get('URL', ['headers' => ['Authorization' => 'Bearer ' . $token]]); }",
        ),
        (
            "a.rb",
            "auth = \"Bearer \"\nauth << ENV[\"T\"]\nHTTParty.get(\"URL\", headers: { \"Authorization\" => auth })",
        ),
        ("a.rb", "auth = \"Bearer \"\nauth.concat(x)\nHTTParty.get(\"URL\", headers: { \"Authorization\" => auth })"),
        (
            "a.go",
            "token := \"\"\nflag.StringVar(&token, \"token\", \"\", \"\")\nreq, err := http.NewRequest(\"GET\", \"URL\", nil)\nreq.Header.Set(\"Authorization\", \"Bearer \"+token)",
        ),
        (
            "a.py",
            "token = ''\nif (token := read()):\n    requests.get('URL', headers={'Authorization': f'Bearer {token}'})",
        ),
        (
            "a.py",
            "token = 'x y'\nfor name, token, status in cases:\n    requests.get('URL', headers={'Authorization': f'Bearer {token}'})",
        ),
        (
            "a.js",
            "let token = 'x y';\nbeforeAll(() => login().then(r => (token = r.token)));\nfetch('URL', { headers: { Authorization: `Bearer ${token}` } })",
        ),
        (
            "a.js",
            "let token = 'x y';\nif (!(token = read())) throw 1;\nfetch('URL', { headers: { Authorization: `Bearer ${token}` } })",
        ),
        (
            "a.js",
            "let token = 'x y';\n({ data: { token } } = await login());\nfetch('URL', { headers: { Authorization: `Bearer ${token}` } })",
        ),
        (
            "a.js",
            "const token = 'x y';\nconst call = ({ token }) => fetch('URL', { headers: { Authorization: `Bearer ${token}` } })",
        ),
        ("a.js", "const KEY = ''; // yours\nfetch('URL', { headers: { Authorization: `Bearer ${KEY}` } })"),
        // What a mock answers, and what is set anew.
        ("a.py", "m.get('URL', headers={'WWW-Authenticate': 'Bearer'}, status_code=401)"),
        ("a.js", "fm.get('URL', { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } })"),
        (
            "a.go",
            "req, err := http.NewRequest(\"GET\", \"URL\", nil)\nreq.Header.Set(\"Authorization\", \"Bearer \"+a)\nreq.Header.Set(\"Authorization\", \"Bearer \"+b)",
        ),
        // What a function makes of a secret is not that secret.
        (
            "a.js",
            "fetch('https://api.twilio.com/2010-04-01/Accounts.json', { headers: { Authorization: `Basic ${btoa(process.env.TWILIO_ACCOUNT_SID + ':' + process.env.TWILIO_AUTH_TOKEN)}` } })",
        ),
        // A wrapper of that name may add the credential.
        (
            "a.ts",
            "import fetch from './mine';\nfetch('https://api.github.com/user', { headers: { accept: 'application/json' } });",
        ),
    ] {
        let code = code.replace("URL", url);
        let report = lint(&set, name, &code);
        let found: Vec<String> = report.findings.iter().map(|f| f.rule.to_string()).collect();
        assert!(found.is_empty(), "{found:?} in {name}: {code}");
    }
}

#[test]
fn a_password_beside_a_header_is_not_shown() {
    let set = RuleSet::builtin();
    let code = "axios.get('http://api.stripe.com/v1/x', { auth: { username: 'u', password: 'jspass-123' }, headers: { Authorization: 'Token ' + key } })";
    let report = lint(&set, "a.js", code);
    assert!(!report.findings.is_empty());
    assert!(!shown(&report).contains("jspass-123"));
}

#[test]
fn what_several_calls_share_is_told_once() {
    let set = RuleSet::builtin();
    let example = |code: &str| text(&Example { input: Some(code.to_owned()), ..Example::default() });
    let key = "KEY = 'pk_live_@{fill:24}'\nH = {'Authorization': 'Bearer ' + KEY}\n";
    let call = "requests.get('https://api.stripe.com/v1/charges', headers=H)\n";
    let rules = |code: &str| -> Vec<String> {
        lint(&set, "a.py", &example(code)).findings.iter().map(|f| f.rule.to_string()).collect()
    };
    assert_eq!(rules(&format!("{key}{call}")), ["platform/credential-not-accepted"]);
    assert_eq!(rules(&format!("{key}{}", call.repeat(3))), ["platform/credential-not-accepted"]);
    // The token is part of the requests, and no token of its own.
    let token = "TOKEN = '@{jwt}'\n";
    let call = "requests.get('https://api.example.com/', headers={'Authorization': f'Bearer {TOKEN}'})\n";
    let unsigned = |code: &str| {
        let example = Example {
            input: Some(code.to_owned()),
            header: Some("{\"alg\":\"none\"}".to_owned()),
            filename: Some("a.py".to_owned()),
            ..Example::default()
        };
        common::lint(&set, &example).findings.iter().map(|f| f.rule.to_string()).collect::<Vec<_>>()
    };
    let alone = unsigned(token);
    assert!(!alone.is_empty());
    assert_eq!(unsigned(&format!("{token}{}", call.repeat(3))), alone);
    // A header that is put together wrongly is not told again by the request.
    let code = "fetch('https://api.stripe.com/v1/charges', { headers: { Authorization: 'Bearer' + token } })";
    let found: Vec<_> = lint(&set, "a.js", code).findings.iter().map(|f| f.rule.to_string()).collect();
    assert_eq!(found, ["code/blank-missing"]);
}

#[test]
fn a_comment_allows_what_a_call_has_wrong() {
    let set = RuleSet::builtin();
    let call = "fetch('https://api.stripe.com/v1/charges', {\n  // tokenlint: allow platform/scheme-wrong -- a test\n  headers: { Authorization: 'Token sk_live_@{fill:24}' } })";
    for (code, count) in [(call.to_owned(), 0), (call.replace("tokenlint:", ""), 1)] {
        let code = text(&Example { input: Some(code), ..Example::default() });
        let report = lint(&set, "a.js", &code);
        let found = report.findings.iter().filter(|f| f.rule == "platform/scheme-wrong").count();
        assert_eq!(found, count, "{code}");
    }
}

#[test]
fn thousands_of_calls_are_read_once_each() {
    let set = RuleSet::builtin();
    let call = "fetch('https://api.example.com/v1/a', { headers: { Authorization: `Bearer ${t}` }, body: b });\n";
    let report = lint(&set, "a.js", &call.repeat(20_000));
    let calls = report.facts.subjects().filter(|(_, s)| s.of_path("request.form").next().is_some()).count();
    assert_eq!(calls, 500);
}
