//! Everything around a signer that a test moves.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use base::{Clock, ManualClock, SeededEntropy};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jose::{Algorithm, JwkSet, Token};
use serde_json::{Value, json};

use crate::signer::external_signer::Parts;
use crate::signer::{
    FirstKey, Publication, PublicationFault, Published, PublishedSet, SealingKey, Settings, Signer,
    SignerFault, StateDirectory,
};

pub(super) const ISSUER: &str = "https://irsa.example/id/demo";
pub(super) const LIFE_SECS: i64 = 86_400;
pub(super) const NOW: i64 = 1_900_000_000;

/// How the publisher behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    Well,
    Unreachable,
    /// Does it, and the answer is lost.
    AnswerLost,
}

/// A publisher that remembers what verifiers would get.
pub(super) struct Publisher {
    pub(super) mood: Mutex<Mood>,
    pub(super) set: Mutex<Option<PublishedSet>>,
    pub(super) answer: Mutex<Published>,
}

#[async_trait]
impl Publication for Publisher {
    async fn publish(&self, set: &PublishedSet) -> Result<Published, PublicationFault> {
        let mood = *self.mood.lock().unwrap();
        if mood != Mood::Unreachable {
            *self.set.lock().unwrap() = Some(set.clone());
        }
        match mood {
            Mood::Well => Ok(self.answer.lock().unwrap().clone()),
            Mood::Unreachable | Mood::AnswerLost => Err(PublicationFault("down".to_owned())),
        }
    }
}

pub(super) struct World {
    pub(super) root: tempfile::TempDir,
    pub(super) clock: Arc<ManualClock>,
    pub(super) publisher: Arc<Publisher>,
    pub(super) settings: Settings,
}

pub(super) fn settings(algorithm: Algorithm) -> Settings {
    Settings {
        issuer: ISSUER.to_owned(),
        algorithm,
        max_token_life: Duration::from_secs(LIFE_SECS as u64),
        refresh_hint: Duration::from_secs(60),
        keys_max_age: Duration::from_secs(3_600),
        patience: Duration::ZERO,
        rotate_every: None,
        verify_only: Vec::new(),
        first_key: FirstKey::OncePublished,
    }
}

impl World {
    pub(super) fn new(algorithm: Algorithm) -> Self {
        Self {
            root: tempfile::tempdir().unwrap(),
            clock: Arc::new(ManualClock::at(base::Timestamp::from_second(NOW).unwrap())),
            publisher: Arc::new(Publisher {
                mood: Mutex::new(Mood::Well),
                set: Mutex::new(None),
                answer: Mutex::default(),
            }),
            settings: settings(algorithm),
        }
    }

    pub(super) fn state(&self) -> std::path::PathBuf {
        self.root.path().join("state")
    }

    pub(super) fn open(&self) -> Result<Signer, SignerFault> {
        self.open_sealed_with(sealing(1))
    }

    pub(super) fn open_sealed_with(&self, sealing: SealingKey) -> Result<Signer, SignerFault> {
        Signer::open(Parts {
            settings: self.settings.clone(),
            directory: StateDirectory::open(&self.state())?,
            sealing,
            publication: self.publisher.clone(),
            clock: self.clock.clone(),
            entropy: Arc::new(SeededEntropy::new(7)),
        })
    }

    pub(super) fn mood(&self, mood: Mood) {
        *self.publisher.mood.lock().unwrap() = mood;
    }

    pub(super) fn now(&self) -> i64 {
        self.clock.now().as_second()
    }

    /// What verifiers get now.
    pub(super) fn published(&self) -> BTreeSet<String> {
        let set = self.publisher.set.lock().unwrap();
        let keys = set.iter().flat_map(|set| &set.keys);
        keys.map(|key| key.key.kid.clone()).collect()
    }

    /// What a verifier that fetches now says of a token.
    pub(super) fn verify(&self, token: &str) -> Result<(), String> {
        let set = self.publisher.set.lock().unwrap();
        let keys: Vec<&Value> = set
            .iter()
            .flat_map(|set| &set.keys)
            .map(|key| &key.key.jwk)
            .collect();
        verify(&json!({ "keys": keys }), token, self.clock.now())
    }

    /// A token as the API server puts it together.
    pub(super) fn token(&self, signer: &Signer) -> Result<String, crate::signer::Refusal> {
        let payload = payload(&claims(self.now(), LIFE_SECS));
        let segments = signer.sign(&payload)?;
        Ok(format!(
            "{}.{payload}.{}",
            segments.header, segments.signature
        ))
    }
}

pub(super) fn verify(keys: &Value, token: &str, now: base::Timestamp) -> Result<(), String> {
    let keys = JwkSet::parse(keys.to_string().as_bytes()).map_err(|error| error.to_string())?;
    let token = Token::parse(token).map_err(|fault| fault.to_string())?;
    let verified = jose::verify(&token, &keys.of_issuer(ISSUER), now);
    verified.map(drop).map_err(|fault| fault.to_string())
}

pub(super) fn sealing(seed: u64) -> SealingKey {
    SealingKey::draw(&SeededEntropy::new(seed))
}

pub(super) fn claims(now: i64, life_secs: i64) -> Value {
    json!({
        "aud": ["sts.amazonaws.com"], "exp": now + life_secs, "iat": now, "iss": ISSUER,
        "jti": "c2b1a3de-0000-4000-8000-000000000000",
        "kubernetes.io": { "namespace": "default", "serviceaccount": { "name": "a", "uid": "b" } },
        "nbf": now, "sub": "system:serviceaccount:default:a",
    })
}

pub(super) fn payload(claims: &Value) -> String {
    URL_SAFE_NO_PAD.encode(claims.to_string())
}

pub(super) fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::symlink_metadata(path)
        .unwrap()
        .permissions()
        .mode()
        & 0o777
}
