//! Roles of ServiceAccounts that carry no annotation, from the ConfigMap `pod-identity-webhook`.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::expiration;

/// What the key `config` of the ConfigMap says: `{"NAMESPACE/SERVICEACCOUNT": {"RoleARN": …}}`.
///
/// A namespace may have the wildcards `*` and `?`. An exact one wins over one with wildcards, of
/// these the one with more other characters, and the bare `*` comes last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigMap {
    exact: HashMap<String, Role>,
    /// By ServiceAccount; the most specific first.
    patterns: HashMap<String, Vec<(String, Role)>>,
    /// What is wrong with entries that count for nothing.
    pub faults: Vec<ConfigMapFault>,
}

/// One value of the map.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Role {
    /// `RoleARN`
    pub role_arn: String,
    /// `Audience`; empty: the one of the settings.
    pub audience: String,
    /// `UseRegionalSTS`; absent: no, whatever the settings say, as with AWS's webhook.
    pub use_regional_sts: bool,
    /// `TokenExpiration`, in seconds; `None`: the one of the settings.
    pub token_expiration_secs: Option<i64>,
}

/// Text that is no such map, or an entry of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigMapFault {
    /// The whole text; the roles known so far should stay.
    #[error("the config is no JSON object: {0}")]
    NoObject(String),
    /// A key that names no ServiceAccount.
    #[error("`{0}` is no `NAMESPACE/SERVICEACCOUNT`")]
    Key(String),
    /// A value with a member of the wrong type.
    #[error("`{member}` of `{key}` is no {expected}")]
    Member {
        /// The entry.
        key: String,
        /// Its member.
        member: &'static str,
        /// What it must be.
        expected: &'static str,
    },
}

impl ConfigMap {
    /// Reads the text; entries that cannot be read are left out and listed in `faults`.
    pub fn parse(text: &str) -> Result<Self, ConfigMapFault> {
        let entries: Map<String, Value> = serde_json::from_str(text)
            .map_err(|error| ConfigMapFault::NoObject(error.to_string()))?;
        let mut map = Self::default();
        for (key, value) in &entries {
            match entry(key, value) {
                Ok((namespace, name, role)) => map.insert(namespace, name, role),
                Err(fault) => map.faults.push(fault),
            }
        }
        for patterns in map.patterns.values_mut() {
            patterns.sort_by(|(one, _), (other, _)| {
                let order = specificity(other).cmp(&specificity(one));
                order.then_with(|| one.cmp(other))
            });
        }
        Ok(map)
    }

    /// The role of a ServiceAccount.
    pub fn role(&self, namespace: &str, name: &str) -> Option<&Role> {
        self.exact(namespace, name).or_else(|| {
            let mut patterns = self.patterns.get(name)?.iter();
            let found = patterns.find(|(pattern, _)| matches(pattern, namespace));
            found.map(|(_, role)| role)
        })
    }

    /// The role of a ServiceAccount whose namespace is spelled out.
    pub(crate) fn exact(&self, namespace: &str, name: &str) -> Option<&Role> {
        self.exact.get(&format!("{namespace}/{name}"))
    }

    fn insert(&mut self, namespace: &str, name: &str, role: Role) {
        if namespace.contains(['*', '?']) {
            let patterns = self.patterns.entry(name.to_owned()).or_default();
            patterns.push((namespace.to_owned(), role));
        } else {
            self.exact.insert(format!("{namespace}/{name}"), role);
        }
    }
}

fn entry<'k>(key: &'k str, value: &Value) -> Result<(&'k str, &'k str, Role), ConfigMapFault> {
    let (namespace, name) = key
        .split_once('/')
        .filter(|(namespace, name)| {
            !namespace.is_empty() && !name.is_empty() && !name.contains('/')
        })
        .ok_or_else(|| ConfigMapFault::Key(key.to_owned()))?;
    let fault = |member, expected| ConfigMapFault::Member {
        key: key.to_owned(),
        member,
        expected,
    };
    let value = value.as_object().ok_or_else(|| fault("value", "object"))?;
    let text = |name| match member(value, name) {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text.clone()),
        _ => Err(fault(name, "string")),
    };
    let use_regional_sts = match member(value, "UseRegionalSTS") {
        Value::Null => false,
        Value::Bool(is_set) => *is_set,
        _ => return Err(fault("UseRegionalSTS", "boolean")),
    };
    let secs = match member(value, "TokenExpiration") {
        Value::Null => 0,
        number => number
            .as_i64()
            .ok_or_else(|| fault("TokenExpiration", "whole number"))?,
    };
    let role = Role {
        role_arn: text("RoleARN")?,
        audience: text("Audience")?,
        use_regional_sts,
        token_expiration_secs: (secs != 0).then(|| expiration::at_least_minimum(secs)),
    };
    Ok((namespace, name, role))
}

/// Go takes members whatever their case.
fn member<'v>(object: &'v Map<String, Value>, name: &str) -> &'v Value {
    let mut members = object.iter();
    let found = members.find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map_or(&Value::Null, |(_, value)| value)
}

fn specificity(pattern: &str) -> usize {
    let literal = pattern.chars().filter(|one| !matches!(one, '*' | '?'));
    literal.count()
}

/// `*` stands for any text, `?` for one character; linear in memory, no recursion.
fn matches(pattern: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut reached = vec![false; text.len() + 1];
    if let Some(start) = reached.first_mut() {
        *start = true;
    }
    for wanted in pattern.chars() {
        let mut next = vec![false; reached.len()];
        if wanted == '*' {
            let mut any = false;
            for (after, before) in next.iter_mut().zip(&reached) {
                any |= *before;
                *after = any;
            }
        } else {
            let steps = next.iter_mut().skip(1).zip(reached.iter().zip(&text));
            for (after, (before, character)) in steps {
                *after = *before && (wanted == '?' || wanted == *character);
            }
        }
        reached = next;
    }
    reached.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{ConfigMap, ConfigMapFault, Role, matches};

    #[test]
    fn exact_then_patterns_then_all() {
        let map = ConfigMap::parse(
            r#"{
                "prod/app": {"RoleARN": "exact"},
                "*/app": {"RoleARN": "all"},
                "test-*/app": {"RoleARN": "pattern"},
                "test-eu-*/app": {"RoleARN": "narrower"},
                "prod/other": {"RoleARN": "other"}
            }"#,
        )
        .unwrap();
        let cases = [
            ("prod", "app", Some("exact")),
            ("test-1", "app", Some("pattern")),
            ("test-eu-1", "app", Some("narrower")),
            ("dev", "app", Some("all")),
            ("dev", "other", None),
            ("prod", "none", None),
        ];
        for (namespace, name, expected) in cases {
            let role = map.role(namespace, name).map(|role| role.role_arn.as_str());
            assert_eq!(role, expected, "{namespace}/{name}");
        }
    }

    #[test]
    fn members_as_go_reads_them() {
        let role = |arn: &str, audience: &str, use_regional_sts, token_expiration_secs| Role {
            role_arn: arn.to_owned(),
            audience: audience.to_owned(),
            use_regional_sts,
            token_expiration_secs,
        };
        let cases = [
            (r"{}", role("", "", false, None)),
            (
                r#"{"rolearn": "a", "AUDIENCE": "b"}"#,
                role("a", "b", false, None),
            ),
            (r#"{"UseRegionalSTS": true}"#, role("", "", true, None)),
            (r#"{"TokenExpiration": 0}"#, role("", "", false, None)),
            (r#"{"TokenExpiration": 1}"#, role("", "", false, Some(600))),
            (
                r#"{"TokenExpiration": 3600, "More": []}"#,
                role("", "", false, Some(3600)),
            ),
            (r#"{"RoleARN": null}"#, role("", "", false, None)),
        ];
        for (text, expected) in cases {
            let map = ConfigMap::parse(&format!(r#"{{"a/b": {text}}}"#)).unwrap();
            assert_eq!(map.role("a", "b"), Some(&expected), "{text}");
            assert!(map.faults.is_empty(), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named_and_the_rest_counts() {
        let map = ConfigMap::parse(
            r#"{"a/b": {"RoleARN": "r"}, "b": {}, "a/": {}, "a/b/c": {}, "a/c": {"RoleARN": 1},
                "a/d": [], "a/e": {"UseRegionalSTS": "yes"}, "a/f": {"TokenExpiration": 1.5}}"#,
        )
        .unwrap();
        assert!(map.role("a", "b").is_some());
        let faults: Vec<String> = map.faults.iter().map(ToString::to_string).collect();
        assert_eq!(
            faults,
            [
                "`b` is no `NAMESPACE/SERVICEACCOUNT`",
                "`a/` is no `NAMESPACE/SERVICEACCOUNT`",
                "`a/b/c` is no `NAMESPACE/SERVICEACCOUNT`",
                "`RoleARN` of `a/c` is no string",
                "`value` of `a/d` is no object",
                "`UseRegionalSTS` of `a/e` is no boolean",
                "`TokenExpiration` of `a/f` is no whole number",
            ]
        );
        for text in ["", "[]", "{"] {
            let fault = ConfigMap::parse(text).unwrap_err();
            assert!(matches!(fault, ConfigMapFault::NoObject(_)), "{text:?}");
        }
    }

    #[test]
    fn wildcards() {
        let cases = [
            ("*", "", true),
            ("*", "any", true),
            ("a*c", "abbc", true),
            ("a*c", "abb", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*a*a*", "banana", true),
            ("test-*", "test", false),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
        assert!(!matches(&"*a".repeat(1000), &"a".repeat(999)));
    }
}
