//! The irsa command line.

mod args;
mod aws;
mod client;
mod commands;
mod config;
mod demo;
mod exit;
mod failure;
mod local;
mod output;
mod process;
mod server;
mod values;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use base::SystemClock;

use crate::args::{ColorWhen, Command, ErrorFormat, GlobalArgs};
use crate::aws::Vars;
use crate::config::{ConfigError, ConfigureError, Configured, configure, effective_config};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Verbosity};

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let configured = match configure(&arguments, &|name| std::env::var_os(name)) {
        Ok(configured) => configured,
        Err(ConfigureError::Arguments(error)) => {
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
        Err(ConfigureError::Config(error)) => {
            return told(&config_failure(&error), ErrorFormat::Human);
        }
    };
    choose_colour(configured.cli.global.color);
    if configured.cli.global.print_config {
        print_config(&configured);
        return Exit::Done.into();
    }
    let global = configured.cli.global.clone();
    match run(configured) {
        Ok(code) => code,
        Err(failure) => told(&failure, global.error_format),
    }
}

fn run(configured: Configured) -> Result<ExitCode, Failure> {
    let global = configured.cli.global;
    let output = Output::new(global.output, verbosity(&global));
    let setting = commands::Setting {
        vars: Vars::of_process(),
        clock: Arc::new(SystemClock),
        global,
        output,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers(&configured.cli.command))
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("cannot start: {error}")))?;
    let outcome = runtime.block_on(commands::run(configured.cli.command, setting));
    // WHY: a thread that waits for stdin must not keep the process.
    runtime.shutdown_background();
    outcome
}

/// Clients wait for one answer at a time; a server uses the machine.
fn workers(command: &Command) -> usize {
    const CLIENT: usize = 2;
    match command {
        Command::Demo(_) | Command::Serve(_) | Command::Dev(_) | Command::Webhook(_) => {
            std::thread::available_parallelism().map_or(CLIENT, |cores| cores.get().max(CLIENT))
        }
        Command::Init(_)
        | Command::Admin(_)
        | Command::Whoami(_)
        | Command::Issuer(_)
        | Command::Provider(_)
        | Command::ServiceAccount(_)
        | Command::Signer(_)
        | Command::Cluster(_)
        | Command::Token(_)
        | Command::Exec(_)
        | Command::Explain(_)
        | Command::CanI(_)
        | Command::WhoCan(_)
        | Command::WhatCan(_)
        | Command::Audit(_)
        | Command::Lint(_)
        | Command::LeastPrivilege(_)
        | Command::Replay(_)
        | Command::Version(_) => CLIENT,
    }
}

fn told(failure: &Failure, format: ErrorFormat) -> ExitCode {
    failure.report(format);
    failure.exit().into()
}

fn config_failure(error: &ConfigError) -> Failure {
    let failure = Failure::usage(error.to_string());
    match error {
        ConfigError::UnknownKey { .. } | ConfigError::NotTable { .. } => failure
            .help("keys are named like flags and stand in the table of their command: [token.create] audience = [\"…\"]"),
        _ => failure,
    }
}

fn verbosity(global: &GlobalArgs) -> Verbosity {
    match (global.quiet, global.verbose) {
        (true, _) => Verbosity::Quiet,
        (false, 0) => Verbosity::Normal,
        (false, _) => Verbosity::Verbose,
    }
}

fn choose_colour(when: ColorWhen) {
    match when {
        ColorWhen::Auto => {}
        ColorWhen::Always => anstream::ColorChoice::Always.write_global(),
        ColorWhen::Never => anstream::ColorChoice::Never.write_global(),
    }
}

fn print_config(configured: &Configured) {
    let text = effective_config(
        &configured.command,
        &configured.matches,
        &configured.origins,
    );
    let _ = anstream::stdout().write_all(text.as_bytes());
}
