//! The half in IAM: the provider, the role, its policies.

use base::Escaped;
use serde_json::Value;

use super::trust::{extended, lets_in};
use super::wanted::{Home, INLINE_POLICY, Wanted};
use crate::client::{CallError, Client, Element, Service};
use crate::commands::role_policies::{Role, plain};
use crate::failure::Failure;
use crate::values::Tag;

/// What to do with a role that exists and does not trust the ServiceAccount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ForeignRole {
    /// Say so.
    Refuse,
    /// Make it.
    Extend,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum IamChange {
    CreateProvider,
    AddAudience,
    CreateRole,
    ReplaceTrust { document: String },
    SetBoundary { arn: String },
    TagRole { tags: Vec<Tag> },
    Attach { arn: String },
    PutPolicy { document: String },
}

/// What is there and what is to be done.
pub(super) struct IamPlan {
    /// The role, there or to be.
    pub(super) role_arn: String,
    pub(super) changes: Vec<IamChange>,
}

/// IAM, for one wish.
pub(super) struct IamHalf<'a> {
    pub(super) client: &'a Client,
    pub(super) wanted: &'a Wanted,
    pub(super) home: Home,
}

impl IamHalf<'_> {
    /// Compares what there is with what is wanted. Nothing is changed.
    pub(super) async fn plan(&self, foreign: ForeignRole) -> Result<IamPlan, Failure> {
        let mut changes = Vec::new();
        changes.extend(self.provider_change().await?);
        let role = match Role::find(self.client, &self.wanted.role.name).await {
            Ok(role) => role,
            Err(failure) if failure.has_code("NoSuchEntity") => {
                self.check_policies(self.wanted.role.policies.iter())
                    .await?;
                changes.extend(self.of_new_role());
                return Ok(IamPlan {
                    role_arn: self.wanted.role_arn(self.home),
                    changes,
                });
            }
            Err(failure) => return Err(failure),
        };
        changes.extend(self.trust_change(&role, foreign)?);
        changes.extend(self.boundary_change(&role));
        changes.extend(self.tag_change(&role));
        changes.extend(self.attachments(&role).await?);
        changes.extend(self.inline_change(&role).await?);
        Ok(IamPlan {
            role_arn: role.arn,
            changes,
        })
    }

    async fn provider_change(&self) -> Result<Option<IamChange>, Failure> {
        let arn = self.wanted.provider_arn(self.home);
        let parameters = [("OpenIDConnectProviderArn", arn.as_str())];
        let action = "GetOpenIDConnectProvider";
        let found = match self.client.query(Service::Iam, action, &parameters).await {
            Ok(found) => found,
            Err(error) if error.has_code("NoSuchEntity") => {
                check_reachable(&self.wanted.issuer)?;
                return Ok(Some(IamChange::CreateProvider));
            }
            Err(error) => return Err(error.into()),
        };
        let audiences = found.child("ClientIDList");
        let audiences = audiences.map_or(&[][..], Element::children);
        let known = audiences
            .iter()
            .any(|one| one.text() == self.wanted.audience);
        Ok((!known).then_some(IamChange::AddAudience))
    }

    fn of_new_role(&self) -> Vec<IamChange> {
        let role = &self.wanted.role;
        let mut changes = vec![IamChange::CreateRole];
        changes.extend(
            role.policies
                .iter()
                .cloned()
                .map(|arn| IamChange::Attach { arn }),
        );
        let document = role.inline.clone();
        changes.extend(document.map(|document| IamChange::PutPolicy { document }));
        changes
    }

    fn trust_change(
        &self,
        role: &Role,
        foreign: ForeignRole,
    ) -> Result<Option<IamChange>, Failure> {
        if lets_in(&role.trust, &role.arn, self.wanted, self.home) {
            return Ok(None);
        }
        let what = format!(
            "the role {} exists and does not trust {} of {}",
            Escaped(&role.arn),
            self.wanted.subject(),
            Escaped(&self.wanted.issuer),
        );
        let refused = |help: &str| Err(Failure::failed(&*what).help(help));
        if foreign == ForeignRole::Refuse {
            return refused(
                "--extend-trust adds a statement to its trust policy; --role-name makes another role",
            );
        }
        let statement = self
            .wanted
            .trust_statement(&self.wanted.provider_arn(self.home));
        match extended(&role.trust, statement) {
            Some(document) if lets_in(&document, &role.arn, self.wanted, self.home) => {
                Ok(Some(IamChange::ReplaceTrust { document }))
            }
            Some(_) => refused("its trust policy refuses it by a Deny; see: irsa lint"),
            None => refused("its trust policy cannot be read; --role-name makes another role"),
        }
    }

    fn boundary_change(&self, role: &Role) -> Option<IamChange> {
        let arn = self.wanted.role.boundary.clone()?;
        (role.boundary.as_deref() != Some(&arn)).then_some(IamChange::SetBoundary { arn })
    }

    /// A role that was there keeps its tags, and is not marked as made for the ServiceAccount.
    fn tag_change(&self, role: &Role) -> Option<IamChange> {
        let wanted = self.wanted.role.tags.iter();
        let missing = wanted.filter(|tag| !role.tags.contains(tag)).cloned();
        let tags: Vec<Tag> = missing.collect();
        (!tags.is_empty()).then_some(IamChange::TagRole { tags })
    }

    async fn attachments(&self, role: &Role) -> Result<Vec<IamChange>, Failure> {
        let wanted = &self.wanted.role.policies;
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let attached = role.attached_arns(self.client).await?;
        let missing = wanted.iter().filter(|arn| !attached.contains(arn));
        self.check_policies(missing.clone()).await?;
        Ok(missing
            .cloned()
            .map(|arn| IamChange::Attach { arn })
            .collect())
    }

    /// A policy that is not there is said before anything is made. Who may not ask finds out when
    /// it is attached.
    async fn check_policies<'p>(
        &self,
        arns: impl Iterator<Item = &'p String>,
    ) -> Result<(), Failure> {
        for arn in arns {
            let parameters = [("PolicyArn", arn.as_str())];
            match self
                .client
                .query(Service::Iam, "GetPolicy", &parameters)
                .await
            {
                Ok(_) => {}
                Err(error) if error.has_code("AccessDenied") => {}
                Err(error) => return Err(Failure::from(error).help("aws iam list-policies")),
            }
        }
        Ok(())
    }

    async fn inline_change(&self, role: &Role) -> Result<Option<IamChange>, CallError> {
        let Some(wanted) = self.wanted.role.inline.clone() else {
            return Ok(None);
        };
        let parameters = [
            ("RoleName", role.name.as_str()),
            ("PolicyName", INLINE_POLICY),
        ];
        let found = match self
            .client
            .query(Service::Iam, "GetRolePolicy", &parameters)
            .await
        {
            Ok(found) => found.text_at(&["PolicyDocument"]).and_then(plain),
            Err(error) if error.has_code("NoSuchEntity") => None,
            Err(error) => return Err(error),
        };
        let read = |text: &str| serde_json::from_str::<Value>(text).ok();
        let same = found.is_some_and(|found| read(&found) == read(&wanted));
        Ok((!same).then_some(IamChange::PutPolicy { document: wanted }))
    }

    /// Makes one change.
    pub(super) async fn make(&self, change: &IamChange) -> Result<(), CallError> {
        let role = ("RoleName", self.wanted.role.name.as_str());
        let provider = self.wanted.provider_arn(self.home);
        let audience = self.wanted.audience.as_str();
        match change {
            IamChange::CreateProvider => {
                let parameters = [
                    ("Url", self.wanted.issuer.as_str()),
                    ("ClientIDList.member.1", audience),
                ];
                self.call("CreateOpenIDConnectProvider", &parameters).await
            }
            IamChange::AddAudience => {
                let parameters = [
                    ("OpenIDConnectProviderArn", provider.as_str()),
                    ("ClientID", audience),
                ];
                self.call("AddClientIDToOpenIDConnectProvider", &parameters)
                    .await
            }
            IamChange::CreateRole => self.create_role(&provider).await,
            IamChange::ReplaceTrust { document } => {
                let parameters = [role, ("PolicyDocument", document)];
                self.call("UpdateAssumeRolePolicy", &parameters).await
            }
            IamChange::SetBoundary { arn } => {
                let parameters = [role, ("PermissionsBoundary", arn)];
                self.call("PutRolePermissionsBoundary", &parameters).await
            }
            IamChange::TagRole { tags } => {
                let tags = tag_parameters(tags);
                let tags = tags.iter().map(|(name, value)| (name.as_str(), *value));
                let parameters: Vec<_> = std::iter::once(role).chain(tags).collect();
                self.call("TagRole", &parameters).await
            }
            IamChange::Attach { arn } => {
                self.call("AttachRolePolicy", &[role, ("PolicyArn", arn)])
                    .await
            }
            IamChange::PutPolicy { document } => {
                let name = ("PolicyName", INLINE_POLICY);
                let parameters = [role, name, ("PolicyDocument", document)];
                self.call("PutRolePolicy", &parameters).await
            }
        }
    }

    async fn create_role(&self, provider: &str) -> Result<(), CallError> {
        let role = &self.wanted.role;
        let trust = self.wanted.trust_policy(provider).to_string();
        let description = format!("ServiceAccount {}", self.wanted.account);
        let tags = self.wanted.tags();
        let tags = tag_parameters(&tags);
        let mut parameters = vec![
            ("RoleName", role.name.as_str()),
            ("Path", &role.path),
            ("AssumeRolePolicyDocument", &trust),
            ("Description", &description),
        ];
        let boundary = role.boundary.as_deref();
        parameters.extend(boundary.map(|arn| ("PermissionsBoundary", arn)));
        parameters.extend(tags.iter().map(|(name, value)| (name.as_str(), *value)));
        self.call("CreateRole", &parameters).await
    }

    async fn call(&self, action: &str, parameters: &[(&str, &str)]) -> Result<(), CallError> {
        let answer = self.client.query(Service::Iam, action, parameters).await;
        answer.map(|_| ())
    }

    /// What a change is, for people.
    pub(super) fn text(&self, change: &IamChange) -> String {
        let role = &self.wanted.role.name;
        match change {
            IamChange::CreateProvider => format!(
                "create the OIDC provider {} for the audience {}",
                self.wanted.provider_arn(self.home),
                self.wanted.audience
            ),
            IamChange::AddAudience => format!(
                "add the audience {} to the OIDC provider {}",
                self.wanted.audience,
                self.wanted.provider_arn(self.home)
            ),
            IamChange::CreateRole => format!(
                "create the role {}, trusting {}",
                self.wanted.role_arn(self.home),
                self.wanted.subject()
            ),
            IamChange::ReplaceTrust { .. } => {
                format!("let the role {role} trust {} too", self.wanted.subject())
            }
            IamChange::SetBoundary { arn } => {
                format!("set the permissions boundary of the role {role} to {arn}")
            }
            IamChange::TagRole { tags } => {
                let tags: Vec<String> = tags
                    .iter()
                    .map(|tag| format!("{}={}", tag.key, tag.value))
                    .collect();
                format!("tag the role {role} with {}", tags.join(", "))
            }
            IamChange::Attach { arn } => format!("attach {arn} to the role {role}"),
            IamChange::PutPolicy { .. } => {
                format!("put the inline policy `{INLINE_POLICY}` into the role {role}")
            }
        }
    }
}

fn tag_parameters(tags: &[Tag]) -> Vec<(String, &str)> {
    let numbered = (1_usize..).zip(tags);
    let pairs = numbered.flat_map(|(number, tag)| {
        [
            (format!("Tags.member.{number}.Key"), tag.key.as_str()),
            (format!("Tags.member.{number}.Value"), tag.value.as_str()),
        ]
    });
    pairs.collect()
}

/// Names that end so are answered inside a cluster only.
const CLUSTER_NAMES: [&str; 3] = [".svc", ".svc.cluster.local", ".cluster.local"];

/// STS fetches an issuer's keys; from outside, no cluster's own name can be reached.
fn check_reachable(issuer: &str) -> Result<(), Failure> {
    let key = jose::normalise_issuer(issuer);
    let host = key.split('/').next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default();
    if !CLUSTER_NAMES.iter().any(|end| host.ends_with(end)) {
        return Ok(());
    }
    let what = format!(
        "the cluster's issuer is {}, which only the cluster itself can reach, and it has no OIDC provider",
        Escaped(issuer)
    );
    Err(Failure::failed(what).help(
        "irsa cluster add NAME makes the provider with the cluster's keys pinned to it; or give the \
         API server a public --service-account-issuer",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_a_cluster_are_not_reached_from_outside() {
        for (issuer, reachable) in [
            ("https://oidc.eks.eu-west-1.amazonaws.com/id/X", true),
            ("https://kubernetes.default.svc", false),
            ("https://kubernetes.default.svc.cluster.local", false),
            ("https://kubernetes.default.svc.cluster.local:443/x", false),
            ("https://irsa.example/kubernetes.default.svc", true),
            ("http://127.0.0.1:4566/id/x", true),
        ] {
            assert_eq!(check_reachable(issuer).is_ok(), reachable, "{issuer}");
        }
    }
}
