//! Input that was made to be slow, and input that is only large: the time has to grow with the length, not faster. Each
//! row has four times the bytes of the row above it, so that the throughput of a column stays the same where the time
//! is linear.
//!
//! `cargo bench --bench hostile`

use divan::Bencher;
use divan::counter::BytesCount;
use tokenlint::load::RuleSet;
use tokenlint::options::{Input, Options};

const SIZES: [usize; 3] = [64 << 10, 256 << 10, 1 << 20];
/// For what is searched only, or found once.
const LARGE: [usize; 3] = [3 << 20, 12 << 20, 48 << 20];

const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.q7Rk2VxN9pLwT4sYb8ZdGf3HjC6mXvE1aUeW5nQtDzK";

fn main() {
    divan::main();
}

/// Lints `unit`, repeated to `size` bytes between `before` and `after`. In each copy `#` is its number, and `@` a token.
fn lint(bencher: Bencher, name: &str, (before, unit, after): (&str, &str, &str), size: usize) {
    let set = RuleSet::builtin();
    let unit = unit.replace('@', TOKEN);
    let mut text = before.to_owned();
    for number in 0.. {
        if text.len() >= size {
            break;
        }
        text += &unit.replace('#', &number.to_string());
    }
    text += after;
    let size = text.len();
    let input = Input { name: name.to_owned(), text, kind: None };
    let options = Options { now: Some(1_800_000_000), ..Options::default() };
    bencher.counter(BytesCount::new(size)).bench(|| tokenlint::lint(&input, &set, &options).findings.len());
}

/// Input that no person writes.
mod made_to_be_slow {
    use super::*;

    #[divan::bench(args = SIZES)]
    fn json_of_open_brackets(bencher: Bencher, size: usize) {
        lint(bencher, "a.json", ("", "[", ""), size);
    }

    #[divan::bench(args = SIZES)]
    fn json_of_open_members(bencher: Bencher, size: usize) {
        lint(bencher, "a.json", ("", "{\"a\":", ""), size);
    }

    #[divan::bench(args = SIZES)]
    fn json_of_single_quotes(bencher: Bencher, size: usize) {
        lint(bencher, "a.json", ("{", "'", ""), size);
    }

    #[divan::bench(args = SIZES)]
    fn shell_of_open_substitutions(bencher: Bencher, size: usize) {
        lint(bencher, "a.sh", ("curl https://a.example ", "$(", ""), size);
    }

    #[divan::bench(args = SIZES)]
    fn shell_of_quotes(bencher: Bencher, size: usize) {
        lint(bencher, "a.sh", ("curl https://a.example -H '", "\"'", ""), size);
    }

    #[divan::bench(args = SIZES)]
    fn code_of_calls(bencher: Bencher, size: usize) {
        let call =
            "fetch('https://a.example/#', { headers: { Authorization: `Bearer ${t}` }, body: JSON.stringify(b) });\n";
        lint(bencher, "a.js", ("const b = { c: 'd' };\n", call, ""), size);
    }

    #[divan::bench(args = SIZES)]
    fn query_of_many_parameters(bencher: Bencher, size: usize) {
        lint(bencher, "<argument 1>", ("https://a.example/?", "a=b&", "c=d"), size);
    }

    #[divan::bench(args = SIZES)]
    fn body_of_holes(bencher: Bencher, size: usize) {
        let before = "{\"log\":{\"entries\":[{\"request\":{\"method\":\"POST\",\"url\":\"https://a.example/\",\"headers\":[],\
             \"postData\":{\"mimeType\":\"application/json\",\"text\":\"";
        lint(bencher, "a.json", (before, "***\\n", "\"}}}]}}"), size);
    }

    #[divan::bench(args = SIZES)]
    fn one_long_word(bencher: Bencher, size: usize) {
        lint(bencher, "a.txt", ("", "eyJ", ""), size);
    }

    #[divan::bench(args = SIZES)]
    fn tokens_in_one_line(bencher: Bencher, size: usize) {
        lint(bencher, "a.txt", ("", " x @", ""), size);
    }

    #[divan::bench(args = SIZES)]
    fn tokens_in_one_url(bencher: Bencher, size: usize) {
        let unit = "access_token=eyJhbGciOiJIUzI1NiJ9.e30.x&";
        lint(bencher, "<argument 1>", ("https://a.example/?", unit, "c=d"), size);
    }

    #[divan::bench(args = SIZES)]
    fn tokens_in_one_response(bencher: Bencher, size: usize) {
        let unit = "\"access_token\":\"q7Rk2VxN9pLwT4sYb8ZdGf3HjC6mXvE1\",";
        lint(bencher, "a.json", ("{", unit, "\"a\":1}"), size);
    }

    #[divan::bench(args = SIZES)]
    fn scopes_in_one_url(bencher: Bencher, size: usize) {
        let before = "https://accounts.livechat.com/?response_type=code&client_id=a&scope=";
        lint(bencher, "<argument 1>", (before, "chats--all:ro%20", ""), size);
    }
}

/// Files that somebody has, with a mistake in each part of them or none.
mod many_things {
    use super::*;

    #[divan::bench(args = SIZES)]
    fn tokens_in_lines(bencher: Bencher, size: usize) {
        lint(bencher, "a.log", ("", "@\n", ""), size);
    }

    #[divan::bench(args = SIZES)]
    fn commands_in_a_script(bencher: Bencher, size: usize) {
        let unit = "curl -s https://a.example/#?b=c -H \"Authorization: Bearer $TOKEN\"\n";
        lint(bencher, "a.sh", ("#!/bin/sh\n", unit, ""), size);
    }

    #[divan::bench(args = SIZES)]
    fn commands_in_notes(bencher: Bencher, size: usize) {
        let unit = "Then:\n  $ curl -s https://a.example/# -H \"Authorization: Bearer $TOKEN\"\n";
        lint(bencher, "a.txt", ("", unit, ""), size);
    }

    #[divan::bench(args = SIZES)]
    fn blocks_in_a_document(bencher: Bencher, size: usize) {
        let unit = "Call #:\n\n```sh\ncurl https://a.example/# -H \"Authorization: Bearer $TOKEN\"\n```\n\n";
        lint(bencher, "a.md", ("# A\n\n", unit, ""), size);
    }

    #[divan::bench(args = SIZES)]
    fn requests_of_an_editor(bencher: Bencher, size: usize) {
        let unit = "### #\nPOST https://a.example/token\nContent-Type: application/x-www-form-urlencoded\n\n\
             grant_type=authorization_code&code=fake#&client_id=a&redirect_uri=https%3A%2F%2Fa.example\n\n";
        lint(bencher, "a.http", ("", unit, ""), size);
    }

    #[divan::bench(args = SIZES)]
    fn exchanges_of_a_transcript(bencher: Bencher, size: usize) {
        let unit = "> GET /# HTTP/2\n> Host: a.example\n> Authorization: Bearer q7Rk2VxN9pLwT4sYb8Zd#\n> \n\
             < HTTP/2 401 \n< content-type: application/json\n< \n{\"error\":\"invalid_token\"}\n";
        lint(bencher, "a.txt", ("", unit, ""), size);
    }

    #[divan::bench(args = SIZES)]
    fn lines_of_json(bencher: Bencher, size: usize) {
        lint(bencher, "a.jsonl", ("", "{\"ts\":#,\"headers\":{\"authorization\":\"Bearer @\"}}\n", ""), size);
    }

    #[divan::bench(args = SIZES)]
    fn members_of_json(bencher: Bencher, size: usize) {
        lint(bencher, "a.json", ("{", "\"key#\":\"value #\",", "\"a\":1}"), size);
    }

    #[divan::bench(args = SIZES)]
    fn keys_of_yaml(bencher: Bencher, size: usize) {
        let unit = "  a#:\n    image: b\n    environment:\n      API_TOKEN: q7Rk2VxN9pLwT4sYb8Zd\n";
        lint(bencher, "a.yaml", ("services:\n", unit, ""), size);
    }

    #[divan::bench(args = SIZES)]
    fn variables_of_an_environment(bencher: Bencher, size: usize) {
        lint(bencher, ".env", ("", "A#=\"b #\"\nA#_API_TOKEN=q7Rk2VxN9pLwT4sYb8Zd\n", ""), size);
    }
}

/// Large, and nearly nothing in it.
mod large {
    use super::*;

    #[divan::bench(args = LARGE, sample_count = 3, sample_size = 1)]
    fn one_line(bencher: Bencher, size: usize) {
        lint(bencher, "a.txt", ("", "lorem ipsum dolor ", ""), size);
    }

    #[divan::bench(args = LARGE, sample_count = 3, sample_size = 1)]
    fn words(bencher: Bencher, size: usize) {
        lint(bencher, "a.txt", ("", "9f86d081\n", ""), size);
    }

    #[divan::bench(args = LARGE, sample_count = 3, sample_size = 1)]
    fn access_log(bencher: Bencher, size: usize) {
        let unit =
            "10.0.0.1 - - [15/Jan/2027:08:00:00 +0000] \"GET /me?access_token=q7Rk2VxN9pLwT4sYb8Zd# HTTP/1.1\" 200 1\n";
        lint(bencher, "a.log", ("", unit, ""), size);
    }

    #[divan::bench(args = LARGE, sample_count = 3, sample_size = 1)]
    fn bundle(bencher: Bencher, size: usize) {
        let unit = "function f#(e,t){return e.map((function(n){return n.token===t?Object.assign({},n,{v:#}):n}))}";
        lint(bencher, "a.js", ("", unit, ""), size);
    }
}
