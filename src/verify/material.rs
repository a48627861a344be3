//! Key material: the numbers that verify a signature, whatever container they came in.

use std::fmt;

use p256::elliptic_curve::sec1::ToEncodedPoint as _;

/// What verifies a signature. A private key is kept as the public one that belongs to it.
#[derive(Clone, PartialEq, Eq)]
pub enum Material {
    /// A shared secret.
    Secret(Vec<u8>),
    /// An RSA public key: modulus and exponent, big-endian, without leading zeros.
    Rsa {
        /// The modulus.
        n: Vec<u8>,
        /// The exponent.
        e: Vec<u8>,
    },
    /// A point on a curve, uncompressed as in SEC1: `4`, x, y.
    Ec {
        /// The curve.
        curve: Curve,
        /// The point.
        point: Vec<u8>,
    },
    /// An Ed25519 public key.
    Ed25519([u8; 32]),
    /// An Ed448 public key.
    Ed448(Vec<u8>),
}

// A secret must not come to light in a message about a failed test.
impl fmt::Debug for Material {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

/// The curves of RFC 7518 section 6.2.1.1 and RFC 8812.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curve {
    /// P-256, for ES256.
    P256,
    /// P-384, for ES384.
    P384,
    /// P-521, for ES512.
    P521,
    /// secp256k1, for ES256K.
    Secp256k1,
}

impl Curve {
    /// All of them.
    pub const ALL: [Curve; 4] = [Curve::P256, Curve::P384, Curve::P521, Curve::Secp256k1];

    /// The name in a JWK.
    pub fn name(self) -> &'static str {
        match self {
            Curve::P256 => "P-256",
            Curve::P384 => "P-384",
            Curve::P521 => "P-521",
            Curve::Secp256k1 => "secp256k1",
        }
    }

    /// The algorithm that uses it.
    pub fn alg(self) -> &'static str {
        match self {
            Curve::P256 => "ES256",
            Curve::P384 => "ES384",
            Curve::P521 => "ES512",
            Curve::Secp256k1 => "ES256K",
        }
    }

    /// Size of a coordinate in bytes.
    pub fn size(self) -> usize {
        match self {
            Curve::P256 | Curve::Secp256k1 => 32,
            Curve::P384 => 48,
            Curve::P521 => 66,
        }
    }

    /// The curve of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|curve| curve.name() == name)
    }
}

impl Material {
    /// A point in any SEC1 form; `None` if it is not on the curve.
    pub fn point(curve: Curve, encoded: &[u8]) -> Option<Self> {
        macro_rules! uncompressed {
            ($curve:ident) => {
                $curve::PublicKey::from_sec1_bytes(encoded).ok()?.to_encoded_point(false).as_bytes().to_vec()
            };
        }
        let point = match curve {
            Curve::P256 => uncompressed!(p256),
            Curve::P384 => uncompressed!(p384),
            Curve::P521 => uncompressed!(p521),
            Curve::Secp256k1 => uncompressed!(k256),
        };
        Some(Material::Ec { curve, point })
    }

    /// The public key that belongs to a private one.
    pub fn point_of_secret(curve: Curve, secret: &[u8]) -> Option<Self> {
        macro_rules! public {
            ($curve:ident) => {
                $curve::SecretKey::from_slice(secret).ok()?.public_key().to_encoded_point(false).as_bytes().to_vec()
            };
        }
        let point = match curve {
            Curve::P256 => public!(p256),
            Curve::P384 => public!(p384),
            Curve::P521 => public!(p521),
            Curve::Secp256k1 => public!(k256),
        };
        Some(Material::Ec { curve, point })
    }

    /// The public key that belongs to an Ed25519 seed.
    pub fn ed25519_of_seed(seed: &[u8]) -> Option<Self> {
        let seed: [u8; 32] = seed.try_into().ok()?;
        Some(Material::Ed25519(ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key().to_bytes()))
    }

    /// What it is called in a sentence.
    pub fn name(&self) -> String {
        match self {
            Material::Secret(_) => "a shared secret".into(),
            Material::Rsa { .. } => "an RSA key".into(),
            Material::Ec { curve, .. } => format!("a key on the curve {}", curve.name()),
            Material::Ed25519(_) => "an Ed25519 key".into(),
            Material::Ed448(_) => "an Ed448 key".into(),
        }
    }

    /// Size of an RSA modulus in bits.
    pub fn rsa_bits(&self) -> Option<usize> {
        match self {
            Material::Rsa { n, .. } => Some(bits(n)),
            _ => None,
        }
    }

    /// True if a token of this algorithm is verified with such a key.
    pub fn serves(&self, alg: &str) -> bool {
        match self {
            Material::Secret(_) => matches!(alg, "HS256" | "HS384" | "HS512"),
            Material::Rsa { .. } => matches!(alg, "RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512"),
            Material::Ec { curve, .. } => alg == curve.alg(),
            Material::Ed25519(_) => matches!(alg, "EdDSA" | "Ed25519"),
            Material::Ed448(_) => matches!(alg, "EdDSA" | "Ed448"),
        }
    }
}

/// The number of bits of a big-endian number.
pub fn bits(number: &[u8]) -> usize {
    let first = number.iter().position(|b| *b != 0).unwrap_or(number.len());
    let rest = number.get(first..).unwrap_or_default();
    rest.first().map_or(0, |top| rest.len() * 8 - top.leading_zeros() as usize)
}
