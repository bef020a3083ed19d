//! What a session token says, and how it is packed (THREATS R4, R5).
//!
//! ```text
//! plaintext = packing (1 byte) ‖ length of body (2, big-endian) ‖ body ‖ zero bytes
//! packing   = 0: the body is JSON;  1: the body is JSON, deflated (RFC 1951)
//! ```
//!
//! The shorter of the two is taken; what is short is not deflated at all, because that would cost
//! more time than sealing it. The zero bytes are there only when the caller asked for a
//! longer token (`MinimumSessionTokenSize`). The JSON's names are short because tokens travel with
//! every request; absent members are empty.

use std::io::{Read, Write};

use base::UniqueId;
use engine::SessionPolicy;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::{Deserialize, Serialize};

/// The most that a body may inflate to (THREATS R5).
const MAX_INFLATED_BYTES: usize = 32 * 1024;
/// The least that is worth deflating: a web identity's session without policy and tags is shorter.
const MIN_DEFLATED_BYTES: usize = 400;
const STORED: u8 = 0;
const DEFLATED: u8 = 1;
const LENGTH_BYTES: usize = 2;

/// The sealed part of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SessionClaims {
    /// What sort of session it is.
    #[serde(rename = "t")]
    pub(crate) kind: SessionKind,
    /// `AROA…`: all else about the role is looked up by it.
    #[serde(rename = "r")]
    pub(crate) role_id: UniqueId,
    /// The role's session epoch when it was issued.
    #[serde(rename = "e")]
    pub(crate) epoch: u64,
    /// Milliseconds since 1970.
    #[serde(rename = "i")]
    pub(crate) issued_at_millis: i64,
    /// Seconds since 1970.
    #[serde(rename = "x")]
    pub(crate) expires_at_secs: i64,
    /// `RoleSessionName`.
    #[serde(rename = "n")]
    pub(crate) session_name: String,
    /// How many AssumeRole calls lie between it and its first identity.
    #[serde(rename = "c", default, skip_serializing_if = "is_zero")]
    pub(crate) chain_depth: u8,
    /// The web identity behind it.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub(crate) federation: Option<FederationClaims>,
    /// `sts:SourceIdentity`.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub(crate) source_identity: Option<String>,
    /// Session tags, inherited ones included.
    #[serde(rename = "g", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<(String, String)>,
    /// Keys of those that the next session of the chain inherits.
    #[serde(rename = "k", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) transitive_tag_keys: Vec<String>,
    /// What limits it beyond its role.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub(crate) policy: Option<SessionPolicy>,
}

/// Why claims make no plaintext.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unpackable {
    /// They are longer than what is inflated again.
    #[error("the claims have {json_bytes} bytes")]
    TooLong {
        /// Before deflating.
        json_bytes: usize,
    },
    /// They cannot be written.
    #[error("the claims cannot be written as JSON")]
    NoJson,
}

/// What sort of session a token stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SessionKind {
    /// Of a role.
    #[serde(rename = "r")]
    Role,
}

/// A web identity; the provider's ARN follows from its URL and the role's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FederationClaims {
    /// The provider's normalised URL.
    #[serde(rename = "p")]
    pub(crate) issuer: String,
    /// `sub`.
    #[serde(rename = "s")]
    pub(crate) subject: String,
    /// `aud`, or `azp`.
    #[serde(rename = "a")]
    pub(crate) audience: String,
    /// `amr`.
    #[serde(rename = "m", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) amr: Vec<String>,
}

impl SessionClaims {
    /// The plaintext, filled up to `min_bytes`. What would not inflate again is not packed.
    pub(crate) fn pack(&self, min_bytes: usize) -> Result<Vec<u8>, Unpackable> {
        let json = serde_json::to_vec(self).map_err(|_| Unpackable::NoJson)?;
        let json_bytes = json.len();
        if json_bytes > MAX_INFLATED_BYTES {
            return Err(Unpackable::TooLong { json_bytes });
        }
        let deflated = if json.len() < MIN_DEFLATED_BYTES {
            None
        } else {
            deflate(&json)
        };
        let (packing, body) = match deflated.filter(|deflated| deflated.len() < json.len()) {
            Some(deflated) => (DEFLATED, deflated),
            None => (STORED, json),
        };
        let too_long = |_| Unpackable::TooLong { json_bytes };
        let length = u16::try_from(body.len()).map_err(too_long)?;
        let mut plaintext = Vec::with_capacity(1 + LENGTH_BYTES + body.len());
        plaintext.push(packing);
        plaintext.extend_from_slice(&length.to_be_bytes());
        plaintext.extend_from_slice(&body);
        if plaintext.len() < min_bytes {
            plaintext.resize(min_bytes, 0);
        }
        Ok(plaintext)
    }

    /// Reads a plaintext.
    pub(crate) fn unpack(plaintext: &[u8]) -> Option<Self> {
        let (packing, rest) = plaintext.split_first()?;
        let (length, rest) = rest.split_first_chunk::<LENGTH_BYTES>()?;
        let body = rest.get(..usize::from(u16::from_be_bytes(*length)))?;
        match *packing {
            STORED => serde_json::from_slice(body).ok(),
            DEFLATED => serde_json::from_slice(&inflate(body)?).ok(),
            _ => None,
        }
    }
}

fn deflate(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

fn inflate(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut inflated = Vec::new();
    let mut limited = DeflateDecoder::new(bytes).take(MAX_INFLATED_BYTES as u64 + 1);
    limited.read_to_end(&mut inflated).ok()?;
    (inflated.len() <= MAX_INFLATED_BYTES).then_some(inflated)
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the shape that serde calls"
)]
fn is_zero(depth: &u8) -> bool {
    *depth == 0
}
