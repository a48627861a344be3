//! Basic credentials: what stands in the decoded pair, and how to encode it again.

use crate::checks::{Check, Context, Fixer, Hit};
use crate::decode::base64;
use crate::decode::paste::{Kind, leftover};
use crate::facts::Fact;
use crate::finding::Edit;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "basic-encoded-twice", about: &["basic.text"], offers: &[], run: encoded_twice },
    Check { name: "basic-pair-as-password", about: &["basic.password"], offers: &[], run: pair_as_password },
    Check { name: "basic-undefined-part", about: &["basic.text"], offers: &["part", "word"], run: undefined_part },
    Check { name: "basic-placeholder", about: &["basic.text"], offers: &["part"], run: placeholder },
    Check { name: "basic-quotes-inside", about: &["basic.text"], offers: &["part"], run: quotes_inside },
    Check { name: "basic-blank-around", about: &["basic.text"], offers: &["part"], run: blank_around },
];

/// The fixers of this group.
pub const FIXERS: &[Fixer] = &[
    Fixer { name: "basic-encode", run: |cx, _| encoded(cx, |text| text.trim_end_matches(['\r', '\n']).to_owned()) },
    Fixer { name: "basic-decode-once", run: decode_once },
    Fixer { name: "basic-without-scheme", run: |cx, _| encoded(cx, |text| without_scheme(text).to_owned()) },
    Fixer { name: "basic-alphabet", run: |cx, _| rewritten(cx, |text| text.replace('-', "+").replace('_', "/")) },
    Fixer { name: "basic-padding", run: |cx, _| rewritten(cx, padded) },
];

fn own<'a>(cx: &Context<'a>, path: &str) -> Option<&'a Fact> {
    cx.own().iter().find(|f| f.path.as_str() == path && !f.hole)
}

fn text<'a>(cx: &Context<'a>, path: &str) -> Option<&'a str> {
    own(cx, path).and_then(|f| f.value.text())
}

/// The text in base64, if it is one of printable characters.
fn printable(text: &str) -> Option<String> {
    let decoded = base64::decode(text);
    let inner = String::from_utf8(decoded.bytes).ok()?;
    (decoded.illegal.is_none() && !inner.is_empty() && !inner.trim_end().chars().any(char::is_control)).then_some(inner)
}

fn encoded_twice(cx: &Context) -> Vec<Hit> {
    let Some(fact) = own(cx, "basic.text") else { return Vec::new() };
    let outer = fact.value.text().unwrap_or_default().trim();
    let is_pair = !outer.contains(':') && outer.len() >= 8 && printable(outer).is_some_and(|t| t.contains(':'));
    if is_pair { vec![Hit::at(own(cx, "auth.value").map_or(fact.place, |f| f.place))] } else { Vec::new() }
}

fn pair_as_password(cx: &Context) -> Vec<Hit> {
    let (Some(user), Some(password)) = (text(cx, "basic.user"), own(cx, "basic.password")) else { return Vec::new() };
    let inner = printable(password.value.text().unwrap_or_default()).unwrap_or_default();
    let is_pair = !user.is_empty() && inner.strip_prefix(user).is_some_and(|rest| rest.starts_with(':'));
    if is_pair { vec![Hit::at(password.place)] } else { Vec::new() }
}

/// User-id and password with their names for people.
fn parts<'a>(cx: &Context<'a>) -> impl Iterator<Item = (&'static str, &'a Fact)> {
    let parts = [("user-id", own(cx, "basic.user")), ("password", own(cx, "basic.password"))];
    parts.into_iter().filter_map(|(name, fact)| Some((name, fact?)))
}

fn undefined_part(cx: &Context) -> Vec<Hit> {
    // Without a colon it is no pair, and another rule says so.
    if own(cx, "basic.password").is_none() || own(cx, "hole.literal").is_some() {
        return Vec::new();
    }
    for (name, fact) in parts(cx) {
        let part = fact.value.text().unwrap_or_default();
        let kind = leftover(part).map(|l| l.kind);
        // `0` and `false` may be passwords, if poor ones.
        let is_word = !matches!(part.to_ascii_lowercase().as_str(), "0" | "true" | "false" | "''" | "\"\"");
        if matches!(kind, Some(Kind::Null | Kind::Object | Kind::Variable)) && is_word {
            let hit = Hit::at(fact.place).told("part", name);
            // `null` is no secret; what is written for an object may hold one.
            let is_plain = kind == Some(Kind::Null) || part == "[object Object]";
            return vec![if is_plain { hit.told("word", part) } else { hit.with("word", part) }];
        }
    }
    Vec::new()
}

fn placeholder(cx: &Context) -> Vec<Hit> {
    let asks = |fact: &&(&'static str, &Fact)| {
        let part = fact.1.value.text().unwrap_or_default();
        matches!(leftover(part).map(|l| l.kind), Some(Kind::Placeholder | Kind::Masked | Kind::Ellipsis))
    };
    let both: Vec<(&'static str, &Fact)> = parts(cx).collect();
    if both.len() < 2 {
        return Vec::new();
    }
    // `user` alone may be a name; that the password is a placeholder tells.
    let is_sample = matches!(text(cx, "basic.text"), Some("user:pass" | "username:pass" | "admin:secret"));
    let found = both.iter().filter(asks).max_by_key(|(name, _)| *name == "password");
    let found = found.or_else(|| both.last().filter(|_| is_sample));
    let Some((name, fact)) =
        found.filter(|(name, fact)| *name == "password" || fact.value.text().is_some_and(|t| t.starts_with('<')))
    else {
        return Vec::new();
    };
    vec![Hit::at(fact.place).told("part", name)]
}

fn quotes_inside(cx: &Context) -> Vec<Hit> {
    let quoted = |t: &str| t.len() > 2 && ['"', '\''].iter().any(|q| t.starts_with(*q) && t.ends_with(*q));
    let found = parts(cx).find(|(_, fact)| fact.value.text().is_some_and(quoted));
    let whole = own(cx, "basic.text").filter(|f| f.value.text().is_some_and(|t| quoted(t) && t.contains(':')));
    let found = whole.map(|fact| ("pair", fact)).or(found);
    found.map(|(name, fact)| Hit::at(fact.place).told("part", name)).into_iter().collect()
}

fn blank_around(cx: &Context) -> Vec<Hit> {
    let padded = |t: &str| t.starts_with(' ') || t.ends_with(' ');
    let found = parts(cx).find(|(_, fact)| fact.value.text().is_some_and(padded));
    found.map(|(name, fact)| Hit::at(fact.place).told("part", name)).into_iter().collect()
}

/// The credential written anew: base64 of its text after `change`.
fn encoded(cx: &Context, change: fn(&str) -> String) -> Vec<Edit> {
    let Some(text) = text(cx, "basic.text") else { return Vec::new() };
    replaced(cx, base64::encode(change(text).as_bytes()))
}

/// The base64 text written otherwise.
fn rewritten(cx: &Context, change: fn(&str) -> String) -> Vec<Edit> {
    text(cx, "credential.value").map_or_else(Vec::new, |value| replaced(cx, change(value)))
}

fn decode_once(cx: &Context, _: &Hit) -> Vec<Edit> {
    text(cx, "basic.text").map_or_else(Vec::new, |inner| replaced(cx, inner.trim().to_owned()))
}

fn replaced(cx: &Context, text: String) -> Vec<Edit> {
    let place = own(cx, "credential.value").and_then(|f| cx.sources.editable(f.place));
    place.map(|place| Edit { place, text, secret: true }).into_iter().collect()
}

fn padded(value: &str) -> String {
    let missing = (4 - value.len() % 4) % 4;
    value.to_owned() + &"=".repeat(missing)
}

fn without_scheme(text: &str) -> &str {
    let rest = text.trim_start();
    let rest =
        ["Authorization:", "authorization:"].iter().find_map(|s| rest.strip_prefix(s)).unwrap_or(rest).trim_start();
    ["Basic ", "basic ", "Bearer ", "bearer "].iter().find_map(|s| rest.strip_prefix(s)).unwrap_or(rest).trim_start()
}
