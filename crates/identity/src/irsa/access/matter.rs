//! What is asked for: an action on a resource, and what is known of the resource.

use base::{AccountId, Arn, Fault};
use engine::{Call, ContextEntry, Resources, Server, StoredPolicy, View};
use policy::questions::{Answer, Budget, Knowledge, Question, ask};
use policy::{Context, Layers, Leniency, PolicyKind, ResourceGate, ResourcePolicy};
use shapes::irsa::ContextKey;

use super::Asker;
use crate::iam::rows::{RoleRow, role_by_arn};
use crate::irsa::faults::validation;

/// How explanations name a trust policy.
const TRUST_POLICY: &str = "trust policy";

/// What tags of roles are called in conditions.
const ROLE_TAGS: &[&str] = &["aws:ResourceTag/", "iam:ResourceTag/"];

/// An action on a resource.
#[derive(Clone)]
pub(crate) struct Matter {
    pub(crate) action: String,
    /// An ARN, or `*`.
    pub(crate) resource: String,
    /// The other account that owns the resource. Nothing of it is looked at (THREATS R44).
    pub(crate) foreign: Option<AccountId>,
    /// The resource's own policy.
    policy: Option<ResourcePolicy>,
    keys: Vec<(String, ContextEntry)>,
    tag_prefixes: &'static [&'static str],
    /// What one should know about the answer.
    pub(crate) notes: Vec<String>,
}

impl Matter {
    /// Looks the resource up.
    pub(crate) async fn find(
        (action, resource): (&str, &str),
        describing: &[std::sync::Arc<dyn Resources>],
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Self, Fault> {
        let mut matter = Self::bare(action, resource);
        if resource == "*" {
            return Ok(matter);
        }
        let arn: Arn = resource.parse().map_err(|_| {
            validation("The resource must be a full ARN, or * for actions without a resource.")
        })?;
        if !arn.region().is_empty() {
            matter.know("aws:RequestedRegion", arn.region());
        }
        let owner = arn.account_id();
        if owner.is_some_and(|owner| owner != call.account) {
            matter.foreign = owner;
            return Ok(matter);
        }
        if arn.service() == "iam" && arn.resource().starts_with("role/") {
            match role_by_arn(view, &arn)
                .await?
                .filter(|role| role.arn == resource)
            {
                Some(role) => matter.is_role(&call.server, &role),
                None => matter.notes.push("There is no such role.".to_owned()),
            }
            return Ok(matter);
        }
        let of_service = |one: &&std::sync::Arc<dyn Resources>| one.service() == arn.service();
        match describing.iter().find(of_service) {
            Some(service) => match service.resource(&call.server, view, &arn).await? {
                Some(found) => matter.is_described(found),
                None => matter.notes.push(format!(
                    "There is no such resource of {}: only its ARN is held against policies.",
                    arn.service()
                )),
            },
            None if ["iam", "irsa", "sts", "eks", "cloudtrail"].contains(&arn.service()) => {}
            None => matter.notes.push(format!(
                "irsa does not serve {}: a policy on the resource itself is not known here.",
                arn.service()
            )),
        }
        Ok(matter)
    }

    /// Assuming a role that is at hand, or one of the permissions that go with it.
    pub(crate) fn of_role(server: &Server, action: &str, role: &RoleRow) -> Self {
        let mut matter = Self::bare(action, &role.arn);
        matter.is_role(server, role);
        matter
    }

    fn bare(action: &str, resource: &str) -> Self {
        Self {
            action: action.to_owned(),
            resource: resource.to_owned(),
            foreign: None,
            policy: None,
            keys: Vec::new(),
            tag_prefixes: &[],
            notes: Vec::new(),
        }
    }

    fn know(&mut self, key: &str, value: impl Into<String>) {
        self.keys
            .push((key.to_owned(), ContextEntry::One(value.into())));
    }

    fn is_role(&mut self, server: &Server, role: &RoleRow) {
        self.tag_prefixes = ROLE_TAGS;
        for prefix in ROLE_TAGS {
            for (key, value) in &role.tags {
                self.know(&format!("{prefix}{key}"), value);
            }
        }
        if is_asked_of_trust(&self.action) {
            self.policy = trust_policy(server, role);
        }
    }

    fn is_described(&mut self, found: engine::DescribedResource) {
        self.tag_prefixes = found.tag_prefixes;
        self.policy = found.policy.and_then(|policy| policy.explained());
        let keys = found.keys.into_iter();
        self.keys
            .extend(keys.map(|(key, value)| (key, ContextEntry::One(value))));
    }

    /// The request would be made now.
    pub(crate) fn is_now(&mut self, now: base::Timestamp) {
        self.know("aws:CurrentTime", format!("{now:.3}"));
        self.know("aws:EpochTime", now.as_second().to_string());
    }

    /// Adds keys that the asker of the question supposes.
    pub(crate) fn suppose(&mut self, keys: &[ContextKey]) -> Result<(), Fault> {
        for ContextKey { key, values } in keys {
            let entry = match values.as_slice() {
                [value] => ContextEntry::One(value.clone()),
                _ if is_list(key) => ContextEntry::Many(values.clone()),
                _ => {
                    return Err(validation(format!(
                        "The context key {key} takes one value."
                    )));
                }
            };
            self.keys.push((key.clone(), entry));
        }
        Ok(())
    }

    /// Whether it is to become a role.
    pub(crate) fn is_about_trust(&self) -> bool {
        is_asked_of_trust(&self.action)
    }

    /// What is known of a request of the asker for this.
    fn knowledge(&self, asker: &Asker) -> Knowledge {
        let mut knowledge = asker.knowledge.clone();
        for prefix in self.tag_prefixes {
            knowledge.rule_out_prefix(prefix);
        }
        for (key, entry) in &self.keys {
            match entry {
                ContextEntry::One(value) => knowledge.set(key, value.as_str()),
                ContextEntry::Many(values) => knowledge.set_many(key, values.clone()),
            }
        }
        knowledge
    }

    fn layers(&self, asker: &Asker) -> Layers {
        Layers {
            resource: self.policy.clone(),
            ..asker.layers.clone()
        }
    }

    /// Would the asker be allowed? About another account's resource this is its own side only.
    pub(crate) fn ask(&self, asker: &Asker, account: AccountId, budget: &mut Budget) -> Answer {
        let (knowledge, layers) = (self.knowledge(asker), self.layers(asker));
        ask(&self.question(asker, account, &knowledge), &layers, budget)
    }

    /// Why, as far as it is known now.
    pub(crate) fn explain(&self, asker: &Asker, account: AccountId) -> policy::Explanation {
        let (knowledge, layers) = (self.knowledge(asker), self.layers(asker));
        let question = self.question(asker, account, &knowledge);
        policy::explain(&question.as_known(), &layers).visible_to(account)
    }

    fn question<'a>(
        &'a self,
        asker: &'a Asker,
        account: AccountId,
        knowledge: &'a Knowledge,
    ) -> Question<'a> {
        Question {
            caller: &asker.caller,
            action: &self.action,
            resource: &self.resource,
            resource_account: account,
            knowledge,
        }
    }
}

/// Whether AWS declares the key as a list.
fn is_list(key: &str) -> bool {
    let mut context = Context::new();
    context.set(key, "");
    context
        .get(key)
        .is_some_and(policy::ContextEntry::is_multivalued)
}

/// Whether a role's trust policy speaks of the action.
fn is_asked_of_trust(action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    action.starts_with("sts:assumerole")
        || action == "sts:tagsession"
        || action == "sts:setsourceidentity"
}

/// The role's trust policy.
pub(super) fn trust_policy(server: &Server, role: &RoleRow) -> Option<ResourcePolicy> {
    let trust = StoredPolicy {
        name: TRUST_POLICY,
        arn: None,
        text: Some(&role.trust),
        kind: PolicyKind::RoleTrust,
        leniency: Leniency::Storage,
    };
    let prepared = server.policies.prepared(&[trust]);
    Some(ResourcePolicy {
        attached: prepared.attached.first()?.clone(),
        gate: ResourceGate::Trust,
    })
}
