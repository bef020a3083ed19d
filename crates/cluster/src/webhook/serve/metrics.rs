//! What is counted, under the names of AWS's webhook and some of our own.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::histogram::Histogram;
use super::sharded::Sharded;
use crate::webhook::{Reason, Verdict};

/// Namespaces that are counted one by one; more share one row.
const MAX_NAMESPACES: usize = 10_000;
const OTHER_NAMESPACES: &str = "(other)";
const REASONS: usize = Reason::ALL.len();
const VERDICTS: [(Verdict, &str); 2] =
    [(Verdict::Allowed, "allowed"), (Verdict::Refused, "refused")];

/// Buckets of AWS's webhook: seven, from 125 ms on.
const SLOW: [u64; 7] = [
    125_000, 250_000, 500_000, 1_000_000, 2_000_000, 4_000_000, 8_000_000,
];
const FINE: [u64; 16] = [
    50, 100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 51_200, 102_400, 204_800, 512_000,
    1_024_000, 3_072_000,
];
const MICROS: f64 = 1.0;
const SECONDS: f64 = 1e6;

const SUMMARY: &str = "http_request_duration_microseconds";
const ADMISSIONS: &str = "irsa_webhook_admissions_total";
const WITHOUT: &str = "irsa_webhook_pods_admitted_without_identity_total";
const DURATION: &str = "irsa_webhook_admission_duration_seconds";

/// All counters.
pub(crate) struct Metrics {
    requests: Vec<Route>,
    admissions: Sharded<Box<[AtomicU64; REASONS * VERDICTS.len()]>>,
    namespaces: AtomicU64,
    durations: Histogram<16>,
    without_identity: Sharded<Box<[AtomicU64; REASONS]>>,
    web_identity: AtomicU64,
    container_credentials: AtomicU64,
    missing_accounts: AtomicU64,
    pub(crate) events: Events,
    pub(crate) watch_errors: [AtomicU64; 3],
}

/// What became of Events.
#[derive(Default)]
pub(crate) struct Events {
    pub(crate) sent: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) dropped: AtomicU64,
}

/// Where a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Path {
    Mutate,
    MutateEnforce,
    DebugDeny,
    Debug500,
}

/// One path and one verb.
struct Route {
    path: Path,
    verb: &'static str,
    codes: [(u16, AtomicU64); 7],
    latencies: Histogram<7>,
}

/// In which way a pod gets its identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    WebIdentity,
    ContainerCredentials,
}

/// What is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Watched {
    ServiceAccounts,
    Namespaces,
    ConfigMap,
}

impl Watched {
    pub(crate) const ALL: [Self; 3] = [Self::ServiceAccounts, Self::Namespaces, Self::ConfigMap];

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::ServiceAccounts => "serviceaccounts",
            Self::Namespaces => "namespaces",
            Self::ConfigMap => "configmap",
        }
    }
}

impl Path {
    const ALL: [Self; 4] = [
        Self::Mutate,
        Self::MutateEnforce,
        Self::DebugDeny,
        Self::Debug500,
    ];

    fn text(self) -> &'static str {
        match self {
            Self::Mutate => "/mutate",
            Self::MutateEnforce => "/mutate-enforce",
            Self::DebugDeny => "/debug/alpha/deny",
            Self::Debug500 => "/debug/alpha/500",
        }
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let routes = Path::ALL.into_iter().flat_map(|path| {
            ["POST", "GET", "OTHER"].map(|verb| Route {
                path,
                verb,
                codes: [200, 400, 405, 408, 413, 415, 500].map(|code| (code, AtomicU64::new(0))),
                latencies: Histogram::new(SLOW),
            })
        });
        Self {
            requests: routes.collect(),
            admissions: Sharded::default(),
            namespaces: AtomicU64::new(0),
            durations: Histogram::new(FINE),
            without_identity: Sharded::default(),
            web_identity: AtomicU64::new(0),
            container_credentials: AtomicU64::new(0),
            missing_accounts: AtomicU64::new(0),
            events: Events::default(),
            watch_errors: [const { AtomicU64::new(0) }; 3],
        }
    }
}

impl Metrics {
    /// A request was answered.
    pub(crate) fn answered(&self, path: Path, verb: &str, code: u16, elapsed: Duration) {
        let verb = match verb {
            "POST" | "GET" => verb,
            _ => "OTHER",
        };
        let mut routes = self.requests.iter();
        let Some(route) = routes.find(|route| route.path == path && route.verb == verb) else {
            return;
        };
        let mut codes = route.codes.iter();
        if let Some((_, count)) = codes.find(|(known, _)| *known == code) {
            add(count);
        }
        route.latencies.observe(elapsed);
    }

    /// A review was decided on.
    pub(crate) fn admission(
        &self,
        namespace: &str,
        verdict: Verdict,
        reason: Reason,
        elapsed: Duration,
    ) {
        let at = reason as usize * VERDICTS.len() + usize::from(verdict == Verdict::Refused);
        self.count(&self.admissions, namespace, at);
        self.durations.observe(elapsed);
    }

    /// A pod that should have an identity was let in without one.
    pub(crate) fn without_identity(&self, namespace: &str, reason: Reason) {
        self.count(&self.without_identity, namespace, reason as usize);
    }

    pub(crate) fn identity(&self, method: Method) {
        add(match method {
            Method::WebIdentity => &self.web_identity,
            Method::ContainerCredentials => &self.container_credentials,
        });
    }

    pub(crate) fn missing_account(&self) {
        add(&self.missing_accounts);
    }

    pub(crate) fn watch_failed(&self, what: Watched) {
        if let Some(count) = self.watch_errors.get(what as usize) {
            add(count);
        }
    }

    fn count<const N: usize>(
        &self,
        rows: &Sharded<Box<[AtomicU64; N]>>,
        namespace: &str,
        at: usize,
    ) {
        let one_more = |row: &[AtomicU64; N]| row.get(at).map(add);
        if rows.read(namespace, |row| one_more(row)).is_some() {
            return;
        }
        // WHY: anybody can name namespaces that do not exist.
        let known = self.namespaces.fetch_add(1, Ordering::Relaxed);
        let namespace = match usize::try_from(known) {
            Ok(known) if known < MAX_NAMESPACES => namespace,
            Ok(_) | Err(_) => OTHER_NAMESPACES,
        };
        rows.change(namespace, |rows| {
            let new = || Box::new([const { AtomicU64::new(0) }; N]);
            one_more(rows.entry(namespace.into()).or_insert_with(new));
        });
    }

    /// Writes all counters in Prometheus' text format.
    pub(crate) fn write(&self, text: &mut String) {
        self.write_requests(text);
        head(
            text,
            "pod_identity_webhook_pod_count",
            "counter",
            "Pods by how they get their identity.",
        );
        for (method, count) in [
            ("sts_web_identity", &self.web_identity),
            ("container_credentials", &self.container_credentials),
        ] {
            let count = load(count);
            let _ = writeln!(
                text,
                "pod_identity_webhook_pod_count{{method=\"{method}\"}} {count}"
            );
        }
        single(
            text,
            "pod_identity_webhook_missing_sa_count",
            "counter",
            "Pods whose ServiceAccount was not found.",
            load(&self.missing_accounts),
        );
        self.write_admissions(text);
        head(
            text,
            "irsa_webhook_events_total",
            "counter",
            "Events on refusals, by what became of them.",
        );
        for (outcome, count) in [
            ("sent", &self.events.sent),
            ("failed", &self.events.failed),
            ("dropped", &self.events.dropped),
        ] {
            let count = load(count);
            let _ = writeln!(
                text,
                "irsa_webhook_events_total{{outcome=\"{outcome}\"}} {count}"
            );
        }
        head(
            text,
            "irsa_webhook_watch_errors_total",
            "counter",
            "Failures of watches, each tried again.",
        );
        for (watched, count) in Watched::ALL.iter().zip(&self.watch_errors) {
            let (label, count) = (watched.label(), load(count));
            let _ = writeln!(
                text,
                "irsa_webhook_watch_errors_total{{resource=\"{label}\"}} {count}"
            );
        }
    }

    fn write_requests(&self, text: &mut String) {
        let served = || {
            let routes = self.requests.iter();
            routes.filter(|route| route.latencies.count() > 0)
        };
        let labels =
            |route: &Route| format!("verb=\"{}\",path=\"{}\"", route.verb, route.path.text());
        head(
            text,
            "http_request_count",
            "counter",
            "Requests by verb, path and response code.",
        );
        for route in served() {
            let labels = labels(route);
            for (code, count) in &route.codes {
                let count = load(count);
                if count > 0 {
                    let _ = writeln!(
                        text,
                        "http_request_count{{{labels},code=\"{code}\"}} {count}"
                    );
                }
            }
        }
        head(
            text,
            "http_request_latencies",
            "histogram",
            "Response latency in microseconds by verb and path.",
        );
        for route in served() {
            let labels = labels(route);
            route
                .latencies
                .write(text, "http_request_latencies", &labels, MICROS);
        }
        head(
            text,
            SUMMARY,
            "summary",
            "Response latency in microseconds by verb and path.",
        );
        for route in served() {
            let labels = labels(route);
            let (sum, count) = (route.latencies.sum_micros(), route.latencies.count());
            let _ = writeln!(text, "{SUMMARY}_sum{{{labels}}} {sum}");
            let _ = writeln!(text, "{SUMMARY}_count{{{labels}}} {count}");
        }
    }

    fn write_admissions(&self, text: &mut String) {
        head(
            text,
            ADMISSIONS,
            "counter",
            "Reviews by namespace, decision and reason.",
        );
        self.admissions.each(|namespace, row| {
            let reasons = Reason::ALL
                .into_iter()
                .flat_map(|reason| VERDICTS.map(|(_, verdict)| (reason.label(), verdict)));
            for ((reason, verdict), count) in reasons.zip(row.iter()) {
                let (count, namespace) = (load(count), escaped(namespace));
                if count > 0 {
                    let _ = writeln!(
                        text,
                        "{ADMISSIONS}{{namespace=\"{namespace}\",decision=\"{verdict}\",reason=\"{reason}\"}} {count}"
                    );
                }
            }
        });
        head(
            text,
            WITHOUT,
            "counter",
            "Pods let in without the identity that their ServiceAccount has, or may have.",
        );
        self.without_identity.each(|namespace, row| {
            for (reason, count) in Reason::ALL.into_iter().zip(row.iter()) {
                let (count, namespace) = (load(count), escaped(namespace));
                if count > 0 {
                    let reason = reason.label();
                    let _ = writeln!(
                        text,
                        "{WITHOUT}{{namespace=\"{namespace}\",reason=\"{reason}\"}} {count}"
                    );
                }
            }
        });
        head(
            text,
            DURATION,
            "histogram",
            "Time from the whole review to its decision.",
        );
        self.durations.write(text, DURATION, "", SECONDS);
    }
}

/// The two comment lines before samples.
pub(crate) fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

/// A metric of one sample.
pub(crate) fn single(
    text: &mut String,
    name: &str,
    kind: &str,
    help: &str,
    value: impl std::fmt::Display,
) {
    head(text, name, kind, help);
    let _ = writeln!(text, "{name} {value}");
}

/// The value of a label.
pub(crate) fn escaped(value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
    value.replace('\n', "\\n")
}

pub(crate) fn load(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

pub(crate) fn add(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespaces_that_anybody_can_invent_do_not_fill_the_memory() {
        let metrics = Metrics::default();
        for at in 0..MAX_NAMESPACES + 500 {
            let namespace = format!("invented-{at}");
            for _ in 0..2 {
                let elapsed = Duration::from_micros(70);
                metrics.admission(&namespace, Verdict::Allowed, Reason::NoRole, elapsed);
            }
        }
        assert_eq!(metrics.admissions.len(), MAX_NAMESPACES + 1);
        let mut text = String::new();
        metrics.write(&mut text);
        let other = "irsa_webhook_admissions_total{namespace=\"(other)\",decision=\"allowed\",reason=\"no_role\"} 1000";
        assert!(text.lines().any(|line| line == other));
    }

    #[test]
    fn values_of_labels_cannot_break_out() {
        assert_eq!(escaped("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
    }
}
