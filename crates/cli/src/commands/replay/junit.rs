//! JUnit XML, as CI systems read it: a suite for each caller, a case for each thing it asked for.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::change::{Calls, Change, Changes, Line};

/// Newly denied calls are failures, undecidable ones are skipped.
pub(super) fn xml(changes: &Changes) -> String {
    let mut suites: BTreeMap<&str, Vec<(&Line, &Calls)>> = BTreeMap::new();
    for (line, calls) in &changes.lines {
        suites.entry(&line.caller).or_default().push((line, calls));
    }
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    let all: Vec<&Line> = changes.lines.keys().collect();
    let _ = writeln!(text, "<testsuites name=\"irsa replay\"{}>", totals(&all));
    for (caller, cases) in suites {
        let lines: Vec<&Line> = cases.iter().map(|(line, _)| *line).collect();
        let _ = writeln!(
            text,
            "  <testsuite name=\"{}\"{}>",
            escaped(caller),
            totals(&lines)
        );
        for (line, calls) in cases {
            write_case(&mut text, line, calls);
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

fn totals(lines: &[&Line]) -> String {
    let count = |change| lines.iter().filter(|line| line.change == change).count();
    format!(
        " tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\"",
        lines.len(),
        count(Change::NewlyDenied),
        count(Change::Unknown)
    )
}

fn write_case(text: &mut String, line: &Line, calls: &Calls) {
    let name = format!("{} on {}", line.action, line.resource);
    let _ = write!(
        text,
        "    <testcase classname=\"{}\" name=\"{}\"",
        escaped(&line.event),
        escaped(&name)
    );
    let count = calls.count;
    let why = escaped(&line.why);
    let id = escaped(&calls.request_id);
    let _ = match line.change {
        Change::Same => writeln!(text, "/>"),
        Change::NewlyDenied => writeln!(
            text,
            ">\n      <failure type=\"NewlyDenied\" message=\"{why}\">{count} of the recorded calls \
             would be denied; the last has the request id {id}</failure>\n    </testcase>"
        ),
        Change::NewlyAllowed => writeln!(
            text,
            ">\n      <system-out>newly allowed, {count} of the recorded calls: {why}</system-out>\n    </testcase>"
        ),
        Change::Unknown => writeln!(
            text,
            ">\n      <skipped message=\"{why}\"/>\n    </testcase>"
        ),
    };
}

/// Characters that XML cannot hold become `�`.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for one in text.chars() {
        match one {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            control if control.is_control() => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(change: Change, resource: &str) -> Line {
        Line {
            change,
            caller: "arn:aws:iam::123456789012:role/app".to_owned(),
            event: "s3:GetObject".to_owned(),
            action: "s3:GetObject".to_owned(),
            resource: resource.to_owned(),
            why: "no statement allows it".to_owned(),
        }
    }

    #[test]
    fn a_case_for_each_line() {
        let mut changes = Changes::default();
        for (change, resource) in [
            (Change::NewlyDenied, "a<&\"\u{1b}"),
            (Change::NewlyAllowed, "b"),
            (Change::Unknown, "c"),
            (Change::Same, "d"),
        ] {
            let calls = Calls {
                count: 3,
                last: None,
                request_id: "r-1".to_owned(),
            };
            changes.lines.insert(line(change, resource), calls);
        }
        let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="irsa replay" tests="4" failures="1" errors="0" skipped="1">
  <testsuite name="arn:aws:iam::123456789012:role/app" tests="4" failures="1" errors="0" skipped="1">
    <testcase classname="s3:GetObject" name="s3:GetObject on a&lt;&amp;&quot;�">
      <failure type="NewlyDenied" message="no statement allows it">3 of the recorded calls would be denied; the last has the request id r-1</failure>
    </testcase>
    <testcase classname="s3:GetObject" name="s3:GetObject on b">
      <system-out>newly allowed, 3 of the recorded calls: no statement allows it</system-out>
    </testcase>
    <testcase classname="s3:GetObject" name="s3:GetObject on c">
      <skipped message="no statement allows it"/>
    </testcase>
    <testcase classname="s3:GetObject" name="s3:GetObject on d"/>
  </testsuite>
</testsuites>
"#;
        assert_eq!(xml(&changes), expected);
    }
}
