//! `IRSA_<COMMAND>_<FLAG>`.

use std::collections::HashMap;
use std::ffi::OsString;

use clap::{ArgAction, Command};

use super::settled::{Origin, settle};
use super::{COMMAND_LINE_ONLY, ConfigError};

/// Looks up the variable of every flag of every command. Empty ones count as unset; variables of
/// no flag are nobody's business.
pub(super) fn apply_variables(
    command: Command,
    variable: &dyn Fn(&str) -> Option<OsString>,
    origins: &mut HashMap<String, Origin>,
) -> Result<Command, ConfigError> {
    apply_below(command, "", variable, origins)
}

fn apply_below(
    mut command: Command,
    path: &str,
    variable: &dyn Fn(&str) -> Option<OsString>,
    origins: &mut HashMap<String, Origin>,
) -> Result<Command, ConfigError> {
    let flags: Vec<String> = command
        .get_arguments()
        .filter_map(|arg| arg.get_long())
        .filter(|long| !COMMAND_LINE_ONLY.contains(long))
        .map(str::to_owned)
        .collect();
    for flag in flags {
        let key = format!("{path}{flag}");
        let name = variable_name(&key);
        let Some(value) = variable(&name).filter(|value| !value.is_empty()) else {
            continue;
        };
        let value = value
            .into_string()
            .map_err(|_| ConfigError::NotText { name: name.clone() })?;
        if is_service_link(&name, &value) {
            continue;
        }
        let origin = Origin::Variable(name);
        command = settle(command, &key, &flag, &[value], &origin)?;
        origins.insert(key, origin);
    }
    let subcommands: Vec<String> = command
        .get_subcommands()
        .map(|subcommand| subcommand.get_name().to_owned())
        .collect();
    for name in subcommands {
        let mut outcome = Ok(());
        command = command.mut_subcommand(&name, |subcommand| {
            let spare = subcommand.clone();
            let below = format!("{path}{name}.");
            apply_below(subcommand, &below, variable, origins).unwrap_or_else(|error| {
                outcome = Err(error);
                spare
            })
        });
        outcome?;
    }
    Ok(command)
}

/// Whether Kubernetes set the variable in a pod beside a Service whose name makes the same one, such
/// as `IRSA_WEBHOOK_PORT=tcp://10.0.0.1:443` for `irsa-webhook`.
fn is_service_link(name: &str, value: &str) -> bool {
    let is_address = ["tcp://", "udp://", "sctp://"];
    name.ends_with("_PORT") && is_address.iter().any(|scheme| value.starts_with(scheme))
}

/// The variable of a flag: `IRSA_TOKEN_CREATE_AUDIENCE` for `token.create.audience`.
pub(super) fn variable_name(key: &str) -> String {
    format!("IRSA_{}", key.to_ascii_uppercase().replace(['-', '.'], "_"))
}

/// Whether a flag takes a list: then a variable separates its values by commas.
pub(super) fn is_list(action: &ArgAction) -> bool {
    matches!(action, ArgAction::Append)
}
