//! The keys that a provider publishes (RFC 7517 §5).

use serde_json::{Value, json};

use crate::verifying_key::UnusableKey;
use crate::{Algorithm, Trust, VerifyingKey, json};

/// Most keys in one document (THREATS R32).
pub const MAX_KEYS: usize = 100;

/// The usable keys of one document. Keys never move between sets: a kid means something only under
/// its provider (THREATS R22).
#[derive(Clone, Default)]
pub struct JwkSet {
    issuer: Option<String>,
    trust: Trust,
    keys: Vec<VerifyingKey>,
    ignored: Vec<IgnoredKey>,
}

/// A member of the document that is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoredKey {
    /// Its place in the document, from 0.
    pub index: usize,
    /// Why.
    pub reason: UnusableKey,
}

/// The document is not what it must be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadDocument {
    /// Not a JSON object, or nested too deeply.
    #[error("not a JSON object: {0}")]
    Json(String),
    /// A member is missing or of the wrong type.
    #[error("the member `{0}` is missing or of the wrong type")]
    Member(&'static str),
    /// More keys than [`MAX_KEYS`].
    #[error("{0} keys; at most 100 are taken")]
    TooManyKeys(usize),
    /// The discovery document belongs to another issuer.
    #[error("the document's issuer is not the provider's")]
    Issuer,
    /// `jwks_uri` has another scheme than the issuer and is not https.
    #[error("`jwks_uri` is not https")]
    KeysUri,
}

/// Why no key was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// No key has this kid.
    #[error("no key has this kid")]
    Unknown,
    /// Keys have this kid but none permits the algorithm, or without a kid none does.
    #[error("no key permits the token's algorithm")]
    Algorithm,
    /// No kid, and more than one key permits the algorithm.
    #[error("the token has no kid and more than one key would do")]
    KidRequired,
}

impl JwkSet {
    /// Reads a key set. Keys that must not be used are left out (see [`JwkSet::ignored`]); of keys
    /// of one name for the same algorithm the last counts (recorded from AWS).
    ///
    /// # Errors
    /// The document as a whole is unusable.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadDocument> {
        let document = json::object(bytes).map_err(|error| BadDocument::Json(error.to_string()))?;
        let Some(Value::Array(items)) = document.get("keys") else {
            return Err(BadDocument::Member("keys"));
        };
        if items.len() > MAX_KEYS {
            return Err(BadDocument::TooManyKeys(items.len()));
        }
        let mut set = Self::default();
        for (index, item) in items.iter().enumerate() {
            match VerifyingKey::from_jwk(item) {
                Ok(key) => set.insert(key),
                Err(reason) => set.ignored.push(IgnoredKey { index, reason }),
            }
        }
        Ok(set)
    }

    /// Binds the set to the issuer that published it: [`verify`](crate::verify) then refuses tokens
    /// whose `iss` is not exactly this text.
    #[must_use]
    pub fn of_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Notes what the server that published the set was believed by.
    #[must_use]
    pub fn believed_by(mut self, trust: Trust) -> Self {
        self.trust = trust;
        self
    }

    /// What the server that published the set was believed by.
    pub fn trust(&self) -> Trust {
        self.trust
    }

    /// The issuer that the set is bound to.
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// How many usable keys there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether no key is usable.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// What was left out, and why.
    pub fn ignored(&self) -> &[IgnoredKey] {
        &self.ignored
    }

    /// Whether any usable key has this name.
    pub fn contains(&self, kid: &str) -> bool {
        self.keys.iter().any(|key| key.kid() == kid)
    }

    /// The names of the usable keys, in the document's order.
    pub fn key_ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(VerifyingKey::kid)
    }

    /// The one key for a token. With a kid: the key of that name that permits the algorithm.
    /// Without: the only key that permits it.
    ///
    /// # Errors
    /// Why there is none, or more than one.
    pub fn select(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<&VerifyingKey, KeyFault> {
        if let Some(kid) = kid
            && !self.contains(kid)
        {
            return Err(KeyFault::Unknown);
        }
        let mut fitting = self
            .keys
            .iter()
            .filter(|key| kid.is_none_or(|kid| key.kid() == kid))
            .filter(|key| key.permits(algorithm));
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => Ok(key),
            (None, _) => Err(KeyFault::Algorithm),
            (Some(_), Some(_)) => Err(KeyFault::KidRequired),
        }
    }

    /// The usable keys as a key set.
    pub fn to_json(&self) -> Value {
        let keys: Vec<Value> = self.keys.iter().map(VerifyingKey::to_json).collect();
        json!({ "keys": keys })
    }

    fn insert(&mut self, key: VerifyingKey) {
        self.keys.retain(|known| !key.replaces(known));
        self.keys.push(key);
    }
}
