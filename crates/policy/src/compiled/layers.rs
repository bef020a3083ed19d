//! All compiled policies that bear on a request.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::grant::GrantSet;
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
    /// Service control policies of the caller's organization, a set for each level from the root
    /// to the account; `None` when the caller is exempt.
    pub service_control: Option<Vec<Arc<PolicySet>>>,
    /// Resource control policies of the hierarchy of the resource's owner.
    pub resource_control: Arc<PolicySet>,
    /// The policy of the VPC endpoint that the call came through.
    pub endpoint: Option<Arc<PolicySet>>,
    /// The grants on the KMS key.
    pub grants: Arc<GrantSet>,
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
            service_control: layers.service_control.as_ref().map(|levels| {
                let levels = levels.iter();
                levels.map(many).collect()
            }),
            resource_control: many(&layers.resource_control),
            endpoint: layers.endpoint.as_ref().map(one),
            grants: Arc::new(GrantSet::compile(&layers.grants)),
        }
    }

    /// The context keys that a decision may read, in lower case and alphabetical order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let resource = self.resource.as_ref().map(|resource| &resource.policy);
        let sets = [
            self.boundary.as_ref(),
            self.session.as_ref(),
            resource,
            self.endpoint.as_ref(),
        ];
        let sets = sets.into_iter().flatten();
        let sets = sets.chain([&self.identity, &self.resource_control]);
        let sets = sets.chain(self.service_control.iter().flatten());
        let mut keys: BTreeSet<&str> = sets.flat_map(|set| set.keys()).collect();
        keys.extend(self.grants.keys());
        keys.into_iter()
    }
}
