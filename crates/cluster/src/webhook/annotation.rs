//! Annotations of ServiceAccounts and pods.

/// What an annotation can be called, after the prefix.
const OF_SERVICE_ACCOUNT: &[&str] = &[
    "role-arn",
    "audience",
    "sts-regional-endpoints",
    "token-expiration",
    "role-session-name",
    "endpoint-url",
];
const OF_POD: &[&str] = &[
    "token-expiration",
    "skip-containers",
    "include-containers",
    "role-session-name",
];
/// Suggestions are made up to this distance.
const NEAR: usize = 3;
/// Longer names resemble none of ours, and are not worth the comparison.
const LONGEST: usize = 30;

/// The annotations of one object that carry our prefix, without it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Annotations {
    found: Vec<(String, String)>,
}

/// Something in annotations that does not do what its author means.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// Nothing reads an annotation of that name, but one that looks like it.
    #[error("annotation `{name}` is unknown; did you mean `{nearest}`?")]
    Unknown {
        /// With the prefix.
        name: String,
        /// What may have been meant.
        nearest: String,
    },
    /// Pods have no such annotation, ServiceAccounts have.
    #[error("annotation `{0}` has no effect on a pod; it belongs to its ServiceAccount")]
    Misplaced(String),
    /// The role is not a role's ARN.
    #[error("`{0}` is no role ARN such as arn:aws:iam::123456789012:role/NAME")]
    NoRoleArn(String),
    /// No number of seconds that a token can live.
    #[error("token expiration `{0}` is not between 600 and 86400 seconds")]
    Expiration(String),
    /// Neither true nor false.
    #[error("`{value}` of annotation `{name}` is neither true nor false")]
    NoBoolean {
        /// With the prefix.
        name: String,
        /// As it stands.
        value: String,
    },
    /// A list of containers that cannot be read; nothing is skipped or included.
    #[error("annotation `{name}` is no comma-separated list: {value}")]
    NoList {
        /// With the prefix.
        name: String,
        /// As it stands.
        value: String,
    },
}

impl Annotations {
    /// Those of all names and values that carry the prefix.
    pub fn among<'a>(all: impl Iterator<Item = (&'a str, &'a str)>, prefix: &str) -> Self {
        let found = all.filter_map(|(name, value)| {
            let name = name.strip_prefix(prefix)?.strip_prefix('/')?;
            Some((name.to_owned(), value.to_owned()))
        });
        let mut found: Vec<_> = found.collect();
        found.shrink_to_fit();
        Self { found }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All of them, without the prefix.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let found = self.found.iter();
        found.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of the annotation of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.found.iter();
        found
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Names on a ServiceAccount that look like misspelt ones.
    pub(crate) fn unknown_of_service_account(&self, prefix: &str) -> Vec<Finding> {
        let names = self.found.iter().map(|(name, _)| name);
        let unknown = names.filter(|name| !OF_SERVICE_ACCOUNT.contains(&name.as_str()));
        unknown
            .filter_map(|name| unknown_finding(name, OF_SERVICE_ACCOUNT, prefix))
            .collect()
    }

    /// Names on a pod that look like misspelt ones, or that only ServiceAccounts have.
    pub(crate) fn unknown_of_pod(&self, prefix: &str) -> Vec<Finding> {
        let names = self.found.iter().map(|(name, _)| name);
        let unknown = names.filter(|name| !OF_POD.contains(&name.as_str()));
        let findings = unknown.filter_map(|name| {
            if OF_SERVICE_ACCOUNT.contains(&name.as_str()) {
                return Some(Finding::Misplaced(format!("{prefix}/{name}")));
            }
            unknown_finding(name, OF_POD, prefix)
        });
        findings.collect()
    }
}

/// WHY: other products use the prefix too; a name that resembles none of ours may be theirs.
fn unknown_finding(name: &str, known: &[&str], prefix: &str) -> Option<Finding> {
    nearest(name, known).map(|nearest| Finding::Unknown {
        name: format!("{prefix}/{name}"),
        nearest: format!("{prefix}/{nearest}"),
    })
}

fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    if name.len() > LONGEST {
        return None;
    }
    let name = name.to_ascii_lowercase().replace('_', "-");
    let distances = known.iter().map(|known| (distance(&name, known), *known));
    let (distance, nearest) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= NEAR).then_some(nearest)
}

/// Insertions, deletions and replacements between two names.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, character) in one.chars().enumerate() {
        let mut next = vec![at + 1];
        let pairs = row.iter().zip(row.iter().skip(1)).zip(&other);
        for ((diagonal, above), wanted) in pairs {
            let left = next.last().copied().unwrap_or_default();
            let replaced = diagonal + usize::from(character != *wanted);
            next.push(replaced.min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Annotations;

    #[test]
    fn misspelt_names_get_a_suggestion() {
        let cases = [
            ("role-arn", None, Some("belongs")),
            ("role-anr", Some("role-arn"), None),
            ("roleArn", Some("role-arn"), None),
            ("role_arn", Some("role-arn"), None),
            ("audiance", Some("audience"), None),
            ("token-expiry", None, None),
            (
                "token-expirations",
                Some("token-expiration"),
                Some("token-expiration"),
            ),
            ("skip-container", None, Some("skip-containers")),
            ("compute-type", None, None),
            ("skip-pod-identity-webhook-for-the-whole-pod", None, None),
        ];
        for (name, account, pod) in cases {
            let name_of_ours = format!("p/{name}");
            let all = [(name_of_ours.as_str(), "x"), ("q/role-arm", "x")];
            let annotations = Annotations::among(all.into_iter(), "p");
            check(name, account, &annotations.unknown_of_service_account("p"));
            check(name, pod, &annotations.unknown_of_pod("p"));
        }
    }

    fn check(name: &str, expected: Option<&str>, findings: &[super::Finding]) {
        let texts: Vec<String> = findings.iter().map(ToString::to_string).collect();
        match (expected, texts.as_slice()) {
            (None, []) => {}
            (Some(part), [text]) => assert!(text.contains(part), "{name}: {text}"),
            _ => panic!("{name}: {texts:?}"),
        }
    }
}
