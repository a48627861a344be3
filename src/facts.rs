//! Facts: the only vocabulary between the stages.
//!
//! A [`Fact`] is `path = value @ place`. Recognisers and decoders write facts, rules read them. Facts belong to a
//! [`Subject`]: one recognised [`Thing`]. Subjects nest (a request carries a credential), and a rule sees the facts of
//! its own subject and of those that carry it, never of a neighbour.

use std::borrow::{Borrow, Cow};
use std::collections::HashMap;
use std::fmt;

use crate::source::Place;

/// The name of a fact: segments joined by `.`, such as `jwt.claims.exp` or `jwt.claims."https://a.b/roles"`.
///
/// The last segment of a path in a rule may be one of [`Path::ASPECTS`] and then asks for an aspect of the fact; a
/// member that is really called so is quoted (`jwt.claims."type"`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path(Cow<'static, str>);

impl Path {
    /// What can be asked of every fact: the JSON type, the length in characters or bytes, how many facts there are.
    pub const ASPECTS: [&'static str; 4] = ["type", "length", "bytes", "count"];

    /// A path that is known to be well formed (a literal in the code).
    pub const fn new(path: &'static str) -> Self {
        Self(Cow::Borrowed(path))
    }

    /// Checks a path as written in a rule file. The error says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut rest = text;
        loop {
            let taken = if let Some(quoted) = rest.strip_prefix('"') {
                quoted
                    .find('"')
                    .map(|i| i + 2)
                    .ok_or_else(|| format!("`{text}` has an opening quote without a closing one"))?
            } else {
                rest.find(|c: char| !is_plain(c)).unwrap_or(rest.len())
            };
            if taken == 0 {
                return Err(format!(
                    "`{text}` is no fact path: write names joined by dots, quoting any name with other characters"
                ));
            }
            rest = &rest[taken..];
            match rest.strip_prefix('.') {
                Some(next) => rest = next,
                None if rest.is_empty() => return Ok(Self(Cow::Owned(text.to_owned()))),
                None => return Err(format!("`{text}` is no fact path: `{rest}` does not begin with a dot")),
            }
        }
    }

    /// This path with one more segment, quoted if need be.
    pub fn join(&self, segment: &str) -> Self {
        let plain = !segment.is_empty() && segment.chars().all(is_plain) && !Self::ASPECTS.contains(&segment);
        Self(Cow::Owned(if plain {
            format!("{}.{segment}", self.0)
        } else {
            format!("{}.\"{}\"", self.0, segment.replace('"', "'"))
        }))
    }

    /// The path as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path as text that is free to copy where the path is a literal.
    pub fn text(&self) -> Cow<'static, str> {
        self.0.clone()
    }

    /// The first segment: `jwt` of `jwt.claims.exp`.
    pub fn family(&self) -> &str {
        self.0.split('.').next().unwrap_or("")
    }

    /// The segments, without quotes.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        let mut rest: &str = &self.0;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let (segment, end) = match rest.strip_prefix('"') {
                Some(quoted) => {
                    let end = quoted.find('"').unwrap_or(quoted.len());
                    (&quoted[..end], (end + 2).min(rest.len()))
                }
                None => {
                    // Segments are short: a search by bytes beats the one made for long text.
                    let end = rest.bytes().position(|b| b == b'.').unwrap_or(rest.len());
                    (&rest[..end], end)
                }
            };
            rest = rest[end..].strip_prefix('.').unwrap_or("");
            Some(segment)
        })
    }

    /// The last segment, without quotes: `exp` of `jwt.claims.exp`.
    pub fn name(&self) -> &str {
        self.segments().last().unwrap_or("")
    }

    /// Splits off an aspect: `jwt.claims.sub.type` is (`jwt.claims.sub`, `Some("type")`).
    pub fn aspect(&self) -> (Path, Option<&'static str>) {
        for aspect in Self::ASPECTS {
            if let Some(base) = self.0.strip_suffix(aspect).and_then(|p| p.strip_suffix('.')) {
                return (Self(Cow::Owned(base.to_owned())), Some(aspect));
            }
        }
        (self.clone(), None)
    }

    /// True if [`PATHS`] lists this path (without an aspect).
    pub fn is_known(&self) -> bool {
        PATHS.iter().any(|(pattern, _)| fits(pattern, self))
    }

    /// True if the value at this path is a credential, to be shortened wherever it is shown.
    pub fn is_secret(&self) -> bool {
        // A header's name is no secret, whatever its value; nor is the `code` of an answer, which is an error's.
        let public = self.0.starts_with("request.field.")
            || matches!(self.family(), "response" | "json") && self.name() == "code";
        SECRET_PATHS.contains(&self.as_str())
            || (SECRET_FAMILIES.contains(&self.family()) && is_secret_name(self.name()) && !public)
    }
}

// A path is looked up by its text.
impl Borrow<str> for Path {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '*' | '#')
}

fn fits(pattern: &str, path: &Path) -> bool {
    let mut want = pattern.split('.');
    let mut have = path.segments();
    loop {
        match (want.next(), have.next()) {
            (Some("**"), Some(_)) | (None, None) => return true,
            (Some("*"), Some(_)) => {}
            (Some(w), Some(h)) if w == h => {}
            _ => return false,
        }
    }
}

/// Every path a rule may name, with what it means. `*` stands for one name, `**` for one or more.
pub const PATHS: &[(&str, &str)] = &[
    (
        "source.kind",
        "`documentation`, `template`, `code` or `log`: a text in which stand-ins for values are in their place",
    ),
    ("request.form", "how the request is written: `curl command`, `HTTP message`, `URL`"),
    ("request.method", "the HTTP method"),
    ("request.url", "the URL as written"),
    ("request.scheme", "`https`, `http`, `wss`, `ws`, in lower case"),
    ("request.host", "host name in lower case, without the port"),
    ("request.port", "port number, if written"),
    ("request.path", "path of the URL as written, from the first `/`"),
    ("request.userinfo", "`user:password` before the host (secret)"),
    ("request.fragment", "what follows `#`"),
    ("request.query", "the query as written, without `?`"),
    ("request.query.*", "a query parameter, form-decoded"),
    ("request.header.*", "a header's value; its name in lower case"),
    ("request.field.*", "a header's name as written, under its name in lower case"),
    ("request.cookie.*", "a cookie's value"),
    ("request.body", "the body as sent"),
    ("request.body_kind", "`json`, `form`, `multipart` or `text`: what the body is, whatever Content-Type says"),
    ("request.param.*", "a form parameter of the body, form-decoded"),
    ("request.json", "the JSON body"),
    ("request.json.**", "a member of the JSON body; array elements are `*`"),
    ("request.message", "the OAuth message it is: `authorization request`, `authorization response`, `token request`"),
    ("request.option.*", "an option of the command that changes what is sent, such as `aws-sigv4`"),
    ("response.status", "the status code"),
    ("response.header.*", "a header's value; its name in lower case"),
    ("response.body", "the body"),
    ("response.json", "the JSON body"),
    ("response.json.**", "a member of the JSON body"),
    (
        "auth.carrier",
        "where the credential stands: `header`, `query`, `form`, `json`, `cookie`, `fragment`, `user option`, `bare`",
    ),
    ("auth.name", "name of the header or parameter that carries it, in lower case"),
    ("auth.line", "the header's whole value"),
    ("auth.scheme", "auth-scheme as written (RFC 9110 section 11.1)"),
    ("auth.separator", "what stands between scheme and credential"),
    ("auth.value", "what stands after the scheme, as written (secret)"),
    ("auth.again", "the auth-scheme once more, up to the credential"),
    ("auth.extra", "another word between scheme and credential: a second scheme, `token`; in lower case"),
    ("auth.second", "scheme of a second credential behind a comma, from the comma on"),
    ("auth.params", "auth-params such as Digest sends instead of a token68"),
    ("credential.value", "the credential after cleaning (secret)"),
    (
        "credential.form",
        "`jws`, `jwe`, `sd-jwt`, `opaque`, `basic`, `uuid`, `url`, `pem`, `session` …: what it looks like",
    ),
    ("credential.kind", "which credential of its platform it is: the id in the contract"),
    ("credential.title", "the contract's name for it"),
    ("credential.platform", "id of the platform that issued it or whose users sign it"),
    ("credential.platform_title", "that platform's name"),
    ("credential.by", "by what it was identified: `prefix`, `claims`, `label`, `token response`, `--expect`"),
    ("credential.label", "name of the variable or field that holds it"),
    ("credential.scope", "scopes that were granted with it"),
    ("paste.*", "a layer that cleaning took away, at the bytes taken away"),
    (
        "hole.*",
        "a part left to somebody else: its `name`; `literal`: nothing puts it in, since it stands in such `quotes`",
    ),
    ("basic.text", "the decoded Basic credential (secret)"),
    ("basic.user", "user-id: up to the first colon (secret)"),
    ("basic.password", "password: after the first colon (secret)"),
    ("basic.trouble", "what is wrong with the encoding, one fact each"),
    ("jwt.parts", "number of segments"),
    ("jwt.header", "the JOSE header"),
    ("jwt.header.**", "a JOSE header parameter"),
    ("jwt.payload", "the payload, if it is no JSON object"),
    ("jwt.claims", "the claims set"),
    ("jwt.claims.**", "a claim; array elements are `*`"),
    ("jwt.signature", "the signature as written (secret)"),
    ("jwt.signature_size", "size of the decoded signature, in bytes"),
    ("jwt.trouble", "what is wrong with the encoding, one fact each"),
    ("jwt.header_trouble", "why the JOSE header is no JSON (RFC 8259), one fact each"),
    ("jwt.claims_trouble", "why the claims set is no JSON, one fact each"),
    ("jwe.header", "the JOSE header"),
    ("jwe.header.**", "a JOSE header parameter"),
    ("jwe.part.*", "size in bytes of `key`, `iv`, `ciphertext`, `tag`"),
    ("json", "a JSON document of no known kind"),
    ("json.**", "a member of it"),
    ("json.trouble", "why the text is no JSON (RFC 8259), one fact each"),
    ("authorize", "all of it"),
    ("authorize.**", "a parameter of an authorization request (RFC 6749 section 4.1.1)"),
    ("callback", "all of it"),
    ("callback.**", "a parameter of an authorization response"),
    ("token-request", "all of it"),
    ("token-request.**", "a parameter of a token request, from body or query"),
    ("token-response", "all of it"),
    ("token-response.**", "a member of a token response"),
    ("error", "all of it"),
    ("error.**", "a member of an error response"),
    ("key", "all of it"),
    ("key.**", "a member of a JWK"),
    ("platform.id", "id of the platform whose API is called, or that `--platform` names"),
    ("platform.title", "its name"),
    ("platform.by", "by what it was identified: `host`, `--platform`, `claims`, `credential`"),
    ("api.id", "id of the API in the contract"),
    ("api.title", "its name"),
    ("endpoint.id", "id of the OAuth endpoint in the contract"),
    ("endpoint.title", "its name"),
    ("endpoint.instead", "URL of the OAuth endpoint, where the request goes to one that is taken for it"),
    ("operation.*", "what a variable of the URL pattern stands for: `version`, `client_id`"),
    ("paired.**", "what another thing of the same source says: `paired.authorize.redirect_uri`"),
    ("expect.*", "what the user expects: `--expect aud=…`"),
    ("clock.now", "the time to judge by, in seconds since 1970"),
    ("clock.leeway", "tolerated clock skew in seconds"),
];

const SECRET_PATHS: &[&str] = &[
    "auth.value",
    "auth.line",
    "basic.password",
    "basic.text",
    "basic.user",
    "credential.value",
    "jwt.signature",
    "paste.base64",
    "paste.form_response",
    "paste.json_response",
    "paste.several",
    "request.userinfo",
    "request.header.authorization",
    "request.header.proxy-authorization",
    "request.header.cookie",
    "response.header.set-cookie",
];

const SECRET_FAMILIES: &[&str] = &[
    "request",
    "response",
    "authorize",
    "callback",
    "token-request",
    "token-response",
    "json",
    "paired",
    "key",
    "jwt",
];

/// True for the names of parameters, members, headers and variables that hold a credential by their very name.
pub fn is_secret_name(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "access_token",
        "accesstoken",
        "api_key",
        "apikey",
        "assertion",
        "auth_token",
        "bearer",
        "client_assertion",
        "client_secret",
        "clientsecret",
        "code",
        "code_verifier",
        "device_code",
        "id_token",
        "jwt",
        "passwd",
        "password",
        "personal_access_token",
        "private_key",
        "refresh_token",
        "refreshtoken",
        "secret",
        "token",
        "x-access-token",
        "x-api-key",
        "x-auth-token",
    ];
    // The private and symmetric members of a JWK.
    const KEY_MEMBERS: &[&str] = &["d", "dp", "dq", "k", "oth", "p", "q", "qi"];
    let lower = name.to_ascii_lowercase();
    NAMES.contains(&lower.as_str()) || KEY_MEMBERS.contains(&name)
}

/// The value of a fact.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text, or a JSON string with its escapes resolved.
    Text(String),
    /// A whole number.
    Int(i128),
    /// Any other JSON number, as written.
    Number(String),
    /// `true` or `false`.
    Bool(bool),
    /// JSON `null`.
    Null,
    /// A JSON array; its elements are facts of their own at `….*`.
    Array,
    /// A JSON object; its members are facts of their own.
    Object,
}

impl Value {
    /// The JSON type, as in the aspect `.type`.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Text(_) => "string",
            Value::Int(_) | Value::Number(_) => "number",
            Value::Bool(_) => "boolean",
            Value::Null => "null",
            Value::Array => "array",
            Value::Object => "object",
        }
    }

    /// The text of a [`Value::Text`].
    pub fn text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one; a fraction is cut off.
    pub fn int(&self) -> Option<i128> {
        match self {
            Value::Int(n) => Some(*n),
            // `as` saturates, and a JSON number is never NaN.
            Value::Number(text) => text.parse::<f64>().ok().map(|f| f.trunc() as i128),
            _ => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(text) | Value::Number(text) => f.write_str(text),
            Value::Int(n) => write!(f, "{n}"),
            Value::Bool(b) => write!(f, "{b}"),
            Value::Null => f.write_str("null"),
            Value::Array => f.write_str("an array"),
            Value::Object => f.write_str("an object"),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<i128> for Value {
    fn from(n: i128) -> Self {
        Value::Int(n)
    }
}

impl From<usize> for Value {
    fn from(n: usize) -> Self {
        Value::Int(n as i128)
    }
}

/// `path = value @ place`.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Its name.
    pub path: Path,
    /// Its value.
    pub value: Value,
    /// Where it stands.
    pub place: Place,
    /// True if part of the value is left to somebody else (a variable): then the value is not known, and no test
    /// holds on it.
    pub hole: bool,
}

/// What was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Thing {
    /// An HTTP request, however it is written; a bare URL too.
    Request,
    /// An HTTP response.
    Response,
    /// What authorises: a token, a Basic pair, an API key, wherever it stands.
    Credential,
    /// A JWT claims set written as JSON.
    Claims,
    /// An authorization request.
    Authorize,
    /// An authorization response: the URL the browser is sent back to.
    Callback,
    /// A token request.
    TokenRequest,
    /// A token response.
    TokenResponse,
    /// An error response.
    ErrorResponse,
    /// A JSON document of no known kind.
    Json,
    /// A JSON Web Key.
    Key,
    /// A JSON Web Key Set.
    KeySet,
    /// Text in which nothing was recognised.
    Text,
}

impl Thing {
    /// Its name for people, singular.
    pub fn name(self) -> &'static str {
        match self {
            Thing::Request => "request",
            Thing::Response => "response",
            Thing::Credential => "credential",
            Thing::Claims => "claims set",
            Thing::Authorize => "authorization request",
            Thing::Callback => "authorization response",
            Thing::TokenRequest => "token request",
            Thing::TokenResponse => "token response",
            Thing::ErrorResponse => "error response",
            Thing::Json => "JSON document",
            Thing::Key => "JSON Web Key",
            Thing::KeySet => "JSON Web Key Set",
            Thing::Text => "text",
        }
    }
}

/// Names a subject within one [`Facts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubjectId(u32);

/// One thing and its facts.
#[derive(Debug, Clone)]
pub struct Subject {
    /// What it is.
    pub thing: Thing,
    /// What carries it.
    pub parent: Option<SubjectId>,
    /// Where it stands, whole.
    pub place: Place,
    /// True if parts of it may stand elsewhere (`curl -K`, a URL without its headers): then nothing is missing.
    pub open: bool,
    facts: Vec<Fact>,
    // A form of a hundred thousand parameters must not be searched from end to end for each question.
    by_path: HashMap<Path, Vec<usize>>,
    children: Vec<SubjectId>,
}

impl Subject {
    /// Its own facts, in the order they were found.
    pub fn facts(&self) -> &[Fact] {
        &self.facts
    }

    /// Its own facts of one path.
    pub fn of_path<'a>(&'a self, path: &str) -> impl Iterator<Item = &'a Fact> + use<'a> {
        self.by_path.get(path).into_iter().flatten().filter_map(|i| self.facts.get(*i))
    }
}

/// All facts of one run. Facts are only ever added.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    globals: Vec<Fact>,
    subjects: Vec<Subject>,
}

impl Facts {
    /// No facts yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a subject without facts.
    pub fn subject(&mut self, thing: Thing, parent: Option<SubjectId>, place: Place) -> SubjectId {
        let id = SubjectId(u32::try_from(self.subjects.len()).unwrap_or(u32::MAX));
        self.subjects.push(Subject {
            thing,
            parent,
            place,
            open: false,
            facts: Vec::new(),
            by_path: HashMap::new(),
            children: Vec::new(),
        });
        if let Some(parent) = parent {
            self.subjects[parent.0 as usize].children.push(id);
        }
        id
    }

    /// Says that parts of this subject may stand elsewhere; see [`Subject::open`].
    pub fn set_open(&mut self, id: SubjectId) {
        self.subjects[id.0 as usize].open = true;
    }

    /// Adds a fact to a subject.
    pub fn add(&mut self, id: SubjectId, path: Path, value: impl Into<Value>, place: Place) {
        self.push(id, Fact { path, value: value.into(), place, hole: false });
    }

    /// Adds a ready fact to a subject.
    pub fn push(&mut self, id: SubjectId, fact: Fact) {
        debug_assert!(fact.path.is_known(), "fact path `{}` is not listed in facts::PATHS", fact.path);
        let subject = &mut self.subjects[id.0 as usize];
        subject.by_path.entry(fact.path.clone()).or_default().push(subject.facts.len());
        subject.facts.push(fact);
    }

    /// Adds a fact that every subject sees: what the user expects, the clock.
    pub fn add_global(&mut self, path: Path, value: impl Into<Value>, place: Place) {
        self.globals.push(Fact { path, value: value.into(), place, hole: false });
    }

    /// The facts that every subject sees.
    pub fn globals(&self) -> &[Fact] {
        &self.globals
    }

    /// A subject.
    pub fn get(&self, id: SubjectId) -> &Subject {
        &self.subjects[id.0 as usize]
    }

    /// All subjects in the order they were found; a subject comes after the one that carries it.
    pub fn subjects(&self) -> impl Iterator<Item = (SubjectId, &Subject)> {
        self.subjects.iter().enumerate().map(|(i, s)| (SubjectId(i as u32), s))
    }

    /// The subjects that this one directly carries.
    pub fn children(&self, id: SubjectId) -> impl Iterator<Item = (SubjectId, &Subject)> {
        self.get(id).children.iter().map(|id| (*id, self.get(*id)))
    }

    /// This subject and those that carry it, innermost first.
    pub fn outward(&self, id: SubjectId) -> impl Iterator<Item = SubjectId> + '_ {
        std::iter::successors(Some(id), |id| self.get(*id).parent)
    }

    /// The nearest subject of a kind, looking outwards from `id` (itself included).
    pub fn carrier(&self, id: SubjectId, thing: Thing) -> Option<SubjectId> {
        self.outward(id).find(|id| self.get(*id).thing == thing)
    }

    /// The facts of that path that a rule about subject `id` sees: those of the nearest subject, looking outwards,
    /// that has any; else the global ones.
    pub fn all<'a>(&'a self, id: SubjectId, path: &'a str) -> impl Iterator<Item = &'a Fact> + use<'a> {
        let owner = self.outward(id).map(|id| self.get(id)).find(|subject| subject.by_path.contains_key(path));
        let own = owner.into_iter().flat_map(move |subject| subject.of_path(path));
        let globals = if owner.is_none() { self.globals.as_slice() } else { &[] };
        own.chain(globals.iter().filter(move |f| f.path.as_str() == path))
    }

    /// The first of [`Facts::all`].
    pub fn one<'a>(&'a self, id: SubjectId, path: &'a str) -> Option<&'a Fact> {
        self.all(id, path).next()
    }

    /// The text of the first fact of that path, unless part of it is left to somebody else.
    pub fn text<'a>(&'a self, id: SubjectId, path: &'a str) -> Option<&'a str> {
        self.one(id, path).filter(|f| !f.hole).and_then(|f| f.value.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_lists_of_segments() {
        let path = Path::new("jwt.claims").join("https://a.b/roles").join("*");
        assert_eq!(path.as_str(), r#"jwt.claims."https://a.b/roles".*"#);
        assert_eq!(path.segments().collect::<Vec<_>>(), ["jwt", "claims", "https://a.b/roles", "*"]);
        assert_eq!(Path::parse(path.as_str()).as_ref(), Ok(&path));
        assert!(Path::parse("jwt..x").is_err());
        assert!(Path::parse("jwt.\"x").is_err());
        assert!(Path::parse("").is_err());
        assert!(path.is_known());
        assert!(!Path::new("jwt.nonsense").is_known());
    }

    #[test]
    fn a_member_called_like_an_aspect_is_quoted() {
        let path = Path::new("jwt.claims").join("type");
        assert_eq!(path.as_str(), r#"jwt.claims."type""#);
        assert_eq!(path.aspect(), (path.clone(), None));
        assert_eq!(Path::new("jwt.claims.sub.type").aspect(), (Path::new("jwt.claims.sub"), Some("type")));
    }

    #[test]
    fn secrets_are_known_by_path() {
        assert!(Path::new("auth.value").is_secret());
        assert!(Path::new("request.query.client_secret").is_secret());
        assert!(Path::new("token-response.access_token").is_secret());
        assert!(Path::new("json.data.api_key").is_secret());
        assert!(!Path::new("request.host").is_secret());
        assert!(!Path::new("request.field.x-api-key").is_secret());
        assert!(!Path::new("response.json.code").is_secret());
        assert!(!Path::new("jwt.claims.iss").is_secret());
    }
}
