//! Counters for `/-/metrics`. Labels never hold what a client chose (THREATS R47).

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::atomic::AtomicI64;

use base::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Upper bounds of the latency buckets, in seconds.
const BUCKETS: [f64; 12] = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0,
];

/// What is counted.
pub struct Metrics {
    registry: Registry,
    requests: Family<Labels, Counter>,
    seconds: Family<ServiceLabel, Histogram>,
    in_flight: Gauge<i64, AtomicI64>,
    commit_seconds: Histogram,
    oldest_signing_key: Gauge<i64, AtomicI64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    service: &'static str,
    operation: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ServiceLabel {
    service: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("irsa");
        let requests = Family::<Labels, Counter>::default();
        let seconds = Family::new_with_constructor(histogram as fn() -> Histogram);
        let in_flight = Gauge::<i64, AtomicI64>::default();
        registry.register(
            "requests",
            "Requests by operation and status",
            requests.clone(),
        );
        registry.register("request_seconds", "Time to answer", seconds.clone());
        registry.register(
            "requests_in_flight",
            "Requests being answered",
            in_flight.clone(),
        );
        let commit_seconds = histogram();
        registry.register(
            "store_commit_seconds",
            "Time that the store takes to keep what a call did, and its audit record",
            commit_seconds.clone(),
        );
        let oldest_signing_key = Gauge::<i64, AtomicI64>::default();
        registry.register(
            "oldest_signing_key_timestamp_seconds",
            "When the oldest of all issuers' keys that sign tokens began to; 0 where none signs",
            oldest_signing_key.clone(),
        );
        Self {
            registry,
            requests,
            seconds,
            in_flight,
            commit_seconds,
            oldest_signing_key,
        }
    }
}

fn histogram() -> Histogram {
    Histogram::new(BUCKETS)
}

impl Metrics {
    /// A request began.
    pub(crate) fn began(&self) {
        self.in_flight.inc();
    }

    /// A request was answered; `-` stands for what was not recognised.
    pub(crate) fn ended(
        &self,
        service: &'static str,
        operation: &'static str,
        status: u16,
        seconds: f64,
    ) {
        self.in_flight.dec();
        self.requests
            .get_or_create(&Labels {
                service,
                operation,
                status,
            })
            .inc();
        self.seconds
            .get_or_create(&ServiceLabel { service })
            .observe(seconds);
    }

    /// The store committed, or would not.
    pub(crate) fn committed(&self, seconds: f64) {
        self.commit_seconds.observe(seconds);
    }

    /// Since when the oldest key signs.
    pub(crate) fn oldest_signing_key(&self, since: Option<Timestamp>) {
        self.oldest_signing_key
            .set(since.map_or(0, Timestamp::as_second));
    }

    /// All of it in Prometheus' text format, which every scraper reads.
    pub fn encode(&self) -> String {
        let mut text = String::new();
        match prometheus_client::encoding::text::encode(&mut text, &self.registry) {
            Ok(()) => plain(&text),
            Err(_) => String::new(),
        }
    }
}

/// OpenMetrics as the older format. It describes counters without the ending of their samples, and
/// has a mark at its end.
fn plain(text: &str) -> String {
    let counter = |line: &str| {
        let name = line.strip_prefix("# TYPE ")?.strip_suffix(" counter")?;
        Some(name.to_owned())
    };
    let counters: BTreeSet<String> = text.lines().filter_map(counter).collect();
    let mut plain = String::with_capacity(text.len());
    for line in text.lines().filter(|line| *line != "# EOF") {
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        match words.as_slice() {
            ["#", what, name, rest] if counters.contains(*name) => {
                let _ = writeln!(plain, "# {what} {name}_total {rest}");
            }
            _ => {
                let _ = writeln!(plain, "{line}");
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_described_by_the_names_of_their_samples() {
        let metrics = Metrics::default();
        metrics.began();
        metrics.ended("sts", "GetCallerIdentity", 200, 0.002);
        let text = metrics.encode();
        let lines: Vec<&str> = text.lines().take(3).collect();
        assert_eq!(
            lines,
            [
                "# HELP irsa_requests_total Requests by operation and status.",
                "# TYPE irsa_requests_total counter",
                "irsa_requests_total{service=\"sts\",operation=\"GetCallerIdentity\",status=\"200\"} 1",
            ]
        );
        assert!(
            text.contains("\n# TYPE irsa_request_seconds histogram\n"),
            "{text}"
        );
        assert!(!text.contains("EOF") && text.ends_with('\n'), "{text}");
    }
}
