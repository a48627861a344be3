//! The secrets and keys that signatures were verified with, and what anybody could guess.

use crate::checks::{Check, Context, Hit, claims};
use crate::decode::base64;
use crate::facts::Fact;
use crate::finding::Severity;
use crate::verify::guesses::least_size;
use crate::verify::label_of_der;

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
    Check { name: "pem-broken", about: &["pem.trouble"], offers: &["what", "advice"], run: pem_broken },
    Check { name: "pem-mislabelled", about: &["pem.label"], offers: &["label", "needed"], run: pem_mislabelled },
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
/// meant to be seen; in the sample of a document it is.
fn guessed(cx: &Context, kind: &str) -> Vec<Hit> {
    let found = cx.one("signature.guess").filter(|f| f.value.text() == Some(kind));
    let is_sample = || !claims::spec_example(cx).is_empty();
    let quiet = cx.now().is_none() || cx.one("source.kind").is_some() || found.is_some() && is_sample();
    let level = if quiet { Severity::Note } else { Severity::Error };
    found.map(|f| Hit::on(f).at_most(level)).into_iter().collect()
}

/// What is wrong with the lines of a PEM text: the first thing only, for the others follow from it.
fn pem_broken(cx: &Context) -> Vec<Hit> {
    let hit = |fact: &Fact| {
        let (what, advice) = match fact.value.text()? {
            "begin-line" => (
                "its `BEGIN` line does not have exactly five dashes on each side",
                "write the line as `-----BEGIN …-----`, with five dashes at both ends and no blanks beside them",
            ),
            "end-line" => (
                "its `END` line does not have exactly five dashes on each side",
                "write the line as `-----END …-----`, with five dashes at both ends and no blanks beside them",
            ),
            "end-missing" => ("its `END` line is missing", "copy the whole file, up to its last line"),
            "labels-differ" => (
                "its `END` line names something else than its `BEGIN` line",
                "copy the file again: two files were mixed, or one of the lines was changed",
            ),
            "literal-newlines" => {
                ("`\\n` is written out where its lines end", "replace each `\\n` by a line end before the key is read")
            }
            "one-line" => (
                "all of it stands on one line",
                "put line ends after the first line, before the last one, and every 64 characters between them",
            ),
            _ => return None,
        };
        Some(Hit { value: None, ..Hit::on(fact) }.told("what", what).told("advice", advice))
    };
    cx.one("pem.trouble").and_then(hit).into_iter().collect()
}

/// A key under the label of another container, where nothing else is wrong.
fn pem_mislabelled(cx: &Context) -> Vec<Hit> {
    let (labels, bodies): (Vec<&Fact>, Vec<&Fact>) = (cx.all("pem.label").collect(), cx.all("pem.body").collect());
    if cx.one("pem.trouble").is_some() || labels.len() != bodies.len() {
        return Vec::new();
    }
    let wrong = labels.iter().zip(&bodies).filter_map(|(label, body)| {
        let text: String = body.value.text()?.split_whitespace().collect();
        let needed = label_of_der(&base64::decode(&text).bytes)?;
        let written = label.value.text().filter(|written| *written != needed && !written.ends_with("CERTIFICATE"))?;
        Some(Hit { value: None, ..Hit::on(label) }.with("label", written).told("needed", needed))
    });
    wrong.collect()
}
