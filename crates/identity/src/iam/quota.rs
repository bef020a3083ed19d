//! How many of a thing an account may have (IAM User Guide, "IAM and AWS STS quotas").

use base::Fault;
use engine::{Call, store_fault};
use store::{Key, KeyRange, Order};

use super::faults::quota_exceeded;

/// A limit on the rows under a prefix.
pub(crate) struct Quota {
    /// As the error names it.
    pub(crate) name: &'static str,
    /// The greatest number.
    pub(crate) limit: usize,
}

/// Roles, raised.
pub(crate) const ROLES: Quota = Quota {
    name: "RolesPerAccount",
    limit: 5_000,
};
/// Users.
pub(crate) const USERS: Quota = Quota {
    name: "UsersPerAccount",
    limit: 5_000,
};
/// Customer managed policies.
pub(crate) const POLICIES: Quota = Quota {
    name: "PoliciesPerAccount",
    limit: 1_500,
};
/// OIDC providers, raised.
pub(crate) const PROVIDERS: Quota = Quota {
    name: "OpenIdConnectProvidersPerAccount",
    limit: 700,
};

impl Quota {
    /// Refuses one more when the quota is used up.
    // WHY: counted on a snapshot of its own. Reads of the unit of work are tracked, and counting
    // there would make every two creations in one account conflict.
    pub(crate) async fn check(&self, call: &Call, prefix: &Key) -> Result<(), Fault> {
        let snapshot = call.server.store.snapshot().await.map_err(store_fault)?;
        let rows = snapshot
            .range(&KeyRange::prefix(prefix), Order::Oldest, self.limit)
            .await
            .map_err(store_fault)?;
        if rows.len() < self.limit {
            Ok(())
        } else {
            Err(quota_exceeded(self.name, self.limit))
        }
    }
}
