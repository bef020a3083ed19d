//! Tags of IAM's resources.

use std::collections::HashSet;

use base::Fault;
use shapes::iam::Tag;

use super::faults::{invalid_input, limit_exceeded};
use super::resource::{Resource, TagCase};
use super::rows::{Tags, folded};

/// Tags on one resource (IAM User Guide, "IAM and AWS STS quotas").
const MAX_TAGS: usize = 50;
const DUPLICATE: &str = "Duplicate tag keys found.";
const DUPLICATE_FOLDED: &str =
    "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
/// Of a list that is there and empty; AWS's text ends in a blank.
const EMPTY: &str = "Error occurred while validating input. ";
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
fn merge<R: Resource>(tags: &mut Tags, new: &[Tag]) -> Result<(), Fault> {
    if new
        .iter()
        .any(|tag| folded(&tag.key).starts_with(RESERVED_PREFIX))
    {
        return Err(invalid_input(
            "Tag keys beginning with aws: are reserved for system use.",
        ));
    }
    let mut keys = HashSet::new();
    if !new
        .iter()
        .all(|tag| keys.insert(comparable(R::TAG_CASE, &tag.key)))
    {
        return Err(invalid_input(match R::TAG_CASE {
            TagCase::Folded => DUPLICATE_FOLDED,
            TagCase::Exact => DUPLICATE,
        }));
    }
    tags.retain(|(key, _)| !keys.contains(&comparable(R::TAG_CASE, key)));
    tags.extend(pairs(new));
    if tags.len() > MAX_TAGS {
        return Err(limit_exceeded(
            "The number of tags has reached the maximum limit.",
        ));
    }
    Ok(())
}

/// The tags of a request that sets tags; none is none to set.
pub(crate) fn set<R: Resource>(tags: &mut Tags, new: &[Tag]) -> Result<(), Fault> {
    if new.is_empty() {
        return Err(invalid_input(EMPTY));
    }
    merge::<R>(tags, new)
}

/// Removes tags; keys that are not there do not matter, no keys at all do.
pub(crate) fn remove<R: Resource>(tags: &mut Tags, keys: &[String]) -> Result<(), Fault> {
    if keys.is_empty() {
        return Err(invalid_input(EMPTY));
    }
    let gone: HashSet<_> = keys
        .iter()
        .map(|key| comparable(R::TAG_CASE, key))
        .collect();
    tags.retain(|(key, _)| !gone.contains(&comparable(R::TAG_CASE, key)));
    Ok(())
}

/// The tags as they are answered: by key.
pub(crate) fn shown<R: Resource>(tags: &Tags) -> Vec<Tag> {
    let mut shown = as_set(tags);
    shown.sort_by_key(|tag| position::<R>(tag));
    shown
}

/// The tags where an answer leaves the member out when there is none.
pub(crate) fn shown_if_any<R: Resource>(tags: &Tags) -> Option<Vec<Tag>> {
    (!tags.is_empty()).then(|| shown::<R>(tags))
}

/// The tags as the request that made the resource gave them, left out when there is none.
pub(crate) fn given_if_any(tags: &Tags) -> Option<Vec<Tag>> {
    (!tags.is_empty()).then(|| as_set(tags))
}

/// Where a tag stands in a listing. Keys that know case are listed shorter ones first, as
/// recorded from ListPolicyTags.
pub(crate) fn position<R: Resource>(tag: &Tag) -> Vec<u8> {
    let length = match R::TAG_CASE {
        TagCase::Folded => 0,
        TagCase::Exact => u8::try_from(tag.key.chars().count()).unwrap_or(u8::MAX),
    };
    [&[length], tag.key.as_bytes()].concat()
}

fn as_set(tags: &Tags) -> Vec<Tag> {
    tags.iter()
        .map(|(key, value)| Tag {
            key: key.clone(),
            value: value.clone(),
        })
        .collect()
}

fn comparable(case: TagCase, key: &str) -> String {
    match case {
        TagCase::Folded => folded(key),
        TagCase::Exact => key.to_owned(),
    }
}
