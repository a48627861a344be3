//! The rows of a contract that hold for the request in question, and what its contract says about a credential.

use crate::checks::{Context, Hit};
use crate::decode::http::usual_name;
use crate::facts::{Fact, Facts, SubjectId, Thing};
use crate::identify::known_path;
use crate::platform::{Api, Credential, Endpoint, Grant, Mark, Need, Needs, Never, Operation, Platform, path_matches};
use crate::rule::Str;

/// What a request calls, in the words of the contract.
pub struct Called<'a> {
    /// The contract.
    pub platform: &'a Platform,
    /// The API, if it is one.
    pub api: Option<&'a Api>,
    /// The rows for its operation.
    pub operations: Vec<&'a Operation>,
    /// The OAuth endpoint, if it is one.
    pub endpoint: Option<&'a Endpoint>,
    /// The row for its `grant_type`.
    pub grant: Option<&'a Grant>,
}

impl<'a> Called<'a> {
    /// What the request around the subject calls, if the contract knows the URL.
    pub fn of(cx: &Context<'a>) -> Option<Self> {
        let platform = cx.platform()?;
        let api = cx.text("api.id").and_then(|id| platform.apis.iter().find(|a| a.id == id));
        let endpoints = platform.oauth.iter().flat_map(|o| o.endpoints.iter());
        let endpoint = cx.text("endpoint.id").and_then(|id| endpoints.into_iter().find(|e| e.id == id));
        if api.is_none() && endpoint.is_none() {
            return None;
        }
        let path = cx.one("request.path").map(|fact| known_path(cx.sources, fact)).unwrap_or_default();
        let method = cx.text("request.method");
        let is_meant = |o: &&Operation| {
            let by_method =
                o.only || o.method.is_empty() || method.is_some_and(|m| o.method.iter().any(|own| own == m));
            by_method && o.path.iter().any(|pattern| path_matches(pattern, &path).is_some())
        };
        let operations = api.iter().flat_map(|api| api.operations.iter()).filter(is_meant).collect();
        let grant_type = ["request.query.grant_type", "request.param.grant_type", "request.json.grant_type"]
            .iter()
            .find_map(|path| cx.text(path));
        let grants = endpoint.iter().flat_map(|e| e.grants.iter());
        let grant = grant_type.and_then(|t| grants.into_iter().find(|g| g.id.iter().any(|id| id == t)));
        Some(Self { platform, api, operations, endpoint, grant })
    }

    /// What is called, for people: `LiveChat Agent Chat API`.
    pub fn title(&self) -> String {
        let title = self.api.map(|a| &a.title).or(self.endpoint.map(|e| &e.title)).map_or("API", |t| t.as_ref());
        format!("{} {title}", self.platform.title)
    }

    /// The document of the most precise row.
    pub fn basis(&self) -> &'a str {
        let of_operation = self.operations.iter().rev().find_map(|o| o.basis.as_ref());
        let of_row = self.grant.and_then(|g| g.basis.as_ref()).or(self.endpoint.map(|e| &e.basis));
        of_operation.or(of_row).or(self.api.map(|a| &a.basis)).unwrap_or(&self.platform.docs)
    }

    /// How well the most precise row is documented.
    pub fn mark(&self) -> Mark {
        let of_operation = self.operations.iter().map(|o| o.mark).max();
        of_operation.or(self.api.map(|a| a.mark)).or(self.endpoint.map(|e| e.mark)).unwrap_or_default()
    }

    /// Ids of the credentials it accepts; empty: not known.
    pub fn accepts(&self) -> &'a [Str] {
        let of_operation = self.operations.iter().rev().map(|o| &o.accepts);
        let of_endpoint = self.grant.map(|g| &g.accepts).into_iter().chain(self.endpoint.map(|e| &e.accepts));
        let mut rows = of_operation.chain(of_endpoint).chain(self.api.map(|a| &a.accepts));
        rows.find(|ids| !ids.is_empty()).map_or(&[], |ids| ids.as_ref())
    }

    /// True if it can be called without any credential.
    pub fn is_open(&self) -> bool {
        self.accepts().is_empty() || self.operations.iter().any(|o| o.open) || self.api.is_some_and(|a| a.open)
    }

    /// The words for a credential that is often sent here by mistake.
    pub fn never(&self, id: &str) -> Option<&'a Never> {
        let of_operations = self.operations.iter().rev().flat_map(|o| o.never.iter());
        let of_grant = self.grant.into_iter().flat_map(|g| g.never.iter());
        let mut rows = of_operations.chain(of_grant).chain(self.api.into_iter().flat_map(|a| a.never.iter()));
        rows.find(|n| n.credential == id)
    }

    /// What is asked of the parameter of that name, of whatever part of the request.
    pub fn parameter(&self, name: &str) -> Option<&'a Need> {
        let of_needs = |needs: &'a Needs| needs.body.iter().chain(needs.query.iter()).chain(needs.header.iter());
        let of_operations = self.operations.iter().rev().flat_map(move |o| of_needs(&o.needs));
        let of_grant = self.grant.into_iter().flat_map(|g| g.parameters.iter());
        let of_endpoint = self.endpoint.into_iter().flat_map(|e| e.parameters.iter());
        let of_api = self.api.into_iter().flat_map(move |a| of_needs(&a.needs));
        let mut rows = of_operations.chain(of_grant).chain(of_endpoint).chain(of_api);
        rows.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, need)| need)
    }

    /// The credentials it accepts, for people: `an agent access token or a Personal Access Token`.
    pub fn accepted(&self) -> String {
        self.titles(self.accepts())
    }

    /// Credentials of the platform, for people.
    pub fn titles(&self, ids: &[Str]) -> String {
        let titles = ids.iter().filter_map(|id| self.platform.credential(id));
        let titles: Vec<String> = titles.map(|c| with_article(&c.title)).collect();
        any_of(&titles)
    }
}

/// A credential whose kind is known.
pub struct Known<'a> {
    /// Its contract.
    pub platform: &'a Platform,
    /// Its kind.
    pub credential: &'a Credential,
    /// How sure the kind is: one told by a variable's name or by the host alone is a guess.
    pub mark: Mark,
}

impl<'a> Known<'a> {
    /// The credential in question.
    pub fn of(cx: &Context<'a>) -> Option<Self> {
        let platform = cx.text("credential.platform").and_then(|id| cx.contract(id))?;
        let credential = platform.credential(cx.text("credential.kind")?)?;
        let guessed = matches!(cx.text("credential.by"), Some("label" | "host"));
        Some(Self { platform, credential, mark: if guessed { Mark::T } else { Mark::D } })
    }

    /// With its article: `a LiveChat Personal Access Token`.
    pub fn words(&self) -> String {
        with_article(&format!("{} {}", self.platform.title, self.credential.title))
    }

    /// True if it is, or may be, one of these.
    pub fn is_one_of(&self, ids: &[Str]) -> bool {
        let own = std::slice::from_ref(&self.credential.id);
        let kinds = if self.credential.either.is_empty() { own } else { self.credential.either.as_ref() };
        kinds.iter().chain(own).any(|kind| ids.contains(kind))
    }

    /// Says at the hit by what the kind was told, where the value itself does not show it.
    pub fn explain(&self, cx: &Context, hit: Hit) -> Hit {
        let Some(value) = cx.one("auth.value") else { return hit };
        match cx.text("credential.by") {
            Some("label") => hit.and(value.place, "known by its name"),
            Some("token response") => match cx.one("paired.response.member") {
                Some(member) => hit.and(member.place, "issued here"),
                None => hit,
            },
            _ => hit,
        }
    }
}

/// The header or option by which a request authorises itself, if the credential in question stands there.
pub fn as_authorization<'a>(cx: &Context<'a>) -> Option<&'a Fact> {
    let is_header = cx.text("auth.carrier") == Some("header") && cx.text("auth.name") == Some("authorization");
    let is_sent = is_header || cx.text("auth.carrier") == Some("user option");
    cx.one("auth.value").filter(|_| is_sent)
}

/// The value in question, if the request authorises itself by it: in `Authorization`, or where this platform's credentials
/// are sent.
pub fn as_sent<'a>(cx: &Context<'a>, platform: &Platform) -> Option<&'a Fact> {
    let name = cx.text("auth.name").unwrap_or_default();
    let is_there = matches!(cx.text("auth.carrier"), Some("header" | "query")) && platform.carries(name);
    as_authorization(cx).or_else(|| cx.one("auth.value").filter(|_| is_there))
}

/// How a credential is sent, for people: `` `Authorization: Bearer <access token>` ``, `` `x-api-key: <API key>` ``.
pub fn form_of(credential: &Credential) -> Option<String> {
    let value = format!("<{}>", credential.recipe.as_deref().unwrap_or(&credential.title));
    match (credential.scheme.first().map(AsRef::as_ref), credential.carrier.first()) {
        (None, Some(carrier)) if carrier.contains('_') => Some(format!("`{carrier}={value}`")),
        (None, Some(carrier)) => Some(format!("`{}: {value}`", usual_name(carrier))),
        (None, None) => None,
        (Some(""), _) => Some(format!("`Authorization: {value}`")),
        (Some(scheme), _) => Some(format!("`Authorization: {scheme} {value}`")),
    }
}

/// Schemes for people: `Bearer or Basic`; one that is none says so.
pub fn scheme_words(schemes: &[&Str]) -> String {
    let words = schemes.iter().map(|s| if s.is_empty() { "none".to_owned() } else { s.to_string() });
    any_of(&words.collect::<Vec<_>>())
}

/// The credentials that a request carries.
pub fn credentials<'a>(cx: &Context<'a>) -> impl Iterator<Item = (SubjectId, Context<'a>)> + use<'a> {
    let cx = *cx;
    let carried = cx.facts.children(cx.subject).filter(|(_, s)| s.thing == Thing::Credential);
    carried.map(move |(id, _)| (id, Context { subject: id, ..cx }))
}

/// True if curl is told to authorise the request in another way than by Basic: `--digest`, `--aws-sigv4` and the like.
pub fn is_authorized_otherwise(facts: &Facts, request: SubjectId) -> bool {
    const OPTIONS: &[&str] = &["anyauth", "aws-sigv4", "digest", "negotiate", "ntlm"];
    OPTIONS.iter().any(|option| facts.one(request, &format!("request.option.{option}")).is_some())
}

/// The credentials that a name speaks of: those of the platforms that are named in it. Names such as `ACCESS_TOKEN` are
/// everybody's.
pub fn spoken_of<'a>(cx: &Context<'a>, name: &str) -> impl Iterator<Item = (&'a Platform, &'a Credential)> + use<'a> {
    let label = name.to_lowercase().replace(['-', ' ', '.'], "_");
    let named: Vec<&Platform> = cx.platforms.iter().filter(|platform| platform.is_named_in(&label)).collect();
    let all = named.into_iter().flat_map(|platform| platform.credentials.iter().map(move |c| (platform, c)));
    all.filter(move |(_, credential)| credential.names.iter().any(|names| names.matches(&label)))
}

/// A noun with its indefinite article.
pub fn with_article(noun: &str) -> String {
    let vowel = noun.starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O']);
    format!("{} {noun}", if vowel { "an" } else { "a" })
}

/// `a`, `a or b`, `a, b or c`.
pub fn any_of(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// `` `a` ``, `` `a` or `b` ``: values as they are written.
pub fn quoted(values: &[Str]) -> String {
    any_of(&values.iter().map(|v| format!("`{v}`")).collect::<Vec<_>>())
}
