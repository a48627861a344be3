//! Any bytes may come in: nothing panics, every place is one, and no output shows a credential.
//!
//! Seeds of every form are cut at each end and changed at each byte; then come inputs that are large or deep on
//! purpose. They are as large as a debug build can take in a few seconds: something that grows faster than the text
//! takes minutes.

#![allow(clippy::unwrap_used)]

mod common;

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use common::{lint_text, text};
use tokenlint::facts::Facts;
use tokenlint::finding::{Report, Severity};
use tokenlint::load::RuleSet;
use tokenlint::report::{Format, Printer, human};
use tokenlint::rule::Example;
use tokenlint::run::Run;
use tokenlint::show::{Show, is_unsafe};
use tokenlint::source::{Place, Sources};

/// Inputs as people have them, with marks as in rule files.
const SEEDS: &[&str] = &[
    "0     0 --:--:-- --:--:-- --:--:--     0* Trying\n> GET /x HTTP/1.1\r\n> Authorization: Bearer @{jwt}\r\n> \r\n< HTTP/1.1 401 No\r\n< WWW-Authenticate: Bearer error=\"invalid_token\"\r\n< \r\n{ [9 bytes data]\njwt malformed* Connection #0 to host x left intact",
    "=> Send header, 33 bytes (0x21)\n0000: GET /x HTTP/1.1\n0011: Authorization: Bearer @{fill:30}\n0100: \n<= Recv header, 9 bytes (0x9)\n0000: 48 54 54 50 2f 32 20 34 30                      HTTP/2 40\n0009: 31 0d 0a 0d 0a                                  1....\n",
    "@{jwt}",
    "Authorization: Basic @{b64:@{uuid}:@{fill:30}}\n",
    "Bearer dal%3A@{fill:27}",
    "POST /v3.6/agent/action/list_chats HTTP/1.1\r\nHost: api.livechatinc.com\r\nAuthorization: Bearer @{jwt}\r\nContent-Type: application/json\r\n\r\n{\"filters\": {\"é\": [1, true,]}}",
    "curl -X POST 'https://cf-blast.livelikecdn.com/api/v1/x/' -H \"Authorization: Bearer $TOKEN\" -u 'user:@{fill:30}' \\\n  --data-raw $'{\"token\": \"@{fill:40}\"}'",
    "https://user:@{fill:30}@api.example.com/a/../b?access_token=@{fill:40}&scope=a%20b+c#state=x",
    "https://id.livepush.io/oauth2/authorize?response_type=token&client_id=0123456789&redirect_uri=https%3A%2F%2Fa.example%2F&scope=stream.read streams:write&scope=x",
    "https://app.example.com/cb#access_token=dal%3A@{fill:27}&token_type=Bearer&state=s",
    "{\"access_token\": \"uat@{fill:40}\", \"refresh_token\": \"rft@{fill:40}\", \"token_type\": \"access_token\", \"expires_in\": 3600, \"scope\": \"a,b\"}",
    "{\"iss\": \"client-of-mine\", \"iat\": 1800000000000, \"exp\": \"soon\", \"custom_profile_id\": 42, 'x': \\u00e9 /* no */}",
    "@{b64url:{\"alg\":\"RSA-OAEP\",\"enc\":\"A256GCM\"}}.@{bytes:256}.@{bytes:12}.@{bytes:60}.@{bytes:16}",
    "HTTP/1.1 401 Unauthorized\r\nDate: Fri, 15 Jan 2027 08:00:00 GMT\r\nWWW-Authenticate: Bearer error=\"invalid_token\"\r\nSet-Cookie: sid=@{fill:40}\r\n\r\n{\"error\":\"invalid_grant\"}",
    "{\"kty\":\"RSA\",\"kid\":\"k\",\"n\":\"AQAB\",\"e\":\"AQAB\",\"d\":\"@{bytes:256}\"}",
    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"@{bytes:32}\",\"y\":\"AQ\",\"d\":\"@{bytes:33}\",\"kid\":\"a\",\"x5c\":[\"MIIB\"]},{\"kty\":\"oct\",\"k\":\"@{bytes:64}\",\"kid\":1}]}",
    "-----BEGIN PRIVATE KEY-----\n@{b64:@{fill:40}}\n@{b64:@{fill:21}}\n-----END PRIVATE KEY-----\n",
    "@t = @{fill:30}\n@u = {{t}}:{{t}}\n### a\n# @name b\n< {%\n x %}\nGET https://a.example/x?\n  q=1&\n  # &r=é\n  &s={{u}} HTTP/1.1\nAuthorization: Basic {{$x y}} {{u}}\nContent-Type: application/json\n\n{\n// no\n\"a\": \"{{t}}\"}\n> {%\n%}\n\n###\n{{h}}/y\nAuthorization: Bearer {{t}}\n\n< ./a.json\nHTTP/1.1 200 OK\nA: b\n",
    "# docker run --env-file x\nexport A_TOKEN = '@{fill:30}' # é\r\nB_TOKEN=\"@{fill:30}\n",
    "kind: Secret\ndata:\n  é-token: @{b64:@{fill:30}}\n  b-token: \"@{fill:30}=\"\nheaders: {Authorization: 'Bearer @{fill:20}'}\nrun: |\n  T=@{fill:20}\n  curl a.example -H \"Authorization: Bearer $T\"\n",
    "[api]\ntoken = \"@{fill:30}\\n\"\n\"é\" = ['x']\nheaders = {Authorization = 'Bearer @{fill:20}'}\n",
    "1 - - [15/Jan/2027] \"GET /me?access_token=@{fill:30} HTTP/1.1\" 200 é\nx_token=@{fill:30} ; é\n",
    "{\"log\":{\"version\":\"1.2\",\"entries\":[{\"startedDateTime\":\"2027-01-15T08:00:00Z\",\"request\":{\"method\":\"POST\",\"url\":\"https://api.livechatinc.com/v3.6/agent/action/x?token=***\",\"headers\":[{\"name\":\"Authorization\",\"value\":\"Bearer @{jwt}\"}],\"postData\":{\"mimeType\":\"application/x-www-form-urlencoded\",\"params\":[{\"name\":\"code\",\"value\":\"@{fill:30}\"}]}},\"response\":{\"status\":401,\"content\":{\"mimeType\":\"application/json\",\"encoding\":\"base64\",\"text\":\"@{b64:{\"error\":\"invalid_grant\"}}\"}}}]}}",
    "POST https://a.example/é?b=c # d\nAuthorization: Bearer @{fill:30}\\# \n[QueryStringParams]\na: b\\u{e9}%\n[BasicAuth]\nu: @{fill:30}\n[Cookies]\nc: {{d}}\n```json\n{\"a\":\n\"é\"}\n```\nHTTP 200\n[Asserts]\nstatus == 200\nGET {{h}}/x\n[Form]\na: {{b}}\nHTTP *\n",
    "# é\n> ```console\n> $ curl https://a.example \\\n>   -H 'Authorization: Bearer @{fill:30}'\n> it's\n> ```\n\n~~~http\nGET /x HTTP/1.1\nAuthorization: Basic @{fill:30}\n~~~\n\n[source,json]\n----\n{\"access_token\":\"@{fill:40}\"}\n----\n\n.. code-block:: sh\n   :a: b\n\n   curl https://a.example -u 'a:@{fill:30}'\nx\n",
    "{\"info\":{\"_postman_id\":\"x\"},\"variable\":[{\"key\":\"t\",\"value\":\"@{fill:30}\"},{\"key\":\"u\",\"value\":\"{{t}}{{u}}\"}],\"item\":[{\"name\":\"é\",\"auth\":{\"type\":\"bearer\",\"bearer\":[{\"key\":\"token\",\"value\":\"{{t}}\"}]},\"item\":[{\"request\":{\"method\":\"POST\",\"url\":{\"raw\":\"https://a.example/:id/{{u}}\"},\"body\":{\"mode\":\"urlencoded\",\"urlencoded\":[{\"key\":\"code\",\"value\":\"{{u}}\\n\",\"disabled\":false}]}}}]}]}",
    "{\"_type\":\"export\",\"__export_format\":4,\"resources\":[{\"_type\":\"environment\",\"data\":{\"t\":\"@{fill:30}\"}},{\"_type\":\"request\",\"url\":\"https://a.example/é\",\"parameters\":[{\"name\":\"a b\",\"value\":\"{{ _.t }}é\"}],\"authentication\":{\"type\":\"basic\",\"username\":\"a\",\"password\":\"{{ _.t }}\"}}]}",
    "type: collection.insomnia.rest/5.0\ncollection:\n  - name: é\n    children:\n      - url: \"{{ _.a.b }}/\\u00e9?x\"\n        method: POST\n        body: {mimeType: application/json, text: '{\"a\": \"it''s\"}'}\n        authentication: {type: bearer, token: '{{ _.t }}'}\n    headers:\n      - {name: X-Api-Key, value: @{fill:30}}\nenvironments:\n  data:\n    a: {b: https://a.example}\n    t: >-\n      @{fill:20}\n      @{fill:20}\n",
    "{\"log\":{\"entries\":[{\"_webSocketMessages\":[{\"type\":\"send\",\"time\":1800000000.5,\"data\":\"{\\\"action\\\":\\\"login\\\",\\\"payload\\\":{\\\"token\\\":\\\"Bearer @{fill:30}\\\\u00e9\\\"}}\"},{\"type\":\"send\",\"data\":\"42[{\\\"token\\\":\\\"@{fill:30}\\\"}]\"}],\"request\":{\"method\":\"GET\",\"url\":\"wss://api.livechatinc.com/v3.6/agent/rtm/ws?é\",\"headers\":[]},\"response\":{\"status\":101}}]}}",
    "{\"kind\":\"List\",\"items\":[{\"kind\":\"Secret\",\"data\":{\"token\":\"\",\"\\ud83d\\ude00-token\":\"@{b64:@{fill:30}}\",“a-token”:“@{fill:30}é”,'b-token':'@{fill:30}',\"c-token\":\"\\ud83d\\ude00 @{fill:30}\"}}]}",
    "é WWW-Authenticate:\"Bearer realm=\"é\", error=\"invalid_token\", x=\\\"y\\\"\" (a=b)\n401 www-authenticate: [Basic realm=x, DPoP error=use_dpop_nonce]\n",
    "# é\n> ```py title=\"x\"\n> h = {\"Authorization\":\n>   \"Bearer {token}é\", 'iat': time.time() * 1000}\n> ```\nDo not:\n```js\nx({iat: Date.now()})\n```\n",
    "meta {\n  name: a\n}\n\npost {\n  url: https://a.example/{{t}}\n  body: json\n  auth: apikey\n}\n\nheaders {\n  \"é:x\": {{t}}\n  ~b: c\n}\n\nauth:apikey {\n  key: \"k\"\n  value: {{t}}\n  placement: queryparams\n}\n\nbody:json {\n  {\"a\": 1}\n}\n\nvars:pre-request {\n  t: @{fill:30}\n}\n",
    "  \u{feff}“Authorization:  bearer  Bearer @{fill:20}\n  @{fill:20}…”  ",
];

/// What a byte is changed into.
const BYTES: &[u8] = b"\0\n\"%. {=A\xc3";

/// The name under which a seed is read: that of the form that it begins like.
fn name_of(text: &str) -> &'static str {
    match text {
        _ if text.starts_with("# docker") => "in.env",
        _ if text.starts_with("kind") || text.starts_with("apiVersion") => "in.yaml",
        _ if text.starts_with("[api]") => "in.toml",
        _ => "in.txt",
    }
}

fn seeds() -> impl Iterator<Item = String> {
    SEEDS.iter().map(|seed| text(&Example { input: Some((*seed).to_owned()), ..Example::default() }))
}

/// Lints in circumstances under which most rules run.
fn lint(set: &RuleSet, text: &str) -> Report {
    let circumstances = Example { filename: Some(name_of(text).into()), ..Example::default() };
    lint_text(set, &circumstances, text)
}

const SHOW: Show = Show { reveal: false, unicode: true };

fn printed(set: &RuleSet, run: &Run, format: usize) -> String {
    let screen = human::Screen { color: false, width: 100 };
    let printer = Printer { show: SHOW, screen, rules: &set.rules, fails: Some(Severity::Error) };
    let mut out = Vec::new();
    printer.write(Format::ALL[format % Format::ALL.len()].0, run, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Fails if a place is none: outside its source, or in the middle of a character, here or on the way back.
fn check_places(report: &Report) {
    let Report { sources, facts, findings, .. } = report;
    for finding in findings {
        assert!(!finding.labels.is_empty(), "{} has no label", finding.rule);
        for label in &finding.labels {
            check_place(sources, label.place, &finding.rule);
        }
        let mut end = 0;
        let mut edits: Vec<Place> = finding.fix.iter().flat_map(|fix| fix.edits.iter().map(|e| e.place)).collect();
        edits.sort();
        for place in edits {
            check_place(sources, place, &finding.rule);
            assert!(sources.parent(place).is_none(), "{} edits decoded text", finding.rule);
            assert!(place.span.start >= end, "{} has edits that overlap", finding.rule);
            end = place.span.end;
        }
    }
    check_facts(sources, facts);
}

fn check_facts(sources: &Sources, facts: &Facts) {
    for (_, subject) in facts.subjects() {
        check_place(sources, subject.place, subject.thing.name());
        for fact in subject.facts() {
            check_place(sources, fact.place, fact.path.as_str());
        }
    }
}

fn check_place(sources: &Sources, mut place: Place, what: &str) {
    loop {
        let source = sources.get(place.source);
        let Some((up, _)) = sources.parent(place) else {
            assert!(
                source.text.get(place.span.range()).is_some(),
                "{what}: {:?} is no place in {:?}",
                place.span,
                source.text
            );
            return;
        };
        // In decoded text a place is of characters too.
        assert!(
            source.text.get(place.span.range()).is_some(),
            "{what}: {:?} is no place in {:?}",
            place.span,
            source.text
        );
        place = up;
    }
}

/// Of a credential as it is, fewer characters than this are shown in a row.
const WHOLE: usize = 8;

/// What a change of bytes leaves may be no credential any more; a run as long as this is taken for one all the same.
const REST: usize = 24;

/// The runs of random-looking characters in a seed: what harness marks stand for.
fn secrets(text: &str) -> Vec<&str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c)))
        .filter(|run| {
            let has = |class: fn(&u8) -> bool| run.bytes().any(|b| class(&b));
            // The account's UUID is no secret.
            let is_uuid = run.len() == 36 && run.matches('-').count() == 4;
            run.len() >= 20 && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic) && !is_uuid
        })
        .collect()
}

fn check_output(out: &str, secrets: &[&str], run: usize, input: &str) {
    assert!(!out.chars().any(|c| c != '\n' && is_unsafe(c)), "{input:?}: {out:?}");
    for secret in secrets {
        for part in secret.as_bytes().windows(run).filter_map(|part| std::str::from_utf8(part).ok()) {
            assert!(!out.contains(part), "{input:?} shows {part:?}:\n{out}");
        }
    }
}

/// Lints and prints one text; `turn` chooses the format.
fn check(set: &RuleSet, text: &str, secrets: &[&str], turn: usize) {
    let report = lint(set, text);
    check_places(&report);
    if turn % 4 == 0 {
        check_output(&printed(set, &Run::from(report), turn / 4), secrets, REST, text);
    }
}

/// Does something with each element of a list, on all processors.
fn for_each<T: Sync>(list: &[T], work: impl Fn(usize, &T) + Sync) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZero::get) {
            scope.spawn(|| {
                while let Some((i, element)) =
                    Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|i| Some((i, list.get(i)?)))
                {
                    work(i, element);
                }
            });
        }
    });
}

/// The places in a seed that are worth a cut or a change. Within a long run of token characters every eighth is: to all
/// that reads it, one is like the other. In a seed that is a token and little else each place counts.
fn places(seed: &str) -> Vec<usize> {
    const EDGE: usize = 6;
    let bytes = seed.as_bytes();
    let is_token = |b: &&u8| b.is_ascii_alphanumeric() || b"-_".contains(b);
    let is_inside = |at: usize| {
        let around = bytes.get(at.saturating_sub(EDGE)..at + EDGE).unwrap_or_default();
        seed.len() > 250 && at > EDGE && around.len() > EDGE && around.iter().all(|b| is_token(&b))
    };
    (0..seed.len()).filter(|at| !is_inside(*at) || at % 8 == 0).collect()
}

#[test]
fn every_beginning_and_end_of_a_seed_is_survived() {
    let set = RuleSet::builtin();
    for_each(&seeds().collect::<Vec<_>>(), |_, seed| {
        let secrets = secrets(seed);
        for (turn, at) in places(seed).into_iter().filter(|at| seed.is_char_boundary(*at)).enumerate() {
            check(&set, &seed[..at], &secrets, turn);
            check(&set, &seed[at..], &secrets, turn + 1);
        }
    });
}

#[test]
fn every_change_of_a_byte_of_a_seed_is_survived() {
    let set = RuleSet::builtin();
    for_each(&seeds().collect::<Vec<_>>(), |i, seed| {
        let secrets = secrets(seed);
        for (turn, at) in places(seed).into_iter().enumerate() {
            let mut bytes = seed.clone().into_bytes();
            bytes[at] = BYTES[(turn + i) % BYTES.len()];
            check(&set, &String::from_utf8_lossy(&bytes), &secrets, turn + i);
        }
    });
}

#[test]
fn a_seed_shows_no_credential_in_any_format() {
    let set = RuleSet::builtin();
    for seed in seeds() {
        let run = Run::from(lint(&set, &seed));
        for format in 0..Format::ALL.len() {
            check_output(&printed(&set, &run, format), &secrets(&seed), WHOLE, &seed);
        }
    }
}

/// Lints a large text and prints what was found in one format.
fn survive(set: &RuleSet, text: &str, turn: usize) {
    let report = lint(set, text);
    check_places(&report);
    printed(set, &Run::from(report), turn);
}

const KB: usize = 1024;

#[test]
fn long_runs_of_one_character_are_survived() {
    let set = RuleSet::builtin();
    for (turn, c) in "{[(\"'`%&.\n\r$:,= \\+/<A0é}]-#?;\u{feff}".chars().enumerate() {
        survive(&set, &c.to_string().repeat(4 * KB), turn);
    }
    for c in ["{", "[", "\n"] {
        survive(&set, &c.repeat(128 * KB), 1);
    }
}

/// Nothing here takes time or stack that grows faster than the text.
#[test]
fn deep_wide_and_long_inputs_are_survived() {
    let set = RuleSet::builtin();
    let token = "aZ9-".repeat(KB);
    let jwt = text(&Example::default());
    let basic = "Authorization: Basic NGFkN2Y2YTEtOTNjMi00ZDBlLThiNWYtMmY2YzFlOWE3ZDMwOmZha2UtcGF0LWZvci10ZXN0cw==";
    let request = format!("GET /v3.6/customer/x HTTP/1.1\nHost: api.livechatinc.com\n{basic}\n\n###\n");
    let inputs = [
        format!("{}{}", "{\"a\":".repeat(200 * KB), "}".repeat(200 * KB)),
        format!("{}{}", "[".repeat(500 * KB), "]".repeat(500 * KB)),
        format!("{{{}", "\"a\":1,".repeat(10 * KB)),
        format!("[{}", "{\"access_token\":\"0123456789abcdefghijklmno\"},".repeat(KB / 4)),
        format!("{{{}", "\"access_token\":\"0123456789abcdefghijklmno\",".repeat(KB / 4)),
        // Comments that name rules that do not exist, many, long, and many in one.
        (0..2 * KB).map(|n| format!("# tokenlint: allow a{n}/b -- c\n")).collect(),
        format!("# tokenlint: allow {} -- c\n", token.get(..3 * KB).unwrap()).repeat(KB / 4),
        (0..KB / 4).map(|n| format!("# tokenlint: allow {} -- c\n", format!("a{n}/b,").repeat(KB / 4))).collect(),
        "\"\\u12\\q\\uD800".repeat(4 * KB),
        "a.".repeat(16 * KB),
        format!("{jwt} ").repeat(KB / 4),
        format!("API_TOKEN={jwt}\n").repeat(KB / 8),
        format!("https://api.livechatinc.com/?{}", "a=%41&".repeat(4 * KB)),
        format!("https://api.livechatinc.com/?{}", "access_token=0123456789abcdefghijklmno&".repeat(KB / 4)),
        format!("https://accounts.livechat.com/?response_type=code&scope={}", "a,".repeat(4 * KB)),
        format!("GET / HTTP/1.1\n{}", "X-A: b\n".repeat(4 * KB)),
        format!("GET / HTTP/1.1\nHost: a.example\n{}", format!("{basic}\n").repeat(KB / 8)),
        format!("Cookie: {}", "a=b; ".repeat(4 * KB)),
        request.repeat(KB / 16),
        "curl https://a.example -H 'Authorization: Bearer abc'\n".repeat(KB / 4),
        format!("curl {} https://a.example", "-H 'a: b' ".repeat(4 * KB)),
        "A=$A$A\n".repeat(4 * KB) + "curl https://a.example -H \"Authorization: Bearer $A\"",
        "T=\"$T x\"\ncurl https://a.example -H \"Authorization: Bearer $T\"\n".repeat(KB / 16),
        format!("Authorization: Bearer {}", token.repeat(4)),
        format!("Authorization: Basic {}", "YTpi".repeat(4 * KB)),
        format!("Authorization: Bearer dal%3A{}", "%2541".repeat(4 * KB)),
        "Bearer ".repeat(32 * KB),
        "%ZZ%4".repeat(2 * KB),
        (1..40).map(|n| format!("@v{n} = {{{{v{}}}}}{{{{v{}}}}}\n", n - 1, n - 1)).collect::<String>()
            + &"### a\nGET https://a.example/{{v39}}\nAuthorization: Bearer {{v20}}\n\n".repeat(KB / 8),
        "GET https://a.example/\nHTTP 200\n```\n".repeat(KB),
        format!("GET https://a.example/\n[Query]\n{}HTTP 200\n", "a: {{b}}\\#%\n".repeat(2 * KB)),
        "```sh\ncurl https://a.example -H 'Authorization: Bearer a'\n```\n".repeat(KB / 8),
        "> ```console\n> $ x '\n".repeat(2 * KB),
        "```http\nGET / HTTP/1.1\n[source,sh]\n----\n.. code:: sh\n".repeat(2 * KB),
        format!("### a\nPOST https://a.example/\n\n{}", "{{a}}\n# b\n".repeat(4 * KB)),
        format!("### a\nGET https://a.example/\n{}", "  &a={{b}}\n".repeat(2 * KB)),
        format!("### a\nGET https://a.example/\n\n{}", "< {%\n> {%\n{{\n".repeat(4 * KB)),
        // Configuration and logs.
        format!("[api]\n{}", "a = {b = [1, ".repeat(16 * KB)),
        format!("[api]\n{}", "[[a.b.c]]\ntoken = 'aZ9-aZ9-aZ9-aZ9-aZ9-aZ9-'\n".repeat(KB)),
        "x \"GET /?access_token=aZ9-aZ9-aZ9-aZ9-aZ9-aZ9- HTTP/1.1\" 200\n".repeat(KB),
        "x \"GET / HTTP/1.1\" 200\n".repeat(16 * KB),
        format!("# docker\n{}", format!("API_TOKEN={}\n", "aZ9-".repeat(10)).repeat(KB)),
        format!("# docker\n{}", "A=\"\\\"\n".repeat(64 * KB)),
        format!("# docker\n{}", "A='".repeat(64 * KB)),
        format!("apiVersion: v1\n{}", "a: [".repeat(64 * KB)),
        format!("apiVersion: v1\n{}", "token: aZ9-aZ9-aZ9-aZ9-aZ9-aZ9-\n".repeat(8 * KB)),
        format!("apiVersion: v1\nrun: |\n{}", "  curl https://a.example -H 'A: b'\n".repeat(KB / 4)),
        format!("apiVersion: v1\na: &a [x]\nb: [{}]\n", "*a, ".repeat(8 * KB)),
        format!("apiVersion: v1\na: \"{}\"\n", "\\u0041 \\\n ".repeat(8 * KB)),
        format!("apiVersion: v1\na:\n{}", "  - environment: [A_TOKEN=aZ9-aZ9-aZ9-aZ9-aZ9-]\n".repeat(4 * KB)),
        format!("{{\"log\":{{\"entries\":[{{\"request\":{}", "{\"request\":".repeat(100 * KB)),
        format!("{{\"info\":{{\"_postman_id\":1}},\"item\":[{}", "{\"item\":[".repeat(100 * KB)),
        format!(
            "{{\"info\":{{\"_postman_id\":1}},\"variable\":[{{\"key\":\"t\",\"value\":\"{}\"}}],\"item\":[{}]}}",
            "aZ9-".repeat(8 * KB),
            "{\"request\":\"https://a.example/{{t}}\"},".repeat(KB)
        ),
        format!("meta {{\n}}\nget {{\n  url: https://a.example/\n}}\nheaders {{\n{}", "  a: {{b}}\n".repeat(2 * KB)),
        format!("{{\"log\":{{\"entries\":[{}", "{\"request\":{},\"response\":{}},".repeat(4 * KB)),
        format!(
            "{{\"log\":{{\"entries\":[{{\"request\":{{\"url\":\"https://a.example/?token={}",
            "*** ".repeat(8 * KB)
        ),
    ];
    for_each(&inputs, |turn, input| survive(&set, input, turn));
}
