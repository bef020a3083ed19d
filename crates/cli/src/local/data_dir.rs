//! Where a server keeps what it keeps.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::aws::Vars;

/// No place can be named.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DataDirError {
    /// Neither a variable nor a home directory.
    #[error("no data directory is named; give --data-dir, or set IRSA_DATA_DIR")]
    NoHome,
    /// There is no name to put `.rootkey` behind.
    #[error("the data directory `{0}` has no name; give --root-key-file")]
    Nameless(PathBuf),
}

/// IRSA_DATA_DIR, else `irsa` in XDG_DATA_HOME, else `~/.local/share/irsa`.
pub(crate) fn default_data_dir(vars: &Vars) -> Result<PathBuf, DataDirError> {
    if let Some(path) = vars.text("IRSA_DATA_DIR") {
        return Ok(path.into());
    }
    // The XDG specification: a relative path is to be ignored.
    let absolute = |path: &&str| Path::new(path).is_absolute();
    if let Some(path) = vars.text("XDG_DATA_HOME").filter(absolute) {
        return Ok(Path::new(path).join("irsa"));
    }
    let home = vars.text("HOME").ok_or(DataDirError::NoHome)?;
    Ok(Path::new(home).join(".local/share/irsa"))
}

/// The sibling `<data-dir>.rootkey`: outside, so that a copy of the directory tells nothing
/// (THREATS R52).
pub(crate) fn default_root_key_file(data_dir: &Path) -> Result<PathBuf, DataDirError> {
    let nameless = || DataDirError::Nameless(data_dir.to_owned());
    let name = data_dir.file_name().ok_or_else(nameless)?;
    let mut file = OsString::from(name);
    file.push(".rootkey");
    Ok(data_dir.with_file_name(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults() {
        let home = ("HOME", "/h");
        for (vars, expected) in [
            (Vars::from([home]), Some("/h/.local/share/irsa")),
            (Vars::from([home, ("XDG_DATA_HOME", "/x")]), Some("/x/irsa")),
            (
                Vars::from([home, ("XDG_DATA_HOME", "x")]),
                Some("/h/.local/share/irsa"),
            ),
            (
                Vars::from([home, ("XDG_DATA_HOME", "/x"), ("IRSA_DATA_DIR", "d")]),
                Some("d"),
            ),
            (Vars::default(), None),
        ] {
            let found = default_data_dir(&vars).ok();
            assert_eq!(found.as_deref(), expected.map(Path::new));
        }
    }

    #[test]
    fn the_key_lies_beside_the_directory() {
        for (data_dir, key) in [
            ("/var/lib/irsa", Some("/var/lib/irsa.rootkey")),
            ("/var/lib/irsa/", Some("/var/lib/irsa.rootkey")),
            ("data", Some("data.rootkey")),
            ("a.b", Some("a.b.rootkey")),
            ("/", None),
            ("..", None),
        ] {
            let found = default_root_key_file(Path::new(data_dir)).ok();
            assert_eq!(found.as_deref(), key.map(Path::new), "{data_dir}");
        }
    }
}
