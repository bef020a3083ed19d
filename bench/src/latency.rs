//! How long answers took.

use std::time::Duration;

/// Each power of two is divided into so many buckets: percentiles are exact to 1/32.
const SUB_BUCKETS: u64 = 32;
/// log2 of [`SUB_BUCKETS`].
const SUB_BITS: u32 = SUB_BUCKETS.trailing_zeros();
/// Durations below 2^40 ns (18 minutes) have buckets of their own; longer ones share the last.
const BUCKETS: usize = 32 * (40 - 5 + 1);

/// A histogram of durations in nanoseconds, of fixed size.
#[derive(Clone)]
pub(crate) struct Latencies {
    counts: Vec<u64>,
    total: u64,
}

impl Default for Latencies {
    fn default() -> Self {
        Self {
            counts: vec![0; BUCKETS],
            total: 0,
        }
    }
}

impl Latencies {
    /// Counts one duration.
    pub(crate) fn record(&mut self, latency: Duration) {
        let nanos = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        if let Some(count) = self.counts.get_mut(bucket(nanos)) {
            *count += 1;
            self.total += 1;
        }
    }

    /// Counts what another one counted.
    pub(crate) fn add(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.total += other.total;
    }

    /// How many were counted.
    pub(crate) fn count(&self) -> u64 {
        self.total
    }

    /// The duration that `hundredths` of a hundred did not exceed, rounded up to its bucket's end;
    /// zero when nothing was counted.
    pub(crate) fn percentile(&self, hundredths: u64) -> Duration {
        let wanted = (u128::from(self.total) * u128::from(hundredths)).div_ceil(100);
        let mut seen = 0_u128;
        for (index, count) in self.counts.iter().enumerate() {
            seen += u128::from(*count);
            if *count > 0 && seen >= wanted {
                return Duration::from_nanos(greatest_of(index));
            }
        }
        Duration::ZERO
    }
}

fn bucket(nanos: u64) -> usize {
    if nanos < SUB_BUCKETS {
        return usize::try_from(nanos).unwrap_or(usize::MAX);
    }
    let octave = nanos.ilog2() - SUB_BITS;
    let within = (nanos >> octave) - SUB_BUCKETS;
    let index = u64::from(octave + 1) * SUB_BUCKETS + within;
    usize::try_from(index)
        .unwrap_or(usize::MAX)
        .min(BUCKETS - 1)
}

/// The greatest duration that falls into a bucket.
fn greatest_of(index: usize) -> u64 {
    let index = index as u64;
    if index < SUB_BUCKETS {
        return index;
    }
    let octave = index / SUB_BUCKETS - 1;
    let within = index % SUB_BUCKETS;
    ((SUB_BUCKETS + within + 1) << octave) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_duration_lies_in_its_bucket() {
        for nanos in (0..4096).chain([65_535, 65_536, 1_000_000, 123_456_789, (1 << 40) - 1]) {
            let index = bucket(nanos);
            let greatest = greatest_of(index);
            assert!(nanos <= greatest, "{nanos} > {greatest}");
            assert!(
                greatest - nanos <= nanos / SUB_BUCKETS,
                "{nanos} → {greatest}"
            );
            assert!(index == 0 || greatest_of(index - 1) < nanos, "{nanos}");
        }
    }

    #[test]
    fn what_is_longer_than_all_buckets_shares_the_last() {
        assert_eq!(bucket((1 << 40) - 1), BUCKETS - 1);
        assert_eq!(bucket(1 << 40), BUCKETS - 1);
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn percentiles() {
        let hundred: Vec<u64> = (1..=100).collect();
        for (millis, hundredths, expected) in [
            (&hundred[..], 50, 50),
            (&hundred, 99, 99),
            (&hundred, 100, 100),
            (&[7], 50, 7),
            (&[7], 99, 7),
            (&[1, 1, 1, 900], 50, 1),
            (&[1, 1, 1, 900], 99, 900),
            (&[], 99, 0),
        ] {
            let mut latencies = Latencies::default();
            for millis in millis {
                latencies.record(Duration::from_millis(*millis));
            }
            let found = latencies.percentile(hundredths);
            let expected = Duration::from_millis(expected);
            assert!(
                found >= expected && found <= expected.mul_f64(1.0 + 1.0 / 32.0),
                "{hundredths} of {millis:?}: {found:?}"
            );
        }
    }

    #[test]
    fn histograms_add_up() {
        let mut sum = Latencies::default();
        for millis in [5, 500] {
            let mut one = Latencies::default();
            one.record(Duration::from_millis(millis));
            sum.add(&one);
        }
        assert_eq!(sum.count(), 2);
        assert!(sum.percentile(50) < Duration::from_millis(6));
        assert!(sum.percentile(99) >= Duration::from_millis(500));
    }
}
