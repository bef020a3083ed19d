//! IAM, STS, EKS, CloudTrail and irsa's own service: one file per operation.

pub mod cloudtrail;
pub mod eks;
pub mod iam;
pub mod irsa;
pub mod sts;

use engine::Registry;

/// Adds every operation of this crate.
pub fn register(registry: &mut Registry) {
    cloudtrail::register(registry);
    eks::register(registry);
    iam::register(registry);
    irsa::register(registry);
    sts::register(registry);
}
