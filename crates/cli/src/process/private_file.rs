//! Files that only their owner reads.

use std::io::{self, Write};
use std::path::Path;

/// Writes a file of mode 0600 in one step: readers see all of the old content or all of the new.
/// What stood there, a link included, is replaced.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    // Mode 0600 is what tempfile gives.
    let mut file = tempfile::Builder::new()
        .prefix(".irsa-")
        .tempfile_in(directory)?;
    file.write_all(content)?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn content_mode_and_nothing_left_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        for content in ["first", "second, longer"] {
            write_private(&path, content.as_bytes()).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o7777, 0o600);
            assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
        }
        let other = dir.path().join("other");
        std::os::unix::fs::symlink(&path, &other).unwrap();
        write_private(&other, b"third").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "second, longer");
        assert!(write_private(Path::new("/nowhere/token"), b"x").is_err());
    }
}
