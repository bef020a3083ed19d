use clap::Args;

/// `irsa demo`
#[derive(Args, Debug)]
pub(crate) struct DemoArgs {
    /// Leave the directory with the store, the root key and the tokens behind, and say where it is
    #[arg(long)]
    pub(crate) keep: bool,
}
