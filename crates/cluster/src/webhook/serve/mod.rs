//! The server around the admission webhook.
//!
//! [`Server::start`] listens and keeps what it knows of the cluster in step: ServiceAccounts (only
//! our annotations of them), namespaces (only our labels), and where configured a ConfigMap and a
//! file. A review is decided from that; where the answer would be "no role" and the cache may be
//! behind, the API server is asked first, bounded in number and time.

mod accounts;
mod admission;
mod api_source;
mod container_identities;
mod events;
mod exposition;
mod front;
mod histogram;
mod index;
mod instance_identity;
mod live_reads;
mod metrics;
mod namespaces;
mod pod_audit;
mod readiness;
mod roles;
mod room;
mod server;
mod sharded;
mod site;
mod tls;
mod token_bucket;
mod watched;

pub use admission::{AntiSpoof, Patience};
pub use instance_identity::{INSTANCE_METADATA, InstanceFault, instance_role_arn};
pub use server::{RoleSource, Server, ServerOptions, StartFault};
pub use site::Debugging;
pub use tls::{CipherSuites, MinVersion, TlsFault};
