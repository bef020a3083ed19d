//! What the generated descriptions promise to those who read them.

#![expect(clippy::unwrap_used, reason = "tests")]

mod conversions;
mod services;
