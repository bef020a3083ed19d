//! What the operator decided, for all pods.

/// The flags that change what pods get; defaults are those of the webhook that we stand in for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `--annotation-prefix`
    pub annotation_prefix: String,
    /// `--token-audience`
    pub token_audience: String,
    /// `--token-mount-path`
    pub token_mount_path: String,
    /// `--token-expiration`, in seconds
    pub token_expiration_secs: i64,
    /// `--aws-default-region`; empty: none
    pub region: String,
    /// `--sts-regional-endpoint`
    pub sts_regional_endpoints: bool,
    /// `--role-session-name`: pods name their sessions after themselves.
    pub role_session_name: bool,
    /// `--disable-ec2-metadata`: pods do not fall back to the node's role.
    pub disable_ec2_metadata: bool,
    /// Where pods find the server instead of AWS.
    pub endpoint: Option<Endpoint>,
    /// `--compose-role-arn`: the account in which roles without an ARN are.
    pub compose_role_arn: Option<ComposeRoleArn>,
    /// What happens on annotations that do not do what their author means.
    pub validation: Validation,
    /// `--namespace`: where the webhook itself runs; nothing is refused there.
    pub own_namespace: String,
}

/// What happens on annotations that do not do what their author means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Validation {
    /// The pod is admitted as AWS's webhook would, with a warning.
    #[default]
    Warn,
    /// The pod is refused.
    Refuse,
}

/// What makes an ARN of a role's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComposeRoleArn {
    /// Such as `aws`.
    pub partition: String,
    /// Twelve digits.
    pub account_id: String,
}

impl ComposeRoleArn {
    /// For an account seen from a region.
    pub fn new(region: &str, account_id: &str) -> Self {
        let partitions = [
            ("cn-", "aws-cn"),
            ("us-gov-", "aws-us-gov"),
            ("us-iso-", "aws-iso"),
            ("us-isob-", "aws-iso-b"),
            ("eusc-", "aws-eusc"),
        ];
        let mut partitions = partitions.iter();
        let found = partitions.find(|(prefix, _)| region.starts_with(prefix));
        Self {
            partition: found.map_or("aws", |(_, partition)| partition).to_owned(),
            account_id: account_id.to_owned(),
        }
    }

    /// The ARN of what an annotation says.
    pub(crate) fn role_arn(&self, role: &str) -> String {
        if role.contains("arn:") {
            return role.to_owned();
        }
        let Self {
            partition,
            account_id,
        } = self;
        format!("arn:{partition}:iam::{account_id}:role/{role}")
    }
}

impl Settings {
    /// Whether pods of that namespace are never refused, so that the cluster can always be mended.
    pub(crate) fn is_exempt(&self, namespace: &str) -> bool {
        namespace == KUBE_SYSTEM || namespace == self.own_namespace
    }
}

const KUBE_SYSTEM: &str = "kube-system";

/// A server that pods call instead of AWS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoint {
    /// `--endpoint-url`
    pub url: String,
    /// `--endpoint-services`: only these go there, as the suffixes of `AWS_ENDPOINT_URL_…`; none:
    /// all.
    pub services: Vec<String>,
    /// The ConfigMap in the pod's namespace that holds the certificates to trust.
    pub ca_config_map: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            annotation_prefix: "eks.amazonaws.com".to_owned(),
            token_audience: "sts.amazonaws.com".to_owned(),
            token_mount_path: "/var/run/secrets/eks.amazonaws.com/serviceaccount".to_owned(),
            token_expiration_secs: 86_400,
            region: String::new(),
            sts_regional_endpoints: false,
            role_session_name: false,
            disable_ec2_metadata: false,
            endpoint: None,
            compose_role_arn: None,
            validation: Validation::Warn,
            own_namespace: "eks".to_owned(),
        }
    }
}
