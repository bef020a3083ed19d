//! The signers of an issuer, and what a set of keys that one of them hands in changes.

use base::Timestamp;
use jiff::SignedDuration;
use jose::MAX_KEYS;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::IssuerRow;
use super::published_keys::{KeyState, PublishedKey};

/// Signers of one issuer: API servers of one cluster, and those whose hosts are gone.
pub(crate) const MAX_SIGNERS: usize = 16;
/// That a signer was seen is not written more often.
const SEEN_EVERY: SignedDuration = SignedDuration::from_mins(1);
/// How long after `exp` verifiers may still take a token.
const SKEW: SignedDuration = SignedDuration::from_secs(jose::CLOCK_SKEW_SECS);

/// A signer of an issuer: it holds the private halves of its keys on its own host (THREATS R63).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignerRow {
    /// 128 random bits that it drew, lower-case hex.
    pub id: String,
    /// Its keys, in its own order.
    pub keys: Vec<SignerKey>,
    /// Longest life of its tokens.
    pub max_token_life_secs: i64,
    /// When it first published.
    pub first_seen_at: Timestamp,
    /// When it last did, to the minute.
    pub last_seen_at: Timestamp,
    /// When it was asked for a rotation that it has not begun.
    pub rotation_requested_at: Option<Timestamp>,
}

/// The public half of a signer's key, as the signer last told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignerKey {
    /// Its name in tokens: the digest of the key.
    pub kid: String,
    /// What is published of it.
    pub public_jwk: Json,
    /// Where it stands.
    pub state: KeyState,
    /// Since when, as far as this server was told.
    pub since: Timestamp,
    /// When it moves on.
    pub next_state_at: Option<Timestamp>,
    /// No token of it has a later `exp`, as far as this server was told.
    pub signed_until: Option<Timestamp>,
}

/// A set of keys that a signer hands in.
pub(crate) struct HandedIn {
    pub(crate) signer: String,
    pub(crate) max_token_life_secs: i64,
    pub(crate) keys: Vec<SignerKey>,
    /// What is to be published no more, and until when its tokens live; `None`: it signed none.
    pub(crate) withdrawn: Vec<(String, Option<Timestamp>)>,
}

/// Why a set is not published. Nothing of it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SetFault {
    #[error("The key {0} stands twice in the set.")]
    Twice(String),
    #[error("None of the keys in the set is the signer's own.")]
    NoneOwn,
    #[error(
        "The key {kid} is the signer {signer}'s; a signer's state directory must not be copied."
    )]
    Others { kid: String, signer: String },
    #[error(
        "The set lacks the key {0}, whose tokens may live: a key is withdrawn by name, when they are dead. Another signer may run with a copy of this one's state directory."
    )]
    StillUsed(String),
    #[error("The key {kid} cannot be withdrawn before {until}: until then tokens of it may live.")]
    TooEarly { kid: String, until: Timestamp },
    #[error("An issuer has at most {MAX_SIGNERS} signers; forget those that are gone for good.")]
    Signers,
    #[error("An issuer has at most {MAX_KEYS} published keys.")]
    Keys,
}

impl IssuerRow {
    /// The row with a signer's new set; `None` when it says nothing new.
    pub(crate) fn with_set(
        &self,
        set: HandedIn,
        now: Timestamp,
    ) -> Result<Option<IssuerRow>, SetFault> {
        check_names(&set)?;
        self.check_others(&set)?;
        let known = self.signers.iter().position(|known| known.id == set.signer);
        let mut row = self.clone();
        match known.and_then(|index| row.signers.get_mut(index)) {
            Some(signer) => {
                signer.check_dropped(&set, now)?;
                if !signer.take(set, now) {
                    return Ok(None);
                }
            }
            None if self.signers.len() >= MAX_SIGNERS => return Err(SetFault::Signers),
            None => row.signers.push(SignerRow::new(set, now)),
        }
        if row.published_keys(now).len() > MAX_KEYS {
            return Err(SetFault::Keys);
        }
        Ok(Some(row))
    }

    /// A key has one holder; any number may name one that only verifies.
    fn check_others(&self, set: &HandedIn) -> Result<(), SetFault> {
        let others = self.signers.iter().filter(|other| other.id != set.signer);
        for other in others {
            for key in other
                .keys
                .iter()
                .filter(|key| key.state != KeyState::VerifyOnly)
            {
                let same =
                    |new: &&SignerKey| new.kid == key.kid && new.state != KeyState::VerifyOnly;
                if set.keys.iter().any(|new| same(&new)) {
                    return Err(SetFault::Others {
                        kid: key.kid.clone(),
                        signer: other.id.clone(),
                    });
                }
            }
        }
        Ok(())
    }
}

impl SignerRow {
    fn new(set: HandedIn, now: Timestamp) -> Self {
        Self {
            id: set.signer,
            keys: set.keys,
            max_token_life_secs: set.max_token_life_secs,
            first_seen_at: now,
            last_seen_at: now,
            rotation_requested_at: None,
        }
    }

    /// Whether a rotation of it has not come to sign.
    pub(crate) fn is_rotating(&self) -> bool {
        self.keys.iter().any(|key| key.state.is_waiting())
    }

    /// When no token of its lives any more, unless it has signed since it was last seen.
    pub(crate) fn dead_at(&self) -> Timestamp {
        let life = SignedDuration::from_secs(self.max_token_life_secs);
        let told = self.keys.iter().filter_map(|key| key.signed_until).max();
        let last = later(self.last_seen_at, life);
        later(told.map_or(last, |told| told.max(last)), SKEW)
    }

    pub(super) fn shown(&self) -> impl Iterator<Item = PublishedKey<'_>> {
        self.keys.iter().map(|key| PublishedKey {
            kid: &key.kid,
            jwk: &key.public_jwk,
            state: key.state,
            signer: Some(&self.id),
            since: key.since,
            next_state_at: key.next_state_at,
            signed_until: key.signed_until,
        })
    }

    /// A key that is missing must be named as withdrawn, and its tokens must be dead: those that
    /// this server knows of, and those that the signer tells of.
    fn check_dropped(&self, set: &HandedIn, now: Timestamp) -> Result<(), SetFault> {
        let kept = |kid: &str| set.keys.iter().any(|key| key.kid == kid);
        for key in self.keys.iter().filter(|key| !kept(&key.kid)) {
            let named = set.withdrawn.iter().find(|(kid, _)| *kid == key.kid);
            let until = match (key.state, named) {
                // WHY: nobody tells when the file's last token ends; it was written before the
                // signer began, and its API server had the same longest life.
                (KeyState::VerifyOnly, None | Some(_)) => {
                    let life = SignedDuration::from_secs(self.max_token_life_secs);
                    Some(later(later(key.since, life), SKEW))
                }
                (_, None) => return Err(SetFault::StillUsed(key.kid.clone())),
                (_, Some((_, told))) => key.signed_until.max(*told),
            };
            if let Some(until) = until.filter(|until| now < *until) {
                return Err(SetFault::TooEarly {
                    kid: key.kid.clone(),
                    until,
                });
            }
        }
        Ok(())
    }

    /// Takes over the set; says whether the row must be written.
    fn take(&mut self, set: HandedIn, now: Timestamp) -> bool {
        let before = self.clone();
        let known = std::mem::take(&mut self.keys);
        let taken = set.keys.into_iter().map(|mut key| {
            if let Some(known) = known.iter().find(|known| known.kid == key.kid) {
                key.signed_until = key.signed_until.max(known.signed_until);
                if known.state == key.state {
                    key.since = known.since;
                    // WHY: it is worked out anew each time, from whole seconds.
                    let moved = match (known.next_state_at, key.next_state_at) {
                        (Some(known), Some(new)) => {
                            known.duration_since(new).abs() > SignedDuration::from_secs(5)
                        }
                        (known, new) => known != new,
                    };
                    if !moved {
                        key.next_state_at = known.next_state_at;
                    }
                }
            }
            key
        });
        self.keys = taken.collect();
        self.max_token_life_secs = set.max_token_life_secs;
        if self.is_rotating() {
            self.rotation_requested_at = None;
        }
        if *self == before && now.duration_since(self.last_seen_at) < SEEN_EVERY {
            return false;
        }
        self.last_seen_at = now;
        true
    }
}

fn check_names(set: &HandedIn) -> Result<(), SetFault> {
    for (index, key) in set.keys.iter().enumerate() {
        let earlier = set.keys.iter().take(index);
        let mut same = earlier.filter(|other| other.kid == key.kid);
        let withdrawn = set.withdrawn.iter().any(|(kid, _)| *kid == key.kid);
        if same.next().is_some() || withdrawn {
            return Err(SetFault::Twice(key.kid.clone()));
        }
    }
    if set.keys.iter().all(|key| key.state == KeyState::VerifyOnly) {
        return Err(SetFault::NoneOwn);
    }
    Ok(())
}

fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.saturating_add(by).unwrap_or(Timestamp::MAX)
}
