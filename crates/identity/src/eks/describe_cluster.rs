//! Describes a cluster as far as irsa knows it: what its operator registered, or an issuer of this
//! server alone.
//! <https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeCluster.html>

use base::Fault;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use engine::{Access, Call, Check, Operation, Permitted, Unit, View};
use shapes::eks::{
    Certificate, Cluster, DescribeClusterInput, DescribeClusterOutput, Identity, OIDC,
};

use crate::irsa::clusters::{ClusterRow, cluster, cluster_arn};
use crate::irsa::issuers::{IssuerRow, IssuerStatus, issuer};

pub(crate) struct DescribeCluster;

/// What stands behind a cluster's name.
pub(crate) enum Known {
    Registered(ClusterRow),
    Issuer(IssuerRow),
    Nothing,
}

impl Operation for DescribeCluster {
    type Input = DescribeClusterInput;
    type Output = DescribeClusterOutput;
    type Facts = Known;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::eks::DESCRIBE_CLUSTER
    }

    async fn facts(
        &self,
        input: &Self::Input,
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Self::Facts, Fault> {
        let (account, region, name) = (call.account, &call.region, &input.name);
        if let Some(row) = cluster(view, account, region, name).await? {
            return Ok(Known::Registered(row));
        }
        let issuer = issuer(view, account, region, name).await?;
        Ok(issuer.map_or(Known::Nothing, Known::Issuer))
    }

    fn access(&self, input: &Self::Input, _: &Self::Facts, call: &Call) -> Access {
        let arn = cluster_arn(call, &input.name);
        Access::one(Check::new("eks:DescribeCluster", arn, call.account))
    }

    async fn perform(
        &self,
        input: &Self::Input,
        facts: &Self::Facts,
        call: &Permitted<'_>,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let cluster = match facts {
            Known::Registered(row) => of_registered(call, row),
            Known::Issuer(row) => of_issuer(call, row),
            Known::Nothing => {
                let text = format!("No cluster found for name: {}.", input.name);
                return Err(Fault::new("ResourceNotFoundException", 404, text));
            }
        };
        Ok(DescribeClusterOutput {
            cluster: Some(cluster),
        })
    }
}

/// What was registered; there is no network or platform version here to tell of.
fn of_registered(call: &Call, row: &ClusterRow) -> Cluster {
    let authority = row.authority.as_ref().map(|pem| Certificate {
        data: Some(STANDARD.encode(pem)),
        ..Certificate::default()
    });
    Cluster {
        name: Some(row.name.clone()),
        arn: Some(cluster_arn(call, &row.name)),
        created_at: Some(row.created_at),
        version: row.version.clone(),
        endpoint: Some(row.endpoint.clone()),
        certificate_authority: authority,
        identity: Some(identity(&row.issuer_url)),
        status: Some("ACTIVE".to_owned()),
        ..Cluster::default()
    }
}

/// There is no API server to tell of, only who signs for one.
fn of_issuer(call: &Call, row: &IssuerRow) -> Cluster {
    let status = match row.status {
        IssuerStatus::Active => "ACTIVE",
        IssuerStatus::Pending => "CREATING",
    };
    Cluster {
        name: Some(row.name.clone()),
        arn: Some(cluster_arn(call, &row.name)),
        created_at: Some(row.created_at),
        identity: Some(identity(&row.url)),
        status: Some(status.to_owned()),
        ..Cluster::default()
    }
}

fn identity(issuer: &str) -> Identity {
    Identity {
        oidc: Some(OIDC {
            issuer: Some(issuer.to_owned()),
        }),
    }
}
