//! What every other crate speaks in: account ids, ARNs, regions, unique ids, the `Clock` and
//! `Entropy` ports, `Secret<T>` and `Fault`.

mod account_id;
mod arn;
mod clock;
mod entropy;
mod escape;
mod fault;
mod region;
mod secret;
mod unique_id;

pub use account_id::{AccountId, InvalidAccountId};
pub use arn::{Arn, InvalidArn};
pub use clock::{Clock, ManualClock, SystemClock};
pub use entropy::{Entropy, EntropyExt, SeededEntropy};
pub use escape::{Escaped, escape_untrusted};
pub use fault::{Fault, FaultKind};
pub use jiff::Timestamp;
pub use region::{InvalidRegion, Partition, Region};
pub use secret::Secret;
pub use unique_id::{AccessKeyId, IdKind, InvalidId, RequestId, UniqueId, access_key_account};
