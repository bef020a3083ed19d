//! Questions about access: who could do what, before anybody tries.

mod asker;
mod entrance;
mod landscape;
mod matter;
mod told;

use std::sync::Arc;

use engine::Resources;
use policy::questions::Budget;

pub(super) use asker::{Asker, Entry};
pub(super) use entrance::Entrances;
pub(super) use landscape::Landscape;
pub(super) use matter::Matter;
pub(super) use told::{Detail, Told, told_conditions, told_layer, verdict_of};

/// The services that describe their resources.
pub(super) type Describing = Arc<[Arc<dyn Resources>]>;

/// Steps that one question may take (THREATS R39): a second of work at most.
const MAX_STEPS: u64 = 250_000;

/// What one call may spend.
pub(super) fn budget() -> Budget {
    Budget::new(MAX_STEPS)
}
