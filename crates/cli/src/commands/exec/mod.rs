//! `irsa exec … -- CMD…`

mod own_issuer;
mod pod;
mod service_account;
mod surroundings;
mod token_files;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use nix::sys::signal::Signal;

use super::Setting;
use crate::args::ExecArgs;
use crate::failure::Failure;
use crate::process::{Signals, environment_with, private_dir, run_command, write_private};
use token_files::TokenFiles;

/// What the command is given.
struct Given<'a> {
    variables: BTreeMap<String, OsString>,
    tokens: TokenFiles<'a>,
}

/// Runs a command as if it were the pod. Everything that it was given is gone when this returns.
pub(super) async fn run(args: ExecArgs, setting: &Setting) -> Result<ExitCode, Failure> {
    // INVARIANT: signals are caught before there is a directory, so that none leaves it behind.
    let mut signals = Signals::catch()
        .map_err(|error| Failure::failed(format!("cannot catch signals: {error}")))?;
    let directory = private_dir(&setting.vars)
        .map_err(|error| Failure::failed(format!("cannot make a private directory: {error}")))?;
    let outcome = run_in(directory.path(), &args, &mut signals, setting).await;
    directory.close().map_err(|error| {
        Failure::failed(format!("cannot remove the private directory: {error}"))
    })?;
    outcome
}

async fn run_in(
    directory: &Path,
    args: &ExecArgs,
    signals: &mut Signals,
    setting: &Setting,
) -> Result<ExitCode, Failure> {
    let client = setting.client()?;
    let given = async {
        match (&args.pod, &args.service_account, &args.issuer) {
            (Some(pod), _, _) => pod::give(pod, args, &client, directory, setting).await,
            (None, Some(account), Some(issuer)) => {
                own_issuer::give(issuer, account, args, &client, directory, setting).await
            }
            (None, Some(account), None) => {
                service_account::give(account, args, &client, directory, setting).await
            }
            (None, None, _) => Err(Failure::usage("whom to be: --pod or --service-account")),
        }
    };
    let given = tokio::select! {
        given = given => given?,
        signal = signals.next_ending() => return Ok(ended_by(signal)),
    };
    let empty_file = directory.join("empty");
    write(&empty_file, b"")?;
    let environment = environment_with(std::env::vars_os(), given.variables, &empty_file);
    let alongside = given.tokens.keep_fresh(&*setting.clock, setting.output);
    run_command(&args.command, environment, signals, alongside)
        .await
        .map(ExitCode::from)
}

fn write(file: &Path, content: &[u8]) -> Result<(), Failure> {
    write_private(file, content)
        .map_err(|error| Failure::failed(format!("cannot write in the private directory: {error}")))
}

fn ended_by(signal: Signal) -> ExitCode {
    u8::try_from(128 + signal as i32).unwrap_or(1).into()
}
