//! THREATS A17: a canary put into every place that takes text does not reach the disk.

use audit::{EarlyFailure, Entry, Outcome, Record, Ring, Side};
use base::SeededEntropy;
use serde_json::json;

use crate::samples::{call, session, time};

const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.canary-signature";
const KEY: &str = "-----BEGIN RSA PRIVATE KEY-----\ncanary\n-----END RSA PRIVATE KEY-----";

#[test]
fn no_canary_in_what_is_stored() {
    let entropy = SeededEntropy::new(1);
    let identity = session("s", "ASIAIOSFODNN7EXAMPLE");
    let call = call(identity, "sts", "AssumeRoleWithWebIdentity", &entropy);
    let mut record = Record::of_call(call, time("2026-11-21T10:00:00Z"), &entropy);
    record.user_agent = format!("agent {TOKEN}");
    record.error_code = Some(TOKEN.to_owned());
    record.error_message = Some(format!("cannot read `{TOKEN}`: {KEY}"));
    record.request_parameters = Some(json!({
        "webIdentityToken": "canary",
        "WebIdentityToken": "canary",
        "secretString": "canary",
        "secretBinary": ["canary"],
        "nested": [{"password": "canary", "note": TOKEN, "pem": KEY}],
    }));
    record.response_elements = Some(json!({
        "credentials": {"sessionToken": "canary", "secretAccessKey": "canary"},
        "plaintext": "canary",
    }));
    record.additional_event_data = Some(json!({"x-amz-security-token": "canary", "t": TOKEN}));
    let side = Side {
        explanation: Some(json!({"observed": TOKEN, "Authorization": "canary"})),
        internal: Some(format!("fetched {TOKEN}")),
        ..Side::of(Outcome::Failed)
    };
    let entry = Entry::new(record, side);
    let stored = String::from_utf8(entry.encode()).unwrap();
    assert!(!stored.contains("canary"), "{stored}");
    assert!(!stored.contains("eyJzdWI"), "{stored}");
    assert!(stored.contains("\"sessionToken\":\"HIDDEN_DUE_TO_SECURITY_REASONS\""));

    let ring = Ring::default();
    ring.push(EarlyFailure::folded(&entry));
    assert!(!format!("{ring:?}").contains("canary"));
}
