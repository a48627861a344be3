//! What a login asked for, said again where its answer stands: at the token response, and at the ID token that came
//! through the browser.
//!
//! The steps of a login are paired before; here their answers are joined to them, one look-up each.

use crate::facts::{Fact, Facts, Path, SubjectId, Thing};
use crate::identify::ledger::answered;
use crate::source::Sources;

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
    facts.add(answer, base.clone(), crate::facts::Value::Object, place);
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
