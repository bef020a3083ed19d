//! Findings as SARIF 2.1.0, which code hosts show beside the lines.

use std::fmt::Write;

use policy::lint::{Code, Finding, FindingKind};
use serde_json::{Value, json};

use super::Linted;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

pub(super) fn log(files: &[Linted]) -> Value {
    let used: Vec<Code> = Code::ALL
        .iter()
        .copied()
        .filter(|code| {
            files
                .iter()
                .flat_map(|file| &file.findings)
                .any(|found| found.code == *code)
        })
        .collect();
    let results: Vec<Value> = files
        .iter()
        .flat_map(|file| file.findings.iter().map(|found| result(file, found, &used)))
        .collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "irsa",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": used.iter().copied().map(rule).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(code: Code) -> Value {
    let mut rule = json!({
        "id": code.as_str(),
        "shortDescription": { "text": code.summary() },
        "defaultConfiguration": { "level": level(code.kind()) },
        "properties": { "findingType": code.kind().as_str() },
    });
    if let (Some(link), Some(members)) = (code.learn_more(), rule.as_object_mut()) {
        members.insert("helpUri".to_owned(), Value::String(link));
    }
    rule
}

fn level(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::Error => "error",
        FindingKind::SecurityWarning | FindingKind::Warning => "warning",
        FindingKind::Suggestion => "note",
    }
}

/// Lines and columns from 1.
fn result(file: &Linted, found: &Finding, used: &[Code]) -> Value {
    let (start, end) = (found.span.start, found.span.end);
    let text = match &found.help {
        Some(help) => format!("{}\n{help}", found.text),
        None => found.text.clone(),
    };
    json!({
        "ruleId": found.code.as_str(),
        "ruleIndex": used.iter().position(|code| *code == found.code),
        "level": level(found.kind),
        "message": { "text": text },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": uri(&file.name) },
                "region": {
                    "startLine": start.line.max(1),
                    "startColumn": start.column + 1,
                    "endLine": end.line.max(1),
                    "endColumn": end.column + 1,
                },
            },
            "logicalLocations": [{ "fullyQualifiedName": found.path_text() }],
        }],
    })
}

/// A relative path as a URI reference (RFC 3986): what may not stand in one is escaped.
fn uri(name: &str) -> String {
    let mut uri = String::new();
    for byte in name.bytes() {
        let plain =
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/');
        if plain {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}
