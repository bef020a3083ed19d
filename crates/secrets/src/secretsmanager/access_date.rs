//! LastAccessedDate, which AWS tells to the day.
//!
//! WHY: a read writes the secret's row only when it is the first of its day; all others of that
//! day write nothing but their audit record.

use base::Timestamp;

use super::secret_row::SecretRow;

const DAY_SECS: i64 = 24 * 60 * 60;

/// The row with the read of a version noted on it; `None` when the row tells that already.
pub(super) fn noted(row: &SecretRow, version_id: &str, now: Timestamp) -> Option<SecretRow> {
    let today = midnight(now);
    let told = row.accessed_on == today
        && row
            .versions
            .by_id(version_id)
            .is_none_or(|version| version.accessed_on == today);
    if told {
        return None;
    }
    let mut row = row.clone();
    row.accessed_on = today;
    if let Some(version) = row.versions.by_id_mut(version_id) {
        version.accessed_on = today;
    }
    Some(row)
}

fn midnight(now: Timestamp) -> Option<Timestamp> {
    Timestamp::from_second(now.as_second().div_euclid(DAY_SECS) * DAY_SECS).ok()
}
