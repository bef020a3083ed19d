//! What an image is called.

use crate::failure::Failure;
use std::fmt;

/// A name with a tag, as people write it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ImageName {
    repository: String,
    tag: String,
}

impl ImageName {
    /// What was asked for, else `irsa`; without a tag, the version.
    pub(super) fn read(asked: Option<&str>) -> Result<Self, Failure> {
        let asked = asked.unwrap_or("irsa");
        let (repository, tag) = match asked.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => (repository, tag),
            _ => (asked, env!("CARGO_PKG_VERSION")),
        };
        let in_repository =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-/:".contains(c);
        let in_tag = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let parts_are_named = repository.split('/').all(|part| !part.is_empty());
        if !parts_are_named
            || !repository.chars().all(in_repository)
            || tag.is_empty()
            || !tag.chars().all(in_tag)
        {
            return Err(Failure::new(format!(
                "`{asked}` is not an image name such as `irsa:1.0` or `registry.example/team/irsa:1.0`"
            )));
        }
        Ok(Self {
            repository: repository.to_owned(),
            tag: tag.to_owned(),
        })
    }

    pub(super) fn tag(&self) -> &str {
        &self.tag
    }

    /// The name in full, as the kubelet asks containerd for it.
    pub(super) fn full(&self) -> String {
        let first = self.repository.split('/').next().unwrap_or_default();
        let has_host =
            self.repository.contains('/') && (first.contains(['.', ':']) || first == "localhost");
        if has_host {
            self.to_string()
        } else if self.repository.contains('/') {
            format!("docker.io/{self}")
        } else {
            format!("docker.io/library/{self}")
        }
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.repository, self.tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_completed_as_container_runtimes_do() {
        let version = env!("CARGO_PKG_VERSION");
        let check = |asked: Option<&str>, short: &str, full: &str| {
            let name = ImageName::read(asked).unwrap();
            assert_eq!(
                (name.to_string().as_str(), name.full().as_str()),
                (short, full)
            );
        };
        let own = format!("irsa:{version}");
        check(None, &own, &format!("docker.io/library/{own}"));
        check(Some("me/irsa:1"), "me/irsa:1", "docker.io/me/irsa:1");
        check(
            Some("localhost:5000/irsa:1"),
            "localhost:5000/irsa:1",
            "localhost:5000/irsa:1",
        );
        check(
            Some("r.example/a/irsa:V1"),
            "r.example/a/irsa:V1",
            "r.example/a/irsa:V1",
        );
        let tagged = format!("localhost:5000/irsa:{version}");
        check(Some("localhost:5000/irsa"), &tagged, &tagged);
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for asked in [
            "",
            "IRSA:1",
            "a//b:1",
            "irsa:",
            "irsa@sha256:0",
            "a b:1",
            "/irsa:1",
        ] {
            assert!(ImageName::read(Some(asked)).is_err(), "{asked}");
        }
    }
}
