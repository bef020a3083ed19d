//! The file of `--watch-container-credentials-config`: which ServiceAccounts get container
//! credentials.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::watch;

/// How often the file is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// No list of identities is larger.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// The identities that the file lists now.
#[derive(Clone, Debug)]
pub(crate) struct ContainerIdentities(Arc<State>);

#[derive(Debug)]
struct State {
    path: PathBuf,
    current: RwLock<Current>,
}

#[derive(Debug, Default)]
struct Current {
    text: Vec<u8>,
    identities: HashSet<String>,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    identities: Option<Vec<Identity>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Identity {
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    service_account: String,
}

impl ContainerIdentities {
    /// Reads the file; one that is not there yet lists nobody.
    pub(crate) fn of(path: &Path) -> Self {
        let identities = Self(Arc::new(State {
            path: path.to_owned(),
            current: RwLock::default(),
        }));
        identities.refresh();
        identities
    }

    /// Whether the file lists the ServiceAccount.
    pub(crate) fn contain(&self, namespace: &str, name: &str) -> bool {
        let current = self.0.current.read();
        let current = current.unwrap_or_else(PoisonError::into_inner);
        !current.identities.is_empty()
            && current.identities.contains(&format!("{namespace}/{name}"))
    }

    /// Reads the file again. Text that is no list leaves what was known, as with AWS's webhook; a
    /// file that is empty or gone lists nobody.
    pub(crate) fn refresh(&self) {
        let text = match read(&self.0.path) {
            Ok(text) => text,
            Err(error) => {
                tracing::error!(%error, path = %self.0.path.display(), "the container credentials file cannot be read; what it listed stays");
                return;
            }
        };
        let current = self.0.current.read();
        if current.unwrap_or_else(PoisonError::into_inner).text == text {
            return;
        }
        let identities = parse(&text);
        let current = self.0.current.write();
        let mut current = current.unwrap_or_else(PoisonError::into_inner);
        match identities {
            Ok(identities) => {
                tracing::info!(
                    identities = identities.len(),
                    "the container credentials file was read"
                );
                current.identities = identities;
            }
            Err(error) => {
                tracing::error!(%error, path = %self.0.path.display(), "the container credentials file is not taken over; what it listed stays");
            }
        }
        current.text = text;
    }

    /// Reads the file whenever it changes, until `stopping`.
    pub(crate) async fn keep_fresh(self, mut stopping: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                _ = stopping.wait_for(|stop| *stop) => return,
            }
            let identities = self.clone();
            let _ = tokio::task::spawn_blocking(move || identities.refresh()).await;
        }
    }
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::{Error, ErrorKind, Read};
    let file = match std::fs::File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        file => file?,
    };
    let mut text = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut text)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(Error::other(format!("it is larger than {MAX_BYTES} bytes")));
    }
    Ok(text)
}

fn parse(text: &[u8]) -> Result<HashSet<String>, serde_json::Error> {
    if text.is_empty() {
        return Ok(HashSet::new());
    }
    let file: File = serde_json::from_slice(text)?;
    let identities = file.identities.unwrap_or_default().into_iter();
    Ok(identities
        .map(|identity| format!("{}/{}", identity.namespace, identity.service_account))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::ContainerIdentities;

    #[test]
    fn the_file_is_followed_and_nonsense_changes_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config.json");
        let identities = ContainerIdentities::of(&path);
        let one = r#"{"identities": [{"namespace": "a", "serviceAccount": "b"}]}"#;
        let other = r#"{"identities": [{"namespace": "c", "serviceAccount": "d"}], "more": 1}"#;
        let steps = [
            (Some(one), true, false),
            (Some("{"), true, false),
            (Some(other), false, true),
            (Some("{\"identities\": 1}"), false, true),
            (Some(""), false, false),
            (Some(one), true, false),
            (Some("{}"), false, false),
            (Some(one), true, false),
            (None, false, false),
        ];
        for (text, has_one, has_other) in steps {
            match text {
                Some(text) => std::fs::write(&path, text).unwrap(),
                None => std::fs::remove_file(&path).unwrap(),
            }
            identities.refresh();
            assert_eq!(identities.contain("a", "b"), has_one, "{text:?}");
            assert_eq!(identities.contain("c", "d"), has_other, "{text:?}");
        }
    }
}
