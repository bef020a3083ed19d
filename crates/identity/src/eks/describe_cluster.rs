//! Describes a cluster: as far as irsa knows it, its issuer.
//! <https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeCluster.html>

use base::{AccountId, Arn, Fault, Region};
use engine::{Access, Call, Check, Operation, Permitted, Unit, View};
use shapes::eks::{Cluster, DescribeClusterInput, DescribeClusterOutput, Identity, OIDC};

use crate::irsa::issuers::{IssuerRow, IssuerStatus, issuer};

pub(crate) struct DescribeCluster;

impl Operation for DescribeCluster {
    type Input = DescribeClusterInput;
    type Output = DescribeClusterOutput;
    type Facts = Option<IssuerRow>;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::eks::DESCRIBE_CLUSTER
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
        let arn = cluster_arn(call.account, &call.region, &input.name);
        Access::one(Check::new("eks:DescribeCluster", arn, call.account))
    }

    async fn perform(
        &self,
        input: &Self::Input,
        facts: &Self::Facts,
        call: &Permitted<'_>,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let row = facts.as_ref().ok_or_else(|| {
            let text = format!("No cluster found for name: {}.", input.name);
            Fault::new("ResourceNotFoundException", 404, text)
        })?;
        Ok(DescribeClusterOutput {
            cluster: Some(cluster(call, row)),
        })
    }
}

fn cluster_arn(account: AccountId, region: &Region, name: &str) -> String {
    let resource = format!("cluster/{name}");
    Arn::new(
        region.partition(),
        "eks",
        region.as_str(),
        account,
        &resource,
    )
    .to_string()
}

/// What irsa knows; there is no API server, network or version here to tell of.
fn cluster(call: &Call, row: &IssuerRow) -> Cluster {
    let status = match row.status {
        IssuerStatus::Active => "ACTIVE",
        IssuerStatus::Pending => "CREATING",
    };
    Cluster {
        name: Some(row.name.clone()),
        arn: Some(cluster_arn(call.account, &call.region, &row.name)),
        created_at: Some(row.created_at),
        identity: Some(Identity {
            oidc: Some(OIDC {
                issuer: Some(row.url.clone()),
            }),
        }),
        status: Some(status.to_owned()),
        ..Cluster::default()
    }
}
