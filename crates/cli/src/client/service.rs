//! The services that our commands call.

/// A service as its callers must know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    /// Our own.
    Irsa,
    /// Who am I, and sessions.
    Sts,
    /// Roles and providers.
    Iam,
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
            Service::Irsa => Protocol::Json {
                target_prefix: "Irsa_20261121",
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
            Service::Irsa => "irsa",
            Service::Sts => "sts",
            Service::Iam => "iam",
        }
    }

    /// The end of AWS_ENDPOINT_URL_….
    pub(crate) fn endpoint_variable(self) -> &'static str {
        match self {
            Service::Irsa => "IRSA",
            Service::Sts => "STS",
            Service::Iam => "IAM",
        }
    }

    /// Whether its calls are signed for the partition's global region.
    pub(crate) fn is_global(self) -> bool {
        match self {
            Service::Iam => true,
            Service::Irsa | Service::Sts => false,
        }
    }
}
