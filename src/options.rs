//! What the user knows and wants, as given to [`crate::lint`].

use crate::facts::{Facts, Path, Value};
use crate::recognise::Kind;
use crate::settle::Selection;
use crate::source::Sources;
use crate::verify::keys::GivenKey;

/// A text to look at.
#[derive(Debug, Clone)]
pub struct Input {
    /// Path with `/`, `<stdin>`, `<argument 1>`.
    pub name: String,
    /// The text.
    pub text: String,
    /// What it is, if the user says so.
    pub kind: Option<Kind>,
}

/// What the user knows and wants.
#[derive(Debug, Clone)]
pub struct Options {
    /// The time to judge by, in seconds since 1970. Without it no rule that needs a clock runs.
    pub now: Option<i64>,
    /// Tolerated clock skew, in seconds.
    pub leeway: i64,
    /// Names of [`EXPECT`] with their values: one of these.
    pub expect: Vec<(String, Vec<String>)>,
    /// What to verify signatures with.
    pub keys: Vec<GivenKey>,
    /// The id of the platform that everything is for.
    pub platform: Option<String>,
    /// Where documents disagree, take the stricter reading.
    pub strict: bool,
    /// Which rules.
    pub selection: Selection,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            now: None,
            leeway: 60,
            expect: Vec::new(),
            keys: Vec::new(),
            platform: None,
            strict: false,
            selection: Selection::default(),
        }
    }
}

/// The names that `--expect` takes, with what they mean.
pub const EXPECT: &[(&str, &str)] = &[
    ("alg", "the signature algorithm, such as HS256"),
    ("api", "the id of the API that is called, such as customer-chat"),
    ("aud", "the audience: who the token is for"),
    ("client_auth", "`private_key_jwt` or `client_secret_jwt`: how your application is registered to authenticate"),
    ("client_id", "the id of your application"),
    ("client_type", "`server` or `web`: what your OAuth application is"),
    ("credential", "the kind of credential, such as pat"),
    ("fresh", "`yes`: the token was made just now"),
    ("iss", "the issuer"),
    ("kid", "the id of the key"),
    ("redirect_uri", "a redirect URI that is registered"),
    ("scheme", "the auth-scheme"),
    ("scope", "the scopes that are needed, such as `read write`"),
    ("sub", "the subject"),
    ("token_use", "`access` or `id`: what the token is for"),
    ("typ", "the type in the JOSE header, such as at+jwt"),
];

/// `did you mean …` for the nearest name, else the list of all.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    let best = known.clone().map(|k| (strsim::damerau_levenshtein(name, k), k)).min();
    match best {
        Some((distance, best)) if distance <= 1 + name.len() / 3 => format!("did you mean `{best}`?"),
        _ => format!("write one of {}", known.collect::<Vec<_>>().join(", ")),
    }
}

impl Options {
    /// Writes what the user knows as facts that every thing sees.
    pub fn facts(&self, sources: &mut Sources, facts: &mut Facts) {
        for (name, values) in &self.expect {
            for value in values {
                let id = sources.add_given(format!("--expect {name}"), value.clone());
                let place = sources.whole(id);
                facts.add_global(Path::new("expect").join(name), value.as_str(), place);
            }
        }
        if self.strict {
            let id = sources.add_given("--strict", "");
            let place = sources.whole(id);
            facts.add_global(Path::new("options.strict"), Value::Bool(true), place);
        }
        let id = sources.add_given("--now", "");
        let place = sources.whole(id);
        facts.add_global(Path::new("clock.leeway"), i128::from(self.leeway), place);
        if let Some(now) = self.now {
            facts.add_global(Path::new("clock.now"), i128::from(now), place);
        }
    }
}
