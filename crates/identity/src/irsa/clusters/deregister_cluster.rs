//! Forgets a registered cluster; its provider and roles stay.

use base::Fault;
use engine::{Access, AuditFacts, Call, Check, Operation, Permitted, Unit, View};
use shapes::irsa::{DeregisterClusterInput, DeregisterClusterOutput};

use super::rows::{
    ClusterRow, IssuerClustersRow, cluster, cluster_key, clusters_of_issuer, issuer_clusters_key,
};
use super::{audit_of_cluster, cluster_arn};
use crate::irsa::faults::cluster_not_found;

pub(crate) struct DeregisterCluster;

impl Operation for DeregisterCluster {
    type Input = DeregisterClusterInput;
    type Output = DeregisterClusterOutput;
    type Facts = Option<ClusterRow>;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::irsa::DEREGISTER_CLUSTER
    }

    async fn facts(
        &self,
        input: &Self::Input,
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Self::Facts, Fault> {
        cluster(view, call.account, &call.region, &input.name).await
    }

    fn access(&self, input: &Self::Input, _: &Self::Facts, call: &Call) -> Access {
        let arn = cluster_arn(call, &input.name);
        Access::one(Check::new("irsa:DeregisterCluster", arn, call.account))
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
            .ok_or_else(|| cluster_not_found(&input.name))?;
        unit.delete(&cluster_key(call.account, &call.region, &row.name));
        let mut clusters =
            clusters_of_issuer(&mut unit.view(), call.account, &row.issuer_url).await?;
        clusters.retain(|(region, name)| *region != call.region || *name != row.name);
        let key = issuer_clusters_key(call.account, &row.issuer_url);
        if clusters.is_empty() {
            unit.delete(&key);
        } else {
            unit.put(&key, &IssuerClustersRow { clusters })?;
        }
        Ok(DeregisterClusterOutput {})
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
