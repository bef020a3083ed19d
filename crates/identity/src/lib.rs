//! IAM, STS, EKS, CloudTrail, Access Analyzer and irsa's own service: one file per operation.

pub mod accessanalyzer;
pub mod cloudtrail;
pub mod eks;
pub mod iam;
pub mod irsa;
pub mod sts;

use std::sync::Arc;

use engine::{Registry, Resources};

/// Adds every operation of this crate.
pub fn register(registry: &mut Registry) {
    register_with(registry, Vec::new());
}

/// Adds every operation of this crate; these services describe their resources to questions about
/// access.
pub fn register_with(registry: &mut Registry, describing: Vec<Arc<dyn Resources>>) {
    accessanalyzer::register(registry);
    cloudtrail::register(registry);
    eks::register(registry);
    iam::register(registry);
    irsa::register_with(registry, describing);
    sts::register(registry);
}
