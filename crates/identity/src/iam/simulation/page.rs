//! A page of a simulation: some of its actions, each on all resources.

use base::Fault;
use engine::Call;
use policy::simulate::{ActionResult, Simulation};

use crate::iam::faults::invalid_input;

/// Actions of a page when the request does not say (IAM API, "MaxItems").
const DEFAULT_ACTIONS: usize = 100;
/// What a page may cost ([`Simulation::cost_per_action`]); it ends before it would cost more.
/// AWS too answers fewer than `MaxItems` when it likes to.
const PAGE_COST: usize = 8 * 1024 * 1024;
/// What one action may cost.
const ACTION_COST: usize = 16 * 1024 * 1024;
const TOO_MUCH: &str = "The policies, resources and context values of the request are too large to \
                        be simulated together.";
const INVALID_MARKER: &str = "Invalid marker for pagination.";

/// What both simulations answer.
pub(super) struct Page {
    pub(super) results: Vec<ActionResult>,
    pub(super) marker: Option<String>,
}

/// The page that the marker points to. As recorded, it is a place in the list of actions, whatever
/// else the request changes.
pub(super) fn page(
    simulation: &Simulation,
    call: &Call,
    marker: Option<&str>,
    max_items: Option<i64>,
) -> Result<Page, Fault> {
    let start = marker.map_or(Ok(0), |marker| start(marker, call))?;
    let cost = simulation.cost_per_action();
    if cost > ACTION_COST {
        return Err(invalid_input(TOO_MUCH));
    }
    let limit = max_items.and_then(|items| usize::try_from(items).ok());
    let affordable = PAGE_COST.checked_div(cost).unwrap_or(usize::MAX).max(1);
    let limit = limit.unwrap_or(DEFAULT_ACTIONS).min(affordable);
    let end = start.saturating_add(limit);
    let actions = simulation.actions();
    let results = actions
        .iter()
        .skip(start)
        .take(limit)
        .map(|action| simulation.evaluate(action))
        .collect();
    let more = end < actions.len();
    Ok(Page {
        results,
        marker: more
            .then(|| call.page_token(end.to_string().as_bytes(), ""))
            .transpose()?,
    })
}

fn start(marker: &str, call: &Call) -> Result<usize, Fault> {
    let position = call.page_position(marker, "");
    let start = position.and_then(|bytes| String::from_utf8(bytes).ok()?.parse().ok());
    start.ok_or_else(|| invalid_input(INVALID_MARKER))
}
