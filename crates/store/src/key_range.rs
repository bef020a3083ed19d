//! Ranges of keys.

use base::AccountId;

use crate::key::{Key, account_head};

/// The keys from `from` (included) up to `to` (excluded), in encoded order. A range whose `from`
/// is not below its `to` is empty.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyRange {
    from: Vec<u8>,
    to: Vec<u8>,
}

impl KeyRange {
    /// `key` itself and every key that continues it with more parts.
    pub fn prefix(key: &Key) -> Self {
        Self::starting_with(key.as_bytes())
    }

    /// Every row of `account`.
    pub fn account(account: AccountId) -> Self {
        Self::starting_with(&account_head(account))
    }

    /// From `from` (included) up to `to` (excluded).
    pub fn between(from: &Key, to: &Key) -> Self {
        Self {
            from: from.as_bytes().to_vec(),
            to: to.as_bytes().to_vec(),
        }
    }

    /// What of this range lies behind `key`: where the next page starts.
    #[must_use]
    pub fn after(mut self, key: &Key) -> Self {
        let next = successor(key);
        if next > self.from {
            self.from = next;
        }
        self
    }

    /// What of this range lies before `key`: the next page when read newest or last first.
    #[must_use]
    pub fn before(mut self, key: &Key) -> Self {
        if key.as_bytes() < self.to.as_slice() {
            self.to = key.as_bytes().to_vec();
        }
        self
    }

    /// What of this range lies at `key` or before it.
    #[must_use]
    pub fn through(mut self, key: &Key) -> Self {
        let end = successor(key);
        if end < self.to {
            self.to = end;
        }
        self
    }

    /// What of this range lies at `key` or behind it.
    #[must_use]
    pub fn starting_at(mut self, key: &Key) -> Self {
        if key.as_bytes() > self.from.as_slice() {
            self.from = key.as_bytes().to_vec();
        }
        self
    }

    /// Whether the key lies in the range.
    pub fn contains(&self, key: &Key) -> bool {
        self.from.as_slice() <= key.as_bytes() && key.as_bytes() < self.to.as_slice()
    }

    /// Whether no key can lie in the range.
    pub fn is_empty(&self) -> bool {
        self.from >= self.to
    }

    /// The encoded bounds: the first key that is in, the first that is out.
    pub fn bounds(&self) -> (&[u8], &[u8]) {
        (&self.from, &self.to)
    }

    /// The lower bound as a key, for looking it up in a map. It need not decode.
    pub(crate) fn first_key(&self) -> Key {
        Key::from_raw(&self.from)
    }

    pub(crate) fn end_key(&self) -> Key {
        Key::from_raw(&self.to)
    }

    fn starting_with(prefix: &[u8]) -> Self {
        Self {
            from: prefix.to_vec(),
            to: end_of_prefix(prefix),
        }
    }
}

impl std::fmt::Debug for KeyRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = |bytes: &[u8]| match Key::from_encoded(bytes) {
            Ok(key) => key.to_string(),
            Err(_) => format!("{bytes:02x?}"),
        };
        write!(f, "KeyRange({} .. {})", shown(&self.from), shown(&self.to))
    }
}

/// The smallest byte string above `key`.
fn successor(key: &Key) -> Vec<u8> {
    let mut next = key.as_bytes().to_vec();
    next.push(0);
    next
}

/// The smallest byte string above all that start with `prefix`. A key's first byte is never 0xFF,
/// so there is one.
fn end_of_prefix(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if let Some(next) = last.checked_add(1) {
            end.push(next);
            break;
        }
    }
    end
}
