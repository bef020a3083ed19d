//! What both simulations ask alike.

use policy::simulate::{EntryType, PolicyOrigin, SimulatedEntry, SimulatedPolicy};
use shapes::iam::{ContextEntry, OrderedOrganizationPolicyType};

/// Policies of the request; answers name them by `list` and place.
pub(super) fn policies(list: &str, texts: Option<&[String]>) -> Vec<SimulatedPolicy> {
    let numbered = texts.unwrap_or_default().iter().zip(1..);
    numbered
        .map(|(text, place)| SimulatedPolicy {
            id: format!("{list}.{place}"),
            text: text.clone(),
            origin: PolicyOrigin::Request(place),
        })
        .collect()
}

/// `ContextEntries`.
pub(super) fn entries(entries: Option<&[ContextEntry]>) -> Vec<SimulatedEntry> {
    let entries = entries.unwrap_or_default().iter();
    entries
        .map(|entry| SimulatedEntry {
            key: entry.context_key_name.clone(),
            // The shape lets only known types through.
            kind: entry
                .context_key_type
                .as_deref()
                .and_then(EntryType::from_name),
            values: entry.context_key_values.clone().unwrap_or_default(),
        })
        .collect()
}

/// `OrderedOrganizationPolicyInputList`.
pub(super) fn organization(levels: Option<&[OrderedOrganizationPolicyType]>) -> Vec<Vec<String>> {
    let levels = levels.unwrap_or_default().iter();
    levels
        .map(|level| {
            level
                .service_control_policy_input_list
                .clone()
                .unwrap_or_default()
        })
        .collect()
}
