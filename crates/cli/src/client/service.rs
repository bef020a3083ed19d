//! The services that our commands call.

/// A service as its callers must know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    /// What was done, by whom.
    CloudTrail,
    /// Our own.
    Irsa,
    /// Who am I, and sessions.
    Sts,
    /// Roles and providers.
    Iam,
    /// Secrets.
    SecretsManager,
}

/// How a service wants its calls written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// JSON 1.1 with this target prefix.
    Json { target_prefix: &'static str },
    /// A form with this API version; the answer is XML.
    Query { version: &'static str },
}

impl Service {
    /// How its calls are written.
    pub(crate) fn protocol(self) -> Protocol {
        match self {
            Service::CloudTrail => Protocol::Json {
                target_prefix: "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101",
            },
            Service::Irsa => Protocol::Json {
                target_prefix: "Irsa_20261121",
            },
            Service::SecretsManager => Protocol::Json {
                target_prefix: "secretsmanager",
            },
            Service::Sts => Protocol::Query {
                version: "2011-06-15",
            },
            Service::Iam => Protocol::Query {
                version: "2010-05-08",
            },
        }
    }

    /// The service in a signature's scope.
    pub(crate) fn signing_name(self) -> &'static str {
        match self {
            Service::CloudTrail => "cloudtrail",
            Service::Irsa => "irsa",
            Service::SecretsManager => "secretsmanager",
            Service::Sts => "sts",
            Service::Iam => "iam",
        }
    }

    /// The end of AWS_ENDPOINT_URL_….
    pub(crate) fn endpoint_variable(self) -> &'static str {
        match self {
            Service::CloudTrail => "CLOUDTRAIL",
            Service::Irsa => "IRSA",
            Service::SecretsManager => "SECRETS_MANAGER",
            Service::Sts => "STS",
            Service::Iam => "IAM",
        }
    }

    /// Whether its calls are signed for the partition's global region.
    pub(crate) fn is_global(self) -> bool {
        match self {
            Service::Iam => true,
            Service::CloudTrail | Service::Irsa | Service::Sts | Service::SecretsManager => false,
        }
    }
}
