//! Compiles `rules/` into static tables, through the same code that reads a user's rule files, and refuses a bad file
//! with its place.

#![allow(dead_code, unused_imports, clippy::disallowed_methods, clippy::disallowed_types, missing_docs)]

#[path = "src/facts/mod.rs"]
mod facts;
#[path = "src/finding.rs"]
mod finding;
#[path = "src/index.rs"]
mod index;
#[path = "src/platform/mod.rs"]
mod platform;
#[path = "src/rule/mod.rs"]
mod rule;
#[path = "src/source/mod.rs"]
mod source;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, process};

use finding::Code;
use index::Index;
use platform::*;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{HirKind, literal::Extractor};
use rule::*;

fn main() {
    println!("cargo::rerun-if-changed=rules");
    // The tables hold thousands of addresses. In a position-independent executable each is written anew at every start,
    // which costs a third of the time that a check takes.
    let target = |key: &str| env::var(format!("CARGO_CFG_TARGET_{key}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
    println!("cargo::rerun-if-changed=src/rule");
    println!("cargo::rerun-if-changed=src/platform");
    println!("cargo::rerun-if-changed=src/facts");
    println!("cargo::rerun-if-changed=src/index.rs");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let mut files = Vec::new();
    collect(&root.join("rules"), &mut files);
    files.sort();
    let (mut parsed, mut contracts) = (Vec::new(), Vec::new());
    let mut rules = String::from("pub(crate) static RULES: &[Rule] = &[\n");
    let mut platforms = String::from("pub(crate) static PLATFORMS: &[Platform] = &[\n");
    let mut errors = String::from("];\npub(crate) static ERRORS: &[ErrorFile] = &[\n");
    // Words and examples are read when somebody asks for them; until then they only lie there.
    let mut texts = String::from("];\npub(crate) static TEXTS: &[(&str, &str)] = &[\n");
    let mut failed = false;
    for file in &files {
        let id = file.strip_prefix(root.join("rules")).unwrap_or(file).with_extension("");
        let id = id.to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(file).unwrap_or_default().replace("\r\n", "\n");
        let _ = writeln!(texts, "({id:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/rules/{id}.toml\"))),");
        let result = match (id.strip_prefix("platforms/"), id.strip_prefix("errors/")) {
            (Some(id), _) => platform::parse(id, &text).map(|f| {
                emit_to(&mut platforms, &f.platform);
                contracts.push(f.platform);
            }),
            (_, Some(id)) => platform::parse_errors(id, &text).map(|(f, _)| emit_to(&mut errors, &f)),
            _ => rule::parse(&id, &text, None).map(|f| {
                emit_to(&mut rules, &f.rule);
                parsed.push(f.rule);
            }),
        };
        if let Err(refusal) = result {
            let at = refusal.span.map_or(0, |s| s.start);
            let before = text.get(..at).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            println!("cargo::error=rules/{id}.toml:{line}:{column}: {}", refusal.message);
            failed = true;
        }
    }
    rules.push_str("];\npub(crate) static INDEX: Index = ");
    Index::new(&parsed).emit(&mut rules);
    rules.push_str(";\npub(crate) static LOOKUP: Lookup = ");
    let begins = |pattern: &Pattern| literals(pattern.source()).map(|(begins, _)| begins).unwrap_or_default();
    Lookup::new(&contracts, begins).emit(&mut rules);
    rules.push_str(";\n");
    texts.push_str("];\n");
    platforms = platforms + &errors + &texts;
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("tables.rs");
    if let Err(error) = fs::write(&out, rules + &platforms) {
        println!("cargo::error=cannot write {}: {error}", out.display());
        failed = true;
    }
    if failed {
        process::exit(1);
    }
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "toml") {
            files.push(path);
        }
    }
}

fn emit_to(out: &mut String, value: &impl Emit) {
    value.emit(out);
    out.push_str(",\n");
}

/// Writes a value as the Rust expression that makes it, in a `static`.
trait Emit {
    fn emit(&self, out: &mut String);
}

macro_rules! emit_fields {
    ($($name:ident { $($field:ident),* $(,)? })*) => {$(
        impl Emit for $name {
            fn emit(&self, out: &mut String) {
                out.push_str(concat!(stringify!($name), " { "));
                $(
                    out.push_str(concat!(stringify!($field), ": "));
                    self.$field.emit(out);
                    out.push_str(", ");
                )*
                out.push('}');
            }
        }
    )*};
}

// A field that is missing here does not compile in the table, so none can be forgotten.
emit_fields! {
    Rule { id, title, severity, strict, confidence, since, basis, hides, accepted_in, was, message, label, help, why, when, unless, check, fix, repair, code }
    Code { python, javascript }
    Test { fact, aspect, op }
    Index { by_path, by_family, by_check }
    Lookup { by_url, by_beginning, by_jwt }
    FixRule { title, safe, change }
    Platform { id, title, docs, silences, apis, credentials, jwts, oauth, scopes, versions, errors, samples }
    Api { id, title, urls, accepts, method, open, never, needs, operations, silences, basis, mark }
    Never { credential, help, basis, mark }
    Operation { path, method, only, accepts, open, never, needs, help, basis, mark }
    Needs { query, header, body, scope }
    Need { required, credential, never, when, with, without, client_type, version, kind, one_of, matches, shape, shape_mark, write, level, max_length, min_length, same_as, mistaken, help, code, basis, mark }
    Credential { id, title, scheme, carrier, recipe, shape, either, mistakes, names, issued, scope_claims, exposure, federated, help, basis, mark }
    Mistake { matches, decodes_to, decodes_twice_to, tells, shaped, at, not_at, is, help, code, basis, mark }
    Issued { member, has, lacks }
    Shape { prefix, matches, length, decodes_to, claims, lacks, header, at, or, weak }
    JwtProfile { id, default, alg, header, claims, lifetime, lifetime_mark, min_lifetime, max_age, key, code, silences, basis, mark }
    OAuth { endpoints, scope_separator, scope_mark, redirect, token_type, basis }
    Endpoint { id, title, urls, mistaken, mistaken_mark, method, carrier, parameters, grants, client_types, accepts, silences, outdated, help, basis, mark }
    Grant { id, parameters, accepts, never, scope, basis }
    Scope { id, title, private, role, contains }
    Version { matches, state, gone, level, help, basis }
    ErrorFile { id, title, errors }
    ErrorRow { says, status, code, means, causes, help, basis, mark }
    Sample { matches, title, basis, mark }
}

macro_rules! emit_debug {
    ($($name:ty => $prefix:literal),* $(,)?) => {$(
        impl Emit for $name {
            fn emit(&self, out: &mut String) {
                let _ = write!(out, concat!($prefix, "{:?}"), self);
            }
        }
    )*};
}

emit_debug! { JsonType => "JsonType::", Exposure => "Exposure::", Redirect => "Redirect::", bool => "", i64 => "", usize => "", Mark => "Mark::", finding::Severity => "Severity::", finding::Confidence => "Confidence::" }

impl Emit for Str {
    fn emit(&self, out: &mut String) {
        let _ = write!(out, "Cow::Borrowed({:?})", self.as_ref());
    }
}

impl Emit for facts::Path {
    fn emit(&self, out: &mut String) {
        let _ = write!(out, "Path::new({:?})", self.as_str());
    }
}

impl Emit for Pattern {
    fn emit(&self, out: &mut String) {
        let (begins, holds) = literals(self.source()).unwrap_or_default();
        let _ = write!(out, "{{ static CELL: Compiled = Compiled::new(); ");
        let _ = write!(out, "Pattern::new({:?}, &{begins:?}, &{holds:?}, &CELL) }}", self.source());
    }
}

/// What the matches of a pattern begin with (one of the first list, anything if it is empty), and what they all hold.
fn literals(source: &str) -> Option<(Vec<String>, Vec<String>)> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
    // As regex-lite reads it: classes and letter case are ASCII's.
    let hir = ParserBuilder::new().unicode(false).utf8(false).build().parse(source).ok()?;
    let prefixes = Extractor::new().limit_total(8).extract(&hir);
    let begins: Option<Vec<String>> =
        prefixes.literals().unwrap_or_default().iter().map(|l| text(l.as_bytes())).collect();
    // An empty literal begins everything.
    let begins = begins.filter(|list| list.iter().all(|l| !l.is_empty())).unwrap_or_default();
    let parts = match hir.kind() {
        HirKind::Concat(parts) => parts.as_slice(),
        _ => std::slice::from_ref(&hir),
    };
    let holds = parts.iter().filter_map(|part| match part.kind() {
        HirKind::Literal(literal) => text(&literal.0),
        _ => None,
    });
    // What it begins with need not be looked for again.
    Some((begins.clone(), holds.filter(|literal| begins != [literal.as_str()]).collect()))
}

impl<T: Emit + Clone> Emit for List<T> {
    fn emit(&self, out: &mut String) {
        out.push_str("Cow::Borrowed(&[");
        for item in self.iter() {
            item.emit(out);
            out.push_str(", ");
        }
        out.push_str("])");
    }
}

impl<T: Emit> Emit for Option<T> {
    fn emit(&self, out: &mut String) {
        match self {
            Some(value) => {
                out.push_str("Some(");
                value.emit(out);
                out.push(')');
            }
            None => out.push_str("None"),
        }
    }
}

impl<A: Emit, B: Emit> Emit for (A, B) {
    fn emit(&self, out: &mut String) {
        emit_call(out, "", &[&self.0, &self.1]);
    }
}

trait EmitDyn {
    fn emit_dyn(&self, out: &mut String);
}

impl<T: Emit> EmitDyn for T {
    fn emit_dyn(&self, out: &mut String) {
        self.emit(out);
    }
}

fn emit_call(out: &mut String, name: &str, arguments: &[&dyn EmitDyn]) {
    out.push_str(name);
    out.push('(');
    for argument in arguments {
        argument.emit_dyn(out);
        out.push_str(", ");
    }
    out.push(')');
}

impl Emit for Scalar {
    fn emit(&self, out: &mut String) {
        match self {
            Scalar::Bool(v) => emit_call(out, "Scalar::Bool", &[v]),
            Scalar::Int(v) => emit_call(out, "Scalar::Int", &[v]),
            Scalar::Text(v) => emit_call(out, "Scalar::Text", &[v]),
        }
    }
}

impl Emit for Op {
    fn emit(&self, out: &mut String) {
        match self {
            Op::Is(v) => emit_call(out, "Op::Is", &[v]),
            Op::In(v) => emit_call(out, "Op::In", &[v]),
            Op::Matches(v) => emit_call(out, "Op::Matches", &[v]),
            Op::Missing(v) => emit_call(out, "Op::Missing", &[v]),
            Op::Over(v) => emit_call(out, "Op::Over", &[v]),
            Op::Under(v) => emit_call(out, "Op::Under", &[v]),
            Op::Differs(v) => emit_call(out, "Op::Differs", &[v]),
        }
    }
}

impl Emit for Change {
    fn emit(&self, out: &mut String) {
        match self {
            Change::Before(at, text) => emit_call(out, "Change::Before", &[at, text]),
            Change::After(at, text) => emit_call(out, "Change::After", &[at, text]),
            Change::Replace(at, text) => emit_call(out, "Change::Replace", &[at, text]),
            Change::Delete(at) => emit_call(out, "Change::Delete", &[at]),
            Change::By(name) => emit_call(out, "Change::By", &[name]),
        }
    }
}
