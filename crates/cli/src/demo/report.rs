//! What the demo writes to stdout.

use std::fmt::Write;
use std::path::Path;

use base::Escaped;
use serde_json::{Value, json};

use super::by_hand::BY_HAND;
use super::kept::Kept;
use super::step::{Outcome, Sight};
use crate::exit::Exit;
use crate::output::{Mark, bold, dim};

/// How the whole came out: done when every step went as it must.
pub(super) fn exit(outcomes: &[Outcome]) -> Exit {
    if all_ok(outcomes) {
        Exit::Done
    } else {
        Exit::Failed
    }
}

fn all_ok(outcomes: &[Outcome]) -> bool {
    !outcomes.is_empty() && outcomes.iter().all(Outcome::is_ok)
}

/// The first line.
pub(super) fn beginning(endpoint: &str, directory: &Path) -> String {
    format!(
        "a server at {endpoint}, with its store (SQLite) in {}",
        directory.display()
    )
}

/// One line for the step, and below it what there is to see.
pub(super) fn step_text(outcome: &Outcome) -> String {
    let name = bold(format!("{:<12}", outcome.name));
    match &outcome.result {
        Ok(shown) => {
            let mut text = format!(
                "{} ok      {name}  {}\n",
                Mark::Good,
                Escaped(&shown.detail)
            );
            for sight in &shown.sights {
                write_sight(&mut text, sight);
            }
            text
        }
        Err(wrong) => format!("{} failed  {name}  {wrong}\n", Mark::Bad),
    }
}

fn write_sight(text: &mut String, sight: &Sight) {
    let _ = writeln!(text, "    {}", dim(Escaped(&sight.title)));
    for line in sight.text.lines() {
        let _ = writeln!(text, "      {line}");
    }
}

/// The last lines: how the whole came out, and how to do the same by hand.
pub(super) fn end(outcomes: &[Outcome], millis: i64, kept: Option<&Kept>) -> String {
    let good = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let (mark, word) = match all_ok(outcomes) {
        true => (Mark::Good, "ok"),
        false => (Mark::Bad, "failed"),
    };
    let (seconds, tenths) = (millis / 1000, millis % 1000 / 100);
    let mut text = format!(
        "{mark} {word}: {good} of {} steps went as they must, in {seconds}.{tenths} s\n",
        outcomes.len()
    );
    if let Some(kept) = kept {
        let (directory, serve) = (kept.directory.display(), &kept.serve);
        let _ = write!(
            text,
            "\nkept in {directory}; to serve it again:\n\n    {serve}\n"
        );
    }
    text.push_str("\nThe same by hand, with aws and boto3, in an empty directory:\n\n");
    for line in BY_HAND.lines() {
        // Nothing before a line: what stands here can be pasted, `END` included.
        let _ = writeln!(text, "{line}");
    }
    text
}

/// All of it, for programs.
pub(super) fn document(
    outcomes: &[Outcome],
    millis: i64,
    server: Value,
    kept: Option<&Kept>,
) -> Value {
    let steps: Vec<Value> = outcomes.iter().map(Outcome::value).collect();
    let mut document = json!({
        "ok": all_ok(outcomes),
        "milliseconds": millis,
        "server": server,
        "steps": steps,
        "byHand": BY_HAND,
    });
    if let (Some(kept), Some(members)) = (kept, document.as_object_mut()) {
        let value =
            json!({ "directory": kept.directory.display().to_string(), "serve": kept.serve });
        members.insert("kept".into(), value);
    }
    document
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::step::Shown;
    use crate::demo::wrong::Wrong;

    fn good() -> Outcome {
        let shown = Shown::new("it is so").sight("see", "a\nb\n").with("n", 1);
        Outcome {
            name: "one",
            result: Ok(shown),
        }
    }

    fn bad() -> Outcome {
        Outcome {
            name: "two",
            result: Err(Wrong::Allowed("GetSecretValue")),
        }
    }

    #[test]
    fn one_wrong_step_fails_the_whole() {
        for (outcomes, expected) in [
            (vec![good()], Exit::Done),
            (vec![good(), bad()], Exit::Failed),
            (vec![bad(), good()], Exit::Failed),
            (vec![], Exit::Failed),
        ] {
            assert_eq!(exit(&outcomes), expected);
            let document = document(&outcomes, 5, json!({}), None);
            assert_eq!(document["ok"], json!(expected == Exit::Done));
        }
    }

    #[test]
    fn a_line_and_what_there_is_to_see() {
        let plain = |text: String| anstream::adapter::strip_str(&text).to_string();
        assert_eq!(
            plain(step_text(&good())),
            "✓ ok      one           it is so\n    see\n      a\n      b\n"
        );
        assert_eq!(
            plain(step_text(&bad())),
            "✗ failed  two           GetSecretValue was allowed, and must be refused\n"
        );
        let end = plain(end(&[good(), bad()], 1_250, None));
        assert!(end.starts_with("✗ failed: 1 of 2 steps went as they must, in 1.2 s\n"));
        assert!(end.contains(BY_HAND));
    }

    #[test]
    fn programs_get_the_same() {
        let document = document(&[good(), bad()], 7, json!({ "store": "sqlite" }), None);
        let steps = json!([
            { "name": "one", "ok": true, "detail": "it is so", "n": 1 },
            { "name": "two", "ok": false, "detail": "GetSecretValue was allowed, and must be refused" },
        ]);
        assert_eq!(document["steps"], steps);
        assert_eq!(document["milliseconds"], 7);
        assert_eq!(document["server"]["store"], "sqlite");
    }
}
