//! Secrets on their way out: removal of rows, and the calendar of secrets whose recovery window
//! ends.

use base::{AccountId, Fault, Region, Timestamp};
use engine::{Row, Server, Unit};
use serde::{Deserialize, Serialize};
use store::{Durability, Key, KeyRange, StoreFault};

use super::secret_row::{Deletion, SecretRow};
use super::secret_value::Place;

/// How many secrets one unit of work removes.
const BATCH: usize = 100;

/// A day in the calendar. Keyed by the time, so that what is due comes first.
#[derive(Clone, Serialize, Deserialize)]
struct DueRow {
    due: Timestamp,
    account: AccountId,
    region: Region,
    name: String,
    arn: String,
}

impl Row for DueRow {
    const TABLE: &'static str = "secret-deletion";
}

impl DueRow {
    fn key(due: Timestamp, arn: &str) -> Key {
        // WHY: times before 1970 do not occur; they would sort first.
        let second = u64::try_from(due.as_second()).unwrap_or_default();
        Key::installation(Self::TABLE)
            .number(second)
            .text(arn)
            .build()
    }

    fn until(now: Timestamp) -> KeyRange {
        let table = Key::installation(Self::TABLE).build();
        let next = u64::try_from(now.as_second())
            .unwrap_or_default()
            .saturating_add(1);
        KeyRange::between(&table, &Key::installation(Self::TABLE).number(next).build())
    }
}

/// Puts a secret that was just scheduled into the calendar.
pub(super) fn note(
    account: AccountId,
    region: &Region,
    secret: &SecretRow,
    unit: &mut Unit,
) -> Result<(), Fault> {
    let Some(Deletion { due, .. }) = secret.deletion else {
        return Ok(());
    };
    let row = DueRow {
        due,
        account,
        region: region.clone(),
        name: secret.name.clone(),
        arn: secret.arn.clone(),
    };
    unit.put(&DueRow::key(due, &secret.arn), &row)
}

/// Takes a secret that was recovered out of the calendar.
pub(super) fn forget(secret: &SecretRow, unit: &mut Unit) {
    if let Some(Deletion { due, .. }) = secret.deletion {
        unit.delete(&DueRow::key(due, &secret.arn));
    }
}

/// Removes a secret with all its values.
pub(super) fn remove(account: AccountId, region: &Region, secret: &SecretRow, unit: &mut Unit) {
    for version in secret.versions.iter() {
        let place = Place {
            account,
            region,
            arn: &secret.arn,
            version_id: &version.id,
        };
        unit.delete(&place.key());
    }
    forget(secret, unit);
    unit.delete(&SecretRow::key(account, region, &secret.name));
}

/// Removes the secrets whose recovery window has passed; answers how many. For a caller that
/// comes by every few minutes: until then such a secret is hidden, and its values lie sealed.
pub async fn remove_due_secrets(server: &Server) -> Result<usize, Fault> {
    let mut removed = 0;
    loop {
        let mut unit = server.unit().await?;
        let now = server.clock.now();
        let due: Vec<(Key, DueRow)> = unit.rows(&DueRow::until(now), BATCH).await?;
        let mut gone = 0;
        for (key, due) in &due {
            let secret = SecretRow::key(due.account, &due.region, &due.name);
            if let Some(row) = unit.row::<SecretRow>(&secret).await?
                && row.arn == due.arn
                && row.is_gone(now)
            {
                remove(due.account, &due.region, &row, &mut unit);
                gone += 1;
            }
            unit.delete(key);
        }
        match server
            .store
            .commit(unit.into_work(), Durability::Disk)
            .await
        {
            Ok(_) => removed += gone,
            // Whoever changed one of them meanwhile goes first.
            Err(StoreFault::Conflict) => continue,
            Err(fault) => return Err(engine::store_fault(fault)),
        }
        if due.len() < BATCH {
            return Ok(removed);
        }
    }
}
