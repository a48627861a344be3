//! Facts: the only vocabulary between the stages.
//!
//! A [`Fact`] is `path = value @ place`. Recognisers and decoders write facts, rules read them. Facts belong to a
//! [`Subject`]: one recognised [`Thing`]. Subjects nest (a request carries a credential), and a rule sees the facts of
//! its own subject and of those that carry it, never of a neighbour.

mod names;
mod path;

use std::collections::HashMap;
use std::fmt;

use crate::source::Place;

pub use names::{PATHS, SOURCE_KINDS, is_key_member, is_secret_name};
pub use path::Path;

/// The value of a fact.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text, or a JSON string with its escapes resolved.
    Text(String),
    /// A whole number.
    Int(i128),
    /// Any other JSON number, as written.
    Number(String),
    /// `true` or `false`.
    Bool(bool),
    /// JSON `null`.
    Null,
    /// A JSON array; its elements are facts of their own at `….*`.
    Array,
    /// A JSON object; its members are facts of their own.
    Object,
}

impl Value {
    /// The JSON type, as in the aspect `.type`.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Text(_) => "string",
            Value::Int(_) | Value::Number(_) => "number",
            Value::Bool(_) => "boolean",
            Value::Null => "null",
            Value::Array => "array",
            Value::Object => "object",
        }
    }

    /// The text of a [`Value::Text`].
    pub fn text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one; a fraction is cut off.
    pub fn int(&self) -> Option<i128> {
        match self {
            Value::Int(n) => Some(*n),
            // `as` saturates, and a JSON number is never NaN.
            Value::Number(text) => text.parse::<f64>().ok().map(|f| f.trunc() as i128),
            _ => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(text) | Value::Number(text) => f.write_str(text),
            Value::Int(n) => write!(f, "{n}"),
            Value::Bool(b) => write!(f, "{b}"),
            Value::Null => f.write_str("null"),
            Value::Array => f.write_str("an array"),
            Value::Object => f.write_str("an object"),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<i128> for Value {
    fn from(n: i128) -> Self {
        Value::Int(n)
    }
}

impl From<usize> for Value {
    fn from(n: usize) -> Self {
        Value::Int(n as i128)
    }
}

/// `path = value @ place`.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Its name.
    pub path: Path,
    /// Its value.
    pub value: Value,
    /// Where it stands.
    pub place: Place,
    /// True if part of the value is left to somebody else (a variable): then the value is not known, and no test
    /// holds on it.
    pub hole: bool,
}

/// What was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Thing {
    /// An HTTP request, however it is written; a bare URL too.
    Request,
    /// An HTTP response.
    Response,
    /// What authorises: a token, a Basic pair, an API key, wherever it stands.
    Credential,
    /// A JWT claims set written as JSON.
    Claims,
    /// An authorization request.
    Authorize,
    /// An authorization response: the URL the browser is sent back to.
    Callback,
    /// A token request.
    TokenRequest,
    /// A token response.
    TokenResponse,
    /// An error response.
    ErrorResponse,
    /// A claim of an SD-JWT that is disclosed.
    Disclosure,
    /// A JSON document of no known kind.
    Json,
    /// A JSON Web Key.
    Key,
    /// A JSON Web Key Set.
    KeySet,
    /// A place in source code that makes or sends tokens.
    Code,
    /// Text in which nothing was recognised.
    Text,
    /// What keeps a finding from being shown: a comment, an entry of the configuration or of a baseline.
    Suppression,
}

impl Thing {
    /// Its name for people, singular.
    pub fn name(self) -> &'static str {
        match self {
            Thing::Request => "request",
            Thing::Response => "response",
            Thing::Credential => "credential",
            Thing::Claims => "claims set",
            Thing::Authorize => "authorization request",
            Thing::Callback => "authorization response",
            Thing::TokenRequest => "token request",
            Thing::TokenResponse => "token response",
            Thing::ErrorResponse => "error response",
            Thing::Disclosure => "disclosure",
            Thing::Json => "JSON document",
            Thing::Key => "JSON Web Key",
            Thing::KeySet => "JSON Web Key Set",
            Thing::Code => "code fragment",
            Thing::Text => "text",
            Thing::Suppression => "suppression",
        }
    }
}

/// Names a subject within one [`Facts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubjectId(u32);

/// One thing and its facts.
#[derive(Debug, Clone)]
pub struct Subject {
    /// What it is.
    pub thing: Thing,
    /// What carries it.
    pub parent: Option<SubjectId>,
    /// Where it stands, whole.
    pub place: Place,
    /// True if parts of it may stand elsewhere (`curl -K`, a URL without its headers): then nothing is missing.
    pub open: bool,
    facts: Vec<Fact>,
    // A form of a hundred thousand parameters must not be searched from end to end for each question; in the few facts
    // of most subjects the search is faster, and takes no memory.
    by_path: Option<HashMap<Path, Vec<usize>>>,
    children: Vec<SubjectId>,
}

/// So many facts of one subject are searched from end to end.
const FEW: usize = 16;

impl Subject {
    /// Its own facts, in the order they were found.
    pub fn facts(&self) -> &[Fact] {
        &self.facts
    }

    /// Its own facts of one path.
    pub fn of_path<'a>(&'a self, path: &str) -> impl Iterator<Item = &'a Fact> + use<'a> {
        let listed = self.by_path.as_ref().and_then(|by_path| by_path.get(path));
        let few = if self.by_path.is_none() { self.facts.as_slice() } else { &[] };
        let found = few.iter().map(|fact| &fact.path).find(|known| known.as_str() == path);
        let found = found.into_iter().flat_map(|path| few.iter().filter(move |fact| fact.path == *path));
        listed.into_iter().flatten().filter_map(|i| self.facts.get(*i)).chain(found)
    }

    fn push(&mut self, fact: Fact) {
        if let Some(by_path) = &mut self.by_path {
            by_path.entry(fact.path.clone()).or_default().push(self.facts.len());
        }
        self.facts.push(fact);
        if self.by_path.is_none() && self.facts.len() > FEW {
            let mut by_path: HashMap<Path, Vec<usize>> = HashMap::new();
            for (i, fact) in self.facts.iter().enumerate() {
                by_path.entry(fact.path.clone()).or_default().push(i);
            }
            self.by_path = Some(by_path);
        }
    }
}

/// All facts of one run. Facts are only ever added.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    globals: Vec<Fact>,
    subjects: Vec<Subject>,
}

impl Facts {
    /// No facts yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a subject without facts.
    pub fn subject(&mut self, thing: Thing, parent: Option<SubjectId>, place: Place) -> SubjectId {
        let id = SubjectId(u32::try_from(self.subjects.len()).unwrap_or(u32::MAX));
        self.subjects.push(Subject {
            thing,
            parent,
            place,
            open: false,
            facts: Vec::new(),
            by_path: None,
            children: Vec::new(),
        });
        if let Some(parent) = parent {
            self.subjects[parent.0 as usize].children.push(id);
        }
        id
    }

    /// Says that parts of this subject may stand elsewhere; see [`Subject::open`].
    pub fn set_open(&mut self, id: SubjectId) {
        self.subjects[id.0 as usize].open = true;
    }

    /// Adds a fact to a subject.
    pub fn add(&mut self, id: SubjectId, path: Path, value: impl Into<Value>, place: Place) {
        self.push(id, Fact { path, value: value.into(), place, hole: false });
    }

    /// Adds a ready fact to a subject.
    pub fn push(&mut self, id: SubjectId, fact: Fact) {
        debug_assert!(fact.path.is_known(), "fact path `{}` is not listed in facts::PATHS", fact.path);
        self.subjects[id.0 as usize].push(fact);
    }

    /// Adds a fact that every subject sees: what the user expects, the clock.
    pub fn add_global(&mut self, path: Path, value: impl Into<Value>, place: Place) {
        self.globals.push(Fact { path, value: value.into(), place, hole: false });
    }

    /// The facts that every subject sees.
    pub fn globals(&self) -> &[Fact] {
        &self.globals
    }

    /// A subject.
    pub fn get(&self, id: SubjectId) -> &Subject {
        &self.subjects[id.0 as usize]
    }

    /// All subjects in the order they were found; a subject comes after the one that carries it.
    pub fn subjects(&self) -> impl Iterator<Item = (SubjectId, &Subject)> {
        self.subjects.iter().enumerate().map(|(i, s)| (SubjectId(i as u32), s))
    }

    /// The subjects that this one directly carries.
    pub fn children(&self, id: SubjectId) -> impl Iterator<Item = (SubjectId, &Subject)> {
        self.get(id).children.iter().map(|id| (*id, self.get(*id)))
    }

    /// This subject and those that carry it, innermost first.
    pub fn outward(&self, id: SubjectId) -> impl Iterator<Item = SubjectId> + '_ {
        std::iter::successors(Some(id), |id| self.get(*id).parent)
    }

    /// The nearest subject of a kind, looking outwards from `id` (itself included).
    pub fn carrier(&self, id: SubjectId, thing: Thing) -> Option<SubjectId> {
        self.outward(id).find(|id| self.get(*id).thing == thing)
    }

    /// The facts of that path that a rule about subject `id` sees: those of the nearest subject, looking outwards,
    /// that has any; else the global ones.
    pub fn all<'a>(&'a self, id: SubjectId, path: &'a str) -> impl Iterator<Item = &'a Fact> + use<'a> {
        let owner = self.outward(id).map(|id| self.get(id)).find(|subject| subject.of_path(path).next().is_some());
        let own = owner.into_iter().flat_map(move |subject| subject.of_path(path));
        let globals = if owner.is_none() { self.globals.as_slice() } else { &[] };
        own.chain(globals.iter().filter(move |f| f.path.as_str() == path))
    }

    /// The first of [`Facts::all`].
    pub fn one<'a>(&'a self, id: SubjectId, path: &'a str) -> Option<&'a Fact> {
        self.all(id, path).next()
    }

    /// The text of the first fact of that path, unless part of it is left to somebody else.
    pub fn text<'a>(&'a self, id: SubjectId, path: &'a str) -> Option<&'a str> {
        self.one(id, path).filter(|f| !f.hole).and_then(|f| f.value.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    #[test]
    fn facts_are_found_by_their_path_however_many_there_are() {
        let mut sources = Sources::new();
        let id = sources.add_given("<argument 1>", "");
        let place = sources.whole(id);
        let mut facts = Facts::new();
        let subject = facts.subject(Thing::Json, None, place);
        for n in 0..2 * FEW {
            facts.add(subject, Path::new("json").join(["a", "b"][n % 2]), n, place);
            let found: Vec<_> = facts.get(subject).of_path("json.a").map(|fact| fact.value.int()).collect();
            assert_eq!(found, (0..=n as i128).step_by(2).map(Some).collect::<Vec<_>>());
            assert_eq!(facts.get(subject).of_path("json.c").count(), 0);
        }
    }
}
