//! What a program asks a library for: to sign, to verify, to send.

use std::collections::HashMap;

use super::claims::is_signer;
use super::language::Language;
use super::look::Word;
use super::range::Range;
use super::reader::Code;
use super::units::{self, Unit};
use super::{MOST, Spot};
use crate::source::Span;

/// True for what stands before the name of a function that signs or verifies.
fn is_library(name: &[u8]) -> bool {
    matches!(name, b"jwt" | b"JWT" | b"jsonwebtoken" | b"Jwt" | b"jwtService")
}

/// What a call is told by: a library, or a function that sends.
pub(super) fn needs(word: &Word) -> bool {
    is_library(word.text) || matches!(word.text, b"axios" | b"requests" | b"fetch")
}

pub(super) fn find(code: &Code, spots: &mut Vec<Spot>) {
    // The algorithm that each key signs with.
    let mut signed: HashMap<String, (String, Span)> = HashMap::new();
    let mut verified: Vec<Call> = Vec::new();
    for open in 0..code.len() {
        if spots.len() >= MOST {
            return;
        }
        if code.sign(open) != "(" {
            continue;
        }
        spots.extend(sending(code, open));
        let Some(call) = Call::read(code, open) else { continue };
        spots.extend(call.faults(code));
        match (call.verifies, &call.key, call.algorithms.as_slice()) {
            (false, Some(key), [(alg, at)]) => {
                signed.insert(code.compact(*key), (alg.clone(), *at));
            }
            (true, Some(_), [_, ..]) => verified.push(call),
            _ => {}
        }
    }
    for call in verified {
        let key = call.key.map(|key| code.compact(key)).unwrap_or_default();
        let Some((alg, at)) = signed.get(&key) else { continue };
        if let (false, Some((_, there))) = (call.algorithms.iter().any(|(a, _)| a == alg), call.algorithms.first()) {
            spots.push(call.spot(code, "algorithms-differ", *there).with("code.algorithm", alg.clone(), *at));
        }
    }
}

/// A call that signs or verifies a token.
struct Call {
    name: Range,
    verifies: bool,
    arguments: Vec<Range>,
    key: Option<Range>,
    algorithms: Vec<(String, Span)>,
}

impl Call {
    fn read(code: &Code, open: usize) -> Option<Self> {
        let name = code.callee(open)?;
        let last = code.at(name.end - 1);
        let base = if name.len() >= 3 { code.at(name.end - 3) } else { "" };
        let known = is_library(base.as_bytes())
            || base.is_empty() && code.language == Language::JavaScript && code.names_jsonwebtoken();
        let verifies = match last {
            "verify" | "verifyAsync" => true,
            "decode" if !matches!(code.language, Language::JavaScript) => true,
            _ => false,
        };
        let signs = is_signer(code, open) && matches!(last, "sign" | "encode" | "signAsync");
        if !known || !(verifies || signs) {
            return None;
        }
        let arguments = code.arguments(open);
        let key = arguments.get(1).copied().filter(|a| !is_named(code, *a) && code.sign(a.start) != "{");
        let mut call = Self { name, verifies, arguments, key, algorithms: Vec::new() };
        call.algorithms = call.named_algorithms(code);
        Some(call)
    }

    /// What `algorithm`, `algorithms` or the third argument names.
    fn named_algorithms(&self, code: &Code) -> Vec<(String, Span)> {
        let mut found = Vec::new();
        for argument in self.arguments.iter().skip(1) {
            let named = argument.iter().any(|i| {
                let key = code.content(i).unwrap_or(code.at(i));
                matches!(key, "algorithm" | "algorithms" | "alg") && matches!(code.sign(i + 1), ":" | "=" | "=>")
            });
            let third = self.arguments.get(2) == Some(argument) && !is_named(code, *argument);
            // Inside an object only what stands behind the name is an algorithm.
            let mut after = !named;
            for i in argument.iter() {
                let key = code.content(i).unwrap_or(code.at(i));
                if named && matches!(code.sign(i + 1), ":" | "=" | "=>") {
                    after = matches!(key, "algorithm" | "algorithms" | "alg");
                    continue;
                }
                let text = code.content(i).filter(|text| (named || third) && after && is_algorithm(text));
                found.extend(text.map(|text| (text.to_owned(), code.span(i))));
            }
        }
        found
    }

    fn spot(&self, code: &Code, trouble: &'static str, at: Span) -> Spot {
        let name = code.span_of(self.name);
        Spot::new(Span::new(name.start.min(at.start), name.end.max(at.end))).with("code.trouble", trouble, at).with(
            "code.call",
            code.compact(self.name),
            name,
        )
    }

    fn faults(&self, code: &Code) -> Vec<Spot> {
        let mut found = Vec::new();
        let name = code.span_of(self.name);
        if let Some((_, at)) = self.algorithms.iter().find(|(alg, _)| alg.eq_ignore_ascii_case("none")) {
            found.push(self.spot(code, if self.verifies { "none-accepted" } else { "none-signed" }, *at));
            return found;
        }
        let symmetric = self.algorithms.iter().find(|(alg, _)| alg.starts_with("HS"));
        if let (Some(key), Some((alg, at))) = (self.key, symmetric) {
            let others = self.algorithms.iter().any(|(alg, _)| !alg.starts_with("HS"));
            let trouble = match is_pem(code, key) {
                Some(true) if !others => Some("pem-as-secret"),
                Some(false) if !others => Some("pem-as-secret-perhaps"),
                _ => None,
            };
            let spot = trouble.map(|trouble| self.spot(code, trouble, code.span_of(key)));
            found.extend(spot.map(|spot| spot.with("code.algorithm", alg.clone(), *at)));
        }
        if code.language == Language::Python && self.verifies && code.imports_pyjwt() {
            let has =
                |name: &str| self.arguments.iter().any(|a| code.word(a.start) == name && code.sign(a.start + 1) == "=");
            let spread = self.arguments.iter().any(|a| matches!(code.sign(a.start), "**" | "*"));
            let looks_only =
                self.arguments.iter().any(|a| is_unverified(code, *a)) || has("options") && !self.reads_options(code);
            // Beside what PyJWT 2 reads, it is there for PyJWT 1.
            let is_old = |a: &&Range| code.compact(**a) == "verify=False" && !looks_only && !has("algorithms");
            if let Some(off) = self.arguments.iter().find(is_old) {
                found.push(self.spot(code, "verify-false", code.span_of(*off)));
            } else if !spread
                && !looks_only
                && !has("algorithms")
                && self.arguments.len() < 3
                && !self.arguments.is_empty()
            {
                found.push(self.spot(code, "algorithms-missing", name));
            }
        }
        if !self.verifies && code.language == Language::JavaScript {
            found.extend(self.lifetime(code));
        }
        if !self.verifies {
            found.extend(self.issuer_as_key(code));
        }
        found
    }

    /// False if the options are a variable: what is in it is not known.
    fn reads_options(&self, code: &Code) -> bool {
        self.arguments.iter().any(|a| code.word(a.start) == "options" && code.sign(a.start + 2) == "{")
    }

    /// `expiresIn: '3600'` are milliseconds, `expiresIn: Date.now() + …` is a date.
    fn lifetime(&self, code: &Code) -> Option<Spot> {
        let options = self.arguments.get(2)?;
        let i = options.iter().find(|i| {
            matches!(code.content(*i).unwrap_or(code.at(*i)), "expiresIn" | "notBefore") && code.sign(i + 1) == ":"
        })?;
        let value = code.expression(i + 2);
        let at = code.span_of(value);
        if let (1, Some(text)) = (value.len(), code.content(value.start)) {
            let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            return digits.then(|| self.spot(code, "lifetime-without-unit", at));
        }
        let unit = units::measure(code, value).unit;
        let is_date = matches!(unit, Unit::Milliseconds | Unit::Seconds | Unit::Fraction);
        is_date.then(|| self.spot(code, "lifetime-is-a-date", at))
    }

    /// The key is what the claims name as their issuer.
    fn issuer_as_key(&self, code: &Code) -> Option<Spot> {
        let key = self.key?;
        if !key.iter().all(|i| code.is_word(i) || matches!(code.sign(i), "." | "->" | "::")) || key.len() == 0 {
            return None;
        }
        let claims = *self.arguments.first()?;
        let claims = match claims.len() {
            1 => code.value_of(code.word(claims.start))?,
            _ => claims,
        };
        let key_text = code.compact(key);
        let issuer = claims.iter().filter_map(|i| code.setting(i)).find(|s| s.name == "iss")?;
        let same = code.compact(code.expression(issuer.value)) == key_text;
        let id = key_text.to_ascii_lowercase().contains("id");
        (same && id).then(|| self.spot(code, "issuer-as-key", code.span_of(key)))
    }
}

/// `name=value`.
fn is_named(code: &Code, argument: Range) -> bool {
    code.is_word(argument.start) && matches!(code.sign(argument.start + 1), "=" | ":")
}

fn is_algorithm(text: &str) -> bool {
    let is = |families: &[&str]| {
        families.iter().any(|f| text.strip_prefix(f).is_some_and(|n| matches!(n, "256" | "384" | "512")))
    };
    is(&["HS", "RS", "ES", "PS"]) || text.eq_ignore_ascii_case("none") || matches!(text, "EdDSA" | "ES256K")
}

/// `options={"verify_signature": False}`: somebody who only looks.
fn is_unverified(code: &Code, argument: Range) -> bool {
    argument.iter().any(|i| code.content(i) == Some("verify_signature") && code.word(i + 2) == "False")
}

/// Whether a key is PEM: `true` if the code shows it, `false` if only its name says so.
fn is_pem(code: &Code, key: Range) -> Option<bool> {
    let shows = |range: Range| {
        let text = code.span_of(range);
        let text = code.text.get(text.range()).unwrap_or_default();
        text.contains("-----BEGIN") || [".pem\"", ".pem'", ".pem`"].iter().any(|end| text.contains(end))
    };
    if shows(key) {
        return Some(true);
    }
    let name = if key.len() == 1 { code.word(key.start) } else { "" };
    if code.value_of(name).is_some_and(shows) {
        return Some(true);
    }
    let name = code.compact(key).to_ascii_lowercase();
    let asymmetric = ["publickey", "public_key", "privatekey", "private_key"].iter().any(|n| name.ends_with(n));
    asymmetric.then_some(false)
}

/// Headers that are handed to a function in the place of something else.
fn sending(code: &Code, open: usize) -> Option<Spot> {
    let name = code.callee(open)?;
    let text = code.compact(name);
    let verb = code.at(name.end - 1);
    let reads = matches!(verb, "get" | "delete" | "head" | "options");
    let writes = matches!(verb, "post" | "put" | "patch");
    let of = |base: &str| text == format!("{base}.{verb}");
    if !(of("axios") || of("requests") || text == "fetch") {
        return None;
    }
    let arguments = code.arguments(open);
    let at = |i: usize| arguments.get(i).copied();
    let keys = |range: Range| -> Vec<&str> {
        let inside = code.partner(range.start).filter(|close| code.sign(range.start) == "{" && close + 1 == range.end);
        let inside = inside.map_or(Vec::new(), |_| code.arguments(range.start));
        inside.iter().filter_map(|key| code.setting(key.start).map(|s| s.name)).collect()
    };
    let is_headers = |range: Range| {
        let name = code.word(range.start).to_ascii_lowercase();
        range.len() == 1 && matches!(name.as_str(), "headers" | "auth_headers" | "auth_header")
            || keys(range).iter().any(|key| key.eq_ignore_ascii_case("authorization"))
    };
    let spot = |trouble: &'static str, range: Range| {
        let (name, at) = (code.span_of(name), code.span_of(range));
        Spot::new(Span::new(name.start, at.end)).with("code.trouble", trouble, at).with("code.call", text.clone(), name)
    };
    if of("requests") {
        let third = at(2).filter(|range| writes && is_headers(*range));
        let second = at(1).filter(|range| (reads || writes) && is_headers(*range));
        return match (third, second) {
            (Some(range), _) => Some(spot("headers-as-json", range)),
            (None, Some(range)) => Some(spot(if reads { "headers-as-query" } else { "headers-as-body" }, range)),
            _ => None,
        };
    }
    let second = at(1)?;
    if of("axios") && writes && arguments.len() == 2 {
        let (count, keys) = (code.arguments(second.start).len(), keys(second));
        let only = keys.len() == count
            && keys.iter().all(|key| matches!(*key, "headers" | "params" | "timeout" | "withCredentials"));
        return (only && keys.contains(&"headers")).then(|| spot("headers-as-body", second));
    }
    let is_config = text == "fetch" || of("axios") && reads;
    let misplaced = is_config && keys(second).iter().any(|key| key.eq_ignore_ascii_case("authorization"));
    misplaced.then(|| spot("headers-not-sent", second))
}
