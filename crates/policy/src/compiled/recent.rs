//! What a value was parsed to, for as long as the next question is about the same value.

use std::cell::Cell;

/// The last value and what came of it.
pub(super) struct Recent<'a, T>(Cell<Option<(&'a str, Option<T>)>>);

impl<T> Default for Recent<'_, T> {
    fn default() -> Self {
        Self(Cell::new(None))
    }
}

impl<'a, T: Copy> Recent<'a, T> {
    /// `parse(value)`, perhaps from memory. Values are told apart by where they are stored.
    pub(super) fn parsed(
        &self,
        value: &'a str,
        parse: impl FnOnce(&'a str) -> Option<T>,
    ) -> Option<T> {
        match self.0.get() {
            Some((known, parsed)) if std::ptr::eq(known, value) => parsed,
            Some(_) | None => {
                let parsed = parse(value);
                self.0.set(Some((value, parsed)));
                parsed
            }
        }
    }
}
