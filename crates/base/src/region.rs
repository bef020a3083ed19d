//! Regions and the partitions they belong to.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A region name such as `eu-central-1`: 1–32 characters of `[a-z0-9-]`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Region(Arc<str>);

/// The text is not a region name.
#[derive(Debug, thiserror::Error)]
#[error("a region name must be 1 to 32 characters of a-z, 0-9 and -")]
pub struct InvalidRegion;

/// `aws`, `aws-cn` or `aws-us-gov`; regions of other spellings count as `aws`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Partition {
    /// The commercial partition.
    Aws,
    /// China.
    AwsCn,
    /// GovCloud.
    AwsUsGov,
}

impl Partition {
    /// As it stands in an ARN.
    pub fn as_str(self) -> &'static str {
        match self {
            Partition::Aws => "aws",
            Partition::AwsCn => "aws-cn",
            Partition::AwsUsGov => "aws-us-gov",
        }
    }

    /// The region whose trail holds the records of global services.
    pub fn global_region(self) -> &'static str {
        match self {
            Partition::Aws => "us-east-1",
            Partition::AwsCn => "cn-north-1",
            Partition::AwsUsGov => "us-gov-west-1",
        }
    }
}

impl Region {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the name is spelled as its partition spells regions: `eu-central-1`,
    /// `cn-north-1`, `us-gov-west-1` (the SDKs' own `regionRegex` of each partition).
    pub fn is_of_its_partition(&self) -> bool {
        let name = match self.partition() {
            Partition::Aws => {
                let prefixes = [
                    "us-", "eu-", "ap-", "sa-", "ca-", "me-", "af-", "il-", "mx-",
                ];
                prefixes
                    .iter()
                    .find_map(|prefix| self.0.strip_prefix(prefix))
            }
            Partition::AwsCn => self.0.strip_prefix("cn-"),
            Partition::AwsUsGov => self.0.strip_prefix("us-gov-"),
        };
        name.and_then(|name| name.split_once('-'))
            .is_some_and(|(word, number)| {
                let letters = word.bytes().all(|byte| byte.is_ascii_lowercase());
                let digits = number.bytes().all(|byte| byte.is_ascii_digit());
                !word.is_empty() && letters && !number.is_empty() && digits
            })
    }

    /// The partition, told from the name's prefix.
    pub fn partition(&self) -> Partition {
        if self.0.starts_with("cn-") {
            Partition::AwsCn
        } else if self.0.starts_with("us-gov-") {
            Partition::AwsUsGov
        } else {
            Partition::Aws
        }
    }
}

impl FromStr for Region {
    type Err = InvalidRegion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if text.is_empty() || text.len() > 32 || !text.bytes().all(legal) {
            return Err(InvalidRegion);
        }
        Ok(Self(text.into()))
    }
}

impl TryFrom<String> for Region {
    type Error = InvalidRegion;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Region> for String {
    fn from(region: Region) -> Self {
        region.0.as_ref().to_owned()
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_have_their_spelling() {
        for (text, is) in [
            ("us-east-1", true),
            ("ap-southeast-7", true),
            ("mx-central-1", true),
            ("cn-northwest-1", true),
            ("us-gov-east-1", true),
            ("mars-north-1", false),
            ("us-east", false),
            ("us-east-", false),
            ("us--1", false),
            ("us-gov", false),
            ("us-iso-east-1", false),
            ("lab", false),
        ] {
            let region: Region = text.parse().unwrap();
            assert_eq!(region.is_of_its_partition(), is, "{text}");
        }
    }

    #[test]
    fn names_and_partitions() {
        for (text, partition) in [
            ("us-east-1", Some(Partition::Aws)),
            ("cn-north-1", Some(Partition::AwsCn)),
            ("us-gov-west-1", Some(Partition::AwsUsGov)),
            ("lab", Some(Partition::Aws)),
            ("", None),
            ("US-EAST-1", None),
            ("a/b", None),
        ] {
            assert_eq!(
                text.parse::<Region>().ok().map(|r| r.partition()),
                partition,
                "{text}"
            );
        }
    }
}
