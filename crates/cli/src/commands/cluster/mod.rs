//! `irsa cluster …`

mod add;
mod dependents;
mod plan;
mod reach;
mod registered;
mod remove;
mod webhook;

use super::Setting;
use crate::args::ClusterCommand;
use crate::failure::Failure;

/// Runs a command on clusters.
pub(super) async fn run(command: ClusterCommand, setting: &Setting) -> Result<(), Failure> {
    let client = setting.client()?;
    match command {
        ClusterCommand::Add(args) => add::run(&args, &client, setting).await,
        ClusterCommand::List => registered::list(&client, setting).await,
        ClusterCommand::Show(args) => registered::show(&args.name, &client, setting).await,
        ClusterCommand::Remove(args) => remove::run(&args, &client, setting).await,
    }
}
