//! The dimension of actions.

use super::automaton::{Alphabet, Automaton, Piece};
use super::budget::{Budget, Exhausted};
use super::dimension::{Collector, Dimension, Item, Point, Value};
use super::language;
use crate::action;
use crate::statement::Scope;

/// Of the actions that `within` takes, one of each sort that `items` tell apart.
pub(super) fn dimension(
    within: &Scope<String>,
    items: &[Item<'_>],
    budget: &mut Budget,
) -> Result<Dimension, Exhausted> {
    let mut collector = Collector::new(items.len());
    let listed: usize = items
        .iter()
        .map(|item| item.statement.actions.items().len())
        .sum();
    for sample in samples(within, items, budget)? {
        budget.spend(16 * (listed + items.len()))?;
        let row = items
            .iter()
            .map(|item| action::covers(item.statement, &sample))
            .collect();
        collector.add(Point::plain(Value::Action(sample)), row);
    }
    Ok(collector.finish())
}

fn samples(
    within: &Scope<String>,
    items: &[Item<'_>],
    budget: &mut Budget,
) -> Result<Vec<String>, Exhausted> {
    let everything = ["*".to_owned()];
    let starts = match within {
        Scope::In(patterns) => patterns.as_slice(),
        Scope::NotIn(_) => &everything,
    };
    let others = items.iter().flat_map(|item| item.statement.actions.items());
    let mut patterns: Vec<Vec<Piece>> = others.filter_map(|one| language::action(one)).collect();
    // Our own actions are granted by their prefix alone.
    patterns.extend(language::action("irsa:*"));
    patterns.sort_unstable_by_key(|pieces| format!("{pieces:?}"));
    patterns.dedup();
    let mut samples = Vec::new();
    for start in starts {
        if is_literal(start) {
            samples.push(start.to_ascii_lowercase());
            continue;
        }
        let Some(start) = language::action(start) else {
            continue;
        };
        let mut all = vec![language::any_action(), start];
        all.extend(patterns.iter().cloned());
        let automaton = Automaton::new(&all);
        budget.spend(automaton.size())?;
        samples.extend(automaton.texts(2, Alphabet::Action, budget)?);
    }
    Ok(samples)
}

/// Whether it names one action that requests can have.
fn is_literal(pattern: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'*' | b'?' | b',');
    let filled = pattern
        .split_once(':')
        .is_some_and(|(service, name)| !service.is_empty() && !name.is_empty());
    filled && pattern.bytes().all(plain)
}
