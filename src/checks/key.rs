//! The secrets and keys that signatures were verified with, and what anybody could guess.

use crate::checks::{Check, Context, Hit};
use crate::finding::Severity;
use crate::verify::guesses::least_size;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check {
        name: "key-secret-too-short",
        about: &["signature.secret_bytes"],
        offers: &["bytes", "needed"],
        run: short,
    },
    Check { name: "key-secret-listed", about: GUESS, offers: &[], run: |cx| guessed(cx, "list") },
    Check { name: "key-secret-empty", about: GUESS, offers: &[], run: |cx| guessed(cx, "empty") },
    Check { name: "key-secret-from-token", about: GUESS, offers: &[], run: |cx| guessed(cx, "token") },
];

const GUESS: &[&str] = &["signature.guess"];

fn short(cx: &Context) -> Vec<Hit> {
    let needed = least_size(cx.text("jwt.header.alg").unwrap_or_default());
    let bytes = cx.one("signature.secret_bytes");
    let is_short = |bytes: i128| usize::try_from(bytes).is_ok_and(|bytes| bytes < needed);
    let found = bytes.filter(|f| f.value.int().is_some_and(is_short) && cx.one("signature.guess").is_none());
    found.map(|f| Hit::on(f).told("bytes", &f.value).told("needed", needed)).into_iter().collect()
}

/// A secret that fits and that anybody could have tried. In a committed file, and among documents, it may be one that is
/// meant to be seen.
fn guessed(cx: &Context, kind: &str) -> Vec<Hit> {
    let found = cx.one("signature.guess").filter(|f| f.value.text() == Some(kind));
    let quiet = cx.now().is_none() || cx.one("source.kind").is_some();
    let level = if quiet { Severity::Note } else { Severity::Error };
    found.map(|f| Hit::on(f).at_most(level)).into_iter().collect()
}
