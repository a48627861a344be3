//! The forms in which people hold a token or a request: each is recognised for what it is, and every place leads back to
//! the bytes that were given.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use tokenlint::facts::{Thing, Value};
use tokenlint::finding::{Report, Severity};
use tokenlint::lint;
use tokenlint::load::RuleSet;
use tokenlint::options::{Input, Options};

const NOW: i64 = 1_800_000_000;
const SIGNATURE: &str = "q7Rk2VxN9pLwT4sYb8ZdGf3HjC6mXvE1aUeW5nQtDzK";
const OPAQUE: &str = "q7Rk2VxN9pLwT4sYb8ZdGf3HjC6mXvE1aUeW5nQtDzKc0oSiBgAhFy";

fn segment(json: &str) -> String {
    URL_SAFE_NO_PAD.encode(json)
}

fn jwt(header: &str) -> String {
    let claims = format!(r#"{{"sub":"42","iat":{},"exp":{}}}"#, NOW - 60, NOW + 3540);
    format!("{}.{}.{SIGNATURE}", segment(header), segment(&claims))
}

fn hs256() -> String {
    jwt(r#"{"alg":"HS256","typ":"JWT"}"#)
}

fn look_named(name: &str, text: &str) -> Report {
    let options = Options { now: Some(NOW), ..Options::default() };
    lint(&Input { name: name.into(), text: text.into(), kind: None }, &RuleSet::builtin(), &options)
}

fn look(text: &str) -> Report {
    look_named("<argument 1>", text)
}

/// The values of a fact, of all things.
fn values(report: &Report, path: &str) -> Vec<String> {
    let facts = report.facts.subjects().flat_map(|(_, s)| s.facts());
    facts.filter(|f| f.path.as_str() == path).map(|f| f.value.to_string()).collect()
}

fn things(report: &Report) -> Vec<Thing> {
    report.facts.subjects().map(|(_, s)| s.thing).collect()
}

/// The given text that a fact leads back to.
fn given<'a>(report: &'a Report, path: &str) -> &'a str {
    let mut facts = report.facts.subjects().flat_map(|(_, s)| s.facts());
    let fact = facts.find(|f| f.path.as_str() == path).unwrap_or_else(|| panic!("no {path}"));
    report.sources.text(report.sources.given(fact.place))
}

fn rules(report: &Report) -> Vec<&str> {
    report.findings.iter().filter(|f| f.severity > Severity::Note).map(|f| f.rule.as_ref()).collect()
}

/// Every place of every fact stands in its source, on character boundaries, and so does what it leads back to.
fn assert_places(report: &Report, what: &str) {
    for (_, subject) in report.facts.subjects() {
        for fact in subject.facts() {
            for place in [fact.place, report.sources.given(fact.place)] {
                let text = &report.sources.get(place.source).text;
                assert!(text.get(place.span.range()).is_some(), "{what}: {} at {:?}", fact.path, place.span);
            }
        }
    }
}

/// The text holds exactly this JWT, with its claims in their places.
fn assert_jwt(what: &str, text: &str, token: &str) -> Report {
    let report = look_named(if what.contains(' ') { "<argument 1>" } else { what }, text);
    assert_places(&report, what);
    let found = values(&report, "credential.value");
    assert!(found.iter().any(|v| v == token), "{what}: {found:?} in {text:?}");
    assert!(values(&report, "jwt.claims.sub").contains(&"42".to_owned()), "{what}");
    report
}

#[test]
fn a_bare_token_in_all_the_forms_in_which_people_hold_one() {
    let token = hs256();
    let wrapped = token.as_bytes().chunks(40).map(|c| std::str::from_utf8(c).unwrap()).collect::<Vec<_>>();
    let quiet: &[(&str, String)] = &[
        ("bare", token.clone()),
        ("with a trailing newline", format!("{token}\n")),
        ("with CRLF", format!("{token}\r\n")),
        ("Bearer and token", format!("Bearer {token}")),
        ("a header line", format!("Authorization: Bearer {token}")),
        ("a header line with CRLF", format!("Authorization: Bearer {token}\r\n")),
        ("an indented header line", format!("    Authorization: Bearer {token}\n")),
        ("a label", format!("token: {token}")),
        ("a shell variable", format!("export TOKEN={token}")),
        ("a quoted shell variable", format!("ACCESS_TOKEN=\"{token}\"")),
        ("a PowerShell variable", format!("$env:TOKEN = '{token}'")),
        ("several headers", format!("Host: api.example.com\nAccept: */*\nAuthorization: Bearer {token}\n")),
        (
            "a token response",
            format!(
                "{{\n  \"access_token\": \"{token}\",\n  \"token_type\": \"Bearer\",\n  \"expires_in\": 3600\n}}\n"
            ),
        ),
        ("form parameters", format!("access_token={token}&token_type=bearer&expires_in=3600")),
        ("a curl command", format!("curl -s https://api.example.com/me -H 'Authorization: Bearer {token}'")),
        (
            "a curl command over several lines",
            format!("curl https://api.example.com/me \\\n  -H \"Authorization: Bearer {token}\"\n"),
        ),
    ];
    for (what, text) in quiet {
        let report = assert_jwt(what, text, &token);
        assert_eq!(rules(&report), [] as [&str; 0], "{what}");
    }
    let named: &[(&str, String, &str)] = &[
        ("in quotes", format!("\"{token}\""), "paste/quoted"),
        ("in single quotes after Bearer", format!("Bearer '{token}'"), "paste/quoted"),
        ("wrapped over lines", wrapped.join("\n"), "paste/wrapped"),
        ("wrapped with CRLF and indentation", format!("  {}", wrapped.join("\r\n  ")), "paste/wrapped"),
        ("behind a byte order mark", format!("\u{feff}{token}"), "paste/byte-order-mark"),
        (
            "a header line with a wrapped value",
            format!("Authorization: Bearer {}\n", wrapped.join("\n")),
            "paste/wrapped",
        ),
    ];
    for (what, text, rule) in named {
        let report = assert_jwt(what, text, &token);
        assert!(rules(&report).contains(rule), "{what}: {:?}", rules(&report));
    }
}

#[test]
fn callback_urls() {
    let token = hs256();
    let report = assert_jwt(
        "a callback URL",
        &format!("https://app.example.com/cb#access_token={token}&token_type=bearer&expires_in=3600&state=abc"),
        &token,
    );
    assert!(things(&report).contains(&Thing::Callback));
    assert_eq!(values(&report, "callback.state"), ["abc"]);
    for text in [
        "https://app.example.com/cb?code=dal%3Aq7Rk2VxN9pLwT4sYb8Zd&state=abc",
        "?code=dal%3Aq7Rk2VxN9pLwT4sYb8Zd&state=abc",
        "code=dal%3Aq7Rk2VxN9pLwT4sYb8Zd&state=abc",
    ] {
        let report = look(text);
        assert!(things(&report).contains(&Thing::Callback), "{text}");
        assert_eq!(values(&report, "callback.code"), ["dal:q7Rk2VxN9pLwT4sYb8Zd"], "{text}");
        assert_eq!(given(&report, "callback.code"), "dal%3Aq7Rk2VxN9pLwT4sYb8Zd", "{text}");
    }
}

#[test]
fn algorithms_that_libraries_refuse_to_decode() {
    for alg in ["none", "ES512", "ES256K", "XYZ999"] {
        let token = jwt(&format!(r#"{{"alg":"{alg}"}}"#));
        let token = if alg == "none" { token.replace(SIGNATURE, "") } else { token };
        let report = look(&token);
        assert_eq!(values(&report, "jwt.header.alg"), [alg]);
        assert_eq!(values(&report, "jwt.claims.sub"), ["42"], "{alg}");
    }
    // No alg at all.
    let report = look(&jwt(r#"{"typ":"JWT","kid":"1"}"#));
    assert_eq!(values(&report, "credential.form"), ["jws"]);
}

#[test]
fn encrypted_tokens() {
    let header = segment(r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#);
    let report = look(&format!("{header}.{SIGNATURE}.q7Rk2VxN9pLwT4sY.{OPAQUE}.q7Rk2VxN9pLwT4sYb8ZdGf"));
    assert_eq!(values(&report, "credential.form"), ["jwe"]);
    assert_eq!(values(&report, "jwe.header.enc"), ["A256GCM"]);
    assert_eq!(values(&report, "jwe.part.iv"), ["12"]);
}

#[test]
fn unusual_encodings() {
    let header = segment("{\n  \"alg\": \"HS256\",\n  \"typ\": \"JWT\"\n}");
    let claims = segment("{\r\n  \"sub\": \"42\"\r\n}");
    let report = look(&format!("{header}.{claims}.{SIGNATURE}"));
    assert_eq!(values(&report, "jwt.header.alg"), ["HS256"]);
    assert_eq!(values(&report, "jwt.claims.sub"), ["42"]);
    // Padded segments.
    let padded = |json: &str| STANDARD.encode(json);
    let report = look(&format!("{}.{}.{SIGNATURE}=", padded(r#"{"alg":"HS256"}"#), padded(r#"{"sub":"42","a":1}"#)));
    assert_eq!(values(&report, "jwt.claims.sub"), ["42"]);
    assert!(values(&report, "jwt.trouble").contains(&"padding".to_owned()));
}

#[test]
fn shortened_and_opaque_tokens() {
    let token = hs256();
    for mark in ["...", "…"] {
        for text in
            [format!("{}{mark}", &token[..60]), format!("Authorization: Bearer {}{mark}{}", &token[..20], &token[90..])]
        {
            let report = look(&text);
            assert_eq!(rules(&report), ["paste/ellipsis"], "{text}");
            assert_eq!(given(&report, "paste.ellipsis"), mark);
        }
    }
    for opaque in [format!("dal:{OPAQUE}"), format!("uat{OPAQUE}"), OPAQUE.to_owned()] {
        for text in [opaque.clone(), format!("Bearer {opaque}"), format!("{opaque}\n")] {
            let report = look(&text);
            assert_eq!(values(&report, "credential.value"), [opaque.as_str()], "{text}");
            assert_eq!(values(&report, "credential.form"), ["opaque"], "{text}");
        }
    }
}

#[test]
fn http_messages() {
    let token = hs256();
    let message = format!("GET /me HTTP/1.1\nHost: api.example.com\nAuthorization: Bearer {token}\nAccept: */*\n\n");
    for (what, text) in [
        ("with LF", message.clone()),
        ("with CRLF", message.replace('\n', "\r\n")),
        ("behind a byte order mark", format!("\u{feff}{message}")),
        ("with indentation", message.lines().map(|l| format!("    {l}\n")).collect()),
        ("with a folded field", message.replace("Bearer ", "Bearer\n  ")),
        ("with a comment before it", format!("# who am I\n@host = api.example.com\n\n{message}")),
        ("between separators", format!("### first\n{message}###\nGET /other HTTP/1.1\nHost: api.example.com\n")),
        (
            "from curl -v",
            message.trim_end().lines().map(|l| format!("> {l}\n")).collect::<String>()
                + ">\n< HTTP/1.1 401 Unauthorized\n< WWW-Authenticate: Bearer\n<\n{\"error\":\"invalid_token\"}\n",
        ),
        (
            "with the answer",
            format!(
                "{message}HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Bearer\n\n{{\"error\":\"invalid_token\"}}\n"
            ),
        ),
    ] {
        let report = assert_jwt(what, &text, &token);
        let is_file = what.contains("comment") || what.contains("separators");
        let form = if is_file { ".http request" } else { "HTTP message" };
        assert_eq!(values(&report, "request.form")[0], form, "{what}");
        assert_eq!(values(&report, "request.host")[0], "api.example.com", "{what}");
        assert_eq!(values(&report, "request.header.accept"), ["*/*"], "{what}");
        let answered = what.contains("answer") || what.contains("curl -v");
        assert_eq!(values(&report, "response.status"), if answered { vec!["401"] } else { vec![] }, "{what}");
        assert_eq!(
            given(&report, "jwt.claims.sub").len(),
            6,
            "{what}: \"42\" with its quotes is 4 bytes, 6 characters"
        );
    }
    let twice = look(&message.replace("Accept: */*", "Authorization: Basic YTpi"));
    assert_eq!(values(&twice, "auth.scheme"), ["Bearer", "Basic"]);
    let open = look(&message.replace(&token, "{{token}}"));
    assert_eq!(values(&open, "hole.name"), ["token"]);
    assert_eq!(rules(&open), [] as [&str; 0]);
    let followed = message.replace(&token, "{{token}}").replace("/me", "{{path}}/{{id}}");
    let followed = assert_jwt("with variables", &format!("@token = {token}\n@path=/me\n\n{followed}"), &token);
    assert_eq!(given(&followed, "credential.value"), token);
    assert_eq!(values(&followed, "request.path"), ["/me/{{id}}"]);
    let wrapped = look(
        "GET /me HTTP/1.1\nHost: api.example.com\nAuthorization: Basic YXBpLXVzZXI6cTdSazJWeE45cEx3\nVDRzWWI4WmQ=\n",
    );
    assert_eq!(values(&wrapped, "basic.user"), ["api-user"]);
    assert_eq!(rules(&wrapped), ["paste/wrapped"]);
}

#[test]
fn http_files_of_editors() {
    let token = hs256();
    let text = format!(
        "@secret = {token}\n@bearer = Bearer {{{{secret}}}}\n@base = https://api.example.com\n\n### first\n\
         POST {{{{base}}}}/a\n    ?x=1\n    # &y=2\n    &z={{{{$guid}}}}\nAuthorization: {{{{bearer}}}}\n\n\
         {{\n  // left out\n  \"a\": 1\n}}\n\n> {{%\n GET https://api.example.com/never\n%}}\n\n# @name second\n\
         get {{{{base}}}}/b HTTP/1.1\nAuthorization: Basic clerk {{{{password}}}}\n\n@base = https://b.example.com\n\
         ###\n{{{{base}}}}/c\n"
    );
    let report = assert_jwt("calls.http", &text, &token);
    assert_eq!(given(&report, "credential.value"), token);
    assert_eq!(values(&report, "request.name"), ["first", "second"]);
    assert_eq!(values(&report, "request.method"), ["POST", "GET", "GET"]);
    assert_eq!(values(&report, "request.host"), ["api.example.com", "api.example.com", "b.example.com"]);
    assert_eq!(values(&report, "request.path"), ["/a", "/b", "/c"]);
    assert_eq!(values(&report, "request.query.z"), ["{{$guid}}"]);
    assert_eq!(given(&report, "request.query.z"), "{{$guid}}");
    assert!(values(&report, "request.query.y").is_empty());
    assert_eq!(given(&report, "request.json.a"), "1");
    assert_eq!(values(&report, "basic.text"), ["clerk:{{password}}"]);
    assert_eq!(rules(&report), [] as [&str; 0]);
}

#[test]
fn hurl_files() {
    let token = hs256();
    let text = format!(
        "GET https://api.example.com/a # one\nAuthorization: Bearer {token} # mine\n[QueryStringParams]\nq: a&b \\# c\n\
         HTTP 200\n[Captures]\nnext: jsonpath \"$.next\"\n\nPOST https://api.example.com/b\n[BasicAuth]\n\
         clerk: {{{{password}}}}\n[FormParams]\nx: 1\ny: {{{{next}}}}\nHTTP 201\n```\nGET https://no.example.com/\n```\n\n\
         GET https://api.example.com/denied\nAuthorization: Bearer Bearer x\nHTTP 403\n"
    );
    let report = assert_jwt("calls.hurl", &text, &token);
    assert_eq!(values(&report, "request.form"), ["Hurl request", "Hurl request"]);
    assert_eq!(given(&report, "credential.value"), token);
    assert_eq!(values(&report, "request.path"), ["/a", "/b"]);
    assert_eq!(values(&report, "request.query.q"), ["a&b # c"]);
    assert_eq!(given(&report, "request.query.q"), "a&b \\# c");
    assert_eq!(values(&report, "request.param.x"), ["1"]);
    assert_eq!(given(&report, "request.param.x"), "1");
    assert_eq!(given(&report, "request.param.y"), "{{next}}");
    assert_eq!(values(&report, "basic.text"), ["clerk:{{password}}"]);
    assert_eq!(rules(&report), [] as [&str; 0]);
}

#[test]
fn code_blocks_of_documents() {
    let token = hs256();
    for (name, text) in [
        ("a.md", format!("It's\n\n```http\nGET /me HTTP/1.1\nHost: a.example\nAuthorization: Bearer {token}\n```\n")),
        ("b.md", format!("> ~~~sh\n> T={token}\n> curl a.example \\\n>  -H \"Authorization: Bearer $T\"\n> ~~~\n")),
        ("c.md", format!("```json\n{{\"access_token\": \"{token}\", \"token_type\": \"Bearer\"}}\n```")),
        ("d.adoc", format!("[source,http]\n----\nGET https://a.example/\nAuthorization: Bearer {token}\n----\n")),
        ("e.rst", format!(".. code:: console\n\n   $ curl a.example -H 'Authorization: Bearer {token}'\n   it's\n")),
        ("f.md", format!("Like so:\n\n    GET /me HTTP/1.1\n    Authorization: Bearer {token}\n\nDone.\n")),
    ] {
        let report = assert_jwt(name, &text, &token);
        assert_eq!(given(&report, "credential.value"), token, "{name}");
        assert_eq!(rules(&report), [] as [&str; 0], "{name}");
    }
}

#[test]
fn code_in_documents_has_its_places() {
    for (name, language, text) in [
        ("a.md", "Python", "é\n\n> ```py title=\"x\"\n> h = {\"Authorization\":\n>      \"Bearer\" + token}\n> ```\n"),
        (
            "b.adoc",
            "JavaScript",
            "[source%linenums,js]\n----\nfetch(u, {headers: {Authorization: \"Bearer\" + token}})\n----\n",
        ),
        ("c.rst", "PHP", ".. code-block:: php\n   :linenos:\n\n   $h = [\"Authorization\" => \"Bearer\" . $token];\n"),
        ("d.org", "Go", "#+begin_src go\nr.Header.Set(\"Authorization\", \"Bearer\"+token)\n#+end_src\n"),
        ("e.md", "Ruby", "~~~ {.ruby}\nr['Authorization'] = \"Bearer\" + token\n~~~"),
    ] {
        let report = look_named(name, text);
        assert_eq!(values(&report, "code.language"), [language], "{name}");
        assert_eq!(given(&report, "code.scheme"), "Bearer", "{name}");
        assert_eq!(rules(&report), ["code/blank-missing"], "{name}");
    }
    // Code in another language, and code that is there to be wrong.
    for text in [
        "```elixir\nput(conn, \"Authorization\", \"Bearer\" <> token)\n```",
        "Never glue them:\n\n```go\nr.Header.Set(\"Authorization\", \"Bearer\"+token)\n```",
        "```go\n// ❌ Bad\nr.Header.Set(\"Authorization\", \"Bearer\"+token)\n```",
    ] {
        assert_eq!(values(&look_named("f.md", text), "code.language"), [] as [&str; 0], "{text}");
    }
}

#[test]
fn a_secret_of_kubernetes_in_json_is_read_through_its_base64() {
    let token = hs256();
    let encoded = STANDARD.encode(&token);
    let text = format!(r#"{{"kind":"Secret","data":{{"token":"{encoded}"}},"stringData":{{"other":"x"}}}}"#);
    let report = assert_jwt("secret.json", &text, &token);
    assert_eq!(given(&report, "credential.value").trim_end_matches('='), encoded.trim_end_matches('='));
    assert_eq!(values(&report, "setting.form"), ["kubernetes secret"]);
    assert_eq!(rules(&report), [] as [&str; 0]);
    // `data` of anything else is no base64.
    let report = look_named("answer.json", &format!(r#"{{"kind":"Session","data":{{"token":"{token}"}}}}"#));
    assert_eq!(values(&report, "setting.form"), [] as [&str; 0]);
    assert_eq!(given(&report, "credential.value"), token);
}

#[test]
fn any_other_text_is_searched() {
    let token = hs256();
    for (name, text) in [
        ("app.log", format!("2027-01-15 08:00:00 DEBUG sending Authorization: Bearer {token} to api.example.com")),
        (
            "notes.md",
            format!(
                "# Call\n\nIt's easy:\n\n```\n$ curl https://api.example.com/me -H 'Authorization: Bearer {token}'\n```\n"
            ),
        ),
        ("config.yaml", format!("api:\n  url: https://api.example.com\n  token: {token}\n")),
        ("config.yml", format!("headers:\n  Authorization: \"Bearer {token}\"\n")),
        ("client.py", format!("requests.get(url, headers={{'Authorization': 'Bearer {token}'}})")),
        ("client.js", format!("xhr.setRequestHeader('Authorization', 'Bearer {token}');")),
        (
            "mail.txt",
            format!("Hi, my link is https://app.example.com/cb#access_token={token}&token_type=bearer, can you look?"),
        ),
    ] {
        let report = look_named(name, &text);
        assert_places(&report, name);
        assert!(values(&report, "credential.value").contains(&token), "{name}");
        assert!(values(&report, "jwt.claims.sub").contains(&"42".to_owned()), "{name}");
        // (A token in a URL is another matter.)
        if name != "mail.txt" {
            assert_eq!(rules(&report), [] as [&str; 0], "{name}");
        }
    }
}

#[test]
fn mistakes_in_other_text_are_found() {
    for (text, rule) in [
        (
            "Unable to connect: net/http: invalid header field value \"Bearer U4p8CnSMnsHCoeVaCzlMCi733P5WvsuCybANsqh7\\n\" for key Authorization\n".to_owned(),
            "paste/line-break-at-end",
        ),
        ("httpx.LocalProtocolError: Illegal header value b'Bearer '\n".into(), "header/credential-missing"),
        (
            format!("IllegalArgumentException: Illegal character(s) in message header value: Bearer {OPAQUE}\\n"),
            "paste/line-break-at-end",
        ),
        (
            format!("{{\"servers\":{{\"a\":{{\"headers\":{{\"Authorization\":\"Bearer Bearer {OPAQUE}\"}}}}}}}}"),
            "header/scheme-doubled",
        ),
        (format!("DEBUG Authorization: Bearer Bearer {OPAQUE}"), "header/scheme-doubled"),
        ("WARN request failed, Authorization: Bearer undefined, retrying".into(), "paste/null-literal"),
        (format!("users:\n- name: jenkins\n  user:\n    token: {}\n", STANDARD.encode(hs256())), "paste/base64-of-token"),
        (format!("git -c http.extraHeader=\"Authorization: Bearer {}\" clone https://dev.example.com/x\n", STANDARD.encode(format!(":{OPAQUE}"))), "header/pair-as-bearer"),
    ] {
        let report = look_named("notes", &text);
        assert_eq!(rules(&report), [rule], "{text}");
    }
}

/// The given text from which the credential at a certain turn came.
fn credentials(report: &Report) -> Vec<String> {
    let facts = report.facts.subjects().flat_map(|(_, s)| s.of_path("credential.value"));
    facts.map(|f| report.sources.text(report.sources.given(f.place)).to_owned()).collect()
}

#[test]
fn settings_are_read_as_their_readers_do_and_lead_back_to_their_bytes() {
    let token = hs256();
    let encoded = STANDARD.encode(&token);
    for (name, text, expected) in [
        (".env", format!("A=1\nexport API_TOKEN=\"{token}\" # ours\nOTHER={OPAQUE}\n"), token.as_str()),
        ("prod.env", format!("PEM=\"a\nb\"\nAPI_TOKEN = '{token}'\n"), &token),
        (".env.example", format!("GATEWAY={token}\n"), &token),
        ("a.yaml", format!("# é\nauth:\n  token: {token} # ours\n"), &token),
        ("a.yml", format!("é: [{{name: API_TOKEN, value: '{token}'}}]\n"), &token),
        ("a.yml", format!("api_token: >-\n  {token}\n"), &token),
        ("a.yml", format!("headers:\n  Authorization: \"Bearer {token}\"\n"), &token),
        ("compose.yaml", format!("services:\n  a:\n    environment:\n      - API_TOKEN={token}\n"), &token),
        ("compose.yaml", format!("services:\n  a:\n    environment:\n      API_TOKEN: {token}\n"), &token),
        ("s.yaml", format!("kind: Secret\ndata:\n  token: {encoded}\n"), encoded.trim_end_matches('=')),
        (
            "<stdin>",
            format!("apiVersion: v1\nkind: Secret\ndata:\n  token: {encoded}\n"),
            encoded.trim_end_matches('='),
        ),
        ("s.yaml", format!("kind: Secret\nstringData:\n  token: {token}\n"), &token),
        ("c.yaml", format!("kind: ConfigMap\ndata:\n  app.ini: |\n    [api]\n    token={token}\n"), &token),
        (
            "ci.yml",
            format!(
                "jobs:\n  a:\n    steps:\n      - run: |\n          T={token}\n          curl https://api.example.com/me -H \"Authorization: Bearer $T\"\n"
            ),
            &token,
        ),
        (
            ".gitlab-ci.yml",
            format!(
                "a:\n  script:\n    - export T={token}\n    - 'curl https://api.example.com/me -H \"Authorization: Bearer $T\"'\n"
            ),
            &token,
        ),
        ("a.toml", format!("[api]\nurl = 'https://api.example.com'\ntoken = \"{token}\" # ours\n"), &token),
        ("a.toml", format!("[[server]]\nheaders = {{ Authorization = 'Bearer {token}' }}\n"), &token),
        ("a.toml", format!("token = {token}\n"), &token),
        ("a.ini", format!("; é\n[api]\ntoken = '{token}' ; ours\n"), &token),
        ("a.properties", format!("# é\napi.token={token}\r\n"), &token),
        ("app.log", format!("08:00:00 é DEBUG api.token={token}\n"), &token),
        // A template of Helm is no YAML; it is searched.
        ("templates/a.yaml", format!("{{{{- if .Values.a }}}}\ntoken: {token}\n{{{{- end }}}}\n"), &token),
    ] {
        let report = look_named(name, &text);
        assert_places(&report, name);
        assert_eq!(rules(&report), [] as [&str; 0], "{name}: {text}");
        assert_eq!(credentials(&report), [expected], "{name}: {text}");
        assert_eq!(values(&report, "jwt.claims.sub"), ["42"], "{name}: {text}");
    }
}

#[test]
fn access_logs() {
    let line = |target: &str| format!("127.0.0.1 - - [15/Jan/2027:08:00:00 +0000] \"GET {target} HTTP/1.1\" 200 12\n");
    let text = line("/a") + &line(&format!("/me?access_token={OPAQUE}")) + &line("/me?access_token=***&x=1");
    for name in ["access.log", "<stdin>"] {
        let report = look_named(name, &text);
        assert_eq!(values(&report, "request.form"), ["log line"], "{name}");
        assert_eq!(values(&report, "request.path"), ["/me"], "{name}");
        assert_eq!(credentials(&report), [OPAQUE], "{name}");
    }
}

#[test]
fn mistakes_in_the_steps_of_pipelines_are_found_in_their_place() {
    for (name, text, rule, label) in [
        (
            "ci.yml",
            "jobs:\n  a:\n    steps:\n      - name: x\n        run: |\n          set -e\n          curl https://api.example.com/me \\\n            -H 'Authorization: Bearer $TOKEN'\n",
            "paste/unexpanded-variable",
            "$TOKEN",
        ),
        (
            ".gitlab-ci.yml",
            "a:\n  script:\n    - echo start\n    - curl https://api.example.com/me -H 'Authorization Bearer $TOKEN'\n",
            "header/colon-missing",
            "",
        ),
        (
            "a.yaml",
            "headers:\n  Authorization: Bearer Bearer q7Rk2VxN9pLwT4sYb8Zd\n",
            "header/scheme-doubled",
            "Bearer",
        ),
    ] {
        let report = look_named(name, text);
        assert_eq!(rules(&report), [rule], "{text}");
        let place = report.sources.given(report.findings[0].labels[0].place);
        assert!(report.sources.text(place).contains(label), "{text}: {}", report.sources.text(place));
    }
}

#[test]
fn prose_and_templates_are_left_alone() {
    for text in [
        "Send the Authorization header: the scheme is Bearer and the token follows.\nAuthorization: required\n",
        "Use `Authorization: Bearer <token>` in every request, for example Authorization: Bearer YOUR_TOKEN.",
        "Authorization: Bearer ***\nauthorization=Bearer [REDACTED] and Authorization: Bearer eyJhbGciOiJIUzI1NiJ9...",
        "headers = {'Authorization': 'Bearer ' + token}\nheaders = {\"Authorization\": f\"Bearer {token}\"}",
        "req.Header.Set(\"Authorization\", \"Bearer \"+token)\nfmt.Sprintf(\"Bearer %s\", token)",
        "request.headers['Authorization'] = \"Bearer #{token}\"\nconst h = { Authorization: `Bearer ${token}` };",
        "if (!authHeader.startsWith('Bearer ')) throw new Error('invalid header');",
        "securitySchemes:\n  bearerAuth:\n    type: http\n    scheme: bearer\n    description: \"Authorization: Bearer\"\n",
        "token: ${TOKEN}\napi_token: \"{{ vault_token }}\"\npassword: hunter2\n",
        "See https://example.com/docs?code=YOUR_CODE and https://example.com/?access_token=... for more.",
        "apiVersion: v1\nkind: Secret\ndata:\n  token: ZXlKaGJHY2lPaUpJVXpJMU5pSjkuZXlKemRXSWlPaUkwTWlKOS5jMmxuYm1GMGRYSmw=\n",
        "{\"kind\":\"Secret\",\"data\":{\"token\":\"ZXlKaGJHY2lPaUpJVXpJMU5pSjkuZXlKemRXSWlPaUkwTWlKOS5jMmxuYm1GMGRYSmw=\"}}",
        "{\"status\":401,\"errors\":[{\"code\":\"INVALID_TOKEN\",\"message\":\"The token is not valid\"}]}",
        "{\"mcpServers\":{\"a\":{\"headers\":{\"Authorization\":\"Bearer ${API_TOKEN}\"}}}}",
        "The quick brown fox jumps over the lazy dog. curl is a tool. Don't use it without a token.",
    ] {
        let report = look_named("notes.md", text);
        assert_eq!(rules(&report), [] as [&str; 0], "{text}");
    }
}

#[test]
fn nothing_is_recognised_in_nothing() {
    for text in ["", "\n", "  \n\t\n", "\u{feff}"] {
        let report = look(text);
        assert!(report.findings.is_empty(), "{text:?}");
        assert!(!report.facts.subjects().any(|(_, s)| s.facts().iter().any(|f| f.value == Value::Null)));
    }
}
