//! What `--dev` makes when nobody says otherwise.

use base::{AccessKeyId, AccountId, Secret};
use identity::iam::administrator::ChosenKey;

use crate::aws::Vars;
use crate::failure::Failure;
use crate::local::AccessKey;

/// The account of a developer's server; the one of AWS's documents.
const ACCOUNT: &str = "123456789012";
const ID: &str = "IRSA_DEV_ACCESS_KEY_ID";
const SECRET: &str = "IRSA_DEV_SECRET_ACCESS_KEY";

/// The account asked for, else the usual one.
pub(crate) fn dev_account(asked: Option<AccountId>) -> Option<AccountId> {
    asked.or_else(|| ACCOUNT.parse().ok())
}

/// The key that the variables fix, for service containers, whose key must be known before they
/// start.
pub(super) fn dev_key(vars: &Vars) -> Result<Option<AccessKey>, Failure> {
    match (vars.text(ID), vars.text(SECRET)) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(Failure::usage(format!("{ID} is set and {SECRET} is not"))),
        (None, Some(_)) => Err(Failure::usage(format!("{SECRET} is set and {ID} is not"))),
        (Some(id), Some(secret)) => {
            checked(id)?;
            Ok(Some(AccessKey {
                id: id.to_owned(),
                secret: Secret::new(secret.to_owned()),
            }))
        }
    }
}

/// The same, for an installation about to be.
pub(super) fn chosen(key: &AccessKey) -> Result<ChosenKey, Failure> {
    Ok(ChosenKey {
        access_key_id: checked(&key.id)?,
        secret_access_key: key.secret.clone(),
    })
}

fn checked(id: &str) -> Result<AccessKeyId, Failure> {
    let parsed = id.parse::<AccessKeyId>().ok().filter(|id| !id.is_session());
    parsed.ok_or_else(|| {
        Failure::usage(format!(
            "{ID} must be 16 to 128 characters of A-Z and 0-9, and not begin with ASIA"
        ))
        .help("AKIAIOSFODNN7EXAMPLE is one")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_variables_or_none() {
        for (pairs, told) in [
            (vec![], "none"),
            (
                vec![(ID, "AKIAIOSFODNN7EXAMPLE"), (SECRET, "s")],
                "AKIAIOSFODNN7EXAMPLE",
            ),
            (vec![(ID, "AKIAIOSFODNN7EXAMPLE")], "fault"),
            (vec![(SECRET, "s")], "fault"),
            (vec![(ID, "test"), (SECRET, "test")], "fault"),
            (vec![(ID, "ASIAIOSFODNN7EXAMPLE"), (SECRET, "s")], "fault"),
        ] {
            let vars = pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            let found = match dev_key(&vars) {
                Ok(None) => "none".to_owned(),
                Ok(Some(key)) => key.id,
                Err(_) => "fault".to_owned(),
            };
            assert_eq!(found, told, "{pairs:?}");
        }
    }
}
