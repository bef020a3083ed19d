//! Private keys of issuers: made, sealed, opened, kept at hand.

use std::sync::Arc;
use std::time::Duration;

use base::{AccountId, Entropy, Fault, Region, Timestamp};
use engine::Row;
use engine::seal::{Aad, Domain, Seal};
use jose::SigningKey;
use moka::sync::Cache;
use tokio::sync::Semaphore;

use super::{IssuerKey, IssuerRow, KeyAlgorithm, SignsFrom};

/// Keys kept open.
const MAX_OPEN: u64 = 1_024;
/// Keys that are made at a time; more wait for the caller to try again.
const MAX_MAKING: usize = 4;
/// How long a key that nobody uses stays open.
const MAX_IDLE: Duration = Duration::from_mins(10);

/// Opened signing keys, so that a token costs one signature and no parsing. A key is found only by
/// the row that names it: the issuer's id, which is never given again, and the kid.
pub struct SigningKeys {
    open: Cache<(String, String), Arc<SigningKey>>,
}

impl Default for SigningKeys {
    fn default() -> Self {
        Self {
            open: Cache::builder()
                .max_capacity(MAX_OPEN)
                .time_to_idle(MAX_IDLE)
                .build(),
        }
    }
}

impl SigningKeys {
    /// The key that signs for an issuer.
    pub fn of(
        &self,
        seal: &Seal,
        account: AccountId,
        region: &Region,
        issuer: &IssuerRow,
        now: Timestamp,
    ) -> Result<Arc<SigningKey>, Fault> {
        let key = issuer.signing_key(now).ok_or_else(|| {
            Fault::internal(format!("the issuer {} has no signing key", issuer.arn))
        })?;
        let place = (issuer.id.clone(), key.kid.clone());
        if let Some(open) = self.open.get(&place) {
            return Ok(open);
        }
        let open = Arc::new(opened(seal, (account, region), issuer, key)?);
        self.open.insert(place, Arc::clone(&open));
        Ok(open)
    }

    /// Closes the keys of an issuer.
    pub fn forget(&self, issuer: &IssuerRow) {
        for key in &issuer.keys {
            self.open.invalidate(&(issuer.id.clone(), key.kid.clone()));
        }
    }
}

/// Makes keys, few at a time and away from the threads that serve requests: RSA takes a while.
pub(crate) struct KeyMaker {
    turns: Semaphore,
}

impl Default for KeyMaker {
    fn default() -> Self {
        Self {
            turns: Semaphore::new(MAX_MAKING),
        }
    }
}

impl KeyMaker {
    /// A fresh key.
    pub(crate) async fn make(&self, algorithm: KeyAlgorithm) -> Result<SigningKey, Fault> {
        let _turn = self
            .turns
            .try_acquire()
            .map_err(|_| Fault::unavailable("too many signing keys are being made"))?;
        made(algorithm).await
    }
}

async fn made(algorithm: KeyAlgorithm) -> Result<SigningKey, Fault> {
    tokio::task::spawn_blocking(move || SigningKey::generate(algorithm.into()))
        .await
        .map_err(|error| Fault::internal(format!("making a signing key failed: {error}")))?
        .map_err(|error| Fault::internal(format!("making a signing key failed: {error}")))
}

/// Seals a key to its issuer.
pub(crate) fn sealed(
    seal: &Seal,
    (account, region): (AccountId, &Region),
    (id, key): (&str, &SigningKey),
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<IssuerKey, Fault> {
    let der = key
        .to_pkcs8()
        .map_err(|error| Fault::internal(format!("a signing key cannot be written: {error}")))?;
    let place = place((account, region), id, key.kid());
    Ok(IssuerKey {
        kid: key.kid().to_owned(),
        sealed: seal.seal(Domain::Issuers, place, der.expose(), entropy)?,
        public_jwk: key.public_jwk(),
        created_at: now,
        signs: SignsFrom::Creation,
        signed_until: None,
    })
}

fn opened(
    seal: &Seal,
    owner: (AccountId, &Region),
    issuer: &IssuerRow,
    key: &IssuerKey,
) -> Result<SigningKey, Fault> {
    let place = place(owner, &issuer.id, &key.kid);
    let der = seal.open(Domain::Issuers, place, &key.sealed)?;
    let open = SigningKey::from_pkcs8(der.expose())
        .map_err(|error| Fault::internal(format!("a key of {}: {error}", issuer.arn)))?;
    if open.kid() != key.kid {
        return Err(Fault::internal(format!(
            "a key of {} is not the one it says",
            issuer.arn
        )));
    }
    Ok(open)
}

fn place<'a>((account, region): (AccountId, &'a Region), id: &'a str, kid: &'a str) -> Aad<'a> {
    Aad {
        table: IssuerRow::TABLE,
        id,
        object_version: kid,
        account: Some(account),
        region: region.as_str(),
    }
}
