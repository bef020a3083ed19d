//! AWS's Service Authorization Reference: services, actions, resource types, condition keys.
//!
//! ```
//! use policy::reference;
//!
//! let action = reference::action("S3:getobject").ok_or("no such action")?;
//! assert_eq!(action.to_string(), "s3:GetObject");
//! assert!(action.resource_types().any(|used| used.resource_type.name() == "object"));
//! assert!(reference::condition_key("kms:EncryptionContextKeys").is_some_and(|key| key.is_multivalued()));
//! # Ok::<(), &str>(())
//! ```
//!
//! Two texts, written by `cargo xtask reference`, hold the facts. They are split into lines once,
//! when first asked; all that lookups return borrows from them, and lookups do not allocate.
//!
//! `condition_keys.txt` has a key a line, sorted by name without case; `${…}` in it stands for any
//! text. `actions.txt` has, by the first letter of a line,
//!
//! ```text
//! K 12 77 78             a set of condition keys, by line of the other text; sets count from 1
//! S sqs rcp 4            a service; whether RCPs cover it; its condition keys, a set
//! T queue 2 arn:…        a resource type of this service, its condition keys, its ARN
//! A SendMessage W 0 0!   an action, its access level, its condition keys, and the resource types
//!                        it takes: the number in this service, `!` if required, `+` a set of keys
//! ```

mod action;
mod condition_key;
mod resource_type;
mod service;
mod table;

pub use action::{AccessLevel, Action, ActionId, UsedResource, action, actions, actions_matching};
pub use condition_key::{ConditionKey, KeyType, condition_key, condition_keys};
pub use resource_type::{ResourceType, resource_type};
pub use service::{Service, service, services};
