//! Objects that are no pods, though they say so.

use super::json_document::{Json, Members};

/// A field of a pod that holds something else than it may.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} is no {expected}")]
pub struct Malformed {
    /// Such as `spec.containers[0].env`.
    pub field: String,
    /// Such as `list`.
    pub expected: &'static str,
}

/// Whether all that is read or added to has its shape; `null` counts as absent.
pub(crate) fn check(pod: &Json<'_>) -> Result<(), Malformed> {
    object(pod, || "object".to_owned())?;
    let metadata = member(pod, "metadata");
    object(metadata, || "metadata".to_owned())?;
    for name in ["annotations", "labels"] {
        strings(member(metadata, name), || format!("metadata.{name}"))?;
    }
    let spec = member(pod, "spec");
    object(spec, || "spec".to_owned())?;
    objects(member(spec, "volumes"), || "spec.volumes".to_owned())?;
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        let containers = objects(member(spec, list), || format!("spec.{list}"))?;
        for (at, container) in containers.iter().enumerate() {
            for name in ["env", "envFrom", "volumeMounts"] {
                objects(member(container, name), || {
                    format!("spec.{list}[{at}].{name}")
                })?;
            }
        }
    }
    Ok(())
}

fn member<'v, 't>(object: &'v Json<'t>, name: &str) -> &'v Json<'t> {
    object.get(name).unwrap_or(&Json::Null)
}

fn object(value: &Json<'_>, field: impl FnOnce() -> String) -> Result<(), Malformed> {
    match value {
        Json::Null | Json::Object(_) => Ok(()),
        _ => Err(malformed(field(), "object")),
    }
}

fn strings(value: &Json<'_>, field: impl Fn() -> String) -> Result<(), Malformed> {
    object(value, &field)?;
    let members = value.as_object().into_iter();
    let mut members = members.flat_map(Members::iter);
    match members.find(|(_, value)| value.as_str().is_none()) {
        Some((name, _)) => Err(malformed(format!("{}[{name}]", field()), "string")),
        None => Ok(()),
    }
}

fn objects<'v, 't>(
    value: &'v Json<'t>,
    field: impl Fn() -> String,
) -> Result<&'v [Json<'t>], Malformed> {
    let list = match value {
        Json::Null => return Ok(&[]),
        Json::Array(list) => list,
        _ => return Err(malformed(field(), "list")),
    };
    match list
        .iter()
        .position(|element| element.as_object().is_none())
    {
        Some(at) => Err(malformed(format!("{}[{at}]", field()), "object")),
        None => Ok(list),
    }
}

fn malformed(field: String, expected: &'static str) -> Malformed {
    Malformed { field, expected }
}
