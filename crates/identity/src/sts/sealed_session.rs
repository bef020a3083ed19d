//! The format of session tokens (THREATS R1–R5); it is for ever.
//!
//! ```text
//! token   = base64url, without padding, of:  header ‖ AES-256-GCM(plaintext) ‖ tag (16)
//! header  = version (1 byte: 1) ‖ kid (4, big-endian) ‖ session id (16)
//! key ‖ nonce (32 ‖ 12)
//!         = HKDF-SHA256(secret: ring[kid].seal, salt: session id,
//!                       info: label, installation, kid, access key id)
//! AAD     = header, installation, access key id, account
//! secret  = base64 of the first 30 bytes of
//!           HMAC-SHA256(ring[kid].secret, label, session id, access key id, account)
//! ```
//!
//! Lists with commas are injective: each part follows its length (8 bytes, big-endian). The
//! plaintext is [`SessionClaims::pack`](super::session_claims::SessionClaims)'s. The account is the
//! one that the access key id encodes: the id routes, the seal decides.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::hmac;
use base::{AccessKeyId, AccountId, Fault, Secret};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use engine::seal::RingKey;

/// The longest token that is made or looked at (THREATS R5; STS, "session token size": the limit
/// is on the assembled token).
pub(crate) const MAX_TOKEN_CHARS: usize = 4_096;

const VERSION: u8 = 1;
const KID_BYTES: usize = 4;
const SESSION_ID_BYTES: usize = 16;
const HEADER_BYTES: usize = 1 + KID_BYTES + SESSION_ID_BYTES;
const TAG_BYTES: usize = 16;
const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;
/// 30 bytes are 40 characters of base64, as long as AWS's secrets.
const SECRET_BYTES: usize = 30;

const SEAL_LABEL: &[u8] = b"irsa session seal v1";
const SECRET_LABEL: &[u8] = b"irsa session secret v1";

/// What a token opens under, beside the ring.
#[derive(Clone, Copy)]
pub(crate) struct Binding<'a> {
    /// The installation's id.
    pub(crate) installation: &'a str,
    /// The key id handed out with the token.
    pub(crate) access_key_id: &'a AccessKeyId,
    /// The role's account.
    pub(crate) account: AccountId,
}

/// The part of a token that is not sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Which key of the ring.
    pub(crate) kid: u32,
    /// 128 random bits.
    pub(crate) session_id: SessionId,
}

/// A session's id: what sessions are revoked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SessionId(pub(crate) [u8; SESSION_ID_BYTES]);

impl SessionId {
    /// Lower-case hex.
    pub(crate) fn hex(self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.0))
    }
}

/// How many characters a token takes whose plaintext has that many bytes.
pub(crate) fn token_chars(plaintext_bytes: usize) -> usize {
    ((HEADER_BYTES + plaintext_bytes + TAG_BYTES) * 4).div_ceil(3)
}

/// How many bytes of plaintext a token of at least so many characters holds.
pub(crate) fn plaintext_bytes(token_chars: usize) -> usize {
    (token_chars * 3)
        .div_ceil(4)
        .saturating_sub(HEADER_BYTES + TAG_BYTES)
}

/// A token whose text has the right shape; nothing of it is proven.
pub(crate) struct SealedSession {
    bytes: Vec<u8>,
    header: Header,
}

impl SealedSession {
    /// Reads a token's text; `None` if it is too long or not of this version.
    pub(crate) fn parse(token: &str) -> Option<Self> {
        if token.len() > MAX_TOKEN_CHARS {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        if bytes.len() < HEADER_BYTES + TAG_BYTES {
            return None;
        }
        let (version, rest) = bytes.split_first()?;
        let (kid, rest) = rest.split_first_chunk::<KID_BYTES>()?;
        let (session_id, _) = rest.split_first_chunk::<SESSION_ID_BYTES>()?;
        let header = Header {
            kid: u32::from_be_bytes(*kid),
            session_id: SessionId(*session_id),
        };
        (*version == VERSION).then_some(Self { bytes, header })
    }

    /// What it says in clear.
    pub(crate) fn header(&self) -> Header {
        self.header
    }

    /// The plaintext; `None` unless `key` sealed it for this binding.
    pub(crate) fn open(&self, key: &RingKey, binding: Binding<'_>) -> Option<Vec<u8>> {
        let (header, body) = self.bytes.split_at_checked(HEADER_BYTES)?;
        let (gcm, nonce) = sealing_key(key, self.header.session_id, binding).ok()?;
        let mut body = body.to_vec();
        let aad = Aad::from(associated_data(header, binding));
        let length = gcm.open_in_place(nonce, aad, &mut body).ok()?.len();
        body.truncate(length);
        Some(body)
    }
}

/// Seals a plaintext; the answer is the token's text.
///
/// INVARIANT: a session id is drawn for each token, so that each derived key seals once.
pub(crate) fn seal(
    key: &RingKey,
    session_id: SessionId,
    binding: Binding<'_>,
    mut plaintext: Vec<u8>,
) -> Result<String, Fault> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES + plaintext.len() + TAG_BYTES);
    bytes.push(VERSION);
    bytes.extend_from_slice(&key.kid.to_be_bytes());
    bytes.extend_from_slice(&session_id.0);
    let (gcm, nonce) = sealing_key(key, session_id, binding)?;
    let aad = Aad::from(associated_data(&bytes, binding));
    gcm.seal_in_place_append_tag(nonce, aad, &mut plaintext)
        .map_err(|_| Fault::internal("sealing a session failed"))?;
    bytes.append(&mut plaintext);
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// The secret access key of a session: nothing inside the token tells it.
pub(crate) fn secret(key: &RingKey, session_id: SessionId, binding: Binding<'_>) -> Secret<String> {
    let mac = hmac::Key::new(hmac::HMAC_SHA256, key.secret.expose());
    let message = length_prefixed(&[
        SECRET_LABEL,
        &session_id.0,
        binding.access_key_id.as_str().as_bytes(),
        binding.account.as_str().as_bytes(),
    ]);
    let tag = hmac::sign(&mac, &message);
    let bytes = tag.as_ref().get(..SECRET_BYTES).unwrap_or_default();
    Secret::new(STANDARD.encode(bytes))
}

fn sealing_key(
    key: &RingKey,
    session_id: SessionId,
    binding: Binding<'_>,
) -> Result<(LessSafeKey, Nonce), Fault> {
    let info = length_prefixed(&[
        SEAL_LABEL,
        binding.installation.as_bytes(),
        &key.kid.to_be_bytes(),
        binding.access_key_id.as_str().as_bytes(),
    ]);
    let failed = || Fault::internal("deriving a session's key failed");
    let prk = Salt::new(HKDF_SHA256, &session_id.0).extract(key.seal.expose());
    let mut derived = [0; KEY_BYTES + NONCE_BYTES];
    prk.expand(&[&info], KeyAndNonce)
        .and_then(|output| output.fill(&mut derived))
        .map_err(|_| failed())?;
    let derived = Secret::new(derived);
    let (key, nonce) = derived
        .expose()
        .split_at_checked(KEY_BYTES)
        .ok_or_else(failed)?;
    let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| failed())?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| failed())?;
    Ok((LessSafeKey::new(key), nonce))
}

fn associated_data(header: &[u8], binding: Binding<'_>) -> Vec<u8> {
    length_prefixed(&[
        header,
        binding.installation.as_bytes(),
        binding.access_key_id.as_str().as_bytes(),
        binding.account.as_str().as_bytes(),
    ])
}

fn length_prefixed(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| 8 + part.len()).sum());
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

struct KeyAndNonce;

impl KeyType for KeyAndNonce {
    fn len(&self) -> usize {
        KEY_BYTES + NONCE_BYTES
    }
}
