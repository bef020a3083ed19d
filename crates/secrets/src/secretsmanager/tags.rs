//! Tags: the rules of AWS, and their way between shapes and rows.
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_TagResource.html>

use base::Fault;
use shapes::secretsmanager::Tag;

use super::refusal::invalid_parameter;

/// A secret has at most so many tags.
const MAX_TAGS: usize = 50;
/// Keys that only AWS may set, in any case.
const RESERVED_PREFIX: &str = "aws:";

/// Tags of a request as pairs, as authorisation sees them: unchecked.
pub(super) fn pairs(tags: &[Tag]) -> Vec<(String, String)> {
    tags.iter()
        .filter_map(|tag| Some((tag.key.clone()?, tag.value.clone().unwrap_or_default())))
        .collect()
}

/// Tags of a row as the shapes have them.
pub(super) fn shown(tags: &[(String, String)]) -> Vec<Tag> {
    let shown = |(key, value): &(String, String)| Tag {
        key: Some(key.clone()),
        value: Some(value.clone()),
    };
    tags.iter().map(shown).collect()
}

/// The tags that a secret has once those of a request were added.
pub(super) fn with(held: &[(String, String)], given: &[Tag]) -> Vec<(String, String)> {
    let given = pairs(given);
    held.iter()
        .filter(|(key, _)| given.iter().all(|(other, _)| other != key))
        .chain(&given)
        .cloned()
        .collect()
}

/// The tags that a secret has once some were removed.
pub(super) fn without(held: &[(String, String)], keys: &[String]) -> Vec<(String, String)> {
    held.iter()
        .filter(|(key, _)| !keys.contains(key))
        .cloned()
        .collect()
}

/// Adds the tags of a request to those of a secret; a known key gets the new value.
pub(super) fn merge(tags: &mut Option<Vec<(String, String)>>, given: &[Tag]) -> Result<(), Fault> {
    if given.is_empty() {
        return Ok(());
    }
    let held = tags.get_or_insert_default();
    let mut seen = Vec::with_capacity(given.len());
    for tag in given {
        let key = checked_key(tag)?;
        if seen.contains(&key) {
            return Err(invalid_parameter(format!(
                "The tag key {key} is given more than once."
            )));
        }
        seen.push(key);
        let value = tag.value.clone().unwrap_or_default();
        match held.iter_mut().find(|(known, _)| known == key) {
            Some((_, known)) => *known = value,
            None => held.push((key.to_owned(), value)),
        }
    }
    if held.len() > MAX_TAGS {
        return Err(invalid_parameter(format!(
            "A secret can have at most {MAX_TAGS} tags."
        )));
    }
    Ok(())
}

fn checked_key(tag: &Tag) -> Result<&str, Fault> {
    let key = tag
        .key
        .as_deref()
        .ok_or_else(|| invalid_parameter("A tag must have a Key."))?;
    let reserved = key
        .get(..RESERVED_PREFIX.len())
        .is_some_and(|prefix| prefix.eq_ignore_ascii_case(RESERVED_PREFIX));
    if reserved {
        return Err(invalid_parameter(format!(
            "The tag key {key} is reserved: keys that start with {RESERVED_PREFIX} are AWS's own."
        )));
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(held: usize, given: &[&str], expected: Result<usize, &str>) {
        let held: Vec<_> = (0..held)
            .map(|n| (format!("k{n}"), "v".to_owned()))
            .collect();
        let mut tags = Some(held);
        let given: Vec<_> = given
            .iter()
            .map(|key| Tag {
                key: Some((*key).to_owned()),
                value: Some("new".to_owned()),
            })
            .collect();
        let outcome = merge(&mut tags, &given).map(|()| tags.unwrap_or_default().len());
        match (outcome, expected) {
            (Ok(count), Ok(wanted)) => assert_eq!(count, wanted),
            (Err(fault), Err(wanted)) => {
                assert_eq!(fault.code(), "InvalidParameterException");
                assert!(fault.message().contains(wanted), "{fault}");
            }
            (outcome, expected) => panic!("{outcome:?} is not {expected:?}"),
        }
    }

    #[test]
    fn rules() {
        check(0, &["a", "A"], Ok(2));
        check(2, &["k1", "x"], Ok(3));
        check(49, &["x"], Ok(50));
        check(50, &["k7"], Ok(50));
        check(50, &["x"], Err("at most 50"));
        check(0, &["a", "a"], Err("more than once"));
        check(0, &["aws:x"], Err("reserved"));
        check(0, &["AWS:x"], Err("reserved"));
        check(0, &["aws"], Ok(1));
        check(0, &["äws:x"], Ok(1));
    }

    #[test]
    fn a_tag_needs_a_key() {
        assert!(merge(&mut None, &[Tag::default()]).is_err());
    }
}
