//! The file given by `--config`: TOML, one table per command, keys named like the flags.

use std::collections::HashMap;
use std::path::Path;

use clap::Command;
use toml::{Table, Value};

use super::settled::{Origin, settle};
use super::{COMMAND_LINE_ONLY, ConfigError};

/// Makes the file's values the defaults of their flags.
pub(super) fn apply_file(
    command: Command,
    path: &Path,
    origins: &mut HashMap<String, Origin>,
) -> Result<Command, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    let table: Table = text.parse().map_err(|source| ConfigError::NotToml {
        path: path.to_owned(),
        source: Box::new(source),
    })?;
    apply_table(command, &table, "", origins)
}

fn apply_table(
    mut command: Command,
    table: &Table,
    path: &str,
    origins: &mut HashMap<String, Origin>,
) -> Result<Command, ConfigError> {
    for (name, value) in table {
        let key = format!("{path}{name}");
        if command.find_subcommand(name).is_some() {
            let Value::Table(inner) = value else {
                return Err(ConfigError::NotTable { key });
            };
            let below = format!("{key}.");
            let mut outcome = Ok(());
            command = command.mut_subcommand(name, |subcommand| {
                let spare = subcommand.clone();
                apply_table(subcommand, inner, &below, origins).unwrap_or_else(|error| {
                    outcome = Err(error);
                    spare
                })
            });
            outcome?;
        } else if COMMAND_LINE_ONLY.contains(&name.as_str()) {
            return Err(ConfigError::UnknownKey { key });
        } else {
            let known = command
                .get_arguments()
                .any(|arg| arg.get_long() == Some(name));
            if !known {
                return Err(ConfigError::UnknownKey { key });
            }
            let values = texts(value).ok_or_else(|| ConfigError::NotValue { key: key.clone() })?;
            command = settle(command, &key, name, &values, &Origin::File)?;
            origins.insert(key, Origin::File);
        }
    }
    Ok(command)
}

fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(items) => items.iter().map(text).collect(),
        scalar => text(scalar).map(|text| vec![text]),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Boolean(truth) => Some(truth.to_string()),
        Value::Float(_) | Value::Datetime(_) | Value::Array(_) | Value::Table(_) => None,
    }
}
