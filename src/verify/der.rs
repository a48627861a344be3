//! Keys in DER: which of the many containers it is, and the numbers of the public key in it.
//!
//! SubjectPublicKeyInfo, PKCS#1, PKCS#8, SEC1 and X.509 certificates differ in what stands around the same few numbers,
//! so one walk over the elements serves them all.

use der::asn1::ObjectIdentifier;
use der::{Decode, Reader, SliceReader, Tag, TagNumber, Tagged, asn1::AnyRef};

use super::material::{Curve, Material};
use super::sign::Private;

/// A key that was read from DER.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DerKey {
    /// What is needed to verify.
    pub material: Material,
    /// What the container is.
    pub form: Form,
    /// The private half, if it is there.
    pub private: Option<Private>,
}

/// The containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7): `BEGIN PUBLIC KEY`.
    Spki,
    /// RSAPublicKey (RFC 8017 appendix A.1.1): `BEGIN RSA PUBLIC KEY`.
    Pkcs1Public,
    /// RSAPrivateKey (RFC 8017 appendix A.1.2): `BEGIN RSA PRIVATE KEY`.
    Pkcs1Private,
    /// PrivateKeyInfo (RFC 5958): `BEGIN PRIVATE KEY`.
    Pkcs8,
    /// ECPrivateKey (RFC 5915): `BEGIN EC PRIVATE KEY`.
    Sec1,
    /// X.509 certificate (RFC 5280): `BEGIN CERTIFICATE`.
    Certificate,
}

impl Form {
    /// The label of its PEM armour (RFC 7468).
    pub fn label(self) -> &'static str {
        match self {
            Form::Spki => "PUBLIC KEY",
            Form::Pkcs1Public => "RSA PUBLIC KEY",
            Form::Pkcs1Private => "RSA PRIVATE KEY",
            Form::Pkcs8 => "PRIVATE KEY",
            Form::Sec1 => "EC PRIVATE KEY",
            Form::Certificate => "CERTIFICATE",
        }
    }

    /// True if it holds a private key.
    pub fn is_private(self) -> bool {
        matches!(self, Form::Pkcs1Private | Form::Pkcs8 | Form::Sec1)
    }
}

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const ED448: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.113");
const CURVES: &[(ObjectIdentifier, Curve)] = &[
    (ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"), Curve::P256),
    (ObjectIdentifier::new_unwrap("1.3.132.0.34"), Curve::P384),
    (ObjectIdentifier::new_unwrap("1.3.132.0.35"), Curve::P521),
    (ObjectIdentifier::new_unwrap("1.3.132.0.10"), Curve::Secp256k1),
];

/// The most elements of a sequence that are looked at.
const MOST: usize = 32;

/// Reads a key in whatever container; `None` if the bytes are none that is known.
pub fn read(bytes: &[u8]) -> Option<DerKey> {
    let whole = elements(sequence(bytes)?)?;
    let shape: Vec<Tag> = whole.iter().map(Tagged::tag).collect();
    let key = |form, material: Option<Material>| {
        let material = material?;
        let private = private(form, &material, &whole, bytes);
        Some(DerKey { material, form, private })
    };
    match shape.as_slice() {
        [Tag::Sequence, Tag::BitString] => key(Form::Spki, spki(&whole)),
        [Tag::Integer, Tag::Integer] => key(Form::Pkcs1Public, rsa(whole.first()?, whole.get(1)?)),
        [Tag::Integer, Tag::Integer, Tag::Integer, ..] => key(Form::Pkcs1Private, rsa(whole.get(1)?, whole.get(2)?)),
        [Tag::Integer, Tag::Sequence, Tag::OctetString, ..] => key(Form::Pkcs8, pkcs8(&whole)),
        [Tag::Integer, Tag::OctetString, ..] => key(Form::Sec1, sec1(&whole, None)),
        [Tag::Sequence, Tag::Sequence, Tag::BitString] => key(Form::Certificate, certificate(whole.first()?)),
        _ => None,
    }
}

/// The content of the one sequence that the bytes are.
fn sequence(bytes: &[u8]) -> Option<&[u8]> {
    let any = AnyRef::from_der(bytes).ok()?;
    (any.tag() == Tag::Sequence).then(|| any.value())
}

fn elements(content: &[u8]) -> Option<Vec<AnyRef<'_>>> {
    let mut reader = SliceReader::new(content).ok()?;
    let mut found = Vec::new();
    while !reader.is_finished() && found.len() < MOST {
        found.push(reader.decode::<AnyRef>().ok()?);
    }
    Some(found)
}

/// A number without the zero byte that marks it as positive.
fn number(any: &AnyRef) -> Option<Vec<u8>> {
    let value = any.value();
    let first = value.iter().position(|b| *b != 0)?;
    (any.tag() == Tag::Integer).then(|| value.get(first..).unwrap_or_default().to_vec())
}

fn rsa(n: &AnyRef, e: &AnyRef) -> Option<Material> {
    Some(Material::Rsa { n: number(n)?, e: number(e)? })
}

/// The bytes of a bit string of whole bytes.
fn bits<'a>(any: &AnyRef<'a>) -> Option<&'a [u8]> {
    let value = any.value();
    (any.tag() == Tag::BitString && value.first() == Some(&0)).then(|| value.get(1..)).flatten()
}

fn oid(any: Option<&AnyRef>) -> Option<ObjectIdentifier> {
    any?.decode_as().ok()
}

fn curve(any: Option<&AnyRef>) -> Option<Curve> {
    let id = oid(any)?;
    CURVES.iter().find(|(known, _)| *known == id).map(|(_, curve)| *curve)
}

fn spki(parts: &[AnyRef]) -> Option<Material> {
    let algorithm = elements(parts.first()?.value())?;
    let key = bits(parts.get(1)?)?;
    match oid(algorithm.first())? {
        id if id == RSA || id == RSA_PSS => {
            let numbers = elements(sequence(key)?)?;
            rsa(numbers.first()?, numbers.get(1)?)
        }
        id if id == EC => Material::point(curve(algorithm.get(1))?, key),
        id if id == ED25519 => Some(Material::Ed25519(key.try_into().ok()?)),
        id if id == ED448 => (key.len() == 57).then(|| Material::Ed448(key.to_vec())),
        _ => None,
    }
}

fn pkcs8(parts: &[AnyRef]) -> Option<Material> {
    let algorithm = elements(parts.get(1)?.value())?;
    let inner = parts.get(2)?.value();
    match oid(algorithm.first())? {
        id if id == RSA || id == RSA_PSS => {
            let numbers = elements(sequence(inner)?)?;
            rsa(numbers.get(1)?, numbers.get(2)?)
        }
        id if id == EC => sec1(&elements(sequence(inner)?)?, curve(algorithm.get(1))),
        id if id == ED25519 => {
            let seed = AnyRef::from_der(inner).ok().filter(|any| any.tag() == Tag::OctetString)?;
            Material::ed25519_of_seed(seed.value())
        }
        _ => None,
    }
}

/// The private half of what was read: `parts` are the elements of the container.
fn private(form: Form, material: &Material, parts: &[AnyRef], bytes: &[u8]) -> Option<Private> {
    let scalar = |parts: &[AnyRef]| match material {
        Material::Ec { curve, .. } => Some(Private::Ec(*curve, parts.get(1)?.value().to_vec())),
        _ => None,
    };
    match (form, material) {
        (Form::Pkcs1Private, _) => Some(Private::Rsa(bytes.to_vec())),
        (Form::Sec1, _) => scalar(parts),
        (Form::Pkcs8, Material::Rsa { .. }) => Some(Private::Rsa(parts.get(2)?.value().to_vec())),
        (Form::Pkcs8, Material::Ec { .. }) => scalar(&elements(sequence(parts.get(2)?.value())?)?),
        (Form::Pkcs8, Material::Ed25519(_)) => {
            let seed = AnyRef::from_der(parts.get(2)?.value()).ok()?;
            Some(Private::Ed25519(seed.value().try_into().ok()?))
        }
        _ => None,
    }
}

/// ECPrivateKey: the curve stands in it or around it; the public key may be left out, and is computed then.
fn sec1(parts: &[AnyRef], around: Option<Curve>) -> Option<Material> {
    let tagged = |n: u8| {
        let tag = Tag::ContextSpecific { constructed: true, number: TagNumber::new(n) };
        let any = parts.iter().find(|any| any.tag() == tag)?;
        AnyRef::from_der(any.value()).ok()
    };
    let secret = parts.get(1)?.value();
    // Where the curve is not named, its size names it; two curves have the same.
    let curve = curve(tagged(0).as_ref()).or(around);
    let curves = Curve::ALL.into_iter().filter(|c| curve.map_or(c.size() == secret.len(), |named| *c == named));
    let point = tagged(1);
    let key = |curve| match point.as_ref().and_then(bits) {
        Some(point) => Material::point(curve, point),
        None => Material::point_of_secret(curve, secret),
    };
    curves.filter_map(key).next()
}

/// The public key of a certificate: the element of its body that looks like one.
fn certificate(body: &AnyRef) -> Option<Material> {
    elements(body.value())?.iter().filter(|any| any.tag() == Tag::Sequence).find_map(|any| {
        let parts = elements(any.value())?;
        let is_key = parts.len() == 2 && parts.get(1).is_some_and(|any| any.tag() == Tag::BitString);
        is_key.then(|| spki(&parts)).flatten()
    })
}
