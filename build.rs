//! Turns the rule files into static tables.

fn main() {}
