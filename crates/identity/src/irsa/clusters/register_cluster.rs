//! Registers a cluster that runs elsewhere, or writes what changed of it.

use base::{Fault, Region};
use engine::{Access, AuditFacts, Call, Check, Operation, Permitted, Unit, View};
use shapes::irsa::{RegisterClusterInput, RegisterClusterOutput};
use store::KeyRange;

use super::rows::{
    ClusterRow, IssuerClustersRow, cluster, cluster_key, clusters_of_issuer, clusters_prefix,
    described, issuer_clusters_key, same_issuer,
};
use super::{audit_of_cluster, cluster_arn};
use crate::iam::oidc_providers::provider_url::check_url;
use crate::iam::rows::{KeySource, provider};
use crate::irsa::faults::{cluster_exists, conflict, limit_exceeded, validation};
use crate::irsa::issuers::{IssuerRow, issuer};

/// Clusters of an account in a region (Amazon EKS User Guide, "Service quotas").
const MAX_CLUSTERS: usize = 100;

pub(crate) struct RegisterCluster;

/// What stands in the way, or is there already.
pub(crate) struct Known {
    /// The cluster of this name.
    cluster: Option<ClusterRow>,
    /// This server's own issuer of this name, which is a cluster of this name to EKS's clients.
    issuer: Option<IssuerRow>,
    /// The account's clusters with this issuer, this one included.
    sharing: Vec<(Region, String)>,
    /// Whether the keys of the issuer's provider are pinned.
    is_pinned: bool,
}

impl Operation for RegisterCluster {
    type Input = RegisterClusterInput;
    type Output = RegisterClusterOutput;
    type Facts = Known;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::irsa::REGISTER_CLUSTER
    }

    async fn facts(
        &self,
        input: &Self::Input,
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Self::Facts, Fault> {
        let (account, region) = (call.account, &call.region);
        let url = jose::normalise_issuer(&input.issuer_url);
        let provider = provider(view, account, &url).await?;
        Ok(Known {
            cluster: cluster(view, account, region, &input.name).await?,
            issuer: issuer(view, account, region, &input.name).await?,
            sharing: clusters_of_issuer(view, account, &input.issuer_url).await?,
            is_pinned: provider.is_some_and(|row| match row.trust.keys {
                KeySource::Pinned { .. } => true,
                KeySource::Published | KeySource::PrivateAuthority(_) => false,
            }),
        })
    }

    fn access(&self, input: &Self::Input, _: &Self::Facts, call: &Call) -> Access {
        let arn = cluster_arn(call, &input.name);
        Access::one(Check::new("irsa:RegisterCluster", arn, call.account))
    }

    async fn perform(
        &self,
        input: &Self::Input,
        known: &Self::Facts,
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        check_input(input, call)?;
        check_name(input, known)?;
        let mut clusters = known.sharing.clone();
        let own = (call.region.clone(), input.name.clone());
        if !clusters.contains(&own) {
            check_sharing(input, known)?;
            check_quota(call, unit).await?;
            clusters.push(own);
        }
        let row = ClusterRow {
            name: input.name.clone(),
            issuer_url: input.issuer_url.clone(),
            endpoint: input.endpoint.clone(),
            authority: input.certificate_authority.clone(),
            version: input.version.clone(),
            created_at: known
                .cluster
                .as_ref()
                .map_or(call.now, |row| row.created_at),
        };
        unit.put(&cluster_key(call.account, &call.region, &row.name), &row)?;
        let described = described(&row, call, &clusters);
        let key = issuer_clusters_key(call.account, &row.issuer_url);
        unit.put(&key, &IssuerClustersRow { clusters })?;
        Ok(RegisterClusterOutput {
            cluster: Some(described),
        })
    }

    fn audit(
        &self,
        input: &Self::Input,
        _: Option<&Self::Facts>,
        _: Option<&Self::Output>,
        call: &Call,
    ) -> AuditFacts {
        audit_of_cluster(call, &input.name)
    }
}

fn check_input(input: &RegisterClusterInput, call: &Call) -> Result<(), Fault> {
    let settings = &call.server.settings;
    check_url(&input.issuer_url, settings.mode, &settings.public_url)
        .map_err(|_| validation("The IssuerUrl cannot be an OIDC provider's."))?;
    if !is_server(&input.endpoint) {
        return Err(validation(
            "The Endpoint must be the https URL of the API server, without query or user.",
        ));
    }
    if let Some(authority) = &input.certificate_authority {
        engine::fetch::check_authority(authority).map_err(|error| {
            validation(format!("The CertificateAuthority is unusable: {error}."))
        })?;
    }
    Ok(())
}

fn is_server(endpoint: &str) -> bool {
    endpoint.strip_prefix("https://").is_some_and(|rest| {
        let host = rest.split(['/', ':']).next().unwrap_or_default();
        !host.is_empty()
            && rest.bytes().all(|byte| byte.is_ascii_graphic())
            && !rest.contains(['?', '#', '@', '\\', '"', '<', '>', '\''])
    })
}

/// A cluster keeps its issuer: what trusts it must never come to trust another.
fn check_name(input: &RegisterClusterInput, known: &Known) -> Result<(), Fault> {
    if let Some(row) = &known.cluster
        && !same_issuer(&row.issuer_url, &input.issuer_url)
    {
        return Err(cluster_exists(format!(
            "The cluster {} is registered with the issuer {}; deregister it first.",
            row.name, row.issuer_url
        )));
    }
    if let Some(row) = &known.issuer
        && !same_issuer(&row.url, &input.issuer_url)
    {
        return Err(cluster_exists(format!(
            "There is an issuer of the name {} with another URL, {}; choose another name.",
            row.name, row.url
        )));
    }
    Ok(())
}

/// To a provider, API servers under one issuer are one: pods of the one can be what the other's
/// are. That may be meant, but never with pinned keys, which are one API server's.
fn check_sharing(input: &RegisterClusterInput, known: &Known) -> Result<(), Fault> {
    let Some((region, name)) = known.sharing.first() else {
        return Ok(());
    };
    if known.is_pinned {
        return Err(conflict(format!(
            "The cluster {name} in {region} has the issuer {} too, and the provider's keys are \
             pinned to it. Give each API server an issuer of its own (--service-account-issuer).",
            input.issuer_url
        )));
    }
    if input.shared_issuer != Some(true) {
        return Err(conflict(format!(
            "The cluster {name} in {region} has the issuer {} too: each would trust the other's \
             pods. Give each API server an issuer of its own (--service-account-issuer), or say \
             that they share it.",
            input.issuer_url
        )));
    }
    Ok(())
}

async fn check_quota(call: &Call, unit: &mut Unit) -> Result<(), Fault> {
    let all = KeyRange::prefix(&clusters_prefix(call.account, &call.region));
    if unit.rows::<ClusterRow>(&all, MAX_CLUSTERS).await?.len() < MAX_CLUSTERS {
        return Ok(());
    }
    Err(limit_exceeded(format!(
        "An account has at most {MAX_CLUSTERS} clusters in a region."
    )))
}
