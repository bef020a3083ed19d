//! Why a token is not taken, in AWS's words and in ours.

use base::{Fault, escape_untrusted};

use crate::CLOCK_SKEW_SECS;

/// AWS's text for a token that cannot be read, or carries `crit` (recorded).
const NOT_A_JWT: &str = "The ID Token provided is not a valid JWT. \
    (You may see this error if you sent an Access Token)";
/// AWS's text for an audience that is not registered (recorded), and ours where none is on record.
const NOT_VALIDATED: &str = "The web identity token provided could not be validated. \
    See the AssumeRoleWithWebIdentity documentation for requirements.";
/// AWS's text when no key of the provider verifies the token; the two blanks are AWS's.
const NO_KEY: &str = "Couldn't retrieve verification key from your identity provider,  please \
    reference AssumeRoleWithWebIdentity documentation for requirements";
/// The STS model's words for IDPCommunicationError.
const UNREACHABLE: &str = "The request could not be fulfilled because the identity provider (IDP) \
    that was asked to verify the incoming identity token could not be reached.";

/// Why a token is refused. [`TokenFault::fault`] is what the caller and the operator get; `Display`
/// is for the operator alone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// Not a JWS in compact form, or header or payload are not what RFC 7519 says.
    #[error("malformed token: {0}")]
    Malformed(String),
    /// The header holds `crit`, `b64` or `zip`.
    #[error("the header member `{0}` is refused")]
    RefusedHeader(&'static str),
    /// `alg` is none of RS256/384/512 and ES256/384/512.
    #[error("the algorithm `{}` is not one of RS256/384/512 and ES256/384/512", escape_untrusted(.0))]
    Algorithm(String),
    /// A claim that must be there is not.
    #[error("the claim `{0}` is missing")]
    MissingClaim(&'static str),
    /// A claim has a type, length or character that it may not have.
    #[error("the claim `{claim}` {problem}")]
    Claim {
        /// Its name.
        claim: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A claim is there and holds nothing.
    #[error("the claim `{0}` is empty")]
    EmptyClaim(&'static str),
    /// A claim that asks for a session is refused; the text is AWS's.
    #[error("{0}")]
    Session(&'static str),
    /// `exp`, `iat` or `nbf` is not a whole number in 0…2^53.
    #[error("the claim `{0}` is not a whole number of seconds")]
    Timestamp(&'static str),
    /// `exp` has passed, skew included.
    #[error("the token expired at {expires_at}; it is {now}")]
    Expired {
        /// The verifier's time, seconds since the epoch.
        now: i64,
        /// `exp`.
        expires_at: i64,
    },
    /// `iat` lies ahead, skew included.
    #[error("the token was issued at {issued_at}, in the future; it is {now}")]
    IssuedInFuture {
        /// The verifier's time, seconds since the epoch.
        now: i64,
        /// `iat`.
        issued_at: i64,
    },
    /// `nbf` lies ahead, skew included.
    #[error("the token is not valid before {not_before}; it is {now}")]
    NotYetValid {
        /// The verifier's time, seconds since the epoch.
        now: i64,
        /// `nbf`.
        not_before: i64,
    },
    /// Several audiences and no `azp`.
    #[error("the token has several audiences and no azp")]
    AmbiguousAudience,
    /// The audience (or `azp`) is no client id of the provider.
    #[error("the audience `{}` is not registered with the provider", escape_untrusted(.0))]
    UnregisteredAudience(String),
    /// The role's account has no provider for this issuer.
    #[error("no provider for the issuer `{}`", escape_untrusted(.0))]
    UnknownIssuer(String),
    /// The provider for this issuer is disabled.
    #[error("the provider for the issuer `{}` is disabled", escape_untrusted(.0))]
    DisabledProvider(String),
    /// The token's `iss` differs from the issuer that published the keys.
    #[error("the token's issuer differs from `{}`, which published the keys", escape_untrusted(.0))]
    IssuerMismatch(String),
    /// No key of the provider has this name.
    #[error("the provider has no key `{}`", escape_untrusted(.0))]
    UnknownKey(String),
    /// Key and token do not fit, or the choice is not clear.
    #[error("no key can verify the token: {0}")]
    Key(crate::KeyFault),
    /// The signature is not that of the chosen key.
    #[error("the signature does not verify")]
    Signature,
    /// The provider's documents are blocked, too large or not what they must be.
    #[error("the provider's documents are unusable: {0}")]
    BadProvider(String),
    /// The provider could not be reached; a later attempt may succeed.
    #[error("the provider could not be reached: {0}")]
    Unreachable(String),
}

impl TokenFault {
    pub(crate) fn malformed(problem: &'static str) -> Self {
        Self::Malformed(problem.to_owned())
    }

    pub(crate) fn claim(claim: &'static str, problem: &'static str) -> Self {
        Self::Claim { claim, problem }
    }

    /// As STS answers it: always 400, so that SDKs treat it as AWS's. Which code tells whether they
    /// retry: IDPCommunicationError only for a failure of transport (THREATS R33). The internal
    /// message is this error's own text.
    pub fn fault(&self) -> Fault {
        Fault::bad_request(self.code(), self.message()).with_internal(self.to_string())
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Expired { .. } => "ExpiredTokenException",
            Self::Unreachable(_) => "IDPCommunicationError",
            Self::Malformed(_)
            | Self::RefusedHeader(_)
            | Self::Algorithm(_)
            | Self::MissingClaim(_)
            | Self::Claim { .. }
            | Self::EmptyClaim(_)
            | Self::Session(_)
            | Self::Timestamp(_)
            | Self::IssuedInFuture { .. }
            | Self::NotYetValid { .. }
            | Self::AmbiguousAudience
            | Self::UnregisteredAudience(_)
            | Self::UnknownIssuer(_)
            | Self::DisabledProvider(_)
            | Self::IssuerMismatch(_)
            | Self::UnknownKey(_)
            | Self::Key(_)
            | Self::Signature
            | Self::BadProvider(_) => "InvalidIdentityToken",
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Malformed(_) | Self::RefusedHeader(_) => NOT_A_JWT.to_owned(),
            Self::MissingClaim(name) => format!("Missing a required claim: {name}"),
            Self::EmptyClaim(name) => format!("Claim is not allowed to be empty: {name}"),
            Self::Session(text) => (*text).to_owned(),
            Self::Timestamp(_) => "Invalid timestamp in token claims.".to_owned(),
            // AWS tells the time with the skew in it, here and for `nbf` (recorded).
            Self::Expired { now, expires_at } => format!(
                "Token expired: current date/time {} must be before \
                 the expiration date/time {expires_at}",
                now.saturating_sub(CLOCK_SKEW_SECS)
            ),
            Self::NotYetValid { now, not_before } => format!(
                "Token not yet valid: current date/time {} must be after or equal to \
                 the not-before date/time {not_before}",
                now.saturating_add(CLOCK_SKEW_SECS)
            ),
            Self::IssuedInFuture { issued_at, .. } => {
                format!("Token issued in the future: {issued_at}")
            }
            Self::AmbiguousAudience => "Token audience contains more than one audience while \
                 authorized party is not present"
                .to_owned(),
            Self::UnknownIssuer(issuer) | Self::DisabledProvider(issuer) => {
                format!("No OpenIDConnect provider found in your account for {issuer}")
            }
            Self::Algorithm(_)
            | Self::Claim { .. }
            | Self::UnregisteredAudience(_)
            | Self::IssuerMismatch(_)
            | Self::Signature => NOT_VALIDATED.to_owned(),
            Self::UnknownKey(_) | Self::Key(_) | Self::BadProvider(_) => NO_KEY.to_owned(),
            Self::Unreachable(_) => UNREACHABLE.to_owned(),
        }
    }
}
