//! The services that our commands call.

use base::{Partition, Region};

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

    /// AWS's own server for callers of a region; `None` where AWS has no such service.
    pub(crate) fn aws_host(self, region: &Region) -> Option<String> {
        let domain = domain(region);
        let name = match self {
            Service::Irsa => return None,
            Service::Iam => match region.partition() {
                Partition::Aws => "iam".to_owned(),
                Partition::AwsUsGov => "iam.us-gov".to_owned(),
                Partition::AwsCn => "iam.cn-north-1".to_owned(),
            },
            Service::CloudTrail | Service::Sts | Service::SecretsManager => {
                format!("{}.{region}", self.signing_name())
            }
        };
        Some(format!("{name}.{domain}"))
    }

    /// Whether its calls are signed for the partition's global region.
    pub(crate) fn is_global(self) -> bool {
        match self {
            Service::Iam => true,
            Service::CloudTrail | Service::Irsa | Service::Sts | Service::SecretsManager => false,
        }
    }
}

/// AWS's own S3 of a region.
pub(crate) fn aws_s3_host(region: &Region) -> String {
    format!("s3.{region}.{}", domain(region))
}

fn domain(region: &Region) -> &'static str {
    match region.partition() {
        Partition::Aws | Partition::AwsUsGov => "amazonaws.com",
        Partition::AwsCn => "amazonaws.com.cn",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_of_aws() {
        for (service, region, host) in [
            (Service::Iam, "eu-west-1", Some("iam.amazonaws.com")),
            (
                Service::Iam,
                "us-gov-east-1",
                Some("iam.us-gov.amazonaws.com"),
            ),
            (
                Service::Iam,
                "cn-northwest-1",
                Some("iam.cn-north-1.amazonaws.com.cn"),
            ),
            (
                Service::Sts,
                "eu-west-1",
                Some("sts.eu-west-1.amazonaws.com"),
            ),
            (
                Service::Sts,
                "cn-north-1",
                Some("sts.cn-north-1.amazonaws.com.cn"),
            ),
            (Service::Irsa, "eu-west-1", None),
        ] {
            let region = region.parse().unwrap();
            assert_eq!(service.aws_host(&region).as_deref(), host);
        }
    }
}
