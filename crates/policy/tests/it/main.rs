//! Tests of the policy language through its public interface.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::too_many_lines,
    clippy::type_complexity,
    reason = "a test stops at the first surprise; tables are long"
)]

mod access;
mod access_random;
mod bad_input;
mod compiled;
mod compiled_allocations;
mod compiled_limits;
mod compiled_near;
mod compiled_random;
mod compose;
mod composition;
mod conditions;
mod control_documents;
mod denial_texts;
mod explanation;
mod fixture;
mod hints;
mod identity_documents;
mod least;
mod lint;
mod loading;
mod managed_policies;
mod matching;
mod operators;
mod oracle;
mod properties;
mod recorded;
mod recorded_layers;
mod reference;
mod remedy;
mod rewriting;
mod service_documents;
mod simulate_context_keys;
mod simulate_enforcement;
mod simulate_recorded;
mod simulation;
mod trust_documents;
mod visibility;
mod web_identity;
