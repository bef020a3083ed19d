//! Families of protocols that share their error documents.

use shapes::{Protocol, Service};

/// The sort of error document that a client understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// `ErrorResponse` in XML.
    Query,
    /// `__type` and a message in JSON.
    Json,
    /// A message in JSON, the code in a header.
    RestJson,
}

impl From<Protocol> for Family {
    fn from(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Query => Self::Query,
            Protocol::Json10 | Protocol::Json11 => Self::Json,
            Protocol::RestJson => Self::RestJson,
        }
    }
}

/// How an answer of a query service is written: STS honours `Accept: application/json`
/// (recorded; `facts/sts-iam-wire.md` §1.1). Other protocols have one rendering.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rendering {
    /// The protocol's own.
    #[default]
    Native,
    /// The query answer as JSON.
    Json,
}

impl Rendering {
    /// What the client accepts, as far as the service honours it.
    pub fn accepted(service: &Service, headers: &[(String, String)]) -> Self {
        let mut accepts = headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("accept"));
        let json = accepts.any(|(_, value)| {
            let media_type = value.split(';').next().unwrap_or_default();
            media_type.trim().eq_ignore_ascii_case("application/json")
        });
        if json && service.name == "sts" {
            Self::Json
        } else {
            Self::Native
        }
    }
}
