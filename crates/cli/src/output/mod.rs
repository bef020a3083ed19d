//! What a command writes: results to stdout, everything else to stderr.

mod hex;
mod mark;
mod moment;
mod table;
mod yaml;

use std::fmt::Display;
use std::io::Write;

use clap::ValueEnum;
use serde_json::Value;

pub(crate) use hex::hex;
pub(crate) use mark::{Mark, bold, dim};
pub(crate) use moment::{timestamp, write_out_time};
pub(crate) use table::Table;
pub(crate) use yaml::to_yaml;

/// How the result is written to stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people; may change.
    Table,
    /// For programs; only grows.
    Json,
    /// The same as `json`, as YAML.
    Yaml,
    /// SARIF 2.1.0, of `lint` only.
    Sarif,
    /// JUnit XML, of `replay` only.
    Junit,
}

/// How much goes to stderr beside errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    /// `-q`: nothing.
    Quiet,
    /// What one should know.
    Normal,
    /// `-v`: each call too.
    Verbose,
}

/// Where a command writes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    format: Format,
    verbosity: Verbosity,
}

impl Output {
    /// Writes in this format and says so much.
    pub(crate) fn new(format: Format, verbosity: Verbosity) -> Self {
        Self { format, verbosity }
    }

    /// The format asked for.
    pub(crate) fn format(self) -> Format {
        self.format
    }

    /// Writes the result to stdout: `human` in a table format, else `value`.
    pub(crate) fn result(self, value: &Value, human: impl FnOnce() -> String) {
        let text = match self.format {
            Format::Table | Format::Junit => human(),
            Format::Json | Format::Sarif => format!("{value:#}"),
            Format::Yaml => yaml::to_yaml(value),
        };
        write_stdout(text.trim_end_matches('\n'));
    }

    /// Writes one result of several as they come: a JSON line, a YAML document, or `human`.
    pub(crate) fn one_of_many(self, value: &Value, human: impl FnOnce() -> String) {
        let text = match self.format {
            Format::Table | Format::Junit => human(),
            Format::Json | Format::Sarif => value.to_string(),
            Format::Yaml => format!("---\n{}", yaml::to_yaml(value)),
        };
        write_stdout(text.trim_end_matches('\n'));
    }

    /// Writes to stderr what one should know; `-q` hides it.
    pub(crate) fn note(self, text: impl Display) {
        if self.verbosity >= Verbosity::Normal {
            let _ = writeln!(anstream::stderr(), "{text}");
        }
    }

    /// Writes to stderr what only `-v` asks for.
    pub(crate) fn detail(self, text: impl Display) {
        if self.verbosity >= Verbosity::Verbose {
            let _ = writeln!(anstream::stderr(), "{text}");
        }
    }
}

/// Nothing is done about a stdout that is gone: whoever closed it has what it wanted.
fn write_stdout(text: &str) {
    if !text.is_empty() {
        let _ = writeln!(anstream::stdout(), "{text}");
    }
}
