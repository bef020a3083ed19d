//! The secret that a call is about: what every per-secret operation loads and asks for.

use audit::Resource;
use base::{AccountId, Fault};
use engine::{AuditFacts, Call, Check, View};
use store::Key;

use super::refusal;
use super::secret_id::{self, Sought};
use super::secret_row::SecretRow;

/// What a `SecretId` led to.
pub(crate) struct Target {
    /// The secret's ARN; for a missing one, what the caller typed, as an ARN.
    arn: String,
    owner: AccountId,
    found: Option<Found>,
    /// Whether the SecretId can mean a secret of this account and region.
    pub(super) scope: Scope,
}

/// Where a `SecretId` points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Into the call's account and region.
    Here,
    /// To another account or region, or to no secret at all.
    Elsewhere,
}

/// A secret that exists, perhaps scheduled for deletion.
pub(super) struct Found {
    pub(super) key: Key,
    pub(super) row: SecretRow,
}

impl Target {
    /// Looks for the secret. That there is none is a fact, not an error.
    pub(super) async fn find(
        secret_id: &str,
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Self, Fault> {
        let sought = secret_id::sought(secret_id, call.account, &call.region);
        let (name, complete) = match sought {
            Sought::Named(name) => (name, None),
            Sought::Complete(name) => (name, Some(secret_id)),
            Sought::Elsewhere => return Ok(Self::missing(secret_id, call, Scope::Elsewhere)),
        };
        let key = SecretRow::key(call.account, &call.region, name);
        let row: Option<SecretRow> = view.row(&key).await?;
        let row = row
            .filter(|row| !row.is_gone(call.now) && complete.is_none_or(|typed| row.arn == typed));
        let Some(row) = row else {
            return Ok(Self::missing(secret_id, call, Scope::Here));
        };
        Ok(Self {
            arn: row.arn.clone(),
            owner: call.account,
            found: Some(Found { key, row }),
            scope: Scope::Here,
        })
    }

    fn missing(secret_id: &str, call: &Call, scope: Scope) -> Self {
        let (arn, owner) = match secret_id::as_arn(secret_id) {
            Some(arn) => (
                secret_id.to_owned(),
                arn.account_id().unwrap_or(call.account),
            ),
            None => (
                secret_id::secret_arn(call.account, &call.region, secret_id),
                call.account,
            ),
        };
        Self {
            arn,
            owner,
            found: None,
            scope,
        }
    }

    /// The secret's ARN, or what would be it.
    pub(super) fn arn(&self) -> &str {
        &self.arn
    }

    /// The permission `secretsmanager:action` on the secret. A refusal shows what was typed.
    pub(super) fn check(&self, action: &str, secret_id: &str, call: &Call) -> Check {
        let mut check = Check::new(
            format!("secretsmanager:{action}"),
            self.arn.as_str(),
            self.owner,
        )
        .shown_as(secret_id)
        .with("secretsmanager:SecretId", self.arn.as_str());
        if let Some(Found { row, .. }) = &self.found {
            check = check.with("secretsmanager:SecretPrimaryRegion", call.region.as_str());
            check = with_resource_tags(check, &row.tags);
        }
        check
    }

    /// The secret, scheduled for deletion or not.
    pub(super) fn existing(&self) -> Result<&Found, Fault> {
        self.found.as_ref().ok_or_else(refusal::no_secret)
    }

    /// The secret, unless it is scheduled for deletion.
    pub(super) fn live(&self) -> Result<&Found, Fault> {
        let found = self.existing()?;
        match found.row.deletion_due {
            Some(_) => Err(refusal::marked_for_deletion()),
            None => Ok(found),
        }
    }

    /// The secret as the record's resource.
    pub(super) fn audit(&self) -> AuditFacts {
        let resources = self
            .found
            .iter()
            .map(|found| resource(self.owner, &found.row.arn))
            .collect();
        AuditFacts {
            resources,
            ..AuditFacts::default()
        }
    }
}

/// A secret as an audit record lists it.
pub(super) fn resource(owner: AccountId, arn: &str) -> Resource {
    Resource {
        account_id: Some(owner),
        kind: "AWS::SecretsManager::Secret".to_owned(),
        arn: arn.to_owned(),
    }
}

/// Both spellings of a secret's tags as condition keys.
pub(super) fn with_resource_tags(check: Check, tags: &[(String, String)]) -> Check {
    tags.iter()
        .fold(check.with_resource_tags(tags), |check, (key, value)| {
            check.with(format!("secretsmanager:ResourceTag/{key}"), value)
        })
}
