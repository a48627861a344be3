//! Keys for tests, by name: `rsa2048`, `rsa1024`, `p256`, `p384`, `p521`, `k256`, `ed25519`. A `-2` after the name of a
//! small one makes another key. None of them protects anything; no file holds one in a form that anybody could use.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _};
use hmac::{Hmac, KeyInit, Mac};
use p256::elliptic_curve::sec1::ToEncodedPoint as _;
use rsa::pkcs1::{EncodeRsaPrivateKey as _, EncodeRsaPublicKey as _};
use rsa::traits::{PrivateKeyParts as _, PublicKeyParts as _};
use rsa::{BigUint, Pkcs1v15Sign, RsaPrivateKey};

use tokenlint::example::bytes;

/// A key pair, or a shared secret.
pub enum Pair {
    Secret(Vec<u8>),
    Rsa(Box<RsaPrivateKey>),
    P256(p256::SecretKey),
    P384(p384::SecretKey),
    P521(p521::SecretKey),
    K256(k256::SecretKey),
    Ed25519(ed25519_dalek::SigningKey),
}

impl Pair {
    /// The key of that name; any other text is a shared secret.
    pub fn named(name: &str) -> Self {
        let (kind, second) = name.strip_suffix("-2").map_or((name, false), |kind| (kind, true));
        // Below the order of each curve, since the first byte is small.
        let scalar = |n: usize| {
            let mut scalar = bytes(n + usize::from(second)).split_off(usize::from(second));
            scalar[0] = 0;
            scalar
        };
        match kind {
            "rsa2048" => Self::rsa(include_str!("../keys/test-only-rsa2048.txt")),
            "rsa1024" => Self::rsa(include_str!("../keys/test-only-rsa1024.txt")),
            "p256" => Self::P256(p256::SecretKey::from_slice(&scalar(32)).unwrap()),
            "p384" => Self::P384(p384::SecretKey::from_slice(&scalar(48)).unwrap()),
            "p521" => Self::P521(p521::SecretKey::from_slice(&scalar(66)).unwrap()),
            "k256" => Self::K256(k256::SecretKey::from_slice(&scalar(32)).unwrap()),
            "ed25519" => Self::Ed25519(ed25519_dalek::SigningKey::from_bytes(&scalar(32).try_into().unwrap())),
            _ => Self::Secret(name.as_bytes().to_vec()),
        }
    }

    fn rsa(text: &str) -> Self {
        let lines: String = text.lines().filter(|line| !line.starts_with('#')).map(|l| format!("{l}\n")).collect();
        let mut primes = lines.trim().split("\n\n").map(|hex| {
            let hex: String = hex.split_whitespace().collect();
            BigUint::parse_bytes(hex.as_bytes(), 16).unwrap()
        });
        let (p, q) = (primes.next().unwrap(), primes.next().unwrap());
        Self::Rsa(Box::new(RsaPrivateKey::from_p_q(p, q, BigUint::from(65537_u32)).unwrap()))
    }

    /// The signature of these bytes under that algorithm; `None` if it is not one for this key.
    pub fn sign(&self, alg: &str, input: &[u8]) -> Option<Vec<u8>> {
        use p256::ecdsa::signature::Signer as _;
        fn mac<M: Mac + KeyInit>(secret: &[u8], input: &[u8]) -> Vec<u8> {
            let mut mac = <M as KeyInit>::new_from_slice(secret).unwrap();
            mac.update(input);
            mac.finalize().into_bytes().to_vec()
        }
        macro_rules! rsa {
            ($key:ident, $hash:ident, $pss:expr) => {{
                use rsa::sha2::{Digest as _, $hash};
                let digest = $hash::digest(input);
                Some(if $pss {
                    // The salt of a test may be the same each time.
                    $key.sign_with_rng(&mut Fixed, rsa::Pss::new::<$hash>(), &digest).unwrap()
                } else {
                    $key.sign(Pkcs1v15Sign::new::<$hash>(), &digest).unwrap()
                })
            }};
        }
        match (self, alg) {
            (Self::Secret(secret), "HS256") => Some(mac::<Hmac<sha2::Sha256>>(secret, input)),
            (Self::Secret(secret), "HS384") => Some(mac::<Hmac<sha2::Sha384>>(secret, input)),
            (Self::Secret(secret), "HS512") => Some(mac::<Hmac<sha2::Sha512>>(secret, input)),
            (Self::Rsa(key), "RS256") => rsa!(key, Sha256, false),
            (Self::Rsa(key), "RS384") => rsa!(key, Sha384, false),
            (Self::Rsa(key), "RS512") => rsa!(key, Sha512, false),
            (Self::Rsa(key), "PS256") => rsa!(key, Sha256, true),
            (Self::Rsa(key), "PS384") => rsa!(key, Sha384, true),
            (Self::Rsa(key), "PS512") => rsa!(key, Sha512, true),
            (Self::P256(key), "ES256") => {
                let signature: p256::ecdsa::Signature = p256::ecdsa::SigningKey::from(key).sign(input);
                Some(signature.to_bytes().to_vec())
            }
            (Self::P384(key), "ES384") => {
                let signature: p384::ecdsa::Signature = p384::ecdsa::SigningKey::from(key).sign(input);
                Some(signature.to_bytes().to_vec())
            }
            (Self::P521(key), "ES512") => {
                let key = p521::ecdsa::SigningKey::from_slice(&key.to_bytes()).unwrap();
                let signature: p521::ecdsa::Signature = key.sign(input);
                Some(signature.to_bytes().to_vec())
            }
            (Self::K256(key), "ES256K") => {
                let signature: k256::ecdsa::Signature = k256::ecdsa::SigningKey::from(key).sign(input);
                Some(signature.to_bytes().to_vec())
            }
            (Self::Ed25519(key), "EdDSA" | "Ed25519") => Some(key.sign(input).to_bytes().to_vec()),
            _ => None,
        }
    }

    /// The public key as SubjectPublicKeyInfo in DER.
    pub fn spki(&self) -> Vec<u8> {
        macro_rules! spki {
            ($key:expr) => {
                $key.to_public_key_der().unwrap().into_vec()
            };
        }
        match self {
            Self::Secret(_) => panic!("a shared secret has no public key"),
            Self::Rsa(key) => spki!(key.to_public_key()),
            Self::P256(key) => spki!(key.public_key()),
            Self::P384(key) => spki!(key.public_key()),
            Self::P521(key) => spki!(key.public_key()),
            Self::K256(key) => spki!(key.public_key()),
            Self::Ed25519(key) => spki!(key.verifying_key()),
        }
    }

    /// The private key as PKCS#8 in DER.
    pub fn pkcs8(&self) -> Vec<u8> {
        match self {
            Self::Secret(_) => panic!("a shared secret is no PKCS#8"),
            Self::Rsa(key) => key.to_pkcs8_der().unwrap().as_bytes().to_vec(),
            Self::P256(key) => key.to_pkcs8_der().unwrap().as_bytes().to_vec(),
            Self::P384(key) => key.to_pkcs8_der().unwrap().as_bytes().to_vec(),
            Self::P521(key) => key.to_pkcs8_der().unwrap().as_bytes().to_vec(),
            Self::K256(key) => key.to_pkcs8_der().unwrap().as_bytes().to_vec(),
            Self::Ed25519(key) => key.to_pkcs8_der().unwrap().as_bytes().to_vec(),
        }
    }

    /// PKCS#1 in DER, private and public.
    pub fn pkcs1(&self) -> (Vec<u8>, Vec<u8>) {
        let Self::Rsa(key) = self else { panic!("PKCS#1 is for RSA") };
        let public = key.to_public_key().to_pkcs1_der().unwrap().as_bytes().to_vec();
        (key.to_pkcs1_der().unwrap().as_bytes().to_vec(), public)
    }

    /// SEC1 in DER.
    pub fn sec1(&self) -> Vec<u8> {
        match self {
            Self::P256(key) => key.to_sec1_der().unwrap().to_vec(),
            Self::P384(key) => key.to_sec1_der().unwrap().to_vec(),
            Self::P521(key) => key.to_sec1_der().unwrap().to_vec(),
            Self::K256(key) => key.to_sec1_der().unwrap().to_vec(),
            _ => panic!("SEC1 is for curves"),
        }
    }

    /// The members of a JWK, without braces; with the private ones if asked for.
    pub fn members(&self, private: bool) -> String {
        let b64 = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        macro_rules! ec {
            ($key:expr, $crv:expr) => {{
                let point = $key.public_key().to_encoded_point(false);
                let d = $key.to_bytes();
                (
                    format!(
                        r#""kty":"EC","crv":"{}","x":"{}","y":"{}""#,
                        $crv,
                        b64(point.x().unwrap()),
                        b64(point.y().unwrap())
                    ),
                    format!(r#","d":"{}""#, b64(&d)),
                )
            }};
        }
        let (public, secret) = match self {
            Self::Secret(secret) => (format!(r#""kty":"oct","k":"{}""#, b64(secret)), String::new()),
            Self::Rsa(key) => {
                let n = |n: &BigUint| b64(&n.to_bytes_be());
                let primes = key.primes();
                (
                    format!(r#""kty":"RSA","n":"{}","e":"{}""#, n(key.n()), n(key.e())),
                    format!(r#","d":"{}","p":"{}","q":"{}""#, n(key.d()), n(&primes[0]), n(&primes[1])),
                )
            }
            Self::P256(key) => ec!(key, "P-256"),
            Self::P384(key) => ec!(key, "P-384"),
            Self::P521(key) => ec!(key, "P-521"),
            Self::K256(key) => ec!(key, "secp256k1"),
            Self::Ed25519(key) => (
                format!(r#""kty":"OKP","crv":"Ed25519","x":"{}""#, b64(key.verifying_key().as_bytes())),
                format!(r#","d":"{}""#, b64(&key.to_bytes())),
            ),
        };
        if private { public + &secret } else { public }
    }
}

/// DER in PEM armour (RFC 7468).
pub fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// Random numbers for a salt, the same each time.
struct Fixed;

impl rsa::rand_core::RngCore for Fixed {
    fn next_u32(&mut self) -> u32 {
        7
    }

    fn next_u64(&mut self) -> u64 {
        7
    }

    fn fill_bytes(&mut self, to: &mut [u8]) {
        to.copy_from_slice(&bytes(to.len()));
    }

    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), rsa::rand_core::Error> {
        self.fill_bytes(to);
        Ok(())
    }
}

impl rsa::rand_core::CryptoRng for Fixed {}
