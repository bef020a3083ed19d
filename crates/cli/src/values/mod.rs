//! Argument values that cannot be wrong once read.

mod bucket_place;
mod cluster_name;
mod context_key;
mod go_flag;
mod lifetime;
mod object_name;
mod retention;
mod service_account;
mod since;
mod span;
mod tag;
mod token_expiration;

pub(crate) use bucket_place::BucketPlace;
pub(crate) use cluster_name::ClusterName;
pub(crate) use context_key::ContextKey;
pub(crate) use go_flag::{GoBool, GoDuration};
pub(crate) use lifetime::Lifetime;
pub(crate) use object_name::ObjectName;
pub(crate) use retention::Retention;
pub(crate) use service_account::ServiceAccount;
pub(crate) use since::Since;
pub(crate) use span::parse_span;
pub(crate) use tag::Tag;
pub(crate) use token_expiration::TokenExpiration;
