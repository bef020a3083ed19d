//! A public key that can be published: its name, its JWK, its DER.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::der::{BIT_STRING, NULL, OBJECT_IDENTIFIER, SEQUENCE, element, tagged};
use crate::{Algorithm, UnusableKey, VerifyingKey, pem, rsa_public_key};

/// rsaEncryption (RFC 8017 §A.1), id-ecPublicKey and the curves (RFC 5480 §2.1.1).
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const CURVES: [(Algorithm, &str, &[u8]); 3] = [
    (
        Algorithm::ES256,
        "P-256",
        &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
    ),
    (Algorithm::ES384, "P-384", &[0x2b, 0x81, 0x04, 0x00, 0x22]),
    (Algorithm::ES512, "P-521", &[0x2b, 0x81, 0x04, 0x00, 0x23]),
];

/// A public key that kube-apiserver may sign for: RSA of 2048 to 4096 bits (RS256), P-256, P-384 or
/// P-521.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    kid: String,
    der: Vec<u8>,
    jwk: Value,
    algorithm: Algorithm,
}

/// The bytes are no public key that we take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublicKeyFault {
    /// Not the DER of an RSA or EC key, or not the only way to write it.
    #[error("not an RSA or EC (P-256, P-384, P-521) public key")]
    Form,
    /// It is one, but must not be used.
    #[error("the key must not be used: {0}")]
    Unusable(#[from] UnusableKey),
}

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), as Go writes it.
    ///
    /// # Errors
    /// It is none, or its key must not be used (THREATS R26).
    pub fn from_der(der: &[u8]) -> Result<Self, PublicKeyFault> {
        let key = parsed(der).ok_or(PublicKeyFault::Form)?;
        // WHY: the kid is the digest of what Go would write; two spellings would be two names.
        if key.der != der {
            return Err(PublicKeyFault::Form);
        }
        VerifyingKey::from_jwk(&key.jwk)?;
        Ok(key)
    }

    /// Reads an RSAPublicKey (PKCS #1).
    ///
    /// # Errors
    /// As [`PublicKey::from_der`].
    pub fn from_pkcs1(der: &[u8]) -> Result<Self, PublicKeyFault> {
        rsa_public_key::components(der).ok_or(PublicKeyFault::Form)?;
        Self::from_der(&info(&rsa_algorithm(), der))
    }

    /// Reads the public key of a JWK; a name that it has is not looked at.
    ///
    /// # Errors
    /// The key must not be used, or has an algorithm that kube-apiserver does not sign with.
    pub fn from_jwk(jwk: &Value) -> Result<Self, PublicKeyFault> {
        let mut named = jwk.clone();
        if let Some(members) = named.as_object_mut() {
            members.insert("kid".to_owned(), json!(""));
        }
        VerifyingKey::from_jwk(&named)?;
        let key = of_members(jwk).ok_or(PublicKeyFault::Form)?;
        match jwk.get("alg").and_then(Value::as_str) {
            Some(declared) if declared != key.algorithm.as_str() => {
                Err(UnusableKey::Algorithm.into())
            }
            Some(_) | None => Ok(key),
        }
    }

    /// Its name: base64url of the SHA-256 of [`PublicKey::der`], as kube-apiserver computes it.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// What tells the key from every other, whatever its name: base64url of the SHA-256 of its
    /// required members (RFC 7638 §3).
    pub fn thumbprint(&self) -> String {
        let member = |name: &str| {
            self.jwk
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let names: &[&str] = match member("kty") {
            "RSA" => &["e", "kty", "n"],
            _ => &["crv", "kty", "x", "y"],
        };
        let members = names
            .iter()
            .map(|name| format!(r#""{name}":"{}""#, member(name)));
        let members = members.collect::<Vec<_>>().join(",");
        let digest = digest::digest(&digest::SHA256, format!("{{{members}}}").as_bytes());
        base64(digest.as_ref())
    }

    /// SubjectPublicKeyInfo, DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// With the members and in the order that Kubernetes publishes.
    pub fn jwk(&self) -> &Value {
        &self.jwk
    }

    /// What kube-apiserver signs with when it has this key.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// As a PEM file (`PUBLIC KEY`), such as `--service-account-key-file` takes.
    pub fn to_pem(&self) -> String {
        pem::pem_block("PUBLIC KEY", &self.der)
    }
}

fn parsed(der: &[u8]) -> Option<PublicKey> {
    let (body, _) = element(der, SEQUENCE)?;
    let (algorithm, key) = element(body, SEQUENCE)?;
    let (algorithm, parameters) = element(algorithm, OBJECT_IDENTIFIER)?;
    let (bits, _) = element(key, BIT_STRING)?;
    let bits = bits.strip_prefix(&[0])?;
    if algorithm == RSA {
        let (modulus, exponent) = rsa_public_key::components(bits)?;
        return Some(rsa(modulus, exponent));
    }
    let (curve, _) = element(parameters, OBJECT_IDENTIFIER)?;
    let curve = CURVES.into_iter().find(|(_, _, id)| *id == curve)?;
    let coordinates = bits.strip_prefix(&[4])?;
    let (x, y) = coordinates.split_at_checked(coordinates.len() / 2)?;
    (algorithm == EC).then(|| ec(curve, x, y))
}

fn of_members(jwk: &Value) -> Option<PublicKey> {
    let bytes = |name: &str| URL_SAFE_NO_PAD.decode(jwk.get(name)?.as_str()?).ok();
    if jwk.get("kty")?.as_str()? == "RSA" {
        let (modulus, exponent) = (bytes("n")?, bytes("e")?);
        return Some(rsa(without_zeros(&modulus), without_zeros(&exponent)));
    }
    let name = jwk.get("crv")?.as_str()?;
    let curve = CURVES.into_iter().find(|(_, known, _)| *known == name)?;
    Some(ec(curve, &bytes("x")?, &bytes("y")?))
}

fn rsa(modulus: &[u8], exponent: &[u8]) -> PublicKey {
    let der = info(
        &rsa_algorithm(),
        &rsa_public_key::written(modulus, exponent),
    );
    let (kid, alg) = (kid(&der), Algorithm::RS256);
    let jwk = json!({
        "use": "sig", "kty": "RSA", "kid": kid, "alg": alg.as_str(),
        "n": base64(modulus), "e": base64(exponent),
    });
    PublicKey {
        kid,
        der,
        jwk,
        algorithm: alg,
    }
}

fn ec((alg, name, curve): (Algorithm, &str, &[u8]), x: &[u8], y: &[u8]) -> PublicKey {
    let identifiers = [
        tagged(OBJECT_IDENTIFIER, &[EC]),
        tagged(OBJECT_IDENTIFIER, &[curve]),
    ];
    let algorithm = tagged(SEQUENCE, &[&identifiers.concat()]);
    let der = info(&algorithm, &[&[4], x, y].concat());
    let kid = kid(&der);
    let jwk = json!({
        "use": "sig", "kty": "EC", "kid": kid, "crv": name, "alg": alg.as_str(),
        "x": base64(x), "y": base64(y),
    });
    PublicKey {
        kid,
        der,
        jwk,
        algorithm: alg,
    }
}

fn rsa_algorithm() -> Vec<u8> {
    let null = tagged(NULL, &[]);
    tagged(SEQUENCE, &[&tagged(OBJECT_IDENTIFIER, &[RSA]), &null])
}

fn info(algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    tagged(SEQUENCE, &[algorithm, &tagged(BIT_STRING, &[&[0], key])])
}

fn kid(der: &[u8]) -> String {
    base64(digest::digest(&digest::SHA256, der).as_ref())
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

fn base64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
