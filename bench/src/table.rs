//! The rows as a table.

use std::fmt::Write;
use std::time::Duration;

use crate::load::Measured;

const HEADINGS: [&str; 8] = [
    "",
    "connections",
    "waits for",
    "per second",
    "p50 ms",
    "p99 ms",
    "server cpu µs",
    "of the floor",
];

/// One line.
pub(crate) struct Row {
    /// What was measured.
    pub(crate) name: String,
    /// Over how many connections; none: on one thread, without a network.
    pub(crate) connections: Option<usize>,
    /// What an answer waits for.
    pub(crate) waits_for: &'static str,
    /// What came out.
    pub(crate) measured: Measured,
}

/// Lines under a heading.
pub(crate) struct Group {
    /// The heading.
    pub(crate) title: String,
    /// The lines.
    pub(crate) rows: Vec<Row>,
}

/// Renders the floor and the groups after it. A row's rate is set against that of the floor's row
/// with as many connections.
pub(crate) fn render(floor: &Group, groups: &[Group]) -> String {
    lay_out(std::iter::once(floor).chain(groups), &floor.rows)
}

/// Renders groups that stand for themselves.
pub(crate) fn render_alone<'a>(groups: impl Iterator<Item = &'a Group>) -> String {
    lay_out(groups, &[])
}

fn lay_out<'a>(groups: impl Iterator<Item = &'a Group>, floor: &[Row]) -> String {
    let mut lines = Vec::new();
    for group in groups {
        lines.push(Line::Title(&group.title));
        let cells = group.rows.iter().map(|row| cells(row, floor));
        lines.extend(cells.map(Line::Cells));
    }
    let mut headings = HEADINGS.map(str::to_owned);
    for (index, heading) in headings.iter_mut().enumerate() {
        if lines.iter().all(|line| line.is_empty_at(index)) {
            heading.clear();
        }
    }
    lines.insert(0, Line::Cells(headings));
    let mut widths = [0; HEADINGS.len()];
    for line in &lines {
        if let Line::Cells(cells) = line {
            for (width, cell) in widths.iter_mut().zip(cells) {
                *width = (*width).max(cell.chars().count());
            }
        }
    }
    let mut text = String::new();
    for line in lines {
        match line {
            Line::Title(title) => {
                let _ = write!(text, "\n{title}\n");
            }
            Line::Cells(cells) => {
                let _ = writeln!(text, "{}", aligned(&cells, &widths).trim_end());
            }
        }
    }
    text
}

enum Line<'a> {
    Title(&'a str),
    Cells([String; HEADINGS.len()]),
}

impl Line<'_> {
    fn is_empty_at(&self, index: usize) -> bool {
        match self {
            Self::Title(_) => true,
            Self::Cells(cells) => cells.get(index).is_none_or(String::is_empty),
        }
    }
}

/// The name to the left, everything else to the right; columns of nothing are left out.
fn aligned(cells: &[String; HEADINGS.len()], widths: &[usize; HEADINGS.len()]) -> String {
    let mut line = String::new();
    for (index, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let _ = match (index, *width) {
            (0, width) => write!(line, "  {cell:<width$}"),
            (_, 0) => Ok(()),
            (_, width) => write!(line, "  {cell:>width$}"),
        };
    }
    line
}

fn cells(row: &Row, floor: &[Row]) -> [String; HEADINGS.len()] {
    let measured = &row.measured;
    let latencies = &measured.latencies;
    let processor = measured.processor_each();
    let below = floor
        .iter()
        .find(|below| row.connections.is_some() && below.connections == row.connections);
    let of_floor = below.map(|below| format!("{:.2}", measured.rate() / below.measured.rate()));
    [
        row.name.clone(),
        row.connections
            .map(|count| count.to_string())
            .unwrap_or_default(),
        row.waits_for.to_owned(),
        format!("{:.0}", measured.rate()),
        millis(latencies.percentile(50)),
        millis(latencies.percentile(99)),
        processor
            .map(|each| each.as_micros().to_string())
            .unwrap_or_default(),
        of_floor.unwrap_or_default(),
    ]
}

fn millis(duration: Duration) -> String {
    format!("{:.3}", duration.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::latency::Latencies;

    fn row(name: &str, connections: Option<usize>, count: u32) -> Row {
        let mut latencies = Latencies::default();
        for _ in 0..count {
            latencies.record(Duration::from_millis(2));
        }
        Row {
            name: name.to_owned(),
            connections,
            waits_for: "",
            measured: Measured {
                latencies,
                elapsed: Duration::from_secs(2),
                processor: connections.map(|_| Duration::from_millis(10)),
            },
        }
    }

    #[test]
    fn a_table() {
        let group = Group {
            title: "Calls".to_owned(),
            rows: vec![
                row("GetSecretValue", Some(16), 100),
                row("GetSecretValue", Some(64), 100),
                row("check", None, 100),
            ],
        };
        let floor = Group {
            title: "Floor".to_owned(),
            rows: vec![row("bare", Some(16), 400), row("bare", Some(64), 1000)],
        };
        let text = render(&floor, &[group]);
        let words: Vec<Vec<_>> = text
            .lines()
            .map(|line| line.split_whitespace().collect())
            .collect();
        for (line, expected) in [
            (2, "Floor"),
            (3, "bare 16 200 2.032 2.032 25 1.00"),
            (4, "bare 64 500 2.032 2.032 10 1.00"),
            (5, ""),
            (6, "Calls"),
            (7, "GetSecretValue 16 50 2.032 2.032 100 0.25"),
            (8, "GetSecretValue 64 50 2.032 2.032 100 0.10"),
            (9, "check 50 2.032 2.032"),
        ] {
            assert_eq!(words[line].join(" "), expected);
        }
        assert!(!text.contains("waits for"), "a column of nothing");
        let width = |line: usize| text.lines().nth(line).unwrap().chars().count();
        assert_eq!(width(3), width(8));
    }
}
