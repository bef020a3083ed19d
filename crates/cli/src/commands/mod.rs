//! What each command does.

mod access_text;
mod admin_reset;
mod audit;
mod bounded_file;
mod can_i;
mod cluster;
mod cluster_failure;
mod dev;
mod dev_key;
mod exec;
mod explain;
mod explanation_text;
mod init;
mod issuer;
mod issuer_file_key;
mod issuer_keys;
mod issuer_publish;
mod issuer_rotate;
mod kept_key;
mod least_privilege;
mod lint;
mod members;
mod named_object;
mod new_key;
mod policy_file;
mod principal_name;
mod provider;
mod recorded_calls;
mod replay;
mod role_policies;
mod serve;
mod service_account;
mod signer;
mod target;
mod token_create;
mod token_inspect;
mod version;
mod waiting_for_init;
mod webhook;
mod what_can;
mod who_can;
mod whoami;

use std::process::ExitCode;
use std::sync::Arc;

use base::Clock;

pub(crate) use dev_key::dev_account;
pub(crate) use explain::explained;
pub(crate) use explanation_text::call_text;

use crate::args::{AdminCommand, Command, GlobalArgs, TokenCommand};
use crate::aws::Vars;
use crate::client::{CallError, Client};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Format, Output};

/// What surrounds a command.
pub(crate) struct Setting {
    /// The flags that every command understands.
    pub(crate) global: GlobalArgs,
    /// The environment.
    pub(crate) vars: Vars,
    /// The time.
    pub(crate) clock: Arc<dyn Clock>,
    /// Where to write.
    pub(crate) output: Output,
}

impl Setting {
    /// A client with the caller's AWS settings.
    pub(crate) fn client(&self) -> Result<Client, CallError> {
        let (vars, clock) = (self.vars.clone(), Arc::clone(&self.clock));
        Client::new(&self.global, vars, clock, self.output)
    }

    /// The same; where no server is named, it calls AWS itself.
    pub(crate) fn client_or_aws(&self) -> Result<Client, CallError> {
        Ok(self.client()?.or_aws())
    }
}

/// Runs a command to its end.
pub(crate) async fn run(command: Command, setting: Setting) -> Result<ExitCode, Failure> {
    let done = |()| Exit::Done.into();
    if setting.output.format() == Format::Sarif && !matches!(command, Command::Lint(_)) {
        return Err(Failure::usage("`-o sarif` is for `irsa lint` only"));
    }
    if setting.output.format() == Format::Junit && !matches!(command, Command::Replay(_)) {
        return Err(Failure::usage("`-o junit` is for `irsa replay` only"));
    }
    match command {
        Command::Init(args) => init::run(args, &setting).await.map(done),
        Command::Admin(AdminCommand::Reset(args)) => {
            admin_reset::run(args, &setting).await.map(done)
        }
        Command::Demo(args) => crate::demo::run(args, &setting).await,
        Command::Serve(args) => serve::run(args, &setting).await.map(ExitCode::from),
        Command::Dev(args) => dev::run(args, &setting).await.map(ExitCode::from),
        Command::Whoami(_) => whoami::run(&setting).await.map(done),
        Command::Issuer(command) => issuer::run(command, &setting).await.map(done),
        Command::Provider(command) => provider::run(command, &setting).await.map(done),
        Command::ServiceAccount(command) => service_account::run(command, &setting).await.map(done),
        Command::Signer(args) => signer::run(args, &setting).await.map(done),
        Command::Cluster(command) => cluster::run(command, &setting).await.map(done),
        Command::Token(TokenCommand::Create(args)) => {
            token_create::run(args, &setting).await.map(done)
        }
        Command::Token(TokenCommand::Inspect(args)) => {
            token_inspect::run(args, &setting).await.map(ExitCode::from)
        }
        Command::Exec(args) => exec::run(args, &setting).await,
        Command::Explain(args) => explain::run(args, &setting).await.map(ExitCode::from),
        Command::CanI(args) => can_i::run(args, &setting).await.map(ExitCode::from),
        Command::WhatCan(args) => what_can::run(args, &setting).await.map(ExitCode::from),
        Command::WhoCan(args) => who_can::run(args, &setting).await.map(done),
        Command::Audit(args) => audit::run(args, &setting).await.map(done),
        Command::Lint(args) => lint::run(&args, &setting).map(ExitCode::from),
        Command::LeastPrivilege(args) => least_privilege::run(args, &setting)
            .await
            .map(ExitCode::from),
        Command::Replay(args) => replay::run(args, &setting).await.map(ExitCode::from),
        Command::Webhook(args) => webhook::run(*args, &setting).await.map(ExitCode::from),
        Command::Version(_) => {
            version::run(setting.output);
            Ok(done(()))
        }
    }
}
