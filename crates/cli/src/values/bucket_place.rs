//! `s3://BUCKET/PREFIX`.

use std::str::FromStr;

/// A place in a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BucketPlace {
    bucket: String,
    prefix: String,
}

/// The text names no place in a bucket.
#[derive(Debug, thiserror::Error)]
#[error(
    "must be s3://BUCKET or s3://BUCKET/PREFIX; a bucket has 3 to 63 of a-z, 0-9, - and ., a prefix \
     letters, digits and / - _ ."
)]
pub(crate) struct InvalidBucketPlace;

impl BucketPlace {
    /// The escaped path of an object below it, where the server takes the bucket in the path.
    pub(crate) fn path(&self, object: &str) -> String {
        match self.prefix.as_str() {
            "" => format!("/{}/{object}", self.bucket),
            prefix => format!("/{}/{prefix}/{object}", self.bucket),
        }
    }
}

impl FromStr for BucketPlace {
    type Err = InvalidBucketPlace;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text.strip_prefix("s3://").ok_or(InvalidBucketPlace)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_end_matches('/');
        let of_bucket =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
        let of_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let legal_part = |part: &str| !matches!(part, "" | "." | "..") && part.bytes().all(of_part);
        let legal_prefix = prefix.is_empty() || prefix.split('/').all(legal_part);
        if !(3..=63).contains(&bucket.len()) || !bucket.bytes().all(of_bucket) || !legal_prefix {
            return Err(InvalidBucketPlace);
        }
        Ok(Self {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_and_prefix() {
        for (text, path) in [
            ("s3://issuers", Some("/issuers/keys")),
            ("s3://issuers/", Some("/issuers/keys")),
            ("s3://issuers/a/b/", Some("/issuers/a/b/keys")),
            ("s3://is", None),
            ("issuers/a", None),
            ("s3://Issuers", None),
            ("s3://issuers//a", None),
            ("s3://issuers/../a", None),
            ("s3://issuers/a b", None),
            ("s3://issuers/a?b", None),
        ] {
            let place = text.parse::<BucketPlace>().ok();
            let found = place.map(|place| place.path("keys"));
            assert_eq!(found.as_deref(), path, "{text}");
        }
    }
}
