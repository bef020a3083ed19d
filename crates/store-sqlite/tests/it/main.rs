//! The engine on a real disk.

#[cfg(test)]
mod contract;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod log_growth;
#[cfg(test)]
mod opening;
#[cfg(test)]
mod reserve;
#[cfg(test)]
#[cfg(test)]
use std::path::Path;
#[cfg(test)]
use std::sync::Arc;

#[cfg(test)]
use store::{Key, Store, StoreFault};
#[cfg(test)]
use store_sqlite::{SqliteOptions, SqliteStore};

#[cfg(test)]
fn open(directory: &Path) -> Result<Arc<dyn Store>, StoreFault> {
    Ok(Arc::new(SqliteStore::open(SqliteOptions::new(directory))?))
}

#[cfg(test)]
fn key(table: &str, name: &str) -> Key {
    let account = "111122223333".parse().unwrap();
    Key::account(account, "us-east-1", table).text(name).build()
}
