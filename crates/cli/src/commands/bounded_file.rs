//! Files whose size the user decides.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// The file's content, of which at most so many bytes are read.
pub(super) fn read_bounded(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    File::open(path)?.take(most).read_to_end(&mut content)?;
    Ok(content)
}
