//! A tree of source: the unpacked crates that this one is built from, and the others that cargo keeps. Each row has twice
//! the bytes of the row above it, so that the throughput stays the same where the time is linear.
//!
//! `cargo bench --bench tree`

#![allow(clippy::disallowed_methods, clippy::disallowed_types, clippy::expect_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use divan::Bencher;
use divan::counter::BytesCount;

const SIZES: [u64; 3] = [25 << 20, 50 << 20, 100 << 20];

fn main() {
    divan::main();
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut entries: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    entries.sort();
    entries
}

fn size(path: &Path) -> u64 {
    match path.symlink_metadata() {
        Ok(data) if data.is_dir() => entries(path).iter().map(|path| size(path)).sum(),
        Ok(data) => data.len(),
        Err(_) => 0,
    }
}

/// Crates of about so many bytes together, and of how many they are.
fn crates(wanted: u64) -> (Vec<PathBuf>, u64) {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo"))).expect("a home");
    let (mut taken, mut sum) = (Vec::new(), 0);
    for folder in entries(&home.join("registry/src")).iter().flat_map(|registry| entries(registry)) {
        if sum < wanted {
            sum += size(&folder);
            taken.push(folder);
        }
    }
    (taken, sum)
}

#[divan::bench(args = SIZES, sample_count = 5, sample_size = 1)]
fn source(bencher: Bencher, wanted: u64) {
    let (folders, bytes) = crates(wanted);
    bencher.counter(BytesCount::new(bytes)).bench(|| {
        let mut check = Command::new(env!("CARGO_BIN_EXE_tokenlint"));
        check.args(["check", "--no-config", "--fail-on", "never"]).args(&folders);
        let status = check.stdout(Stdio::null()).stderr(Stdio::null()).status();
        assert!(status.expect("it runs").success());
    });
}
