use clap::Args;

/// `irsa version`
#[derive(Args, Debug)]
pub(crate) struct VersionArgs {}
