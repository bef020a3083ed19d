//! Filters of ListSecrets.
//! <https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_search-secret.html>

use base::{Fault, Region};
use shapes::secretsmanager::Filter;

use super::refusal::invalid_parameter;
use super::secret_row::SecretRow;

/// What turns a value's meaning round when it comes first.
const NEGATION: char = '!';

/// What a filter looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Attribute {
    Description,
    Name,
    TagKey,
    TagValue,
    PrimaryRegion,
    OwningService,
    All,
}

/// A filter that was read: a secret passes if it satisfies one of the values.
#[derive(Debug)]
pub(super) struct Condition {
    attribute: Attribute,
    values: Vec<String>,
}

impl Condition {
    /// All filters of a request; a secret is listed if it passes each.
    pub(super) fn all(filters: &[Filter]) -> Result<Vec<Self>, Fault> {
        filters.iter().map(Self::of).collect()
    }

    fn of(filter: &Filter) -> Result<Self, Fault> {
        let key = filter.key.as_deref().unwrap_or_default();
        let attribute = match key {
            "description" => Attribute::Description,
            "name" => Attribute::Name,
            "tag-key" => Attribute::TagKey,
            "tag-value" => Attribute::TagValue,
            "primary-region" => Attribute::PrimaryRegion,
            "owning-service" => Attribute::OwningService,
            "all" => Attribute::All,
            _ => return Err(invalid_parameter("Invalid filter key.")),
        };
        let values = filter.values.clone().filter(|values| !values.is_empty());
        let values = values
            .ok_or_else(|| invalid_parameter(format!("Invalid filter values for key: {key}")))?;
        Ok(Self { attribute, values })
    }

    /// Whether the secret passes.
    pub(super) fn passes(&self, secret: &SecretRow, region: &Region) -> bool {
        self.values
            .iter()
            .any(|value| match value.strip_prefix(NEGATION) {
                Some(value) => !self.matches(value, secret, region),
                None => self.matches(value, secret, region),
            })
    }

    /// Only descriptions and `all` are matched without regard to case.
    fn matches(&self, value: &str, secret: &SecretRow, region: &Region) -> bool {
        match self.attribute {
            Attribute::Description => begins_words(value, &secret.description),
            Attribute::Name => secret.name.starts_with(value),
            Attribute::TagKey => secret.tags().iter().any(|(key, _)| key.starts_with(value)),
            Attribute::TagValue => secret
                .tags()
                .iter()
                .any(|(_, held)| held.starts_with(value)),
            Attribute::PrimaryRegion => region.as_str().starts_with(value),
            // No secret belongs to a service.
            Attribute::OwningService => false,
            Attribute::All => holds_each_word(value, secret, region),
        }
    }
}

/// Whether each word of a value begins some word of the text.
fn begins_words(value: &str, text: &str) -> bool {
    let (value, text) = (value.to_lowercase(), text.to_lowercase());
    value
        .split_whitespace()
        .all(|word| text.split_whitespace().any(|held| held.starts_with(word)))
}

fn holds_each_word(value: &str, secret: &SecretRow, region: &Region) -> bool {
    let mut attributes = vec![
        secret.name.as_str(),
        secret.description.as_str(),
        region.as_str(),
    ];
    for (key, value) in secret.tags() {
        attributes.extend([key.as_str(), value.as_str()]);
    }
    let attributes: Vec<_> = attributes.iter().map(|text| text.to_lowercase()).collect();
    let value = value.to_lowercase();
    value
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .all(|word| attributes.iter().any(|text| text.contains(word)))
}

#[cfg(test)]
mod tests {
    use base::Timestamp;

    use super::*;
    use crate::secretsmanager::versions::Versions;

    fn secret() -> SecretRow {
        SecretRow {
            name: "prod/Db".to_owned(),
            arn: String::new(),
            description: "The main Database".to_owned(),
            kms_key_id: None,
            tags: Some(vec![
                ("Team".to_owned(), "Core".to_owned()),
                ("env".to_owned(), "prod".to_owned()),
            ]),
            created_at: Timestamp::UNIX_EPOCH,
            changed_at: Timestamp::UNIX_EPOCH,
            accessed_on: None,
            deletion: None,
            versions: Versions::default(),
        }
    }

    fn check(key: &str, values: &[&str], expected: bool) {
        let filter = Filter {
            key: Some(key.to_owned()),
            values: Some(values.iter().map(|value| (*value).to_owned()).collect()),
        };
        let region = "eu-west-1".parse().unwrap();
        let conditions = Condition::all(&[filter]).unwrap();
        let passes = conditions.iter().all(|one| one.passes(&secret(), &region));
        assert_eq!(passes, expected, "{key} {values:?}");
    }

    #[test]
    fn keys_match_as_documented() {
        for (key, values, expected) in [
            ("name", &["prod"][..], true),
            ("name", &["Prod"], false),
            ("name", &["Db"], false),
            ("name", &["x", "prod/D"], true),
            ("name", &["!prod"], false),
            ("name", &["!x"], true),
            ("description", &["the MAIN"], true),
            ("description", &["main"], true),
            ("description", &["ma data"], true),
            ("description", &["ain"], false),
            ("description", &["main missing"], false),
            ("tag-key", &["Te"], true),
            ("tag-key", &["te"], false),
            ("tag-key", &["!missing"], true),
            ("tag-value", &["prod"], true),
            ("tag-value", &["Prod"], false),
            ("primary-region", &["eu-"], true),
            ("primary-region", &["us-"], false),
            ("owning-service", &["redshift"], false),
            ("owning-service", &["!redshift"], true),
            ("all", &["core DATABASE"], true),
            ("all", &["core missing"], false),
            ("all", &["!missing"], true),
        ] {
            check(key, values, expected);
        }
    }

    #[test]
    fn a_filter_needs_key_and_values() {
        let filter = |key: Option<&str>, values: Option<Vec<String>>| Filter {
            key: key.map(str::to_owned),
            values,
        };
        for bad in [
            filter(None, Some(vec!["a".to_owned()])),
            filter(Some("name"), None),
            filter(Some("name"), Some(Vec::new())),
            filter(Some("other"), Some(vec!["a".to_owned()])),
        ] {
            assert_eq!(
                Condition::all(&[bad]).unwrap_err().code(),
                "InvalidParameterException"
            );
        }
    }
}
