//! Values of parameters that changed on their way into a request: encoded once too often, with quotes or blanks around
//! them, with more than the value; and client credentials that form decoding would change (RFC 6749 appendix B).

use std::borrow::Cow;

use crate::checks::oauth::parameters;
use crate::checks::url::raw;
use crate::checks::{Check, Context, Fixer, Hit};
use crate::facts::{Fact, Thing, is_secret_name};
use crate::finding::{Edit, Word};
use crate::platform::Mark;
use crate::source::Place;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check {
        name: "value-encoded",
        about: &["token-request", "auth.name"],
        offers: &["parameter", "words"],
        run: encoded,
    },
    Check {
        name: "value-with-blank",
        about: &["authorize", "token-request", "auth.name"],
        offers: &["parameter", "what"],
        run: blank_around,
    },
    Check { name: "value-quoted", about: &["token-request", "auth.name"], offers: &["parameter"], run: quoted },
    Check { name: "code-with-rest", about: &["auth.name"], offers: &["rest"], run: code_with_rest },
    Check {
        name: "basic-not-form-encoded",
        about: &["basic.text"],
        offers: &["part", "character", "encoded"],
        run: not_form_encoded,
    },
];

/// The fixers of this group.
pub const FIXERS: &[Fixer] = &[Fixer { name: "value-quotes", run: fix_quotes }];

/// True if the text holds a percent-encoded byte.
fn is_encoded(text: &str) -> bool {
    text.match_indices('%')
        .any(|(at, _)| text.get(at + 1..at + 3).is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit())))
}

/// The values of a token request with their names. A credential among the parameters is a thing of its own, so that
/// what is found there explains whatever else is odd about it.
fn values<'a>(cx: &Context<'a>) -> Vec<(&'a str, &'a Fact, &'a str)> {
    let is_token_request = cx.text("request.message") == Some(Thing::TokenRequest.name())
        || cx.facts.carrier(cx.subject, Thing::TokenRequest).is_some();
    if !is_token_request {
        return Vec::new();
    }
    let named: Vec<(&str, &Fact)> = match parameter(cx) {
        Some(found) => vec![found],
        None => parameters(cx).map(|f| (f.path.name(), f)).filter(|(name, _)| !is_secret_name(name)).collect(),
    };
    let known = |(name, fact): (&'a str, &'a Fact)| Some((name, fact, fact.value.text().filter(|_| !fact.hole)?));
    named.into_iter().filter_map(known).collect()
}

/// The credential that a parameter carries, with the parameter's name.
pub(super) fn parameter<'a>(cx: &Context<'a>) -> Option<(&'a str, &'a Fact)> {
    let own = |path: &str| cx.own().iter().find(|f| f.path.as_str() == path);
    let carrier = own("auth.carrier")?.value.text()?;
    let name = own("auth.name")?.value.text()?;
    matches!(carrier, "query" | "form" | "json" | "fragment").then_some((name, own("auth.value")?))
}

/// A value that is percent-encoded after it was decoded. A redirect URI with `%3A%2F%2F` was encoded twice for certain.
fn encoded(cx: &Context) -> Vec<Hit> {
    let names = ["assertion", "client_assertion", "client_secret", "code", "refresh_token"];
    let is_json = cx.text("request.body_kind").is_none_or(|kind| kind == "json");
    let hit = |(name, fact, text): (&str, &Fact, &str)| {
        let is_uri = name == "redirect_uri" && text.to_ascii_lowercase().contains("%3a%2f%2f");
        let mut hit = Hit::on(fact).with("parameter", name);
        if !is_uri {
            hit.mark = Mark::T;
        }
        let words = if is_json {
            "percent-encoded, which nothing undoes in JSON"
        } else {
            "still percent-encoded after decoding"
        };
        hit.variables.push(("words", Word::Text(Cow::Borrowed(words))));
        (is_uri || (names.contains(&name) && is_encoded(text))).then_some(hit)
    };
    values(cx).into_iter().filter_map(hit).collect()
}

/// A blank or line break around a value: `echo`, files and copying add them.
fn blank_around(cx: &Context) -> Vec<Hit> {
    let hit = |(name, fact, text): (&str, &Fact, &str)| {
        let (start, end) = (text.len() - text.trim_start().len(), text.trim_end().len());
        let is_whole = fact.place.span.len() == text.len();
        let at = match (is_whole, end < text.len()) {
            (true, true) => fact.place.part(end, text.len()),
            (true, false) => fact.place.part(0, start),
            (false, _) => fact.place,
        };
        let what = match text.ends_with(['\n', '\r']) {
            true => "a line break at its end",
            false if end < text.len() => "a blank at its end",
            false => "a blank at its beginning",
        };
        let mut hit = Hit::on(fact).with("parameter", name).moved(at);
        hit.variables.push(("what", Word::Text(Cow::Borrowed(what))));
        ((start > 0 || end < text.len()) && start < end).then_some(hit)
    };
    let of_authorize = || {
        let names = ["client_id", "redirect_uri", "response_type", "code_challenge", "code_challenge_method"];
        parameters(cx).filter(move |f| f.path.family() == "authorize" && names.contains(&f.path.name()) && !f.hole)
    };
    let first = of_authorize().filter_map(|f| hit((f.path.name(), f, f.value.text()?)));
    first.chain(values(cx).into_iter().filter(|(name, ..)| *name != "scope").filter_map(hit)).collect()
}

/// A value in quotes, which are sent as a part of it.
fn quoted(cx: &Context) -> Vec<Hit> {
    let is_quoted = |text: &str| {
        let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
        text.len() > 2 && quote.is_some_and(|quote| text.ends_with(quote))
    };
    // Names in quotes: all of it was written as JSON. Paths write `'` for `"`.
    let name = |fact: &Fact| fact.path.name().starts_with('\'');
    if let Some(fact) = parameters(cx).find(|f| name(f)) {
        return vec![Hit::on(fact).with("parameter", fact.path.name().trim_matches('\''))];
    }
    let found = values(cx).into_iter().filter(|(name, _, text)| *name != "password" && is_quoted(text));
    found.map(|(name, fact, _)| Hit::on(fact).with("parameter", name)).collect()
}

/// Takes the quotes away.
fn fix_quotes(cx: &Context, hit: &Hit) -> Vec<Edit> {
    let raw = raw(cx, hit.at);
    let text = cx.sources.text(raw);
    let ends = ["%22", "%27", "\"", "'"];
    let Some(quote) = ends.iter().find(|q| text.starts_with(*q) && text.ends_with(*q)) else { return Vec::new() };
    let places = [raw.part(0, quote.len()), raw.part(text.len() - quote.len(), text.len())];
    let places: Option<Vec<Place>> = places.into_iter().map(|place| cx.sources.editable(place)).collect();
    let edit = |place| Edit { place, text: String::new(), secret: false };
    places.unwrap_or_default().into_iter().map(edit).collect()
}

/// More than the code: the URL was cut apart by hand.
fn code_with_rest(cx: &Context) -> Vec<Hit> {
    let is_oauth = cx.one("request.message").is_some() || cx.facts.carrier(cx.subject, Thing::TokenRequest).is_some();
    let Some(("code", fact)) = parameter(cx).filter(|(_, f)| is_oauth && !f.hole) else { return Vec::new() };
    let text = fact.value.text().unwrap_or_default();
    let marks = [("#", "`#` and what follows it"), ("&", "the next parameter of the URL")];
    let found = marks.iter().filter_map(|(sign, words)| Some((text.find(sign)?, *words))).min();
    let prefix = text.starts_with("code=").then_some((0, "the name of the parameter"));
    let Some((at, words)) = found.or(prefix) else { return Vec::new() };
    let is_whole = fact.place.span.len() == text.len();
    let place = if is_whole { fact.place.part(at, text.len()) } else { fact.place };
    let mut hit = Hit::on(fact).moved(place);
    hit.variables.push(("rest", Word::Text(Cow::Borrowed(words))));
    vec![hit]
}

/// Characters in a Basic credential that mean something else once it is form-decoded, as RFC 6749 section 2.3.1 has
/// servers do. A `%` that begins no escape breaks the decoding, a plus becomes a blank; the others are only worth a note.
fn not_form_encoded(cx: &Context) -> Vec<Hit> {
    if cx.text("request.message") != Some("token request") || cx.text("auth.name") == Some("proxy-authorization") {
        return Vec::new();
    }
    let stray = |text: &str| {
        text.match_indices('%')
            .map(|(at, _)| at)
            .find(|at| !text.get(at + 1..at + 3).is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit())))
    };
    let own = |path: &str| cx.own().iter().find(|f| f.path.as_str() == path && !f.hole);
    for (path, part) in [("basic.user", "id"), ("basic.password", "secret")] {
        let Some((fact, text)) = own(path).and_then(|f| Some((f, f.value.text()?))) else { continue };
        let percent = stray(text).map(|at| (at, "%", "%25", Mark::D));
        let other = || {
            // Decoded, a plus becomes a blank; the others stay what they are.
            let signs = [("+", "%2B", Mark::T), (" ", "%20", Mark::M), ("&", "%26", Mark::M), ("=", "%3D", Mark::M)];
            signs.iter().find_map(|(sign, escape, mark)| Some((text.find(sign)?, *sign, *escape, *mark)))
        };
        let Some((at, sign, escape, mark)) = percent.or_else(other) else { continue };
        let mut hit = Hit::on(fact).moved(fact.place.part(at, at + 1));
        hit.mark = mark;
        hit.variables.push(("part", Word::Text(Cow::Borrowed(part))));
        hit.variables.push(("character", Word::Text(Cow::Borrowed(if sign == " " { "blank" } else { sign }))));
        hit.variables.push(("encoded", Word::Text(Cow::Borrowed(escape))));
        return vec![hit];
    }
    Vec::new()
}
