//! What a request says about itself, as conditions and variables read it.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::multivalued::is_multivalued;

/// Condition keys and their values. Names compare without case; the last `set` of a name wins.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// By folded name.
    entries: BTreeMap<String, ContextEntry>,
}

/// One key of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextEntry {
    name: String,
    values: Vec<String>,
    multivalued: bool,
}

impl Context {
    /// No key is present.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets one value. Keys that AWS declares as lists stay lists.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.insert(key, vec![value.into()], is_multivalued(key));
    }

    /// Sets one value, also of a key that AWS declares as a list.
    pub(crate) fn set_single(&mut self, key: &str, value: impl Into<String>) {
        self.insert(key, vec![value.into()], false);
    }

    /// Sets a list. An empty list is present: leave the key out when it is absent.
    pub fn set_many(&mut self, key: &str, values: Vec<String>) {
        self.insert(key, values, true);
    }

    /// The key, whatever its case.
    pub fn get(&self, key: &str) -> Option<&ContextEntry> {
        self.get_folded(&key.to_lowercase())
    }

    /// The key whose name is in lower case already.
    pub(crate) fn get_folded(&self, key: &str) -> Option<&ContextEntry> {
        self.entries.get(key)
    }

    /// The keys whose names begin so; `prefix` is in lower case.
    pub(crate) fn under(&self, prefix: &str) -> impl Iterator<Item = &ContextEntry> {
        let from = (Bound::Included(prefix), Bound::Unbounded);
        let entries = self.entries.range::<str, _>(from);
        entries
            .take_while(move |(name, _)| name.starts_with(prefix))
            .map(|(_, entry)| entry)
    }

    /// All keys, ordered by folded name.
    pub fn iter(&self) -> impl Iterator<Item = &ContextEntry> {
        self.entries.values()
    }

    fn insert(&mut self, key: &str, values: Vec<String>, multivalued: bool) {
        let entry = ContextEntry {
            name: key.to_owned(),
            values,
            multivalued,
        };
        self.entries.insert(key.to_lowercase(), entry);
    }
}

impl ContextEntry {
    /// The name as it was set.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The values; exactly one unless the key is multivalued.
    pub fn values(&self) -> &[String] {
        &self.values
    }

    /// Whether the key is a list by type.
    pub fn is_multivalued(&self) -> bool {
        self.multivalued
    }

    /// The value of a single-valued key; a list has none, however short.
    pub fn single(&self) -> Option<&str> {
        match (self.multivalued, self.values.as_slice()) {
            (false, [value]) => Some(value),
            _ => None,
        }
    }
}
