//! The messages of `k8s.io/externaljwt/apis/v1/api.proto`, package `v1`.

pub(super) const SIGN: &str = "/v1.ExternalJWTSigner/Sign";
pub(super) const FETCH_KEYS: &str = "/v1.ExternalJWTSigner/FetchKeys";
pub(super) const METADATA: &str = "/v1.ExternalJWTSigner/Metadata";

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct SignJwtRequest {
    /// The second segment of the token, as it will appear there.
    #[prost(string, tag = "1")]
    pub(super) claims: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct SignJwtResponse {
    /// The first segment.
    #[prost(string, tag = "1")]
    pub(super) header: String,
    /// The third.
    #[prost(string, tag = "2")]
    pub(super) signature: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct FetchKeysRequest {}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct FetchKeysResponse {
    #[prost(message, repeated, tag = "1")]
    pub(super) keys: Vec<Key>,
    /// When the set was last known to be what is published.
    #[prost(message, optional, tag = "2")]
    pub(super) data_timestamp: Option<Timestamp>,
    /// Over 0. The API server also serves it as the max-age of its own key set.
    #[prost(int64, tag = "3")]
    pub(super) refresh_hint_seconds: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
#[expect(clippy::struct_field_names, reason = "the names of the .proto")]
pub(super) struct Key {
    #[prost(string, tag = "1")]
    pub(super) key_id: String,
    /// SubjectPublicKeyInfo, DER.
    #[prost(bytes = "vec", tag = "2")]
    pub(super) key: Vec<u8>,
    #[prost(bool, tag = "3")]
    pub(super) exclude_from_oidc_discovery: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct MetadataRequest {}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct MetadataResponse {
    /// At least 600.
    #[prost(int64, tag = "1")]
    pub(super) max_token_expiration_seconds: i64,
}

/// `google.protobuf.Timestamp`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Timestamp {
    #[prost(int64, tag = "1")]
    pub(super) seconds: i64,
    #[prost(int32, tag = "2")]
    pub(super) nanos: i32,
}
