//! Data directory and root key, which belong together and lie apart.

use std::path::{Path, PathBuf};

use super::StartFault;
use crate::args::DataArgs;
use crate::aws::Vars;
use crate::local::{default_data_dir, default_root_key_file};

/// Where an installation lies.
#[derive(Clone, Debug)]
pub(crate) struct DataPlace {
    /// The data directory.
    pub(crate) data_dir: PathBuf,
    /// The root key, outside it.
    pub(crate) root_key_file: PathBuf,
}

impl DataPlace {
    /// What the flags say, else the defaults.
    pub(crate) fn resolve(args: &DataArgs, vars: &Vars) -> Result<Self, StartFault> {
        let data_dir = match &args.data_dir {
            Some(path) => path.clone(),
            None => default_data_dir(vars)?,
        };
        let root_key_file = match &args.root_key_file {
            Some(path) => path.clone(),
            None => default_root_key_file(&data_dir)?,
        };
        Ok(Self {
            data_dir,
            root_key_file,
        })
    }

    /// Refuses a root key inside the data directory, whose links are resolved (THREATS R52): a
    /// copy of the directory would then hold everything.
    pub(super) fn check_apart(&self, data_dir: &Path) -> Result<(), StartFault> {
        let parent = match self.root_key_file.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        match parent.canonicalize() {
            Ok(parent) if parent.starts_with(data_dir) => Err(StartFault::KeyInside {
                key: self.root_key_file.clone(),
                data_dir: data_dir.to_owned(),
            }),
            // A directory that is not there is told when the key is read or made.
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Refuses a directory that holds something else: making it a data directory would close it
    /// to other users.
    pub(super) fn check_ours(&self) -> Result<(), StartFault> {
        let Ok(entries) = self.data_dir.read_dir() else {
            return Ok(());
        };
        let foreign = |name: std::ffi::OsString| !name.to_string_lossy().starts_with("store.");
        if entries.flatten().any(|entry| foreign(entry.file_name())) {
            return Err(StartFault::NotOurs(self.data_dir.clone()));
        }
        Ok(())
    }
}
