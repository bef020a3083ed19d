//! How much room the disk has, as a port.

use std::io;
use std::path::PathBuf;

/// Tells how many bytes can still be written where the store lives.
pub trait DiskSpace: Send + Sync + 'static {
    /// Free bytes that we may use.
    fn free_bytes(&self) -> io::Result<u64>;
}

/// The file system that holds a directory.
#[derive(Clone, Debug)]
pub struct Filesystem(PathBuf);

impl Filesystem {
    /// The one that holds `directory`.
    pub fn of(directory: impl Into<PathBuf>) -> Self {
        Self(directory.into())
    }
}

impl DiskSpace for Filesystem {
    fn free_bytes(&self) -> io::Result<u64> {
        let found = rustix::fs::statvfs(&self.0)?;
        Ok(found.f_bavail.saturating_mul(found.f_frsize))
    }
}
