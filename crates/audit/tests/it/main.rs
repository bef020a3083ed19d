//! The audit trail as the engine and the services see it.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the functions that tests share are tests too"
)]

mod asked;
mod folding;
mod look_up;
mod records;
mod removal;
mod samples;
mod secrecy;
mod subjects;
