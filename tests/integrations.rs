//! What stands outside of the program and must agree with it: packages, hooks, the action, and the page about them.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::disallowed_types)]

#[path = "common/process.rs"]
mod process;

use std::path::Path;

use process::Folder;

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(path).unwrap().replace("\r\n", "\n")
}

#[test]
fn there_is_one_version() {
    let package: serde_json::Value = serde_json::from_str(&file("npm/package.json")).unwrap();
    assert_eq!(package["version"], VERSION);
    assert_eq!(package["description"], env!("CARGO_PKG_DESCRIPTION"));
    let page = file("docs/integrations.md");
    let marks = ["rev: v", "tokenlint/tokenlint@v", "tokenlint=="];
    for mark in marks {
        for after in page.split(mark).skip(1) {
            assert!(after.starts_with(VERSION), "`{mark}` stands before another version in docs/integrations.md");
        }
        assert!(page.contains(mark), "{mark}");
    }
    let wanted = file("Cargo.toml").split("rust-version = \"").nth(1).unwrap()[..4].to_owned();
    let rust = file("Dockerfile").split("FROM rust:").nth(1).unwrap()[..4].to_owned();
    let minor = |version: &str| version.split('.').nth(1).unwrap().parse::<u32>().unwrap();
    assert!(minor(&rust) >= minor(&wanted), "the Dockerfile builds with Rust {rust}");
}

#[test]
fn the_image_is_built_of_what_there_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let allowed = file(".dockerignore");
    let docker = file("Dockerfile");
    let copied: Vec<&str> = docker
        .lines()
        .filter_map(|line| line.strip_prefix("COPY "))
        .filter(|line| !line.starts_with("--from"))
        .flat_map(|line| line.rsplit_once(' ').unwrap().0.split(' '))
        .collect();
    for name in &copied {
        assert!(root.join(name).exists(), "there is no {name}");
        let stem = name.split('.').next().unwrap();
        assert!(allowed.lines().any(|line| line == format!("!{name}") || line == format!("!{stem}.*")), "{name}");
    }
    for needed in ["Cargo.toml", "Cargo.lock", "build.rs", "src", "rules"] {
        assert!(copied.contains(&needed), "the Dockerfile does not copy {needed}");
    }
}

/// The names in the first column of the table below this heading.
fn table(heading: &str) -> Vec<String> {
    let page = file("docs/integrations.md");
    let part = page.split(&format!("## {heading}\n")).nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = part.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| row.split('`').next().unwrap().to_owned()).collect()
}

#[test]
fn hooks_and_inputs_are_documented() {
    let hooks = file(".pre-commit-hooks.yaml");
    let ids: Vec<&str> = hooks.lines().filter_map(|line| line.strip_prefix("- id: ")).collect();
    assert_eq!(table("pre-commit and prek"), ids);

    let action = file("action.yml");
    let inputs = action.split("inputs:\n").nth(1).unwrap().split("\noutputs:").next().unwrap();
    let names = inputs.lines().filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'));
    let names: Vec<&str> = names.filter(|name| !name.starts_with(' ')).collect();
    assert_eq!(table("GitHub Actions"), names);
}

#[test]
fn the_commands_of_the_page_work() {
    let page = file("docs/integrations.md");
    let commands: Vec<&str> = page
        .lines()
        .filter_map(|line| line.find("tokenlint check ").map(|at| &line[at + "tokenlint ".len()..]))
        .map(|command| command.split(['\'', '`']).next().unwrap().trim())
        .filter(|command| command.ends_with(" ."))
        .collect();
    assert!(commands.len() > 3, "{commands:?}");
    for command in commands {
        let folder = Folder::new();
        folder.write("a.sh", "curl https://api.example.com/me -H \"Authorization: Bearer $TOKEN\"\n");
        let words: Vec<&str> = command.split_whitespace().collect();
        folder.run(&words).is(0, &[]);
        for output in words.iter().filter_map(|word| word.split_once('=')).map(|(_, name)| name) {
            assert!(folder.path().join(output).exists(), "{command}: there is no {output}");
        }
    }
}
