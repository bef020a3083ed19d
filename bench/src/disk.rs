//! What the disk under the data directories gives: one write and one sync after the other.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use crate::fault::Fault;
use crate::load::{Measured, Span};
use crate::single::repeat;

/// Appends `bytes` bytes to a file and waits for the disk, again and again.
pub(crate) fn sync(directory: &Path, bytes: usize, span: Span) -> Result<Measured, Fault> {
    let what = "writing to the disk";
    let mut file = File::create(directory.join("disk")).map_err(Fault::system(what))?;
    let record = vec![b'x'; bytes];
    repeat(what, span, || {
        file.write_all(&record).map_err(Fault::system(what))?;
        file.sync_data().map_err(Fault::system(what))
    })
}
