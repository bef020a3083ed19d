//! What a signer keeps on its host: one file, replaced as a whole.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::directory_entry::sync_entry;
use super::{KeyProgress, PublicKey, Rotation};

const FORMAT: u32 = 1;
const STATE: &str = "state.json";
const NEXT_STATE: &str = "state.json.new";
const LOCK: &str = "lock";
const REQUEST: &str = "rotate";
/// No state of ours comes near it.
const MAX_STATE_BYTES: u64 = 1 << 20;

/// A signer's directory, mode 0700, held by one process.
#[derive(Debug)]
pub struct StateDirectory {
    path: PathBuf,
    directory: File,
    /// Held until dropped.
    _lock: File,
}

/// The state directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateFault {
    /// Others may look into it, or it is no directory of ours.
    #[error("the state directory `{path}` {why}")]
    Unsafe {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Another signer holds it.
    #[error("another signer uses the state directory `{0}`")]
    InUse(PathBuf),
    /// What is there is not what was written.
    #[error("`{path}` is damaged ({why}); restore it, or move it away to start with new keys")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// How.
        why: String,
    },
    /// Reading or writing failed.
    #[error("cannot use `{path}`")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Everything that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    format: u32,
    /// `iss` of the tokens; fixed.
    pub(super) issuer: String,
    /// 128 random bits, lower-case hex.
    pub(super) signer: String,
    pub(super) rotation: Rotation,
    pub(super) keys: Vec<StoredKey>,
    /// Keys of the issuer's other signers, as they were last heard of.
    #[serde(default)]
    pub(super) others: Vec<PublicKey>,
    /// When the set was last confirmed published, in seconds since 1970.
    pub(super) published_at: Option<i64>,
    /// Since when the first key has signed without having been published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) unpublished_since: Option<i64>,
}

/// The halves of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredKey {
    pub(super) public: PublicKey,
    /// PKCS #8; gone once the key signs no more.
    pub(super) sealed: Option<Vec<u8>>,
}

/// Where a signer's rotation is, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// `iss` of its tokens.
    pub issuer: String,
    /// Its keys, newest first.
    pub keys: Vec<KeyProgress>,
    /// When its set was last confirmed published, in seconds since 1970.
    pub published_at: Option<i64>,
    /// Whether a rotation was asked for that has not begun.
    pub requested: bool,
}

impl State {
    pub(super) fn new(issuer: &str, signer: String) -> Self {
        Self {
            format: FORMAT,
            issuer: issuer.to_owned(),
            signer,
            rotation: Rotation::default(),
            keys: Vec::new(),
            others: Vec::new(),
            published_at: None,
            unpublished_since: None,
        }
    }

    pub(super) fn key(&self, kid: &str) -> Option<&StoredKey> {
        self.keys.iter().find(|key| key.public.kid == kid)
    }
}

impl StateDirectory {
    /// Opens a directory, made with mode 0700 where there is none, and holds it until dropped.
    ///
    /// # Errors
    /// Others may use it, or another signer does.
    pub fn open(path: &Path) -> Result<Self, StateFault> {
        let io = |source: Errno| StateFault::Io {
            path: path.to_owned(),
            source: source.into(),
        };
        match rustix::fs::mkdir(path, Mode::RWXU) {
            Ok(()) => sync_entry(path).map_err(|source| StateFault::Io {
                path: path.to_owned(),
                source,
            })?,
            Err(Errno::EXIST) => {}
            Err(errno) => return Err(io(errno)),
        }
        let directory = open_directory(path)?;
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let lock =
            rustix::fs::openat(&directory, LOCK, flags, Mode::RUSR | Mode::WUSR).map_err(io)?;
        rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|errno| {
            match errno {
                Errno::WOULDBLOCK => StateFault::InUse(path.to_owned()),
                errno => io(errno),
            }
        })?;
        Ok(Self {
            path: path.to_owned(),
            directory,
            _lock: lock.into(),
        })
    }

    /// The issuer whose keys are kept here; `None` before the first start.
    ///
    /// # Errors
    /// The state is damaged.
    pub fn issuer(&self) -> Result<Option<String>, StateFault> {
        Ok(self.load()?.map(|state| state.issuer))
    }

    pub(super) fn load(&self) -> Result<Option<State>, StateFault> {
        load(&self.directory, &self.path)
    }

    /// Replaces the state: after a crash either the old or the new is there.
    pub(super) fn save(&self, state: &State) -> Result<(), StateFault> {
        let path = self.path.join(STATE);
        let io = |source| StateFault::Io {
            path: path.clone(),
            source,
        };
        let bytes = serde_json::to_vec(state).map_err(|error| io(error.into()))?;
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&self.directory, NEXT_STATE, flags, Mode::RUSR | Mode::WUSR)
            .map_err(|errno| io(errno.into()))?;
        let mut file = File::from(file);
        file.write_all(&bytes)
            .and_then(|()| file.sync_all())
            .map_err(io)?;
        rustix::fs::renameat(&self.directory, NEXT_STATE, &self.directory, STATE)
            .map_err(|errno| io(errno.into()))?;
        self.directory.sync_all().map_err(io)
    }

    /// Whether somebody asked for a rotation.
    pub(super) fn rotation_requested(&self) -> bool {
        requested(&self.directory)
    }

    pub(super) fn forget_request(&self) -> Result<(), StateFault> {
        match rustix::fs::unlinkat(&self.directory, REQUEST, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(StateFault::Io {
                path: self.path.join(REQUEST),
                source: errno.into(),
            }),
        }
    }
}

/// Asks the signer of a directory to rotate its key; it begins within seconds, or, when a rotation
/// is under way, leaves it at that.
///
/// # Errors
/// The directory is not a signer's.
pub fn request_rotation(path: &Path) -> Result<(), StateFault> {
    let directory = open_directory(path)?;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(&directory, REQUEST, flags, Mode::RUSR | Mode::WUSR)
        .map_err(std::io::Error::from)
        .and_then(|_| directory.sync_all())
        .map_err(|source| StateFault::Io {
            path: path.join(REQUEST),
            source,
        })
}

/// Where the rotation of a directory's signer is; `None` before its first start.
///
/// # Errors
/// The directory is not a signer's.
pub fn status(path: &Path) -> Result<Option<Status>, StateFault> {
    let directory = open_directory(path)?;
    let requested = requested(&directory);
    Ok(load(&directory, path)?.map(|state| Status {
        issuer: state.issuer,
        keys: state.rotation.keys().to_vec(),
        published_at: state.published_at,
        requested,
    }))
}

/// Opens a directory of ours that nobody else may look into.
pub(super) fn open_directory(path: &Path) -> Result<File, StateFault> {
    let io = |source: Errno| StateFault::Io {
        path: path.to_owned(),
        source: source.into(),
    };
    let refused = |why| StateFault::Unsafe {
        path: path.to_owned(),
        why,
    };
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let directory = rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| match errno {
        Errno::LOOP | Errno::NOTDIR => refused("is not a directory itself"),
        errno => io(errno),
    })?;
    let stat = rustix::fs::fstat(&directory).map_err(io)?;
    if stat.st_uid != rustix::process::geteuid().as_raw() {
        return Err(refused("belongs to another user"));
    }
    if stat.st_mode & 0o077 != 0 {
        return Err(refused("is open to others: run `chmod 700` on it"));
    }
    Ok(directory.into())
}

fn requested(directory: &File) -> bool {
    rustix::fs::statat(directory, REQUEST, AtFlags::SYMLINK_NOFOLLOW).is_ok()
}

fn load(directory: &File, path: &Path) -> Result<Option<State>, StateFault> {
    let path = path.join(STATE);
    let damaged = |why: String| StateFault::Damaged {
        path: path.clone(),
        why,
    };
    let io = |source| StateFault::Io {
        path: path.clone(),
        source,
    };
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = match rustix::fs::openat(directory, STATE, flags, Mode::empty()) {
        Ok(file) => file,
        Err(Errno::NOENT) => return Ok(None),
        Err(errno) => return Err(io(errno.into())),
    };
    let stat = rustix::fs::fstat(&file).map_err(|errno| io(errno.into()))?;
    if !FileType::from_raw_mode(stat.st_mode).is_file() {
        return Err(damaged("not a regular file".to_owned()));
    }
    let mut bytes = Vec::new();
    File::from(file)
        .take(MAX_STATE_BYTES)
        .read_to_end(&mut bytes)
        .map_err(io)?;
    let state: State =
        serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
    if state.format != FORMAT {
        return Err(damaged(format!("format {} is not known", state.format)));
    }
    Ok(Some(state))
}
