//! Principals as people name them.

use serde_json::{Value, json};

use super::target::identity;
use crate::client::{CallError, Client};
use crate::values::ContextKey;

/// An ARN as it is; `user/NAME` and `role/NAME` in the caller's account.
pub(super) async fn principal_arn(name: &str, client: &Client) -> Result<String, CallError> {
    if name.starts_with("arn:") {
        return Ok(name.to_owned());
    }
    let partition = client.region().partition().as_str();
    let account = identity(client).await?.account;
    Ok(format!("arn:{partition}:iam::{account}:{name}"))
}

/// An ARN as it is, or a role of the caller's account.
pub(super) async fn role_arn(name: &str, client: &Client) -> Result<String, CallError> {
    if name.starts_with("arn:") || name.starts_with("role/") {
        principal_arn(name, client).await
    } else {
        principal_arn(&format!("role/{name}"), client).await
    }
}

/// Keys with all the values that were given for each.
pub(super) fn context_keys(given: &[ContextKey]) -> Value {
    let mut keys: Vec<(&str, Vec<&str>)> = Vec::new();
    for one in given {
        match keys
            .iter_mut()
            .find(|(key, _)| one.key.eq_ignore_ascii_case(key))
        {
            Some((_, values)) => values.push(&one.value),
            None => keys.push((&one.key, vec![&one.value])),
        }
    }
    let keys = keys.into_iter();
    keys.map(|(key, values)| json!({ "Key": key, "Values": values }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_key_come_together() {
        let given: Vec<ContextKey> = ["a:b=1", "c:d=2", "A:B=3"]
            .iter()
            .map(|text| text.parse().unwrap())
            .collect();
        assert_eq!(
            context_keys(&given),
            json!([{ "Key": "a:b", "Values": ["1", "3"] }, { "Key": "c:d", "Values": ["2"] }])
        );
    }
}
