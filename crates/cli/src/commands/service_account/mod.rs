//! `irsa serviceaccount …`

mod cluster_half;
mod create;
mod delete;
mod iam_half;
mod manifest;
mod plan;
mod role_name;
mod target;
mod terraform;
mod trust;
mod wanted;

use super::Setting;
use crate::args::ServiceAccountCommand;
use crate::failure::Failure;

/// Runs a command on ServiceAccounts.
pub(super) async fn run(command: ServiceAccountCommand, setting: &Setting) -> Result<(), Failure> {
    match command {
        ServiceAccountCommand::Create(args) => create::run(&args, setting).await,
        ServiceAccountCommand::Delete(args) => delete::run(&args, setting).await,
    }
}
