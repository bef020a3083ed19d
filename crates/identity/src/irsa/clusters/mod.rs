//! Clusters that run elsewhere, as their operator registered them: issuer, API server and its CA.

mod deregister_cluster;
mod get_cluster;
mod list_clusters;
mod register_cluster;
mod rows;
#[cfg(test)]
mod tests;

use base::Arn;
use engine::{AuditFacts, Call, Registry};

pub(crate) use list_clusters::names_after;
pub(crate) use rows::{ClusterRow, cluster};
pub(super) use rows::{clusters_of_issuer, same_issuer};

/// Adds the operations.
pub(super) fn register(registry: &mut Registry) {
    registry.add(deregister_cluster::DeregisterCluster);
    registry.add(get_cluster::GetCluster);
    registry.add(list_clusters::ListClusters);
    registry.add(register_cluster::RegisterCluster);
}

/// The ARN of a cluster, existing or not: EKS's, so that policies for EKS's own clusters fit.
pub(crate) fn cluster_arn(call: &Call, name: &str) -> String {
    let (partition, region) = (call.region.partition(), call.region.as_str());
    let resource = format!("cluster/{name}");
    Arn::new(partition, "eks", region, call.account, &resource).to_string()
}

fn audit_of_cluster(call: &Call, name: &str) -> AuditFacts {
    let cluster = audit::Resource {
        account_id: Some(call.account),
        kind: "AWS::EKS::Cluster".to_owned(),
        arn: cluster_arn(call, name),
    };
    AuditFacts {
        resources: vec![cluster],
        ..AuditFacts::default()
    }
}
