//! EKS: clusters as far as irsa knows them: their issuers.

mod describe_cluster;
mod list_clusters;
#[cfg(test)]
mod tests;

use engine::Registry;

/// Adds the service's operations.
pub fn register(registry: &mut Registry) {
    registry.add(describe_cluster::DescribeCluster);
    registry.add(list_clusters::ListClusters);
}
