//! What a login asked for, said again where its answer stands: at the token response, and at the ID token that came
//! through the browser.
//!
//! The steps of a login are paired before; here their answers are joined to them, one look-up each.

use std::collections::HashMap;

use crate::facts::{Fact, Facts, Path, SubjectId, Thing, Value};
use crate::identify::ledger::answered;
use crate::source::{SourceId, Sources};

/// The parameters of a token request that its answer is compared with.
const ASKED: &[&str] = &["client_id", "grant_type", "scope"];

/// Adds `paired.token-request.*` and what is known of the login to each token response, and `paired.callback.*` to each
/// ID token of a callback.
pub fn issued(sources: &Sources, facts: &mut Facts) {
    let child = |facts: &Facts, id: SubjectId, thing: Thing| {
        facts.children(id).find(|(_, child)| child.thing == thing).map(|(id, _)| id)
    };
    for (response, request) in answered(sources, facts) {
        let asked = child(facts, request, Thing::TokenRequest);
        if let Some((answer, asked)) = child(facts, response, Thing::TokenResponse).zip(asked) {
            request_of(facts, asked, answer);
        }
    }
    let is_id_token = |facts: &Facts, id: SubjectId| facts.text(id, "auth.name") == Some("id_token");
    let credentials = facts.subjects().filter(|(_, s)| s.thing == Thing::Credential);
    let carried: Vec<(SubjectId, SubjectId)> =
        credentials.filter(|(id, _)| is_id_token(facts, *id)).filter_map(|(id, s)| Some((id, s.parent?))).collect();
    for (token, request) in carried {
        if let Some(callback) = child(facts, request, Thing::Callback) {
            for name in ["access_token", "code"] {
                let found = facts.one(callback, &format!("callback.{name}")).cloned();
                if let Some(fact) = found {
                    facts.push(token, Fact { path: Path::new("paired.callback").join(name), ..fact });
                }
            }
            login_of(facts, callback, token);
        }
    }
}

/// Says at a token response what was asked for.
fn request_of(facts: &mut Facts, asked: SubjectId, answer: SubjectId) {
    let base = Path::new("paired.token-request");
    let place = facts.get(asked).place;
    let is_compared = |f: &&Fact| {
        f.path.family() == "token-request" && f.path.segments().count() == 2 && ASKED.contains(&f.path.name())
    };
    let copies: Vec<Fact> =
        facts.get(asked).facts().iter().filter(is_compared).take(2 * ASKED.len()).cloned().collect();
    facts.add(answer, base.clone(), Value::Object, place);
    for fact in copies {
        facts.push(answer, Fact { path: base.join(fact.path.name()), ..fact });
    }
    login_of(facts, asked, answer);
}

/// Says at `to` what is known at `from` of the authorization request and of the client.
fn login_of(facts: &mut Facts, from: SubjectId, to: SubjectId) {
    let is_login =
        |f: &&Fact| f.path.as_str().starts_with("paired.authorize") || f.path.as_str().starts_with("paired.basic");
    let copies: Vec<Fact> = facts.get(from).facts().iter().filter(is_login).cloned().collect();
    for fact in copies {
        facts.push(to, fact);
    }
}

/// Says at a response what it answers: which URL, which OAuth message, which auth-schemes were sent.
pub fn answered_by(facts: &mut Facts, response: SubjectId, request: SubjectId) {
    let own = |path: &str| facts.get(request).of_path(path).next().cloned();
    let (url, message, host) = (own("request.url"), own("request.message"), own("request.header.host"));
    if let Some(fact) = message {
        facts.push(response, Fact { path: Path::new("paired.request.message"), ..fact });
    }
    if let Some(mut fact) = url {
        // A URL that is only a path is made whole by the header `Host`.
        let is_path = fact.value.text().is_some_and(|text| text.starts_with('/'));
        if let (Some(path), Some(host)) = (fact.value.text(), host.filter(|_| is_path)) {
            fact.value = format!("https://{}{path}", host.value.text().unwrap_or_default()).into();
            fact.hole |= host.hole;
        }
        facts.push(response, Fact { path: Path::new("paired.request.url"), ..fact });
    }
    let schemes: Vec<Fact> = facts
        .children(request)
        .filter(|(_, child)| {
            let name = child.of_path("auth.name").next().and_then(|f| f.value.text());
            name == Some("authorization")
        })
        .filter_map(|(_, child)| child.of_path("auth.scheme").next().cloned())
        .collect();
    for fact in schemes {
        facts.push(response, Fact { path: Path::new("paired.request.scheme"), ..fact });
    }
}

/// Metadata say which issuer their server is: at every token of the same text that is nearly of that issuer.
pub fn issuers(sources: &Sources, facts: &mut Facts) {
    let is_metadata = |facts: &Facts, id: SubjectId, base: &str| {
        ["jwks_uri", "token_endpoint", "authorization_endpoint"]
            .iter()
            .any(|name| facts.get(id).of_path(&format!("{base}.{name}")).next().is_some())
    };
    let mut known: HashMap<(SourceId, String), Fact> = HashMap::new();
    for (id, subject) in facts.subjects() {
        for base in ["json", "response.json"] {
            let issuer = subject.of_path(&format!("{base}.issuer")).next().filter(|f| !f.hole);
            if let Some(fact) = issuer.filter(|_| is_metadata(facts, id, base)) {
                if let Some(host) = fact.value.text().and_then(host) {
                    let key = (sources.given(fact.place).source, host);
                    known.entry(key).or_insert_with(|| fact.clone());
                }
            }
        }
    }
    if known.is_empty() {
        return;
    }
    let tokens: Vec<(SubjectId, Fact)> = facts
        .subjects()
        .filter_map(|(id, subject)| Some((id, subject.of_path("jwt.claims.iss").next()?.clone())))
        .collect();
    for (id, issuer) in tokens {
        let found = issuer.value.text().and_then(host).and_then(|host| {
            known.get(&(sources.given(issuer.place).source, host)).filter(|fact| is_near(&fact.value, &issuer.value))
        });
        if let Some(fact) = found.cloned() {
            facts.push(id, Fact { path: Path::new("paired.metadata.issuer"), ..fact });
        }
    }
}

/// The host of a URL, in lower case, without the port.
fn host(url: &str) -> Option<String> {
    let rest = url.split_once("://")?.1;
    let host = rest.split(['/', '?', '#', ':']).next().filter(|host| !host.is_empty())?;
    Some(host.to_ascii_lowercase())
}

/// The same server by another spelling: a slash at the end, http for https, another case. Other paths of one host are
/// other issuers.
fn is_near(known: &Value, found: &Value) -> bool {
    let plain = |value: &Value| {
        let text = value.text().unwrap_or_default().trim_end_matches('/').to_ascii_lowercase();
        text.split_once("://").map(|(_, rest)| rest.to_owned()).unwrap_or_default()
    };
    known != found && plain(known) == plain(found)
}
