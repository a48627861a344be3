//! The JSON reader: the same values as serde_json on valid text, the right trouble (and only it) on broken text, and
//! neither panic nor hang on anything.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

use serde_json::Value as Json;
use tokenlint::decode::json::{Document, Kind, Node, facts, looks_like_json, read, string_map};
use tokenlint::facts::{Facts, Path, Thing, Value};
use tokenlint::source::{Hole, Place, Sources, Span};

/// The document as serde_json has it; of duplicates the last one, as there.
fn rebuild(document: &Document, node: usize) -> Json {
    let children = || document.children(node);
    match &document.nodes[node].value {
        Value::Text(text) => Json::String(text.clone()),
        Value::Int(n) => serde_json::from_str(&n.to_string()).unwrap(),
        Value::Number(text) => serde_json::from_str(text).unwrap(),
        Value::Bool(b) => Json::Bool(*b),
        Value::Null => Json::Null,
        Value::Array => children().map(|(i, _)| rebuild(document, i)).collect(),
        Value::Object => {
            children().map(|(i, n)| (n.name.as_ref().unwrap().text.clone(), rebuild(document, i))).collect()
        }
    }
}

/// The ids of the troubles and the text they stand at.
fn troubles(text: &str) -> Vec<(&'static str, &str)> {
    read(text, &[]).troubles.iter().map(|t| (t.kind.id(), &text[t.span.range()])).collect()
}

/// The values of the document in one line, names with their values.
fn outline(text: &str) -> String {
    let document = read(text, &[]);
    let value = |n: &Node| match &n.value {
        Value::Object => "{}".to_owned(),
        Value::Array => "[]".to_owned(),
        other => other.to_string(),
    };
    let show = |n: &Node| match &n.name {
        Some(name) => format!("{}={}", name.text, value(n)),
        None => value(n),
    };
    document.nodes.iter().map(show).collect::<Vec<_>>().join("; ")
}

const VALID: &[&str] = &[
    "{}",
    "[]",
    " \t\r\n{ } \n",
    "null",
    "true",
    "false",
    "0",
    "-1",
    "17",
    "1.0",
    "1.5e3",
    "1e3",
    "1E-2",
    "1e+10",
    "12345678901234567890",
    "-9223372036854775808",
    r#""""#,
    r#""text""#,
    r#""a\"b\\c\/d\b\f\n\r\t""#,
    r#""\u0041\u00e9\u20AC""#,
    r#""\ud83d\ude00 and 😀""#,
    r#""ü – “curly” ‘quotes’ are fine in a text""#,
    r#""it's, \"fine\": {[]}""#,
    r#""// no comment, /* nor this */ # nor this""#,
    r#""a: ""#,
    r#""…""#,
    "[1,2,3]",
    "[ 1 , [ 2 , [ ] ] , { } ]",
    r#"["{","["]"#,
    r#""{""#,
    r#" "[" "#,
    r#"["a","b, ","c:","}","]","{"]"#,
    r#"{"a":1,"b":[true,false,null],"c":{"d":{}}}"#,
    r#"{"": "", " ": " "}"#,
    r#"{"a:": ":", "b,": ",", "c}": "}"}"#,
    r#"{"urn:x": "http://a.b/c?d=e&f=g#h"}"#,
    r#"{"iss":"joe","exp":1300819380,"http://example.com/is_root":true}"#,
    r#"{"typ":"JWT",
 "alg":"HS256"}"#,
    "{\"a\" \n : \n 1 \n , \n \"b\" : 2 }",
    r#"{"error":"invalid_grant","error_description":"Bad \"code\", try again: later"}"#,
    r#"{"grant_type":"agent_token","client_id":"0123456789abcdef0123456789abcdef","response_type":"token"}"#,
    r#"{"nested":"{\"a\":{\"b\":\"c\"}}","n":[[[[[[1]]]]]]}"#,
    r#"{"privateKey":"-----BEGIN KEY-----\nMIIE\n-----END KEY-----\n"}"#,
    r#"{"scope":"accounts--my:ro,agents--my:rw","expires_in":28800,"token_type":"Bearer"}"#,
    r#"[{"a":1},{"a":2},{"a":[]}]"#,
    r#"{"emoji 😀":"日本語","tab":"\t"}"#,
];

#[test]
fn valid_documents_have_the_values_that_serde_json_finds() {
    for text in VALID {
        let document = read(text, &[]);
        assert_eq!(document.troubles, [], "{text}");
        let same: Json = serde_json::from_str(text).unwrap();
        assert_eq!(rebuild(&document, 0), same, "{text}");
        assert!(document.is_valid());
    }
}

#[test]
fn every_value_and_name_has_its_place() {
    let text = r#"{ "a" : [1, "two", {"b\u0041": null}], "c": {} }"#;
    let document = read(text, &[]);
    let places: Vec<&str> = document.nodes.iter().map(|n| &text[n.span.range()]).collect();
    assert_eq!(
        places,
        [text, r#"[1, "two", {"b\u0041": null}]"#, "1", r#""two""#, r#"{"b\u0041": null}"#, "null", "{}"]
    );
    let names: Vec<_> = document.nodes.iter().filter_map(|n| n.name.as_ref()).collect();
    assert_eq!(names.iter().map(|n| n.text.as_str()).collect::<Vec<_>>(), ["a", "bA", "c"]);
    assert_eq!(&text[names[1].span.range()], r#""b\u0041""#);
    assert_eq!(document.children(1).map(|(i, _)| i).collect::<Vec<_>>(), [2, 3, 4]);
    assert_eq!(document.member(0, "c").map(|(i, _)| i), Some(6));
    assert_eq!(document.member(0, "b"), None);
    assert_eq!(document.nodes[5].parent, Some(4));
}

#[test]
fn numbers_are_whole_or_as_written() {
    let document = read(
        "[0, -7, 170141183460469231731687303715884105727, 170141183460469231731687303715884105728, 1.0, 1e3]",
        &[],
    );
    let values: Vec<_> = document.nodes.into_iter().skip(1).map(|n| n.value).collect();
    let number = |s: &str| Value::Number(s.to_owned());
    assert_eq!(
        values,
        [
            Value::Int(0),
            Value::Int(-7),
            Value::Int(i128::MAX),
            number("170141183460469231731687303715884105728"),
            number("1.0"),
            number("1e3"),
        ]
    );
}

#[test]
fn a_repeated_name_is_marked_in_its_own_object_only() {
    let text = r#"{"a":1,"b":{"a":2},"\u0061":3,"a":4}"#;
    let document = read(text, &[]);
    let marks: Vec<bool> = document.nodes.iter().map(|n| n.duplicate).collect();
    assert_eq!(marks, [false, false, false, false, true, true]);
    assert!(document.is_valid());
    assert_eq!(document.member(0, "a").map(|(i, _)| i), Some(1));
}

/// Broken bodies as they come, each with its one mistake and the bytes it is at, and what is read all the same.
const BROKEN: &[(&str, &str, &str, &str)] = &[
    // The request for an existing customer as the LiveChat documents print it.
    (
        "{\n  \"grant_type\": \"agent_token\",\n  \"client_id\": \"<your_client_id>\",\n  \"entity_id: \"<customer_id>\",\n  \"response_type\": \"token\"\n}",
        "unclosed-string",
        "\"entity_id",
        "{}; grant_type=agent_token; client_id=<your_client_id>; entity_id=<customer_id>; response_type=token",
    ),
    (r#"{"entity_id: 5, "b": 1, "c": 2}"#, "unclosed-string", "\"entity_id", "{}; entity_id=5; b=1; c=2"),
    (r#"{"a: "", "b": ""}"#, "unclosed-string", "\"a", "{}; a=; b="),
    ("{\"a\": \"foo,\n \"b\": \"bar\"\n}", "unclosed-string", "\"foo", "{}; a=foo; b=bar"),
    ("{\"a\": \"foo\n}\n", "unclosed-string", "\"foo", "{}; a=foo"),
    (r#"{"a": "foo, "b": "bar", "c": "x"}"#, "unclosed-string", "\"foo", "{}; a=foo; b=bar; c=x"),
    (r#"{"a": {"b": "foo}, "c": "x"}"#, "unclosed-string", "\"foo", "{}; a={}; b=foo; c=x"),
    (r#"{"a": "foo}"#, "unclosed-string", "\"foo", "{}; a=foo"),
    (r#"["a, "b", "c"]"#, "unclosed-string", "\"a", "[]; a; b; c"),
    (r#"["a", "b, "c"]"#, "unclosed-string", "\"b", "[]; a; b; c"),
    (r#"{"a": foo", "b": 1}"#, "unopened-string", "foo", "{}; a=foo; b=1"),
    (r#"{a": 1, "b": 1}"#, "unopened-string", "a", "{}; a=1; b=1"),
    ("{“a”: “b”, “c”: “it’s d”}", "smart-quote", "“", "{}; a=b; c=it’s d"),
    ("{„a“: „b“, \"c\": 1}", "smart-quote", "„", "{}; a=b; c=1"),
    ("{‘a’: ‘it’s’}", "smart-quote", "‘", "{}; a=it’s"),
    ("{`a`: `b`}", "smart-quote", "`", "{}; a=b"),
    (r#"{"a": "b”, "c": "d"}"#, "smart-quote", "”", "{}; a=b; c=d"),
    (r#"{"a”: "b", "c": "d"}"#, "smart-quote", "”", "{}; a=b; c=d"),
    (r#"{'a': 'it\'s', 'b': 'it's', 'c': "x"}"#, "single-quote", "'", "{}; a=it's; b=it's; c=x"),
    (r#"{'a': True, 'b': None, 'c': [u'x']}"#, "python-dict", "'", "{}; a=true; b=null; c=[]; x"),
    (r#"{"a": True, "b": None}"#, "python-literal", "True", "{}; a=true; b=null"),
    ("{a: 'x', b: [1,2,], // hi\n }", "javascript", "a", "{}; a=x; b=[]; 1; 2"),
    (r#"{grant_type: "x", client_id: CLIENT_ID}"#, "javascript", "grant_type", "{}; grant_type=x; client_id=CLIENT_ID"),
    (r#"{a: "x", b: 1}"#, "unquoted-name", "a", "{}; a=x; b=1"),
    (
        "{grant_type:agent_token,client_id:abc,redirect_uri:https://a.b/c}",
        "quotes-lost",
        "grant_type",
        "{}; grant_type=agent_token; client_id=abc; redirect_uri=https://a.b/c",
    ),
    (r#"{\"a\": \"b\", \"c\": 1}"#, "escaped-quote", "\\\"", "{}; a=b; c=1"),
    (r#"{"a": 1,}"#, "trailing-comma", ",", "{}; a=1"),
    ("{\"a\": [1, 2,\n], \"b\": 3}", "trailing-comma", ",", "{}; a=[]; 1; 2; b=3"),
    (r#"{"a": 1,, "b": 2}"#, "extra-comma", ",", "{}; a=1; b=2"),
    (r#"{"a": {"b": 1}"#, "missing-bracket", "", "{}; a={}; b=1"),
    (r#"{"a": [1, 2}"#, "missing-bracket", "", "{}; a=[]; 1; 2"),
    (r#"{"a": [1, 2, "b": 3}"#, "missing-bracket", "", "{}; a=[]; 1; 2; b=3"),
    (r#"{"x": {"a": [1, 2}, "b": 3}"#, "missing-bracket", "", "{}; x={}; a=[]; 1; 2; b=3"),
    (r#"{"a": [1, 2}, "b": 3}"#, "wrong-bracket", "}", "{}; a=[]; 1; 2; b=3"),
    (r#"{"a": 1}}"#, "extra-closing", "}", "{}; a=1"),
    (r#"{"a": {"x": 1}}, "b": 2}"#, "trailing-text", r#", "b": 2}"#, "{}; a={}; x=1"),
    (r#"{"a": 1};"#, "trailing-text", ";", "{}; a=1"),
    ("{\"a\": 1}\n{\"b\": 2}\n", "concatenated-values", "{", "{}; a=1"),
    (r#"{"a":1},{"b":2}"#, "concatenated-values", ",", "{}; a=1"),
    (r#"{"t": "eyJhbGciOi..."#, "cut", "\"eyJhbGciOi...", "{}; t=eyJhbGciOi..."),
    (r#"{"t": "eyJhbGciOi…"#, "cut", "\"eyJhbGciOi…", "{}; t=eyJhbGciOi…"),
    (r#"{"t": "eyJhbGciOi"#, "cut", "\"eyJhbGciOi", "{}; t=eyJhbGciOi"),
    (r#"{"a": 1, ..."#, "cut", "...", "{}; a=1"),
    (r#"{"a": 1, …}"#, "cut", "…", "{}; a=1"),
    (r#"{"a": ..., "b": 2}"#, "cut", "...", "{}; b=2"),
    (r#"{"a": 1, "b""#, "cut", "", "{}; a=1"),
    (r#"{"a": tr"#, "cut", "tr", "{}; a=tr"),
    (r#"{"a": 1,"#, "cut", "", "{}; a=1"),
    (r#"{"a" 1, "b": 2}"#, "missing-colon", "", "{}; a=1; b=2"),
    (r#"{"a" "x", "b": 2}"#, "missing-colon", "", "{}; a=x; b=2"),
    (r#"{"a" = 1, "b" => 2}"#, "missing-colon", "=", "{}; a=1; b=2"),
    (r#"{"a": , "b": }"#, "missing-value", "", "{}"),
    ("{\"a\": \"x\"\n \"b\": \"y\"\n \"c\": \"z\"}", "missing-comma", "", "{}; a=x; b=y; c=z"),
    (r#"{"a": {"b": 1} "c": "z"}"#, "missing-comma", "", "{}; a={}; b=1; c=z"),
    (r#"[1 2 3]"#, "missing-comma", "", "[]; 1; 2; 3"),
    (r#"{"msg": "say "hi" now", "b": 1}"#, "unescaped-quote", "\"", "{}; msg=say \"hi\" now; b=1"),
    (r#"{"msg": "hello, "dear" you", "b": 1}"#, "unescaped-quote", "\"", "{}; msg=hello, \"dear\" you; b=1"),
    (r#"{"body": "{"a": "b"}", "c": 1}"#, "unescaped-quote", "\"", "{}; body={\"a\": \"b\"}; c=1"),
    ("{\"token\": \"eyJhb\nGciOi\", \"b\": 1}", "control-character", "\n", "{}; token=eyJhb\nGciOi; b=1"),
    (r#"{"a": 007}"#, "bad-number", "007", "{}; a=007"),
    (r#"[+1]"#, "bad-number", "+1", "[]; +1"),
    (r#"[0x1F]"#, "bad-number", "0x1F", "[]; 0x1F"),
    (r#"[.5]"#, "bad-number", ".5", "[]; .5"),
    (r#"{"a": NaN, "b": -Infinity}"#, "not-a-number", "NaN", "{}; a=NaN; b=-Infinity"),
    (r#"{"path": "C:\Users"}"#, "bad-escape", r"\U", r"{}; path=C:\Users"),
    (r#"{"a": "\ud83d."}"#, "lone-surrogate", r"\ud83d", "{}; a=\u{fffd}."),
    ("{\"a\": 1 # one\n}", "comment", "# one", "{}; a=1"),
    ("{\n  // the id\n  \"a\": 1, /* two */ \"b\": 2\n}", "comment", "// the id", "{}; a=1; b=2"),
    ("{\u{a0}\"a\":\u{a0}1\u{a0}}", "odd-space", "\u{a0}", "{}; a=1"),
    ("\u{feff}{\"a\": 1}", "bom", "\u{feff}", "{}; a=1"),
    ("", "empty", "", ""),
    ("  \n", "empty", "  \n", ""),
    ("<html>\n<body>", "not-json", "<html>", ""),
    ("client_id=abc&code=def", "not-json", "client_id=abc&code=def", ""),
    (r#"'{"a": 1}'"#, "quoted", "'", "{}; a=1"),
    (r#""{"a": 1}""#, "quoted", "\"", "{}; a=1"),
    (r#""a": 1, "b": 2"#, "missing-braces", "", "{}; a=1; b=2"),
    (r#"{{"a": 1}}"#, "missing-name", "{", "{}; {}; a=1"),
    (r#"["a": 1]"#, "stray-colon", ":", "[]; a; 1"),
    (r#"{"a": "x" + y, "b": 1}"#, "stray-text", "+ y", "{}; a=x; b=1"),
    (r#"{"t": Bearer abc.def, "b": 1}"#, "unquoted-value", "Bearer abc.def", "{}; t=Bearer abc.def; b=1"),
    (r#"{"at": 2027-01-15T08:00:00Z}"#, "unquoted-value", "2027-01-15T08:00:00Z", "{}; at=2027-01-15T08:00:00Z"),
];

#[test]
fn a_mistake_is_told_once_and_the_rest_is_read() {
    for (text, id, at, rest) in BROKEN {
        assert_eq!(troubles(text), [(*id, *at)], "{text}");
        assert_eq!(outline(text), *rest, "{text}");
        assert!(serde_json::from_str::<Json>(text).is_err(), "serde_json takes {text}");
    }
}

#[test]
fn mistakes_that_are_apart_are_told_apart() {
    assert_eq!(
        troubles(r#"{"a": 1 "b": 2, "c": [3,], "d: 4, "e": 5, "f": "\x"}"#),
        [("missing-comma", ""), ("trailing-comma", ","), ("unclosed-string", "\"d"), ("bad-escape", r"\x")]
    );
    assert_eq!(troubles("{\"a\": [1,2,],\n\"b\": [1,],}").len(), 3);
}

#[test]
fn a_missing_bracket_knows_what_was_opened() {
    let opened = |text: &str| read(text, &[]).troubles.iter().map(|t| t.opened.map(|o| o.start)).collect::<Vec<_>>();
    assert_eq!(opened(r#"{"a": {"b": 1}"#), [Some(0)]);
    assert_eq!(opened(r#"{"a": [1, 2}"#), [Some(6)]);
    assert_eq!(opened(r#"{"a": [1, 2}, "b": 3}"#), [Some(6)]);
    assert_eq!(opened(r#"{"a": 1,}"#), [None]);
}

/// Marks as holes every `$NAME` and `{{name}}`.
fn holes(text: &str) -> Vec<Hole> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(i) = text[at..].find(['$', '{']) {
        let start = at + i;
        let end = if text[start..].starts_with("{{") {
            start + text[start..].find("}}").unwrap() + 2
        } else if text[start..].starts_with('$') {
            start + 1 + text[start + 1..].find(|c: char| !c.is_ascii_uppercase()).unwrap_or(text.len() - start - 1)
        } else {
            at = start + 1;
            continue;
        };
        let name = text[start..end].trim_matches(['$', '{', '}']).to_owned();
        found.push(Hole { span: Span::new(start, end), name });
        at = end;
    }
    found
}

#[test]
fn holes_are_no_trouble_and_mark_their_value() {
    for (text, marked) in [
        (r#"{"a": $ID, "b": {{id}}, "c": 1}"#, &["$ID", "{{id}}"] as &[&str]),
        (r#"{"a": "Bearer $T", "b": "{{ say "x" }}", "c": ""}"#, &[r#""Bearer $T""#, r#""{{ say "x" }}""#]),
        (r#"{"exp": {{now}}000, "n": 1{{x}}}"#, &["{{now}}000", "1{{x}}"]),
        (r#"{"{{name}}": 1, {{name}}: 2, "c": 3}"#, &["1", "2"]),
        (r#"{"a": 1, {{more}}}"#, &[]),
        (r#"{"a": 1 {{more}}}"#, &[]),
        (r#"[{{all}}]"#, &["{{all}}"]),
        ("$BODY", &["$BODY"]),
        ("{{body}}", &["{{body}}"]),
        (r#"{"a": 1} $REST"#, &[]),
    ] {
        let holes = holes(text);
        let document = read(text, &holes);
        assert_eq!(document.troubles, [], "{text}");
        let found: Vec<&str> = document.nodes.iter().filter(|n| n.hole).map(|n| &text[n.span.range()]).collect();
        assert_eq!(found, marked, "{text}");
    }
}

#[test]
fn facts_have_their_paths_and_places() {
    let text = r#"x={"iss":"me","aud":["a",$B],"o":{"type":1.5,"":true},}"#;
    let mut sources = Sources::new();
    let id = sources.add_given("t", text);
    let place = Place { source: id, span: Span::new(2, text.len()) };
    let mut all = Facts::new();
    let subject = all.subject(Thing::Claims, None, place);
    let body = sources.text(place);
    facts(&read(body, &holes(body)), &Path::new("jwt.claims"), place, &mut all, subject);
    let lines: Vec<String> = (all.get(subject).facts().iter())
        .map(|f| format!("{} = {}{} @ {}", f.path, f.value, if f.hole { "?" } else { "" }, sources.text(f.place)))
        .collect();
    assert_eq!(
        lines,
        [
            format!("jwt.claims = an object @ {body}"),
            r#"jwt.claims.iss = me @ "me""#.to_owned(),
            r#"jwt.claims.aud = an array @ ["a",$B]"#.to_owned(),
            r#"jwt.claims.aud.* = a @ "a""#.to_owned(),
            "jwt.claims.aud.* = $B? @ $B".to_owned(),
            r#"jwt.claims.o = an object @ {"type":1.5,"":true}"#.to_owned(),
            r#"jwt.claims.o."type" = 1.5 @ 1.5"#.to_owned(),
            r#"jwt.claims.o."" = true @ true"#.to_owned(),
            "json.trouble = trailing-comma @ ,".to_owned(),
        ]
    );
    // A family whose root the table of paths does not list.
    facts(&read("{\"code\":1}", &[]), &Path::new("callback"), place, &mut all, subject);
    assert_eq!(all.get(subject).facts().last().unwrap().path.as_str(), "callback.code");
}

#[test]
fn a_string_leads_back_to_its_bytes() {
    let text = r#"{"t": "a\u003ab\/c\ud83d\ude00"}"#;
    let span = read(text, &[]).nodes[1].span;
    let (decoded, map) = string_map(text, span);
    assert_eq!(decoded, "a:b/c😀");
    let mut sources = Sources::new();
    let given = sources.add_given("t", text);
    let from = Place { source: given, span };
    let id = sources.add_decoded("value", decoded, from, "JSON string", map, Vec::new());
    let back = |start, end| {
        let place = Place { source: id, span: Span::new(start, end) };
        (sources.text(sources.given(place)), sources.editable(place).is_some())
    };
    assert_eq!(back(0, 1), ("a", true));
    assert_eq!(back(1, 2), (r"\u003a", false));
    assert_eq!(back(1, 3), (r"\u003ab", false));
    assert_eq!(back(4, 5), ("c", true));
    assert_eq!(back(5, 9), (r"\ud83d\ude00", false));
    for (written, meant) in [
        ("\"a\"", "a"),
        ("'a\\'b'", "a'b"),
        ("“a”", "a"),
        ("a", "a"),
        ("\"a", "a"),
        ("\"", ""),
        ("", ""),
        ("\\\"a\\\"", "a"),
    ] {
        assert_eq!(string_map(written, Span::new(0, written.len())).0, meant, "{written}");
    }
}

#[test]
fn json_is_told_from_what_only_begins_so() {
    for text in [
        "{}",
        " \n{\"a\":1}",
        "[]",
        "[1, 2]",
        "[[{\"a\"",
        "{'a': 1}",
        "{“a”: 1}",
        "{a: 1}",
        "{ \\\"a\\\": 1}",
        "{// x",
        "[true]",
        "[ \"a",
    ] {
        assert!(looks_like_json(text), "{text}");
    }
    for text in [
        "",
        "{",
        "[",
        "{{token}}",
        "{{ token }}",
        "[section]",
        "[text](url)",
        "{ echo hi; }",
        "a: 1",
        "\"a\": 1",
        "[12/Mar/2027:10:00]",
        "eyJ",
    ] {
        assert!(!looks_like_json(text), "{text}");
    }
}

#[test]
fn every_kind_has_an_id_and_words_in_our_voice() {
    let mut ids = std::collections::BTreeSet::new();
    for kind in Kind::ALL {
        assert!(ids.insert(kind.id()), "{} is there twice", kind.id());
        assert!(kind.id().chars().all(|c| c.is_ascii_lowercase() || c == '-'));
        for words in [kind.words(), kind.help()] {
            assert!(!words.ends_with('.') && !words.is_empty(), "{words}");
        }
        assert!(kind.help().starts_with(|c: char| c.is_ascii_lowercase()), "{}", kind.help());
    }
    for (_, id, _, _) in BROKEN {
        ids.remove(id);
    }
    assert_eq!(ids.into_iter().collect::<Vec<_>>(), ["too-deep"], "kinds that no broken body shows");
}

/// Checks what must hold for any text.
fn is_sound(text: &str, holes: &[Hole]) {
    let document = read(text, holes);
    assert!(document.troubles.len() <= 20);
    for trouble in &document.troubles {
        assert!(text.get(trouble.span.range()).is_some(), "{text:?}: {trouble:?}");
    }
    for (i, node) in document.nodes.iter().enumerate() {
        assert!(text.get(node.span.range()).is_some(), "{text:?}: {node:?}");
        assert!(node.name.as_ref().is_none_or(|n| text.get(n.span.range()).is_some()), "{text:?}: {node:?}");
        assert!(node.parent.is_none_or(|p| p < i && document.nodes[p].after >= node.after), "{text:?}: {node:?}");
        let (decoded, _) = string_map(text, node.span);
        if let (Value::Text(value), false) = (&node.value, text[node.span.range()].is_empty()) {
            assert!(decoded.len() <= text.len() && value.len() <= text.len() * 3);
        }
    }
    if holes.is_empty() {
        let valid = serde_json::from_str::<Json>(text).is_ok();
        assert_eq!(document.is_valid(), valid, "{text:?}: {:?}", document.troubles);
    }
    looks_like_json(text);
}

#[test]
fn every_prefix_and_every_change_of_a_byte_is_read_soundly() {
    let samples = [
        "{\"iss\": \"Zk3\\u00e9\", \"aud\": [\"a\", \"b, c\"], \"exp\": 1800003600, \"x\": {\"y\": null, \"z\": -1.5e3}}",
        "{\n  “grant_type”: 'agent_token', // ü\n  client_id: \"{{id}}\",\n  \"n\": 007, 'd': None,\n}",
        "[[{\"a\\\"b\": \"…\"}, [], [1 2]], {\\\"e\\\": `f`}, '\\ud83d', /* */ #x\n true]",
    ];
    for sample in samples {
        let ends: Vec<usize> = (0..=sample.len()).filter(|i| sample.is_char_boundary(*i)).collect();
        for pair in ends.windows(2) {
            let (start, end) = (pair[0], pair[1]);
            is_sound(&sample[..start], &[]);
            is_sound(&sample[start..], &[]);
            let (before, after) = (&sample[..start], &sample[end..]);
            is_sound(&format!("{before}{after}"), &[]);
            for c in
                ["\"", "'", "\\", "{", "}", "[", "]", ":", ",", "\n", "”", "#", "/", "u", "0", " ", "\u{0}", ".", "="]
            {
                is_sound(&format!("{before}{c}{after}"), &[]);
                is_sound(&format!("{before}{c}{}", &sample[start..]), &[]);
            }
            // A hole anywhere, even where it makes no sense.
            let hole = Hole { span: Span::new(start, ends[ends.len().min(start + 7) - 1]), name: String::new() };
            if hole.span.start < hole.span.end {
                is_sound(sample, &[hole]);
            }
        }
    }
}

#[test]
fn a_hole_beyond_the_text_or_within_a_character_is_ignored() {
    for (start, end) in [(0, 2), (3, 99), (50, 60), (2, 2)] {
        is_sound("\"é\": [1]", &[Hole { span: Span::new(start, end), name: String::new() }]);
    }
}

#[test]
fn hostile_text_takes_linear_time() {
    let n = 30_000;
    for unit in [
        "[",
        "{",
        "{\"a\":",
        "]",
        "}",
        "[}",
        "{]",
        ",",
        ":",
        "\"",
        "'",
        "“",
        "\\\"",
        "\"\n",
        "'\n\"\n",
        "'\n\\'\n",
        "\"a\"b",
        "\"a: ",
        "\"a:\"",
        "\"a, ",
        "\"a\n\n",
        "\"a” ",
        "/*",
        "/",
        "# \n",
        "\u{a0}",
        "{{",
        "...",
        "… ",
        "a ",
        "a:",
        "1 ",
        "[1 2],",
        "\"a\" 1,",
        "\\",
        "\\u",
        "\"\\ud800\",",
        "{\"a\":1,",
        "{\"a\" ",
        "\"a\"\"",
        "\"a\" \"",
        "\"}",
        "`",
        "u'",
        "\r",
        "\"a:\r",
        "=",
        "{a\"",
        "a\"b",
    ] {
        for (before, after) in [("", ""), ("[", ""), ("{", ""), ("{\"a\": \"", ""), ("[\"", "\"]"), ("{\"", "\n")] {
            let text = format!("{before}{}{after}", unit.repeat(n / unit.len()));
            let document = read(&text, &[]);
            assert!(document.troubles.len() <= 20);
            assert!(document.nodes.len() <= text.len() + 1, "{before:?} {unit:?}: {} nodes", document.nodes.len());
        }
    }
}

#[test]
fn brackets_beyond_the_limit_are_one_trouble() {
    let deep = |n: usize| format!("{}1{}", "[".repeat(n), "]".repeat(n));
    assert_eq!(troubles(&deep(128)), []);
    assert_eq!(troubles(&deep(129)), [("too-deep", "[")]);
    assert_eq!(troubles(&"[".repeat(1_000_000)), [("too-deep", "[")]);
    let around = format!("{{\"deep\": {}, \"after\": 1}}", deep(200));
    let document = read(&around, &[]);
    assert_eq!(document.troubles.len(), 1);
    assert_eq!(document.member(0, "after").map(|(_, n)| &n.value), Some(&Value::Int(1)));
}
