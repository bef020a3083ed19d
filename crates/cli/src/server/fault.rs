//! Why a server does not start: one clear sentence each.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use base::{AccountId, Fault, Region};
use engine::InstallationFault;
use engine::front::TlsFault;
use engine::seal::RootKeyFault;
use store::StoreFault;

use crate::failure::Failure;
use crate::local::DataDirError;

/// Why a server does not start, or an installation cannot be made or opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartFault {
    /// No place is named.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// Somebody listens there already.
    #[error("{0} is in use by another process")]
    InUse(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        address: SocketAddr,
        source: io::Error,
    },
    /// The certificate or its key cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsFault),
    /// The root key cannot be used.
    #[error("{}", with_source(.0))]
    RootKey(#[from] RootKeyFault),
    /// The root key lies where it may not.
    #[error("the root key file `{}` lies in the data directory `{}`", key.display(), data_dir.display())]
    KeyInside { key: PathBuf, data_dir: PathBuf },
    /// The directory holds something else.
    #[error("`{}` holds files that are not irsa's; a data directory must be its own", .0.display())]
    NotOurs(PathBuf),
    /// `init` was not here.
    #[error("`{}` is not initialised", .0.display())]
    NotInitialised(PathBuf),
    /// It was.
    #[error("`{}` is already initialised", .0.display())]
    AlreadyInitialised(PathBuf),
    /// The root key is another installation's.
    #[error("the root key `{}` does not belong to the data directory `{}`", key.display(), data_dir.display())]
    WrongRootKey { key: PathBuf, data_dir: PathBuf },
    /// A newer irsa wrote it.
    #[error("the data directory `{}` was written by a newer version of irsa: {why}", data_dir.display())]
    NewerVersion { data_dir: PathBuf, why: String },
    /// Another process has it.
    #[error("the data directory `{}` is in use by another process", .0.display())]
    Locked(PathBuf),
    /// The store cannot be used.
    #[error("cannot use the data directory `{}`: {why}", data_dir.display())]
    Store { data_dir: PathBuf, why: String },
    /// Something went wrong inside.
    #[error("cannot start: {0}")]
    Internal(String),
    /// The installation is at home elsewhere.
    #[error("this installation is at home in {home}, not in {asked}")]
    OtherHome { home: Region, asked: Region },
    /// The installation belongs to another account.
    #[error("this installation belongs to the account {found}, not to {asked}")]
    OtherAccount { found: AccountId, asked: AccountId },
    /// The home region must be served.
    #[error("--regions leaves out the home region {0}")]
    HomeNotServed(Region),
    /// Regions of one partition only.
    #[error("--regions names {asked}, which is not in the partition of the home region {home}")]
    OtherPartition { home: Region, asked: Region },
}

impl StartFault {
    /// What `fault` means for an installation in a data directory.
    pub(super) fn of_installation(fault: InstallationFault, place: &super::DataPlace) -> Self {
        let data_dir = place.data_dir.clone();
        match fault {
            InstallationFault::AlreadyFounded => Self::AlreadyInitialised(data_dir),
            InstallationFault::NotFounded => Self::NotInitialised(data_dir),
            InstallationFault::WrongRootKey => Self::WrongRootKey {
                key: place.root_key_file.clone(),
                data_dir,
            },
            InstallationFault::NewerVersion(version) => Self::NewerVersion {
                data_dir,
                why: format!("it has data version {version}"),
            },
            InstallationFault::Store(fault) => Self::of_store(&fault, place),
            InstallationFault::Fault(fault) => Self::Store {
                data_dir,
                why: told(&fault).to_owned(),
            },
        }
    }

    /// What `fault` means for the store of a data directory.
    pub(super) fn of_store(fault: &StoreFault, place: &super::DataPlace) -> Self {
        let data_dir = place.data_dir.clone();
        match fault {
            StoreFault::Locked(_) => Self::Locked(data_dir),
            StoreFault::NewerVersion { .. } => Self::NewerVersion {
                data_dir,
                why: fault.to_string(),
            },
            StoreFault::Conflict
            | StoreFault::RecordExists
            | StoreFault::Unavailable(_)
            | StoreFault::Full(_)
            | StoreFault::Corrupt(_)
            | StoreFault::Foreign(_) => Self::Store {
                data_dir,
                why: fault.to_string(),
            },
        }
    }

    /// A fault of the program itself.
    pub(crate) fn internal(fault: &Fault) -> Self {
        Self::Internal(told(fault).to_owned())
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::InUse(_) => "give another port, or --listen :0 for a free one".to_owned(),
            Self::NotInitialised(data_dir) => format!(
                "run `irsa init --data-dir {}` first, or `irsa serve --dev`",
                data_dir.display()
            ),
            Self::AlreadyInitialised(_) => {
                "with --if-needed this is a success; `irsa admin reset` gives the administrator a new key".to_owned()
            }
            Self::RootKey(RootKeyFault::Missing(_)) => {
                "name the file that `irsa init` made with --root-key-file; without it the data cannot be read".to_owned()
            }
            Self::WrongRootKey { .. } => {
                "name the file that `irsa init` made with --root-key-file".to_owned()
            }
            Self::KeyInside { .. } => "give a --root-key-file outside it".to_owned(),
            Self::NotOurs(_) => "give another --data-dir, an empty one or one that is absent".to_owned(),
            Self::NewerVersion { .. } => "run a newer irsa".to_owned(),
            Self::Locked(_) => "stop the other irsa, or give another --data-dir".to_owned(),
            Self::DataDir(_)
            | Self::Listen { .. }
            | Self::Tls(_)
            | Self::RootKey(_)
            | Self::Store { .. }
            | Self::Internal(_)
            | Self::OtherHome { .. }
            | Self::OtherAccount { .. }
            | Self::HomeNotServed(_)
            | Self::OtherPartition { .. } => return None,
        })
    }
}

impl From<StartFault> for Failure {
    fn from(fault: StartFault) -> Self {
        let failure = Failure::failed(fault.to_string());
        match fault.help() {
            Some(help) => failure.help(help),
            None => failure,
        }
    }
}

fn told(fault: &Fault) -> &str {
    fault.internal_message().unwrap_or_else(|| fault.message())
}

fn with_source(fault: &RootKeyFault) -> String {
    match std::error::Error::source(fault) {
        Some(source) => format!("{fault}: {source}"),
        None => fault.to_string(),
    }
}
