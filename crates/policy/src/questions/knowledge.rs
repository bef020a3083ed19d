//! What is known of a request before it is made.

use std::collections::BTreeSet;

use crate::context::{Context, ContextEntry};
use crate::issuer_key::issuer_and_claim;

/// The condition keys of a request as far as they are known: keys with their values, keys that
/// are surely absent. Nothing is known of any other.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    known: Context,
    absent: BTreeSet<String>,
    absent_prefixes: Vec<String>,
    claims: Claims,
}

/// Which keys may be claims of a token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Claims {
    /// Any issuer's.
    #[default]
    OfAny,
    /// This issuer's only, in lower case.
    Of(String),
    /// None.
    OfNone,
}

/// What is known of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyState<'a> {
    Present(&'a ContextEntry),
    Absent,
    Unknown,
}

impl Knowledge {
    /// Nothing is known.
    pub fn new() -> Self {
        Self::default()
    }

    /// The keys of this context are known; nothing is known of others.
    pub fn of(known: Context) -> Self {
        Self {
            known,
            ..Self::default()
        }
    }

    /// The key has this value.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.known.set(key, value);
    }

    /// The list key has these values.
    pub fn set_many(&mut self, key: &str, values: Vec<String>) {
        self.known.set_many(key, values);
    }

    /// The request does not have the key, unless it is set.
    pub fn rule_out(&mut self, key: &str) {
        self.absent.insert(key.to_lowercase());
    }

    /// The request has no key that begins like this but those that are set.
    pub fn rule_out_prefix(&mut self, prefix: &str) {
        self.absent_prefixes.push(prefix.to_lowercase());
    }

    /// Claims are those of this issuer (without its scheme); without one there are none but those
    /// that are set.
    pub fn claims_of(&mut self, issuer: Option<&str>) {
        self.claims = issuer.map_or(Claims::OfNone, |issuer| Claims::Of(issuer.to_lowercase()));
    }

    /// What is known for certain, as a request's context.
    pub fn context(&self) -> &Context {
        &self.known
    }

    pub(super) fn state(&self, key: &str) -> KeyState<'_> {
        let folded = key.to_lowercase();
        if let Some(entry) = self.known.get_folded(&folded) {
            return KeyState::Present(entry);
        }
        let begins = |prefix: &String| folded.starts_with(prefix.as_str());
        if self.absent.contains(&folded) || self.absent_prefixes.iter().any(begins) {
            return KeyState::Absent;
        }
        match (issuer_and_claim(&folded), &self.claims) {
            (Some(_), Claims::OfNone) => KeyState::Absent,
            (Some((issuer, _)), Claims::Of(known)) if issuer != known => KeyState::Absent,
            (Some(_), Claims::Of(_) | Claims::OfAny) | (None, _) => KeyState::Unknown,
        }
    }
}
