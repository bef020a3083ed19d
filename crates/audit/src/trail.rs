//! Where the records of one account and region lie.

use base::{AccountId, Region};
use store::{Key, Stream, Work};

use crate::{Entry, Record};

/// The records of one account in one region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Trail {
    /// The owner.
    pub account: AccountId,
    /// The region.
    pub region: Region,
}

/// Whether a service has regions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Its calls belong to a region.
    Regional,
    /// Its calls are recorded in the partition's global region, as IAM's are.
    Global,
}

impl Trail {
    /// The trail that a record belongs to.
    pub fn of(record: &Record) -> Self {
        Self {
            account: record.recipient_account_id,
            region: record.aws_region.clone(),
        }
    }

    /// What a look-up in `region` reads: that region's trail and, in the home region, the trail of
    /// the global services too.
    pub fn seen_from(account: AccountId, region: &Region, home: &Region) -> Vec<Self> {
        let mut trails = vec![Self {
            account,
            region: region.clone(),
        }];
        let global = record_region(region, Scope::Global);
        if region == home && global != *region {
            trails.push(Self {
                account,
                region: global,
            });
        }
        trails
    }

    pub(crate) fn records(&self) -> Stream {
        self.stream("audit")
    }

    pub(crate) fn stream(&self, table: &str) -> Stream {
        Stream::new(Key::account(self.account, self.region.as_str(), table))
    }
}

/// The region that a call's record names: the call's own, or the partition's global one.
pub fn record_region(region: &Region, scope: Scope) -> Region {
    match scope {
        Scope::Regional => region.clone(),
        Scope::Global => region
            .partition()
            .global_region()
            .parse()
            .unwrap_or_else(|_| region.clone()),
    }
}

/// Appends a record to its trail, in the same transaction as what the call changes.
///
/// The entry's id must be fresh: an attempt that runs again after a conflict may keep it, since
/// nothing of the failed attempt was stored.
pub fn append(work: &mut Work, entry: &Entry) {
    let trail = Trail::of(entry.record());
    work.append(trail.records(), entry.id().record_id(), entry.encode());
}
