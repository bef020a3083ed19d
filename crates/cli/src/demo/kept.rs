//! What `--keep` leaves behind, and how to serve it again.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::theatre::DATA_DIR;
use crate::failure::Failure;
use crate::local::ServerAccess;
use crate::process::write_private;

/// The file with the administrator's key, for `.`.
const KEY_FILE: &str = "key.env";

/// The demo's directory, which stays.
pub(super) struct Kept {
    /// Where it is.
    pub(super) directory: PathBuf,
    /// The command that serves it again; at the same address, which its issuer's URL names.
    pub(super) serve: String,
}

/// Leaves the directory where it is, with the administrator's key in it.
pub(super) fn keep(directory: TempDir, access: &ServerAccess) -> Result<Kept, Failure> {
    let directory = directory.keep();
    let key_file = directory.join(KEY_FILE);
    if let Some(key) = &access.key {
        let (id, secret) = (&key.id, key.secret.expose());
        let lines = format!(
            "export IRSA_DEV_ACCESS_KEY_ID={id}\nexport IRSA_DEV_SECRET_ACCESS_KEY={secret}\n"
        );
        write_private(&key_file, lines.as_bytes()).map_err(|error| {
            Failure::failed(format!("cannot write `{}`: {error}", key_file.display()))
        })?;
    }
    let (_, listen) = access.endpoint.split_once("://").unwrap_or_default();
    let serve = format!(
        ". {} && irsa serve --dev --listen {listen} --data-dir {}",
        quoted(&key_file),
        quoted(&directory.join(DATA_DIR))
    );
    Ok(Kept { directory, serve })
}

/// As a POSIX shell reads it back.
fn quoted(path: &Path) -> String {
    let path = path.to_string_lossy();
    format!("'{}'", path.replace('\'', r"'\''"))
}
