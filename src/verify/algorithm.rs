//! Signature algorithms (RFC 7518 section 3, RFC 8037, RFC 8812): does this key verify these bytes?
//!
//! The algorithm is an argument, never taken from a token. `jsonwebtoken` verifies what it knows; ES512, ES256K and RSA
//! keys of more than 4096 bits, which it does not, are verified by crates of the same family that it is built on.

use ::rsa::sha2 as rsa_sha2;
use ::rsa::sha2::Digest as _;
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{Algorithm, DecodingKey};

use super::material::{Curve, Material};
use crate::decode::base64;

/// RSA keys above this size are not tried: the work grows with the cube of the size.
const MAX_RSA_BITS: usize = 16 * 1024;

/// True if the signature of `input` verifies with that key under that algorithm.
pub fn verifies(alg: &str, key: &Material, input: &[u8], signature: &[u8]) -> bool {
    if !key.serves(alg) {
        return false;
    }
    match key {
        Material::Secret(secret) => hmac_verifies(alg, secret, input, signature),
        Material::Rsa { n, e } if super::rsa::verifies(alg, n, e, input, signature) => true,
        Material::Rsa { n, e } if key.rsa_bits().is_some_and(|bits| bits <= 4096) => {
            library(alg, &DecodingKey::from_rsa_raw_components(n, e), input, signature)
        }
        Material::Rsa { n, e } => large_rsa(alg, n, e, input, signature),
        Material::Ec { curve: Curve::P256 | Curve::P384, point } => {
            library(alg, &DecodingKey::from_ec_der(point), input, signature)
        }
        Material::Ec { curve: Curve::P521, point } => {
            use p521::ecdsa::{Signature, VerifyingKey, signature::Verifier};
            let key = VerifyingKey::from_sec1_bytes(point);
            let signature = Signature::from_slice(signature);
            key.is_ok_and(|key| signature.is_ok_and(|signature| key.verify(input, &signature).is_ok()))
        }
        Material::Ec { curve: Curve::Secp256k1, point } => {
            use k256::ecdsa::{Signature, VerifyingKey, signature::Verifier};
            let key = VerifyingKey::from_sec1_bytes(point);
            // The crate takes only one of the two signatures that are both right (RFC 8812 section 3.2).
            let signature = Signature::from_slice(signature).map(|s| s.normalize_s().unwrap_or(s));
            key.is_ok_and(|key| signature.is_ok_and(|signature| key.verify(input, &signature).is_ok()))
        }
        Material::Ed25519(bytes) => library("EdDSA", &DecodingKey::from_ed_der(bytes), input, signature),
        Material::Ed448(_) => false,
    }
}

/// True for the algorithms whose signatures can be verified here.
pub fn is_supported(alg: &str) -> bool {
    const OTHERS: &[&str] = &["ES512", "ES256K", "Ed25519"];
    OTHERS.contains(&alg) || alg.parse::<Algorithm>().is_ok()
}

fn library(alg: &str, key: &DecodingKey, input: &[u8], signature: &[u8]) -> bool {
    let Ok(alg) = alg.parse::<Algorithm>() else { return false };
    jsonwebtoken::crypto::verify(&base64::encode_url(signature), input, key, alg).unwrap_or(false)
}

fn large_rsa(alg: &str, n: &[u8], e: &[u8], input: &[u8], signature: &[u8]) -> bool {
    use ::rsa::{BigUint, Pkcs1v15Sign, Pss, RsaPublicKey};
    let (n, e) = (BigUint::from_bytes_be(n), BigUint::from_bytes_be(e));
    let Ok(key) = RsaPublicKey::new_with_max_size(n, e, MAX_RSA_BITS) else { return false };
    macro_rules! verify {
        ($hash:ident, $scheme:expr) => {
            key.verify($scheme, &rsa_sha2::$hash::digest(input), signature).is_ok()
        };
    }
    match alg {
        "RS256" => verify!(Sha256, Pkcs1v15Sign::new::<rsa_sha2::Sha256>()),
        "RS384" => verify!(Sha384, Pkcs1v15Sign::new::<rsa_sha2::Sha384>()),
        "RS512" => verify!(Sha512, Pkcs1v15Sign::new::<rsa_sha2::Sha512>()),
        "PS256" => verify!(Sha256, Pss::new::<rsa_sha2::Sha256>()),
        "PS384" => verify!(Sha384, Pss::new::<rsa_sha2::Sha384>()),
        "PS512" => verify!(Sha512, Pss::new::<rsa_sha2::Sha512>()),
        _ => false,
    }
}

/// HMAC of these algorithms; also the whole work of a guess, so nothing is copied.
pub fn hmac_verifies(alg: &str, secret: &[u8], input: &[u8], signature: &[u8]) -> bool {
    fn mac<M: Mac + KeyInit>(secret: &[u8], input: &[u8], signature: &[u8]) -> bool {
        let Ok(mut mac) = <M as KeyInit>::new_from_slice(secret) else { return false };
        mac.update(input);
        mac.verify_slice(signature).is_ok()
    }
    match alg {
        "HS256" => mac::<Hmac<sha2::Sha256>>(secret, input, signature),
        "HS384" => mac::<Hmac<sha2::Sha384>>(secret, input, signature),
        "HS512" => mac::<Hmac<sha2::Sha512>>(secret, input, signature),
        _ => false,
    }
}
