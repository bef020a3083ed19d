//! What the measured server left in its audit trail, read when it has ended.

use std::path::Path;

use base::{AccountId, Region};
use store::{Key, Order, RecordRange, Store, StoreFault, Stream};
use store_sqlite::{SqliteOptions, SqliteStore};

use crate::fault::Fault;

/// So many records are read at a time.
const PAGE: usize = 500;

/// A trail as found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trail {
    /// How many records it has.
    pub(crate) records: u64,
    /// How large the newest is.
    pub(crate) newest_bytes: usize,
}

/// Reads the trail of an account in a region.
pub(crate) async fn read(data: &Path, account: &str, region: &str) -> Result<Trail, Fault> {
    let (Ok(account), Ok(region)) = (account.parse::<AccountId>(), region.parse::<Region>()) else {
        return Err(Fault::NoRecord(data.to_owned()));
    };
    let stream = Stream::new(Key::account(account, region.as_str(), "audit"));
    let trail = read_all(data, &stream).await.map_err(|why| Fault::Store {
        directory: data.to_owned(),
        why,
    })?;
    match trail.records {
        0 => Err(Fault::NoRecord(data.to_owned())),
        _ => Ok(trail),
    }
}

async fn read_all(data: &Path, stream: &Stream) -> Result<Trail, StoreFault> {
    let store = SqliteStore::open(SqliteOptions::new(data))?;
    let mut trail = Trail::default();
    let mut rest = RecordRange::ALL;
    loop {
        let page = store.read_stream(stream, rest, Order::Oldest, PAGE).await?;
        let Some((last, record)) = page.last() else {
            return Ok(trail);
        };
        trail.records += page.len() as u64;
        trail.newest_bytes = record.len();
        rest = rest.after(*last);
    }
}

#[cfg(test)]
mod tests {
    use base::Timestamp;
    use store::{Durability, RecordId, Work};

    use super::*;

    const ACCOUNT: &str = "123456789012";

    #[tokio::test]
    async fn all_records_of_that_trail_are_counted() {
        let directory = tempfile::tempdir().unwrap();
        for (region, count) in [("us-east-1", PAGE + 1), ("eu-central-1", 2)] {
            let store = SqliteStore::open(SqliteOptions::new(directory.path())).unwrap();
            let key = Key::account(ACCOUNT.parse().unwrap(), region, "audit");
            let mut work = Work::on(store.snapshot().await.unwrap());
            for millis in 0..count {
                let made = Timestamp::from_millisecond(i64::try_from(millis).unwrap()).unwrap();
                let record = vec![0; 10 + millis];
                work.append(Stream::new(key.clone()), RecordId::first_at(made), record);
            }
            store.commit(work, Durability::Disk).await.unwrap();
        }
        for (region, expected) in [
            ("us-east-1", Some((PAGE + 1, PAGE + 10))),
            ("eu-central-1", Some((2, 11))),
            ("eu-west-1", None),
        ] {
            let found = read(directory.path(), ACCOUNT, region).await.ok();
            let expected = expected.map(|(records, newest_bytes)| Trail {
                records: records as u64,
                newest_bytes,
            });
            assert_eq!(found, expected, "{region}");
        }
    }
}
