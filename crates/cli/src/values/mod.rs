//! Argument values that cannot be wrong once read.

mod context_key;
mod lifetime;
mod object_name;
mod retention;
mod service_account;
mod since;
mod span;

pub(crate) use context_key::ContextKey;
pub(crate) use lifetime::Lifetime;
pub(crate) use object_name::ObjectName;
pub(crate) use retention::Retention;
pub(crate) use service_account::ServiceAccount;
pub(crate) use since::Since;
pub(crate) use span::parse_span;
