//! The changes for people and for programs.

use std::fmt::Write as _;

use base::Escaped;
use serde_json::{Value, json};

use super::change::{Calls, Change, Changes, Line};
use crate::commands::recorded_calls::{Record, counted};
use crate::output::{Mark, bold};

/// What changes, the worst first; what stays the same is counted.
pub(super) fn text(changes: &Changes, record: &Record) -> String {
    let mut text = String::new();
    for (line, calls) in &changes.lines {
        if line.change != Change::Same {
            write_line(&mut text, line, calls);
        }
    }
    let (all, _) = counted(record.total());
    let _ = writeln!(
        text,
        "{all} replayed: {} newly denied, {} newly allowed, {} unchanged",
        changes.newly_denied(),
        changes.count(Change::NewlyAllowed),
        changes.count(Change::Same)
    );
    let unknown = changes.count(Change::Unknown);
    if unknown > 0 {
        let (calls, _) = counted(unknown);
        let _ = writeln!(text, "{calls} cannot be decided");
    }
    for note in record.notes() {
        let _ = writeln!(text, "{note}");
    }
    text
}

fn write_line(text: &mut String, line: &Line, calls: &Calls) {
    let (mark, what) = match line.change {
        Change::NewlyDenied => (Mark::Bad, "newly denied"),
        Change::NewlyAllowed => (Mark::Neutral, "newly allowed"),
        Change::Unknown => (Mark::Neutral, "cannot decide"),
        Change::Same => (Mark::Good, "unchanged"),
    };
    let (count, _) = counted(calls.count);
    let asked = format!("{} on {}", line.action, line.resource);
    let _ = writeln!(text, "{mark} {what}  {}  {count}", bold(Escaped(&asked)));
    let _ = writeln!(text, "    caller  {}", Escaped(&line.caller));
    if line.event != line.action {
        let _ = writeln!(text, "    call    {}", Escaped(&line.event));
    }
    let _ = writeln!(text, "    why     {}", Escaped(&line.why));
    if let Some(last) = calls.last {
        let id = Escaped(&calls.request_id);
        let _ = writeln!(text, "    last    {last:.0}, request id {id}");
    }
}

/// The same for programs.
pub(super) fn value(changes: &Changes, record: &Record) -> Value {
    let lines: Vec<Value> = changes
        .lines
        .iter()
        .filter(|(line, _)| line.change != Change::Same)
        .map(|(line, calls)| line_value(line, calls))
        .collect();
    json!({
        "Changes": lines,
        "Calls": record.total(),
        "NewlyDenied": changes.newly_denied(),
        "NewlyAllowed": changes.count(Change::NewlyAllowed),
        "Unchanged": changes.count(Change::Same),
        "Undecidable": changes.count(Change::Unknown),
        "NotReplayable": record.unrecorded + record.omitted,
    })
}

fn line_value(line: &Line, calls: &Calls) -> Value {
    let change = match line.change {
        Change::NewlyDenied => "newly-denied",
        Change::NewlyAllowed => "newly-allowed",
        Change::Unknown => "undecidable",
        Change::Same => "unchanged",
    };
    json!({
        "Change": change,
        "CallerArn": line.caller,
        "Event": line.event,
        "Action": line.action,
        "Resource": line.resource,
        "Why": line.why,
        "Calls": calls.count,
        "LastTime": calls.last.map(|last| format!("{last:.0}")),
        "LastRequestId": calls.request_id,
    })
}
