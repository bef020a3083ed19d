//! Resource types.

use super::condition_key::ConditionKey;
use super::service::{Service, services};
use super::table::{self, SetNumber};
use crate::glob::{self, Token};

/// A resource type of a service: `secretsmanager`'s `Secret`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ResourceType(usize);

/// The type of the resource that an ARN names; where several fit, the one that says most.
///
/// ```
/// let found = policy::reference::resource_type("arn:aws:s3:::bucket/a/b");
/// assert_eq!(found.map(|found| found.name()), Some("object"));
/// ```
pub fn resource_type(arn: &str) -> Option<ResourceType> {
    let service = arn.split(':').nth(2)?;
    let of_service = |resource: &ResourceType| {
        let its = resource.arn_service();
        its == service || its.starts_with("${")
    };
    let types = services().flat_map(Service::resource_types);
    types
        .filter(|resource| of_service(resource) && resource.fits(arn))
        .max_by_key(|resource| resource.said())
}

impl ResourceType {
    /// Its name, without the service.
    pub fn name(self) -> &'static str {
        self.field(0)
    }

    /// The format of its ARNs; `${…}` stands for any text.
    pub fn arn(self) -> &'static str {
        self.field(2)
    }

    /// Condition keys that requests on it may have.
    pub fn condition_keys(self) -> impl Iterator<Item = ConditionKey> + Clone {
        SetNumber::read(Some(self.field(1))).keys()
    }

    /// Whether an ARN names such a resource. A name with a slash in it also fits where the format
    /// has but one name.
    pub fn fits(self, arn: &str) -> bool {
        glob::matches(&self.tokens(), arn)
    }

    /// The format with `*` for what is to be filled in.
    pub fn pattern(self) -> String {
        let mut pattern = String::new();
        for (count, part) in self.arn().split("${").enumerate() {
            if count == 0 {
                pattern.push_str(part);
            } else {
                pattern.push('*');
                pattern.push_str(part.split_once('}').map_or("", |(_, rest)| rest));
            }
        }
        pattern
    }

    pub(super) fn at(place: usize) -> Self {
        Self(place)
    }

    fn tokens(self) -> Vec<Token> {
        glob::tokens(&self.pattern())
    }

    fn arn_service(self) -> &'static str {
        self.arn().split(':').nth(2).unwrap_or_default()
    }

    /// How many letters of the format stand for themselves.
    fn said(self) -> usize {
        self.pattern().bytes().filter(|byte| *byte != b'*').count()
    }

    fn field(self, number: usize) -> &'static str {
        let line = table::actions().types.get(self.0).copied();
        line.and_then(|line| line.splitn(3, ' ').nth(number))
            .unwrap_or_default()
    }
}
