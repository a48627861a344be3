//! Insomnia's exports as JSON (format 4): a flat list of workspaces, folders, requests and environments.
//!
//! Variables (`{{ _.token }}`) are followed where the file has one value for them; tags (`{% … %}`) are left open.

use std::collections::HashMap;

use crate::facts::Value;
use crate::recognise::Found;
use crate::recognise::collection::{Auth, Draft, Values, literal};
use crate::recognise::members::{member, members};
use crate::recognise::placed::Placed;
use crate::recognise::shell::{Text, TextBuilder};
use crate::source::{Place, Sources};

/// What a request of an export is called.
const FORM: &str = "Insomnia request";

/// True if the text is an export.
pub fn looks_like(text: &str) -> bool {
    let inner = text.trim_start_matches('\u{feff}').trim_start();
    let start = text.len() - inner.len();
    inner.starts_with('{')
        && members(text, start).any(|m| text.get(m.name.range()) == Some("__export_format"))
        && member(text, start, "resources").is_some()
}

/// The requests of an export.
pub fn find(sources: &mut Sources, place: Place) -> Vec<Found> {
    let document = Placed::read(sources, place);
    let resources = document.member(0, "resources").map(|r| document.children(r)).unwrap_or_default();
    let is = |node: usize, kind: &str| document.said(node, "_type") == Some(kind);
    let mut values = Values::new(place.span.len());
    let mut folders: HashMap<&str, Folder> = HashMap::new();
    for node in &resources {
        if is(*node, "environment") {
            let data = document.member(*node, "data").map(|d| document.children(d)).unwrap_or_default();
            for row in data.into_iter().filter(|row| document.value(*row).text().is_some()) {
                values.add(document.name(row).unwrap_or_default(), literal(sources, document.place(row)));
            }
        }
        if let Some(id) = document.said(*node, "_id").filter(|_| is(*node, "request_group")) {
            let (parent, auth) = (document.said(*node, "parentId"), own_auth(sources, &document, *node));
            folders.insert(id, Folder { parent, auth });
        }
    }
    let mut found = Vec::new();
    for node in resources.iter().copied().filter(|node| is(*node, "request")) {
        let mut draft = draft(sources, &document, node);
        let own = own_auth(sources, &document, node);
        draft.auth = own.unwrap_or_else(|| inherited(&folders, document.said(node, "parentId")));
        found.push(Found::Request(Box::new(draft.request(sources, &mut values))));
    }
    found
}

/// Folders stand in folders so far.
const DEPTH: usize = 16;

/// A folder: what it stands in, and what authorises the requests in it.
struct Folder<'a> {
    parent: Option<&'a str>,
    auth: Option<Auth>,
}

/// What authorises a request: its own setting, or that of the nearest folder that has one.
fn inherited(folders: &HashMap<&str, Folder>, parent: Option<&str>) -> Auth {
    let above = |folder: &&Folder| folder.parent.and_then(|id| folders.get(id));
    let first = parent.and_then(|id| folders.get(id));
    let found = std::iter::successors(first, |folder| above(folder)).take(DEPTH).find_map(|folder| folder.auth.clone());
    found.unwrap_or_default()
}

/// What is set at a request or a folder itself.
fn own_auth(sources: &Sources, document: &Placed, node: usize) -> Option<Auth> {
    let setting = document.member(node, "authentication")?;
    let inherits = document.said(setting, "type").is_none_or(|kind| kind == "inherit");
    (!inherits).then(|| authorises(sources, document, setting))
}

fn is_off(document: &Placed, node: usize) -> bool {
    document.member(node, "disabled").is_some_and(|m| *document.value(m) == Value::Bool(true))
}

fn text(sources: &Sources, document: &Placed, node: usize, name: &str) -> Option<Text> {
    let member = document.member(node, name).filter(|m| document.value(*m).text().is_some())?;
    Some(literal(sources, document.place(member)))
}

/// The rows of a list that are switched on: name, value, and all of it.
fn rows(sources: &Sources, document: &Placed, node: usize, list: &str) -> Vec<(Text, Text, Place)> {
    let rows = document.member(node, list).map(|l| document.children(l)).unwrap_or_default();
    let read = |row: usize| {
        let parts = text(sources, document, row, "name").zip(text(sources, document, row, "value"));
        let (name, value) = parts.filter(|(name, _)| !name.text.is_empty() && !is_off(document, row))?;
        Some((name, value, document.place(row)))
    };
    rows.into_iter().filter_map(read).collect()
}

fn draft(sources: &mut Sources, document: &Placed, node: usize) -> Draft {
    let mut draft = Draft::new(FORM, document.place(node));
    draft.name = document.text(sources, node, "name");
    draft.method = document.text(sources, node, "method");
    draft.url = text(sources, document, node, "url");
    draft.query =
        rows(sources, document, node, "parameters").into_iter().map(|(name, value, _)| (name, value)).collect();
    draft.fields = rows(sources, document, node, "headers");
    // A script or a plugin may change what is sent.
    let script = document.said(node, "preRequestScript").unwrap_or_default();
    draft.open = script.contains("request");
    if let Some(body) = document.member(node, "body") {
        let kind = document.said(body, "mimeType").unwrap_or_default();
        const KINDS: &[&str] = &["application/json", "application/x-www-form-urlencoded", "multipart/form-data"];
        draft.content_type = KINDS.iter().find(|known| **known == kind).copied();
        draft.body = text(sources, document, body, "text").filter(|t| !t.text.is_empty());
        if draft.body.is_none() {
            let parts = rows(sources, document, body, "params");
            draft.parts = parts.into_iter().map(|(name, value, _)| (name, value, false)).collect();
        }
    }
    draft
}

fn authorises(sources: &Sources, document: &Placed, setting: usize) -> Auth {
    let from = document.member(setting, "type").map_or(document.place(setting), |t| document.place(t));
    let said = |name: &str| document.said(setting, name);
    let text = |name: &str| text(sources, document, setting, name).unwrap_or_default();
    match said("type").unwrap_or_default() {
        _ if is_off(document, setting) => Auth::Nothing,
        "none" => Auth::Nothing,
        "bearer" => {
            let prefix = match said("prefix").unwrap_or_default().trim() {
                "" => "Bearer ".to_owned(),
                "NO_PREFIX" => String::new(),
                other => format!("{other} "),
            };
            let mut name = TextBuilder::default();
            name.instead("Authorization", from.span);
            Auth::Field { name: name.finish(), prefix, value: text("token"), from }
        }
        "basic" => Auth::Basic { user: text("username"), password: text("password"), from },
        "apikey" if said("addTo") == Some("queryParams") => {
            Auth::Query { name: text("key"), value: text("value"), from }
        }
        "apikey" if said("addTo") != Some("cookie") && !text("key").text.is_empty() => {
            Auth::Field { name: text("key"), prefix: String::new(), value: text("value"), from }
        }
        _ => Auth::Elsewhere,
    }
}
