//! All compiled policies that bear on a request.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::set::PolicySet;
use crate::request::{Layers, ResourceGate};

/// The compiled form of [`Layers`]. Each set may be shared with other requests.
#[derive(Clone, Debug, Default)]
pub struct CompiledLayers {
    /// Inline and managed policies of the caller.
    pub identity: Arc<PolicySet>,
    /// The caller's permissions boundary.
    pub boundary: Option<Arc<PolicySet>>,
    /// The session's policies; `None` when the session was not restricted.
    pub session: Option<Arc<PolicySet>>,
    /// The resource's policy, when it has one.
    pub resource: Option<CompiledResource>,
}

/// The compiled policy of the resource.
#[derive(Clone, Debug)]
pub struct CompiledResource {
    /// A set of this one policy.
    pub policy: Arc<PolicySet>,
    /// How it composes.
    pub gate: ResourceGate,
}

impl CompiledLayers {
    /// Compiles each layer.
    pub fn compile(layers: &Layers) -> Self {
        let one = |attached| Arc::new(PolicySet::compile(std::slice::from_ref(attached)));
        let many = |attached: &Vec<_>| Arc::new(PolicySet::compile(attached));
        Self {
            identity: many(&layers.identity),
            boundary: layers.boundary.as_ref().map(one),
            session: layers.session.as_ref().map(many),
            resource: layers.resource.as_ref().map(|resource| CompiledResource {
                policy: one(&resource.attached),
                gate: resource.gate,
            }),
        }
    }

    /// The context keys that a decision may read, in lower case and alphabetical order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let resource = self.resource.as_ref().map(|resource| &resource.policy);
        let sets = [self.boundary.as_ref(), self.session.as_ref(), resource];
        let sets = sets.into_iter().flatten().chain([&self.identity]);
        let keys: BTreeSet<&str> = sets.flat_map(|set| set.keys()).collect();
        keys.into_iter()
    }
}
