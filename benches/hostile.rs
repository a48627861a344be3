//! Input that was made to be slow: the time has to grow with the length, not faster. Each row has four times the bytes
//! of the row above it, so that the throughput of a column stays the same where the time is linear.
//!
//! `cargo bench --bench hostile`

use divan::Bencher;
use divan::counter::BytesCount;
use tokenlint::load::RuleSet;
use tokenlint::options::{Input, Options};

const SIZES: [usize; 3] = [64 << 10, 256 << 10, 1 << 20];

fn main() {
    divan::main();
}

/// Lints `unit`, repeated to `size` bytes between `before` and `after`.
fn lint(bencher: Bencher, name: &str, (before, unit, after): (&str, &str, &str), size: usize) {
    let set = RuleSet::builtin();
    let text = format!("{before}{}{after}", unit.repeat(size / unit.len()));
    let input = Input { name: name.to_owned(), text, kind: None };
    let options = Options { now: Some(1_800_000_000), ..Options::default() };
    bencher.counter(BytesCount::new(size)).bench(|| tokenlint::lint(&input, &set, &options).findings.len());
}

#[divan::bench(args = SIZES)]
fn json_of_open_brackets(bencher: Bencher, size: usize) {
    lint(bencher, "a.json", ("", "[", ""), size);
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
fn query_of_many_parameters(bencher: Bencher, size: usize) {
    lint(bencher, "<argument 1>", ("https://a.example/?", "a=b&", "c=d"), size);
}

#[divan::bench(args = SIZES)]
fn tokens_side_by_side(bencher: Bencher, size: usize) {
    lint(
        bencher,
        "a.log",
        ("", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.q7Rk2VxN9pLwT4sYb8ZdGf3HjC6mXvE1aUeW5nQtDzK\n", ""),
        size,
    );
}

#[divan::bench(args = SIZES)]
fn one_long_word(bencher: Bencher, size: usize) {
    lint(bencher, "a.txt", ("", "eyJ", ""), size);
}

#[divan::bench(args = SIZES)]
fn tokens_in_one_url(bencher: Bencher, size: usize) {
    lint(bencher, "<argument 1>", ("https://a.example/?", "access_token=eyJhbGciOiJIUzI1NiJ9.e30.x&", "c=d"), size);
}

#[divan::bench(args = SIZES)]
fn tokens_in_one_response(bencher: Bencher, size: usize) {
    lint(bencher, "a.json", ("{", "\"access_token\":\"q7Rk2VxN9pLwT4sYb8ZdGf3HjC6mXvE1\",", "\"a\":1}"), size);
}
