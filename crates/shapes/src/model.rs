//! How a service, its operations and their members are described.

use crate::pattern::Pattern;

/// The AWS protocol that a service speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// Form parameters in, XML out (STS, IAM).
    Query,
    /// JSON with `X-Amz-Target`, version 1.0.
    Json10,
    /// JSON with `X-Amz-Target`, version 1.1.
    Json11,
    /// JSON over methods and paths (EKS).
    RestJson,
}

/// One service: how it is reached and named, and what it serves.
#[derive(Debug)]
pub struct Service {
    /// Our name of it, e.g. `secretsmanager`; also the prefix of its IAM actions.
    pub name: &'static str,
    /// The service of the credential scope.
    pub signing_name: &'static str,
    /// The protocol it speaks.
    pub protocol: Protocol,
    /// Version of the API, the `Version` parameter of query services.
    pub api_version: &'static str,
    /// Namespace of XML answers.
    pub xml_namespace: Option<&'static str>,
    /// Prefixes of `X-Amz-Target`: botocore's first, then aliases that other SDKs send.
    pub target_prefixes: &'static [&'static str],
    /// Name in audit records, e.g. `secretsmanager.amazonaws.com`.
    pub event_source: &'static str,
    /// Member that carries the text of a modelled error, `Message` or `message`.
    pub error_member: &'static str,
    /// Whether it has one endpoint for all regions (IAM).
    pub global: bool,
    /// What is served.
    pub operations: &'static [&'static Operation],
    /// What the model has beyond that.
    pub unserved: &'static [UnservedOperation],
    /// The errors that its model names.
    pub errors: &'static [ErrorShape],
}

impl Service {
    /// The served operation of this name.
    pub fn operation(&self, name: &str) -> Option<&'static Operation> {
        self.operations.iter().copied().find(|o| o.name == name)
    }

    /// The modelled error with this wire code.
    pub fn error(&self, code: &str) -> Option<&'static ErrorShape> {
        self.errors.iter().find(|e| e.code == code)
    }
}

/// One operation that is served.
#[derive(Debug)]
pub struct Operation {
    /// AWS's name, e.g. `GetSecretValue`.
    pub name: &'static str,
    /// The service it belongs to.
    pub service: &'static Service,
    /// What it takes.
    pub input: &'static Structure,
    /// What it answers; `None` when the answer has no members by design.
    pub output: Option<&'static Structure>,
    /// Element that wraps the members of a query answer.
    pub result_wrapper: Option<&'static str>,
    /// Whether it is called without a signature.
    pub no_auth: bool,
    /// HTTP method.
    pub http_method: &'static str,
    /// Path, with `{labels}` for rest protocols.
    pub http_uri: &'static str,
}

/// An operation that the service has and that is not served.
#[derive(Debug)]
pub struct UnservedOperation {
    /// AWS's name.
    pub name: &'static str,
    /// HTTP method.
    pub http_method: &'static str,
    /// Path, with `{labels}` for rest protocols.
    pub http_uri: &'static str,
}

/// An error that a service's model names.
#[derive(Debug)]
pub struct ErrorShape {
    /// The code on the wire.
    pub code: &'static str,
    /// HTTP status.
    pub status: u16,
    /// Name of its shape, e.g. `NoSuchEntityException`.
    pub shape_name: &'static str,
}

/// A structure: a list of named members.
#[derive(Debug)]
pub struct Structure {
    /// Name of its shape.
    pub name: &'static str,
    /// Its members, in the model's order.
    pub members: &'static [Member],
}

impl Structure {
    /// The member of this wire name.
    pub fn member(&self, name: &str) -> Option<&'static Member> {
        self.members.iter().find(|m| m.name == name)
    }
}

/// A member of a structure.
#[derive(Debug)]
pub struct Member {
    /// Name on the wire.
    pub name: &'static str,
    /// Where rest protocols put it.
    pub location: Location,
    /// What it holds.
    pub shape: &'static Type,
    /// Whether it must be there.
    pub required: bool,
}

/// Where a member travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    /// In the body.
    Body,
    /// In the path, under this label.
    Uri(&'static str),
    /// In the query string, under this name.
    Querystring(&'static str),
    /// In this header.
    Header(&'static str),
}

/// What a member, a list or a map holds, with its constraints.
#[derive(Debug)]
pub enum Type {
    /// Text.
    String(StringShape),
    /// A 32-bit integer.
    Integer(NumberShape),
    /// A 64-bit integer.
    Long(NumberShape),
    /// A floating point number.
    Double,
    /// `true` or `false`.
    Boolean,
    /// Bytes.
    Blob(BlobShape),
    /// A point in time; the format is the protocol's.
    Timestamp,
    /// A list.
    List(ListShape),
    /// A map with text keys.
    Map(MapShape),
    /// A structure.
    Structure(&'static Structure),
}

impl Type {
    /// Whether its value must never be echoed or logged.
    pub fn is_sensitive(&self) -> bool {
        match self {
            Self::String(shape) => shape.sensitive,
            Self::Blob(shape) => shape.sensitive,
            Self::Integer(_)
            | Self::Long(_)
            | Self::Double
            | Self::Boolean
            | Self::Timestamp
            | Self::List(_)
            | Self::Map(_)
            | Self::Structure(_) => false,
        }
    }
}

/// Constraints of text; lengths count Unicode scalar values (Smithy, trait `length`).
#[derive(Debug)]
pub struct StringShape {
    /// Least length.
    pub min: Option<u64>,
    /// Greatest length.
    pub max: Option<u64>,
    /// What the whole text must match.
    pub pattern: Option<&'static Pattern>,
    /// The values allowed; empty when any is.
    pub enums: &'static [&'static str],
    /// Whether the value must never be echoed or logged.
    pub sensitive: bool,
}

impl StringShape {
    /// Text without constraints.
    pub const ANY: Self = Self {
        min: None,
        max: None,
        pattern: None,
        enums: &[],
        sensitive: false,
    };
}

/// Constraints of an integer.
#[derive(Debug)]
pub struct NumberShape {
    /// Least value.
    pub min: Option<i64>,
    /// Greatest value.
    pub max: Option<i64>,
}

/// Constraints of bytes; lengths count bytes after decoding.
#[derive(Debug)]
pub struct BlobShape {
    /// Least length.
    pub min: Option<u64>,
    /// Greatest length.
    pub max: Option<u64>,
    /// Whether the value must never be echoed or logged.
    pub sensitive: bool,
}

/// Constraints of a list.
#[derive(Debug)]
pub struct ListShape {
    /// What it holds.
    pub member: &'static Type,
    /// Least number of members.
    pub min: Option<u64>,
    /// Greatest number of members.
    pub max: Option<u64>,
}

/// Constraints of a map.
#[derive(Debug)]
pub struct MapShape {
    /// What its keys must satisfy.
    pub key: &'static Type,
    /// What it holds.
    pub value: &'static Type,
    /// Least number of entries.
    pub min: Option<u64>,
    /// Greatest number of entries.
    pub max: Option<u64>,
}
