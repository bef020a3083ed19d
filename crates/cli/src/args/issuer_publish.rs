use std::path::PathBuf;

use clap::Args;

use crate::values::BucketPlace;

/// `irsa issuer publish [NAME]`
#[derive(Args, Debug)]
pub(crate) struct IssuerPublishArgs {
    /// An issuer of this irsa server, whose keys are published [else --issuer-url]
    #[arg(required_unless_present = "issuer_url")]
    pub(crate) name: Option<String>,

    /// The issuer's URL, of an issuer that no irsa server knows
    #[arg(long, value_name = "URL", conflicts_with = "name")]
    pub(crate) issuer_url: Option<String>,

    /// Publish the keys of the API server of this kubeconfig context too; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(crate) context: Vec<String>,

    /// The kubeconfig [else KUBECONFIG, ~/.kube/config]
    #[arg(long, value_name = "FILE", requires = "context")]
    pub(crate) kubeconfig: Option<PathBuf>,

    /// Publish the keys of a file too, PEM or a JWK set; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: Vec<PathBuf>,

    /// The directory that a web server serves as the issuer's URL
    #[arg(long, value_name = "DIR", required_unless_present = "bucket")]
    pub(crate) directory: Option<PathBuf>,

    /// The bucket, and what the objects' names begin with
    #[arg(
        long,
        value_name = "s3://BUCKET[/PREFIX]",
        conflicts_with = "directory"
    )]
    pub(crate) bucket: Option<BucketPlace>,

    /// Where the bucket is, if not at AWS: the URL of a server with the S3 API
    #[arg(
        long,
        value_name = "URL",
        requires = "bucket",
        conflicts_with = "directory"
    )]
    pub(crate) s3_endpoint: Option<String>,

    /// Withdraw a key that is published; tokens that it signed are refused from then on. May be
    /// repeated
    #[arg(long, value_name = "KEY-ID")]
    pub(crate) withdraw: Vec<String>,

    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}
