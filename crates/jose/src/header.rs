//! The JOSE header of a token.

use serde_json::{Map, Value};

use crate::{Algorithm, TokenFault};

/// Longest `kid`, in bytes (THREATS R22).
pub(crate) const MAX_KID_BYTES: usize = 256;

/// Members that would change what is signed or how it is read; refused whatever they say.
const REFUSED: [&str; 3] = ["crit", "b64", "zip"];

/// What a header may tell us: the algorithm and the key's name. `typ` is ignored; `jku`, `x5u`,
/// `x5c` and `jwk` are never read (THREATS R22).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Bound to the key's type, curve and `alg` when the signature is checked.
    pub algorithm: Algorithm,
    /// Opaque; at most 256 bytes.
    pub kid: Option<String>,
}

impl Header {
    pub(crate) fn from_json(members: &Map<String, Value>) -> Result<Self, TokenFault> {
        if let Some(name) = REFUSED.iter().find(|name| members.contains_key(**name)) {
            return Err(TokenFault::RefusedHeader(name));
        }
        let algorithm = match members.get("alg") {
            Some(Value::String(name)) => {
                Algorithm::named(name).ok_or_else(|| TokenFault::Algorithm(name.clone()))?
            }
            _ => return Err(TokenFault::malformed("the header has no alg")),
        };
        Ok(Self {
            algorithm,
            kid: kid(members)?,
        })
    }
}

/// The `kid` member of a header or key.
pub(crate) fn kid(members: &Map<String, Value>) -> Result<Option<String>, TokenFault> {
    match members.get("kid") {
        None => Ok(None),
        Some(Value::String(kid)) if kid.len() <= MAX_KID_BYTES => Ok(Some(kid.clone())),
        Some(Value::String(_)) => Err(TokenFault::malformed("kid is longer than 256 bytes")),
        Some(_) => Err(TokenFault::malformed("kid is not a string")),
    }
}
