//! KMS grants, compiled.

use crate::grant::Grant;

/// The grants on one key, ready to be held against requests.
#[derive(Clone, Debug, Default)]
pub struct GrantSet {
    grants: Box<[Grant]>,
}

impl GrantSet {
    /// Compiles grants in the order in which they are asked.
    pub fn compile(grants: &[Grant]) -> Self {
        Self {
            grants: grants.into(),
        }
    }

    /// The context keys that a decision may read, in lower case.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let any = !self.grants.is_empty();
        GRANT_KEYS.iter().copied().filter(move |_| any)
    }
}

/// What grants look at.
const GRANT_KEYS: &[&str] = &[
    "aws:sourcearn",
    "kms:encryptioncontextkeys",
    "kms:grantconstrainttype",
    "kms:grantoperations",
];
