//! A token as it came: parsed, not yet believed.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::claims::Claims;
use crate::header::Header;
use crate::{TokenFault, json};

/// Longest token in characters (WebIdentityToken in the STS model).
pub const MAX_TOKEN_CHARS: usize = 20_000;

/// A well-formed token in JWS compact form (RFC 7515 §7.1). Nothing in it is proven until
/// [`verify`](crate::verify) has said so.
#[derive(Clone)]
pub struct Token<'a> {
    /// `header.payload`, what the signature is over.
    signed: Cow<'a, str>,
    signature: Vec<u8>,
    header: Header,
    claims: Claims,
}

/// A token that keeps its own text.
pub type OwnedToken = Token<'static>;

/// Shows no text that would serve as a credential (THREATS R58).
impl fmt::Debug for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("header", &self.header)
            .field("claims", &self.claims)
            .finish_non_exhaustive()
    }
}

impl<'a> Token<'a> {
    /// Reads three canonical, unpadded base64url parts after trimming trailing white space (token
    /// files end with a newline, and AWS takes them). Header and claims are checked for shape, not
    /// for truth.
    ///
    /// # Errors
    /// What is wrong with the text, the header or the claims; ready for the wire.
    pub fn parse(text: &'a str) -> Result<Self, TokenFault> {
        let text = text.trim_ascii_end();
        if text.len() > MAX_TOKEN_CHARS {
            return Err(TokenFault::malformed("longer than 20,000 characters"));
        }
        let [header, payload, signature] = parts(text)?;
        let header = Header::from_json(&members(header, "header")?)?;
        let signature = decode(signature, "signature")?;
        if signature.is_empty() {
            return Err(TokenFault::malformed("the signature is empty"));
        }
        let claims = Claims::from_json(members(payload, "payload")?)?;
        let signed = text.rsplit_once('.').map_or(text, |(signed, _)| signed);
        Ok(Self {
            signed: Cow::Borrowed(signed),
            signature,
            header,
            claims,
        })
    }

    /// The same token with its own text.
    pub fn into_owned(self) -> OwnedToken {
        Token {
            signed: Cow::Owned(self.signed.into_owned()),
            signature: self.signature,
            header: self.header,
            claims: self.claims,
        }
    }

    /// The header; chooses a key, proves nothing.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The claims as anyone may have written them: good for finding the provider and for showing,
    /// never for deciding.
    pub fn unverified(&self) -> &Claims {
        &self.claims
    }

    pub(crate) fn signed(&self) -> &[u8] {
        self.signed.as_bytes()
    }

    pub(crate) fn signature(&self) -> &[u8] {
        &self.signature
    }
}

fn parts(text: &str) -> Result<[&str; 3], TokenFault> {
    let mut parts = text.split('.');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(header), Some(payload), Some(signature), None) => Ok([header, payload, signature]),
        _ => Err(TokenFault::malformed("not three parts with dots between")),
    }
}

fn members(
    part: &str,
    name: &'static str,
) -> Result<serde_json::Map<String, serde_json::Value>, TokenFault> {
    json::object(&decode(part, name)?)
        .map_err(|error| TokenFault::Malformed(format!("the {name} is not a JSON object: {error}")))
}

fn decode(part: &str, name: &'static str) -> Result<Vec<u8>, TokenFault> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| TokenFault::Malformed(format!("the {name} is not canonical base64url")))
}
