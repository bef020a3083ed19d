//! The directory that the store lives in: ours alone, by mode and by lock.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use store::StoreFault;

const DIRECTORY_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;
const OTHERS: u32 = 0o077;
const STICKY: u32 = 0o1000;
pub(crate) const DATABASE: &str = "store.sqlite";
const LOCK: &str = "store.lock";

/// An open data directory. While it lives, no other process can open it.
#[derive(Debug)]
pub(crate) struct DataDirectory {
    path: PathBuf,
    _lock: File,
}

impl DataDirectory {
    /// Makes the directory unless it exists, takes it for this process alone, and sees to it that
    /// the database file exists and that nothing in it is a link.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreFault> {
        make(path).map_err(|error| unusable(path, &error))?;
        let path = fs::canonicalize(path).map_err(|error| unusable(path, &error))?;
        close_to_others(&path)?;
        let lock = take_lock(&path.join(LOCK))?;
        let directory = Self { path, _lock: lock };
        for suffix in ["", "-wal", "-shm"] {
            refuse_link(&directory.file(suffix))?;
        }
        directory.touch_database()?;
        Ok(directory)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.file("")
    }

    pub(crate) fn write_ahead_log(&self) -> PathBuf {
        self.file("-wal")
    }

    /// Makes the names of new files durable.
    pub(crate) fn sync(&self) -> Result<(), StoreFault> {
        File::open(&self.path)
            .and_then(|directory| directory.sync_all())
            .map_err(|error| unusable(&self.path, &error))
    }

    fn file(&self, suffix: &str) -> PathBuf {
        self.path.join(format!("{DATABASE}{suffix}"))
    }

    /// WHY: SQLite gives its log the mode of the database, so the database is made with ours.
    fn touch_database(&self) -> Result<(), StoreFault> {
        let path = self.database();
        let file = open_file(&path).map_err(|error| unusable(&path, &error))?;
        file.set_permissions(Permissions::from_mode(FILE_MODE))
            .map_err(|error| unusable(&path, &error))
    }
}

fn make(path: &Path) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(DIRECTORY_MODE)
        .create(path)
}

/// A directory of our own is closed to others; one that is shared by design is refused.
fn close_to_others(path: &Path) -> Result<(), StoreFault> {
    let found = fs::metadata(path).map_err(|error| unusable(path, &error))?;
    let mode = found.mode();
    if mode & OTHERS == 0 {
        return Ok(());
    }
    let ours = found.uid() == rustix::process::geteuid().as_raw();
    if !ours || mode & STICKY != 0 {
        return Err(StoreFault::Unavailable(format!(
            "`{}` must be a directory that belongs to this user alone (mode 0700)",
            path.display()
        )));
    }
    fs::set_permissions(path, Permissions::from_mode(DIRECTORY_MODE))
        .map_err(|error| unusable(path, &error))
}

fn take_lock(path: &Path) -> Result<File, StoreFault> {
    let file = open_file(path).map_err(|error| unusable(path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let directory = path.parent().unwrap_or(path);
            Err(StoreFault::Locked(directory.display().to_string()))
        }
        Err(TryLockError::Error(error)) => Err(unusable(path, &error)),
    }
}

/// Opens or makes a file of ours without following a link.
fn open_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(FILE_MODE)
        .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
        .open(path)
}

fn refuse_link(path: &Path) -> Result<(), StoreFault> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => Ok(()),
        Ok(_) => Err(StoreFault::Foreign(path.display().to_string())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(unusable(path, &error)),
    }
}

fn unusable(path: &Path, error: &io::Error) -> StoreFault {
    StoreFault::Unavailable(format!("cannot use `{}`: {error}", path.display()))
}
