//! Recognisers: what is in a text, and where.
//!
//! Each file knows one form in which people write tokens and requests down, and only finds and delimits the parts;
//! what the parts mean is decided later. All of them leave places behind, never judgements. The forms are tried in a
//! fixed order, by content first and name second; the first that fits is taken.

pub mod bruno;
mod challenge;
mod collection;
pub mod code;
mod config;
pub mod curl;
mod env;
pub mod document;
pub mod file;
pub mod har;
pub mod http;
pub mod http_file;
mod ini;
pub mod insomnia;
mod kubernetes;
mod log;
pub mod members;
mod placed;
mod kind;
pub mod hurl;
pub mod postman;
pub mod request;
mod session;
pub mod setting;
pub mod shell;
pub mod template;
pub mod text;
mod toml;
mod transcript;
mod tree;
mod variables;
mod websocket;
mod yaml;

use crate::decode::{json, jwt, pem};
use crate::recognise::file::Name;
use crate::recognise::request::Request;
use crate::recognise::setting::Setting;
use crate::source::{self, Place, SourceId, Sources};

pub use kind::Kind;

/// Something recognised, ready to be decoded.
#[derive(Debug, Clone)]
pub enum Found {
    /// A request in any form.
    Request(Box<Request>),
    /// A response.
    Response(http::Response),
    /// The value of an Authorization header, or a bare token.
    Credential(Place),
    /// A value whose name, or whose place, says that it is a credential.
    Setting(Box<Setting>),
    /// A place in source code that makes or sends tokens.
    Code(code::Site),
    /// Keys or certificates in PEM.
    Pem(Place),
    /// A JSON document; `claims` if it was said to be a claims set.
    Json {
        /// Where.
        place: Place,
        /// It is a claims set, whatever it looks like.
        claims: bool,
    },
}

/// Finds out what the text of a source is, or takes the user's word for it.
pub fn recognise(sources: &mut Sources, id: SourceId, kind: Option<Kind>) -> Vec<Found> {
    let whole = sources.whole(id);
    let place = without_final_newline(sources, whole);
    if sources.text(place).trim_start_matches('\u{feff}').trim().is_empty() {
        return Vec::new();
    }
    let name = Name::new(&sources.get(id).name);
    let kind = kind.or_else(|| file_of_requests(sources.text(place), &sources.get(id).name));
    let may_be_lines = kind.is_none_or(|kind| kind == Kind::Json);
    if let Some(lines) = may_be_lines.then(|| json_lines(sources, place)).flatten() {
        return lines;
    }
    if kind.is_none() && !name.is_foreign() && pem::looks_like(sources.text(place)) {
        return vec![Found::Pem(place)];
    }
    let kind = kind.unwrap_or_else(|| guess(sources, place, &name));
    // A byte order mark belongs to a file; before a token it is a mistake worth naming.
    let mark = if kind == Kind::Token {
        0
    } else {
        sources.text(place).len() - sources.text(place).trim_start_matches('\u{feff}').len()
    };
    let place = place.part(mark, place.span.len());
    match kind {
        Kind::Token => vec![Found::Credential(place)],
        Kind::Header => vec![Found::Request(Box::new(http::header_lines(sources, place)))],
        Kind::Http => http::find(sources, place),
        Kind::HttpFile => http_file::find(sources, place),
        Kind::Hurl => hurl::find(sources, place).into_iter().map(|r| Found::Request(Box::new(r))).collect(),
        Kind::Curl => {
            let name = sources.get(id).name.clone();
            let requests = curl::find(sources, place, Some(&name));
            if requests.is_empty() {
                return text::find(sources, place);
            }
            session::with_answers(sources, place, requests).0
        }
        Kind::Har => har::find(sources, place),
        Kind::Postman => postman::find(sources, place),
        Kind::Insomnia => insomnia::find(sources, place),
        Kind::Bruno => bruno::find(sources, place),
        Kind::Url => {
            let place = without_blanks(sources, place);
            let mut request = url(place);
            if is_parameters(sources.text(place)) {
                request.url = None;
                request.query.push(place);
            }
            vec![Found::Request(Box::new(request))]
        }
        Kind::Json => {
            let mut found = kubernetes::of_json(sources, place);
            found.push(Found::Json { place, claims: false });
            found
        }
        Kind::Claims => vec![Found::Json { place, claims: true }],
        Kind::Env => env::find(sources, place),
        Kind::Yaml => match yaml::read(sources.text(place)) {
            Some(tree) => config::find(sources, place, &tree),
            None => text::find(sources, place),
        },
        Kind::Toml => match toml::read(sources.text(place)) {
            Some(tree) => config::find(sources, place, &tree),
            None => text::find(sources, place),
        },
        Kind::Ini => ini::find(sources, place, ini::Dialect::Ini),
        Kind::Properties => ini::find(sources, place, ini::Dialect::Properties),
        // An answer is not that to a request which stands somewhere above it: so it comes first.
        Kind::Log => [challenge::find(sources, place), log::find(sources, place)].concat(),
        Kind::Document => document::find(sources, place),
        Kind::Code => match name.language() {
            Some(language) => code::find(sources, place, language),
            None => text::find(sources, place),
        },
        Kind::Text if name.kind().is_none_or(|kind| kind == "log") => {
            let found = text::find(sources, place);
            [challenge::beside(sources, place, &found), found].concat()
        }
        Kind::Text => text::find(sources, place),
    }
}

/// The files in which tools keep requests, each known by members that no other has.
fn file_of_requests(text: &str, name: &str) -> Option<Kind> {
    match () {
        () if har::looks_like(text) => Some(Kind::Har),
        () if postman::looks_like(text) => Some(Kind::Postman),
        () if insomnia::looks_like(text) => Some(Kind::Insomnia),
        () if bruno::looks_like(text, is_named(name, &["bru"])) => Some(Kind::Bruno),
        () => None,
    }
}

/// The place without the blanks and line breaks around what stands there.
fn without_blanks(sources: &Sources, place: Place) -> Place {
    let text = sources.text(place);
    let start = text.len() - text.trim_start().len();
    place.part(start, start + text.trim().len())
}

/// The parameters of a callback without the URL around them.
fn is_parameters(text: &str) -> bool {
    ["code=", "error=", "state="].iter().any(|p| text.starts_with(p)) && text.contains('&')
}

/// Lines of JSON, each a document of its own (a log, a bulk request): those that name something of ours.
fn json_lines(sources: &mut Sources, place: Place) -> Option<Vec<Found>> {
    let text = sources.text(place);
    let mut found = Vec::new();
    let mut count = 0;
    for (start, line) in source::lines(text) {
        let written = line.trim();
        if written.is_empty() {
            continue;
        }
        if !written.starts_with(['{', '[']) {
            return None;
        }
        let document = json::read(written, &[]);
        if !document.is_valid() {
            return None;
        }
        count += 1;
        if file::names_ours(&document) {
            let start = start + line.len() - line.trim_start().len();
            found.push(Found::Json { place: place.part(start, start + written.len()), claims: false });
        }
    }
    (count > 1).then(|| [challenge::find(sources, place), found].concat())
}

/// A bare URL: a request of which only the URL is known.
fn url(place: Place) -> Request {
    let mut request = Request::new("URL", place);
    request.url = Some(place);
    request.open = true;
    request
}

/// One final line end belongs to the file, not to the value in it.
fn without_final_newline(sources: &Sources, place: Place) -> Place {
    let text = sources.text(place);
    let end = text.strip_suffix('\n').map_or(text.len(), |t| t.strip_suffix('\r').unwrap_or(t).len());
    place.part(0, end)
}

fn guess(sources: &Sources, place: Place, file: &Name) -> Kind {
    let text = sources.text(place).trim_start_matches('\u{feff}').trim();
    let name = &sources.get(place.source).name;
    let is_jose = || is_token(text) && jwt::form(text).is_some();
    if let Some(kind) = file.configuration() {
        return if is_jose() && !text.contains(['=', ':']) { Kind::Token } else { kind };
    }
    if file.is_foreign() {
        return match () {
            () if is_jose() => Kind::Token,
            () if file.is_document() => Kind::Document,
            () if file.language().is_some() => Kind::Code,
            () => Kind::Text,
        };
    }
    if json::looks_like_json(text) && file.means_json(text) {
        Kind::Json
    } else if hurl::looks_like(text, is_named(name, &["hurl"])) {
        Kind::Hurl
    } else if http_file::looks_like(text, is_named(name, &["http", "rest"])) && !transcript::looks_like(text) {
        Kind::HttpFile
    } else if http::looks_like(text) {
        Kind::Http
    } else if is_url(text) {
        Kind::Url
    } else if is_header(text) {
        Kind::Header
    } else if file.is_document() || document::looks_like(text) && !is_script(text, name) && !is_token(text) {
        Kind::Document
    } else if curl::looks_like(text) && is_shell(text, name) {
        Kind::Curl
    } else if is_token(text) && file.means_token(text) {
        Kind::Token
    } else if env::looks_like(text) {
        Kind::Env
    } else if yaml::looks_like(text) {
        Kind::Yaml
    } else if log::looks_like(text) {
        Kind::Log
    } else {
        Kind::Text
    }
}

/// True unless the name or the beginning of the text says that commands are only quoted in it.
fn is_shell(text: &str, name: &str) -> bool {
    const OTHERS: &[&str] = &["txt", "log"];
    !is_named(name, OTHERS) && !text.starts_with("# ") || text.starts_with("curl ") || text.starts_with("#!")
}

/// True for a shell script, in which three backticks begin no block.
fn is_script(text: &str, name: &str) -> bool {
    const SHELLS: &[&str] = &["bash", "bat", "cmd", "ps1", "psm1", "sh", "zsh"];
    is_named(name, SHELLS) || text.starts_with("#!")
}

/// True for a file with one of these extensions.
fn is_named(name: &str, extensions: &[&str]) -> bool {
    name.rsplit_once('.').is_some_and(|(_, e)| extensions.iter().any(|known| known.eq_ignore_ascii_case(e)))
}

/// True if every line is a header field, or goes on with one, and one of them is well known.
fn is_header(text: &str) -> bool {
    let mut known = without_colon(text);
    if known {
        return true;
    }
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let field = line.trim();
        let goes_on = line.starts_with([' ', '\t'])
            || field.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.=+/~".contains(&b));
        if http::is_field_line(field) {
            // A message of an error, and below it the header that it is about.
            if line.starts_with([' ', '\t']) && !text.starts_with([' ', '\t']) && is_known_field(field) {
                return false;
            }
            // `headers:` begins a part of a configuration, not a header.
            if field.ends_with(':') && !is_known_field(field) {
                return false;
            }
            known |= is_known_field(field);
        } else if !(goes_on && known) {
            return false;
        }
    }
    known
}

/// `Authorization Bearer x`: one header line whose colon was forgotten.
fn without_colon(text: &str) -> bool {
    let mut words = text.split(' ').map(str::to_ascii_lowercase);
    let is = |word: Option<String>, list: &[&str]| word.is_some_and(|w| list.contains(&w.as_str()));
    text.lines().count() == 1
        && is(words.next(), &["authorization"])
        && is(words.next(), &["bearer", "basic", "token", "dpop"])
        && words.next().is_some()
}

/// Header names by which header lines are known.
const FIELDS: &[&str] = &[
    "accept",
    "authorization",
    "content-type",
    "cookie",
    "dpop",
    "host",
    "origin",
    "proxy-authorization",
    "user-agent",
    "x-api-key",
];

fn is_known_field(line: &str) -> bool {
    let name = line.split(':').next().unwrap_or("").trim().to_ascii_lowercase();
    FIELDS.contains(&name.as_str())
        || name.len() < 20 && strsim::damerau_levenshtein(&name, "authorization") <= 2
        || name == "authentication" && line.to_ascii_lowercase().contains(": bearer ")
}

fn is_url(text: &str) -> bool {
    !text.contains(char::is_whitespace)
        && (["https://", "http://", "wss://", "ws://"].iter().any(|s| text.starts_with(s))
            || ["?code=", "?error=", "#access_token=", "#id_token="].iter().any(|p| text.starts_with(p))
            || is_parameters(text))
}

/// A token: one word, a scheme and a word, or a JOSE token in whatever state.
fn is_token(text: &str) -> bool {
    let words = text.split_whitespace().take(4).count();
    // A scheme or a label, and what follows; `header('Authorization', …)` is neither.
    let first = text.split_whitespace().next().unwrap_or_default();
    let plain = first.chars().all(|c| c.is_alphanumeric() || "-_:=$\"'`“‘\u{feff}\\".contains(c));
    // What a token was broken into has no other characters than a token and what broke it.
    let pieces = || {
        let piece = |c: char| c.is_ascii_alphanumeric() || "-._~+/=%\\^`|,\"'".contains(c) || !c.is_ascii();
        text.split_whitespace().filter(|w| !w.eq_ignore_ascii_case("bearer")).all(|w| w.chars().all(piece))
    };
    words <= 1
        || (words <= 3 && plain && text.lines().count() == 1)
        || (pieces() && (jwt::form(text).is_some() || is_wrapped(text)))
}

/// One long word that was cut into a few lines of the same length. (Many lines are a file in base64.)
fn is_wrapped(text: &str) -> bool {
    const MOST: usize = 12;
    let mut lines: Vec<&str> = text.lines().map(str::trim).collect();
    let last = lines.pop().unwrap_or_default();
    let width = lines.first().map_or(0, |first| first.len());
    let is_word = |line: &str| line.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b));
    width >= 32
        && lines.len() < MOST
        && last.len() <= width
        && lines.iter().all(|l| l.len() == width && is_word(l))
        && is_word(last)
}
