//! What all readers of the trail share.

use audit::{AuditError, Cursor, Trail, UserIdentity};
use base::Fault;
use engine::Call;

/// Trails of one account that a look-up over all regions reads.
const MAX_TRAILS: usize = 100;

/// The trail cannot be read now.
pub(crate) fn unreadable(error: AuditError) -> Fault {
    match error {
        AuditError::Store(fault) => engine::store_fault(fault),
    }
}

/// The caller's trails of all regions, that of the call first.
pub(crate) fn own_trails(call: &Call) -> Vec<Trail> {
    let home = &call.server.settings.home_region;
    let mut trails = Trail::seen_from(call.account, &call.region, home);
    let seen = Trail::seen_from(call.account, home, home);
    let noted = call.server.trails.all();
    for trail in seen.into_iter().chain(noted) {
        if trail.account == call.account && !trails.contains(&trail) && trails.len() < MAX_TRAILS {
            trails.push(trail);
        }
    }
    trails
}

/// A position in a listing, as page tokens hold it.
pub(crate) fn written(cursor: Cursor) -> Vec<u8> {
    String::from(cursor).into_bytes()
}

/// Reads what [`written`] wrote.
pub(crate) fn read(position: Vec<u8>) -> Option<Cursor> {
    Cursor::try_from(String::from_utf8(position).ok()?).ok()
}

/// The caller, as ARNs tell it; of a web identity provider, audience and subject.
pub(crate) fn caller_arn(identity: &UserIdentity) -> Option<String> {
    match identity {
        UserIdentity::Root { arn, .. }
        | UserIdentity::IamUser { arn, .. }
        | UserIdentity::AssumedRole { arn, .. } => Some(arn.clone()),
        UserIdentity::WebIdentityUser { principal_id, .. } => Some(principal_id.clone()),
        UserIdentity::AwsAccount { account_id, .. } => {
            Some(format!("arn:aws:iam::{account_id}:root"))
        }
        UserIdentity::AwsService { invoked_by } => Some(invoked_by.clone()),
        UserIdentity::Unknown { .. } => None,
    }
}
