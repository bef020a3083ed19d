//! `irsa lint`

mod excerpt;
mod json;
mod sarif;
mod text;

use std::io::Read;
use std::path::Path;

use policy::lint::{Finding, LintKind, MAX_DOCUMENT_CHARS, lint};

use super::Setting;
use crate::args::LintArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Format;

/// A file and what was found in it.
struct Linted {
    /// As it was named; `<stdin>` for `-`.
    name: String,
    text: String,
    kind: LintKind,
    findings: Vec<Finding>,
}

/// Checks policies without a server. Ends with status 1 when there is a finding as grave as
/// `--fail-on`.
pub(super) fn run(args: &LintArgs, setting: &Setting) -> Result<Exit, Failure> {
    let mut files = Vec::with_capacity(args.files.len());
    for path in &args.files {
        let (name, text) = read(path)?;
        let kind = args
            .kind
            .map_or_else(|| LintKind::detect(&text), LintKind::from);
        let findings = lint(&text, kind);
        files.push(Linted {
            name,
            text,
            kind,
            findings,
        });
    }
    let value = match setting.output.format() {
        Format::Sarif => sarif::log(&files),
        Format::Table | Format::Json | Format::Yaml | Format::Junit => json::value(&files),
    };
    setting.output.result(&value, || text::report(&files));
    let mut findings = files.iter().flat_map(|file| &file.findings);
    Ok(if findings.any(|found| args.fail_on.includes(found.kind)) {
        Exit::Failed
    } else {
        Exit::Done
    })
}

/// Reads a little more than lint takes, so that it can say so.
fn read(path: &Path) -> Result<(String, String), Failure> {
    const MAX_BYTES: u64 = 4 * (MAX_DOCUMENT_CHARS as u64 + 1);
    let mut bytes = Vec::new();
    let is_stdin = path == Path::new("-");
    let read = if is_stdin {
        std::io::stdin().take(MAX_BYTES).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MAX_BYTES).read_to_end(&mut bytes))
    };
    read.map_err(|error| {
        let exit = match error.kind() {
            std::io::ErrorKind::NotFound => Exit::NotFound,
            _ => Exit::Failed,
        };
        Failure::new(exit, format!("cannot read `{}`: {error}", path.display()))
    })?;
    let name = if is_stdin {
        "<stdin>".to_owned()
    } else {
        path.display().to_string()
    };
    if bytes.len() as u64 == MAX_BYTES {
        // A character may be cut in two; the text is too long in any case.
        return Ok((name, String::from_utf8_lossy(&bytes).into_owned()));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok((name, text)),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            Err(Failure::failed(format!(
                "`{name}` is not UTF-8 from byte {at} on"
            )))
        }
    }
}
