//! The signature algorithms that STS takes (API reference, AssumeRoleWithWebIdentity).

use aws_lc_rs::signature::{self, EcdsaVerificationAlgorithm, RsaParameters};

/// One of the six; there is no other (THREATS R22).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RS256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RS384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RS512,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// ECDSA on P-384 with SHA-384.
    ES384,
    /// ECDSA on P-521 with SHA-512.
    ES512,
}

/// How the library verifies an algorithm.
pub(crate) enum Scheme {
    Rsa(&'static RsaParameters),
    /// The curve's name in a JWK and the length of one coordinate (and of r and s) in bytes.
    Ecdsa(&'static EcdsaVerificationAlgorithm, &'static str, usize),
}

impl Algorithm {
    /// Every algorithm, in the order of their names' usual listing.
    pub const ALL: [Algorithm; 6] = [
        Algorithm::RS256,
        Algorithm::RS384,
        Algorithm::RS512,
        Algorithm::ES256,
        Algorithm::ES384,
        Algorithm::ES512,
    ];

    /// The `alg` value (RFC 7518 §3.1).
    pub fn as_str(self) -> &'static str {
        match self {
            Algorithm::RS256 => "RS256",
            Algorithm::RS384 => "RS384",
            Algorithm::RS512 => "RS512",
            Algorithm::ES256 => "ES256",
            Algorithm::ES384 => "ES384",
            Algorithm::ES512 => "ES512",
        }
    }

    /// By its exact `alg` value.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alg| alg.as_str() == name)
    }

    pub(crate) fn scheme(self) -> Scheme {
        match self {
            Algorithm::RS256 => Scheme::Rsa(&signature::RSA_PKCS1_2048_8192_SHA256),
            Algorithm::RS384 => Scheme::Rsa(&signature::RSA_PKCS1_2048_8192_SHA384),
            Algorithm::RS512 => Scheme::Rsa(&signature::RSA_PKCS1_2048_8192_SHA512),
            Algorithm::ES256 => Scheme::Ecdsa(&signature::ECDSA_P256_SHA256_FIXED, "P-256", 32),
            Algorithm::ES384 => Scheme::Ecdsa(&signature::ECDSA_P384_SHA384_FIXED, "P-384", 48),
            Algorithm::ES512 => Scheme::Ecdsa(&signature::ECDSA_P521_SHA512_FIXED, "P-521", 66),
        }
    }
}
