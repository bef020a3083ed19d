//! Keys that a simulation would have needed.

use std::collections::BTreeSet;

use super::Simulation;
use super::layer::Source;
use crate::context::Context;
use crate::statement::{Scope, Statement, Version};
use crate::variable;

/// The keys that conditions and variables of any statement name and the request does not give, in
/// their spelling there: of all statements, for whatever action. What the simulator adds by itself
/// counts as missing.
pub(super) fn missing_keys(simulation: &Simulation) -> Vec<String> {
    let sources = simulation
        .identity
        .iter()
        .chain(&simulation.boundary)
        .chain(&simulation.resource_policy);
    let mut missing = BTreeSet::new();
    for source in sources {
        collect(source, &simulation.given, &mut missing);
    }
    missing.into_iter().collect()
}

fn collect(source: &Source, given: &Context, missing: &mut BTreeSet<String>) {
    let version = source.document().version();
    for statement in source.document().statements() {
        for key in keys(statement, version) {
            if given.get(key).is_none() {
                missing.insert(key.to_owned());
            }
        }
    }
}

fn keys(statement: &Statement, version: Version) -> impl Iterator<Item = &str> {
    let resources = statement.resources.iter().flat_map(Scope::items);
    let values = statement.conditions.iter().flat_map(|one| &one.values);
    let variables = resources
        .chain(values)
        .flat_map(move |text| variable::names(text, version))
        .filter(|name| !variable::is_escape(name));
    let keys = statement.conditions.iter().map(|one| one.key.as_str());
    keys.chain(variables)
}
