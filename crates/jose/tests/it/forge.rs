//! Makes tokens, good and bad.

use std::sync::OnceLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
    ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaKeyPair,
};
use base::{Fault, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jose::{Algorithm, Claims, JwkSet, SigningKey, Token, TokenFault, verify};
use serde_json::{Value, json};

/// When every test takes place.
pub(crate) const NOW: i64 = 1_790_000_000;
pub(crate) const ISSUER: &str = "https://issuer.example/id/demo";
pub(crate) const SUBJECT: &str = "system:serviceaccount:demo:app";

pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

/// A payload that nothing is wrong with.
pub(crate) fn payload() -> Value {
    json!({
        "iss": ISSUER,
        "sub": SUBJECT,
        "aud": ["sts.amazonaws.com"],
        "iat": NOW,
        "nbf": NOW,
        "exp": NOW + 3600,
    })
}

/// The good payload with one member replaced, or removed for `null` given as `None`.
pub(crate) fn payload_with(name: &str, value: Option<Value>) -> String {
    let mut payload = payload();
    match value {
        Some(value) => payload[name] = value,
        None => {
            payload.as_object_mut().unwrap().remove(name);
        }
    }
    payload.to_string()
}

/// A private key that signs with any of the algorithms.
pub(crate) struct Forger {
    algorithm: Algorithm,
    pair: Pair,
    jwk: Value,
}

enum Pair {
    Rsa(Box<RsaKeyPair>),
    Ec(EcdsaKeyPair),
}

impl Forger {
    pub(crate) fn new(algorithm: Algorithm, kid: &str) -> Self {
        let (pair, jwk) = match algorithm {
            Algorithm::RS256 | Algorithm::RS384 | Algorithm::RS512 => rsa(kid),
            Algorithm::ES256 => ec(&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256", kid),
            Algorithm::ES384 => ec(&ECDSA_P384_SHA384_FIXED_SIGNING, "P-384", kid),
            Algorithm::ES512 => ec(&ECDSA_P521_SHA512_FIXED_SIGNING, "P-521", kid),
        };
        Self {
            algorithm,
            pair,
            jwk,
        }
    }

    pub(crate) fn jwk(&self) -> Value {
        self.jwk.clone()
    }

    /// The key alone in its set.
    pub(crate) fn set(&self) -> JwkSet {
        set(&[self.jwk()])
    }

    pub(crate) fn header(&self) -> Value {
        json!({ "alg": self.algorithm.as_str(), "kid": self.jwk["kid"] })
    }

    /// A token with a true signature over whatever is given.
    pub(crate) fn token(&self, header: &str, payload: &str) -> String {
        let signed = format!("{}.{}", part(header), part(payload));
        let signature = self.sign(signed.as_bytes());
        format!("{signed}.{}", part(signature))
    }

    pub(crate) fn good_token(&self) -> String {
        self.token(&self.header().to_string(), &payload().to_string())
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let padding = match self.algorithm {
                    Algorithm::RS384 => &RSA_PKCS1_SHA384,
                    Algorithm::RS512 => &RSA_PKCS1_SHA512,
                    _ => &RSA_PKCS1_SHA256,
                };
                pair.sign(padding, &random, message, &mut signature)
                    .unwrap();
                signature
            }
            Pair::Ec(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
        }
    }
}

/// One RSA key serves all tests; making one is slow.
pub(crate) fn rsa_key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::generate(Algorithm::RS256).unwrap())
}

fn rsa(kid: &str) -> (Pair, Value) {
    let key = rsa_key();
    let pair = RsaKeyPair::from_pkcs8(key.to_pkcs8().unwrap().expose()).unwrap();
    let public = key.public_jwk();
    let jwk = json!({ "kty": "RSA", "kid": kid, "n": public["n"], "e": public["e"] });
    (Pair::Rsa(Box::new(pair)), jwk)
}

fn ec(algorithm: &'static EcdsaSigningAlgorithm, curve: &str, kid: &str) -> (Pair, Value) {
    let pair = EcdsaKeyPair::generate(algorithm).unwrap();
    let point = &pair.public_key().as_ref()[1..];
    let (x, y) = point.split_at(point.len() / 2);
    let jwk = json!({ "kty": "EC", "kid": kid, "crv": curve, "x": part(x), "y": part(y) });
    (Pair::Ec(pair), jwk)
}

pub(crate) fn set(keys: &[Value]) -> JwkSet {
    JwkSet::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

pub(crate) fn part(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Parses and verifies at [`NOW`].
pub(crate) fn judge(token: &str, keys: &JwkSet) -> Result<Claims, TokenFault> {
    let token = Token::parse(token)?;
    verify(&token, keys, now()).cloned()
}

/// The fault of a token that must be refused.
pub(crate) fn refusal(token: &str, keys: &JwkSet) -> Fault {
    match judge(token, keys) {
        Ok(claims) => panic!("taken: {claims:?}"),
        Err(fault) => fault.fault(),
    }
}
