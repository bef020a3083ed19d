//! The admission webhook: an annotated ServiceAccount is all that a pod needs.
//!
//! A drop-in for amazon-eks-pod-identity-webhook v0.6.17: the same annotations, variables, volume
//! and mount names. This part is pure; the server around it does three things with each body:
//!
//! 1. [`Review::read`]; an [`Unreadable`] body has its answer already.
//! 2. Where [`Review::subject`] names a ServiceAccount, find out what it gives: gather a [`Known`]
//!    and ask it, or [`Lookup::Unknown`] if it cannot be read in time.
//! 3. [`Review::decide`] on the [`Terms`] of the namespace; [`Review::answer`] makes the response,
//!    [`Decision`] says what to count and log.

mod annotation;
mod config_map;
mod container;
mod csv_record;
mod decision;
mod expiration;
mod go_bool;
mod identity;
mod json_document;
mod malformed;
mod mount_path;
mod mutation;
mod patch;
mod platform;
mod pod;
mod review;
pub mod serve;
mod settings;
mod spoof;
mod terms;
mod volume;

pub use annotation::{Annotations, Finding};
pub use config_map::{ConfigMap, ConfigMapFault, Role};
pub use decision::{Decision, Problem, Reason, Verdict};
pub use go_bool::parse as parse_go_bool;
pub use identity::{ContainerCredentials, Identity, Injection, Known, Lookup, WebIdentity};
pub(crate) use json_document::MAX_MEMORY;
pub use malformed::Malformed;
pub(crate) use mutation::CA_FILE;
pub use patch::Patch;
pub use review::{Review, Subject, Unreadable, review};
pub use settings::{ComposeRoleArn, Endpoint, Settings, Validation};
pub use spoof::Spoof;
pub use terms::{EphemeralContainers, Exclusions, Mode, OnFailure, Terms};
