//! One thing after the other on one thread.

use std::time::Instant;

use crate::fault::Fault;
use crate::latency::Latencies;
use crate::load::{Measured, Span};

/// Repeats what must succeed every time.
pub(crate) fn repeat(
    what: &'static str,
    span: Span,
    mut run: impl FnMut() -> Result<(), Fault>,
) -> Result<Measured, Fault> {
    let from = Instant::now() + span.warm_up;
    let to = from + span.measured;
    let mut latencies = Latencies::default();
    loop {
        let begin = Instant::now();
        if begin >= to {
            break;
        }
        run()?;
        let end = Instant::now();
        if begin >= from && end <= to {
            latencies.record(end - begin);
        }
    }
    if latencies.count() == 0 {
        return Err(Fault::NothingMeasured {
            what: what.to_owned(),
        });
    }
    Ok(Measured {
        latencies,
        elapsed: span.measured,
        processor: None,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SPAN: Span = Span {
        warm_up: Duration::ZERO,
        measured: Duration::from_millis(5),
    };

    #[test]
    fn a_failure_ends_the_row() {
        let mut left = 3;
        let ended = repeat("counting", SPAN, || {
            left -= 1;
            if left > 0 {
                Ok(())
            } else {
                Err(Fault::Unsignable)
            }
        });
        assert!(matches!(ended, Err(Fault::Unsignable)));
        assert_eq!(left, 0);
    }

    #[test]
    fn all_that_is_counted_was_done() {
        let mut done = 0;
        let measured = repeat("counting", SPAN, || {
            done += 1;
            Ok(())
        });
        let counted = measured.unwrap().latencies.count();
        assert!((1..=done).contains(&counted), "{counted} of {done}");
    }
}
