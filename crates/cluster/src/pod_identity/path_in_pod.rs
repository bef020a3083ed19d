//! Paths within a container, which stay within wherever they are laid.

use std::path::{Path, PathBuf};

/// An absolute path within a container: plain names alone, no `..` (THREATS R66).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PathInPod {
    segments: Vec<String>,
}

impl PathInPod {
    /// Reads a path as a pod has it, a Windows one too; `None` for one that leads upwards, or that
    /// no file system takes.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let posix = without_drive(text);
        let text = posix.as_deref().unwrap_or(text);
        let mut segments = Vec::new();
        for segment in text.split('/') {
            match segment {
                "" | "." => {}
                ".." => return None,
                name if name.contains('\0') => return None,
                name => segments.push(name.to_owned()),
            }
        }
        Some(Self { segments })
    }

    /// The path of a file that lies so below this one.
    pub(super) fn join(&self, rest: &Self) -> Self {
        let segments = self.segments.iter().chain(&rest.segments).cloned();
        Self {
            segments: segments.collect(),
        }
    }

    /// The rest of the path below a directory; `None` where it is not below.
    pub(super) fn below(&self, directory: &Self) -> Option<Self> {
        let rest = self.segments.strip_prefix(directory.segments.as_slice())?;
        Some(Self {
            segments: rest.to_vec(),
        })
    }

    /// Its name, where it is nothing more.
    pub(super) fn only_name(&self) -> Option<&str> {
        match self.segments.as_slice() {
            [name] => Some(name),
            _ => None,
        }
    }

    /// How deep it is.
    pub(super) fn depth(&self) -> usize {
        self.segments.len()
    }

    /// The same path below a directory of this machine.
    pub fn on(&self, directory: &Path) -> PathBuf {
        let mut path = directory.to_owned();
        path.extend(&self.segments);
        path
    }
}

/// `C:\var\run` is `/var/run`.
fn without_drive(text: &str) -> Option<String> {
    let (drive, rest) = text.split_once(':')?;
    let is_drive = drive.len() == 1 && drive.bytes().all(|byte| byte.is_ascii_alphabetic());
    (is_drive && rest.starts_with(['\\', '/'])).then(|| rest.replace('\\', "/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_below_where_it_is_laid() {
        for (text, on) in [
            ("/var/run/token", Some("/d/var/run/token")),
            ("/var//run/./token/", Some("/d/var/run/token")),
            ("var/run", Some("/d/var/run")),
            ("C:\\var\\run\\token", Some("/d/var/run/token")),
            ("/", Some("/d")),
            ("/a/..b/c..", Some("/d/a/..b/c..")),
            ("../../.ssh", None),
            ("/var/../run", None),
            ("C:\\..\\x", None),
            ("/a\0b", None),
        ] {
            let path = PathInPod::parse(text).map(|path| path.on(Path::new("/d")));
            assert_eq!(path.as_deref(), on.map(Path::new), "{text:?}");
        }
    }

    #[test]
    fn a_file_is_below_its_mount() {
        for (path, mount, rest) in [
            ("/var/run/token", "/var/run", Some("token")),
            ("/var/run/token", "/var/run/", Some("token")),
            ("/var/run/token", "/", Some("var/run/token")),
            ("/var/run", "/var/run", Some("")),
            ("/var/running", "/var/run", None),
            ("/var", "/var/run", None),
        ] {
            let read = |text| PathInPod::parse(text).unwrap();
            let found = read(path).below(&read(mount));
            assert_eq!(found, rest.map(read), "{path} {mount}");
        }
    }
}
