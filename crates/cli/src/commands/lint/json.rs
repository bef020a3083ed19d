//! Findings as ValidatePolicy answers them, one list for each file.

use policy::lint::{Finding, LintKind, PathStep, Position};
use serde_json::{Value, json};

use super::Linted;

pub(super) fn value(files: &[Linted]) -> Value {
    let files = files.iter().map(|file| {
        json!({
            "File": file.name,
            "PolicyType": policy_type(file.kind),
            "findings": file.findings.iter().map(finding).collect::<Vec<_>>(),
        })
    });
    json!({ "Files": files.collect::<Vec<_>>() })
}

/// As `--type` takes it.
pub(super) fn policy_type(kind: LintKind) -> &'static str {
    match kind {
        LintKind::Identity => "identity",
        LintKind::Trust => "trust",
        LintKind::Resource => "resource",
        LintKind::Session => "session",
        LintKind::ServiceControl => "scp",
        LintKind::ResourceControl => "rcp",
        LintKind::Endpoint => "endpoint",
    }
}

fn finding(found: &Finding) -> Value {
    let path: Vec<Value> = found.path.iter().map(step).collect();
    let span = json!({ "start": position(found.span.start), "end": position(found.span.end) });
    let mut value = json!({
        "findingType": found.kind.as_str(),
        "issueCode": found.code.as_str(),
        "findingDetails": found.text,
        "locations": [{ "path": path, "span": span }],
    });
    if let Some(members) = value.as_object_mut() {
        for (name, text) in [
            ("learnMoreLink", found.code.learn_more()),
            ("help", found.help.clone()),
        ] {
            if let Some(text) = text {
                members.insert(name.to_owned(), Value::String(text));
            }
        }
    }
    value
}

fn step(step: &PathStep) -> Value {
    match step {
        PathStep::Value(name) => json!({ "value": name }),
        PathStep::Index(index) => json!({ "index": index }),
        PathStep::Key(name) => json!({ "key": name }),
        PathStep::Substring { start, length } => {
            json!({ "substring": { "start": start, "length": length } })
        }
    }
}

fn position(position: Position) -> Value {
    json!({ "line": position.line, "column": position.column, "offset": position.offset })
}
