//! The name of a variable against the value in it: `SLACK_APP_TOKEN` with a bot token, `STRIPE_SECRET_KEY` with a
//! publishable key, `GITLAB_TOKEN` with a token of GitHub.
//!
//! A name is what somebody chose, so all of this is likely at most, and nothing is said where a value of another kind
//! can be meant: behind a gateway of one's own, or where both kinds open the same APIs in the same way.

use crate::checks::contract::{spoken_of, with_article};
use crate::checks::{Check, Context, Hit};
use crate::facts::Thing;
use crate::identify::is_well_made;
use crate::platform::{Credential, Exposure, Platform};
use crate::rule::Str;
use crate::source::Place;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[Check {
    name: "contract-named",
    about: &["credential.form"],
    offers: &["name", "meant", "found", "form", "danger"],
    run: named,
}];

/// A kind of credential and the platform that issues it.
type Kind<'a> = (&'a Platform, &'a Credential);

/// The value has the form of another credential than the one that its name speaks of.
fn named(cx: &Context) -> Vec<Hit> {
    let own = |path: &str| cx.own().iter().find(|fact| fact.path.as_str() == path && !fact.hole);
    let (Some(name), Some(value), None) = (Name::of(cx), own("credential.value"), own("paste.sample")) else {
        return Vec::new();
    };
    let meant = meant(cx, &name);
    let Some(&(platform, first)) = meant.first() else { return Vec::new() };
    let Some(found) = found(cx, platform) else { return Vec::new() };
    // Whatever the name may stand for, the value is none of it.
    let differs = |(platform, credential): &Kind| {
        is_known(credential, platform, found.0)
            && !is_made_as(cx, platform, credential)
            && !is_interchangeable((platform, credential), found)
    };
    if !meant.iter().all(differs) || is_sent_elsewhere(cx, &name, platform, found.0) {
        return Vec::new();
    }
    let begins = first.shape.prefix.first().map(|prefix| format!(", which begins with `{prefix}`")).unwrap_or_default();
    let is_leaking = found.1.exposure == Exposure::Secret && first.exposure == Exposure::Public;
    let danger = if is_leaking { ", which must stay secret" } else { "" };
    let words = |(platform, credential): Kind| with_article(&format!("{} {}", platform.title, credential.title));
    let hit = Hit::on(value)
        .with("name", name.text)
        .told("meant", words((platform, first)))
        .told("found", words(found))
        .told("form", begins)
        .told("danger", danger)
        .and(name.place, "what the name says")
        .says(platform, &first.basis, None, first.mark.max(found.1.mark));
    vec![hit]
}

/// The name of a variable.
struct Name<'a> {
    text: &'a str,
    place: Place,
}

impl<'a> Name<'a> {
    /// That of the value in question: as it was recognised, or as it stands before the value in a line of a program or of a
    /// JSON document.
    fn of(cx: &Context<'a>) -> Option<Self> {
        let own = |path: &str| cx.own().iter().find(|fact| fact.path.as_str() == path && !fact.hole);
        let carrier = own("auth.carrier").and_then(|fact| fact.value.text());
        if let Some(fact) = own("credential.label") {
            return Some(Self { text: fact.value.text()?, place: fact.place });
        }
        let in_document = || carrier == Some("json") && cx.facts.carrier(cx.subject, Thing::Json).is_some();
        let value = own("auth.value").filter(|_| carrier == Some("bare") || in_document())?;
        let value = cx.sources.given(value.place);
        let line = Place { span: cx.sources.line(value.source, value.span.start), ..value };
        let before = cx.sources.text(line).get(..value.span.start.checked_sub(line.span.start)?)?;
        let text = before.trim_end_matches(['"', '\'', '`']).trim_end().strip_suffix(['=', ':', '>'])?;
        let text = text.trim_end_matches(['=', ':']).trim_end().trim_end_matches(['"', '\'']);
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        let start = text.trim_end_matches(is_part).len();
        let text = text.get(start..).filter(|text| !text.is_empty())?;
        Some(Self { text, place: line.part(start, start + text.len()) })
    }
}

/// All that a platform issues.
fn kinds(platform: &Platform) -> impl Iterator<Item = Kind<'_>> {
    platform.credentials.iter().map(move |credential| (platform, credential))
}

/// The credentials that the name speaks of, if they are of one platform.
fn meant<'a>(cx: &Context<'a>, name: &Name) -> Vec<Kind<'a>> {
    let meant: Vec<Kind> = spoken_of(cx, name.text).collect();
    let is_one = meant.iter().all(|(platform, _)| meant.first().is_some_and(|(first, _)| first.id == platform.id));
    if is_one { meant } else { Vec::new() }
}

/// The credential that the value is by its own form. A form that is common elsewhere counts where the name speaks of the
/// platform.
fn found<'a>(cx: &Context<'a>, named: &'a Platform) -> Option<Kind<'a>> {
    let is_it = |(platform, credential): &Kind| {
        let is_telling = !credential.shape.weak || platform.id == named.id;
        is_telling && is_well_made(cx.facts, cx.subject, credential)
    };
    let others = cx.platforms.iter().filter(|platform| platform.id != named.id);
    // What identity providers issue for others, and JWTs that live for minutes, are named after what they open.
    let is_passed_on = |c: &Credential| c.federated || is_jwt(c) && c.exposure == Exposure::ShortLived;
    std::iter::once(named).chain(others).flat_map(kinds).find(is_it).filter(|(_, c)| !is_passed_on(c))
}

fn is_jwt(credential: &Credential) -> bool {
    !credential.shape.claims.is_empty()
}

/// The credential, and those of which it is one.
fn with_either<'a>(platform: &'a Platform, credential: &'a Credential) -> impl Iterator<Item = &'a Credential> {
    std::iter::once(credential).chain(credential.either.iter().filter_map(|id| platform.credential(id)))
}

/// True if the form of the named credential is known well enough to say that the value does not have it. Across platforms
/// only texts are: JWTs are made by many.
fn is_known(meant: &Credential, platform: &Platform, issuer: &Platform) -> bool {
    let shape = &meant.shape;
    let has_text = !shape.prefix.is_empty() || shape.matches.is_some();
    if platform.id == issuer.id {
        return has_text || is_jwt(meant) || !meant.either.is_empty();
    }
    has_text && !shape.weak
}

/// True if the value has the form of the named credential after all.
fn is_made_as(cx: &Context, platform: &Platform, meant: &Credential) -> bool {
    with_either(platform, meant).any(|credential| is_well_made(cx.facts, cx.subject, credential))
}

/// True if both open the same API in the same way, and are as secret, or one may be the other: then either can be meant.
fn is_interchangeable((platform, meant): Kind, (issuer, found): Kind) -> bool {
    let is_public = |credential: &Credential| credential.exposure == Exposure::Public;
    let is_like = |meant: &Credential| {
        let accepts = |ids: &[Str]| ids.contains(&meant.id) && ids.contains(&found.id);
        let is_sent_alike = meant.scheme.iter().any(|scheme| found.scheme.contains(scheme))
            || meant.carrier.iter().any(|carrier| found.carrier.contains(carrier));
        is_public(meant) == is_public(found) && is_sent_alike && platform.apis.iter().any(|api| accepts(&api.accepts))
    };
    platform.id == issuer.id && (found.either.contains(&meant.id) || with_either(platform, meant).any(is_like))
}

/// True if an address is set beside the variable: many servers speak another's protocol, with keys of their own under the
/// other's names.
fn is_sent_elsewhere(cx: &Context, name: &Name, platform: &Platform, issuer: &Platform) -> bool {
    const NEAR: usize = 1_500;
    const ADDRESSES: &[&str] = &["base_url", "base-url", "baseurl", "api_base", "apibase", "endpoint", "gateway"];
    let place = cx.sources.given(name.place);
    let text = cx.sources.text(cx.sources.whole(place.source));
    let mut before = place.span.start.saturating_sub(NEAR)..=place.span.start;
    let mut behind = place.span.end.saturating_add(NEAR)..=text.len();
    let from = before.find(|at| text.is_char_boundary(*at)).unwrap_or(place.span.start);
    let to = behind.find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    let near = text.get(from..to).unwrap_or_default().to_lowercase();
    let id = platform.id.replace('-', "_");
    let is_there = |word: &&str| match platform.id == issuer.id {
        true => near.contains(&format!("{id}_{word}")),
        false => near.contains(*word),
    };
    ADDRESSES.iter().any(is_there)
}
