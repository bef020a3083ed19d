//! The safe order of a rotation: publish, wait, sign, wait, withdraw.
//!
//! A pure state machine. Waits are counted in time that was seen to pass, by a clock that never
//! jumps; time during which nobody looked does not count. The time of day only ever prolongs a wait.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Most keys of one signer: verifiers take 100 of a whole issuer (THREATS R32).
pub(super) const MAX_KEYS: usize = 16;

/// Where a key stands. It only ever moves down this list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Made and kept; perhaps published, which nobody confirmed.
    New,
    /// Published; verifiers may still hold older sets.
    Published {
        /// Since then.
        waited_ms: u64,
    },
    /// Signs.
    Signing {
        /// Since it began to.
        age_ms: u64,
    },
    /// Signs no more; its tokens may live.
    Retiring {
        /// Since it ceased to.
        waited_ms: u64,
    },
    /// All its tokens are dead; perhaps withdrawn, which nobody confirmed.
    Withdrawing,
}

/// One key's way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyProgress {
    /// Which key.
    pub kid: String,
    /// Where it stands.
    pub stage: Stage,
    /// No token of it has a later `exp`, in seconds since 1970.
    pub signed_until: i64,
}

/// How long to wait, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waits {
    /// From publication until the key signs: nobody still uses an older set.
    pub before_signing: Duration,
    /// From the last signature until withdrawal: no token of it lives.
    pub before_withdrawal: Duration,
    /// How long after `exp` verifiers may still take a token.
    pub skew: Duration,
}

/// The keys of one signer, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotation {
    keys: Vec<KeyProgress>,
}

/// What the issuer publishes beside the signer's own keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// Nothing.
    Nothing,
    /// Keys of other signers: verifiers may hold sets without this one's.
    OtherKeys,
}

/// Why no rotation begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RotationFault {
    /// One at a time.
    #[error("a rotation is under way: its key does not sign yet")]
    UnderWay,
    /// Keys whose tokens may live are not dropped for a new one.
    #[error("there are {MAX_KEYS} keys already; wait until one is withdrawn")]
    TooMany,
    /// It is one of the keys.
    #[error("the key is known already")]
    Known,
}

impl Rotation {
    /// Every key, newest first.
    pub fn keys(&self) -> &[KeyProgress] {
        &self.keys
    }

    /// Takes in a new key. Nothing signs with it before it was confirmed published.
    ///
    /// # Errors
    /// The rotation before it has not come to sign, or there are too many keys.
    pub fn begin(&mut self, kid: &str) -> Result<(), RotationFault> {
        if self.keys.iter().any(|key| key.kid == kid) {
            return Err(RotationFault::Known);
        }
        self.may_begin()?;
        let key = KeyProgress {
            kid: kid.to_owned(),
            stage: Stage::New,
            signed_until: i64::MIN,
        };
        self.keys.insert(0, key);
        Ok(())
    }

    /// Whether a rotation may begin.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub fn may_begin(&self) -> Result<(), RotationFault> {
        let waiting = |key: &KeyProgress| matches!(key.stage, Stage::New | Stage::Published { .. });
        if self.keys.iter().any(waiting) {
            return Err(RotationFault::UnderWay);
        }
        if self.keys.len() >= MAX_KEYS {
            return Err(RotationFault::TooMany);
        }
        Ok(())
    }

    /// The first key of all signs without having been published; says whether it was its turn. Every
    /// later one takes the safe order.
    pub fn sign_unpublished(&mut self) -> bool {
        if let [only] = self.keys.as_mut_slice()
            && only.stage == Stage::New
        {
            only.stage = Stage::Signing { age_ms: 0 };
            return true;
        }
        false
    }

    /// What must be published: all but those being withdrawn.
    pub fn wanted(&self) -> BTreeSet<String> {
        let kept = |key: &&KeyProgress| key.stage != Stage::Withdrawing;
        let kids = self.keys.iter().filter(kept);
        kids.map(|key| key.kid.clone()).collect()
    }

    /// Exactly `published` was published. The issuer's first key of all signs at once: no verifier
    /// can hold an older set.
    pub fn confirmed(&mut self, published: &BTreeSet<String>, beside: Beside) {
        let gone =
            |key: &KeyProgress| key.stage == Stage::Withdrawing && !published.contains(&key.kid);
        self.keys.retain(|key| !gone(key));
        let first = self.keys.len() == 1 && beside == Beside::Nothing;
        for key in &mut self.keys {
            if key.stage == Stage::New && published.contains(&key.kid) {
                key.stage = if first {
                    Stage::Signing { age_ms: 0 }
                } else {
                    Stage::Published { waited_ms: 0 }
                };
            }
        }
    }

    /// So much time was seen to pass; it is now `now` (seconds since 1970).
    pub fn pass(&mut self, elapsed: Duration, now: i64, waits: Waits) {
        let elapsed = millis(elapsed);
        for key in &mut self.keys {
            match &mut key.stage {
                Stage::New | Stage::Withdrawing => {}
                Stage::Published { waited_ms }
                | Stage::Retiring { waited_ms }
                | Stage::Signing { age_ms: waited_ms } => {
                    *waited_ms = waited_ms.saturating_add(elapsed);
                }
            }
        }
        for key in &mut self.keys {
            if key.may_be_withdrawn(now, waits) {
                key.stage = Stage::Withdrawing;
            }
        }
        self.promote(millis(waits.before_signing));
    }

    /// The key that signs.
    pub fn signing(&self) -> Option<&KeyProgress> {
        let signs = |key: &&KeyProgress| matches!(key.stage, Stage::Signing { .. });
        self.keys.iter().find(signs)
    }

    /// Notes that the signing key is about to sign tokens up to `until`.
    pub fn will_sign_until(&mut self, until: i64) {
        for key in &mut self.keys {
            if matches!(key.stage, Stage::Signing { .. }) {
                key.signed_until = key.signed_until.max(until);
            }
        }
    }

    fn promote(&mut self, wait: u64) {
        let ripe = |key: &KeyProgress| match key.stage {
            Stage::Published { waited_ms } => waited_ms >= wait,
            _ => false,
        };
        if !self.keys.iter().any(ripe) {
            return;
        }
        for key in &mut self.keys {
            match key.stage {
                Stage::Signing { .. } => key.stage = Stage::Retiring { waited_ms: 0 },
                Stage::Published { .. } => key.stage = Stage::Signing { age_ms: 0 },
                Stage::New | Stage::Retiring { .. } | Stage::Withdrawing => {}
            }
        }
    }
}

impl KeyProgress {
    /// Until which `exp` it signed; `None`: it signed no token.
    pub fn signed_until(&self) -> Option<i64> {
        Some(self.signed_until).filter(|until| *until != i64::MIN)
    }

    /// How long it stays where it is, at least; `None`: until something happens.
    pub fn moves_on_in(&self, now: i64, waits: Waits) -> Option<Duration> {
        let left = |whole: Duration, waited| whole.saturating_sub(Duration::from_millis(waited));
        match self.stage {
            Stage::New | Stage::Signing { .. } | Stage::Withdrawing => None,
            Stage::Published { waited_ms } => Some(left(waits.before_signing, waited_ms)),
            Stage::Retiring { waited_ms } => {
                let whole = waits.before_withdrawal.saturating_add(waits.skew);
                let tokens = self
                    .signed_until()
                    .map_or(0, |until| until.saturating_sub(now));
                let tokens = Duration::from_secs(u64::try_from(tokens).unwrap_or(0));
                Some(left(whole, waited_ms).max(tokens.saturating_add(waits.skew)))
            }
        }
    }

    fn may_be_withdrawn(&self, now: i64, waits: Waits) -> bool {
        let Stage::Retiring { waited_ms } = self.stage else {
            return false;
        };
        let skew = i64::try_from(waits.skew.as_secs()).unwrap_or(i64::MAX);
        waited_ms >= millis(waits.before_withdrawal.saturating_add(waits.skew))
            && now >= self.signed_until.saturating_add(skew)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
