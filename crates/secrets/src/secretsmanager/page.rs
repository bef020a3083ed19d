//! One page of a listing that was put in order.

use std::cmp::Ordering;

use base::Fault;
use engine::Call;

/// What a page holds when the caller does not say.
const DEFAULT_PAGE: usize = 100;

/// A page and the token of the next one.
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    pub(super) next_token: Option<String>,
}

/// Where an item stands: what it is sorted by, then its name, which no other item has.
pub(super) type Position = (i64, String);

/// Which end of a listing comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Ascending,
    Descending,
}

impl Direction {
    fn order(self, one: &Position, other: &Position) -> Ordering {
        match self {
            Direction::Ascending => one.cmp(other),
            Direction::Descending => other.cmp(one),
        }
    }
}

impl<T> Page<T> {
    /// Sorts `listed` by its positions and cuts the page behind `next_token` out of it.
    /// `question` spells what all pages of a listing share.
    pub(super) fn of(
        mut listed: Vec<(Position, T)>,
        direction: Direction,
        next_token: Option<&str>,
        max_results: Option<i64>,
        question: &str,
        call: &Call,
    ) -> Result<Self, Fault> {
        let start = next_token
            .map(|token| position(token, question, call))
            .transpose()?;
        let size = max_results
            .and_then(|max| usize::try_from(max).ok())
            .unwrap_or(DEFAULT_PAGE);
        listed.sort_by(|(one, _), (other, _)| direction.order(one, other));
        let mut rest = listed.into_iter().filter(|(at, _)| {
            start
                .as_ref()
                .is_none_or(|start| direction.order(at, start) == Ordering::Greater)
        });
        let page: Vec<(Position, T)> = rest.by_ref().take(size).collect();
        let next_token = match (page.last(), rest.next()) {
            (Some((last, _)), Some(_)) => Some(token(last, question, call)?),
            (Some(_) | None, _) => None,
        };
        Ok(Self {
            items: page.into_iter().map(|(_, item)| item).collect(),
            next_token,
        })
    }
}

fn token(position: &Position, question: &str, call: &Call) -> Result<String, Fault> {
    let bytes = serde_json::to_vec(position)
        .map_err(|error| Fault::internal(format!("cannot encode a position: {error}")))?;
    call.page_token(&bytes, question)
}

fn position(token: &str, question: &str, call: &Call) -> Result<Position, Fault> {
    call.page_position(token, question)
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or_else(|| {
            Fault::bad_request(
                "InvalidNextTokenException",
                "The NextToken value is invalid: it is not one that this listing gave.",
            )
        })
}
