//! Bruno: one request a file (`.bru`), in blocks of `name: value` lines; environments and the settings of folders and
//! collections too.
//!
//! A block ends with a line that begins with `}`. A name with `~` before it is switched off. What authorises may be
//! inherited from a folder or the collection, which are other files: then the request is open.

use crate::decode::jwt;
use crate::recognise::Found;
use crate::recognise::collection::{Auth, Draft, Values, plain};
use crate::recognise::shell::{Text, TextBuilder};
use crate::source::{self, Place, Sources, Span};

/// What a request of a file is called.
const FORM: &str = "Bruno request";

const METHODS: &[&str] = &["get", "post", "put", "delete", "patch", "options", "head", "connect", "trace"];

/// A line `name: value` of a block, in offsets of the file.
struct Row<'a> {
    name: &'a str,
    value: &'a str,
    name_span: Span,
    span: Span,
}

/// A block: `headers { … }`.
struct Block<'a> {
    name: &'a str,
    /// The lines within its braces.
    span: Span,
    text: &'a str,
}

impl<'a> Block<'a> {
    /// Its lines that are switched on.
    fn rows(&self) -> Vec<Row<'a>> {
        let mut rows = Vec::new();
        let mut at = self.span.start;
        for line in self.text.split_inclusive('\n') {
            let start = at;
            at += line.len();
            let indent = line.len() - line.trim_start().len();
            let written = line.trim();
            // A quoted name may hold a colon.
            let quoted = written.strip_prefix('"').and_then(|rest| rest.find('"'));
            let colon = written.get(quoted.map_or(0, |end| end + 2)..).and_then(|rest| rest.find(':'));
            let Some(colon) = colon.map(|i| i + quoted.map_or(0, |end| end + 2)) else { continue };
            if written.starts_with('~') {
                continue;
            }
            let (name, rest) = (written.get(..colon).unwrap_or_default(), written.get(colon + 1..).unwrap_or_default());
            let value = rest.trim();
            let from = start + indent + colon + 1 + (rest.len() - rest.trim_start().len());
            let quote = usize::from(quoted.is_some() && name.trim_end().ends_with('"') && name.trim_end().len() > 1);
            let name_span = Span::new(start + indent + quote, start + indent + name.trim_end().len() - quote);
            rows.push(Row {
                name: name.trim().trim_matches('"'),
                value,
                name_span,
                span: Span::new(from, from + value.len()),
            });
        }
        rows
    }
}

/// The blocks of a file in order; `None` if something else stands between them.
fn blocks(text: &str) -> Option<Vec<Block<'_>>> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Option<(&str, usize, char)> = None;
    for (start, line) in source::lines(text) {
        let written = line.trim_end();
        match open {
            Some((name, begin, close)) if written.starts_with(close) => {
                blocks.push(Block {
                    name,
                    span: Span::new(begin, start),
                    text: text.get(begin..start).unwrap_or_default(),
                });
                open = None;
            }
            Some(_) => {}
            None if written.trim().is_empty() => {}
            None => {
                let name = written.strip_suffix(['{', '[']).map(str::trim_end).filter(|name| is_name(name))?;
                open = Some((name, start + line.len(), if written.ends_with('{') { '}' } else { ']' }));
            }
        }
    }
    // The last block of a file that was cut off.
    if let Some((name, begin, _)) = open {
        let begin = begin.min(text.len());
        blocks.push(Block { name, span: Span::new(begin, text.len()), text: text.get(begin..).unwrap_or_default() });
    }
    Some(blocks)
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-:".contains(&b))
}

/// True if the text is a file of Bruno: nothing but blocks, and one of those that every such file has. `is_named` if
/// its name says so.
pub fn looks_like(text: &str, is_named: bool) -> bool {
    let first = text.trim_start_matches('\u{feff}').trim_start().lines().next().unwrap_or_default().trim_end();
    // An environment may be a single block with a common name.
    let is_sure = matches!(first, "meta {" | "vars:secret [") || first.starts_with("auth:") && first.ends_with('{');
    (is_sure || is_named && first.ends_with(['{', '['])) && blocks(text.trim_start_matches('\u{feff}')).is_some()
}

/// The request of a file, or the tokens of an environment.
pub fn find(sources: &mut Sources, place: Place) -> Vec<Found> {
    let text = sources.text(place).to_owned();
    let Some(blocks) = blocks(&text) else { return Vec::new() };
    let Some(main) = blocks.iter().find(|b| METHODS.contains(&b.name)) else { return settings(place, &blocks) };
    let reader = Reader { sources, place };
    let mut draft = Draft::new(FORM, place);
    let at = |span: Span| place.part(span.start, span.end);
    let rows = main.rows();
    let said = |name: &str| rows.iter().find(|r| r.name == name);
    // The name of the block is the method.
    let start =
        text.get(..main.span.start).and_then(|t| t.trim_end().trim_end_matches('{').trim_end().rfind(main.name));
    draft.method = start.map(|start| place.part(start, start + main.name.len()));
    draft.url = said("url").map(|row| reader.text(row.span));
    // A script may change what is sent.
    draft.open = blocks.iter().any(|b| b.name == "script:pre-request" && b.text.contains("req."));
    let mut values = Values::new(place.span.len());
    for block in &blocks {
        for row in block.rows() {
            match block.name {
                "meta" if row.name == "name" => draft.name = Some(at(row.span)),
                "headers" => {
                    let line = Span::new(row.name_span.start, row.span.end);
                    draft.fields.push((reader.text(row.name_span), reader.text(row.span), at(line)));
                }
                "body:form-urlencoded" if says_body(&rows, "formUrlEncoded") => {
                    draft.parts.push((reader.text(row.name_span), reader.text(row.span), false));
                    draft.content_type = Some("application/x-www-form-urlencoded");
                }
                "body:multipart-form" if says_body(&rows, "multipartForm") => {
                    let file = row.value.starts_with("@file(");
                    draft.parts.push((reader.text(row.name_span), reader.text(row.span), file));
                    draft.content_type = Some("multipart/form-data");
                }
                "vars:pre-request" if !row.name.starts_with('@') => values.add(row.name, reader.text(row.span)),
                _ => {}
            }
        }
        let kind = block.name.strip_prefix("body:").filter(|kind| says_body(&rows, kind));
        if matches!(kind, Some("json" | "text" | "xml")) {
            let inner = block.text.trim();
            let start = block.span.start + block.text.len() - block.text.trim_start().len();
            draft.body = (!inner.is_empty()).then(|| reader.text(Span::new(start, start + inner.len())));
            draft.content_type = Some("application/json").filter(|_| kind == Some("json"));
        }
    }
    for block in blocks.iter().filter(|b| b.name.starts_with("script:")) {
        // What a script sets is not what the file says.
        block.text.split(['"', '\'', '`']).for_each(|word| values.forget(word));
    }
    let mode = said("auth").map(|row| (row.value, row.span));
    draft.auth = match mode {
        Some((mode, span)) => reader.auth(mode, at(span), &blocks),
        None => Auth::Elsewhere,
    };
    vec![Found::Request(Box::new(draft.request(sources, &mut values)))]
}

/// True if the request sends the body of that kind.
fn says_body(rows: &[Row], kind: &str) -> bool {
    rows.iter().any(|r| r.name == "body" && r.value == kind)
}

/// The tokens among the variables of an environment.
fn settings(place: Place, blocks: &[Block]) -> Vec<Found> {
    let rows = blocks.iter().filter(|b| b.name.starts_with("vars")).flat_map(Block::rows);
    let tokens = rows.filter(|r| jwt::form(r.value.rsplit(' ').next().unwrap_or_default()).is_some());
    tokens.map(|row| Found::Credential(place.part(row.span.start, row.span.end))).collect()
}

struct Reader<'a> {
    sources: &'a Sources,
    place: Place,
}

impl Reader<'_> {
    fn text(&self, span: Span) -> Text {
        plain(self.sources, self.place.part(span.start, span.end))
    }

    /// What the block `auth:…` makes of the request.
    fn auth(&self, mode: &str, from: Place, blocks: &[Block]) -> Auth {
        let block = blocks.iter().find(|b| b.name.strip_prefix("auth:") == Some(mode));
        let rows = block.map(Block::rows).unwrap_or_default();
        let said = |name: &str| rows.iter().find(|r| r.name == name);
        let text = |name: &str| said(name).map(|row| self.text(row.span)).unwrap_or_default();
        match mode {
            "none" => Auth::Nothing,
            "bearer" => {
                let mut name = TextBuilder::default();
                name.instead("Authorization", from.span);
                Auth::Field { name: name.finish(), prefix: "Bearer ".into(), value: text("token"), from }
            }
            "basic" => Auth::Basic { user: text("username"), password: text("password"), from },
            "apikey" if said("placement").is_some_and(|row| row.value == "queryparams") => {
                Auth::Query { name: text("key"), value: text("value"), from }
            }
            "apikey" if said("key").is_some() => {
                Auth::Field { name: text("key"), prefix: String::new(), value: text("value"), from }
            }
            _ => Auth::Elsewhere,
        }
    }
}
