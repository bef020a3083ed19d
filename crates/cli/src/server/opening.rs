//! The store and the installation in it.

use std::sync::Arc;

use base::{Clock, Entropy};
use engine::seal::{RootKey, RootKeyFault};
use engine::{Installation, is_founded};
use store::{MemoryStore, Store};
use store_sqlite::{SqliteOptions, SqliteStore};

use super::founding::{Founded, Founder, found};
use super::{DataPlace, StartFault};

/// Where a server keeps what it keeps.
pub(crate) enum Storage {
    /// In memory, founded afresh.
    Memory(Founder),
    /// In a directory that `init` made.
    Directory(DataPlace),
    /// In a directory, founded first when it is absent.
    MaybeFresh(DataPlace, Founder),
}

/// An installation, opened.
pub(super) struct Opened {
    pub(super) store: Arc<dyn Store>,
    pub(super) installation: Installation,
    /// What was made just now.
    pub(super) made: Option<Founded>,
}

impl Storage {
    /// Opens it, founding it first where that is asked for.
    pub(super) async fn open(
        self,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
    ) -> Result<Opened, StartFault> {
        match self {
            Self::Memory(founder) => in_memory(founder, clock, entropy).await,
            Self::Directory(place) => {
                let (store, installation) = open_founded(&place).await?;
                Ok(Opened {
                    store: Arc::new(store),
                    installation,
                    made: None,
                })
            }
            Self::MaybeFresh(place, founder) => {
                let (store, made) = match open_directory(&place).await? {
                    (store, Standing::Founded) => (store, None),
                    (store, Standing::Fresh) => {
                        let made = found_in(&store, &place, founder, clock, entropy).await?;
                        (store, Some(made))
                    }
                };
                let installation = open_installation(&store, &place).await?;
                Ok(Opened {
                    store: Arc::new(store),
                    installation,
                    made,
                })
            }
        }
    }
}

/// Whether `init` was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It was.
    Founded,
    /// Not yet.
    Fresh,
}

/// Opens the store of a directory, making it when it is absent.
pub(crate) async fn open_directory(
    place: &DataPlace,
) -> Result<(SqliteStore, Standing), StartFault> {
    if !SqliteStore::exists(&place.data_dir) {
        place.check_ours()?;
    }
    let store = SqliteStore::open(SqliteOptions::new(&place.data_dir))
        .map_err(|fault| StartFault::of_store(&fault, place))?;
    place.check_apart(store.directory())?;
    let founded = is_founded(&store)
        .await
        .map_err(|fault| StartFault::of_installation(fault, place))?;
    let standing = if founded {
        Standing::Founded
    } else {
        Standing::Fresh
    };
    Ok((store, standing))
}

/// Opens what `init` made; makes nothing.
pub(crate) async fn open_founded(
    place: &DataPlace,
) -> Result<(SqliteStore, Installation), StartFault> {
    if !SqliteStore::exists(&place.data_dir) {
        return Err(StartFault::NotInitialised(place.data_dir.clone()));
    }
    let (store, standing) = open_directory(place).await?;
    if standing == Standing::Fresh {
        return Err(StartFault::NotInitialised(place.data_dir.clone()));
    }
    let installation = open_installation(&store, place).await?;
    Ok((store, installation))
}

/// Founds an installation in an opened directory. A root key that lies there already, put by an
/// operator or left by a start that was cut off, is used.
pub(crate) async fn found_in(
    store: &SqliteStore,
    place: &DataPlace,
    founder: Founder,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<Founded, StartFault> {
    let root = match RootKey::create(&place.root_key_file, entropy) {
        Err(RootKeyFault::Exists(path)) => RootKey::read(&path)?,
        other => other?,
    };
    found(store, &root, founder, clock, entropy)
        .await
        .map_err(|fault| StartFault::of_installation(fault, place))
}

async fn open_installation(
    store: &SqliteStore,
    place: &DataPlace,
) -> Result<Installation, StartFault> {
    let root = RootKey::read(&place.root_key_file)?;
    Installation::open(store, &root)
        .await
        .map_err(|fault| StartFault::of_installation(fault, place))
}

async fn in_memory(
    founder: Founder,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<Opened, StartFault> {
    let store = MemoryStore::new();
    let root = RootKey::draw(entropy);
    let failed = |fault: engine::InstallationFault| StartFault::Internal(fault.to_string());
    let made = found(&store, &root, founder, clock, entropy)
        .await
        .map_err(failed)?;
    let installation = Installation::open(&store, &root).await.map_err(failed)?;
    Ok(Opened {
        store: Arc::new(store),
        installation,
        made: Some(made),
    })
}
