//! Secrets of Kubernetes: below `data` stands base64 of each value, and a program is given what it decodes to.

use crate::decode::{base64, jwt, paste};
use crate::facts::is_secret_name;
use crate::recognise::Found;
use crate::recognise::setting::{self, Setting};
use crate::recognise::tree::{self, Content, Scalar, Tree};
use crate::source::{Map, Place, Sources};

/// The `data` of all Secrets in a tree.
pub fn data(tree: &Tree) -> Vec<usize> {
    let maps = tree.nodes.iter().enumerate().filter(|(_, node)| node.content == Content::Map);
    let is_secret = |id: usize| tree.text(id, "kind").is_some_and(|kind| kind.text == "Secret");
    maps.filter(|(id, _)| is_secret(*id)).filter_map(|(id, _)| Some(tree.member(id, "data")?.0)).collect()
}

/// The credentials in the Secrets of a JSON document: one of them, or a list as `kubectl get -o json` prints it.
pub fn of_json(sources: &mut Sources, place: Place) -> Vec<Found> {
    if !sources.text(place).contains("\"Secret\"") {
        return Vec::new();
    }
    let tree = Tree::of_json(sources.text(place));
    let values: Vec<_> = data(&tree).into_iter().flat_map(|data| tree.children(data)).collect();
    let parts = values.into_iter().filter_map(|(_, node)| Some((node.name.as_ref()?, node.scalar()?)));
    parts.filter_map(|(name, scalar)| value(sources, place, name, scalar)).collect()
}

/// One value below `data`, if it is a credential.
pub fn value(sources: &mut Sources, whole: Place, name: &Scalar, written: &Scalar) -> Option<Found> {
    let says = setting::says_credential(&name.text) || is_secret_name(&name.text);
    let place = tree::place(sources, whole, written);
    if written.text.contains(char::is_whitespace) {
        return None;
    }
    let name = tree::place(sources, whole, name);
    let decoded = base64::decode(&written.text);
    let is_base64 = decoded.illegal.is_none() && decoded.url_safe.is_none() && written.text.len() % 4 == 0;
    if !is_base64 {
        // What a tool encrypts or fills in later has other characters than a token.
        let is_plain = says && setting::is_value(&written.text);
        let mut setting = Setting::new("kubernetes secret", name, place);
        setting.troubles.push(("not-base64", place));
        return is_plain.then(|| setting.found());
    }
    let text = match String::from_utf8(decoded.bytes) {
        Ok(text) => text,
        // What goes into a header is text; a key may be any bytes.
        Err(_) if is_sent_as_text(sources.text(name)) && setting::is_value(&written.text) => {
            let mut setting = Setting::new("kubernetes secret", name, place);
            setting.troubles.push(("decodes-to-bytes", place));
            return Some(setting.found());
        }
        Err(_) => return None,
    };
    let bare = text.trim_end_matches(['\r', '\n']);
    let is_token = jwt::form(bare).is_some() || says && setting::is_value(bare);
    // Of a password only what stands behind it can be judged.
    let is_password = says && !bare.is_empty() && bare.len() < text.len() && !bare.contains(char::is_whitespace);
    if !is_token && (!is_password || paste::leftover(bare).is_some()) {
        return None;
    }
    let id = sources.add_decoded("data of a Secret", text, place, "base64", Map::Base64, Vec::new());
    let mut setting = Setting::new("kubernetes secret", name, sources.whole(id));
    setting.free = !is_token;
    Some(setting.found())
}

/// True if the last word of a name says that it holds what is sent in a header or typed.
fn is_sent_as_text(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace(['-', '.'], "_");
    ["token", "jwt", "api_key", "apikey", "password", "bearer"].iter().any(|word| name.ends_with(word))
}
