//! Keys as users have them: PEM, DER, JWK, a key set, a secret as text. The content decides which it is.
//!
//! What cannot be used is refused with what to do. What only a forgiving reader can use is read all the same, and what
//! was wrong with it is kept, so that a rule can say why another verifier will not take it.

use super::der;
use super::jwk;
use super::material::Material;
use super::sign::{self, Private};
use crate::decode::{base64, json, jwt};
use crate::facts::Value;

/// What one `--key` gave.
#[derive(Debug, Clone)]
pub struct GivenKey {
    /// How findings call it: `<key 1>`.
    pub name: String,
    /// The keys in it; more than one in a set or in a file of several certificates. Those that lack a part are left out.
    pub keys: Vec<Key>,
    /// What it is: `a secret`, `a PEM key`, `a JWK`, `a key set` …
    pub form: &'static str,
    /// What is wrong with it though it could be read, as a rule knows it: `literal-newlines`, `one-line` …
    pub trouble: Option<&'static str>,
    /// The JSON of a JWK or a key set, with all private members masked: fit to be a source.
    pub json: Option<String>,
    /// As given.
    bytes: Vec<u8>,
}

impl GivenKey {
    /// The bytes as given: what someone may have taken for a shared secret.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// True for a key set: its keys are chosen by `kid`.
    pub fn is_set(&self) -> bool {
        self.form == SET
    }
}

/// The form of a key set.
pub const SET: &str = "a key set";

/// A key and what is said about it.
#[derive(Debug, Clone, Default)]
pub struct Key {
    /// What verifies.
    pub material: Option<Material>,
    /// It was a private key.
    pub is_private: bool,
    /// The private half, if it can be used.
    pub private: Option<Private>,
    /// `kid` of a JWK.
    pub kid: Option<String>,
    /// `alg` of a JWK.
    pub alg: Option<String>,
    /// `use` of a JWK.
    pub usage: Option<String>,
    /// `key_ops` of a JWK.
    pub operations: Option<Vec<String>>,
}

impl Key {
    /// A key of which nothing more is known.
    pub fn plain(material: Material) -> Self {
        Self { material: Some(material), ..Self::default() }
    }

    fn of_der(key: der::DerKey) -> Self {
        Self { is_private: key.form.is_private(), private: key.private, ..Self::plain(key.material) }
    }

    /// The signature of `input` under that algorithm; `None` if the key does not serve it, or is only a public one.
    pub fn sign(&self, alg: &str, input: &[u8]) -> Option<Vec<u8>> {
        match self.material.as_ref().filter(|material| material.serves(alg))? {
            Material::Secret(secret) => sign::hmac(alg, secret, input),
            _ => self.private.as_ref()?.sign(alg, input),
        }
    }
}

/// Why a key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable {
    /// What is there: lower case, no full stop.
    pub message: String,
    /// What to do, starting with a verb.
    pub help: String,
}

fn unusable<T>(message: &str, help: impl Into<String>) -> Result<T, Unusable> {
    Err(Unusable { message: message.to_owned(), help: help.into() })
}

/// Finds out what a key is. `is_file` says that the bytes come from a file or a pipe, where the last line end belongs to
/// the file; `shown` is how the user named it, for the commands in a help.
pub fn read(name: String, shown: &str, bytes: Vec<u8>, is_file: bool) -> Result<GivenKey, Unusable> {
    let given = |keys: Vec<Key>, form, trouble| GivenKey {
        name: name.clone(),
        keys,
        form,
        trouble,
        json: None,
        bytes: bytes.clone(),
    };
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return unusable("is empty", "give it a key: a variable that is not set gives none");
    }
    if let Some(key) = der::read(&bytes) {
        let key = Key::of_der(key);
        return Ok(given(vec![key], "a DER key", None));
    }
    let Some(text) = text(&bytes) else {
        return Ok(given(vec![Key::plain(Material::Secret(bytes.clone()))], "a secret", None));
    };
    let bare = unquoted(&text);
    let is_json = bare.starts_with(['{', '[']);
    if !is_json && (bare.contains("-----BEGIN") || bare.contains("-----END")) {
        let (keys, trouble) = pem(&text, shown)?;
        return Ok(given(keys, "a PEM key", trouble));
    }
    refuse_others(bare, shown)?;
    if is_json {
        let document = json::read(bare, &[]);
        if let Some((keys, form, trouble)) = jwk::read(&document) {
            let json = document.is_valid().then(|| jwk::masked(bare, &document));
            return Ok(GivenKey { json, ..given(keys, form, trouble) });
        }
        if let Some((keys, form)) = jwk::pem_members(&document) {
            return Ok(given(keys, form, None));
        }
        if let Some((_, uri)) = document.member(0, "jwks_uri") {
            let uri = uri.value.text().unwrap_or_default();
            return unusable(
                "is the discovery document of an issuer, which only says where the keys are",
                format!("fetch the keys: curl -o jwks.json '{uri}', then give --key jwks.json"),
            );
        }
        if document.is_valid() && document.nodes.first().is_some_and(|n| n.value == Value::Object) {
            return unusable(
                "is JSON, but neither a JWK (it has no `kty`) nor a key set (it has no `keys`)",
                "give the JWK itself, a key set, a PEM file, or the secret as plain text",
            );
        }
    }
    if let Some(key) = base64_der(bare) {
        let key = Key::of_der(key);
        return Ok(given(vec![key], "a PEM key", Some("armour")));
    }
    // A final line end is the file's; anything else may be part of the secret.
    let secret = if is_file { without_line_end(&bytes) } else { &bytes };
    Ok(given(vec![Key::plain(Material::Secret(secret.to_vec()))], "a secret", None))
}

/// What can be seen to be no key at all.
fn refuse_others(text: &str, shown: &str) -> Result<(), Unusable> {
    let is_word = !text.contains(char::is_whitespace);
    let lower = text.get(..text.len().min(200)).unwrap_or(text).to_ascii_lowercase();
    if ["ssh-rsa ", "ssh-ed25519 ", "ecdsa-sha2-"].iter().any(|p| text.starts_with(p)) || lower.contains("begin ssh2") {
        return unusable(
            "is a public key in the format of SSH",
            format!("convert it: ssh-keygen -e -m PKCS8 -f {shown} > public.pem, then give --key public.pem"),
        );
    }
    if lower.starts_with("<!doctype") || lower.starts_with("<html") || lower.starts_with("<?xml") {
        return unusable("is a web page, not a key", "fetch the address of the keys (`jwks_uri`), not that of a page");
    }
    if is_word && (lower.starts_with("https://") || lower.starts_with("http://")) {
        return Err(url(text));
    }
    if is_word && text.split('.').count() == 3 && jwt::form(text).is_some() {
        return unusable("is a token, not a key", "give the secret or the public key that belongs to the signer");
    }
    Ok(())
}

/// Keys behind a URL: nothing is fetched here, but the command that does it is known.
pub fn url(url: &str) -> Unusable {
    Unusable {
        message: "is a URL, and tokenlint opens no connection".into(),
        help: format!(
            "fetch it yourself: curl -fsSL -o jwks.json '{}', then give --key jwks.json",
            url.replace('\'', "%27")
        ),
    }
}

/// Text in UTF-8, or in UTF-16 with a byte order mark, as PowerShell writes it.
fn text(bytes: &[u8]) -> Option<String> {
    let wide = |unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> =
            bytes.get(2..)?.chunks_exact(2).filter_map(|p| Some(unit([*p.first()?, *p.get(1)?]))).collect();
        String::from_utf16(&units).ok()
    };
    match bytes.get(..2) {
        Some([0xFF, 0xFE]) => wide(u16::from_le_bytes),
        Some([0xFE, 0xFF]) => wide(u16::from_be_bytes),
        _ => std::str::from_utf8(bytes).ok().map(str::to_owned),
    }
}

/// Without blanks, a byte order mark, and quotes around it.
fn unquoted(text: &str) -> &str {
    let text = text.trim_start_matches('\u{feff}').trim();
    let inside = ['"', '\'', '`'].iter().find_map(|q| text.strip_prefix(*q)?.strip_suffix(*q));
    inside.unwrap_or(text).trim()
}

/// Without one line end.
fn without_line_end(bytes: &[u8]) -> &[u8] {
    let text = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    text.strip_suffix(b"\r").unwrap_or(text)
}

/// The base64 of a DER key without the lines of PEM around it, as Keycloak shows the key of a realm.
fn base64_der(text: &str) -> Option<der::DerKey> {
    let whole: String = text.split_whitespace().collect();
    let decoded = base64::decode(&whole);
    (whole.len() > 40 && decoded.illegal.is_none()).then(|| der::read(&decoded.bytes)).flatten()
}

/// The keys of a PEM text (RFC 7468), and what a strict reader would not take.
fn pem(text: &str, shown: &str) -> Result<(Vec<Key>, Option<&'static str>), Unusable> {
    let mut trouble = None;
    let mut note = |what| {
        trouble.get_or_insert(what);
    };
    let mut text = text.trim_start_matches('\u{feff}').to_owned();
    if unquoted(&text).len() < text.trim().len() {
        note("quotes");
    }
    if text.contains("\\n") {
        note("literal-newlines");
        text = text.replace("\\r", "").replace("\\n", "\n");
    }
    let mut keys = Vec::new();
    let mut rest = text.as_str();
    let mut why = None;
    while let Some((_, after)) = rest.split_once("-----BEGIN") {
        let Some((label, body)) = after.split_once("-----") else {
            return unusable(
                "has a broken `-----BEGIN …-----` line",
                "copy the whole file, with its first and last line",
            );
        };
        let label = label.trim();
        let Some((body, end)) = body.split_once("-----END") else {
            return unusable(
                "is a PEM text without its `-----END …-----` line",
                "copy the whole file, with its last line",
            );
        };
        rest = end.split_once("-----").map_or("", |(_, rest)| rest);
        match block(label, body, shown) {
            Ok((key, what)) => {
                keys.extend(key);
                what.into_iter().for_each(&mut note);
            }
            Err(error) => why = why.or(Some(error)),
        }
    }
    match (keys.is_empty(), why) {
        (false, _) => Ok((keys, trouble)),
        (true, Some(error)) => Err(error),
        (true, None) => unusable(
            "is a PEM text without its `-----BEGIN …-----` line, or without a key",
            "copy the whole file, with its first line",
        ),
    }
}

/// One block of a PEM text.
fn block(label: &str, body: &str, shown: &str) -> Result<(Option<Key>, Option<&'static str>), Unusable> {
    let convert = format!(
        "write the public key out: openssl pkey -in {shown} -pubout -out public.pem, then give --key public.pem"
    );
    if label == "ENCRYPTED PRIVATE KEY" || body.contains("ENCRYPTED") {
        return unusable("is an encrypted private key", convert);
    }
    if label == "OPENSSH PRIVATE KEY" {
        return unusable(
            "is a private key in the format of SSH",
            format!(
                "write the public key out: ssh-keygen -e -m PKCS8 -f {shown} > public.pem, then give --key public.pem"
            ),
        );
    }
    if label.ends_with("PARAMETERS") {
        return Ok((None, None));
    }
    if label.ends_with("CERTIFICATE REQUEST") || label == "X509 CRL" {
        return unusable(
            "is a certificate request or a revocation list, not a key",
            "give the certificate or the public key",
        );
    }
    // Lines before the base64 such as `Proc-Type: …` have a colon.
    let lines = || body.lines().map(str::trim).filter(|line| !line.contains(": "));
    let encoded: String = lines().flat_map(str::split_whitespace).collect();
    let decoded = base64::decode(&encoded);
    if decoded.illegal.is_some() || decoded.impossible_length {
        return unusable(
            "is a PEM text with characters in it that are no base64, or with some missing",
            "copy the file again, without changing anything between its first and last line",
        );
    }
    let Some(key) = der::read(&decoded.bytes) else {
        let message = format!(
            "is PEM (`{label}`), but holds no RSA, EC, Ed25519 or Ed448 key: it is damaged, or of another kind"
        );
        return unusable(&message, "copy the file again, or export the public key of the signer as PEM");
    };
    let trouble = if !body.contains('\n') {
        Some("one-line")
    } else if label != key.form.label() && label != "X509 CERTIFICATE" && label != "TRUSTED CERTIFICATE" {
        Some("label")
    } else {
        None
    };
    Ok((Some(Key::of_der(key)), trouble))
}

/// The first key in a PEM text.
pub(super) fn first_of_pem(text: &str) -> Option<Key> {
    let (keys, _) = pem(text, "FILE").ok()?;
    keys.into_iter().next()
}
