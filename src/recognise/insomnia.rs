//! Insomnia's exports: JSON (format 4), a flat list of workspaces, folders, requests and environments, and YAML (format
//! 5, also what it keeps in a Git repository), where requests stand within their folders.
//!
//! Variables (`{{ _.token }}`) are followed where the file has one value for them; tags (`{% … %}`) are left open.

use std::collections::HashMap;

use crate::recognise::Found;
use crate::recognise::collection::{Auth, Draft, Values};
use crate::recognise::members::{member, members};
use crate::recognise::shell::{Text, TextBuilder};
use crate::recognise::tree::{self, Content, Scalar, Style, Tree};
use crate::recognise::{template, text, yaml};
use crate::source::{Builder, Map, Place, Sources};

/// What a request of an export is called.
const FORM: &str = "Insomnia request";

/// Folders stand in folders so far, and so do the values of an environment.
const DEPTH: usize = 16;

/// No folder has more headers for its requests.
const MOST_HEADERS: usize = 32;

/// A name of a variable is not longer.
const LONGEST_NAME: usize = 200;

/// True if the text is an export.
pub fn looks_like(text: &str) -> bool {
    is_json(text) || is_yaml(text)
}

/// Format 4.
fn is_json(text: &str) -> bool {
    let inner = text.trim_start_matches('\u{feff}').trim_start();
    let start = text.len() - inner.len();
    inner.starts_with('{')
        && members(text, start).any(|m| text.get(m.name.range()) == Some("__export_format"))
        && member(text, start, "resources").is_some()
}

/// Format 5: `type: collection.insomnia.rest/5.0`. An environment alone is YAML like any other.
fn is_yaml(text: &str) -> bool {
    text.lines().take(100).any(|line| {
        let Some(kind) = line.trim_start_matches('\u{feff}').strip_prefix("type:") else { return false };
        let kind = kind.trim_matches([' ', '"', '\'', '\r', '\t']);
        ["collection.insomnia.rest/5", "spec.insomnia.rest/5"].iter().any(|known| kind.starts_with(known))
    })
}

/// The requests of an export.
pub fn find(sources: &mut Sources, place: Place) -> Vec<Found> {
    let written = sources.text(place);
    let tree = if is_json(written) { Some(Tree::of_json(written)) } else { yaml::read(written) };
    // What is no YAML any more (a conflict of a merge) is searched like any text.
    let Some(tree) = tree else { return text::find(sources, place) };
    let export = Export { tree, place };
    let mut values = export.values(sources);
    let folders = export.folders(sources);
    let mut found = Vec::new();
    for node in export.requests() {
        let mut draft = export.draft(sources, node, &folders);
        let folder = export.folder_of(node, &folders);
        let own = export.own_auth(sources, node);
        draft.auth = own.unwrap_or_else(|| export.inherited(&folders, folder));
        found.push(Found::Request(Box::new(draft.request(sources, &mut values))));
    }
    found
}

fn is_null(scalar: &Scalar) -> bool {
    scalar.style == Style::Plain && matches!(scalar.text.as_str(), "" | "null" | "~")
}

/// A folder: what it stands in, and what authorises the requests in it.
struct Folder {
    parent: Option<usize>,
    auth: Option<Auth>,
}

/// The folders of a file by the index of their node.
struct Folders {
    by_node: HashMap<usize, Folder>,
    /// Their node by `_id`, as format 4 names it.
    by_id: HashMap<String, usize>,
}

/// A file that was read.
struct Export {
    tree: Tree,
    place: Place,
}

impl Export {
    /// The text of a member that is no `null`.
    fn scalar(&self, node: usize, name: &str) -> Option<&Scalar> {
        self.tree.text(node, name).filter(|scalar| !is_null(scalar))
    }

    fn said(&self, node: usize, name: &str) -> Option<&str> {
        self.scalar(node, name).map(|scalar| scalar.text.as_str())
    }

    fn member(&self, node: usize, name: &str) -> Option<usize> {
        self.tree.member(node, name).map(|(id, _)| id)
    }

    /// What the member of that name holds, if it is a list or a map.
    fn list(&self, node: usize, name: &str) -> Vec<usize> {
        self.member(node, name).map(|list| self.tree.children(list).map(|(id, _)| id).collect()).unwrap_or_default()
    }

    fn is_off(&self, node: usize) -> bool {
        self.said(node, "disabled") == Some("true")
    }

    fn at(&self, node: usize) -> Place {
        let span = self.tree.span(node);
        self.place.part(span.start, span.end)
    }

    /// A text with its variables.
    fn text(&self, sources: &Sources, scalar: &Scalar) -> Text {
        let written = self.place.part(scalar.span.start, scalar.span.end);
        let mut out = Builder::new();
        tree::copy(&mut out, sources.text(written), written.span.start, scalar);
        let (text, Map::Pieces(pieces)) = out.finish() else { return Text::default() };
        let holes = template::holes(&text, "");
        Text { text, pieces, holes, literals: Vec::new() }
    }

    fn text_of(&self, sources: &Sources, node: usize, name: &str) -> Option<Text> {
        self.scalar(node, name).map(|scalar| self.text(sources, scalar))
    }

    fn place_of(&self, sources: &mut Sources, node: usize, name: &str) -> Option<Place> {
        self.scalar(node, name).map(|scalar| tree::place(sources, self.place, scalar))
    }

    /// The items of format 4, or those of format 5 whatever folder they are in.
    fn items(&self) -> Vec<usize> {
        let mut items = self.list(0, "resources");
        items.extend(self.list(0, "collection"));
        let mut next = 0;
        while let Some(node) = items.get(next).copied() {
            items.extend(self.list(node, "children"));
            next += 1;
        }
        items
    }

    /// All requests in the order of the file. In format 5 those of a WebSocket have no method.
    fn requests(&self) -> Vec<usize> {
        let is_request = |node: &usize| match self.said(*node, "_type") {
            Some(kind) => kind == "request",
            None => {
                let is_socket = self.said(*node, "url").is_some_and(|url| url.starts_with("ws"));
                self.member(*node, "children").is_none() && (self.said(*node, "method").is_some() || is_socket)
            }
        };
        let mut requests: Vec<usize> = self.items().into_iter().filter(is_request).collect();
        requests.sort_unstable();
        requests
    }

    fn folders(&self, sources: &Sources) -> Folders {
        let items = self.items();
        let is_folder = |node: &usize| {
            self.said(*node, "_type") == Some("request_group") || self.member(*node, "children").is_some()
        };
        let folders: Vec<usize> = items.into_iter().filter(is_folder).collect();
        let named = folders.iter().filter_map(|node| Some((self.said(*node, "_id")?.to_owned(), *node)));
        let mut found = Folders { by_id: named.collect(), by_node: HashMap::new() };
        for node in folders {
            let folder = Folder { parent: self.folder_of(node, &found), auth: self.own_auth(sources, node) };
            found.by_node.insert(node, folder);
        }
        found
    }

    /// The folder that an item stands in: the one it names, or the one that holds the list it is in.
    fn folder_of(&self, node: usize, folders: &Folders) -> Option<usize> {
        if let Some(id) = self.said(node, "parentId") {
            return folders.by_id.get(id).copied();
        }
        let list = self.tree.nodes.get(node)?.parent?;
        self.tree.nodes.get(list)?.parent
    }

    /// What authorises a request that says nothing of its own: the setting of the nearest folder that has one.
    fn inherited(&self, folders: &Folders, first: Option<usize>) -> Auth {
        let folder = |node: usize| folders.by_node.get(&node);
        let chain = std::iter::successors(first.and_then(folder), |f| f.parent.and_then(folder));
        chain.take(DEPTH).find_map(|folder| folder.auth.clone()).unwrap_or_default()
    }

    /// What is set at a request or a folder itself.
    fn own_auth(&self, sources: &Sources, node: usize) -> Option<Auth> {
        let setting = self.member(node, "authentication")?;
        let inherits = self.said(setting, "type").is_none_or(|kind| kind == "inherit");
        (!inherits).then(|| self.authorises(sources, setting))
    }

    /// The variables of all environments. Which of them is in force is not known, so one with two values stays open.
    fn values(&self, sources: &Sources) -> Values {
        let mut values = Values::new(self.place.span.len());
        let mut data: Vec<usize> = Vec::new();
        for node in self.items() {
            let name = if self.said(node, "_type") == Some("environment") { "data" } else { "environment" };
            data.extend(self.member(node, name));
        }
        if let Some(base) = self.member(0, "environments") {
            data.extend(self.member(base, "data"));
            let others = self.list(base, "subEnvironments");
            data.extend(others.into_iter().filter_map(|node| self.member(node, "data")));
        }
        let mut open: Vec<(usize, String, usize)> = data.into_iter().map(|node| (node, String::new(), 0)).collect();
        while let Some((node, prefix, depth)) = open.pop() {
            for (child, inner) in self.tree.children(node) {
                let Some(name) = inner.name.as_ref().map(|name| format!("{prefix}{}", name.text)) else { continue };
                match &inner.content {
                    Content::Scalar(scalar) if !is_null(scalar) => values.add(&name, self.text(sources, scalar)),
                    Content::Map if depth < DEPTH && name.len() < LONGEST_NAME => {
                        open.push((child, name + ".", depth + 1));
                    }
                    _ => {}
                }
            }
        }
        // A script may set it to something else.
        for node in self.items() {
            for script in self.scripts(node) {
                script.split(['"', '\'', '`']).for_each(|name| values.forget(name));
            }
        }
        values
    }

    /// The scripts that run before a request or behind it, where they touch variables or the request.
    fn scripts(&self, node: usize) -> Vec<&str> {
        let own = ["preRequestScript", "afterResponseScript"].iter().filter_map(|name| self.said(node, name));
        let scripts = self.member(node, "scripts");
        let below = ["preRequest", "afterResponse"].iter().filter_map(|name| self.said(scripts?, name));
        own.chain(below).filter(|text| text.contains("set(") || text.contains("request")).collect()
    }

    /// The rows of a list that are switched on: name, value, and all of it.
    fn rows(&self, sources: &Sources, node: usize, list: &str) -> Vec<(Text, Text, Place)> {
        let read = |row: usize| {
            let parts = self.text_of(sources, row, "name").zip(self.text_of(sources, row, "value"));
            let (name, value) = parts.filter(|(name, _)| !name.text.is_empty() && !self.is_off(row))?;
            Some((name, value, self.at(row)))
        };
        self.list(node, list).into_iter().filter_map(read).collect()
    }

    /// The header fields of a request, and those of its folders that it does not set itself.
    fn fields(&self, sources: &Sources, node: usize, folders: &Folders) -> Vec<(Text, Text, Place)> {
        let mut fields = self.rows(sources, node, "headers");
        let above = |node: usize| self.folder_of(node, folders);
        for folder in std::iter::successors(above(node), |node| above(*node)).take(DEPTH) {
            for row in self.rows(sources, folder, "headers").into_iter().take(MOST_HEADERS) {
                if !fields.iter().any(|(name, ..)| name.text.eq_ignore_ascii_case(&row.0.text)) {
                    fields.push(row);
                }
            }
        }
        fields
    }

    fn draft(&self, sources: &mut Sources, node: usize, folders: &Folders) -> Draft {
        let mut draft = Draft::new(FORM, self.at(node));
        draft.name = self.place_of(sources, node, "name");
        draft.method = self.place_of(sources, node, "method");
        draft.url = self.text_of(sources, node, "url");
        let query = self.rows(sources, node, "parameters");
        draft.query = query.into_iter().map(|(name, value, _)| (name, value)).collect();
        draft.fields = self.fields(sources, node, folders);
        // A script or a plugin may change what is sent.
        draft.open = self.scripts(node).iter().any(|script| script.contains("request"));
        if let Some(body) = self.member(node, "body") {
            let kind = self.said(body, "mimeType").unwrap_or_default();
            const KINDS: &[&str] = &["application/json", "application/x-www-form-urlencoded", "multipart/form-data"];
            draft.content_type = KINDS.iter().find(|known| **known == kind).copied();
            draft.body = self.text_of(sources, body, "text").filter(|t| !t.text.is_empty());
            if draft.body.is_none() {
                let parts = self.rows(sources, body, "params");
                draft.parts = parts.into_iter().map(|(name, value, _)| (name, value, false)).collect();
            }
        }
        draft
    }

    fn authorises(&self, sources: &Sources, setting: usize) -> Auth {
        let from = self.member(setting, "type").map_or(self.at(setting), |node| self.at(node));
        let said = |name: &str| self.said(setting, name);
        let text = |name: &str| self.text_of(sources, setting, name).unwrap_or_default();
        match said("type").unwrap_or_default() {
            _ if self.is_off(setting) => Auth::Nothing,
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
}
