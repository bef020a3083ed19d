//! Values sealed at rest.

use aws_lc_rs::aead::{AES_256_GCM, Aad as GcmAad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use base::{Entropy, EntropyExt, Fault, Secret};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::RootKey;

/// The envelope's format; the first byte of every sealed value, for ever.
const FORMAT: u8 = 1;
/// The generation of the domain keys.
const DOMAIN_KEY_ID: u32 = 1;
const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;
const HEAD_BYTES: usize = 1 + 4 + NONCE_BYTES;

/// What a key may seal. Each has its own key under the root (THREATS R53).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Values of Secrets Manager.
    Secrets,
    /// The session key ring.
    Ring,
    /// Private keys of issuers.
    Issuers,
    /// Secrets of long-term access keys.
    AccessKeys,
    /// Page tokens and encoded authorization messages.
    Messages,
    /// What this installation shows to API servers.
    ClusterCredentials,
    /// The marks of rows.
    Rows,
    /// The value that proves the root key at start.
    Canary,
}

impl Domain {
    fn label(self) -> &'static str {
        match self {
            Domain::Secrets => "secrets",
            Domain::Ring => "ring",
            Domain::Issuers => "issuers",
            Domain::AccessKeys => "access keys",
            Domain::Messages => "messages",
            Domain::ClusterCredentials => "cluster credentials",
            Domain::Rows => "rows",
            Domain::Canary => "canary",
        }
    }
}

/// What a sealed value is bound to: it opens nowhere else.
#[derive(Clone, Copy, Debug)]
pub struct Aad<'a> {
    /// The row's table.
    pub table: &'a str,
    /// The row's id within the table.
    pub id: &'a str,
    /// The version of the object that holds the value.
    pub object_version: &'a str,
    /// The owner; `None` for values of the installation.
    pub account: Option<base::AccountId>,
    /// Empty for global objects.
    pub region: &'a str,
}

/// A sealed value: `format ‖ key id ‖ nonce ‖ ciphertext`. Base64 in rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

/// Seals and opens values under the root key.
pub struct Seal {
    root: Prk,
    installation: String,
}

impl Seal {
    /// For one installation.
    pub fn new(root: &RootKey, installation: &str) -> Self {
        let root = Salt::new(HKDF_SHA256, b"irsa root v1").extract(root.bytes());
        Self {
            root,
            installation: installation.to_owned(),
        }
    }

    /// The id of the installation, which every key depends on.
    pub fn installation(&self) -> &str {
        &self.installation
    }

    /// Seals `plaintext` for one place.
    pub fn seal(
        &self,
        domain: Domain,
        aad: Aad<'_>,
        plaintext: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Sealed, Fault> {
        let aad = aad.encode();
        let nonce: [u8; NONCE_BYTES] = entropy.bytes();
        let key = self.row_key(domain, &aad)?;
        let mut body = plaintext.to_vec();
        key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            GcmAad::from(aad.as_slice()),
            &mut body,
        )
        .map_err(|_| Fault::internal("sealing failed"))?;
        let mut bytes = Vec::with_capacity(HEAD_BYTES + body.len());
        bytes.push(FORMAT);
        bytes.extend_from_slice(&DOMAIN_KEY_ID.to_be_bytes());
        bytes.extend_from_slice(&nonce);
        bytes.append(&mut body);
        Ok(Sealed(bytes))
    }

    /// Opens what was sealed for the same place.
    pub fn open(
        &self,
        domain: Domain,
        aad: Aad<'_>,
        sealed: &Sealed,
    ) -> Result<Secret<Vec<u8>>, Fault> {
        let broken =
            |why: &str| Fault::internal(format!("the sealed value {}/{} {why}", aad.table, aad.id));
        let (head, body) = sealed
            .0
            .split_at_checked(HEAD_BYTES)
            .ok_or_else(|| broken("is too short"))?;
        let (prefix, nonce) = head
            .split_at_checked(5)
            .ok_or_else(|| broken("is too short"))?;
        let [format, id @ ..] = prefix else {
            return Err(broken("is too short"));
        };
        if *format != FORMAT || *id != DOMAIN_KEY_ID.to_be_bytes() {
            return Err(broken("is of an unknown format or key"));
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| broken("is too short"))?;
        let encoded = aad.encode();
        let key = self.row_key(domain, &encoded)?;
        let mut body = body.to_vec();
        let length = key
            .open_in_place(nonce, GcmAad::from(encoded.as_slice()), &mut body)
            .map_err(|_| broken("does not open: wrong root key, or it was changed or moved"))?
            .len();
        body.truncate(length);
        Ok(Secret::new(body))
    }

    /// The raw key of a domain, for marks and rings that seal by their own rules.
    pub fn domain_key(&self, domain: Domain) -> Result<Secret<[u8; KEY_BYTES]>, Fault> {
        self.derive(&[
            b"irsa domain v1",
            domain.label().as_bytes(),
            self.installation.as_bytes(),
        ])
    }

    fn row_key(&self, domain: Domain, aad: &[u8]) -> Result<LessSafeKey, Fault> {
        let key = self.derive(&[
            b"irsa row v1",
            domain.label().as_bytes(),
            self.installation.as_bytes(),
            aad,
        ])?;
        let key = UnboundKey::new(&AES_256_GCM, key.expose())
            .map_err(|_| Fault::internal("deriving a key failed"))?;
        Ok(LessSafeKey::new(key))
    }

    fn derive(&self, info: &[&[u8]]) -> Result<Secret<[u8; KEY_BYTES]>, Fault> {
        let info = length_prefixed(info);
        expand(&self.root, &info).map(Secret::new)
    }
}

/// HKDF-Expand to 32 bytes.
pub(super) fn expand(key: &Prk, info: &[u8]) -> Result<[u8; KEY_BYTES], Fault> {
    let mut bytes = [0; KEY_BYTES];
    key.expand(&[info], ThirtyTwo)
        .and_then(|output| output.fill(&mut bytes))
        .map_err(|_| Fault::internal("deriving a key failed"))?;
    Ok(bytes)
}

struct ThirtyTwo;

impl KeyType for ThirtyTwo {
    fn len(&self) -> usize {
        KEY_BYTES
    }
}

/// An injective encoding of several strings.
fn length_prefixed(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

impl Aad<'_> {
    fn encode(&self) -> Vec<u8> {
        let account = self
            .account
            .map(|account| account.to_string())
            .unwrap_or_default();
        length_prefixed(&[
            self.table.as_bytes(),
            self.id.as_bytes(),
            self.object_version.as_bytes(),
            account.as_bytes(),
            self.region.as_bytes(),
        ])
    }
}

impl Sealed {
    /// From bytes that [`as_bytes`](Self::as_bytes) gave.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The envelope.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Serialize for Sealed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Sealed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        STANDARD
            .decode(text.as_bytes())
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use base::SeededEntropy;

    use super::*;

    #[test]
    fn a_value_opens_in_its_own_place_only() {
        let entropy = SeededEntropy::new(5);
        let root = RootKey::draw(&entropy);
        let seal = Seal::new(&root, "one");
        let place = Aad {
            table: "secret",
            id: "a",
            object_version: "1",
            account: "123456789012".parse().ok(),
            region: "eu-west-1",
        };
        let sealed = seal
            .seal(Domain::Secrets, place, b"value", &entropy)
            .unwrap();
        assert_eq!(
            seal.open(Domain::Secrets, place, &sealed).unwrap().expose(),
            b"value"
        );

        for other in [
            Aad {
                table: "other",
                ..place
            },
            Aad { id: "b", ..place },
            Aad {
                object_version: "2",
                ..place
            },
            Aad {
                account: None,
                ..place
            },
            Aad {
                region: "eu-west-2",
                ..place
            },
            Aad {
                table: "secreta",
                id: "",
                ..place
            },
        ] {
            assert!(
                seal.open(Domain::Secrets, other, &sealed).is_err(),
                "{other:?}"
            );
        }
        assert!(seal.open(Domain::Issuers, place, &sealed).is_err());
        assert!(
            Seal::new(&root, "two")
                .open(Domain::Secrets, place, &sealed)
                .is_err()
        );
        let stranger = RootKey::draw(&entropy);
        assert!(
            Seal::new(&stranger, "one")
                .open(Domain::Secrets, place, &sealed)
                .is_err()
        );
        for position in 0..sealed.0.len() {
            let mut bent = sealed.clone();
            bent.0[position] ^= 1;
            assert!(
                seal.open(Domain::Secrets, place, &bent).is_err(),
                "{position}"
            );
        }
    }
}
