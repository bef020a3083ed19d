//! How long work takes.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// How long a round is, about.
const ROUND: Duration = Duration::from_millis(40);
const ROUNDS: u32 = 7;

/// Nanoseconds of the work once it is warm; the best of several rounds, as the machine has other
/// work too.
pub(crate) fn nanoseconds<T>(mut work: impl FnMut() -> T) -> f64 {
    let mut time = |times: u32| {
        let start = Instant::now();
        for _ in 0..times {
            black_box(work());
        }
        start.elapsed()
    };
    let mut times = 1;
    while time(times) < ROUND / 4 {
        times *= 2;
    }
    let best = (0..ROUNDS).map(|_| time(times)).min().unwrap_or_default();
    best.as_secs_f64() * 1e9 / f64::from(times)
}
