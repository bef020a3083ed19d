//! The Unix socket that the API server dials (THREATS R63).

use std::fs::File;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use tokio::net::{UnixListener, UnixStream};

use super::StateFault;
use super::state::open_directory;

/// A listening socket of mode 0600 in a directory of mode 0700, and who may speak on it.
#[derive(Debug)]
pub struct Socket {
    listener: UnixListener,
    path: PathBuf,
    allowed_uids: Vec<u32>,
    /// Held until dropped.
    _lock: File,
}

/// Why there is no socket.
#[derive(Debug, thiserror::Error)]
pub enum SocketFault {
    /// An abstract address has no owner and no mode: whoever binds it first is believed.
    #[error("abstract sockets are not served: any process can bind `{0}` first; give a path")]
    Abstract(String),
    /// Not an absolute path to a file.
    #[error("`{0}` is not an absolute path to a socket")]
    Path(PathBuf),
    /// The directory cannot be used.
    #[error(transparent)]
    Directory(#[from] StateFault),
    /// Another signer serves there.
    #[error("another signer serves on `{0}`")]
    InUse(PathBuf),
    /// Something is there that is not a socket; it is left alone.
    #[error("there is something else than a socket at `{0}`")]
    NotASocket(PathBuf),
    /// The system refused.
    #[error("cannot listen on `{path}`")]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl Socket {
    /// Listens at `path` for processes of the `allowed_uids`. The directory is made with mode 0700
    /// where there is none; what a signer that died left behind is replaced.
    ///
    /// # Errors
    /// Why the place will not do.
    pub fn bind(path: &Path, allowed_uids: Vec<u32>) -> Result<Self, SocketFault> {
        let io = |source| SocketFault::Io {
            path: path.to_owned(),
            source,
        };
        let text = path.to_string_lossy();
        if text.starts_with('@') || text.starts_with('\0') {
            return Err(SocketFault::Abstract(text.into_owned()));
        }
        let (Some(parent), Some(name), true) =
            (path.parent(), path.file_name(), path.is_absolute())
        else {
            return Err(SocketFault::Path(path.to_owned()));
        };
        match rustix::fs::mkdir(parent, Mode::RWXU) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(errno) => return Err(io(errno.into())),
        }
        let directory = open_directory(parent)?;
        let mut lock_name = name.to_owned();
        lock_name.push(".lock");
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let lock = rustix::fs::openat(&directory, &lock_name, flags, Mode::RUSR | Mode::WUSR)
            .map_err(|errno| io(errno.into()))?;
        rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|errno| {
            match errno {
                Errno::WOULDBLOCK => SocketFault::InUse(path.to_owned()),
                errno => io(errno.into()),
            }
        })?;
        match rustix::fs::statat(&directory, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) if FileType::from_raw_mode(stat.st_mode).is_socket() => {
                rustix::fs::unlinkat(&directory, name, AtFlags::empty())
                    .map_err(|errno| io(errno.into()))?;
            }
            Ok(_) => return Err(SocketFault::NotASocket(path.to_owned())),
            Err(Errno::NOENT) => {}
            Err(errno) => return Err(io(errno.into())),
        }
        let listener = UnixListener::bind(path).map_err(io)?;
        // WHY: bound with the umask's mode; until here nobody else can pass the directory.
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(io)?;
        Ok(Self {
            listener,
            path: path.to_owned(),
            allowed_uids,
            _lock: lock.into(),
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The next connection of an allowed process; those of others are closed unheard (A33).
    pub(super) async fn accept(&self) -> std::io::Result<UnixStream> {
        loop {
            let (stream, _) = self.listener.accept().await?;
            match stream.peer_cred() {
                Ok(peer) if self.allowed_uids.contains(&peer.uid()) => return Ok(stream),
                Ok(peer) => {
                    let (uid, pid) = (peer.uid(), peer.pid());
                    tracing::warn!(uid, ?pid, "refused a connection to the signer");
                }
                Err(error) => tracing::warn!(%error, "refused a connection of an unknown process"),
            }
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // While the lock is held the name is ours.
        let _ = std::fs::remove_file(&self.path);
    }
}
