//! Policies as sets of requests: whether one allows what another does not, and whether a policy
//! allows any of what is sought (Access Analyzer's CheckNoNewAccess and CheckAccessNotGranted).
//!
//! A statement is a product: a set of callers × of actions × of resources × of states of each
//! condition key. Each dimension falls into finitely many sorts that the policies in question
//! treat alike; with one point of each sort ([`dimension`]), statements become boxes over finite
//! sets, and the question whether boxes cover a box ([`cover`]). The points of texts are found by
//! running all patterns side by side ([`automaton`]).
//!
//! Never a guess:
//!
//! * `Nothing` is a proof: every request that the policies allow falls to some point.
//! * `Found` shows a request for each statement, and [`crate::decide`] agreed with it.
//! * All else is `Undecided`: values of variables that decide and for which no request was found,
//!   comparisons of unlike types on one key, a budget that is used up.
//!
//! Keys are free: a request may hold any value of a key's declared type, or none, whatever its
//! caller, action and resource. What is found may so be a request that no client can send.

mod action;
mod automaton;
mod bits;
mod budget;
mod caller;
mod cover;
mod dimension;
mod key;
mod language;
mod problem;
mod resource;
mod sample;
mod witness;

pub use budget::Budget;
pub use problem::{Access, Answer, Sought, Undecided, granted, new_access};
pub use witness::Witness;
