//! The two documents of an issuer, made of keys from several places.

use std::collections::BTreeSet;

use jose::{Algorithm, JwkSet, KeyFileFault, MAX_KEYS, PublicKey, UnusableKey, VerifyingKey};
use serde_json::{Value, json};

/// Below the issuer's URL (OpenID Connect Discovery 1.0 §4; k8s.io/kubernetes,
/// pkg/serviceaccount/openidmetadata.go).
pub(super) const DISCOVERY_PATH: &str = ".well-known/openid-configuration";
/// The other.
pub(super) const KEYS_PATH: &str = "openid/v1/jwks";

/// Public keys, each once, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Keys {
    keys: Vec<Value>,
}

/// A source cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum KeysFault {
    /// PEM or a document that is none.
    #[error(transparent)]
    File(#[from] KeyFileFault),
    /// A key of a set that must not be published, or that nobody could use.
    #[error("the JWK set holds a key that must not be published: {0}")]
    Key(UnusableKey),
    /// Two keys of one name.
    #[error("two different keys are called `{0}`")]
    Twice(String),
    /// More than verifiers take.
    #[error("there are more than {MAX_KEYS} keys, and verifiers take no more")]
    TooMany,
}

impl Keys {
    /// Adds the keys of a text: PEM or a JWK set, of which every key must be fit for publication.
    pub(super) fn add(&mut self, content: &[u8]) -> Result<(), KeysFault> {
        let is_set = content.trim_ascii_start().starts_with(b"{");
        let keys = if is_set {
            let set = JwkSet::parse(content).map_err(KeyFileFault::from)?;
            if let Some(ignored) = set.ignored().first() {
                return Err(KeysFault::Key(ignored.reason.clone()));
            }
            members(&set.to_json())
        } else {
            let keys = jose::public_keys_of_file(content)?;
            keys.iter().map(|key| key.jwk().clone()).collect()
        };
        keys.into_iter().try_for_each(|key| self.insert(key))
    }

    fn insert(&mut self, key: Value) -> Result<(), KeysFault> {
        let key = uniform(key);
        let kid = kid(&key);
        match self.keys.iter().find(|known| self::kid(known) == kid) {
            Some(known) if *known == key => return Ok(()),
            Some(_) => return Err(KeysFault::Twice(base::Escaped(kid).to_string())),
            None if self.keys.len() >= MAX_KEYS => return Err(KeysFault::TooMany),
            None => self.keys.push(key),
        }
        Ok(())
    }

    /// Leaves out keys by name.
    pub(super) fn without(mut self, names: &[String]) -> Self {
        self.keys
            .retain(|key| !names.iter().any(|name| name == kid(key)));
        self
    }

    /// Their names.
    pub(super) fn names(&self) -> BTreeSet<String> {
        self.keys.iter().map(|key| kid(key).to_owned()).collect()
    }

    /// The key set, as Kubernetes publishes it.
    pub(super) fn document(&self) -> String {
        json!({ "keys": self.keys }).to_string()
    }

    /// The discovery document of an issuer with these keys.
    pub(super) fn discovery(&self, issuer: &str) -> String {
        let named = |key: &Value| Algorithm::named(key.get("alg")?.as_str()?);
        let algorithms: Vec<Algorithm> = self.keys.iter().filter_map(named).collect();
        jose::discovery_document(issuer, &format!("{issuer}/{KEYS_PATH}"), &algorithms)
    }
}

/// The members and their order that Kubernetes has; a key that is called otherwise keeps its name.
fn uniform(key: Value) -> Value {
    let Ok(public) = PublicKey::from_jwk(&key) else {
        return key;
    };
    let name = kid(&key);
    let mut jwk = public.jwk().clone();
    if let Some(member) = jwk.get_mut("kid") {
        *member = json!(name);
    }
    match VerifyingKey::from_jwk(&jwk) {
        Ok(_) => jwk,
        Err(_) => key,
    }
}

fn members(set: &Value) -> Vec<Value> {
    let keys = set.get("keys").and_then(Value::as_array);
    keys.cloned().unwrap_or_default()
}

fn kid(key: &Value) -> &str {
    key.get("kid").and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use jose::SigningKey;

    use super::*;

    fn set(keys: &[&Value]) -> Vec<u8> {
        json!({ "keys": keys }).to_string().into_bytes()
    }

    #[test]
    fn keys_of_several_places_stand_there_once() {
        let one = SigningKey::generate(Algorithm::ES256).unwrap().public_jwk();
        let two = SigningKey::generate(Algorithm::RS256).unwrap();
        let pem = PublicKey::from_der(&two.public_der().unwrap())
            .unwrap()
            .to_pem();
        let two = two.public_jwk();
        let mut named = one.clone();
        named["kid"] = json!("mine");
        let mut keys = Keys::default();
        keys.add(&set(&[&one, &named])).unwrap();
        keys.add(pem.as_bytes()).unwrap();
        keys.add(&set(&[&two, &one])).unwrap();
        assert_eq!(
            keys.document(),
            json!({ "keys": [one, named, two] }).to_string()
        );
        let discovery: Value = serde_json::from_str(&keys.discovery("https://i.example")).unwrap();
        assert_eq!(discovery["jwks_uri"], "https://i.example/openid/v1/jwks");
        let algorithms = &discovery["id_token_signing_alg_values_supported"];
        assert_eq!(*algorithms, json!(["ES256", "RS256"]));
        let kept = keys.without(&["mine".to_owned()]);
        assert_eq!(kept.names().len(), 2);
    }

    #[test]
    fn what_must_not_be_published_is_refused() {
        let key = SigningKey::generate(Algorithm::ES256).unwrap().public_jwk();
        let mut private = key.clone();
        private["d"] = json!("AQAB");
        let mut nameless = key.clone();
        nameless.as_object_mut().unwrap().remove("kid");
        let mut other = SigningKey::generate(Algorithm::ES256).unwrap().public_jwk();
        other["kid"] = key["kid"].clone();
        for (content, expected) in [
            (set(&[&private]), KeysFault::Key(UnusableKey::Private("d"))),
            (set(&[&key, &nameless]), KeysFault::Key(UnusableKey::Kid)),
            (
                [&set(&[&key])[..]].concat(),
                KeysFault::Twice(key["kid"].as_str().unwrap().to_owned()),
            ),
            (b"hello".to_vec(), KeysFault::File(KeyFileFault::NoKeys)),
        ] {
            let mut keys = Keys::default();
            keys.add(&set(&[&other])).unwrap();
            assert_eq!(keys.add(&content), Err(expected));
        }
    }
}
