//! Tags of IAM's resources.

use std::collections::HashSet;

use base::Fault;
use shapes::iam::Tag;

use super::faults::{invalid_input, quota_exceeded};
use super::resource::{Resource, TagCase};
use super::rows::{Tags, folded};

/// Tags on one resource (IAM User Guide, "IAM and AWS STS quotas").
const MAX_TAGS: usize = 50;
const DUPLICATE: &str = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
const RESERVED_PREFIX: &str = "aws:";

/// The tags of a request, as pairs.
pub(crate) fn pairs(tags: &[Tag]) -> Tags {
    tags.iter()
        .map(|tag| (tag.key.clone(), tag.value.clone()))
        .collect()
}

/// The tags of a request that makes a resource, checked.
pub(crate) fn initial<R: Resource>(tags: Option<&Vec<Tag>>) -> Result<Tags, Fault> {
    let mut initial = Tags::new();
    merge::<R>(&mut initial, tags.map(Vec::as_slice).unwrap_or_default())?;
    Ok(initial)
}

/// Sets tags, replacing those of the same key.
pub(crate) fn merge<R: Resource>(tags: &mut Tags, new: &[Tag]) -> Result<(), Fault> {
    let mut keys = HashSet::new();
    if !new
        .iter()
        .all(|tag| keys.insert(comparable(R::TAG_CASE, &tag.key)))
    {
        return Err(invalid_input(DUPLICATE));
    }
    if new
        .iter()
        .any(|tag| folded(&tag.key).starts_with(RESERVED_PREFIX))
    {
        return Err(invalid_input(
            "Tag keys that begin with aws: are reserved for system use.",
        ));
    }
    tags.retain(|(key, _)| !keys.contains(&comparable(R::TAG_CASE, key)));
    tags.extend(pairs(new));
    if tags.len() > MAX_TAGS {
        return Err(quota_exceeded(&format!("TagsPer{}", R::NOUN), MAX_TAGS));
    }
    Ok(())
}

/// Removes tags; keys that are not there do not matter.
pub(crate) fn remove<R: Resource>(tags: &mut Tags, keys: &[String]) {
    let gone: HashSet<_> = keys
        .iter()
        .map(|key| comparable(R::TAG_CASE, key))
        .collect();
    tags.retain(|(key, _)| !gone.contains(&comparable(R::TAG_CASE, key)));
}

/// The tags as they are answered: by key.
pub(crate) fn shown(tags: &Tags) -> Vec<Tag> {
    let mut shown: Vec<_> = tags
        .iter()
        .map(|(key, value)| Tag {
            key: key.clone(),
            value: value.clone(),
        })
        .collect();
    shown.sort_by(|one, other| one.key.cmp(&other.key));
    shown
}

/// The tags where an answer leaves the member out when there is none.
pub(crate) fn shown_if_any(tags: &Tags) -> Option<Vec<Tag>> {
    (!tags.is_empty()).then(|| shown(tags))
}

fn comparable(case: TagCase, key: &str) -> String {
    match case {
        TagCase::Folded => folded(key),
        TagCase::Exact => key.to_owned(),
    }
}
