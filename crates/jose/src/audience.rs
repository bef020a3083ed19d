//! Which audience of a token counts.

use crate::{Claims, TokenFault};

/// The audience that decides: `azp` when there, else the one `aud`. It must be among the provider's
/// client ids, compared exactly, and is what AssumeRoleWithWebIdentity answers as `Audience`.
///
/// # Errors
/// [`TokenFault::AmbiguousAudience`], [`TokenFault::UnregisteredAudience`].
pub fn registered_audience(claims: &Claims, client_ids: &[String]) -> Result<String, TokenFault> {
    let audience = deciding_audience(claims)?;
    if client_ids.iter().any(|id| id == audience) {
        Ok(audience.to_owned())
    } else {
        Err(TokenFault::UnregisteredAudience(audience.to_owned()))
    }
}

/// `azp`, else the only `aud` (THREATS R24).
pub(crate) fn deciding_audience(claims: &Claims) -> Result<&str, TokenFault> {
    match (&claims.authorized_party, claims.audiences.as_slice()) {
        (Some(party), _) => Ok(party),
        (None, [audience]) => Ok(audience),
        (None, _) => Err(TokenFault::AmbiguousAudience),
    }
}
