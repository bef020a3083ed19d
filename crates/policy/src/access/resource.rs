//! The dimension of resources.

use std::collections::{BTreeSet, HashMap};

use super::automaton::{Alphabet, Automaton, Piece};
use super::budget::{Budget, Exhausted};
use super::dimension::{Collector, Dimension, Hope, Item, Point, Value};
use super::language::{self, Exactness, Language};
use crate::condition::Setting;
use crate::context::Context;
use crate::resource::{self, Fit};
use crate::statement::{Effect, Scope, Version};

/// Of the resources that `within` takes, one of each sort that `items` tell apart.
pub(super) fn dimension(
    within: Item<'_>,
    items: &[Item<'_>],
    budget: &mut Budget,
) -> Result<Dimension, Exhausted> {
    let moving = Moving::of(items, budget)?;
    let mut collector = Collector::new(items.len());
    let listed: usize = items.iter().map(|item| patterns(item).len() + 1).sum();
    for sample in samples(within, items, budget)? {
        for fits in moving.fits(&sample, budget)? {
            budget.spend(16 * listed)?;
            let row = items
                .iter()
                .map(|item| covers(item, &sample, &fits))
                .collect();
            let point = Point {
                value: Value::Resource(sample.clone()),
                hopes: hopes(&sample, &fits),
            };
            collector.add(point, row);
        }
    }
    Ok(collector.finish())
}

fn patterns<'a>(item: &Item<'a>) -> &'a [String] {
    item.statement
        .resources
        .as_ref()
        .map_or(&[][..], Scope::items)
}

fn language_of(pattern: &str, item: &Item<'_>) -> Language {
    language::resource(pattern, item.document.version(), item.document.kind())
}

fn samples(
    within: Item<'_>,
    items: &[Item<'_>],
    budget: &mut Budget,
) -> Result<Vec<String>, Exhausted> {
    let starts: Vec<Language> = match &within.statement.resources {
        Some(Scope::In(patterns)) => patterns
            .iter()
            .map(|one| language_of(one, &within))
            .collect(),
        Some(Scope::NotIn(_)) | None => vec![language_of("*", &within)],
    };
    let others = items.iter().flat_map(|item| {
        patterns(item)
            .iter()
            .map(|pattern| language_of(pattern, item).pieces)
    });
    let mut others: Vec<Vec<Piece>> = others.collect();
    others.sort_unstable_by_key(|pieces| format!("{pieces:?}"));
    others.dedup();
    let mut samples = Vec::new();
    for start in starts {
        let mut all = vec![language::any_arn(), start.pieces];
        all.extend(others.iter().cloned());
        let automaton = Automaton::new(&all);
        budget.spend(automaton.size())?;
        samples.extend(automaton.texts(2, Alphabet::Text, budget)?);
    }
    // What actions without a resource are asked for.
    samples.push("*".to_owned());
    Ok(samples)
}

/// The patterns whose variables' values requests bring.
struct Moving {
    patterns: Vec<Pattern>,
    /// Of the patterns' places: what fits the first fits the second.
    implied: Vec<(usize, usize)>,
}

struct Pattern {
    text: String,
    language: Language,
    variables: BTreeSet<String>,
}

/// How a resource fits such a pattern.
type Fits = HashMap<String, Fit>;

impl Moving {
    fn of(items: &[Item<'_>], budget: &mut Budget) -> Result<Self, Exhausted> {
        let mut found: Vec<Pattern> = Vec::new();
        for item in items {
            for text in patterns(item) {
                let language = language_of(text, item);
                let is_known = found.iter().any(|known| known.text == *text);
                if language.exactness == Exactness::Upper && !is_known {
                    found.push(Pattern {
                        text: text.clone(),
                        language,
                        variables: language::variables(text, Version::V2012)
                            .into_iter()
                            .collect(),
                    });
                }
            }
        }
        let mut implied = Vec::new();
        for (at, narrow) in found.iter().enumerate() {
            for (other, wide) in found.iter().enumerate() {
                if at != other
                    && language::implies(&narrow.text, &wide.text, Version::V2012, budget)?
                {
                    implied.push((at, other));
                }
            }
        }
        Ok(Self {
            patterns: found,
            implied,
        })
    }

    /// All ways in which the resource may fit the patterns.
    fn fits(&self, resource: &str, budget: &mut Budget) -> Result<Vec<Fits>, Exhausted> {
        let mut all: Vec<Vec<Fit>> = vec![Vec::new()];
        for pattern in &self.patterns {
            let pieces = [pattern.language.pieces.clone()];
            let possible = if Automaton::new(&pieces).fits(0, resource) {
                &[Fit::Yes, Fit::No, Fit::Unresolved][..]
            } else {
                &[Fit::No, Fit::Unresolved]
            };
            budget.spend(all.len() * possible.len() * (self.implied.len() + 8))?;
            let longer = all.iter().flat_map(|known| {
                let longer = move |fit: &Fit| known.iter().chain([fit]).copied().collect();
                possible.iter().map(longer)
            });
            all = longer.filter(|fits: &Vec<Fit>| self.can_be(fits)).collect();
        }
        let named = |fits: Vec<Fit>| {
            let texts = self.patterns.iter().map(|pattern| pattern.text.clone());
            texts.zip(fits).collect()
        };
        Ok(all.into_iter().map(named).collect())
    }

    /// Whether the first patterns can fit so together.
    fn can_be(&self, fits: &[Fit]) -> bool {
        let implied =
            self.implied.iter().all(
                |(narrow, wide)| match (fits.get(*narrow), fits.get(*wide)) {
                    (Some(Fit::Yes), Some(fit)) => *fit == Fit::Yes,
                    _ => true,
                },
            );
        let fits = || fits.iter().zip(&self.patterns);
        let has = |name: &String| {
            fits().any(|(fit, pattern)| *fit == Fit::Yes && pattern.variables.contains(name))
        };
        let mut unresolved = fits().filter(|(fit, _)| **fit == Fit::Unresolved);
        implied && unresolved.all(|(_, pattern)| !pattern.variables.iter().all(has))
    }
}

fn hopes(resource: &str, fits: &Fits) -> Vec<Hope> {
    let mut hopes: Vec<Hope> = fits
        .iter()
        .map(|(pattern, fit)| Hope {
            pattern: pattern.clone(),
            text: resource.to_owned(),
            fits: *fit == Fit::Yes,
        })
        .collect();
    hopes.sort_unstable_by(|one, other| one.pattern.cmp(&other.pattern));
    hopes
}

fn covers(item: &Item<'_>, resource: &str, fits: &Fits) -> bool {
    let context = Context::new();
    let setting = Setting {
        version: item.document.version(),
        leniency: item.document.leniency(),
        effect: item.statement.effect,
        context: &context,
    };
    let kind = item.document.kind();
    let is_moving = |pattern: &String| {
        language::is_dynamic(pattern, item.document.version()) && fits.contains_key(pattern)
    };
    if !patterns(item).iter().any(is_moving) {
        return resource::covers(item.statement, resource, kind, setting);
    }
    let fit = |pattern: &String| match fits.get(pattern) {
        Some(fit) if is_moving(pattern) => *fit,
        Some(_) | None => resource::fits(pattern, resource, kind, setting),
    };
    match &item.statement.resources {
        None => true,
        Some(Scope::In(patterns)) => patterns.iter().any(|one| fit(one) == Fit::Yes),
        Some(Scope::NotIn(patterns)) => {
            let mut fits = patterns.iter().map(fit);
            match item.statement.effect {
                Effect::Allow => fits.all(|fit| fit == Fit::No),
                Effect::Deny => fits.all(|fit| fit != Fit::Yes),
            }
        }
    }
}
