//! What a caller may type to name a secret: its name, its ARN, or its ARN without the suffix.
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>

use base::{AccountId, Arn, Region};

/// How many random characters end a secret's ARN.
pub(super) const SUFFIX_CHARS: usize = 6;
/// What they are drawn from.
pub(super) const SUFFIX_ALPHABET: &[u8] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Which secret a `SecretId` means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sought<'a> {
    /// The secret of this name.
    Named(&'a str),
    /// The secret of this name, if its ARN is the one that was typed.
    Complete(&'a str),
    /// None of this account and region.
    Elsewhere,
}

/// The ARN that a secret of `name` has, or would have; with or without a suffix, as `name` is.
pub(super) fn secret_arn(account: AccountId, region: &Region, name: &str) -> String {
    let resource = format!("secret:{name}");
    Arn::new(
        region.partition(),
        "secretsmanager",
        region.as_str(),
        account,
        &resource,
    )
    .into()
}

/// Whether the text claims to be an ARN.
pub(super) fn as_arn(typed: &str) -> Option<Arn> {
    typed.parse().ok()
}

/// Reads `typed` in an account and region. A partial ARN whose name ends in a hyphen and six
/// characters looks complete, and is taken for that: AWS advises against such names.
pub(super) fn sought<'a>(typed: &'a str, account: AccountId, region: &Region) -> Sought<'a> {
    if as_arn(typed).is_none() {
        return Sought::Named(typed);
    }
    let here = secret_arn(account, region, "");
    let Some(resource) = typed.strip_prefix(&here) else {
        return Sought::Elsewhere;
    };
    match without_suffix(resource) {
        Some(name) => Sought::Complete(name),
        None => Sought::Named(resource),
    }
}

fn without_suffix(resource: &str) -> Option<&str> {
    let (name, suffix) = resource.rsplit_once('-')?;
    let complete =
        suffix.len() == SUFFIX_CHARS && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric());
    complete.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(typed: &str, expected: &Sought<'_>) {
        let account = "123456789012".parse().unwrap();
        let region = "eu-west-1".parse().unwrap();
        assert_eq!(&sought(typed, account, &region), expected, "{typed}");
    }

    #[test]
    fn what_is_typed_means_one_secret() {
        for (typed, expected) in [
            ("app/db", Sought::Named("app/db")),
            ("app-AbCdEf", Sought::Named("app-AbCdEf")),
            ("arn:x", Sought::Named("arn:x")),
        ] {
            check(typed, &expected);
        }
        for (resource, expected) in [
            ("app/db", Sought::Named("app/db")),
            ("app/db-AbC12f", Sought::Complete("app/db")),
            ("my-secret", Sought::Complete("my")),
            ("a-AbC12f-XyZ789", Sought::Complete("a-AbC12f")),
            ("a-short", Sought::Named("a-short")),
            ("a-longer7", Sought::Named("a-longer7")),
            ("a-Ab_12f", Sought::Named("a-Ab_12f")),
        ] {
            check(
                &format!("arn:aws:secretsmanager:eu-west-1:123456789012:secret:{resource}"),
                &expected,
            );
        }
        for elsewhere in [
            "arn:aws:secretsmanager:eu-west-1:210987654321:secret:a",
            "arn:aws:secretsmanager:eu-west-2:123456789012:secret:a",
            "arn:aws-cn:secretsmanager:eu-west-1:123456789012:secret:a",
            "arn:aws:s3:eu-west-1:123456789012:secret:a",
            "arn:aws:secretsmanager:eu-west-1:123456789012:other:a",
            "arn:aws:secretsmanager:eu-west-1::secret:a",
        ] {
            check(elsewhere, &Sought::Elsewhere);
        }
    }
}
