//! What the signer looks at before it signs (THREATS R63, attack A33).

use std::collections::HashSet;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

/// Longest payload, in bytes: with its header and signature it stays within the 20,000 characters
/// that STS takes (API reference, AssumeRoleWithWebIdentity).
const MAX_PAYLOAD_CHARS: usize = 19_000;
/// The claims that verifiers decide by.
const DECISIVE: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

/// Why claims are not signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusedClaims {
    /// Not unpadded base64url.
    #[error("the claims are not unpadded base64url")]
    Encoding,
    /// Too long for any verifier.
    #[error("the claims have {0} characters; at most {MAX_PAYLOAD_CHARS} are signed")]
    TooLong(usize),
    /// Not a JSON object, a name twice, or a claim of the wrong type.
    #[error("the claims are not a plain JSON object: {0}")]
    Json(String),
    /// Another issuer's token.
    #[error("`iss` is not this signer's issuer")]
    Issuer,
    /// It would live too long.
    #[error("`exp` is {over_secs} s beyond the longest life of a token")]
    Expiry {
        /// By how much.
        over_secs: i64,
    },
}

/// The claims that the signer reads; the rest it leaves alone.
#[derive(Debug)]
struct Read {
    issuer: String,
    expires_at: i64,
}

/// The `exp` of claims that may be signed: those of `issuer` that expire within `max_life_secs`
/// after `now`.
pub(super) fn check(
    payload: &str,
    issuer: &str,
    now: i64,
    max_life_secs: i64,
) -> Result<i64, RefusedClaims> {
    if payload.len() > MAX_PAYLOAD_CHARS {
        return Err(RefusedClaims::TooLong(payload.len()));
    }
    let bytes = URL_SAFE_NO_PAD
        .decode(payload)
        .map_err(|_| RefusedClaims::Encoding)?;
    let read: Read =
        serde_json::from_slice(&bytes).map_err(|error| RefusedClaims::Json(error.to_string()))?;
    if read.issuer != issuer {
        return Err(RefusedClaims::Issuer);
    }
    let over_secs = read
        .expires_at
        .saturating_sub(now.saturating_add(max_life_secs));
    if over_secs > 0 {
        return Err(RefusedClaims::Expiry { over_secs });
    }
    Ok(read.expires_at)
}

impl<'de> Deserialize<'de> for Read {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ReadVisitor)
    }
}

struct ReadVisitor;

impl<'de> Visitor<'de> for ReadVisitor {
    type Value = Read;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Read, A::Error> {
        let (mut issuer, mut expires_at) = (None, None);
        let mut names = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            // WHY: some verifiers take the first of two, some the last, and Go's encoding/json takes
            // `ISS` for `iss`; what readers would read differently is not signed.
            let folded = folded(&name);
            if DECISIVE.contains(&folded.as_str()) && folded != name {
                return Err(A::Error::custom(format!(
                    "the name `{name}` resembles `{folded}`"
                )));
            }
            match name.as_str() {
                "iss" => issuer = Some(map.next_value()?),
                "exp" => expires_at = Some(map.next_value()?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
            if !names.insert(name) {
                return Err(A::Error::custom("a name stands twice"));
            }
        }
        Ok(Read {
            issuer: issuer.ok_or_else(|| A::Error::missing_field("iss"))?,
            expires_at: expires_at.ok_or_else(|| A::Error::missing_field("exp"))?,
        })
    }
}

/// As Go compares names without regard to case (encoding/json, foldName).
fn folded(name: &str) -> String {
    let fold = |c: char| match c {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        c => c.to_ascii_lowercase(),
    };
    name.chars().map(fold).collect()
}
