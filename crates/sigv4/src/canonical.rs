//! The canonical request and the string to sign.

use crate::path::{PathStyle, canonical_paths};
use crate::payload::sha256_hex;
use crate::query::{Order, Query, View};
use crate::{AuthFault, Head, Presence};

/// The algorithm's name, in headers, queries and strings to sign.
pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// Headers whose value no operator may read.
const SECRET_HEADERS: [&str; 4] = [
    "x-amz-security-token",
    "x-amz-s3session-token",
    "authorization",
    "cookie",
];

/// The canonical requests a signer may have made of one request.
pub(crate) struct Canonical<'a> {
    pub(crate) head: &'a Head<'a>,
    pub(crate) style: PathStyle,
    pub(crate) presence: Presence,
    pub(crate) signed_headers: &'a [String],
    pub(crate) payload: &'a str,
    pub(crate) view: View,
}

impl Canonical<'_> {
    /// All of them, the likeliest first: normalised path before the path as sent, each with the
    /// query in encoded order before decoded order; no two alike.
    pub(crate) fn requests(&self) -> Result<Vec<Vec<u8>>, AuthFault> {
        let query = self.query()?;
        let mut queries = vec![query.canonical(Order::Encoded, self.view)];
        let decoded = query.canonical(Order::Decoded, self.view);
        if !queries.contains(&decoded) {
            queries.push(decoded);
        }
        let rest = self.headers_and_payload();
        let mut requests = Vec::new();
        for path in canonical_paths(self.head.path, self.style)? {
            for query in &queries {
                let parts: [&[u8]; 4] = [self.head.method.as_bytes(), &path, query, &rest];
                requests.push(parts.join(&b'\n'));
            }
        }
        Ok(requests)
    }

    fn query(&self) -> Result<Query, AuthFault> {
        let query = match self.style {
            PathStyle::Standard => Query::parse(self.head.query)?,
            PathStyle::S3 => Query::parse_s3(self.head.query)?,
        };
        Ok(match self.presence {
            Presence::Header => query,
            Presence::Query => query.without("X-Amz-Signature"),
        })
    }

    fn headers_and_payload(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for name in self.signed_headers {
            self.header_line(name, &mut out);
        }
        out.push(b'\n');
        out.extend(self.signed_headers.join(";").as_bytes());
        out.push(b'\n');
        out.extend(self.payload.as_bytes());
        out
    }

    /// The client's order of names, the received order of values. A signed header that is not
    /// there gives no line.
    fn header_line(&self, name: &str, out: &mut Vec<u8>) {
        let values: Vec<Vec<u8>> = self
            .head
            .all(name)
            .map(|value| self.value(name, value))
            .collect();
        if values.is_empty() {
            return;
        }
        out.extend(name.as_bytes());
        out.push(b':');
        out.extend(values.join(&b','));
        out.push(b'\n');
    }

    fn value(&self, name: &str, value: &[u8]) -> Vec<u8> {
        match self.view {
            View::Operator if SECRET_HEADERS.contains(&name) => sha256_hex(value).into_bytes(),
            View::Operator | View::Signing => one_blank_each(value.trim_ascii()),
        }
    }
}

/// What the signature signs.
pub(crate) fn string_to_sign(amz_date: &str, scope: &str, canonical_request: &[u8]) -> Vec<u8> {
    [ALGORITHM, amz_date, scope, &sha256_hex(canonical_request)]
        .join("\n")
        .into_bytes()
}

fn one_blank_each(value: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(value.len());
    for &byte in value {
        if byte != b' ' || out.last() != Some(&b' ') {
            out.push(byte);
        }
    }
    out
}
