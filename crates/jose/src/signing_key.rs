//! The private key of a local issuer.

use aws_lc_rs::digest;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base::Secret;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::{Algorithm, rsa_public_key};

/// Largest modulus that verifiers take, in bytes (THREATS R26).
const MAX_MODULUS_BYTES: usize = 512;

/// Signs tokens as a Kubernetes API server does: RS256 with 2048 bits, or ES256. No `Debug`; the
/// private part leaves only through [`SigningKey::to_pkcs8`].
pub struct SigningKey {
    pair: Pair,
    kid: String,
    /// In the order in which Kubernetes writes them.
    jwk: Value,
}

enum Pair {
    Rsa(Box<RsaKeyPair>),
    P256(EcdsaKeyPair),
}

/// Why there is no key or no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningFault {
    /// Only RS256 and ES256 sign.
    #[error("keys are made for RS256 and ES256 only")]
    Algorithm,
    /// The bytes are neither an RSA key of 2048 to 4096 bits nor a P-256 key in PKCS #8.
    #[error("not an RSA (2048 to 4096 bits) or P-256 key in PKCS #8")]
    Pkcs8,
    /// The crypto library failed.
    #[error("the crypto library failed")]
    Library,
}

impl From<aws_lc_rs::error::Unspecified> for SigningFault {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        Self::Library
    }
}

impl SigningKey {
    /// Makes a fresh key with the crypto library's own generator.
    ///
    /// # Errors
    /// An algorithm other than RS256 and ES256, or a failure of the library.
    pub fn generate(algorithm: Algorithm) -> Result<Self, SigningFault> {
        let pair = match algorithm {
            Algorithm::RS256 => Pair::Rsa(Box::new(RsaKeyPair::generate(KeySize::Rsa2048)?)),
            Algorithm::ES256 => {
                Pair::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?)
            }
            Algorithm::RS384 | Algorithm::RS512 | Algorithm::ES384 | Algorithm::ES512 => {
                return Err(SigningFault::Algorithm);
            }
        };
        Self::from_pair(pair)
    }

    /// Reads a private key in PKCS #8 DER.
    ///
    /// # Errors
    /// [`SigningFault::Pkcs8`].
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, SigningFault> {
        if let Ok(pair) = RsaKeyPair::from_pkcs8(der) {
            if pair.public_modulus_len() > MAX_MODULUS_BYTES {
                return Err(SigningFault::Pkcs8);
            }
            return Self::from_pair(Pair::Rsa(Box::new(pair)));
        }
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der)
            .map_err(|_| SigningFault::Pkcs8)?;
        Self::from_pair(Pair::P256(pair))
    }

    /// The private key in PKCS #8 DER.
    ///
    /// # Errors
    /// A failure of the library.
    pub fn to_pkcs8(&self) -> Result<Secret<Vec<u8>>, SigningFault> {
        let der = match &self.pair {
            Pair::Rsa(pair) => pair.as_der()?.as_ref().to_vec(),
            Pair::P256(pair) => pair.to_pkcs8v1()?.as_ref().to_vec(),
        };
        Ok(Secret::new(der))
    }

    /// What it signs with.
    pub fn algorithm(&self) -> Algorithm {
        self.pair.algorithm()
    }

    /// Its name: base64url of the SHA-256 of the public key's SubjectPublicKeyInfo, as
    /// kube-apiserver computes it.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key, with the members and in the order that Kubernetes publishes.
    pub fn public_jwk(&self) -> Value {
        self.jwk.clone()
    }

    /// The public key as SubjectPublicKeyInfo DER, of which [`SigningKey::kid`] is the digest.
    ///
    /// # Errors
    /// A failure of the library.
    pub fn public_der(&self) -> Result<Vec<u8>, SigningFault> {
        self.pair.subject_public_key_info()
    }

    /// The signature over a message as it is, in the form that JWS has (RFC 7518 §3.3, §3.4).
    ///
    /// # Errors
    /// A failure of the library.
    pub fn signature(&self, message: &[u8]) -> Result<Vec<u8>, SigningFault> {
        self.pair.sign(message)
    }

    /// Signs the claims; the header is `{"alg","kid"}`, as Kubernetes writes it.
    ///
    /// # Errors
    /// A failure of the library.
    pub fn sign(&self, claims: &Value) -> Result<String, SigningFault> {
        let header = json!({ "alg": self.algorithm().as_str(), "kid": self.kid });
        let mut token = format!("{}.{}", part(header.to_string()), part(claims.to_string()));
        let signature = self.pair.sign(token.as_bytes())?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    fn from_pair(pair: Pair) -> Result<Self, SigningFault> {
        let spki = pair.subject_public_key_info()?;
        let kid = part(digest::digest(&digest::SHA256, &spki).as_ref());
        let jwk = pair.jwk(&kid).ok_or(SigningFault::Library)?;
        Ok(Self { pair, kid, jwk })
    }
}

impl Pair {
    fn algorithm(&self) -> Algorithm {
        match self {
            Pair::Rsa(_) => Algorithm::RS256,
            Pair::P256(_) => Algorithm::ES256,
        }
    }

    fn subject_public_key_info(&self) -> Result<Vec<u8>, SigningFault> {
        let der = match self {
            Pair::Rsa(pair) => pair.public_key().as_der()?,
            Pair::P256(pair) => pair.public_key().as_der()?,
        };
        Ok(der.as_ref().to_vec())
    }

    fn jwk(&self, kid: &str) -> Option<Value> {
        let alg = self.algorithm().as_str();
        match self {
            Pair::Rsa(pair) => {
                let (n, e) = rsa_public_key::components(pair.public_key().as_ref())?;
                Some(json!({
                    "use": "sig", "kty": "RSA", "kid": kid, "alg": alg, "n": part(n), "e": part(e),
                }))
            }
            Pair::P256(pair) => {
                let coordinates = pair.public_key().as_ref().strip_prefix(&[4])?;
                let (x, y) = coordinates.split_at_checked(32)?;
                Some(json!({
                    "use": "sig", "kty": "EC", "kid": kid, "crv": "P-256", "alg": alg,
                    "x": part(x), "y": part(y),
                }))
            }
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningFault> {
        let random = SystemRandom::new();
        match self {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)?;
                Ok(signature)
            }
            Pair::P256(pair) => Ok(pair.sign(&random, message)?.as_ref().to_vec()),
        }
    }
}

fn part(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
