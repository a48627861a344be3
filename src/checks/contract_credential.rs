//! Credentials against the contracts: the right kind, at the right API, with the right scheme, put together as it should be.

use crate::checks::contract::{
    Called, Known, any_of, as_authorization, as_sent, credentials, form_of, is_authorized_otherwise, with_article,
};
use crate::checks::{Check, Context, Fixer, Hit};
use crate::decode::http::{PARTS, usual_name};
use crate::facts::{Path, SubjectId};
use crate::finding::{Edit, Word};
use crate::identify::{is_made_like, is_well_made};
use crate::platform::{Credential, Mark};
use crate::rule::Str;
use crate::source::{Place, Span};

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check {
        name: "contract-scheme",
        about: &["auth.scheme"],
        offers: &["credential", "platform", "scheme", "uses", "expected", "advice"],
        run: scheme,
    },
    Check {
        name: "contract-scheme-missing",
        about: &["auth.line"],
        offers: &["called", "expected", "write"],
        run: scheme_missing,
    },
    Check {
        name: "contract-accepts",
        about: &["credential.kind"],
        offers: &["credential", "called", "accepted"],
        run: accepts,
    },
    Check { name: "contract-shared", about: &["paired.use.api"], offers: &["one", "other", "platform"], run: shared },
    Check {
        name: "contract-recipe",
        about: &["credential.kind"],
        offers: &["credential", "is", "recipe"],
        run: recipe,
    },
    Check {
        name: "contract-carrier",
        about: &["auth.name"],
        offers: &["credential", "called", "where", "reads", "advice"],
        run: carrier,
    },
    Check {
        name: "contract-credential-missing",
        about: &["api.id", "endpoint.id"],
        offers: &["called", "accepted", "scheme"],
        run: missing,
    },
    Check {
        name: "contract-sample",
        about: &["credential.value", "jwt.claims", "platform.by"],
        offers: &["sample", "platform"],
        run: sample,
    },
];

/// The fixers of this group.
pub const FIXERS: &[Fixer] = &[
    Fixer { name: "contract-scheme", run: write_scheme },
    Fixer { name: "contract-scheme-change", run: change_scheme },
];

/// The scheme is none of those that this kind of credential is sent with.
fn scheme(cx: &Context) -> Vec<Hit> {
    let (Some(known), Some(scheme)) = (Known::of(cx), cx.one("auth.scheme")) else { return Vec::new() };
    let is_at_home = cx.text("platform.id").is_none_or(|id| id == known.platform.id);
    let sent = scheme.value.text().unwrap_or_default();
    let expected = &known.credential.scheme;
    if scheme.hole || !is_at_home || expected.is_empty() || expected.iter().any(|s| s.eq_ignore_ascii_case(sent)) {
        return Vec::new();
    }
    let (uses, words, advice) = if expected.iter().any(|s| s.is_empty()) {
        ("no scheme".to_owned(), "no scheme".to_owned(), format!("leave out `{sent}` and send the value alone"))
    } else {
        let names = expected.join(" or ");
        let advice = format!("replace `{sent}` by `{names}`; the value stays as it is");
        (format!("the {names} scheme"), names, advice)
    };
    let hit = Hit::on(scheme)
        .with("credential", known.words())
        .with("platform", &known.platform.title)
        .with("scheme", sent)
        .with("uses", uses)
        .with("expected", words)
        .with("advice", advice)
        .says(known.platform, &known.credential.basis, None, known.credential.mark.max(known.mark));
    vec![known.explain(cx, hit)]
}

/// An opaque credential stands alone in the header. (What is wrong with a JWT that does is no matter of the contract.)
fn scheme_missing(cx: &Context) -> Vec<Hit> {
    let (Some(called), Some(value)) = (Called::of(cx), as_authorization(cx)) else { return Vec::new() };
    let is_alone = !cx.own().iter().any(|f| f.path.as_str() == "auth.scheme" || f.path.family() == "paste");
    let is_opaque = cx.text("credential.form") == Some("opaque");
    let known = Known::of(cx).filter(|k| k.platform.id == called.platform.id && k.is_one_of(called.accepts()));
    let accepted = called.accepts().iter().filter_map(|id| called.platform.credential(id));
    let mut schemes: Vec<&Str> = match &known {
        Some(known) => known.credential.scheme.iter().collect(),
        None => accepted.flat_map(|c| c.scheme.iter()).collect(),
    };
    schemes.sort();
    schemes.dedup();
    let Some(first) = schemes.first().filter(|_| is_alone && is_opaque && !value.hole) else { return Vec::new() };
    if schemes.iter().any(|s| s.is_empty()) {
        return Vec::new();
    }
    let expected = any_of(&schemes.iter().map(|s| format!("`{s}`")).collect::<Vec<_>>());
    let mut hit = Hit::on(value).with("called", called.title()).with("expected", expected);
    if schemes.len() == 1 {
        hit = hit.with("write", first);
    }
    vec![hit.says(called.platform, called.basis(), None, called.mark())]
}

/// Writes the scheme, where there is only one to write.
fn write_scheme(cx: &Context, hit: &Hit) -> Vec<Edit> {
    let write = hit.variables.iter().find(|(name, _)| *name == "write");
    match (write, cx.sources.editable(hit.at)) {
        (Some((_, Word::Value { text, .. })), Some(place)) => {
            vec![Edit { place: place.start(), text: format!("{text} "), secret: false }]
        }
        _ => Vec::new(),
    }
}

/// Writes the one scheme that the credential has instead of the other, or takes it away where there is none.
fn change_scheme(cx: &Context, _: &Hit) -> Vec<Edit> {
    let (Some(known), Some(scheme), Some(value)) = (Known::of(cx), cx.one("auth.scheme"), cx.one("auth.value")) else {
        return Vec::new();
    };
    let [expected] = known.credential.scheme.as_ref() else { return Vec::new() };
    let until = if expected.is_empty() { value.place.start() } else { scheme.place.end() };
    let place = Place {
        span: Span::new(scheme.place.span.start, until.span.start.max(scheme.place.span.start)),
        ..scheme.place
    };
    let is_one_text = until.source == scheme.place.source;
    let edit = cx.sources.editable(place).filter(|_| is_one_text);
    edit.map(|place| Edit { place, text: expected.to_string(), secret: false }).into_iter().collect()
}

/// The API does not take this kind of credential.
fn accepts(cx: &Context) -> Vec<Hit> {
    let (Some(known), Some(called)) = (Known::of(cx), Called::of(cx)) else { return Vec::new() };
    let name = cx.text("auth.name").unwrap_or_default();
    let of_parameter = called.parameter(name).filter(|need| !need.credential.is_empty());
    let (value, ids) = match (of_parameter, as_sent(cx, called.platform)) {
        (Some(need), _) => (cx.one("auth.value"), need.credential.as_ref()),
        (None, sent) => (sent, called.accepts()),
    };
    let is_foreign = known.platform.id != called.platform.id;
    let Some(value) = value.filter(|_| !ids.is_empty() && !is_foreign && !known.is_one_of(ids)) else {
        return Vec::new();
    };
    let never = called.never(&known.credential.id);
    let basis = of_parameter.and_then(|need| need.basis.as_deref()).or(never.and_then(|n| n.basis.as_deref()));
    let help = of_parameter.and_then(|need| need.help.as_deref()).or(never.map(|n| n.help.as_ref()));
    let mark = of_parameter.map(|need| need.mark).or(never.map(|n| n.mark)).unwrap_or_default();
    let hit = Hit::on(value)
        .with("credential", with_article(&known.credential.title))
        .with("called", called.title())
        .with("accepted", called.titles(ids))
        .says(
            called.platform,
            basis.unwrap_or(called.basis()),
            help.or(known.credential.help.as_deref()),
            mark.max(called.mark()).max(known.mark),
        );
    vec![known.explain(cx, hit)]
}

/// One credential is sent to two APIs that no credential can serve.
fn shared(cx: &Context) -> Vec<Hit> {
    // Where the kind is known, it is plain at which of the two it is wrong.
    let is_known = Known::of(cx).is_some_and(|k| k.credential.either.is_empty());
    let (Some(called), Some(value), false) = (Called::of(cx), as_authorization(cx), is_known) else {
        return Vec::new();
    };
    let clash = cx.own().iter().filter(|f| f.path.as_str() == "paired.use.api").find_map(|use_| {
        let other = called.platform.apis.iter().find(|a| Some(a.id.as_ref()) == use_.value.text())?;
        let one = called.accepts();
        let apart = !one.is_empty() && !other.accepts.is_empty() && !other.accepts.iter().any(|id| one.contains(id));
        apart.then_some((use_, other))
    });
    let Some((first, other)) = clash else { return Vec::new() };
    let hit = Hit::on(value)
        .with("one", &other.title)
        .with("other", called.api.map_or("", |a| &a.title))
        .with("platform", &called.platform.title)
        .and(first.place, format!("goes to the {}", other.title))
        .says(called.platform, called.basis(), None, called.mark().max(other.mark));
    vec![hit]
}

/// The value after the scheme is not put together as this credential's recipe says.
fn recipe(cx: &Context) -> Vec<Hit> {
    let (Some(known), Some(value)) = (Known::of(cx), as_authorization(cx)) else { return Vec::new() };
    let Some(recipe) = known.credential.recipe.as_deref().filter(|_| !value.hole) else { return Vec::new() };
    // Where it is not accepted at all, what it is made of does not matter.
    if Called::of(cx).is_some_and(|called| !known.is_one_of(called.accepts())) {
        return Vec::new();
    }
    let is_well_made = is_well_made(cx.facts, cx.subject, known.credential);
    let api = cx.text("api.id").unwrap_or_default();
    let mut mistakes = known.credential.mistakes.iter().filter(|m| {
        let is_here = m.at.is_empty() || m.at.iter().any(|id| id == api);
        is_here && !m.not_at.iter().any(|id| id == api) && (m.shaped || !is_well_made)
    });
    let Some(mistake) = mistakes.find(|m| is_made_like(cx.facts, cx.subject, m)) else { return Vec::new() };
    let basis = mistake.basis.as_deref().unwrap_or(&known.credential.basis);
    let hit = Hit { code: mistake.code.clone(), ..Hit::on(value) }
        .with("credential", known.words())
        .with("is", &mistake.is)
        .with("recipe", recipe)
        .says(known.platform, basis, Some(&mistake.help), mistake.mark.max(known.mark));
    vec![hit]
}

/// What is said of a credential that stands where the platform does not look for it.
struct Misplaced {
    credential: String,
    /// Where it is looked for.
    reads: String,
    advice: String,
    mark: Mark,
}

/// A credential stands where the platform does not look for it.
fn carrier(cx: &Context) -> Vec<Hit> {
    let (Some(called), Some(name)) = (Called::of(cx), cx.one("auth.name")) else { return Vec::new() };
    let sent = name.value.text().unwrap_or_default();
    let kind = cx.text("auth.carrier").unwrap_or_default();
    if !matches!(kind, "header" | "query") || matches!(sent, "proxy-authorization" | "dpop") {
        return Vec::new();
    }
    // One that has no carrier of its own is sent in `Authorization`, and so not in that of another one.
    let has_own = |Known { platform, credential, .. }: &Known| {
        !credential.carrier.is_empty() || !credential.scheme.is_empty() && kind == "header" && platform.carries(sent)
    };
    let misplaced = match Known::of(cx).filter(|k| k.platform.id == called.platform.id && has_own(k)) {
        Some(known) => known_misplaced(&called, &known, sent),
        None if kind == "header" => unknown_misplaced(cx, &called, sent),
        None => None,
    };
    let Some(misplaced) = misplaced else { return Vec::new() };
    // As it is written.
    let field = format!("request.field.{sent}");
    let request = cx.facts.get(cx.subject).parent;
    let written = request.and_then(|id| cx.facts.one(id, &field)).unwrap_or(name);
    let shown = written.value.text().unwrap_or_default();
    let where_ = if kind == "query" { format!("the parameter `{shown}`") } else { format!("the header `{shown}`") };
    let hit = Hit::on(name)
        .moved(written.place)
        .with("credential", misplaced.credential)
        .with("called", called.title())
        .with("where", where_)
        .with("reads", misplaced.reads)
        .with("advice", misplaced.advice)
        .says(called.platform, called.basis(), None, misplaced.mark);
    vec![hit]
}

/// A credential of a known kind that is sent in none of its own carriers.
fn known_misplaced(called: &Called, known: &Known, sent: &str) -> Option<Misplaced> {
    let Credential { carrier, scheme, .. } = known.credential;
    let is_accepted = called.accepts().is_empty() || known.is_one_of(called.accepts());
    let header = (!scheme.is_empty()).then_some("authorization");
    let is_there = carrier.iter().any(|carrier| carrier == sent) || header == Some(sent);
    let form = form_of(known.credential).filter(|_| is_accepted && !is_there)?;
    let others = carrier.iter().map(AsRef::as_ref).filter(|c| Some(*c) != header);
    let reads: Vec<String> = header.into_iter().chain(others).map(|c| format!("`{}`", usual_name(c))).collect();
    Some(Misplaced {
        credential: known.words(),
        reads: any_of(&reads),
        advice: format!("send it as {form}"),
        mark: known.credential.mark.max(known.mark),
    })
}

/// A header that holds a credential of whatever kind, where nothing that is accepted is sent.
fn unknown_misplaced(cx: &Context, called: &Called, sent: &str) -> Option<Misplaced> {
    let request = cx.facts.get(cx.subject).parent;
    let is_authorized = || request.is_some_and(|id| cx.facts.one(id, "request.field.authorization").is_some());
    // `Authorization` is right, unless nothing that is accepted is sent there.
    let is_right = match sent {
        "authorization" => !is_unused(cx, called),
        _ => called.parameter(sent).is_some() || called.platform.carries(sent) || is_authorized(),
    };
    if called.is_open() || is_right {
        return None;
    }
    let accepted = called.accepts().iter().filter_map(|id| called.platform.credential(id));
    let forms: Vec<String> = few(accepted.filter_map(form_of));
    let (reads, advice) = match forms.iter().all(|form| form.starts_with("`Authorization")) {
        true => ("`Authorization`".into(), format!("send {} in the header `Authorization`", called.accepted())),
        false => (any_of(&forms), format!("send it as {}", any_of(&forms))),
    };
    Some(Misplaced { credential: "the credential".into(), reads, advice, mark: called.mark() })
}

/// True if nothing that is accepted is sent in `Authorization`, and the request has none of it elsewhere.
fn is_unused(cx: &Context, called: &Called) -> bool {
    let accepted: Vec<_> = called.accepts().iter().filter_map(|id| called.platform.credential(id)).collect();
    let is_carried = |c: &&Credential| c.scheme.is_empty() && !c.carrier.is_empty();
    let request = cx.facts.get(cx.subject).parent;
    let has = |id: SubjectId| {
        let mut carriers = accepted.iter().flat_map(|c| c.carrier.iter());
        carriers.any(|name| PARTS.iter().any(|(part, _)| cx.facts.one(id, &format!("{part}.{name}")).is_some()))
    };
    !accepted.is_empty()
        && accepted.iter().all(is_carried)
        && cx.one("credential.kind").is_none()
        && request.is_some_and(|id| !has(id))
}

/// Nothing in the request authorises it.
fn missing(cx: &Context) -> Vec<Hit> {
    let Some(called) = Called::of(cx).filter(|c| !c.is_open() && !cx.is_open()) else { return Vec::new() };
    // What the contract asks for beside the credential, such as the key of an application, is none itself.
    let is_beside = |c: &Context| {
        let name = c.text("auth.name").unwrap_or_default();
        name != "authorization" && !called.platform.carries(name) && called.parameter(name).is_some()
    };
    let carries =
        credentials(cx).any(|(_, c)| !matches!(c.text("auth.carrier"), Some("form" | "json")) && !is_beside(&c));
    let own = |path: &str| cx.own().iter().any(|f| f.path.as_str() == path);
    let is_preflight = cx.text("request.method") == Some("OPTIONS");
    let otherwise = is_authorized_otherwise(cx.facts, cx.subject) || own("request.userinfo");
    if carries || own("request.field.authorization") || own("request.header.cookie") || is_preflight || otherwise {
        return Vec::new();
    }
    let place = cx.one("request.url").map_or(cx.facts.get(cx.subject).place, |f| f.place);
    let mut hit = Hit::at(place)
        .with("called", called.title())
        .with("accepted", called.accepted())
        .with("scheme", schemes(&called))
        .says(called.platform, called.basis(), None, called.mark());
    hit.path = Some(Path::new("request.header.authorization"));
    vec![hit]
}

/// How the accepted credentials are sent.
fn schemes(called: &Called) -> String {
    let accepted = called.accepts().iter().filter_map(|id| called.platform.credential(id));
    any_of(&few(accepted.filter_map(form_of)))
}

/// The first different ones: nobody reads a longer list.
fn few(forms: impl Iterator<Item = String>) -> Vec<String> {
    let mut few: Vec<String> = Vec::new();
    for form in forms {
        if few.len() < 3 && !few.contains(&form) {
            few.push(form);
        }
    }
    few
}

/// A value that the documents use as an example.
fn sample(cx: &Context) -> Vec<Hit> {
    let id = cx.text("credential.platform").or_else(|| cx.text("platform.id"));
    let Some(platform) = id.and_then(|id| cx.contract(id)) else { return Vec::new() };
    let is_value = |f: &&crate::facts::Fact| match f.path.family() {
        "credential" => f.path.as_str() == "credential.value",
        "jwt" => f.path.as_str().starts_with("jwt.claims."),
        "request" => {
            let parts = ["request.query.", "request.param.", "request.json."];
            parts.iter().any(|p| f.path.as_str().starts_with(p)) && !f.path.is_secret()
        }
        _ => false,
    };
    let hits = cx.own().iter().filter(|f| !f.hole).filter(is_value).filter_map(|fact| {
        let text = fact.value.text()?;
        let sample = platform.samples.iter().find(|s| s.matches.matches(text))?;
        let basis = sample.basis.as_deref().unwrap_or(&platform.docs);
        let hit = Hit::on(fact).with("sample", &sample.title).with("platform", &platform.title);
        Some(hit.says(platform, basis, None, sample.mark))
    });
    hits.collect()
}
