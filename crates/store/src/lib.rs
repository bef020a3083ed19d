//! An ordered, transactional key-value port with revisions, watch and append-only streams; the
//! in-memory engine; the contract suite.
//!
//! Every service is a layer over [`Store`]. A unit of work ([`Work`]) reads one consistent
//! [`Snapshot`], buffers its writes and is committed optimistically: the commit answers
//! [`StoreFault::Conflict`] when something the work read has changed meanwhile, and the caller
//! runs the work again on a new snapshot.

mod change_log;
#[cfg(feature = "contract")]
pub mod contract;
mod fault;
mod key;
mod key_parts;
mod key_range;
pub mod memory;
mod port;
mod record;
mod watch;
mod work;

pub use change_log::{Change, ChangeLog};
pub use fault::StoreFault;
pub use key::{Key, KeyBuilder, MalformedKey};
pub use key_parts::Part;
pub use key_range::KeyRange;
pub use memory::MemoryStore;
pub use port::{Changes, Committed, Durability, Order, Revision, Snapshot, Store};
pub use record::{InvalidRecordId, RecordId, RecordRange, Stream};
pub use watch::{StoreClosed, Watch, Watches};
pub use work::{Append, Reads, Work, WorkParts};
