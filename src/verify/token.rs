//! A token as it is verified: the bytes that were signed, and the signature.

use super::algorithm;
use super::jwk;
use super::material::Material;
use crate::decode::base64;
use crate::facts::{Facts, SubjectId};
use crate::source::{Place, Sources};

/// A JWS of three parts.
pub struct Token<'a> {
    /// The three parts as they stand in the token.
    pub text: &'a str,
    /// `alg` of the header, or nothing.
    pub alg: &'a str,
    /// `kid` of the header.
    pub kid: Option<&'a str>,
    /// First part.
    pub header: &'a str,
    /// Second part.
    pub payload: &'a str,
    /// First and second part with the dot: what was signed (RFC 7515 section 5.1).
    pub input: &'a [u8],
    /// The decoded third part.
    pub signature: Vec<u8>,
    /// The third part as written.
    pub signature_text: &'a str,
    /// What the token is, if it carries its own key and is meant to be verified with it.
    pub proof: Option<Option<Material>>,
    /// That key is the one to which the issuer of an SD-JWT bound it.
    pub of_holder: bool,
    /// Values in the token that are taken for secrets by mistake, with their names.
    pub names: Vec<(&'static str, &'a str)>,
    /// Where the token stands.
    pub place: Place,
    /// Where the signature stands.
    pub signature_place: Place,
}

/// Claims and parameters that name somebody or something.
const NAMES: &[(&str, &str)] = &[
    ("iss", "jwt.claims.iss"),
    ("sub", "jwt.claims.sub"),
    ("aud", "jwt.claims.aud"),
    ("azp", "jwt.claims.azp"),
    ("client_id", "jwt.claims.client_id"),
    ("kid", "jwt.header.kid"),
    ("alg", "jwt.header.alg"),
];

/// True for the types of tokens that show possession of the key in their header: DPoP proofs (RFC 9449 section 4.2), and
/// those of OpenID4VCI.
fn is_proof(typ: &str) -> bool {
    typ.eq_ignore_ascii_case("dpop+jwt") || typ.ends_with("-proof+jwt")
}

/// True for a token that carries the key, or stands behind an SD-JWT that carries the key, it is meant to be verified with.
pub fn brings_key(facts: &Facts, id: SubjectId) -> bool {
    let own = |path: &str| facts.get(id).of_path(path).next().filter(|f| !f.hole).and_then(|f| f.value.text());
    own("jwt.header.typ").is_some_and(is_proof) || own("paired.sd-jwt.jwk.kty").is_some()
}

impl<'a> Token<'a> {
    /// The token of a subject; `None` if it is cut, or if a part of it is left to somebody else.
    pub fn of(sources: &'a Sources, facts: &'a Facts, id: SubjectId) -> Option<Self> {
        let own = |path: &'a str| facts.get(id).of_path(path).next().filter(|f| !f.hole);
        let text = |path: &'a str| own(path).and_then(|f| f.value.text());
        let value = own("credential.value")?;
        let text_of_token = sources.text(value.place).split('~').next()?;
        let mut parts = text_of_token.split('.');
        let (header, payload, signature_text) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || sources.has_hole(value.place) {
            return None;
        }
        Some(Self {
            text: text_of_token,
            alg: text("jwt.header.alg").unwrap_or(""),
            kid: text("jwt.header.kid"),
            header,
            payload,
            input: text_of_token.get(..header.len() + 1 + payload.len())?.as_bytes(),
            signature: base64::decode(signature_text).bytes,
            signature_text,
            proof: brings_key(facts, id).then(|| {
                let base = if text("paired.sd-jwt.jwk.kty").is_some() { "paired.sd-jwt.jwk" } else { "jwt.header.jwk" };
                let member = |name: &str| facts.get(id).of_path(&format!("{base}.{name}")).next()?.value.text();
                jwk::material(&member)
            }),
            of_holder: text("paired.sd-jwt.jwk.kty").is_some(),
            names: NAMES.iter().filter_map(|(name, path)| Some((*name, text(path)?))).collect(),
            place: value.place,
            signature_place: own("jwt.signature")?.place,
        })
    }

    /// True if the signature verifies as it stands.
    pub fn verifies(&self, alg: &str, key: &Material) -> bool {
        algorithm::verifies(alg, key, self.input, &self.signature)
    }
}
