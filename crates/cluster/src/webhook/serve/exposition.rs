//! The text of `/metrics`.

use std::fmt::Write as _;

use super::admission::Admission;
use super::metrics::{Watched, escaped, head, load, single};
use super::readiness::Readiness;

/// Counters, and what things are like now.
pub(crate) fn exposition(admission: &Admission, readiness: &Readiness) -> String {
    let mut text = String::with_capacity(16 * 1024);
    admission.metrics.write(&mut text);
    let accounts = &admission.accounts;
    let text_mut = &mut text;
    single(
        text_mut,
        "pod_identity_webhook_used",
        "gauge",
        "Whether any ServiceAccount has been seen.",
        u8::from(accounts.len() > 0),
    );
    single(
        text_mut,
        "irsa_webhook_service_accounts",
        "gauge",
        "ServiceAccounts that are known.",
        accounts.len(),
    );
    single(
        text_mut,
        "irsa_webhook_annotated_service_accounts",
        "gauge",
        "ServiceAccounts that carry annotations of ours.",
        accounts.annotated(),
    );
    write_reads(text_mut, admission);
    write_synced(text_mut, readiness);
    let ready = u8::from(readiness.missing().is_empty());
    single(
        text_mut,
        "irsa_webhook_ready",
        "gauge",
        "Whether API servers should send reviews.",
        ready,
    );
    let certificate = readiness.certificate.borrow().clone();
    for (name, help, end) in [
        (
            "irsa_webhook_certificate_expiry_timestamp_seconds",
            "When the certificate in use ends, in seconds since 1970.",
            certificate.not_after,
        ),
        (
            "irsa_webhook_authority_expiry_timestamp_seconds",
            "When the CA of the certificate in use ends, in seconds since 1970.",
            certificate.authority_not_after,
        ),
    ] {
        if let Some(end) = end {
            single(text_mut, name, "gauge", help, end.as_second());
        }
    }
    if let Some(roles) = &admission.roles {
        single(
            text_mut,
            "irsa_webhook_config_map_valid",
            "gauge",
            "Whether all of the ConfigMap could be taken over.",
            u8::from(roles.is_valid()),
        );
    }
    if let Some(found) = admission.audit.found() {
        const WITHOUT: &str = "irsa_webhook_annotated_pods_without_identity";
        head(
            text_mut,
            WITHOUT,
            "gauge",
            "Pods that run without the identity that their ServiceAccount has.",
        );
        for (namespace, pods) in &found {
            let namespace = escaped(namespace);
            let _ = writeln!(text_mut, "{WITHOUT}{{namespace=\"{namespace}\"}} {pods}");
        }
    }
    text
}

fn write_reads(text: &mut String, admission: &Admission) {
    const READS: &str = "irsa_webhook_live_reads_total";
    head(
        text,
        READS,
        "counter",
        "Reads of the API server that admission waited for, by outcome.",
    );
    let counts = admission.live_reads.counts();
    for (outcome, count) in [
        ("found", &counts.found),
        ("absent", &counts.absent),
        ("failed", &counts.failed),
        ("too_late", &counts.too_late),
        ("busy", &counts.busy),
    ] {
        let count = load(count);
        let _ = writeln!(text, "{READS}{{outcome=\"{outcome}\"}} {count}");
    }
    single(
        text,
        "irsa_webhook_live_reads_waiting",
        "gauge",
        "Reviews that wait for a read of the API server.",
        admission.live_reads.waiting(),
    );
}

fn write_synced(text: &mut String, readiness: &Readiness) {
    const SYNCED: &str = "irsa_webhook_watch_synced";
    head(
        text,
        SYNCED,
        "gauge",
        "Whether all objects of a kind have been seen.",
    );
    for watched in Watched::ALL {
        let is_synced = match watched {
            Watched::ServiceAccounts => Some(readiness.accounts.is_synced()),
            Watched::Namespaces => Some(readiness.namespaces.is_synced()),
            Watched::ConfigMap => readiness.roles.as_ref().map(|roles| roles.is_synced()),
        };
        if let Some(is_synced) = is_synced {
            let (label, value) = (watched.label(), u8::from(is_synced));
            let _ = writeln!(text, "{SYNCED}{{resource=\"{label}\"}} {value}");
        }
    }
}
