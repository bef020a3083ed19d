//! Unique ids, access key ids and request ids.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{AccountId, Entropy, EntropyExt};

/// RFC 4648 base32, the alphabet of AWS's ids.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// What an id names, told by its four-letter prefix (IAM User Guide, "IAM identifiers").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdKind {
    /// `AIDA`
    User,
    /// `AROA`
    Role,
    /// `ANPA`
    ManagedPolicy,
    /// `AGPA`
    Group,
    /// `AKIA`
    LongTermKey,
    /// `ASIA`
    SessionKey,
}

impl IdKind {
    /// The four letters.
    pub fn prefix(self) -> &'static str {
        match self {
            IdKind::User => "AIDA",
            IdKind::Role => "AROA",
            IdKind::ManagedPolicy => "ANPA",
            IdKind::Group => "AGPA",
            IdKind::LongTermKey => "AKIA",
            IdKind::SessionKey => "ASIA",
        }
    }
}

/// The text is not an id of this kind.
#[derive(Debug, thiserror::Error)]
#[error("an id must be a four-letter prefix and characters of A-Z and 2-7")]
pub struct InvalidId;

/// The unique id of a user, role, policy or group: never reused, 21 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UniqueId(String);

impl UniqueId {
    /// Draws a fresh id that encodes the account as AWS's do.
    pub fn draw(kind: IdKind, account: AccountId, entropy: &dyn Entropy) -> Self {
        Self(draw(kind, account, entropy, 17))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UniqueId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() < 16 || text.len() > 128 || !is_id(text) {
            return Err(InvalidId);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for UniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An access key id: `AKIA…` for users, `ASIA…` for sessions, 20 characters when we draw it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccessKeyId(String);

impl AccessKeyId {
    /// Draws a fresh id that encodes the account as AWS's do.
    pub fn draw(kind: IdKind, account: AccountId, entropy: &dyn Entropy) -> Self {
        Self(draw(kind, account, entropy, 16))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it names a session (`ASIA`).
    pub fn is_session(&self) -> bool {
        self.0.starts_with(IdKind::SessionKey.prefix())
    }

    /// The account that the id encodes; routes only, never decides (THREATS R10).
    pub fn account(&self) -> Option<AccountId> {
        access_key_account(&self.0)
    }
}

impl FromStr for AccessKeyId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() < 16 || text.len() > 128 || !is_id(text) {
            return Err(InvalidId);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The account that an access key id (or `AIDA…`/`AROA…` id) encodes, as `GetAccessKeyInfo` tells it.
pub fn access_key_account(id: &str) -> Option<AccountId> {
    let digits = id.as_bytes().get(4..14)?;
    let mut bits: u64 = 0;
    for digit in digits {
        let value = BASE32.iter().position(|letter| letter == digit)?;
        bits = (bits << 5) | value as u64;
    }
    // 10 characters are 50 bits; the first 6 bytes are the upper 48 of them.
    let number = ((bits >> 2) & 0x7fff_ffff_ff80) >> 7;
    AccountId::from_number(number)
}

fn draw(kind: IdKind, account: AccountId, entropy: &dyn Entropy, length: usize) -> String {
    // The first 41 bits after the prefix are a set bit and the account number (40 bits).
    let head = (1 << 40) | account.number();
    let mut id = String::with_capacity(4 + length);
    id.push_str(kind.prefix());
    for shift in (0..8).rev() {
        push_digit(&mut id, (head >> (shift * 5 + 1)) & 31);
    }
    let tail = u64::from(entropy.below(16));
    push_digit(&mut id, ((head & 1) << 4) | tail);
    id.push_str(&entropy.text(BASE32, length - 9));
    id
}

fn push_digit(id: &mut String, value: u64) {
    let letter = usize::try_from(value)
        .ok()
        .and_then(|index| BASE32.get(index));
    id.push(letter.map_or('A', |byte| char::from(*byte)));
}

fn is_id(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// The id of one request: a UUID (version 4), lower-case with hyphens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(String);

impl RequestId {
    /// Draws a fresh one.
    pub fn draw(entropy: &dyn Entropy) -> Self {
        let mut value = u128::from_be_bytes(entropy.bytes());
        value &= !(0xf << 76 | 0x3 << 62);
        value |= 0x4 << 76 | 0x2 << 62;
        let hex = format!("{value:032x}");
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        Self(format!(
            "{}-{}-{}-{}-{}",
            part(0, 8),
            part(8, 12),
            part(12, 16),
            part(16, 20),
            part(20, 32)
        ))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeededEntropy;

    #[test]
    fn decodes_a_recorded_key() {
        let account = access_key_account("ASIAQNZGKIQY56JQ7WML").unwrap();
        assert_eq!(account.as_str(), "029608264753");
        for bad in ["", "ASIA", "ASIA0000000000000000", "ASIAQNZGKIQY5é"] {
            assert_eq!(access_key_account(bad), None, "{bad}");
        }
    }

    #[test]
    fn drawn_ids_give_their_account_back() {
        let entropy = SeededEntropy::new(7);
        for account in [
            "000000000000",
            "123456789012",
            "999999999999",
            "123456789013",
        ] {
            let account: AccountId = account.parse().unwrap();
            let key = AccessKeyId::draw(IdKind::SessionKey, account, &entropy);
            assert_eq!(key.as_str().len(), 20);
            assert_eq!(key.account(), Some(account));
            let role = UniqueId::draw(IdKind::Role, account, &entropy);
            assert_eq!(role.as_str().len(), 21);
            assert_eq!(access_key_account(role.as_str()), Some(account));
        }
    }

    #[test]
    fn request_ids_are_version_4() {
        let id = RequestId::draw(&SeededEntropy::new(3));
        let text = id.as_str();
        assert_eq!(text.len(), 36);
        assert_eq!(text.as_bytes()[14], b'4');
        assert!(matches!(text.as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
    }
}
