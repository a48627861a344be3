//! Signing, for tokens that the user asks for: `mint`, and `debug --repair`.
//!
//! The private halves of keys are kept here and nowhere else, and only to sign with.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{Algorithm, EncodingKey};
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use rsa::{BigUint, RsaPrivateKey};

use super::material::Curve;
use crate::decode::base64;

/// The private half of a key.
#[derive(Clone, PartialEq, Eq)]
pub enum Private {
    /// An RSA key, as RSAPrivateKey in DER (RFC 8017 appendix A.1.2).
    Rsa(Vec<u8>),
    /// The secret number of a key on a curve, big-endian.
    Ec(Curve, Vec<u8>),
    /// The seed of an Ed25519 key.
    Ed25519([u8; 32]),
}

// It must not come to light in a message about a failed test.
impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a private key")
    }
}

impl Private {
    /// The private half of an RSA key in a JWK: its numbers, big-endian. `None` if they do not belong together, or if the
    /// primes are left out.
    pub fn rsa(n: &[u8], e: &[u8], d: &[u8], primes: &[Vec<u8>]) -> Option<Self> {
        let number = |bytes: &[u8]| BigUint::from_bytes_be(bytes);
        let primes: Vec<BigUint> = primes.iter().map(|prime| number(prime)).collect();
        let key = RsaPrivateKey::from_components(number(n), number(e), number(d), primes).ok()?;
        Some(Private::Rsa(key.to_pkcs1_der().ok()?.as_bytes().to_vec()))
    }

    /// The signature of `input` under that algorithm, which the public half serves; `None` if the key is damaged.
    pub fn sign(&self, alg: &str, input: &[u8]) -> Option<Vec<u8>> {
        match self {
            Private::Rsa(der) => {
                let alg: Algorithm = alg.parse().ok()?;
                let signature = jsonwebtoken::crypto::sign(input, &EncodingKey::from_rsa_der(der), alg).ok()?;
                Some(base64::decode(&signature).bytes)
            }
            Private::Ec(curve, secret) => ecdsa(*curve, secret, input),
            Private::Ed25519(seed) => {
                use ed25519_dalek::Signer as _;
                Some(ed25519_dalek::SigningKey::from_bytes(seed).sign(input).to_bytes().to_vec())
            }
        }
    }
}

/// The signature as two numbers of the size of the curve (RFC 7518 section 3.4).
fn ecdsa(curve: Curve, secret: &[u8], input: &[u8]) -> Option<Vec<u8>> {
    macro_rules! sign {
        ($curve:ident) => {{
            use $curve::ecdsa::{Signature, SigningKey, signature::Signer as _};
            let key = SigningKey::from_slice(secret).ok()?;
            let signature: Signature = key.try_sign(input).ok()?;
            Some(signature.to_bytes().to_vec())
        }};
    }
    match curve {
        Curve::P256 => sign!(p256),
        Curve::P384 => sign!(p384),
        Curve::P521 => sign!(p521),
        Curve::Secp256k1 => sign!(k256),
    }
}

/// The HMAC of `input` (RFC 7518 section 3.2).
pub fn hmac(alg: &str, secret: &[u8], input: &[u8]) -> Option<Vec<u8>> {
    fn mac<M: Mac + KeyInit>(secret: &[u8], input: &[u8]) -> Option<Vec<u8>> {
        let mut mac = <M as KeyInit>::new_from_slice(secret).ok()?;
        mac.update(input);
        Some(mac.finalize().into_bytes().to_vec())
    }
    match alg {
        "HS256" => mac::<Hmac<sha2::Sha256>>(secret, input),
        "HS384" => mac::<Hmac<sha2::Sha384>>(secret, input),
        "HS512" => mac::<Hmac<sha2::Sha512>>(secret, input),
        _ => None,
    }
}
