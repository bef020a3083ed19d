//! Condition keys.

use std::fmt;

use super::table::{self, Hash};

/// A condition key, or a family of them: `aws:RequestTag/${TagKey}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConditionKey {
    name: &'static str,
    /// The name up to what is to be filled in.
    head: &'static str,
    /// And from there on.
    tail: &'static str,
    key_type: KeyType,
    is_multivalued: bool,
    is_global: bool,
}

/// What the values of a key are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyType {
    /// An ARN.
    Arn,
    /// `true` or `false`.
    Bool,
    /// A point in time.
    Date,
    /// An address or a range of them.
    IpAddress,
    /// A number.
    Numeric,
    /// Anything.
    String,
}

/// The key of this name, whatever its case; a member of a family gives the family.
///
/// ```
/// let key = policy::reference::condition_key("aws:requesttag/Team").ok_or("no such key")?;
/// assert_eq!(key.name(), "aws:RequestTag/${TagKey}");
/// # Ok::<(), &str>(())
/// ```
pub fn condition_key(name: &str) -> Option<ConditionKey> {
    let table = table::keys();
    let mut family: Option<ConditionKey> = None;
    let mut hash = Hash::START;
    for byte in name.bytes() {
        hash = hash.next(byte);
        if matches!(byte, b'/' | b':' | b'.' | b'-') {
            let found = table.candidates(hash);
            let found = found.filter(|key| key.is_family() && key.covers(name));
            // The one that says most.
            family = found.chain(family).max_by_key(|key| key.name.len());
        }
    }
    let exact = table
        .candidates(hash)
        .find(|key| key.name.eq_ignore_ascii_case(name));
    exact.or(family)
}

/// All of them, sorted by name without case.
pub fn condition_keys() -> impl Iterator<Item = ConditionKey> {
    table::keys().keys.iter().copied()
}

impl ConditionKey {
    /// As AWS spells it; `${…}` stands for any text.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// The type of its value, or of each of its values.
    pub fn key_type(self) -> KeyType {
        self.key_type
    }

    /// Whether requests hold a list of values (`ArrayOf…`).
    pub fn is_multivalued(self) -> bool {
        self.is_multivalued
    }

    /// Whether requests to any service may have it.
    pub fn is_global(self) -> bool {
        self.is_global
    }

    /// Whether a part of the name is for the policy's author to fill in.
    pub fn is_family(self) -> bool {
        self.head.len() < self.name.len()
    }

    /// Whether `name` is this key or one of this family, whatever its case.
    pub fn covers(self, name: &str) -> bool {
        if !self.is_family() {
            return self.name.eq_ignore_ascii_case(name);
        }
        let Some(end) = name.len().checked_sub(self.tail.len()) else {
            return false;
        };
        let is = |part: Option<&str>, wanted: &str| {
            part.is_some_and(|part| part.eq_ignore_ascii_case(wanted))
        };
        end > self.head.len()
            && is(name.get(..self.head.len()), self.head)
            && is(name.get(end..), self.tail)
    }

    /// The name up to what is to be filled in.
    pub(super) fn head(self) -> &'static str {
        self.head
    }

    /// `aws:CalledVia ArrayOfString global`
    pub(super) fn read(line: &'static str) -> Option<Self> {
        let mut fields = line.split(' ');
        let (name, declared) = (fields.next()?, fields.next()?);
        let element = declared.strip_prefix("ArrayOf");
        let (head, rest) = name.split_once("${").unwrap_or((name, ""));
        Some(Self {
            name,
            head,
            tail: rest.split_once('}').map_or("", |(_, tail)| tail),
            key_type: KeyType::read(element.unwrap_or(declared))?,
            is_multivalued: element.is_some(),
            is_global: fields.next() == Some("global"),
        })
    }
}

impl KeyType {
    fn read(text: &str) -> Option<Self> {
        match text {
            "ARN" => Some(Self::Arn),
            "Bool" => Some(Self::Bool),
            "Date" => Some(Self::Date),
            "IPAddress" => Some(Self::IpAddress),
            "Numeric" => Some(Self::Numeric),
            "String" => Some(Self::String),
            _ => None,
        }
    }
}

impl fmt::Display for ConditionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
