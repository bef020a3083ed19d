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
    // WHY: AWS itself has no names for such clusters, so the other commands go to irsa alone.
    let client = match command {
        ClusterCommand::Add(_) => setting.client_or_aws()?,
        ClusterCommand::List | ClusterCommand::Show(_) | ClusterCommand::Remove(_) => {
            setting.client()?
        }
    };
    match command {
        ClusterCommand::Add(args) => add::run(&args, &client, setting).await,
        ClusterCommand::List => registered::list(&client, setting).await,
        ClusterCommand::Show(args) => registered::show(&args.name, &client, setting).await,
        ClusterCommand::Remove(args) => remove::run(&args, &client, setting).await,
    }
}
