//! What is in an input, layer by layer, with a verdict on each part: the facts and the findings of a report, put in the
//! order in which they were sent. No formatting: the printers draw it.

mod meaning;
mod parts;
mod verdicts;

use std::borrow::Cow;

use crate::calendar;
use crate::checks::value_word;
use crate::facts::{Fact, Facts, Path, Subject, SubjectId, Thing};
use crate::finding::{Report, Severity, Word, Words};
use crate::load::RuleSet;
use crate::repair::Repaired;
use crate::rule::Str;
use crate::source::Place;

use parts::Reader;

/// How a part is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It is as a document, an expectation or the clock wants it.
    Pass,
    /// A finding of level note is about it.
    Note,
    /// A warning is about it.
    Warn,
    /// An error is about it.
    Fail,
    /// It could not be checked; the remark says what that needs.
    Unchecked,
    /// It is not there, and that is worth knowing.
    Absent,
    /// Nothing is known about what it has to be.
    Shown,
}

/// One member, parameter or other part of a layer.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its name; further members of an object are joined by dots.
    pub name: String,
    /// Its path, if a fact is behind it.
    pub path: Option<Path>,
    /// Where it stands, if it is there.
    pub place: Option<Place>,
    /// Its value; empty if it is not there.
    pub value: Words,
    /// The verdict on it.
    pub verdict: Verdict,
    /// What it means, and why it is right: a phrase each.
    pub remarks: Vec<Words>,
    /// The findings about it, the worst first.
    pub flaws: Vec<Flaw>,
}

/// What a finding says about a part.
#[derive(Debug, Clone)]
pub struct Flaw {
    /// The rule.
    pub rule: Str,
    /// How bad it is.
    pub severity: Severity,
    /// The few words at its place.
    pub label: Words,
    /// The whole sentence.
    pub message: Words,
    /// The document that says so.
    pub document: Option<Str>,
}

/// What kind of names a layer has, and so what they mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Members of a JOSE header.
    JoseHeader,
    /// Claims.
    Claims,
    /// Parameters of OAuth messages.
    Parameters,
    /// Anything else.
    Other,
}

/// Parts that belong together: a JOSE header, the claims, the parameters of a form.
#[derive(Debug, Clone)]
pub struct Layer {
    /// What it is: `JOSE header`.
    pub title: Cow<'static, str>,
    /// What its names are.
    pub kind: Kind,
    /// Its parts, in the order they were sent.
    pub parts: Vec<Part>,
}

/// A point in time that a token names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// `iat`, `exp`, `now` …
    pub name: String,
    /// Seconds since 1970.
    pub at: i128,
}

/// One thing of the input, taken apart.
#[derive(Debug, Clone)]
pub struct Outline {
    /// Its number in the input, from 1.
    pub number: usize,
    /// What it was found in, from the outside in: `curl command`, `Authorization header`, `Bearer`, `JWT (JWS, HS256)`.
    pub trail: Vec<Words>,
    /// Whose it is and how that is known: `LiveLike, client-generated access token (by its claims)`.
    pub identity: Option<Words>,
    /// True if this stands inside the thing before it.
    pub is_inner: bool,
    /// Its layers.
    pub layers: Vec<Layer>,
    /// The points in time that it names, with the current one, if there are any.
    pub times: Vec<Moment>,
    /// Whether its signature holds, if it is a token that has one.
    pub signature: Option<Verdict>,
    /// The subject behind it.
    pub subject: SubjectId,
    /// The corrected token, if it was asked for and there is one.
    pub repaired: Option<Repaired>,
}

/// Takes everything in a report apart. `zone` is the local time zone, for times; without it only UTC is shown.
pub fn inspect(report: &Report, set: &RuleSet, zone: Option<&jiff::tz::TimeZone>) -> Vec<Outline> {
    let reader = Reader::new(report, set, zone);
    let mut outlines = Vec::new();
    let is_shown = |s: &Subject| s.parent.is_none() && s.thing != Thing::Suppression;
    let outermost: Vec<SubjectId> = report.facts.subjects().filter(|(_, s)| is_shown(s)).map(|(id, _)| id).collect();
    for id in outermost {
        let mut of_one = Vec::new();
        collect(&reader, id, &mut of_one);
        drop_repeated(&mut of_one);
        unite(&mut of_one);
        outlines.append(&mut of_one);
    }
    for (i, outline) in outlines.iter_mut().enumerate() {
        outline.number = i + 1;
    }
    outlines
}

fn collect(reader: &Reader, id: SubjectId, outlines: &mut Vec<Outline>) {
    let facts = &reader.report.facts;
    let outline = Outline {
        number: 0,
        trail: trail(facts, id),
        identity: identity(facts, id),
        is_inner: facts.get(id).parent.is_some(),
        layers: reader.layers(id),
        times: times(facts, id),
        signature: signature(facts, id),
        subject: id,
        repaired: None,
    };
    outlines.push(outline);
    let shown = facts.children(id).filter(|(_, child)| child.thing != Thing::Disclosure);
    let children: Vec<SubjectId> = shown.map(|(id, _)| id).collect();
    for child in children {
        collect(reader, child, outlines);
    }
}

/// A thing that carries a single credential is shown as one with it; one that has nothing of its own to show is only
/// where the others were found.
fn unite(outlines: &mut Vec<Outline>) {
    if outlines.len() > 2 && outlines.first().is_some_and(|outer| outer.layers.is_empty()) {
        let outer = outlines.remove(0);
        for inner in outlines {
            inner.trail.splice(0..0, outer.trail.iter().cloned());
            inner.is_inner = false;
        }
        return;
    }
    if outlines.len() != 2 {
        return;
    }
    let Some(inner) = outlines.pop() else { return };
    if let Some(outer) = outlines.last_mut() {
        outer.trail.extend(inner.trail);
        outer.identity = inner.identity.or(outer.identity.take());
        outer.layers.extend(inner.layers);
        outer.times = inner.times;
        outer.signature = inner.signature;
        outer.subject = inner.subject;
    }
}

/// A credential of which nothing more is known than the message around it shows.
fn drop_repeated(outlines: &mut Vec<Outline>) {
    let is_message = |o: &Outline| o.layers.iter().any(|layer| layer.kind == Kind::Parameters);
    if !outlines.iter().any(is_message) {
        return;
    }
    let mut at = 0;
    outlines.retain(|outline| {
        at += 1;
        let says_more = outline.identity.is_some() || outline.signature.is_some() || is_message(outline);
        let is_flawed = outline.layers.iter().flat_map(|l| &l.parts).any(|part| !part.flaws.is_empty());
        at == 1 || says_more || is_flawed
    });
}

fn text(words: impl Into<Cow<'static, str>>) -> Words {
    vec![Word::Text(words.into())]
}

fn trail(facts: &Facts, id: SubjectId) -> Vec<Words> {
    let subject = facts.get(id);
    let own = |path: &str| subject.of_path(path).next().and_then(|f| f.value.text());
    match subject.thing {
        Thing::Request => {
            let mut words = text(own("request.form").unwrap_or("request").to_owned());
            words.extend(own("request.number").map(|number| Word::Text(format!(" {number}").into())));
            if let Some(name) = own("request.name") {
                let name = Word::Value { text: name.to_owned(), secret: false };
                words.extend([Word::Text(" \"".into()), name, Word::Text("\"".into())]);
            }
            vec![words]
        }
        Thing::Credential => {
            let mut trail = Vec::new();
            if own("auth.carrier") != Some("bare") {
                trail.push(text(carrier(own("auth.carrier"), own("auth.name"))));
            }
            trail.extend(own("auth.scheme").map(|scheme| vec![Word::Value { text: scheme.to_owned(), secret: false }]));
            trail.push(form(own));
            trail
        }
        thing => vec![text(thing.name())],
    }
}

/// Where a credential stands.
fn carrier(kind: Option<&str>, name: Option<&str>) -> String {
    let name = name.unwrap_or_default();
    match kind.unwrap_or_default() {
        "header" if name == "authorization" => "Authorization header".to_owned(),
        "header" => format!("header {name}"),
        "query" => format!("query parameter {name}"),
        "fragment" => format!("fragment parameter {name}"),
        "body" | "form" => format!("form parameter {name}"),
        "json" => format!("member {name}"),
        "cookie" => format!("cookie {name}"),
        "user option" => "user and password".to_owned(),
        other if name.is_empty() => other.to_owned(),
        other => format!("{other} {name}"),
    }
}

/// What a credential is by its form.
fn form<'a>(own: impl Fn(&str) -> Option<&'a str>) -> Words {
    let mut words = match own("credential.form").unwrap_or("value") {
        "jws" => text("JWT (JWS"),
        "sd-jwt" => text("SD-JWT (JWS"),
        "jwe" => text("encrypted token (JWE"),
        "basic" => return text("user and password"),
        "opaque" => return text("opaque token"),
        "pem" => return text("PEM key or certificate"),
        "url" => return text("URL"),
        "uuid" => return text("UUID"),
        other => return text(other.to_owned()),
    };
    if let Some(alg) = own("jwt.header.alg").or_else(|| own("jwe.header.alg")) {
        words.extend([Word::Text(", ".into()), Word::Value { text: alg.to_owned(), secret: false }]);
    }
    words.push(Word::Text(")".into()));
    words
}

fn identity(facts: &Facts, id: SubjectId) -> Option<Words> {
    let subject = facts.get(id);
    let own = |path: &str| subject.of_path(path).next().and_then(|f| f.value.text());
    let by = |how: Option<&str>| match how {
        Some("claims") => " (by its claims)".to_owned(),
        Some("shape") => " (by its shape)".to_owned(),
        Some("host") => " (by the host)".to_owned(),
        Some("name") => " (by its name)".to_owned(),
        Some("response") => " (by the response that issued it)".to_owned(),
        Some(other) => format!(" (by {other})"),
        None => String::new(),
    };
    if let Some(title) = own("credential.title") {
        let platform = own("credential.platform_title").map(|p| format!("{p}, ")).unwrap_or_default();
        return Some(text(format!("{platform}{title}{}", by(own("credential.by")))));
    }
    let platform = own("platform.title")?;
    let called = own("api.title").or_else(|| own("endpoint.title")).map(|t| format!(" {t}")).unwrap_or_default();
    Some(text(format!("{platform}{called}{}", by(own("platform.by")))))
}

/// The names under which a token says when something is.
const TIMES: &[&str] = &["auth_time", "nbf", "iat", "exp"];

fn times(facts: &Facts, id: SubjectId) -> Vec<Moment> {
    let mut times: Vec<Moment> = Vec::new();
    for name in TIMES {
        let path = Path::new("jwt.claims").join(name);
        let fact = facts.get(id).of_path(path.as_str()).next();
        let at = fact.filter(|f| !f.hole).and_then(|f| f.value.int());
        times.extend(at.map(|at| Moment { name: (*name).to_owned(), at }));
    }
    if !times.is_empty() {
        times.extend(now(facts, id).map(|at| Moment { name: "now".to_owned(), at }));
        times.sort_by_key(|moment| moment.at);
    }
    times
}

/// The time to judge by: for what was recorded, when it was sent.
fn now(facts: &Facts, id: SubjectId) -> Option<i128> {
    facts.one(id, "clock.now").and_then(|f| f.value.int())
}

fn signature(facts: &Facts, id: SubjectId) -> Option<Verdict> {
    let subject = facts.get(id);
    subject.of_path("jwt.signature").next()?;
    Some(match subject.of_path("signature.verified").next().map(|f| f.value.to_string()).as_deref() {
        Some("true") => Verdict::Pass,
        Some(_) => Verdict::Fail,
        None => Verdict::Unchecked,
    })
}

/// How bad a finding is, as a verdict.
fn verdict(severity: Severity) -> Verdict {
    match severity {
        Severity::Error => Verdict::Fail,
        Severity::Warning => Verdict::Warn,
        Severity::Note => Verdict::Note,
    }
}

/// A point in time in UTC, in the local zone, and from now.
fn moment(at: i128, now: Option<i128>, zone: Option<&jiff::tz::TimeZone>) -> String {
    let mut said = calendar::text(at);
    let local = i64::try_from(at).ok().and_then(|s| jiff::Timestamp::from_second(s).ok()).zip(zone);
    if let Some((time, zone)) = local {
        let local = time.to_zoned(zone.clone());
        if local.offset().seconds() != 0 {
            said += &format!(" ({})", local.strftime("%H:%M %:z"));
        }
    }
    match now {
        Some(now) if now == at => said + ", now",
        Some(now) if now > at => format!("{said}, {} ago", calendar::span(now - at)),
        Some(now) => format!("{said}, in {}", calendar::span(at - now)),
        None => said,
    }
}

fn value(fact: &Fact) -> Words {
    vec![value_word(fact)]
}
