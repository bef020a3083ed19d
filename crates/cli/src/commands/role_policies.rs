//! A role and the policies that it has at present.

use std::sync::Arc;

use base::Escaped;
use policy::{Attached, Document, PolicyKind};

use crate::client::{CallError, Client, Element, Service};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::values::Tag;

/// A role as IAM describes it.
pub(super) struct Role {
    /// Its name.
    pub(super) name: String,
    /// Its ARN.
    pub(super) arn: String,
    /// `AROA…`
    pub(super) id: String,
    /// Its trust policy; empty if IAM gave none.
    pub(super) trust: String,
    /// The ARN of its permissions boundary.
    pub(super) boundary: Option<String>,
    /// Its tags.
    pub(super) tags: Vec<Tag>,
}

impl Role {
    /// The role of that name or ARN.
    pub(super) async fn find(client: &Client, name_or_arn: &str) -> Result<Self, Failure> {
        let name = match name_or_arn.split_once(":role/") {
            Some((_, path)) => path.rsplit('/').next().unwrap_or(path),
            None => name_or_arn,
        };
        let found = client
            .query(Service::Iam, "GetRole", &[("RoleName", name)])
            .await?;
        let member = |name: &str| {
            let text = found.text_at(&["Role", name]);
            text.map(str::to_owned).unwrap_or_default()
        };
        let path = ["Role", "PermissionsBoundary", "PermissionsBoundaryArn"];
        let boundary = found.text_at(&path);
        let role = Self {
            name: member("RoleName"),
            arn: member("Arn"),
            id: member("RoleId"),
            trust: plain(&member("AssumeRolePolicyDocument")).unwrap_or_default(),
            boundary: boundary.map(str::to_owned),
            tags: tags_of(&found),
        };
        if name_or_arn.starts_with("arn:") && role.arn != name_or_arn {
            let what = format!(
                "there is no role `{}`; the role of that name is `{}`",
                Escaped(name_or_arn),
                Escaped(&role.arn)
            );
            return Err(Failure::new(Exit::NotFound, what));
        }
        Ok(role)
    }

    /// Its policies: inline ones, then attached ones, each by name.
    pub(super) async fn policies(&self, client: &Client) -> Result<Vec<Attached>, CallError> {
        let mut policies = Vec::new();
        for name in self
            .listed(client, "ListRolePolicies", "PolicyNames")
            .await?
        {
            policies.push(self.inline(client, name.text()).await?);
        }
        let attached = self
            .listed(client, "ListAttachedRolePolicies", "AttachedPolicies")
            .await?;
        for policy in attached {
            let text = |name: &str| policy.text_at(&[name]).unwrap_or_default();
            policies.push(managed(client, text("PolicyName"), text("PolicyArn")).await?);
        }
        Ok(policies)
    }

    /// The ARNs of its managed policies.
    pub(super) async fn attached_arns(&self, client: &Client) -> Result<Vec<String>, CallError> {
        let list = "AttachedPolicies";
        let policies = self
            .listed(client, "ListAttachedRolePolicies", list)
            .await?;
        let arns = policies
            .iter()
            .filter_map(|one| one.text_at(&["PolicyArn"]));
        Ok(arns.map(str::to_owned).collect())
    }

    /// The names of its inline policies.
    pub(super) async fn inline_names(&self, client: &Client) -> Result<Vec<String>, CallError> {
        let policies = self
            .listed(client, "ListRolePolicies", "PolicyNames")
            .await?;
        Ok(policies.iter().map(|one| one.text().to_owned()).collect())
    }

    /// The members of a listing, all pages.
    async fn listed(
        &self,
        client: &Client,
        action: &str,
        list: &str,
    ) -> Result<Vec<Element>, CallError> {
        let mut members = Vec::new();
        let mut marker: Option<String> = None;
        loop {
            let mut parameters = vec![("RoleName", self.name.as_str())];
            parameters.extend(marker.as_deref().map(|marker| ("Marker", marker)));
            let page = client.query(Service::Iam, action, &parameters).await?;
            members.extend(
                page.child(list)
                    .into_iter()
                    .flat_map(Element::children)
                    .cloned(),
            );
            marker = page.text_at(&["Marker"]).map(str::to_owned);
            if marker.as_deref().unwrap_or_default().is_empty() {
                return Ok(members);
            }
        }
    }

    async fn inline(&self, client: &Client, name: &str) -> Result<Attached, CallError> {
        let parameters = [("RoleName", self.name.as_str()), ("PolicyName", name)];
        let found = client
            .query(Service::Iam, "GetRolePolicy", &parameters)
            .await?;
        Ok(attached(name, None, found.text_at(&["PolicyDocument"])))
    }
}

async fn managed(client: &Client, name: &str, arn: &str) -> Result<Attached, CallError> {
    let found = client
        .query(Service::Iam, "GetPolicy", &[("PolicyArn", arn)])
        .await?;
    let version = found.text_at(&["Policy", "DefaultVersionId"]);
    let parameters = [
        ("PolicyArn", arn),
        ("VersionId", version.unwrap_or_default()),
    ];
    let found = client
        .query(Service::Iam, "GetPolicyVersion", &parameters)
        .await?;
    let document = found.text_at(&["PolicyVersion", "Document"]);
    Ok(attached(name, Some(arn), document))
}

/// IAM writes documents in percent signs.
fn attached(name: &str, arn: Option<&str>, document: Option<&str>) -> Attached {
    let text = document.and_then(plain);
    let document = text.and_then(|text| Document::load(&text, PolicyKind::Identity).ok());
    Attached {
        name: name.to_owned(),
        arn: arn.map(str::to_owned),
        document: document.map(Arc::new),
    }
}

fn tags_of(found: &Element) -> Vec<Tag> {
    let tags = found.child("Role").and_then(|role| role.child("Tags"));
    let members = tags.map_or(&[][..], Element::children).iter();
    let text = |one: &Element, name: &str| one.text_at(&[name]).unwrap_or_default().to_owned();
    members
        .map(|one| Tag {
            key: text(one, "Key"),
            value: text(one, "Value"),
        })
        .collect()
}

/// Undoes percent encoding, in which IAM writes documents; `None` if it is broken.
pub(super) fn plain(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let value = digit()? * 16 + digit()?;
        bytes.push(u8::try_from(value).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_come_in_percent_signs() {
        for (text, expected) in [
            ("", Some("")),
            ("%7B%22a%22%3A%20%22+%C3%A9%22%7d", Some("{\"a\": \"+é\"}")),
            ("%7", None),
            ("%zz", None),
            ("%ff", None),
        ] {
            assert_eq!(plain(text).as_deref(), expected, "{text}");
        }
    }
}
