//! IAM over the wire: signed requests through the whole engine.

#![expect(clippy::too_many_lines, reason = "a life of a resource is one table")]

mod attacks;
mod oidc_providers;
mod policies;
mod principals;
mod roles;
mod tags;
mod users;
mod world;
