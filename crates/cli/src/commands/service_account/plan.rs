//! What one ServiceAccount lacks of what it is to have, in IAM and in the cluster.

use std::collections::BTreeMap;

use cluster::{AccountState, Accounts, Connection};

use super::cluster_half::{self, ClusterChange, Differing};
use super::iam_half::{ForeignRole, IamChange, IamHalf};
use super::target::{IamTarget, iam_target, note_cluster};
use super::wanted::Wanted;
use crate::client::Client;
use crate::commands::Setting;
use crate::failure::Failure;
use crate::values::ServiceAccount;

/// What is to be done, and with what.
pub(super) struct Plan<'a> {
    /// The role, there or to be.
    pub(super) role_arn: String,
    /// None where only an annotation is asked for.
    pub(super) iam: Option<IamPart<'a>>,
    /// None where only a role is asked for.
    pub(super) cluster: Option<ClusterPart<'a>>,
}

/// The steps in IAM.
pub(super) struct IamPart<'a> {
    pub(super) half: IamHalf<'a>,
    target: IamTarget,
    changes: Vec<IamChange>,
}

/// The steps in the cluster.
pub(super) struct ClusterPart<'a> {
    accounts: Accounts<'a>,
    found: Option<&'a AccountState>,
    changes: Vec<ClusterChange>,
    /// Pods that run as the ServiceAccount already.
    pub(super) pods: Vec<String>,
}

/// Compares IAM with what is wanted; gives the role's ARN too.
pub(super) async fn iam_part<'a>(
    wanted: &'a Wanted,
    foreign: ForeignRole,
    client: &'a Client,
    setting: &Setting,
) -> Result<(String, IamPart<'a>), Failure> {
    let target = iam_target(client, setting).await?;
    let half = IamHalf {
        client,
        wanted,
        home: target.home,
    };
    let plan = half.plan(foreign).await?;
    let part = IamPart {
        half,
        target,
        changes: plan.changes,
    };
    Ok((plan.role_arn, part))
}

/// Compares the cluster with what is wanted.
pub(super) async fn cluster_part<'a>(
    account: &'a ServiceAccount,
    found: Option<&'a AccountState>,
    (annotations, differing): (BTreeMap<String, String>, Differing),
    connection: &'a Connection,
    setting: &Setting,
) -> Result<ClusterPart<'a>, Failure> {
    note_cluster(connection, setting);
    let accounts = Accounts::named(connection, account.namespace(), account.name());
    let has_namespace = found.is_some() || accounts.has_namespace().await?;
    let changes = cluster_half::changes(found, has_namespace, annotations, differing)?;
    let pods = if changes.is_empty() || !has_namespace {
        Vec::new()
    } else {
        accounts.pods().await?
    };
    Ok(ClusterPart {
        accounts,
        found,
        changes,
        pods,
    })
}

impl Plan<'_> {
    /// Every step, for people.
    pub(super) fn texts(&self, account: &ServiceAccount) -> Vec<String> {
        let iam = self.iam.iter().flat_map(|part| {
            let changes = part.changes.iter();
            changes.map(|change| part.half.text(change))
        });
        let name = (account.namespace(), account.name());
        let cluster = self.cluster.iter().flat_map(|part| {
            let changes = part.changes.iter();
            changes.map(|change| cluster_half::text(change, name))
        });
        iam.chain(cluster).collect()
    }

    /// Whether a real AWS account would be changed.
    pub(super) fn changes_aws(&self) -> bool {
        let iam = self.iam.as_ref();
        iam.is_some_and(|part| part.target.is_aws && !part.changes.is_empty())
    }

    /// Makes the changes in their order, telling each. Where it breaks off, the same command goes
    /// on from there.
    pub(super) async fn make(
        &self,
        account: &ServiceAccount,
        setting: &Setting,
    ) -> Result<(), Failure> {
        if let Some(part) = &self.iam {
            for change in &part.changes {
                part.half.make(change).await?;
                let text = part.half.text(change);
                setting.output.note(format_args!("✓ {text}"));
            }
        }
        if let Some(part) = &self.cluster {
            let name = (account.namespace(), account.name());
            for change in &part.changes {
                cluster_half::make(change, &part.accounts, part.found).await?;
                let text = cluster_half::text(change, name);
                setting.output.note(format_args!("✓ {text}"));
            }
        }
        Ok(())
    }
}
