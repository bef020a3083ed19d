//! How long things take, counted in buckets.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Durations in `N` buckets and one for the rest.
#[derive(Debug)]
pub(crate) struct Histogram<const N: usize> {
    /// Upper bounds in microseconds.
    bounds: [u64; N],
    buckets: [AtomicU64; N],
    count: AtomicU64,
    sum_micros: AtomicU64,
}

impl<const N: usize> Histogram<N> {
    pub(crate) fn new(bounds: [u64; N]) -> Self {
        Self {
            bounds,
            buckets: [const { AtomicU64::new(0) }; N],
            count: AtomicU64::new(0),
            sum_micros: AtomicU64::new(0),
        }
    }

    pub(crate) fn observe(&self, elapsed: Duration) {
        let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        let mut bounds = self.bounds.iter().zip(&self.buckets);
        if let Some((_, bucket)) = bounds.find(|(bound, _)| micros <= **bound) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        self.sum_micros.fetch_add(micros, Ordering::Relaxed);
    }

    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    pub(crate) fn sum_micros(&self) -> u64 {
        self.sum_micros.load(Ordering::Relaxed)
    }

    /// Writes the samples; `labels` are `name="value"` pairs, `micros_per_unit` is what
    /// they are told in.
    pub(crate) fn write(&self, text: &mut String, name: &str, labels: &str, micros_per_unit: f64) {
        let comma = if labels.is_empty() { "" } else { "," };
        let mut seen = 0;
        for (bound, bucket) in self.bounds.iter().zip(&self.buckets) {
            seen += bucket.load(Ordering::Relaxed);
            let bound = scaled(*bound, micros_per_unit);
            let _ = writeln!(
                text,
                "{name}_bucket{{{labels}{comma}le=\"{bound}\"}} {seen}"
            );
        }
        let count = self.count();
        let _ = writeln!(text, "{name}_bucket{{{labels}{comma}le=\"+Inf\"}} {count}");
        let braces = if labels.is_empty() {
            String::new()
        } else {
            format!("{{{labels}}}")
        };
        let sum = scaled(self.sum_micros(), micros_per_unit);
        let _ = writeln!(text, "{name}_sum{braces} {sum}");
        let _ = writeln!(text, "{name}_count{braces} {count}");
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "exact up to 2^53 microseconds, three centuries"
)]
fn scaled(micros: u64, micros_per_unit: f64) -> f64 {
    // WHY: a product with 1e-6 is not the nearest number, and shows as 0.000049999999999999996.
    micros as f64 / micros_per_unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_add_up() {
        let histogram = Histogram::new([50, 100]);
        for micros in [1, 50, 51, 1_000] {
            histogram.observe(Duration::from_micros(micros));
        }
        let mut text = String::new();
        histogram.write(&mut text, "t", "a=\"b\"", 1.0);
        assert_eq!(
            text,
            "t_bucket{a=\"b\",le=\"50\"} 2\nt_bucket{a=\"b\",le=\"100\"} 3\n\
             t_bucket{a=\"b\",le=\"+Inf\"} 4\nt_sum{a=\"b\"} 1102\nt_count{a=\"b\"} 4\n"
        );
        let mut text = String::new();
        histogram.write(&mut text, "t", "", 1e6);
        assert!(text.starts_with("t_bucket{le=\"0.00005\"} 2\n"), "{text}");
    }
}
