//! What was copied along with a value: the name of its header or variable, the response or the parameters that held it.

use crate::decode::credential::SCHEMES;
use crate::decode::json;
use crate::decode::paste::layers::is_token;
use crate::decode::paste::{Cut, Setting};
use crate::facts::Value;

/// `Authorization: …` within the value, perhaps with the option of curl that it was copied with.
pub(super) fn header_name(text: &str) -> Vec<Cut> {
    const NAME: &str = "authorization";
    let mut at = 0;
    for option in ["-H", "--header"] {
        if let Some(rest) = text.strip_prefix(option).filter(|r| r.starts_with([' ', '\'', '"', '='])) {
            let rest = rest.trim_start_matches([' ', '=', '\'', '"']);
            at = text.len() - rest.len();
        }
    }
    let Some(rest) = text.get(at..) else { return Vec::new() };
    if !rest.get(..NAME.len()).is_some_and(|name| name.eq_ignore_ascii_case(NAME)) {
        return Vec::new();
    }
    let after = rest.get(NAME.len()..).unwrap_or_default();
    let value = after.trim_start_matches([' ', '\t']);
    let value = value.strip_prefix([':', '=']).unwrap_or(value).trim_start_matches([' ', '\t']);
    if value.len() == after.len() || value.is_empty() {
        return Vec::new();
    }
    let mut cuts = vec![Cut::away(0, text.len() - value.len())];
    if at > 0 && value.ends_with(['\'', '"']) && !value.starts_with(['\'', '"']) {
        cuts.push(Cut::away(text.len() - 1, text.len()));
    }
    cuts
}

/// The last word of a name (`LIVECHAT_ACCESS_TOKEN`), if it says that a credential follows.
fn is_label(name: &str) -> bool {
    let last = name.rsplit(['_', '-', ' ', '.']).next().unwrap_or(name).to_ascii_lowercase();
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.len() <= 60
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-. ".contains(&b));
    is_name
        && (matches!(last.as_str(), "token" | "jwt" | "bearer" | "pat" | "secret")
            || last.ends_with("token")
            || last.ends_with("jwt")
            || (last == "key" && name.len() > 3)
            || last == "apikey")
}

/// `access_token=` or `token: ` before a token. Basic pairs have a colon of their own.
pub(super) fn label(text: &str, setting: Setting) -> Vec<Cut> {
    let Some(sign) = text.find([':', '=']).filter(|_| !setting.basic) else { return Vec::new() };
    let (name, rest) = text.split_at(sign);
    let value = rest.get(1..).unwrap_or_default().trim_start();
    let bare = value.trim_matches(['"', '\'']);
    // Some tokens have the region of their server and a colon in front.
    let body = bare.split_once(':').filter(|(region, _)| region.len() <= 6).map_or(bare, |(_, body)| body);
    if is_label(name.trim_end()) && is_token(body) {
        return vec![Cut::away(0, text.len() - value.len())];
    }
    Vec::new()
}

/// `export TOKEN=…`, `TOKEN=…`, `$env:TOKEN = …`, `token: …` around a whole header value.
pub(super) fn variable_label(text: &str) -> Vec<Cut> {
    const KEYWORDS: &[&str] = &["export ", "set ", "setx ", "declare -x ", "const ", "let ", "var ", "$env:", "$"];
    // The first name of a form response is no label of what follows.
    if !form_response(text).is_empty() {
        return Vec::new();
    }
    let mut rest = text;
    for word in KEYWORDS {
        rest = rest.strip_prefix(word).map_or(rest, str::trim_start);
    }
    let Some(sign) = rest.find([':', '=']) else { return Vec::new() };
    let name = rest.get(..sign).unwrap_or_default().trim_end();
    let value = rest.get(sign + 1..).unwrap_or_default().trim_start();
    let first = name.split(' ').next().unwrap_or_default();
    // A word, a blank and `name=value` are the scheme of somebody's own and its parameter: `Discogs token=…`.
    let is_parameter = rest.get(..sign).is_some_and(|name| name.trim_end() == name && name.split(' ').count() == 2)
        && rest.get(sign..).is_some_and(|value| value.starts_with('=') && !value.starts_with("= "));
    // `Bearer: …` is a scheme and not a label, and so is the first word of `Bearer token=…`.
    if !is_label(name)
        || is_parameter
        || SCHEMES.contains(&first.to_ascii_lowercase().as_str())
            && (first.len() < name.len() || first.eq_ignore_ascii_case("bearer"))
    {
        return Vec::new();
    }
    // Quotes right behind a name belong to how the name and its value are written.
    let bare = value.strip_suffix(';').unwrap_or(value);
    let quote = bare.chars().next().filter(|c| matches!(c, '"' | '\'') && bare.len() > 2 && bare.ends_with(*c));
    let word = quote.map_or(bare, |_| bare.get(1..bare.len() - 1).unwrap_or_default());
    let scheme = ["Bearer ", "Basic "].iter().find_map(|s| word.strip_prefix(s));
    if !is_token(scheme.unwrap_or(word)) {
        return Vec::new();
    }
    let start = text.len() - value.len() + usize::from(quote.is_some());
    ends(text, start, start + word.len())
}

/// A token response in form encoding: all but the value of its token.
pub(super) fn form_response(text: &str) -> Vec<Cut> {
    // The token first and then what stood behind it in the URL.
    const BEHIND: [&str; 6] = ["expires_in=", "id_token=", "refresh_token=", "scope=", "state=", "token_type="];
    if let Some((token, rest)) = text.split_once('&') {
        // Some tokens have the region of their server and a colon in front.
        let is_region = |prefix: &str| prefix.len() <= 12 && !prefix.contains('=');
        let body = token.split_once(':').filter(|(prefix, _)| is_region(prefix)).map_or(token, |(_, body)| body);
        let is_value = is_token(body) && !body.trim_end_matches('=').contains('=');
        if is_value && rest.split('&').all(|pair| BEHIND.iter().any(|name| pair.starts_with(name))) {
            return ends(text, 0, token.len());
        }
    }
    let is_response = text.contains('&') && text.split('&').all(|pair| pair.contains('='));
    let mut at = 0;
    for pair in text.split('&').filter(|_| is_response) {
        for name in ["access_token=", "id_token=", "token="] {
            if let Some(value) = pair.strip_prefix(name).filter(|v| !v.is_empty()) {
                let start = at + name.len();
                return ends(text, start, start + value.len());
            }
        }
        at += pair.len() + 1;
    }
    Vec::new()
}

/// A token response in JSON: all but the value of its token.
pub(super) fn json_response(text: &str) -> Vec<Cut> {
    if !text.trim_start().starts_with('{') || !json::looks_like_json(text) {
        return Vec::new();
    }
    let document = json::read(text, &[]);
    let names = ["access_token", "accessToken", "token", "jwt", "id_token"];
    let found = names.iter().find_map(|name| {
        document
            .nodes
            .iter()
            .find(|n| matches!(n.value, Value::Text(_)) && n.name.as_ref().is_some_and(|member| member.text == *name))
    });
    found.map_or_else(Vec::new, |node| ends(text, node.span.start + 1, node.span.end.saturating_sub(1)))
}

/// Takes away all but `start..end`.
fn ends(text: &str, start: usize, end: usize) -> Vec<Cut> {
    if start > end {
        return Vec::new();
    }
    [(0, start), (end, text.len())].into_iter().filter(|(a, b)| a < b).map(|(a, b)| Cut::away(a, b)).collect()
}
