//! Modulus and exponent of an RSAPublicKey (RFC 8017 §A.1.1).

use crate::der::{INTEGER, SEQUENCE, element, tagged, unsigned, unsigned_integer};

/// `(n, e)`, big-endian without leading zeros.
pub(crate) fn components(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (body, rest) = element(der, SEQUENCE)?;
    let (modulus, after) = element(body, INTEGER)?;
    let (exponent, end) = element(after, INTEGER)?;
    (rest.is_empty() && end.is_empty()).then_some((unsigned(modulus), unsigned(exponent)))
}

/// The same the other way.
pub(crate) fn written(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let (modulus, exponent) = (unsigned_integer(modulus), unsigned_integer(exponent));
    tagged(SEQUENCE, &[&modulus, &exponent])
}
