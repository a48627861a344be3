//! The reports for other programs: each is what its format asks for, and no text of an input is anything but text in it.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::disallowed_types)]

#[path = "common/process.rs"]
mod process;

use std::collections::BTreeSet;

use boon::{Compiler, Schemas};
use process::{Folder, Run};
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::{Value, json};

const REQUEST: &str = "POST /v3.6/agent/action/list_chats HTTP/1.1\r\nHost: api.livechatinc.com\r\nAuthorization: Bearer NGFkN2Y2YTEtOTNjMi00ZDBlLThiNWYtMmY2YzFlOWE3ZDMwOmZha2UtcGF0LWZvci10ZXN0cw==\r\n\r\n";

/// The formats that other programs read.
const FORMATS: [&str; 7] = ["json", "jsonl", "sarif", "github", "gitlab", "junit", "markdown"];

/// What means something in one of the formats or to a program that reads a log.
const ATTACKS: &[&str] = &[
    "::error file=a,line=1::pwned",
    "%0A::set-output name=a::b",
    "%0a%0D::stop-commands::x",
    "##vso[task.setvariable variable=a]b",
    "##teamcity[message text='x']",
    "##[group]x",
    "a,line=9,title=b::c",
    "| x | y |",
    "`code` **bold** _it_",
    "[click](https://evil.example/)",
    "![image](https://evil.example/i.png)",
    "https://evil.example/?a=b www.evil.example me@evil.example @octocat #1",
    "<a href='https://evil.example'>x</a>",
    "</code></pre></details><script>alert(1)</script>",
    "<!-- x --> --> ]]> <![CDATA[ &amp; &#x41; &unknown; \"'",
    "{0} {{1}} [link](1)",
    "\u{1b}[31m \u{1b}]8;;https://evil.example\u{7}x",
    "\u{202e}gnp.exe \u{200b} \u{feff} \u{ffff} \u{85}",
    "\\u001b \\n \\\" \\",
    "\n::error file=a::pwned",
    "\r\n\r\n::add-mask::x\n\n# heading\n",
];

/// A folder with rules that say the value of a header, and nothing else.
fn folder() -> Folder {
    let folder = Folder::new();
    for severity in ["error", "warning", "note"] {
        let rule = process::rule(severity);
        let fact = format!("fact = \"request.header.x-{severity}\"\nmissing = false\n");
        let rule = rule.split("[[when]]").next().unwrap().to_owned() + "[[when]]\n" + &fact;
        folder.write(&format!("rules/mine/{severity}.toml"), rule);
    }
    folder
}

const OWN: &[&str] = &["--rules", "rules", "--select", "mine/*"];

fn report(folder: &Folder, format: &str, request: &str, name: &str) -> Run {
    let arguments = ["check", "-", "--stdin-filename", name, "--format", format, "--fail-on", "never"];
    folder.pipe(request, &[&arguments, OWN].concat())
}

/// A request with each text as the value of a header that a rule repeats.
fn request(texts: &[&str]) -> String {
    let names = ["error", "warning", "note"];
    let message = |(i, text): (usize, &&str)| format!("GET / HTTP/1.1\r\nX-{}: {text}\r\n\r\n###\r\n", names[i % 3]);
    texts.iter().enumerate().map(message).collect()
}

#[test]
fn text_of_an_input_is_only_text_in_every_format() {
    let folder = folder();
    for attack in ATTACKS {
        // As the value, as the name, and in what is looked at but not found.
        let name = format!("dir/{attack}.http");
        for format in FORMATS {
            let run = report(&folder, format, &request(&[attack, attack, attack]), &name);
            assert_eq!((run.status, run.err.as_str()), (0, ""), "{run:#?}");
            assert!(run.out.contains("mine/error"), "{attack:?} is found and repeated: {run:#?}");
            sound(format, &run.out);
            let gone = folder.run(&["check", &name, attack, "--format", format]);
            if !gone.out.is_empty() {
                sound(format, &gone.out);
            }
            harmless(format, &gone.err);
        }
    }
}

/// A tree in which names of files and everything in them are attacks: values and names in tokens, JSON, settings and URLs.
#[cfg(unix)]
fn tree() -> Folder {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use std::os::unix::ffi::OsStrExt;

    let folder = Folder::new();
    let encoded = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    for (i, attack) in ATTACKS.iter().enumerate() {
        let name = attack.replace('/', "\u{2215}");
        folder.write(&format!("{name}.http"), REQUEST);
        folder.write(&format!("{i}/{name}/in.http"), REQUEST);
        folder.write(&format!("{i}/plain.http"), format!("{REQUEST}###\r\n{}", request(&[attack])));
        let text = json!(attack).to_string();
        let claims = format!(
            r#"{{"iss":{text},"aud":{text},"exp":1800000000000,"nbf":{text},"scope":{text},{text}:1,{text}:2}}"#
        );
        let (header, claims) = (json!({ "alg": attack, "typ": attack, "kid": attack }), URL_SAFE_NO_PAD.encode(claims));
        folder.write(&format!("{i}/token.jwt"), format!("{}.{claims}.bm90LWEtcmVhbC1zaWduYXR1cmU", encoded(&header)));
        let metadata = json!({ "issuer": attack, "token_endpoint": attack, "jwks_uri": attack, (*attack): attack });
        folder.write(&format!("{i}/metadata.json"), metadata.to_string());
        let answer = json!({ "access_token": attack, "token_type": attack, "expires_in": attack, "scope": attack });
        folder.write(&format!("{i}/token-response.json"), answer.to_string());
        folder.write(&format!("{i}/a.env"), format!("ACCESS_TOKEN={attack}\nCLIENT_SECRET='{attack}'\n"));
        let text = attack.replace(['\r', '\n', '\''], " ");
        folder.write(&format!("{i}/a.py"), format!("headers = {{'Authorization': 'Bearer Bearer {text}', 'X': 1}}\n"));
        let form = percent_encoding::utf8_percent_encode(attack, percent_encoding::NON_ALPHANUMERIC);
        let query =
            format!("client_id={form}&response_type={form}&scope={form}&access_token={form}&redirect_uri={form}");
        folder
            .write(&format!("{i}/a.sh"), format!("curl 'https://a.example/oauth/authorize?{query}' -H 'X: {text}'\n"));
    }
    let name = std::ffi::OsStr::from_bytes(b"\xff\n::error::\x9b.http");
    std::fs::write(folder.path().join(name), REQUEST).unwrap();
    folder
}

#[cfg(unix)]
#[test]
fn a_hostile_tree_is_only_text_in_every_format() {
    let folder = tree();
    let seen = ["-v", "--strict", "--now", "1800000000", "--fail-on", "never", "--expect", "aud=https://a.example"];
    for format in FORMATS.into_iter().chain(["human", "short"]) {
        let run = folder.run(&[&["check", ".", "--format", format][..], &seen].concat());
        assert_eq!(run.status, 0, "{run:#?}");
        harmless("human", &run.err);
        match format {
            "human" => harmless(format, &run.out),
            "short" => {
                harmless(format, &run.out);
                let is_finding = |line: &str| {
                    ["error", "warning", "note"].iter().any(|severity| line.contains(&format!(": {severity}[")))
                };
                assert!(run.out.lines().all(is_finding), "{}", run.out);
                assert!(run.out.lines().count() > 10 * ATTACKS.len(), "{}", run.out);
            }
            _ => sound(format, &run.out),
        }
    }
}

#[test]
fn everything_that_is_found_in_the_fixtures_can_be_reported() {
    let folder = Folder::new();
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
    for format in ["sarif", "junit", "markdown", "github"] {
        let run = folder.run(&["check", fixtures, "--format", format, "--now", "1800000000", "--strict"]);
        assert_eq!(run.status, 1, "{run:#?}");
        harmless("human", &run.err);
        sound(format, &run.out);
    }
}

/// What a user gives or a repository holds beside the input is repeated where it is wrong.
#[test]
fn options_and_configuration_are_only_text_in_every_format() {
    let folder = folder();
    folder.write("a.http", request(&["x"]));
    for attack in ["\n::error file=a::x\r::error::y %0A::z", "##[error]\u{1b}[2J\u{202e}##vso[a]", "]]><b>[a](b){0}|`"]
    {
        let text = json!(attack).to_string();
        for config in [
            format!("{text} = 1\n"),
            format!("[rules]\n{text} = 'off'\n"),
            format!("exclude = [{text}, '!a', '['] # {}\n", attack.replace(['\r', '\n'], " ")),
            format!("[[path]]\nglob = '**'\nplatform = {text}\nas = {text}\nexpect = {{ {text} = 'x' }}\n"),
            format!("[[path]]\nglob = '**'\nkey = {text}\n"),
            format!("[[allow]]\nrule = 'mine/*'\nsource = 'a.http'\nreason = {text}\n"),
            format!("baseline = {text}\n"),
        ] {
            folder.write("tokenlint.toml", config);
            for format in ["json", "sarif", "junit", "markdown", "github"] {
                let run = folder.run(&[&["check", "a.http", "--format", format][..], OWN].concat());
                sound(format, &run.out);
                harmless("human", &run.err);
            }
        }
        std::fs::remove_file(folder.path().join("tokenlint.toml")).unwrap();
        folder.write("known.jsonl", format!("{attack}\n"));
        for option in [
            "select",
            "ignore",
            "platform",
            "expect",
            "key",
            "config",
            "rules",
            "baseline",
            "files-from",
            "diff-base",
            "now",
            "leeway",
            "format",
            "output",
            "as",
            "fail-on",
            attack,
        ] {
            let run = folder.run(&["check", "a.http", &format!("--{option}={attack}"), "--format", "markdown"]);
            harmless("human", &run.all());
        }
        let run =
            folder.run(&[&["check", "a.http", "--baseline", "known.jsonl", "--format", "markdown"][..], OWN].concat());
        harmless("human", &run.all());
    }
}

/// Fails if a report is not what its format asks for.
fn sound(format: &str, text: &str) {
    harmless(format, text);
    match format {
        "json" | "gitlab" => drop(serde_json::from_str::<Value>(text).unwrap()),
        "jsonl" => text.lines().for_each(|line| drop(serde_json::from_str::<Value>(line).unwrap())),
        "sarif" => sound_sarif(text),
        "github" => text.lines().for_each(|line| drop(command(line))),
        "junit" => drop(elements(text)),
        _ => sound_markdown(text),
    }
}

/// Fails if a terminal or a CI runner would do something because of the text.
fn harmless(format: &str, text: &str) {
    let is_steering = |c: char| c != '\n' && tokenlint::show::is_unsafe(c);
    assert!(!text.contains(is_steering), "{format}: {text:?}");
    for command in ["##[", "##vso[", "##teamcity["] {
        assert!(!text.contains(command), "{format}: {text}");
    }
    let is_command = |line: &str| line.trim_start().starts_with("::");
    assert!(format == "github" || !text.lines().any(is_command), "{format}: {text}");
}

/// A workflow command as the runner reads it: its name, its parameters, its text.
fn command(line: &str) -> (String, Vec<(String, String)>, String) {
    let (head, text) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
    let (name, parameters) = head.split_once(' ').unwrap();
    assert!(["error", "warning", "notice"].contains(&name), "{line}");
    let decoded = |text: &str| {
        text.replace("%3A", ":").replace("%2C", ",").replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
    };
    let parameters = parameters.split(',').map(|pair| pair.split_once('=').unwrap());
    let parameters: Vec<_> = parameters.map(|(name, value)| (name.to_owned(), decoded(value))).collect();
    let names: Vec<&str> = parameters.iter().map(|(name, _)| name.as_str()).collect();
    assert!(
        matches!(names.as_slice(), ["file", "line", "col", "endLine", "endColumn", "title"] | ["title"]),
        "{line}: {names:?}"
    );
    (name.to_owned(), parameters, decoded(text))
}

/// An element of XML: its name, its attributes, and the text directly in it.
type Element = (String, Vec<(String, String)>, String);

/// The elements in order.
fn elements(xml: &str) -> Vec<Element> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let (mut found, mut open): (Vec<Element>, Vec<usize>) = (Vec::new(), Vec::new());
    loop {
        let event = reader.read_event().unwrap_or_else(|error| panic!("{error}: {xml}"));
        match event {
            Event::Start(ref tag) | Event::Empty(ref tag) => {
                let attribute = |a: quick_xml::events::attributes::Attribute| {
                    let name = String::from_utf8(a.key.0.to_vec()).unwrap();
                    let value = quick_xml::escape::unescape(std::str::from_utf8(&a.value).unwrap()).unwrap();
                    (name, value.into_owned())
                };
                let attributes = tag.attributes().map(|a| attribute(a.unwrap())).collect();
                found.push((String::from_utf8(tag.name().0.to_vec()).unwrap(), attributes, String::new()));
                if matches!(event, Event::Start(_)) {
                    open.push(found.len() - 1);
                }
            }
            Event::End(_) => drop(open.pop()),
            Event::Text(text) => {
                if let Some(element) = open.last().and_then(|at| found.get_mut(*at)) {
                    element.2 += &text.decode().unwrap();
                }
            }
            Event::GeneralRef(entity) => {
                let entity = format!("&{};", entity.decode().unwrap());
                let at = *open.last().unwrap();
                found[at].2 += &quick_xml::escape::unescape(&entity).unwrap();
            }
            Event::Eof => break,
            other => panic!("{other:?} in {xml}"),
        }
    }
    assert!(open.is_empty(), "{xml}");
    found
}

/// The whole is HTML of these few elements, with no blank line where Markdown would begin anew within it.
fn sound_markdown(text: &str) {
    let found = elements(&format!("<all>{text}</all>"));
    for (name, attributes, _) in &found[1..] {
        let known = ["h3", "table", "tr", "th", "td", "code", "details", "summary", "pre", "p"];
        assert!(known.contains(&name.as_str()) && attributes.is_empty(), "{name} {attributes:?} in {text}");
    }
    let mut is_pre = false;
    for line in text.lines() {
        assert!(is_pre || line.is_empty() || line.starts_with('<'), "{line:?} in {text}");
        is_pre = (is_pre || line == "<pre>") && line != "</pre>";
    }
    // What quotes an input stands where no name or address becomes a link.
    for (name, _, inside) in found.iter().filter(|(name, ..)| !["code", "pre"].contains(&name.as_str())) {
        let own = |text: &str| text.trim().chars().all(|c| c.is_ascii_alphanumeric() || " :".contains(c));
        assert!(own(inside), "{name}: {inside:?}");
    }
}

fn sound_sarif(text: &str) {
    let schema: Value = serde_json::from_str(include_str!("schemas/sarif-2.1.0.json")).unwrap();
    let mut compiler = Compiler::new();
    compiler.enable_format_assertions();
    compiler.add_resource("sarif.json", schema).unwrap();
    let mut schemas = Schemas::new();
    let index = compiler.compile("sarif.json", &mut schemas).unwrap();
    let log: Value = serde_json::from_str(text).unwrap();
    if let Err(error) = schemas.validate(&log, index) {
        panic!("{error:#}\n{text}");
    }
    // What the schema cannot say: a message holds no placeholder and no link.
    let mut open = vec![&log];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                open.extend(members.iter().filter(|(name, _)| *name != "insertedContent").map(|(_, value)| value));
                let text = members.get("text").and_then(Value::as_str).unwrap_or("");
                let bare = text.replace("{{", "").replace("}}", "");
                assert!(!bare.contains(['{', '}']) && !text.contains("]("), "{text}");
            }
            Value::Array(list) => open.extend(list),
            _ => {}
        }
    }
}

#[test]
fn sarif_says_what_a_code_scanner_needs() {
    let folder = Folder::new();
    folder.write("in/a b.http", REQUEST);
    let rules = ["--select", "platform/scheme-wrong"];
    let run = folder.run(&[&["check", "in/a b.http", "gone.http", "--format", "sarif"][..], &rules].concat());
    assert!(run.is(2, &[]).err.contains("gone.http"), "{run:#?}");
    sound_sarif(&run.out);
    let log: Value = serde_json::from_str(&run.out).unwrap();
    let sarif = &log["runs"][0];
    assert_eq!((&log["version"], &sarif["columnKind"]), (&"2.1.0".into(), &"unicodeCodePoints".into()));
    let rule = &sarif["tool"]["driver"]["rules"][0];
    assert_eq!(
        (&rule["id"], &rule["defaultConfiguration"]["level"]),
        (&"platform/scheme-wrong".into(), &"error".into())
    );
    assert!(rule["help"]["text"].as_str().unwrap().contains("https://"), "{rule}");
    let result = &sarif["results"][0];
    assert_eq!((&result["ruleId"], &result["ruleIndex"]), (&rule["id"], &0.into()));
    let place = json!({
        "artifactLocation": { "uri": "in/a%20b.http" },
        "region": { "startLine": 3, "startColumn": 16, "endLine": 3, "endColumn": 22 },
    });
    assert_eq!(result["locations"][0]["physicalLocation"], place);
    assert!(result["partialFingerprints"]["tokenlint/v1"].as_str().is_some_and(|print| print.len() >= 16));
    let change = &result["fixes"][0]["artifactChanges"][0];
    assert_eq!(change["artifactLocation"], place["artifactLocation"]);
    let replacement = json!([{ "deletedRegion": place["region"], "insertedContent": { "text": "Basic" } }]);
    assert_eq!(change["replacements"], replacement);
    let invocation = &sarif["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    assert!(invocation["toolExecutionNotifications"][0]["message"]["text"].as_str().unwrap().contains("gone.http"));
}

#[test]
fn further_labels_are_related_locations() {
    let folder = Folder::new();
    let twice = "GET / HTTP/1.1\r\nHost: a.example\r\nAuthorization: Bearer abcdefghijklmnop1234\r\nAuthorization: Bearer abcdefghijklmnop1235\r\n\r\n";
    folder.write("twice.http", twice);
    let run = folder.run(&["check", "twice.http", "--format", "sarif"]);
    sound_sarif(&run.out);
    let json: Value = serde_json::from_str(&folder.run(&["check", "twice.http", "--format", "json"]).out).unwrap();
    let log: Value = serde_json::from_str(&run.out).unwrap();
    let labels: Vec<usize> = array(&json["findings"]).iter().map(|f| array(&f["labels"]).len()).collect();
    assert!(labels.iter().any(|count| *count > 1), "{json}");
    let count = |result: &Value| array(&result["locations"]).len() + array(&result["relatedLocations"]).len();
    let places: Vec<usize> = array(&log["runs"][0]["results"]).iter().map(count).collect();
    assert_eq!(labels, places);
}

fn array(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

#[test]
fn a_path_is_a_uri_in_sarif() {
    let folder = folder();
    for (name, uri) in [
        ("a/b.http", "a/b.http"),
        ("/a/b c.http", "file:///a/b%20c.http"),
        ("C:/a.http", "file:///C%3A/a.http"),
        ("javascript:alert(1)", "javascript%3Aalert%281%29"),
        ("a#b?c%41.http", "a%23b%3Fc%2541.http"),
        ("é.http", "%C3%A9.http"),
    ] {
        let log: Value = serde_json::from_str(&report(&folder, "sarif", &request(&["x"]), name).out).unwrap();
        let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], uri);
    }
}

#[test]
fn github_gets_ten_of_a_level_and_the_count_of_the_rest() {
    let folder = folder();
    let texts: Vec<String> = (0..36).map(|i| format!("text {i}, 100% : x")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let run = report(&folder, "github", &request(&texts), "dir/50%, a:b.http");
    let commands: Vec<_> = run.out.lines().map(command).collect();
    let count = |name: &str| commands.iter().filter(|command| command.0 == name).count();
    assert_eq!((count("error"), count("warning"), count("notice")), (10, 10, 10));
    let (_, parameters, text) = &commands[0];
    assert_eq!(parameters[0], ("file".into(), "dir/50%, a:b.http".into()));
    assert_eq!(parameters[5], ("title".into(), "mine/error".into()));
    assert_eq!(text, "the flaw is text 0, 100% : x\nhelp: remove it");
    assert_eq!(commands[29].2, "not shown here: 2 errors, 2 warnings, 3 notes");
    let few = report(&folder, "github", &request(&texts[..3]), "a.http");
    assert_eq!(few.out.lines().count(), 3, "{few:#?}");
}

#[test]
fn gitlab_gets_the_members_that_it_requires() {
    let folder = folder();
    let run = report(&folder, "gitlab", &request(&["a", "b", "c"]), "dir/a.http");
    let issues: Value = serde_json::from_str(&run.out).unwrap();
    let severities: Vec<&str> = array(&issues).iter().map(|issue| issue["severity"].as_str().unwrap()).collect();
    assert_eq!(severities, ["major", "minor", "info"]);
    for issue in array(&issues) {
        assert!(issue["description"].as_str().unwrap().starts_with("the flaw is "), "{issue}");
        assert!(issue["check_name"].as_str().unwrap().starts_with("mine/"), "{issue}");
        assert_eq!(issue["location"]["path"], "dir/a.http");
        assert!(issue["location"]["lines"]["begin"].as_u64().unwrap() > 0, "{issue}");
    }
    let prints: BTreeSet<&str> = array(&issues).iter().map(|issue| issue["fingerprint"].as_str().unwrap()).collect();
    assert_eq!(prints.len(), 3, "each has its own");
    let twice = report(&folder, "gitlab", &request(&["a", "b", "c", "a", "b", "c"]), "dir/a.http").out;
    let issues: Value = serde_json::from_str(&twice).unwrap();
    let prints: BTreeSet<&str> = array(&issues).iter().map(|issue| issue["fingerprint"].as_str().unwrap()).collect();
    assert_eq!(prints.len(), 6, "lines that are the same, too");
    assert_eq!(report(&folder, "gitlab", "", "a.http").out, "[]\n");
}

#[test]
fn junit_can_be_read_back() {
    let folder = folder();
    let text = "<b>&amp; ]]> \"x\" 'y'";
    let run = report(&folder, "junit", &request(&[text, text, text]), "a & <b>.http");
    let found = elements(&run.out);
    let names: Vec<&str> = found.iter().map(|(name, ..)| name.as_str()).collect();
    // `--fail-on never`: no case fails.
    let expected = [&["testsuites", "testsuite"][..], &["testcase", "system-out"].repeat(3)].concat();
    assert_eq!(names, expected);
    let attribute = |at: usize, name: &str| found[at].1.iter().find(|a| a.0 == name).map(|a| a.1.as_str());
    assert_eq!((attribute(0, "tests"), attribute(0, "failures")), (Some("3"), Some("0")));
    assert_eq!((attribute(1, "name"), attribute(2, "file")), (Some("a & <b>.http"), Some("a & <b>.http")));
    assert!(found[3].2.contains(&format!("error: the flaw is {text}\nhelp: remove it\n")), "{found:#?}");

    folder.write("a.http", request(&["x", "y", "z"]));
    let failing = |least: &str| {
        let arguments = ["check", "a.http", "gone.http", "--format", "junit", "--fail-on", least];
        let found = elements(&folder.run(&[&arguments, OWN].concat()).out);
        let count = |name: &str| found.iter().filter(|element| element.0 == name).count();
        (count("failure"), count("error"))
    };
    assert_eq!((failing("error"), failing("warning"), failing("note")), ((1, 1), (2, 1), (3, 1)));
}
