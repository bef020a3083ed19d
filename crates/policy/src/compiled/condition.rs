//! One key of a `Condition` block.

use super::operand::{Match, Operands};
use super::slots::{Slot, SlotNames, Slots};
use crate::condition::{Absence, Quantifier, Sense};
use crate::context::ContextEntry;
use crate::document::Leniency;
use crate::statement::{Condition, Effect, Version};

/// A condition with its key numbered and its operands parsed.
#[derive(Clone, Debug)]
pub(super) struct CompiledCondition {
    slot: Slot,
    quantifier: Option<Quantifier>,
    sense: Sense,
    absence: Absence,
    operands: Operands,
    /// Whether the policy lists any value, read or not.
    has_operands: bool,
}

impl CompiledCondition {
    pub(super) fn new(
        condition: &Condition,
        version: Version,
        leniency: Leniency,
        effect: Effect,
        names: &mut SlotNames,
    ) -> Self {
        let operator = &condition.operator;
        Self {
            slot: names.slot(&condition.key),
            quantifier: operator.quantifier,
            sense: operator.sense,
            absence: operator.absence,
            operands: Operands::new(condition, version, leniency, effect, names),
            has_operands: !condition.values.is_empty(),
        }
    }

    pub(super) fn holds(&self, slots: &Slots<'_>) -> bool {
        let entry = slots.entry(self.slot);
        if !self.has_operands {
            return self.holds_without_operands(entry);
        }
        if let Some(holds) = self.operands.presence_holds(entry.is_none()) {
            return holds;
        }
        entry.map_or_else(
            || self.holds_when_absent(),
            |entry| self.holds_for(entry, slots),
        )
    }

    /// No list of values is ever matched when it is empty, nor when that is negated.
    fn holds_without_operands(&self, entry: Option<&ContextEntry>) -> bool {
        match self.quantifier {
            Some(Quantifier::ForAllValues) => entry.is_none_or(|entry| entry.values().is_empty()),
            Some(Quantifier::ForAnyValue) => false,
            None => self.absence == Absence::IfExists && entry.is_none(),
        }
    }

    fn holds_when_absent(&self) -> bool {
        match (self.absence, self.quantifier) {
            (Absence::IfExists, _) | (Absence::Plain, Some(Quantifier::ForAllValues)) => true,
            (Absence::Plain, Some(Quantifier::ForAnyValue)) => false,
            (Absence::Plain, None) => self.sense == Sense::Negated,
        }
    }

    fn holds_for<'r>(&self, entry: &'r ContextEntry, slots: &Slots<'r>) -> bool {
        let holds = |value: &'r String| match self.operands.compare(value, slots) {
            Match::Some => self.sense == Sense::Positive,
            Match::None => self.sense == Sense::Negated,
            Match::Settled(holds) => holds,
        };
        let mut values = entry.values().iter();
        match self.quantifier {
            Some(Quantifier::ForAllValues) => values.all(holds),
            Some(Quantifier::ForAnyValue) => values.any(holds),
            None => !entry.is_multivalued() && values.all(holds),
        }
    }

    /// A key that must have one of these values, if the condition says just that.
    pub(super) fn must_be(&self) -> Option<(Slot, Vec<&str>)> {
        let is_plain = self.quantifier.is_none()
            && self.sense == Sense::Positive
            && self.absence == Absence::Plain;
        let texts = self.operands.texts().filter(|_| is_plain)?;
        Some((self.slot, texts))
    }
}
