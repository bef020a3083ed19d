//! `irsa dev -- CMD…`

use std::future::pending;
use std::sync::Arc;

use super::Setting;
use super::dev_key::{chosen, dev_account, dev_key};
use crate::args::{DevArgs, LogFormat};
use crate::aws::home_region;
use crate::failure::Failure;
use crate::process::{Signals, run_command};
use crate::server::{Founder, LogLevel, ServerSettings, Storage, hide_memory, start, start_log};

/// Runs the command with a server of its own, which is gone with all it held when this returns.
pub(super) async fn run(args: DevArgs, setting: &Setting) -> Result<u8, Failure> {
    start_log(LogFormat::Text, level(setting));
    hide_memory();
    let mut signals = Signals::catch()
        .map_err(|error| Failure::failed(format!("cannot catch signals: {error}")))?;
    let running = start(settings(&args, setting)?, Arc::clone(&setting.clock)).await?;
    setting.output.detail(format_args!(
        "a server for the account {} listens on {}",
        running.account(),
        running.access().endpoint
    ));
    let environment = running.access().environment(std::env::vars_os());
    let code = run_command(&args.command, environment, &mut signals, pending()).await;
    running.shutdown().await;
    code
}

/// The command's own output comes first: requests are logged when asked for.
fn level(setting: &Setting) -> LogLevel {
    match (setting.global.quiet, setting.global.verbose) {
        (true, _) => LogLevel::Errors,
        (false, 0) => LogLevel::Warnings,
        (false, 1) => LogLevel::Requests,
        (false, _) => LogLevel::Details,
    }
}

fn settings(args: &DevArgs, setting: &Setting) -> Result<ServerSettings, Failure> {
    let key = dev_key(&setting.vars)?;
    let founder = Founder {
        account: dev_account(args.account),
        region: home_region(setting.global.region.as_ref(), &setting.vars)?,
        key: key.as_ref().map(chosen).transpose()?,
    };
    Ok(ServerSettings {
        issuer_cidrs: args.allow_issuer_cidr.clone(),
        ..ServerSettings::dev(Storage::Memory(founder))
    })
}
