//! A layer: files with fixed times, in the order of their names.

use crate::failure::Failure;
use std::collections::BTreeMap;
use std::path::Path;
use tar::{Builder, EntryType, Header};

/// The owner of what nobody changes.
pub(super) const ROOT: u64 = 0;
/// The user that the image runs as, and its group.
pub(super) const OURS: u64 = 65532;

/// A layer in the making; parents of what is put in come of themselves.
#[derive(Default)]
pub(super) struct Layer {
    entries: BTreeMap<String, Entry>,
}

struct Entry {
    kind: EntryType,
    mode: u32,
    owner: u64,
    content: Vec<u8>,
}

impl Layer {
    /// A file of the machine; of a link, what it leads to.
    pub(super) fn copy(&mut self, source: &Path, target: &str, mode: u32) -> Result<(), Failure> {
        let content = std::fs::read(source)
            .map_err(|error| Failure::new(format!("{}: {error}", source.display())))?;
        self.file(target, mode, content);
        Ok(())
    }

    /// A text that everybody reads.
    pub(super) fn text(&mut self, target: &str, content: &str) {
        self.file(target, 0o644, content.as_bytes().to_vec());
    }

    pub(super) fn directory(&mut self, target: &str, mode: u32, owner: u64) {
        let entry = Entry {
            kind: EntryType::Directory,
            mode,
            owner,
            content: Vec::new(),
        };
        self.put(&format!("{target}/"), entry);
    }

    fn file(&mut self, target: &str, mode: u32, content: Vec<u8>) {
        let entry = Entry {
            kind: EntryType::Regular,
            mode,
            owner: ROOT,
            content,
        };
        self.put(target, entry);
    }

    fn put(&mut self, target: &str, entry: Entry) {
        let path = target.trim_start_matches('/');
        let parents = path.trim_end_matches('/').match_indices('/');
        for (end, _) in parents {
            let Some(parent) = path.get(..=end) else {
                continue;
            };
            self.entries.entry(parent.to_owned()).or_insert(Entry {
                kind: EntryType::Directory,
                mode: 0o755,
                owner: ROOT,
                content: Vec::new(),
            });
        }
        self.entries.insert(path.to_owned(), entry);
    }

    /// The layer as a tar.
    pub(super) fn finish(self) -> Result<Vec<u8>, Failure> {
        let mut tar = Builder::new(Vec::new());
        for (path, entry) in self.entries {
            let mut header = header(entry.kind, entry.mode, &entry.content);
            header.set_uid(entry.owner);
            header.set_gid(entry.owner);
            tar.append_data(&mut header, &path, entry.content.as_slice())
                .map_err(|error| Failure::new(format!("{path}: {error}")))?;
        }
        tar.into_inner()
            .map_err(|error| Failure::new(error.to_string()))
    }
}

/// The header of an entry of the year 1970, root's.
pub(super) fn header(kind: EntryType, mode: u32, content: &[u8]) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_mtime(0);
    header.set_uid(ROOT);
    header.set_gid(ROOT);
    header.set_size(content.len() as u64);
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_come_first_and_keep_what_was_said_of_them() {
        let mut layer = Layer::default();
        layer.text("/var/lib/irsa/note", "x");
        layer.directory("/var/lib/irsa", 0o700, OURS);
        layer.directory("/tmp", 0o1777, ROOT);
        let content = layer.finish().unwrap();
        let mut tar = tar::Archive::new(content.as_slice());
        let seen: Vec<(String, u32, u64, u64)> = tar
            .entries()
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let path = entry.path().unwrap().display().to_string();
                let header = entry.header();
                let (mode, uid) = (header.mode().unwrap(), header.uid().unwrap());
                (path, mode, uid, header.mtime().unwrap())
            })
            .collect();
        let expected = [
            ("tmp/", 0o1777, 0, 0),
            ("var/", 0o755, 0, 0),
            ("var/lib/", 0o755, 0, 0),
            ("var/lib/irsa/", 0o700, OURS, 0),
            ("var/lib/irsa/note", 0o644, 0, 0),
        ]
        .map(|(path, mode, uid, mtime)| (path.to_owned(), mode, uid, mtime));
        assert_eq!(seen, expected);
    }
}
