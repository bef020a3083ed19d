//! Why a request was not authenticated, and how each family of services says so.

use base::{Escaped, Fault};

/// A refusal, free of any protocol. `Display` is for the operator; the client gets
/// [`message_for`](AuthFault::message_for) its family.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthFault {
    /// The path is not absolute, climbs above the root or holds a bad escape.
    #[error("the path is not absolute, climbs above the root or holds a bad escape")]
    MalformedPath,
    /// The query string holds a bad escape; AWS's text.
    #[error("malformed query string: {}", Escaped(.0))]
    MalformedQuery(String),
    /// Neither an `Authorization` header nor query parameters, or these with an algorithm that is
    /// not ours.
    #[error("the request carries no signature")]
    MissingToken,
    /// An `Authorization` header and query parameters at once.
    #[error("the request carries a signature in the header and in the query")]
    BothPresent,
    /// The signature's parameters are incomplete or malformed; AWS's text.
    #[error("incomplete signature: {}", Escaped(.0))]
    Incomplete(String),
    /// A header that must be signed is not; its name as AWS's text has it.
    #[error("{0} is not signed")]
    NotSigned(&'static str),
    /// A header or parameter that may be there once is there again (THREATS R14).
    #[error("`{0}` is given more than once")]
    Repeated(&'static str),
    /// Signed too long ago; AWS's text.
    #[error("{0}")]
    Expired(String),
    /// Signed in the future; AWS's text.
    #[error("{0}")]
    NotYet(String),
    /// The credential scope is not the endpoint's; AWS's texts, concatenated.
    #[error("{}", Escaped(.0))]
    Scope(String),
    /// The session token is broken, of another key, or missing.
    #[error("the session token is broken, of another key, or missing")]
    TokenInvalid,
    /// The session token was good and is past its time.
    #[error("the session token expired")]
    TokenExpired,
    /// No such access key.
    #[error("no such access key")]
    UnknownKey,
    /// `x-amz-content-sha256` is unsigned, streaming or of another body, outside S3 (THREATS R16).
    #[error("the declared payload hash is not that of the body")]
    Payload,
    /// The signature is not ours.
    #[error("the signature does not match")]
    Mismatch,
}

/// What sort of refusal it is: one row of AWS's table each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuthKind {
    /// The URL cannot be read.
    MalformedUrl,
    /// No authentication at all.
    Missing,
    /// Authentication that cannot be read.
    Incomplete,
    /// The clock is off.
    Skew,
    /// Expired session credentials.
    ExpiredToken,
    /// A session token that is not one.
    InvalidToken,
    /// An access key that is not one.
    UnknownKey,
    /// The wrong signature.
    Mismatch,
}

/// Services that word their refusals alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// AWS Query: STS, IAM.
    Query,
    /// AWS JSON 1.0 and 1.1: Secrets Manager, KMS, CloudTrail, DynamoDB.
    Json,
    /// REST-JSON: EKS. The codes of JSON with status 403 (facts: Lambda answers so).
    RestJson,
    /// S3.
    S3,
}

impl AuthFault {
    /// What sort of refusal it is.
    pub fn kind(&self) -> AuthKind {
        match self {
            Self::MalformedPath | Self::MalformedQuery(_) => AuthKind::MalformedUrl,
            Self::MissingToken => AuthKind::Missing,
            Self::Incomplete(_) => AuthKind::Incomplete,
            Self::Expired(_) | Self::NotYet(_) => AuthKind::Skew,
            Self::TokenExpired => AuthKind::ExpiredToken,
            Self::TokenInvalid => AuthKind::InvalidToken,
            Self::UnknownKey => AuthKind::UnknownKey,
            Self::BothPresent
            | Self::NotSigned(_)
            | Self::Repeated(_)
            | Self::Scope(_)
            | Self::Payload
            | Self::Mismatch => AuthKind::Mismatch,
        }
    }

    /// The client's text as STS and IAM word it.
    pub fn message(&self) -> String {
        self.message_for(Family::Query)
    }

    /// The client's text as services of this family word it.
    pub fn message_for(&self, family: Family) -> String {
        match self {
            Self::MalformedPath => "Couldn't parse the specified URI.".to_owned(),
            Self::MissingToken => match family {
                Family::Query | Family::Json | Family::RestJson => {
                    "Request is missing Authentication Token".to_owned()
                }
                Family::S3 => "Access Denied".to_owned(),
            },
            Self::BothPresent => String::new(),
            Self::MalformedQuery(text)
            | Self::Incomplete(text)
            | Self::Expired(text)
            | Self::NotYet(text)
            | Self::Scope(text) => printable(text),
            Self::NotSigned(name) => {
                format!("{name} must be a 'SignedHeader' in the AWS Authorization.")
            }
            Self::Repeated(name) => format!("'{name}' must not be given more than once."),
            Self::TokenInvalid => token_invalid(family).to_owned(),
            Self::TokenExpired => token_expired(family).to_owned(),
            Self::UnknownKey => unknown_key(family).to_owned(),
            Self::Payload | Self::Mismatch => mismatch(family).to_owned(),
        }
    }

    /// AWS's code and HTTP status in this family.
    ///
    /// INVARIANT: the codes steer the SDKs' credential refresh; `ExpiredToken` of a session is not
    /// `ExpiredTokenException` of a web identity token.
    pub fn code(&self, family: Family) -> (&'static str, u16) {
        match family {
            Family::Query => query_code(self.kind()),
            Family::Json => (json_code(self.kind()), 400),
            Family::RestJson => (json_code(self.kind()), rest_json_status(self.kind())),
            Family::S3 => s3_code(self.kind()),
        }
    }

    /// The whole refusal as it goes to the wire, the operator's text beside it.
    pub fn to_fault(&self, family: Family) -> Fault {
        let (code, status) = self.code(family);
        Fault::new(code, status, self.message_for(family)).with_internal(self.to_string())
    }
}

/// What the client sent comes back to it in AWS's texts; control characters do not, since XML has
/// no place for them.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect()
}

fn query_code(kind: AuthKind) -> (&'static str, u16) {
    match kind {
        AuthKind::MalformedUrl => ("MalformedQueryString", 400),
        AuthKind::Missing => ("MissingAuthenticationToken", 403),
        AuthKind::Incomplete => ("IncompleteSignature", 400),
        AuthKind::Skew | AuthKind::Mismatch => ("SignatureDoesNotMatch", 403),
        AuthKind::ExpiredToken => ("ExpiredToken", 403),
        AuthKind::InvalidToken | AuthKind::UnknownKey => ("InvalidClientTokenId", 403),
    }
}

fn json_code(kind: AuthKind) -> &'static str {
    match kind {
        AuthKind::MalformedUrl => "MalformedQueryStringException",
        AuthKind::Missing => "MissingAuthenticationTokenException",
        AuthKind::Incomplete => "IncompleteSignatureException",
        AuthKind::Skew | AuthKind::Mismatch => "InvalidSignatureException",
        AuthKind::ExpiredToken => "ExpiredTokenException",
        AuthKind::InvalidToken | AuthKind::UnknownKey => "UnrecognizedClientException",
    }
}

fn rest_json_status(kind: AuthKind) -> u16 {
    match kind {
        AuthKind::MalformedUrl | AuthKind::Incomplete => 400,
        AuthKind::Missing
        | AuthKind::Skew
        | AuthKind::Mismatch
        | AuthKind::ExpiredToken
        | AuthKind::InvalidToken
        | AuthKind::UnknownKey => 403,
    }
}

fn s3_code(kind: AuthKind) -> (&'static str, u16) {
    match kind {
        AuthKind::MalformedUrl => ("InvalidURI", 400),
        AuthKind::Missing => ("AccessDenied", 403),
        AuthKind::Incomplete => ("AuthorizationHeaderMalformed", 400),
        AuthKind::Skew => ("RequestTimeTooSkewed", 403),
        AuthKind::Mismatch => ("SignatureDoesNotMatch", 403),
        AuthKind::ExpiredToken => ("ExpiredToken", 400),
        AuthKind::InvalidToken => ("InvalidToken", 400),
        AuthKind::UnknownKey => ("InvalidAccessKeyId", 403),
    }
}

fn token_invalid(family: Family) -> &'static str {
    match family {
        // WHY: AWS ends this text without a full stop, and the one of an unknown key with one.
        Family::Query => "The security token included in the request is invalid",
        Family::Json | Family::RestJson => "The security token included in the request is invalid.",
        Family::S3 => "The provided token is malformed or otherwise invalid.",
    }
}

fn token_expired(family: Family) -> &'static str {
    match family {
        Family::Query | Family::Json | Family::RestJson => {
            "The security token included in the request is expired"
        }
        Family::S3 => "The provided token has expired.",
    }
}

fn unknown_key(family: Family) -> &'static str {
    match family {
        Family::Query | Family::Json | Family::RestJson => {
            "The security token included in the request is invalid."
        }
        Family::S3 => "The AWS Access Key Id you provided does not exist in our records.",
    }
}

fn mismatch(family: Family) -> &'static str {
    match family {
        Family::Query | Family::Json | Family::RestJson => {
            "The request signature we calculated does not match the signature you provided. \
             Check your AWS Secret Access Key and signing method. \
             Consult the service documentation for details."
        }
        Family::S3 => {
            "The request signature we calculated does not match the signature you provided. \
             Check your key and signing method."
        }
    }
}
