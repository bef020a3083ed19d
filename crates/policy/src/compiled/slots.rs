//! The context keys that a policy set reads, numbered, and a request's values for them.

use std::cell::Cell;
use std::collections::HashMap;

use super::arn::ArnText;
use super::date;
use super::decimal::DecimalText;
use super::network::Address;
use super::recent::Recent;
use crate::context::{Context, ContextEntry};
use crate::fingerprint;

/// A key's number within its set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Slot(u32);

/// A key's name, ready to be looked up.
#[derive(Clone, Debug)]
pub(super) struct SlotName {
    /// In lower case.
    folded: Box<str>,
    fingerprint: u64,
}

/// Gives each key one number while a set is compiled.
#[derive(Default)]
pub(super) struct SlotNames {
    names: Vec<SlotName>,
    numbers: HashMap<Box<str>, u32>,
}

impl SlotNames {
    /// The number of `key`, whatever its case.
    pub(super) fn slot(&mut self, key: &str) -> Slot {
        let folded: Box<str> = key.to_lowercase().into();
        if let Some(known) = self.numbers.get(&folded) {
            return Slot(*known);
        }
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(SlotName {
            fingerprint: fingerprint::of(&folded),
            folded: folded.clone(),
        });
        self.numbers.insert(folded, number);
        Slot(number)
    }

    /// The names in the order of their numbers.
    pub(super) fn into_names(self) -> Box<[SlotName]> {
        self.names.into_boxed_slice()
    }
}

impl SlotName {
    pub(super) fn as_str(&self) -> &str {
        &self.folded
    }
}

impl Slot {
    pub(super) fn number(self) -> u32 {
        self.0
    }
}

/// How many keys are remembered during a decision; the others are looked up each time.
const REMEMBERED: usize = 16;

/// A request's values, each looked up once and only when a statement reads it; what was parsed last
/// of each type is remembered, as statements tend to ask the same.
pub(super) struct Slots<'a> {
    names: &'a [SlotName],
    context: &'a Context,
    remembered: [Cell<Remembered<'a>>; REMEMBERED],
    number: Recent<'a, DecimalText<'a>>,
    date: Recent<'a, i128>,
    address: Recent<'a, Address>,
    arn: Recent<'a, ArnText<'a>>,
}

/// What is known of a key.
#[derive(Clone, Copy)]
enum Remembered<'a> {
    Unknown,
    Known(Option<&'a ContextEntry>),
}

impl<'a> Slots<'a> {
    pub(super) fn new(names: &'a [SlotName], context: &'a Context) -> Self {
        Self {
            names,
            context,
            remembered: [const { Cell::new(Remembered::Unknown) }; REMEMBERED],
            number: Recent::default(),
            date: Recent::default(),
            address: Recent::default(),
            arn: Recent::default(),
        }
    }

    /// The key's entry; `None` when the request does not have it.
    pub(super) fn entry(&self, slot: Slot) -> Option<&'a ContextEntry> {
        let at = slot.0 as usize;
        let Some(cell) = self.remembered.get(at) else {
            return self.look_up(at);
        };
        if let Remembered::Known(known) = cell.get() {
            return known;
        }
        let entry = self.look_up(at);
        cell.set(Remembered::Known(entry));
        entry
    }

    /// A request's value as a number.
    pub(super) fn number(&self, value: &'a str) -> Option<DecimalText<'a>> {
        self.number.parsed(value, DecimalText::parse)
    }

    /// A request's value as an instant.
    pub(super) fn date(&self, value: &'a str) -> Option<i128> {
        self.date.parsed(value, date::parse)
    }

    /// A request's value as an address.
    pub(super) fn address(&self, value: &'a str) -> Option<Address> {
        self.address.parsed(value, Address::parse)
    }

    /// A request's value as an ARN.
    pub(super) fn arn(&self, value: &'a str) -> Option<ArnText<'a>> {
        self.arn.parsed(value, ArnText::new)
    }

    fn look_up(&self, at: usize) -> Option<&'a ContextEntry> {
        let name = self.names.get(at)?;
        self.context.find(name.fingerprint, &name.folded)
    }
}
