//! The words of the services.
//!
//! S3's are those that versity/versitygw (`auth/bucket_policy*.go`) and localstack's recordings
//! have; those of KMS and Secrets Manager are in their guides and in the Terraform provider, which
//! repeats calls on some of them. KMS has no text for bad syntax.

use super::ResourceService;
use super::flaw::Flaw;
use crate::fault::PolicyFault;

pub(super) fn fault(service: ResourceService, flaw: &Flaw) -> PolicyFault {
    const EXCEPTION: &str = "MalformedPolicyDocumentException";
    match service {
        ResourceService::S3 => PolicyFault::new("MalformedPolicy", bucket(flaw)),
        ResourceService::Sqs => PolicyFault::new(
            "InvalidAttributeValue",
            "Invalid value for the parameter Policy.",
        ),
        ResourceService::Kms if matches!(flaw, Flaw::Size) => PolicyFault::new(
            "LimitExceededException",
            "The request was rejected because a length constraint or quota was exceeded.",
        ),
        ResourceService::Kms => PolicyFault::new(EXCEPTION, key(flaw)),
        ResourceService::SecretsManager => PolicyFault::new(EXCEPTION, secret(flaw)),
    }
}

fn bucket(flaw: &Flaw) -> String {
    let text = match flaw {
        Flaw::FirstByte => "Policies must be valid JSON and the first byte must be '{'",
        Flaw::Json => "This policy contains invalid Json",
        Flaw::Shape => "Invalid policy syntax.",
        Flaw::Size => "Normalized policy document exceeds the maximum allowed size of 20480 bytes",
        Flaw::UnknownElement(name) => return format!("Unknown field {name}"),
        Flaw::Version => "The policy must contain a valid version string",
        Flaw::EmptyStatement => "Could not parse the policy: Statement is empty!",
        Flaw::Missing(element) => return format!("Missing required field {element}"),
        Flaw::Effect(effect) => return format!("Invalid effect: {effect}"),
        Flaw::Principal | Flaw::ServicePrincipal => "Invalid principal in policy",
        Flaw::AllowNotPrincipal => "Allow with NotPrincipal is not allowed.",
        Flaw::Action => "Policy has invalid action",
        Flaw::Resource => "Policy has invalid resource",
        Flaw::ActionWithoutResource => "Action does not apply to any resource(s) in statement",
        Flaw::Operator(operator) => return format!("Invalid Condition type : {operator}"),
        Flaw::Key => "Policy has an invalid condition key",
        Flaw::KeyWithoutAction => {
            "Conditions do not apply to combination of actions and resources in statement"
        }
        Flaw::Address => "Invalid IP address in Conditions",
        Flaw::DuplicateSid => "The Statement Ids in the policy are not unique",
    };
    text.to_owned()
}

fn key(flaw: &Flaw) -> &'static str {
    match flaw {
        Flaw::Missing("Principal") => "Policy contains a statement with no principal.",
        Flaw::Principal | Flaw::ServicePrincipal => {
            "Policy contains a statement with one or more invalid principals."
        }
        _ => "",
    }
}

fn secret(flaw: &Flaw) -> &'static str {
    match flaw {
        Flaw::Principal => "This resource policy contains an unsupported principal.",
        Flaw::ServicePrincipal => "This resource policy contains an invalid service principal.",
        _ => "This resource policy contains a syntax error.",
    }
}
