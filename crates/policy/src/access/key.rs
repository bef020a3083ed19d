//! The dimension of a condition key.

use std::collections::{HashMap, HashSet};

use super::automaton::Automaton;
use super::budget::{Budget, Exhausted};
use super::dimension::{Collector, Dimension, Hope, Item, MAX_OPEN, Point, State, Value, choices};
use super::language::{self, Exactness};
use super::sample::{Samples, samples};
use crate::condition::{self, Absence, Comparison, Quantifier, Sense, Setting};
use crate::context::Context;
use crate::document::Leniency;
use crate::reference::{self, KeyType};
use crate::statement::{Condition, Effect, Version};

/// Keys that every request has (IAM User Guide, "AWS global condition context keys").
const ALWAYS_PRESENT: &[&str] = &["aws:currenttime", "aws:epochtime", "aws:securetransport"];

/// A condition, with all that its outcome depends on beside the request.
#[derive(Clone, Copy)]
pub(super) struct Test<'a> {
    pub(super) condition: &'a Condition,
    pub(super) version: Version,
    leniency: Leniency,
    effect: Effect,
}

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Truth {
    Yes,
    No,
    /// The values of variables tell.
    Open,
}

/// The dimension of `key`, in lower case.
pub(super) fn dimension(
    key: &str,
    items: &[Item<'_>],
    budget: &mut Budget,
) -> Result<Dimension, Exhausted> {
    let (tests, asked) = tests(key, items);
    let plain: Vec<Test<'_>> = tests.clone();
    let samples = samples(key, &plain, budget)?;
    let mut collector = Collector::new(items.len());
    for state in states(key, &tests, &samples, budget)? {
        let truths = truths(&tests, key, &state, budget)?;
        add(&mut collector, key, &tests, &asked, &state, &truths)?;
    }
    if let Samples::Incomplete(_) = samples {
        add_unknown(&mut collector, tests.len(), &asked)?;
    }
    Ok(collector.finish())
}

/// The distinct tests of the key, and for each statement which of them it asks.
fn tests<'a>(key: &str, items: &[Item<'a>]) -> (Vec<Test<'a>>, Vec<Vec<usize>>) {
    let mut tests: Vec<Test<'a>> = Vec::new();
    let asked = items.iter().map(|item| {
        let own = item.statement.conditions.iter();
        let own = own.filter(|condition| condition.key.eq_ignore_ascii_case(key));
        own.map(|condition| {
            let test = Test {
                condition,
                version: item.document.version(),
                leniency: item.document.leniency(),
                effect: item.statement.effect,
            };
            let known = tests.iter().position(|other| other.is_same(&test));
            known.unwrap_or_else(|| {
                tests.push(test);
                tests.len() - 1
            })
        })
        .collect()
    });
    let asked = asked.collect();
    (tests, asked)
}

impl Test<'_> {
    /// Whether both come out alike for every request.
    fn is_same(&self, other: &Self) -> bool {
        let (own, others) = (self.condition, other.condition);
        let (operator, other_operator) = (&own.operator, &others.operator);
        let settles = operator.comparison == Comparison::Arn;
        operator.comparison == other_operator.comparison
            && operator.sense == other_operator.sense
            && operator.quantifier == other_operator.quantifier
            && operator.absence == other_operator.absence
            && own.values == others.values
            && self.leniency == other.leniency
            && (self.version == other.version || !own.values.iter().any(|one| one.contains("${")))
            && (self.effect == other.effect || !settles)
    }

    fn is_dynamic(&self) -> bool {
        let reads = match self.condition.operator.comparison {
            Comparison::StringEquals
            | Comparison::StringEqualsIgnoreCase
            | Comparison::StringLike
            | Comparison::Arn => true,
            Comparison::Numeric(_)
            | Comparison::Date(_)
            | Comparison::Bool
            | Comparison::Binary
            | Comparison::IpAddress
            | Comparison::Null => false,
        };
        let mut values = self.condition.values.iter();
        reads && values.any(|value| language::is_dynamic(value, self.version))
    }

    fn truth(&self, key: &str, state: &State) -> Truth {
        let context = context(key, state);
        if !self.is_dynamic() || *state == State::Absent {
            return known(condition::holds(self.condition, self.setting(&context)));
        }
        let operator = &self.condition.operator;
        let values = match state {
            State::Absent => return Truth::No,
            State::One(_) if operator.quantifier.is_none() => {
                context.get(key).and_then(|entry| entry.single())
            }
            State::One(_) | State::Many(_) => None,
        };
        match (operator.quantifier, values) {
            (None, Some(value)) => self.value_truth(value),
            (None, None) => Truth::No,
            (Some(quantifier), _) => {
                let all = match state {
                    State::Absent => &[][..],
                    State::One(value) => std::slice::from_ref(value),
                    State::Many(values) => values.as_slice(),
                };
                let each = all.iter().map(|value| self.value_truth(value));
                quantified(quantifier, each)
            }
        }
    }

    /// Of one value of the request.
    fn value_truth(&self, value: &str) -> Truth {
        let matched = self.value_match(value);
        match (self.condition.operator.sense, matched) {
            (_, Truth::Open) => Truth::Open,
            (Sense::Positive, truth) => truth,
            (Sense::Negated, Truth::Yes) => Truth::No,
            (Sense::Negated, Truth::No) => Truth::Yes,
        }
    }

    /// Whether the value matches an operand. A malformed ARN among the operands settles the
    /// comparison, so that nothing is said of ARNs.
    fn value_match(&self, value: &str) -> Truth {
        let comparison = self.condition.operator.comparison;
        if comparison == Comparison::Arn {
            return Truth::Open;
        }
        let mut truth = Truth::No;
        for operand in &self.condition.values {
            let Some(language) = language::operand(operand, comparison, self.version) else {
                return Truth::Open;
            };
            let pieces = [language.pieces];
            match (Automaton::new(&pieces).fits(0, value), language.exactness) {
                (true, Exactness::Exact) => return Truth::Yes,
                (true, Exactness::Upper) => truth = Truth::Open,
                (false, Exactness::Exact | Exactness::Upper) => {}
            }
        }
        truth
    }

    fn setting<'c>(&self, context: &'c Context) -> Setting<'c> {
        Setting {
            version: self.version,
            leniency: self.leniency,
            effect: self.effect,
            context,
        }
    }
}

fn known(holds: bool) -> Truth {
    if holds { Truth::Yes } else { Truth::No }
}

fn quantified(quantifier: Quantifier, each: impl Iterator<Item = Truth>) -> Truth {
    let (settling, otherwise) = match quantifier {
        Quantifier::ForAllValues => (Truth::No, Truth::Yes),
        Quantifier::ForAnyValue => (Truth::Yes, Truth::No),
    };
    let mut truth = otherwise;
    for one in each {
        if one == settling {
            return settling;
        }
        if one == Truth::Open {
            truth = Truth::Open;
        }
    }
    truth
}

/// The context that holds the key alone.
fn context(key: &str, state: &State) -> Context {
    let mut context = Context::new();
    match state {
        State::Absent => {}
        State::One(value) => context.set(key, value.clone()),
        State::Many(values) => context.set_many(key, values.clone()),
    }
    context
}

fn truths(
    tests: &[Test<'_>],
    key: &str,
    state: &State,
    budget: &mut Budget,
) -> Result<Vec<Truth>, Exhausted> {
    let operands: usize = tests
        .iter()
        .map(|test| test.condition.values.len() + 1)
        .sum();
    budget.spend(operands * 8)?;
    Ok(tests.iter().map(|test| test.truth(key, state)).collect())
}

/// The states that stand for all.
fn states(
    key: &str,
    tests: &[Test<'_>],
    samples: &Samples,
    budget: &mut Budget,
) -> Result<Vec<State>, Exhausted> {
    let quantified = tests
        .iter()
        .any(|test| test.condition.operator.quantifier.is_some());
    let declared = reference::condition_key(key).map(reference::ConditionKey::is_multivalued);
    let is_list = declared == Some(true) || crate::multivalued::is_multivalued(key);
    let mut states = Vec::new();
    if !ALWAYS_PRESENT.contains(&key) {
        states.push(State::Absent);
    }
    if !is_list {
        states.extend(samples.values().iter().cloned().map(State::One));
    }
    if is_list || (quantified && declared.is_none()) {
        states.extend(lists(key, tests, samples, budget)?);
    }
    Ok(states)
}

/// Lists of the values, until no further one makes a difference.
fn lists(
    key: &str,
    tests: &[Test<'_>],
    samples: &Samples,
    budget: &mut Budget,
) -> Result<Vec<State>, Exhausted> {
    let mut found = Vec::new();
    let mut known: HashSet<(bool, Vec<Truth>)> = HashSet::new();
    let mut open = vec![Vec::<String>::new()];
    while let Some(list) = open.pop() {
        let state = State::Many(list.clone());
        let truths = truths(tests, key, &state, budget)?;
        if !known.insert((list.is_empty(), truths)) {
            continue;
        }
        found.push(state);
        for value in samples.values() {
            let longer = list.iter().chain([value]).cloned().collect();
            open.push(longer);
        }
    }
    Ok(found)
}

/// Adds the state once for each way in which what is open may come out.
fn add(
    collector: &mut Collector,
    key: &str,
    tests: &[Test<'_>],
    asked: &[Vec<usize>],
    state: &State,
    truths: &[Truth],
) -> Result<(), Exhausted> {
    let open: Vec<usize> = truths
        .iter()
        .enumerate()
        .filter(|(_, truth)| **truth == Truth::Open)
        .map(|(at, _)| at)
        .collect();
    if open.len() > MAX_OPEN {
        return Err(Exhausted);
    }
    for chosen in choices(open.len()) {
        let chosen: HashMap<usize, bool> = open.iter().copied().zip(chosen).collect();
        let holds = |test: &usize| match truths.get(*test) {
            Some(Truth::Yes) => true,
            Some(Truth::Open) => chosen.get(test).copied().unwrap_or(false),
            Some(Truth::No) | None => false,
        };
        let row = asked.iter().map(|tests| tests.iter().all(holds)).collect();
        let hopes = chosen.iter().flat_map(|(test, holds)| {
            let test = tests.get(*test);
            test.map(|test| hopes(test, state, *holds))
                .unwrap_or_default()
        });
        let point = Point {
            value: Value::Key(key.to_owned(), state.clone()),
            hopes: hopes.collect(),
        };
        collector.add(point, row);
    }
    Ok(())
}

fn hopes(test: &Test<'_>, state: &State, holds: bool) -> Vec<Hope> {
    let wants_match = match test.condition.operator.sense {
        Sense::Positive => holds,
        Sense::Negated => !holds,
    };
    let texts = match state {
        State::Absent => &[][..],
        State::One(value) => std::slice::from_ref(value),
        State::Many(values) => values.as_slice(),
    };
    let operands = test.condition.values.iter();
    let mut operands = operands.filter(|one| language::is_dynamic(one, test.version));
    let first = operands.next();
    let hope = |text: &String| Hope {
        pattern: first.cloned().unwrap_or_default(),
        text: text.clone(),
        fits: wants_match,
    };
    texts.iter().map(hope).collect()
}

/// Any way in which the tests may come out, for keys whose values are not all known.
fn add_unknown(
    collector: &mut Collector,
    tests: usize,
    asked: &[Vec<usize>],
) -> Result<(), Exhausted> {
    if tests > MAX_OPEN {
        return Err(Exhausted);
    }
    for chosen in choices(tests) {
        let holds = |test: &usize| chosen.get(*test).copied().unwrap_or(false);
        let row = asked.iter().map(|tests| tests.iter().all(holds)).collect();
        collector.add(Point::plain(Value::Unknown), row);
    }
    Ok(())
}

/// The declared type of a key.
pub(super) fn declared_type(key: &str) -> Option<KeyType> {
    reference::condition_key(key).map(reference::ConditionKey::key_type)
}

/// Whether the operator says nothing but whether the key is there.
pub(super) fn asks_presence(condition: &Condition) -> bool {
    let operator = &condition.operator;
    operator.comparison == Comparison::Null
        || (condition.values.is_empty() && operator.absence == Absence::IfExists)
}
