//! Findings for people.

use std::fmt::Write;

use base::Escaped;
use clap::builder::styling::{AnsiColor, Style};
use policy::lint::{Finding, FindingKind};

use super::Linted;
use super::excerpt::excerpt;
use super::json::policy_type;
use crate::output::{Mark, dim};

/// All findings of all files, each file with a line that sums it up.
pub(super) fn report(files: &[Linted]) -> String {
    let mut text = String::new();
    for file in files {
        for found in &file.findings {
            text.push_str(&finding(file, found));
            text.push('\n');
        }
        text.push_str(&summary(file));
    }
    text
}

fn finding(file: &Linted, found: &Finding) -> String {
    let style = style(found.kind);
    let start = found.span.start;
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{style}{}[{}]{style:#}: {}",
        kind_text(found.kind),
        found.code.as_str(),
        printable(&found.text)
    );
    let path = match found.path_text() {
        path if path.is_empty() => String::new(),
        path => format!(" {}", dim(printable(&path))),
    };
    let _ = writeln!(
        text,
        " {} {}:{}:{}{path}",
        dim("-->"),
        Escaped(&file.name),
        start.line.max(1),
        start.column + 1
    );
    text.push_str(&excerpt(&file.text, found));
    if let Some(help) = &found.help {
        let cyan = Style::new().fg_color(Some(AnsiColor::Cyan.into()));
        let _ = writeln!(text, "{cyan}help:{cyan:#} {}", printable(help));
    }
    text
}

fn summary(file: &Linted) -> String {
    let name = Escaped(&file.name);
    let kind = policy_type(file.kind);
    if file.findings.is_empty() {
        return format!("{} {name}: no findings ({kind} policy)\n", Mark::Good);
    }
    let counts: Vec<String> = [
        FindingKind::Error,
        FindingKind::SecurityWarning,
        FindingKind::Warning,
        FindingKind::Suggestion,
    ]
    .into_iter()
    .filter_map(|wanted| {
        let count = file
            .findings
            .iter()
            .filter(|found| found.kind == wanted)
            .count();
        let plural = if count == 1 { "" } else { "s" };
        (count > 0).then(|| format!("{count} {}{plural}", kind_text(wanted)))
    })
    .collect();
    let is_grave = file
        .findings
        .iter()
        .any(|found| found.kind <= FindingKind::SecurityWarning);
    let mark = if is_grave { Mark::Bad } else { Mark::Neutral };
    format!("{mark} {name}: {} ({kind} policy)\n", counts.join(", "))
}

fn kind_text(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::Error => "error",
        FindingKind::SecurityWarning => "security warning",
        FindingKind::Warning => "warning",
        FindingKind::Suggestion => "suggestion",
    }
}

fn style(kind: FindingKind) -> Style {
    let colour = match kind {
        FindingKind::Error | FindingKind::SecurityWarning => AnsiColor::Red,
        FindingKind::Warning => AnsiColor::Yellow,
        FindingKind::Suggestion => AnsiColor::Cyan,
    };
    Style::new().bold().fg_color(Some(colour.into()))
}

/// Findings repeat names of the policy, which may hold anything.
fn printable(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            ' '..='~' | '\u{a1}'..='\u{ff}' | '…' => character,
            _ => '·',
        })
        .collect()
}
