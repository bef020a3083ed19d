//! KMS grants (AWS KMS Developer Guide, "Grants in AWS KMS"): permission for a principal to use a
//! key, given outside the key's policy. A grant only allows.

use std::collections::BTreeMap;

use base::AccountId;
use serde::{Deserialize, Serialize};

use crate::statement::Principal;

/// One grant on the key that a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// `GrantId`
    pub id: String,
    /// The account whose principal created the grant.
    pub issuer: AccountId,
    /// Who may use the key, as a key policy's `Principal` says it.
    pub grantee: Principal,
    /// Who may retire the grant.
    pub retiring: Option<Principal>,
    /// What the grantee may do.
    pub operations: Vec<GrantOperation>,
    /// When.
    pub constraints: GrantConstraints,
}

/// What a request must bring; whatever is there must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GrantConstraints {
    /// The encryption context must be this. Keys and values are case-sensitive.
    pub encryption_context_equals: Option<BTreeMap<String, String>>,
    /// The encryption context must include this.
    pub encryption_context_subset: Option<BTreeMap<String, String>>,
    /// `aws:SourceArn` must be this; for grants of service principals.
    pub source_arn: Option<String>,
}

macro_rules! grant_operations {
    ($($name:ident),+ $(,)?) => {
        /// What a grant can permit: actions of `kms` of the same name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum GrantOperation {
            $(
                #[doc = concat!("`kms:", stringify!($name), "`")]
                $name,
            )+
        }

        impl GrantOperation {
            /// Every operation.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// As AWS spells it, without the service.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }
        }
    };
}

grant_operations! {
    Decrypt,
    Encrypt,
    GenerateDataKey,
    GenerateDataKeyWithoutPlaintext,
    ReEncryptFrom,
    ReEncryptTo,
    Sign,
    Verify,
    GetPublicKey,
    CreateGrant,
    RetireGrant,
    DescribeKey,
    GenerateDataKeyPair,
    GenerateDataKeyPairWithoutPlaintext,
    GenerateMac,
    VerifyMac,
    DeriveSharedSecret,
}

const SERVICE_PREFIX: &str = "kms:";

impl GrantOperation {
    /// The operation of that name, as `CreateGrant` takes it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.name() == name)
    }

    /// The operation that an action (`kms:Name`, any case) is.
    pub(crate) fn of_action(action: &str) -> Option<Self> {
        let (prefix, name) = action.split_at_checked(SERVICE_PREFIX.len())?;
        let is_kms = prefix.eq_ignore_ascii_case(SERVICE_PREFIX);
        let mut all = Self::ALL.iter().copied().filter(|_| is_kms);
        all.find(|one| one.name().eq_ignore_ascii_case(name))
    }
}
