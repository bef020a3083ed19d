//! Lists the IAM providers and roles that trust an issuer.

use base::{AccountId, Fault};
use engine::{Access, Call, Check, Operation, Permitted, Unit, View};
use serde_json::Value as Json;
use shapes::irsa::{ListIssuerDependentsInput, ListIssuerDependentsOutput};
use store::KeyRange;

use super::faults::issuer_not_found;
use super::issuers::{IssuerRow, issuer, issuer_arn};
use crate::iam::rows::{RoleRow, provider, roles_prefix};

/// Roles read at a time.
const CHUNK: usize = 256;

pub(crate) struct ListIssuerDependents;

impl Operation for ListIssuerDependents {
    type Input = ListIssuerDependentsInput;
    type Output = ListIssuerDependentsOutput;
    type Facts = Option<IssuerRow>;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::irsa::LIST_ISSUER_DEPENDENTS
    }

    async fn facts(
        &self,
        input: &Self::Input,
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Self::Facts, Fault> {
        issuer(view, call.account, &call.region, &input.name).await
    }

    fn access(&self, input: &Self::Input, _: &Self::Facts, call: &Call) -> Access {
        let arn = issuer_arn(call.account, &call.region, &input.name);
        Access::one(Check::new("irsa:ListIssuerDependents", arn, call.account))
    }

    async fn perform(
        &self,
        input: &Self::Input,
        facts: &Self::Facts,
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let row = facts
            .as_ref()
            .ok_or_else(|| issuer_not_found(&input.name))?;
        let url = jose::normalise_issuer(&row.url);
        let provider = provider(&mut unit.view(), call.account, &url).await?;
        // Roles count even when the provider is gone: one made again would be trusted at once.
        let arn = provider_arn(call, &url);
        let role_arns = trusting_roles(unit, call.account, &arn).await?;
        Ok(ListIssuerDependentsOutput {
            provider_arns: Some(provider.into_iter().map(|provider| provider.arn).collect()),
            role_arns: Some(role_arns),
        })
    }
}

fn provider_arn(call: &Call, url: &str) -> String {
    let resource = format!("oidc-provider/{url}");
    base::Arn::new(call.partition(), "iam", "", call.account, &resource).to_string()
}

/// The account's roles whose trust names the provider.
pub(super) async fn trusting_roles(
    unit: &mut Unit,
    account: AccountId,
    provider_arn: &str,
) -> Result<Vec<String>, Fault> {
    let mut range = KeyRange::prefix(&roles_prefix(account));
    let mut found = Vec::new();
    loop {
        let rows = unit.rows::<RoleRow>(&range, CHUNK).await?;
        let ended = rows.len() < CHUNK;
        for (key, role) in rows {
            range = range.after(&key);
            if names_provider(&role.trust, provider_arn) {
                found.push(role.arn);
            }
        }
        if ended {
            return Ok(found);
        }
    }
}

/// Whether any statement has the provider as its federated principal.
fn names_provider(trust: &str, provider_arn: &str) -> bool {
    let Ok(document) = serde_json::from_str::<Json>(trust) else {
        return false;
    };
    let statements = one_or_many(document.get("Statement"));
    let mut federated = statements
        .filter_map(|statement| statement.get("Principal")?.get("Federated"))
        .flat_map(|named| one_or_many(Some(named)));
    federated.any(|named| named.as_str() == Some(provider_arn))
}

fn one_or_many(value: Option<&Json>) -> impl Iterator<Item = &Json> {
    let (one, many) = match value {
        Some(Json::Array(many)) => (None, many.as_slice()),
        one => (one, [].as_slice()),
    };
    one.into_iter().chain(many)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_federated_principal_in_any_spelling_counts() {
        let arn = "arn:aws:iam::123456789012:oidc-provider/a.example/id/x";
        for (principal, expected) in [
            (format!(r#"{{"Federated":"{arn}"}}"#), true),
            (
                format!(r#"{{"Federated":["arn:aws:iam::1:saml-provider/y","{arn}"]}}"#),
                true,
            ),
            (format!(r#"{{"Federated":"{arn}y"}}"#), false),
            (format!(r#"{{"AWS":"{arn}"}}"#), false),
            (r#""*""#.to_owned(), false),
        ] {
            let one = format!(r#"{{"Statement":{{"Principal":{principal}}}}}"#);
            let many = format!(r#"{{"Statement":[{{"Sid":"a"}},{{"Principal":{principal}}}]}}"#);
            for trust in [one, many] {
                assert_eq!(names_provider(&trust, arn), expected, "{trust}");
            }
        }
        assert!(!names_provider("no json", arn));
    }
}
