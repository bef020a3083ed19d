//! The canonical path.

use crate::AuthFault;
use crate::percent::{decode, encode_into};

/// How a service canonicalises paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PathStyle {
    /// Every service but S3: `.`, `..` and empty segments removed, then encoded once more.
    Standard,
    /// S3: encoded once, nothing removed; `UNSIGNED-PAYLOAD` is a payload hash.
    S3,
}

/// The canonical forms a signer may have used for this raw path, the likeliest first.
///
/// WHY: botocore, Rust and JavaScript remove `//` before they sign; Go signs the path as it sends
/// it. Either way the signature covers the path on the wire and no other meaning of it.
pub(crate) fn canonical_paths(raw: &str, style: PathStyle) -> Result<Vec<Vec<u8>>, AuthFault> {
    match style {
        PathStyle::Standard => {
            let normal = encode_path(normalise(raw)?.as_bytes());
            let sent = encode_path(raw.as_bytes());
            Ok(if normal == sent {
                vec![normal]
            } else {
                vec![normal, sent]
            })
        }
        PathStyle::S3 => Ok(vec![encode_path(&decode_path(raw)?)]),
    }
}

/// Refuses a path that is not absolute or holds a bad escape; AWS answers these before anything
/// else. Outside S3 [`canonical_paths`] refuses one that climbs above the root, too.
pub(crate) fn check_path(raw: &str) -> Result<(), AuthFault> {
    if !raw.is_empty() && !raw.starts_with('/') {
        return Err(AuthFault::MalformedPath);
    }
    decode_path(raw).map(drop)
}

fn decode_path(raw: &str) -> Result<Vec<u8>, AuthFault> {
    decode(raw.as_bytes(), b'+').map_err(|_| AuthFault::MalformedPath)
}

fn encode_path(path: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(path.len() + 1);
    encode_into(&mut out, path, b"/");
    if out.is_empty() {
        out.push(b'/');
    }
    out
}

fn normalise(raw: &str) -> Result<String, AuthFault> {
    let mut kept: Vec<&str> = Vec::new();
    for segment in raw.split('/') {
        match segment {
            "" | "." => {}
            ".." => kept.pop().map(drop).ok_or(AuthFault::MalformedPath)?,
            other => kept.push(other),
        }
    }
    let mut path = String::from("/");
    path.push_str(&kept.join("/"));
    if raw.ends_with('/') && !kept.is_empty() {
        path.push('/');
    }
    Ok(path)
}
