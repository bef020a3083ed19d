//! The query string, decoded once and canonicalised in either order.

use crate::AuthFault;
use crate::payload::sha256_hex;
use crate::percent::{decode, encode};

/// A query's pairs in the order received.
pub(crate) struct Query(Vec<Pair>);

#[derive(Clone)]
struct Pair {
    name: Vec<u8>,
    value: Vec<u8>,
}

/// How the pairs are sorted. The SDKs differ: botocore and Rust sort what is encoded, Go what is
/// decoded.
#[derive(Clone, Copy)]
pub(crate) enum Order {
    Encoded,
    Decoded,
}

/// Whose eyes a canonical form is for.
#[derive(Clone, Copy)]
pub(crate) enum View {
    /// The signature's: every byte.
    Signing,
    /// The operator's: secrets replaced by their digest (THREATS R12).
    Operator,
}

/// Query parameters whose value no operator may read: session tokens, and what the Query protocol
/// may carry in a URL.
const SECRET_PARAMETERS: [&str; 7] = [
    "X-Amz-Security-Token",
    "X-Amz-S3session-Token",
    "WebIdentityToken",
    "SAMLAssertion",
    "Password",
    "NewPassword",
    "OldPassword",
];

impl Query {
    /// Splits and decodes. A literal `+` is a blank: the form decoders of the Query protocol read
    /// it so, and what is canonicalised is what is used (THREATS R15).
    pub(crate) fn parse(raw: &str) -> Result<Self, AuthFault> {
        Self::parse_with(raw, b' ')
    }

    /// As S3 does: a literal `+` is a plus.
    pub(crate) fn parse_s3(raw: &str) -> Result<Self, AuthFault> {
        Self::parse_with(raw, b'+')
    }

    fn parse_with(raw: &str, plus: u8) -> Result<Self, AuthFault> {
        raw.split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                Ok(Pair {
                    name: decode(name.as_bytes(), plus)?,
                    value: decode(value.as_bytes(), plus)?,
                })
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The first value of that name: of duplicates AWS takes the first.
    pub(crate) fn first(&self, name: &str) -> Option<&[u8]> {
        self.0
            .iter()
            .find(|pair| pair.name == name.as_bytes())
            .map(|pair| &*pair.value)
    }

    /// How many pairs have that name.
    pub(crate) fn count(&self, name: &str) -> usize {
        self.0
            .iter()
            .filter(|pair| pair.name == name.as_bytes())
            .count()
    }

    /// Without the pairs of that name.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.retain(|pair| pair.name != name.as_bytes());
        self
    }

    /// The canonical query string.
    pub(crate) fn canonical(&self, order: Order, view: View) -> Vec<u8> {
        let mut pairs: Vec<(&Pair, Vec<u8>, Vec<u8>)> = self
            .0
            .iter()
            .map(|pair| (pair, encode(&pair.name), encode(&pair.value)))
            .collect();
        match order {
            Order::Encoded => pairs.sort_by(|a, b| (&a.1, &a.2).cmp(&(&b.1, &b.2))),
            Order::Decoded => {
                pairs.sort_by(|a, b| (&a.0.name, &a.0.value).cmp(&(&b.0.name, &b.0.value)));
            }
        }
        let shown: Vec<Vec<u8>> = pairs
            .into_iter()
            .map(|(pair, name, value)| {
                let value = match view {
                    View::Operator if pair.is_secret() => sha256_hex(&pair.value).into_bytes(),
                    View::Operator | View::Signing => value,
                };
                [name, value].join(&b'=')
            })
            .collect();
        shown.join(&b'&')
    }
}

impl Pair {
    fn is_secret(&self) -> bool {
        SECRET_PARAMETERS
            .iter()
            .any(|name| name.as_bytes().eq_ignore_ascii_case(&self.name))
    }
}
