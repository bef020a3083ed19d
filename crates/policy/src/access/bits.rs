//! Sets of points, as bits.

/// Which points of a dimension.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Bits(Vec<u64>);

impl FromIterator<bool> for Bits {
    fn from_iter<T: IntoIterator<Item = bool>>(items: T) -> Self {
        let mut words = Vec::new();
        for (at, item) in items.into_iter().enumerate() {
            if at % 64 == 0 {
                words.push(0);
            }
            if let (true, Some(word)) = (item, words.last_mut()) {
                *word |= 1_u64 << (at % 64);
            }
        }
        Self(words)
    }
}

impl Bits {
    pub(super) fn and(&self, other: &Self) -> Self {
        self.zip(other, |own, other| own & other)
    }

    pub(super) fn without(&self, other: &Self) -> Self {
        self.zip(other, |own, other| own & !other)
    }

    pub(super) fn meets(&self, other: &Self) -> bool {
        let mut words = self.0.iter().zip(&other.0);
        words.any(|(own, other)| own & other != 0)
    }

    /// Whether all of these are among the others.
    pub(super) fn within(&self, other: &Self) -> bool {
        let mut words = self.0.iter().zip(&other.0);
        words.all(|(own, other)| own & !other == 0)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// The places of the points, ascending.
    pub(super) fn places(&self) -> impl Iterator<Item = usize> + '_ {
        let words = self.0.iter().enumerate();
        words.flat_map(|(at, word)| {
            (0..64)
                .filter(move |bit| word >> bit & 1 == 1)
                .map(move |bit| at * 64 + bit)
        })
    }

    fn zip(&self, other: &Self, join: impl Fn(u64, u64) -> u64) -> Self {
        let words = self.0.iter().zip(&other.0);
        Self(words.map(|(own, other)| join(*own, *other)).collect())
    }
}
