//! Encoded authorization messages: explanations that only their account can read (THREATS R45).
//!
//! A message is base64url, without padding, of the deflated JSON, sealed for the account.

use std::io::{Read, Write};

use base::{AccountId, Fault};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use engine::Server;
use engine::seal::{Aad, Domain, Sealed};
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

/// The longest message that DecodeAuthorizationMessage takes (STS model, `encodedMessageType`).
const MAX_MESSAGE_CHARS: usize = 10_240;
/// The most that a message may inflate to.
const MAX_JSON_BYTES: u64 = 256 * 1024;

/// Seals an explanation, as [`policy::decoded_message`] shapes it, for its account.
pub fn encode_message(server: &Server, account: AccountId, json: &str) -> Result<String, Fault> {
    let failed = |_| Fault::internal("deflating a message failed");
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(json.as_bytes()).map_err(failed)?;
    let deflated = encoder.finish().map_err(failed)?;
    let sealed = server.seal.seal(
        Domain::Messages,
        place(account),
        &deflated,
        &*server.entropy,
    )?;
    let message = URL_SAFE_NO_PAD.encode(sealed.as_bytes());
    if message.len() > MAX_MESSAGE_CHARS || json.len() as u64 > MAX_JSON_BYTES {
        return Err(Fault::bad_request(
            "ValidationError",
            "The explanation is too long for an encoded authorization message.",
        ));
    }
    Ok(message)
}

/// The JSON of a message that was sealed for `account`; `None` for any other text.
pub(crate) fn decode_message(server: &Server, account: AccountId, message: &str) -> Option<String> {
    if message.len() > MAX_MESSAGE_CHARS {
        return None;
    }
    let sealed = Sealed::from_bytes(URL_SAFE_NO_PAD.decode(message).ok()?);
    let deflated = server
        .seal
        .open(Domain::Messages, place(account), &sealed)
        .ok()?;
    let mut json = String::new();
    let mut limited = DeflateDecoder::new(deflated.expose().as_slice()).take(MAX_JSON_BYTES);
    limited.read_to_string(&mut json).ok()?;
    Some(json)
}

fn place<'a>(account: AccountId) -> Aad<'a> {
    Aad {
        table: "authorization message",
        id: "",
        object_version: "1",
        account: Some(account),
        region: "",
    }
}
