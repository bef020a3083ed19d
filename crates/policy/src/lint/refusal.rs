//! What IAM or STS answers when the document is stored or sent, and where the fault stands.

use super::LintKind;
use super::code::Code;
use super::finding::FindingKind;
use super::place::{Place, each, each_text};
use super::report::Report;
use super::view::{Paper, StatementView};
use crate::document::{Document, Leniency};
use crate::json::Json;

/// Further items of a list are not tried.
const MAX_TRIED: usize = 64;

pub(super) fn check(paper: &Paper<'_>, json: &Json, report: &mut Report) {
    let Some(told) = refusal(paper.text, paper.kind) else {
        return;
    };
    let place = locate(paper, json, &told, report);
    let who = match paper.kind {
        LintKind::Session => "STS",
        LintKind::Identity | LintKind::Trust => "IAM",
        LintKind::Resource => "the service",
        LintKind::ServiceControl | LintKind::ResourceControl => "AWS Organizations",
        LintKind::Endpoint => "EC2",
    };
    let help = format!("{who} refuses the document in these words");
    report.add_with_help(Code::MalformedPolicyDocument, &place, told, help);
}

fn refusal(text: &str, kind: LintKind) -> Option<String> {
    let leniency = match kind {
        LintKind::Session => Leniency::Session,
        LintKind::Identity
        | LintKind::Trust
        | LintKind::Resource
        | LintKind::ServiceControl
        | LintKind::ResourceControl
        | LintKind::Endpoint => Leniency::Storage,
    };
    let fault = Document::parse(text, kind.policy_kind(), leniency).err()?;
    Some(fault.message().to_owned())
}

fn locate(paper: &Paper<'_>, json: &Json, told: &str, report: &Report) -> Place {
    if let Some(place) = told_position(paper, told) {
        return place;
    }
    let document = Place::document(json);
    if told.contains("ersion") {
        return json.member("Version").map_or_else(
            || opening(&document),
            |version| document.value("Version", version),
        );
    }
    let own = |code: Code| report.findings().iter().find(|found| found.code == code);
    if let Some(found) =
        own(Code::UniqueSidsRequired).filter(|_| told.contains("Id") || told.contains("IDs"))
    {
        return Place {
            path: found.path.clone(),
            bytes: found.bytes.clone(),
        };
    }
    match culprit(paper, json, told) {
        Some(statement) => in_statement(paper, json, statement, (told, report))
            .or_else(|| first_error(&document, report))
            .unwrap_or_else(|| opening(&statement.place)),
        None => first_error(&document, report).unwrap_or_else(|| opening(&document)),
    }
}

fn opening(place: &Place) -> Place {
    let from = place.bytes.start;
    Place {
        path: place.path.clone(),
        bytes: from..(from + 1).min(place.bytes.end),
    }
}

/// `Syntax error at position (1,83)`: line and column from 1.
fn told_position(paper: &Paper<'_>, told: &str) -> Option<Place> {
    let (_, position) = told.split_once("at position (")?;
    let (line, column) = position.strip_suffix(')')?.split_once(',')?;
    let (line, column): (usize, usize) = (line.parse().ok()?, column.parse().ok()?);
    let lines = paper.text.split_inclusive('\n');
    let start: usize = lines.clone().take(line.checked_sub(1)?).map(str::len).sum();
    let rest = paper.text.get(start..)?;
    let (at, character) = rest.char_indices().nth(column.checked_sub(1)?)?;
    let from = start + at;
    Some(Place {
        path: Vec::new(),
        bytes: from..from + character.len_utf8(),
    })
}

/// The statement that is refused in the same words when it stands alone.
fn culprit<'a, 'b>(paper: &'b Paper<'a>, json: &Json, told: &str) -> Option<&'b StatementView<'a>> {
    let mut statements = paper.statements.iter();
    statements.find(|statement| {
        let body = paper.text.get(statement.json.span.clone());
        body.is_some_and(|body| is_refused_alone(paper, json, body, told))
    })
}

/// Whether a document of one statement is refused in these words.
fn is_refused_alone(paper: &Paper<'_>, json: &Json, statement: &str, told: &str) -> bool {
    let version = json.member("Version");
    let version = version.and_then(|version| paper.text.get(version.span.clone()));
    let version = version.map_or(String::new(), |version| format!(r#""Version":{version},"#));
    let alone = format!(r#"{{{version}"Statement":[{statement}]}}"#);
    refusal(&alone, paper.kind).as_deref() == Some(told)
}

fn in_statement(
    paper: &Paper<'_>,
    json: &Json,
    statement: &StatementView<'_>,
    (told, report): (&str, &Report),
) -> Option<Place> {
    let lower = told.to_ascii_lowercase();
    let speaks_of = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let elements: &[&str] = if speaks_of(&["principal", "trusting"]) {
        &["Principal", "NotPrincipal"]
    } else if speaks_of(&["resource", "partition"]) {
        &["Resource", "NotResource"]
    } else if speaks_of(&["action", "vendor"]) {
        &["Action", "NotAction"]
    } else if speaks_of(&["effect"]) {
        &["Effect"]
    } else if speaks_of(&["(sid)"]) {
        &["Sid"]
    } else if speaks_of(&["condition"]) {
        &["Condition"]
    } else {
        &[]
    };
    for name in elements {
        if let Some(value) = statement.json.member(name) {
            let place = statement.place.value(name, value);
            return quoted_item(value, &place, told)
                .or_else(|| item_alone(paper, json, (statement, value, &place), told))
                .or(Some(place));
        }
    }
    first_error(&statement.place, report)
}

/// The longest text of an element that the refusal repeats.
fn quoted_item(value: &Json, place: &Place, told: &str) -> Option<Place> {
    let lists = match value.as_object() {
        Some(members) => members
            .iter()
            .flat_map(|(name, value)| each_text(value, &place.value(name, value)))
            .collect(),
        None => each_text(value, place),
    };
    let repeated = lists
        .into_iter()
        .filter(|item| !item.text.is_empty() && told.contains(item.text));
    repeated
        .max_by_key(|item| item.text.len())
        .map(|item| item.place)
}

/// The item of an element that is refused in the same words when the element holds nothing else.
fn item_alone(
    paper: &Paper<'_>,
    json: &Json,
    (statement, value, place): (&StatementView<'_>, &Json, &Place),
    told: &str,
) -> Option<Place> {
    let span = &statement.json.span;
    let before = paper.text.get(span.start..value.span.start)?;
    let after = paper.text.get(value.span.end..span.end)?;
    let source = |item: &Json| paper.text.get(item.span.clone()).unwrap_or_default();
    let alone: Vec<(String, Place)> = match value.as_object() {
        Some(kinds) => kinds
            .iter()
            .flat_map(|(kind, items)| {
                let items = each(items, &place.value(kind, items));
                items
                    .into_iter()
                    .map(move |(item, place)| (format!("{{{kind:?}:{}}}", source(item)), place))
            })
            .collect(),
        None => each(value, place)
            .into_iter()
            .map(|(item, place)| (source(item).to_owned(), place))
            .collect(),
    };
    let mut alone = alone.into_iter().take(MAX_TRIED);
    alone
        .find(|(item, _)| is_refused_alone(paper, json, &format!("{before}{item}{after}"), told))
        .map(|(_, place)| place)
}

/// The first error of our own checks inside a place.
fn first_error(inside: &Place, report: &Report) -> Option<Place> {
    let errors = report.findings().iter().filter(|found| {
        let grave = found.kind == FindingKind::Error
            || matches!(
                found.code,
                Code::TypeMismatchBoolean
                    | Code::TypeMismatchDate
                    | Code::TypeMismatchIpRange
                    | Code::TypeMismatchNumber
                    | Code::TypeMismatchString
                    | Code::IpRangeNeverMatches
            );
        grave && found.bytes.start >= inside.bytes.start && found.bytes.end <= inside.bytes.end
    });
    let first = errors.min_by_key(|found| found.bytes.start)?;
    Some(Place {
        path: first.path.clone(),
        bytes: first.bytes.clone(),
    })
}
