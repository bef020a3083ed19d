//! A directory that only its owner sees (THREATS R66).

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::aws::Vars;

/// Makes a fresh directory of mode 0700 in XDG_RUNTIME_DIR, when that is ours, else among the
/// temporary files. Dropping it removes it with all that it holds.
pub(crate) fn private_dir(vars: &Vars) -> io::Result<TempDir> {
    let base = vars
        .text("XDG_RUNTIME_DIR")
        .map(PathBuf::from)
        .filter(|path| is_ours(path))
        .or_else(|| vars.text("TMPDIR").map(PathBuf::from))
        .unwrap_or_else(|| "/tmp".into());
    tempfile::Builder::new()
        .prefix("irsa-")
        .permissions(Permissions::from_mode(0o700))
        .tempdir_in(base)
}

fn is_ours(path: &Path) -> bool {
    let ours = rustix::process::geteuid().as_raw();
    std::fs::symlink_metadata(path).is_ok_and(|found| found.is_dir() && found.uid() == ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_and_gone_afterwards() {
        let base = tempfile::tempdir().unwrap();
        let base_path = base.path().to_str().unwrap();
        for vars in [
            Vars::from([("XDG_RUNTIME_DIR", base_path)]),
            Vars::from([("XDG_RUNTIME_DIR", "/nowhere"), ("TMPDIR", base_path)]),
        ] {
            let dir = private_dir(&vars).unwrap();
            let path = dir.path().to_owned();
            assert_eq!(path.parent(), Some(base.path()));
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o7777, 0o700);
            drop(dir);
            assert!(!path.exists());
        }
    }
}
