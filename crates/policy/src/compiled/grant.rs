//! KMS grants, compiled.

use base::AccountId;

use super::decision::CompiledDecision;
use super::principal::Named;
use crate::composition::{Claim, has_policies};
use crate::context::{Context, ContextEntry};
use crate::decision::{Layer, Verdict};
use crate::grant::{
    CONSTRAINT_KEY, CONTEXT_KEYS, CONTEXT_PREFIX, ContextRule, EQUALS, Grant, GrantConstraints,
    GrantOperation, NEW_SOURCE_KEY, OPERATIONS_KEY, SOURCE_KEY, SUBSET,
};
use crate::principal::Naming;
use crate::request::{Caller, Request};

/// The grants on one key, ready to be held against requests.
#[derive(Clone, Debug, Default)]
pub struct GrantSet {
    grants: Box<[CompiledGrant]>,
    keys: Box<[String]>,
}

#[derive(Clone, Debug)]
struct CompiledGrant {
    id: Box<str>,
    issuer: AccountId,
    grantee: Named,
    retiring: Option<Named>,
    operations: Operations,
    equals: Option<Pairs>,
    subset: Option<Pairs>,
    source_arn: Option<Box<str>>,
}

/// A bit for each operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Operations(u32);

/// An encryption context that a constraint wants.
#[derive(Clone, Debug)]
struct Pairs(Box<[Pair]>);

#[derive(Clone, Debug)]
struct Pair {
    /// The condition key, in lower case.
    key: Box<str>,
    /// As it must be spelled.
    name: Box<str>,
    value: Box<str>,
}

impl GrantSet {
    /// Compiles grants in the order in which they are asked.
    pub fn compile(grants: &[Grant]) -> Self {
        let grants: Box<[_]> = grants.iter().map(CompiledGrant::new).collect();
        let keys = if grants.is_empty() {
            Vec::new()
        } else {
            let pairs = grants.iter().flat_map(CompiledGrant::pairs);
            let pairs = pairs.map(|pair| pair.key.to_string());
            GRANT_KEYS
                .iter()
                .map(|key| key.to_lowercase())
                .chain(pairs)
                .collect()
        };
        Self {
            grants,
            keys: keys.into(),
        }
    }

    /// The context keys that a decision may read, in lower case.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(String::as_str)
    }

    /// The grant that claims most for the caller, the first of several.
    pub(super) fn strongest(&self, request: &Request<'_>) -> Option<(Claim, CompiledDecision<'_>)> {
        if self.grants.is_empty() {
            return None;
        }
        let operation = GrantOperation::of_action(request.action)?;
        let mut best: Option<(Claim, &CompiledGrant)> = None;
        for grant in &self.grants {
            let Some(naming) = grant.naming(operation, request) else {
                continue;
            };
            let claim = Claim::of_grant(grant.issuer, naming, request);
            if best.is_none_or(|(known, _)| claim > known) {
                best = Some((claim, grant));
            }
        }
        best.map(|(claim, grant)| (claim, grant.decision()))
    }
}

/// What grants look at, beside the encryption contexts that they name.
const GRANT_KEYS: &[&str] = &[
    SOURCE_KEY,
    CONTEXT_KEYS,
    CONSTRAINT_KEY,
    NEW_SOURCE_KEY,
    OPERATIONS_KEY,
];

impl CompiledGrant {
    fn new(grant: &Grant) -> Self {
        let GrantConstraints {
            encryption_context_equals: equals,
            encryption_context_subset: subset,
            source_arn,
        } = &grant.constraints;
        let pairs = |pairs: &std::collections::BTreeMap<String, String>| {
            Pairs(pairs.iter().map(Pair::new).collect())
        };
        Self {
            id: grant.id.as_str().into(),
            issuer: grant.issuer,
            grantee: Named::new(&grant.grantee),
            retiring: grant.retiring.as_ref().map(Named::new),
            operations: grant.operations.iter().copied().collect(),
            equals: equals.as_ref().map(pairs),
            subset: subset.as_ref().map(pairs),
            source_arn: source_arn.as_deref().map(Into::into),
        }
    }

    fn pairs(&self) -> impl Iterator<Item = &Pair> {
        let pairs = [self.equals.as_ref(), self.subset.as_ref()];
        pairs.into_iter().flatten().flat_map(|pairs| &pairs.0)
    }

    fn naming(&self, operation: GrantOperation, request: &Request<'_>) -> Option<Naming> {
        let (caller, context) = (request.caller, request.context);
        if operation == GrantOperation::RetireGrant {
            return self.retiring(caller);
        }
        let is = |key: &str, wanted: &str| single(context, key) == Some(wanted);
        let source_fits = |key| {
            let wanted = self.source_arn.as_deref();
            wanted.is_none_or(|wanted| is(key, wanted))
        };
        if !self.operations.contain(operation) || !source_fits(SOURCE_FOLDED) {
            return None;
        }
        let equals = || {
            let wanted = self.equals.as_ref();
            wanted.is_none_or(|wanted| wanted.are_all_of(context))
        };
        let subset = || {
            let wanted = self.subset.as_ref();
            wanted.is_none_or(|wanted| wanted.are_in(context))
        };
        let fits = match operation.context_rule() {
            ContextRule::Ignored => true,
            ContextRule::Given => equals() && subset(),
            ContextRule::Delegated => {
                let as_equals = is(CONSTRAINT_FOLDED, EQUALS);
                let as_subset = is(CONSTRAINT_FOLDED, SUBSET);
                self.passes_operations(context)
                    && (self.equals.is_none() || as_equals)
                    && (self.subset.is_none() || as_equals || as_subset)
                    && equals()
                    && subset()
                    && source_fits(NEW_SOURCE_FOLDED)
            }
        };
        fits.then(|| self.grantee.naming(caller)).flatten()
    }

    fn retiring(&self, caller: &Caller) -> Option<Naming> {
        let retiring = self.retiring.as_ref().and_then(|one| one.naming(caller));
        let may = self.operations.contain(GrantOperation::RetireGrant);
        let grantee = may.then(|| self.grantee.naming(caller)).flatten();
        let issued = caller.account == Some(self.issuer) && has_policies(caller);
        let account = issued.then_some(Naming::Account);
        retiring.max(grantee).max(account)
    }

    /// Whether the grant permits all that a new grant would.
    fn passes_operations(&self, context: &Context) -> bool {
        let asked = context.get_folded(OPERATIONS_FOLDED);
        asked.is_some_and(|asked| {
            asked.values().iter().all(|name| {
                let operation = GrantOperation::from_name(name);
                operation.is_some_and(|operation| self.operations.contain(operation))
            })
        })
    }

    fn decision(&self) -> CompiledDecision<'_> {
        CompiledDecision {
            verdict: Verdict::Allowed,
            layer: Layer::Grant,
            policy: Some(&self.id),
            policy_arn: None,
            statement: None,
        }
    }
}

const SOURCE_FOLDED: &str = "aws:sourcearn";
const CONSTRAINT_FOLDED: &str = "kms:grantconstrainttype";
const NEW_SOURCE_FOLDED: &str = "kms:grantconstraintsourcearn";
const OPERATIONS_FOLDED: &str = "kms:grantoperations";
const CONTEXT_KEYS_FOLDED: &str = "kms:encryptioncontextkeys";

fn single<'c>(context: &'c Context, folded: &str) -> Option<&'c str> {
    context.get_folded(folded).and_then(ContextEntry::single)
}

impl FromIterator<GrantOperation> for Operations {
    fn from_iter<I: IntoIterator<Item = GrantOperation>>(operations: I) -> Self {
        let bits = operations.into_iter().map(bit);
        Self(bits.fold(0, |all, bit| all | bit))
    }
}

impl Operations {
    fn contain(self, operation: GrantOperation) -> bool {
        self.0 & bit(operation) != 0
    }
}

fn bit(operation: GrantOperation) -> u32 {
    1 << (operation as u32)
}

impl Pairs {
    fn are_in(&self, context: &Context) -> bool {
        self.0.iter().all(|pair| pair.is_in(context))
    }

    /// Nothing else is in the context, either.
    fn are_all_of(&self, context: &Context) -> bool {
        let named = context.get_folded(CONTEXT_KEYS_FOLDED);
        named.is_some_and(|named| named.values().len() == self.0.len()) && self.are_in(context)
    }
}

impl Pair {
    fn new((name, value): (&String, &String)) -> Self {
        Self {
            key: format!("{CONTEXT_PREFIX}{name}").to_lowercase().into(),
            name: name.as_str().into(),
            value: value.as_str().into(),
        }
    }

    /// Condition keys compare without case, encryption contexts with it.
    fn is_in(&self, context: &Context) -> bool {
        let entry = context.get_folded(&self.key);
        entry.is_some_and(|entry| {
            entry.name().get(CONTEXT_PREFIX.len()..) == Some(&*self.name)
                && entry.single() == Some(&*self.value)
        })
    }
}
