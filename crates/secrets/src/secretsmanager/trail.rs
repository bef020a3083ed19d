//! What CloudTrail tells of a secret, as recorded from AWS: the record lists the secret when the
//! call named it by an ARN, found or not; LookupEvents lists it as the call named it; and the
//! answers of calls that write a secret are cut down to its ARN.

use audit::{Resource, ResourceName};
use base::AccountId;
use engine::{AuditFacts, Shown};
use serde_json::json;

use super::secret_id::as_arn;

const KIND: &str = "AWS::SecretsManager::Secret";

/// The facts of a call on the secret that the caller named `typed`. LookupEvents also finds it by
/// the ARN that the name led to.
pub(super) fn of(owner: AccountId, typed: &str, found: Option<&str>) -> AuditFacts {
    let is_arn = as_arn(typed).is_some();
    let resource = Resource {
        account_id: Some(owner),
        kind: KIND.to_owned(),
        arn: typed.to_owned(),
    };
    let names = [typed]
        .into_iter()
        .filter(|_| !is_arn)
        .chain(found.filter(|arn| *arn != typed));
    AuditFacts {
        resources: is_arn.then_some(resource).into_iter().collect(),
        names: names.map(name).collect(),
        ..AuditFacts::default()
    }
}

/// The facts of a call that writes a value: of the answer only the ARN is shown.
pub(super) fn of_write(facts: AuditFacts, arn: Option<&str>) -> AuditFacts {
    AuditFacts {
        response: arn.map_or(Shown::Nothing, |arn| Shown::As(json!({ "arn": arn }))),
        ..facts
    }
}

fn name(name: &str) -> ResourceName {
    ResourceName {
        kind: KIND.to_owned(),
        name: name.to_owned(),
    }
}
