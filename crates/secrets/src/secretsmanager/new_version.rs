//! Writing the value of a new version.

use base::Fault;
use engine::{Call, Unit};

use super::refusal;
use super::secret_row::SecretRow;
use super::secret_value::{Place, Plaintext, ValueRow};

/// The token that names the version: SDKs send one, who speaks HTTP must.
pub(super) fn token(given: Option<&str>) -> Result<&str, Fault> {
    given.ok_or_else(refusal::token_missing)
}

/// Where the value of a version lies.
pub(super) fn place<'a>(row: &'a SecretRow, version_id: &'a str, call: &'a Call) -> Place<'a> {
    Place {
        account: call.account,
        region: &call.region,
        arn: &row.arn,
        version_id,
    }
}

/// Adds a version with its labels and value to a secret, and removes those that it pushes out.
/// The caller puts the row.
pub(super) fn add(
    row: &mut SecretRow,
    version_id: &str,
    value: Plaintext<'_>,
    labels: &[String],
    call: &Call,
    unit: &mut Unit,
) -> Result<(), Fault> {
    let removed = row.versions.add(version_id, call.now, labels)?;
    for old in removed {
        unit.delete(&place(row, &old, call).key());
    }
    let place = place(row, version_id, call);
    unit.put(&place.key(), &ValueRow::seal(place, value, call)?)
}

/// Whether the version exists with exactly this value.
pub(super) async fn holds(
    row: &SecretRow,
    version_id: &str,
    value: Plaintext<'_>,
    call: &Call,
    unit: &mut Unit,
) -> Result<bool, Fault> {
    let place = place(row, version_id, call);
    match unit.row::<ValueRow>(&place.key()).await? {
        Some(sealed) => sealed.holds(value, place, call),
        None => Ok(false),
    }
}
