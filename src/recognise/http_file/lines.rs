//! What a line of an HTTP file is, in any of the dialects.

use crate::recognise::http;

/// Methods besides those that every HTTP client knows.
const METHODS: &[&str] =
    &["ACL", "COPY", "LIST", "LOCK", "MKCOL", "MOVE", "PROPFIND", "PROPPATCH", "PURGE", "QUERY", "SEARCH", "UNLOCK"];

/// What stands for a method where something else than a plain HTTP request is sent.
pub const PROTOCOLS: &[(&str, &str)] = &[
    ("GRAPHQL", "POST"),
    ("GRPC", "POST"),
    ("RSOCKET", "GET"),
    ("WEBSOCKET", "GET"),
    ("WS", "GET"),
    ("WSS", "GET"),
    ("SSE", "GET"),
    ("EVENTSOURCE", "GET"),
    ("MQTT", "GET"),
    ("AMQP", "GET"),
    ("RABBITMQ", "GET"),
];

/// The line between two requests, which may name the next one.
pub fn is_separator(line: &str) -> bool {
    line.starts_with("###")
}

/// What JetBrains and httpyac allow between requests.
pub fn is_statement(line: &str) -> bool {
    ["import ", "run "].iter().any(|word| line.starts_with(word)) || line.starts_with("< ") && line.ends_with(".js")
}

/// `< {%` and `> {%` begin a script; so does `{{` that is not closed in its line, in httpyac.
pub fn begins_script(line: &str) -> bool {
    let line = line.trim_start();
    let marked = line.strip_prefix(['<', '>']).map(str::trim_start).unwrap_or(line);
    marked.starts_with("{%") || line.starts_with("{{") && !line.contains("}}")
}

/// The last line of a script.
pub fn ends_script(line: &str) -> bool {
    line.contains("%}") || line.trim_start().starts_with("}}")
}

/// A line that says what the client does with the answer.
pub fn is_handler(line: &str) -> bool {
    let is_script =
        |line: &str| line.starts_with('>') && [".js", ".mjs", ".ts", ".lua"].iter().any(|e| line.ends_with(e));
    [">> ", ">>! ", "<> ", "?? "].iter().any(|begin| line.starts_with(begin))
        || begins_script(line) && !line.starts_with('<')
        || is_script(line.trim_end())
}

/// A line in whose place the client sends a file: `< ./body.json`, `<@ ./body.json`, `<@latin1 ./body.txt`.
pub fn is_file_line(line: &str) -> bool {
    let Some(rest) = line.strip_prefix('<') else { return false };
    let rest =
        rest.strip_prefix('@').map_or(rest, |r| r.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '-'));
    rest.starts_with([' ', '\t']) && !rest.trim().is_empty()
}

/// The name in `# @name login`.
pub fn named(comment: &str) -> Option<&str> {
    let rest = comment.trim_start_matches(['#', '/']).trim_start().strip_prefix("@name")?;
    let name = rest.strip_prefix([' ', '\t', '='])?.trim_start_matches([' ', '\t', '=']).trim_end();
    (!name.is_empty()).then_some(name)
}

/// A request line: the method, if it is written, and where the URL begins.
pub fn request_line(line: &str) -> Option<(Option<&str>, usize)> {
    let word = line.split([' ', '\t']).next().unwrap_or_default();
    let rest = line.get(word.len()..)?.trim_start();
    let target = rest.split([' ', '\t']).next().unwrap_or_default();
    let upper = word.to_ascii_uppercase();
    let is_known = http::METHODS.contains(&upper.as_str())
        || METHODS.contains(&upper.as_str())
        || PROTOCOLS.iter().any(|(name, _)| *name == upper);
    let is_target =
        target.contains(['/', '.']) || target.starts_with("{{") || target.contains("localhost") || target == "*";
    if is_known && is_target {
        return Some((Some(word), line.len() - rest.len()));
    }
    let is_url = ["http://", "https://", "ws://", "wss://", "localhost"].iter().any(|s| word.starts_with(s))
        || (word.starts_with('/') && !word.starts_with("//"));
    let is_host = || word.contains('/') && word.split('/').next().is_some_and(is_domain);
    let is_variable = || {
        let inner = line.strip_prefix("{{").and_then(|l| l.split_once("}}"));
        inner.is_some_and(|(name, rest)| {
            !name.contains(['=', '(', ';']) && (rest.is_empty() || rest.starts_with(['/', ':', '?', '.']))
        })
    };
    let ends = rest.is_empty() || rest.starts_with("HTTP/");
    (is_url || ends && is_host() || is_variable()).then_some((None, 0))
}

fn is_domain(name: &str) -> bool {
    let is_label = |l: &str| !l.is_empty() && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let name = name.split(':').next().unwrap_or_default();
    name.contains('.') && name.split('.').all(is_label)
}

/// The first line of a GraphQL document, which the client puts into JSON.
pub fn is_graphql(line: &str) -> bool {
    let word = line.trim_start().split([' ', '{', '(']).next().unwrap_or_default();
    matches!(word, "query" | "mutation" | "subscription" | "fragment")
}
