//! The CloudTrail record model, its store, its look-up index and the ring of early failures.
//!
//! The crate knows no operation: services say what their record shows, the engine appends it in
//! the same unit of work as the call's effect ([`append`]), and readers look it up again
//! ([`Index`]).

mod entry;
mod event_id;
mod limits;
mod record;
mod ring;
mod scrub;
mod time_text;
mod trail;
mod user_identity;

pub use entry::{DecodeError, Entry, Minted, Outcome, ResourceName, Side, TokenFacts};
pub use event_id::{EventId, InvalidEventId};
pub use limits::*;
pub use record::{
    Call, EVENT_VERSION, EventCategory, EventType, Record, Resource, SourceAddress, TlsDetails,
};
pub use ring::{EarlyFailure, Known, MAX_RING_ENTRIES, MAX_RING_ENTRIES_PER_SOURCE, Ring};
pub use scrub::HIDDEN;
pub use time_text::locale_expiration;
pub use trail::{Scope, Trail, append, record_region};
pub use user_identity::{
    MfaAuthenticated, SessionAttributes, SessionContext, SessionIssuer, SessionIssuerKind,
    UserIdentity, WebIdFederationData,
};
