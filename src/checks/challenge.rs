//! What a server says when it wants a credential: `WWW-Authenticate` (RFC 9110 section 11.6.1, RFC 6750 section 3).
//!
//! The header holds challenges, each a scheme with parameters, and commas stand between both. It is read here into a
//! list with places, together with what is wrong with the way it is written.

use crate::checks::{Check, Context, Hit};
use crate::platform::{Mark, says};
use crate::source::Place;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check { name: "challenge-error", about: HEADER, offers: &["code", "meaning", "advice", "more"], run: error },
    Check { name: "challenge-missing", about: &["response.status"], offers: &[], run: missing },
    Check { name: "challenge-other-scheme", about: HEADER, offers: &["offered", "sent"], run: other_scheme },
    Check { name: "challenge-token-unseen", about: HEADER, offers: &["scheme"], run: token_unseen },
    Check { name: "challenge-repeated", about: HEADER, offers: &["parameter"], run: repeated },
    Check { name: "challenge-syntax", about: HEADER, offers: &["what"], run: syntax },
    Check { name: "challenge-realm-missing", about: HEADER, offers: &[], run: realm_missing },
];

const HEADER: &[&str] = &["response.header.www-authenticate"];

/// A parameter of a challenge, with the place of all of it.
struct Parameter {
    name: String,
    value: String,
    place: Place,
}

/// A scheme and its parameters.
struct Challenge {
    scheme: String,
    place: Place,
    parameters: Vec<Parameter>,
}

impl Challenge {
    fn get(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|p| p.name == name)
    }
}

/// All challenges of an answer, and what is wrong with the way they are written.
#[derive(Default)]
struct Header {
    challenges: Vec<Challenge>,
    trouble: Vec<(Place, &'static str)>,
}

fn read(cx: &Context) -> Header {
    let mut header = Header::default();
    for fact in cx.own().iter().filter(|f| HEADER.contains(&f.path.as_str()) && !f.hole) {
        let text = cx.sources.text(fact.place);
        if fact.value.text() == Some(text) {
            for (start, item) in items(text, fact.place, &mut header.trouble) {
                header.item(item, fact.place.part(start, start + item.len()));
            }
        }
    }
    header
}

/// The parts between the commas that stand outside of quotes, each with where it begins.
fn items<'a>(text: &'a str, place: Place, trouble: &mut Vec<(Place, &'static str)>) -> Vec<(usize, &'a str)> {
    let (mut found, mut start, mut quoted, mut escaped) = (Vec::new(), 0, None, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted.is_some() => escaped = true,
            b'"' => quoted = if quoted.is_some() { None } else { Some(at) },
            b',' if quoted.is_none() => {
                found.push((start, text.get(start..at).unwrap_or_default()));
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push((start, text.get(start..).unwrap_or_default()));
    if let Some(at) = quoted {
        trouble.push((place.part(at, text.len()), "a quote that is not closed"));
    }
    let trimmed = |(start, item): (usize, &'a str)| (start + item.len() - item.trim_start().len(), item.trim());
    found.into_iter().map(trimmed).filter(|(_, item)| !item.is_empty()).collect()
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

/// The name before an `=`, and what stands behind that.
fn named(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once('=')?;
    let name = name.trim_end();
    let is_name = !name.is_empty() && name.chars().all(is_token);
    (is_name && !value.trim_matches('=').trim().is_empty()).then_some((name, value))
}

/// The length of a value, blanks before it included, and the value without quotes.
fn value(text: &str) -> (usize, String) {
    let inner = text.trim_start();
    let before = text.len() - inner.len();
    let Some(quoted) = inner.strip_prefix('"') else {
        let length = inner.find([' ', '\t']).unwrap_or(inner.len());
        return (before + length, inner.get(..length).unwrap_or_default().to_owned());
    };
    let (mut out, mut escaped) = (String::new(), false);
    for (at, c) in quoted.char_indices() {
        match c {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => return (before + at + 2, out),
            _ => {
                out.push(c);
                escaped = false;
            }
        }
    }
    (text.len(), out)
}

impl Header {
    /// Reads what stands between two commas: a scheme, a parameter, or both.
    fn item(&mut self, item: &str, place: Place) {
        let mut rest = item;
        let is_parameter = named(item).is_some() && !self.challenges.is_empty();
        if !is_parameter {
            let length = item.find([' ', '\t']).unwrap_or(item.len());
            let scheme = item.get(..length).unwrap_or_default();
            if !scheme.chars().all(is_token) {
                return;
            }
            self.challenges.push(Challenge {
                scheme: scheme.to_owned(),
                place: place.part(0, length),
                parameters: Vec::new(),
            });
            rest = item.get(length..).unwrap_or_default().trim_start();
        }
        let Some(challenge) = self.challenges.last_mut() else { return };
        // What is no parameter is the token68 of Negotiate and its like.
        while let Some((name, after)) = named(rest) {
            let start = item.len() - rest.len();
            let (length, text) = value(after);
            let end = item.len() - after.len() + length;
            let place = place.part(start, end.min(item.len()));
            let left = after.get(length..).unwrap_or_default().trim_start();
            let is_quoted = after.trim_start().starts_with('"');
            if after.trim_start().starts_with('\'') {
                self.trouble.push((place, "single quotes"));
            } else if !left.is_empty() && named(left).is_some() {
                self.trouble.push((place, "a parameter without a comma behind it"));
            } else if !left.is_empty() && !is_quoted {
                self.trouble.push((place, "a value with blanks, but without quotes"));
            }
            challenge.parameters.push(Parameter { name: name.to_ascii_lowercase(), value: text, place });
            rest = left;
        }
    }
}

fn is_status(cx: &Context, wanted: i128) -> bool {
    cx.int("response.status") == Some(wanted)
}

/// The server says what is wrong: explained, with what it wants instead.
fn error(cx: &Context) -> Vec<Hit> {
    let header = read(cx);
    let found = header.challenges.iter().find_map(|c| Some((c, c.get("error")?)));
    let Some((challenge, code)) = found else { return Vec::new() };
    let wanted = ["scope", "acr_values", "max_age", "resource_metadata"].iter().filter_map(|name| challenge.get(name));
    let wanted: Vec<String> = wanted.map(|p| format!("`{}` {}", p.name, p.value)).collect();
    // Beside its request, an answer is explained by its documented causes.
    if cx.one("paired.request").is_some() && wanted.is_empty() {
        return Vec::new();
    }
    let rows = cx.errors.iter().filter(|file| file.id == "oauth").flat_map(|file| file.errors.iter());
    let Some(row) = rows.into_iter().find(|row| row.code && row.says == code.value.as_str()) else { return Vec::new() };
    let more = if wanted.is_empty() { String::new() } else { format!("; it asks for {}", wanted.join(", ")) };
    // The description may betray the cause.
    let description = challenge.get("error_description");
    let described = description.and_then(|said| {
        let all = cx.errors.iter().flat_map(|file| file.errors.iter());
        all.filter(|row| !row.code && says(&said.value, &row.says)).max_by_key(|row| row.says.len())
    });
    let told = described.unwrap_or(row);
    let hit = Hit::at(code.place)
        .with("code", &code.value)
        .told("meaning", told.means.as_deref().unwrap_or_default())
        .told("advice", &told.help)
        .with("more", more);
    vec![hit]
}

/// An answer 401 has to say what it wants. Few APIs do; at a token endpoint that was sent Basic it matters.
fn missing(cx: &Context) -> Vec<Hit> {
    let has_header = |name: &str| cx.own().iter().any(|f| f.path.as_str().starts_with(name));
    let is_whole = has_header("response.header.") && !cx.facts.get(cx.subject).open;
    let Some(status) = cx.one("response.status").filter(|_| is_status(cx, 401) && is_whole) else { return Vec::new() };
    if has_header("response.header.www-authenticate") {
        return Vec::new();
    }
    let mut hit = Hit::on(status);
    let is_token_request = cx.text("paired.request.message") == Some("token request");
    let by_basic =
        cx.all("paired.request.scheme").any(|f| f.value.text().is_some_and(|s| s.eq_ignore_ascii_case("basic")));
    if !is_token_request || !by_basic {
        hit.mark = Mark::M;
    }
    vec![hit]
}

/// The schemes that the request sent.
fn sent<'a>(cx: &Context<'a>) -> Vec<&'a str> {
    cx.all("paired.request.scheme").filter(|f| !f.hole).filter_map(|f| f.value.text()).collect()
}

/// Every challenge names another scheme than the one that was sent.
fn other_scheme(cx: &Context) -> Vec<Hit> {
    let (header, sent) = (read(cx), sent(cx));
    let (Some(first), Some(scheme)) = (header.challenges.first(), sent.first().filter(|_| is_status(cx, 401))) else {
        return Vec::new();
    };
    let is_sent = |c: &Challenge| sent.iter().any(|scheme| c.scheme.eq_ignore_ascii_case(scheme));
    if header.challenges.iter().any(is_sent) {
        return Vec::new();
    }
    let mut offered: Vec<&str> = header.challenges.iter().map(|c| c.scheme.as_str()).collect();
    offered.dedup();
    let offered: Vec<String> = offered.iter().take(5).map(|scheme| format!("`{scheme}`")).collect();
    let hit = Hit::at(first.place).with("offered", offered.join(" or ")).with("sent", scheme);
    vec![cx.all("paired.request.scheme").take(1).fold(hit, |hit, f| hit.and(f.place, "what was sent"))]
}

/// A challenge as for a request without a token, although one was sent: an error would be named otherwise.
fn token_unseen(cx: &Context) -> Vec<Hit> {
    let (header, sent) = (read(cx), sent(cx));
    let is_token = |scheme: &str| scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("dpop");
    let asks = |c: &&Challenge| is_token(&c.scheme) && sent.iter().any(|s| c.scheme.eq_ignore_ascii_case(s));
    let has_error = header.challenges.iter().any(|c| c.get("error").is_some() || c.get("error_description").is_some());
    match header.challenges.iter().find(asks) {
        Some(challenge) if is_status(cx, 401) && !has_error => {
            vec![Hit::at(challenge.place).with("scheme", &challenge.scheme)]
        }
        _ => Vec::new(),
    }
}

fn repeated(cx: &Context) -> Vec<Hit> {
    const ONCE: &[&str] = &["realm", "scope", "error", "error_description", "error_uri"];
    let header = read(cx);
    let again = header.challenges.iter().flat_map(|challenge| {
        challenge.parameters.iter().enumerate().filter_map(|(i, parameter)| {
            let first = challenge.parameters.iter().take(i).find(|p| p.name == parameter.name)?;
            ONCE.contains(&parameter.name.as_str()).then_some((first, parameter))
        })
    });
    again.map(|(first, p)| Hit::at(p.place).with("parameter", &p.name).and(first.place, "the first one")).collect()
}

fn syntax(cx: &Context) -> Vec<Hit> {
    read(cx).trouble.into_iter().take(1).map(|(place, what)| Hit::at(place).told("what", what)).collect()
}

fn realm_missing(cx: &Context) -> Vec<Hit> {
    let header = read(cx);
    let basic = header.challenges.iter().filter(|c| c.scheme.eq_ignore_ascii_case("basic") && c.get("realm").is_none());
    basic.map(|c| Hit::at(c.place)).collect()
}
