//! The policies of a user or role.

use engine::PolicyText;
use serde::{Deserialize, Serialize};

/// What a user or role is granted, and what limits it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicySet {
    /// Inline policies, in the order they were put.
    pub inline: Vec<InlinePolicy>,
    /// ARNs of the attached managed policies, in the order they were attached.
    pub attached: Vec<String>,
    /// ARN of the managed policy that is the permissions boundary.
    pub boundary: Option<String>,
}

/// An inline policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InlinePolicy {
    /// Its name, in the given spelling.
    pub name: String,
    /// The document, as it was put.
    pub text: PolicyText,
}

impl PolicySet {
    /// The inline policy of that name, whatever its case.
    pub fn inline(&self, name: &str) -> Option<&InlinePolicy> {
        let folded = super::folded(name);
        self.inline
            .iter()
            .find(|policy| super::folded(&policy.name) == folded)
    }

    /// Puts an inline policy, replacing the one of that name.
    pub fn put_inline(&mut self, name: &str, text: &str) {
        let folded = super::folded(name);
        match self
            .inline
            .iter_mut()
            .find(|policy| super::folded(&policy.name) == folded)
        {
            Some(policy) => policy.text = text.into(),
            None => self.inline.push(InlinePolicy {
                name: name.to_owned(),
                text: text.into(),
            }),
        }
    }

    /// Removes the inline policy of that name; whether there was one.
    pub fn remove_inline(&mut self, name: &str) -> bool {
        let folded = super::folded(name);
        let before = self.inline.len();
        self.inline
            .retain(|policy| super::folded(&policy.name) != folded);
        self.inline.len() != before
    }

    /// Whether nothing is put or attached; a boundary does not count.
    pub fn grants_nothing(&self) -> bool {
        self.inline.is_empty() && self.attached.is_empty()
    }
}
