//! Tokens that were opened before (THREATS R3).

use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};
use base::{AccessKeyId, AccountId, Fault, Secret};
use engine::Server;
use moka::sync::Cache;

use super::sealed_session::{self, Binding, SealedSession};
use super::session_claims::SessionClaims;

/// How many sessions stay opened: with 1–4 KiB each, at most 64 MiB.
const MAX_SESSIONS: u64 = 16_384;

/// Opens tokens, and remembers what came out by digest of token and key id. What may change while
/// a token lives (its expiry, its role, whether it was revoked) is not remembered.
pub(crate) struct SessionCache {
    opened: Cache<[u8; 32], Arc<OpenedSession>>,
}

/// A token that this installation sealed.
pub(crate) struct OpenedSession {
    /// The role's account.
    pub(crate) account: AccountId,
    /// Which key of the ring opened it.
    kid: u32,
    /// Lower-case hex.
    pub(crate) session_id: String,
    /// What must have signed.
    pub(crate) secret: Secret<String>,
    /// What the token says.
    pub(crate) claims: SessionClaims,
}

impl Default for SessionCache {
    fn default() -> Self {
        Self {
            opened: Cache::new(MAX_SESSIONS),
        }
    }
}

impl SessionCache {
    /// What a token says; `None` unless this installation's ring sealed it for this key id.
    pub(crate) async fn open(
        &self,
        server: &Server,
        access_key_id: &AccessKeyId,
        token: &str,
    ) -> Result<Option<Arc<OpenedSession>>, Fault> {
        if token.len() > sealed_session::MAX_TOKEN_CHARS {
            return Ok(None);
        }
        let digest = digest(access_key_id, token);
        if let Some(known) = self.opened.get(&digest) {
            // A key that left the ring opens nothing, not even what it opened before.
            return Ok(server.ring.opening(known.kid).is_some().then_some(known));
        }
        let opened = open(server, access_key_id, token).await?.map(Arc::new);
        if let Some(opened) = &opened {
            self.opened.insert(digest, Arc::clone(opened));
        }
        Ok(opened)
    }
}

async fn open(
    server: &Server,
    access_key_id: &AccessKeyId,
    token: &str,
) -> Result<Option<OpenedSession>, Fault> {
    let (Some(sealed), Some(account)) = (SealedSession::parse(token), access_key_id.account())
    else {
        return Ok(None);
    };
    let header = sealed.header();
    let Some(key) = server.ring_key(header.kid).await? else {
        return Ok(None);
    };
    let binding = Binding {
        installation: server.seal.installation(),
        access_key_id,
        account,
    };
    let Some(plaintext) = sealed.open(&key, binding) else {
        return Ok(None);
    };
    let claims = SessionClaims::unpack(&plaintext)
        .ok_or_else(|| Fault::internal("a session token of ours cannot be read"))?;
    Ok(Some(OpenedSession {
        account,
        kid: key.kid,
        session_id: header.session_id.hex(),
        secret: sealed_session::secret(&key, header.session_id, binding),
        claims,
    }))
}

fn digest(access_key_id: &AccessKeyId, token: &str) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    context.update(&(access_key_id.as_str().len() as u64).to_be_bytes());
    context.update(access_key_id.as_str().as_bytes());
    context.update(token.as_bytes());
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    digest
}
