//! KMS grants (AWS KMS Developer Guide, "Grants in AWS KMS"): permission for a principal to use a
//! key, given outside the key's policy. A grant only allows.

use std::collections::BTreeMap;

use base::AccountId;
use serde::{Deserialize, Serialize};

use crate::composition::has_policies;
use crate::context::{Context, ContextEntry};
use crate::principal::{self, Naming};
use crate::request::{Caller, Request};
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

/// What a request must bring; whatever is there must hold. The encryption context is read from the
/// condition keys `kms:EncryptionContext:NAME` and `kms:EncryptionContextKeys`, and what a
/// `CreateGrant` would permit from `kms:GrantOperations`, `kms:GrantConstraintType` and
/// `kms:GrantConstraintSourceArn`.
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

/// How the grant names the caller for this request; `None` when it does not permit it.
pub(crate) fn naming(grant: &Grant, request: &Request<'_>) -> Option<Naming> {
    let operation = GrantOperation::of_action(request.action)?;
    if operation == GrantOperation::RetireGrant {
        return retiring(grant, request.caller);
    }
    let permits = grant.operations.contains(&operation) && source_fits(grant, request.context);
    let context_fits = match operation.context_rule() {
        ContextRule::Ignored => true,
        ContextRule::Given => given_context_fits(&grant.constraints, request.context),
        ContextRule::Delegated => delegates(grant, request.context),
    };
    let named = || principal::names(&grant.grantee, request.caller);
    (permits && context_fits).then(named).flatten()
}

/// A grant may be retired by its retiring principal, by a grantee that it permits to, and by the
/// account that issued it.
fn retiring(grant: &Grant, caller: &Caller) -> Option<Naming> {
    let retiring = grant.retiring.as_ref();
    let grantee =
        Some(&grant.grantee).filter(|_| grant.operations.contains(&GrantOperation::RetireGrant));
    let named = [retiring, grantee].into_iter().flatten();
    let named = named.filter_map(|principal| principal::names(principal, caller));
    let issuer = caller.account == Some(grant.issuer) && has_policies(caller);
    named.chain(issuer.then_some(Naming::Account)).max()
}

/// What an operation has to do with a grant's encryption context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContextRule {
    /// Nothing.
    Ignored,
    /// The request's must fit.
    Given,
    /// The new grant must be as narrow.
    Delegated,
}

impl GrantOperation {
    pub(crate) fn context_rule(self) -> ContextRule {
        match self {
            Self::CreateGrant => ContextRule::Delegated,
            Self::DescribeKey | Self::RetireGrant => ContextRule::Ignored,
            Self::Decrypt
            | Self::Encrypt
            | Self::GenerateDataKey
            | Self::GenerateDataKeyWithoutPlaintext
            | Self::ReEncryptFrom
            | Self::ReEncryptTo
            | Self::Sign
            | Self::Verify
            | Self::GetPublicKey
            | Self::GenerateDataKeyPair
            | Self::GenerateDataKeyPairWithoutPlaintext
            | Self::GenerateMac
            | Self::VerifyMac
            | Self::DeriveSharedSecret => ContextRule::Given,
        }
    }
}

/// The keys under which a request says its encryption context, and `CreateGrant` its constraint.
pub(crate) const CONTEXT_PREFIX: &str = "kms:EncryptionContext:";
/// The names in the encryption context.
pub(crate) const CONTEXT_KEYS: &str = "kms:EncryptionContextKeys";
/// The operations of a new grant.
pub(crate) const OPERATIONS_KEY: &str = "kms:GrantOperations";
/// `EncryptionContextEquals` or `EncryptionContextSubset`: the constraint of a new grant.
pub(crate) const CONSTRAINT_KEY: &str = "kms:GrantConstraintType";
/// The ARN that a new grant is constrained to.
pub(crate) const NEW_SOURCE_KEY: &str = "kms:GrantConstraintSourceArn";
/// On whose behalf a service calls.
pub(crate) const SOURCE_KEY: &str = "aws:SourceArn";
/// The one value of [`CONSTRAINT_KEY`].
pub(crate) const EQUALS: &str = "EncryptionContextEquals";
/// The other.
pub(crate) const SUBSET: &str = "EncryptionContextSubset";

fn source_fits(grant: &Grant, context: &Context) -> bool {
    let wanted = grant.constraints.source_arn.as_deref();
    wanted.is_none_or(|wanted| single(context, SOURCE_KEY) == Some(wanted))
}

fn given_context_fits(constraints: &GrantConstraints, context: &Context) -> bool {
    let equals = constraints.encryption_context_equals.as_ref();
    let subset = constraints.encryption_context_subset.as_ref();
    equals.is_none_or(|wanted| is_exactly(wanted, context))
        && subset.is_none_or(|wanted| includes(wanted, context))
}

/// A grantee may pass on what it has, under constraints that are as narrow.
fn delegates(parent: &Grant, child: &Context) -> bool {
    let operations = child.get(OPERATIONS_KEY).is_some_and(|asked| {
        asked.values().iter().all(|name| {
            let operation = GrantOperation::from_name(name);
            operation.is_some_and(|operation| parent.operations.contains(&operation))
        })
    });
    let constraints = &parent.constraints;
    let equals = constraints.encryption_context_equals.as_ref();
    let subset = constraints.encryption_context_subset.as_ref();
    let source = constraints.source_arn.as_deref();
    let kind = single(child, CONSTRAINT_KEY);
    operations
        && equals.is_none_or(|wanted| kind == Some(EQUALS) && is_exactly(wanted, child))
        && subset
            .is_none_or(|wanted| matches!(kind, Some(EQUALS | SUBSET)) && includes(wanted, child))
        && source.is_none_or(|wanted| single(child, NEW_SOURCE_KEY) == Some(wanted))
}

type Pairs = BTreeMap<String, String>;

/// No pair is missing, none is too many.
fn is_exactly(wanted: &Pairs, context: &Context) -> bool {
    let named = context.get(CONTEXT_KEYS);
    named.is_some_and(|named| named.values().len() == wanted.len()) && includes(wanted, context)
}

/// Names and values are case-sensitive, unlike names of condition keys.
fn includes(wanted: &Pairs, context: &Context) -> bool {
    wanted.iter().all(|(name, value)| {
        let key = format!("{CONTEXT_PREFIX}{name}");
        let entry = context.get(&key);
        entry.is_some_and(|entry| {
            entry.name().get(CONTEXT_PREFIX.len()..) == Some(name) && entry.single() == Some(value)
        })
    })
}

fn single<'c>(context: &'c Context, key: &str) -> Option<&'c str> {
    context.get(key).and_then(ContextEntry::single)
}
