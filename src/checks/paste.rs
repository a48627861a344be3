//! What happened to a credential on its way: judgements on `paste.*` that tests cannot make, and the fixer that takes a
//! layer away in the given text.

use crate::checks::{Check, Context, Fixer, Hit, value_word};
use crate::decode::paste;
use crate::facts::{Fact, Subject, Thing};
use crate::finding::{Edit, Word};
use crate::platform::Mark;
use crate::source::{Place, Span};

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "quoted", about: &["paste.quotes"], offers: &[], run: |cx| around(cx, "paste.quotes") },
    Check {
        name: "end-line-break",
        about: &["paste.end_line_break"],
        offers: &[],
        run: |cx| around(cx, "paste.end_line_break"),
    },
    Check {
        name: "carriage-return",
        about: &["paste.carriage_return"],
        offers: &[],
        run: |cx| around(cx, "paste.carriage_return"),
    },
    Check { name: "byte-order-mark", about: &["paste.bom"], offers: &[], run: |cx| around(cx, "paste.bom") },
    Check { name: "placeholder", about: &["paste.placeholder"], offers: &["parameter"], run: placeholder },
    Check { name: "null-literal", about: &["paste.null"], offers: &["parameter"], run: null_literal },
    Check {
        name: "unexpanded-variable",
        about: &["paste.variable", "hole.literal"],
        offers: &["variable", "sent", "advice"],
        run: unexpanded,
    },
    Check { name: "dollar-taken", about: &["credential.value"], offers: &[], run: dollar_taken },
    Check { name: "case-folded", about: &["paste.case_folded"], offers: &["case"], run: case_folded },
    Check { name: "spec-example", about: &["paste.sample"], offers: &["document"], run: spec_example },
    Check { name: "fixed-width", about: &["jwt.parts"], offers: &["length"], run: fixed_width },
    Check { name: "wrong-kind", about: &["credential.form"], offers: &["what", "advice"], run: wrong_kind },
];

/// A shorter text, in bytes, may be a prefix to which a script adds the rest.
const LEAST: usize = 6;

/// The fixers of this group.
pub const FIXERS: &[Fixer] = &[Fixer { name: "undo-layer", run: undo_layer }];

fn own<'a>(cx: &Context<'a>, path: &str) -> Option<&'a Fact> {
    cx.own().iter().find(|f| f.path.as_str() == path)
}

fn is_bare(cx: &Context) -> bool {
    cx.text("auth.carrier") == Some("bare")
}

/// Something around the whole value. Around a bare token it may be how somebody wrote the token down.
fn around(cx: &Context, path: &str) -> Vec<Hit> {
    let Some(fact) = own(cx, path) else { return Vec::new() };
    let mut hit = Hit::on(fact);
    if is_bare(cx) {
        hit.mark = Mark::T;
    }
    vec![hit]
}

/// A word for nothing where a credential belongs, named by what carries it.
fn null_literal(cx: &Context) -> Vec<Hit> {
    let what = match cx.text("auth.name").unwrap_or_default() {
        "" | "authorization" | "proxy-authorization" => "credential",
        name => name,
    };
    own(cx, "paste.null").map(|fact| Hit::on(fact).with("parameter", what)).into_iter().collect()
}

fn placeholder(cx: &Context) -> Vec<Hit> {
    let Some(fact) = own(cx, "paste.placeholder") else { return Vec::new() };
    let name = cx.text("auth.name").unwrap_or_default();
    let mut hit = Hit::on(fact);
    // Somebody's password may be such a word, and the realm of a test may really have the secret `secret`.
    let is_document = cx.text("auth.carrier") == Some("json") && cx.one("request.form").is_none();
    if matches!(name, "password" | "passwd") || is_document {
        hit.mark = Mark::T;
    }
    let what = match name {
        "" | "authorization" | "proxy-authorization" => "credential",
        name => name,
    };
    vec![hit.with("parameter", what)]
}

fn unexpanded(cx: &Context) -> Vec<Hit> {
    let literal = own(cx, "hole.literal").filter(|f| !is_of_value(cx, f));
    let is_credential = cx.facts.get(cx.subject).thing == Thing::Credential;
    if let Some(literal) = literal.filter(|f| is_credential || is_whole_value(cx, f) && !is_in_credential(cx, f)) {
        let quotes = cx.text("hole.quotes").unwrap_or("single quotes");
        let mut hit = Hit::on(literal)
            .with("variable", format!("${}", literal.value.text().unwrap_or_default()))
            .told("sent", format!("in {quotes}, so the name itself is sent"))
            .told("advice", "write double quotes around it, so that the shell puts the value in");
        if !is_credential {
            hit.mark = Mark::T;
        }
        return vec![hit];
    }
    // What the file fills in before a shell sees it (`$(TOKEN)` in a makefile) is no name that is sent.
    let is_filled = |fact: &&Fact| cx.sources.has_hole(cx.sources.given(fact.place));
    let Some(fact) = own(cx, "paste.variable").filter(|f| !is_filled(f)) else { return Vec::new() };
    let mut hit = Hit::on(fact)
        .with("variable", fact.value.to_string())
        .told("sent", "what stands here, not its value")
        .told("advice", "find out what should put the value in: a variable that is not set, or the marks of another template language");
    // Something later, a template or a client, may still put it in: most configuration in JSON is read so.
    hit.mark = if cx.text("auth.carrier") == Some("json") { Mark::M } else { Mark::T };
    vec![hit]
}

/// A `$` within a token, in quotes in which the shell takes what follows for a variable: it stands in the midst of a
/// random text, and the name is no name that anybody gives.
fn dollar_taken(cx: &Context) -> Vec<Hit> {
    let is_of_shell = cx.text("request.form") == Some("curl command");
    let Some(value) = own(cx, "credential.value").filter(|f| f.hole && is_of_shell) else { return Vec::new() };
    let is_random = |text: &str| {
        let has = |is: fn(&u8) -> bool| text.bytes().any(|b| is(&b));
        text.len() >= LEAST && has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase)
    };
    let mut at = value.place.span.start;
    for hole in cx.sources.holes(value.place) {
        let before = cx.sources.text(Place { span: Span::new(at, hole.span.start.max(at)), ..value.place });
        at = hole.span.end;
        let run = before.rsplit(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '=')).next();
        let written = cx.sources.given(Place { span: hole.span, ..value.place });
        let is_name = cx.sources.text(written).contains('{') || !paste::is_odd_name(&hole.name);
        if run.is_some_and(is_random) && !is_name {
            return vec![Hit::at(written)];
        }
    }
    Vec::new()
}

/// True for `$tWNS` in `W$tWNS`: a token may hold the sign, and names of variables are rarely written so.
fn is_of_value(cx: &Context, literal: &Fact) -> bool {
    let at = cx.sources.given(literal.place);
    let before = cx.sources.get(at.source).text.get(..at.span.start).and_then(|text| text.chars().next_back());
    let written = cx.sources.text(at);
    let is_name = written.contains('{') || !written.bytes().any(|b| b.is_ascii_lowercase());
    before.is_some_and(|c| c.is_ascii_alphanumeric()) && !is_name
}

/// True if a credential of the request holds it: then it is told there.
fn is_in_credential(cx: &Context, literal: &Fact) -> bool {
    let at = cx.sources.given(literal.place);
    let holds = |child: &Subject| {
        let place = cx.sources.given(child.place);
        place.source == at.source && place.span.contains(at.span)
    };
    cx.facts.children(cx.subject).any(|(_, child)| child.thing == Thing::Credential && holds(child))
}

/// True if a variable is all of a value of the request. Within a longer text, `$` has other meanings (GraphQL, OData).
fn is_whole_value(cx: &Context, literal: &Fact) -> bool {
    let at = cx.sources.given(literal.place).span;
    cx.own().iter().any(|fact| {
        let family = fact.path.segments().nth(1).unwrap_or_default();
        let is_value = matches!(family, "param" | "json" | "header" | "query") && fact.path.segments().count() > 2;
        let text = fact.value.text().unwrap_or_default();
        let name = text.strip_prefix('$').map(|n| n.trim_start_matches('{').trim_end_matches('}'));
        let span = cx.sources.given(fact.place).span;
        is_value && name.is_some_and(|n| Some(n) == literal.value.text()) && span.contains(at)
    })
}

fn case_folded(cx: &Context) -> Vec<Hit> {
    let Some(fact) = own(cx, "paste.case_folded") else { return Vec::new() };
    let small = fact.value.text().is_some_and(|t| t.starts_with('e'));
    vec![Hit::at(fact.place).told("case", if small { "small" } else { "capital" })]
}

/// The sample tokens that are JWTs are known by their claims, in `payload/spec-example`.
fn spec_example(cx: &Context) -> Vec<Hit> {
    let sample = own(cx, "paste.sample").and_then(|f| Some((f, f.value.text()?)));
    let mut hits: Vec<Hit> =
        sample.map(|(fact, document)| Hit::at(fact.place).told("document", document)).into_iter().collect();
    // Without a clock this is about files at rest, where samples are at home.
    if cx.now().is_none() {
        hits.iter_mut().for_each(|hit| hit.mark = Mark::M);
    }
    hits
}

/// `joe@example.com`
fn is_address(text: &str) -> bool {
    let is_name = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_alphanumeric() || b"._+-".contains(&b));
    let ends = |host: &str| host.rsplit_once('.').is_some_and(|(_, e)| (2..=6).contains(&e.len()));
    text.split_once('@').is_some_and(|(user, host)| is_name(user) && is_name(host) && ends(host))
}

fn wrong_kind(cx: &Context) -> Vec<Hit> {
    let Some(fact) = own(cx, "credential.form") else { return Vec::new() };
    let scheme = cx.text("auth.scheme").unwrap_or_default();
    if !(scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token")) {
        return Vec::new();
    }
    let value = cx.text("credential.value").unwrap_or_default();
    let (what, advice) = match fact.value.text().unwrap_or_default() {
        "opaque" if is_address(value) => {
            ("an e-mail address", "log in with it, and send the token that the server issues")
        }
        "pem" => {
            ("a PEM key or certificate", "send the token that was issued for (or signed with) this key, never the key")
        }
        "ssh" => ("an SSH public key", "send the token that the API issued for you"),
        "saml" => ("a SAML assertion", "exchange the assertion for an access token first"),
        "url" => ("a URL", "send the token, not the address it comes from"),
        "aws key id" => ("the id of an AWS access key", "sign the request (AWS Signature 4); the id alone is no token"),
        "json" => ("a JSON document", "send the token itself: one member of the document, or what the key in it signs"),
        _ => return Vec::new(),
    };
    vec![Hit::at(fact.place).told("what", what).told("advice", advice)]
}

/// Lengths at which columns, buffers and terminals cut.
const WIDTHS: &[usize] = &[255, 256, 500, 512, 1000, 1023, 1024, 2000, 2048, 4000, 4095, 4096, 8191, 8192];

/// A JWT that ends too early and has the length of a buffer.
fn fixed_width(cx: &Context) -> Vec<Hit> {
    let Some(fact) = own(cx, "credential.value").filter(|f| !f.hole) else { return Vec::new() };
    let length = fact.value.text().unwrap_or_default().chars().count();
    let size = cx.int("jwt.signature_size").unwrap_or(0);
    let whole = match cx.text("jwt.header.alg").unwrap_or_default() {
        "HS256" => size >= 32,
        "HS384" => size >= 48,
        "HS512" | "ES256" | "EdDSA" => size >= 64,
        "ES384" => size >= 96,
        "ES512" => size >= 132,
        "RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" => size >= 128,
        _ => true,
    };
    if WIDTHS.contains(&length) && !whole && cx.text("credential.form") == Some("jws") {
        return vec![Hit::at(fact.place.end()).with("length", length)];
    }
    Vec::new()
}

/// Takes each piece of the layer away, or writes what it stands for.
fn undo_layer(cx: &Context, hit: &Hit) -> Vec<Edit> {
    let Some(path) = &hit.path else { return Vec::new() };
    let pieces: Vec<&Fact> = cx.own().iter().filter(|f| f.path == *path).collect();
    let mut edits = Vec::new();
    for fact in pieces {
        let Some(place) = cx.sources.editable(fact.place) else { return Vec::new() };
        let text = match (path.name(), value_word(fact)) {
            ("dots_lost", _) => ".".to_owned(),
            ("base64", _) => cx.text("credential.value").unwrap_or_default().to_owned(),
            (layer, Word::Value { text, .. }) => paste::unescaped(layer, &text),
            _ => String::new(),
        };
        let secret = path.name() == "base64";
        edits.push(Edit { place, text, secret });
    }
    edits.sort_by_key(|e| e.place.span);
    let overlap = edits.windows(2).any(|pair| pair[0].place.span.end > pair[1].place.span.start);
    if overlap { Vec::new() } else { edits }
}
