//! `tokenlint.toml`, comments in the input, and the baseline: what the user wants, and what is said about it.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::disallowed_types)]

mod common;

use std::collections::BTreeSet;

use common::{lint, rule_files};
use serde_json::Value;
use tokenlint::config::{Config, FILE, Home};
use tokenlint::load::{RuleSet, parse_rule};
use tokenlint::options::Options;
use tokenlint::rule::{Example, Now, OneOrMany};
use tokenlint::suppress::surely_ran;

#[test]
fn a_rule_that_lacks_something_did_not_surely_run() {
    let set = RuleSet::builtin();
    let finds = |rule: &str, example: &Example| lint(&set, example).findings.iter().any(|f| f.rule == rule);
    let with_key = Example { key: Some(OneOrMany::One(common::KEY.into())), ..Example::default() };
    let mut faults = Vec::new();
    for (id, text) in rule_files().iter().filter(|(id, _)| !id.starts_with("platforms/")) {
        for example in parse_rule(id, text).unwrap().bad {
            let given = Options { now: Some(common::NOW), keys: common::given_keys(&with_key), ..Options::default() };
            let given = Options { expect: vec![("aud".into(), vec!["x".into()])], ..given };
            let no_clock = Example { now: Some(Now::Clock(false)), ..example.clone() };
            let no_key = Example { key: None, ..example.clone() };
            let no_expectation = Example { expect: Default::default(), ..example.clone() };
            let table = [
                ("clock", true, no_clock, Options { now: None, ..given.clone() }),
                ("key", example.key.is_some(), no_key, Options { keys: Vec::new(), ..given.clone() }),
                ("expectation", !example.expect.is_empty(), no_expectation, Options { expect: Vec::new(), ..given }),
            ];
            for (what, is_less, example, options) in table {
                if is_less && surely_ran(id, &options) && !finds(id, &example) {
                    faults.push(format!("{id} needs a {what}"));
                }
            }
        }
    }
    faults.dedup();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The examples in `docs/config.md`.
fn examples() -> Vec<String> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/config.md");
    let text = std::fs::read_to_string(file).unwrap().replace("\r\n", "\n");
    let blocks = text.split("```toml\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn every_example_in_the_documentation_is_understood() {
    let set = RuleSet::builtin();
    for text in examples() {
        match Config::parse(FILE, &text, Home::default()) {
            Ok(mut config) => assert_eq!(config.check(&set), [], "{text}"),
            Err(troubles) => panic!("{text}\n{troubles:?}"),
        }
    }
}

#[test]
fn the_schema_takes_every_example_and_has_no_key_without_one() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/tokenlint.schema.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let mut used = BTreeSet::new();
    for text in examples() {
        let example: toml::Value = toml::from_str(&text).unwrap();
        let example = serde_json::to_value(example).unwrap();
        fits(&example, &schema, &schema, &mut used).unwrap_or_else(|fault| panic!("{fault} in\n{text}"));
    }
    let mut known = BTreeSet::new();
    for table in [&schema, &schema["$defs"]["WrittenPath"], &schema["$defs"]["WrittenAllow"]] {
        known.extend(table["properties"].as_object().unwrap().keys().cloned());
    }
    assert_eq!(used, known);
    let wrong: toml::Value = toml::from_str("[[allow]]\nrule = 'a/b'\nsource = 'x'").unwrap();
    assert!(fits(&serde_json::to_value(wrong).unwrap(), &schema, &schema, &mut used).is_err(), "no reason");
}

/// Whether a value is as a schema wants it, as far as ours goes; the names of fixed members are collected.
fn fits(value: &Value, schema: &Value, root: &Value, used: &mut BTreeSet<String>) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return fits(value, root.pointer(reference.trim_start_matches('#')).unwrap(), root, used);
    }
    if let Some(choices) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
        let any = choices.iter().any(|choice| fits(value, choice, root, used).is_ok());
        return any.then_some(()).ok_or(format!("{value} is none of the choices"));
    }
    if schema.get("const").is_some_and(|only| only != value)
        || schema["enum"].as_array().is_some_and(|values| !values.contains(value))
    {
        return Err(format!("{value} is not one of the values"));
    }
    let types = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect::<Vec<_>>(),
    };
    let own = match value {
        Value::Object(_) => "object",
        Value::Array(_) => "array",
        Value::String(_) => "string",
        _ => "other",
    };
    if !types.is_empty() && !types.contains(&own) {
        return Err(format!("{value} is no {types:?}"));
    }
    for element in value.as_array().into_iter().flatten() {
        fits(element, &schema["items"], root, used)?;
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        value.get(name).ok_or(format!("{name} is missing"))?;
    }
    for (name, member) in value.as_object().into_iter().flatten() {
        match (schema["properties"].get(name), &schema["additionalProperties"]) {
            (Some(known), _) => {
                used.insert(name.clone());
                fits(member, known, root, used)?;
            }
            (None, Value::Bool(false)) => return Err(format!("{name} is not known")),
            (None, others) => fits(member, others, root, used)?,
        }
    }
    Ok(())
}
