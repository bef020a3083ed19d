//! The secret that a call is about: what every per-secret operation loads and asks for.

use base::{AccountId, Fault};
use engine::{AuditFacts, Call, Check, View};
use store::Key;

use super::secret_id::{self, SUFFIX_CHARS, Sought};
use super::secret_row::SecretRow;
use super::{refusal, trail};

/// What a `SecretId` led to.
pub(crate) struct Target {
    /// The secret's ARN; for a missing one what the caller typed, as an ARN. See [`unknown_arn`].
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
            Sought::Elsewhere => return Ok(Self::elsewhere(secret_id, call)),
        };
        let key = SecretRow::key(call.account, &call.region, name);
        let row: Option<SecretRow> = view.row(&key).await?;
        let row = row
            .filter(|row| !row.is_gone(call.now) && complete.is_none_or(|typed| row.arn == typed));
        let arn = match (&row, complete) {
            (Some(row), _) => row.arn.clone(),
            (None, Some(typed)) => typed.to_owned(),
            (None, None) => unknown_arn(name, call),
        };
        Ok(Self {
            arn,
            owner: call.account,
            found: row.map(|row| Found { key, row }),
            scope: Scope::Here,
        })
    }

    fn elsewhere(secret_id: &str, call: &Call) -> Self {
        let owner = secret_id::as_arn(secret_id).and_then(|arn| arn.account_id());
        Self {
            arn: secret_id.to_owned(),
            owner: owner.unwrap_or(call.account),
            found: None,
            scope: Scope::Elsewhere,
        }
    }

    /// The permission `secretsmanager:action` on the secret. A refusal shows what was typed.
    pub(super) fn check(&self, action: &str, secret_id: &str, call: &Call) -> Check {
        let check = self.untagged_check(action, call).shown_as(secret_id);
        match &self.found {
            Some(found) => with_resource_tags(check, found.row.tags()),
            None => check,
        }
    }

    /// The same permission as it is once the secret's tags have become `after`: AWS refuses a
    /// change of tags by which the caller would lock itself out. `None` when nothing changes.
    pub(super) fn check_after(
        &self,
        action: &str,
        after: impl FnOnce(&[(String, String)]) -> Vec<(String, String)>,
        call: &Call,
    ) -> Option<Check> {
        let held = self.found.as_ref()?.row.tags();
        let after = after(held);
        let check = self
            .untagged_check(action, call)
            .refused_with(refusal::LOCKED_OUT);
        (after != held).then(|| with_resource_tags(check, &after))
    }

    fn untagged_check(&self, action: &str, call: &Call) -> Check {
        let check = Check::new(
            format!("secretsmanager:{action}"),
            self.arn.as_str(),
            self.owner,
        )
        .with("secretsmanager:SecretId", self.arn.as_str());
        match &self.found {
            Some(_) => check.with("secretsmanager:SecretPrimaryRegion", call.region.as_str()),
            None => check,
        }
    }

    /// The secret, scheduled for deletion or not.
    pub(super) fn existing(&self) -> Result<&Found, Fault> {
        self.found.as_ref().ok_or_else(refusal::no_secret)
    }

    /// The secret, unless it is scheduled for deletion.
    pub(super) fn live(&self) -> Result<&Found, Fault> {
        let found = self.existing()?;
        match found.row.deletion {
            Some(_) => Err(refusal::marked_for_deletion()),
            None => Ok(found),
        }
    }

    /// What the record tells of the secret.
    pub(super) fn audit(&self, secret_id: &str) -> AuditFacts {
        let found = self.found.as_ref().map(|found| found.row.arn.as_str());
        trail::of(self.owner, secret_id, found)
    }
}

/// The ARN that a secret which does not exist is decided under. Its suffix is not known: policies
/// that leave the suffix open match it, those with a certain suffix or without any do not, just
/// as if the secret existed. So a refusal does not tell whether it does.
fn unknown_arn(name: &str, call: &Call) -> String {
    let any_suffix = "?".repeat(SUFFIX_CHARS);
    secret_id::secret_arn(call.account, &call.region, &format!("{name}-{any_suffix}"))
}

/// Both spellings of a secret's tags as condition keys.
pub(super) fn with_resource_tags(check: Check, tags: &[(String, String)]) -> Check {
    tags.iter()
        .fold(check.with_resource_tags(tags), |check, (key, value)| {
            check.with(format!("secretsmanager:ResourceTag/{key}"), value)
        })
}
