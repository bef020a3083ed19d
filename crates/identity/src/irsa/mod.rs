//! irsa's own service: issuers, tokens, explanations, questions about access.

mod access;
#[cfg(test)]
mod chain_tests;
mod check_access;
pub(crate) mod clusters;
mod create_issuer;
mod create_token;
#[cfg(test)]
mod decisions_tests;
mod delete_issuer;
mod explain;
mod faults;
#[cfg(test)]
mod flood_tests;
mod forget_signer;
mod get_issuer;
mod get_server_info;
pub mod issuers;
#[cfg(test)]
mod key_owners_tests;
mod kubernetes_names;
mod list_access_of_principal;
mod list_issuer_dependents;
pub(crate) mod list_issuers;
mod list_principals_with_access;
mod lookup_audit;
mod lookup_decisions;
mod provider_trust;
mod publish_keys;
#[cfg(test)]
mod publish_keys_tests;
mod rotate_issuer;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use engine::{AuditFacts, Call, Registry, Resources};

use issuers::{SigningKeys, issuer_arn};

/// Adds the service's operations.
pub fn register(registry: &mut Registry) {
    register_with(registry, Vec::new());
}

/// Adds the service's operations; these services describe their resources to questions.
pub fn register_with(registry: &mut Registry, describing: Vec<Arc<dyn Resources>>) {
    let describing: access::Describing = describing.into();
    let keys = Arc::new(SigningKeys::default());
    registry.add(check_access::CheckAccess(Arc::clone(&describing)));
    registry.add(create_issuer::CreateIssuer::default());
    registry.add(create_token::CreateToken::new(Arc::clone(&keys)));
    registry.add(delete_issuer::DeleteIssuer::new(keys));
    registry.add(explain::Explain);
    registry.add(forget_signer::ForgetSigner);
    registry.add(get_issuer::GetIssuer);
    registry.add(get_server_info::GetServerInfo);
    registry.add(list_access_of_principal::ListAccessOfPrincipal(Arc::clone(
        &describing,
    )));
    registry.add(list_issuer_dependents::ListIssuerDependents);
    registry.add(list_issuers::ListIssuers);
    registry.add(list_principals_with_access::ListPrincipalsWithAccess(
        describing,
    ));
    registry.add(lookup_audit::LookupAudit);
    registry.add(lookup_decisions::LookupDecisions);
    registry.add(publish_keys::PublishKeys);
    registry.add(rotate_issuer::RotateIssuer::default());
    clusters::register(registry);
    provider_trust::register(registry);
}

/// The issuer that a call was about.
fn audit_of_issuer(call: &Call, name: &str) -> AuditFacts {
    let issuer = audit::Resource {
        account_id: Some(call.account),
        kind: "Irsa::Issuer".to_owned(),
        arn: issuer_arn(call.account, &call.region, name),
    };
    AuditFacts {
        resources: vec![issuer],
        ..AuditFacts::default()
    }
}
