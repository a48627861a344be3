//! Examples in rule and platform files, run: each is made into an input, linted, and compared with what the file says
//! of it. `tokenlint rules test` does this for the rules of its users, and the tests of this project for its own.
//!
//! **bad**: the rule is first, and no other error or warning appears unless the example lists it in `also`. **good**: the
//! rule is silent and nothing is an error or a warning; notes are free.

mod marks;

pub use marks::{MARKS, SECRET, bytes, fill};

use crate::decode::{base64, hex, json};
use crate::finding::{Finding, Report, Severity, Word};
use crate::load::RuleSet;
use crate::options::{EXPECT, Input, Options, nearest};
use crate::recognise::Kind;
use crate::rule::{Example, Now};
use crate::verify::keys::{self, GivenKey};

/// The clock of an example that names none: 2027-01-15T08:00:00Z, in seconds since 1970.
pub const NOW: i64 = 1_800_000_000;

/// Rounds of fixes after which an example must be mended.
const ROUNDS: usize = 8;

/// The token of an example before it is signed.
#[derive(Debug)]
pub struct Token<'a> {
    /// The JOSE header as JSON text.
    pub header: &'a str,
    /// The claims as JSON text.
    pub claims: &'a str,
    /// What signs it: `signed` of the example, or [`SECRET`].
    pub key: &'a str,
}

/// What a harness can do besides what every example may ask for.
pub trait Tools {
    /// What a mark of its own stands for.
    fn mark(&self, _mark: &str, _token: Option<&Token>) -> Option<String> {
        None
    }

    /// The signature of these bytes; `None` if the key does not serve the algorithm.
    fn sign(&self, key: &str, alg: &str, input: &[u8]) -> Option<Vec<u8>>;
}

/// Marks of every example, and signatures by shared secrets and by private keys in PEM.
#[derive(Debug, Clone, Copy)]
pub struct Plain;

impl Tools for Plain {
    fn sign(&self, key: &str, alg: &str, input: &[u8]) -> Option<Vec<u8>> {
        let given = keys::read("<key>".into(), "FILE", key.as_bytes().to_vec(), false).ok()?;
        given.keys.iter().find_map(|key| key.sign(alg, input))
    }
}

/// Why an example is not as its file says.
#[derive(Debug)]
pub struct Fault {
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// What was found instead; `None` if the example could not be made into an input.
    pub report: Option<Report>,
}

impl Fault {
    fn of(message: impl Into<String>, report: Report) -> Self {
        Self { message: message.into(), report: Some(report) }
    }
}

/// What is wrong with an example of what `rule` must find. `None`: nothing.
pub fn judge_bad(set: &RuleSet, rule: &str, example: &Example, tools: &dyn Tools) -> Option<Fault> {
    let report = match refused(set, example).and_then(|()| lint(set, example, tools)) {
        Ok(report) => report,
        Err(message) => return Some(Fault { message, report: None }),
    };
    let message = match report.findings.first() {
        None => Some(format!("nothing is found; it should be {rule}")),
        Some(first) if first.rule != rule => Some(format!("{rule} is not the first finding")),
        Some(first) => {
            let all = sentences(first).to_lowercase();
            let unsaid = example.says.iter().find(|word| !all.contains(&word.to_lowercase()));
            unsaid.map(|word| format!("{rule} does not say {word:?}"))
        }
    };
    let other = || report.findings.iter().skip(1).find(|f| is_unexpected(f, rule, example));
    let message = message.or_else(|| Some(format!("{} appears too and is not listed in `also`", other()?.rule)));
    match message {
        Some(message) => Some(Fault::of(message, report)),
        None => unmended(set, rule, example, tools, report),
    }
}

/// What is wrong with an example of what must be left alone, by this rule if it is one's. `None`: nothing.
pub fn judge_good(set: &RuleSet, rule: Option<&str>, example: &Example, tools: &dyn Tools) -> Option<Fault> {
    let report = match refused(set, example).and_then(|()| lint(set, example, tools)) {
        Ok(report) => report,
        Err(message) => return Some(Fault { message, report: None }),
    };
    let found = report.findings.iter().find(|f| f.severity > Severity::Note || rule.is_some_and(|r| f.rule == r));
    let message = format!("it is good, yet {} finds something", found?.rule);
    Some(Fault::of(message, report))
}

fn is_unexpected(finding: &Finding, rule: &str, example: &Example) -> bool {
    let is_listed = finding.rule == rule || example.also.iter().any(|also| *also == finding.rule);
    finding.severity > Severity::Note && !is_listed
}

/// The fix of an example must end in what `fixed` says, stay there, and mend it.
fn unmended(set: &RuleSet, rule: &str, example: &Example, tools: &dyn Tools, report: Report) -> Option<Fault> {
    let wanted = Example { input: Some(example.fixed.clone()?), ..example.clone() };
    let Ok(wanted) = text(&wanted, tools) else {
        return Some(Fault::of("`fixed` has a mark that there is not", report));
    };
    let Some(mut current) = apply_fix(&report) else {
        return Some(Fault::of("has `fixed`, but the finding has no fix", report));
    };
    let mut after = lint_text(set, example, &current, tools).ok()?;
    // Several findings may each fix a part; all together must end in `fixed` and stay there.
    for _ in 0..ROUNDS {
        match apply_fix(&after) {
            Some(next) if next != current => current = next,
            _ => break,
        }
        after = lint_text(set, example, &current, tools).ok()?;
    }
    if current != wanted {
        return Some(Fault::of("the fix does not give what `fixed` says", after));
    }
    let is_there_still = after.findings.iter().any(|f| f.rule == rule);
    is_there_still.then(|| Fault::of("the fix does not mend it", after))
}

/// Names in an example that nothing here has.
fn refused(set: &RuleSet, example: &Example) -> Result<(), String> {
    for rule in example.also.iter().chain(&example.rule) {
        if !set.knows(rule) {
            return Err(format!("there is no rule `{rule}`; {}", set.nearest(rule)));
        }
    }
    if let Some(id) = example.platform.as_deref().filter(|id| !set.platforms.iter().any(|p| p.id == *id)) {
        let known = set.platforms.iter().map(|p| p.id.as_ref());
        return Err(format!("there is no platform `{id}`; {}", nearest(id, known)));
    }
    for name in example.expect.keys() {
        let known = || EXPECT.iter().map(|(known, _)| *known);
        if !known().any(|known| known == name) {
            return Err(format!("`expect` does not know `{name}`; {}", nearest(name, known())));
        }
    }
    Ok(())
}

/// Lints an example.
pub fn lint(set: &RuleSet, example: &Example, tools: &dyn Tools) -> Result<Report, String> {
    lint_text(set, example, &text(example, tools)?, tools)
}

/// Lints another text in the circumstances of an example.
pub fn lint_text(set: &RuleSet, example: &Example, text: &str, tools: &dyn Tools) -> Result<Report, String> {
    let kind = match example.kind.as_deref() {
        None => None,
        Some(name) => Some(Kind::parse(name).ok_or_else(|| format!("`as`: there is no kind `{name}`"))?),
    };
    let name = example.filename.clone().unwrap_or_else(|| "<argument 1>".into());
    let own = |mark: &str| tools.mark(mark, None);
    let mut expect = Vec::new();
    for (name, values) in &example.expect {
        let values: Result<Vec<String>, String> = values.iter().map(|value| fill(value, NOW, &own)).collect();
        expect.push((name.clone(), values?));
    }
    let options = Options {
        now: match example.now {
            None | Some(Now::Clock(true)) => Some(NOW),
            Some(Now::At(now)) => Some(now),
            Some(Now::Clock(false)) => None,
        },
        expect,
        platform: example.platform.clone(),
        strict: example.strict,
        keys: given_keys(example, tools)?,
        ..Options::default()
    };
    Ok(crate::lint(&Input { name, text: text.to_owned(), kind }, set, &options))
}

/// What an example gives as `--key`.
pub fn given_keys(example: &Example, tools: &dyn Tools) -> Result<Vec<GivenKey>, String> {
    let texts = example.key.iter().flat_map(|keys| keys.iter()).enumerate();
    let key = |(i, text): (usize, &str)| {
        let bytes = fill(text, NOW, &|mark| tools.mark(mark, None))?.into_bytes();
        keys::read(format!("<key {}>", i + 1), "FILE", bytes, false)
            .map_err(|error| format!("`key`: {}", error.message))
    };
    texts.map(key).collect()
}

/// The text of an example: marks filled in, the token signed.
pub fn text(example: &Example, tools: &dyn Tools) -> Result<String, String> {
    if let Some(hex) = &example.hex {
        let bytes = hex::decode(hex).ok_or("`hex` is two hexadecimal digits a byte")?;
        return Ok(String::from_utf8_lossy(&bytes).into_owned());
    }
    let now = match example.now {
        Some(Now::At(now)) => now,
        _ => NOW,
    };
    let plain = |text: &str| fill(text, now, &|mark| tools.mark(mark, None));
    let header = plain(example.header.as_deref().unwrap_or(r#"{"alg":"HS256","typ":"JWT"}"#))?;
    let default = format!(r#"{{"sub":"42","iat":{},"exp":{}}}"#, now.saturating_sub(60), now.saturating_add(3540));
    let claims = plain(example.claims.as_deref().unwrap_or(&default))?;
    let key = plain(example.signed.as_deref().unwrap_or(SECRET))?;
    let token = Token { header: &header, claims: &claims, key: &key };
    let (h, c) = (base64::encode_url(header.as_bytes()), base64::encode_url(claims.as_bytes()));
    let s = base64::encode_url(&signature(&token, format!("{h}.{c}").as_bytes(), tools));
    fill(example.input.as_deref().unwrap_or("@{jwt}"), now, &|mark| match mark {
        "jwt" => Some(format!("{h}.{c}.{s}")),
        "header" => Some(h.clone()),
        "claims" => Some(c.clone()),
        "signature" => Some(s.clone()),
        _ => tools.mark(mark, Some(&token)),
    })
}

/// The `alg` of a JOSE header.
pub fn alg(header: &str) -> String {
    let document = json::read(header, &[]);
    let alg = document.children(0).find(|(_, node)| node.name.as_ref().is_some_and(|name| name.text == "alg"));
    alg.and_then(|(_, node)| node.value.text().map(str::to_owned)).unwrap_or_default()
}

/// The signature of a key that serves the algorithm, or random-looking bytes of the right number.
pub fn signature(token: &Token, input: &[u8], tools: &dyn Tools) -> Vec<u8> {
    let alg = alg(token.header);
    if let Some(signature) = tools.sign(token.key, &alg, input) {
        return signature;
    }
    match alg.to_ascii_uppercase().as_str() {
        "NONE" => Vec::new(),
        "RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" => bytes(256),
        "ES256" | "ES256K" | "EDDSA" | "ED25519" => bytes(64),
        "ES384" => bytes(96),
        "ES512" => bytes(132),
        "ED448" => bytes(114),
        _ => tools.sign(token.key, "HS256", input).unwrap_or_else(|| bytes(64)),
    }
}

/// The text after all edits of the fix of the first finding; `None` if it has none.
pub fn apply_fix(report: &Report) -> Option<String> {
    let fix = report.findings.first()?.fix.as_ref()?;
    let mut edits = fix.edits.clone();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.place.span.start));
    let mut text = report.sources.get(edits.first()?.place.source).text.to_string();
    for edit in edits {
        text.replace_range(edit.place.span.range(), &edit.text);
    }
    Some(text)
}

/// Everything that a finding says, a sentence a line.
pub fn sentences(finding: &Finding) -> String {
    let mut lines = vec![finding.rule.to_string(), words(&finding.message), finding.why.to_string()];
    lines.extend(finding.help.as_deref().map(words));
    lines.extend(finding.labels.iter().map(|label| words(&label.text)));
    lines.extend(finding.fix.as_ref().map(|fix| fix.title.clone()));
    lines.extend(finding.basis.iter().map(|basis| basis.to_string()));
    lines.join("\n")
}

/// The words of a sentence, nothing shortened.
pub fn words(words: &[Word]) -> String {
    let text = |word: &Word| match word {
        Word::Text(text) => text.to_string(),
        Word::Value { text, .. } => text.clone(),
    };
    words.iter().map(text).collect()
}
