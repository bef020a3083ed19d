//! The CloudTrail record model, its store, its look-up index and the ring of early failures.
//!
//! The crate knows no operation: services say what their record shows, the engine appends it in
//! the same unit of work as the call's effect ([`append`]), and readers look it up again
//! ([`Index`]).

mod asked;
mod attribute;
mod entry;
mod event_id;
mod fold;
mod index;
mod limits;
mod look_up;
mod origin;
mod posting;
mod record;
mod retention;
mod ring;
mod scrub;
mod source;
mod subject;
mod time_text;
mod told_keys;
mod trail;
mod user_identity;

pub use asked::{Asked, AskedCheck, AskedKeys, AskedValue, Others, Recollection};
pub use attribute::Attribute;
pub use entry::{DecodeError, Entry, Minted, Outcome, ResourceName, Side, TokenFacts};
pub use event_id::{EventId, InvalidEventId};
pub use fold::{Admission, FOLD_WINDOW, FREE_REFUSALS, Folder};
pub use index::{AuditError, INDEX_GRACE, Index, PAGE_EFFORT, Progress, RETENTION};
pub use limits::*;
pub use look_up::{Completeness, Cursor, LookUp, Page};
pub use origin::Origins;
pub use record::{
    Call, EVENT_VERSION, EventCategory, EventType, Record, Resource, SourceAddress, TlsDetails,
};
pub use retention::Removal;
pub use ring::{EarlyFailure, Known, MAX_RING_ENTRIES, MAX_RING_ENTRIES_PER_SOURCE, Ring};
pub use scrub::HIDDEN;
pub use subject::{MAX_SESSIONS, Subject};
pub use time_text::locale_expiration;
pub use trail::{Scope, Trail, append, record_region};
pub use user_identity::{
    MfaAuthenticated, SessionAttributes, SessionContext, SessionIssuer, SessionIssuerKind,
    UserIdentity, WebIdFederationData,
};
