//! The line that a finding stands in, with the finding underlined.

use std::fmt::Write;

use policy::lint::{Finding, Position};

use crate::output::dim;

/// How much of a long line is shown, in characters.
const WIDTH: usize = 100;
/// How much of it stands before the finding.
const LEAD: usize = 30;

/// Three lines: number and text, and under it carets. Characters that a terminal would obey are
/// shown as `·`.
pub(super) fn excerpt(text: &str, found: &Finding) -> String {
    let Position { line, column, .. } = found.span.start;
    let source = text
        .split('\n')
        .nth(line.saturating_sub(1))
        .unwrap_or_default();
    let characters: Vec<char> = source.trim_end_matches('\r').chars().map(shown).collect();
    let end = if found.span.end.line == line {
        found.span.end.column
    } else {
        characters.len()
    };
    let is_long = characters.len() > WIDTH;
    let from = if is_long {
        column.saturating_sub(LEAD)
    } else {
        0
    };
    let window: String = characters.iter().skip(from).take(WIDTH).collect();
    let (before, after) = (
        if from > 0 { "…" } else { "" },
        if characters.len() > from + WIDTH {
            "…"
        } else {
            ""
        },
    );
    let carets = end
        .max(column + 1)
        .min(from + WIDTH)
        .saturating_sub(column)
        .max(1);
    let indent = column - from + before.chars().count();
    let number = line.to_string();
    let gutter = " ".repeat(number.len());
    let mut shown = String::new();
    let _ = writeln!(shown, "{gutter} {}", dim("|"));
    let _ = writeln!(
        shown,
        "{} {} {before}{window}{after}",
        dim(&number),
        dim("|")
    );
    let _ = writeln!(
        shown,
        "{gutter} {} {}{}",
        dim("|"),
        " ".repeat(indent),
        "^".repeat(carets)
    );
    shown
}

fn shown(character: char) -> char {
    match character {
        '\t' => ' ',
        ' '..='~' | '\u{a1}'..='\u{ff}' => character,
        _ => '·',
    }
}
