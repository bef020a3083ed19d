//! A file that must not be there yet, for a secret (THREATS R46).

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Made with mode 0600 before there is a secret to write, so that a secret is never made that
/// cannot be kept. Dropped unfilled, it is removed.
pub(crate) struct ExclusiveFile {
    path: PathBuf,
    file: Option<File>,
}

impl ExclusiveFile {
    /// Makes the file; one that is there is an error, and so is a link.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        Ok(Self {
            path: path.to_owned(),
            file: Some(file),
        })
    }

    /// Writes the content and waits for the disk.
    pub(crate) fn fill(mut self, content: &[u8]) -> io::Result<()> {
        if let Some(file) = &mut self.file {
            file.write_all(content)?;
            file.sync_all()?;
        }
        self.file = None;
        Ok(())
    }
}

impl Drop for ExclusiveFile {
    fn drop(&mut self) {
        if self.file.is_some() {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn made_once_kept_only_when_filled() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("credentials");
        drop(ExclusiveFile::create(&path).unwrap());
        assert!(!path.exists());
        ExclusiveFile::create(&path)
            .unwrap()
            .fill(b"secret")
            .unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"secret");
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o600);
        let again = ExclusiveFile::create(&path).err().unwrap();
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(dir.path().join("elsewhere"), &link).unwrap();
        assert!(ExclusiveFile::create(&link).is_err());
    }
}
