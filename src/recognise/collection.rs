//! Requests as HTTP clients keep them (Postman, Insomnia, Bruno): URL, fields, body and what authorises stand apart, in
//! parts that are switched on and off, and variables are put in when the request is sent.
//!
//! The formats differ in how they write this down, not in what they say. Each recogniser fills a [`Draft`]; here it
//! becomes the request that the client would send, each byte of which leads back to the file.

use std::collections::HashMap;

use crate::decode::json;
use crate::decode::paste;
use crate::recognise::request::{Field, Part, Request, Sent};
use crate::recognise::shell::{Carried, Text, TextBuilder};
use crate::source::{Builder, Hole, Map, Place, Sources, Span};

/// Variables of variables are followed so far.
const DEPTH: usize = 4;
/// All that is put together may be longer than the file by this factor and this many bytes: a value that is inherited
/// or put in a hundred thousand times is not.
const GROWTH: (usize, usize) = (8, 64 << 10);

/// The text of a JSON string literal, quotes included.
pub fn literal(sources: &Sources, place: Place) -> Text {
    let (text, map) = json::string_map(&sources.get(place.source).text, place.span);
    with_holes(sources, place, text, map)
}

/// The text at a place as it is written.
pub fn plain(sources: &Sources, place: Place) -> Text {
    let mut copy = Builder::new();
    copy.copy(sources.text(place), place.span);
    let (text, map) = copy.finish();
    with_holes(sources, place, text, map)
}

fn with_holes(sources: &Sources, place: Place, text: String, map: Map) -> Text {
    let holes = sources.carried_holes(place, &map);
    let Map::Pieces(pieces) = map else { return Text::default() };
    Text { text, pieces, holes, literals: Vec::new() }
}

/// The variables whose values the file itself has.
pub struct Values {
    known: HashMap<String, Option<Text>>,
    /// How many bytes may still be put together.
    budget: usize,
}

impl Values {
    /// None yet, for a file of that many bytes.
    pub fn new(length: usize) -> Self {
        Self { known: HashMap::new(), budget: length * GROWTH.0 + GROWTH.1 }
    }

    /// Adds a variable. One that is empty, or that only shows what to put in, is not known; nor is one with two values.
    pub fn add(&mut self, name: &str, value: Text) {
        if value.text.is_empty() || value.holes.is_empty() && paste::leftover(&value.text).is_some() {
            return;
        }
        let same = |known: &Option<Text>| known.as_ref().is_some_and(|k| k.text == value.text);
        match self.known.get_mut(name) {
            Some(known) if !same(known) => *known = None,
            Some(_) => {}
            None => {
                self.known.insert(name.to_owned(), Some(value));
            }
        }
    }

    /// Leaves a variable to somebody else: a script sets it.
    pub fn forget(&mut self, name: &str) {
        self.known.insert(name.to_owned(), None);
    }

    fn value(&self, hole: &Hole) -> Option<&Text> {
        let name = hole.name.trim();
        self.known.get(name.strip_prefix("_.").unwrap_or(name))?.as_ref()
    }

    /// The text with the values in place of the variables.
    fn fill(&mut self, mut text: Text) -> Text {
        for _ in 0..DEPTH {
            if !text.holes.iter().any(|h| self.value(h).is_some()) {
                break;
            }
            let mut out = TextBuilder::default();
            let mut at = 0;
            let mut budget = self.budget;
            for hole in &text.holes {
                let Some(value) = self.value(hole).filter(|v| v.text.len() < budget) else { continue };
                budget -= value.text.len() + 1;
                out.append(&text, at, hole.span.start);
                out.append(value, 0, value.text.len());
                at = hole.span.end;
            }
            out.append(&text, at, text.text.len());
            self.budget = budget;
            text = out.finish();
        }
        text
    }

    /// The place of a text with its values: in the file, if it stands there as it is sent. `from` is where it is
    /// written.
    fn place(&mut self, sources: &mut Sources, text: Text, from: Place) -> Place {
        let text = self.fill(text);
        match text.pieces.as_slice() {
            [] => from.start(),
            [piece] if is_as_written(sources, &text, Place { source: from.source, span: piece.from }) => {
                Place { source: from.source, span: piece.from }
            }
            _ if text.text.len() > self.budget => from.start(),
            _ => {
                self.budget -= text.text.len();
                let name = sources.get(from.source).name.clone();
                text.source(sources, &name, from, "JSON string")
            }
        }
    }
}

/// True if the text stands at a place as it is, with the same variables.
fn is_as_written(sources: &Sources, text: &Text, place: Place) -> bool {
    sources.text(place) == text.text && sources.holes(place).count() == text.holes.len()
}

/// How a request authorises itself.
#[derive(Debug, Clone, Default)]
pub enum Auth {
    /// By nothing but its fields.
    #[default]
    Nothing,
    /// By something that is not in the file, or that we do not read.
    Elsewhere,
    /// By a field, which takes the place of one of that name. `from` says so.
    Field { name: Text, prefix: String, value: Text, from: Place },
    /// By a parameter of the query.
    Query { name: Text, value: Text, from: Place },
    /// By user and password.
    Basic { user: Text, password: Text, from: Place },
}

/// A request as a client keeps it.
pub struct Draft {
    /// How it is written: `Postman request`.
    pub form: &'static str,
    /// Its name.
    pub name: Option<Place>,
    /// All of it.
    pub place: Place,
    /// The method.
    pub method: Option<Place>,
    /// The URL.
    pub url: Option<Text>,
    /// Parameters that are added to the query: name and value, not encoded.
    pub query: Vec<(Text, Text)>,
    /// The fields: name, value, and where both stand.
    pub fields: Vec<(Text, Text, Place)>,
    /// The body.
    pub body: Option<Text>,
    /// The parameters of a form, not encoded; `true`: a file.
    pub parts: Vec<(Text, Text, bool)>,
    /// The type of the body, if no field says another.
    pub content_type: Option<&'static str>,
    /// What authorises it.
    pub auth: Auth,
    /// Part of it may be put in by somebody else.
    pub open: bool,
}

impl Draft {
    /// A request of that form at that place, which says nothing yet.
    pub fn new(form: &'static str, place: Place) -> Self {
        Self {
            form,
            name: None,
            place,
            method: None,
            url: None,
            query: Vec::new(),
            fields: Vec::new(),
            body: None,
            parts: Vec::new(),
            content_type: None,
            auth: Auth::Nothing,
            open: false,
        }
    }

    /// The request that is sent.
    pub fn request(self, sources: &mut Sources, values: &mut Values) -> Request {
        let all = self.place;
        let mut request = Request::new(self.form, all);
        request.name = self.name;
        request.method = self.method;
        request.open = self.open || self.url.is_none();
        request.url = self.url.map(|url| values.place(sources, url, all));
        for (name, value) in self.query {
            let value = values.fill(value);
            request.query.push(values.place(sources, pair(&name, &value), all));
        }
        for (name, value, line) in self.fields {
            let (name, value) = (values.place(sources, name, line), values.place(sources, value, line));
            request.fields.push(Field { name, value, line, sent: Sent::Yes });
        }
        request.body = self.body.map(|body| values.place(sources, body, all));
        for (name, value, file) in self.parts {
            let (name, value) = (values.place(sources, name, all), values.place(sources, value, all));
            request.parts.push(Part { name, value, file });
        }
        match self.auth {
            Auth::Nothing => {}
            Auth::Elsewhere => request.open = true,
            Auth::Field { value, .. } | Auth::Query { value, .. } if value.text.is_empty() => request.open = true,
            Auth::Field { name, prefix, value, from } => {
                let mut line = TextBuilder::default();
                line.instead(&prefix, from.span);
                line.append(&value, 0, value.text.len());
                let (name, value) = (values.place(sources, name, from), values.place(sources, line.finish(), from));
                let written = sources.text(name).to_ascii_lowercase();
                request.fields.retain(|f| !sources.text(f.name).eq_ignore_ascii_case(&written));
                request.fields.push(Field { name, value, line: from, sent: Sent::Yes });
            }
            Auth::Query { name, value, from } => {
                let value = values.fill(value);
                request.query.push(values.place(sources, pair(&name, &value), from));
            }
            Auth::Basic { user, password, .. } if user.text.is_empty() && password.text.is_empty() => {
                request.open = true;
            }
            Auth::Basic { user, password, from } => {
                let mut text = TextBuilder::default();
                text.append(&user, 0, user.text.len());
                text.instead(":", Span::empty(from.span.end));
                text.append(&password, 0, password.text.len());
                request.user = Some(values.place(sources, text.finish(), from));
            }
        }
        let says = |request: &Request, name: &str| {
            request.fields.iter().any(|f| sources.text(f.name).trim().eq_ignore_ascii_case(name))
        };
        if let Some(kind) = self.content_type.filter(|_| !says(&request, "content-type")) {
            request.implied.push(("content-type", kind));
        }
        if request.user.is_some() {
            request.fields.retain(|f| !sources.text(f.name).trim().eq_ignore_ascii_case("authorization"));
        }
        request
    }
}

/// `name=value`, encoded.
fn pair(name: &Text, value: &Text) -> Text {
    let carry = |c: char| match c {
        'A'..='Z' | 'a'..='z' | '0'..='9' | '-' | '.' | '_' | '~' => Carried::Same,
        _ => Carried::As(c.encode_utf8(&mut [0; 4]).bytes().map(|b| format!("%{b:02X}")).collect()),
    };
    let mut out = TextBuilder::default();
    out.append(name, 0, name.text.len());
    out.instead("=", Span::empty(name.pieces.last().map_or(0, |p| p.from.end)));
    out.append_changed(value, 0, value.text.len(), carry);
    out.finish()
}
