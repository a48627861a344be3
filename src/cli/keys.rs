//! `--key`: from what was typed to the bytes of a key, and what they are.
//!
//! An argument that is no file may be a secret that was typed by mistake, so no message repeats it.

#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use crate::decode::base64;
use crate::finding::Trouble;
use crate::verify::keys::{self, GivenKey, Unusable};

/// Keys are small, in bytes: whatever is larger is none.
const MOST: u64 = 4 * 1024 * 1024;

/// Reads every key; what cannot be used is a trouble.
pub fn keys(written: &[String], stdin_is_taken: bool, troubles: &mut Vec<Trouble>) -> Vec<GivenKey> {
    let mut found = Vec::new();
    let mut stdin_is_taken = stdin_is_taken;
    for (i, spec) in written.iter().enumerate() {
        let name = format!("<key {}>", i + 1);
        match read(&name, spec, &mut stdin_is_taken) {
            Ok(key) => found.push(key),
            Err(unusable) => troubles.push(trouble_of(&name, unusable)),
        }
    }
    found
}

/// Reads a key that stands in a file or in a variable.
pub fn key(name: &str, spec: &str) -> Result<GivenKey, Unusable> {
    read(name, spec, &mut true)
}

/// What to say of a key that cannot be used.
pub fn trouble_of(name: &str, Unusable { message, help }: Unusable) -> Trouble {
    Trouble { message: format!("{name} {message}"), help: Some(help), ..Trouble::default() }
}

fn read(name: &str, spec: &str, stdin_is_taken: &mut bool) -> Result<GivenKey, Unusable> {
    let (bytes, shown, is_file) = bytes(spec, stdin_is_taken)?;
    keys::read(name.to_owned(), &shown, bytes, is_file)
}

/// The bytes, how to name them in a command, and whether they are those of a file.
type Bytes = Result<(Vec<u8>, String, bool), Unusable>;

fn bytes(spec: &str, stdin_is_taken: &mut bool) -> Bytes {
    if spec == "-" {
        return stdin(stdin_is_taken);
    }
    if let Some(name) = spec.strip_prefix("env:") {
        return variable(name);
    }
    if let Some(text) = spec.strip_prefix("b64:") {
        let decoded = base64::decode(text);
        if decoded.illegal.is_some() || decoded.impossible_length || decoded.bytes.is_empty() {
            return unusable(
                "is no base64",
                "write base64 or base64url after `b64:`; plain text goes into a variable: `--key env:NAME`",
            );
        }
        return Ok((decoded.bytes, "FILE".into(), false));
    }
    if spec.starts_with("https://") || spec.starts_with("http://") {
        return Err(keys::url(spec));
    }
    file(spec)
}

fn stdin(is_taken: &mut bool) -> Bytes {
    if std::mem::replace(is_taken, true) {
        return unusable(
            "is standard input, which is read for something else",
            "put the key into a file or a variable",
        );
    }
    let mut bytes = Vec::new();
    match io::stdin().lock().take(MOST).read_to_end(&mut bytes) {
        Ok(_) => Ok((bytes, "FILE".into(), true)),
        Err(error) => unusable(&format!("cannot be read: {error}"), "put the key into a file"),
    }
}

fn variable(name: &str) -> Bytes {
    match std::env::var_os(name).filter(|_| !name.is_empty() && !name.contains(['=', '\0'])) {
        Some(value) => match value.into_string() {
            Ok(text) => Ok((text.into_bytes(), "FILE".into(), false)),
            Err(_) => {
                unusable("is in a variable, but is no text in UTF-8", "put its base64 there, and decode it to a file")
            }
        },
        // What follows `env:` may be the secret itself, put there by a `$`.
        None => unusable(
            "is to be in a variable of the environment, but there is none of that name",
            "write the name without `$`, as in `--key env:CLIENT_SECRET`, and export the variable",
        ),
    }
}

fn file(spec: &str) -> Bytes {
    let path = Path::new(spec);
    if path.is_dir() {
        return unusable("is a folder", "name the file in it that holds the key");
    }
    match fs::metadata(path) {
        Ok(data) if data.len() > MOST => {
            unusable("is larger than 4 MB: that is no key", "name the file that holds the key")
        }
        Ok(_) => match fs::read(path) {
            Ok(bytes) => Ok((bytes, spec.to_owned(), true)),
            Err(error) => unusable(&format!("cannot be read: {error}"), "check that the file may be read"),
        },
        Err(_) => unusable(
            "is no file that can be found",
            "check the path; a secret goes into a variable, `--key env:NAME`, or a file, never on the command line",
        ),
    }
}

fn unusable(message: &str, help: &str) -> Bytes {
    Err(Unusable { message: message.into(), help: help.into() })
}
