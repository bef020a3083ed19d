//! Names of files that must outlive a loss of power.

use std::fs::File;
use std::io;
use std::path::Path;

/// Waits until the name of a new file or directory is on the disk: its content may be there before.
pub(super) fn sync_entry(path: &Path) -> io::Result<()> {
    match path.parent() {
        None => Ok(()),
        Some(parent) if parent.as_os_str().is_empty() => File::open(".")?.sync_all(),
        Some(parent) => File::open(parent)?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_has_a_directory_to_sync_or_needs_none() {
        let root = tempfile::tempdir().unwrap();
        for (path, expected) in [
            (Path::new("/"), None),
            (Path::new("sealing.key"), None),
            (&root.path().join("sealing.key"), None),
            (
                &root.path().join("none/sealing.key"),
                Some(io::ErrorKind::NotFound),
            ),
        ] {
            let fault = sync_entry(path).err().map(|error| error.kind());
            assert_eq!(fault, expected, "{}", path.display());
        }
    }
}
