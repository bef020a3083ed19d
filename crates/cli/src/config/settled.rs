//! A value from the environment or the file becomes the default of its flag.

use clap::builder::BoolishValueParser;
use clap::{Arg, ArgAction, Command};

use super::ConfigError;
use super::variables::is_list;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The variable of this name.
    Variable(String),
    /// The file given by `--config`.
    File,
}

/// Makes `values` the default of `flag` (`key` is the same with its commands), once they are
/// known to be legal.
pub(super) fn settle(
    command: Command,
    key: &str,
    flag: &str,
    values: &[String],
    origin: &Origin,
) -> Result<Command, ConfigError> {
    let Some(arg) = command
        .get_arguments()
        .find(|arg| arg.get_long() == Some(flag))
    else {
        return Err(ConfigError::UnknownKey {
            key: key.to_owned(),
        });
    };
    let values = match origin {
        Origin::Variable(_) if is_list(arg.get_action()) => split_commas(values),
        Origin::Variable(_) | Origin::File => values.to_vec(),
    };
    if values.len() > 1 && !is_list(arg.get_action()) {
        return Err(ConfigError::OneValue {
            key: key.to_owned(),
        });
    }
    check_values(arg, &values).map_err(|told| ConfigError::Value {
        place: place(key, origin),
        told,
    })?;
    let id = arg.get_id().clone();
    Ok(command.mut_arg(id, |arg| {
        boolish(arg).required(false).default_values(values)
    }))
}

fn split_commas(values: &[String]) -> Vec<String> {
    values
        .iter()
        .flat_map(|value| value.split(','))
        .map(|value| value.trim().to_owned())
        .collect()
}

fn place(key: &str, origin: &Origin) -> String {
    match origin {
        Origin::Variable(name) => name.clone(),
        Origin::File => key.to_owned(),
    }
}

fn boolish(arg: Arg) -> Arg {
    match arg.get_action() {
        ArgAction::SetTrue => arg.value_parser(BoolishValueParser::new()),
        _ => arg,
    }
}

/// WHY: clap takes a default that it cannot read for a programming error, so the values are
/// first read as if they were given on a command line of this flag alone.
fn check_values(arg: &Arg, values: &[String]) -> Result<(), String> {
    let long = arg.get_long().unwrap_or_default().to_owned();
    let probe = Arg::new(long.clone())
        .long(long.clone())
        .action(ArgAction::Append)
        .value_parser(match arg.get_action() {
            ArgAction::SetTrue => BoolishValueParser::new().into(),
            _ => arg.get_value_parser().clone(),
        });
    let words = values.iter().map(|value| format!("--{long}={value}"));
    Command::new("irsa")
        .no_binary_name(true)
        .arg(probe)
        .try_get_matches_from(words)
        .map(|_| ())
        .map_err(|error| first_sentence(&error.to_string()))
}

fn first_sentence(text: &str) -> String {
    let sentences: Vec<&str> = text
        .lines()
        .take_while(|line| !line.is_empty())
        .map(|line| line.trim().trim_start_matches("error: "))
        .collect();
    sentences.join(" ")
}
