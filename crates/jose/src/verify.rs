//! The decision whether a token is what it says.

use base::Timestamp;

use crate::audience::deciding_audience;
use crate::{Claims, JwkSet, Token, TokenFault};

/// By how much clocks may differ, for `exp`, `iat` and `nbf` alike (recorded from AWS; THREATS R23).
pub const CLOCK_SKEW_SECS: i64 = 300;

/// Takes the token if one key of `keys` signed it and `now` lies within its dates. The cheap checks
/// come first (THREATS R35). Whether the audience is registered is
/// [`registered_audience`](crate::registered_audience)'s to say.
///
/// # Errors
/// The first thing that is wrong.
pub fn verify<'t>(
    token: &'t Token<'_>,
    keys: &JwkSet,
    now: Timestamp,
) -> Result<&'t Claims, TokenFault> {
    let claims = token.unverified();
    check_dates(claims, now)?;
    deciding_audience(claims)?;
    if let Some(issuer) = keys.issuer()
        && issuer != claims.issuer
    {
        return Err(TokenFault::IssuerMismatch(issuer.to_owned()));
    }
    let header = token.header();
    let key = keys
        .select(header.kid.as_deref(), header.algorithm)
        .map_err(|fault| match (fault, &header.kid) {
            (crate::KeyFault::Unknown, Some(kid)) => TokenFault::UnknownKey(kid.clone()),
            (fault, _) => TokenFault::Key(fault),
        })?;
    if key.verifies(header.algorithm, token.signed(), token.signature()) {
        Ok(claims)
    } else {
        Err(TokenFault::Signature)
    }
}

/// Whether `now` lies within the token's dates, give or take [`CLOCK_SKEW_SECS`].
///
/// # Errors
/// [`TokenFault::Expired`], [`TokenFault::IssuedInFuture`], [`TokenFault::NotYetValid`].
pub fn check_dates(claims: &Claims, now: Timestamp) -> Result<(), TokenFault> {
    let now = now.as_second();
    if claims.issued_at > now.saturating_add(CLOCK_SKEW_SECS) {
        return Err(TokenFault::IssuedInFuture {
            now,
            issued_at: claims.issued_at,
        });
    }
    if now.saturating_sub(CLOCK_SKEW_SECS) >= claims.expires_at {
        return Err(TokenFault::Expired {
            now,
            expires_at: claims.expires_at,
        });
    }
    match claims.not_before {
        Some(not_before) if not_before > now.saturating_add(CLOCK_SKEW_SECS) => {
            Err(TokenFault::NotYetValid { now, not_before })
        }
        _ => Ok(()),
    }
}
