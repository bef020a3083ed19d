use std::sync::Arc;

use async_trait::async_trait;
use base::AccountId;
use store::{
    Changes, Committed, Durability, KeyRange, Order, RecordId, RecordRange, Revision, Snapshot,
    Store, StoreFault, Stream, Watch, Work, contract,
};
use store_sqlite::{SqliteOptions, SqliteStore};
use tempfile::TempDir;

/// A store whose directory goes with it.
struct Temporary {
    store: SqliteStore,
    _directory: TempDir,
}

fn make() -> Arc<dyn Store> {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(SqliteOptions::new(directory.path())).unwrap();
    Arc::new(Temporary {
        store,
        _directory: directory,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_engine_keeps_the_contract() {
    contract::run_all(async || make()).await;
}

#[async_trait]
impl Store for Temporary {
    async fn snapshot(&self) -> Result<Arc<dyn Snapshot>, StoreFault> {
        self.store.snapshot().await
    }

    async fn commit(&self, work: Work, durability: Durability) -> Result<Committed, StoreFault> {
        self.store.commit(work, durability).await
    }

    fn watch(&self, account: AccountId) -> Watch {
        self.store.watch(account)
    }

    async fn changes_since(
        &self,
        account: AccountId,
        revision: Revision,
        prefix: &KeyRange,
    ) -> Result<Changes, StoreFault> {
        self.store.changes_since(account, revision, prefix).await
    }

    async fn read_stream(
        &self,
        stream: &Stream,
        range: RecordRange,
        order: Order,
        limit: usize,
    ) -> Result<Vec<(RecordId, Vec<u8>)>, StoreFault> {
        self.store.read_stream(stream, range, order, limit).await
    }

    async fn trim_stream(
        &self,
        stream: &Stream,
        before: RecordId,
        at_most: usize,
    ) -> Result<usize, StoreFault> {
        self.store.trim_stream(stream, before, at_most).await
    }

    async fn revision(&self, account: AccountId) -> Revision {
        self.store.revision(account).await
    }
}
