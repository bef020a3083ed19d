//! Describes one registered cluster.

use base::{Fault, Region};
use engine::{Access, AuditFacts, Call, Check, Operation, Permitted, Unit, View};
use shapes::irsa::{GetClusterInput, GetClusterOutput};

use super::rows::{ClusterRow, cluster, clusters_of_issuer, described};
use super::{audit_of_cluster, cluster_arn};
use crate::irsa::faults::cluster_not_found;

pub(crate) struct GetCluster;

pub(crate) struct Found {
    row: Option<ClusterRow>,
    sharing: Vec<(Region, String)>,
}

impl Operation for GetCluster {
    type Input = GetClusterInput;
    type Output = GetClusterOutput;
    type Facts = Found;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::irsa::GET_CLUSTER
    }

    async fn facts(
        &self,
        input: &Self::Input,
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Self::Facts, Fault> {
        let row = cluster(view, call.account, &call.region, &input.name).await?;
        let sharing = match &row {
            Some(row) => clusters_of_issuer(view, call.account, &row.issuer_url).await?,
            None => Vec::new(),
        };
        Ok(Found { row, sharing })
    }

    fn access(&self, input: &Self::Input, _: &Self::Facts, call: &Call) -> Access {
        let arn = cluster_arn(call, &input.name);
        Access::one(Check::new("irsa:GetCluster", arn, call.account))
    }

    async fn perform(
        &self,
        input: &Self::Input,
        found: &Self::Facts,
        call: &Permitted<'_>,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let row = found
            .row
            .as_ref()
            .ok_or_else(|| cluster_not_found(&input.name))?;
        Ok(GetClusterOutput {
            cluster: Some(described(row, call, &found.sharing)),
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
