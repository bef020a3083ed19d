use clap::Args;

/// `irsa whoami`
#[derive(Args, Debug)]
pub(crate) struct WhoamiArgs {}
