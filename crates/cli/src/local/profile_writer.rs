//! `--write-profile NAME`: a profile in the caller's AWS files.

use std::fs::OpenOptions;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use base::Secret;

use super::ServerAccess;
use crate::aws::parse_ini;

/// Where and what to write.
pub(crate) struct NewProfile<'a> {
    /// The profile's name.
    pub(crate) name: &'a str,
    /// `~/.aws/config`.
    pub(crate) config: &'a Path,
    /// `~/.aws/credentials`.
    pub(crate) credentials: &'a Path,
}

/// Why no profile was written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProfileError {
    /// The name would not be read back.
    #[error("a profile's name must be of letters, digits and _.@-")]
    Name,
    /// Nothing is overwritten.
    #[error("the AWS profile `{name}` exists already in `{}`", path.display())]
    Exists { name: String, path: PathBuf },
    /// The file cannot be read or written.
    #[error("cannot write `{}`: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
}

impl NewProfile<'_> {
    /// Whether it can be added: asked before there is anything to write.
    pub(crate) fn check(&self) -> Result<(), ProfileError> {
        let legal =
            |character: char| character.is_ascii_alphanumeric() || "_.@-".contains(character);
        if self.name.is_empty() || !self.name.chars().all(legal) {
            return Err(ProfileError::Name);
        }
        let in_config = [self.config_section(), self.name.to_owned()];
        for (path, sections) in [
            (self.config, in_config.as_slice()),
            (
                self.credentials,
                std::slice::from_ref(&self.name.to_owned()),
            ),
        ] {
            let text = match std::fs::read_to_string(path) {
                Ok(text) => text,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(failed(path, error)),
            };
            let found = parse_ini(&text);
            if sections.iter().any(|section| found.contains_key(section)) {
                return Err(ProfileError::Exists {
                    name: self.name.to_owned(),
                    path: path.to_owned(),
                });
            }
        }
        Ok(())
    }

    fn config_section(&self) -> String {
        match self.name {
            "default" => "default".to_owned(),
            name => format!("profile {name}"),
        }
    }
}

/// Adds the profile: its key to the credentials file, endpoint and region to the config file.
/// Nothing that is there is changed.
pub(crate) fn add_profile(
    profile: &NewProfile<'_>,
    access: &ServerAccess,
) -> Result<(), ProfileError> {
    profile.check()?;
    if let Some(key) = &access.key {
        let section = Secret::new(format!(
            "[{}]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
            profile.name,
            key.id,
            key.secret.expose()
        ));
        append(profile.credentials, section.expose())
            .map_err(|error| failed(profile.credentials, error))?;
    }
    let section = format!(
        "[{}]\nregion = {}\nendpoint_url = {}\n",
        profile.config_section(),
        access.region,
        access.endpoint
    );
    append(profile.config, &section).map_err(|error| failed(profile.config, error))
}

fn failed(path: &Path, source: io::Error) -> ProfileError {
    ProfileError::File {
        path: path.to_owned(),
        source,
    }
}

/// In place and not by renaming: these files are often links into a user's own repository.
fn append(path: &Path, section: &str) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)?;
    }
    let mut file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)?;
    let separator = match file.seek(SeekFrom::End(0))? {
        0 => "",
        length => {
            let mut last = [0];
            file.seek(SeekFrom::Start(length - 1))?;
            file.read_exact(&mut last)?;
            match last {
                [b'\n'] => "\n",
                _ => "\n\n",
            }
        }
    };
    let text = Secret::new(format!("{separator}{section}"));
    file.write_all(text.expose().as_bytes())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::super::AccessKey;
    use super::*;

    fn access() -> ServerAccess {
        ServerAccess {
            endpoint: "http://127.0.0.1:4566".into(),
            region: "us-east-1".into(),
            key: Some(AccessKey {
                id: "AKIAEXAMPLE".into(),
                secret: Secret::new("s".into()),
            }),
        }
    }

    #[test]
    fn added_once_and_nothing_else_changed() {
        let dir = tempfile::tempdir().unwrap();
        let (config, credentials) = (
            dir.path().join(".aws/config"),
            dir.path().join(".aws/credentials"),
        );
        let profile = |name| NewProfile {
            name,
            config: &config,
            credentials: &credentials,
        };
        add_profile(&profile("lab"), &access()).unwrap();
        assert_eq!(
            std::fs::read_to_string(&config).unwrap(),
            "[profile lab]\nregion = us-east-1\nendpoint_url = http://127.0.0.1:4566\n"
        );
        assert_eq!(
            std::fs::read_to_string(&credentials).unwrap(),
            "[lab]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = s\n"
        );
        let mode = std::fs::metadata(&credentials)
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o7777, 0o600);
        std::fs::write(&config, "[profile old]\nregion = x").unwrap();
        add_profile(&profile("default"), &access()).unwrap();
        let text = std::fs::read_to_string(&config).unwrap();
        assert!(
            text.starts_with("[profile old]\nregion = x\n\n[default]\n"),
            "{text}"
        );
        for (name, told) in [
            ("lab", "exists already"),
            ("old", "exists already"),
            ("default", "exists already"),
            ("a b", "must be of letters"),
            ("a]\nx", "must be of letters"),
            ("", "must be of letters"),
        ] {
            let before = std::fs::read(&config).unwrap();
            let error = add_profile(&profile(name), &access())
                .unwrap_err()
                .to_string();
            assert!(error.contains(told), "{name}: {error}");
            assert_eq!(std::fs::read(&config).unwrap(), before);
        }
    }
}
