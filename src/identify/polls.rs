//! How fast a device asks whether its user has logged in (RFC 8628 section 3.5): at each question with the same device
//! code, how long ago the one before was and how long the wait had to be.

use std::collections::HashMap;

use crate::facts::{Fact, Facts, Path, SubjectId, Thing};
use crate::identify::ledger::answered;
use crate::source::{Place, SourceId, Sources};

/// Holds where the server names no interval, in seconds; and what each `slow_down` adds to it.
const INTERVAL: i128 = 5;

/// What is known of the questions with one device code.
struct Polls {
    /// How long to wait, and what says so; not known where the answer that gave the device code is not shown.
    interval: Option<(i128, Place)>,
    /// When the last question was asked, and where.
    last: Option<(i128, Place)>,
    /// A question of this code was found to come too early: the rest is the same mistake.
    is_told: bool,
}

/// Adds `paired.poll.*` to the first token request of each device code that follows another one too early.
pub fn polls(sources: &Sources, facts: &mut Facts) {
    let mut devices: HashMap<(SourceId, String), Polls> = HashMap::new();
    for (id, subject) in facts.subjects().filter(|(_, s)| s.thing == Thing::Response) {
        let Some(code) = facts.text(id, "response.json.device_code") else { continue };
        let named = subject.of_path("response.json.interval").next();
        let interval = named.and_then(|f| Some((f.value.int()?, f.place))).unwrap_or((INTERVAL, subject.place));
        let key = (sources.given(subject.place).source, code.to_owned());
        devices.insert(key, Polls { interval: Some(interval), last: None, is_told: false });
    }
    let answers: HashMap<SubjectId, SubjectId> = answered(sources, facts).into_iter().map(|(a, q)| (q, a)).collect();
    let asked: Vec<SubjectId> =
        facts.subjects().filter(|(_, s)| s.thing == Thing::TokenRequest).map(|(id, _)| id).collect();
    for id in asked {
        let code = facts.get(id).of_path("token-request.device_code").next().filter(|f| !f.hole);
        let Some((code, request)) = code.and_then(|f| Some((f.value.text()?.to_owned(), facts.get(id).parent?))) else {
            continue;
        };
        let Some((at, place)) = time(facts, request, answers.get(&request).copied()) else { continue };
        let key = (sources.given(place).source, code);
        let polls = devices.entry(key).or_insert(Polls { interval: None, last: None, is_told: false });
        let before = polls.last.replace((at, facts.get(id).place));
        let slowed = answers.get(&request).and_then(|answer| slow_down(facts, *answer));
        if let (Some((last, earlier)), false) = (before, polls.is_told) {
            // An answer "slow_down" proves that some interval holds, also where it is not shown which.
            let interval = polls.interval.or_else(|| Some((INTERVAL, slowed?)));
            if let Some((interval, because)) = interval.filter(|(i, _)| (0..*i).contains(&(at - last))) {
                polls.is_told = true;
                let base = Path::new("paired.poll");
                facts.add(id, base.join("seconds"), at - last, earlier);
                facts.add(id, base.join("interval"), interval, because);
            }
        }
        if let Some(place) = slowed {
            let interval = polls.interval.map_or(INTERVAL, |(interval, _)| interval);
            polls.interval = Some((interval.saturating_add(INTERVAL), place));
        }
    }
}

/// When a request was sent: as its recording says, or else when it was answered.
fn time(facts: &Facts, request: SubjectId, answer: Option<SubjectId>) -> Option<(i128, Place)> {
    let own = |id: SubjectId, path: &str| facts.get(id).of_path(path).next();
    let sent =
        own(request, "clock.now").or_else(|| own(request, "paired.response.date").filter(|_| answer.is_some()))?;
    Some((sent.value.int()?, sent.place))
}

/// Where an answer says that the device asks too often.
fn slow_down(facts: &Facts, answer: SubjectId) -> Option<Place> {
    let is_slow = |f: &&Fact| f.value.text() == Some("slow_down");
    facts.get(answer).of_path("response.json.error").find(is_slow).map(|f| f.place)
}
