//! Secrets Manager over the whole path of a request: signed calls in, AWS's answers out.

mod at_rest;
mod audit_trail;
mod deletion;
mod identifiers;
mod labels;
mod listing;
mod not_served;
mod permissions;
mod scene;
mod tags;
mod values;
