//! A public key that was found fit to verify (THREATS R26).

use aws_lc_rs::signature::{ParsedPublicKey, RsaPublicKeyComponents};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::Algorithm;
use crate::algorithm::Scheme;
use crate::header::MAX_KID_BYTES;

/// Smallest and largest RSA modulus in bits.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;
/// Longest RSA exponent in bytes: e < 2^32.
const MAX_EXPONENT_BYTES: usize = 4;
/// Members of a private key (RFC 7518 §6.2.2, §6.3.2, §6.4).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// One public key of a set, checked when it was loaded.
#[derive(Clone)]
pub struct VerifyingKey {
    kid: String,
    /// What it may verify; RSA keys without `alg` may verify all three.
    verifiers: Vec<(Algorithm, ParsedPublicKey)>,
    /// The public members as they are published again.
    jwk: Map<String, Value>,
}

/// Why a member of a key set is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnusableKey {
    /// Not a JSON object.
    #[error("not an object")]
    NotAnObject,
    /// `kty` is neither RSA nor EC.
    #[error("the key type is neither RSA nor EC")]
    KeyType,
    /// `use` is there and not `sig`.
    #[error("`use` is not `sig`")]
    Use,
    /// `key_ops` is there and lacks `verify`.
    #[error("`key_ops` lacks `verify`")]
    KeyOps,
    /// It holds a private member.
    #[error("it holds the private member `{0}`")]
    Private(&'static str),
    /// `kid` is missing, or not a string of at most 256 bytes.
    #[error("`kid` is missing, or not a string of at most 256 bytes")]
    Kid,
    /// `alg` is none of ours or does not fit the key.
    #[error("`alg` does not fit the key")]
    Algorithm,
    /// A member that the key needs is missing or not base64url.
    #[error("the member `{0}` is missing or not base64url")]
    Member(&'static str),
    /// The modulus is even or outside 2048–4096 bits.
    #[error("the modulus must be odd and have 2048 to 4096 bits")]
    Modulus,
    /// The exponent is even, below 3, or 2^32 and above.
    #[error("the exponent must be odd, at least 3 and below 2^32")]
    Exponent,
    /// The curve is none of P-256, P-384, P-521.
    #[error("the curve is none of P-256, P-384 and P-521")]
    Curve,
    /// The coordinates are no point of the curve.
    #[error("the coordinates are not a point of the curve")]
    Point,
}

impl VerifyingKey {
    /// Reads a JWK (RFC 7517).
    ///
    /// # Errors
    /// Why it must not be used.
    pub fn from_jwk(jwk: &Value) -> Result<Self, UnusableKey> {
        let Value::Object(members) = jwk else {
            return Err(UnusableKey::NotAnObject);
        };
        check_purpose(members)?;
        let declared = declared_algorithm(members)?;
        let (verifiers, names) = match members.get("kty").and_then(Value::as_str) {
            Some("RSA") => (rsa(members, declared)?, ["n", "e"].as_slice()),
            Some("EC") => (ec(members, declared)?, ["crv", "x", "y"].as_slice()),
            _ => return Err(UnusableKey::KeyType),
        };
        let kid = kid(members)?;
        let published = ["kty", "kid", "alg"].iter().chain(names);
        let jwk = published
            .filter_map(|name| Some(((*name).to_owned(), members.get(*name)?.clone())))
            .collect();
        Ok(Self {
            kid,
            verifiers,
            jwk,
        })
    }

    /// Its name in the set.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Whether it may verify this algorithm.
    pub fn permits(&self, algorithm: Algorithm) -> bool {
        self.verifiers.iter().any(|(own, _)| *own == algorithm)
    }

    /// Whether it stands in the place of an earlier one in its set: same name, and an algorithm in
    /// common.
    pub(crate) fn replaces(&self, earlier: &Self) -> bool {
        let shared = |(algorithm, _): &(Algorithm, _)| earlier.permits(*algorithm);
        self.kid == earlier.kid && self.verifiers.iter().any(shared)
    }

    /// Whether `signature` is this key's over `message`. ECDSA signatures are raw r‖s of exactly
    /// the curve's length with 1 ≤ r, s < n (RFC 7518 §3.4).
    pub fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let key = self.verifiers.iter().find(|(own, _)| *own == algorithm);
        key.is_some_and(|(_, key)| key.verify_sig(message, signature).is_ok())
    }

    /// The public members: kty, kid, alg and the numbers.
    pub fn to_json(&self) -> Value {
        Value::Object(self.jwk.clone())
    }
}

fn check_purpose(members: &Map<String, Value>) -> Result<(), UnusableKey> {
    if let Some(name) = PRIVATE_MEMBERS
        .iter()
        .find(|name| members.contains_key(**name))
    {
        return Err(UnusableKey::Private(name));
    }
    if members.get("use").is_some_and(|purpose| purpose != "sig") {
        return Err(UnusableKey::Use);
    }
    match members.get("key_ops") {
        None => Ok(()),
        Some(Value::Array(ops)) if ops.iter().any(|op| op == "verify") => Ok(()),
        Some(_) => Err(UnusableKey::KeyOps),
    }
}

/// AWS takes no key without a name (recorded).
fn kid(members: &Map<String, Value>) -> Result<String, UnusableKey> {
    match members.get("kid") {
        Some(Value::String(kid)) if kid.len() <= MAX_KID_BYTES => Ok(kid.clone()),
        _ => Err(UnusableKey::Kid),
    }
}

fn declared_algorithm(members: &Map<String, Value>) -> Result<Option<Algorithm>, UnusableKey> {
    match members.get("alg") {
        None => Ok(None),
        Some(Value::String(name)) => Algorithm::named(name)
            .map(Some)
            .ok_or(UnusableKey::Algorithm),
        Some(_) => Err(UnusableKey::Algorithm),
    }
}

type Verifiers = Vec<(Algorithm, ParsedPublicKey)>;

fn rsa(
    members: &Map<String, Value>,
    declared: Option<Algorithm>,
) -> Result<Verifiers, UnusableKey> {
    let modulus = number(members, "n")?;
    let exponent = number(members, "e")?;
    check_modulus(&modulus)?;
    check_exponent(&exponent)?;
    let components = RsaPublicKeyComponents {
        n: modulus,
        e: exponent,
    };
    let mut verifiers = Vec::new();
    for algorithm in Algorithm::ALL {
        if let Scheme::Rsa(parameters) = algorithm.scheme()
            && declared.is_none_or(|declared| declared == algorithm)
        {
            let key = components.to_parsed_public_key(parameters);
            verifiers.push((algorithm, key.map_err(|_| UnusableKey::Modulus)?));
        }
    }
    if verifiers.is_empty() {
        return Err(UnusableKey::Algorithm);
    }
    Ok(verifiers)
}

fn check_modulus(modulus: &[u8]) -> Result<(), UnusableKey> {
    let (Some(first), Some(last)) = (modulus.first(), modulus.last()) else {
        return Err(UnusableKey::Modulus);
    };
    let bits = modulus.len() * 8 - first.leading_zeros() as usize;
    if RSA_BITS.contains(&bits) && last % 2 == 1 {
        Ok(())
    } else {
        Err(UnusableKey::Modulus)
    }
}

fn check_exponent(exponent: &[u8]) -> Result<(), UnusableKey> {
    let value = exponent
        .iter()
        .fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
    if exponent.len() <= MAX_EXPONENT_BYTES && value >= 3 && value % 2 == 1 {
        Ok(())
    } else {
        Err(UnusableKey::Exponent)
    }
}

fn ec(members: &Map<String, Value>, declared: Option<Algorithm>) -> Result<Verifiers, UnusableKey> {
    let name = members
        .get("crv")
        .and_then(Value::as_str)
        .unwrap_or_default();
    for algorithm in Algorithm::ALL {
        let Scheme::Ecdsa(verification, curve, length) = algorithm.scheme() else {
            continue;
        };
        if curve != name {
            continue;
        }
        if declared.is_some_and(|declared| declared != algorithm) {
            return Err(UnusableKey::Algorithm);
        }
        let point = point(members, length)?;
        let key = ParsedPublicKey::new(verification, point).map_err(|_| UnusableKey::Point)?;
        return Ok(vec![(algorithm, key)]);
    }
    Err(UnusableKey::Curve)
}

/// The uncompressed point (SEC 1 §2.3.3); coordinates have their full length (RFC 7518 §6.2.1.2).
fn point(members: &Map<String, Value>, length: usize) -> Result<Vec<u8>, UnusableKey> {
    let (x, y) = (bytes(members, "x")?, bytes(members, "y")?);
    if x.len() != length || y.len() != length {
        return Err(UnusableKey::Point);
    }
    let mut point = vec![4];
    point.extend(x);
    point.extend(y);
    Ok(point)
}

/// A Base64urlUInt (RFC 7518 §2); leading zeros, which some publishers leave in, are dropped.
fn number(members: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, UnusableKey> {
    let bytes = bytes(members, name)?;
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    Ok(bytes.into_iter().skip(zeros).collect())
}

fn bytes(members: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, UnusableKey> {
    members
        .get(name)
        .and_then(Value::as_str)
        .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
        .ok_or(UnusableKey::Member(name))
}
