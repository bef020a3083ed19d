//! Any text as a policy of any kind: nothing panics, what is accepted is JSON, and what may be
//! written can be read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use policy::lint::{LintKind, lint};
use policy::{Document, Leniency, PolicyKind};
use serde_json::Value;

const KINDS: [PolicyKind; 7] = [
    PolicyKind::Identity,
    PolicyKind::Session,
    PolicyKind::RoleTrust,
    PolicyKind::Resource,
    PolicyKind::ServiceControl,
    PolicyKind::ResourceControl,
    PolicyKind::Endpoint,
];

const LENIENCIES: [Leniency; 3] = [Leniency::Storage, Leniency::Session, Leniency::Simulator];

fuzz_target!(|text: &str| {
    for kind in KINDS {
        let loaded = Document::load(text, kind);
        if loaded.is_ok() {
            serde_json::from_str::<Value>(text).expect("what is a policy is JSON");
        }
        for leniency in LENIENCIES {
            if let Ok(written) = Document::parse(text, kind, leniency) {
                let read = loaded.as_ref().expect("what is written is read");
                assert_eq!(written.statements(), read.statements());
            }
        }
    }
    lint(text, LintKind::detect(text));
});
