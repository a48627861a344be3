//! Every part of a curl command leads back to the bytes that the user wrote, and no text, however broken, is trouble.

#![allow(clippy::disallowed_methods)] // the clock, to see that nothing takes long

use tokenlint::recognise::curl::find;
use tokenlint::recognise::request::Request;
use tokenlint::source::{Place, Sources};

fn read(script: &str, name: Option<&str>) -> (Sources, Vec<Request>) {
    let mut sources = Sources::new();
    let id = sources.add_given("script", script);
    let place = sources.whole(id);
    let requests = find(&mut sources, place, name);
    (sources, requests)
}

/// All places of a request, each with a name.
fn places(request: &Request) -> Vec<(String, Place)> {
    let mut all = vec![("place".to_owned(), request.place)];
    let mut add = |name: &str, place: Option<Place>| all.extend(place.map(|p| (name.to_owned(), p)));
    add("method", request.method);
    add("url", request.url);
    add("user", request.user);
    add("body", request.body);
    request.query.iter().for_each(|q| add("query", Some(*q)));
    for field in &request.fields {
        add("name", Some(field.name));
        add("value", Some(field.value));
        add("line", Some(field.line));
    }
    for part in &request.parts {
        add("part", Some(part.name));
        add("content", Some(part.value));
    }
    request.options.iter().for_each(|(name, place)| add(name, Some(*place)));
    request.literals.iter().for_each(|literal| add("literal", Some(literal.place)));
    all
}

/// The given bytes behind each place with one of the names.
fn given(script: &str, names: &[&str]) -> Vec<String> {
    let (sources, requests) = read(script, None);
    let all = requests.iter().flat_map(places).filter(|(name, _)| names.contains(&name.as_str()));
    all.map(|(_, place)| sources.text(sources.given(place)).to_owned()).collect()
}

#[test]
fn parts_lead_back_to_the_bytes_of_the_command() {
    let script = "echo; curl -sXPOST 'https://x.test/a' -H\"Authorization: Bearer abc\" -u me:pw -d 'a=1'; echo";
    let command = script.trim_start_matches("echo; ").trim_end_matches("; echo").trim_end_matches('\'');
    assert_eq!(given(script, &["place"]), [format!("{command}'")]);
    assert_eq!(given(script, &["method", "url", "user", "body"]), ["POST", "https://x.test/a", "me:pw", "a=1"]);
    assert_eq!(given(script, &["name", "value"]), ["Authorization", "Bearer abc"]);
    assert_eq!(given(script, &["line"]), ["Authorization: Bearer abc"]);
}

#[test]
fn what_quoting_changed_leads_back_to_the_quoting() {
    let (sources, requests) = read(r#"curl x.test -H "A: b\"c" -H $'D: \u00e9f' -H 'G: it'\''s'"#, None);
    let value = |i: usize| requests[0].fields[i].value;
    let at = |place: Place, start, end| sources.text(sources.given(place.part(start, end)));
    assert_eq!(sources.text(value(0)), "b\"c");
    assert_eq!(at(value(0), 0, 1), "b");
    assert_eq!(at(value(0), 1, 2), "\"");
    assert_eq!(at(value(0), 0, 3), "b\\\"c");
    assert_eq!(at(value(1), 0, 2), r"\u00e9");
    assert_eq!(at(value(1), 2, 3), "f");
    assert_eq!(sources.text(value(2)), "it's");
    assert_eq!(at(value(2), 0, 4), r"it'\''s");
    assert_eq!(at(value(2), 3, 4), "s");
}

#[test]
fn a_plain_place_can_be_edited_and_a_changed_one_cannot() {
    let (sources, requests) = read(r#"curl x.test/a -H "A: b" -H 'C: it'\''s' --oauth2-bearer t"#, None);
    let fields = &requests[0].fields;
    assert!(requests[0].url.is_some_and(|url| sources.editable(url).is_some()));
    assert_eq!(sources.editable(fields[0].value).map(|p| sources.text(p)), Some("b"));
    assert_eq!(sources.editable(fields[1].value), None);
    assert_eq!(sources.editable(fields[2].value), None);
    assert_eq!(sources.editable(fields[2].value.part(7, 8)).map(|p| sources.text(p)), Some("t"));
}

#[test]
fn composed_parts_lead_back_to_the_options_and_values() {
    let script = "curl x.test --oauth2-bearer 'tok' -b a=1 -b 'b=2' --data-urlencode 'k=a b' -d \"c=$V\"";
    let (sources, requests) = read(script, None);
    let given = |place: Place| sources.text(sources.given(place));
    let bearer = requests[0].fields[0];
    assert_eq!(given(bearer.name), "--oauth2-bearer");
    assert_eq!(given(bearer.value.part(0, 6)), "--oauth2-bearer");
    assert_eq!(given(bearer.value.part(7, 10)), "tok");
    let cookie = requests[0].fields[1];
    assert_eq!(sources.text(cookie.value), "a=1;b=2");
    assert_eq!(given(cookie.value.part(0, 3)), "a=1");
    assert_eq!(given(cookie.value.part(4, 7)), "b=2");
    let body = requests[0].body.expect("a body");
    assert_eq!(sources.text(body), "k=a+b&c=$V");
    assert_eq!(given(body.part(2, 5)), "a b");
    assert_eq!(given(body.part(3, 4)), " ");
    assert_eq!(given(body.part(8, 10)), "$V");
    assert_eq!(given(body), "k=a b' -d \"c=$V");
}

#[test]
fn a_followed_variable_leads_to_its_assignment() {
    let (sources, requests) = read("T='abc'\ncurl x.test -H \"A: Bearer $T!\" -d \"$T\"", None);
    let value = requests[0].fields[0].value;
    let given = |place: Place| sources.text(sources.given(place));
    assert_eq!(sources.text(value), "Bearer abc!");
    assert_eq!(given(value.part(7, 10)), "abc");
    assert_eq!(sources.given(value.part(7, 10)).span.start, 3);
    assert_eq!(given(value.part(0, 6)), "Bearer");
    // A place that is more than the variable stays in the command.
    assert_eq!(given(value), "Bearer $T!");
    assert_eq!(sources.editable(value), None);
    assert_eq!(requests[0].body.map(given), Some("abc"));
}

#[test]
fn here_documents_lead_to_their_lines() {
    let (sources, requests) = read("curl x.test -d @- <<-EOF\n\t{\"a\":\n\t$V}\n\tEOF\n", None);
    let body = requests[0].body.expect("a body");
    let given = |place: Place| sources.text(sources.given(place));
    assert_eq!(sources.text(body), "{\"a\":$V}");
    assert_eq!(given(body.part(0, 5)), "{\"a\":");
    assert_eq!(given(body.part(5, 8)), "$V}");
    assert_eq!(given(body), "{\"a\":\n\t$V}");
}

#[test]
fn windows_quoting_leads_back() {
    let (sources, requests) = read("curl ^\n -d ^\"^{^\\^\"a^\\^\":1}^\" x.test", None);
    let body = requests[0].body.expect("a body");
    assert_eq!(sources.text(body), "{\"a\":1}");
    assert_eq!(sources.text(sources.given(body)), "{^\\^\"a^\\^\":1}");
    assert_eq!(sources.text(sources.given(body.part(2, 3))), "a");
    let (sources, requests) = read("curl.exe `\n -H 'A: it''s' \"$env:U/x\"", None);
    assert_eq!(sources.text(sources.given(requests[0].fields[0].value)), "it''s");
    assert_eq!(requests[0].url.map(|u| sources.text(sources.given(u))), Some("$env:U/x"));
}

#[test]
fn a_command_in_decoded_text_is_read_too() {
    let mut sources = Sources::new();
    let id = sources.add_given("t", "run: curl x.test -H \"A: b\" # c");
    let whole = sources.whole(id);
    let requests = find(&mut sources, whole.part(5, whole.span.len()), None);
    assert_eq!(requests.len(), 1);
    assert_eq!(sources.text(sources.given(requests[0].fields[0].line)), "A: b");
    assert_eq!(sources.text(requests[0].place), "curl x.test -H \"A: b\"");
}

/// Commands with a bit of everything.
const SEEDS: &[(&str, &str)] = &[
    (
        "a.sh",
        "T=a$(b \"c\")\nexport U='x'\nif true; then curl -sH \"A: ${T:-é} $U\" $'https://x\\u00e9\\xc3\\'' \\\n -d 'a'\"`b`\" \
         --data-urlencode 'ü=$V {{w}}' <<-E >o 2>&1 | jq\n\té $(x) `y` \\$ ${{ z }}\n\tE\nfi",
    ),
    (
        "b.cmd",
        "set \"T=é\"\r\ncurl ^\r\n -H \"A: %T% \\\"b\\\" \"\"c\"\"\" ^\"^\\^\"d^\" %E% x.test/?a=%20&b ^&c > o\r\n",
    ),
    (
        "c.ps1",
        "$t = \"é\"\n$r = (curl.exe -H \"A: $t `\"b`\" $($x.y)\" `\n -d @'\n$q\n'@ ${env:U} 'it''s \\\"' @s | x) # c\n\
         @\"\n$t\n\"@ <# d #>",
    ),
    (
        "d.sh",
        "$ curl \\ \n> x.test -H “A: $B” –X PUT -F a=@b;type=c -b c=d -b e=f -A é -e ;auto -u 'a:b' -: y.test\n -H 'C: d'",
    ),
    (
        "e.sh",
        "curl \"$(cat <<'F'\n$T é\nF\n)\" -G -d @- --json '{}' --url-query a=é -H 'X;' --header=Y: <é> &z=1 <<< \"$T\"",
    ),
];

fn all_places_are_valid(script: &str, name: &str) {
    let (sources, requests) = read(script, Some(name));
    for request in &requests {
        for (what, place) in places(request) {
            let text = &sources.get(place.source).text;
            assert!(text.get(place.span.range()).is_some(), "{what} {place:?} in {text:?}\n{script}");
            let given = sources.given(place);
            assert!(script.get(given.span.range()).is_some(), "{what} {given:?}\n{script}");
        }
    }
    for (_, source) in sources.iter() {
        let holes = &source.holes;
        assert!(holes.iter().all(|h| source.text.get(h.span.range()).is_some()), "{script}");
        assert!(holes.windows(2).all(|h| h[0].span.end <= h[1].span.start), "{holes:?}\n{script}");
    }
}

#[test]
fn broken_commands_are_no_trouble() {
    for (name, seed) in SEEDS {
        all_places_are_valid(seed, name);
        for (at, c) in seed.char_indices() {
            let (before, rest) = seed.split_at(at);
            let after = &rest[c.len_utf8()..];
            all_places_are_valid(before, name);
            all_places_are_valid(&format!("{before}{after}"), name);
            for other in ["'", "\0", "\"", "`", "$(", "<<", "\n", "^", "\u{1F600}"] {
                all_places_are_valid(&format!("{before}{other}{after}"), name);
            }
        }
    }
}

/// Reads a script and says that it took no more room than its length asks for. (The time is measured in
/// `benches/hostile.rs`.)
#[track_caller]
fn takes_little_room(script: &str, name: &str) {
    let (sources, _) = read(script, Some(name));
    let start: String = script.chars().take(40).collect();
    let size: usize = sources.iter().map(|(_, s)| s.text.len()).sum();
    assert!(size < 20 * script.len() + (1 << 20), "{size} bytes for {start:?} as {name}");
}

#[test]
fn a_megabyte_takes_little_room() {
    for unit in ["a", "'", "\"", "é", "\\"] {
        let long = unit.repeat(1_000_000 / unit.len());
        takes_little_room(&format!("curl {long}"), "a.sh");
        takes_little_room(&format!("curl https://x.test -H 'A: {long}' -d \"{long}"), "a.sh");
    }
    takes_little_room(&format!("curl {}", "$(".repeat(100_000)), "a.sh");
}

#[test]
fn no_repetition_takes_more_than_its_length_asks_for() {
    let units = [
        "a",
        "'",
        "\"",
        "`",
        "\\",
        "$",
        "$(",
        "${",
        "$((",
        "<<a ",
        "<<a\n",
        "<(",
        "{{",
        "}}",
        "$A",
        "${A}",
        "%A%",
        "%",
        "^",
        "^\"",
        "\\\"",
        "“",
        "‘",
        "‘ ",
        "“ ",
        "@\"\n",
        "@'\n",
        "<#",
        "(",
        ")",
        "{",
        "a=b ",
        "a=$a$a\n",
        "a+=b\n",
        "if ",
        "a && ",
        "|| ",
        "$'",
        "\\x41",
        "-d a ",
        "-d@- ",
        "-b a=b ",
        "--data-urlencode '=$A b' ",
        "-H a ",
        "-: a ",
        "-: -d “a ",
        "-H “a ",
        "--x ",
        "--x=y\n",
        "curl a\n-H b\n",
        " \\ \n",
        "& ",
        "; ",
        "x$A ",
        "'$A'",
        "-H '$A:' ",
        "'$A' ",
        "$(curl a ",
        "> ",
        "for a in b\n",
        "#",
        "$ ",
        "C:\\",
        "PS ",
        "<a",
        "<a>/",
        "é",
    ];
    for name in ["a.sh", "a.cmd", "a.ps1"] {
        for unit in units {
            for start in ["curl ", "A='b c'\ncurl -d \"", "curl x.test -d '", "curl <<Z\n", "cat $(curl $'"] {
                takes_little_room(&format!("{start}{}", unit.repeat(20_000 / unit.len())), name);
            }
        }
    }
}
