//! What the demo writes to stdout.

use std::fmt::Write;
use std::path::Path;

use base::Escaped;
use serde_json::{Value, json};

use super::by_hand::by_hand;
use super::kept::Kept;
use super::step::{Outcome, Sight};
use crate::exit::Exit;
use crate::output::{Mark, bold, dim};

/// How the demo went.
pub(super) struct Report {
    /// Each step.
    pub(super) outcomes: Vec<Outcome>,
    /// How long it took.
    pub(super) millis: i64,
    /// The server that it was played on.
    pub(super) server: Value,
    /// What was left behind, when that was asked for.
    pub(super) kept: Option<Kept>,
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

impl Report {
    /// Done when every step went as it must.
    pub(super) fn exit(&self) -> Exit {
        if self.is_ok() {
            Exit::Done
        } else {
            Exit::Failed
        }
    }

    fn is_ok(&self) -> bool {
        !self.outcomes.is_empty() && self.outcomes.iter().all(Outcome::is_ok)
    }

    /// The last lines: how the whole came out, and how to do the same by hand.
    pub(super) fn end(&self) -> String {
        let (mark, word) = if self.is_ok() {
            (Mark::Good, "ok")
        } else {
            (Mark::Bad, "failed")
        };
        let good = self.outcomes.iter().filter(|one| one.is_ok()).count();
        let all = self.outcomes.len();
        let (seconds, tenths) = (self.millis / 1000, self.millis % 1000 / 100);
        let mut text = format!(
            "{mark} {word}: {good} of {all} steps went as they must, in {seconds}.{tenths} s\n"
        );
        if let Some(Kept { directory, serve }) = &self.kept {
            let directory = directory.display();
            let _ = write!(
                text,
                "\nkept in {directory}; to serve it again:\n\n    {serve}\n"
            );
        }
        text.push_str("\nThe same by hand, with aws and boto3, in an empty directory:\n\n");
        // Not indented, so that it can be pasted: `END` must begin its line.
        text.push_str(&by_hand());
        text
    }

    /// All of it, for programs.
    pub(super) fn document(&self) -> Value {
        let steps: Vec<Value> = self.outcomes.iter().map(Outcome::value).collect();
        let kept = self.kept.as_ref().map(|Kept { directory, serve }| {
            json!({ "directory": directory.display().to_string(), "serve": serve })
        });
        json!({
            "ok": self.is_ok(),
            "milliseconds": self.millis,
            "server": self.server,
            "kept": kept,
            "steps": steps,
            "byHand": by_hand(),
        })
    }
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

    fn report(outcomes: Vec<Outcome>) -> Report {
        Report {
            outcomes,
            millis: 1_250,
            server: json!({ "store": "sqlite" }),
            kept: None,
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
            let report = report(outcomes);
            assert_eq!(report.exit(), expected);
            assert_eq!(report.document()["ok"], json!(expected == Exit::Done));
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
        let end = plain(report(vec![good(), bad()]).end());
        assert!(end.starts_with("✗ failed: 1 of 2 steps went as they must, in 1.2 s\n"));
        assert!(end.contains(&by_hand()));
    }

    #[test]
    fn programs_get_the_same() {
        let document = report(vec![good(), bad()]).document();
        let steps = json!([
            { "name": "one", "ok": true, "detail": "it is so", "n": 1 },
            { "name": "two", "ok": false, "detail": "GetSecretValue was allowed, and must be refused" },
        ]);
        assert_eq!(document["steps"], steps);
        assert_eq!(document["milliseconds"], 1_250);
        assert_eq!(document["server"]["store"], "sqlite");
    }
}
