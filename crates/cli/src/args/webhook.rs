use std::net::IpAddr;
use std::path::PathBuf;

use base::AccountId;
use clap::Args;
use cluster::webhook::serve::{CipherSuites, MinVersion};

use super::LogFormat;
use crate::values::{GoBool, GoDuration};

/// `irsa webhook`: the flags of amazon-eks-pod-identity-webhook with its names, defaults and
/// spellings, and some of our own.
#[derive(Args, Debug)]
pub(crate) struct WebhookArgs {
    /// Where reviews are taken, with TLS
    #[arg(long, default_value_t = 443)]
    pub(crate) port: u16,

    /// Where metrics and probes are served, without TLS
    #[arg(long, value_name = "PORT", default_value_t = 9999)]
    pub(crate) metrics_port: u16,

    /// The address of both ports [all, IPv6 and IPv4]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) bind_address: Option<IpAddr>,

    #[command(flatten)]
    pub(crate) cluster: WebhookClusterArgs,

    #[command(flatten)]
    pub(crate) certificate: WebhookCertificateArgs,

    #[command(flatten)]
    pub(crate) injection: WebhookInjectionArgs,

    #[command(flatten)]
    pub(crate) container_credentials: WebhookContainerCredentialsArgs,

    #[command(flatten)]
    pub(crate) rules: WebhookRulesArgs,

    #[command(flatten)]
    pub(crate) waiting: WebhookWaitingArgs,

    /// Serve /debug/alpha/cache and /debug/alpha/cache/clear on the port for metrics, and
    /// /debug/alpha/deny and /debug/alpha/500 on the other
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
          default_value = "false", default_missing_value = "true")]
    pub(crate) enable_debugging_handlers: GoBool,

    /// How the log is written to stderr
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,

    #[command(flatten)]
    pub(crate) klog: KlogArgs,

    /// Print the version and stop
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
          default_value = "false", default_missing_value = "true", hide = true)]
    pub(crate) version: GoBool,
}

/// Which cluster.
#[derive(Args, Debug)]
#[command(next_help_heading = "Which cluster")]
pub(crate) struct WebhookClusterArgs {
    /// The kubeconfig [else KUBECONFIG, ~/.kube/config, the pod's own account]
    #[arg(long, value_name = "FILE")]
    pub(crate) kubeconfig: Option<PathBuf>,

    /// The kubeconfig's context [else its current one]
    #[arg(long, value_name = "NAME")]
    pub(crate) context: Option<String>,

    /// The URL of the API server [else the kubeconfig's]
    #[arg(long, value_name = "URL")]
    pub(crate) kube_api: Option<String>,

    /// The namespace of the webhook itself, of its Secret and of the ConfigMap; no pod is refused
    /// there
    #[arg(short, long, default_value = "eks")]
    pub(crate) namespace: String,
}

/// The server's own certificate.
#[derive(Args, Debug)]
#[command(next_help_heading = "Certificate")]
pub(crate) struct WebhookCertificateArgs {
    /// Look after the certificate ourselves: CA and leaf in a Secret, the caBundle of the webhook
    /// configuration kept right; false: take --tls-cert and --tls-key
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
          default_value = "true", default_missing_value = "true")]
    pub(crate) in_cluster: GoBool,

    /// With --in-cluster=false, the certificate chain, PEM; read again when it changes
    #[arg(
        long,
        value_name = "FILE",
        default_value = "/etc/webhook/certs/tls.crt"
    )]
    pub(crate) tls_cert: PathBuf,

    /// With --in-cluster=false, the certificate's key, PEM; read again when it changes
    #[arg(
        long,
        value_name = "FILE",
        default_value = "/etc/webhook/certs/tls.key"
    )]
    pub(crate) tls_key: PathBuf,

    /// With --in-cluster, the Service in front of the webhook
    #[arg(long, value_name = "NAME", default_value = "pod-identity-webhook")]
    pub(crate) service_name: String,

    /// With --in-cluster, the Secret for CA and certificate
    #[arg(long, value_name = "NAME", default_value = "pod-identity-webhook")]
    pub(crate) tls_secret: String,

    /// With --in-cluster, the MutatingWebhookConfiguration whose caBundle is kept
    #[arg(long, value_name = "NAME", default_value = "pod-identity-webhook")]
    pub(crate) webhook_configuration: String,

    /// With --in-cluster, how long certificates live; renewed a third of it before their end
    #[arg(long, value_name = "TIME", default_value = "720h")]
    pub(crate) certificate_lifetime: GoDuration,

    /// With --in-cluster, a host by which API servers call the webhook beside its Service's name;
    /// may be repeated
    #[arg(long, value_name = "HOST")]
    pub(crate) certificate_host: Vec<String>,

    /// The oldest version of TLS that is served: 1.2 or 1.3 [1.2]
    #[arg(
        long,
        value_name = "VERSION",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) tls_min_version: MinVersion,

    /// The cipher suites for TLS 1.2, by their names in Go, separated by commas [all safe ones]
    #[arg(
        long,
        value_name = "NAMES",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) tls_cipher_suites: CipherSuites,
}

/// What pods get.
#[derive(Args, Debug)]
#[command(next_help_heading = "What pods get")]
pub(crate) struct WebhookInjectionArgs {
    /// What annotations and labels begin with
    #[arg(long, value_name = "DOMAIN", default_value = "eks.amazonaws.com")]
    pub(crate) annotation_prefix: String,

    /// Whom tokens are for, unless an annotation says otherwise
    #[arg(long, value_name = "AUDIENCE", default_value = "sts.amazonaws.com")]
    pub(crate) token_audience: String,

    /// Where tokens are mounted
    #[arg(
        long,
        value_name = "PATH",
        default_value = "/var/run/secrets/eks.amazonaws.com/serviceaccount"
    )]
    pub(crate) token_mount_path: String,

    /// Seconds that tokens live, unless an annotation says otherwise; at least 600
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 86_400,
        allow_negative_numbers = true
    )]
    pub(crate) token_expiration: i64,

    /// The region: AWS_DEFAULT_REGION and AWS_REGION
    #[arg(
        long,
        value_name = "REGION",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) aws_default_region: String,

    /// AWS_STS_REGIONAL_ENDPOINTS=regional, unless an annotation says otherwise
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
          default_value = "false", default_missing_value = "true")]
    pub(crate) sts_regional_endpoint: GoBool,

    /// Take roles from the ConfigMap pod-identity-webhook too
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
          default_value = "false", default_missing_value = "true")]
    pub(crate) watch_config_map: GoBool,

    /// Annotations may name roles without an ARN; account and region are those of
    /// --aws-account-id and --aws-default-region, else of the instance that this runs on
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
          default_value = "false", default_missing_value = "true")]
    pub(crate) compose_role_arn: GoBool,

    /// With --compose-role-arn, the account of the roles
    #[arg(long, value_name = "ID")]
    pub(crate) aws_account_id: Option<AccountId>,

    /// AWS_ROLE_SESSION_NAME after the pod, unless an annotation says otherwise
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
          default_value = "false", default_missing_value = "true")]
    pub(crate) role_session_name: GoBool,

    /// AWS_EC2_METADATA_DISABLED=true, against the role of the node
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
          default_value = "false", default_missing_value = "true")]
    pub(crate) disable_ec2_metadata: GoBool,

    /// With --endpoint-url, only these services go there, by their names in AWS_ENDPOINT_URL_…
    /// [all]
    #[arg(long, value_name = "SERVICES", value_delimiter = ',')]
    pub(crate) endpoint_services: Vec<String>,

    /// With --endpoint-url, the CA of that server, PEM: pods trust it and the public roots, from a
    /// ConfigMap in their namespace that the webhook writes
    #[arg(long, value_name = "FILE")]
    pub(crate) endpoint_ca: Option<PathBuf>,

    /// With --endpoint-ca, the name of that ConfigMap
    #[arg(long, value_name = "NAME", default_value = "irsa-endpoint-ca")]
    pub(crate) endpoint_ca_config_map: String,

    /// With --endpoint-ca, the public roots, PEM [those of this system]
    #[arg(long, value_name = "FILE")]
    pub(crate) endpoint_ca_roots: Option<PathBuf>,
}

/// The other way to credentials.
#[derive(Args, Debug)]
#[command(next_help_heading = "Container credentials")]
pub(crate) struct WebhookContainerCredentialsArgs {
    /// The JSON file that lists ServiceAccounts with container credentials; read again when it
    /// changes
    #[arg(long, value_name = "FILE")]
    pub(crate) watch_container_credentials_config: Option<PathBuf>,

    /// Whom their tokens are for
    #[arg(
        long,
        value_name = "AUDIENCE",
        default_value = "pods.eks.amazonaws.com"
    )]
    pub(crate) container_credentials_audience: String,

    /// Where their tokens are mounted
    #[arg(
        long,
        value_name = "PATH",
        default_value = "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount"
    )]
    pub(crate) container_credentials_token_mount_path: String,

    /// The name of their volume
    #[arg(long, value_name = "NAME", default_value = "eks-pod-identity-token")]
    pub(crate) container_credentials_token_volume_name: String,

    /// The name of their token's file
    #[arg(long, value_name = "NAME", default_value = "eks-pod-identity-token")]
    pub(crate) container_credentials_token_path: String,

    /// AWS_CONTAINER_CREDENTIALS_FULL_URI
    #[arg(
        long,
        value_name = "URL",
        default_value = "http://169.254.170.23/v1/credentials"
    )]
    pub(crate) container_credentials_full_uri: String,
}

/// What pods may not do.
#[derive(Args, Debug)]
#[command(next_help_heading = "Rules")]
pub(crate) struct WebhookRulesArgs {
    /// Refuse pods for annotations that do not do what their author means [warn]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
          default_value = "false", default_missing_value = "true")]
    pub(crate) strict_validation: GoBool,

    /// In all namespaces, refuse pods that bring what only the webhook may add [in namespaces
    /// with the label PREFIX/anti-spoof=true]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
          default_value = "false", default_missing_value = "true")]
    pub(crate) anti_spoof: GoBool,

    /// How often pods that run without the identity of their ServiceAccount are counted; 0: never
    #[arg(long, value_name = "TIME", default_value = "5m")]
    pub(crate) pod_audit_interval: GoDuration,
}

/// How long things may take.
#[derive(Args, Debug)]
#[command(next_help_heading = "Waiting")]
pub(crate) struct WebhookWaitingArgs {
    /// How long a pod may wait for a ServiceAccount that is not known yet; 0: it is admitted
    /// without identity at once, unless it is fail-closed [--live-read-timeout]
    #[arg(long, value_name = "TIME")]
    pub(crate) service_account_lookup_grace_period: Option<GoDuration>,

    /// How long a review may wait for a read of the API server; never longer than the API server
    /// waits itself
    #[arg(long, value_name = "TIME", default_value = "2s")]
    pub(crate) live_read_timeout: GoDuration,

    /// Reads of the API server in a second
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) live_read_rate: u32,

    /// Reads of the API server at once
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) live_read_burst: u32,

    /// ServiceAccounts made or changed within that time are read again before they count as
    /// having no role
    #[arg(long, value_name = "TIME", default_value = "10s")]
    pub(crate) recent: GoDuration,

    /// How long after /debug/alpha/cache/clear the cache is filled again
    #[arg(long, value_name = "TIME", default_value = "60s")]
    pub(crate) resync_period: GoDuration,

    /// How long to serve on after SIGTERM, so that balancers notice
    #[arg(long, value_name = "TIME", default_value = "10s")]
    pub(crate) drain: GoDuration,
}

/// Flags of the library with which AWS's webhook logs. The log goes to stderr, always; what asks
/// for something else is refused.
#[derive(Args, Debug)]
pub(crate) struct KlogArgs {
    /// How much is logged: from 4 on, details
    #[arg(long = "v", value_name = "LEVEL", hide = true)]
    pub(crate) v: Option<i32>,
    #[arg(long = "logtostderr", hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) log_to_stderr: Option<String>,
    #[arg(long = "alsologtostderr", hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) also_log_to_stderr: Option<String>,
    #[arg(long = "log_dir", hide = true)]
    pub(crate) log_dir: Option<String>,
    #[arg(long = "log_file", hide = true)]
    pub(crate) log_file: Option<String>,
    #[arg(long = "log_file_max_size", hide = true)]
    pub(crate) log_file_max_size: Option<String>,
    #[arg(long = "add_dir_header", hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) add_dir_header: Option<String>,
    #[arg(long = "skip_headers", hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) skip_headers: Option<String>,
    #[arg(long = "skip_log_headers", hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) skip_log_headers: Option<String>,
    #[arg(long = "one_output", hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) one_output: Option<String>,
    #[arg(long = "legacy_stderr_threshold_behavior", hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) legacy_stderr_threshold_behavior: Option<String>,
    #[arg(long = "stderrthreshold", hide = true)]
    pub(crate) stderr_threshold: Option<String>,
    #[arg(long = "alsologtostderrthreshold", hide = true)]
    pub(crate) also_log_to_stderr_threshold: Option<String>,
    #[arg(long = "vmodule", hide = true)]
    pub(crate) vmodule: Option<String>,
    #[arg(long = "log_backtrace_at", hide = true)]
    pub(crate) log_backtrace_at: Option<String>,
}

impl KlogArgs {
    /// The flags that were given, as `--NAME=VALUE`, but for what is so anyway.
    pub(crate) fn unserved(&self) -> Vec<String> {
        let flags: [(&str, &Option<String>, &[&str]); 14] = [
            ("logtostderr", &self.log_to_stderr, &["true"]),
            (
                "alsologtostderr",
                &self.also_log_to_stderr,
                &["true", "false"],
            ),
            ("log_dir", &self.log_dir, &[""]),
            ("log_file", &self.log_file, &[""]),
            ("log_file_max_size", &self.log_file_max_size, &["1800"]),
            ("add_dir_header", &self.add_dir_header, &["false"]),
            ("skip_headers", &self.skip_headers, &["false"]),
            ("skip_log_headers", &self.skip_log_headers, &["false"]),
            ("one_output", &self.one_output, &["false"]),
            (
                "legacy_stderr_threshold_behavior",
                &self.legacy_stderr_threshold_behavior,
                &["true"],
            ),
            ("stderrthreshold", &self.stderr_threshold, &["INFO", "0"]),
            (
                "alsologtostderrthreshold",
                &self.also_log_to_stderr_threshold,
                &["INFO", "0"],
            ),
            ("vmodule", &self.vmodule, &[""]),
            ("log_backtrace_at", &self.log_backtrace_at, &["", ":0"]),
        ];
        let given = flags.iter().filter_map(|(name, value, same)| {
            let value = value.as_deref().filter(|value| !same.contains(value))?;
            Some(format!("--{name}={value}"))
        });
        given.collect()
    }
}
