//! What somebody waits for who checks one token or one request, and how that grows with the number of rules: each row has
//! twice the rules of the row above it.
//!
//! `cargo bench --bench small`

use divan::Bencher;
use tokenlint::load::RuleSet;
use tokenlint::options::{Input, Options};

const COPIES: [usize; 4] = [1, 2, 4, 8];

const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiIsImlhdCI6MTc5OTk5OTk0MCwiZXhwIjoxODAwMDAzNTQwfQ.\
     q7Rk2VxN9pLwT4sYb8ZdGf3HjC6mXvE1aUeW5nQtDzK";

fn main() {
    divan::main();
}

/// The rules that are built in, so many times under other names.
fn rules(copies: usize) -> RuleSet {
    let builtin = RuleSet::builtin();
    let mut rules = builtin.rules.to_vec();
    for copy in 1..copies {
        rules.extend(builtin.rules.iter().cloned().map(|mut rule| {
            rule.id = format!("copy-{copy}-{}", rule.id).into();
            rule
        }));
    }
    let mut set = RuleSet::empty();
    (set.rules, set.platforms, set.errors) = (rules.into(), builtin.platforms, builtin.errors);
    set.index();
    set
}

fn lint(bencher: Bencher, text: &str, copies: usize) {
    let set = rules(copies);
    let input = Input { name: "<argument 1>".to_owned(), text: text.to_owned(), kind: None };
    let options = Options { now: Some(1_800_000_000), ..Options::default() };
    bencher.bench(|| tokenlint::lint(&input, &set, &options).things);
}

#[divan::bench(args = COPIES)]
fn one_token(bencher: Bencher, copies: usize) {
    lint(bencher, TOKEN, copies);
}

#[divan::bench(args = COPIES)]
fn one_request(bencher: Bencher, copies: usize) {
    let request = format!(
        "curl https://api.livechatinc.com/v3.6/agent/action/list_chats -H 'Authorization: Bearer {TOKEN}' -d '{{}}'"
    );
    lint(bencher, &request, copies);
}
