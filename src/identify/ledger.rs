//! What the things of one source say about each other: a map from values to what is said of them, never pairs.
//!
//! A token response says which credential a value is, a validation response which application it belongs to. The steps
//! of one OAuth login are found by what they share: `state`, `code`, `client_id`; where a source shows just one login,
//! by their order.

use std::collections::HashMap;

use crate::calendar;
use crate::facts::{Fact, Facts, Path, Subject, SubjectId, Thing, Value};
use crate::identify::issued;
use crate::source::{Place, SourceId, Sources};

/// No token response has more members; every credential in it would be told of all of them.
const MEMBERS: usize = 64;

/// A value and the given source it stands in.
type Key = (SourceId, String);

/// What is known before credentials are identified: the token response that carries a value says what it is.
pub fn before(sources: &Sources, facts: &mut Facts) {
    let mut issued: HashMap<Key, (SubjectId, String, Place)> = HashMap::new();
    for (id, subject) in facts.subjects().filter(|(_, s)| s.thing == Thing::TokenResponse) {
        for fact in subject.facts() {
            let name = fact.path.name();
            if let (Value::Text(text), "access_token" | "refresh_token" | "id_token") = (&fact.value, name) {
                let key = (sources.given(fact.place).source, text.clone());
                issued.entry(key).or_insert((id, name.to_owned(), fact.place));
            }
        }
    }
    if issued.is_empty() {
        return;
    }
    let carried: Vec<_> = values(sources, facts).collect();
    for (id, key) in carried {
        let Some((response, member, place)) = issued.get(&key).cloned() else { continue };
        facts.add(id, Path::new("paired.response.member"), member, place);
        let scope = facts.get(response).of_path("token-response.scope").next().cloned();
        if let Some(scope) = scope {
            facts.push(id, Fact { path: Path::new("paired.response.scope"), ..scope });
        }
        let members = facts.get(response).facts().iter().take(MEMBERS);
        for (name, place) in members.map(|f| (f.path.name().to_owned(), f.place)).collect::<Vec<_>>() {
            facts.add(id, Path::new("paired.response.has"), name, place);
        }
    }
}

/// The value of every credential, by the given source it stands in; a variable stands for its value.
fn values<'a>(sources: &'a Sources, facts: &'a Facts) -> impl Iterator<Item = (SubjectId, Key)> + 'a {
    facts.subjects().filter(|(_, s)| s.thing == Thing::Credential).filter_map(|(id, subject)| {
        let value = subject.of_path("credential.value").next()?;
        let text = value.value.text().filter(|t| t.len() >= 8 || value.hole)?;
        Some((id, (sources.given(value.place).source, text.to_owned())))
    })
}

/// Each response with the request it answers: the last one before it in the same text.
pub fn answered(sources: &Sources, facts: &Facts) -> Vec<(SubjectId, SubjectId)> {
    let mut asked: Option<(SubjectId, SourceId)> = None;
    let mut found = Vec::new();
    for (id, subject) in facts.subjects() {
        let source = sources.given(subject.place).source;
        match subject.thing {
            Thing::Request => asked = Some((id, source)),
            Thing::Response => {
                // "100 Continue" is not yet the answer.
                let status = facts.one(id, "response.status").and_then(|f| f.value.int());
                if status.is_some_and(|status| status < 200) {
                    continue;
                }
                found.extend(asked.take().filter(|(_, of)| *of == source).map(|(request, _)| (id, request)));
            }
            _ => {}
        }
    }
    found
}

/// When and with what status a request was answered.
pub fn answers(sources: &Sources, facts: &mut Facts) {
    for (response, request) in answered(sources, facts) {
        let asked = facts.get(request).place;
        facts.add(response, Path::new("paired.request"), Value::Object, asked);
        if let Some(platform) = facts.text(request, "platform.id").map(str::to_owned) {
            facts.add(response, Path::new("paired.request.platform"), platform, asked);
        }
        if let Some(host) = facts.text(request, "request.host").map(str::to_owned) {
            facts.add(response, Path::new("paired.request.host"), host, asked);
        }
        issued::answered_by(facts, response, request);
        let date = facts.one(response, "response.header.date");
        let date = date.and_then(|d| Some((calendar::parse(d.value.text()?)?, d.place)));
        let status = facts.one(response, "response.status").cloned();
        if let Some((seconds, place)) = date {
            facts.add(request, Path::new("paired.response.date"), seconds, place);
        }
        if let Some(status) = status {
            facts.add(request, Path::new("paired.response.status"), status.value, status.place);
        }
    }
}

/// What is known after credentials and APIs are identified: another API or host to which the same value is sent.
pub fn after(sources: &Sources, facts: &mut Facts) {
    for (what, other) in [("api.id", "paired.use.api"), ("request.host", "paired.use.host")] {
        let mut uses: HashMap<Key, Vec<(SubjectId, String)>> = HashMap::new();
        for (id, key) in values(sources, facts) {
            if let Some(name) = facts.text(id, what) {
                uses.entry(key).or_default().push((id, name.to_owned()));
            }
        }
        for group in uses.into_values() {
            let Some((first, name)) = group.first() else { continue };
            let place = facts.get(*first).place;
            for (id, _) in group.iter().filter(|(_, another)| another != name) {
                facts.add(*id, Path::new(other), name.as_str(), place);
            }
        }
    }
}

/// The parameters of one step that the next one is compared with.
const COMPARED: &[&str] = &[
    "client_id",
    "code",
    "code_challenge",
    "code_challenge_method",
    "max_age",
    "nonce",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
];

/// The steps of OAuth logins in one given source, in order.
#[derive(Default)]
struct Logins {
    authorize: Vec<SubjectId>,
    callback: Vec<SubjectId>,
    token: Vec<SubjectId>,
    /// The answers and callbacks that report an error.
    rejected: Vec<SubjectId>,
}

/// What the steps of one OAuth login say about each other: `paired.authorize.*`, `paired.callback.*`,
/// `paired.token-request.code` where a code was exchanged before, and `paired.login` at an error beside what it may be
/// the answer to.
pub fn logins(sources: &Sources, facts: &mut Facts) {
    let mut by_source: HashMap<SourceId, Logins> = HashMap::new();
    for (id, subject) in facts.subjects() {
        let place = subject.parent.map_or(subject.place, |parent| facts.get(parent).place);
        let logins = by_source.entry(sources.given(place).source).or_default();
        match subject.thing {
            Thing::Authorize => logins.authorize.push(id),
            Thing::Callback => logins.callback.push(id),
            Thing::TokenRequest => logins.token.push(id),
            _ => {}
        }
        if ["error.error", "callback.error"].iter().any(|path| subject.of_path(path).next().is_some()) {
            logins.rejected.push(id);
        }
    }
    let sends_basic = |s: &Subject| {
        let scheme = s.of_path("auth.scheme").next().and_then(|f| f.value.text());
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("basic"))
    };
    let basic = facts.subjects().filter(|(_, s)| sends_basic(s)).filter_map(|(id, s)| Some((s.parent?, id)));
    let basic: HashMap<SubjectId, SubjectId> = basic.collect();
    for logins in by_source.into_values() {
        for token in &logins.token {
            let carrier = facts.get(*token).parent.and_then(|request| basic.get(&request));
            if let Some(carrier) = carrier {
                name_client(facts, *carrier, *token);
            }
        }
        pair(facts, &logins);
        let asked = logins.authorize.first().or(logins.token.first());
        if let Some(place) = asked.map(|id| facts.get(*id).place) {
            for id in &logins.rejected {
                facts.add(*id, Path::new("paired.login"), Value::Object, place);
            }
        }
    }
}

/// Says at a token request which client its Basic credential names.
fn name_client(facts: &mut Facts, credential: SubjectId, token: SubjectId) {
    let base = Path::new("paired.basic");
    let user = facts.get(credential).of_path("basic.user").next().cloned();
    facts.add(token, base.clone(), Value::Object, facts.get(credential).place);
    if let Some(user) = user {
        // Before Basic a client id is form-encoded (RFC 6749 section 2.3.1).
        let text = user.value.text().unwrap_or_default();
        let id = percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
        facts.push(token, Fact { path: base.join("client_id"), value: id.into(), ..user });
    }
}

fn pair(facts: &mut Facts, logins: &Logins) {
    let by_state = unique(facts, &logins.authorize, "authorize.state");
    let by_client = unique(facts, &logins.authorize, "authorize.client_id");
    let by_code = unique(facts, &logins.callback, "callback.code");
    let only = |list: &[SubjectId]| <[SubjectId; 1]>::try_from(list).ok().map(|[id]| id);
    let one_login = only(&logins.authorize).zip(only(&logins.callback));
    // Which authorization request a callback answers.
    let mut answered: HashMap<SubjectId, SubjectId> = HashMap::new();
    for callback in &logins.callback {
        let known = written(facts, *callback, "callback.state").and_then(|state| by_state.get(&state).copied());
        let alone = one_login.map(|(authorize, _)| authorize).filter(|a| returns_to(facts, *a, *callback));
        if let Some(authorize) = known.or(alone) {
            answered.insert(*callback, authorize);
            copy(facts, authorize, "authorize", *callback);
        }
    }
    let mut exchanged: HashMap<String, SubjectId> = HashMap::new();
    let exchanges: Vec<SubjectId> = logins.token.iter().copied().filter(|t| is_code_exchange(facts, *t)).collect();
    for token in &exchanges {
        let code = written(facts, *token, "token-request.code");
        let callback = code.as_ref().and_then(|code| by_code.get(code).copied());
        if let Some(callback) = callback {
            copy(facts, callback, "callback", *token);
        }
        let client = written(facts, *token, "token-request.client_id")
            .or_else(|| written(facts, *token, "paired.basic.client_id"));
        let same_client = client.as_ref().and_then(|client| by_client.get(client).copied());
        let alone = only(&logins.authorize).filter(|_| client.is_none() && exchanges.len() == 1);
        let answers = callback.and_then(|callback| answered.get(&callback).copied());
        if let Some(authorize) = answers.or(same_client).or(alone) {
            copy(facts, authorize, "authorize", *token);
        }
        let Some(code) = code else { continue };
        if let Some(first) = exchanged.get(&code) {
            copy(facts, *first, "token-request", *token);
        } else if facts.one(*token, "token-request.code").is_some_and(|f| !f.hole) {
            exchanged.insert(code, *token);
        }
    }
}

/// The value of a parameter, whatever is known of it: the same variable is the same value.
fn written(facts: &Facts, id: SubjectId, path: &str) -> Option<String> {
    let own = facts.get(id).of_path(path).next()?;
    own.value.text().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The things by the value of one of their parameters, where no two share it.
fn unique(facts: &Facts, list: &[SubjectId], path: &str) -> HashMap<String, SubjectId> {
    let mut found: HashMap<String, Option<SubjectId>> = HashMap::new();
    for id in list {
        if let Some(value) = written(facts, *id, path) {
            found.entry(value).and_modify(|other| *other = None).or_insert(Some(*id));
        }
    }
    found.into_iter().filter_map(|(value, id)| Some((value, id?))).collect()
}

/// True unless the authorization request names another place to return to than the one that was called.
fn returns_to(facts: &Facts, authorize: SubjectId, callback: SubjectId) -> bool {
    let Some(host) = facts.text(callback, "request.host") else { return true };
    written(facts, authorize, "authorize.redirect_uri").is_none_or(|uri| uri.to_ascii_lowercase().contains(host))
}

fn is_code_exchange(facts: &Facts, id: SubjectId) -> bool {
    match facts.text(id, "token-request.grant_type") {
        Some(grant) => grant == "authorization_code",
        None => written(facts, id, "token-request.code").is_some(),
    }
}

/// Says at `to` what the parameters of `from` are.
fn copy(facts: &mut Facts, from: SubjectId, base: &'static str, to: SubjectId) {
    let known =
        |f: &&Fact| f.path.family() == base && f.path.segments().count() == 2 && COMPARED.contains(&f.path.name());
    let copies: Vec<_> = facts.get(from).facts().iter().filter(known).take(2 * COMPARED.len()).cloned().collect();
    let base = Path::new("paired").join(base);
    facts.add(to, base.clone(), Value::Object, facts.get(from).place);
    for fact in copies {
        facts.push(to, Fact { path: base.join(fact.path.name()), ..fact });
    }
}

/// What a validation or introspection response says of the token that the request before it sent: which application
/// it belongs to (`paired.validation.client_id`), at every other use of the token in the same source.
pub fn validations(sources: &Sources, facts: &mut Facts) {
    let mut request: Option<SubjectId> = None;
    let mut sent: HashMap<SubjectId, Vec<Key>> = HashMap::new();
    for (id, key) in values(sources, facts) {
        if let Some(request) = facts.carrier(id, Thing::Request) {
            sent.entry(request).or_default().push(key);
        }
    }
    let mut owner: HashMap<Key, (String, Place)> = HashMap::new();
    for (id, subject) in facts.subjects() {
        match subject.thing {
            Thing::Request => request = Some(id),
            Thing::Response => {
                let named = subject.of_path("response.json.client_id").next();
                let keys = request.take().and_then(|request| sent.get(&request));
                if let (Some(named), Some(keys)) = (named, keys) {
                    let client = named.value.to_string();
                    owner.extend(keys.iter().map(|key| (key.clone(), (client.clone(), named.place))));
                }
            }
            _ => {}
        }
    }
    if owner.is_empty() {
        return;
    }
    let carried: Vec<_> = values(sources, facts).collect();
    for (id, key) in carried {
        if let Some((client, place)) = owner.get(&key) {
            facts.add(id, Path::new("paired.validation.client_id"), client.as_str(), *place);
        }
    }
}
