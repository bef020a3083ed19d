//! The root key: 32 bytes in a file outside the data directory (THREATS R52).

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use base::{Entropy, EntropyExt, Secret};
use rustix::fs::{Mode, OFlags};

/// Length of the key in bytes.
const ROOT_KEY_BYTES: usize = 32;

/// The key that wraps all others. A host that has it and the data has everything.
#[derive(Clone)]
pub struct RootKey(Secret<[u8; ROOT_KEY_BYTES]>);

/// The root key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RootKeyFault {
    /// There is none.
    #[error("there is no root key at `{0}`")]
    Missing(PathBuf),
    /// There is one already.
    #[error("a root key is already at `{0}`")]
    Exists(PathBuf),
    /// Others may read it, or it is not a plain file of ours.
    #[error("the root key file `{path}` {why}")]
    Unsafe {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Reading or writing failed.
    #[error("cannot use the root key file `{path}`")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl RootKey {
    /// Draws a fresh key that stands in no file: for stores that live in memory.
    pub fn draw(entropy: &dyn Entropy) -> Self {
        Self(Secret::new(entropy.bytes()))
    }

    /// Draws a key and writes it to a new file of mode 0600, synced to disk.
    pub fn create(path: &Path, entropy: &dyn Entropy) -> Result<Self, RootKeyFault> {
        let io = |source| RootKeyFault::Io {
            path: path.to_owned(),
            source,
        };
        let key = Self::draw(entropy);
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR).map_err(|errno| {
            if errno == rustix::io::Errno::EXIST {
                RootKeyFault::Exists(path.to_owned())
            } else {
                io(errno.into())
            }
        })?;
        let mut file = std::fs::File::from(file);
        file.write_all(key.0.expose())
            .and_then(|()| file.sync_all())
            .map_err(io)?;
        if let Some(parent) = path.parent() {
            sync_directory(parent).map_err(io)?;
        }
        Ok(key)
    }

    /// Reads the key; the file is opened without following links, must be ours, and must be
    /// closed to everybody else. Root's is as good where only its group, which is ours, may read
    /// it: so a Secret is mounted into a pod.
    pub fn read(path: &Path) -> Result<Self, RootKeyFault> {
        let unsafe_file = |why: &str| RootKeyFault::Unsafe {
            path: path.to_owned(),
            why: why.to_owned(),
        };
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let file = rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| match errno {
            rustix::io::Errno::NOENT => RootKeyFault::Missing(path.to_owned()),
            rustix::io::Errno::LOOP => unsafe_file("is a symbolic link"),
            errno => RootKeyFault::Io {
                path: path.to_owned(),
                source: errno.into(),
            },
        })?;
        let stat = rustix::fs::fstat(&file).map_err(|errno| RootKeyFault::Io {
            path: path.to_owned(),
            source: errno.into(),
        })?;
        if !rustix::fs::FileType::from_raw_mode(stat.st_mode).is_file() {
            return Err(unsafe_file("is not a regular file"));
        }
        let reader = rustix::process::geteuid().as_raw();
        check_keeper(stat.st_uid, stat.st_mode, reader).map_err(unsafe_file)?;
        let mut bytes = Vec::with_capacity(ROOT_KEY_BYTES + 1);
        std::fs::File::from(file)
            .take(ROOT_KEY_BYTES as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(|source| RootKeyFault::Io {
                path: path.to_owned(),
                source,
            })?;
        let bytes = Secret::new(bytes);
        let key: [u8; ROOT_KEY_BYTES] = bytes
            .expose()
            .as_slice()
            .try_into()
            .map_err(|_| unsafe_file("does not hold exactly 32 bytes"))?;
        Ok(Self(Secret::new(key)))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.expose()
    }

    /// Where the key lies in memory, so that the program can lock it there (THREATS R58).
    pub fn memory(&self) -> (*const u8, usize) {
        (self.0.expose().as_ptr(), ROOT_KEY_BYTES)
    }
}

/// Whether a file of this owner and mode is closed to all but its owner, and to root's group where
/// another than root reads it; what is wrong with it, else.
fn check_keeper(owner: u32, mode: u32, reader: u32) -> Result<(), &'static str> {
    const ROOT: u32 = 0;
    const OTHERS: u32 = 0o077;
    const OTHERS_AND_CHANGES_BY_THE_GROUP: u32 = 0o037;
    if owner == reader {
        if mode & OTHERS != 0 {
            return Err("can be read by others: run `chmod 600` on it");
        }
        return Ok(());
    }
    if owner != ROOT {
        return Err("belongs to another user");
    }
    // That it could be opened says that the group is ours.
    if mode & OTHERS_AND_CHANGES_BY_THE_GROUP != 0 {
        return Err("is root's and open to others: its mode must be 0440 or less");
    }
    Ok(())
}

fn sync_directory(path: &Path) -> std::io::Result<()> {
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    std::fs::File::open(path)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use base::SeededEntropy;

    use super::*;

    #[test]
    fn files_of_ours_are_private_and_files_of_root_are_for_our_group_alone() {
        const OURS: u32 = 65_532;
        for (owner, mode, reader, expected) in [
            (OURS, 0o600, OURS, true),
            (OURS, 0o400, OURS, true),
            (OURS, 0o440, OURS, false),
            (OURS, 0o604, OURS, false),
            (0, 0o440, OURS, true),
            (0, 0o640, OURS, true),
            (0, 0o444, OURS, false),
            (0, 0o460, OURS, false),
            (0, 0o600, 0, true),
            (0, 0o440, 0, false),
            (1000, 0o440, OURS, false),
            (1000, 0o600, 0, false),
        ] {
            let found = check_keeper(owner, mode, reader).is_ok();
            assert_eq!(found, expected, "{mode:o} of {owner}, read by {reader}");
        }
    }

    #[test]
    fn only_a_private_plain_file_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        let key = RootKey::create(&path, &SeededEntropy::new(1)).unwrap();
        assert_eq!(RootKey::read(&path).unwrap().bytes(), key.bytes());
        assert!(matches!(
            RootKey::create(&path, &SeededEntropy::new(2)),
            Err(RootKeyFault::Exists(_))
        ));

        let link = directory.path().join("link");
        symlink(&path, &link).unwrap();
        assert!(matches!(
            RootKey::read(&link),
            Err(RootKeyFault::Unsafe { .. })
        ));
        assert!(matches!(
            RootKey::read(&directory.path().join("none")),
            Err(RootKeyFault::Missing(_))
        ));

        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(
            RootKey::read(&path),
            Err(RootKeyFault::Unsafe { .. })
        ));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        std::fs::write(&path, [0; 31]).unwrap();
        assert!(matches!(
            RootKey::read(&path),
            Err(RootKeyFault::Unsafe { .. })
        ));
    }
}
