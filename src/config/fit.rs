//! What does not fit into the configuration, in words that say what to write instead.

use crate::options::nearest;

/// What the TOML reader says, and what to write instead.
pub(super) fn in_words(message: &str) -> (String, String) {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let word = quoted.next().unwrap_or_default();
    let known: Vec<&str> = quoted.collect();
    if message.starts_with("unknown field") {
        return (format!("there is no key `{word}` here"), nearest(word, known.into_iter()));
    }
    if message.starts_with("unknown variant") {
        return (format!("`{word}` is no value of this key"), nearest(word, known.into_iter()));
    }
    match (message.starts_with("missing field"), word) {
        (true, "reason") => {
            ("`reason` is missing".into(), "say why the finding is right there: `reason = \"…\"`".into())
        }
        (true, _) => (format!("`{word}` is missing"), format!("add `{word} = …`")),
        _ => (message.to_owned(), String::new()),
    }
}

/// What is wrong with a key as it is named, and what to write instead. The name is not repeated: it may be the key.
pub(super) fn unfit_key(spec: &str) -> Option<(&'static str, &'static str)> {
    const INSTEAD: &str = "write `env:NAME`, or the path of a file below the folder of this file";
    if let Some(name) = spec.strip_prefix("env:") {
        let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        return (!is_name).then_some(("that is no name of a variable", "write the name alone: `env:CLIENT_SECRET`"));
    }
    if spec.starts_with("b64:") {
        return Some(("a key does not belong into this file", INSTEAD));
    }
    (!is_below(spec)).then_some(("that is no file below the folder of this file", INSTEAD))
}

/// True for a path that stays below the folder that it is counted from.
pub(super) fn is_below(path: &str) -> bool {
    !path.is_empty()
        && path != "-"
        && !path.starts_with('/')
        && !path.contains(['\\', ':', '\0'])
        && !path.split('/').any(|part| part == "..")
}
