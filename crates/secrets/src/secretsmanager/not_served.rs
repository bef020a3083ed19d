//! Members that AWS serves and this server does not yet. They are refused, never ignored.

use base::Fault;
use engine::Call;

use super::refusal::invalid_parameter;

/// The key that stands for "the service's own"; every value is sealed like that today.
const DEFAULT_KEY: &str = "alias/aws/secretsmanager";

/// A refusal if the caller gave `member`.
pub(super) fn member<T>(name: &str, value: Option<&T>) -> Result<(), Fault> {
    match value {
        None => Ok(()),
        Some(_) => Err(not_served(name)),
    }
}

/// A refusal if the caller asked for what `member` does; `false` asks for nothing.
pub(super) fn flag(name: &str, value: Option<bool>) -> Result<(), Fault> {
    member(name, value.filter(|asked| *asked).as_ref())
}

/// A refusal of every key but the default one; an empty id means that one too. Answers how the
/// caller spelled it: AWS shows a key that was named, the default one too.
pub(super) fn kms_key(id: Option<&str>, call: &Call) -> Result<Option<String>, Fault> {
    let Some(id) = id.filter(|id| !id.is_empty()) else {
        return Ok(None);
    };
    let named = Some(id.to_owned());
    if id == DEFAULT_KEY {
        return Ok(named);
    }
    let (partition, region) = (call.partition().as_str(), call.region.as_str());
    if id
        == format!(
            "arn:{partition}:kms:{region}:{}:{DEFAULT_KEY}",
            call.account
        )
    {
        return Ok(named);
    }
    Err(invalid_parameter(format!(
        "KmsKeyId: customer managed keys are not served by this server yet. Leave KmsKeyId out, or \
         give {DEFAULT_KEY}."
    )))
}

fn not_served(member: &str) -> Fault {
    invalid_parameter(format!(
        "{member} is not served by this server yet. Leave it out."
    ))
}
