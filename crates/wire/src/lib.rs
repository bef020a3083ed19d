//! AWS protocols: query, json 1.0/1.1, rest-json; error documents; constraint checking.
//!
//! Pure functions from bytes to [`shapes::Value`] and back. [`recognise`] says which operation is
//! meant, [`decode`] reads its input, [`validate`] checks the model's constraints with AWS's texts,
//! [`encode_output`] and [`encode_fault`] write answers. No HTTP library, no clock, no state.

mod constraint;
mod constraint_text;
mod decode;
mod dialect;
mod echo;
mod encode;
mod family;
mod fault_document;
mod form;
mod incoming;
mod json_reader;
mod json_writer;
mod outgoing;
mod overrides;
mod query_reader;
mod recognise;
mod rest;
mod route_template;
mod xml_writer;

pub use constraint::validate;
pub use decode::decode;
pub use encode::encode_output;
pub use family::{Family, Rendering};
pub use fault_document::{access_denied, encode_fault};
pub use form::{decode_percent, parse_form};
pub use incoming::Incoming;
pub use outgoing::Outgoing;
pub use recognise::{Recognised, Unrecognised, not_served, recognise};

/// How deep JSON may nest (THREATS R20).
pub const MAX_DEPTH: usize = 64;
