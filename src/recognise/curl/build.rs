//! Makes requests of the sorted arguments of a curl command: what curl would send.

use super::arguments::{Draft, Kind, Value};
use crate::recognise::request::{Field, Literal, Part, Request, Sent};
use crate::recognise::shell::{Carried, Command, Text, TextBuilder, Word};
use crate::source::{Place, Sources, Span};

/// One command never asks for more URLs than this, unless somebody wants to keep us busy.
const MOST_URLS: usize = 50;

/// One request for each URL; nothing for a command that asks for nothing (`curl --version`).
pub(super) fn requests(
    sources: &mut Sources,
    script: Place,
    command: &Command,
    words: &[Word],
    drafts: Vec<Draft>,
) -> Vec<Request> {
    let mut maker = Maker { sources, script, words, places: vec![None; words.len()], literals: Vec::new() };
    let mut requests = Vec::new();
    for draft in drafts {
        let asks = !draft.urls.is_empty() || !draft.perhaps.is_empty() || !draft.headers.is_empty();
        let sends = !draft.data.is_empty() || !draft.form.is_empty() || draft.user.is_some();
        let like_url = |url: &Value| {
            let text = url.text(words);
            text.contains(['.', ':', '/']) || text.starts_with("localhost") || url.has_hole(words)
        };
        // "curl is a tool."
        let prose = !sends && draft.headers.is_empty() && draft.options.is_empty() && !draft.urls.iter().all(like_url);
        if draft.asks_curl || prose || !(asks || sends) {
            continue;
        }
        let first = requests.is_empty();
        let mut request = maker.request(command, &draft);
        if first {
            maker.whole_command(command, &mut request);
        }
        request.literals = std::mem::take(&mut maker.literals);
        let perhaps: Vec<Value> = draft.perhaps.last().copied().into_iter().collect();
        let urls = if draft.urls.is_empty() { &perhaps } else { &draft.urls };
        for url in urls.iter().take(MOST_URLS) {
            let url = Some(maker.place(*url));
            let mut literals = request.literals.clone();
            literals.append(&mut maker.literals);
            requests.push(Request { url, literals, ..request.clone() });
        }
        if urls.is_empty() {
            requests.push(request);
        }
    }
    requests
}

struct Maker<'a> {
    sources: &'a mut Sources,
    script: Place,
    words: &'a [Word],
    /// The words that became sources.
    places: Vec<Option<Place>>,
    /// The literals in all that was used since they were last taken.
    literals: Vec<Literal>,
}

impl Maker<'_> {
    fn in_script(&self, span: Span) -> Place {
        Place { source: self.script.source, span }
    }

    /// Where a value stands: in the script itself if nothing about the word had to be decoded.
    fn place(&mut self, value: Value) -> Place {
        let Some(word) = self.words.get(value.word) else { return self.script.end() };
        let known = self.places.get(value.word).copied().flatten();
        let place = known.unwrap_or_else(|| {
            let from = self.in_script(word.span);
            let plain = self.sources.text(from) == word.text.text;
            let plain = plain && word.text.holes.is_empty() && word.text.pieces.len() <= 1;
            if plain { from } else { word.text.source(self.sources, "shell word", from, "shell quoting") }
        });
        if let Some(slot) = self.places.get_mut(value.word) {
            *slot = Some(place);
        }
        let begin = word.text.literals.partition_point(|l| l.span.start < value.start);
        for literal in word.text.literals.iter().skip(begin).take_while(|l| l.span.end <= value.end) {
            let place = place.part(literal.span.start, literal.span.end);
            self.literals.push(Literal { place, name: literal.name.clone(), quotes: literal.quotes });
        }
        place.part(value.start, value.end)
    }

    /// The script's bytes of the word that a value is part of.
    fn span(&self, value: Value) -> Span {
        self.words.get(value.word).map_or(Span::empty(self.script.span.end), |w| w.span)
    }

    /// Adds a text made of several words.
    fn compose(&mut self, name: &str, text: Text, of: &[Value]) -> Place {
        let start = of.iter().map(|v| self.span(*v).start).min().unwrap_or(0);
        let end = of.iter().map(|v| self.span(*v).end).max().unwrap_or(start);
        let place = text.source(self.sources, name, self.in_script(Span::new(start, end)), "curl options");
        for literal in text.literals {
            let place = place.part(literal.span.start, literal.span.end);
            self.literals.push(Literal { place, name: literal.name, quotes: literal.quotes });
        }
        place
    }

    fn request(&mut self, command: &Command, draft: &Draft) -> Request {
        let mut request = Request::new("curl command", self.in_script(command.span));
        request.open = draft.open;
        request.method = draft.method.map(|method| self.place(method));
        request.user = draft.user.map(|user| self.place(user));
        let get = draft.has("get");
        let sends = !draft.data.is_empty() || !draft.form.is_empty();
        request.default_method = match () {
            () if draft.has("head") => "HEAD",
            () if draft.has("upload-file") => "PUT",
            () if sends && !get => "POST",
            () => "GET",
        };
        for header in &draft.headers {
            match self.field(*header) {
                Some(field) => {
                    request.open |= self.sources.has_hole(field.name);
                    request.fields.push(field);
                }
                // An unknown variable may be any field.
                None => request.open = true,
            }
        }
        self.made_fields(draft, &mut request);
        if let Some(data) = self.data(draft, command, &mut request.open) {
            if get { request.query.push(data) } else { request.body = Some(data) }
        }
        for query in &draft.query {
            let place = self.query(*query);
            request.query.push(place);
        }
        for (string, value) in &draft.form {
            request.parts.extend(self.part(*string, *value));
        }
        request.open |= request.parts.iter().any(|part| part.file);
        self.implied(draft, get, &mut request);
        for (name, value) in &draft.options {
            let place = self.place(*value);
            request.options.push((name, place));
        }
        request
    }

    /// What was noticed about the command as a whole.
    fn whole_command(&mut self, command: &Command, request: &mut Request) {
        for (name, span) in &command.slips {
            request.options.push((name, self.in_script(*span)));
        }
        if let Some(cut) = command.cut {
            request.options.push(("unquoted-ampersand", self.in_script(cut)));
            request.open = true;
        }
    }

    /// A header as `-H` takes it. `None` if all that could be a name is unknown.
    fn field(&mut self, value: Value) -> Option<Field> {
        let text = value.text(self.words);
        let line = self.place(value);
        if let Some(colon) = value.find(self.words, b":") {
            let behind = text.get(colon + 1..).unwrap_or("");
            let blanks = behind.len() - behind.trim_start_matches([' ', '\t']).len();
            let sent = if behind.trim().is_empty() { Sent::Removed } else { Sent::Yes };
            let value = line.part(colon + 1 + blanks, text.len());
            return Some(Field { name: line.part(0, colon), value, line, sent });
        }
        // `-H 'Name;'` sends the field without a value.
        match value.find(self.words, b";") {
            Some(end) if text.get(end + 1..).is_some_and(|t| t.trim().is_empty()) => {
                Some(Field { name: line.part(0, end), value: line.end(), line, sent: Sent::Yes })
            }
            _ if value.has_hole(self.words) => None,
            _ => Some(Field { name: line, value: line.end(), line, sent: Sent::NoColon }),
        }
    }

    /// The fields that options make. A field that `-H` names takes their place.
    fn made_fields(&mut self, draft: &Draft, request: &mut Request) {
        let mut made: Vec<(&'static str, &'static str, Value, Vec<Value>)> = Vec::new();
        if let Some((option, value)) = draft.bearer {
            made.push(("Authorization", "Bearer ", option, vec![value]));
        }
        if let Some((option, value)) = draft.agent {
            made.push(("User-Agent", "", option, vec![value]));
        }
        if let Some((option, value)) = draft.referer {
            let text = value.text(self.words);
            let value = value.part(0, text.strip_suffix(";auto").unwrap_or(text).len());
            made.push(("Referer", "", option, vec![value]));
        }
        if let Some(option) = draft.cookie_option {
            made.push(("Cookie", "", option, draft.cookies.clone()));
        }
        for (name, prefix, option, values) in made {
            let empty = values.iter().all(|v| v.text(self.words).is_empty());
            if empty || self.names(request, name) {
                continue;
            }
            let from = self.span(option);
            let mut text = TextBuilder::default();
            for part in [name, ": ", prefix] {
                text.instead(part, from);
            }
            for (i, value) in values.iter().enumerate() {
                if i > 0 {
                    text.instead(";", self.span(*value));
                }
                text.append(value.whole(self.words), value.start, value.end);
            }
            let text = text.finish();
            let len = text.text.len();
            let mut of = values;
            of.push(option);
            let line = self.compose("header", text, &of);
            let (name, value) = (line.part(0, name.len()), line.part(name.len() + 2, len));
            request.fields.push(Field { name, value, line, sent: Sent::Yes });
        }
    }

    /// True if the request has a field with that name, sent or taken away.
    fn names(&self, request: &Request, name: &str) -> bool {
        let colon = |field: &&Field| field.sent != Sent::NoColon;
        request.fields.iter().filter(colon).any(|f| self.sources.text(f.name).eq_ignore_ascii_case(name))
    }

    /// All data of `-d` and its relatives, as sent.
    fn data(&mut self, draft: &Draft, command: &Command, open: &mut bool) -> Option<Place> {
        let (first, rest) = draft.data.split_first()?;
        let (kind, value) = *first;
        let file = |kind: Kind, value: Value, words: &[Word]| {
            kind != Kind::Raw && value.text(words).starts_with('@') && value.find(words, b"@") == Some(0)
        };
        if rest.is_empty() && kind != Kind::Encoded && !file(kind, value, self.words) {
            return Some(self.place(value));
        }
        let mut body = TextBuilder::default();
        for (i, (kind, value)) in draft.data.iter().enumerate() {
            let from = self.span(*value);
            if i > 0 && *kind != Kind::Json {
                body.instead("&", Span::empty(from.start));
            }
            if file(*kind, *value, self.words) {
                let name = value.text(self.words).trim_start_matches('@');
                let stdin = command.stdin.as_ref().filter(|_| name == "-");
                match (stdin, kind) {
                    // Of a file `-d` leaves the line breaks out.
                    (Some(text), Kind::Data) => body.append_changed(text, 0, text.text.len(), |c| match c {
                        '\n' | '\r' | '\0' => Carried::Dropped,
                        _ => Carried::Same,
                    }),
                    (Some(text), Kind::Encoded) => body.append_changed(text, 0, text.text.len(), encode),
                    (Some(text), _) => body.append(text, 0, text.text.len()),
                    // The body is a hole then; the rest of the request is known.
                    (None, _) => body.hole_instead(name, from),
                }
                continue;
            }
            match kind {
                Kind::Encoded => *open |= self.encoded(&mut body, *value),
                _ => body.append(value.whole(self.words), value.start, value.end),
            }
        }
        let of: Vec<Value> = draft.data.iter().map(|(_, value)| *value).chain(draft.data_option).collect();
        Some(self.compose("data", body.finish(), &of))
    }

    /// Appends what `--data-urlencode` makes of its argument; true if part of it is in a file.
    fn encoded(&self, body: &mut TextBuilder, value: Value) -> bool {
        let whole = value.whole(self.words);
        let equals = value.find(self.words, b"=");
        let name = equals.or_else(|| value.find(self.words, b"@"));
        if let Some(len) = name.filter(|len| *len > 0) {
            body.append(whole, value.start, value.start + len);
            match equals {
                Some(at) => body.append(whole, value.start + at, value.start + at + 1),
                None => body.instead("=", self.span(value)),
            }
        }
        let content = value.after(name.map_or(0, |len| len + 1));
        if name.is_some() && equals.is_none() {
            body.hole_instead(content.text(self.words), self.span(value));
            return true;
        }
        body.append_changed(whole, content.start, content.end, encode);
        false
    }

    /// `--url-query`.
    fn query(&mut self, value: Value) -> Place {
        if value.text(self.words).starts_with('+') {
            return self.place(value.after(1));
        }
        let mut query = TextBuilder::default();
        self.encoded(&mut query, value);
        self.compose("query", query.finish(), &[value])
    }

    /// `-F name=content`, `-F name=@file;type=…`.
    fn part(&mut self, string: bool, value: Value) -> Option<Part> {
        let equals = value.find(self.words, b"=")?;
        let place = self.place(value);
        let text = value.text(self.words);
        let content = text.get(equals + 1..).unwrap_or("");
        let file = !string && content.starts_with(['@', '<']);
        let settings = [";type=", ";filename=", ";headers=", ";encoder="];
        let end = if string { None } else { settings.iter().filter_map(|s| content.find(s)).min() };
        let start = equals + 1 + usize::from(file);
        let end = (equals + 1 + end.unwrap_or(content.len())).max(start);
        Some(Part { name: place.part(0, equals), value: place.part(start, end), file })
    }

    /// What curl sends of its own accord.
    fn implied(&mut self, draft: &Draft, get: bool, request: &mut Request) {
        let json = draft.data.iter().any(|(kind, _)| *kind == Kind::Json);
        let mut implied = vec![("accept", if json { "application/json" } else { "*/*" })];
        if draft.agent.is_none() {
            implied.push(("user-agent", "curl"));
        }
        if json {
            implied.push(("content-type", "application/json"));
        } else if !draft.form.is_empty() {
            implied.push(("content-type", "multipart/form-data"));
        } else if !draft.data.is_empty() && !get {
            implied.push(("content-type", "application/x-www-form-urlencoded"));
        }
        request.implied = implied.into_iter().filter(|(name, _)| !self.names(request, name)).collect();
    }
}

/// Percent-encoding as curl does it: a blank is `+`.
fn encode(c: char) -> Carried {
    match c {
        'A'..='Z' | 'a'..='z' | '0'..='9' | '-' | '.' | '_' | '~' => Carried::Same,
        ' ' => Carried::As("+".to_owned()),
        _ => Carried::As(c.encode_utf8(&mut [0; 4]).bytes().map(|b| format!("%{b:02X}")).collect()),
    }
}
