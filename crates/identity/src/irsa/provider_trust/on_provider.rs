//! What the operations on one provider have in common.

use base::Fault;
use engine::{Access, AuditFacts, Call, Check, View};
use jose::JwkSet;
use shapes::irsa::ProviderTrust;

use crate::iam::rows::{KeySource, ProviderRow, TokenReview, provider_by_arn};
use crate::irsa::faults::provider_not_found;

/// Looks the provider up, in the caller's account.
pub(super) async fn found(
    view: &mut View<'_>,
    call: &Call,
    arn: &str,
) -> Result<Option<ProviderRow>, Fault> {
    provider_by_arn(view, call.account, arn).await
}

/// The permission `irsa:ACTION` on a provider that may not exist.
pub(super) fn access(action: &str, arn: &str, row: Option<&ProviderRow>, call: &Call) -> Access {
    let check = Check::new(format!("irsa:{action}"), arn, call.account);
    Access::one(match row {
        Some(row) => check.with_resource_tags(&row.tags),
        None => check,
    })
}

/// The permission `irsa:ACTION` where the installation itself is what is at stake: the management
/// account owns it, so for a caller of any other account no policy of its own grants it
/// (THREATS R42).
pub(super) fn access_of_installation(
    action: &str,
    arn: &str,
    row: Option<&ProviderRow>,
    call: &Call,
) -> Access {
    let management = call.server.settings.management_account;
    let check = Check::new(format!("irsa:{action}"), arn, management);
    Access::one(match row {
        Some(row) => check.with_resource_tags(&row.tags),
        None => check,
    })
}

/// The provider, which must be there.
pub(super) fn existing<'r>(
    arn: &str,
    row: Option<&'r ProviderRow>,
) -> Result<&'r ProviderRow, Fault> {
    row.ok_or_else(|| provider_not_found(arn))
}

/// The provider that a call was about.
pub(super) fn audit_of(call: &Call, arn: &str) -> AuditFacts {
    let provider = audit::Resource {
        account_id: Some(call.account),
        kind: "AWS::IAM::OpenIDConnectProvider".to_owned(),
        arn: arn.to_owned(),
    };
    AuditFacts {
        resources: vec![provider],
        ..AuditFacts::default()
    }
}

/// As the API shows it.
pub(super) fn described(row: &ProviderRow) -> ProviderTrust {
    let shown = ProviderTrust {
        arn: Some(row.arn.clone()),
        issuer_url: Some(row.full_url()),
        status: Some(row.trust.status.as_str().to_owned()),
        key_source: Some(row.trust.keys.as_str().to_owned()),
        token_review: row.trust.token_review.as_ref().map(described_review),
        ..ProviderTrust::default()
    };
    match &row.trust.keys {
        KeySource::Published => shown,
        KeySource::PrivateAuthority(pem) => ProviderTrust {
            certificate_authority: Some(pem.clone()),
            ..shown
        },
        KeySource::Pinned { issuer, key_set } => ProviderTrust {
            issuer_url: Some(issuer.clone()),
            key_ids: Some(key_ids(key_set)),
            key_set: Some(key_set.clone()),
            ..shown
        },
    }
}

/// All but the secret.
fn described_review(review: &TokenReview) -> shapes::irsa::TokenReview {
    let shown = shapes::irsa::TokenReview {
        credential: Some(review.credential().to_owned()),
        ..shapes::irsa::TokenReview::default()
    };
    match review {
        TokenReview::OwnPod => shown,
        TokenReview::ApiServer(server) => shapes::irsa::TokenReview {
            server: Some(server.server.clone()),
            tls_server_name: server.tls_server_name.clone(),
            certificate_authority: server.certificate_authority.clone(),
            ..shown
        },
    }
}

fn key_ids(key_set: &str) -> Vec<String> {
    JwkSet::parse(key_set.as_bytes())
        .map(|set| set.key_ids().map(str::to_owned).collect())
        .unwrap_or_default()
}
