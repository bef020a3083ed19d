//! The path of a request — arrive, recognise, prove, permit, perform, record, answer — and what
//! services need to take part in it.

mod access;
mod audit_facts;
mod call;
pub mod fetch;
pub mod front;
pub mod housekeeping;
mod installation;
mod machine_entropy;
mod metrics;
mod operation;
mod page_token;
mod policies;
mod policy_text;
pub mod ports;
mod principal;
mod rooms;
mod rows;
pub mod seal;
mod server;
mod shown;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod unit;

pub use access::{Access, Check, ContextEntry, Refusal, ResourcePolicy};
pub use audit_facts::{AuditFacts, MintedSession, Shown};
pub use call::{Call, Permitted, Replay, Source, Transport};
pub use installation::{Founding, Installation, InstallationFault, is_founded};
pub use machine_entropy::MachineEntropy;
pub use metrics::Metrics;
pub use operation::{Operation, Registry};
pub use policies::{Policies, PreparedPolicies, StoredPolicy};
pub use policy_text::PolicyText;
pub use ports::{
    DescribedResource, Grants, Identities, KeyHolder, Published, Publisher, Resources,
    SessionCheck, WebIdentity, WebIdentityRefusal,
};
pub use principal::{
    Federation, Principal, SessionPolicy, SessionPrincipal, UserPrincipal, WebIdentityPrincipal,
};
pub use rooms::arrive::{Arrival, MAX_BODY_BYTES};
pub use rooms::path::Engine;
pub use rows::{Row, Rows};
pub use server::{Mode, Ports, Regions, Server, Settings};
pub use unit::{Unit, View, store_fault};
