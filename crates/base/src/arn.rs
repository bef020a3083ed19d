//! Amazon Resource Names.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{AccountId, Partition};

/// `arn:partition:service:region:account:resource`; the resource may hold colons and slashes.
/// Region and account may be empty, as in `arn:aws:s3:::bucket`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Arn {
    text: String,
    /// Where each of the five separators stands.
    colons: [usize; 5],
}

/// The text has fewer than six segments, or does not start with `arn:`.
#[derive(Debug, thiserror::Error)]
#[error("an ARN must have six segments: arn:partition:service:region:account:resource")]
pub struct InvalidArn;

impl Arn {
    /// Joins the segments. `region` is empty for global services.
    pub fn new(
        partition: Partition,
        service: &str,
        region: &str,
        account: AccountId,
        resource: &str,
    ) -> Self {
        let text = format!(
            "arn:{}:{service}:{region}:{account}:{resource}",
            partition.as_str()
        );
        let colons = colons(&text).unwrap_or_default();
        Self { text, colons }
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `aws`, `aws-cn`, …
    pub fn partition(&self) -> &str {
        self.between(0, 1)
    }

    /// `iam`, `secretsmanager`, …
    pub fn service(&self) -> &str {
        self.between(1, 2)
    }

    /// Empty for global services.
    pub fn region(&self) -> &str {
        self.between(2, 3)
    }

    /// The account segment as text; may be empty or no account id at all.
    pub fn account(&self) -> &str {
        self.between(3, 4)
    }

    /// The account, when the segment is one.
    pub fn account_id(&self) -> Option<AccountId> {
        self.account().parse().ok()
    }

    /// All that follows the fifth colon.
    pub fn resource(&self) -> &str {
        self.text.get(self.colons[4] + 1..).unwrap_or_default()
    }

    fn between(&self, left: usize, right: usize) -> &str {
        match (self.colons.get(left), self.colons.get(right)) {
            (Some(left), Some(right)) => self.text.get(left + 1..*right).unwrap_or_default(),
            _ => "",
        }
    }
}

fn colons(text: &str) -> Option<[usize; 5]> {
    let mut found = [0; 5];
    let mut colons = text.bytes().enumerate().filter(|(_, byte)| *byte == b':');
    for slot in &mut found {
        *slot = colons.next()?.0;
    }
    Some(found)
}

impl FromStr for Arn {
    type Err = InvalidArn;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !text.starts_with("arn:") {
            return Err(InvalidArn);
        }
        let colons = colons(text).ok_or(InvalidArn)?;
        Ok(Self {
            text: text.to_owned(),
            colons,
        })
    }
}

impl TryFrom<String> for Arn {
    type Error = InvalidArn;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Arn> for String {
    fn from(arn: Arn) -> Self {
        arn.text
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments() {
        let arn: Arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a/b-XyZ123"
            .parse()
            .unwrap();
        assert_eq!(arn.partition(), "aws");
        assert_eq!(arn.service(), "secretsmanager");
        assert_eq!(arn.region(), "eu-west-1");
        assert_eq!(arn.account(), "123456789012");
        assert_eq!(arn.resource(), "secret:a/b-XyZ123");
        let global: Arn = "arn:aws:s3:::bucket".parse().unwrap();
        assert_eq!(
            (global.region(), global.account(), global.resource()),
            ("", "", "bucket")
        );
        for bad in ["", "arn", "arn:aws:s3::bucket", "xarn:a:b:c:d:e"] {
            assert!(bad.parse::<Arn>().is_err(), "{bad}");
        }
    }
}
