//! Configuration: which values of a tree of names and values are worth a look, and what they are.
//!
//! A header by its name, a credential by the name of its setting, commands in the steps of a pipeline, and in other
//! texts whatever stands in them. The same for each language that is read into a [`Tree`].

use std::collections::HashSet;

use crate::decode::jwt;
use crate::recognise::request::{Field, Request, Sent};
use crate::recognise::setting::{self, Setting};
use crate::recognise::tree::{self, Content, Node, Scalar, Tree};
use crate::recognise::{Found, curl, kubernetes, text};
use crate::source::{Builder, Place, Sources, Span};

/// A shorter text holds nothing.
const SHORTEST: usize = 20;

/// Names of settings whose texts are commands of a shell.
const SCRIPTS: &[&str] = &[
    "after_script",
    "bash",
    "before_script",
    "commands",
    "inlineScript",
    "post_build",
    "pre_build",
    "run",
    "script",
    "sh",
];

/// Everything that is found in the configuration at `place`.
pub fn find(sources: &mut Sources, place: Place, tree: &Tree) -> Vec<Found> {
    let mut found = Vec::new();
    let encoded: HashSet<usize> = kubernetes::data(tree).into_iter().collect();
    let mut done: HashSet<usize> = HashSet::new();
    for (id, node) in tree.nodes.iter().enumerate() {
        if found.len() >= text::MOST {
            break;
        }
        if node.name.as_ref().is_some_and(|name| SCRIPTS.contains(&name.text.as_str())) {
            let requests = script(sources, place, tree, id);
            if !requests.is_empty() {
                done.extend(lines(tree, id));
                found.extend(requests);
            }
        }
        let Some(scalar) = node.scalar().filter(|scalar| !scalar.text.is_empty() && !done.contains(&id)) else {
            continue;
        };
        if node.parent.is_some_and(|parent| encoded.contains(&parent)) {
            let name = node.name.as_ref();
            found.extend(name.and_then(|name| kubernetes::value(sources, place, name, scalar)));
        } else if let Some(thing) = header(sources, place, node, scalar) {
            found.push(thing);
        } else if let Some(thing) = in_environment(sources, place, tree, node, scalar) {
            found.push(thing);
        } else if let Some(name) = name_of(tree, node)
            .filter(|name| setting::says_credential(&name.text) && setting::is_value(scalar.text.trim_end()))
        {
            let name = tree::place(sources, place, name);
            let value = tree::place(sources, place, scalar);
            found.push(Setting::new("configuration", name, value).found());
        } else if scalar.text.len() >= SHORTEST {
            let value = tree::place(sources, place, scalar);
            found.extend(text::find(sources, value));
        }
    }
    found
}

/// The name of a value: its own, or what stands beside it (`name: TOKEN`, `value: x`).
fn name_of<'a>(tree: &'a Tree, node: &'a Node) -> Option<&'a Scalar> {
    let own = node.name.as_ref()?;
    let beside = node.parent.filter(|_| own.text == "value");
    beside.and_then(|map| tree.text(map, "name").or_else(|| tree.text(map, "key"))).or(Some(own))
}

/// `Authorization: Bearer x` as a name and a value.
fn header(sources: &mut Sources, place: Place, node: &Node, scalar: &Scalar) -> Option<Found> {
    let name = node.name.as_ref()?;
    let is_name = ["authorization", "proxy-authorization"].iter().any(|n| name.text.eq_ignore_ascii_case(n));
    let text = scalar.text.as_str();
    let has_credential = text::scheme(text).is_some_and(|n| !text.get(n..).unwrap_or_default().trim().is_empty());
    if !is_name || !has_credential && jwt::form(text).is_none() {
        return None;
    }
    let line = place.part(name.span.start, scalar.span.end.max(name.span.end));
    let name = tree::place(sources, place, name);
    let value = tree::place(sources, place, scalar);
    let value = text::text_of(sources, value, false);
    let mut request = Request::new("header line", line);
    request.open = true;
    request.fields.push(Field { name, value, line, sent: Sent::Yes });
    Some(Found::Request(Box::new(request)))
}

/// `- TOKEN="x"` below `environment:` of a compose file: all behind the sign is the value, quotes and all.
fn in_environment(sources: &mut Sources, place: Place, tree: &Tree, node: &Node, scalar: &Scalar) -> Option<Found> {
    let list = node.parent.filter(|_| node.name.is_none())?;
    let holder = tree.nodes.get(list)?;
    let service = tree.nodes.get(holder.parent?)?;
    let is_environment =
        holder.content == Content::List && holder.name.as_ref().is_some_and(|n| n.text == "environment");
    let services = tree.nodes.get(service.parent?)?.name.as_ref().is_some_and(|n| n.text == "services");
    let (name, value) = scalar.text.split_once('=').filter(|_| is_environment && services)?;
    if !setting::says_credential(name) || !setting::is_value(value) {
        return None;
    }
    let whole = tree::place(sources, place, scalar);
    let (name, value) = (whole.part(0, name.len()), whole.part(name.len() + 1, scalar.text.len()));
    Some(Setting::new("compose list", name, value).found())
}

/// The texts of a node and of the lists in it.
fn lines(tree: &Tree, id: usize) -> Vec<usize> {
    let own = tree.nodes.get(id).filter(|node| node.scalar().is_some()).map(|_| id);
    let below = tree.children(id).filter(|(_, node)| node.scalar().is_some()).map(|(id, _)| id);
    own.into_iter().chain(below).collect()
}

/// The requests of the commands in a step: one text, or a list of commands that one shell runs.
fn script(sources: &mut Sources, place: Place, tree: &Tree, id: usize) -> Vec<Found> {
    let scalars: Vec<&Scalar> = lines(tree, id)
        .into_iter()
        .filter_map(|id| tree.nodes.get(id)?.scalar())
        .filter(|scalar| scalar.span.end <= place.span.len())
        .collect();
    let (Some(first), Some(last)) = (scalars.first(), scalars.last()) else { return Vec::new() };
    if !scalars.iter().any(|scalar| curl::looks_like(&scalar.text)) {
        return Vec::new();
    }
    let mut out = Builder::new();
    for scalar in &scalars {
        let raw = sources.text(place.part(scalar.span.start, scalar.span.end));
        tree::copy(&mut out, raw, place.span.start + scalar.span.start, scalar);
        out.instead("\n", Span::empty(place.span.start + scalar.span.end));
    }
    let from = place.part(first.span.start, last.span.end.max(first.span.start));
    let script = sources.decoded(from, "script", out.finish());
    let requests = curl::find(sources, script, None);
    requests.into_iter().map(|request| Found::Request(Box::new(request))).collect()
}
