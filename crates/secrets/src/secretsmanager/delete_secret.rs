//! Schedules a secret for deletion, or deletes it at once.
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html>

use base::{Fault, Timestamp};
use engine::{Access, AuditFacts, Call, Operation, Permitted, Shown, Unit, View};
use serde_json::json;
use shapes::secretsmanager::{DeleteSecretInput, DeleteSecretOutput};

use super::secret_id::{as_arn, secret_arn};
use super::secret_row::Deletion;
use super::target::{Found, Scope, Target};
use super::{deletion, refusal};

/// How long a secret can be recovered: days, and what holds when the caller says nothing.
const MIN_WINDOW_DAYS: i64 = 7;
const MAX_WINDOW_DAYS: i64 = 30;
const DEFAULT_WINDOW_DAYS: i64 = 30;
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

pub(crate) struct DeleteSecret;

/// How the caller wants it gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    AtOnce,
    AfterDays(i64),
}

impl Operation for DeleteSecret {
    type Input = DeleteSecretInput;
    type Output = DeleteSecretOutput;
    type Facts = Target;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::secretsmanager::DELETE_SECRET
    }

    async fn facts(
        &self,
        input: &Self::Input,
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Target, Fault> {
        Target::find(&input.secret_id, call, view).await
    }

    fn access(&self, input: &Self::Input, target: &Target, call: &Call) -> Access {
        let window = input.recovery_window_in_days.map(|days| days.to_string());
        let force = input
            .force_delete_without_recovery
            .map(|force| force.to_string());
        let check = target
            .check("DeleteSecret", &input.secret_id, call)
            .with_some("secretsmanager:RecoveryWindowInDays", window)
            .with_some("secretsmanager:ForceDeleteWithoutRecovery", force);
        Access::one(check)
    }

    async fn perform(
        &self,
        input: &Self::Input,
        target: &Target,
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        match (manner(input)?, target.existing()) {
            (Manner::AtOnce, Ok(found)) => {
                deletion::remove(call.account, &call.region, &found.row, unit);
                Ok(answer(&found.row.arn, &found.row.name, call.now))
            }
            // As on AWS: what is to be gone at once may be gone already.
            (Manner::AtOnce, Err(_)) if target.scope == Scope::Here => Ok(answer(
                &typed_arn(&input.secret_id, call),
                &input.secret_id,
                call.now,
            )),
            (Manner::AtOnce | Manner::AfterDays(_), Err(missing)) => Err(missing),
            (Manner::AfterDays(days), Ok(_)) => {
                let found = target.live()?;
                let due = schedule(found, days, call, unit)?;
                Ok(answer(&found.row.arn, &found.row.name, due))
            }
        }
    }

    fn audit(
        &self,
        input: &Self::Input,
        target: Option<&Target>,
        output: Option<&Self::Output>,
        _: &Call,
    ) -> AuditFacts {
        let facts = target.map(|target| target.audit(&input.secret_id));
        AuditFacts {
            response: output.map_or(Shown::Nothing, shown),
            ..facts.unwrap_or_default()
        }
    }
}

/// The answer as CloudTrail shows it: unlike elsewhere, its date is in ISO form (recorded from AWS).
fn shown(output: &DeleteSecretOutput) -> Shown {
    let second = output
        .deletion_date
        .and_then(|date| Timestamp::from_second(date.as_second()).ok());
    Shown::As(json!({
        "arn": output.arn,
        "name": output.name,
        "deletionDate": second.map(|second| second.to_string()),
    }))
}

fn manner(input: &DeleteSecretInput) -> Result<Manner, Fault> {
    let force = input.force_delete_without_recovery.unwrap_or_default();
    match (force, input.recovery_window_in_days) {
        (true, Some(_)) => Err(refusal::invalid_parameter(
            "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
        )),
        (true, None) => Ok(Manner::AtOnce),
        (false, None) => Ok(Manner::AfterDays(DEFAULT_WINDOW_DAYS)),
        (false, Some(days)) if (MIN_WINDOW_DAYS..=MAX_WINDOW_DAYS).contains(&days) => {
            Ok(Manner::AfterDays(days))
        }
        (false, Some(_)) => Err(refusal::invalid_parameter(format!(
            "The RecoveryWindowInDays value must be between {MIN_WINDOW_DAYS} and \
             {MAX_WINDOW_DAYS} days (inclusive)."
        ))),
    }
}

fn schedule(found: &Found, days: i64, call: &Call, unit: &mut Unit) -> Result<Timestamp, Fault> {
    let due = Timestamp::from_millisecond(call.now.as_millisecond() + days * DAY_MILLIS)
        .map_err(|_| Fault::internal("the recovery window ends after the end of time"))?;
    let mut row = found.row.clone();
    row.deletion = Some(Deletion {
        asked_at: call.now,
        due,
    });
    row.changed_at = call.now;
    deletion::note(call.account, &call.region, &row, unit)?;
    unit.put(&found.key, &row)?;
    Ok(due)
}

/// What names a secret that is not there.
fn typed_arn(secret_id: &str, call: &Call) -> String {
    match as_arn(secret_id) {
        Some(_) => secret_id.to_owned(),
        None => secret_arn(call.account, &call.region, secret_id),
    }
}

fn answer(arn: &str, name: &str, date: Timestamp) -> DeleteSecretOutput {
    DeleteSecretOutput {
        arn: Some(arn.to_owned()),
        name: Some(name.to_owned()),
        deletion_date: Some(date),
    }
}
