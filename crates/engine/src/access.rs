//! What a caller must be allowed to do before an operation runs.

use std::sync::Arc;

use base::AccountId;
use policy::ResourceGate;
use policy::compiled::CompiledResource;

use crate::PreparedPolicies;

/// The permissions that one call needs. There is no value for "no answer": an operation that
/// says nothing does not compile.
#[derive(Clone, Debug)]
pub enum Access {
    /// Every proven caller may, even under an explicit deny (GetCallerIdentity).
    AnyCaller,
    /// All of these must be allowed.
    All(Vec<Check>),
}

/// One permission.
#[derive(Clone, Debug)]
pub struct Check {
    /// `secretsmanager:GetSecretValue`.
    pub action: String,
    /// The resource's full ARN, or `*` where the action has no resource type.
    pub resource: String,
    /// The account that owns the resource.
    pub owner: AccountId,
    /// Condition keys beside the global ones.
    pub context: Vec<(String, ContextEntry)>,
    /// The policy that the resource carries.
    pub resource_policy: Option<ResourcePolicy>,
    /// How a refusal is worded.
    pub refusal: Refusal,
}

/// The policy that a resource carries.
#[derive(Clone, Debug)]
pub struct ResourcePolicy {
    /// A set of this one.
    pub policy: Arc<PreparedPolicies>,
    /// How it composes.
    pub gate: ResourceGate,
}

impl ResourcePolicy {
    pub(crate) fn compiled(&self) -> CompiledResource {
        CompiledResource {
            policy: Arc::clone(&self.policy.compiled),
            gate: self.gate,
        }
    }

    /// As explanations read it.
    pub fn explained(&self) -> Option<policy::ResourcePolicy> {
        let attached = self.policy.attached.first()?.clone();
        Some(policy::ResourcePolicy {
            attached,
            gate: self.gate,
        })
    }
}

/// The value of a condition key.
#[derive(Clone, Debug)]
pub enum ContextEntry {
    /// A single-valued key.
    One(String),
    /// A key declared multivalued.
    Many(Vec<String>),
}

/// The words of a refusal.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// AWS's frame, naming this as the resource; `None`: the resource part is left out.
    Framed(Option<String>),
    /// AWS's frame with this as the resource and without the reason, which would tell whether the
    /// resource exists (THREATS R51).
    Unreasoned(String),
    /// A fixed text.
    Fixed(&'static str),
}

impl Access {
    /// One permission.
    pub fn one(check: Check) -> Self {
        Self::All(vec![check])
    }
}

impl Check {
    /// `action` on `resource`, which `owner` owns; a refusal names the resource's ARN.
    pub fn new(action: impl Into<String>, resource: impl Into<String>, owner: AccountId) -> Self {
        let resource = resource.into();
        Self {
            action: action.into(),
            refusal: Refusal::Framed((resource != "*").then(|| resource.clone())),
            resource,
            owner,
            context: Vec::new(),
            resource_policy: None,
        }
    }

    /// Adds a single-valued condition key.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.context
            .push((key.into(), ContextEntry::One(value.into())));
        self
    }

    /// Adds a single-valued condition key when there is a value.
    #[must_use]
    pub fn with_some(self, key: &str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    /// Adds a multivalued condition key.
    #[must_use]
    pub fn with_many(mut self, key: impl Into<String>, values: Vec<String>) -> Self {
        self.context.push((key.into(), ContextEntry::Many(values)));
        self
    }

    /// Adds `aws:RequestTag/K` for each tag and `aws:TagKeys`.
    #[must_use]
    pub fn with_request_tags(mut self, tags: &[(String, String)]) -> Self {
        if tags.is_empty() {
            return self;
        }
        for (key, value) in tags {
            self = self.with(format!("aws:RequestTag/{key}"), value);
        }
        self.with_many(
            "aws:TagKeys",
            tags.iter().map(|(key, _)| key.clone()).collect(),
        )
    }

    /// Adds `aws:ResourceTag/K` for each tag.
    #[must_use]
    pub fn with_resource_tags(mut self, tags: &[(String, String)]) -> Self {
        for (key, value) in tags {
            self = self.with(format!("aws:ResourceTag/{key}"), value);
        }
        self
    }

    /// The resource's own policy takes part in the decision.
    #[must_use]
    pub fn with_resource_policy(mut self, policy: ResourcePolicy) -> Self {
        self.resource_policy = Some(policy);
        self
    }

    /// A refusal names the resource like this, as the caller typed it.
    #[must_use]
    pub fn shown_as(mut self, shown: impl Into<String>) -> Self {
        self.refusal = Refusal::Framed(Some(shown.into()));
        self
    }

    /// A refusal names the resource like this and gives no reason.
    #[must_use]
    pub fn refused_without_reason(mut self, shown: impl Into<String>) -> Self {
        self.refusal = Refusal::Unreasoned(shown.into());
        self
    }

    /// A refusal says exactly this.
    #[must_use]
    pub fn refused_with(mut self, text: &'static str) -> Self {
        self.refusal = Refusal::Fixed(text);
        self
    }
}
