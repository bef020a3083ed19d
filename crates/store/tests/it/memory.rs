use std::sync::Arc;

use store::{MemoryStore, Store, contract};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_engine_in_memory_keeps_the_contract() {
    contract::run_all(async || Arc::new(MemoryStore::new()) as Arc<dyn Store>).await;
}
