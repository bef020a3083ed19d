//! A policy from a file or stdin.

use std::io::Read;
use std::path::Path;

use base::Escaped;
use policy::lint::LintKind;
use policy::{Document, Leniency, PolicyKind};

use crate::exit::Exit;
use crate::failure::Failure;

/// More than any policy may have.
const MAX_BYTES: u64 = 1024 * 1024;

/// Reads a proposed policy; one with principals is a role's trust policy.
pub(super) fn read_policy(path: &Path) -> Result<Document, Failure> {
    Ok(read_with_text(path)?.0)
}

/// The text of a policy of a caller's own.
pub(super) fn read_identity_policy(path: &Path) -> Result<String, Failure> {
    let (document, text) = read_with_text(path)?;
    if document.kind() == PolicyKind::Identity {
        return Ok(text);
    }
    let name = Escaped(&path.display().to_string()).to_string();
    let what = format!("`{name}` is a trust policy; what the role may do is wanted");
    Err(Failure::usage(what))
}

fn read_with_text(path: &Path) -> Result<(Document, String), Failure> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().take(MAX_BYTES).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text))
    };
    let name = Escaped(&path.display().to_string()).to_string();
    read.map_err(|error| {
        let exit = match error.kind() {
            std::io::ErrorKind::NotFound => Exit::NotFound,
            _ => Exit::Failed,
        };
        Failure::new(exit, format!("cannot read `{name}`: {error}"))
    })?;
    let kind = match LintKind::detect(&text) {
        LintKind::Trust => PolicyKind::RoleTrust,
        LintKind::Resource => {
            let what = format!(
                "`{name}` is a resource's policy; a caller's or a role's trust policy is wanted"
            );
            return Err(Failure::usage(what));
        }
        _ => PolicyKind::Identity,
    };
    let document = Document::parse(&text, kind, Leniency::Storage).map_err(|fault| {
        let help = format!("irsa lint {name}");
        Failure::failed(format!("`{name}` is no policy: {fault}")).help(help)
    })?;
    Ok((document, text))
}
