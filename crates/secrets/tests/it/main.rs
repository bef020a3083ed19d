//! Secrets Manager over the whole path of a request: signed calls in, AWS's answers out.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    reason = "the functions that tests share are tests too, and tables are long"
)]

mod at_rest;
mod audit_trail;
mod deletion;
mod identifiers;
mod labels;
mod listing;
mod not_served;
mod permissions;
mod races;
mod recorded;
mod scene;
mod tags;
mod values;
