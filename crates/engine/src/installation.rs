//! What `init` writes first and every start checks.

use std::sync::Arc;

use base::{AccountId, Entropy, EntropyExt, Fault, Region, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Durability, Key, Store, StoreFault, Work};

use crate::rows::{Row, Rows};
use crate::seal::{Aad, Domain, Ring, RootKey, Seal, Sealed};
use crate::unit::Unit;

/// The layout of rows that this version writes and reads.
const DATA_VERSION: u32 = 1;
const CANARY: &[u8] = b"irsa canary";

/// A founded installation, opened with its root key.
pub struct Installation {
    /// Seals values at rest.
    pub seal: Seal,
    /// Encodes rows.
    pub rows: Arc<Rows>,
    /// The keys of sessions.
    pub ring: Ring,
    /// The account that installation actions belong to (THREATS R42).
    pub management_account: AccountId,
    /// Where `init` said we are at home.
    pub home_region: Region,
}

/// An installation about to be: everything that `init` adds to `unit` is written with it, in one
/// transaction, or nothing is (THREATS R46).
pub struct Founding {
    /// The one transaction.
    pub unit: Unit,
    /// Seals values at rest.
    pub seal: Seal,
}

/// The installation cannot be founded or opened.
#[derive(Debug, thiserror::Error)]
pub enum InstallationFault {
    /// There is one already.
    #[error("this store is already initialised")]
    AlreadyFounded,
    /// There is none.
    #[error("this store is not initialised: run `irsa init` first")]
    NotFounded,
    /// The root key is not the one that the store was founded with.
    #[error("the root key does not belong to this store")]
    WrongRootKey,
    /// A newer irsa wrote it.
    #[error(
        "this store was written by a newer version of irsa (data version {0}, this one reads {DATA_VERSION})"
    )]
    NewerVersion(u32),
    /// The store failed.
    #[error("the store cannot be used")]
    Store(#[from] StoreFault),
    /// Something in it cannot be read.
    #[error("the store cannot be read: {}", .0.internal_message().unwrap_or_else(|| .0.message()))]
    Fault(Fault),
}

impl From<Fault> for InstallationFault {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Readable before any key is known; everything that matters is in [`FoundationRow`].
#[derive(Serialize, Deserialize)]
struct Nameplate {
    data_version: u32,
    installation: String,
}

#[derive(Clone, Serialize, Deserialize)]
struct FoundationRow {
    founded_at: Timestamp,
    management_account: AccountId,
    home_region: Region,
    canary: Sealed,
}

impl Row for FoundationRow {
    const TABLE: &'static str = "foundation";
}

fn nameplate_key() -> Key {
    Key::installation("nameplate").build()
}

fn foundation_key() -> Key {
    Key::installation(FoundationRow::TABLE).build()
}

fn canary_place() -> Aad<'static> {
    Aad {
        table: FoundationRow::TABLE,
        id: "canary",
        object_version: "1",
        account: None,
        region: "",
    }
}

impl Founding {
    /// Prepares a fresh installation on an empty store.
    pub async fn begin(
        store: &dyn Store,
        root: &RootKey,
        management_account: AccountId,
        home_region: Region,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<Self, InstallationFault> {
        if is_founded(store).await? {
            return Err(InstallationFault::AlreadyFounded);
        }
        let id = u128::from_be_bytes(entropy.bytes());
        let nameplate = Nameplate {
            data_version: DATA_VERSION,
            installation: format!("{id:032x}"),
        };
        let seal = Seal::new(root, &nameplate.installation);
        let rows = rows(&seal)?;
        let mut unit = Unit::new(Work::on(store.snapshot().await?), rows);
        let plate = serde_json::to_vec(&nameplate)
            .map_err(|error| Fault::internal(format!("cannot encode the nameplate: {error}")))?;
        unit.work().put_new(nameplate_key(), plate);
        let canary = seal.seal(Domain::Canary, canary_place(), CANARY, entropy)?;
        let row = FoundationRow {
            founded_at: now,
            management_account,
            home_region,
            canary,
        };
        unit.put(&foundation_key(), &row)?;
        Ring::create(&mut unit, &seal, now, entropy)?;
        Ok(Self { unit, seal })
    }

    /// Writes it all, unless somebody was faster.
    pub async fn commit(self, store: &dyn Store) -> Result<(), InstallationFault> {
        match store.commit(self.unit.into_work(), Durability::Disk).await {
            Ok(_) => Ok(()),
            Err(StoreFault::Conflict) => Err(InstallationFault::AlreadyFounded),
            Err(fault) => Err(fault.into()),
        }
    }
}

/// Whether `init` was here.
pub async fn is_founded(store: &dyn Store) -> Result<bool, InstallationFault> {
    Ok(store
        .snapshot()
        .await?
        .get(&nameplate_key())
        .await?
        .is_some())
}

impl Installation {
    /// Opens what `init` founded; the sealed canary proves the root key.
    pub async fn open(store: &dyn Store, root: &RootKey) -> Result<Self, InstallationFault> {
        let snapshot = store.snapshot().await?;
        let plate = snapshot
            .get(&nameplate_key())
            .await?
            .ok_or(InstallationFault::NotFounded)?;
        let plate: Nameplate = serde_json::from_slice(&plate)
            .map_err(|error| Fault::internal(format!("the nameplate is damaged: {error}")))?;
        if plate.data_version > DATA_VERSION {
            return Err(InstallationFault::NewerVersion(plate.data_version));
        }
        let seal = Seal::new(root, &plate.installation);
        let rows = rows(&seal)?;
        let mut unit = Unit::new(Work::on(snapshot), Arc::clone(&rows));
        // WHY: under a wrong root key the row's mark does not verify either.
        let row: FoundationRow = match unit.row(&foundation_key()).await {
            Ok(row) => row.ok_or(InstallationFault::NotFounded)?,
            Err(_) => return Err(InstallationFault::WrongRootKey),
        };
        drop(unit);
        let canary = seal
            .open(Domain::Canary, canary_place(), &row.canary)
            .map_err(|_| InstallationFault::WrongRootKey)?;
        if canary.expose() != CANARY {
            return Err(InstallationFault::WrongRootKey);
        }
        let ring = Ring::default();
        ring.load(store, &rows, &seal).await?;
        Ok(Self {
            seal,
            rows,
            ring,
            management_account: row.management_account,
            home_region: row.home_region,
        })
    }
}

fn rows(seal: &Seal) -> Result<Arc<Rows>, Fault> {
    let key = seal.domain_key(Domain::Rows)?;
    Ok(Arc::new(Rows::new(key.expose())))
}

#[cfg(test)]
mod tests {
    use base::SeededEntropy;
    use store::memory::MemoryStore;

    use super::*;

    #[tokio::test]
    async fn founded_once_and_opened_by_its_own_key_only() {
        let entropy = SeededEntropy::new(9);
        let store = MemoryStore::new();
        let root = RootKey::draw(&entropy);
        let account = "123456789012".parse().unwrap();
        let region: Region = "eu-west-1".parse().unwrap();
        let now = "2026-11-21T00:00:00Z".parse().unwrap();
        assert!(matches!(
            Installation::open(&store, &root).await,
            Err(InstallationFault::NotFounded)
        ));

        let begin = || Founding::begin(&store, &root, account, region.clone(), now, &entropy);
        let (first, second) = (begin().await.unwrap(), begin().await.unwrap());
        first.commit(&store).await.unwrap();
        assert!(matches!(
            second.commit(&store).await,
            Err(InstallationFault::AlreadyFounded)
        ));
        assert!(matches!(
            begin().await,
            Err(InstallationFault::AlreadyFounded)
        ));

        let opened = Installation::open(&store, &root).await.unwrap();
        assert_eq!(opened.management_account, account);
        assert_eq!(opened.home_region, region);
        assert!(opened.ring.sealing(now).is_ok());
        let stranger = RootKey::draw(&entropy);
        assert!(matches!(
            Installation::open(&store, &stranger).await,
            Err(InstallationFault::WrongRootKey)
        ));
    }
}
