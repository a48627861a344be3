//! Bodies: text that should be JSON and is not, and a Content-Type that says something else than what is sent.

use std::borrow::Cow;

use crate::checks::{Check, Context, Hit};
use crate::decode::json::Kind;
use crate::facts::{Fact, Thing};
use crate::finding::Word;
use crate::platform::Mark;
use crate::recognise::file::Name;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check {
        name: "json-broken",
        about: &["json.trouble"],
        offers: &["what", "line", "column", "more", "advice"],
        run: json_broken,
    },
    Check {
        name: "content-type-mismatch",
        about: &["request.body_kind"],
        offers: &["declared", "actual"],
        run: content_type_mismatch,
    },
];

fn kind(fact: &Fact) -> Option<Kind> {
    let id = fact.value.text()?;
    Kind::ALL.into_iter().find(|kind| kind.id() == id)
}

/// A body or document that is no JSON: said once, at the first mistake, with the others as further places.
fn json_broken(cx: &Context) -> Vec<Hit> {
    let thing = cx.facts.get(cx.subject).thing;
    // Claims within a token are the matter of other rules; a response is what somebody saved of it.
    if matches!(thing, Thing::Credential | Thing::Response) || cx.facts.carrier(cx.subject, Thing::Response).is_some() {
        return Vec::new();
    }
    // JSON with comments is a format of its own.
    if Name::new(&cx.sources.get(cx.facts.get(cx.subject).place.source).name).is_near_json() {
        return Vec::new();
    }
    let troubles: Vec<(&Fact, Kind)> =
        cx.own().iter().filter(|f| f.path.as_str() == "json.trouble").filter_map(|f| Some((f, kind(f)?))).collect();
    let Some((fact, first)) = troubles.first() else { return Vec::new() };
    let declared = cx.text("request.header.content-type").unwrap_or_default().to_ascii_lowercase();
    // Formats near JSON have other rules (lines of JSON, comments).
    let is_near = ["ndjson", "jsonl", "json-seq", "json5", "jsonc", "json-lines", "stream"];
    if is_near.iter().any(|name| declared.contains(name)) {
        return Vec::new();
    }
    let given = cx.sources.given(fact.place);
    let (line, column) = cx.sources.line_column(given.source, given.span.start);
    let mut hit = Hit::on(fact).with("line", line).with("column", column);
    if thing == Thing::Request && !declared.is_empty() && !declared.contains("json") {
        hit.mark = Mark::T;
    }
    let more = troubles.len() - 1;
    for (fact, kind) in troubles.iter().skip(1).take(4) {
        hit = hit.and(fact.place, kind.id().replace('-', " "));
    }
    let words = match more {
        0 => Cow::Borrowed(""),
        1 => Cow::Borrowed("; one more mistake follows"),
        more => Cow::Owned(format!("; {more} more mistakes follow")),
    };
    hit.variables.push(("what", Word::Text(Cow::Borrowed(first.words()))));
    hit.variables.push(("advice", Word::Text(Cow::Borrowed(first.help()))));
    hit.variables.push(("more", Word::Text(words)));
    vec![hit]
}

/// A body of one kind under the Content-Type of another.
fn content_type_mismatch(cx: &Context) -> Vec<Hit> {
    let Some(declared) = cx.one("request.header.content-type").filter(|f| !f.hole) else { return Vec::new() };
    // What curl adds by itself it leaves out if there is another, and here not all headers are seen.
    if declared.place.span.is_empty() && cx.is_open() {
        return Vec::new();
    }
    let Some(body) = cx.one("request.body").filter(|f| !f.hole) else { return Vec::new() };
    let text = declared.value.text().unwrap_or_default().to_ascii_lowercase();
    let written = body.value.text().unwrap_or_default().trim();
    // These servers take JSON for what it is, and their documents rely on it.
    let host = cx.text("request.host").unwrap_or_default();
    let takes_json = ["api.github.com", "api.push.apple.com", "api.sandbox.push.apple.com"].contains(&host);
    let (kind, actual, mark) = if text.contains("x-www-form-urlencoded") && written.starts_with('{') {
        // Many servers look at the body, not at what was said about it.
        ("a form", "JSON", Mark::T)
    } else if text.contains("json") && crate::decode::http::looks_like_form(written) && written.contains('&') {
        ("JSON", "a form", Mark::D)
    } else {
        return Vec::new();
    };
    let is_json = cx.one("request.json").is_some() && cx.own().iter().all(|f| f.path.as_str() != "json.trouble");
    if actual == "JSON" && (!is_json || takes_json) {
        return Vec::new();
    }
    let mut hit = Hit::on(declared).and(body.place, "the body");
    hit.mark = mark;
    hit.variables.push(("declared", Word::Text(Cow::Borrowed(kind))));
    hit.variables.push(("actual", Word::Text(Cow::Borrowed(actual))));
    vec![hit]
}
