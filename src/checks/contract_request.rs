//! Parameters, headers and body members of a request against what the contracts ask of them.

use crate::checks::contract::{Called, credentials, quoted, with_article};
use crate::checks::{Check, Context, Fixer, Hit, value_word};
use crate::decode::http::usual_name;
use crate::facts::{Fact, Path, Value};
use crate::finding::{Edit, Severity, Word};
use crate::platform::{Endpoint, Mark, Need};
use crate::source::{Place, Span};

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "contract-missing", about: ABOUT, offers: &["called", "names", "where"], run: missing },
    Check { name: "contract-misnamed", about: ABOUT, offers: &["called", "wanted", "found"], run: misnamed },
    Check { name: "contract-value", about: ABOUT, offers: &["called", "what", "expected", "write"], run: wrong },
    Check { name: "contract-unwanted", about: ABOUT, offers: &["called", "what"], run: unwanted },
];

/// The fixers of this group.
pub const FIXERS: &[Fixer] = &[Fixer { name: "contract-write", run: write }];

const ABOUT: &[&str] = &["api.id", "endpoint.id"];

/// Where a parameter may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Query,
    Header,
    Body,
}

impl Part {
    /// The fact paths under which its parameters are.
    fn bases(self) -> &'static [&'static str] {
        match self {
            Part::Query => &["request.query"],
            Part::Header => &["request.header"],
            Part::Body => &["request.param", "request.json"],
        }
    }

    fn name(self) -> &'static str {
        match self {
            Part::Query => "query parameter",
            Part::Header => "header",
            Part::Body => "body parameter",
        }
    }
}

/// One thing that the contract asks.
struct Asked<'a> {
    parts: &'static [Part],
    name: &'a str,
    need: &'a Need,
    basis: &'a str,
    mark: Mark,
}

impl<'a> Asked<'a> {
    /// The facts of this name, wherever the parameter may stand.
    fn facts<'b>(&'b self, cx: &Context<'a>) -> Vec<&'a Fact> {
        let bases = self.parts.iter().flat_map(|part| part.bases());
        let paths: Vec<Path> = bases.map(|base| Path::new(base).join(self.name)).collect();
        cx.own().iter().filter(|f| paths.contains(&f.path)).collect()
    }

    fn what(&self) -> String {
        format!("the {} {}", self.part(), self.shown())
    }

    /// Where it stands.
    fn part(&self) -> &'static str {
        if let [part] = self.parts { part.name() } else { "parameter" }
    }

    /// Its name as people write it.
    fn shown(&self) -> String {
        if let [Part::Header] = self.parts {
            format!("`{}`", usual_name(self.name))
        } else {
            format!("`{}`", self.name)
        }
    }

    /// A hit in the words of the row.
    fn says(&self, called: &Called, hit: Hit, mark: Mark) -> Hit {
        let level = self.need.level.unwrap_or(Severity::Error);
        let basis = self.need.basis.as_deref().unwrap_or(self.basis);
        hit.with("called", called.title()).at_most(level).says(
            called.platform,
            basis,
            self.need.help.as_deref(),
            mark.max(self.need.mark).max(self.mark),
        )
    }
}

/// All that the rows for this request ask and that holds in its circumstances.
fn asked<'a>(cx: &Context<'a>, called: &Called<'a>) -> Vec<Asked<'a>> {
    let mut all: Vec<Asked> = Vec::new();
    for asked in asked_by_api(called).into_iter().chain(asked_by_endpoint(cx, called)) {
        // Later rows overrule earlier ones.
        all.retain(|a| a.name != asked.name || a.parts != asked.parts);
        all.push(asked);
    }
    all.retain(|a| applies(cx, a.need));
    all
}

/// What the API asks of every request, and then what it asks for the operation.
fn asked_by_api<'a>(called: &Called<'a>) -> Vec<Asked<'a>> {
    let Some(api) = called.api else { return Vec::new() };
    let of_operations = called.operations.iter().map(|o| (&o.needs, o.basis.as_ref().unwrap_or(&api.basis), o.mark));
    let rows = std::iter::once((&api.needs, &api.basis, api.mark)).chain(of_operations);
    let asked = rows.flat_map(|(needs, basis, mark)| {
        let tables: [(&'static [Part], _); 3] =
            [(&[Part::Query], &needs.query), (&[Part::Header], &needs.header), (&[Part::Body], &needs.body)];
        tables.into_iter().flat_map(move |(parts, table)| {
            table.iter().map(move |(name, need)| Asked { parts, name, need, basis, mark })
        })
    });
    asked.collect()
}

/// What the OAuth endpoint asks, and then what it asks for the grant.
fn asked_by_endpoint<'a>(cx: &Context<'a>, called: &Called<'a>) -> Vec<Asked<'a>> {
    // With another method the endpoint does something else.
    let is_meant = |endpoint: &&Endpoint| {
        let sent = cx.text("request.method");
        endpoint.method.first().zip(sent).is_none_or(|(first, sent)| first.eq_ignore_ascii_case(sent))
    };
    // At a URL that is only taken for it, nothing else matters.
    let is_there = cx.one("endpoint.instead").is_none();
    let Some(endpoint) = called.endpoint.filter(|e| is_there && is_meant(e)) else { return Vec::new() };
    let has = |names: &[&str]| endpoint.carrier.iter().any(|c| names.contains(&c.as_ref()));
    let parts: &'static [Part] = match (has(&["query"]), has(&["form", "json"])) {
        (true, false) => &[Part::Query],
        (false, true) => &[Part::Body],
        _ => &[Part::Query, Part::Body],
    };
    let of_grant = called.grant.map(|g| (&g.parameters, g.basis.as_ref().unwrap_or(&endpoint.basis)));
    let tables = std::iter::once((&endpoint.parameters, &endpoint.basis)).chain(of_grant);
    let asked = tables.flat_map(|(table, basis)| {
        // Where the row of a grant does not hold, that of the endpoint does.
        let rows = table.iter().filter(|(_, need)| applies(cx, need));
        rows.map(move |(name, need)| Asked { parts, name, need, basis, mark: endpoint.mark })
    });
    asked.collect()
}

/// True if the row holds in these circumstances.
fn applies(cx: &Context, need: &Need) -> bool {
    let version = || cx.text("operation.version");
    need.when.as_ref().is_none_or(|kind| credentials(cx).any(|(_, c)| c.text("credential.kind") == Some(kind)))
        && need.with.as_ref().is_none_or(|other| is_there(cx, other))
        && need.without.as_ref().is_none_or(|other| !is_there(cx, other))
        && need.client_type.as_ref().is_none_or(|t| cx.all("expect.client_type").any(|f| f.value.text() == Some(t)))
        && need.version.as_ref().is_none_or(|pattern| version().is_some_and(|v| pattern.matches(v)))
}

/// True if the request has the parameter, named as in [`Need::with`]; one with an unknown value may have any.
fn is_there(cx: &Context, other: &str) -> bool {
    let (name, value) = other.split_once('=').map_or((other, None), |(n, v)| (n, Some(v)));
    let (bases, name): (&[&'static str], _) = match name.split_once(':') {
        Some(("header", name)) => (&["request.header"], name),
        Some(("url", name)) => (&["operation"], name),
        _ => (&["request.query", "request.param", "request.json"], name),
    };
    let paths: Vec<Path> = bases.iter().map(|base| Path::new(base).join(name)).collect();
    let mut found = cx.own().iter().filter(|f| paths.contains(&f.path));
    found.any(|f| value.is_none_or(|v| f.hole || f.value.text() == Some(v)))
}

/// True if everything that stands in this part of the request is known.
fn is_whole(cx: &Context, part: Part) -> bool {
    let own = |path: &str| cx.own().iter().find(|f| f.path.as_str() == path);
    // A name that is itself left to somebody else may be any.
    let has_unknown_name = part.bases().iter().any(|base| {
        let of_base = cx.own().iter().filter(|f| f.path.as_str().starts_with(base) && f.path.as_str() != *base);
        of_base.into_iter().any(|f| f.value == Value::from("") && cx.sources.has_hole(f.place))
    });
    let is_closed = !cx.is_open();
    match part {
        Part::Query => {
            let is_url = own("request.form").is_some_and(|f| f.value.text() == Some("URL"));
            let is_socket = own("request.scheme").is_some_and(|f| matches!(f.value.text(), Some("ws" | "wss")));
            let has_query = own("request.query").is_some();
            let goes_on = !has_query && own("request.path").is_some_and(|f| f.hole);
            (is_closed || is_url && (has_query || is_socket)) && !has_unknown_name && !goes_on
        }
        Part::Header => is_closed,
        Part::Body => {
            let kind = own("request.body_kind").and_then(|f| f.value.text());
            let is_read = match kind {
                Some("json") => {
                    own("json.trouble").is_none() && own("request.json").is_some_and(|f| f.value == Value::Object)
                }
                Some("form") => true,
                Some(_) => false,
                None => own("request.body").is_none(),
            };
            is_closed && is_read && !has_unknown_name
        }
    }
}

/// The parameter under a name by which it is sent by mistake: one of the row's, in another case, or with blanks.
fn under_another_name<'a>(cx: &Context<'a>, asked: &Asked<'a>) -> Option<&'a Fact> {
    if asked.parts == [Part::Header] || !asked.facts(cx).is_empty() {
        return None;
    }
    let bases: Vec<&str> = asked.parts.iter().flat_map(|part| part.bases()).copied().collect();
    cx.own().iter().find(|fact| {
        let Some((base, _)) = fact.path.as_str().rsplit_once('.') else { return false };
        let name = fact.path.name();
        bases.contains(&base)
            && (asked.need.mistaken.iter().any(|m| m == name) || name.trim().eq_ignore_ascii_case(asked.name))
    })
}

/// A required parameter is not there, under any name.
fn missing(cx: &Context) -> Vec<Hit> {
    let Some(called) = Called::of(cx) else { return Vec::new() };
    // A browser asks beforehand whether it may, with nothing in the question (Fetch standard, CORS-preflight).
    if cx.text("request.method") == Some("OPTIONS") {
        return Vec::new();
    }
    let all = asked(cx, &called);
    // A page of an OAuth server that is called without any of its parameters is just a page.
    let is_used = called.endpoint.is_none() || called.grant.is_some() || all.iter().any(|a| !a.facts(cx).is_empty());
    let is_absent = |a: &&Asked| {
        a.need.required
            && a.facts(cx).is_empty()
            && under_another_name(cx, a).is_none()
            && a.parts.iter().all(|part| is_whole(cx, *part))
    };
    // What is missing for the same reason is one finding.
    let mut groups: Vec<Vec<&Asked>> = Vec::new();
    for absent in all.iter().filter(|_| is_used).filter(is_absent) {
        let key = |a: &Asked| (a.parts, a.need.mark, a.need.level);
        match groups.iter_mut().find(|g| g.first().is_some_and(|first| key(first) == key(absent))) {
            Some(group) => group.push(absent),
            None => groups.push(vec![absent]),
        }
    }
    let hits = groups.iter().filter_map(|group| {
        let first = group.first()?;
        let names: Vec<String> = group.iter().map(|a| a.shown()).collect();
        let (place, path) = where_missing(cx, first);
        let part = first.part();
        let plural = if group.len() > 1 { "s" } else { "" };
        let hit = Hit::at(place).with("names", names.join(" and ")).with("where", format!("{part}{plural}"));
        let mut hit = first.says(&called, hit, Mark::D);
        if group.len() > 1 {
            hit.help = None;
        }
        hit.path = Some(path);
        Some(hit)
    });
    hits.collect()
}

/// Where the parameter would stand: at the end of what is there of its part, else at the URL.
fn where_missing(cx: &Context, asked: &Asked) -> (Place, Path) {
    let has = |path: &str| cx.own().iter().find(|f| f.path.as_str() == path && !f.place.span.is_empty());
    let url = || has("request.query").or_else(|| has("request.url")).map(|f| f.place.end());
    let body = || {
        let object = has("request.json").map(|f| {
            let end = f.place.span.end.saturating_sub(1).max(f.place.span.start);
            Place { span: Span::empty(end), ..f.place }
        });
        object.or_else(|| has("request.body").map(|f| f.place.end()))
    };
    let (base, place) = match asked.parts.last() {
        Some(Part::Body) => ("request.param", body().or_else(url)),
        Some(Part::Header) => ("request.header", has("request.url").map(|f| f.place)),
        _ => ("request.query", url()),
    };
    (place.unwrap_or(cx.facts.get(cx.subject).place.end()), Path::new(base).join(asked.name))
}

/// A parameter is sent under another name than the one that is read.
fn misnamed(cx: &Context) -> Vec<Hit> {
    let Some(called) = Called::of(cx) else { return Vec::new() };
    let hits = asked(cx, &called).into_iter().filter(|a| !a.need.never).filter_map(|asked| {
        // Blanks around a name are the same mistake everywhere, and not a matter of the contract.
        let fact = under_another_name(cx, &asked).filter(|f| f.path.name().trim() == f.path.name())?;
        let hit = Hit::on(fact).with("wanted", asked.name).with("found", fact.path.name());
        Some(asked.says(&called, hit, Mark::D))
    });
    hits.collect()
}

/// A parameter has a value that the contract does not allow.
fn wrong(cx: &Context) -> Vec<Hit> {
    let Some(called) = Called::of(cx) else { return Vec::new() };
    let mut hits = Vec::new();
    for asked in asked(cx, &called).iter().filter(|a| !a.need.never) {
        for fact in asked.facts(cx).into_iter().filter(|f| !f.hole && !super::oauth::is_ruined(cx, f)) {
            let Some((expected, mark)) = violated(cx, asked.need, fact) else { continue };
            let write = asked.need.write.clone().or_else(|| match asked.need.one_of.as_ref() {
                [only] => Some(only.clone()),
                _ => None,
            });
            let mut hit = Hit::on(fact).with("what", asked.what()).with("expected", expected);
            if let Some(write) = write {
                hit = hit.with("write", write);
            }
            hits.push(asked.says(&called, hit, mark));
        }
    }
    hits
}

/// What the row allows instead of this value, if it does not allow it, and how sure that is.
fn violated(cx: &Context, need: &Need, fact: &Fact) -> Option<(String, Mark)> {
    let shape_mark = need.shape_mark.unwrap_or_default();
    let is_json = fact.path.as_str().starts_with("request.json.");
    if let Some(kind) = need.kind.filter(|kind| is_json && !kind.is_of(&fact.value)) {
        return Some((with_article(kind.name()), shape_mark));
    }
    // A parameter without value is missing rather than wrong where anything goes, and wrong where not everything does.
    let text = match &fact.value {
        Value::Text(text) => text.clone(),
        Value::Int(_) | Value::Number(_) | Value::Bool(_) => fact.value.to_string(),
        _ => return None,
    };
    let one_of = &need.one_of;
    if !one_of.is_empty() && !one_of.iter().any(|v| *v == text) {
        return Some((quoted(one_of), Mark::D));
    }
    if let Some(pattern) = need.matches.as_ref().filter(|p| !p.matches(&text)) {
        return Some((need.shape.as_deref().unwrap_or(pattern.source()).to_owned(), shape_mark));
    }
    let length = text.chars().count();
    if need.max_length.is_some_and(|max| length > max) || need.min_length.is_some_and(|min| length < min) {
        let (min, max) = (need.min_length.unwrap_or(0), need.max_length);
        let expected = max.map_or(format!("at least {min} characters"), |max| format!("{min} to {max} characters"));
        return Some((expected, shape_mark));
    }
    let other = need.same_as.iter().find_map(|path| cx.facts.one(cx.subject, path).filter(|f| !f.hole))?;
    let differs = other.value.text().is_some_and(|other| other != text);
    differs.then(|| (format!("the same as in the URL, {}", plain(other)), Mark::D))
}

fn plain(fact: &Fact) -> String {
    match value_word(fact) {
        Word::Value { text, secret: false } => format!("`{text}`"),
        _ => "which is another".to_owned(),
    }
}

/// A parameter is there that must not be.
fn unwanted(cx: &Context) -> Vec<Hit> {
    let Some(called) = Called::of(cx) else { return Vec::new() };
    let mut hits = Vec::new();
    for asked in asked(cx, &called).iter().filter(|a| a.need.never) {
        for fact in asked.facts(cx) {
            hits.push(asked.says(&called, Hit::on(fact).with("what", asked.what()), Mark::D));
        }
    }
    hits
}

/// Writes the only value that is allowed, where the value stands in the given text as it is sent.
fn write(cx: &Context, hit: &Hit) -> Vec<Edit> {
    let word = hit.variables.iter().find(|(name, _)| *name == "write").map(|(_, word)| word);
    let Some(Word::Value { text, .. }) = word else { return Vec::new() };
    let is_json = hit.path.as_ref().is_some_and(|p| p.as_str().starts_with("request.json."));
    // In JSON the quotes stay; what has none needs more than another value.
    let quoted = cx.sources.text(hit.at).strip_prefix('"').and_then(|t| t.strip_suffix('"'));
    let at = match quoted {
        Some(inner) if is_json => hit.at.part(1, 1 + inner.len()),
        None if is_json => return Vec::new(),
        _ => hit.at,
    };
    match cx.sources.editable(at) {
        Some(place) if !place.span.is_empty() => vec![Edit { place, text: text.clone(), secret: false }],
        _ => Vec::new(),
    }
}
