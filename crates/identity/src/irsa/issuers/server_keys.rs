//! When the keys that the server holds sign and are withdrawn: told by their row and the time, so
//! that the order is safe whoever looks, and nothing has to run for it.

use base::Timestamp;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::published_keys::{KeyState, PublishedKey};
use super::{IssuerKey, IssuerRow};

/// Verifiers keep a key set for an hour (the documents' `max-age`); the rest is for slow clocks and
/// slow fetches.
const BEFORE_SIGNING: SignedDuration = SignedDuration::from_secs(3_600 + 300);
/// How long after `exp` verifiers may still take a token.
const SKEW: SignedDuration = SignedDuration::from_secs(jose::CLOCK_SKEW_SECS);
/// `signed_until` is written ahead by so much, so that few tokens cost a write.
const WRITE_AHEAD: SignedDuration = SignedDuration::from_hours(1);
/// Keys of one issuer that the server holds.
pub(crate) const MAX_SERVER_KEYS: usize = 16;

/// From when on a key signs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignsFrom {
    /// Since it was made: the first key of its issuer.
    #[default]
    Creation,
    /// From then on: it has been published long enough.
    At(Timestamp),
    /// Not before this server found it at the issuer's URL, which is somebody else's.
    OnceFound,
}

impl IssuerRow {
    /// The key that signs.
    pub fn signing_key(&self, now: Timestamp) -> Option<&IssuerKey> {
        self.keys.iter().find(|key| key.signs(now))
    }

    /// Whether a rotation is under way whose key does not sign yet.
    pub(crate) fn is_rotating(&self, now: Timestamp) -> bool {
        self.keys.first().is_some_and(|key| !key.signs(now))
    }

    /// Takes in a new key, published from now on, and drops those that were withdrawn.
    pub(crate) fn rotate(&mut self, mut key: IssuerKey, now: Timestamp, url: UrlServedBy) {
        key.signs = match url {
            UrlServedBy::Us => SignsFrom::At(later(now, BEFORE_SIGNING)),
            UrlServedBy::SomebodyElse => SignsFrom::OnceFound,
        };
        self.drop_withdrawn(now);
        self.keys.insert(0, key);
    }

    /// The newest key was found at the issuer's URL.
    pub(super) fn found(&mut self, now: Timestamp) {
        for key in &mut self.keys {
            if key.signs == SignsFrom::OnceFound {
                key.signs = SignsFrom::At(later(now, BEFORE_SIGNING));
            }
        }
    }

    /// Notes that a key signs a token of that `exp`; says whether the row must be written.
    pub(crate) fn will_sign_until(&mut self, kid: &str, until: Timestamp) -> bool {
        let mut keys = self.keys.iter_mut();
        let Some(key) = keys.find(|key| key.kid == kid) else {
            return false;
        };
        if key.signed_until.is_some_and(|known| known >= until) {
            return false;
        }
        key.signed_until = Some(later(until, WRITE_AHEAD));
        true
    }

    pub(crate) fn drop_withdrawn(&mut self, now: Timestamp) {
        let live: Vec<String> = self
            .server_keys(now)
            .map(|key| key.kid.to_owned())
            .collect();
        self.keys.retain(|key| live.contains(&key.kid));
    }

    /// Those that are published, newest first.
    pub(super) fn server_keys(&self, now: Timestamp) -> impl Iterator<Item = PublishedKey<'_>> {
        let mut successor: Option<&IssuerKey> = None;
        self.keys.iter().filter_map(move |key| {
            let shown = key.shown(successor, now);
            successor = Some(key);
            shown
        })
    }
}

/// Where the documents of an issuer stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UrlServedBy {
    /// At this server.
    Us,
    /// Elsewhere.
    SomebodyElse,
}

impl IssuerKey {
    fn signs(&self, now: Timestamp) -> bool {
        match self.signs {
            SignsFrom::Creation => true,
            SignsFrom::At(from) => from <= now,
            SignsFrom::OnceFound => false,
        }
    }

    fn signs_from(&self) -> Option<Timestamp> {
        match self.signs {
            SignsFrom::Creation => Some(self.created_at),
            SignsFrom::At(from) => Some(from),
            SignsFrom::OnceFound => None,
        }
    }

    fn shown(&self, successor: Option<&Self>, now: Timestamp) -> Option<PublishedKey<'_>> {
        let shown = |state, since, next_state_at| PublishedKey {
            kid: &self.kid,
            jwk: &self.public_jwk,
            state,
            signer: None,
            since,
            next_state_at,
            signed_until: self.signed_until,
        };
        if !self.signs(now) {
            return Some(shown(
                KeyState::Published,
                self.created_at,
                self.signs_from(),
            ));
        }
        let since = self.signs_from().unwrap_or(self.created_at);
        let ends_signing = successor.and_then(Self::signs_from);
        match ends_signing.filter(|at| *at <= now) {
            None => Some(shown(KeyState::Signing, since, ends_signing)),
            Some(retired_at) => {
                let last = self.signed_until.unwrap_or(retired_at);
                let ends = later(last.max(retired_at), SKEW);
                (now < ends).then(|| shown(KeyState::Retiring, retired_at, Some(ends)))
            }
        }
    }
}

fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.saturating_add(by).unwrap_or(Timestamp::MAX)
}
