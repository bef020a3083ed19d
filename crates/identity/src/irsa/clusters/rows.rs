//! Rows of clusters.

use base::{AccountId, Fault, Region, Timestamp};
use engine::{Call, Row, View};
use serde::{Deserialize, Serialize};
use store::Key;

use super::cluster_arn;

/// Rows that belong to no region.
const GLOBAL: &str = "";

/// A cluster that runs elsewhere, under its account, region and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ClusterRow {
    /// As EKS takes names.
    pub(crate) name: String,
    /// `iss` of its tokens, with its scheme.
    pub(crate) issuer_url: String,
    /// The URL of its API server.
    pub(crate) endpoint: String,
    /// What the API server's certificate is held against, as PEM; `None` is the machine's roots.
    pub(crate) authority: Option<String>,
    /// Kubernetes' version, as EKS writes it: `1.36`.
    pub(crate) version: Option<String>,
    /// When it was registered.
    pub(crate) created_at: Timestamp,
}

/// The clusters of an account, in all regions, whose tokens name one issuer. Providers belong to
/// no region, so more than one cluster here means that they trust each other's pods.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct IssuerClustersRow {
    /// Region and name, in the order they were registered.
    pub(crate) clusters: Vec<(Region, String)>,
}

impl Row for ClusterRow {
    const TABLE: &'static str = "cluster";
}

impl Row for IssuerClustersRow {
    const TABLE: &'static str = "cluster-issuer";
}

/// The key of a cluster.
pub(super) fn cluster_key(account: AccountId, region: &Region, name: &str) -> Key {
    Key::account(account, region.as_str(), ClusterRow::TABLE)
        .text(name)
        .build()
}

/// What all keys of an account's clusters in a region start with.
pub(super) fn clusters_prefix(account: AccountId, region: &Region) -> Key {
    Key::account(account, region.as_str(), ClusterRow::TABLE).build()
}

/// The key of an issuer's clusters, by the issuer's normalised spelling.
pub(super) fn issuer_clusters_key(account: AccountId, issuer_url: &str) -> Key {
    Key::account(account, GLOBAL, IssuerClustersRow::TABLE)
        .text(jose::normalise_issuer(issuer_url))
        .build()
}

/// The cluster of that name in an account and region.
pub(crate) async fn cluster(
    view: &mut View<'_>,
    account: AccountId,
    region: &Region,
    name: &str,
) -> Result<Option<ClusterRow>, Fault> {
    view.row(&cluster_key(account, region, name)).await
}

/// The account's clusters, in all regions, whose tokens name that issuer.
pub(in crate::irsa) async fn clusters_of_issuer(
    view: &mut View<'_>,
    account: AccountId,
    issuer_url: &str,
) -> Result<Vec<(Region, String)>, Fault> {
    let row: Option<IssuerClustersRow> =
        view.row(&issuer_clusters_key(account, issuer_url)).await?;
    Ok(row.unwrap_or_default().clusters)
}

/// Whether two spellings are one issuer to a provider, whose URL has a scheme too.
pub(in crate::irsa) fn same_issuer(one: &str, other: &str) -> bool {
    let is_plain = |url: &str| url.starts_with("http://");
    is_plain(one) == is_plain(other) && jose::normalise_issuer(one) == jose::normalise_issuer(other)
}

/// As the API shows it.
pub(super) fn described(
    row: &ClusterRow,
    call: &Call,
    others: &[(Region, String)],
) -> shapes::irsa::RegisteredCluster {
    let provider = format!("oidc-provider/{}", jose::normalise_issuer(&row.issuer_url));
    let provider = base::Arn::new(call.partition(), "iam", "", call.account, &provider);
    let others: Vec<String> = others
        .iter()
        .filter(|(region, name)| *region != call.region || *name != row.name)
        .map(|(region, name)| format!("{region}/{name}"))
        .collect();
    shapes::irsa::RegisteredCluster {
        name: Some(row.name.clone()),
        arn: Some(cluster_arn(call, &row.name)),
        issuer_url: Some(row.issuer_url.clone()),
        provider_arn: Some(provider.to_string()),
        endpoint: Some(row.endpoint.clone()),
        certificate_authority: row.authority.clone(),
        version: row.version.clone(),
        shared_with: (!others.is_empty()).then_some(others),
        created_at: Some(row.created_at),
    }
}
