//! `--print-config`: what flags, variables, file and defaults come to, as a file for `--config`.

use std::collections::HashMap;
use std::fmt::Write;

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};
use toml::Value;

use super::COMMAND_LINE_ONLY;
use super::settled::Origin;
use super::variables::is_list;

/// The values of the global flags and of the command's own, each with where it comes from.
pub(crate) fn effective_config(
    command: &Command,
    matches: &ArgMatches,
    origins: &HashMap<String, Origin>,
) -> String {
    let mut text = String::new();
    write_level(&mut text, command, matches, origins, "");
    text
}

fn write_level(
    text: &mut String,
    command: &Command,
    matches: &ArgMatches,
    origins: &HashMap<String, Origin>,
    path: &str,
) {
    let own = command
        .get_arguments()
        .filter(|arg| path.is_empty() || !arg.is_global_set());
    for arg in own {
        if let Some(line) = line(arg, matches, origins, path) {
            text.push_str(&line);
        }
    }
    let Some((name, inner)) = matches.subcommand() else {
        return;
    };
    let Some(subcommand) = command.find_subcommand(name) else {
        return;
    };
    let below = format!("{path}{name}.");
    if subcommand.get_subcommands().next().is_none() {
        let _ = writeln!(text, "\n[{}]", below.trim_end_matches('.'));
    }
    write_level(text, subcommand, inner, origins, &below);
}

fn line(
    arg: &Arg,
    matches: &ArgMatches,
    origins: &HashMap<String, Origin>,
    path: &str,
) -> Option<String> {
    let long = arg.get_long()?;
    if COMMAND_LINE_ONLY.contains(&long) {
        return None;
    }
    let id = arg.get_id().as_str();
    let value = value(arg, matches, id)?;
    let origin = match matches.value_source(id)? {
        ValueSource::CommandLine => "flag",
        _ => match origins.get(&format!("{path}{long}")) {
            Some(Origin::Variable(name)) => name,
            Some(Origin::File) => "file",
            None => "default",
        },
    };
    Some(format!("{long} = {value}  # {origin}\n"))
}

fn value(arg: &Arg, matches: &ArgMatches, id: &str) -> Option<Value> {
    match arg.get_action() {
        ArgAction::SetTrue => return matches.get_one::<bool>(id).map(|set| Value::Boolean(*set)),
        ArgAction::Count => {
            return matches
                .get_one::<u8>(id)
                .map(|count| Value::Integer((*count).into()));
        }
        _ => {}
    }
    let mut texts = matches
        .get_raw(id)?
        .map(|raw| Value::String(raw.to_string_lossy().into_owned()));
    if is_list(arg.get_action()) {
        return Some(Value::Array(texts.collect()));
    }
    texts.next()
}
