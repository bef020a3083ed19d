//! What a binary is linked with, as the machine's loader finds it.

use crate::failure::Failure;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The libraries of a binary and its loader, none when it is static.
pub(super) fn of(binary: &Path) -> Result<Vec<PathBuf>, Failure> {
    let said = Command::new("ldd")
        .arg(binary)
        .env("LC_ALL", "C")
        .output()
        .map_err(|error| Failure::new(format!("cannot run ldd: {error}")))?;
    let told = String::from_utf8_lossy(&said.stdout);
    let complaint = String::from_utf8_lossy(&said.stderr);
    if told.contains("statically linked") || complaint.contains("not a dynamic executable") {
        return Ok(Vec::new());
    }
    if !said.status.success() {
        let (binary, why) = (binary.display(), complaint.trim());
        return Err(Failure::new(format!("ldd {binary}: {why}")));
    }
    told.lines()
        .filter_map(|line| path(line).transpose())
        .collect()
}

/// The path in a line of `ldd`: `NAME => PATH (ADDRESS)` or `PATH (ADDRESS)`; the kernel's own
/// object has none.
fn path(line: &str) -> Result<Option<PathBuf>, Failure> {
    let line = line.trim();
    let place = line.split_once(" => ").map_or(line, |(_, place)| place);
    if place == "not found" {
        return Err(Failure::new(format!(
            "a library of the binary is missing: {line}"
        )));
    }
    let path = place.split_once(" (").map_or(place, |(path, _)| path);
    Ok(path.starts_with('/').then(|| PathBuf::from(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_ldd_are_read() {
        let check = |line: &str, expected: Option<&str>| {
            assert_eq!(path(line).unwrap(), expected.map(PathBuf::from), "{line}");
        };
        check("\tlinux-vdso.so.1 (0x00007fc5)", None);
        check(
            "\tlibc.so.6 => /lib/x/libc.so.6 (0x01)",
            Some("/lib/x/libc.so.6"),
        );
        check(
            "\t/lib64/ld-linux-x86-64.so.2 (0x02)",
            Some("/lib64/ld-linux-x86-64.so.2"),
        );
        assert!(path("\tlibz.so.1 => not found").is_err());
    }
}
